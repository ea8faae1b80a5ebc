//! Scenarios: deployments as they are at first, and what changes when.

use base::Money;
use serde::{Deserialize, Deserializer, de::Error};

/// What comes with the program.
const SHIPPED: &str = include_str!("../../scenarios/route.json");

/// A stretch of time with traffic and deployments.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: String,
    /// What happens in it.
    pub(crate) about: String,
    /// Whether conditions change.
    #[serde(default)]
    pub(crate) changes: bool,
    /// Whether something fails for a while.
    #[serde(default)]
    pub(crate) outage: bool,
    /// Whether it is about load.
    #[serde(default)]
    pub(crate) load: bool,
    /// How long it lasts.
    pub(crate) seconds: u64,
    /// How many requests come, on the average; at random moments.
    pub(crate) requests_per_second: f64,
    /// Who may answer.
    pub(crate) deployments: Vec<Conditions>,
    /// What changes.
    #[serde(default)]
    pub(crate) events: Vec<Event>,
}

/// How a deployment behaves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conditions {
    /// `provider/model`.
    pub(crate) id: String,
    /// The median time to its first token while it has room, in milliseconds.
    pub(crate) first_token_ms: f64,
    /// Tokens a second after that.
    #[serde(default = "tokens_per_second")]
    pub(crate) tokens_per_second: f64,
    /// Share of calls that fail.
    #[serde(default)]
    pub(crate) error_share: f64,
    /// How long a failure takes, in milliseconds.
    #[serde(default = "failure_ms")]
    pub(crate) failure_ms: f64,
    /// Calls that it answers at full speed at once; more share that speed.
    #[serde(default = "parallel")]
    pub(crate) parallel: u32,
    /// Calls that it takes a minute; more are refused.
    #[serde(default)]
    pub(crate) requests_per_minute: Option<u32>,
    /// US dollars per million tokens read.
    #[serde(deserialize_with = "usd")]
    pub(crate) input_usd: Money,
    /// US dollars per million tokens written.
    #[serde(deserialize_with = "usd")]
    pub(crate) output_usd: Money,
}

/// A change of a deployment; what is not named stays.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// After so many seconds.
    pub(crate) at: f64,
    /// Over so many seconds, little by little; only for times.
    #[serde(default)]
    pub(crate) over: f64,
    /// Which one.
    pub(crate) deployment: String,
    #[serde(default)]
    pub(crate) first_token_ms: Option<f64>,
    #[serde(default)]
    pub(crate) error_share: Option<f64>,
    #[serde(default)]
    pub(crate) failure_ms: Option<f64>,
    #[serde(default)]
    pub(crate) requests_per_minute: Option<u32>,
    #[serde(default, deserialize_with = "some_usd")]
    pub(crate) input_usd: Option<Money>,
    #[serde(default, deserialize_with = "some_usd")]
    pub(crate) output_usd: Option<Money>,
}

/// The scenarios that come with the program.
pub(crate) fn shipped() -> serde_json::Result<Vec<Scenario>> {
    serde_json::from_str(SHIPPED)
}

impl Scenario {
    /// How a deployment behaves at this moment.
    pub(crate) fn at(&self, deployment: usize, seconds: f64) -> Option<Conditions> {
        let mut now = self.deployments.get(deployment)?.clone();
        for event in self.events.iter().filter(|event| event.at <= seconds && event.deployment == now.id) {
            let share = if event.over > 0.0 { ((seconds - event.at) / event.over).min(1.0) } else { 1.0 };
            if let Some(first_token_ms) = event.first_token_ms {
                now.first_token_ms += (first_token_ms - now.first_token_ms) * share;
            }
            now.error_share = event.error_share.unwrap_or(now.error_share);
            now.failure_ms = event.failure_ms.unwrap_or(now.failure_ms);
            now.requests_per_minute = event.requests_per_minute.or(now.requests_per_minute);
            now.input_usd = event.input_usd.unwrap_or(now.input_usd);
            now.output_usd = event.output_usd.unwrap_or(now.output_usd);
        }
        Some(now)
    }
}

const fn tokens_per_second() -> f64 {
    100.0
}

const fn failure_ms() -> f64 {
    300.0
}

const fn parallel() -> u32 {
    64
}

fn usd<'de, D: Deserializer<'de>>(source: D) -> Result<Money, D::Error> {
    String::deserialize(source)?.parse().map_err(D::Error::custom)
}

fn some_usd<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Money>, D::Error> {
    usd(source).map(Some)
}
