//! One way for every model call: admit, reserve, recall, fit, route, attempt, meter, settle.
//!
//! [`Gateway::start`] makes the gateway, [`Gateway::set_routing`] says what can be called, and
//! [`Gateway::chat`] answers: requests in a wire format with bytes of that format, requests from inside with
//! events. Both take the same way, which is written down in `pipeline.rs` and can be read there top to
//! bottom; each stage is a module of its name.
//!
//! Keys, limits, budgets, routes and health live in memory, so that no call waits for the database. Every
//! exchange is written to a journal before its caller has the end of the answer, and from there to the
//! ledger in batches; `docs/durability.md` says what that promises.
//!
//! Reading order: [`call`], [`table`], `pipeline`, then the stages; [`exchange`] and [`ledger`] for what is
//! kept, [`keys`] and [`budget`] for limits.

mod admit;
mod ask;
mod attempt;
pub mod batch;
pub mod budget;
pub mod call;
pub mod classify;
pub mod config;
mod db;
mod deliver;
pub mod error;
pub mod exchange;
mod fit;
mod gateway;
pub mod health;
mod journal;
pub mod keys;
pub mod ledger;
mod meter;
pub mod metrics;
mod pipeline;
mod recall;
mod reserve;
pub mod retention;
mod route;
mod settle;
pub mod sla;
pub mod table;
pub mod tiers;

pub use admit::RateState;
pub use batch::{Batches, Deposit, Submitter};
pub use budget::{Budget, Period};
pub use call::{Answer, AnswerBody, Call, Caller, EmbeddingCall, EmbeddingSource, Receipt, Source};
pub use classify::{Task, TaskClass, TaskText, classify};
pub use config::{
    Balancer, Config, Degrade, FallbackTier, QueueConfig, RouteConfig, RouteProblem, Strategy, Weights,
};
pub use error::{GatewayError, ManageError};
pub use exchange::{Attempt, Candidate, Exchange, Explanation, Factors, Outcome};
pub use gateway::{Gateway, Parts};
pub use health::{DeploymentHealth, Measures};
pub use keys::{CreatedKey, KeyInfo, KeyOverview, KeyUse, Keys, NewKey};
pub use ledger::{ExchangeFilter, ExchangePage, Ledger, Spending, SpendingRow};
pub use metrics::{HistogramSnapshot, MetricsSnapshot, TierFigures};
pub use reserve::AccountState;
pub use retention::{Keep, KeptBodies, KeptBody, Pruned, Retained, RetentionConfig, RetentionError};
pub use table::{Callable, Deployment, Route, RoutingTable, Target};
pub use tiers::{Tier, TiersConfig};
