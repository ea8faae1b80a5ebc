//! What a reply looks like on the wire, whole or as a chunk: read with every field optional, since vendors
//! leave out, add and rename.

use crate::openai::{error, usage};
use llm::{LlmError, LlmErrorKind, Service, StopReason, Usage};
use serde::Deserialize;
use serde_json::Value;

/// A whole reply or a chunk of a stream; `D` is what is read of the message ([`Delta`], or
/// [`serde::de::IgnoredAny`] where only the end matters).
#[derive(Debug, Deserialize)]
#[serde(bound = "D: Deserialize<'de>")]
pub(super) struct Chunk<D> {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
    #[serde(default)]
    object: Option<String>,
    #[serde(default = "none")]
    pub(super) choices: Option<Vec<Choice<D>>>,
    #[serde(default, deserialize_with = "usage::deserialize")]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "usage::service")]
    service_tier: Option<Service>,
    #[serde(default)]
    x_groq: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
    /// The text of an error that vLLM and Mistral send without an envelope.
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    code: Option<Value>,
}

/// One of the answers.
#[derive(Debug, Deserialize)]
#[serde(bound = "D: Deserialize<'de>")]
pub(super) struct Choice<D> {
    #[serde(default)]
    pub(super) index: Option<u32>,
    #[serde(default = "none")]
    delta: Option<D>,
    #[serde(default = "none")]
    message: Option<D>,
    #[serde(default)]
    finish_reason: Option<String>,
    /// The stop text that was met, as vLLM says it.
    #[serde(default)]
    stop_reason: Option<Value>,
    /// Moonshot puts the usage here.
    #[serde(default, deserialize_with = "usage::deserialize")]
    usage: Option<Usage>,
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

fn none<T>() -> Option<T> {
    None
}

impl<D> Chunk<D> {
    /// The error that came instead of an answer, or in the middle of one.
    pub(super) fn error(&self) -> Option<LlmError> {
        match &self.error {
            Some(Value::Object(_)) => self.error.as_ref().map(error::from_value),
            Some(Value::String(text)) if !text.is_empty() => self.error.as_ref().map(error::from_value),
            _ if self.object.as_deref() == Some("error") => Some(error::from_value(&serde_json::json!({
                "message": self.message, "code": self.code,
            }))),
            _ => None,
        }
    }

    /// The usage, wherever the vendor puts it.
    pub(super) fn usage(&self) -> Option<Usage> {
        let in_choice = || self.choices.iter().flatten().find_map(|choice| choice.usage);
        let in_groq = || self.x_groq.as_ref().and_then(|extra| usage::read(extra.get("usage")?));
        let usage = self.usage.or_else(in_choice).or_else(in_groq)?;
        Some(Usage { service: self.service_tier.or(usage.service), ..usage })
    }

    /// The first answer: the vocabulary has one.
    pub(super) fn first_choice(&self) -> Option<&Choice<D>> {
        self.choices.iter().flatten().find(|choice| choice.index.unwrap_or(0) == 0)
    }

    /// Takes the first answer out.
    pub(super) fn into_first_choice(self) -> Option<Choice<D>> {
        self.choices.into_iter().flatten().find(|choice| choice.index.unwrap_or(0) == 0)
    }
}

impl<D> Choice<D> {
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
            _ => match self.stop_reason.as_ref().and_then(Value::as_str) {
                Some(text) => StopReason::StopSequence(Some(text.to_owned())),
                None => natural_stop(seen),
            },
        }))
    }
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
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
