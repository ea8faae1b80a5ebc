//! Routes: names that stand for deployments, how one of them is chosen, and why it was.

use crate::classify::TaskClass;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Every route, those of the configuration file first, then those made here, then those that are built in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteList {
    /// The routes.
    pub routes: Vec<Route>,
}

/// A route with the standing of each deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Route {
    /// The name a caller uses.
    pub name: String,
    /// `file` (the configuration), `page` (made here) or `built_in`.
    pub origin: String,
    /// Whether it can be changed here.
    pub editable: bool,
    /// Why not, where it cannot.
    pub not_editable_because: Option<String>,
    /// What it is made of.
    pub settings: PutRoute,
    /// Its deployments in the order of the tiers, those that are not there included.
    pub members: Vec<RouteMember>,
}

/// What a route is made of. Lists hold deployments, `provider/model`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRoute {
    /// The first choice: the primary tier.
    pub deployments: Vec<String>,
    /// How the next one is chosen: `ordered`, `cost`, `speed`, `quality`, `reliability`, `load_balanced`,
    /// `adaptive` or `weighted`.
    #[serde(default = "ordered")]
    pub strategy: String,
    /// What counts how much; only for `weighted`.
    #[serde(default)]
    pub weights: RouteWeights,
    /// How load is spread: `round_robin`, `least_connections`, `weighted` or `fastest`; only for
    /// `load_balanced`.
    #[serde(default = "round_robin")]
    pub balancer: String,
    /// Share of each deployment; only for the balancer `weighted`. One that is not named has 1.
    #[serde(default)]
    pub shares: BTreeMap<String, u32>,
    /// Asked when nothing of the primary tier answers.
    #[serde(default)]
    pub secondary: Vec<String>,
    /// Asked when nothing of the secondary tier answers either.
    #[serde(default)]
    pub tertiary: Vec<String>,
    /// The last resort.
    #[serde(default)]
    pub emergency: Vec<String>,
    /// What may be given up before giving up: `smaller_model`, `fewer_tokens`.
    #[serde(default)]
    pub degrade: Vec<String>,
    /// What happens to a conversation that is longer than the model's window: `whole` (it is refused where it cannot
    /// fit) or `fit` (what matters least is left out, and the caller is told).
    #[serde(default = "whole")]
    pub context: String,
    /// How long replies are kept for identical requests, in seconds; missing: as the gateway's cache says.
    #[serde(default)]
    pub cache_ttl_seconds: Option<u64>,
    /// Answers requests whose last turn means the same from the cache; missing: only identical ones.
    #[serde(default)]
    pub semantic_cache: Option<RouteSemanticCache>,
    /// What is done about providers' prompt caches: `off`, `auto` or `sticky`; missing: `auto`.
    #[serde(default)]
    pub prompt_caching: Option<String>,
    /// Lets requests wait while everything is busy; missing: they are refused.
    #[serde(default)]
    pub queue: Option<RouteQueue>,
}

/// How replies are found for requests that mean the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteSemanticCache {
    /// Who says what a text means: a model that embeds, `provider/model`.
    pub embedder: String,
    /// From which cosine on two texts mean the same, above 0 up to 1.
    #[serde(default = "threshold")]
    pub threshold: f64,
    /// How long the embedder is waited for, in milliseconds.
    #[serde(default = "patience_ms")]
    pub patience_ms: u64,
}

const fn threshold() -> f64 {
    0.95
}

const fn patience_ms() -> u64 {
    2_000
}

fn ordered() -> String {
    "ordered".to_owned()
}

fn whole() -> String {
    "whole".to_owned()
}

fn round_robin() -> String {
    "round_robin".to_owned()
}

/// How much each factor counts for the strategy `weighted`: any numbers from 0, of which not all are 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouteWeights {
    /// A low price.
    pub cost: f64,
    /// A quick answer.
    pub speed: f64,
    /// A good model.
    pub quality: f64,
    /// Few failures.
    pub reliability: f64,
}

impl Default for RouteWeights {
    fn default() -> Self {
        Self { cost: 1.0, speed: 1.0, quality: 1.0, reliability: 1.0 }
    }
}

/// A queue before a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteQueue {
    /// Most requests that wait.
    pub length: u32,
    /// Longest wait, in seconds.
    pub wait_seconds: u64,
}

/// A deployment of a route, as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteMember {
    /// `provider/model`.
    pub deployment: String,
    /// `primary`, `secondary`, `tertiary` or `emergency`; `degraded` for a smaller model that is only asked when
    /// nothing else answers.
    pub tier: String,
    /// `ready`, `limited` (only where nothing else is there), `open` (left alone after failures) or `missing`.
    pub standing: String,
    /// `available`, `degraded`, `rate_limited`, `quota_exceeded` or `unavailable`; missing where it is not there.
    pub state: Option<String>,
    /// How long it is still limited or left alone, in seconds.
    pub wait_seconds: Option<u64>,
    /// What it failed with last, or why it is missing.
    pub problem: Option<String>,
    /// Calls under way.
    pub in_flight: u64,
    /// Share of calls that succeeded lately, in percent; missing before the first call.
    pub success_percent: Option<f64>,
    /// Time to the first token lately, in milliseconds; missing before the first call.
    pub first_token_ms: Option<f64>,
    /// US dollars per million tokens read; missing when unknown.
    pub input_usd: Option<String>,
    /// US dollars per million tokens written; missing when unknown.
    pub output_usd: Option<String>,
    /// How good the model is by a public leaderboard, 0 to 100; missing when unknown.
    pub quality: Option<u8>,
}

/// Asks what would happen to a request, without sending it anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryRoute {
    /// A route, a tier or a model.
    pub model: String,
    /// What is asked.
    #[serde(default)]
    pub prompt: String,
    /// As if it came with this virtual key; missing: as the owner.
    #[serde(default)]
    pub key_id: Option<String>,
    /// Whether the request offers tools.
    #[serde(default)]
    pub tools: bool,
    /// How many pictures it has.
    #[serde(default)]
    pub images: u32,
    /// What the header `x-familiar-context` would say: `phase=review; in-combat`.
    #[serde(default)]
    pub context: Option<String>,
    /// The longest answer asked for, in tokens.
    #[serde(default)]
    pub max_output_tokens: Option<u64>,
}

/// What would happen to a request, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedRoute {
    /// Whether it would be sent.
    pub ok: bool,
    /// Why it would not: each stage that would refuse it.
    pub refusals: Vec<RouteRefusal>,
    /// Who would be asked, in order, and why.
    pub explanation: RouteExplanation,
    /// Most it could cost, in US dollars; missing where a price is not known.
    pub worst_case_usd: Option<String>,
    /// Upper bound of the prompt's tokens, which is what is reserved for.
    pub input_tokens_bound: u64,
}

/// A stage that would refuse a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteRefusal {
    /// `key`, `limits`, `model`, `budget`, `context` or `route`.
    pub stage: String,
    /// The kind of error, such as `forbidden`.
    pub code: String,
    /// Why.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Why a request went (or would go) where it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteExplanation {
    /// The decision in a sentence: what `x-familiar-route` says.
    pub sentence: String,
    /// What the caller asked for.
    pub asked: String,
    /// The route or model it stands for.
    pub route: String,
    /// The strategy that put the candidates in order; missing where there was nothing to choose.
    pub strategy: Option<String>,
    /// The one that answered, or would be asked first.
    pub chosen: Option<String>,
    /// Who was considered, in order.
    pub candidates: Vec<RouteCandidate>,
    /// What was given up to get an answer, in sentences.
    pub degraded: Vec<String>,
    /// The tier that was asked for or chosen: `fast`, `voice` or `thinker`; missing where there was none.
    #[serde(default)]
    pub tier: Option<String>,
    /// What the prompt was taken for; missing where nobody looked.
    #[serde(default)]
    pub task: Option<TaskClass>,
    /// What the circumstances changed, in sentences.
    #[serde(default)]
    pub context: Vec<String>,
}

/// A deployment that was considered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteCandidate {
    /// `provider/model`.
    pub deployment: String,
    /// Its tier in the route; missing where it was asked for by its own name.
    pub tier: Option<String>,
    /// By how much the strategy prefers it, 0 to 1; missing where it was not ranked.
    pub score: Option<f64>,
    /// What the score is made of; missing where it was not ranked.
    pub factors: Option<RouteFactors>,
    /// Why it was skipped, and what it failed with.
    pub notes: Vec<String>,
}

/// What speaks for a deployment, each from 0 (nothing) to 1 (the best there is).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteFactors {
    /// A low price.
    pub cost: f64,
    /// A quick answer.
    pub speed: f64,
    /// A good model.
    pub quality: f64,
    /// Few failures.
    pub reliability: f64,
    /// Little to do.
    pub load: f64,
    /// Your own opinion of it; missing where you have said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<f64>,
}
