//! Replaces the model's name in a body that is passed on, and nothing else.

use super::bad_request;
use bytes::{Bytes, BytesMut};
use llm::{LlmError, RequestHead};

/// The body with another model where `head` says the model stands.
pub(super) fn replace_model(body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
    let span = head.model_span.clone();
    let parts = body.get(..span.start).zip(body.get(span.end..)).filter(|_| span.start <= span.end);
    let (before, after) = parts.ok_or_else(|| bad_request("the head is not that of this body"))?;
    // Writing a string as JSON cannot fail.
    let name = serde_json::to_string(model).unwrap_or_default();
    let mut written = BytesMut::with_capacity(before.len() + name.len() + after.len());
    written.extend_from_slice(before);
    written.extend_from_slice(name.as_bytes());
    written.extend_from_slice(after);
    Ok(written.freeze())
}
