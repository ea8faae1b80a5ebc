//! Anthropic: messages and models.
//!
//! Form: <https://docs.anthropic.com/en/api/messages> and its page on streaming.

use super::super::reply::{ErrorReply, Part, Stop, UsageFigures};
use super::{Answer, Frame, fragments, sse, words};
use serde_json::{Value, json};

/// The signature of every thinking block; an upstream would check it, so it is always the same.
const SIGNATURE: &str = "c2NyaXB0ZWQ=";

fn reason(stop: Stop) -> &'static str {
    match stop {
        Stop::Stop => "end_turn",
        Stop::Length => "max_tokens",
        Stop::ToolCalls => "tool_use",
        Stop::ContentFilter => "refusal",
    }
}

fn usage(figures: &UsageFigures, output: u64) -> Value {
    json!({
        "input_tokens": figures.input,
        "cache_creation_input_tokens": figures.cache_write,
        "cache_read_input_tokens": figures.cached_input,
        "output_tokens": output,
    })
}

fn named(kind: &str, mut data: Value, is_word: bool) -> Frame {
    data["type"] = kind.into();
    sse(Some(kind), &data, is_word)
}

fn delta(index: usize, delta: Value) -> Frame {
    named("content_block_delta", json!({ "index": index, "delta": delta }), true)
}

pub(super) fn text_frame(text: &str) -> Frame {
    delta(0, json!({ "type": "text_delta", "text": text }))
}

fn message(answer: &Answer) -> Value {
    json!({
        "id": format!("msg_scripted_{}", answer.number),
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut start = message(answer);
    if let Some(figures) = &answer.usage {
        start["usage"] = usage(figures, 1);
    }
    let mut frames =
        vec![named("message_start", json!({ "message": start }), false), named("ping", json!({}), false)];
    for (index, part) in answer.parts.iter().enumerate() {
        let (block, deltas) = match part {
            Part::Text(text) | Part::Refusal(text) => (
                json!({ "type": "text", "text": "" }),
                words(text)
                    .into_iter()
                    .map(|word| delta(index, json!({ "type": "text_delta", "text": word })))
                    .collect(),
            ),
            Part::Reasoning(text) => {
                (json!({ "type": "thinking", "thinking": "", "signature": "" }), thinking_deltas(index, text))
            }
            Part::ToolCall { id, name, arguments } => (
                json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
                fragments(arguments)
                    .into_iter()
                    .map(|piece| delta(index, json!({ "type": "input_json_delta", "partial_json": piece })))
                    .collect(),
            ),
        };
        frames.push(named("content_block_start", json!({ "index": index, "content_block": block }), false));
        let deltas: Vec<Frame> = deltas;
        frames.extend(deltas);
        frames.push(named("content_block_stop", json!({ "index": index }), false));
    }
    let mut last = json!({ "delta": { "stop_reason": reason(answer.stop), "stop_sequence": null } });
    if let Some(figures) = &answer.usage {
        last["usage"] = json!({ "output_tokens": figures.output });
    }
    frames.push(named("message_delta", last, false));
    frames.push(named("message_stop", json!({}), false));
    frames
}

fn thinking_deltas(index: usize, text: &str) -> Vec<Frame> {
    let thought = |word| delta(index, json!({ "type": "thinking_delta", "thinking": word }));
    let mut frames: Vec<Frame> = words(text).into_iter().map(thought).collect();
    let signature = json!({ "index": index, "delta": { "type": "signature_delta", "signature": SIGNATURE } });
    frames.push(named("content_block_delta", signature, false));
    frames
}

pub(super) fn whole(answer: &Answer) -> Value {
    let blocks = answer.parts.iter().map(|part| match part {
        Part::Text(text) | Part::Refusal(text) => json!({ "type": "text", "text": text }),
        Part::Reasoning(text) => json!({ "type": "thinking", "thinking": text, "signature": SIGNATURE }),
        Part::ToolCall { id, name, arguments } => {
            let input: Value = serde_json::from_str(arguments).unwrap_or_default();
            json!({ "type": "tool_use", "id": id, "name": name, "input": input })
        }
    });
    let mut body = message(answer);
    body["content"] = blocks.collect::<Vec<_>>().into();
    body["stop_reason"] = reason(answer.stop).into();
    if let Some(figures) = &answer.usage {
        body["usage"] = usage(figures, figures.output);
    }
    body
}

pub(super) fn error(error: &ErrorReply) -> Value {
    let kind = error.kind.clone().unwrap_or_else(|| {
        let usual = match error.status {
            400 | 422 => "invalid_request_error",
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            529 | 503 => "overloaded_error",
            _ => "api_error",
        };
        usual.to_owned()
    });
    json!({ "type": "error", "error": { "type": kind, "message": error.message }, "request_id": "req_scripted" })
}

pub(super) fn model(name: &str) -> Value {
    json!({ "type": "model", "id": name, "display_name": name, "created_at": "2025-10-09T08:53:20Z" })
}

pub(super) fn models(names: &[String]) -> Value {
    json!({
        "data": names.iter().map(|name| model(name)).collect::<Vec<_>>(),
        "has_more": false,
        "first_id": names.first(),
        "last_id": names.last(),
    })
}
