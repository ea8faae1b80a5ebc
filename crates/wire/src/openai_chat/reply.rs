//! Whole replies: read from providers, written to callers.

use super::{reasoning, stream};
use crate::openai::usage::ChatUsage;
use bytes::Bytes;
use llm::{Aggregator, ChatReply, Citation, LlmError, LlmErrorKind, Part, StopReason};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Reads a whole reply.
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let mut events = Vec::new();
    stream::Answer::default().whole(body, &mut events)?;
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    Ok(sum.finish())
}

/// Writes a whole reply; `model` is named where the reply does not say which one answered.
pub(super) fn encode(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let id = reply.id.as_deref().unwrap_or(NO_ID);
    let stop = reply.stop.as_ref().unwrap_or(&StopReason::EndTurn);
    let stop_reason = match stop {
        StopReason::StopSequence(text) => text.as_deref(),
        StopReason::EndTurn
        | StopReason::MaxTokens
        | StopReason::ToolCalls
        | StopReason::ContentFilter
        | StopReason::Refusal => None,
    };
    let choice = Choice {
        index: 0,
        message: message(reply),
        logprobs: None,
        finish_reason: finish_reason(stop, reply.refusal.is_some()),
        stop_reason,
    };
    let completion = Completion {
        id,
        object: "chat.completion",
        created: crate::seconds_of_id(id).unwrap_or(0),
        model: reply.model.as_deref().unwrap_or(model),
        choices: [choice],
        usage: reply.usage.as_ref().map(ChatUsage::from),
    };
    let body = serde_json::to_vec(&completion).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })?;
    Ok(Bytes::from(body))
}

/// The id of replies to which nobody gave one.
pub(super) const NO_ID: &str = "chatcmpl-0";

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<ChatUsage>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
    /// The stop text that was met, as vLLM says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<Cow<'a, str>>,
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reasoning_content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "<[Citation]>::is_empty")]
    citations: &'a [Citation],
}

fn message(reply: &ChatReply) -> Message<'_> {
    let text = match reply.parts.as_slice() {
        [Part::Text { text, .. }] => Cow::Borrowed(text.as_str()),
        _ => Cow::Owned(reply.plain_text()),
    };
    let tool_calls: Vec<Value> = reply.parts.iter().filter_map(tool_call).collect();
    let says_nothing = text.is_empty() && (!tool_calls.is_empty() || reply.refusal.is_some());
    let thinking = reasoning::of_parts(&reply.parts);
    Message {
        role: "assistant",
        content: (!says_nothing).then_some(text),
        refusal: reply.refusal.as_deref(),
        tool_calls,
        reasoning_content: thinking.text,
        reasoning_details: thinking.details,
        citations: &reply.citations,
    }
}

/// A tool call as it stands in a message, for providers and callers alike; `None` for other parts.
pub(super) fn tool_call(part: &Part) -> Option<Value> {
    let Part::ToolCall { id, name, arguments, signature } = part else { return None };
    let mut call = json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    if let Some(signature) = signature {
        call["extra_content"] = reasoning::extra_content(signature);
    }
    Some(call)
}

/// The `finish_reason` for callers. A refusal with words has `stop` beside its `refusal`; one without has
/// only `content_filter` to show itself.
pub(super) fn finish_reason(stop: &StopReason, refusal_text: bool) -> &'static str {
    match stop {
        StopReason::EndTurn | StopReason::StopSequence(_) => "stop",
        StopReason::MaxTokens => "length",
        StopReason::ToolCalls => "tool_calls",
        StopReason::ContentFilter => "content_filter",
        StopReason::Refusal if refusal_text => "stop",
        StopReason::Refusal => "content_filter",
    }
}
