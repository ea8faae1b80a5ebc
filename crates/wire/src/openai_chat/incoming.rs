//! Reads callers' requests.

mod messages;

use crate::{
    bad_request,
    fields::Fields,
    openai::{effort, name_results},
};
use llm::{ChatRequest, LlmError, Parameters, ResponseFormat, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads a chat request; fields that the vocabulary has no place for are listed by path.
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut unmapped = Vec::new();
    let mut fields = Fields::of_body(body)?;
    let model: String = fields.required("model")?;
    let mut messages = messages::read(&mut fields, &mut unmapped)?;
    name_results(&mut messages);
    let request = ChatRequest {
        model,
        messages,
        tools: tools(&mut fields, &mut unmapped)?,
        tool_choice: tool_choice(&mut fields, &mut unmapped)?,
        response_format: response_format(&mut fields, &mut unmapped)?,
        parameters: parameters(&mut fields, &mut unmapped)?,
        ..ChatRequest::default()
    };
    // These say nothing that the vocabulary would have to carry, or only when they have another value.
    fields.raw("stream");
    for (name, nothing) in [("n", "1"), ("logprobs", "false"), ("modalities", "[\"text\"]")] {
        if fields.raw(name).is_some_and(|value| value.get() != nothing) {
            unmapped.push(name.to_owned());
        }
    }
    if let Some(mut options) = fields.object("stream_options")? {
        options.raw("include_usage");
        options.report_rest(&mut unmapped);
    }
    for old in ["functions", "function_call"] {
        if fields.raw(old).is_some() {
            return Err(bad_request(format!("`{old}` is the form of 2023; send `tools` and `tool_choice`")));
        }
    }
    fields.report_rest(&mut unmapped);
    Ok(ChatRequest { unmapped, ..request })
}

fn parameters(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Parameters, LlmError> {
    let limits: [Option<u64>; 2] = [fields.get("max_completion_tokens")?, fields.get("max_tokens")?];
    let [user, safety_identifier] = [fields.get("user")?, fields.get("safety_identifier")?];
    let mut parameters = Parameters {
        temperature: fields.get("temperature")?,
        top_p: fields.get("top_p")?,
        top_k: fields.get("top_k")?,
        max_output_tokens: limits.into_iter().flatten().max(),
        stop: one_or_many(fields, "stop")?,
        presence_penalty: fields.get("presence_penalty")?,
        frequency_penalty: fields.get("frequency_penalty")?,
        seed: fields.get("seed")?,
        reasoning_effort: None,
        reasoning_budget_tokens: None,
        show_reasoning: None,
        parallel_tool_calls: fields.get("parallel_tool_calls")?,
        user: user.or(safety_identifier),
    };
    parameters.reasoning_effort = effort(fields, "reasoning_effort", unmapped)?;
    // OpenRouter's form of the same.
    if let Some(mut reasoning) = fields.object("reasoning")? {
        let grade = effort(&mut reasoning, "effort", unmapped)?;
        parameters.reasoning_effort = grade.or(parameters.reasoning_effort);
        parameters.reasoning_budget_tokens = reasoning.get("max_tokens")?;
        reasoning.report_rest(unmapped);
    }
    Ok(parameters)
}

fn one_or_many(fields: &mut Fields<'_>, key: &str) -> Result<Vec<String>, LlmError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    Ok(match fields.get(key)? {
        None => Vec::new(),
        Some(Texts::One(text)) => vec![text],
        Some(Texts::Many(texts)) => texts,
    })
}

fn tools(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Vec<ToolSpec>, LlmError> {
    let mut tools = Vec::new();
    for (tool, path) in fields.list("tools")? {
        let mut fields = Fields::of(tool, path.clone())?;
        if fields.get::<String>("type")?.is_some_and(|kind| kind != "function") {
            unmapped.push(path);
            continue;
        }
        let cache_marker = fields.raw("cache_control").is_some();
        let Some(mut function) = fields.object("function")? else {
            return Err(bad_request(format!("`{path}.function` is missing")));
        };
        let parameters: Option<Value> = function.get("parameters")?;
        tools.push(ToolSpec {
            name: function.required("name")?,
            description: function.get("description")?.unwrap_or_default(),
            parameters: parameters.unwrap_or_else(|| json!({"type": "object", "properties": {}})),
            strict: function.get("strict")?,
            cache_marker,
        });
        function.report_rest(unmapped);
        fields.report_rest(unmapped);
    }
    Ok(tools)
}

fn tool_choice(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<ToolChoice, LlmError> {
    let Some(raw) = fields.raw("tool_choice") else { return Ok(ToolChoice::Auto) };
    if let Ok(word) = serde_json::from_str::<String>(raw.get()) {
        return match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            other => Err(bad_request(format!("`tool_choice` cannot be `{other}`"))),
        };
    }
    let mut choice = Fields::of(raw, "tool_choice".to_owned())?;
    match choice.object("function")? {
        Some(mut function) => function.required("name").map(ToolChoice::Named),
        None => {
            unmapped.push("tool_choice".to_owned());
            Ok(ToolChoice::Auto)
        }
    }
}

fn response_format(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<ResponseFormat, LlmError> {
    let Some(mut format) = fields.object("response_format")? else { return Ok(ResponseFormat::Text) };
    match format.required::<String>("type")?.as_str() {
        "text" => Ok(ResponseFormat::Text),
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => {
            let Some(mut inner) = format.object("json_schema")? else {
                return Err(bad_request("`response_format.json_schema` is missing"));
            };
            let schema: Option<Value> = inner.get("schema")?;
            let format = ResponseFormat::JsonSchema {
                name: inner.required("name")?,
                schema: schema.unwrap_or_else(|| json!({"type": "object"})),
                strict: inner.get("strict")?,
            };
            inner.report_rest(unmapped);
            Ok(format)
        }
        _ => {
            unmapped.push("response_format".to_owned());
            Ok(ResponseFormat::Text)
        }
    }
}
