//! Which requests are identical: the SHA-256 of everything that can change the answer.
//!
//! A request is brought into the vocabulary, so that the format it came in and whether it asked for a stream make no
//! difference. Where a format says something that the vocabulary has no word for, the body itself is hashed, together
//! with its format and whether it is a stream: then only the very same request is identical.

use crate::ask::{Ask, Form};
use base::OwnerId;
use llm::{ChatRequest, Part, Role};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash of a request.
pub(crate) type CacheKey = [u8; 32];

/// Longest last turn that is compared by its meaning, in bytes: embedders read about as much.
const MAX_TURN_BYTES: usize = 8_000;

/// Whose request it is, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Nobody is answered from another's replies.
    pub(crate) owner: OwnerId,
    /// The route or model by its full name.
    pub(crate) route: &'a str,
}

/// What a request is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyed {
    /// The hash of all of it.
    pub(crate) key: CacheKey,
    /// The hash of all but what was said last, and that; only for requests whose last turn is a person's words.
    pub(crate) turn: Option<(CacheKey, String)>,
}

/// The key of a request; `None` where nothing is kept for its like: recordings, and what refers to what only a provider
/// knows. White space and the order of fields make no difference, nor do marks for a provider's own cache.
pub(crate) fn keyed(ask: &mut Ask, subject: Subject<'_>) -> Option<Keyed> {
    if ask.head.refers_to_provider {
        return None;
    }
    let stream = ask.head.stream;
    match &mut ask.form {
        // Recordings are large and seldom come twice.
        Form::Audio(_) => None,
        Form::Request(request) => of_request(request, subject, &[]),
        Form::Body(wire) => {
            let own: Vec<&[u8]> = wire
                .headers
                .iter()
                // There is one version, and every SDK names it.
                .filter(|(name, _)| *name != "anthropic-version")
                .flat_map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()])
                .collect();
            let own: Vec<u8> = own.join(&b'\n');
            let plain = wire.request(subject.owner).ok().filter(|request| request.unmapped.is_empty());
            if let Some(request) = plain {
                return of_request(request, subject, &own);
            }
            let mut hash = begin(subject, "body");
            text(&mut hash, wire.codec.dialect().as_str().as_bytes());
            // In some formats only the address says so.
            text(&mut hash, if stream { b"stream" } else { b"whole" });
            text(&mut hash, &own);
            feed(&serde_json::from_slice(&wire.body).ok()?, &mut hash);
            Some(Keyed { key: hash.finalize().into(), turn: None })
        }
        Form::Embeddings(request, codec) => {
            let mut hash = begin(subject, "embeddings");
            text(&mut hash, codec.map_or("", |codec| codec.dialect().as_str()).as_bytes());
            let body = serde_json::json!([request.inputs, request.dimensions, request.task, request.base64]);
            feed(&body, &mut hash);
            Some(Keyed { key: hash.finalize().into(), turn: None })
        }
    }
}

fn of_request(request: &ChatRequest, subject: Subject<'_>, own: &[u8]) -> Option<Keyed> {
    let mut request = request.clone();
    request.model.clear();
    request.circumstances = None;
    without_marks(&mut request);
    let hashed = |request: &ChatRequest, what: &str| -> Option<CacheKey> {
        let mut hash = begin(subject, what);
        text(&mut hash, own);
        feed(&serde_json::to_value(request).ok()?, &mut hash);
        Some(hash.finalize().into())
    };
    let key = hashed(&request, "request")?;
    let turn = take_turn(&mut request).and_then(|said| Some((hashed(&request, "turn")?, said)));
    Some(Keyed { key, turn })
}

/// Takes the marks for a provider's prompt cache away, which say nothing about the answer.
fn without_marks(request: &mut ChatRequest) {
    fn unmark(parts: &mut [Part]) {
        for part in parts {
            match part {
                Part::Text { cache_marker, .. } => *cache_marker = false,
                Part::ToolResult { parts, .. } => unmark(parts),
                Part::Image { .. } | Part::File { .. } | Part::ToolCall { .. } | Part::Reasoning { .. } => {}
            }
        }
    }
    request.messages.iter_mut().for_each(|message| unmark(&mut message.parts));
    request.tools.iter_mut().for_each(|tool| tool.cache_marker = false);
}

/// Takes the words of the last turn out, if they are all that it is.
fn take_turn(request: &mut ChatRequest) -> Option<String> {
    let last = request.messages.last_mut().filter(|message| message.role == Role::User)?;
    if last.parts.is_empty() || !last.parts.iter().all(|part| matches!(part, Part::Text { .. })) {
        return None;
    }
    let said = last.plain_text();
    last.parts.clear();
    (!said.trim().is_empty() && said.len() <= MAX_TURN_BYTES).then_some(said)
}

fn begin(subject: Subject<'_>, what: &str) -> Sha256 {
    let mut hash = Sha256::new();
    text(&mut hash, subject.owner.to_string().as_bytes());
    text(&mut hash, subject.route.as_bytes());
    text(&mut hash, what.as_bytes());
    hash
}

fn text(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// Every value begins with a byte of its own kind and its length, so that different values never feed the
/// same bytes.
fn feed(value: &Value, hash: &mut Sha256) {
    let mut text = |kind: u8, text: &str| {
        hash.update([kind]);
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    match value {
        Value::Null => hash.update([0]),
        Value::Bool(flag) => hash.update([1, u8::from(*flag)]),
        Value::Number(number) => text(2, &number.to_string()),
        Value::String(string) => text(3, string),
        Value::Array(values) => {
            text(4, "");
            hash.update((values.len() as u64).to_le_bytes());
            values.iter().for_each(|value| feed(value, hash));
        }
        Value::Object(fields) => {
            text(5, "");
            hash.update((fields.len() as u64).to_le_bytes());
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in fields {
                hash.update((name.len() as u64).to_le_bytes());
                hash.update(name.as_bytes());
                feed(value, hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Source;
    use base::Id;
    use llm::{ChatRequest, Message, Role};

    fn hash(json: &str) -> CacheKey {
        let mut hash = Sha256::new();
        feed(&serde_json::from_str(json).unwrap(), &mut hash);
        hash.finalize().into()
    }

    #[test]
    fn only_white_space_and_the_order_of_fields_make_no_difference() {
        assert_eq!(hash(r#"{"a": 1, "b": [true, null]}"#), hash(r#"{"b":[true,null],"a":1}"#));
        let different = [
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":[1]}"#,
            r#"{"a":null}"#,
            r#"{"b":1}"#,
            r#"{}"#,
            r#"[]"#,
            r#"[[],[]]"#,
            r#"[[[]]]"#,
            r#"["ab"]"#,
            r#"["a","b"]"#,
            r#""""#,
        ];
        for (position, one) in different.iter().enumerate() {
            for other in different.iter().skip(position + 1) {
                assert_ne!(hash(one), hash(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn owner_and_route_are_part_of_it() {
        let ask = |text: &str, owner| {
            let messages = vec![Message::text(Role::User, text)];
            let request = ChatRequest { messages, ..ChatRequest::default() };
            Ask::chat(Source::Request(request), owner).unwrap()
        };
        let key = |text, owner, route| keyed(&mut ask(text, owner), Subject { owner, route }).unwrap().key;
        let (one, two) = (Id::FIRST_OWNER, Id::from_u128(2));
        assert_eq!(key("hi", one, "auto"), key("hi", one, "auto"));
        assert_ne!(key("hi", one, "auto"), key("hi", two, "auto"));
        assert_ne!(key("hi", one, "auto"), key("hi", one, "fast"));
        assert_ne!(key("hi", one, "auto"), key("ho", one, "auto"));
    }

    #[test]
    fn only_what_was_said_last_may_differ_between_requests_that_mean_the_same() {
        let owner = Id::FIRST_OWNER;
        let turn = |system: &str, parts: Vec<Part>| {
            let last = Message { role: Role::User, parts, name: None };
            let messages = vec![Message::text(Role::System, system), last];
            let request = ChatRequest { messages, ..ChatRequest::default() };
            let mut ask = Ask::chat(Source::Request(request), owner).unwrap();
            keyed(&mut ask, Subject { owner, route: "r" }).unwrap().turn
        };
        let marked = |text: &str| Part::Text { text: text.into(), cache_marker: true };
        let (frame, said) = turn("be brief", vec![Part::text("hello")]).unwrap();
        assert_eq!(said, "hello");
        assert_eq!(turn("be brief", vec![marked("goodbye")]).unwrap(), (frame, "goodbye".to_owned()));
        assert_ne!(turn("be long", vec![Part::text("hello")]).unwrap().0, frame);
        assert_eq!(turn("be brief", vec![Part::text("  ")]), None);
        assert_eq!(turn("be brief", vec![Part::text("x".repeat(MAX_TURN_BYTES + 1))]), None);
        let media = llm::Media::Url { url: "u".into() };
        assert_eq!(turn("be brief", vec![Part::text("what?"), Part::Image { media, detail: None }]), None);
    }
}
