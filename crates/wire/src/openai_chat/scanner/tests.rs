//! Tests of the scanner.

use super::*;
use llm::{LlmErrorKind, StopReason};
use proptest::prelude::*;

const TEXT: &str = "data: {\"id\":\"r\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"the \\\"usage\\\": {\\\"finish_reason\\\"\"},\"finish_reason\":null}],\"usage\":null}\n\n";
const STOP: &str = "data: {\"id\":\"r\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
const USAGE: &str =
    "data: {\"id\":\"r\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn scan(pieces: &[&[u8]], keep_usage: bool) -> (String, Summary) {
    let mut scanner = Scanner::new(keep_usage);
    let mut passed = Vec::new();
    for piece in pieces {
        passed.extend_from_slice(&scanner.push(Bytes::copy_from_slice(piece)));
    }
    (String::from_utf8_lossy(&passed).into_owned(), scanner.summary().clone())
}

#[test]
fn the_usage_chunk_nobody_asked_for_is_left_out_at_every_split() {
    let stream = [TEXT, STOP, USAGE, DONE].concat();
    let without = [TEXT, STOP, DONE].concat();
    let check = |pieces: &[&[u8]], how: &str| {
        let (passed, summary) = scan(pieces, false);
        assert_eq!(passed, without, "{how}");
        assert_eq!(summary.usage.map(|usage| (usage.input, usage.output)), Some((9, 4)), "{how}");
        assert_eq!(summary.stop, Some(StopReason::EndTurn), "{how}");
        assert_eq!(scan(pieces, true).0, stream, "{how}");
    };
    for at in 0..=stream.len() {
        let (first, second) = stream.as_bytes().split_at(at);
        check(&[first, second], &format!("split at {at}"));
    }
    let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
    check(&bytes, "byte by byte");
}

#[test]
fn usage_beside_an_answer_is_passed_on() {
    let last =
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}\n\n";
    let (passed, summary) = scan(&[TEXT.as_bytes(), last.as_bytes()], false);
    assert_eq!(passed, [TEXT, last].concat());
    assert!(summary.usage.is_some());
}

#[test]
fn nothing_waits_before_the_answer_has_ended() {
    let mut scanner = Scanner::new(false);
    for piece in TEXT.as_bytes().chunks(5) {
        assert_eq!(scanner.push(Bytes::copy_from_slice(piece)), piece);
    }
    let whole = Bytes::from_static(TEXT.as_bytes());
    assert_eq!(scanner.push(whole.clone()).as_ptr(), whole.as_ptr(), "passed on without a copy");
}

#[test]
fn what_looks_like_usage_but_grows_too_long_is_let_go() {
    let mut scanner = Scanner::new(false);
    scanner.push(Bytes::from_static(STOP.as_bytes()));
    let long = vec![b'x'; MAX_HELD_BYTES + 1];
    assert_eq!(scanner.push(Bytes::from_static(b"data: {")), "");
    assert_eq!(scanner.push(Bytes::from(long)).len(), MAX_HELD_BYTES + 1 + 7);
}

#[test]
fn an_error_inside_a_good_status_is_seen() {
    let error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n";
    let first = scan(&[error.as_bytes()], false).1;
    assert!(!first.started);
    assert_eq!(first.error.map(|error| error.kind), Some(LlmErrorKind::Overloaded));
    let role = "data: {\"id\":\"r\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    assert!(!scan(&[role.as_bytes()], false).1.started, "the role alone is no answer yet");
    assert!(scan(&[role.as_bytes(), TEXT.as_bytes()], false).1.started);
}

#[test]
fn text_is_counted_without_its_wrapping() {
    let chunk = "data: {\"id\":\"r\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"12345\",\"tool_calls\":[{\"id\":\"call_1\",\"function\":{\"name\":\"ab\",\"arguments\":\"{}\"}}]}}]}\n\n";
    assert_eq!(scan(&[chunk.as_bytes()], false).1.text_bytes, 9);
}

#[test]
fn embeddings_have_a_summary_too() {
    let body =
        br#"{"object":"list","data":[{"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":5,"total_tokens":5}}"#;
    let summary = summarise(body).unwrap();
    assert_eq!(summary.usage.map(|usage| (usage.input, usage.output)), Some((5, 0)));
    assert_eq!(summary.stop, None);
}

/// What a whole reply says besides its text, in one line.
fn told(body: &str) -> String {
    match summarise(body.as_bytes()) {
        Ok(summary) => {
            let usage = summary.usage.map(|usage| (usage.input, usage.cached_input, usage.output));
            let service = summary.usage.and_then(|usage| usage.service).map_or("", llm::Service::as_str);
            let (id, bytes) = (summary.id.unwrap_or_default(), summary.text_bytes);
            format!("{usage:?} {service} {:?} {id} {bytes}", summary.stop)
        }
        Err(error) => format!("{:?} {}", error.kind, error.message),
    }
}

#[test]
fn every_vendor_is_understood() {
    let choice = r#""choices":[{"index":0,"message":{"content":"12345"},"finish_reason":"stop"}]"#;
    for (fields, expected) in [
        (
            r#""id":"r","usage":{"prompt_tokens":9,"completion_tokens":4}"#,
            "Some((9, 0, 4))  Some(EndTurn) r 5",
        ),
        // Blanks everywhere, names and texts with escapes.
        (
            "\n\t\"i\\u0064\" : \"\\u0072\\n\" ,\r\n \"usage\" : { \"prompt_tokens\" : 9 }\n",
            "Some((9, 0, 0))  Some(EndTurn) r\n 5",
        ),
        // Nothing is said, in every way of saying so.
        (
            r#""id":null,"object":null,"model":null,"usage":null,"error":null,"service_tier":null"#,
            "None  Some(EndTurn)  5",
        ),
        (
            r#""id":"","usage":[{}],"error":{},"error":false,"service_tier":{"a":[1]},"x_groq":"x""#,
            "None  Some(EndTurn)  5",
        ),
        // DeepSeek, Groq, a service other than the usual one.
        (r#""usage":{"prompt_tokens":9,"prompt_cache_hit_tokens":6}"#, "Some((3, 6, 0))  Some(EndTurn)  5"),
        (r#""x_groq":{"id":"q","usage":{"prompt_tokens":9}}"#, "Some((9, 0, 0))  Some(EndTurn)  5"),
        (
            r#""service_tier":"flex","usage":{"prompt_tokens":9,"completion_tokens":"4"},"x_groq":{"usage":{}}"#,
            "Some((9, 0, 0)) flex Some(EndTurn)  5",
        ),
        // Of what comes twice the later one counts.
        (
            r#""id":"q","id":"r","usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2,"prompt_tokens":3}"#,
            "Some((3, 0, 0))  Some(EndTurn) r 5",
        ),
        // Errors with a good status.
        (r#""error":{"message":"slow down","code":429}"#, "RateLimited slow down"),
        (r#""error":"the model is overloaded""#, "Overloaded the model is overloaded"),
        (r#""object":"error","message":"no \"x\"","code":404"#, "NotFound no \"x\""),
        (
            r#""object":"error","error":{},"code":null"#,
            "Server the provider answered with status 500 and no error text",
        ),
    ] {
        assert_eq!(told(&format!("{{{choice},{fields}}}")), expected, "{fields}");
        assert_eq!(told(&format!("{{{fields},{choice}}}")), expected, "{fields}");
    }
}

#[test]
fn every_end_of_an_answer_is_understood() {
    for (choices, expected) in [
        (r#"{"message":{"content":"123"},"finish_reason":"length"}"#, "None  Some(MaxTokens)  3"),
        (r#"{"message":{"content":"123"},"finish_reason":null}"#, "None  Some(EndTurn)  3"),
        (r#"{"message":{"refusal":"123"},"finish_reason":""}"#, "None  Some(Refusal)  3"),
        (
            r#"{"message":{"content":null,"tool_calls":[{"id":"i","function":{"name":"f"}}]},"finish_reason":"stop"}"#,
            "None  Some(ToolCalls)  1",
        ),
        (
            r#"{"finish_reason":"stop","stop_reason":"END","message":{}}"#,
            "None  Some(StopSequence(Some(\"END\")))  0",
        ),
        (r#"{"finish_reason":"stop","stop_reason":7,"message":"odd","delta":[1]}"#, "None  Some(EndTurn)  0"),
        // Of several answers the first counts, and the text of all.
        (
            r#"{"index":1,"message":{"content":"12"},"finish_reason":"stop"},{"index":0,"message":{"content":"345"},"finish_reason":"length"}"#,
            "None  Some(MaxTokens)  5",
        ),
        // What stands at both places is the same text.
        (r#"{"delta":{"content":"12"},"message":{"content":"12"}}"#, "None  Some(EndTurn)  2"),
        (r#"{"delta":{},"message":{"content":[{"type":"text","text":"12"}]}}"#, "None  Some(EndTurn)  2"),
        // Thinking that is told twice is counted once.
        (
            r#"{"message":{"reasoning":"123","reasoning_details":[{"type":"t","text":"123"}]}}"#,
            "None  Some(EndTurn)  3",
        ),
        (r#"{"message":{"reasoning_details":[{"type":"t","text":"123"}]}}"#, "None  Some(EndTurn)  3"),
        // Moonshot.
        (
            r#"{"usage":{"prompt_tokens":9,"cached_tokens":2},"finish_reason":"stop"}"#,
            "Some((7, 2, 0))  Some(EndTurn)  0",
        ),
        (
            r#"{"finish_reason":"error"}"#,
            "Server the provider ended the answer with an error it does not name",
        ),
        ("", "None  None  0"),
    ] {
        assert_eq!(told(&format!(r#"{{"choices":[{choices}]}}"#)), expected, "{choices}");
    }
}

#[test]
fn what_is_not_in_the_format_is_malformed() {
    let deep = format!(r#"{{"choices":[],"x":{}}}"#, "[".repeat(1_000_000));
    for body in [
        "",
        "{",
        "[]",
        "7",
        "{}",
        r#"{"choices":null}"#,
        r#"{"choices":{}}"#,
        r#"{"choices":[7]}"#,
        r#"{"choices":[],}"#,
        r#"{"choices":[]} x"#,
        r#"{"choices":[],"id":7}"#,
        r#"{"choices":[],"model":["m"]}"#,
        r#"{"choices":[],"object":true}"#,
        r#"{"choices":[],"id":nil}"#,
        r#"{"choices":[{"index":-1}]}"#,
        r#"{"choices":[{"index":4294967296}]}"#,
        r#"{"choices":[{"finish_reason":7}]}"#,
        r#"{"choices":[{"message":{"content":"\q"}}]}"#,
        "{\"choices\":[{\"message\":{\"content\":\"a\nb\"}}]}",
        r#"{"choices":[],"usage":{"prompt_tokens":01}}"#,
        &deep,
    ] {
        let error = summarise(body.as_bytes()).unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Malformed, "{}", &body[..body.len().min(99)]);
    }
    assert_eq!(summarise(b"{\"choices\":[\xff]}").unwrap_err().kind, LlmErrorKind::Malformed);
}

/// What is there at the end says the same whether it is watched or decoded.
#[test]
fn watched_and_decoded_replies_agree() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openai-chat");
    let mut compared = 0;
    for case in std::fs::read_dir(root).unwrap() {
        let Ok(body) = std::fs::read(case.unwrap().path().join("response.json")) else { continue };
        match (summarise(&body), super::super::reply::decode(&body)) {
            (Ok(watched), Ok(decoded)) => {
                assert_eq!(watched.usage, decoded.usage);
                assert_eq!((watched.stop, watched.id), (decoded.stop, decoded.id));
            }
            (watched, decoded) => assert_eq!(watched.err(), decoded.err()),
        }
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

proptest! {
    #[test]
    fn whoever_keeps_the_usage_gets_every_byte(bytes in proptest::collection::vec(prop_oneof![
        Just(TEXT.as_bytes().to_vec()), Just(STOP.as_bytes().to_vec()), Just(USAGE.as_bytes().to_vec()),
        Just(DONE.as_bytes().to_vec()), Just(b": x\r\n\r".to_vec()), Just(b"{\"a\":\"}".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..5)
    ], 0..8), size in 1usize..90) {
        let stream = bytes.concat();
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        let mut scanner = Scanner::new(true);
        let passed: Vec<u8> =
            pieces.iter().flat_map(|piece| scanner.push(Bytes::copy_from_slice(piece)).to_vec()).collect();
        prop_assert_eq!(passed, stream);
    }
}
