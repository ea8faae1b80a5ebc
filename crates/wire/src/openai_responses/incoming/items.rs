//! Reads the input of a caller's request.

use super::{kept_by_provider, push};
use crate::{
    bad_request,
    fields::Fields,
    openai::{audio, image_media},
    openai_responses::sealed::{self, Seal},
    split_data_url,
};
use llm::{LlmError, Media, Message, Part, Role};
use serde_json::{Value, value::RawValue};

/// Reads the input, a text or a list of items, behind what is there already.
pub(super) fn read(
    body: &mut Fields<'_>,
    messages: &mut Vec<Message>,
    unmapped: &mut Vec<String>,
) -> Result<(), LlmError> {
    let raw: &RawValue = body.required("input")?;
    if let Ok(text) = serde_json::from_str::<String>(raw.get()) {
        messages.push(Message::text(Role::User, text));
        return Ok(());
    }
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        return Err(bad_request("`input` must be a string or a list of items"));
    };
    let mut reader = Reader { messages, unmapped, call_signature: None };
    for (at, item) in items.into_iter().enumerate() {
        reader.item(item, format!("input[{at}]"))?;
    }
    Ok(())
}

struct Reader<'a> {
    messages: &'a mut Vec<Message>,
    unmapped: &'a mut Vec<String>,
    /// The token of the call to come.
    call_signature: Option<String>,
}

impl Reader<'_> {
    fn item(&mut self, raw: &RawValue, path: String) -> Result<(), LlmError> {
        let mut fields = Fields::of(raw, path.clone())?;
        let role: Option<String> = fields.get("role")?;
        let kind: Option<String> = fields.get("type")?;
        // They name the item in the reply that it comes from.
        let is_reference = fields.raw("id").is_some() && role.is_none() && kind.is_none();
        fields.raw("status");
        match kind.as_deref() {
            _ if is_reference => return Err(kept_by_provider(&path, "an item")),
            Some("item_reference") => return Err(kept_by_provider(&path, "an item")),
            Some("compaction") => return Err(kept_by_provider(&path, "a compacted conversation")),
            None | Some("message") => self.message(&mut fields, role)?,
            Some("reasoning") => return self.reasoning(raw, path),
            Some("function_call") => {
                let call = Part::ToolCall {
                    id: fields.required("call_id")?,
                    name: fields.required("name")?,
                    arguments: fields.get("arguments")?.unwrap_or_default(),
                    signature: self.call_signature.take(),
                };
                push(self.messages, Role::Assistant, vec![call]);
            }
            Some("function_call_output") => {
                let parts = self.content(&mut fields, "output")?;
                let (call_id, name) = (fields.required("call_id")?, fields.get("name")?);
                let result = Part::ToolResult { call_id, name, parts, is_error: false };
                push(self.messages, Role::Tool, vec![result]);
            }
            // Of tools that run at the provider, and what is yet to come.
            Some(_) => {
                self.unmapped.push(path);
                return Ok(());
            }
        }
        fields.report_rest(self.unmapped);
        Ok(())
    }

    fn message(&mut self, fields: &mut Fields<'_>, role: Option<String>) -> Result<(), LlmError> {
        let role = match role.as_deref() {
            Some("system" | "developer") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some(other) => {
                return Err(bad_request(format!("`{}` cannot be `{other}`", fields.path_of("role"))));
            }
            None => return Err(bad_request(format!("`{}` is missing", fields.path_of("role")))),
        };
        let parts = self.content(fields, "content")?;
        let said = |message: &Message| message.parts.iter().any(|part| part.as_text().is_some());
        if role == Role::Assistant && self.messages.last().is_some_and(|last| last.role == role && said(last))
        {
            // Another message, not more of the same.
            self.messages.push(Message { role, parts, name: None });
        } else {
            push(self.messages, role, parts);
        }
        Ok(())
    }

    fn reasoning(&mut self, raw: &RawValue, path: String) -> Result<(), LlmError> {
        let item: Value = serde_json::from_str(raw.get())
            .map_err(|error| bad_request(format!("`{path}` cannot be read: {error}")))?;
        let Seal { signature, redacted, call } = Seal::of_item(&item);
        if call.is_some() {
            self.call_signature = call;
            return Ok(());
        }
        let text = sealed::readable(&item);
        if text.is_empty() && signature.is_none() && redacted.is_none() {
            // Nothing but the name of thinking that only the provider keeps.
            self.unmapped.push(path);
            return Ok(());
        }
        push(self.messages, Role::Assistant, vec![Part::Reasoning { text, signature, redacted }]);
        Ok(())
    }

    /// A text, or a list of parts.
    fn content(&mut self, fields: &mut Fields<'_>, key: &str) -> Result<Vec<Part>, LlmError> {
        let path = fields.path_of(key);
        let Some(raw) = fields.raw(key) else { return Ok(Vec::new()) };
        if let Ok(text) = serde_json::from_str::<String>(raw.get()) {
            return Ok(if text.is_empty() { Vec::new() } else { vec![Part::text(text)] });
        }
        let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            return Err(bad_request(format!("`{path}` must be a string or a list of parts")));
        };
        let mut parts = Vec::with_capacity(list.len());
        for (at, part) in list.into_iter().enumerate() {
            parts.extend(self.part(part, format!("{path}[{at}]"))?);
        }
        Ok(parts)
    }

    fn part(&mut self, raw: &RawValue, path: String) -> Result<Option<Part>, LlmError> {
        let mut fields = Fields::of(raw, path.clone())?;
        let part = match fields.required::<String>("type")?.as_str() {
            "input_text" | "output_text" | "text" => {
                // What a reply holds besides, and no provider needs back.
                for name in ["annotations", "logprobs"] {
                    fields.raw(name);
                }
                let cache_marker = fields.raw("prompt_cache_breakpoint").is_some();
                Part::Text { text: fields.required("text")?, cache_marker }
            }
            "refusal" => Part::text(fields.required::<String>("refusal")?),
            "input_image" => {
                let detail = fields.get("detail")?;
                Part::Image { media: image(&mut fields)?, detail }
            }
            "input_file" => {
                let file_name = fields.get("filename")?;
                Part::File { media: file(&mut fields)?, file_name }
            }
            "input_audio" => audio(&mut fields, self.unmapped)?,
            _ => {
                self.unmapped.push(path);
                return Ok(None);
            }
        };
        fields.report_rest(self.unmapped);
        Ok(Some(part))
    }
}

fn image(fields: &mut Fields<'_>) -> Result<Media, LlmError> {
    let path = fields.path_of("image_url");
    match (fields.get("file_id")?, fields.get("image_url")?) {
        (Some(id), _) => Ok(Media::Uploaded { id }),
        (None, Some(url)) => image_media(url, &path),
        (None, None) => Err(bad_request(format!("`{path}` is missing"))),
    }
}

fn file(fields: &mut Fields<'_>) -> Result<Media, LlmError> {
    let [id, url, data]: [Option<String>; 3] =
        [fields.get("file_id")?, fields.get("file_url")?, fields.get("file_data")?];
    if let Some(id) = id {
        return Ok(Media::Uploaded { id });
    }
    if let Some(url) = url {
        return Ok(Media::Url { url });
    }
    match data.as_deref().and_then(split_data_url) {
        Some((media_type, data)) => {
            Ok(Media::Inline { media_type: media_type.to_owned(), data: data.to_owned() })
        }
        None => Err(bad_request(format!(
            "`{}` must be a `data:` address in base64; else `file_id` or `file_url` is needed",
            fields.path_of("file_data")
        ))),
    }
}
