//! One way for every model call: admit, reserve, recall, fit, route, attempt, meter, settle.
//!
//! [`Gateway::start`] makes the gateway, [`Gateway::set_routing`] says what can be called, and
//! [`Gateway::chat`] answers: requests in a wire format with bytes of that format, requests from inside with
//! events. Both take the same way, which is written down in `pipeline.rs` and can be read there top to
//! bottom; each stage is a module of its name.
//!
//! How one of several deployments is chosen is the crate `routing`'s; here is what calls it with what it needs.
//!
//! Keys, limits, budgets, routes and health live in memory, so that no call waits for the database. Every
//! exchange is written to a journal before its caller has the end of the answer, and from there to the
//! ledger in batches.
//!
//! Reading order: [`call`], [`table`], `pipeline`, then the stages; [`keys`] and [`budgets`] for limits. What is
//! kept of a call is the crate `ledger`'s.

mod admit;
mod ask;
mod attempt;
mod audio;
pub mod batch;
pub mod budgets;
pub mod call;
pub mod config;
mod counting;
mod db;
mod deliver;
pub mod error;
pub mod experiments;
mod fit;
mod gateway;
pub mod keys;
mod meter;
pub mod metrics;
mod pipeline;
mod recall;
mod records;
mod reserve;
mod route;
mod settle;
mod shares;
pub mod table;
pub mod tiers;
pub mod trace;
mod trial;
mod volume;
mod warm;
mod watch;

pub use ::budget::{
    AccountState, Action, Budget, BudgetEvent, Mark as BudgetMark, Period, Project, Scope as BudgetScope,
    Zone,
};
pub use batch::{Batches, Deposit, Submitter};
pub use budgets::{BudgetOverview, BudgetSource, Budgets, FileBudget, PutBudget};
pub use call::{
    Address, Answer, AnswerBody, AudioCall, Call, Caller, EmbeddingCall, EmbeddingSource, Receipt, Source,
};
pub use config::Config;
pub use counting::{Countable, Counting, TokenCount};
pub use error::{GatewayError, ManageError};
pub use experiments::{Experiment, ExperimentError, Experiments};
pub use fit::FittingConfig;
pub use gateway::{Gateway, Parts};
pub use keys::{CreatedKey, KeyChange, KeyInfo, KeyOverview, KeyUse, Keys, NewKey};
pub use metrics::MetricsSnapshot;
pub use recall::{CacheOverview, CacheRoute};
pub use records::Records;
pub use shares::{Away, ClusterConfig};
pub use table::{Callable, Deployment, Route, RouteMember, RouteState, RoutingTable, Target};
pub use tiers::{Tier, TiersConfig};
pub use trial::{Refusal, Stage, Tried, TryRoute};
pub use watch::HealthChange;
