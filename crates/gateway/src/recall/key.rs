//! Which requests are identical: the SHA-256 of everything that can change the answer.

use crate::ask::{Ask, Form};
use base::OwnerId;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash of a request.
pub(crate) type CacheKey = [u8; 32];

/// Whose request it is, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Nobody is answered from another's replies.
    pub(crate) owner: OwnerId,
    /// The route or model by its full name.
    pub(crate) route: &'a str,
}

/// The key of a request; `None` where its body is not JSON. White space and the order of fields make no
/// difference; everything else does.
pub(crate) fn cache_key(ask: &Ask, subject: Subject<'_>) -> Option<CacheKey> {
    let mut hash = Sha256::new();
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    text(&subject.owner.to_string());
    text(subject.route);
    let body = match &ask.form {
        Form::Body(wire) => {
            text(wire.codec.dialect().as_str());
            // In some formats only the address says so.
            text(if ask.head.stream { "stream" } else { "whole" });
            for (name, value) in &wire.headers {
                text(name.as_str());
                text(&String::from_utf8_lossy(value.as_bytes()));
            }
            serde_json::from_slice(&wire.body).ok()?
        }
        Form::Request(request) => {
            text("request");
            serde_json::to_value(request).ok()?
        }
        Form::Embeddings(request, codec) => {
            text("embeddings");
            text(codec.map_or("", |codec| codec.dialect().as_str()));
            serde_json::json!([request.inputs, request.dimensions, request.task, request.base64])
        }
    };
    feed(&body, &mut hash);
    Some(hash.finalize().into())
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
        let key = |text, owner, route| cache_key(&ask(text, owner), Subject { owner, route }).unwrap();
        let (one, two) = (Id::FIRST_OWNER, Id::from_u128(2));
        assert_eq!(key("hi", one, "auto"), key("hi", one, "auto"));
        assert_ne!(key("hi", one, "auto"), key("hi", two, "auto"));
        assert_ne!(key("hi", one, "auto"), key("hi", one, "fast"));
        assert_ne!(key("hi", one, "auto"), key("ho", one, "auto"));
    }
}
