//! Tokens used, and what a provider says is left of its limits.

use base::Money;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The service that a provider gave a call, where it has several at different prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Slower and cheaper.
    Flex,
    /// In a batch of the provider's own.
    Batch,
    /// Before others.
    Priority,
    /// On faster machines (Anthropic's `fast`, OpenAI's `ultrafast`).
    Fast,
}

impl Service {
    /// Every service, for tables.
    pub const ALL: [Self; 4] = [Self::Flex, Self::Batch, Self::Priority, Self::Fast];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Batch => "batch",
            Self::Priority => "priority",
            Self::Fast => "fast",
        }
    }

    /// The service that vendors call by this name; `None` for the usual one.
    pub fn from_name(name: &str) -> Option<Self> {
        let is = |known: &[&str]| known.iter().any(|one| name.eq_ignore_ascii_case(one));
        match () {
            () if is(&["flex"]) => Some(Self::Flex),
            () if is(&["batch"]) => Some(Self::Batch),
            () if is(&["priority"]) => Some(Self::Priority),
            () if is(&["fast", "ultrafast"]) => Some(Self::Fast),
            () => None,
        }
    }
}

/// What one call used, in the units that vendors charge for. The classes of tokens do not overlap, except
/// where one is said to be a part of another.
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
    /// The part of `cache_write` that is kept for longer than usual (Anthropic: an hour).
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_write_long: u64,
    /// The part of `cached_input` that was sound.
    #[serde(skip_serializing_if = "is_zero")]
    pub cached_audio: u64,
    /// The part of `input` that was pictures, where the provider says.
    #[serde(skip_serializing_if = "is_zero")]
    pub image_input: u64,
    /// The part of `output` that was pictures.
    #[serde(skip_serializing_if = "is_zero")]
    pub image_output: u64,
    /// Pictures made, where they are charged by the piece.
    #[serde(skip_serializing_if = "is_zero")]
    pub images: u64,
    /// Searches of the web by the provider's own tool.
    #[serde(skip_serializing_if = "is_zero")]
    pub searches: u64,
    /// The service it was given; `None` for the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Whether the provider was held to a region, which some charge more for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_region: bool,
    /// What the provider itself says that it charges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_cost: Option<Money>,
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

    /// Puts running totals together, some of them partial. What was read is taken as a whole from whichever total is
    /// larger, the later one where they are equal: a provider may say at first how long a prompt is, and only later
    /// how much of it was cached. Of what was written the larger figures count.
    #[must_use]
    pub fn merged(self, later: Self) -> Self {
        let read = if later.total_input() >= self.total_input() { later } else { self };
        Self {
            output: self.output.max(later.output),
            reasoning: self.reasoning.max(later.reasoning),
            audio_output: self.audio_output.max(later.audio_output),
            image_output: self.image_output.max(later.image_output),
            audio_ms: self.audio_ms.max(later.audio_ms),
            characters: self.characters.max(later.characters),
            images: self.images.max(later.images),
            searches: self.searches.max(later.searches),
            service: later.service.or(self.service),
            in_region: self.in_region || later.in_region,
            reported_cost: later.reported_cost.max(self.reported_cost),
            ..read
        }
    }

    /// What two calls used together. They were charged for apart, so the service is told only where both had the same.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let cost = match (self.reported_cost, other.reported_cost) {
            (Some(one), Some(another)) => Some(one + another),
            (one, another) => one.or(another),
        };
        Self {
            input: self.input.saturating_add(other.input),
            cached_input: self.cached_input.saturating_add(other.cached_input),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            audio_input: self.audio_input.saturating_add(other.audio_input),
            audio_output: self.audio_output.saturating_add(other.audio_output),
            audio_ms: self.audio_ms.saturating_add(other.audio_ms),
            characters: self.characters.saturating_add(other.characters),
            cache_write_long: self.cache_write_long.saturating_add(other.cache_write_long),
            cached_audio: self.cached_audio.saturating_add(other.cached_audio),
            image_input: self.image_input.saturating_add(other.image_input),
            image_output: self.image_output.saturating_add(other.image_output),
            images: self.images.saturating_add(other.images),
            searches: self.searches.saturating_add(other.searches),
            service: self.service.filter(|service| other.service == Some(*service)),
            in_region: self.in_region || other.in_region,
            reported_cost: cost,
        }
    }

    /// The same, with nothing found in or written to the provider's prompt cache.
    #[must_use]
    pub const fn without_cache(self) -> Self {
        let sound = if self.cached_audio < self.cached_input { self.cached_audio } else { self.cached_input };
        let text = (self.cached_input - sound).saturating_add(self.cache_write);
        Self {
            input: self.input.saturating_add(text),
            audio_input: self.audio_input.saturating_add(sound),
            cached_input: 0,
            cached_audio: 0,
            cache_write: 0,
            cache_write_long: 0,
            ..self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_add_up() {
        let one =
            Usage { input: 7, output: 3, reasoning: 1, service: Some(Service::Flex), ..Usage::default() };
        let other = Usage { input: 5, output: 4, in_region: true, ..Usage::default() };
        let sum = Usage { input: 12, output: 7, reasoning: 1, in_region: true, ..Usage::default() };
        assert_eq!(one.plus(other), sum);
        assert_eq!(one.plus(one).service, Some(Service::Flex));
    }

    #[test]
    fn totals_that_come_piece_by_piece_never_count_a_token_twice() {
        let first = Usage { input: 100, output: 1, ..Usage::default() };
        let last = Usage { input: 20, cached_input: 80, output: 9, reasoning: 4, ..Usage::default() };
        assert_eq!(first.merged(last), last, "the cached part is told later");
        let written = Usage { output: 9, ..Usage::default() };
        let start = Usage { input: 5, cached_input: 50, cache_write: 7, output: 1, ..Usage::default() };
        assert_eq!(
            start.merged(written),
            Usage { output: 9, ..start },
            "and what was read may be told only once"
        );
    }
}
