//! What is known about a model: limits, capabilities, prices.

use crate::Usage;
use base::Money;
use serde::{Deserialize, Serialize};

/// A registry entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// The provider's name in the configuration, such as `openai`.
    pub provider: String,
    /// The provider's own name for the model, such as `gpt-4o-mini`.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Most tokens in and out together, where known.
    pub context_window: Option<u64>,
    /// Most tokens of one answer, where known.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// Prices; `None` when unknown, which is not the same as free.
    pub prices: Option<Prices>,
    /// How good its answers are by a public leaderboard, 0 to 100; `None` when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// When it came and when it goes.
    #[serde(default)]
    pub dates: ModelDates,
}

/// When a model came and when it goes: days such as `2026-11-21`, where the vendor says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModelDates {
    /// The day from which it could be called.
    pub released: Option<String>,
    /// The day from which it cannot be called any more.
    pub retires: Option<String>,
}

impl ModelSpec {
    /// `provider/name`, which is how a caller names it.
    pub fn id(&self) -> String {
        format!("{}/{}", self.provider, self.name)
    }

    /// Whether it can do this.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

/// Something a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Hold a conversation.
    Chat,
    /// Call tools.
    Tools,
    /// Look at pictures.
    Vision,
    /// Think before it answers.
    Reasoning,
    /// Answer in JSON that follows a schema.
    StructuredOutput,
    /// Turn text into vectors.
    Embeddings,
}

impl Capability {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::Reasoning => "reasoning",
            Self::StructuredOutput => "structured_output",
            Self::Embeddings => "embeddings",
        }
    }
}

/// Prices in US dollars per million tokens, as nano-dollars; exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prices {
    /// For every prompt, or for prompts up to the long-context threshold.
    #[serde(flatten)]
    pub base: PriceTier,
    /// Dearer prices for long prompts: above how many input tokens, and what then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_context: Option<(u64, PriceTier)>,
}

/// One set of prices per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PriceTier {
    /// Tokens read.
    pub input: Money,
    /// Tokens read from the provider's cache; the input price where not set.
    #[serde(default)]
    pub cached_input: Option<Money>,
    /// Tokens written to the provider's cache; the input price where not set.
    #[serde(default)]
    pub cache_write: Option<Money>,
    /// Tokens written, reasoning included.
    pub output: Money,
}

impl Prices {
    /// What `usage` costs: each class of tokens at its own price, summed exactly and rounded once.
    pub fn cost(&self, usage: &Usage) -> Money {
        let tier = self.tier(usage.total_input());
        let times = |price: Money, tokens: u64| i128::from(price.nanos()) * i128::from(tokens);
        Money::from_pico_total(
            times(tier.input, usage.input)
                + times(tier.cached_input.unwrap_or(tier.input), usage.cached_input)
                + times(tier.cache_write.unwrap_or(tier.input), usage.cache_write)
                + times(tier.output, usage.output),
        )
    }

    /// The most that a call with at most these counts can cost: every input token at its dearest class.
    pub fn worst_case(&self, input_tokens: u64, output_tokens: u64) -> Money {
        let tier = self.tier(input_tokens);
        let dearest =
            tier.input.max(tier.cached_input.unwrap_or_default()).max(tier.cache_write.unwrap_or_default());
        Money::from_pico_total(
            i128::from(dearest.nanos()) * i128::from(input_tokens)
                + i128::from(tier.output.nanos()) * i128::from(output_tokens),
        )
    }

    fn tier(&self, input_tokens: u64) -> &PriceTier {
        match &self.long_context {
            Some((threshold, tier)) if input_tokens > *threshold => tier,
            Some(_) | None => &self.base,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    /// Claude Sonnet's published prices: 3 in, 0.30 cached, 3.75 written, 15 out; above 200k 6 and 22.50.
    fn sonnet() -> Prices {
        Prices {
            base: PriceTier {
                input: usd("3"),
                cached_input: Some(usd("0.30")),
                cache_write: Some(usd("3.75")),
                output: usd("15"),
            },
            long_context: Some((
                200_000,
                PriceTier {
                    input: usd("6"),
                    cached_input: Some(usd("0.60")),
                    cache_write: Some(usd("7.50")),
                    output: usd("22.50"),
                },
            )),
        }
    }

    #[test]
    fn cached_tokens_are_billed_once_and_at_their_own_price() {
        let usage =
            Usage { input: 1_000, cached_input: 10_000, cache_write: 2_000, output: 500, reasoning: 100 };
        // 0.003 + 0.003 + 0.0075 + 0.0075; reasoning is inside output.
        assert_eq!(sonnet().cost(&usage), usd("0.021"));
    }

    #[test]
    fn a_long_prompt_is_billed_at_the_long_price_throughout() {
        let at = |input| sonnet().cost(&Usage { input, output: 1_000, ..Usage::default() });
        assert_eq!(at(200_000), usd("0.615"));
        assert_eq!(at(200_001), usd("1.222506"));
    }

    proptest! {
        #[test]
        fn the_worst_case_is_never_exceeded(
            input in 0_u64..300_000, cached in 0_u64..300_000, written in 0_u64..300_000, output in 0_u64..50_000,
        ) {
            let usage = Usage { input, cached_input: cached, cache_write: written, output, reasoning: 0 };
            prop_assert!(sonnet().cost(&usage) <= sonnet().worst_case(usage.total_input(), output));
        }
    }
}
