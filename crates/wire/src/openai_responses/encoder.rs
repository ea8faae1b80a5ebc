//! Writes events to a caller as a stream of Responses, and gathers the response that the stream ends with.
//!
//! Items are written one after the other, except for tool calls whose fragments interleave: each has its
//! place in the output from its beginning, and ends when its arguments are complete and something else begins,
//! or when the reply ends.

mod items;

use super::sealed::Seal;
use crate::{
    openai::{error, fingerprint, usage},
    seconds_of_id, sse,
};
use bytes::BytesMut;
use items::{Call, Content, Delta, Message, Reasoning};
use llm::{ChatEvent, Citation, LlmError, StopReason, StreamEncoder, Usage};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The id of replies to which nobody gave one.
const NO_ID: &str = "resp_0";

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    model: String,
    id: String,
    begun: bool,
    over: bool,
    sequence: u64,
    /// The output: items that are not complete have their place in it.
    output: Vec<Option<Value>>,
    open: Open,
    /// Calls that are not complete.
    calls: Vec<Call>,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    refused: bool,
    /// What is written and not handed out; `None` where only the response at the end is wanted.
    written: Option<BytesMut>,
}

/// The item under way, apart from calls.
#[derive(Debug)]
enum Open {
    Nothing,
    Message(Message),
    Reasoning(Reasoning),
}

impl Encoder {
    /// Starts a stream to a caller who asked for `model`.
    pub(super) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            id: NO_ID.to_owned(),
            begun: false,
            over: false,
            sequence: 0,
            output: Vec::new(),
            open: Open::Nothing,
            calls: Vec::new(),
            usage: None,
            stop: None,
            refused: false,
            written: Some(BytesMut::new()),
        }
    }

    /// Gathers a response without writing a stream.
    pub(super) fn silent(model: &str) -> Self {
        Self { written: None, ..Self::new(model) }
    }

    /// Takes an event.
    pub(super) fn take(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Started { id, model } => {
                if !self.begun {
                    self.id = id.clone().unwrap_or_else(|| NO_ID.to_owned());
                    self.model = model.clone().unwrap_or_else(|| std::mem::take(&mut self.model));
                    self.begin();
                }
            }
            ChatEvent::Text { delta } => self.content(Content::Text, delta),
            ChatEvent::Refusal { delta } => {
                self.refused = true;
                self.content(Content::Refusal, delta);
            }
            ChatEvent::Reasoning { delta } => self.reasoning(delta),
            ChatEvent::ReasoningSealed { signature, redacted } => {
                let (signature, redacted) = (signature.clone(), redacted.clone());
                self.seal(&Seal { signature, redacted, call: None });
            }
            ChatEvent::ToolCallStarted { index, id, name, signature } => {
                if signature.is_some() {
                    let seal = Seal { call: signature.clone(), ..Seal::default() };
                    self.close(COMPLETED);
                    self.sealed_item(&seal);
                }
                self.call(*index, id, name);
            }
            ChatEvent::ToolCallArguments { index, delta } => self.arguments(*index, delta),
            ChatEvent::Citation(citation) => self.citation(citation),
            ChatEvent::Usage(usage) => self.usage = Some(self.usage.unwrap_or_default().merged(*usage)),
            ChatEvent::Stopped { reason } => self.stop = Some(reason.clone()),
        }
    }

    /// The whole response.
    pub(super) fn into_response(mut self) -> Value {
        self.end();
        self.response(self.outcome())
    }

    /// Writes what begins every stream, unless it has been written.
    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) || self.written.is_none() {
            return;
        }
        for kind in ["response.created", "response.in_progress"] {
            let response = self.response(Outcome { status: "in_progress", reason: None });
            self.write(kind, json!({ "response": response }));
        }
    }

    /// Completes what is under way.
    fn end(&mut self) {
        self.begin();
        let incomplete = self.outcome().reason.is_some();
        self.close(if incomplete { "incomplete" } else { COMPLETED });
        while let Some(call) = self.calls.first().map(|call| call.index) {
            self.close_call(call);
        }
    }

    fn content(&mut self, kind: Content, delta: &str) {
        let place = self.part(kind);
        let Open::Message(message) = &mut self.open else { return };
        message.push(delta);
        let (kind, logprobs) = match kind {
            Content::Text => ("response.output_text.delta", Some([])),
            Content::Refusal => ("response.refusal.delta", None),
        };
        if let Some(out) = &mut self.written {
            let sequence_number = tick(&mut self.sequence);
            let (item_id, output_index) = (&message.id, message.output_index);
            let content_index = Some(place);
            let delta = Delta {
                kind,
                sequence_number,
                item_id,
                output_index,
                content_index,
                summary_index: None,
                delta,
                logprobs,
            };
            sse::write_json_event(out, kind, &delta);
        }
    }

    /// Makes sure that a part of this kind is under way; its place in the message.
    fn part(&mut self, kind: Content) -> usize {
        if let Open::Message(message) = &self.open
            && let Some((place, open)) = message.last()
        {
            if open == kind {
                return place;
            }
            self.close_part();
        }
        if !matches!(self.open, Open::Message(_)) {
            self.close(COMPLETED);
            let (id, output_index) = self.next_item("msg");
            let message = Message::new(id, output_index);
            let item = message.item("in_progress");
            self.write("response.output_item.added", json!({ "output_index": output_index, "item": item }));
            self.open = Open::Message(message);
        }
        let Open::Message(message) = &mut self.open else { return 0 };
        let (place, at) = (message.add(kind), message.at());
        if let Some(part) = message.part(place) {
            self.write(
                "response.content_part.added",
                with(at, json!({ "content_index": place, "part": part })),
            );
        }
        place
    }

    fn close_part(&mut self) {
        let Open::Message(message) = &self.open else { return };
        let (at, Some((place, kind))) = (message.at(), message.last()) else { return };
        let Some(part) = message.part(place) else { return };
        let (name, done) = match kind {
            Content::Text => ("response.output_text.done", json!({ "text": part["text"], "logprobs": [] })),
            Content::Refusal => ("response.refusal.done", json!({ "refusal": part["refusal"] })),
        };
        let at = with(at, json!({ "content_index": place }));
        self.write(name, with(at.clone(), done));
        self.write("response.content_part.done", with(at, json!({ "part": part })));
    }

    fn citation(&mut self, cited: &Citation) {
        let place = self.part(Content::Text);
        let Open::Message(message) = &mut self.open else { return };
        let (at, number) = (message.at(), message.annotations());
        let annotation = json!({ "type": "file_citation", "file_id": cited.document_id, "filename": cited.title,
            "index": message.written(), "citation": cited });
        message.annotate(annotation.clone());
        let more = json!({ "content_index": place, "annotation_index": number, "annotation": annotation });
        self.write("response.output_text.annotation.added", with(at, more));
    }

    fn reasoning(&mut self, delta: &str) {
        if !matches!(self.open, Open::Reasoning(_)) {
            self.close(COMPLETED);
            let (id, output_index) = self.next_item("rs");
            let reasoning = Reasoning::new(id, output_index);
            let at = reasoning.at();
            self.add(output_index, &reasoning.item(None));
            let part = json!({ "summary_index": 0, "part": items::summary("") });
            self.write("response.reasoning_summary_part.added", with(at, part));
            self.open = Open::Reasoning(reasoning);
        }
        let Open::Reasoning(reasoning) = &mut self.open else { return };
        reasoning.text.push_str(delta);
        if let Some(out) = &mut self.written {
            const KIND: &str = "response.reasoning_summary_text.delta";
            let sequence_number = tick(&mut self.sequence);
            let delta = Delta {
                kind: KIND,
                sequence_number,
                item_id: &reasoning.id,
                output_index: reasoning.output_index,
                content_index: None,
                summary_index: Some(0),
                delta,
                logprobs: None,
            };
            sse::write_json_event(out, KIND, &delta);
        }
    }

    fn seal(&mut self, seal: &Seal) {
        // Encrypted thinking is a block of its own.
        if matches!(self.open, Open::Reasoning(_)) && seal.redacted.is_none() {
            self.close_reasoning(Some(seal));
        } else {
            self.close(COMPLETED);
            if !seal.is_empty() {
                self.sealed_item(seal);
            }
        }
    }

    /// Writes an item that has nothing readable.
    fn sealed_item(&mut self, seal: &Seal) {
        let (id, output_index) = self.next_item("rs");
        let reasoning = Reasoning::new(id, output_index);
        self.add(output_index, &reasoning.item(None));
        self.finish_item(output_index, reasoning.item(Some(seal)));
    }

    fn close_reasoning(&mut self, seal: Option<&Seal>) {
        let Open::Reasoning(reasoning) = std::mem::replace(&mut self.open, Open::Nothing) else { return };
        let at = with(reasoning.at(), json!({ "summary_index": 0 }));
        let text = json!({ "text": reasoning.text });
        self.write("response.reasoning_summary_text.done", with(at.clone(), text));
        let part = json!({ "part": items::summary(&reasoning.text) });
        self.write("response.reasoning_summary_part.done", with(at, part));
        self.finish_item(reasoning.output_index, reasoning.item(seal));
    }

    fn call(&mut self, index: u32, id: &str, name: &str) {
        self.close(COMPLETED);
        let (item_id, output_index) = self.next_item("fc");
        let call = Call {
            index,
            id: item_id,
            output_index,
            call_id: id.to_owned(),
            name: name.to_owned(),
            arguments: String::new(),
        };
        self.add(output_index, &call.item("in_progress"));
        self.calls.push(call);
    }

    fn arguments(&mut self, index: u32, delta: &str) {
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.index == index) else { return };
        call.arguments.push_str(delta);
        if let Some(out) = &mut self.written {
            const KIND: &str = "response.function_call_arguments.delta";
            let sequence_number = tick(&mut self.sequence);
            let delta = Delta {
                kind: KIND,
                sequence_number,
                item_id: &call.id,
                output_index: call.output_index,
                content_index: None,
                summary_index: None,
                delta,
                logprobs: None,
            };
            sse::write_json_event(out, KIND, &delta);
        }
    }

    fn close_call(&mut self, index: u32) {
        let Some(place) = self.calls.iter().position(|call| call.index == index) else { return };
        let call = self.calls.remove(place);
        let done = json!({ "item_id": call.id, "output_index": call.output_index, "name": call.name,
            "arguments": call.arguments });
        self.write("response.function_call_arguments.done", done);
        self.finish_item(call.output_index, call.item(COMPLETED));
    }

    /// Ends the item under way, and the calls that are complete.
    fn close(&mut self, status: &str) {
        match &self.open {
            Open::Nothing => {}
            Open::Reasoning(_) => self.close_reasoning(None),
            Open::Message(_) => {
                self.close_part();
                if let Open::Message(message) = std::mem::replace(&mut self.open, Open::Nothing) {
                    self.finish_item(message.output_index, message.item(status));
                }
            }
        }
        while let Some(call) = self.calls.iter().find(|call| call.is_complete()).map(|call| call.index) {
            self.close_call(call);
        }
    }

    /// The id of the next item and its place in the output.
    fn next_item(&mut self, prefix: &str) -> (String, usize) {
        self.begin();
        let output_index = self.output.len();
        self.output.push(None);
        (format!("{prefix}_{:016x}{output_index:02x}", fingerprint(&[self.id.as_bytes()])), output_index)
    }

    fn add(&mut self, output_index: usize, item: &Value) {
        self.write("response.output_item.added", json!({ "output_index": output_index, "item": item }));
    }

    fn finish_item(&mut self, output_index: usize, item: Value) {
        self.write("response.output_item.done", json!({ "output_index": output_index, "item": item }));
        if let Some(place) = self.output.get_mut(output_index) {
            *place = Some(item);
        }
    }

    /// Writes an event with these fields.
    fn write(&mut self, kind: &'static str, fields: Value) {
        #[derive(Serialize)]
        struct Written {
            #[serde(rename = "type")]
            kind: &'static str,
            sequence_number: u64,
            #[serde(flatten)]
            fields: Value,
        }
        if let Some(out) = &mut self.written {
            let sequence_number = tick(&mut self.sequence);
            sse::write_json_event(out, kind, &Written { kind, sequence_number, fields });
        }
    }

    fn outcome(&self) -> Outcome {
        let incomplete = |reason| Outcome { status: "incomplete", reason: Some(reason) };
        match &self.stop {
            Some(StopReason::MaxTokens) => incomplete("max_output_tokens"),
            Some(StopReason::ContentFilter) => incomplete("content_filter"),
            // Without words there is nothing else by which it shows.
            Some(StopReason::Refusal) if !self.refused => incomplete("content_filter"),
            Some(
                StopReason::EndTurn
                | StopReason::StopSequence(_)
                | StopReason::ToolCalls
                | StopReason::Refusal,
            )
            | None => Outcome { status: COMPLETED, reason: None },
        }
    }

    /// The response as it stands. What the format demands and the request would say has its default.
    fn response(&self, outcome: Outcome) -> Value {
        let Outcome { status, reason } = outcome;
        let output: Vec<&Value> = self.output.iter().flatten().collect();
        json!({
            "id": self.id,
            "object": "response",
            "created_at": seconds_of_id(&self.id).unwrap_or(0),
            "status": status,
            "error": null,
            "incomplete_details": reason.map(|reason| json!({ "reason": reason })),
            "instructions": null,
            "max_output_tokens": null,
            "metadata": {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": true,
            "previous_response_id": null,
            "reasoning": { "effort": null, "summary": null },
            "store": false,
            "temperature": null,
            "text": { "format": { "type": "text" } },
            "tool_choice": "auto",
            "tools": [],
            "top_p": null,
            "truncation": "disabled",
            "usage": if status == "in_progress" { None } else { self.usage.as_ref().map(usage::responses) },
        })
    }

    fn hand_out(&mut self, out: &mut BytesMut) {
        if let Some(written) = &mut self.written {
            out.unsplit(written.split());
        }
    }
}

const COMPLETED: &str = "completed";

/// How a response ended.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    status: &'static str,
    /// Why it is incomplete, if it is.
    reason: Option<&'static str>,
}

fn tick(sequence: &mut u64) -> u64 {
    let number = *sequence;
    *sequence = number.saturating_add(1);
    number
}

/// These fields and more of them.
fn with(mut fields: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend::<Map<String, Value>>(more);
    }
    fields
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        if !self.over {
            self.take(event);
            self.hand_out(out);
        }
    }

    /// The `error` event, whose nested object makes the SDKs raise, and the response that failed.
    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.begin();
        let envelope = error::envelope(error);
        let told = &envelope["error"];
        let (code, message) = (&told["code"], &told["message"]);
        self.write("error", json!({ "code": code, "message": message, "param": null, "error": told }));
        let mut response = self.response(Outcome { status: "failed", reason: None });
        response["error"] = json!({ "code": code, "message": message });
        self.write("response.failed", json!({ "response": response }));
        self.hand_out(out);
    }

    fn finish(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.end();
        let outcome = self.outcome();
        let kind = if outcome.reason.is_some() { "response.incomplete" } else { "response.completed" };
        let response = self.response(outcome);
        self.write(kind, json!({ "response": response }));
        self.hand_out(out);
    }
}

#[cfg(test)]
mod tests;
