//! Writes a request for Gemini's `generateContent`.

use super::{
    MADE_UP_ID_PREFIX,
    body::{
        Blob, Body, Content, FileData, FunctionCall, FunctionCallingConfig, FunctionDeclaration,
        FunctionResponse, Part, ToolConfig, Tools,
    },
    options, signature,
};
use crate::{
    arguments::{self, Arguments},
    bad_request,
    dropped::Dropped,
    media, split_data_url,
};
use llm::{ChatRequest, Encoded, LlmError, Media, Message, Role, ToolChoice, ToolSpec};
use serde_json::{json, value::RawValue};
use std::{borrow::Cow, collections::HashMap};

/// What the provider takes in place of the signature of a call that another model made (source: its page
/// "Thought signatures", section on transferring history from other models).
const FOREIGN_CALL_SIGNATURE: &str = "skip_thought_signature_validator";

/// Writes the request; see [`llm::Codec::encode_request`].
pub(super) fn encode(request: &ChatRequest) -> Result<Encoded, LlmError> {
    let mut writer = Writer {
        names: call_names(&request.messages),
        checks_signatures: options::Generation::of(&request.model).is_3_or_later(),
        dropped: Dropped::default(),
    };
    let generation_config = options::choose(request, &mut writer.dropped);
    let (system, contents) = writer.conversation(&request.messages)?;
    let body = Body {
        system_instruction: (!system.is_empty()).then_some(Content { role: None, parts: system }),
        contents,
        tools: writer.tools(&request.tools),
        tool_config: tool_config(request),
        generation_config,
    };
    let body = serde_json::to_vec(&body)
        .map_err(|error| bad_request(format!("the request cannot be written: {error}")))?;
    Ok(Encoded { body: body.into(), dropped: writer.dropped.into_names() })
}

/// The tools' names by the ids of their calls: results are addressed by name here.
fn call_names(messages: &[Message]) -> HashMap<&str, &str> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts
        .filter_map(|part| match part {
            llm::Part::ToolCall { id, name, .. } => Some((id.as_str(), name.as_str())),
            llm::Part::Text { .. }
            | llm::Part::Image { .. }
            | llm::Part::File { .. }
            | llm::Part::ToolResult { .. }
            | llm::Part::Reasoning { .. } => None,
        })
        .collect()
}

struct Writer<'a> {
    names: HashMap<&'a str, &'a str>,
    /// Whether the model refuses calls without signature.
    checks_signatures: bool,
    dropped: Dropped,
}

impl<'a> Writer<'a> {
    fn conversation(
        &mut self,
        messages: &'a [Message],
    ) -> Result<(Vec<Part<'a>>, Vec<Content<'a>>), LlmError> {
        let mut system = Vec::new();
        let mut contents: Vec<Content<'a>> = Vec::new();
        let mut last_role = Role::System;
        for message in messages {
            self.dropped.add_if(message.name.is_some(), "message.name");
            let mut parts = Vec::with_capacity(message.parts.len());
            message.parts.iter().for_each(|part| self.part(part, &mut parts));
            if message.role == Role::System {
                // Its place in the conversation is lost, its words are not.
                self.dropped.add_if(!contents.is_empty(), "system.position");
                let (texts, others): (Vec<_>, Vec<_>) =
                    parts.into_iter().partition(|part| part.text.is_some());
                self.dropped.add_if(!others.is_empty(), "system.media");
                system.extend(texts);
                continue;
            }
            if parts.is_empty() {
                continue;
            }
            if message.role == Role::Assistant && self.checks_signatures {
                sign_foreign_calls(&mut parts);
            }
            // The results of a turn's calls have to come in one turn of nothing else.
            match contents.last_mut() {
                Some(content) if last_role == message.role => content.parts.extend(parts),
                _ => {
                    let role = if message.role == Role::Assistant { "model" } else { "user" };
                    contents.push(Content { role: Some(role), parts });
                }
            }
            last_role = message.role;
        }
        if contents.is_empty() {
            return Err(bad_request(
                "`messages` has nothing but instructions; this provider needs a message of the user",
            ));
        }
        Ok((system, contents))
    }

    fn part(&mut self, part: &'a llm::Part, parts: &mut Vec<Part<'a>>) {
        match part {
            llm::Part::Text { text, cache_marker } => {
                // The provider caches on its own.
                self.dropped.add_if(*cache_marker, "cache_marker");
                if !text.is_empty() {
                    parts.push(Part { text: Some(text), ..Part::default() });
                }
            }
            llm::Part::Image { media, detail } => {
                self.dropped.add_if(detail.as_deref().is_some_and(|detail| detail != "auto"), "image.detail");
                parts.push(media_part(media));
            }
            llm::Part::File { media, file_name } => {
                self.dropped.add_if(file_name.is_some(), "file.file_name");
                parts.push(media_part(media));
            }
            llm::Part::ToolCall { id, name, arguments, signature } => {
                let Arguments { object, intact } = arguments::object(arguments);
                self.dropped.add_if(!intact, "tool_call.arguments");
                let own = signature.as_deref().and_then(signature::own);
                self.dropped.add_if(signature.is_some() && own.is_none(), "tool_call.signature");
                let function_call = Some(FunctionCall { id: known_id(id), name, args: object });
                let thought_signature = own.map(Cow::Borrowed);
                parts.push(Part { function_call, thought_signature, ..Part::default() });
            }
            llm::Part::ToolResult { call_id, name, parts: result, is_error } => {
                let known = name.as_deref().or_else(|| self.names.get(call_id.as_str()).copied());
                self.dropped.add_if(known.is_none(), "tool_result.name");
                let name = known.unwrap_or(call_id);
                let response = response(result, *is_error);
                let function_response = Some(FunctionResponse { id: known_id(call_id), name, response });
                parts.push(Part { function_response, ..Part::default() });
                // Pictures and files stand beside the result: only the newest models take them inside.
                let media = result.iter().filter(|part| !matches!(part, llm::Part::Text { .. }));
                media.for_each(|part| self.part(part, parts));
            }
            llm::Part::Reasoning { text, signature, redacted } => {
                self.dropped.add_if(redacted.is_some(), "reasoning.redacted");
                let own = signature.as_deref().and_then(signature::own);
                self.dropped.add_if(signature.is_some() && own.is_none(), "reasoning.signature");
                if !text.is_empty() || own.is_some() {
                    // A signature without thinking is that of the text before it.
                    let thought = !text.is_empty();
                    let thought_signature = own.map(Cow::Borrowed);
                    parts.push(Part { text: Some(text), thought, thought_signature, ..Part::default() });
                }
            }
        }
    }

    fn tools(&mut self, tools: &'a [ToolSpec]) -> Vec<Tools<'a>> {
        let mut function_declarations = Vec::with_capacity(tools.len());
        for (at, spec) in tools.iter().enumerate() {
            self.dropped.add_if(spec.strict == Some(true), "tool.strict");
            self.dropped.add_if(spec.cache_marker, "cache_marker");
            self.dropped
                .extend(options::ignored_keywords(&spec.parameters, &format!("tools[{at}].parameters")));
            // An object without properties is refused; a tool without parameters is not.
            let takes_something = ["properties", "$ref", "anyOf", "oneOf"].iter().any(|key| {
                let value = spec.parameters.get(key);
                value.is_some_and(|value| value.as_object().is_none_or(|object| !object.is_empty()))
            });
            function_declarations.push(FunctionDeclaration {
                name: &spec.name,
                description: &spec.description,
                parameters_json_schema: takes_something.then_some(&spec.parameters),
            });
        }
        if function_declarations.is_empty() { Vec::new() } else { vec![Tools { function_declarations }] }
    }
}

/// The id of a call, unless it is one that this codec has made up.
fn known_id(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.starts_with(MADE_UP_ID_PREFIX)).then_some(id)
}

/// Puts a stand-in on the first call of a turn in which no call is signed: another model made them, and
/// the provider signs the first of parallel calls only.
fn sign_foreign_calls(parts: &mut [Part<'_>]) {
    let mut calls = parts.iter_mut().filter(|part| part.function_call.is_some()).peekable();
    let Some(first) = calls.next() else { return };
    if first.thought_signature.is_none() && calls.all(|call| call.thought_signature.is_none()) {
        first.thought_signature = Some(Cow::Borrowed(FOREIGN_CALL_SIGNATURE));
    }
}

fn media_part(media: &Media) -> Part<'_> {
    match media {
        Media::Inline { media_type, data } => inline(media_type, data),
        Media::Url { url } => match split_data_url(url) {
            Some((media_type, data)) => inline(media_type, data),
            None => file(url),
        },
        Media::Uploaded { id } => file(id),
    }
}

fn inline<'a>(mime_type: &'a str, data: &'a str) -> Part<'a> {
    Part { inline_data: Some(Blob { mime_type, data }), ..Part::default() }
}

fn file(file_uri: &str) -> Part<'_> {
    Part {
        file_data: Some(FileData { mime_type: media::type_of_address(file_uri), file_uri }),
        ..Part::default()
    }
}

/// A result as the object the format demands: the tool's own, where it answered with one.
fn response(parts: &[llm::Part], is_error: bool) -> Cow<'_, RawValue> {
    let mut texts = parts.iter().filter_map(llm::Part::as_text);
    let text = match (texts.next(), texts.next()) {
        (Some(text), None) => Cow::Borrowed(text),
        _ => Cow::Owned(parts.iter().filter_map(llm::Part::as_text).collect()),
    };
    if let (Cow::Borrowed(text), false) = (&text, is_error) {
        let value: Option<&RawValue> = serde_json::from_str(text).ok();
        if let Some(object) = value.filter(|value| value.get().starts_with('{')) {
            return Cow::Borrowed(object);
        }
    }
    let key = if is_error { "error" } else { "output" };
    // A JSON value can always be written.
    let wrapped = serde_json::value::to_raw_value(&json!({ key: text }));
    Cow::Owned(wrapped.unwrap_or_else(|_| RawValue::NULL.to_owned()))
}

fn tool_config(request: &ChatRequest) -> Option<ToolConfig<'_>> {
    let (mode, allowed_function_names) = match &request.tool_choice {
        ToolChoice::Auto => return None,
        ToolChoice::None => ("NONE", Vec::new()),
        ToolChoice::Required => ("ANY", Vec::new()),
        ToolChoice::Named(name) => ("ANY", vec![name.as_str()]),
    };
    let function_calling_config = FunctionCallingConfig { mode, allowed_function_names };
    (!request.tools.is_empty()).then_some(ToolConfig { function_calling_config })
}
