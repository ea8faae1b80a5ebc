//! How an answer in the form of Ollama's chat is read.

use super::{Heard, only, text};
use serde_json::Value;

pub(super) fn read(lines: &[Value]) -> Heard {
    let mut heard = Heard::default();
    for (number, line) in lines.iter().enumerate() {
        let fields = [
            "model",
            "created_at",
            "message",
            "done",
            "done_reason",
            "total_duration",
            "load_duration",
            "prompt_eval_count",
            "prompt_eval_duration",
            "eval_count",
            "eval_duration",
        ];
        only(line, &fields);
        assert!(line["model"].is_string() && line["created_at"].is_string(), "{line}");
        assert_eq!(line["done"].as_bool(), Some(number + 1 == lines.len()), "{line}");
        let message = &line["message"];
        only(message, &["role", "content", "thinking", "tool_calls", "images"]);
        assert_eq!(message["role"], "assistant");
        heard.text.push_str(text(&message["content"]));
        heard.thought.push_str(text(&message["thinking"]));
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            only(call, &["id", "type", "function"]);
            let function = &call["function"];
            assert!(function["arguments"].is_object(), "{line}");
            heard.ids.push(call["id"].as_str().map_or_else(|| heard.ids.len().to_string(), str::to_owned));
            heard.calls.push((text(&function["name"]).to_owned(), function["arguments"].clone()));
        }
    }
    let last = lines.last().expect("lines");
    heard.finish = match text(&last["done_reason"]) {
        "stop" if heard.calls.is_empty() => "stop",
        "stop" => "tools",
        "length" => "length",
        other => panic!("done_reason `{other}`"),
    };
    let count = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("no `{name}`: {last}"));
    heard.usage = (count("prompt_eval_count"), count("eval_count"));
    heard
}
