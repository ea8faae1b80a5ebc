//! Tests of the head and of retargeting.

use super::*;
use crate::openai::bounds::UNKNOWN_TOKENS_BOUND;
use proptest::prelude::*;
use serde_json::{Value, json};

fn head(body: &str) -> RequestHead {
    read(body.as_bytes()).unwrap()
}

fn retargeted(body: &str, flavour: Flavour) -> String {
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let out = retarget(&bytes, &head(body), "new", flavour).unwrap();
    String::from_utf8(out.to_vec()).unwrap()
}

#[test]
fn the_head_is_read_wherever_its_fields_stand() {
    let body = r#" { "messages" : [ ] , "max_tokens":5,"n":3, "mod\u0065l" : "gp\u0074" ,"stream":true,
        "stream_options":{"include_usage":true}, "max_completion_tokens": 9 } "#;
    let head = head(body);
    assert_eq!(&body[head.model_span.clone()], r#""gp\u0074""#);
    let expected = RequestHead {
        model: "gpt".to_owned(),
        model_span: head.model_span.clone(),
        stream: true,
        max_output_tokens: Some(9),
        input_tokens_bound: body.len() as u64,
        choices: 3,
        wants_stream_usage: true,
        ..RequestHead::default()
    };
    assert_eq!(head, expected);
}

#[test]
fn what_is_no_request_is_refused_with_the_reason() {
    for (body, reason) in [
        ("", "an object"),
        ("[]", "an object"),
        ("{\"model\":\"m\"}", "neither `messages` nor `input`"),
        ("{\"messages\":[]}", "`model`"),
        ("{\"model\":7,\"messages\":[]}", "a string"),
        ("{\"model\":\"m\",\"messages\":[]", "the end of the object"),
        ("{\"model\":\"m\",\"messages\":[]} x", "the end of the text"),
        // What two parsers may read differently must not be passed on.
        ("{\"model\":\"cheap\",\"messages\":[],\"model\":\"dear\"}", "`model` is there twice"),
        ("{\"model\":\"cheap\",\"messages\":[],\"mod\\u0065l\":\"dear\"}", "`model` is there twice"),
        (
            "{\"model\":\"cheap\",\"messages\":[],\"Max_Tokens\":9}",
            "`Max_Tokens` is there twice or in another",
        ),
    ] {
        let error = read(body.as_bytes()).unwrap_err();
        assert!(error.message.contains(reason), "{body}: {}", error.message);
    }
    assert_eq!(read(b"\xff").unwrap_err().message, "the body is not UTF-8");
}

#[test]
fn media_count_at_their_bound_and_not_by_their_length() {
    let bound = |part: Value| {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": [part]}]}).to_string();
        (head(&body).input_tokens_bound, body.len() as u64)
    };
    let data = "A".repeat(100_000);
    for (part, tokens, base64) in [
        (
            json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}}),
            48_169,
            true,
        ),
        (
            json!({"type": "image_url", "image_url": {"detail": "low", "url": format!("data:image/png;base64,{data}")}}),
            2_833,
            true,
        ),
        (json!({"type": "image_url", "image_url": format!("data:image/png;base64,{data}")}), 48_169, true),
        (json!({"type": "image_url", "image_url": {"url": "https://example.org/a"}}), 48_169, false),
        // A document in the place of a picture counts as a document.
        (
            json!({"type": "image_url", "image_url": {"url": format!("data:application/pdf;base64,{data}")}}),
            UNKNOWN_TOKENS_BOUND,
            true,
        ),
        (
            json!({"type": "file", "file": {"file_data": format!("data:a/b;base64,{data}")}}),
            UNKNOWN_TOKENS_BOUND,
            true,
        ),
        (json!({"type": "file", "file": {"file_id": "f"}}), UNKNOWN_TOKENS_BOUND, false),
        (json!({"type": "input_audio", "input_audio": {"data": data, "format": "mp3"}}), 1_001, true),
        (json!({"type": "text", "text": format!("data:image/png;base64,{data}")}), 0, false),
    ] {
        let (actual, length) = bound(part.clone());
        let text = if base64 { length - 100_000 } else { length };
        // Where there is a `data:` prefix, it is not counted either.
        let slack = 40;
        assert!(
            (text + tokens - slack..=text + tokens).contains(&actual),
            "{actual} for {:.60}",
            part.to_string()
        );
    }
}

#[test]
fn usage_is_asked_for_where_a_stream_would_not_bring_it() {
    for (body, expected) in [
        (
            r#"{"model":"a","stream":true,"messages":[]}"#,
            r#"{"model":"new","stream_options":{"include_usage":true},"stream":true,"messages":[]}"#,
        ),
        (
            r#"{"stream_options":{ },"model":"a","stream":true,"messages":[]}"#,
            r#"{"stream_options":{"include_usage":true },"model":"new","stream":true,"messages":[]}"#,
        ),
        (
            r#"{"stream_options":{"x":1},"model":"a","stream":true,"messages":[]}"#,
            r#"{"stream_options":{"include_usage":true,"x":1},"model":"new","stream":true,"messages":[]}"#,
        ),
        (
            r#"{"model":"a","stream":true,"messages":[],"stream_options": {"include_usage" : false } }"#,
            r#"{"model":"new","stream":true,"messages":[],"stream_options": {"include_usage" : true } }"#,
        ),
        (
            r#"{"model":"a","stream":true,"messages":[],"stream_options": null}"#,
            r#"{"model":"new","stream":true,"messages":[],"stream_options": {"include_usage":true}}"#,
        ),
        (
            r#"{"model":"a","stream":true,"messages":[],"stream_options":{"include_usage":true}}"#,
            r#"{"model":"new","stream":true,"messages":[],"stream_options":{"include_usage":true}}"#,
        ),
        (r#"{"model":"a","messages":[]}"#, r#"{"model":"new","messages":[]}"#),
        (r#"{"model":"a","stream":false,"messages":[]}"#, r#"{"model":"new","stream":false,"messages":[]}"#),
    ] {
        assert_eq!(retargeted(body, Flavour::Tolerant), expected);
        // A strict server is asked for nothing that the caller did not ask for.
        assert_eq!(retargeted(body, Flavour::Strict), body.replace("\"a\"", "\"new\""));
    }
}

#[test]
fn embeddings_have_a_head_too() {
    let head = head(r#"{"input":["a","b"],"model":"e"}"#);
    assert_eq!((head.model.as_str(), head.stream, head.choices), ("e", false, 1));
}

/// JSON values written with odd blanks and escapes.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-1.5e+3".to_owned()),
        Just("\"\\ud83d\\ude00 \\\"model\\\": \\\\\"".to_owned()),
        "\"[a-zäß \\[\\]{}:,]{0,8}\"",
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let blank = "[ \n\t]{0,2}";
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..4), blank)
                .prop_map(|(items, blank)| format!("[{blank}{}{blank}]", items.join(&format!("{blank},")))),
            (proptest::collection::vec(inner, 0..4), blank).prop_map(|(items, blank)| {
                // Twice the same key, on purpose.
                let fields: Vec<String> = items.iter().map(|item| format!("\"k\"{blank}:{item}")).collect();
                format!("{{{}{blank}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn every_other_byte_stays(before in proptest::collection::vec(value(), 0..3),
        after in proptest::collection::vec(value(), 0..3), blank in "[ \r\n\t]{0,3}", stream in any::<bool>()) {
        let field = |value: &String| format!("\"unknown\"{blank}:{blank}{value}");
        let mut fields: Vec<String> = before.iter().map(field).collect();
        fields.push(format!("\"messages\":{blank}[{{\"content\":\"x\"}}]"));
        fields.push(format!("\"model\"{blank}:{blank}\"m\\u00e4\""));
        fields.push(format!("\"stream\":{stream}"));
        fields.extend(after.iter().map(field));
        let body = format!("{blank}{{{}{blank}}}{blank}", fields.join(&format!("{blank},{blank}")));
        let read = head(&body);
        prop_assert_eq!(&read.model, "mä");
        prop_assert_eq!(read.stream, stream);
        let out = retargeted(&body, Flavour::Tolerant);
        let usage = if stream { ",\"stream_options\":{\"include_usage\":true}" } else { "" };
        let expected = format!("{}\"new\"{usage}{}", &body[..read.model_span.start], &body[read.model_span.end..]);
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn a_head_of_another_body_is_no_panic(body in "[{}\":,a ]{0,20}", start in 0usize..30, end in 0usize..30) {
        let strange = RequestHead { model_span: start..end, stream: true, ..RequestHead::default() };
        let _ = retarget(&Bytes::from(body), &strange, "new", Flavour::Tolerant);
    }
}
