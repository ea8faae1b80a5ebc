//! Reads the messages of a caller's request.

use crate::{
    bad_request,
    fields::Fields,
    openai::{audio, image_media},
    openai_chat::reasoning,
};
use llm::{LlmError, Media, Message, Part, Role};
use serde_json::{Value, value::RawValue};

/// Reads all messages.
pub(super) fn read(body: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Vec<Message>, LlmError> {
    let list: Vec<&RawValue> = body.required("messages")?;
    let read = list
        .into_iter()
        .enumerate()
        .map(|(index, value)| message(Fields::of(value, format!("messages[{index}]"))?, unmapped));
    read.collect()
}

fn message(mut fields: Fields<'_>, unmapped: &mut Vec<String>) -> Result<Message, LlmError> {
    let role = match fields.required::<String>("role")?.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        other => return Err(bad_request(format!("`{}` cannot be `{other}`", fields.path_of("role")))),
    };
    let content = content(&mut fields, unmapped)?;
    let parts = match role {
        Role::System | Role::User => content,
        Role::Assistant => assistant(&mut fields, content, unmapped)?,
        Role::Tool => {
            let call_id = fields.required("tool_call_id")?;
            vec![Part::ToolResult { call_id, name: None, parts: content, is_error: false }]
        }
    };
    let name = fields.get("name")?;
    fields.report_rest(unmapped);
    Ok(Message { role, parts, name })
}

fn assistant(
    fields: &mut Fields<'_>,
    content: Vec<Part>,
    unmapped: &mut Vec<String>,
) -> Result<Vec<Part>, LlmError> {
    let thinking: Option<String> = fields.get("reasoning_content")?;
    let thinking = thinking.or(fields.get("reasoning")?);
    let details: Option<Vec<Value>> = fields.get("reasoning_details")?;
    let mut parts = reasoning::to_parts(thinking, details.unwrap_or_default());
    parts.extend(content);
    let refusal: Option<String> = fields.get("refusal")?;
    parts.extend(refusal.filter(|text| !text.is_empty()).map(Part::text));
    for (call, path) in fields.list("tool_calls")? {
        parts.push(tool_call(Fields::of(call, path)?, unmapped)?);
    }
    // What a reply holds besides, and no provider needs back.
    for name in ["citations", "annotations"] {
        fields.raw(name);
    }
    Ok(parts)
}

fn tool_call(mut fields: Fields<'_>, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let extra: Option<Value> = fields.get("extra_content")?;
    let signature = extra.as_ref().and_then(reasoning::call_signature);
    if extra.is_some() && signature.is_none() {
        unmapped.push(fields.path_of("extra_content"));
    }
    for name in ["type", "index"] {
        fields.raw(name);
    }
    let id = fields.required("id")?;
    let Some(mut function) = fields.object("function")? else {
        return Err(bad_request(format!("`{}` is missing", fields.path_of("function"))));
    };
    let arguments: Option<String> = function.get("arguments")?;
    let name = function.required("name")?;
    function.report_rest(unmapped);
    fields.report_rest(unmapped);
    Ok(Part::ToolCall { id, name, arguments: arguments.unwrap_or_default(), signature })
}

fn content(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Vec<Part>, LlmError> {
    let path = fields.path_of("content");
    let Some(raw) = fields.raw("content") else { return Ok(Vec::new()) };
    if let Ok(text) = serde_json::from_str::<String>(raw.get()) {
        return Ok(if text.is_empty() { Vec::new() } else { vec![Part::text(text)] });
    }
    let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        return Err(bad_request(format!("`{path}` must be a string or a list of parts")));
    };
    let mut parts = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        parts.extend(part(value, format!("{path}[{index}]"), unmapped)?);
    }
    Ok(parts)
}

fn part(value: &RawValue, path: String, unmapped: &mut Vec<String>) -> Result<Option<Part>, LlmError> {
    let mut fields = Fields::of(value, path.clone())?;
    let part = match fields.required::<String>("type")?.as_str() {
        "text" => {
            let cache_marker = fields.raw("cache_control").is_some();
            Part::Text { text: fields.required("text")?, cache_marker }
        }
        "refusal" => Part::text(fields.required::<String>("refusal")?),
        "image_url" => image(&mut fields, unmapped)?,
        "input_audio" => audio(&mut fields, unmapped)?,
        "file" => file(&mut fields, unmapped)?,
        _ => {
            unmapped.push(path);
            return Ok(None);
        }
    };
    fields.report_rest(unmapped);
    Ok(Some(part))
}

fn image(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let path = fields.path_of("image_url");
    let raw: &RawValue = fields.required("image_url")?;
    let (url, detail): (String, Option<String>) = match serde_json::from_str(raw.get()) {
        // Mistral's form is the address alone.
        Ok(url) => (url, None),
        Err(_) => {
            let mut image = Fields::of(raw, path.clone())?;
            let read = (image.required("url")?, image.get("detail")?);
            image.report_rest(unmapped);
            read
        }
    };
    Ok(Part::Image { media: image_media(url, &path)?, detail })
}

fn file(fields: &mut Fields<'_>, unmapped: &mut Vec<String>) -> Result<Part, LlmError> {
    let mut file = fields.described("file")?;
    let [id, data]: [Option<String>; 2] = [file.get("file_id")?, file.get("file_data")?];
    let data = data.unwrap_or_default();
    let media = match (id, crate::split_data_url(&data)) {
        (Some(id), _) => Media::Uploaded { id },
        (None, Some((media_type, data))) => {
            Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() }
        }
        (None, None) => {
            let path = fields.path_of("file");
            return Err(bad_request(format!(
                "`{path}` needs `file_id`, or `file_data` as a `data:` address"
            )));
        }
    };
    let part = Part::File { media, file_name: file.get("filename")? };
    file.report_rest(unmapped);
    Ok(part)
}
