//! Tests of the encoder: what clients take for granted in a stream, for streams of any order.

use super::*;
use crate::openai_responses::stream::Decoder;
use llm::{Aggregator, ChatReply, Part, StreamDecoder as _};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn written(events: &[ChatEvent]) -> BytesMut {
    let mut encoder = Encoder::new("m");
    let mut out = BytesMut::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    encoder.finish(&mut out);
    out
}

fn data(stream: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(stream).unwrap().lines();
    lines
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// Adds a stream up as the official clients do, and fails where they would.
fn added_up(events: &[Value]) -> Value {
    assert_eq!(events[0]["type"], "response.created");
    let mut open: BTreeMap<u64, Value> = BTreeMap::new();
    let mut done: BTreeMap<u64, Value> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "numbered without a gap");
        let kind = event["type"].as_str().unwrap();
        let index = event["output_index"].as_u64();
        if let (Some(index), Some(id)) = (index, event.get("item_id")) {
            assert_eq!(open[&index]["id"], *id, "{kind} of an item that is open");
        }
        let place = |name: &str| usize::try_from(event[name].as_u64().unwrap()).unwrap();
        let item = index.and_then(|index| open.get_mut(&index));
        match (kind, item) {
            ("response.output_item.added", None) => drop(open.insert(index.unwrap(), event["item"].clone())),
            ("response.output_item.done", Some(item)) => {
                for name in ["id", "type", "call_id"] {
                    assert_eq!(item[name], event["item"][name], "`{name}` stays");
                }
                for name in ["arguments", "content", "summary"] {
                    assert_eq!(item[name], event["item"][name], "`{name}` is what the pieces add up to");
                }
                let index = index.unwrap();
                assert!(open.remove(&index).is_some() && done.insert(index, event["item"].clone()).is_none());
            }
            ("response.content_part.added", Some(item)) => {
                let parts = item["content"].as_array_mut().unwrap();
                assert_eq!(place("content_index"), parts.len());
                parts.push(event["part"].clone());
            }
            ("response.content_part.done", Some(item)) => {
                assert_eq!(item["content"][place("content_index")], event["part"]);
            }
            ("response.reasoning_summary_part.added", Some(item)) => {
                item["summary"].as_array_mut().unwrap().push(event["part"].clone());
            }
            ("response.reasoning_summary_part.done", Some(item)) => {
                assert_eq!(item["summary"][place("summary_index")], event["part"]);
            }
            (delta, Some(item)) if delta.ends_with(".delta") => {
                let text = match delta {
                    "response.output_text.delta" => &mut item["content"][place("content_index")]["text"],
                    "response.refusal.delta" => &mut item["content"][place("content_index")]["refusal"],
                    "response.reasoning_summary_text.delta" => {
                        &mut item["summary"][place("summary_index")]["text"]
                    }
                    _ => &mut item["arguments"],
                };
                *text = format!("{}{}", text.as_str().unwrap(), event["delta"].as_str().unwrap()).into();
            }
            (whole, Some(item)) if whole.ends_with("_text.done") || whole == "response.refusal.done" => {
                let parts = if whole.contains("summary") { &item["summary"] } else { &item["content"] };
                let part = parts.as_array().unwrap().last().unwrap();
                for name in ["text", "refusal"] {
                    assert!(event.get(name).is_none() || event[name] == part[name]);
                }
            }
            ("response.function_call_arguments.done", Some(item)) => {
                assert_eq!(item["arguments"], event["arguments"]);
            }
            ("response.created" | "response.in_progress", None) => assert!(number < 2),
            ("response.completed" | "response.incomplete", None) => assert_eq!(number, events.len() - 1),
            (other, item) => panic!("{other} with {item:?}"),
        }
    }
    assert!(open.is_empty(), "every item has ended");
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["id"], events[0]["response"]["id"]);
    assert_eq!(response["output"], done.into_values().collect::<Value>());
    response.clone()
}

fn read(stream: &[u8]) -> ChatReply {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    decoder.push(stream, &mut events).unwrap();
    decoder.finish(&mut events).unwrap();
    summed(&events)
}

fn summed(events: &[ChatEvent]) -> ChatReply {
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    sum.finish()
}

/// Something a model may say next.
fn step() -> impl Strategy<Value = ChatEvent> {
    let text = "[a-zé\"\\\\\n]{1,5}";
    prop_oneof![
        4 => text.prop_map(|delta| ChatEvent::Text { delta }),
        3 => text.prop_map(|delta| ChatEvent::Reasoning { delta }),
        2 => (proptest::option::of("[a-z]{3}"), proptest::option::of("[a-z]{3}"))
            .prop_map(|(signature, redacted)| ChatEvent::ReasoningSealed { signature, redacted }),
        1 => text.prop_map(|delta| ChatEvent::Refusal { delta }),
        3 => (0..4_u32).prop_map(|index| ChatEvent::ToolCallArguments { index, delta: String::new() }),
    ]
}

/// Turns pieces of arguments into calls that begin before their pieces come, and ends them all.
fn with_calls(steps: Vec<ChatEvent>) -> Vec<ChatEvent> {
    const PIECES: [&str; 3] = ["{\"a\"", ":[1,", "2]}"];
    let mut events = vec![ChatEvent::Started { id: Some("r-1".into()), model: Some("m".into()) }];
    let mut come: BTreeMap<u32, usize> = BTreeMap::new();
    let begin = |index: u32| ChatEvent::ToolCallStarted {
        index,
        id: format!("c{index}"),
        name: "t".into(),
        signature: (index == 1).then(|| "gemini:sig".into()),
    };
    for step in steps {
        let ChatEvent::ToolCallArguments { index, .. } = step else {
            events.push(step);
            continue;
        };
        // Calls are numbered in the order in which they begin.
        let index = index.min(u32::try_from(come.len()).unwrap());
        let pieces = come.entry(index).or_insert_with(|| {
            events.push(begin(index));
            0
        });
        if let Some(piece) = PIECES.get(*pieces) {
            *pieces += 1;
            events.push(ChatEvent::ToolCallArguments { index, delta: (*piece).into() });
        }
    }
    for (index, pieces) in come {
        for piece in PIECES.get(pieces..).unwrap() {
            events.push(ChatEvent::ToolCallArguments { index, delta: (*piece).into() });
        }
    }
    events
}

/// What must come through, whatever the order of items becomes.
fn essence(reply: &ChatReply) -> (String, String, Vec<String>, Vec<String>, Option<String>) {
    let (mut thoughts, mut sealed, mut calls) = (String::new(), Vec::new(), Vec::new());
    for part in &reply.parts {
        match part {
            Part::Reasoning { text, signature, redacted } => {
                thoughts.push_str(text);
                sealed.extend([signature, redacted].into_iter().flatten().cloned());
            }
            Part::ToolCall { id, arguments, signature, .. } => {
                calls.push(format!("{id} {arguments} {signature:?}"));
            }
            Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    (reply.plain_text(), thoughts, sealed, calls, reply.refusal.clone())
}

proptest! {
    #[test]
    fn clients_can_add_up_whatever_comes(steps in proptest::collection::vec(step(), 0..25)) {
        let mut events = with_calls(steps);
        events.push(ChatEvent::Usage(Usage { input: 3, output: 4, ..Usage::default() }));
        events.push(ChatEvent::Stopped { reason: StopReason::EndTurn });
        let stream = written(&events);
        let response = added_up(&data(&stream));
        prop_assert_eq!(essence(&read(&stream)), essence(&summed(&events)));
        // The reply in one piece is what the stream ended with.
        let mut silent = Encoder::silent("m");
        events.iter().for_each(|event| silent.take(event));
        prop_assert_eq!(silent.into_response(), response);
    }
}

#[test]
fn an_error_ends_the_stream_in_both_ways_that_clients_look_for() {
    let error = LlmError::new(llm::LlmErrorKind::Overloaded, "too much");
    for begun in [false, true] {
        let mut encoder = Encoder::new("m");
        let mut out = BytesMut::new();
        if begun {
            encoder.event(&ChatEvent::Text { delta: "so far".into() }, &mut out);
        }
        encoder.error(&error, &mut out);
        // Nothing comes after it.
        encoder.event(&ChatEvent::Text { delta: "late".into() }, &mut out);
        encoder.error(&error, &mut out);
        encoder.finish(&mut out);
        let events = data(&out);
        let [.., told, failed] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(events[0]["type"], "response.created");
        assert_eq!((&told["type"], &told["message"]), (&json!("error"), &json!("too much")));
        assert_eq!(told["error"]["message"], "too much");
        assert_eq!(
            (&failed["type"], &failed["response"]["status"]),
            (&json!("response.failed"), &json!("failed"))
        );
        assert_eq!(failed["response"]["error"]["code"], told["code"]);
    }
}

#[test]
fn how_it_ended_shows_in_the_status() {
    let ended = |reason, refusal: bool| {
        let mut events = vec![ChatEvent::Text { delta: "x".into() }];
        events.extend(refusal.then(|| ChatEvent::Refusal { delta: "no".into() }));
        events.push(ChatEvent::Stopped { reason });
        let response = added_up(&data(&written(&events)));
        let reason = response["incomplete_details"]["reason"].as_str().unwrap_or_default().to_owned();
        (response["status"].as_str().unwrap().to_owned(), reason, response["output"][0]["status"].clone())
    };
    let is = |status: &str, reason: &str| (status.to_owned(), reason.to_owned(), json!(status));
    assert_eq!(ended(StopReason::EndTurn, false), is("completed", ""));
    assert_eq!(ended(StopReason::StopSequence(None), false), is("completed", ""));
    assert_eq!(ended(StopReason::MaxTokens, false), is("incomplete", "max_output_tokens"));
    assert_eq!(ended(StopReason::ContentFilter, false), is("incomplete", "content_filter"));
    assert_eq!(ended(StopReason::Refusal, false), is("incomplete", "content_filter"));
    assert_eq!(ended(StopReason::Refusal, true), is("completed", ""));
}
