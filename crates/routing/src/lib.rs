//! How one of several deployments is chosen for a request: what is known of each, what may be taken of it, and in
//! which order they are asked.
//!
//! Nothing here knows a request's format, a connection or the database: everything is a function of figures, of
//! prices and of readings of a clock that the caller gives. The gateway's pipeline, its `try` and the
//! [`simulator`] use the very same functions.
//!
//! Reading order: [`config`] (what a route is), [`health`] (what is known of a deployment), [`rank`] (who goes
//! first), [`plan`] and `learn` (what a route remembers), [`limit`] (what may be taken, and who waits for it),
//! [`retry`] and [`fallback`] (what is done after a failure, and what is given up before giving up), [`sla`] (what is
//! expected of providers).
//! `docs/routing.md` has the formulas with their sources, and how the strategies fare in the simulator.

mod chance;
pub mod config;
pub mod fallback;
pub mod health;
mod learn;
pub mod limit;
pub mod plan;
pub mod rank;
pub mod retry;
pub mod simulator;
pub mod sla;
mod tier;

pub use config::{
    Balancer, BreakerConfig, ContextMode, Degrade, FallbackTier, LimitsConfig, PromptCaching, QueueConfig,
    RetryConfig, RouteConfig, RouteProblem, SemanticCache, Strategy, Weights,
};
pub use health::{DeploymentHealth, Health, Measures, Permit, Standing, State};
pub use learn::CLASSES;
pub use limit::{
    Demand, Grants, HeaderStyle, LimitRefusal, Limits, LimitsState, Priority, Scope, WindowState,
};
pub use plan::{Ending, Lesson, Plan};
pub use rank::Factors;
pub use tier::Tier;
