//! Reads vendors' lists of models. Pure: bytes in, names and facts out.
//!
//! Vendors tell more or less besides the names; everything known to be told is read, under whatever name a
//! vendor gives it, and a field of an unexpected shape is as if it were missing.

use crate::{ModelAbout, ModelFacts};
use base::Money;
use llm::{Capability, Dialect, LlmError, LlmErrorKind, PriceTier, Prices};
use serde_json::Value;

/// A model in a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) facts: ModelFacts,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) models: Vec<Listed>,
    /// What goes behind the list's path to get the next page.
    pub(crate) next: Option<String>,
}

/// Reads one page of a dialect's list.
///
/// # Errors
/// [`LlmErrorKind::Malformed`] when it is not such a list.
pub(crate) fn read(dialect: Dialect, body: &[u8]) -> Result<Page, LlmError> {
    let list: Value = serde_json::from_slice(body).map_err(|error| {
        let message = if body.trim_ascii_start().starts_with(b"<") {
            "the answer is a web page, not a list of models".to_owned()
        } else {
            format!("the list of models is not JSON: {error}")
        };
        LlmError::new(LlmErrorKind::Malformed, message)
    })?;
    let page = match dialect {
        Dialect::OpenAiChat | Dialect::OpenAiResponses => openai(&list),
        Dialect::Anthropic => anthropic(&list),
        Dialect::Gemini => gemini(&list),
        Dialect::Ollama => ollama(&list),
    };
    page.ok_or_else(|| {
        LlmError::new(
            LlmErrorKind::Malformed,
            format!("the answer is not a list of models as `{dialect}` has it"),
        )
    })
}

/// OpenAI's `{"data": [{"id": ...}]}`; Together sends the bare array.
fn openai(list: &Value) -> Option<Page> {
    let rows = list.get("data").unwrap_or(list).as_array()?;
    let models = rows
        .iter()
        .map(|row| Some(Listed { name: text(row, &["id"])?, facts: openai_facts(row) }))
        .collect::<Option<_>>()?;
    Some(Page { models, next: None })
}

/// What OpenRouter, Mistral, Groq, Together, vLLM, llama.cpp and others tell about a model.
fn openai_facts(row: &Value) -> ModelFacts {
    let context_window = ["context_length", "max_context_length", "context_window", "max_model_len"]
        .iter()
        .find_map(|name| count(row.get(*name)))
        .or_else(|| count(row.pointer("/meta/n_ctx_train")));
    let max_output_tokens = count(row.pointer("/top_provider/max_completion_tokens"))
        .or_else(|| count(row.get("max_completion_tokens")));
    ModelFacts {
        display_name: text(row, &["display_name", "name"])
            .filter(|name| Some(name) != text(row, &["id"]).as_ref()),
        context_window,
        max_output_tokens,
        capabilities: openai_capabilities(row),
        prices: openrouter_prices(row),
        // Mistral tells the day from which a model can no longer be called.
        about: ModelAbout { retires_on: day(row.get("deprecation")), ..ModelAbout::default() },
        ..ModelFacts::default()
    }
}

fn openai_capabilities(row: &Value) -> Option<Vec<Capability>> {
    // OpenRouter names the parameters a model takes, and the kinds of input.
    if let Some(parameters) = row.get("supported_parameters").and_then(Value::as_array) {
        let takes = |name: &str| parameters.iter().any(|parameter| parameter == name);
        let sees = row
            .pointer("/architecture/input_modalities")
            .and_then(Value::as_array)
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "image"));
        return Some(chat_and(&[
            (Capability::Tools, takes("tools")),
            (Capability::Vision, sees),
            (Capability::Reasoning, takes("reasoning")),
            (Capability::StructuredOutput, takes("structured_outputs")),
        ]));
    }
    // Mistral has a table of flags.
    if let Some(flags) = row.get("capabilities").filter(|flags| flags.get("completion_chat").is_some()) {
        let has = |name: &str| flags.get(name).and_then(Value::as_bool).unwrap_or(false);
        return has("completion_chat").then(|| {
            chat_and(&[
                (Capability::Tools, has("function_calling")),
                (Capability::Vision, has("vision")),
                (Capability::Reasoning, has("reasoning")),
                (Capability::StructuredOutput, true),
            ])
        });
    }
    // Together has a type.
    (row.get("type")? == "embedding").then(|| vec![Capability::Embeddings])
}

fn chat_and(others: &[(Capability, bool)]) -> Vec<Capability> {
    let others = others.iter().filter(|(_, has)| *has).map(|(capability, _)| *capability);
    std::iter::once(Capability::Chat).chain(others).collect()
}

/// OpenRouter's prices: dollars per token, as decimal texts. A negative one means that it varies.
fn openrouter_prices(row: &Value) -> Option<Prices> {
    let prices = row.get("pricing")?;
    let price = |name: &str| prices.get(name).and_then(Value::as_str).and_then(per_million);
    // By the piece, which is a million times the price that is moved to a million.
    let each = |name: &str| prices.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
    let thousand = |price: Money| Money::from_nanos(price.nanos().saturating_mul(1_000));
    let unless_free = |price: Option<Money>| price.filter(|price| *price > Money::ZERO);
    Some(Prices::from(PriceTier {
        input: price("prompt")?,
        cached_input: price("input_cache_read"),
        cache_write: price("input_cache_write"),
        output: price("completion")?,
        reasoning: unless_free(price("internal_reasoning")),
        audio_input: price("audio"),
        searches: unless_free(each("web_search")).map(thousand),
        ..PriceTier::default()
    }))
}

/// Dollars per token as dollars per million, exactly: the point moves by six places.
fn per_million(per_token: &str) -> Option<Money> {
    let (whole, decimals) = per_token.split_once('.').unwrap_or((per_token, ""));
    if whole.starts_with('-') || !decimals.is_ascii() {
        return None;
    }
    let decimals = format!("{decimals:0<6}");
    let (shifted, rest) = decimals.split_at_checked(6)?;
    let rest = rest.trim_end_matches('0');
    format!("{whole}{shifted}.{}", rest.get(..9).unwrap_or(rest)).parse().ok()
}

/// Anthropic's `{"data": [{"type": "model", "id": ...}], "has_more": ..., "last_id": ...}`.
fn anthropic(list: &Value) -> Option<Page> {
    let rows = list.get("data")?.as_array()?;
    let models = rows
        .iter()
        .map(|row| {
            let facts = ModelFacts {
                display_name: text(row, &["display_name"]),
                context_window: count(row.get("max_input_tokens")),
                max_output_tokens: count(row.get("max_tokens")),
                about: ModelAbout { released_on: day(row.get("created_at")), ..ModelAbout::default() },
                ..ModelFacts::default()
            };
            Some(Listed { name: text(row, &["id"])?, facts })
        })
        .collect::<Option<_>>()?;
    let more = list.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    let next = text(list, &["last_id"]).filter(|_| more).map(|id| format!("&after_id={}", escaped(&id)));
    Some(Page { models, next })
}

/// Gemini's `{"models": [{"name": "models/...", "supportedGenerationMethods": [...]}], "nextPageToken": ...}`.
fn gemini(list: &Value) -> Option<Page> {
    let rows = list.get("models")?.as_array()?;
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        let full = text(row, &["name"])?;
        let methods = row.get("supportedGenerationMethods").and_then(Value::as_array);
        let can = |method: &str| methods.is_some_and(|methods| methods.iter().any(|name| name == method));
        let capabilities = if can("generateContent") {
            let thinks = row.get("thinking").and_then(Value::as_bool).unwrap_or(false);
            let others = [
                (Capability::Tools, true),
                (Capability::Vision, true),
                (Capability::Reasoning, thinks),
                (Capability::StructuredOutput, true),
            ];
            // Gemma models are served beside the Gemini ones and can less.
            if full.contains("gemma") { vec![Capability::Chat] } else { chat_and(&others) }
        } else if can("embedContent") {
            vec![Capability::Embeddings]
        } else {
            continue;
        };
        models.push(Listed {
            name: full.strip_prefix("models/").unwrap_or(&full).to_owned(),
            facts: ModelFacts {
                display_name: text(row, &["displayName"]),
                context_window: count(row.get("inputTokenLimit")),
                max_output_tokens: count(row.get("outputTokenLimit"))
                    .filter(|_| capabilities.contains(&Capability::Chat)),
                capabilities: Some(capabilities),
                ..ModelFacts::default()
            },
        });
    }
    let next = text(list, &["nextPageToken"]).map(|token| format!("&pageToken={}", escaped(&token)));
    Some(Page { models, next })
}

/// Ollama's `{"models": [{"name": "llama3.2:latest", "details": {...}}]}`.
fn ollama(list: &Value) -> Option<Page> {
    let rows = list.get("models")?.as_array()?;
    let models = rows
        .iter()
        .map(|row| Some(Listed { name: text(row, &["model", "name"])?, facts: ModelFacts::default() }))
        .collect::<Option<_>>()?;
    Some(Page { models, next: None })
}

/// Reads Ollama's answer to `/api/show`: capabilities, and the context length under the architecture's name.
pub(crate) fn ollama_details(body: &[u8]) -> ModelFacts {
    let details: Value = serde_json::from_slice(body).unwrap_or_default();
    let info = details.get("model_info").and_then(Value::as_object);
    let context_window = info.and_then(|info| {
        info.iter()
            .find(|(name, _)| name.ends_with(".context_length"))
            .and_then(|(_, value)| count(Some(value)))
    });
    let capabilities = details.get("capabilities").and_then(Value::as_array).map(|names| {
        let has = |name: &str| names.iter().any(|known| known == name);
        if has("completion") {
            chat_and(&[
                (Capability::Tools, has("tools")),
                (Capability::Vision, has("vision")),
                (Capability::Reasoning, has("thinking")),
                (Capability::StructuredOutput, true),
            ])
        } else {
            vec![Capability::Embeddings]
        }
    });
    ModelFacts { context_window, capabilities, ..ModelFacts::default() }
}

/// The day of a time like `2026-11-21T00:00:00Z`; the beginning of 1970 is how some say that they do not know.
fn day(time: Option<&Value>) -> Option<String> {
    let day = time?.as_str()?.split_once('T')?.0;
    (day.len() == 10 && day.starts_with("20")).then(|| day.to_owned())
}

fn text(row: &Value, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| row.get(*name).and_then(Value::as_str))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A positive count; lists write 0 for what they do not know.
fn count(value: Option<&Value>) -> Option<u64> {
    value.and_then(Value::as_u64).filter(|count| *count > 0)
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(dialect: Dialect, body: &str) -> Listed {
        let page = read(dialect, body.as_bytes()).unwrap();
        assert_eq!(page.models.len(), 1);
        page.models.into_iter().next().unwrap()
    }

    #[test]
    fn openrouter_tells_nearly_everything() {
        let listed = one(
            Dialect::OpenAiChat,
            r#"{"data": [{"id": "openai/gpt-4o-mini", "name": "OpenAI: GPT-4o-mini", "context_length": 128000,
                "architecture": {"input_modalities": ["text", "image"]},
                "top_provider": {"max_completion_tokens": 16384},
                "pricing": {"prompt": "0.00000015", "completion": "0.0000006", "input_cache_read": "0.000000075"},
                "supported_parameters": ["tools", "structured_outputs", "max_tokens"]}]}"#,
        );
        assert_eq!(listed.name, "openai/gpt-4o-mini");
        assert_eq!(
            (listed.facts.context_window, listed.facts.max_output_tokens),
            (Some(128_000), Some(16_384))
        );
        use Capability::{Chat, StructuredOutput, Tools, Vision};
        assert_eq!(listed.facts.capabilities.unwrap(), [Chat, Tools, Vision, StructuredOutput]);
        let prices = listed.facts.prices.as_ref().unwrap().first().usual.base;
        let usd = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!((prices.input, prices.output), (usd("0.15"), usd("0.60")));
        assert_eq!(prices.cached_input, Some(usd("0.075")));
    }

    #[test]
    fn the_ways_of_other_openai_compatible_servers() {
        for (body, window) in [
            (r#"[{"id": "m", "context_length": 8192, "pricing": {"input": 0}}]"#, Some(8192)),
            (r#"{"data": [{"id": "m", "max_model_len": 4096}]}"#, Some(4096)),
            (r#"{"data": [{"id": "m", "meta": {"n_ctx_train": 2048}}]}"#, Some(2048)),
            (
                r#"{"data": [{"id": "m", "context_window": 131072, "max_completion_tokens": 32768}]}"#,
                Some(131_072),
            ),
            (r#"{"data": [{"id": "m", "context_length": 0}]}"#, None),
            (r#"{"data": [{"id": "m", "context_length": "large", "pricing": 3}]}"#, None),
        ] {
            let listed = one(Dialect::OpenAiChat, body);
            assert_eq!(listed.facts.context_window, window, "{body}");
            assert_eq!(listed.facts.prices, None, "{body}");
        }
        let mistral = one(
            Dialect::OpenAiChat,
            r#"{"data": [{"id": "m", "max_context_length": 262144,
                "capabilities": {"completion_chat": true, "function_calling": true, "vision": false}}]}"#,
        );
        use Capability::{Chat, StructuredOutput, Tools};
        assert_eq!(mistral.facts.capabilities.unwrap(), [Chat, Tools, StructuredOutput]);
    }

    #[test]
    fn anthropic_and_gemini_lists_have_pages() {
        let page = read(
            Dialect::Anthropic,
            br#"{"data": [{"type": "model", "id": "claude-x", "display_name": "Claude X"}], "has_more": true, "last_id": "claude-x"}"#,
        )
        .unwrap();
        assert_eq!(page.models[0].facts.display_name.as_deref(), Some("Claude X"));
        assert_eq!(page.next.as_deref(), Some("&after_id=claude-x"));
        let page = read(
            Dialect::Gemini,
            br#"{"models": [
                {"name": "models/gemini-x", "displayName": "Gemini X", "inputTokenLimit": 1048576, "outputTokenLimit": 65536,
                 "supportedGenerationMethods": ["generateContent", "countTokens"], "thinking": true},
                {"name": "models/gemini-embedding-x", "inputTokenLimit": 2048, "outputTokenLimit": 1,
                 "supportedGenerationMethods": ["embedContent"]},
                {"name": "models/imagen", "supportedGenerationMethods": ["predict"]}], "nextPageToken": "a b"}"#,
        )
        .unwrap();
        let names: Vec<_> = page.models.iter().map(|model| model.name.as_str()).collect();
        assert_eq!(names, ["gemini-x", "gemini-embedding-x"]);
        assert!(page.models[0].facts.capabilities.as_ref().unwrap().contains(&Capability::Reasoning));
        assert_eq!(page.models[1].facts.capabilities.as_ref().unwrap(), &[Capability::Embeddings]);
        assert_eq!(page.models[1].facts.max_output_tokens, None);
        assert_eq!(page.next.as_deref(), Some("&pageToken=a+b"));
    }

    #[test]
    fn ollama_lists_names_and_tells_the_rest_when_asked() {
        let listed =
            one(Dialect::Ollama, r#"{"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "size": 5}]}"#);
        assert_eq!(listed.name, "qwen3:8b");
        let facts = ollama_details(
            br#"{"capabilities": ["completion", "tools", "thinking"], "model_info": {"qwen3.context_length": 40960}}"#,
        );
        assert_eq!(facts.context_window, Some(40_960));
        use Capability::{Chat, Reasoning, StructuredOutput, Tools};
        assert_eq!(facts.capabilities.unwrap(), [Chat, Tools, Reasoning, StructuredOutput]);
        let facts = ollama_details(br#"{"capabilities": ["embedding"]}"#);
        assert_eq!(facts.capabilities.unwrap(), [Capability::Embeddings]);
        assert_eq!(ollama_details(b"nonsense"), ModelFacts::default());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (dialect, body, expected) in [
            (Dialect::OpenAiChat, "<html>", "a web page"),
            (Dialect::OpenAiChat, "", "not JSON"),
            (Dialect::OpenAiChat, r#"{"models": []}"#, "as `openai-chat` has it"),
            (Dialect::OpenAiChat, r#"{"data": [{"name": "m"}]}"#, "as `openai-chat` has it"),
            (Dialect::Ollama, r#"{"data": []}"#, "as `ollama` has it"),
            (Dialect::Gemini, "[]", "as `gemini` has it"),
        ] {
            let error = read(dialect, body.as_bytes()).unwrap_err();
            assert_eq!(error.kind, LlmErrorKind::Malformed);
            assert!(error.message.contains(expected), "{body}: {}", error.message);
        }
    }

    #[test]
    fn prices_per_token_are_moved_exactly() {
        for (per_token, expected) in [
            ("0.00000015", Some("0.15")),
            ("0", Some("0")),
            ("0.000003", Some("3")),
            ("1", Some("1000000")),
            ("0.0000000375", Some("0.0375")),
            ("-1", None),
            ("cheap", None),
            ("0.00é", None),
        ] {
            assert_eq!(per_million(per_token), expected.map(|text| text.parse().unwrap()), "{per_token}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..60), number in "\\PC{0,14}") {
            for dialect in Dialect::ALL {
                let _ = read(dialect, &bytes);
            }
            let _ = ollama_details(&bytes);
            let _ = per_million(&number);
        }
    }
}
