//! Reads callers' requests, on their way to a provider of another format.

mod items;

use crate::{
    bad_request,
    fields::Fields,
    openai::{effort, name_results},
};
use llm::{ChatRequest, LlmError, Message, Parameters, Part, ResponseFormat, Role, ToolChoice, ToolSpec};
use serde_json::{Value, json, value::RawValue};

/// Fields that stand for something which only the provider of this format keeps, and what each is.
const KEPT_BY_PROVIDER: [(&str, &str); 3] = [
    ("previous_response_id", "an earlier response"),
    ("conversation", "a conversation"),
    ("prompt", "a stored prompt"),
];

/// Reads a request; fields that the vocabulary has no place for are listed by path.
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut unmapped = Vec::new();
    let mut fields = Fields::of_body(body)?;
    for (name, what) in KEPT_BY_PROVIDER {
        if fields.raw(name).is_some() {
            return Err(kept_by_provider(name, what));
        }
    }
    let mut messages = Vec::new();
    if let Some(instructions) = fields.get::<String>("instructions")? {
        messages.push(Message::text(Role::System, instructions));
    }
    items::read(&mut fields, &mut messages, &mut unmapped)?;
    name_results(&mut messages);
    let mut request = ChatRequest { model: fields.required("model")?, messages, ..ChatRequest::default() };
    request.tools = tools(&mut fields, &mut unmapped)?;
    tool_choice(&mut fields, &mut request, &mut unmapped)?;
    request.parameters = parameters(&mut fields, &mut unmapped)?;
    if let Some(text) = fields.object("text")? {
        request.response_format = response_format(text, &mut unmapped)?;
    }
    options(&mut fields, &mut unmapped)?;
    fields.report_rest(&mut unmapped);
    request.unmapped = unmapped;
    Ok(request)
}

/// The error for what cannot be translated because nobody but the provider has it.
fn kept_by_provider(path: &str, what: &str) -> LlmError {
    bad_request(format!(
        "`{path}` refers to {what} that only a provider of the format `openai-responses` keeps, and this \
         model is served in another format; send the whole conversation in `input`"
    ))
}

/// Takes what says nothing that the vocabulary would have to carry, or only where it has another value.
fn options(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<(), LlmError> {
    for (name, nothing) in [
        ("stream", &["true", "false"][..]),
        // Nothing is stored, whoever asks for it.
        ("store", &["false"]),
        ("background", &["false"]),
        ("truncation", &["\"disabled\""]),
        ("service_tier", &["\"auto\"", "\"default\""]),
        ("top_logprobs", &["0"]),
        ("metadata", &["{}"]),
    ] {
        if fields.raw(name).is_some_and(|value| !nothing.contains(&value.get())) {
            unmapped.push(name.to_owned());
        }
    }
    for (at, included) in fields.get::<Vec<String>>("include")?.unwrap_or_default().iter().enumerate() {
        // Sealed thinking comes unasked.
        if included != "reasoning.encrypted_content" {
            unmapped.push(format!("include[{at}]"));
        }
    }
    if let Some(mut options) = fields.object("stream_options")? {
        // Padding against those who count bytes on the line: nothing of it is in an answer.
        options.raw("include_obfuscation");
        options.report_rest(unmapped);
    }
    Ok(())
}

fn parameters(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Parameters, LlmError> {
    let [user, safety_identifier] = [fields.get("user")?, fields.get("safety_identifier")?];
    let mut parameters = Parameters {
        temperature: fields.get("temperature")?,
        top_p: fields.get("top_p")?,
        max_output_tokens: fields.get("max_output_tokens")?,
        parallel_tool_calls: fields.get("parallel_tool_calls")?,
        user: user.or(safety_identifier),
        ..Parameters::default()
    };
    if let Some(mut reasoning) = fields.object("reasoning")? {
        parameters.reasoning_effort = effort(&mut reasoning, "effort", unmapped)?;
        for name in ["summary", "generate_summary"] {
            if let Some(summary) = reasoning.get::<String>(name)? {
                parameters.show_reasoning = Some(true);
                if summary != "auto" {
                    unmapped.push(reasoning.path_of(name));
                }
            }
        }
        reasoning.report_rest(unmapped);
    }
    Ok(parameters)
}

fn response_format(mut text: Fields<'_>, unmapped: &mut Vec<String>) -> Result<ResponseFormat, LlmError> {
    if text.get::<String>("verbosity")?.is_some_and(|verbosity| verbosity != "medium") {
        unmapped.push(text.path_of("verbosity"));
    }
    let Some(mut format) = text.object("format")? else {
        text.report_rest(unmapped);
        return Ok(ResponseFormat::Text);
    };
    let read = match format.required::<String>("type")?.as_str() {
        "text" => ResponseFormat::Text,
        "json_object" => ResponseFormat::JsonObject,
        "json_schema" => {
            let schema: Option<Value> = format.get("schema")?;
            ResponseFormat::JsonSchema {
                name: format.required("name")?,
                schema: schema.unwrap_or_else(|| json!({ "type": "object" })),
                strict: format.get("strict")?,
            }
        }
        _ => {
            unmapped.push("text.format".to_owned());
            return Ok(ResponseFormat::Text);
        }
    };
    format.report_rest(unmapped);
    text.report_rest(unmapped);
    Ok(read)
}

fn tools(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Vec<ToolSpec>, LlmError> {
    let mut tools = Vec::new();
    for (tool, path) in fields.list("tools")? {
        let mut fields = Fields::of(tool, path.clone())?;
        if fields.required::<String>("type")? != "function" {
            // It runs at the provider, or takes something else than JSON.
            unmapped.push(path);
            continue;
        }
        let parameters: Option<Value> = fields.get("parameters")?;
        tools.push(ToolSpec {
            name: fields.required("name")?,
            description: fields.get("description")?.unwrap_or_default(),
            parameters: parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} })),
            strict: fields.get("strict")?,
            cache_marker: false,
        });
        fields.report_rest(unmapped);
    }
    Ok(tools)
}

/// Reads the choice; a list of allowed tools leaves the others out of the request.
fn tool_choice(
    fields: &mut Fields<'_>,
    request: &mut ChatRequest,
    unmapped: &mut Vec<String>,
) -> Result<(), LlmError> {
    let Some(raw) = fields.raw("tool_choice") else { return Ok(()) };
    if let Ok(word) = serde_json::from_str::<String>(raw.get()) {
        request.tool_choice = by_word("tool_choice", &word)?;
        return Ok(());
    }
    let mut choice = Fields::of(raw, "tool_choice".to_owned())?;
    match choice.required::<String>("type")?.as_str() {
        "function" => request.tool_choice = ToolChoice::Named(choice.required("name")?),
        "allowed_tools" => {
            request.tool_choice = by_word("tool_choice.mode", &choice.required::<String>("mode")?)?;
            let allowed: Vec<String> = names(choice.list("tools")?)?;
            request.tools.retain(|tool| allowed.contains(&tool.name));
        }
        _ => {
            unmapped.push("tool_choice".to_owned());
            return Ok(());
        }
    }
    choice.report_rest(unmapped);
    Ok(())
}

fn by_word(path: &str, word: &str) -> Result<ToolChoice, LlmError> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        other => Err(bad_request(format!("`{path}` cannot be `{other}`"))),
    }
}

/// The names of the functions in a list of tools.
fn names(tools: Vec<(&RawValue, String)>) -> Result<Vec<String>, LlmError> {
    let name = |(tool, path)| Fields::of(tool, path)?.get::<String>("name");
    tools.into_iter().filter_map(|tool| name(tool).transpose()).collect()
}

/// Adds parts to the conversation; those of the model and those of tools belong to one turn.
fn push(messages: &mut Vec<Message>, role: Role, parts: Vec<Part>) {
    match messages.last_mut() {
        Some(last) if last.role == role && matches!(role, Role::Assistant | Role::Tool) => {
            last.parts.extend(parts);
        }
        _ => messages.push(Message { role, parts, name: None }),
    }
}
