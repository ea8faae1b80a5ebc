//! Tests of the head and of retargeting.

use super::*;
use crate::openai::bounds::{IMAGE_TOKENS_BOUND, LOW_DETAIL_IMAGE_TOKENS_BOUND, UNKNOWN_TOKENS_BOUND};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bound(body: &Value) -> u64 {
    read(body.to_string().as_bytes()).unwrap().input_tokens_bound
}

fn with_part(part: &Value) -> Value {
    json!({"model": "m", "input": [{"role": "user", "content": [part]}]})
}

#[test]
fn the_head_is_read_wherever_its_fields_stand() {
    let body = r#" { "input" : [ ] , "max_output_tokens":5, "mod\u0065l" : "gp\u0074" ,"stream":true} "#;
    let head = read(body.as_bytes()).unwrap();
    assert_eq!(&body[head.model_span.clone()], r#""gp\u0074""#);
    let expected = RequestHead {
        model: "gpt".to_owned(),
        model_span: head.model_span.clone(),
        stream: true,
        max_output_tokens: Some(5),
        input_tokens_bound: body.len() as u64,
        choices: 1,
        wants_stream_usage: true,
        ..RequestHead::default()
    };
    assert_eq!(head, expected);
}

#[test]
fn media_count_by_their_kind_and_not_by_their_bytes() {
    let data = "A".repeat(400_000);
    let picture = format!("data:image/png;base64,{data}");
    for (part, tokens) in [
        (json!({"type": "input_image", "image_url": picture}), IMAGE_TOKENS_BOUND),
        (
            json!({"image_url": picture, "detail": "low", "type": "input_image"}),
            LOW_DETAIL_IMAGE_TOKENS_BOUND,
        ),
        (json!({"type": "input_image", "image_url": "https://a.example/b.png"}), IMAGE_TOKENS_BOUND),
        (json!({"type": "input_image", "file_id": "f"}), IMAGE_TOKENS_BOUND),
        (
            json!({"type": "input_file", "file_data": format!("data:application/pdf;base64,{data}")}),
            UNKNOWN_TOKENS_BOUND,
        ),
        (json!({"type": "input_file", "file_url": "https://a.example/b.pdf"}), UNKNOWN_TOKENS_BOUND),
        (json!({"type": "input_audio", "input_audio": {"format": "wav", "data": data}}), 4_001),
    ] {
        let in_message = bound(&with_part(&part));
        assert!((tokens..tokens + 250).contains(&in_message), "{in_message} for {tokens}");
        let in_result = json!({"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": [part]}]});
        assert!((tokens..tokens + 250).contains(&bound(&in_result)));
    }
}

#[test]
fn text_is_never_taken_for_media() {
    let text = format!("data:image/png;base64,{}", "A".repeat(100_000));
    for body in [
        with_part(&json!({"type": "input_text", "text": text})),
        with_part(&json!({"type": "input_text", "text": "x", "image_url": text})),
        with_part(&json!({"text": text})),
        json!({"model": "m", "input": text}),
        json!({"model": "m", "input": [], "instructions": text}),
        json!({"model": "m", "input": [{"type": "function_call", "arguments": text}]}),
        json!({"model": "m", "input": [], "tools": [{"type": "function", "name": text}]}),
    ] {
        assert!(bound(&body) >= 100_000, "{}", bound(&body));
    }
}

#[test]
fn what_the_provider_adds_counts_as_much_as_it_may() {
    for (more, refers) in [
        (json!({"previous_response_id": "resp_1"}), true),
        (json!({"conversation": {"id": "conv_1"}}), true),
        (json!({"prompt": {"id": "pmpt_1"}}), true),
        (json!({"input": [{"type": "item_reference", "id": "rs_1"}]}), true),
        (json!({"input": [{"id": "rs_1"}]}), true),
        (json!({"input": [{"type": "compaction", "encrypted_content": "x"}]}), true),
        (json!({"tools": [{"type": "web_search"}]}), false),
    ] {
        let mut body = json!({"model": "m", "input": "hi"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let head = read(body.to_string().as_bytes()).unwrap();
        assert!(head.input_tokens_bound >= UNKNOWN_TOKENS_BOUND, "{body}");
        assert_eq!(head.refers_to_provider, refers, "{body}");
    }
    let body = json!({"model": "m", "input": [{"id": "msg_1", "role": "assistant", "content": "x"}],
        "previous_response_id": null, "tools": [{"type": "function", "name": "f"}]});
    let head = read(body.to_string().as_bytes()).unwrap();
    assert!(!head.refers_to_provider && head.input_tokens_bound < 300);
}

#[test]
fn what_is_no_request_is_refused() {
    for (body, reason) in [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ("{}", "`model`"),
        (r#"{"model":3,"input":"x"}"#, "cannot be read"),
        (r#"{"model":"","input":"x"}"#, "`model`"),
        (r#"{"model":"m"}"#, "no `input`"),
        (r#"{"model":"m","input":"x"} x"#, "cannot be read"),
        (r#"{"model":"m","input":"x","model":"dear"}"#, "twice"),
        (r#"{"model":"m","input":"x","Model":"dear"}"#, "letter case"),
        (r#"{"model":"m","input":"x","background":true}"#, "`background`"),
        (r#"{"model":"m","input":"x","background":false,"background":true}"#, "twice"),
    ] {
        let error = read(body.as_bytes()).unwrap_err();
        assert!(error.message.contains(reason), "{body}: {error}");
    }
    assert!(read(b"{\"model\":\"\xff\",\"input\":\"x\"}").is_err());
}

#[test]
fn only_familiars_own_items_are_left_out() {
    let own = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": format!("{OWN_TAG}{{}}")});
    let theirs = json!({"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "gAAA"});
    let text = json!({"role": "user", "content": format!("what is {OWN_TAG}?")});
    for (input, kept) in [
        (json!([own, text]), json!([text])),
        (json!([text, own]), json!([text])),
        (json!([text, own, theirs, own]), json!([text, theirs])),
        (json!([text, theirs]), json!([text, theirs])),
        (json!([own]), json!([])),
    ] {
        let body = Bytes::from(json!({"a": [own], "input": input, "model": "m", "z": 1}).to_string());
        let head = read(&body).unwrap();
        let out: Value = serde_json::from_slice(&retarget(&body, &head, "new").unwrap()).unwrap();
        assert_eq!(out, json!({"a": [own], "input": kept, "model": "new", "z": 1}));
    }
}

proptest! {
    #[test]
    fn only_the_model_changes(
        blank in "[ \n\t]{0,3}", name in "(?s).{1,12}", other in "(?s).{0,12}", text in "(?s).{0,40}", stream: bool
    ) {
        let text = serde_json::to_string(&text).unwrap();
        let name_json = serde_json::to_string(&name).unwrap();
        let start = format!("{blank}{{{blank}\"x\\u0079\":{text},\"mo\\u0064el\":{blank}");
        let tail = format!("{blank},\"input\" :[{{\"content\":{text},\"role\":\"user\"}}],\"stream\":{stream}}}{blank}");
        let body = Bytes::from(format!("{start}{name_json}{tail}"));
        let head = read(&body).unwrap();
        prop_assert_eq!((&head.model, head.stream), (&name, stream));
        let other_json = serde_json::to_string(&other).unwrap();
        prop_assert_eq!(retarget(&body, &head, &other).unwrap(), Bytes::from(format!("{start}{other_json}{tail}")));
    }
}
