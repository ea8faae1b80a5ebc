//! Replaces the model's name in a body that is passed on, and nothing that was not asked for.

use super::bad_request;
use bytes::{Bytes, BytesMut};
use llm::{LlmError, RequestHead};
use std::ops::Range;

/// The body with another model where `head` says the model stands.
pub(super) fn replace_model(body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
    // Writing a string as JSON cannot fail.
    let name = serde_json::to_string(model).unwrap_or_default();
    splice(body, &mut [(head.model_span.clone(), name)])
}

/// The body with these places replaced; fails where a place is not inside it or two overlap.
pub(super) fn splice(body: &Bytes, replacements: &mut [(Range<usize>, String)]) -> Result<Bytes, LlmError> {
    replacements.sort_unstable_by_key(|(span, _)| (span.start, span.end));
    let more: usize = replacements.iter().map(|(_, text)| text.len()).sum();
    let mut written = BytesMut::with_capacity(body.len() + more);
    let mut from = 0;
    for (span, text) in replacements {
        let kept = body.get(from..span.start).filter(|_| span.end >= span.start && span.end <= body.len());
        written.extend_from_slice(kept.ok_or_else(|| bad_request("the head is not that of this body"))?);
        written.extend_from_slice(text.as_bytes());
        from = span.end;
    }
    written.extend_from_slice(body.get(from..).unwrap_or_default());
    Ok(written.freeze())
}
