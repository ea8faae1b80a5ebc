//! What users of other gateways suffer from in translation, thread by thread: each is a test here. The
//! numbers are those of the threads; `litellm` and `Portkey` are the repositories.

use crate::{
    cross::{CALLERS, next_request},
    fixtures::{cases, decode},
};
use bytes::{Bytes, BytesMut};
use llm::{
    Aggregator, ChatEvent, ChatReply, ChatRequest, Codec, Dialect, Message, Part, RequestHead, Role,
    StopReason, ToolSpec, Usage,
};
use serde_json::{Value, json};

/// The formats in which callers are answered.
fn callers() -> impl Iterator<Item = (Dialect, &'static dyn Codec)> {
    let codecs = Dialect::ALL.into_iter().map(|dialect| (dialect, wire::codec(dialect)));
    codecs.filter(|(_, codec)| codec.stream_encoder(&head()).is_ok())
}

fn head() -> RequestHead {
    RequestHead {
        model: "m".into(),
        stream: true,
        wants_stream_usage: true,
        choices: 1,
        ..RequestHead::default()
    }
}

/// What a caller of this format is sent.
fn written(codec: &dyn Codec, events: &[ChatEvent]) -> Vec<u8> {
    let mut encoder = codec.stream_encoder(&head()).unwrap();
    let mut out = BytesMut::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    encoder.finish(&mut out);
    out.to_vec()
}

fn read(codec: &dyn Codec, stream: &[u8]) -> ChatReply {
    let (events, error) = decode(codec, &[stream]);
    assert_eq!(error, None);
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    sum.finish()
}

/// The calls of a reply, name and arguments; not every format has ids.
fn calls(reply: &ChatReply) -> Vec<String> {
    let mut calls = Vec::new();
    for part in &reply.parts {
        if let Part::ToolCall { name, arguments, .. } = part {
            let arguments: Value = serde_json::from_str(arguments).unwrap();
            calls.push(format!("{name} {arguments}"));
        }
    }
    calls.sort_unstable();
    calls
}

/// litellm#7621: parallel tool calls become one, their arguments glued together.
#[test]
fn parallel_tool_calls_stay_apart_from_every_provider_to_every_caller() {
    let mut checked = 0;
    for provider in Dialect::ALL {
        for case in cases(provider) {
            let Some(stream) = case.stream() else { continue };
            let (events, None) = decode(case.codec, &[&stream]) else { continue };
            let mut sum = Aggregator::default();
            events.iter().for_each(|event| sum.push(event));
            let meant = sum.finish();
            if calls(&meant).len() < 2 {
                continue;
            }
            for (caller, codec) in callers() {
                let given = read(codec, &written(codec, &events));
                assert_eq!(calls(&given), calls(&meant), "{} to {caller}", case.folder.display());
                checked += 1;
            }
        }
    }
    assert!(checked >= 12, "only {checked}");
}

/// litellm#7621 again, on the way in: two calls of an earlier turn go to the provider as two.
#[test]
fn parallel_tool_calls_of_an_earlier_turn_stay_apart_on_the_way_to_every_provider() {
    let call = |id: &str, city: &str| Part::ToolCall {
        id: id.into(),
        name: "weather".into(),
        arguments: json!({ "city": city }).to_string(),
        signature: None,
    };
    let result = |id: &str, text: &str| Part::ToolResult {
        call_id: id.into(),
        name: Some("weather".into()),
        parts: vec![Part::text(text)],
        is_error: false,
    };
    let messages = vec![
        Message::text(Role::User, "weather?"),
        Message {
            role: Role::Assistant,
            parts: vec![call("call_a", "Oslo"), call("call_b", "Rome")],
            name: None,
        },
        Message {
            role: Role::Tool,
            parts: vec![result("call_a", "snow"), result("call_b", "sun")],
            name: None,
        },
    ];
    for provider in Dialect::ALL {
        let request = ChatRequest { model: "m".into(), messages: messages.clone(), ..ChatRequest::default() };
        let body = wire::codec(provider).encode_request(&request, false).unwrap().body;
        let sent = String::from_utf8(body.to_vec()).unwrap();
        let order = ["Oslo", "Rome", "snow", "sun"].map(|word| sent.find(word).unwrap_or(usize::MAX));
        assert!(order.is_sorted() && order[3] < usize::MAX, "{provider}: {sent}");
        let once = |word: &str| sent.matches(word).count() == 1;
        assert!(["Oslo", "Rome", "snow", "sun"].into_iter().all(once), "{provider}: {sent}");
    }
}

/// Portkey#1399: clients crash where the first chunk does not say who speaks.
#[test]
fn the_first_chunk_names_the_role_whatever_comes_first() {
    let first = [
        ChatEvent::Text { delta: "x".into() },
        ChatEvent::Reasoning { delta: "x".into() },
        ChatEvent::ToolCallStarted { index: 0, id: "c".into(), name: "t".into(), signature: None },
        ChatEvent::Refusal { delta: "x".into() },
        ChatEvent::Stopped { reason: StopReason::EndTurn },
        ChatEvent::Usage(Usage { input: 1, ..Usage::default() }),
    ];
    for event in first {
        for started in [true, false] {
            let opening = ChatEvent::Started { id: None, model: None };
            let events: Vec<_> = started.then_some(opening).into_iter().chain([event.clone()]).collect();
            let stream = written(wire::codec(Dialect::OpenAiChat), &events);
            let text = String::from_utf8(stream).unwrap();
            let chunk: Value =
                serde_json::from_str(text.lines().next().unwrap().strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(chunk["choices"][0]["delta"]["role"], "assistant", "{event:?}: {chunk}");
            assert!(chunk["choices"][0]["finish_reason"].is_null(), "{event:?}: {chunk}");
        }
    }
}

/// litellm#31069, #6215, #11364, #14849, #16341: cached tokens are 0 in streams, or are billed as others.
#[test]
fn cached_tokens_are_told_in_every_stream_to_every_caller() {
    let usage = Usage {
        input: 46,
        cached_input: 1920,
        cache_write: 40,
        output: 300,
        reasoning: 64,
        ..Usage::default()
    };
    // As providers send it: what the prompt cost first, the rest at the end.
    let early = Usage { output: 1, reasoning: 0, ..usage };
    let events = [
        ChatEvent::Started { id: Some("r".into()), model: Some("m".into()) },
        ChatEvent::Usage(early),
        ChatEvent::Text { delta: "x".into() },
        ChatEvent::Usage(Usage { input: 0, cached_input: 0, cache_write: 0, ..usage }),
        ChatEvent::Stopped { reason: StopReason::EndTurn },
    ];
    let mut checked = 0;
    let told =
        |usage: Option<Usage>| usage.map(|usage| (usage.cached_input, usage.total_input(), usage.output));
    let meant = told(Some(usage));
    // Ollama has no word for them.
    for (caller, codec) in callers().filter(|(caller, _)| *caller != Dialect::Ollama) {
        let stream = written(codec, &events);
        assert_eq!(told(read(codec, &stream).usage), meant, "{caller}");
        // And where the stream is passed on unread.
        let mut scanner = codec.scanner(&head());
        let _ = scanner.push(Bytes::from(stream));
        assert_eq!(told(scanner.summary().usage), meant, "{caller}, passed on");
        checked += 1;
    }
    assert!(checked >= 3, "only {checked}");
}

/// litellm#24004: the provider answers 200 and fails in its first events; nothing of the answer has come, so that
/// the gateway may still go to another deployment.
#[test]
fn what_comes_before_the_first_word_is_no_beginning_of_an_answer() {
    for (caller, codec) in callers() {
        let mut encoder = codec.stream_encoder(&head()).unwrap();
        let mut out = BytesMut::new();
        encoder.event(&ChatEvent::Started { id: Some("r".into()), model: Some("m".into()) }, &mut out);
        encoder.event(&ChatEvent::Usage(Usage { input: 5, ..Usage::default() }), &mut out);
        let mut scanner = codec.scanner(&head());
        let _ = scanner.push(out.split().freeze());
        assert!(!scanner.summary().started, "{caller}");
        encoder.error(&llm::LlmError::new(llm::LlmErrorKind::Overloaded, "too much"), &mut out);
        let _ = scanner.push(out.split().freeze());
        assert!(!scanner.summary().started, "{caller}");
        assert_eq!(
            scanner.summary().error.as_ref().map(|error| error.kind),
            Some(llm::LlmErrorKind::Overloaded),
            "{caller}"
        );
    }
}

/// What a request to Anthropic marks for its cache.
fn markers(body: &Value) -> usize {
    match body {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| usize::from(name == "cache_control") + markers(value)).sum()
        }
        Value::Array(items) => items.iter().map(markers).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// litellm#15696: more than four markers are refused. litellm#39815: so is one on thinking.
#[test]
fn a_request_to_anthropic_has_at_most_four_markers_and_none_on_thinking() {
    let marked = |text: &str| Part::Text { text: text.into(), cache_marker: true };
    let thinking = Part::Reasoning { text: "hm".into(), signature: Some("EqQB".into()), redacted: None };
    let redacted = Part::Reasoning { text: String::new(), signature: None, redacted: Some("EmwK".into()) };
    let mut messages =
        vec![Message { role: Role::System, parts: vec![marked("one"), marked("two")], name: None }];
    for turn in 0..6 {
        messages.push(Message { role: Role::User, parts: vec![marked(&format!("q{turn}"))], name: None });
        let parts = vec![thinking.clone(), redacted.clone(), marked(&format!("a{turn}"))];
        messages.push(Message { role: Role::Assistant, parts, name: None });
    }
    let tool = ToolSpec {
        name: "t".into(),
        description: String::new(),
        parameters: json!({ "type": "object" }),
        strict: None,
        cache_marker: true,
    };
    let request = ChatRequest {
        model: "claude-sonnet-4-5".into(),
        messages,
        tools: vec![tool],
        ..ChatRequest::default()
    };
    let encoded = wire::codec(Dialect::Anthropic).encode_request(&request, false).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(markers(&body), 4, "{body}");
    assert!(encoded.dropped.contains(&"cache_marker".to_owned()), "it is told: {:?}", encoded.dropped);
    assert_eq!(
        body["messages"][1]["content"][0],
        json!({ "type": "thinking", "thinking": "hm", "signature": "EqQB" })
    );
    assert_eq!(body["messages"][1]["content"][1], json!({ "type": "redacted_thinking", "data": "EmwK" }));
    // The one that ends what changes least, and those of the last turns.
    assert!(body["tools"][0]["cache_control"].is_object());
    let last = body["messages"].as_array().unwrap().last().unwrap();
    assert!(last["content"].as_array().unwrap().last().unwrap()["cache_control"].is_object(), "{last}");
}

/// litellm#25869: Gemini's thought signatures come back changed, on the wrong call, or not at all.
#[test]
fn geminis_thought_signatures_come_back_byte_by_byte_by_way_of_every_caller() {
    let signature = "CpwBAVSoXO4+/zK9==\"\\n\u{e4}";
    let parts = json!([
        { "functionCall": { "name": "roll", "args": { "dice": "2d6" } }, "thoughtSignature": signature },
        { "functionCall": { "name": "clock", "args": {} } },
    ]);
    let answer = json!({ "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }],
        "responseId": "r1", "modelVersion": "gemini-3-pro" });
    let gemini = wire::codec(Dialect::Gemini);
    let reply = gemini.decode_reply(answer.to_string().as_bytes()).unwrap();
    // Ollama's format has no place for a signature.
    for caller in CALLERS.into_iter().filter(|caller| *caller != Dialect::Ollama) {
        let codec = wire::codec(caller);
        for streamed in [false, true] {
            // A client that adds the stream up has what it would have been sent whole.
            let given = streamed.then(|| read(codec, &written(codec, &reply.clone().into_events())));
            let body = next_request(caller, given.as_ref().unwrap_or(&reply));
            let mut request = codec.decode_request(body.to_string().as_bytes()).unwrap();
            request.model = "gemini-3-pro".into();
            let sent: Value =
                serde_json::from_slice(&gemini.encode_request(&request, false).unwrap().body).unwrap();
            let turn = &sent["contents"][1]["parts"];
            assert_eq!(turn[0]["thoughtSignature"], signature, "{caller}, streamed {streamed}: {turn}");
            assert_eq!(turn[0]["functionCall"]["name"], "roll");
            assert!(turn[1].get("thoughtSignature").is_none(), "{caller}: {turn}");
        }
    }
}
