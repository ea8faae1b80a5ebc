//! Reads a caller's request to `generateContent`. The API takes every field in camel case and in snake case.

mod config;
mod schema;

use super::{
    MADE_UP_ID_PREFIX,
    signature::{self, Sealed},
};
use crate::{
    bad_request,
    calls::{OpenCalls, push_turn},
    fields::Fields,
    media,
};
use llm::{ChatRequest, LlmError, Media, Message, Part, Role, ToolChoice, ToolSpec};
use serde_json::{Value, json, value::RawValue};
use std::borrow::Cow;

/// Reads the request; see [`llm::Codec::decode_request`].
pub(super) fn decode(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut reader = Reader { calls: OpenCalls::new(MADE_UP_ID_PREFIX), unmapped: Vec::new() };
    let mut fields = Fields::of_body(body)?.in_camel_case()?;
    let mut messages = Vec::new();
    if let Some(system) = object(&mut fields, "systemInstruction")? {
        let parts = reader.parts(system)?;
        messages.push(Message { role: Role::System, parts, name: None });
    }
    let mut turns: Vec<(Role, Vec<Part>)> = Vec::new();
    for (content, path) in fields.list("contents")? {
        let (role, parts) = reader.content(Fields::of(content, path)?.in_camel_case()?, turns.last())?;
        match turns.last_mut() {
            // Clients keep a streamed answer as one turn a chunk.
            Some((Role::Assistant, turn)) if role == Role::Assistant => turn.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    for (role, parts) in turns {
        push_turn(role, if role == Role::Assistant { united(parts) } else { parts }, &mut messages);
    }
    if messages.iter().all(|message| message.role == Role::System) {
        return Err(bad_request("`contents` is missing or empty"));
    }
    let model: Option<String> = fields.get("model")?;
    let model = model.map(|model| super::model_name(&model).to_owned()).unwrap_or_default();
    let mut request = ChatRequest { model, messages, ..ChatRequest::default() };
    for (tool, path) in fields.list("tools")? {
        reader.tools(Fields::of(tool, path)?.in_camel_case()?, &mut request.tools)?;
    }
    if let Some(config) = object(&mut fields, "toolConfig")? {
        reader.tool_config(config, &mut request)?;
    }
    if let Some(config) = object(&mut fields, "generationConfig")? {
        config::read(config, &mut request, &mut reader.unmapped)?;
    }
    fields.report_rest(&mut reader.unmapped);
    request.unmapped = reader.unmapped;
    Ok(request)
}

/// Takes a field that is an object whose fields may be in either spelling.
fn object<'a>(fields: &mut Fields<'a>, key: &str) -> Result<Option<Fields<'a>>, LlmError> {
    fields.object(key)?.map(Fields::in_camel_case).transpose()
}

/// Puts together the pieces in which a streamed answer came: texts, and thoughts up to their signature.
fn united(parts: Vec<Part>) -> Vec<Part> {
    let mut whole: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (whole.last_mut(), part) {
            (Some(Part::Text { text, .. }), Part::Text { text: more, .. }) => text.push_str(&more),
            (
                Some(Part::Reasoning { text, signature: kept @ None, redacted: None }),
                Part::Reasoning { text: more, signature, redacted: None },
            ) if !text.is_empty() => {
                text.push_str(&more);
                *kept = signature;
            }
            (_, part) => whole.push(part),
        }
    }
    whole
}

struct Reader {
    calls: OpenCalls,
    /// The paths of what the vocabulary cannot carry.
    unmapped: Vec<String>,
}

impl Reader {
    fn content(
        &mut self,
        mut fields: Fields<'_>,
        before: Option<&(Role, Vec<Part>)>,
    ) -> Result<(Role, Vec<Part>), LlmError> {
        let role = match fields.get::<String>("role")?.as_deref() {
            Some("user" | "function" | "tool") | None => Role::User,
            Some("model") => Role::Assistant,
            Some(other) => {
                let path = fields.path_of("role");
                return Err(bad_request(format!("`{path}` is `{other}`; it must be `user` or `model`")));
            }
        };
        if role == Role::Assistant && before.is_none_or(|(role, _)| *role != Role::Assistant) {
            self.calls.turn();
        }
        Ok((role, self.parts(fields)?))
    }

    fn parts(&mut self, mut fields: Fields<'_>) -> Result<Vec<Part>, LlmError> {
        // That of a system instruction says nothing.
        fields.raw("role");
        let mut parts = Vec::new();
        for (part, path) in fields.list("parts")? {
            self.part(Fields::of(part, path)?.in_camel_case()?, &mut parts)?;
        }
        fields.report_rest(&mut self.unmapped);
        Ok(parts)
    }

    fn part(&mut self, mut fields: Fields<'_>, parts: &mut Vec<Part>) -> Result<(), LlmError> {
        let is_thought = fields.get::<bool>("thought")?.unwrap_or(false);
        let mut sealed = fields.get::<String>("thoughtSignature")?.map(signature::read);
        let text: Option<String> = fields.get("text")?;
        if let Some(call) = object(&mut fields, "functionCall")? {
            let signature = sealed.take_if(|sealed| matches!(sealed, Sealed::Signature(_)));
            let signature = signature.and_then(|sealed| sealed.into_fields().0);
            parts.push(self.call(call, signature)?);
        } else if let Some(response) = object(&mut fields, "functionResponse")? {
            parts.push(self.response(response)?);
        } else if let Some(blob) = object(&mut fields, "inlineData")? {
            parts.push(self.inline(blob)?);
        } else if let Some(file) = object(&mut fields, "fileData")? {
            parts.push(self.file(file)?);
        } else if is_thought {
            let (signature, redacted) = sealed.take().map(Sealed::into_fields).unwrap_or_default();
            parts.push(Part::Reasoning { text: text.unwrap_or_default(), signature, redacted });
        } else if let Some(text) = text.filter(|text| !text.is_empty()) {
            parts.push(Part::text(text));
        }
        // That of a text, or of something else: it stands after it.
        if let Some((signature, redacted)) = sealed.map(Sealed::into_fields) {
            parts.push(Part::Reasoning { text: String::new(), signature, redacted });
        }
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }

    fn call(&mut self, mut fields: Fields<'_>, signature: Option<String>) -> Result<Part, LlmError> {
        let name: String = fields.required("name")?;
        let id = self.calls.call(fields.get("id")?, &name);
        let arguments = fields.raw("args").map_or("{}", RawValue::get).to_owned();
        fields.report_rest(&mut self.unmapped);
        Ok(Part::ToolCall { id, name, arguments, signature })
    }

    fn response(&mut self, mut fields: Fields<'_>) -> Result<Part, LlmError> {
        let name: String = fields.required("name")?;
        let call_id = self.calls.result(fields.get("id")?, Some(&name));
        let (text, is_error) = fields.raw("response").map_or_else(Default::default, result_text);
        let mut parts: Vec<Part> = text.map(Part::text).into_iter().collect();
        for (part, path) in fields.list("parts")? {
            self.part(Fields::of(part, path)?.in_camel_case()?, &mut parts)?;
        }
        fields.report_rest(&mut self.unmapped);
        Ok(Part::ToolResult { call_id, name: Some(name), parts, is_error })
    }

    fn inline(&mut self, mut fields: Fields<'_>) -> Result<Part, LlmError> {
        let media_type: String = fields.required("mimeType")?;
        let data: String = fields.required("data")?;
        let data = media::standard_alphabet(Cow::Owned(data)).into_owned();
        let file_name: Option<String> = fields.get("displayName")?;
        fields.report_rest(&mut self.unmapped);
        let is_picture = media_type.starts_with("image/");
        let media = Media::Inline { media_type, data };
        Ok(if is_picture { Part::Image { media, detail: None } } else { Part::File { media, file_name } })
    }

    fn file(&mut self, mut fields: Fields<'_>) -> Result<Part, LlmError> {
        let address: String = fields.required("fileUri")?;
        let told = media::type_of_address(&address);
        let media_type: Option<String> = fields.get("mimeType")?;
        if media_type.is_some() && told.is_some() && media_type.as_deref() != told {
            self.unmapped.push(fields.path_of("mimeType"));
        }
        let file_name: Option<String> = fields.get("displayName")?;
        fields.report_rest(&mut self.unmapped);
        let is_picture = media_type.as_deref().or(told).is_some_and(|name| name.starts_with("image/"));
        // What was uploaded to the provider, or lies in its cloud, nobody else can fetch.
        let is_web = address.starts_with("http") && !address.contains("generativelanguage.googleapis.com");
        let media = if is_web { Media::Url { url: address } } else { Media::Uploaded { id: address } };
        Ok(if is_picture { Part::Image { media, detail: None } } else { Part::File { media, file_name } })
    }

    /// One entry of `tools` may declare several functions.
    fn tools(&mut self, mut fields: Fields<'_>, tools: &mut Vec<ToolSpec>) -> Result<(), LlmError> {
        for (declaration, path) in fields.list("functionDeclarations")? {
            let mut fields = Fields::of(declaration, path)?.in_camel_case()?;
            let of_json: Option<Value> = fields.get("parametersJsonSchema")?;
            let of_api: Option<Value> = fields.get("parameters")?;
            let parameters = of_json.or_else(|| of_api.map(schema::to_json_schema));
            tools.push(ToolSpec {
                name: fields.required("name")?,
                description: fields.get("description")?.unwrap_or_default(),
                parameters: parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} })),
                strict: None,
                cache_marker: false,
            });
            fields.report_rest(&mut self.unmapped);
        }
        // Searches and programs that run at the provider.
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }

    fn tool_config(&mut self, mut fields: Fields<'_>, request: &mut ChatRequest) -> Result<(), LlmError> {
        if let Some(mut config) = object(&mut fields, "functionCallingConfig")? {
            let mode: Option<String> = config.get("mode")?;
            let allowed: Vec<String> = config.get("allowedFunctionNames")?.unwrap_or_default();
            request.tool_choice = match (mode.as_deref(), allowed.as_slice()) {
                (None | Some("AUTO" | "MODE_UNSPECIFIED"), _) => ToolChoice::Auto,
                (Some("NONE"), _) => ToolChoice::None,
                (Some("ANY"), [one]) => ToolChoice::Named(one.clone()),
                (Some("ANY"), _) => ToolChoice::Required,
                (Some("VALIDATED"), _) => {
                    self.unmapped.push(config.path_of("mode"));
                    ToolChoice::Auto
                }
                (Some(other), _) => {
                    let path = config.path_of("mode");
                    let known = "`AUTO`, `ANY`, `VALIDATED` or `NONE`";
                    return Err(bad_request(format!("`{path}` is `{other}`; it must be {known}")));
                }
            };
            // Others may not be called: no format but this can say so, but they can be left out.
            if allowed.len() > 1 || (mode.as_deref() == Some("VALIDATED") && !allowed.is_empty()) {
                request.tools.retain(|tool| allowed.contains(&tool.name));
            }
            config.report_rest(&mut self.unmapped);
        }
        fields.report_rest(&mut self.unmapped);
        Ok(())
    }
}

/// The words of a tool's result, and whether they tell of a failure. The format wants an object; words that are
/// no object of the tool's own stand in `output` or `error`.
fn result_text(response: &RawValue) -> (Option<String>, bool) {
    let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields: Option<serde_json::Map<String, Value>> = serde_json::from_str(response.get()).ok();
    let only = fields.as_ref().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next());
    match only {
        Some((key, value)) if key == "output" => (Some(words(value)), false),
        Some((key, value)) if key == "error" => (Some(words(value)), true),
        Some(_) | None => (Some(response.get().to_owned()), false),
    }
}
