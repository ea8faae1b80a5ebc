//! Tokens used, and what a provider says is left of its limits.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Tokens of one call. The classes do not overlap, except that `reasoning` is a part of `output`.
///
/// OpenAI reports cached tokens inside `prompt_tokens`, Anthropic beside `input_tokens`; codecs bring both
/// to this form, so that nothing is billed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens read that were neither found in nor written to the provider's prompt cache.
    pub input: u64,
    /// Tokens read from the provider's prompt cache.
    pub cached_input: u64,
    /// Tokens written to the provider's prompt cache.
    pub cache_write: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// The part of `output` that was reasoning.
    pub reasoning: u64,
}

impl Usage {
    /// Everything the model read.
    pub const fn total_input(&self) -> u64 {
        self.input.saturating_add(self.cached_input).saturating_add(self.cache_write)
    }

    /// Everything read and written.
    pub const fn total(&self) -> u64 {
        self.total_input().saturating_add(self.output)
    }

    /// Takes the larger of each figure: providers send running totals, some of them partial.
    #[must_use]
    pub fn merged(self, later: Self) -> Self {
        Self {
            input: self.input.max(later.input),
            cached_input: self.cached_input.max(later.cached_input),
            cache_write: self.cache_write.max(later.cache_write),
            output: self.output.max(later.output),
            reasoning: self.reasoning.max(later.reasoning),
        }
    }
}

/// What a provider's reply headers say about its limits (PRV-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimits {
    /// Requests allowed in the window.
    pub limit_requests: Option<u64>,
    /// Tokens allowed in the window.
    pub limit_tokens: Option<u64>,
    /// Requests left in the window.
    pub remaining_requests: Option<u64>,
    /// Tokens left in the window.
    pub remaining_tokens: Option<u64>,
    /// When the request window is full again.
    pub reset_requests: Option<Duration>,
    /// When the token window is full again.
    pub reset_tokens: Option<Duration>,
    /// How long to wait before the next try.
    pub retry_after: Option<Duration>,
}
