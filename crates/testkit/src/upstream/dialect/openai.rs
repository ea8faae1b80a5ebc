//! OpenAI: chat completions, embeddings, models.
//!
//! Form: the API reference at <https://platform.openai.com/docs/api-reference/chat>; `reasoning_content` as
//! DeepSeek and others send it.

use super::super::ask::Ask;
use super::super::reply::{ErrorReply, Part, Stop, UsageFigures};
use super::{Answer, Frame, fragments, sse, words};
use base64::Engine as _;
use serde_json::{Value, json};

/// Every answer's `created`; the upstream has no clock.
pub(super) const CREATED: u64 = 1_760_000_000;

fn finish(stop: Stop) -> &'static str {
    match stop {
        Stop::Stop => "stop",
        Stop::Length => "length",
        Stop::ToolCalls => "tool_calls",
        Stop::ContentFilter => "content_filter",
    }
}

fn usage(figures: &UsageFigures) -> Value {
    let prompt = figures.input + figures.cached_input + figures.cache_write;
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": figures.output,
        "total_tokens": prompt + figures.output,
        "prompt_tokens_details": { "cached_tokens": figures.cached_input, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": figures.reasoning, "audio_tokens": 0 },
    })
}

fn chunk(answer: &Answer, choices: Value) -> Value {
    json!({
        "id": format!("chatcmpl-scripted-{}", answer.number),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": answer.model,
        "choices": choices,
    })
}

fn delta(answer: &Answer, delta: Value, is_word: bool) -> Frame {
    let choice = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]);
    sse(None, &chunk(answer, choice), is_word)
}

pub(super) fn text_frame(answer: &Answer, text: &str) -> Frame {
    delta(answer, json!({ "content": text }), true)
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames = vec![delta(answer, json!({ "role": "assistant", "content": "" }), false)];
    let mut tool_index = 0;
    for part in &answer.parts {
        let (key, text) = match part {
            Part::Text(text) => ("content", text),
            Part::Reasoning(text) => ("reasoning_content", text),
            Part::Refusal(text) => ("refusal", text),
            Part::ToolCall { id, name, arguments } => {
                let opening = json!({ "tool_calls": [{ "index": tool_index, "id": id, "type": "function",
                    "function": { "name": name, "arguments": "" } }] });
                frames.push(delta(answer, opening, false));
                for fragment in fragments(arguments) {
                    let more = json!({ "tool_calls": [{ "index": tool_index, "function": { "arguments": fragment } }] });
                    frames.push(delta(answer, more, true));
                }
                tool_index += 1;
                continue;
            }
        };
        frames.extend(words(text).into_iter().map(|word| delta(answer, json!({ key: word }), true)));
    }
    let last = json!([{ "index": 0, "delta": {}, "logprobs": null, "finish_reason": finish(answer.stop) }]);
    frames.push(sse(None, &chunk(answer, last), false));
    if let (true, Some(figures)) = (answer.include_usage, &answer.usage) {
        let mut closing = chunk(answer, json!([]));
        closing["usage"] = usage(figures);
        frames.push(sse(None, &closing, false));
    }
    frames.push(Frame { bytes: b"data: [DONE]\n\n".to_vec(), is_word: false });
    frames
}

pub(super) fn whole(answer: &Answer) -> Value {
    let mut message = json!({
        "role": "assistant",
        "content": answer.joined(|part| match part {
            Part::Text(text) => Some(text),
            Part::Reasoning(_) | Part::Refusal(_) | Part::ToolCall { .. } => None,
        }),
        "refusal": answer.joined(|part| match part {
            Part::Refusal(text) => Some(text),
            Part::Text(_) | Part::Reasoning(_) | Part::ToolCall { .. } => None,
        }),
    });
    let thinking = answer.joined(|part| match part {
        Part::Reasoning(text) => Some(text),
        Part::Text(_) | Part::Refusal(_) | Part::ToolCall { .. } => None,
    });
    if let Some(thinking) = thinking {
        message["reasoning_content"] = thinking.into();
    }
    let calls = answer.parts.iter().filter_map(|part| match part {
        Part::ToolCall { id, name, arguments } => Some(json!({ "id": id, "type": "function",
            "function": { "name": name, "arguments": arguments } })),
        Part::Text(_) | Part::Reasoning(_) | Part::Refusal(_) => None,
    });
    let calls: Vec<Value> = calls.collect();
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let choice =
        json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish(answer.stop) });
    let mut body = chunk(answer, json!([choice]));
    body["object"] = "chat.completion".into();
    if let Some(figures) = &answer.usage {
        body["usage"] = usage(figures);
    }
    body
}

pub(super) fn error(error: &ErrorReply) -> Value {
    let kind = error.kind.clone().unwrap_or_else(|| {
        let usual = match error.status {
            400 | 404 | 413 | 422 => "invalid_request_error",
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            _ => "server_error",
        };
        usual.to_owned()
    });
    json!({ "error": { "message": error.message, "type": kind, "param": null, "code": error.code } })
}

pub(super) fn embeddings(ask: &Ask, vectors: &[Vec<f32>], input: Option<u64>) -> Value {
    let entries = vectors.iter().enumerate().map(|(index, values)| {
        let embedding = if ask.base64 {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            Value::from(base64::engine::general_purpose::STANDARD.encode(bytes))
        } else {
            json!(values)
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    let mut body = json!({ "object": "list", "data": entries.collect::<Vec<_>>(), "model": ask.model });
    if let Some(input) = input {
        body["usage"] = json!({ "prompt_tokens": input, "total_tokens": input });
    }
    body
}

pub(super) fn model(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "testkit" })
}

pub(super) fn models(names: &[String]) -> Value {
    json!({ "object": "list", "data": names.iter().map(|name| model(name)).collect::<Vec<_>>() })
}
