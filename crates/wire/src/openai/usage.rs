//! Usage figures: cached tokens stand inside those of the prompt here and beside `input` in the vocabulary.

use base::Money;
use llm::{Service, Usage};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Value, json};
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
/// What the provider itself charges is `cost` in dollars (OpenRouter; an object with Perplexity), with
/// `cost_details.upstream_inference_cost` on top where the caller's own key paid for that, or
/// `cost_in_usd_ticks` in ten-thousand-millionths of a dollar (xAI).
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
    cost: Amount,
    is_byok: Flag,
    cost_in_usd_ticks: Count,
    num_search_queries: Count,
    #[serde(deserialize_with = "lenient")]
    cost_details: Option<CostDetails>,
    #[serde(deserialize_with = "lenient")]
    server_tool_use: Option<ToolUse>,
    #[serde(deserialize_with = "lenient")]
    server_side_tool_usage_details: Option<ToolUse>,
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
    /// LiteLLM's name for what was written.
    cache_creation_tokens: Count,
    audio_tokens: Count,
    image_tokens: Count,
    reasoning_tokens: Count,
    #[serde(deserialize_with = "lenient")]
    cached_tokens_details: Option<CachedDetails>,
}

/// The parts of what was cached.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CachedDetails {
    audio_tokens: Count,
}

/// What a cost is made of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CostDetails {
    upstream_inference_cost: Amount,
}

/// How often the provider's own tools were used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ToolUse {
    web_search_requests: Count,
    web_search_calls: Count,
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
        let cache_write = first(&[
            prompt_parts.cache_write_tokens,
            input_parts.cache_write_tokens,
            prompt_parts.cache_creation_tokens,
        ]);
        let cache_write = cache_write.unwrap_or(0).min(prompt - cached);
        let cached_parts = prompt_parts.cached_tokens_details.or(input_parts.cached_tokens_details);
        let cached_audio = cached_parts.and_then(|parts| parts.audio_tokens.0).unwrap_or(0).min(cached);
        let audio_input = first(&[prompt_parts.audio_tokens, input_parts.audio_tokens]).unwrap_or(0);
        // Sound that was cached stands among all sound.
        let audio_input = audio_input.saturating_sub(cached_audio).min(prompt - cached - cache_write);
        let input = prompt - cached - cache_write - audio_input;
        // Pictures that were cached stand among all pictures, and nobody says how many; the rest cannot be more.
        let image_input =
            first(&[prompt_parts.image_tokens, input_parts.image_tokens]).unwrap_or(0).min(input);
        let output = completion.max(self.total_tokens.0.unwrap_or(0).saturating_sub(prompt));
        let reasoning =
            first(&[completion_parts.reasoning_tokens, output_parts.reasoning_tokens, self.reasoning_tokens]);
        let image_output = first(&[completion_parts.image_tokens, output_parts.image_tokens]);
        let tools = [self.server_tool_use, self.server_side_tool_usage_details];
        let searched = |tools: &ToolUse| tools.web_search_requests.0.or(tools.web_search_calls.0);
        let searches = tools.iter().flatten().find_map(searched).or(self.num_search_queries.0);
        Usage {
            input,
            cached_input: cached,
            cache_write,
            output,
            reasoning: reasoning.unwrap_or(output - completion).min(output),
            audio_input,
            audio_output: completion_parts
                .audio_tokens
                .0
                .or(output_parts.audio_tokens.0)
                .unwrap_or(0)
                .min(output),
            cached_audio,
            image_input,
            image_output: image_output.unwrap_or(0).min(output),
            searches: searches.unwrap_or(0),
            reported_cost: charged(self.cost, self.is_byok, self.cost_details, self.cost_in_usd_ticks),
            ..Usage::default()
        }
    }
}

/// What the provider says that the call costs in all.
fn charged(cost: Amount, own_key: Flag, details: Option<CostDetails>, ticks: Count) -> Option<Money> {
    const TICKS_PER_NANO: u64 = 10;
    let upstream = details.and_then(|details| details.upstream_inference_cost.0).unwrap_or_default();
    let in_ticks = || {
        let nanos = ticks.0?.saturating_add(TICKS_PER_NANO / 2) / TICKS_PER_NANO;
        i64::try_from(nanos).ok().map(Money::from_nanos)
    };
    let cost = if own_key.0 { cost.0.map(|fee| fee + upstream) } else { cost.0 };
    cost.filter(|cost| *cost >= Money::ZERO).or_else(in_ticks)
}

/// Reads a service by its name; `None` for the usual one and for what is no name.
pub(crate) fn service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    from.deserialize_any(Any::<IgnoredAny>(PhantomData)).map(|found| match found {
        Found::Service(service) => Some(service),
        Found::Count(_) | Found::Object(_) | Found::Amount(_) | Found::True | Found::Other => None,
    })
}

/// Dollars; what else vendors put in its place is none.
#[derive(Debug, Clone, Copy, Default)]
struct Amount(Option<Money>);

/// Perplexity's cost in parts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Costs {
    total_cost: Total,
}

/// The sum of such parts.
#[derive(Debug, Clone, Copy, Default)]
struct Total(Option<Money>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let found = from.deserialize_any(Any::<Costs>(PhantomData))?;
        Ok(Self(dollars(&found).or(match found {
            Found::Object(costs) => costs.total_cost.0,
            Found::Count(_) | Found::Amount(_) | Found::Service(_) | Found::True | Found::Other => None,
        })))
    }
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any::<IgnoredAny>(PhantomData)).map(|found| Self(dollars(&found)))
    }
}

fn dollars<T>(found: &Found<T>) -> Option<Money> {
    match found {
        Found::Count(dollars) => Money::rounded(&dollars.to_string()),
        // The shortest decimal that is this number, which is the one that was sent.
        Found::Amount(dollars) => Money::rounded(&dollars.to_string()),
        Found::Object(_) | Found::Service(_) | Found::True | Found::Other => None,
    }
}

/// Whether something is so; anything but `true` says that it is not.
#[derive(Debug, Clone, Copy, Default)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let found = from.deserialize_any(Any::<IgnoredAny>(PhantomData))?;
        Ok(Self(matches!(found, Found::True)))
    }
}

/// A count; what else vendors put in its place is none.
#[derive(Debug, Clone, Copy, Default)]
struct Count(Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any::<IgnoredAny>(PhantomData)).map(|found| match found {
            Found::Count(count) => Self(Some(count)),
            Found::Object(_) | Found::Amount(_) | Found::Service(_) | Found::True | Found::Other => {
                Self(None)
            }
        })
    }
}

/// Reads an object; what else vendors put in its place is none.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    from.deserialize_any(Any(PhantomData)).map(|found| match found {
        Found::Object(object) => Some(object),
        Found::Count(_) | Found::Amount(_) | Found::Service(_) | Found::True | Found::Other => None,
    })
}

/// What stands at a place.
enum Found<T> {
    Count(u64),
    Object(T),
    Amount(f64),
    Service(Service),
    True,
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

    fn visit_f64<E>(self, amount: f64) -> Result<Found<T>, E> {
        Ok(Found::Amount(amount))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Found<T>, E> {
        Ok(if flag { Found::True } else { Found::Other })
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<T>, E> {
        Ok(Service::from_name(text).map_or(Found::Other, Found::Service))
    }

    fn visit_unit<E>(self) -> Result<Found<T>, E> {
        Ok(Found::Other)
    }
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
            prop_assert_eq!(read(&json!(ChatUsage::from(&usage))), Some(usage));
        }
    }
}
