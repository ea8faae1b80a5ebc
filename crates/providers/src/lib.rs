//! The catalogue of vendors and models, discovery, and the endpoints the gateway calls.
//!
//! [`Providers`] is the entry: it is told which providers are configured ([`ProviderConfig`]) and gives an
//! [`llm::Upstream`] for each, the models each one offers, and a test of the connection. What is known
//! about vendors and models without asking anybody is in the [`Catalogue`]; bytes are the business of
//! the crate [`wire`]. Nothing here reads the environment.

pub mod catalogue;
pub mod config;

mod batches;
mod check;
mod discovery;
mod endpoint;
mod error;
mod limits;
mod listing;
mod probe;
mod pull;
mod registry;

pub use catalogue::{
    AuthStyle, BatchApi, Catalogue, CatalogueError, KeyNeed, ModelAbout, ModelFacts, Vendor,
};
pub use check::TestReport;
pub use config::{ModelConfig, ProviderConfig, TimeOutSettings};
pub use discovery::{ModelList, ModelSource, Refresh};
pub use endpoint::{Endpoint, Pool};
pub use error::ProviderError;
pub use limits::rate_limits;
pub use net::PoolFigures;
pub use probe::LocalServer;
pub use pull::{PullError, PullProgress};
pub use registry::{ProviderSummary, Providers};
