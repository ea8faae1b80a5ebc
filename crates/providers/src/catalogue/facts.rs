//! What may be known about a model, from whichever source, and how sources are put together.

use llm::{Capability, Dialect, ModelSpec, Prices};
use serde::{Deserialize, Deserializer, de};

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
    /// The shortest beginning of a prompt that its provider keeps in a prompt cache, in tokens.
    pub cacheable_tokens: Option<u64>,
    /// What else is published about it.
    pub about: ModelAbout,
}

/// What is published about a model beside what a call needs; `None` where nobody says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ModelAbout {
    /// Its tokenizer, by the name it is published under, such as `o200k_base`.
    pub tokenizer: Option<String>,
    /// The day it was released, as `2026-11-21`.
    #[serde(deserialize_with = "some_day")]
    pub released_on: Option<String>,
    /// The day from which it can no longer be called.
    #[serde(deserialize_with = "some_day")]
    pub retires_on: Option<String>,
}

impl ModelAbout {
    /// This, completed by what a less reliable source knows.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            tokenizer: self.tokenizer.or_else(|| other.tokenizer.clone()),
            released_on: self.released_on.or_else(|| other.released_on.clone()),
            retires_on: self.retires_on.or_else(|| other.retires_on.clone()),
        }
    }
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
            prices: self.prices.or_else(|| other.prices.clone()),
            quality: self.quality.or(other.quality),
            cacheable_tokens: self.cacheable_tokens.or(other.cacheable_tokens),
            about: self.about.or(&other.about),
        }
    }

    /// The registry entry. Capabilities that nobody told are taken from the name: a model that embeds, speaks
    /// or listens has that in its name with nearly every vendor, any other one holds a conversation.
    pub fn into_spec(self, provider: &str, name: &str) -> ModelSpec {
        let lower = name.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let guess = if says(&["embed"]) {
            Capability::Embeddings
        } else if says(&["whisper", "transcribe"]) {
            Capability::Transcription
        } else if says(&["tts"]) {
            Capability::Speech
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
            cacheable_tokens: self.cacheable_tokens,
        }
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

/// Reads a day, as `2026-11-21`.
pub(crate) fn some_day<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(source)?;
    let shape: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    if shape == "0000-00-00" {
        Ok(Some(text))
    } else {
        Err(de::Error::custom(format!("`{text}` is not a day like `2026-11-21`")))
    }
}
