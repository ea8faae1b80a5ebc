//! Any answer, written to a caller in a format in which calls come whole, and read again, however it is cut.

use bytes::BytesMut;
use llm::{Aggregator, ChatEvent, ChatReply, Dialect, Part, RequestHead, StopReason, Usage};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A part of an answer, and in which pieces it comes.
fn part() -> impl Strategy<Value = (Part, usize)> {
    let call = ("[a-z]{1,6}", prop::collection::vec(("[a-z\"\\\\{}]{0,4}", "(?s).{0,6}"), 0..3));
    let part = prop_oneof![
        "(?s).{1,12}".prop_map(Part::text),
        ("(?s).{1,12}", prop::option::of("[a-z:=]{1,8}")).prop_map(|(text, signature)| Part::Reasoning {
            text,
            signature,
            redacted: None
        }),
        call.prop_map(|(name, fields)| {
            let fields = fields.into_iter().map(|(key, value)| (key, json!([value, { "n": null }])));
            let arguments = Value::Object(fields.collect()).to_string();
            Part::ToolCall { id: String::new(), name, arguments, signature: None }
        }),
    ];
    (part, 1usize..9)
}

/// The events of an answer of these parts. Calls that follow one another come with their fragments mixed.
fn events(parts: &[(Part, usize)]) -> Vec<ChatEvent> {
    let id = Some("r-1".to_owned());
    let mut events = vec![ChatEvent::Started { id, model: Some("m".to_owned()) }];
    let mut open: Vec<(u32, Vec<String>)> = Vec::new();
    let mut calls = 0;
    for (part, size) in parts {
        let pieces = |text: &str| -> Vec<String> {
            let letters: Vec<char> = text.chars().collect();
            letters.chunks(*size).map(|piece| piece.iter().collect()).collect()
        };
        match part {
            Part::ToolCall { name, arguments, .. } => {
                let (index, name) = (calls, name.clone());
                calls += 1;
                let id = format!("call-{index}");
                events.push(ChatEvent::ToolCallStarted { index, id, name, signature: None });
                open.push((index, pieces(arguments)));
                continue;
            }
            Part::Text { text, .. } => {
                mix(&mut open, &mut events);
                events.extend(pieces(text).into_iter().map(|delta| ChatEvent::Text { delta }));
            }
            Part::Reasoning { text, signature, .. } => {
                mix(&mut open, &mut events);
                events.extend(pieces(text).into_iter().map(|delta| ChatEvent::Reasoning { delta }));
                events.push(ChatEvent::ReasoningSealed { signature: signature.clone(), redacted: None });
            }
            Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    mix(&mut open, &mut events);
    events.push(ChatEvent::Stopped { reason: StopReason::EndTurn });
    events.push(ChatEvent::Usage(Usage { input: 3, output: 4, ..Usage::default() }));
    events
}

/// One fragment of each open call in turn.
fn mix(open: &mut Vec<(u32, Vec<String>)>, events: &mut Vec<ChatEvent>) {
    while !open.is_empty() {
        for (index, pieces) in open.iter_mut() {
            if !pieces.is_empty() {
                events.push(ChatEvent::ToolCallArguments { index: *index, delta: pieces.remove(0) });
            }
        }
        open.retain(|(_, pieces)| !pieces.is_empty());
    }
}

fn sum(events: &[ChatEvent]) -> ChatReply {
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    sum.finish()
}

/// Text, thinking with the tokens that the format has a place for, and calls.
fn told(reply: &ChatReply, caller: Dialect) -> (String, String, Vec<String>, Vec<Value>) {
    let (mut thinking, mut tokens, mut calls) = (String::new(), Vec::new(), Vec::new());
    for part in &reply.parts {
        match part {
            Part::Reasoning { text, signature, .. } => {
                thinking.push_str(text);
                tokens.extend(signature.clone().filter(|_| caller == Dialect::Gemini));
            }
            Part::ToolCall { id, name, arguments, .. } => {
                calls.push(json!([id, name, serde_json::from_str::<Value>(arguments).unwrap()]));
            }
            Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    (reply.plain_text(), thinking, tokens, calls)
}

proptest! {
    #[test]
    fn an_answer_written_to_a_caller_is_the_answer(
        parts in prop::collection::vec(part(), 0..6), size in 1usize..60,
    ) {
        let events = events(&parts);
        let meant = sum(&events);
        for caller in [Dialect::Gemini, Dialect::Ollama] {
            let codec = wire::codec(caller);
            let head = RequestHead { model: "asked".to_owned(), stream: true, ..RequestHead::default() };
            let mut encoder = codec.stream_encoder(&head).unwrap();
            let mut out = BytesMut::new();
            events.iter().for_each(|event| encoder.event(event, &mut out));
            encoder.finish(&mut out);
            let pieces: Vec<&[u8]> = out.chunks(size).collect();
            let (read, error) = crate::fixtures::decode(codec, &pieces);
            prop_assert_eq!(error, None);
            let streamed = sum(&read);
            prop_assert_eq!(told(&streamed, caller), told(&meant, caller), "{} streamed", caller);
            prop_assert_eq!(streamed.usage, meant.usage);
            let whole = codec.decode_reply(&codec.encode_reply(&meant, "asked").unwrap()).unwrap();
            prop_assert_eq!(told(&whole, caller), told(&meant, caller), "{} whole", caller);
            prop_assert_eq!((&whole.model, whole.usage), (&meant.model, meant.usage));
        }
    }
}
