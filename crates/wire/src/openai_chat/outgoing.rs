//! Writes requests for providers.

use super::{Flavour, reasoning, reply};
use crate::{
    bad_request,
    dropped::Dropped,
    openai::{audio_format, fingerprint, grade, is_openai, is_openai_reasoning},
};
use bytes::Bytes;
use llm::{
    ChatRequest, Encoded, LlmError, Media, Message, Parameters, Part, ResponseFormat, Role, ToolChoice,
    ToolSpec,
};
use serde_json::{Map, Value, json};

/// Writes a chat request.
pub(super) fn encode(request: &ChatRequest, stream: bool, flavour: Flavour) -> Result<Encoded, LlmError> {
    let mut writer = Writer { model: &request.model, flavour, dropped: Dropped::default() };
    let mut body = Map::new();
    body.insert("model".to_owned(), request.model.as_str().into());
    body.insert("messages".to_owned(), writer.messages(&request.messages)?.into());
    if stream {
        body.insert("stream".to_owned(), true.into());
        if flavour == Flavour::Tolerant {
            body.insert("stream_options".to_owned(), json!({"include_usage": true}));
        }
    }
    writer.tools(request, &mut body);
    writer.response_format(&request.response_format, &mut body);
    writer.parameters(&request.parameters, &mut body);
    Ok(Encoded { body: Bytes::from(Value::Object(body).to_string()), dropped: writer.dropped.into_names() })
}

/// What writing a request needs and finds out.
struct Writer<'a> {
    model: &'a str,
    flavour: Flavour,
    dropped: Dropped,
}

impl Writer<'_> {
    fn messages(&mut self, messages: &[Message]) -> Result<Vec<Value>, LlmError> {
        let mut out = Vec::with_capacity(messages.len());
        // Pictures in tool results: this format has them only in messages of the user, and nothing may come
        // between the results of one turn.
        let mut pictures = Vec::new();
        for message in messages {
            let before = out.len();
            for part in message.parts.iter().filter(|part| matches!(part, Part::ToolResult { .. })) {
                out.push(self.tool_result(part, &mut pictures)?);
            }
            if !message.parts.is_empty() && out.len() - before == message.parts.len() {
                continue;
            }
            flush_pictures(&mut pictures, &mut out);
            out.push(match message.role {
                Role::Assistant => self.assistant(message)?,
                Role::System => self.speaker("system", message)?,
                Role::User | Role::Tool => self.speaker("user", message)?,
            });
        }
        flush_pictures(&mut pictures, &mut out);
        Ok(out)
    }

    /// A message of text and media.
    fn speaker(&mut self, role: &str, message: &Message) -> Result<Value, LlmError> {
        let mut parts = Vec::new();
        for part in &message.parts {
            parts.extend(self.content_part(part)?);
        }
        let content = match (parts.as_slice(), message.parts.as_slice()) {
            ([], _) => Value::from(""),
            ([_], [Part::Text { text, .. }]) => text.as_str().into(),
            _ => parts.into(),
        };
        Ok(named(json!({"role": role, "content": content}), message))
    }

    fn content_part(&mut self, part: &Part) -> Result<Option<Value>, LlmError> {
        Ok(match part {
            Part::Text { text, cache_marker } => {
                if *cache_marker {
                    self.dropped.add("cache_marker");
                }
                Some(json!({"type": "text", "text": text}))
            }
            Part::Image { media, detail } => {
                let mut image = json!({"url": address(media, "an image")?});
                if let Some(detail) = detail {
                    image["detail"] = detail.as_str().into();
                }
                Some(json!({"type": "image_url", "image_url": image}))
            }
            Part::File { media, file_name } => Some(file(media, file_name.as_deref())?),
            Part::ToolCall { .. } => {
                self.dropped.add("tool_call");
                None
            }
            Part::Reasoning { .. } => {
                self.dropped.add("reasoning");
                None
            }
            Part::ToolResult { .. } => None,
        })
    }

    fn assistant(&mut self, message: &Message) -> Result<Value, LlmError> {
        let mut text = String::new();
        let mut calls = Vec::new();
        for part in &message.parts {
            match part {
                Part::Text { text: more, cache_marker } => {
                    if *cache_marker {
                        self.dropped.add("cache_marker");
                    }
                    text.push_str(more);
                }
                Part::Image { .. } => self.dropped.add("image"),
                Part::File { .. } => self.dropped.add("file"),
                Part::ToolCall { .. } => calls.extend(self.tool_call(part)),
                Part::ToolResult { .. } | Part::Reasoning { .. } => {}
            }
        }
        let content = if text.is_empty() && !calls.is_empty() { Value::Null } else { text.into() };
        let mut out = json!({"role": "assistant", "content": content});
        self.thinking(message, !calls.is_empty(), &mut out);
        if !calls.is_empty() {
            out["tool_calls"] = calls.into();
        }
        Ok(named(out, message))
    }

    /// Thinking goes back to those who sealed it, and in a turn with tool calls as plain text, which
    /// DeepSeek and Moonshot insist on there; OpenAI's own server takes none.
    fn thinking(&mut self, message: &Message, has_calls: bool, out: &mut Value) {
        if !message.parts.iter().any(|part| matches!(part, Part::Reasoning { .. })) {
            return;
        }
        let thinking = reasoning::of_parts(&message.parts);
        let takes = self.flavour == Flavour::Tolerant && !is_openai(self.model);
        if takes && thinking.vendors_own && !thinking.details.is_empty() {
            out["reasoning_details"] = thinking.details.into();
        } else if takes && has_calls && !thinking.text.is_empty() {
            out["reasoning_content"] = thinking.text.into();
            self.dropped.add_if(!thinking.details.is_empty(), "reasoning.signature");
        } else {
            self.dropped.add("reasoning");
        }
    }

    fn tool_call(&mut self, part: &Part) -> Option<Value> {
        let mut call = reply::tool_call(part)?;
        if let Part::ToolCall { id, signature, .. } = part {
            call["id"] = self.call_id(id).into();
            if signature.is_some() && !self.model.contains("gemini") {
                call.as_object_mut()?.remove("extra_content");
                self.dropped.add("tool_call.signature");
            }
        }
        Some(call)
    }

    /// The id of a call as this server takes it.
    fn call_id(&self, id: &str) -> String {
        const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let fits = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.flavour == Flavour::Tolerant || fits {
            return id.to_owned();
        }
        let mut rest = fingerprint(&[id.as_bytes()]);
        let mut letter = || {
            let place = usize::try_from(rest % 62).unwrap_or(0);
            rest /= 62;
            char::from(LETTERS.get(place).copied().unwrap_or(b'0'))
        };
        (0..9).map(|_| letter()).collect()
    }

    fn tool_result(&mut self, part: &Part, pictures: &mut Vec<Value>) -> Result<Value, LlmError> {
        let Part::ToolResult { call_id, parts, is_error, .. } = part else { return Ok(Value::Null) };
        self.dropped.add_if(*is_error, "tool_result.is_error");
        let mut texts = Vec::new();
        for part in parts {
            match part.as_text() {
                Some(text) => texts.push(text),
                None => pictures.extend(self.content_part(part)?),
            }
        }
        let content = match texts.as_slice() {
            [] | [_] => Value::from(texts.concat()),
            _ => texts.iter().map(|text| json!({"type": "text", "text": text})).collect(),
        };
        Ok(json!({"role": "tool", "tool_call_id": self.call_id(call_id), "content": content}))
    }

    fn tools(&mut self, request: &ChatRequest, body: &mut Map<String, Value>) {
        if request.tools.is_empty() {
            return;
        }
        if request.tools.iter().any(|tool| tool.cache_marker) {
            self.dropped.add("cache_marker");
        }
        body.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
        let choice = match &request.tool_choice {
            ToolChoice::Auto => None,
            ToolChoice::None => Some(json!("none")),
            ToolChoice::Required => Some(json!("required")),
            ToolChoice::Named(name) => Some(json!({"type": "function", "function": {"name": name}})),
        };
        body.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
        if let Some(parallel) = request.parameters.parallel_tool_calls {
            body.insert("parallel_tool_calls".to_owned(), parallel.into());
        }
    }

    fn response_format(&mut self, format: &ResponseFormat, body: &mut Map<String, Value>) {
        let format = match format {
            ResponseFormat::Text => return,
            ResponseFormat::JsonObject => json!({"type": "json_object"}),
            ResponseFormat::JsonSchema { name, schema, strict } => {
                let mut inner = json!({"name": name, "schema": schema});
                if let Some(strict) = strict {
                    inner["strict"] = (*strict).into();
                }
                json!({"type": "json_schema", "json_schema": inner})
            }
        };
        body.insert("response_format".to_owned(), format);
    }

    fn parameters(&mut self, parameters: &Parameters, body: &mut Map<String, Value>) {
        let strict = self.flavour == Flavour::Strict;
        let reasoning_model = is_openai_reasoning(self.model);
        let limit = if reasoning_model && !strict { "max_completion_tokens" } else { "max_tokens" };
        let seed = if strict { "random_seed" } else { "seed" };
        let mut put =
            |name: &str, value: Option<Value>| body.extend(value.map(|value| (name.to_owned(), value)));
        put("temperature", parameters.temperature.map(Value::from));
        put("top_p", parameters.top_p.map(Value::from));
        put(limit, parameters.max_output_tokens.map(Value::from));
        put("stop", (!parameters.stop.is_empty()).then(|| json!(parameters.stop)));
        put("presence_penalty", parameters.presence_penalty.map(Value::from));
        put("frequency_penalty", parameters.frequency_penalty.map(Value::from));
        put(seed, parameters.seed.map(Value::from));
        let budget = parameters.reasoning_budget_tokens;
        // OpenAI's reasoning models know grades, not budgets: the nearest grade stands for it.
        let effort = parameters.reasoning_effort.or_else(|| budget.filter(|_| reasoning_model).map(grade));
        put("reasoning_effort", effort.filter(|_| !strict).map(|effort| json!(effort)));
        put("user", parameters.user.as_deref().filter(|_| !strict).map(Value::from));
        for (name, given) in [
            ("top_k", parameters.top_k.is_some()),
            ("reasoning_budget_tokens", budget.is_some()),
            ("reasoning_effort", strict && parameters.reasoning_effort.is_some()),
            ("user", strict && parameters.user.is_some()),
        ] {
            if given {
                self.dropped.add(&format!("parameters.{name}"));
            }
        }
    }
}

fn flush_pictures(pictures: &mut Vec<Value>, out: &mut Vec<Value>) {
    if !pictures.is_empty() {
        let note = json!({"type": "text", "text": "What the tools returned besides text:"});
        let content: Vec<Value> = std::iter::once(note).chain(pictures.drain(..)).collect();
        out.push(json!({"role": "user", "content": content}));
    }
}

fn named(mut out: Value, message: &Message) -> Value {
    if let Some(name) = &message.name {
        out["name"] = name.as_str().into();
    }
    out
}

fn tool(tool: &ToolSpec) -> Value {
    let mut function = json!({"name": tool.name, "parameters": tool.parameters});
    if !tool.description.is_empty() {
        function["description"] = tool.description.as_str().into();
    }
    if let Some(strict) = tool.strict {
        function["strict"] = strict.into();
    }
    json!({"type": "function", "function": function})
}

fn address(media: &Media, what: &str) -> Result<String, LlmError> {
    match media {
        Media::Inline { media_type, data } => Ok(format!("data:{media_type};base64,{data}")),
        Media::Url { url } => Ok(url.clone()),
        Media::Uploaded { id } => {
            Err(bad_request(format!("`openai-chat` cannot refer to {what} uploaded before, such as `{id}`")))
        }
    }
}

fn file(media: &Media, file_name: Option<&str>) -> Result<Value, LlmError> {
    if let Media::Inline { media_type, data } = media
        && let Some(format) = audio_format(media_type)
    {
        return Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}));
    }
    let mut file = match media {
        Media::Inline { .. } => json!({"file_data": address(media, "a file")?}),
        Media::Uploaded { id } => json!({"file_id": id}),
        Media::Url { url } => {
            return Err(bad_request(format!("`openai-chat` takes no address of a file, such as `{url}`")));
        }
    };
    match (file_name, media) {
        (Some(name), _) => file["filename"] = name.into(),
        // OpenAI refuses file data without a name.
        (None, Media::Inline { .. }) => file["filename"] = "file".into(),
        (None, Media::Url { .. } | Media::Uploaded { .. }) => {}
    }
    Ok(json!({"type": "file", "file": file}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::ReasoningEffort;

    /// What a strict server is sent, and what is left out for it.
    fn strict(request: &ChatRequest) -> (Value, Vec<String>) {
        let encoded = encode(request, true, Flavour::Strict).unwrap();
        (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
    }

    #[test]
    fn a_strict_server_is_sent_only_what_it_knows() {
        let parameters = Parameters {
            max_output_tokens: Some(5),
            seed: Some(7),
            user: Some("u".to_owned()),
            reasoning_effort: Some(ReasoningEffort::Low),
            ..Parameters::default()
        };
        let messages = vec![Message::text(Role::User, "Hi")];
        let request =
            ChatRequest { model: "mistral-large".to_owned(), messages, parameters, ..ChatRequest::default() };
        let (body, dropped) = strict(&request);
        assert_eq!(
            body,
            json!({"model": "mistral-large", "messages": [{"role": "user", "content": "Hi"}], "stream": true,
                "max_tokens": 5, "random_seed": 7})
        );
        assert_eq!(dropped, ["parameters.reasoning_effort", "parameters.user"]);
    }

    #[test]
    fn calls_and_results_keep_together_under_shorter_ids() {
        let call = |id: &str| Part::ToolCall {
            id: id.to_owned(),
            name: "roll".to_owned(),
            arguments: "{}".to_owned(),
            signature: None,
        };
        let result = |id: &str| Part::ToolResult {
            call_id: id.to_owned(),
            name: None,
            parts: vec![Part::text("7")],
            is_error: false,
        };
        let ids = ["toolu_01A09q90qw90lq917835lq9", "call_2", "abcDEF123"];
        let messages = vec![
            Message { role: Role::Assistant, parts: ids.iter().map(|id| call(id)).collect(), name: None },
            Message { role: Role::Tool, parts: ids.iter().map(|id| result(id)).collect(), name: None },
        ];
        let (body, _) = strict(&ChatRequest { messages, ..ChatRequest::default() });
        let sent: Vec<&str> =
            (0..3).map(|index| body["messages"][0]["tool_calls"][index]["id"].as_str().unwrap()).collect();
        let answered: Vec<&str> =
            (1..4).map(|index| body["messages"][index]["tool_call_id"].as_str().unwrap()).collect();
        assert_eq!(sent, answered);
        assert_eq!(sent[2], "abcDEF123", "an id that fits stays");
        assert!(sent.iter().all(|id| id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
        assert_ne!(sent[0], sent[1]);
    }

    #[test]
    fn what_cannot_be_sent_at_all_is_refused_with_the_reason() {
        for (part, reason) in [
            (
                Part::Image { media: Media::Uploaded { id: "f".into() }, detail: None },
                "an image uploaded before",
            ),
            (
                Part::File { media: Media::Url { url: "https://a".into() }, file_name: None },
                "no address of a file",
            ),
        ] {
            let messages = vec![Message { role: Role::User, parts: vec![part], name: None }];
            let error = encode(&ChatRequest { messages, ..ChatRequest::default() }, false, Flavour::Tolerant);
            assert!(error.unwrap_err().message.contains(reason));
        }
    }
}
