//! Reads the messages of a caller's request.

use super::fields::Fields;
use crate::wire::{self, bad_request, openai_chat::reasoning};
use llm::{LlmError, Media, Message, Part, Role};
use serde_json::Value;

/// Reads all messages.
pub(super) fn read(body: &mut Fields, unmapped: &mut Vec<String>) -> Result<Vec<Message>, LlmError> {
    body.required("messages").and_then(|list| match list {
        Value::Array(list) => {
            list.into_iter().enumerate().map(|(index, value)| message(index, value, unmapped)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(bad_request("`messages` must be a list"))
        }
    })
}

/// Gives every tool result the name of the tool, which some formats address results by.
pub(super) fn name_results(messages: &mut [Message]) {
    let mut names: Vec<(String, String)> = Vec::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::ToolCall { id, name, .. } => names.push((id.clone(), name.clone())),
            Part::ToolResult { call_id, name: name @ None, .. } => {
                *name = names.iter().rev().find(|(id, _)| id == call_id).map(|(_, name)| name.clone());
            }
            Part::ToolResult { .. }
            | Part::Text { .. }
            | Part::Image { .. }
            | Part::File { .. }
            | Part::Reasoning { .. } => {}
        }
    }
}

fn message(index: usize, value: Value, unmapped: &mut Vec<String>) -> Result<Message, LlmError> {
    let path = format!("messages[{index}]");
    let mut fields = Fields::new(value, &path)?;
    let role = match fields.required_text("role")?.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        other => return Err(bad_request(format!("`{path}.role` cannot be `{other}`"))),
    };
    let content = content(&mut fields, unmapped)?;
    let parts = match role {
        Role::System | Role::User => content,
        Role::Assistant => assistant(&mut fields, content, unmapped)?,
        Role::Tool => vec![Part::ToolResult {
            call_id: fields.required_text("tool_call_id")?,
            name: None,
            parts: content,
            is_error: false,
        }],
    };
    let name = fields.text("name")?;
    fields.leave(unmapped);
    Ok(Message { role, parts, name })
}

fn assistant(
    fields: &mut Fields,
    content: Vec<Part>,
    unmapped: &mut Vec<String>,
) -> Result<Vec<Part>, LlmError> {
    let thinking = match fields.text("reasoning_content")? {
        Some(text) => Some(text),
        None => fields.text("reasoning")?,
    };
    let mut parts = reasoning::to_parts(thinking, fields.list("reasoning_details")?);
    parts.extend(content);
    parts.extend(fields.text("refusal")?.filter(|text| !text.is_empty()).map(Part::text));
    for (index, call) in fields.list("tool_calls")?.into_iter().enumerate() {
        parts.push(tool_call(call, &fields.path_of(&format!("tool_calls[{index}]")), unmapped)?);
    }
    // What Familiar itself writes to callers and does not need back.
    fields.take("citations");
    Ok(parts)
}

fn tool_call(value: Value, path: &str, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let signature =
        value.pointer("/extra_content/google/thought_signature").and_then(Value::as_str).map(str::to_owned);
    let mut fields = Fields::new(value, path)?;
    if signature.is_some() {
        fields.take("extra_content");
    }
    fields.take("type");
    fields.take("index");
    let id = fields.required_text("id")?;
    let mut function = Fields::new(fields.required("function")?, &fields.path_of("function"))?;
    let call = Part::ToolCall {
        id,
        name: function.required_text("name")?,
        arguments: function.text("arguments")?.unwrap_or_default(),
        signature,
    };
    function.leave(unmapped);
    fields.leave(unmapped);
    Ok(call)
}

fn content(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<Vec<Part>, LlmError> {
    let path = fields.path_of("content");
    match fields.take("content") {
        None => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Part::text(text)]),
        Some(Value::Array(list)) => {
            let mut parts = Vec::new();
            for (index, value) in list.into_iter().enumerate() {
                parts.extend(part(value, &format!("{path}[{index}]"), unmapped)?);
            }
            Ok(parts)
        }
        Some(_) => Err(bad_request(format!("`{path}` must be a string or a list of parts"))),
    }
}

fn part(value: Value, path: &str, unmapped: &mut Vec<String>) -> Result<Option<Part>, LlmError> {
    let mut fields = Fields::new(value, path)?;
    let part = match fields.required_text("type")?.as_str() {
        "text" => {
            let cache_marker = fields.take("cache_control").is_some();
            Part::Text { text: fields.text("text")?.unwrap_or_default(), cache_marker }
        }
        "refusal" => Part::text(fields.text("refusal")?.unwrap_or_default()),
        "image_url" => image(&mut fields, unmapped)?,
        "input_audio" => {
            let mut audio = Fields::new(fields.required("input_audio")?, &fields.path_of("input_audio"))?;
            let format = audio.required_text("format")?;
            let media_type =
                if format == "mp3" { "audio/mpeg".to_owned() } else { format!("audio/{format}") };
            let part = Part::File {
                media: Media::Inline { media_type, data: audio.required_text("data")? },
                file_name: None,
            };
            audio.leave(unmapped);
            part
        }
        "file" => file(&mut fields, unmapped)?,
        _ => {
            unmapped.push(path.to_owned());
            return Ok(None);
        }
    };
    fields.leave(unmapped);
    Ok(Some(part))
}

fn image(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let path = fields.path_of("image_url");
    let (url, detail) = match fields.required("image_url")? {
        Value::String(url) => (url, None),
        object => {
            let mut image = Fields::new(object, &path)?;
            let read = (image.required_text("url")?, image.text("detail")?);
            image.leave(unmapped);
            read
        }
    };
    let media = if let Some((media_type, data)) = wire::split_data_url(&url) {
        Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() }
    } else if url.starts_with("https://") || url.starts_with("http://") {
        Media::Url { url }
    } else {
        return Err(bad_request(format!(
            "`{path}.url` must be an http address or a `data:` address in base64"
        )));
    };
    Ok(Part::Image { media, detail })
}

fn file(fields: &mut Fields, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let path = fields.path_of("file");
    let mut file = Fields::new(fields.required("file")?, &path)?;
    let media = match (file.text("file_id")?, file.text("file_data")?) {
        (Some(id), _) => Media::Uploaded { id },
        (None, Some(data)) => match wire::split_data_url(&data) {
            Some((media_type, data)) => {
                Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() }
            }
            None => {
                return Err(bad_request(format!("`{path}.file_data` must be a `data:` address in base64")));
            }
        },
        (None, None) => return Err(bad_request(format!("`{path}` needs `file_id` or `file_data`"))),
    };
    let part = Part::File { media, file_name: file.text("filename")? };
    file.leave(unmapped);
    Ok(part)
}
