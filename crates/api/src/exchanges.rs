//! The ledger request by request: searching it, looking into one, and how long what is kept.

use crate::routes::RouteExplanation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of exchanges, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeList {
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
}

/// One request through the gateway and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exchange {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: String,
    /// The virtual key's name; missing for the page and the terminal.
    pub key: Option<String>,
    /// `chat`, `embeddings` or another of the gateway's operations.
    pub operation: String,
    /// What was asked for.
    pub requested: String,
    /// The route or model that the name stood for.
    pub destination: String,
    /// What answered: `provider/model`.
    pub model: Option<String>,
    /// The provider of it.
    pub provider: Option<String>,
    /// `ok`, `failed`, `cancelled` or `interrupted`.
    pub outcome: String,
    /// The class of the failure.
    pub error: Option<String>,
    /// Whether a stream was asked for.
    pub streamed: bool,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// The part of them read from the provider's cache.
    pub cached_input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost, in US dollars; missing when the price is unknown.
    pub cost_usd: Option<String>,
    /// Whether tokens and cost are estimated.
    pub estimated: bool,
    /// Whether Familiar's cache answered.
    pub cached: bool,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// How many calls of deployments it took.
    pub attempts: u32,
    /// Labels of the caller.
    pub tags: Vec<String>,
    /// Why this deployment: a sentence.
    pub route: String,
}

/// Everything that is known about one exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeDetail {
    /// What the list shows of it.
    pub exchange: Exchange,
    /// The id of the virtual key; missing for the page and the terminal.
    pub key_id: Option<String>,
    /// The failure in words.
    pub error_message: Option<String>,
    /// The caller's wire format; missing for requests of the page and the terminal.
    pub caller_format: Option<String>,
    /// The deployment's wire format; missing for a model that runs here.
    pub upstream_format: Option<String>,
    /// Why it went where it went.
    pub explanation: RouteExplanation,
    /// How long things took.
    pub timings: Timings,
    /// The calls of deployments, in order.
    pub attempts: Vec<Attempt>,
    /// Tokens by class.
    pub usage: UsageByClass,
    /// The money.
    pub cost: ExchangeCost,
    /// Fields of the request that the deployment's format could not carry.
    pub dropped: Vec<String>,
    /// Request and reply, if they were kept and still are.
    pub kept: Option<KeptBodies>,
}

/// How long things took, in milliseconds from the moment the request came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timings {
    /// To the first piece of the answer.
    pub first_token_ms: Option<u64>,
    /// To the end.
    pub total_ms: u64,
    /// From the first piece to the end.
    pub writing_ms: Option<u64>,
    /// Tokens written a second after the first piece, where that took long enough to tell.
    pub tokens_per_second: Option<f64>,
}

/// One call of one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// `provider/model`.
    pub deployment: String,
    /// When it was called, in milliseconds from the moment the request came.
    pub began_ms: u64,
    /// How long until it answered or failed, in milliseconds.
    pub took_ms: u64,
    /// The class of its failure; missing where it answered.
    pub error: Option<String>,
    /// The failure in words.
    pub message: Option<String>,
}

/// Tokens by class; no token is in two of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageByClass {
    /// Read afresh.
    pub input: u64,
    /// Read from the provider's cache.
    pub cached_input: u64,
    /// Written to the provider's cache.
    pub cache_write: u64,
    /// Written as the answer, reasoning included.
    pub output: u64,
    /// The part of the output that is reasoning.
    pub reasoning: u64,
}

/// The money of one exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeCost {
    /// What it cost, in US dollars; missing when the price is unknown.
    pub cost_usd: Option<String>,
    /// What the answer out of the cache would have cost.
    pub saved_usd: String,
    /// What it would have cost without Familiar: at the dearest deployment of its route, with nothing found in any
    /// cache.
    pub baseline_usd: String,
    /// What the provider's prompt cache saved; below nothing where writing to it cost more.
    pub prompt_saved_usd: String,
    /// Whether tokens and cost are estimated, since the provider did not say.
    pub estimated: bool,
}

/// Request and reply of an exchange, with what is private blotted out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptBodies {
    /// When they will be forgotten.
    pub until: String,
    /// What was asked.
    pub request: Option<KeptBody>,
    /// What was answered.
    pub reply: Option<KeptBody>,
}

/// A body that was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptBody {
    /// Its text: JSON in the caller's format, where it is not cut.
    pub text: String,
    /// How many bytes it had before anything was blotted out or cut.
    pub bytes: u64,
    /// Whether the end is missing since it was too long.
    pub cut: bool,
    /// What was blotted out, and how often.
    pub redacted: Vec<Redacted>,
}

/// How often one pattern was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Redacted {
    /// The pattern's name, `email`; the own ones are `pattern 1` and so on.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// What is kept of requests, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Retention {
    /// Whose requests and replies are kept: `none`, `failed` or `all`. What is kept is forgotten at once where
    /// this becomes `none`.
    pub keep: String,
    /// For how many days, 1 to 3650.
    pub days: u32,
    /// Known patterns that are blotted out before anything is kept: `email`, `phone`, `card`, `iban`, `ip`.
    /// Keys and tokens are always blotted out.
    pub redact: Vec<String>,
    /// Regular expressions of one's own that are blotted out as well.
    pub patterns: Vec<String>,
    /// For how many days the exchanges themselves are kept, 1 to 3650; for ever where missing. What they came
    /// to stays in the sums of every day.
    pub exchange_days: Option<u32>,
}

/// What is kept now, and what can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RetentionState {
    /// What applies.
    pub retention: Retention,
    /// Whether it can be changed here; not where the configuration file says it.
    pub editable: bool,
    /// How many exchanges have a request or reply kept.
    pub kept: u64,
    /// How much room those take, in bytes.
    pub kept_bytes: u64,
    /// The patterns there are to choose from.
    pub known: Vec<KnownPattern>,
}

/// A pattern that can be chosen by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KnownPattern {
    /// Its name.
    pub name: String,
    /// What it finds.
    pub finds: String,
    /// Whether it cannot be switched off.
    pub always: bool,
}
