//! OpenAI Responses.
//!
//! Form: the API reference at <https://platform.openai.com/docs/api-reference/responses-streaming>. Thinking
//! is sent as a summary with something encrypted beside it, as reasoning models do when nothing is stored.

use super::super::reply::{ErrorReply, Part, Stop, UsageFigures};
use super::{Answer, Frame, fragments, openai, sse, words};
use serde_json::{Value, json};

/// What every reasoning item has encrypted; an upstream would check it, so it is always the same.
const ENCRYPTED: &str = "gAAAAABzY3JpcHRlZA==";

fn usage(figures: &UsageFigures) -> Value {
    let input = figures.input + figures.cached_input + figures.cache_write;
    json!({
        "input_tokens": input,
        "input_tokens_details": { "cached_tokens": figures.cached_input },
        "output_tokens": figures.output,
        "output_tokens_details": { "reasoning_tokens": figures.reasoning },
        "total_tokens": input + figures.output,
    })
}

/// The response as it is at the beginning, or at the end with its output.
fn response(answer: &Answer, status: &str, output: Vec<Value>) -> Value {
    let reason = match answer.stop {
        _ if status != "incomplete" => None,
        Stop::ContentFilter => Some("content_filter"),
        Stop::Stop | Stop::Length | Stop::ToolCalls => Some("max_output_tokens"),
    };
    json!({
        "id": format!("resp_scripted_{}", answer.number),
        "object": "response",
        "created_at": openai::CREATED,
        "status": status,
        "error": null,
        "incomplete_details": reason.map(|reason| json!({ "reason": reason })),
        "instructions": null,
        "model": answer.model,
        "output": output,
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": answer.usage.as_ref().filter(|_| status != "in_progress").map(usage),
    })
}

fn final_status(answer: &Answer) -> &'static str {
    match answer.stop {
        Stop::Length | Stop::ContentFilter => "incomplete",
        Stop::Stop | Stop::ToolCalls => "completed",
    }
}

/// The item that a part is, complete.
fn item(answer: &Answer, index: usize, part: &Part) -> Value {
    let id = |kind: &str| format!("{kind}_scripted_{}_{index}", answer.number);
    match part {
        Part::Text(text) => {
            json!({ "id": id("msg"), "type": "message", "status": "completed", "role": "assistant",
            "content": [{ "type": "output_text", "annotations": [], "logprobs": [], "text": text }] })
        }
        Part::Refusal(text) => json!({ "id": id("msg"), "type": "message", "status": "completed",
            "role": "assistant", "content": [{ "type": "refusal", "refusal": text }] }),
        Part::Reasoning(text) => json!({ "id": id("rs"), "type": "reasoning", "encrypted_content": ENCRYPTED,
            "summary": [{ "type": "summary_text", "text": text }] }),
        Part::ToolCall { id: call, name, arguments } => json!({ "id": id("fc"), "type": "function_call",
            "status": "completed", "arguments": arguments, "call_id": call, "name": name }),
    }
}

/// Frames with the numbers that the format wants in them.
struct Frames {
    frames: Vec<Frame>,
}

impl Frames {
    fn push(&mut self, kind: &str, mut data: Value, is_word: bool) {
        data["type"] = kind.into();
        data["sequence_number"] = self.frames.len().into();
        self.frames.push(sse(Some(kind), &data, is_word));
    }

    /// A message or a reasoning item: one part in it, which comes word by word under these names.
    fn worded(&mut self, place: &Value, names: [&str; 4], text: &str) {
        let [part_kind, part_event, text_event, field] = names;
        let part = |text: &str| json!({ "type": part_kind, field: text });
        let at = |more: Value| {
            let mut data = place.clone();
            for (key, value) in more.as_object().into_iter().flatten() {
                data[key] = value.clone();
            }
            data
        };
        self.push(&format!("response.{part_event}.added"), at(json!({ "part": part("") })), false);
        for word in words(text) {
            self.push(&format!("response.{text_event}.delta"), at(json!({ "delta": word })), true);
        }
        self.push(&format!("response.{text_event}.done"), at(json!({ field: text })), false);
        self.push(&format!("response.{part_event}.done"), at(json!({ "part": part(text) })), false);
    }
}

pub(super) fn text_frame(answer: &Answer, text: &str) -> Frame {
    let data = json!({ "type": "response.output_text.delta", "item_id": format!("msg_scripted_{}_0", answer.number),
        "output_index": 0, "content_index": 0, "sequence_number": 4, "logprobs": [], "delta": text });
    sse(Some("response.output_text.delta"), &data, true)
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames = Frames { frames: Vec::new() };
    for kind in ["response.created", "response.in_progress"] {
        frames.push(kind, json!({ "response": response(answer, "in_progress", Vec::new()) }), false);
    }
    let mut output = Vec::new();
    for (index, part) in answer.parts.iter().enumerate() {
        let item = item(answer, index, part);
        let mut opening = item.clone();
        opening["status"] = "in_progress".into();
        for empty in ["content", "summary"] {
            if opening.get(empty).is_some() {
                opening[empty] = json!([]);
            }
        }
        if opening.get("arguments").is_some() {
            opening["arguments"] = "".into();
        }
        frames.push("response.output_item.added", json!({ "output_index": index, "item": opening }), false);
        let mut place = json!({ "item_id": item["id"], "output_index": index });
        match part {
            Part::Text(text) => {
                place["content_index"] = 0.into();
                frames.worded(&place, ["output_text", "content_part", "output_text", "text"], text);
            }
            Part::Refusal(text) => {
                place["content_index"] = 0.into();
                frames.worded(&place, ["refusal", "content_part", "refusal", "refusal"], text);
            }
            Part::Reasoning(text) => {
                place["summary_index"] = 0.into();
                let names = ["summary_text", "reasoning_summary_part", "reasoning_summary_text", "text"];
                frames.worded(&place, names, text);
            }
            Part::ToolCall { arguments, .. } => {
                for fragment in fragments(arguments) {
                    let mut data = place.clone();
                    data["delta"] = fragment.into();
                    frames.push("response.function_call_arguments.delta", data, true);
                }
                place["arguments"] = arguments.as_str().into();
                frames.push("response.function_call_arguments.done", place, false);
            }
        }
        frames.push("response.output_item.done", json!({ "output_index": index, "item": item }), false);
        output.push(item);
    }
    let status = final_status(answer);
    let last = json!({ "response": response(answer, status, output) });
    frames.push(&format!("response.{status}"), last, false);
    frames.frames
}

pub(super) fn whole(answer: &Answer) -> Value {
    let items = answer.parts.iter().enumerate().map(|(index, part)| item(answer, index, part));
    response(answer, final_status(answer), items.collect())
}

/// The error event, as the service sends it before it ends the response.
pub(super) fn error_frame(reply: &ErrorReply) -> Frame {
    let mut data = openai::error(reply);
    data["type"] = "error".into();
    data["sequence_number"] = 9.into();
    sse(Some("error"), &data, false)
}
