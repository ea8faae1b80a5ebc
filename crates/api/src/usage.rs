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
