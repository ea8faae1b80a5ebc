//! `generationConfig`: sampling, thinking and structured output.
//!
//! Source: the provider's pages "Thinking" (budgets up to 2.5, levels from 3 on; budgets for an effort as
//! in its table for OpenAI's `reasoning_effort`) and "Structured output" (the keywords of JSON Schema).

use super::body::{GenerationConfig, ThinkingConfig};
use crate::{dropped::Dropped, schema};
use llm::{ChatRequest, ReasoningEffort, ResponseFormat};
use serde_json::Value;

/// The keywords of JSON Schema that the provider follows, and those that do not constrain anything.
const KNOWN_KEYWORDS: [&str; 27] = [
    "$id",
    "$defs",
    "$ref",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "enum",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
    "propertyOrdering",
    "$schema",
    "$comment",
    "default",
    "examples",
    "example",
    "deprecated",
];
/// The most stop texts of a request.
const MAX_STOP_SEQUENCES: usize = 5;
/// The smallest budget of those models that cannot stop thinking.
const MIN_PRO_BUDGET_TOKENS: u64 = 128;

/// A Gemini model's generation, read from its name; other names count as the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(u32, u32);

impl Generation {
    /// Reads `gemini-2.5-flash` as 2.5 and `gemini-3-pro-preview` as 3.0; a name without a number
    /// (`gemini-flash-latest`) is newer than all numbered ones.
    pub(crate) fn of(model: &str) -> Self {
        let Some((_, rest)) = model.split_once("gemini-") else { return Self(0, 0) };
        let version = rest.split('-').next().unwrap_or_default();
        let mut numbers = version.split('.').map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Self(major, minor),
            (Some(Ok(major)), _) => Self(major, 0),
            _ => Self(u32::MAX, 0),
        }
    }

    /// Whether it refuses penalties.
    pub(crate) fn refuses_penalties(self) -> bool {
        self >= Self(2, 5)
    }

    /// Whether it thinks by level, and checks the signatures of its tool calls.
    pub(crate) fn is_3_or_later(self) -> bool {
        self >= Self(3, 0)
    }
}

/// Chooses the options; what they cannot carry is added to `dropped`.
pub(super) fn choose<'a>(request: &'a ChatRequest, dropped: &mut Dropped) -> GenerationConfig<'a> {
    let parameters = &request.parameters;
    let seed = parameters.seed.and_then(|seed| i32::try_from(seed).ok());
    dropped.add_if(seed.is_none() && parameters.seed.is_some(), "parameters.seed");
    dropped.add_if(parameters.stop.len() > MAX_STOP_SEQUENCES, "parameters.stop");
    dropped.add_if(parameters.parallel_tool_calls == Some(false), "parameters.parallel_tool_calls");
    dropped.add_if(parameters.user.is_some(), "parameters.user");
    let thinking_config = thinking(request, dropped);
    let (response_mime_type, response_json_schema) = format(&request.response_format, dropped);
    GenerationConfig {
        temperature: parameters.temperature,
        top_p: parameters.top_p,
        top_k: parameters.top_k,
        max_output_tokens: parameters.max_output_tokens,
        stop_sequences: parameters.stop.iter().take(MAX_STOP_SEQUENCES).map(String::as_str).collect(),
        presence_penalty: parameters.presence_penalty,
        frequency_penalty: parameters.frequency_penalty,
        seed,
        thinking_config,
        response_mime_type,
        response_json_schema,
    }
}

fn thinking(request: &ChatRequest, dropped: &mut Dropped) -> Option<ThinkingConfig> {
    let budgeted = |budget: u64| ThinkingConfig {
        include_thoughts: budget > 0,
        thinking_budget: Some(budget),
        thinking_level: None,
    };
    if let Some(budget) = request.parameters.reasoning_budget_tokens {
        return Some(budgeted(budget));
    }
    let effort = request.parameters.reasoning_effort?;
    let is_pro = request.model.contains("-pro");
    let generation = Generation::of(&request.model);
    // These cannot stop thinking; they think as little as they can.
    let must_think = is_pro || generation.is_3_or_later();
    dropped.add_if(must_think && effort == ReasoningEffort::None, "parameters.reasoning_effort");
    if !generation.is_3_or_later() {
        return Some(match effort {
            ReasoningEffort::None if is_pro => {
                ThinkingConfig { include_thoughts: false, ..budgeted(MIN_PRO_BUDGET_TOKENS) }
            }
            ReasoningEffort::None => budgeted(0),
            ReasoningEffort::Minimal | ReasoningEffort::Low => budgeted(1024),
            ReasoningEffort::Medium => budgeted(8192),
            ReasoningEffort::High => budgeted(24_576),
        });
    }
    let level = match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal if is_pro => "low",
        ReasoningEffort::None | ReasoningEffort::Minimal => "minimal",
        ReasoningEffort::Low => "low",
        // The first of the line has two levels only.
        ReasoningEffort::Medium if is_pro && generation == Generation(3, 0) => "high",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
    };
    let include_thoughts = effort != ReasoningEffort::None;
    Some(ThinkingConfig { include_thoughts, thinking_budget: None, thinking_level: Some(level) })
}

fn format(format: &ResponseFormat, dropped: &mut Dropped) -> (Option<&'static str>, Option<Value>) {
    const JSON: Option<&str> = Some("application/json");
    match format {
        ResponseFormat::Text => (None, None),
        ResponseFormat::JsonObject => (JSON, None),
        ResponseFormat::JsonSchema { name, schema, .. } => {
            dropped.extend(ignored_keywords(schema, "response_format.schema"));
            (JSON, Some(schema::titled(schema, name)))
        }
    }
}

/// The paths of the keywords in a schema that the provider reads over.
pub(super) fn ignored_keywords(schema: &Value, path: &str) -> Vec<String> {
    schema::unknown_keywords(schema, path, &KNOWN_KEYWORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_read_from_names() {
        for (name, generation) in [
            ("gemini-2.5-flash-lite", Generation(2, 5)),
            ("models/gemini-3-pro-preview", Generation(3, 0)),
            ("gemini-3.1-flash-lite", Generation(3, 1)),
            ("gemini-flash-latest", Generation(u32::MAX, 0)),
            ("gemma-3-27b-it", Generation(0, 0)),
        ] {
            assert_eq!(Generation::of(name), generation, "{name}");
        }
    }
}
