//! Gemini: `generateContent`, embeddings, models.
//!
//! Form: <https://ai.google.dev/api/generate-content>. Streams are always server-sent events, as `alt=sse`
//! asks for.

use super::super::reply::{ErrorReply, Part, Stop, UsageFigures};
use super::{Answer, Frame, sse, words};
use serde_json::{Value, json};

fn reason(stop: Stop) -> &'static str {
    match stop {
        // Gemini has no reason of its own for tool calls.
        Stop::Stop | Stop::ToolCalls => "STOP",
        Stop::Length => "MAX_TOKENS",
        Stop::ContentFilter => "SAFETY",
    }
}

fn usage(figures: &UsageFigures) -> Value {
    let prompt = figures.input + figures.cached_input + figures.cache_write;
    json!({
        "promptTokenCount": prompt,
        "cachedContentTokenCount": figures.cached_input,
        "candidatesTokenCount": figures.output.saturating_sub(figures.reasoning),
        "thoughtsTokenCount": figures.reasoning,
        "totalTokenCount": prompt + figures.output,
    })
}

fn body(answer: &Answer, parts: Value) -> Value {
    json!({
        "candidates": [{ "content": { "parts": parts, "role": "model" }, "index": 0 }],
        "modelVersion": answer.model,
        "responseId": format!("scripted-{}", answer.number),
    })
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) | Part::Refusal(text) => json!({ "text": text }),
        Part::Reasoning(text) => json!({ "text": text, "thought": true }),
        Part::ToolCall { name, arguments, .. } => {
            let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
            json!({ "functionCall": { "name": name, "args": arguments }, "thoughtSignature": "c2NyaXB0ZWQ=" })
        }
    }
}

pub(super) fn text_frame(answer: &Answer, text: &str) -> Frame {
    sse(None, &body(answer, json!([{ "text": text }])), true)
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames = Vec::new();
    for whole in &answer.parts {
        let pieces = match whole {
            Part::Text(text) | Part::Refusal(text) => {
                words(text).into_iter().map(|word| Part::Text(word.to_owned())).collect()
            }
            Part::Reasoning(text) => {
                words(text).into_iter().map(|word| Part::Reasoning(word.to_owned())).collect()
            }
            // Calls arrive whole.
            Part::ToolCall { .. } => vec![whole.clone()],
        };
        frames.extend(pieces.iter().map(|piece| sse(None, &body(answer, json!([part(piece)])), true)));
    }
    let mut last = body(answer, json!([{ "text": "" }]));
    close(answer, &mut last);
    frames.push(sse(None, &last, false));
    frames
}

fn close(answer: &Answer, body: &mut Value) {
    body["candidates"][0]["finishReason"] = reason(answer.stop).into();
    if let Some(figures) = &answer.usage {
        body["usageMetadata"] = usage(figures);
    }
}

pub(super) fn whole(answer: &Answer) -> Value {
    let mut body = body(answer, answer.parts.iter().map(part).collect());
    close(answer, &mut body);
    body
}

pub(super) fn error(error: &ErrorReply) -> Value {
    let kind = error.kind.clone().unwrap_or_else(|| {
        let usual = match error.status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            _ => "INTERNAL",
        };
        usual.to_owned()
    });
    json!({ "error": { "code": error.status, "message": error.message, "status": kind } })
}

pub(super) fn model(name: &str) -> Value {
    let methods = if name.contains("embed") {
        json!(["embedContent", "batchEmbedContents"])
    } else {
        json!(["generateContent", "streamGenerateContent", "countTokens"])
    };
    json!({
        "name": format!("models/{name}"),
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": methods,
    })
}

pub(super) fn models(names: &[String]) -> Value {
    json!({ "models": names.iter().map(|name| model(name)).collect::<Vec<_>>() })
}
