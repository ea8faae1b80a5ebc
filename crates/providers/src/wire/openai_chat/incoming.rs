//! Reads callers' requests.

mod fields;
mod messages;

use crate::wire::bad_request;
use fields::Fields;
use llm::{ChatRequest, LlmError, Parameters, ReasoningEffort, ResponseFormat, ToolChoice, ToolSpec};
use serde_json::{Value, json};

/// Reads a chat request; fields that the vocabulary has no place for are listed by path.
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("the body cannot be read: {error}")))?;
    let mut unmapped = Vec::new();
    let mut fields = Fields::new(body, "")?;
    let model = fields.required_text("model")?;
    let mut messages = messages::read(&mut fields, &mut unmapped)?;
    messages::name_results(&mut messages);
    let request = ChatRequest {
        model,
        messages,
        tools: tools(&mut fields, &mut unmapped)?,
        tool_choice: tool_choice(&mut fields, &mut unmapped)?,
        response_format: response_format(&mut fields, &mut unmapped)?,
        parameters: parameters(&mut fields, &mut unmapped)?,
        ..ChatRequest::default()
    };
    // These say nothing that the vocabulary would have to carry.
    fields.take("stream");
    fields.forget("n", &json!(1));
    fields.forget("logprobs", &json!(false));
    fields.forget("modalities", &json!(["text"]));
    if let Some(options) = fields.take("stream_options") {
        let mut options = Fields::new(options, "stream_options")?;
        options.take("include_usage");
        options.leave(&mut unmapped);
    }
    for old in ["functions", "function_call"] {
        if fields.take(old).is_some() {
            return Err(bad_request(format!("`{old}` is the form of 2023; send `tools` and `tool_choice`")));
        }
    }
    fields.leave(&mut unmapped);
    Ok(ChatRequest { unmapped, ..request })
}

fn parameters(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<Parameters, LlmError> {
    let max_tokens = fields.unsigned("max_tokens")?;
    let max_completion_tokens = fields.unsigned("max_completion_tokens")?;
    let mut parameters = Parameters {
        temperature: fields.number("temperature")?,
        top_p: fields.number("top_p")?,
        top_k: fields.unsigned("top_k")?.map(|top_k| u32::try_from(top_k).unwrap_or(u32::MAX)),
        max_output_tokens: max_completion_tokens.max(max_tokens),
        stop: stops(fields)?,
        presence_penalty: fields.number("presence_penalty")?,
        frequency_penalty: fields.number("frequency_penalty")?,
        seed: fields.integer("seed")?,
        reasoning_effort: None,
        reasoning_budget_tokens: None,
        parallel_tool_calls: fields.boolean("parallel_tool_calls")?,
        user: fields.text("user")?.or(fields.text("safety_identifier")?),
    };
    if let Some(name) = fields.text("reasoning_effort")? {
        parameters.reasoning_effort = effort("reasoning_effort", &name, unmapped);
    }
    // OpenRouter's form of the same.
    if let Some(reasoning) = fields.take("reasoning") {
        let mut reasoning = Fields::new(reasoning, "reasoning")?;
        if let Some(name) = reasoning.text("effort")? {
            parameters.reasoning_effort = effort("reasoning.effort", &name, unmapped);
        }
        parameters.reasoning_budget_tokens = reasoning.unsigned("max_tokens")?;
        reasoning.leave(unmapped);
    }
    Ok(parameters)
}

/// Grades beyond those of the vocabulary count as the highest, and are reported.
fn effort(path: &str, name: &str, unmapped: &mut Vec<String>) -> Option<ReasoningEffort> {
    let known = serde_json::from_value(Value::from(name)).ok();
    if known.is_none() {
        unmapped.push(path.to_owned());
    }
    known.or_else(|| matches!(name, "xhigh" | "max").then_some(ReasoningEffort::High))
}

fn stops(fields: &mut Fields) -> Result<Vec<String>, LlmError> {
    match fields.take("stop") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(list) => serde_json::from_value(list)
            .map_err(|_| bad_request("`stop` must be a string or a list of strings")),
    }
}

fn tools(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<Vec<ToolSpec>, LlmError> {
    let mut tools = Vec::new();
    for (index, tool) in fields.list("tools")?.into_iter().enumerate() {
        let path = format!("tools[{index}]");
        let mut fields = Fields::new(tool, &path)?;
        if fields.text("type")?.is_some_and(|kind| kind != "function") {
            unmapped.push(path);
            continue;
        }
        let cache_marker = fields.take("cache_control").is_some();
        let mut function = Fields::new(fields.required("function")?, &format!("{path}.function"))?;
        tools.push(ToolSpec {
            name: function.required_text("name")?,
            description: function.text("description")?.unwrap_or_default(),
            parameters: function
                .take("parameters")
                .unwrap_or_else(|| json!({"type": "object", "properties": {}})),
            strict: function.boolean("strict")?,
            cache_marker,
        });
        function.leave(unmapped);
        fields.leave(unmapped);
    }
    Ok(tools)
}

fn tool_choice(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<ToolChoice, LlmError> {
    let choice = match fields.take("tool_choice") {
        None => return Ok(ToolChoice::Auto),
        Some(Value::String(choice)) => choice,
        Some(choice) => {
            let mut fields = Fields::new(choice, "tool_choice")?;
            return match fields.take("function") {
                Some(function) => Ok(ToolChoice::Named(
                    Fields::new(function, "tool_choice.function")?.required_text("name")?,
                )),
                None => {
                    unmapped.push("tool_choice".to_owned());
                    Ok(ToolChoice::Auto)
                }
            };
        }
    };
    match choice.as_str() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" | "any" => Ok(ToolChoice::Required),
        other => Err(bad_request(format!("`tool_choice` cannot be `{other}`"))),
    }
}

fn response_format(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<ResponseFormat, LlmError> {
    let Some(format) = fields.take("response_format") else { return Ok(ResponseFormat::Text) };
    let mut fields = Fields::new(format, "response_format")?;
    match fields.required_text("type")?.as_str() {
        "text" => Ok(ResponseFormat::Text),
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => {
            let mut inner = Fields::new(fields.required("json_schema")?, "response_format.json_schema")?;
            let format = ResponseFormat::JsonSchema {
                name: inner.required_text("name")?,
                schema: inner.take("schema").unwrap_or_else(|| json!({"type": "object"})),
                strict: inner.boolean("strict")?,
            };
            inner.leave(unmapped);
            Ok(format)
        }
        _ => {
            unmapped.push("response_format".to_owned());
            Ok(ResponseFormat::Text)
        }
    }
}
