//! What a provider answers reaches the caller, whole and streamed, as far as the caller's format has a place for it.

use super::{CALLERS, PROVIDERS, codec};
use crate::fixtures::{cases, decode};
use bytes::BytesMut;
use llm::{Aggregator, ChatEvent, ChatReply, Codec, Dialect, Part, RequestHead, StopReason};
use serde_json::{Value, json};

/// Writes events as a caller of this dialect gets them, and reads them as the caller would.
fn as_stream(caller: &dyn Codec, events: &[ChatEvent]) -> ChatReply {
    let head = RequestHead {
        model: "asked-for".to_owned(),
        stream: true,
        wants_stream_usage: true,
        choices: 1,
        ..RequestHead::default()
    };
    let mut encoder = caller.stream_encoder(&head).unwrap();
    let mut out = BytesMut::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    encoder.finish(&mut out);
    let (events, error) = decode(caller, &[&out]);
    assert_eq!(error, None);
    aggregate(&events)
}

fn aggregate(events: &[ChatEvent]) -> ChatReply {
    let mut sum = Aggregator::default();
    events.iter().for_each(|event| sum.push(event));
    sum.finish()
}

/// The parts of a reply that every caller must get: text, thinking, calls with their arguments and
/// signatures, in the order of their kind.
fn essence(reply: &ChatReply) -> Value {
    let mut thinking = String::new();
    let mut sealed = Vec::new();
    let mut calls = Vec::new();
    for part in &reply.parts {
        match part {
            Part::Reasoning { text, signature, redacted } => {
                thinking.push_str(text);
                sealed.extend(redacted.as_deref().or(signature.as_deref()));
            }
            Part::ToolCall { id, name, arguments, signature } => {
                let arguments: Value = serde_json::from_str(arguments).unwrap_or(json!(arguments));
                calls.push(json!([id, name, arguments, signature]));
            }
            Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    sealed.sort_unstable();
    let usage = reply.usage.unwrap_or_default();
    json!({
        "id": reply.id, "model": reply.model, "text": reply.plain_text(), "thinking": thinking, "calls": calls,
        "sealed": sealed, "refusal": reply.refusal, "input": usage.total_input(), "cached": usage.cached_input,
        "output": usage.output, "reasoning": usage.reasoning,
    })
}

/// The essence of what a caller of this dialect is able to get: what its format has no place for left out.
fn essence_for(caller: Dialect, reply: &ChatReply) -> Value {
    let mut essence = essence(reply);
    if matches!(caller, Dialect::Gemini | Dialect::Ollama) {
        // The words of a refusal are the answer's text.
        let words = reply.refusal.as_deref().unwrap_or_default();
        essence["text"] = json!(format!("{}{words}", reply.plain_text()));
        essence["refusal"] = Value::Null;
    }
    if caller == Dialect::Ollama {
        for call in essence["calls"].as_array_mut().unwrap() {
            call[3] = Value::Null;
        }
        for (name, nothing) in
            [("id", Value::Null), ("sealed", json!([])), ("cached", json!(0)), ("reasoning", json!(0))]
        {
            essence[name] = nothing;
        }
    }
    essence
}

/// Whether a caller of this dialect may read `given` where the provider's answer was `meant`.
fn same_stop(caller: Dialect, meant: &ChatReply, given: &Option<StopReason>) -> bool {
    let refused = meant.refusal.is_some();
    let calls = meant.parts.iter().any(|part| matches!(part, Part::ToolCall { .. }));
    let meant = &meant.stop;
    meant == given
        || match (caller, meant) {
            // It has one word for all ways of declining.
            (Dialect::Anthropic, Some(StopReason::ContentFilter)) => *given == Some(StopReason::Refusal),
            (Dialect::Gemini, Some(StopReason::Refusal)) => *given == Some(StopReason::ContentFilter),
            (Dialect::Gemini, _) if refused => *given == Some(StopReason::ContentFilter),
            // It has one word for all ways of being done.
            (Dialect::OpenAiChat | Dialect::OpenAiResponses, Some(StopReason::StopSequence(_))) => {
                *given == Some(StopReason::EndTurn)
            }
            // It has no place for why a reply with calls or a refusal ended by itself.
            (Dialect::OpenAiResponses, Some(StopReason::EndTurn)) => {
                matches!(given, Some(StopReason::ToolCalls | StopReason::Refusal))
            }
            (Dialect::OpenAiChat | Dialect::OpenAiResponses, Some(StopReason::Refusal)) => {
                matches!(given, Some(StopReason::ContentFilter | StopReason::EndTurn))
            }
            (Dialect::Gemini, Some(StopReason::StopSequence(_) | StopReason::EndTurn))
            | (
                Dialect::Ollama,
                Some(
                    StopReason::StopSequence(_)
                    | StopReason::EndTurn
                    | StopReason::ContentFilter
                    | StopReason::Refusal,
                ),
            ) => *given == Some(if calls { StopReason::ToolCalls } else { StopReason::EndTurn }),
            _ => false,
        }
}

#[test]
fn every_reply_of_every_provider_reaches_every_caller() {
    let mut checked = 0;
    for provider in PROVIDERS {
        for case in cases(provider) {
            let whole = case.bytes("response.json").and_then(|body| case.codec.decode_reply(&body).ok());
            let streamed = case.stream().map(|body| decode(case.codec, &[&body]));
            let streamed = streamed.filter(|(_, error)| error.is_none()).map(|(events, _)| events);
            for caller in CALLERS {
                let place = format!("{} to {caller}", case.folder.display());
                if let Some(reply) = &whole {
                    let written = codec(caller).encode_reply(reply, "asked-for").unwrap();
                    let read = codec(caller).decode_reply(&written).unwrap();
                    check_reply(caller, reply, &read, &format!("{place}, whole"));
                    let again = as_stream(codec(caller), &reply.clone().into_events());
                    check_reply(caller, reply, &again, &format!("{place}, whole reply streamed"));
                    checked += 1;
                }
                if let Some(events) = &streamed {
                    let read = as_stream(codec(caller), events);
                    check_reply(caller, &aggregate(events), &read, &format!("{place}, streamed"));
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 60, "only {checked} replies were there to be checked");
}

#[track_caller]
fn check_reply(caller: Dialect, meant: &ChatReply, given: &ChatReply, place: &str) {
    let mut meant_essence = essence_for(caller, meant);
    let given_essence = essence(given);
    for made_up in ["id", "model"] {
        // Where the provider names none, the format demands one.
        if meant_essence[made_up].is_null() {
            meant_essence[made_up] = given_essence[made_up].clone();
        }
    }
    assert_eq!(given_essence, meant_essence, "{place}");
    assert!(same_stop(caller, meant, &given.stop), "{place}: {:?} became {:?}", meant.stop, given.stop);
}

/// BerriAI/litellm#35711: a stream that never yields the calls that the whole reply has.
#[test]
fn an_ollama_caller_gets_every_call_streamed_or_not() {
    let calls_in = |body: &[u8]| -> Vec<Value> {
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let calls =
            lines.flat_map(|line| line["message"]["tool_calls"].as_array().cloned().unwrap_or_default());
        calls
            .map(|call| {
                json!([call["function"]["name"], call["function"]["arguments"], call["function"]["index"]])
            })
            .collect()
    };
    let mut checked = 0;
    for provider in PROVIDERS {
        for case in cases(provider) {
            let Some(body) = case.bytes("response.json") else { continue };
            let Ok(reply) = case.codec.decode_reply(&body) else { continue };
            if !reply.parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
                continue;
            }
            let ollama = codec(Dialect::Ollama);
            let whole = ollama.encode_reply(&reply, "asked-for").unwrap();
            let head = RequestHead { model: "asked-for".to_owned(), stream: true, ..RequestHead::default() };
            let mut encoder = ollama.stream_encoder(&head).unwrap();
            let mut streamed = BytesMut::new();
            let events = case.stream().map(|stream| decode(case.codec, &[&stream]).0);
            for event in events.unwrap_or_else(|| reply.into_events()) {
                encoder.event(&event, &mut streamed);
            }
            encoder.finish(&mut streamed);
            let whole = calls_in(&whole);
            assert!(!whole.is_empty());
            assert_eq!(calls_in(&streamed), whole, "{}", case.folder.display());
            checked += 1;
        }
    }
    assert!(checked >= 4, "only {checked} replies with calls were there");
}
