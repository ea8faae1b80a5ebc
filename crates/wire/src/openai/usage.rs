//! Usage figures: cached tokens stand inside those of the prompt here and beside `input` in the vocabulary.

use llm::Usage;
use serde_json::{Map, Value, json};

/// Reads a usage object of either format; `None` for what is none.
///
/// The prompt's cached part is `cached_tokens` in `prompt_tokens_details` or `input_tokens_details` (OpenAI),
/// `prompt_cache_hit_tokens` (DeepSeek) or `cached_tokens` (Moonshot); the written part is
/// `cache_write_tokens` beside it (OpenRouter, OpenAI).
/// Vendors that leave thinking out of `completion_tokens` (xAI, Gemini) still count it in `total_tokens`.
pub(crate) fn read(usage: &Value) -> Option<Usage> {
    usage.as_object()?;
    let number = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    let prompt = number("/prompt_tokens").or_else(|| number("/input_tokens")).unwrap_or(0);
    let completion = number("/completion_tokens").or_else(|| number("/output_tokens")).unwrap_or(0);
    let cached = [
        "/prompt_tokens_details/cached_tokens",
        "/input_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/cached_tokens",
    ];
    let cached = cached.into_iter().find_map(number).unwrap_or(0).min(prompt);
    let cache_write = number("/prompt_tokens_details/cache_write_tokens")
        .or_else(|| number("/input_tokens_details/cache_write_tokens"))
        .unwrap_or(0)
        .min(prompt - cached);
    let audio_input = ["/prompt_tokens_details/audio_tokens", "/input_tokens_details/audio_tokens"];
    let audio_input = audio_input.into_iter().find_map(number).unwrap_or(0);
    let audio_input = audio_input.min(prompt - cached - cache_write);
    let output = completion.max(number("/total_tokens").unwrap_or(0).saturating_sub(prompt));
    let reasoning = [
        "/completion_tokens_details/reasoning_tokens",
        "/output_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ];
    let reasoning = reasoning.into_iter().find_map(number).unwrap_or(output - completion).min(output);
    let audio_output = number("/completion_tokens_details/audio_tokens").unwrap_or(0).min(output);
    Some(Usage {
        input: prompt - cached - cache_write - audio_input,
        cached_input: cached,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
        ..Usage::default()
    })
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
