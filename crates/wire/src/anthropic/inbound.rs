//! Reads a caller's request to `/v1/messages` or `/v1/messages/count_tokens`, which is the same without
//! `max_tokens`.

use super::reply::SIGNATURE_CARRIER;
use crate::{bad_request, calls::push_turn, fields::Fields, schema};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use llm::{
    ChatRequest, LlmError, Media, Message, Parameters, Part, ReasoningEffort, ResponseFormat, Role,
    ToolChoice, ToolSpec,
};
use serde_json::{Value, value::RawValue};

/// Reads the request; see [`llm::Codec::decode_request`].
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut reader = Reader { unmapped: Vec::new() };
    let mut fields = Fields::of_body(body)?;
    // The head has it.
    fields.raw("stream");
    let mut messages = Vec::new();
    if let Some(system) = fields.raw("system") {
        let parts = reader.content(system, fields.path_of("system"))?;
        messages.push(Message { role: Role::System, parts, name: None });
    }
    for (message, path) in fields.list("messages")? {
        reader.message(Fields::of(message, path)?, &mut messages)?;
    }
    if messages.iter().all(|message| message.role == Role::System) {
        return Err(bad_request("`messages` is missing or empty"));
    }
    let mut request = ChatRequest { model: fields.required("model")?, messages, ..ChatRequest::default() };
    for (tool, path) in fields.list("tools")? {
        request.tools.extend(reader.tool(tool, path)?);
    }
    if let Some(choice) = fields.object("tool_choice")? {
        reader.tool_choice(choice, &mut request)?;
    }
    let parameters = &mut request.parameters;
    parameters.max_output_tokens = fields.get("max_tokens")?;
    parameters.temperature = fields.get("temperature")?;
    parameters.top_p = fields.get("top_p")?;
    parameters.top_k = fields.get("top_k")?;
    parameters.stop = fields.get("stop_sequences")?.unwrap_or_default();
    if let Some(mut metadata) = fields.object("metadata")? {
        parameters.user = metadata.get("user_id")?;
        metadata.report_rest(&mut reader.unmapped);
    }
    let thinking = match fields.object("thinking")? {
        Some(thinking) => Some(reader.thinking(thinking, parameters)?),
        None => None,
    };
    if let Some(config) = fields.object("output_config")? {
        reader.output_config(config, thinking, &mut request)?;
    }
    fields.report_rest(&mut reader.unmapped);
    request.unmapped = reader.unmapped;
    Ok(request)
}

/// The modes of thinking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thinking {
    Budget,
    Adaptive,
    Disabled,
}

struct Reader {
    /// The paths of what the vocabulary cannot carry.
    unmapped: Vec<String>,
}

impl Reader {
    fn message(&mut self, mut fields: Fields<'_>, messages: &mut Vec<Message>) -> Result<(), LlmError> {
        let role: String = fields.required("role")?;
        let role = match role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            other => {
                return Err(bad_request(format!(
                    "`{}` is `{other}`, which is no role",
                    fields.path_of("role")
                )));
            }
        };
        let path = fields.path_of("content");
        let content = fields.raw("content").ok_or_else(|| bad_request(format!("`{path}` is missing")))?;
        let parts = self.content(content, path)?;
        fields.report_rest(&mut self.unmapped);
        push_turn(role, parts, messages);
        Ok(())
    }

    /// A string, or a list of blocks.
    fn content(&mut self, value: &RawValue, path: String) -> Result<Vec<Part>, LlmError> {
        if let Ok(text) = serde_json::from_str::<String>(value.get()) {
            return Ok(vec![Part::text(text)]);
        }
        let blocks: Vec<&RawValue> = serde_json::from_str(value.get())
            .map_err(|_| bad_request(format!("`{path}` is neither a string nor a list of blocks")))?;
        let mut parts = Vec::with_capacity(blocks.len());
        for (at, block) in blocks.into_iter().enumerate() {
            self.block(Fields::of(block, format!("{path}[{at}]"))?, &mut parts)?;
        }
        Ok(unite_signatures(parts))
    }

    fn block(&mut self, mut fields: Fields<'_>, parts: &mut Vec<Part>) -> Result<(), LlmError> {
        let kind: String = fields.required("type")?;
        match kind.as_str() {
            "text" => {
                let text = fields.required("text")?;
                parts.push(Part::Text { text, cache_marker: self.cache_marker(&mut fields)? });
            }
            "image" => parts.push(Part::Image { media: self.media(&mut fields)?, detail: None }),
            "document" => self.document(&mut fields, parts)?,
            "thinking" => parts.push(Part::Reasoning {
                text: fields.get("thinking")?.unwrap_or_default(),
                signature: super::reply::text(fields.get("signature")?),
                redacted: None,
            }),
            "redacted_thinking" => parts.push(Part::Reasoning {
                text: String::new(),
                signature: None,
                redacted: Some(fields.required("data")?),
            }),
            "tool_use" => parts.push(Part::ToolCall {
                id: fields.required("id")?,
                name: fields.required("name")?,
                arguments: fields.raw("input").map_or("{}", RawValue::get).to_owned(),
                signature: None,
            }),
            "tool_result" => {
                let part = self.tool_result(&mut fields)?;
                parts.push(part);
            }
            // Blocks of tools that run at the provider, and those yet to come.
            _ => {
                self.unmapped.push(fields.path_of("type"));
                return Ok(());
            }
        }
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }

    fn tool_result(&mut self, fields: &mut Fields<'_>) -> Result<Part, LlmError> {
        let path = fields.path_of("content");
        let mut parts = match fields.raw("content") {
            Some(content) => self.content(content, path)?,
            None => Vec::new(),
        };
        // The vocabulary marks text only: the last text inside ends at nearly the same place.
        let last = parts.iter_mut().rev().find_map(|part| match part {
            Part::Text { cache_marker, .. } => Some(cache_marker),
            Part::Image { .. }
            | Part::File { .. }
            | Part::ToolCall { .. }
            | Part::ToolResult { .. }
            | Part::Reasoning { .. } => None,
        });
        if let Some(marker) = last {
            *marker = self.cache_marker(fields)? || *marker;
        }
        Ok(Part::ToolResult {
            call_id: fields.required("tool_use_id")?,
            name: None,
            parts,
            is_error: fields.get("is_error")?.unwrap_or(false),
        })
    }

    fn document(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Part>) -> Result<(), LlmError> {
        let mut source = fields.object("source")?.ok_or_else(|| missing(fields, "source"))?;
        let kind: String = source.required("type")?;
        if kind == "content" {
            // A document made of blocks: the blocks themselves.
            let path = source.path_of("content");
            let content = source.raw("content").ok_or_else(|| bad_request(format!("`{path}` is missing")))?;
            parts.extend(self.content(content, path)?);
            source.report_rest(&mut self.unmapped);
            return Ok(());
        }
        let media = self.source(&kind, source)?;
        parts.push(Part::File { media, file_name: fields.get("title")? });
        Ok(())
    }

    fn media(&mut self, fields: &mut Fields<'_>) -> Result<Media, LlmError> {
        let mut source = fields.object("source")?.ok_or_else(|| missing(fields, "source"))?;
        let kind: String = source.required("type")?;
        self.source(&kind, source)
    }

    fn source(&mut self, kind: &str, mut source: Fields<'_>) -> Result<Media, LlmError> {
        let media = match kind {
            "base64" => {
                Media::Inline { media_type: source.required("media_type")?, data: source.required("data")? }
            }
            "url" => Media::Url { url: source.required("url")? },
            "file" => Media::Uploaded { id: source.required("file_id")? },
            "text" => {
                let text: String = source.required("data")?;
                let media_type = source.get("media_type")?.unwrap_or_else(|| "text/plain".to_owned());
                Media::Inline { media_type, data: STANDARD.encode(text) }
            }
            other => {
                return Err(bad_request(format!(
                    "`{}` is `{other}`, which is no source",
                    source.path_of("type")
                )));
            }
        };
        source.report_rest(&mut self.unmapped);
        Ok(media)
    }

    fn cache_marker(&mut self, fields: &mut Fields<'_>) -> Result<bool, LlmError> {
        let Some(mut control) = fields.object("cache_control")? else { return Ok(false) };
        control.raw("type");
        // Five minutes are the usual; the vocabulary has no other time.
        if control.get::<String>("ttl")?.is_some_and(|ttl| ttl != "5m") {
            self.unmapped.push(control.path_of("ttl"));
        }
        control.report_rest(&mut self.unmapped);
        Ok(true)
    }

    fn tool(&mut self, tool: &RawValue, path: String) -> Result<Option<ToolSpec>, LlmError> {
        let mut fields = Fields::of(tool, path.clone())?;
        if fields.get::<String>("type")?.is_some_and(|kind| kind != "custom") {
            // It runs at the provider.
            self.unmapped.push(path);
            return Ok(None);
        }
        let spec = ToolSpec {
            name: fields.required("name")?,
            description: fields.get("description")?.unwrap_or_default(),
            parameters: fields
                .get::<Value>("input_schema")?
                .ok_or_else(|| missing(&fields, "input_schema"))?,
            strict: fields.get("strict")?,
            cache_marker: self.cache_marker(&mut fields)?,
        };
        fields.report_rest(&mut self.unmapped);
        Ok(Some(spec))
    }

    fn tool_choice(&mut self, mut fields: Fields<'_>, request: &mut ChatRequest) -> Result<(), LlmError> {
        let kind: String = fields.required("type")?;
        request.tool_choice = match kind.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "any" => ToolChoice::Required,
            "tool" => ToolChoice::Named(fields.required("name")?),
            other => {
                return Err(bad_request(format!("`tool_choice.type` is `{other}`, which is no choice")));
            }
        };
        let disabled: Option<bool> = fields.get("disable_parallel_tool_use")?;
        request.parameters.parallel_tool_calls = disabled.map(|disabled| !disabled);
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }

    fn thinking(
        &mut self,
        mut fields: Fields<'_>,
        parameters: &mut Parameters,
    ) -> Result<Thinking, LlmError> {
        let kind: String = fields.required("type")?;
        let thinking = match kind.as_str() {
            "enabled" => {
                parameters.reasoning_budget_tokens = Some(fields.required("budget_tokens")?);
                Thinking::Budget
            }
            "adaptive" => {
                parameters.reasoning_effort = Some(ReasoningEffort::Medium);
                Thinking::Adaptive
            }
            "disabled" => {
                parameters.reasoning_effort = Some(ReasoningEffort::None);
                Thinking::Disabled
            }
            other => {
                return Err(bad_request(format!(
                    "`thinking.type` is `{other}`, which is no way of thinking"
                )));
            }
        };
        if fields.get::<String>("display")?.is_some_and(|display| display != "summarized") {
            self.unmapped.push(fields.path_of("display"));
        }
        fields.report_rest(&mut self.unmapped);
        Ok(thinking)
    }

    fn output_config(
        &mut self,
        mut fields: Fields<'_>,
        thinking: Option<Thinking>,
        request: &mut ChatRequest,
    ) -> Result<(), LlmError> {
        if let Some(effort) = fields.get::<String>("effort")? {
            let known = match effort.as_str() {
                "low" => Some(ReasoningEffort::Low),
                "medium" => Some(ReasoningEffort::Medium),
                "high" => Some(ReasoningEffort::High),
                _ => None,
            };
            // Effort without thinking is about the length of the answer.
            let applies = thinking != Some(Thinking::Disabled);
            if applies {
                request.parameters.reasoning_effort = Some(known.unwrap_or(ReasoningEffort::High));
            }
            if !applies || known.is_none() {
                self.unmapped.push(fields.path_of("effort"));
            }
        }
        if let Some(mut format) = fields.object("format")? {
            let kind: String = format.required("type")?;
            if kind != "json_schema" {
                return Err(bad_request(format!(
                    "`output_config.format.type` is `{kind}`, which is no format"
                )));
            }
            let schema: Value = format.required("schema")?;
            let name = schema::name_of(&schema);
            request.response_format = ResponseFormat::JsonSchema { name, schema, strict: Some(true) };
            format.report_rest(&mut self.unmapped);
        }
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }
}

fn missing(fields: &Fields<'_>, key: &str) -> LlmError {
    bad_request(format!("`{}` is missing", fields.path_of(key)))
}

/// Puts signatures back on the tool calls that they were written before.
fn unite_signatures(parts: Vec<Part>) -> Vec<Part> {
    let mut united = Vec::with_capacity(parts.len());
    let mut carried: Option<String> = None;
    for mut part in parts {
        match &mut part {
            Part::Reasoning { redacted: Some(data), .. } if data.starts_with(SIGNATURE_CARRIER) => {
                carried = data.strip_prefix(SIGNATURE_CARRIER).map(str::to_owned);
                continue;
            }
            Part::ToolCall { signature, .. } => *signature = carried.take(),
            Part::Text { .. }
            | Part::Image { .. }
            | Part::File { .. }
            | Part::ToolResult { .. }
            | Part::Reasoning { .. } => {}
        }
        united.push(part);
    }
    united
}
