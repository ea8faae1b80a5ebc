//! How an answer in the form of Gemini's content is read.

use super::{Heard, only, text};
use serde_json::Value;

pub(super) fn read(events: &[Value]) -> Heard {
    let mut heard = Heard::default();
    for event in events {
        only(
            event,
            &["candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback", "createTime"],
        );
        let candidate = &event["candidates"][0];
        only(
            candidate,
            &["content", "finishReason", "index", "safetyRatings", "citationMetadata", "finishMessage"],
        );
        let content = &candidate["content"];
        if content.is_object() {
            only(content, &["parts", "role"]);
            assert_eq!(content["role"], "model");
        }
        for part in content["parts"].as_array().into_iter().flatten() {
            only(part, &["text", "thought", "thoughtSignature", "functionCall"]);
            if let Some(call) = part.get("functionCall") {
                only(call, &["id", "name", "args"]);
                heard.calls.push((text(&call["name"]).to_owned(), call["args"].clone()));
                // Ids are optional here; where there are some, they differ.
                heard
                    .ids
                    .push(call["id"].as_str().map_or_else(|| heard.ids.len().to_string(), str::to_owned));
            } else if part["thought"] == true {
                heard.thought.push_str(text(&part["text"]));
            } else {
                heard.text.push_str(text(&part["text"]));
            }
        }
        match text(&candidate["finishReason"]) {
            "" => {}
            "STOP" => heard.finish = if heard.calls.is_empty() { "stop" } else { "tools" },
            "MAX_TOKENS" => heard.finish = "length",
            "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "RECITATION" | "SPII" | "OTHER" => {
                heard.finish = "filter"
            }
            other => panic!("finishReason `{other}`"),
        }
        let usage = &event["usageMetadata"];
        if usage.is_object() {
            let count = |name: &str| usage[name].as_u64().unwrap_or_default();
            heard.usage =
                (count("promptTokenCount"), count("candidatesTokenCount") + count("thoughtsTokenCount"));
            assert!(count("totalTokenCount") >= heard.usage.0, "{usage}");
        }
    }
    let last = events.last().expect("events");
    assert!(last["candidates"][0]["finishReason"].is_string() && last["usageMetadata"].is_object(), "{last}");
    heard
}
