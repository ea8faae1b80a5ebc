//! Writes a request for Anthropic's `/v1/messages`.

use super::{
    body::{Block, Body, CacheControl, Choice, Source, Tool, Turn},
    options,
};
use crate::{
    arguments::{self, Arguments},
    dropped::Dropped,
    gemini, openai_chat, openai_responses, schema, split_data_url,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use llm::{
    ChatRequest, Encoded, LlmError, LlmErrorKind, Media, Message, Part, ResponseFormat, Role, ToolChoice,
    ToolSpec,
};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, fmt::Write as _};

/// The tool by which "any JSON object" is asked for: the format has no JSON mode without a schema.
pub(super) const JSON_TOOL: &str = "answer_as_json";
const JSON_TOOL_DESCRIPTION: &str =
    "Gives the answer to the user. The arguments are the answer: one JSON object of the form asked for.";
/// The most cache markers a request may have.
const MAX_CACHE_MARKERS: usize = 4;

/// Writes the request; see [`llm::Codec::encode_request`].
pub(super) fn encode(request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
    let mut dropped = Dropped::default();
    let chosen = options::choose(request, &mut dropped);
    let (system, messages) = conversation(&request.messages, &mut dropped)?;
    let tools = tools(request, &mut dropped);
    let tool_choice = tool_choice(request, &tools, &mut dropped);
    let mut body = Body {
        model: &request.model,
        max_tokens: chosen.max_tokens,
        system,
        messages,
        tools,
        tool_choice,
        options: chosen.options,
        stream,
    };
    limit_cache_markers(&mut body, &mut dropped);
    let body = serde_json::to_vec(&body).map_err(|error| {
        LlmError::new(LlmErrorKind::BadRequest, format!("the request cannot be written: {error}"))
    })?;
    Ok(Encoded { body: body.into(), dropped: dropped.into_names() })
}

/// Splits system blocks from the turns, and makes the turns alternate.
fn conversation<'a>(
    messages: &'a [Message],
    dropped: &mut Dropped,
) -> Result<(Vec<Block<'a>>, Vec<Turn<'a>>), LlmError> {
    let mut system = Vec::new();
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for message in messages {
        dropped.add_if(message.name.is_some(), "message.name");
        let content = blocks(&message.parts, dropped);
        let role = match message.role {
            Role::System => {
                // Its place in the conversation is lost, its words are not.
                dropped.add_if(!turns.is_empty(), "system.position");
                let (texts, others): (Vec<_>, Vec<_>) =
                    content.into_iter().partition(|block| matches!(block, Block::Text { .. }));
                dropped.add_if(!others.is_empty(), "system.media");
                system.extend(texts);
                continue;
            }
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        match turns.last_mut() {
            _ if content.is_empty() => {}
            Some(turn) if turn.role == role => turn.content.extend(content),
            _ => turns.push(Turn { role, content }),
        }
    }
    if turns.is_empty() {
        return Err(LlmError::new(
            LlmErrorKind::BadRequest,
            "`messages` has nothing but instructions; this provider needs a message of the user",
        ));
    }
    for turn in turns.iter_mut().filter(|turn| turn.role == "user") {
        // Results have to stand before anything else that the user says.
        turn.content.sort_by_key(|block| !matches!(block, Block::ToolResult { .. }));
    }
    if let Some(Turn { role: "assistant", content }) = turns.last_mut()
        && let Some(Block::Text { text, .. }) = content.last_mut()
    {
        // A beginning of the answer must not end in white space.
        *text = text.trim_end();
    }
    Ok((system, turns))
}

fn blocks<'a>(parts: &'a [Part], dropped: &mut Dropped) -> Vec<Block<'a>> {
    parts.iter().filter_map(|part| block(part, dropped)).collect()
}

fn block<'a>(part: &'a Part, dropped: &mut Dropped) -> Option<Block<'a>> {
    match part {
        Part::Text { text, cache_marker } => {
            // The provider refuses empty text.
            let cache_control = cache_marker.then_some(CacheControl {});
            (!text.trim().is_empty()).then_some(Block::Text { text, cache_control })
        }
        Part::Image { media, detail } => {
            dropped.add_if(detail.as_deref().is_some_and(|detail| detail != "auto"), "image.detail");
            Some(Block::Image { source: source(media) })
        }
        Part::File { media, file_name } => {
            let source = document_source(media);
            dropped.add_if(source.is_none(), "file");
            Some(Block::Document { source: source?, title: file_name.as_deref() })
        }
        Part::ToolCall { id, name, arguments, signature } => {
            dropped.add_if(signature.is_some(), "tool_call.signature");
            let Arguments { object, intact } = arguments::object(arguments);
            dropped.add_if(!intact, "tool_call.arguments");
            Some(Block::ToolUse { id: tool_id(id), name, input: object })
        }
        Part::ToolResult { call_id, parts, is_error, .. } => Some(Block::ToolResult {
            tool_use_id: tool_id(call_id),
            content: blocks(parts, dropped),
            is_error: *is_error,
        }),
        Part::Reasoning { text, signature, redacted } => {
            if !is_own_thinking(part) {
                dropped.add("reasoning");
                return None;
            }
            match (signature, redacted) {
                (_, Some(data)) => Some(Block::RedactedThinking { data }),
                (signature, None) => Some(Block::Thinking {
                    thinking: text,
                    signature: signature.as_deref().unwrap_or_default(),
                }),
            }
        }
    }
}

/// Whether this is thinking that Anthropic will take back: signed or encrypted, and not by another vendor.
pub(super) fn is_own_thinking(part: &Part) -> bool {
    match part {
        Part::Reasoning { signature, redacted, .. } => {
            let is_foreign = |token: &str| {
                [gemini::SIGNATURE_TAG, openai_chat::SIGNATURE_TAG, openai_responses::SIGNATURE_TAG]
                    .iter()
                    .any(|tag| token.starts_with(tag))
            };
            let token = redacted.as_deref().or(signature.as_deref());
            token.is_some_and(|token| !token.is_empty() && !is_foreign(token))
        }
        Part::Text { .. }
        | Part::Image { .. }
        | Part::File { .. }
        | Part::ToolCall { .. }
        | Part::ToolResult { .. } => false,
    }
}

fn source(media: &Media) -> Source<'_> {
    match media {
        Media::Inline { media_type, data } => Source::Base64 { media_type, data },
        Media::Url { url } => match split_data_url(url) {
            Some((media_type, data)) => Source::Base64 { media_type, data },
            None => Source::Url { url },
        },
        Media::Uploaded { id } => Source::File { file_id: id },
    }
}

/// PDFs go as they are, text as text; the format has nothing for other files.
fn document_source(media: &Media) -> Option<Source<'_>> {
    match media {
        Media::Inline { media_type, data } if media_type != "application/pdf" => {
            let is_text = media_type.starts_with("text/") || media_type == "application/json";
            let bytes = STANDARD.decode(data).ok().filter(|_| is_text)?;
            // Whatever kind of text it is, the format calls it plain.
            Some(Source::Text { media_type: "text/plain", data: String::from_utf8(bytes).ok()? })
        }
        Media::Inline { .. } | Media::Url { .. } | Media::Uploaded { .. } => Some(source(media)),
    }
}

/// An id as the format allows it (letters, digits, `_` and `-`); ids of other vendors may have more.
fn tool_id(id: &str) -> Cow<'_, str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !id.is_empty() && id.bytes().all(allowed) {
        return Cow::Borrowed(id);
    }
    let mut written = String::from("call_");
    for byte in id.bytes() {
        if allowed(byte) {
            written.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(written, "_{byte:02x}");
        }
    }
    Cow::Owned(written)
}

fn tools<'a>(request: &'a ChatRequest, dropped: &mut Dropped) -> Vec<Tool<'a>> {
    let mut tools: Vec<_> =
        request.tools.iter().enumerate().map(|(at, spec)| tool(spec, at, dropped)).collect();
    if tools.is_empty() {
        // The format demands that the tools of earlier calls are declared.
        for name in called_tools(&request.messages) {
            let input_schema = Cow::Owned(json!({ "type": "object" }));
            tools.push(Tool { name, description: "", input_schema, strict: false, cache_control: None });
        }
    }
    if wants_json_tool(request) {
        let input_schema = Cow::Owned(json!({ "type": "object", "additionalProperties": true }));
        let (name, description) = (JSON_TOOL, JSON_TOOL_DESCRIPTION);
        tools.push(Tool { name, description, input_schema, strict: false, cache_control: None });
    }
    tools
}

fn tool<'a>(spec: &'a ToolSpec, at: usize, dropped: &mut Dropped) -> Tool<'a> {
    let strict = spec.strict == Some(true);
    let mut input_schema = Cow::Borrowed(&spec.parameters);
    if strict {
        let narrowed = schema::narrow(&spec.parameters, &format!("tools[{at}].parameters"));
        dropped.extend(narrowed.moved);
        input_schema = Cow::Owned(narrowed.schema);
    }
    if input_schema.get("type").is_none() {
        let mut object = input_schema.as_object().cloned().unwrap_or_else(Map::new);
        object.insert("type".to_owned(), Value::from("object"));
        input_schema = Cow::Owned(Value::Object(object));
    }
    let cache_control = spec.cache_marker.then_some(CacheControl {});
    Tool { name: &spec.name, description: &spec.description, input_schema, strict, cache_control }
}

/// The names of the tools that the conversation has calls of, each once.
fn called_tools(messages: &[Message]) -> Vec<&str> {
    let mut names = Vec::new();
    for part in messages.iter().flat_map(|message| &message.parts) {
        if let Part::ToolCall { name, .. } = part
            && !names.contains(&name.as_str())
        {
            names.push(name.as_str());
        }
    }
    names
}

/// Forcing a tool for the answer is possible only where no other tool may be wanted and nothing is thought.
fn wants_json_tool(request: &ChatRequest) -> bool {
    let thinks = request.parameters.reasoning_budget_tokens.is_some_and(|budget| budget > 0)
        || !matches!(request.parameters.reasoning_effort, None | Some(llm::ReasoningEffort::None));
    let tools_are_off = request.tools.is_empty() || request.tool_choice == ToolChoice::None;
    request.response_format == ResponseFormat::JsonObject && tools_are_off && !thinks
}

fn tool_choice<'a>(
    request: &'a ChatRequest,
    tools: &[Tool<'_>],
    dropped: &mut Dropped,
) -> Option<Choice<'a>> {
    if wants_json_tool(request) {
        return Some(Choice::Tool { name: JSON_TOOL, disable_parallel_tool_use: true });
    }
    dropped.add_if(request.response_format == ResponseFormat::JsonObject, "response_format");
    if tools.is_empty() {
        return None;
    }
    if request.tools.is_empty() {
        return Some(Choice::None);
    }
    let disable_parallel_tool_use = request.parameters.parallel_tool_calls == Some(false);
    match &request.tool_choice {
        ToolChoice::Auto => disable_parallel_tool_use.then_some(Choice::Auto { disable_parallel_tool_use }),
        ToolChoice::None => Some(Choice::None),
        ToolChoice::Required => Some(Choice::Any { disable_parallel_tool_use }),
        ToolChoice::Named(name) => Some(Choice::Tool { name, disable_parallel_tool_use }),
    }
}

/// Keeps the first marker, which ends the part that changes least, and the last three.
fn limit_cache_markers(body: &mut Body<'_>, dropped: &mut Dropped) {
    let mut markers: Vec<&mut Option<CacheControl>> =
        body.tools.iter_mut().map(|tool| &mut tool.cache_control).collect();
    markers.extend(body.system.iter_mut().filter_map(Block::cache_control));
    for block in body.messages.iter_mut().flat_map(|turn| &mut turn.content) {
        if let Block::ToolResult { content, .. } = block {
            markers.extend(content.iter_mut().filter_map(Block::cache_control));
        } else {
            markers.extend(block.cache_control());
        }
    }
    markers.retain(|marker| marker.is_some());
    let excess = markers.len().saturating_sub(MAX_CACHE_MARKERS);
    dropped.add_if(excess > 0, "cache_marker");
    markers.into_iter().skip(1).take(excess).for_each(|marker| *marker = None);
}
