//! Reads a caller's request to `/api/chat`.

use crate::{
    bad_request,
    calls::{OpenCalls, push_turn},
    fields::Fields,
    media, schema, split_data_url,
};
use llm::{
    ChatRequest, EmbeddingRequest, LlmError, Media, Message, Parameters, Part, ReasoningEffort,
    ResponseFormat, Role, ToolSpec,
};
use serde_json::{Value, json, value::RawValue};

/// Begins the ids of calls that the caller gave none.
const MADE_UP_ID_PREFIX: &str = "ollama-call-";

/// Reads the request; see [`llm::Codec::decode_request`].
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut reader = Reader { calls: OpenCalls::new(MADE_UP_ID_PREFIX), unmapped: Vec::new() };
    let mut fields = Fields::of_body(body)?;
    // The head has it.
    fields.raw("stream");
    let mut messages = Vec::new();
    for (message, path) in fields.list("messages")? {
        reader.message(Fields::of(message, path)?, &mut messages)?;
    }
    if messages.is_empty() {
        return Err(bad_request("`messages` is missing or empty"));
    }
    let mut request = ChatRequest { model: fields.required("model")?, messages, ..ChatRequest::default() };
    for (tool, path) in fields.list("tools")? {
        request.tools.extend(reader.tool(tool, path)?);
    }
    request.response_format = format(&mut fields)?;
    if let Some(options) = fields.object("options")? {
        read_options(options, &mut request.parameters, &mut reader.unmapped)?;
    }
    request.parameters.reasoning_effort = thinking(&mut fields)?;
    fields.report_rest(&mut reader.unmapped);
    request.unmapped = reader.unmapped;
    Ok(request)
}

/// Reads a caller's request to `/api/embed`.
pub(super) fn decode_embedding(body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
    let mut fields = Fields::of_body(body)?;
    let input: Value = fields.required("input")?;
    let inputs = texts(input).ok_or_else(|| bad_request("`input` must be a string or a list of strings"))?;
    if inputs.is_empty() {
        return Err(bad_request("`input` is empty"));
    }
    let mut request = EmbeddingRequest {
        model: fields.required("model")?,
        inputs,
        dimensions: fields.get("dimensions")?,
        ..EmbeddingRequest::default()
    };
    // Familiar cuts no text: one that is too long is an error of the provider.
    if fields.get::<bool>("truncate")? == Some(true) {
        request.unmapped.push("truncate".to_owned());
    }
    fields.report_rest(&mut request.unmapped);
    Ok(request)
}

/// A text, or a list of them.
fn texts(value: Value) -> Option<Vec<String>> {
    match value.as_str() {
        Some(text) => Some(vec![text.to_owned()]),
        None => serde_json::from_value(value).ok(),
    }
}

struct Reader {
    calls: OpenCalls,
    /// The paths of what the vocabulary cannot carry.
    unmapped: Vec<String>,
}

impl Reader {
    fn message(&mut self, mut fields: Fields<'_>, messages: &mut Vec<Message>) -> Result<(), LlmError> {
        let role: String = fields.required("role")?;
        let role = match role.as_str() {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            other => {
                let path = fields.path_of("role");
                let known = "`system`, `user`, `assistant` or `tool`";
                return Err(bad_request(format!("`{path}` is `{other}`; it must be {known}")));
            }
        };
        let mut parts = Vec::new();
        if let Some(text) = fields.get::<String>("thinking")?.filter(|text| !text.is_empty()) {
            parts.push(Part::Reasoning { text, signature: None, redacted: None });
        }
        let content: Option<String> = fields.get("content")?;
        parts.extend(content.filter(|text| !text.is_empty()).map(Part::text));
        let images: Vec<String> = fields.get("images")?.unwrap_or_default();
        parts.extend(images.into_iter().map(picture));
        if role == Role::Tool {
            let result = self.result(&mut fields, parts)?;
            fields.report_rest(&mut self.unmapped);
            // The results of one turn stand in one message.
            match messages.last_mut() {
                Some(message) if message.role == Role::Tool => message.parts.push(result),
                _ => push_turn(role, vec![result], messages),
            }
            return Ok(());
        }
        if role == Role::Assistant {
            self.calls.turn();
        }
        for (call, path) in fields.list("tool_calls")? {
            parts.push(self.call(Fields::of(call, path)?)?);
        }
        fields.report_rest(&mut self.unmapped);
        push_turn(role, parts, messages);
        Ok(())
    }

    fn result(&mut self, fields: &mut Fields<'_>, parts: Vec<Part>) -> Result<Part, LlmError> {
        // Older clients write `name`, or nothing; the results then come in the order of the calls.
        let newer: Option<String> = fields.get("tool_name")?;
        let older: Option<String> = fields.get("name")?;
        let name = newer.or(older).filter(|name| !name.is_empty());
        let call_id = self.calls.result(fields.get("tool_call_id")?, name.as_deref());
        Ok(Part::ToolResult { call_id, name, parts, is_error: false })
    }

    fn call(&mut self, mut fields: Fields<'_>) -> Result<Part, LlmError> {
        let path = fields.path_of("function");
        let mut function =
            fields.object("function")?.ok_or_else(|| bad_request(format!("`{path}` is missing")))?;
        let name: String = function.required("name")?;
        let id = self.calls.call(fields.get("id")?, &name);
        let arguments = function.raw("arguments").map_or("{}", RawValue::get);
        // Those of other formats are an object in a string.
        let quoted: Option<String> = serde_json::from_str(arguments).ok();
        let arguments = quoted.unwrap_or_else(|| arguments.to_owned());
        // The place of the call in the list, which the list says itself.
        function.raw("index");
        fields.raw("type");
        function.report_rest(&mut self.unmapped);
        fields.report_rest(&mut self.unmapped);
        Ok(Part::ToolCall { id, name, arguments, signature: None })
    }

    fn tool(&mut self, tool: &RawValue, path: String) -> Result<Option<ToolSpec>, LlmError> {
        let mut fields = Fields::of(tool, path.clone())?;
        if fields.get::<String>("type")?.is_some_and(|kind| kind != "function") {
            self.unmapped.push(path);
            return Ok(None);
        }
        let missing = format!("`{}` is missing", fields.path_of("function"));
        let mut function = fields.object("function")?.ok_or_else(|| bad_request(missing))?;
        let parameters: Option<Value> = function.get("parameters")?;
        let spec = ToolSpec {
            name: function.required("name")?,
            description: function.get("description")?.unwrap_or_default(),
            parameters: parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} })),
            strict: None,
            cache_marker: false,
        };
        function.report_rest(&mut self.unmapped);
        fields.report_rest(&mut self.unmapped);
        Ok(Some(spec))
    }
}

/// A picture: bare base64, whose first bytes tell its type, or an address that holds it.
fn picture(data: String) -> Part {
    let media = match split_data_url(&data) {
        Some((media_type, data)) => {
            Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() }
        }
        None => {
            let data = media::standard_alphabet(data.into()).into_owned();
            Media::Inline { media_type: media::type_of_picture(&data).to_owned(), data }
        }
    };
    Part::Image { media, detail: None }
}

/// `"json"`, or a schema.
fn format(fields: &mut Fields<'_>) -> Result<ResponseFormat, LlmError> {
    let path = fields.path_of("format");
    Ok(match fields.get::<Value>("format")? {
        None => ResponseFormat::Text,
        Some(Value::String(name)) if name.is_empty() => ResponseFormat::Text,
        Some(Value::String(name)) if name == "json" => ResponseFormat::JsonObject,
        Some(schema @ Value::Object(_)) => {
            ResponseFormat::JsonSchema { name: schema::name_of(&schema), schema, strict: None }
        }
        Some(other) => {
            return Err(bad_request(format!(
                "`{path}` is `{other}`; it must be `\"json\"` or a JSON schema"
            )));
        }
    })
}

/// Whether, or how much, to think.
fn thinking(fields: &mut Fields<'_>) -> Result<Option<ReasoningEffort>, LlmError> {
    let path = fields.path_of("think");
    let Some(think) = fields.get::<Value>("think")? else { return Ok(None) };
    Ok(Some(match think.as_str() {
        None if think == Value::Bool(true) => ReasoningEffort::Medium,
        None if think == Value::Bool(false) => ReasoningEffort::None,
        Some("low") => ReasoningEffort::Low,
        Some("medium") => ReasoningEffort::Medium,
        Some("high" | "max") => ReasoningEffort::High,
        Some(_) | None => {
            let known = "`true`, `false`, `\"low\"`, `\"medium\"`, `\"high\"` or `\"max\"`";
            return Err(bad_request(format!("`{path}` is `{think}`; it must be {known}")));
        }
    }))
}

fn read_options(
    mut fields: Fields<'_>,
    parameters: &mut Parameters,
    unmapped: &mut Vec<String>,
) -> Result<(), LlmError> {
    parameters.temperature = fields.get("temperature")?;
    parameters.top_p = fields.get("top_p")?;
    parameters.top_k = fields.get("top_k")?;
    // Negative numbers stand for no limit.
    parameters.max_output_tokens =
        fields.get::<f64>("num_predict")?.filter(|tokens| *tokens >= 0.0).map(|tokens| tokens as u64);
    let path = fields.path_of("stop");
    parameters.stop = fields
        .get("stop")?
        .map_or(Some(Vec::new()), texts)
        .ok_or_else(|| bad_request(format!("`{path}` must be a string or a list of strings")))?;
    parameters.presence_penalty = fields.get("presence_penalty")?;
    parameters.frequency_penalty = fields.get("frequency_penalty")?;
    parameters.seed = fields.get("seed")?;
    fields.report_rest(unmapped);
    Ok(())
}
