//! Writes replies to a caller who speaks Gemini's format: whole ones here, streams in [`stream`].
//!
//! The format has no field for the words of a refusal: they are the answer's text, and the reason for its end
//! says what they are. Sources of an answer stand in `groundingMetadata`, as this format has them for passages.

mod stream;

pub(super) use stream::Encoder;

use super::{
    MADE_UP_ID_PREFIX,
    body::{FunctionCall, Part},
    reply::UsageMetadata,
    signature,
};
use crate::arguments;
use bytes::Bytes;
use llm::{ChatReply, Citation, LlmError, LlmErrorKind, StopReason};
use serde::Serialize;
use serde_json::{Value, json};

/// A whole reply, or a chunk of a stream.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    candidates: [Candidate<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_metadata: Option<UsageMetadata>,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_id: Option<&'a str>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grounding_metadata: Option<Value>,
    index: u32,
}

#[derive(Serialize)]
struct Content<'a> {
    parts: Vec<Part<'a>>,
    role: &'static str,
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self { parts: Vec::new(), role: "model" }
    }
}

/// Writes a whole reply; see [`llm::Codec::encode_reply`].
pub(super) fn reply(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let mut parts: Vec<Part<'_>> = reply.parts.iter().filter_map(part).collect();
    let refusal = reply.refusal.as_deref().filter(|words| !words.is_empty());
    parts.extend(refusal.map(text));
    let candidate = Candidate {
        content: Content { parts, ..Content::default() },
        finish_reason: reply.stop.as_ref().map(|stop| finish_reason(stop, refusal.is_some())),
        finish_message: refusal,
        grounding_metadata: grounding(&reply.citations),
        index: 0,
    };
    let written = Written {
        candidates: [candidate],
        usage_metadata: reply.usage.map(Into::into),
        model_version: reply.model.as_deref().unwrap_or(model),
        response_id: reply.id.as_deref(),
    };
    let body = serde_json::to_vec(&written).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })?;
    Ok(body.into())
}

fn text(text: &str) -> Part<'_> {
    Part { text: Some(text), ..Part::default() }
}

fn part(part: &llm::Part) -> Option<Part<'_>> {
    match part {
        llm::Part::Text { text: words, .. } => Some(text(words)),
        llm::Part::Reasoning { text, signature, redacted } => {
            let thought_signature = match (signature, redacted) {
                (_, Some(data)) => Some(signature::redacted_for_caller(data)),
                (Some(signature), None) => Some(signature::for_caller(signature)),
                (None, None) => None,
            };
            // Gemini's own signature without thinking is that of the text before it.
            let own = signature.as_deref().and_then(signature::own);
            let thought = !text.is_empty() || own.is_none();
            Some(Part { text: Some(text), thought, thought_signature, ..Part::default() })
        }
        llm::Part::ToolCall { id, name, arguments, signature } => {
            Some(call(Called { id, name, arguments, signature: signature.as_deref() }))
        }
        // A model does not answer with these.
        llm::Part::Image { .. } | llm::Part::File { .. } | llm::Part::ToolResult { .. } => None,
    }
}

/// A call of the model.
struct Called<'a> {
    id: &'a str,
    name: &'a str,
    arguments: &'a str,
    signature: Option<&'a str>,
}

fn call(called: Called<'_>) -> Part<'_> {
    let Called { id, name, arguments, signature } = called;
    // Gemini itself gives ids to few calls, and these are made up again when they are read.
    let id = (!id.is_empty() && !id.starts_with(MADE_UP_ID_PREFIX)).then_some(id);
    let args = arguments::object(arguments).object;
    let thought_signature = signature.map(signature::for_caller);
    Part { function_call: Some(FunctionCall { id, name, args }), thought_signature, ..Part::default() }
}

fn finish_reason(stop: &StopReason, refused: bool) -> &'static str {
    match stop {
        _ if refused => "SAFETY",
        // There is no reason of its own for tool calls and stop texts.
        StopReason::EndTurn | StopReason::StopSequence(_) | StopReason::ToolCalls => "STOP",
        StopReason::MaxTokens => "MAX_TOKENS",
        StopReason::ContentFilter | StopReason::Refusal => "SAFETY",
    }
}

/// Passages that the answer rests on, in the order of their numbers in the text.
fn grounding(citations: &[Citation]) -> Option<Value> {
    let chunk = |citation: &Citation| {
        json!({ "retrievedContext": {
            "uri": format!("{}#{}", citation.document_id, citation.chunk_id),
            "title": citation.title,
            "text": citation.quote,
        } })
    };
    let chunks: Vec<Value> = citations.iter().map(chunk).collect();
    (!chunks.is_empty()).then(|| json!({ "groundingChunks": chunks }))
}
