//! Usage figures: cached tokens stand inside those of the prompt here and beside `input` in the vocabulary.

use llm::Usage;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value, json};
use std::{fmt, marker::PhantomData};

/// Reads a usage object of either format; `None` for what is none.
pub(crate) fn read(usage: &Value) -> Option<Usage> {
    deserialize(usage).ok()?
}

/// The same where it stands in a reply, without building anything.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Usage>, D::Error> {
    let figures: Option<Figures> = lenient(from)?;
    Ok(figures.map(Figures::usage))
}

/// The figures of either format under the names that they have there.
///
/// The prompt's cached part is `cached_tokens` in `prompt_tokens_details` or `input_tokens_details` (OpenAI),
/// `prompt_cache_hit_tokens` (DeepSeek) or `cached_tokens` (Moonshot); the written part is
/// `cache_write_tokens` beside it (OpenRouter, OpenAI).
/// Vendors that leave thinking out of `completion_tokens` (xAI, Gemini) still count it in `total_tokens`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Figures {
    prompt_tokens: Count,
    input_tokens: Count,
    completion_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    prompt_cache_hit_tokens: Count,
    cached_tokens: Count,
    reasoning_tokens: Count,
    #[serde(deserialize_with = "lenient")]
    prompt_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    input_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    completion_tokens_details: Option<Details>,
    #[serde(deserialize_with = "lenient")]
    output_tokens_details: Option<Details>,
}

/// The parts of a figure.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Count,
    cache_write_tokens: Count,
    audio_tokens: Count,
    reasoning_tokens: Count,
}

impl Figures {
    fn usage(self) -> Usage {
        let (prompt_parts, input_parts) = (self.prompt_tokens_details, self.input_tokens_details);
        let (prompt_parts, input_parts) = (prompt_parts.unwrap_or_default(), input_parts.unwrap_or_default());
        let completion_parts = self.completion_tokens_details.unwrap_or_default();
        let output_parts = self.output_tokens_details.unwrap_or_default();
        let first = |counts: &[Count]| counts.iter().find_map(|count| count.0);
        let prompt = first(&[self.prompt_tokens, self.input_tokens]).unwrap_or(0);
        let completion = first(&[self.completion_tokens, self.output_tokens]).unwrap_or(0);
        let cached = first(&[
            prompt_parts.cached_tokens,
            input_parts.cached_tokens,
            self.prompt_cache_hit_tokens,
            self.cached_tokens,
        ]);
        let cached = cached.unwrap_or(0).min(prompt);
        let cache_write = first(&[prompt_parts.cache_write_tokens, input_parts.cache_write_tokens]);
        let cache_write = cache_write.unwrap_or(0).min(prompt - cached);
        let audio_input = first(&[prompt_parts.audio_tokens, input_parts.audio_tokens]).unwrap_or(0);
        let audio_input = audio_input.min(prompt - cached - cache_write);
        let output = completion.max(self.total_tokens.0.unwrap_or(0).saturating_sub(prompt));
        let reasoning =
            first(&[completion_parts.reasoning_tokens, output_parts.reasoning_tokens, self.reasoning_tokens]);
        Usage {
            input: prompt - cached - cache_write - audio_input,
            cached_input: cached,
            cache_write,
            output,
            reasoning: reasoning.unwrap_or(output - completion).min(output),
            audio_input,
            audio_output: completion_parts.audio_tokens.0.unwrap_or(0).min(output),
            ..Usage::default()
        }
    }
}

/// A count; what else vendors put in its place is none.
#[derive(Debug, Clone, Copy, Default)]
struct Count(Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any::<IgnoredAny>(PhantomData)).map(|found| match found {
            Found::Count(count) => Self(Some(count)),
            Found::Object(_) | Found::Other => Self(None),
        })
    }
}

/// Reads an object; what else vendors put in its place is none.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    from.deserialize_any(Any(PhantomData)).map(|found| match found {
        Found::Object(object) => Some(object),
        Found::Count(_) | Found::Other => None,
    })
}

/// What stands at a place.
enum Found<T> {
    Count(u64),
    Object(T),
    Other,
}

/// Takes whatever comes, objects as `T`.
struct Any<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
    type Value = Found<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_u64<E>(self, count: u64) -> Result<Found<T>, E> {
        Ok(Found::Count(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Found<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(Found::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Found<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }

    fn visit_unit<E>(self) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }
}

/// Writes the usage object of chat completions.
pub(crate) fn chat(usage: &Usage) -> Value {
    let mut prompt = Map::new();
    prompt.insert("cached_tokens".to_owned(), usage.cached_input.into());
    if usage.cache_write > 0 {
        prompt.insert("cache_write_tokens".to_owned(), usage.cache_write.into());
    }
    let mut completion = Map::new();
    completion.insert("reasoning_tokens".to_owned(), usage.reasoning.into());
    for (details, tokens) in [(&mut prompt, usage.audio_input), (&mut completion, usage.audio_output)] {
        if tokens > 0 {
            details.insert("audio_tokens".to_owned(), tokens.into());
        }
    }
    json!({
        "prompt_tokens": usage.total_input(),
        "completion_tokens": usage.output,
        "total_tokens": usage.total(),
        "prompt_tokens_details": prompt,
        "completion_tokens_details": completion,
    })
}

/// Writes the usage object of Responses.
pub(crate) fn responses(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.total_input(),
        "input_tokens_details": {"cached_tokens": usage.cached_input, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(usage: Value, expected: [u64; 5]) {
        let [input, cached_input, cache_write, output, reasoning] = expected;
        assert_eq!(
            read(&usage),
            Some(Usage { input, cached_input, cache_write, output, reasoning, ..Usage::default() }),
            "{usage}"
        );
    }

    #[test]
    fn vendors_figures_come_to_the_same_form() {
        check(json!({"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}), [10, 0, 0, 4, 0]);
        check(
            json!({"prompt_tokens": 100, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 5}}),
            [36, 64, 0, 9, 5],
        );
        // DeepSeek.
        check(
            json!({"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109,
                "prompt_cache_hit_tokens": 40, "prompt_cache_miss_tokens": 60}),
            [60, 40, 0, 9, 0],
        );
        // OpenRouter writing to Anthropic's cache.
        check(
            json!({"prompt_tokens": 100, "completion_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 50}}),
            [40, 10, 50, 1, 0],
        );
        // xAI: thinking beside `completion_tokens`.
        check(
            json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
                "completion_tokens_details": {"reasoning_tokens": 94}}),
            [32, 0, 0, 103, 94],
        );
        // More cached than read cannot be.
        check(json!({"prompt_tokens": 5, "cached_tokens": 9}), [0, 5, 0, 0, 0]);
        check(json!({"prompt_tokens": -5, "completion_tokens": 1.5}), [0, 0, 0, 0, 0]);
        assert_eq!(read(&Value::Null), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(input in 0u64..1 << 40, cached_input in 0u64..1 << 40,
            cache_write in 0u64..1 << 40, output in 0u64..1 << 40, part in 0u64..100) {
            let part = output * part / 100;
            let text = Usage { input, cached_input, cache_write, output, reasoning: part, ..Usage::default() };
            prop_assert_eq!(read(&responses(&text)), Some(text));
            let usage = Usage { audio_input: input / 2, audio_output: output - part, ..text };
            prop_assert_eq!(read(&chat(&usage)), Some(usage));
        }
    }
}
