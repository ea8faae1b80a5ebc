//! How an answer in the form of OpenAI's chat completions is read.

use super::{Heard, events, id, only, parse, text};
use serde_json::Value;

const MESSAGE: &[&str] =
    &["role", "content", "refusal", "tool_calls", "reasoning_content", "reasoning_details", "annotations"];

fn finish(reason: &Value) -> &'static str {
    match text(reason) {
        "stop" => "stop",
        "length" => "length",
        "tool_calls" => "tools",
        "content_filter" => "filter",
        other => panic!("finish_reason `{other}`"),
    }
}

fn usage(usage: &Value) -> (u64, u64) {
    let fields = [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    ];
    only(usage, &fields);
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(count("total_tokens"), count("prompt_tokens") + count("completion_tokens"));
    (count("prompt_tokens"), count("completion_tokens"))
}

pub(super) fn whole(body: &Value) -> Heard {
    let fields =
        ["id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier"];
    only(body, &fields);
    assert_eq!(body["object"], "chat.completion");
    id(&body["id"]);
    assert!(body["created"].is_u64() && body["model"].is_string());
    let choice = &body["choices"][0];
    only(choice, &["index", "message", "finish_reason", "logprobs"]);
    let message = &choice["message"];
    only(message, MESSAGE);
    assert_eq!(message["role"], "assistant");
    let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
    for call in &calls {
        // Google's own place for the seal of a call in this format.
        only(call, &["id", "type", "function", "extra_content"]);
        assert_eq!(call["type"], "function");
    }
    Heard {
        text: text(&message["content"]).to_owned(),
        thought: text(&message["reasoning_content"]).to_owned(),
        refusal: text(&message["refusal"]).to_owned(),
        ids: calls.iter().map(|call| id(&call["id"])).collect(),
        calls: calls
            .iter()
            .map(|call| {
                (text(&call["function"]["name"]).to_owned(), parse(text(&call["function"]["arguments"])))
            })
            .collect(),
        finish: finish(&choice["finish_reason"]),
        usage: usage(&body["usage"]),
    }
}

pub(super) fn stream(stream: &str) -> Heard {
    let mut events: Vec<Value> = events(stream).into_iter().map(|(_, data)| data).collect();
    assert_eq!(events.pop().unwrap(), "[DONE]", "{stream}");
    let mut heard = Heard::default();
    let mut arguments: Vec<String> = Vec::new();
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant", "{stream}");
    for event in &events {
        only(
            event,
            &["id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier"],
        );
        assert_eq!(
            (&event["object"], &event["id"]),
            (&Value::from("chat.completion.chunk"), &events[0]["id"])
        );
        id(&event["id"]);
        if event["usage"].is_object() {
            heard.usage = usage(&event["usage"]);
        }
        let Some(choice) = event["choices"].get(0) else { continue };
        assert!(heard.finish.is_empty(), "words after the end: {stream}");
        let delta = &choice["delta"];
        only(delta, MESSAGE);
        heard.text.push_str(text(&delta["content"]));
        heard.thought.push_str(text(&delta["reasoning_content"]));
        heard.refusal.push_str(text(&delta["refusal"]));
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            assert!(index <= heard.ids.len(), "a call is left out: {stream}");
            if index == heard.ids.len() {
                heard.ids.push(id(&call["id"]));
                heard.calls.push((text(&call["function"]["name"]).to_owned(), Value::Null));
                arguments.push(String::new());
            } else {
                assert!(call["id"].is_null() || call["id"] == heard.ids[index].as_str(), "{stream}");
            }
            arguments[index].push_str(text(&call["function"]["arguments"]));
        }
        if !choice["finish_reason"].is_null() {
            heard.finish = finish(&choice["finish_reason"]);
        }
    }
    for (call, arguments) in heard.calls.iter_mut().zip(arguments) {
        call.1 = parse(&arguments);
    }
    heard
}
