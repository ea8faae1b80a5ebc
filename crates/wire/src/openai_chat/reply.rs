//! Whole replies: read from providers, written to callers.

use super::{reasoning, stream::Answer};
use crate::openai::usage;
use bytes::Bytes;
use llm::{Aggregator, ChatReply, LlmError, Part, StopReason};
use serde_json::{Map, Value, json};

/// Reads a whole reply.
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let mut events = Vec::new();
    Answer::default().whole(body, &mut events)?;
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    Ok(sum.finish())
}

/// Writes a whole reply; `model` is named where the reply does not say which one answered.
pub(super) fn encode(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let id = reply.id.as_deref().unwrap_or(NO_ID);
    let stop = reply.stop.as_ref().unwrap_or(&StopReason::EndTurn);
    let mut choice = json!({
        "index": 0,
        "message": message(reply),
        "logprobs": null,
        "finish_reason": finish_reason(stop, reply.refusal.is_some()),
    });
    if let StopReason::StopSequence(Some(text)) = stop {
        choice["stop_reason"] = Value::from(text.as_str());
    }
    let mut body = json!({
        "id": id,
        "object": "chat.completion",
        "created": crate::seconds_of_id(id).unwrap_or(0),
        "model": reply.model.as_deref().unwrap_or(model),
        "choices": [choice],
    });
    if let Some(used) = &reply.usage {
        body["usage"] = usage::chat(used);
    }
    Ok(Bytes::from(body.to_string()))
}

/// The id of replies to which nobody gave one.
pub(super) const NO_ID: &str = "chatcmpl-0";

fn message(reply: &ChatReply) -> Value {
    let text = reply.plain_text();
    let calls: Vec<Value> = reply.parts.iter().filter_map(tool_call).collect();
    let mut message = Map::new();
    let mut put = |name: &str, value: Value| drop(message.insert(name.to_owned(), value));
    put("role", "assistant".into());
    put(
        "content",
        if text.is_empty() && (!calls.is_empty() || reply.refusal.is_some()) {
            Value::Null
        } else {
            text.into()
        },
    );
    put("refusal", reply.refusal.as_deref().map_or(Value::Null, Value::from));
    if !calls.is_empty() {
        put("tool_calls", calls.into());
    }
    let thinking = reasoning::of_parts(&reply.parts);
    if !thinking.text.is_empty() {
        put("reasoning_content", thinking.text.into());
    }
    if !thinking.details.is_empty() {
        put("reasoning_details", thinking.details.into());
    }
    if !reply.citations.is_empty() {
        put("citations", json!(reply.citations));
    }
    Value::Object(message)
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
