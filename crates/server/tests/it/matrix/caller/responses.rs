//! How an answer in the form of OpenAI's responses is read.

use super::{Heard, events, id, only, parse, text};
use serde_json::Value;

fn item(item: &Value, heard: &mut Heard) {
    id(&item["id"]);
    match text(&item["type"]) {
        "message" => {
            only(item, &["id", "type", "status", "role", "content", "phase"]);
            assert!(
                item["role"] == "assistant"
                    && (item["status"] == "completed" || item["status"] == "incomplete"),
                "{item}"
            );
            for part in item["content"].as_array().unwrap() {
                match text(&part["type"]) {
                    "output_text" => {
                        assert!(part["annotations"].is_array(), "{part}");
                        heard.text.push_str(text(&part["text"]));
                    }
                    "refusal" => heard.refusal.push_str(text(&part["refusal"])),
                    other => panic!("a part `{other}`"),
                }
            }
        }
        "reasoning" => {
            only(item, &["id", "type", "status", "summary", "content", "encrypted_content"]);
            for part in item["summary"]
                .as_array()
                .unwrap()
                .iter()
                .chain(item["content"].as_array().into_iter().flatten())
            {
                heard.thought.push_str(text(&part["text"]));
            }
        }
        "function_call" => {
            only(item, &["id", "type", "status", "call_id", "name", "arguments"]);
            heard.ids.push(id(&item["call_id"]));
            heard.calls.push((text(&item["name"]).to_owned(), parse(text(&item["arguments"]))));
        }
        other => panic!("an item `{other}`"),
    }
}

pub(super) fn whole(body: &Value) -> Heard {
    assert_eq!(body["object"], "response");
    id(&body["id"]);
    // What the SDK's model of a response requires.
    for field in ["created_at", "model", "output", "parallel_tool_calls", "tool_choice", "tools", "status"] {
        assert!(!body[field].is_null(), "no `{field}`: {body}");
    }
    for foreign in ["choices", "content", "candidates", "message", "stop_reason", "usageMetadata"] {
        assert!(body.get(foreign).is_none(), "{body}");
    }
    let mut heard = Heard::default();
    for one in body["output"].as_array().unwrap() {
        item(one, &mut heard);
    }
    heard.finish = match (text(&body["status"]), text(&body["incomplete_details"]["reason"])) {
        ("completed", _) if heard.calls.is_empty() => "stop",
        ("completed", _) => "tools",
        ("incomplete", "max_output_tokens") => "length",
        ("incomplete", "content_filter") => "filter",
        other => panic!("{other:?}: {body}"),
    };
    let usage = &body["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap_or_else(|| panic!("no `{name}`: {body}"));
    assert_eq!(count("total_tokens"), count("input_tokens") + count("output_tokens"));
    assert!(usage["input_tokens_details"]["cached_tokens"].is_u64(), "{usage}");
    assert!(usage["output_tokens_details"]["reasoning_tokens"].is_u64(), "{usage}");
    heard.usage = (count("input_tokens"), count("output_tokens"));
    heard
}

pub(super) fn stream(stream: &str) -> Heard {
    let events = events(stream);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[0], "response.created", "{stream}");
    let mut delta = Heard::default();
    let mut arguments = std::collections::BTreeMap::<u64, String>::new();
    for (number, (name, data)) in events.iter().enumerate() {
        assert_eq!(
            (text(&data["type"]), data["sequence_number"].as_u64()),
            (name.as_str(), Some(number as u64)),
            "{stream}"
        );
        match name.as_str() {
            "response.output_text.delta" => delta.text.push_str(text(&data["delta"])),
            "response.refusal.delta" => delta.refusal.push_str(text(&data["delta"])),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                delta.thought.push_str(text(&data["delta"]))
            }
            "response.function_call_arguments.delta" => {
                arguments
                    .entry(data["output_index"].as_u64().unwrap())
                    .or_default()
                    .push_str(text(&data["delta"]));
            }
            _ => {}
        }
    }
    let added = names.iter().filter(|name| **name == "response.output_item.added").count();
    let done = names.iter().filter(|name| **name == "response.output_item.done").count();
    let (last, data) = events.last().unwrap();
    assert!(last == "response.completed" || last == "response.incomplete", "{stream}");
    let heard = whole(&data["response"]);
    assert_eq!((added, done), (data["response"]["output"].as_array().unwrap().len(), added), "{stream}");
    assert_eq!(
        (&delta.text, &delta.thought, &delta.refusal),
        (&heard.text, &heard.thought, &heard.refusal),
        "{stream}"
    );
    let fragments: Vec<Value> = arguments.values().map(|text| parse(text)).collect();
    assert_eq!(
        fragments,
        heard.calls.iter().map(|(_, arguments)| arguments.clone()).collect::<Vec<_>>(),
        "{stream}"
    );
    heard
}
