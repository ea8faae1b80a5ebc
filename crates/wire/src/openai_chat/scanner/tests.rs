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
