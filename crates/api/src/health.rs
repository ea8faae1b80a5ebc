//! How providers and their models are doing, and what was promised of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How everything that can be called is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthReport {
    /// Each provider, by name.
    pub providers: Vec<ProviderHealth>,
    /// Each deployment, in the order of its provider's models.
    pub deployments: Vec<DeploymentHealth>,
}

/// How a provider is doing: its deployments together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderHealth {
    /// Its name.
    pub provider: String,
    /// The best state of its deployments that were called: one that answers is enough. `unknown` where none
    /// was called yet.
    pub state: String,
    /// In the last 24 hours, in percent; missing where it was not called.
    pub uptime_percent: Option<f64>,
    /// What is expected of it, if anything.
    pub sla: Option<Sla>,
    /// Whether that holds for the last 24 hours; missing where nothing is expected or nothing known.
    pub sla_met: Option<bool>,
    /// When it was last asked for its list of models because a deployment was unavailable.
    pub check: Option<HealthCheck>,
}

/// A background check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthCheck {
    /// When.
    pub at: String,
    /// Whether the provider answered.
    pub ok: bool,
    /// What it failed with.
    pub error: Option<String>,
}

/// How a deployment is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeploymentHealth {
    /// `provider/model`.
    pub id: String,
    /// Its provider's name.
    pub provider: String,
    /// `available`, `degraded`, `rate_limited`, `quota_exceeded`, `unavailable`, or `unknown` where it was
    /// not called yet.
    pub state: String,
    /// Calls since the start.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Calls under way.
    pub in_flight: u64,
    /// Requests waiting for a place under its limits or its provider's.
    pub waiting: u64,
    /// In the last 24 hours, in percent; missing where it was not called.
    pub uptime_percent: Option<f64>,
    /// Outcomes of the last five minutes, 256 at the most: what the next figures are made of.
    pub samples: u64,
    /// The share of them that succeeded, in percent.
    pub success_percent: f64,
    /// Whole answers.
    pub latency_ms: Percentiles,
    /// To the first piece of an answer.
    pub first_token_ms: Percentiles,
    /// The speed of streamed answers; 0 where unknown.
    pub tokens_per_second: f64,
    /// What is left of the scarcest limit, from 0 to 1.
    pub headroom: f64,
    /// Whether it is being left alone after failures.
    pub breaker: Breaker,
    /// What it failed with last.
    pub last_error: Option<String>,
    /// Its limits: those of its provider, as far as it tells them, and the configured ones.
    pub limits: Vec<LimitState>,
    /// The last 60 minutes, the oldest first; empty where nothing happened in them.
    pub last_hour: Vec<HealthMinute>,
}

/// Times in milliseconds; 0 without samples.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// 95 of 100 were quicker.
    pub p95: f64,
    /// 99 of 100 were quicker.
    pub p99: f64,
}

/// The circuit breaker of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Breaker {
    /// `closed`: it is called; `open`: it is left alone; `half_open`: the next call finds out.
    pub state: String,
    /// Until it is tried again, in milliseconds.
    pub retry_in_ms: Option<u64>,
}

/// A limit and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitState {
    /// Who set it: `provider_reply` (its headers say so), `provider` or `deployment` (the configuration).
    pub source: String,
    /// `requests`, `tokens` (both a minute, where configured) or `parallel`.
    pub of: String,
    /// The limit.
    pub limit: u64,
    /// What is left of it.
    pub remaining: u64,
    /// Until something of it is free again, in milliseconds.
    pub reset_ms: Option<u64>,
}

/// What happened in a minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HealthMinute {
    /// When it began.
    pub at: String,
    /// Calls.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// 95 of 100 answers were quicker, in milliseconds; missing without answers.
    pub p95_ms: Option<f64>,
    /// Whether it was unavailable for most of it.
    pub down: bool,
}

/// What is expected of a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sla {
    /// The provider's name.
    pub provider: String,
    /// At least so much of the time it works, in percent.
    pub uptime_percent: Option<f64>,
    /// 95 of 100 answers are quicker, in milliseconds.
    pub p95_ms: Option<u64>,
}

/// Says what is expected of a provider; with neither field nothing is expected any more.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSla {
    /// At least so much of the time it works, in percent: above 0, at most 100.
    #[serde(default)]
    pub uptime_percent: Option<f64>,
    /// 95 of 100 answers are to be quicker, in milliseconds: at least 1.
    #[serde(default)]
    pub p95_ms: Option<u64>,
}

/// Whether providers did what was expected of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaReport {
    /// When the period begins.
    pub from: String,
    /// When it ends.
    pub to: String,
    /// Every provider that was called in it or of which something is expected, by name.
    pub providers: Vec<SlaRow>,
}

/// A provider in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaRow {
    /// What is expected of it.
    pub target: Sla,
    /// The whole period.
    pub total: SlaFigures,
    /// Each day in UTC in which it was called, the oldest first; `name` is the day.
    pub days: Vec<SlaFigures>,
}

/// What a provider did in a period or a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaFigures {
    /// The provider or the day.
    pub name: String,
    /// Calls that came to something.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Minutes since it was first called, within the period.
    pub minutes: u64,
    /// Those of them in which it did not work.
    pub down_minutes: u64,
    /// The share of time in which it worked, in percent; missing where it was not called.
    pub uptime_percent: Option<f64>,
    /// 95 of 100 answers were quicker, in milliseconds; missing without answers.
    pub p95_ms: Option<f64>,
    /// Whether the uptime was as expected; missing where nothing is expected or nothing known.
    pub uptime_met: Option<bool>,
    /// Whether the time was as expected; likewise.
    pub p95_met: Option<bool>,
}
