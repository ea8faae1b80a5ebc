//! What may be known about a model, from whichever source, and how sources are put together.

use base::Money;
use llm::{Capability, Dialect, ModelSpec, PriceTier, Prices};
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// What one source knows about a model; `None` where it does not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelFacts {
    /// What people call it.
    pub display_name: Option<String>,
    /// Most tokens in and out together.
    pub context_window: Option<u64>,
    /// Most tokens of one answer.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub capabilities: Option<Vec<Capability>>,
    /// Its prices.
    pub prices: Option<Prices>,
    /// How good its answers are by a public leaderboard, 0 to 100.
    pub quality: Option<u8>,
}

impl ModelFacts {
    /// These facts, completed by what a less reliable source knows.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            display_name: self.display_name.or_else(|| other.display_name.clone()),
            context_window: self.context_window.or(other.context_window),
            max_output_tokens: self.max_output_tokens.or(other.max_output_tokens),
            capabilities: self.capabilities.or_else(|| other.capabilities.clone()),
            prices: self.prices.or(other.prices),
            quality: self.quality.or(other.quality),
        }
    }

    /// The registry entry. Capabilities that nobody told are taken from the name: a model that embeds has
    /// that in its name with every vendor, any other one holds a conversation.
    pub fn into_spec(self, provider: &str, name: &str) -> ModelSpec {
        let guess = if name.to_ascii_lowercase().contains("embed") {
            Capability::Embeddings
        } else {
            Capability::Chat
        };
        ModelSpec {
            provider: provider.to_owned(),
            name: name.to_owned(),
            display_name: self.display_name.unwrap_or_else(|| name.to_owned()),
            context_window: self.context_window,
            max_output_tokens: self.max_output_tokens,
            capabilities: self.capabilities.unwrap_or_else(|| vec![guess]),
            prices: self.prices,
            quality: self.quality,
        }
    }
}

/// Prices as they are written: US dollars per million tokens, as texts like `"0.15"`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRow {
    /// Tokens read.
    #[serde(deserialize_with = "money")]
    pub input: Money,
    /// Tokens read from the provider's cache; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cached_input: Option<Money>,
    /// Tokens written to the provider's cache; the input price where missing.
    #[serde(default, deserialize_with = "some_money")]
    pub cache_write: Option<Money>,
    /// Tokens written.
    #[serde(deserialize_with = "money")]
    pub output: Money,
    /// What a request costs in a batch of the vendor's own, in percent, long inputs included.
    #[serde(default)]
    pub batch_percent: Option<u32>,
}

/// The prices of requests with a long input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongContextRow {
    /// They hold above this many input tokens, for the whole request.
    pub above: u64,
    /// What they are.
    pub prices: PriceRow,
}

impl From<PriceRow> for PriceTier {
    fn from(row: PriceRow) -> Self {
        Self {
            input: row.input,
            cached_input: row.cached_input,
            cache_write: row.cache_write,
            output: row.output,
        }
    }
}

/// The prices that rows tell.
pub(crate) fn prices(base: PriceRow, long_context: Option<LongContextRow>) -> Prices {
    Prices {
        batch_percent: base.batch_percent,
        base: base.into(),
        long_context: long_context.map(|row| (row.above, row.prices.into())),
    }
}

/// Reads a wire format by its name.
pub(crate) fn dialect_from_name<'de, D: Deserializer<'de>>(source: D) -> Result<Dialect, D::Error> {
    let name = String::deserialize(source)?;
    Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name).ok_or_else(|| {
        let known = Dialect::ALL.map(Dialect::as_str).join("`, `");
        de::Error::custom(format!("`{name}` is not a wire format; there are `{known}`"))
    })
}

/// Reads a list of wire formats by their names.
pub(crate) fn dialects_from_names<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Dialect>, D::Error> {
    #[derive(Deserialize)]
    struct Named(#[serde(deserialize_with = "dialect_from_name")] Dialect);
    Ok(Vec::<Named>::deserialize(source)?.into_iter().map(|Named(dialect)| dialect).collect())
}

/// Reads an amount from a text; a number is refused because it would not be exact.
fn money<'de, D: Deserializer<'de>>(source: D) -> Result<Money, D::Error> {
    struct Amount;
    impl de::Visitor<'_> for Amount {
        type Value = Money;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an amount in dollars as a text, like \"0.15\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
            text.parse().map_err(E::custom)
        }
    }
    source.deserialize_str(Amount)
}

fn some_money<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Money>, D::Error> {
    money(source).map(Some)
}
