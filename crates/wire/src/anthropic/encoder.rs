//! Writes replies to a caller who speaks Anthropic's format: whole ones here, streams in [`stream`].
//!
//! A tool call's opaque signature, which the format has no field for, travels in a `redacted_thinking` block
//! before the call (see [`SIGNATURE_CARRIER`]); clients send such blocks back unseen.

mod stream;

pub(super) use stream::Encoder;

use super::reply::{SIGNATURE_CARRIER, WireUsage};
use crate::arguments;
use bytes::Bytes;
use llm::{ChatReply, Citation, LlmError, LlmErrorKind, Part, StopReason, Usage};
use serde_json::{Value, json};

/// Writes a whole reply; see [`llm::Codec::encode_reply`].
pub(super) fn reply(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let mut content: Vec<Value> = reply.parts.iter().flat_map(blocks).collect();
    if !reply.citations.is_empty() {
        let citations: Value = reply.citations.iter().map(citation).collect();
        let text = content.iter_mut().rev().find(|block| block.get("type") == Some(&Value::from("text")));
        if let Some(block) = text.and_then(Value::as_object_mut) {
            block.insert("citations".to_owned(), citations);
        } else {
            content.push(json!({ "type": "text", "text": "", "citations": citations }));
        }
    }
    let refusal = reply.refusal.as_deref().unwrap_or_default();
    let mut message = message(reply.id.as_deref(), reply.model.as_deref().unwrap_or(model));
    if let Some(message) = message.as_object_mut() {
        message.insert("content".to_owned(), Value::Array(content));
        message.extend(end(reply.stop.as_ref(), refusal));
        message.insert("usage".to_owned(), usage(reply.usage));
    }
    let body = serde_json::to_vec(&message).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })?;
    Ok(body.into())
}

/// The fields of a message that has no content yet.
fn message(id: Option<&str>, model: &str) -> Value {
    json!({
        "id": id.unwrap_or("msg_unknown"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn usage(usage: Option<Usage>) -> Value {
    json!(WireUsage::from(usage.unwrap_or_default()))
}

/// `stop_reason`, `stop_sequence` and `stop_details`.
fn end(stop: Option<&StopReason>, refusal: &str) -> serde_json::Map<String, Value> {
    let (reason, sequence) = match stop {
        _ if !refusal.is_empty() => (Some("refusal"), None),
        None => (None, None),
        Some(StopReason::EndTurn) => (Some("end_turn"), None),
        Some(StopReason::MaxTokens) => (Some("max_tokens"), None),
        Some(StopReason::StopSequence(sequence)) => (Some("stop_sequence"), sequence.as_deref()),
        Some(StopReason::ToolCalls) => (Some("tool_use"), None),
        Some(StopReason::ContentFilter | StopReason::Refusal) => (Some("refusal"), None),
    };
    let mut end = serde_json::Map::new();
    end.insert("stop_reason".to_owned(), json!(reason));
    end.insert("stop_sequence".to_owned(), json!(sequence));
    if !refusal.is_empty() {
        let details = json!({ "type": "refusal", "category": null, "explanation": refusal });
        end.insert("stop_details".to_owned(), details);
    }
    end
}

fn citation(citation: &Citation) -> Value {
    json!({
        "type": "search_result_location",
        "cited_text": citation.quote,
        "search_result_index": citation.index.saturating_sub(1),
        "source": format!("{}#{}", citation.document_id, citation.chunk_id),
        "title": citation.title,
        "start_block_index": 0,
        "end_block_index": 1,
    })
}

fn blocks(part: &Part) -> Vec<Value> {
    match part {
        Part::Text { text, .. } => vec![json!({ "type": "text", "text": text })],
        Part::Reasoning { redacted: Some(data), .. } => {
            vec![json!({ "type": "redacted_thinking", "data": data })]
        }
        Part::Reasoning { text, signature, redacted: None } => {
            vec![
                json!({ "type": "thinking", "thinking": text, "signature": signature.as_deref().unwrap_or("") }),
            ]
        }
        Part::ToolCall { id, name, arguments, signature } => {
            let object = arguments::object(arguments).object;
            let input: Value = serde_json::from_str(object.get()).unwrap_or_default();
            let call = json!({ "type": "tool_use", "id": id, "name": name, "input": input });
            let carrier = signature.as_ref().map(|signature| {
                json!({ "type": "redacted_thinking", "data": format!("{SIGNATURE_CARRIER}{signature}") })
            });
            carrier.into_iter().chain([call]).collect()
        }
        // A model does not answer with these.
        Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => Vec::new(),
    }
}
