//! Makes of what was held on to what is kept: readable, blotted, bounded. It takes time and runs beside the calls.

use super::{
    KeptBodies, KeptBody,
    capture::{Asked, Capture, Reply},
    redact::{Found, Redactor},
};
use llm::{Aggregator, ChatReply, Codec};
use serde_json::Value;

/// Larger texts are not read as JSON but blotted as they stand.
const MAX_JSON_BYTES: usize = 8 << 20;

pub(super) fn prepare(capture: Capture) -> KeptBodies {
    let Capture { rules, codec, model, request, reply, cut, .. } = capture;
    let kept = |bytes: &[u8], is_cut: bool| {
        let mut body = body(bytes, &rules.redactor, rules.max_body_bytes);
        body.cut |= is_cut;
        body
    };
    let request = match request {
        Asked::Sound => None,
        Asked::Body(bytes) => Some(kept(&bytes, false)),
        Asked::Inside(request) => Some(kept(&serde_json::to_vec(&request).unwrap_or_default(), false)),
        Asked::Texts(texts) => Some(kept(&serde_json::to_vec(&texts).unwrap_or_default(), false)),
    };
    let reply = match reply {
        Reply::None => None,
        Reply::Whole(bytes) => Some(kept(&bytes, cut)),
        Reply::Stream(pieces) => {
            let bytes = pieces.concat();
            let mut whole = kept(&put_together(codec, &bytes, &model).unwrap_or_else(|| bytes.clone()), cut);
            whole.bytes = bytes.len() as u64;
            Some(whole)
        }
        Reply::Events(events) => Some(kept(&serde_json::to_vec(&events.finish()).unwrap_or_default(), cut)),
    };
    KeptBodies { request, reply }
}

/// The reply that a stream in the caller's format adds up to, in the same format: what is private may stand
/// across several events, and people want to read it. `None` where the stream cannot be read to its end.
fn put_together(codec: Option<&'static dyn Codec>, stream: &[u8], model: &str) -> Option<Vec<u8>> {
    let codec = codec?;
    let mut decoder = codec.stream_decoder();
    let mut events = Vec::new();
    decoder.push(stream, &mut events).ok()?;
    // A stream that broke off ends in an error, and what came is still worth reading.
    let _ended = decoder.finish(&mut events);
    let mut aggregator = Aggregator::default();
    events.iter().for_each(|event| aggregator.push(event));
    let reply: ChatReply = aggregator.finish();
    if reply.parts.is_empty() && reply.refusal.is_none() {
        return None;
    }
    Some(codec.encode_reply(&reply, model).ok()?.to_vec())
}

fn body(bytes: &[u8], redactor: &Redactor, max_bytes: usize) -> KeptBody {
    let mut found = Found::default();
    let json = if bytes.len() <= MAX_JSON_BYTES { serde_json::from_slice::<Value>(bytes).ok() } else { None };
    let text = match json {
        Some(mut value) => {
            redactor.value(&mut value, &mut found);
            value.to_string()
        }
        None => redactor.text(&String::from_utf8_lossy(bytes), &mut found),
    };
    let end = if text.len() <= max_bytes { text.len() } else { floor(&text, max_bytes) };
    KeptBody {
        cut: end < text.len(),
        text: text.get(..end).unwrap_or_default().to_owned(),
        bytes: bytes.len() as u64,
        redacted: found.0,
    }
}

/// The last boundary between characters at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_kept_in_order_and_anything_else_as_it_stands_and_both_are_cut() {
        let redactor = Redactor::new(&["email".to_owned()], &[]).unwrap();
        let json = body(br#"{"z": "ada\u0040example.org", "a": [1, "b"]}"#, &redactor, 1_000);
        assert_eq!((json.text.as_str(), json.cut), (r#"{"z":"[email]","a":[1,"b"]}"#, false));
        assert_eq!((json.bytes, json.redacted), (44, vec![("email".to_owned(), 1)]));
        let plain = body("grüße an ada@example.org".as_bytes(), &redactor, 14);
        assert_eq!((plain.text.as_str(), plain.cut), ("grüße an [em", true), "cut after it was blotted");
        let split = body("grüße".as_bytes(), &redactor, 3);
        assert_eq!((split.text.as_str(), split.cut), ("gr", true), "never in the middle of a character");
    }
}
