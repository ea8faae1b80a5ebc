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
    /// Speak text.
    Speech,
    /// Write down what is said.
    Transcription,
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
            Self::Speech => "speech",
            Self::Transcription => "transcription",
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
    /// What a request costs in a batch of the provider's own, in percent of the above; where not set, the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_percent: Option<u32>,
}

/// One set of prices: per million tokens where nothing else is said.
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
    /// Tokens of sound read; the input price where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_input: Option<Money>,
    /// Tokens of sound written; the output price where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_output: Option<Money>,
    /// An hour of sound listened to. By the hour, because what some vendors ask for a minute or a second is
    /// no whole number of nano-dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_hour: Option<Money>,
    /// A million characters spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<Money>,
}

impl PriceTier {
    /// What so much sound and so many characters cost, times a million nano-dollars; rounded only where an
    /// hour is divided.
    fn picos_beside_tokens(&self, audio_ms: u64, characters: u64) -> i128 {
        const HOUR_MS: i128 = 3_600_000;
        let nanos = |price: Option<Money>| i128::from(price.unwrap_or_default().nanos());
        let heard = nanos(self.audio_hour) * i128::from(audio_ms) * 1_000_000;
        (heard + HOUR_MS / 2).div_euclid(HOUR_MS) + nanos(self.characters) * i128::from(characters)
    }
}

impl PriceTier {
    /// Each price at so many percent, rounded up to whole nano-dollars a million tokens.
    fn at_percent(&self, percent: u32) -> Self {
        let part = |price: Money| {
            let nanos = (i128::from(price.nanos()) * i128::from(percent) + 99).div_euclid(100);
            Money::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
        };
        Self {
            input: part(self.input),
            cached_input: self.cached_input.map(part),
            cache_write: self.cache_write.map(part),
            output: part(self.output),
            audio_input: self.audio_input.map(part),
            audio_output: self.audio_output.map(part),
            audio_hour: self.audio_hour.map(part),
            characters: self.characters.map(part),
        }
    }
}

impl Prices {
    /// The prices inside a batch of the provider's own.
    #[must_use]
    pub fn in_batch(&self) -> Self {
        let Some(percent) = self.batch_percent else { return *self };
        Self {
            base: self.base.at_percent(percent),
            long_context: self.long_context.map(|(above, tier)| (above, tier.at_percent(percent))),
            batch_percent: None,
        }
    }

    /// What `usage` costs: each class at its own price, summed exactly and rounded once.
    pub fn cost(&self, usage: &Usage) -> Money {
        let tier = self.tier(usage.total_input());
        let times = |price: Money, tokens: u64| i128::from(price.nanos()) * i128::from(tokens);
        Money::from_pico_total(
            times(tier.input, usage.input)
                + times(tier.cached_input.unwrap_or(tier.input), usage.cached_input)
                + times(tier.cache_write.unwrap_or(tier.input), usage.cache_write)
                + times(tier.audio_input.unwrap_or(tier.input), usage.audio_input)
                + times(tier.output, usage.output.saturating_sub(usage.audio_output))
                + times(tier.audio_output.unwrap_or(tier.output), usage.audio_output.min(usage.output))
                + tier.picos_beside_tokens(usage.audio_ms, usage.characters),
        )
    }

    /// What so much sound listened to and so many characters spoken cost, tokens left out.
    pub fn beside_tokens(&self, audio_ms: u64, characters: u64) -> Money {
        Money::from_pico_total(self.base.picos_beside_tokens(audio_ms, characters))
    }

    /// The most that a call with at most these counts can cost: every input token at its dearest class.
    pub fn worst_case(&self, input_tokens: u64, output_tokens: u64) -> Money {
        let tier = self.tier(input_tokens);
        let dearest = [tier.cached_input, tier.cache_write, tier.audio_input]
            .into_iter()
            .flatten()
            .fold(tier.input, Money::max);
        let dearest_output = tier.output.max(tier.audio_output.unwrap_or_default());
        Money::from_pico_total(
            i128::from(dearest.nanos()) * i128::from(input_tokens)
                + i128::from(dearest_output.nanos()) * i128::from(output_tokens),
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
                ..PriceTier::default()
            },
            long_context: Some((
                200_000,
                PriceTier {
                    input: usd("6"),
                    cached_input: Some(usd("0.60")),
                    cache_write: Some(usd("7.50")),
                    output: usd("22.50"),
                    ..PriceTier::default()
                },
            )),
            batch_percent: Some(50),
        }
    }

    #[test]
    fn cached_tokens_are_billed_once_and_at_their_own_price() {
        let usage = Usage {
            input: 1_000,
            cached_input: 10_000,
            cache_write: 2_000,
            output: 500,
            reasoning: 100,
            ..Usage::default()
        };
        // 0.003 + 0.003 + 0.0075 + 0.0075; reasoning is inside output.
        assert_eq!(sonnet().cost(&usage), usd("0.021"));
    }

    /// gpt-audio's published prices: text 2.50 in and 10 out, sound 32 in and 64 out.
    fn sounding() -> Prices {
        let base = PriceTier {
            input: usd("2.50"),
            output: usd("10"),
            audio_input: Some(usd("32")),
            audio_output: Some(usd("64")),
            ..PriceTier::default()
        };
        Prices { base, ..Prices::default() }
    }

    #[test]
    fn sound_is_billed_at_its_own_price_by_token_hour_or_character() {
        let usage =
            Usage { input: 1_000, audio_input: 2_000, output: 300, audio_output: 200, ..Usage::default() };
        // 0.0025 + 0.064 + 0.001 + 0.0128
        assert_eq!(sounding().cost(&usage), usd("0.0803"));
        let by = |tier: PriceTier, usage: Usage| Prices { base: tier, ..Prices::default() }.cost(&usage);
        let whisper = PriceTier { audio_hour: Some(usd("0.36")), ..PriceTier::default() };
        let heard = |audio_ms| Usage { audio_ms, ..Usage::default() };
        assert_eq!(by(whisper, heard(60_000)), usd("0.006"));
        assert_eq!(by(whisper, heard(1)), usd("0.0000001"));
        let turbo = PriceTier { audio_hour: Some(usd("0.04")), ..PriceTier::default() };
        assert_eq!(by(turbo, heard(60_000)), usd("0.000666667"));
        assert_eq!(
            by(turbo, heard(180_000)),
            usd("0.002"),
            "a third of a nano-dollar is not lost three times"
        );
        let tts = PriceTier { characters: Some(usd("15")), ..PriceTier::default() };
        assert_eq!(by(tts, Usage { characters: 4_096, ..Usage::default() }), usd("0.06144"));
        let prices = Prices { base: whisper, ..Prices::default() };
        assert_eq!(prices.beside_tokens(60_000, 0), usd("0.006"));
    }

    #[test]
    fn a_long_prompt_is_billed_at_the_long_price_throughout() {
        let at = |input| sonnet().cost(&Usage { input, output: 1_000, ..Usage::default() });
        assert_eq!(at(200_000), usd("0.615"));
        assert_eq!(at(200_001), usd("1.222506"));
    }

    #[test]
    fn a_batch_costs_its_percentage_of_every_price() {
        let batch = sonnet().in_batch();
        let usage = Usage { input: 1_000, cached_input: 10_000, output: 500, ..Usage::default() };
        assert_eq!(sonnet().cost(&usage), usd("0.0135"));
        assert_eq!(batch.cost(&usage), usd("0.00675"));
        assert_eq!(batch.worst_case(200_001, 0), usd("0.75000375"), "the long price as well");
        assert_eq!(batch.in_batch(), batch, "only once");
        let full = Prices { batch_percent: None, ..sonnet() };
        assert_eq!(full.in_batch(), full);
    }

    proptest! {
        #[test]
        fn the_worst_case_is_never_exceeded(
            input in 0_u64..300_000, cached in 0_u64..300_000, written in 0_u64..300_000, output in 0_u64..50_000,
        ) {
            let usage =
                Usage { input, cached_input: cached, cache_write: written, output, ..Usage::default() };
            prop_assert!(sonnet().cost(&usage) <= sonnet().worst_case(usage.total_input(), output));
        }

        #[test]
        fn the_worst_case_of_sound_is_never_exceeded(
            input in 0_u64..30_000, heard in 0_u64..30_000, output in 0_u64..50_000, spoken in 0_u64..50_000,
        ) {
            let usage = Usage {
                input, audio_input: heard, output, audio_output: spoken.min(output), ..Usage::default()
            };
            prop_assert!(sounding().cost(&usage) <= sounding().worst_case(usage.total_input(), output));
        }
    }
}
