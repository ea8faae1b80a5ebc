//! Writes requests for providers.

use super::sealed;
use crate::{
    bad_request,
    dropped::Dropped,
    openai::{audio_format, grade, is_openai, is_openai_reasoning},
};
use bytes::Bytes;
use llm::{
    ChatRequest, Encoded, LlmError, Media, Message, Parameters, Part, ResponseFormat, Role, ToolChoice,
    ToolSpec,
};
use serde_json::{Map, Value, json};

/// Writes a chat request.
pub(super) fn encode(request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
    let mut writer = Writer { model: &request.model, dropped: Dropped::default() };
    let (instructions, messages) = split_instructions(&request.messages);
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("model", request.model.as_str().into());
    if let Some(instructions) = instructions {
        put("instructions", writer.joined_text(instructions).into());
    }
    put("input", writer.input(messages)?.into());
    if stream {
        put("stream", true.into());
    }
    put("store", false.into());
    if is_openai_reasoning(&request.model) {
        put("include", json!(["reasoning.encrypted_content"]));
    }
    writer.tools(request, &mut body);
    if let Some(format) = format(&request.response_format) {
        body.insert("text".to_owned(), json!({ "format": format }));
    }
    writer.parameters(&request.parameters, &mut body);
    Ok(Encoded { body: Bytes::from(Value::Object(body).to_string()), dropped: writer.dropped.into_names() })
}

/// The messages at the beginning that are nothing but instructions in words, if any, and the rest.
fn split_instructions(messages: &[Message]) -> (Option<&[Message]>, &[Message]) {
    let is_words = |message: &&Message| {
        message.role == Role::System
            && message.name.is_none()
            && message.parts.iter().all(|part| part.as_text().is_some())
    };
    let (instructions, rest) = messages.split_at(messages.iter().take_while(is_words).count());
    ((!instructions.is_empty()).then_some(instructions), rest)
}

/// What writing a request needs and finds out.
struct Writer<'a> {
    model: &'a str,
    dropped: Dropped,
}

impl Writer<'_> {
    fn joined_text(&mut self, messages: &[Message]) -> String {
        let parts = messages.iter().flat_map(|message| &message.parts);
        let texts: Vec<&str> =
            parts.inspect(|part| self.note_marker(part)).filter_map(Part::as_text).collect();
        texts.join("\n\n")
    }

    /// The provider caches on its own.
    fn note_marker(&mut self, part: &Part) {
        self.dropped.add_if(matches!(part, Part::Text { cache_marker: true, .. }), "cache_marker");
    }

    fn input(&mut self, messages: &[Message]) -> Result<Vec<Value>, LlmError> {
        let mut items = Vec::with_capacity(messages.len());
        for message in messages {
            self.dropped.add_if(message.name.is_some(), "message.name");
            if message.role == Role::Assistant {
                self.assistant(message, &mut items);
                continue;
            }
            let mut content = Vec::new();
            for part in &message.parts {
                if let Part::ToolResult { call_id, parts, is_error, .. } = part {
                    self.dropped.add_if(*is_error, "tool_result.is_error");
                    let output = self.content(parts)?;
                    items.push(
                        json!({ "type": "function_call_output", "call_id": call_id, "output": output }),
                    );
                } else {
                    content.extend(self.content_part(part)?);
                }
            }
            if !content.is_empty() {
                let role = if message.role == Role::System { "system" } else { "user" };
                items.push(json!({ "role": role, "content": in_short(content) }));
            }
        }
        Ok(items)
    }

    /// The content of a tool's result: pictures and files have a place in it.
    fn content(&mut self, parts: &[Part]) -> Result<Value, LlmError> {
        let mut content = Vec::with_capacity(parts.len());
        for part in parts {
            content.extend(self.content_part(part)?);
        }
        Ok(in_short(content))
    }

    fn content_part(&mut self, part: &Part) -> Result<Option<Value>, LlmError> {
        self.note_marker(part);
        Ok(match part {
            Part::Text { text, .. } => Some(json!({ "type": "input_text", "text": text })),
            Part::Image { media, detail } => {
                let mut image =
                    json!({ "type": "input_image", "detail": detail.as_deref().unwrap_or("auto") });
                match media {
                    Media::Inline { media_type, data } => {
                        image["image_url"] = format!("data:{media_type};base64,{data}").into();
                    }
                    Media::Url { url } => image["image_url"] = url.as_str().into(),
                    Media::Uploaded { id } => image["file_id"] = id.as_str().into(),
                }
                Some(image)
            }
            Part::File { media, file_name } => Some(file(media, file_name.as_deref())),
            Part::ToolCall { .. } => {
                self.dropped.add("tool_call");
                None
            }
            Part::Reasoning { .. } => {
                self.dropped.add("reasoning");
                None
            }
            Part::ToolResult { .. } => {
                return Err(bad_request("a tool's result cannot hold another tool's result"));
            }
        })
    }

    fn assistant(&mut self, message: &Message, items: &mut Vec<Value>) {
        let has_calls = message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
        for part in &message.parts {
            self.note_marker(part);
            match part {
                Part::Text { text, .. } => {
                    if !text.is_empty() {
                        items.push(json!({ "role": "assistant", "content": text }));
                    }
                }
                Part::ToolCall { id, name, arguments, signature } => {
                    self.dropped.add_if(signature.is_some(), "tool_call.signature");
                    let arguments = if arguments.trim().is_empty() { "{}" } else { arguments.as_str() };
                    items.push(json!({ "type": "function_call", "call_id": id, "name": name,
                        "arguments": arguments }));
                }
                Part::Reasoning { text, signature, .. } => {
                    items.extend(self.reasoning(text, signature.as_deref(), has_calls));
                }
                Part::Image { .. } => self.dropped.add("image"),
                Part::File { .. } => self.dropped.add("file"),
                Part::ToolResult { .. } => self.dropped.add("tool_result"),
            }
        }
    }

    /// Thinking goes back to those who sealed it. In a turn with tool calls it goes as plain text to models
    /// other than OpenAI's own, which keep theirs sealed and take none.
    fn reasoning(&mut self, text: &str, signature: Option<&str>, has_calls: bool) -> Option<Value> {
        if let Some(item) = signature.and_then(sealed::providers_item) {
            return Some(Value::Object(item));
        }
        if !has_calls || text.is_empty() || is_openai(self.model) {
            self.dropped.add("reasoning");
            return None;
        }
        self.dropped.add_if(signature.is_some(), "reasoning.signature");
        Some(json!({ "type": "reasoning", "summary": [],
            "content": [{ "type": "reasoning_text", "text": text }] }))
    }

    fn tools(&mut self, request: &ChatRequest, body: &mut Map<String, Value>) {
        if request.tools.is_empty() {
            return;
        }
        self.dropped.add_if(request.tools.iter().any(|tool| tool.cache_marker), "cache_marker");
        body.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
        let choice = match &request.tool_choice {
            ToolChoice::Auto => None,
            ToolChoice::None => Some(json!("none")),
            ToolChoice::Required => Some(json!("required")),
            ToolChoice::Named(name) => Some(json!({ "type": "function", "name": name })),
        };
        body.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
        if let Some(parallel) = request.parameters.parallel_tool_calls {
            body.insert("parallel_tool_calls".to_owned(), parallel.into());
        }
    }

    fn parameters(&mut self, parameters: &Parameters, body: &mut Map<String, Value>) {
        let mut put =
            |name: &str, value: Option<Value>| body.extend(value.map(|value| (name.to_owned(), value)));
        put("temperature", parameters.temperature.map(Value::from));
        put("top_p", parameters.top_p.map(Value::from));
        put("max_output_tokens", parameters.max_output_tokens.map(Value::from));
        put("user", parameters.user.as_deref().map(Value::from));
        let budget = parameters.reasoning_budget_tokens;
        // Reasoning models know grades, not budgets: the nearest grade stands for it.
        let graded = || budget.filter(|_| is_openai_reasoning(self.model)).map(grade);
        let mut reasoning = Map::new();
        if let Some(effort) = parameters.reasoning_effort.or_else(graded) {
            reasoning.insert("effort".to_owned(), json!(effort));
        }
        if parameters.show_reasoning == Some(true) {
            reasoning.insert("summary".to_owned(), "auto".into());
        }
        put("reasoning", (!reasoning.is_empty()).then_some(Value::Object(reasoning)));
        for (name, given) in [
            ("parameters.top_k", parameters.top_k.is_some()),
            ("parameters.stop", !parameters.stop.is_empty()),
            ("parameters.presence_penalty", parameters.presence_penalty.is_some()),
            ("parameters.frequency_penalty", parameters.frequency_penalty.is_some()),
            ("parameters.seed", parameters.seed.is_some()),
            ("parameters.reasoning_budget_tokens", budget.is_some()),
        ] {
            self.dropped.add_if(given, name);
        }
    }
}

/// Content that is one text, as this text.
fn in_short(mut content: Vec<Value>) -> Value {
    match content.as_mut_slice() {
        [] => Value::from(""),
        [part] if part["type"] == "input_text" => part["text"].take(),
        _ => content.into(),
    }
}

fn tool(tool: &ToolSpec) -> Value {
    // Where nothing is said, this format takes schemas strictly, which rewrites them.
    let strict = tool.strict.unwrap_or(false);
    let mut function = json!({ "type": "function", "name": tool.name, "parameters": tool.parameters,
        "strict": strict });
    if !tool.description.is_empty() {
        function["description"] = tool.description.as_str().into();
    }
    function
}

fn format(format: &ResponseFormat) -> Option<Value> {
    match format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(json!({ "type": "json_object" })),
        ResponseFormat::JsonSchema { name, schema, strict } => {
            let mut format = json!({ "type": "json_schema", "name": name, "schema": schema });
            if let Some(strict) = strict {
                format["strict"] = (*strict).into();
            }
            Some(format)
        }
    }
}

fn file(media: &Media, file_name: Option<&str>) -> Value {
    if let Media::Inline { media_type, data } = media
        && let Some(format) = audio_format(media_type)
    {
        return json!({ "type": "input_audio", "input_audio": { "data": data, "format": format } });
    }
    let mut file = json!({ "type": "input_file" });
    match media {
        Media::Inline { media_type, data } => {
            file["file_data"] = format!("data:{media_type};base64,{data}").into();
            // File data without a name is refused.
            file["filename"] = file_name.unwrap_or("file").into();
        }
        Media::Url { url } => file["file_url"] = url.as_str().into(),
        Media::Uploaded { id } => file["file_id"] = id.as_str().into(),
    }
    file
}
