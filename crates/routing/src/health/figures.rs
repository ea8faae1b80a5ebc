//! What is shown of a deployment's health: to the router, and outside.

use super::{Percentiles, Standing, State};
use crate::limit::{LimitsState, Scope, WindowState};
use std::time::Duration;

/// Everything that the router wants to know of a deployment, at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Whether it may be called.
    pub standing: Standing,
    /// How it is doing, in a word.
    pub state: State,
    /// Calls under way.
    pub in_flight: u64,
    /// Outcomes in the window.
    pub samples: u64,
    /// The share of them that were no failures; 1 without samples.
    pub success_share: f64,
    /// Times of whole answers.
    pub latency_ms: Percentiles,
    /// Times to the first piece of an answer.
    pub first_token_ms: Percentiles,
    /// A moving average of the first-token time that rises with every peak at once and falls slowly; 0
    /// without samples.
    pub peak_ewma_ms: f64,
    /// The speed of streamed answers; 0 without samples.
    pub tokens_per_second: f64,
    /// The share that is left of the provider's own limits and of the configured ones, the scarcest of
    /// them; 1 where none is known.
    pub headroom: f64,
}

/// What one deployment's health looks like from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentHealth {
    /// The deployment, `provider/model`.
    pub id: String,
    /// Its provider.
    pub provider: String,
    /// How it is doing.
    pub state: State,
    /// When it will be tried again, if it is being left alone.
    pub retry_in: Option<Duration>,
    /// Calls since the start.
    pub calls: u64,
    /// Failed calls since the start.
    pub failures: u64,
    /// Calls under way.
    pub in_flight: u64,
    /// What it failed with last.
    pub last_error: Option<String>,
    /// The figures of the window.
    pub measures: Measures,
    /// Whether it was opened by failures and nobody has seen it answer since.
    pub is_open: bool,
    /// What its provider's headers say is left: of requests, of tokens.
    pub provider_limits: [Option<WindowState>; 2],
    /// What is left of the configured limits that concern it.
    pub limits: Vec<(Scope, LimitsState)>,
    /// Requests that wait for a place under those.
    pub waiting: u64,
    /// The last hour: minutes without anything are left out.
    pub last_hour: Vec<MinuteFigures>,
}

/// What happened in a minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinuteFigures {
    /// How many minutes ago it was; 0 is the one that runs.
    pub minutes_ago: u64,
    /// Calls that came to something.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// 95 of 100 answers were quicker, in milliseconds.
    pub p95_ms: Option<f64>,
    /// Whether most calls failed, or it was unavailable for most of it.
    pub down: bool,
}
