//! Ollama: chat as lines of JSON, embeddings, tags, show.
//!
//! Form: <https://docs.ollama.com/api>.

use super::super::ask::Ask;
use super::super::reply::{Part, Stop, UsageFigures};
use super::{Answer, Frame, words};
use serde_json::{Value, json};

const CREATED: &str = "2025-10-09T08:53:20.000000Z";

/// One line of the stream.
pub(super) fn line(body: &Value, is_word: bool) -> Frame {
    Frame { bytes: format!("{body}\n").into_bytes(), is_word }
}

fn body(answer: &Answer, message: Value, done: bool) -> Value {
    json!({ "model": answer.model, "created_at": CREATED, "message": message, "done": done })
}

fn call(name: &str, arguments: &str) -> Value {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    json!({ "function": { "name": name, "arguments": arguments } })
}

pub(super) fn text_frame(answer: &Answer, text: &str) -> Frame {
    line(&body(answer, json!({ "role": "assistant", "content": text }), false), true)
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut push = |message: Value| frames.push(line(&body(answer, message, false), true));
    for part in &answer.parts {
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                words(text).into_iter().for_each(|word| push(json!({ "role": "assistant", "content": word })))
            }
            Part::Reasoning(text) => words(text)
                .into_iter()
                .for_each(|word| push(json!({ "role": "assistant", "content": "", "thinking": word }))),
            Part::ToolCall { name, arguments, .. } => {
                push(json!({ "role": "assistant", "content": "", "tool_calls": [call(name, arguments)] }));
            }
        }
    }
    let mut last = body(answer, json!({ "role": "assistant", "content": "" }), true);
    close(answer, &mut last);
    frames.push(line(&last, false));
    frames
}

fn close(answer: &Answer, body: &mut Value) {
    body["done_reason"] = match answer.stop {
        Stop::Stop | Stop::ToolCalls | Stop::ContentFilter => "stop",
        Stop::Length => "length",
    }
    .into();
    body["total_duration"] = 2_000_000.into();
    if let Some(UsageFigures { input, cached_input, cache_write, output, .. }) = answer.usage {
        body["prompt_eval_count"] = (input + cached_input + cache_write).into();
        body["eval_count"] = output.into();
    }
}

pub(super) fn whole(answer: &Answer) -> Value {
    let text = answer.joined(|part| match part {
        Part::Text(text) | Part::Refusal(text) => Some(text),
        Part::Reasoning(_) | Part::ToolCall { .. } => None,
    });
    let thinking = answer.joined(|part| match part {
        Part::Reasoning(text) => Some(text),
        Part::Text(_) | Part::Refusal(_) | Part::ToolCall { .. } => None,
    });
    let calls = answer.parts.iter().filter_map(|part| match part {
        Part::ToolCall { name, arguments, .. } => Some(call(name, arguments)),
        Part::Text(_) | Part::Reasoning(_) | Part::Refusal(_) => None,
    });
    let calls: Vec<Value> = calls.collect();
    let mut message = json!({ "role": "assistant", "content": text.unwrap_or_default() });
    if let Some(thinking) = thinking {
        message["thinking"] = thinking.into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let mut body = body(answer, message, true);
    close(answer, &mut body);
    body
}

pub(super) fn embeddings(ask: &Ask, vectors: &[Vec<f32>], input: Option<u64>) -> Value {
    let mut body = json!({ "model": ask.model, "embeddings": vectors, "total_duration": 1_000_000 });
    if let Some(input) = input {
        body["prompt_eval_count"] = input.into();
    }
    body
}

pub(super) fn models(names: &[String]) -> Value {
    let models = names.iter().map(|name| {
        json!({ "name": name, "model": name, "modified_at": CREATED, "size": 1_000_000_000, "digest": "0000000000",
            "details": { "format": "gguf", "family": "llama", "parameter_size": "1B", "quantization_level": "Q4_K_M" } })
    });
    json!({ "models": models.collect::<Vec<_>>() })
}

pub(super) fn show() -> Value {
    json!({
        "details": { "format": "gguf", "family": "llama", "parameter_size": "1B", "quantization_level": "Q4_K_M" },
        "model_info": { "general.architecture": "llama", "llama.context_length": 32_768 },
        "capabilities": ["completion", "tools"],
    })
}

pub(super) fn pull_frames(model: &str) -> Vec<Frame> {
    let digest = format!("sha256:{:064x}", model.len());
    let layer = |completed: u64| {
        let mut body = json!({ "status": "pulling 000000000000", "digest": digest, "total": 1_000_000 });
        if completed > 0 {
            body["completed"] = completed.into();
        }
        body
    };
    let steps = [
        json!({ "status": "pulling manifest" }),
        layer(0),
        layer(400_000),
        layer(1_000_000),
        json!({ "status": "verifying sha256 digest" }),
        json!({ "status": "writing manifest" }),
        json!({ "status": "success" }),
    ];
    steps.iter().map(|step| line(step, true)).collect()
}
