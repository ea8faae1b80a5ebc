//! What a reply looks like on the wire, whole or as a chunk: read with every field optional, since vendors
//! leave out, add and rename.

use crate::{
    json::{JsonError, JsonReader},
    openai::{error, usage},
};
use llm::{LlmError, LlmErrorKind, StopReason, Usage};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use std::borrow::Cow;
use thiserror::Error;

/// Why a reply or chunk cannot be read.
#[derive(Debug, Error)]
pub(super) enum Unreadable {
    #[error(transparent)]
    Field(#[from] JsonError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A whole reply or a chunk of a stream; `D` is what is read of the message ([`Delta`], or
/// [`super::counted::Counted`] where only the end matters).
#[derive(Debug, Default)]
pub(super) struct Chunk<'a, D> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) model: Option<Cow<'a, str>>,
    object: Option<Cow<'a, str>>,
    pub(super) choices: Option<Vec<Choice<'a, D>>>,
    /// The usage, wherever the vendor puts it.
    pub(super) usage: Option<Usage>,
    /// As it stands, as are the next two.
    error: Option<&'a str>,
    /// The text of an error that vLLM and Mistral send without an envelope.
    message: Option<&'a str>,
    code: Option<&'a str>,
}

/// One of the answers.
#[derive(Debug, Default)]
pub(super) struct Choice<'a, D> {
    pub(super) index: Option<u32>,
    pub(super) delta: Option<D>,
    pub(super) message: Option<D>,
    finish_reason: Option<Cow<'a, str>>,
    /// The stop text that was met, as vLLM says it.
    stop_reason: Option<Cow<'a, str>>,
}

/// A message or a piece of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta {
    pub(super) content: Option<Content>,
    pub(super) refusal: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning: Option<Value>,
    pub(super) reasoning_details: Option<Vec<Value>>,
    pub(super) tool_calls: Option<Vec<ToolCall>>,
    /// The form that tool calls had before there were several.
    pub(super) function_call: Option<Function>,
    /// Citations of Familiar's own library.
    pub(super) citations: Option<Vec<Value>>,
}

/// Text, or the list of parts that some vendors send.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Value>),
}

impl Delta {
    /// Reads one.
    pub(super) fn read(reader: &mut JsonReader<'_>) -> Result<Self, Unreadable> {
        Ok(serde_json::from_str(reader.raw()?)?)
    }
}

/// A tool call or a fragment of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ToolCall {
    pub(super) index: Option<u32>,
    pub(super) id: Option<String>,
    pub(super) function: Option<Function>,
    pub(super) extra_content: Option<Value>,
}

/// The function of a tool call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function {
    pub(super) name: Option<String>,
    arguments: Option<Value>,
}

/// What comes of a choice's end, as far as the chunk tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// The reply holds tool calls.
    pub(super) calls: bool,
    /// The reply holds a refusal.
    pub(super) refusal: bool,
}

impl Seen {
    /// What either has seen.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { calls: self.calls || other.calls, refusal: self.refusal || other.refusal }
    }
}

impl<'a, D: Default> Chunk<'a, D> {
    /// Reads a reply or chunk; `message` reads what stands at `message` and `delta`. Of fields that come
    /// twice the later one counts.
    pub(super) fn read(text: &'a str, message: Message<'a, D>) -> Result<Self, Unreadable> {
        let mut chunk = Self::default();
        match chunk.fill(text, message) {
            Ok(()) => Ok(chunk),
            // A full parser knows better why a text is no JSON.
            Err(error) => Err(serde_json::from_str::<IgnoredAny>(text).err().map_or(error, Unreadable::Json)),
        }
    }

    fn fill(&mut self, text: &'a str, message: Message<'a, D>) -> Result<(), Unreadable> {
        let mut reader = JsonReader::strict(text);
        let (mut service, mut in_choice, mut in_groq) = (None, None, None);
        let is_object = reader.fields(|name, reader| {
            match name {
                "id" => self.id = unless_null(reader, JsonReader::text)?,
                "model" => self.model = unless_null(reader, JsonReader::text)?,
                "object" => self.object = unless_null(reader, JsonReader::text)?,
                "choices" => {
                    self.choices = unless_null(reader, |reader| choices(reader, message, &mut in_choice))?;
                }
                "usage" => self.usage = usage::read(reader)?,
                "service_tier" => service = usage::read_service(reader)?,
                // Groq's streams have it there.
                "x_groq" => in_groq = usage::within(reader, "usage", usage::read)?,
                "error" => self.error = unless_null(reader, JsonReader::raw)?,
                "message" => self.message = Some(reader.raw()?),
                "code" => self.code = Some(reader.raw()?),
                _ => {
                    reader.skip()?;
                }
            }
            Ok::<_, Unreadable>(())
        })?;
        reader.end()?;
        if !is_object {
            return Err(JsonError { expected: "an object", at: 0 }.into());
        }
        if self.usage.is_none() {
            self.usage = in_choice.or(in_groq);
        }
        if let Some(usage) = &mut self.usage {
            usage.service = service;
        }
        Ok(())
    }
}

impl<'a, D> Chunk<'a, D> {
    /// The error that came instead of an answer, or in the middle of one.
    pub(super) fn error(&self) -> Option<LlmError> {
        let is_error = self.object.as_deref() == Some("error");
        if self.error.is_none() && !is_error {
            return None;
        }
        match value(self.error) {
            error @ Value::Object(_) => Some(error::from_value(&error)),
            Value::String(text) if !text.is_empty() => Some(error::from_value(&Value::String(text))),
            _ if is_error => Some(error::from_value(&serde_json::json!({
                "message": value(self.message), "code": value(self.code),
            }))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    /// The first answer: the vocabulary has one.
    pub(super) fn first_choice(&self) -> Option<&Choice<'a, D>> {
        self.choices.iter().flatten().find(|choice| choice.index.unwrap_or(0) == 0)
    }

    /// Takes the first answer out.
    pub(super) fn into_first_choice(self) -> Option<Choice<'a, D>> {
        self.choices.into_iter().flatten().find(|choice| choice.index.unwrap_or(0) == 0)
    }
}

impl<D> Choice<'_, D> {
    /// Takes the message or the piece of one.
    pub(super) fn take_delta(&mut self) -> Option<D> {
        self.delta.take().or_else(|| self.message.take())
    }

    /// Why the answer ended; `None` while it has not.
    pub(super) fn stop(&self, seen: Seen) -> Result<Option<StopReason>, LlmError> {
        let Some(reason) = self.finish_reason.as_deref().filter(|reason| !reason.is_empty()) else {
            return Ok(None);
        };
        let failed =
            |kind, what: &str| Err(LlmError::new(kind, format!("the provider ended the answer with {what}")));
        Ok(Some(match reason {
            "length" | "model_length" | "max_tokens" => StopReason::MaxTokens,
            "tool_calls" | "function_call" => StopReason::ToolCalls,
            "content_filter" => StopReason::ContentFilter,
            "refusal" => StopReason::Refusal,
            "error" => return failed(LlmErrorKind::Server, "an error it does not name"),
            "insufficient_system_resource" => {
                return failed(LlmErrorKind::Overloaded, "`insufficient_system_resource`");
            }
            _ => match self.stop_reason.as_deref() {
                Some(text) => StopReason::StopSequence(Some(text.to_owned())),
                None => natural_stop(seen),
            },
        }))
    }
}

/// Reads what stands at `message` and `delta`.
pub(super) type Message<'a, D> = fn(&mut JsonReader<'a>) -> Result<D, Unreadable>;

/// Reads the answers; some vendors put the usage into one of them.
fn choices<'a, D: Default>(
    reader: &mut JsonReader<'a>,
    message: Message<'a, D>,
    usage: &mut Option<Usage>,
) -> Result<Vec<Choice<'a, D>>, Unreadable> {
    let mut choices = Vec::with_capacity(1);
    reader.enter_array()?;
    while reader.next_item()? {
        let mut choice = Choice::default();
        let at = reader.position();
        let is_object = reader.fields(|name, reader| {
            match name {
                "index" => choice.index = unless_null(reader, index)?,
                "delta" => choice.delta = unless_null(reader, message)?,
                "message" => choice.message = unless_null(reader, message)?,
                "finish_reason" => choice.finish_reason = unless_null(reader, JsonReader::text)?,
                "stop_reason" if reader.peek() == Some(b'"') => choice.stop_reason = Some(reader.text()?),
                // Moonshot's streams have it there.
                "usage" => *usage = usage.or(usage::read(reader)?),
                _ => {
                    reader.skip()?;
                }
            }
            Ok::<_, Unreadable>(())
        })?;
        if !is_object {
            return Err(JsonError { expected: "an object", at }.into());
        }
        choices.push(choice);
    }
    Ok(choices)
}

/// Reads what may be `null`.
fn unless_null<'a, T, E: From<JsonError>>(
    reader: &mut JsonReader<'a>,
    read: impl FnOnce(&mut JsonReader<'a>) -> Result<T, E>,
) -> Result<Option<T>, E> {
    if reader.peek() == Some(b'n') {
        reader.skip()?;
        return Ok(None);
    }
    read(reader).map(Some)
}

fn index(reader: &mut JsonReader<'_>) -> Result<u32, JsonError> {
    let at = reader.position();
    let index = reader.count()?.and_then(|index| u32::try_from(index).ok());
    index.ok_or(JsonError { expected: "an index", at })
}

/// What stands in a reply, as a value; `null` for what is none.
fn value(raw: Option<&str>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default()
}

/// Why a reply ended whose vendor says `stop`, or nothing: several say so after tool calls too.
pub(super) fn natural_stop(seen: Seen) -> StopReason {
    if seen.calls {
        StopReason::ToolCalls
    } else if seen.refusal {
        StopReason::Refusal
    } else {
        StopReason::EndTurn
    }
}

impl Function {
    /// The arguments as JSON text; some servers send an object.
    pub(super) fn take_arguments(&mut self) -> String {
        match self.arguments.take() {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
                other.to_string()
            }
        }
    }
}

/// An owned text that is not empty.
pub(super) fn filled<T: AsRef<str> + Into<String>>(text: Option<T>) -> Option<String> {
    text.filter(|text| !text.as_ref().is_empty()).map(Into::into)
}
