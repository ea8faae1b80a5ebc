//! Tokens used, and what a provider says is left of its limits.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one call used, in the units that vendors charge for. The classes of tokens do not overlap, except
/// that `reasoning` and `audio_output` are parts of `output`.
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
    /// Tokens of sound read; not in `input`.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_input: u64,
    /// The part of `output` that was sound.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_output: u64,
    /// Milliseconds of sound listened to, where that is what is charged for.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio_ms: u64,
    /// Characters spoken, where they are what is charged for.
    #[serde(skip_serializing_if = "is_zero")]
    pub characters: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Usage {
    /// Everything the model read.
    pub const fn total_input(&self) -> u64 {
        self.input
            .saturating_add(self.cached_input)
            .saturating_add(self.cache_write)
            .saturating_add(self.audio_input)
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
            audio_input: self.audio_input.max(later.audio_input),
            audio_output: self.audio_output.max(later.audio_output),
            audio_ms: self.audio_ms.max(later.audio_ms),
            characters: self.characters.max(later.characters),
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
