//! What was used and what it cost, from the ledger.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Use and spend of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsageReport {
    /// The first day, `2026-11-21`.
    pub from: String,
    /// The last day, included.
    pub to: String,
    /// Everything together.
    pub total: UsageRow,
    /// By day in UTC, every day of the period, the oldest first.
    pub by_day: Vec<UsageRow>,
    /// By model, the dearest first.
    pub by_model: Vec<UsageRow>,
    /// By provider, the dearest first.
    pub by_provider: Vec<UsageRow>,
    /// By virtual key, the dearest first; the page and the terminal count as `(this workbench)`.
    pub by_key: Vec<UsageRow>,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct UsageRow {
    /// The day, model, provider or key.
    pub name: String,
    /// Calls.
    pub requests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those whose tokens and cost are estimated.
    pub estimated: u64,
    /// Those answered from the cache.
    pub cached: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// The part of them read from providers' caches.
    pub cached_input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost, in US dollars.
    pub cost_usd: String,
}

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
    /// What was asked for.
    pub requested: String,
    /// What answered: `provider/model`.
    pub model: Option<String>,
    /// `ok`, `failed`, `cancelled` or `interrupted`.
    pub outcome: String,
    /// The class of the failure.
    pub error: Option<String>,
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
    /// How many deployments were tried.
    pub attempts: u32,
    /// Why this deployment: a sentence.
    pub route: String,
}
