//! What OpenAI's models read of tools: they are not shown the JSON that describes them.
//!
//! Source: OpenAI's cookbook, "How to count tokens with tiktoken", on tool calls. It speaks of one level of properties;
//! those of objects inside are counted likewise.

use crate::Encoding;
use llm::ToolSpec;
use serde_json::Value;

/// What models of this encoding begin each tool with.
const BEGIN: i64 = 7;

/// About what a tool adds to each prompt, whichever model reads it: counted as OpenAI's newer models do.
pub fn size(tool: &ToolSpec) -> u64 {
    openai(std::slice::from_ref(tool), BEGIN, &|text| Encoding::O200kBase.count(text))
        .saturating_sub(END.unsigned_abs())
}

const PROPERTIES: i64 = 3;
const PROPERTY: i64 = 3;
const ENUM: i64 = -3;
const ENUM_ITEM: i64 = 3;
const END: i64 = 12;

/// What the tools count for; `begin` is what each begins with (7 with `o200k_base`, 10 before it).
pub(crate) fn openai(tools: &[ToolSpec], begin: i64, count: &dyn Fn(&str) -> u64) -> u64 {
    if tools.is_empty() {
        return 0;
    }
    let tokens = |text: &str| i64::try_from(count(text)).unwrap_or(i64::MAX);
    let tool = |tool: &ToolSpec| {
        let line = format!("{}:{}", tool.name, without_stop(&tool.description));
        begin.saturating_add(tokens(&line)).saturating_add(properties(&tool.parameters, &tokens))
    };
    let sum = tools.iter().map(tool).fold(END, i64::saturating_add);
    u64::try_from(sum).unwrap_or(0)
}

fn properties(schema: &Value, tokens: &dyn Fn(&str) -> i64) -> i64 {
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
    else {
        return 0;
    };
    let property = |(name, about): (&String, &Value)| {
        let text = |key: &str| about.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut sum = PROPERTY;
        if let Some(choices) = about.get("enum").and_then(Value::as_array) {
            let choice = |choice: &Value| {
                ENUM_ITEM + choice.as_str().map_or_else(|| tokens(&choice.to_string()), tokens)
            };
            sum = choices.iter().map(choice).fold(sum + ENUM, i64::saturating_add);
        }
        let line = format!("{name}:{}:{}", text("type"), without_stop(text("description")));
        let inside = about.get("items").unwrap_or(about);
        sum.saturating_add(tokens(&line)).saturating_add(self::properties(inside, tokens))
    };
    properties.iter().map(property).fold(PROPERTIES, i64::saturating_add)
}

fn without_stop(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}
