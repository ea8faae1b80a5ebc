//! Usage figures: cached tokens stand inside those of the prompt here and beside `input` in the vocabulary.

use crate::json::{JsonError, JsonReader};
use base::Money;
use llm::{Service, Usage};
use serde::{Deserialize as _, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json, value::RawValue};

/// Reads a usage object of either format; `None` for what is none.
pub(crate) fn read(reader: &mut JsonReader<'_>) -> Result<Option<Usage>, JsonError> {
    let mut figures = Figures::default();
    let is_usage = reader.fields(|name, reader| figures.field(name, reader))?;
    Ok(is_usage.then(|| figures.usage()))
}

/// Reads a service by its name; `None` for the usual one and for what is no name.
pub(crate) fn read_service(reader: &mut JsonReader<'_>) -> Result<Option<Service>, JsonError> {
    if reader.peek() != Some(b'"') {
        reader.skip()?;
        return Ok(None);
    }
    Ok(Service::from_name(&reader.text()?))
}

/// [`read`] where `serde_json` reads what is around it.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Usage>, D::Error> {
    read(&mut JsonReader::new(<&RawValue>::deserialize(from)?.get())).map_err(D::Error::custom)
}

/// [`read_service`] where `serde_json` reads what is around it.
pub(crate) fn service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    read_service(&mut JsonReader::new(<&RawValue>::deserialize(from)?.get())).map_err(D::Error::custom)
}

/// The figures of either format under the names that they have there.
///
/// The prompt's cached part is `cached_tokens` in `prompt_tokens_details` or `input_tokens_details` (OpenAI),
/// `prompt_cache_hit_tokens` (DeepSeek) or `cached_tokens` (Moonshot); the written part is
/// `cache_write_tokens` beside it (OpenRouter, OpenAI).
/// Vendors that leave thinking out of `completion_tokens` (xAI, Gemini) still count it in `total_tokens`.
/// What the provider itself charges is `cost` in dollars (OpenRouter; an object with Perplexity), with
/// `cost_details.upstream_inference_cost` on top where the caller's own key paid for that, or
/// `cost_in_usd_ticks` in ten-thousand-millionths of a dollar (xAI).
#[derive(Debug, Default)]
struct Figures {
    prompt_tokens: Option<u64>,
    input_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_cache_hit_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    cost: Option<Money>,
    /// The caller's own key paid for the model.
    is_byok: bool,
    cost_in_usd_ticks: Option<u64>,
    num_search_queries: Option<u64>,
    upstream_inference_cost: Option<Money>,
    /// Of `server_tool_use` and `server_side_tool_usage_details`.
    searches: [Option<u64>; 2],
    prompt_parts: Parts,
    input_parts: Parts,
    completion_parts: Parts,
    output_parts: Parts,
}

/// The parts of a figure.
#[derive(Debug, Default)]
struct Parts {
    cached: Option<u64>,
    cache_write: Option<u64>,
    /// LiteLLM's name for what was written.
    cache_creation: Option<u64>,
    audio: Option<u64>,
    image: Option<u64>,
    reasoning: Option<u64>,
    cached_audio: Option<u64>,
}

impl Figures {
    fn field(&mut self, name: &str, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        match name {
            "prompt_tokens" => self.prompt_tokens = reader.count()?,
            "completion_tokens" => self.completion_tokens = reader.count()?,
            "total_tokens" => self.total_tokens = reader.count()?,
            "prompt_tokens_details" => self.prompt_parts.read(reader)?,
            "completion_tokens_details" => self.completion_parts.read(reader)?,
            "input_tokens" => self.input_tokens = reader.count()?,
            "output_tokens" => self.output_tokens = reader.count()?,
            "input_tokens_details" => self.input_parts.read(reader)?,
            "output_tokens_details" => self.output_parts.read(reader)?,
            "prompt_cache_hit_tokens" => self.prompt_cache_hit_tokens = reader.count()?,
            "cached_tokens" => self.cached_tokens = reader.count()?,
            "reasoning_tokens" => self.reasoning_tokens = reader.count()?,
            "cost" if reader.peek() == Some(b'{') => self.cost = within(reader, "total_cost", amount)?,
            "cost" => self.cost = amount(reader)?,
            "is_byok" => self.is_byok = reader.boolean()? == Some(true),
            "cost_details" => {
                self.upstream_inference_cost = within(reader, "upstream_inference_cost", amount)?;
            }
            "cost_in_usd_ticks" => self.cost_in_usd_ticks = reader.count()?,
            "num_search_queries" => self.num_search_queries = reader.count()?,
            "server_tool_use" => self.searches[0] = searches(reader)?,
            "server_side_tool_usage_details" => self.searches[1] = searches(reader)?,
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }

    fn usage(&self) -> Usage {
        let Self { prompt_parts, input_parts, completion_parts, output_parts, .. } = self;
        let prompt = self.prompt_tokens.or(self.input_tokens).unwrap_or(0);
        let completion = self.completion_tokens.or(self.output_tokens).unwrap_or(0);
        let cached = prompt_parts
            .cached
            .or(input_parts.cached)
            .or(self.prompt_cache_hit_tokens)
            .or(self.cached_tokens);
        let cached = cached.unwrap_or(0).min(prompt);
        let cache_write =
            prompt_parts.cache_write.or(input_parts.cache_write).or(prompt_parts.cache_creation);
        let cache_write = cache_write.unwrap_or(0).min(prompt - cached);
        let cached_audio = prompt_parts.cached_audio.or(input_parts.cached_audio).unwrap_or(0).min(cached);
        let audio_input = prompt_parts.audio.or(input_parts.audio).unwrap_or(0);
        // Sound that was cached stands among all sound.
        let audio_input = audio_input.saturating_sub(cached_audio).min(prompt - cached - cache_write);
        let input = prompt - cached - cache_write - audio_input;
        // Pictures that were cached stand among all pictures, and nobody says how many; the rest cannot be more.
        let image_input = prompt_parts.image.or(input_parts.image).unwrap_or(0).min(input);
        let output = completion.max(self.total_tokens.unwrap_or(0).saturating_sub(prompt));
        let reasoning = completion_parts.reasoning.or(output_parts.reasoning).or(self.reasoning_tokens);
        let audio_output = completion_parts.audio.or(output_parts.audio);
        let image_output = completion_parts.image.or(output_parts.image);
        let [tool_use, tool_usage] = self.searches;
        Usage {
            input,
            cached_input: cached,
            cache_write,
            output,
            reasoning: reasoning.unwrap_or(output - completion).min(output),
            audio_input,
            audio_output: audio_output.unwrap_or(0).min(output),
            cached_audio,
            image_input,
            image_output: image_output.unwrap_or(0).min(output),
            searches: tool_use.or(tool_usage).or(self.num_search_queries).unwrap_or(0),
            reported_cost: self.charged(),
            ..Usage::default()
        }
    }

    /// What the provider says that the call costs in all.
    fn charged(&self) -> Option<Money> {
        const TICKS_PER_NANO: u64 = 10;
        let upstream = self.upstream_inference_cost.filter(|_| self.is_byok).unwrap_or_default();
        let in_ticks = || {
            let nanos = self.cost_in_usd_ticks?.saturating_add(TICKS_PER_NANO / 2) / TICKS_PER_NANO;
            i64::try_from(nanos).ok().map(Money::from_nanos)
        };
        self.cost.map(|fee| fee + upstream).filter(|cost| *cost >= Money::ZERO).or_else(in_ticks)
    }
}

impl Parts {
    /// Reads them; what else vendors put in their place is none.
    fn read(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        reader
            .fields(|name, reader| {
                match name {
                    "cached_tokens" => self.cached = reader.count()?,
                    "cache_write_tokens" => self.cache_write = reader.count()?,
                    "cache_creation_tokens" => self.cache_creation = reader.count()?,
                    "audio_tokens" => self.audio = reader.count()?,
                    "image_tokens" => self.image = reader.count()?,
                    "reasoning_tokens" => self.reasoning = reader.count()?,
                    "cached_tokens_details" => {
                        self.cached_audio = within(reader, "audio_tokens", JsonReader::count)?
                    }
                    _ => {
                        reader.skip()?;
                    }
                }
                Ok(())
            })
            .map(|_is_object| ())
    }
}

/// How often the provider's own tool searched the web.
fn searches(reader: &mut JsonReader<'_>) -> Result<Option<u64>, JsonError> {
    let (mut requests, mut calls) = (None, None);
    reader.fields(|name, reader| {
        match name {
            "web_search_requests" => requests = reader.count()?,
            "web_search_calls" => calls = reader.count()?,
            _ => {
                reader.skip()?;
            }
        }
        Ok::<_, JsonError>(())
    })?;
    Ok(requests.or(calls))
}

/// Reads one field of an object.
pub(crate) fn within<'a, T>(
    reader: &mut JsonReader<'a>,
    wanted: &str,
    read: impl Fn(&mut JsonReader<'a>) -> Result<Option<T>, JsonError>,
) -> Result<Option<T>, JsonError> {
    let mut found = None;
    reader.fields(|name, reader| {
        if name == wanted {
            found = read(reader)?;
        } else {
            reader.skip()?;
        }
        Ok::<_, JsonError>(())
    })?;
    Ok(found)
}

/// Reads dollars.
fn amount(reader: &mut JsonReader<'_>) -> Result<Option<Money>, JsonError> {
    let number: Option<f64> = reader.raw()?.parse().ok();
    // The shortest decimal that is this number, which is the one that was sent.
    Ok(number.and_then(|dollars| Money::rounded(&dollars.to_string())))
}

/// The usage object of chat completions.
#[derive(Serialize)]
pub(crate) struct ChatUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    #[serde(skip_serializing_if = "is_none")]
    cache_write_tokens: u64,
    #[serde(skip_serializing_if = "is_none")]
    audio_tokens: u64,
    #[serde(skip_serializing_if = "is_none")]
    image_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_tokens_details: Option<CachedSound>,
}

#[derive(Serialize)]
struct CachedSound {
    audio_tokens: u64,
}

#[derive(Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
    #[serde(skip_serializing_if = "is_none")]
    audio_tokens: u64,
    #[serde(skip_serializing_if = "is_none")]
    image_tokens: u64,
}

fn is_none(tokens: &u64) -> bool {
    *tokens == 0
}

impl From<&Usage> for ChatUsage {
    fn from(usage: &Usage) -> Self {
        let cached_audio = (usage.cached_audio > 0).then_some(usage.cached_audio);
        Self {
            prompt_tokens: usage.total_input(),
            completion_tokens: usage.output,
            total_tokens: usage.total(),
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cached_input,
                cache_write_tokens: usage.cache_write,
                audio_tokens: usage.audio_input.saturating_add(usage.cached_audio),
                image_tokens: usage.image_input,
                cached_tokens_details: cached_audio.map(|audio_tokens| CachedSound { audio_tokens }),
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning,
                audio_tokens: usage.audio_output,
                image_tokens: usage.image_output,
            },
        }
    }
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

    fn read_value(usage: &Value) -> Option<Usage> {
        read(&mut JsonReader::new(&usage.to_string())).unwrap()
    }

    #[track_caller]
    fn check(usage: Value, expected: [u64; 5]) {
        let [input, cached_input, cache_write, output, reasoning] = expected;
        assert_eq!(
            read_value(&usage),
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
        assert_eq!(read_value(&Value::Null), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(input in 0u64..1 << 40, cached_input in 0u64..1 << 40,
            cache_write in 0u64..1 << 40, output in 0u64..1 << 40, part in 0u64..100) {
            let part = output * part / 100;
            let text = Usage { input, cached_input, cache_write, output, reasoning: part, ..Usage::default() };
            prop_assert_eq!(read_value(&responses(&text)), Some(text));
            let usage = Usage { audio_input: input / 2, audio_output: output - part, ..text };
            prop_assert_eq!(read_value(&json!(ChatUsage::from(&usage))), Some(usage));
        }
    }
}
