//! How an answer in the form of Anthropic's messages is read.

use super::{Heard, events, id, only, parse, text};
use serde_json::Value;

fn finish(reason: &Value) -> &'static str {
    match text(reason) {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" => "length",
        "tool_use" => "tools",
        "refusal" => "filter",
        other => panic!("stop_reason `{other}`"),
    }
}

fn block(block: &Value, heard: &mut Heard) {
    match text(&block["type"]) {
        "text" => {
            only(block, &["type", "text", "citations"]);
            heard.text.push_str(text(&block["text"]));
        }
        "thinking" => {
            only(block, &["type", "thinking", "signature"]);
            assert!(block["signature"].is_string(), "{block}");
            heard.thought.push_str(text(&block["thinking"]));
        }
        "redacted_thinking" => only(block, &["type", "data"]),
        "tool_use" => {
            only(block, &["type", "id", "name", "input"]);
            heard.ids.push(id(&block["id"]));
            heard.calls.push((text(&block["name"]).to_owned(), block["input"].clone()));
        }
        other => panic!("a block `{other}`"),
    }
}

fn envelope(message: &Value) {
    let fields = [
        "id",
        "type",
        "role",
        "model",
        "content",
        "stop_reason",
        "stop_sequence",
        "stop_details",
        "usage",
        "container",
    ];
    only(message, &fields);
    assert_eq!((&message["type"], &message["role"]), (&"message".into(), &"assistant".into()));
    id(&message["id"]);
    assert!(message["model"].is_string());
    assert!(
        message["usage"]["input_tokens"].is_u64() && message["usage"]["output_tokens"].is_u64(),
        "{message}"
    );
}

pub(super) fn whole(body: &Value) -> Heard {
    envelope(body);
    let mut heard = Heard { finish: finish(&body["stop_reason"]), ..Heard::default() };
    body["content"].as_array().unwrap().iter().for_each(|one| block(one, &mut heard));
    heard.refusal.push_str(text(&body["stop_details"]["explanation"]));
    let count = |name: &str| body["usage"][name].as_u64().unwrap_or_default();
    let input =
        count("input_tokens") + count("cache_read_input_tokens") + count("cache_creation_input_tokens");
    heard.usage = (input, count("output_tokens"));
    heard
}

pub(super) fn stream(stream: &str) -> Heard {
    let events: Vec<_> = events(stream).into_iter().filter(|(name, _)| name != "ping").collect();
    assert_eq!(events[0].0, "message_start", "{stream}");
    envelope(&events[0].1["message"]);
    let mut whole = events[0].1["message"].clone();
    let mut blocks: Vec<Value> = Vec::new();
    let (mut open, mut json) = (false, String::new());
    for (name, data) in &events[1..] {
        assert_eq!(text(&data["type"]), name, "{stream}");
        match name.as_str() {
            "content_block_start" => {
                assert!(!open && data["index"] == blocks.len(), "blocks out of order: {stream}");
                (open, json) = (true, String::new());
                blocks.push(data["content_block"].clone());
            }
            "content_block_delta" => {
                assert!(open && data["index"] == blocks.len() - 1, "a delta outside of its block: {stream}");
                let (block, delta) = (blocks.last_mut().unwrap(), &data["delta"]);
                match text(&delta["type"]) {
                    "text_delta" => {
                        block["text"] = format!("{}{}", text(&block["text"]), text(&delta["text"])).into()
                    }
                    "thinking_delta" => {
                        block["thinking"] =
                            format!("{}{}", text(&block["thinking"]), text(&delta["thinking"])).into()
                    }
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    "input_json_delta" => json.push_str(text(&delta["partial_json"])),
                    "citations_delta" => {}
                    other => panic!("a delta `{other}`: {stream}"),
                }
            }
            "content_block_stop" => {
                assert!(open && data["index"] == blocks.len() - 1, "{stream}");
                open = false;
                if !json.is_empty() {
                    blocks.last_mut().unwrap()["input"] = parse(&json);
                }
            }
            "message_delta" => {
                assert!(!open, "{stream}");
                whole["stop_reason"] = data["delta"]["stop_reason"].clone();
                whole["stop_details"] = data["delta"]["stop_details"].clone();
                for (name, count) in data["usage"].as_object().unwrap() {
                    whole["usage"][name] = count.clone();
                }
            }
            "message_stop" => assert!(whole["stop_reason"].is_string(), "{stream}"),
            other => panic!("an event `{other}`: {stream}"),
        }
    }
    assert_eq!(events.last().unwrap().0, "message_stop", "{stream}");
    whole["content"] = blocks.into();
    self::whole(&whole)
}
