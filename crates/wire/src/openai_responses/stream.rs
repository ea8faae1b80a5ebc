//! Reads a provider's stream, or the items of a whole reply, into events.
//!
//! The items' deltas make the events. What a server did not stream is taken from the item's end, and what had
//! no end either from the response's, so that servers which leave out one or the other are understood too.

use super::{
    reply::Response,
    sealed::{self, BETWEEN_SUMMARIES, Seal},
};
use crate::{
    openai::{error, made_up_call_id},
    sse::SseParser,
};
use llm::{ChatEvent, LlmError, LlmErrorKind, StopReason, StreamDecoder, Usage};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// An event's data, whatever the event.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", default, borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    output_index: u32,
    #[serde(default)]
    summary_index: u32,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    annotation: Option<Value>,
    error: Option<Value>,
}

/// An item of the output.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
    content: Option<Vec<Value>>,
}

/// The decoder; see [`llm::Codec::stream_decoder`].
#[derive(Debug, Default)]
pub(super) struct Decoder {
    parser: SseParser,
    state: State,
}

/// What a reply has come to so far.
#[derive(Debug, Default)]
pub(super) struct State {
    started: bool,
    id: Option<String>,
    /// By output index.
    items: BTreeMap<u32, Progress>,
    calls: u32,
    refused: bool,
    /// The token of the call to come.
    call_signature: Option<String>,
    ended: bool,
}

/// How far an item has come.
#[derive(Debug, Default)]
struct Progress {
    /// The number of the tool call in the vocabulary, if it is one that has begun.
    call: Option<u32>,
    /// Deltas have come.
    streamed: bool,
    /// The part of the summary that the last delta belonged to.
    summary: Option<u32>,
    cited: bool,
    done: bool,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, mut bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        while let Some(event) = self.parser.next(&mut bytes)? {
            self.state.take(event.name, event.data, events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if let Some(event) = self.parser.finish() {
            match self.state.take(event.name, event.data, events) {
                Err(error) if error.kind == LlmErrorKind::Malformed => return Err(crate::broken_off()),
                outcome => outcome?,
            }
        }
        if self.state.ended { Ok(()) } else { Err(crate::broken_off()) }
    }
}

impl State {
    /// Takes an event of the stream.
    pub(super) fn take(
        &mut self,
        name: &str,
        data: &str,
        events: &mut Vec<ChatEvent>,
    ) -> Result<(), LlmError> {
        let data = data.trim();
        // Some servers end with the mark of chat completions. What comes after the end is not looked at.
        if data.is_empty() || data == "[DONE]" || self.ended {
            return Ok(());
        }
        let event: Event<'_> = read("an event of the stream", data)?;
        if let Some(sent @ Value::Object(_)) = &event.error {
            return Err(error::from_value(sent));
        }
        let kind = if event.kind.is_empty() { name } else { &event.kind };
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.start(&response(&event)?, events);
            }
            "response.output_item.added" => {
                if let Some(item) = event.item {
                    let item: Item = read("an item", item.get())?;
                    self.begin(event.output_index, &item, events);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.item {
                    self.item(event.output_index, item, events)?;
                }
            }
            "response.output_text.annotation.added" => {
                if let Some(citation) = event.annotation.as_ref().and_then(citation) {
                    self.progress(event.output_index).cited = true;
                    events.push(citation);
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
                let response = response(&event)?;
                self.start(&response, events);
                self.end(&response, events)?;
            }
            "error" => return Err(error::from_value(&read("an error", data)?)),
            _ => {
                if let Some(delta) = event.delta.and_then(|delta| serde_json::from_str(delta.get()).ok()) {
                    self.delta(kind, &event, delta, events);
                }
            }
        }
        Ok(())
    }

    /// Notes that a delta of this item has passed by unread.
    pub(super) fn passed(&mut self, output_index: u32, name: &str) {
        self.progress(output_index).streamed = true;
        self.refused |= name == "response.refusal.delta";
    }

    /// The reply begins.
    pub(super) fn start(&mut self, response: &Response<'_>, events: &mut Vec<ChatEvent>) {
        if !self.started {
            self.started = true;
            self.id.clone_from(&response.id);
            let (id, model) = (response.id.clone(), response.model.clone());
            events.push(ChatEvent::Started { id, model });
        }
    }

    /// The reply ends: what has not come yet, usage, and why.
    pub(super) fn end(
        &mut self,
        response: &Response<'_>,
        events: &mut Vec<ChatEvent>,
    ) -> Result<(), LlmError> {
        for (output_index, item) in (0..).zip(response.output.iter().flatten()) {
            if !self.progress(output_index).done {
                self.item(output_index, item, events)?;
            }
        }
        let usage = response.usage.map(|usage| Usage { service: response.service_tier, ..usage });
        events.extend(usage.map(ChatEvent::Usage));
        let reason = self.reason(response)?;
        self.ended = true;
        events.push(ChatEvent::Stopped { reason });
        Ok(())
    }

    fn reason(&self, response: &Response<'_>) -> Result<StopReason, LlmError> {
        let failed = |message: &str| Err(LlmError::new(LlmErrorKind::Server, message));
        Ok(match response.status.as_deref() {
            Some("failed") => {
                return match &response.error {
                    Some(sent) if !sent.is_null() => Err(error::from_value(sent)),
                    Some(_) | None => failed("the provider ended the answer with an error it does not name"),
                };
            }
            Some("cancelled") => return failed("the provider cancelled the answer"),
            Some("queued" | "in_progress") => {
                return failed("the provider answers in the background, where nobody can follow");
            }
            Some("incomplete") => {
                let reason =
                    response.incomplete_details.as_ref().and_then(|details| details.reason.as_deref());
                if reason == Some("content_filter") {
                    StopReason::ContentFilter
                } else {
                    StopReason::MaxTokens
                }
            }
            _ if self.calls > 0 => StopReason::ToolCalls,
            _ if self.refused => StopReason::Refusal,
            _ => StopReason::EndTurn,
        })
    }

    fn delta(&mut self, kind: &str, event: &Event<'_>, delta: String, events: &mut Vec<ChatEvent>) {
        if delta.is_empty() {
            return;
        }
        let progress = self.progress(event.output_index);
        let before = progress.summary;
        let event = match (kind, progress.call) {
            ("response.output_text.delta", _) => ChatEvent::Text { delta },
            ("response.reasoning_summary_text.delta", _) => {
                progress.summary = Some(event.summary_index);
                let another = before.is_some_and(|before| before != event.summary_index);
                ChatEvent::Reasoning {
                    delta: if another { format!("{BETWEEN_SUMMARIES}{delta}") } else { delta },
                }
            }
            ("response.reasoning_text.delta", _) => ChatEvent::Reasoning { delta },
            ("response.function_call_arguments.delta", Some(index)) => {
                ChatEvent::ToolCallArguments { index, delta }
            }
            ("response.refusal.delta", _) => ChatEvent::Refusal { delta },
            // Of tools that run at the provider, and those that are yet to come.
            _ => return,
        };
        progress.streamed = true;
        self.refused |= matches!(event, ChatEvent::Refusal { .. });
        events.push(event);
    }

    fn progress(&mut self, output_index: u32) -> &mut Progress {
        self.items.entry(output_index).or_default()
    }

    fn begin(&mut self, output_index: u32, item: &Item, events: &mut Vec<ChatEvent>) {
        if item.kind != "function_call" || self.progress(output_index).call.is_some() {
            return;
        }
        let index = self.calls;
        self.calls = index.saturating_add(1);
        self.progress(output_index).call = Some(index);
        let name = item.name.clone().unwrap_or_default();
        let id = item.call_id.clone().or_else(|| item.id.clone()).filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| made_up_call_id(self.id.as_deref(), index, &name));
        events.push(ChatEvent::ToolCallStarted { index, id, name, signature: self.call_signature.take() });
    }

    /// Takes a complete item: what of it has not been streamed, and what seals it.
    fn item(
        &mut self,
        output_index: u32,
        raw: &RawValue,
        events: &mut Vec<ChatEvent>,
    ) -> Result<(), LlmError> {
        let item: Item = read("an item", raw.get())?;
        self.begin(output_index, &item, events);
        let progress = self.progress(output_index);
        progress.done = true;
        let (streamed, cited, call) = (progress.streamed, progress.cited, progress.call);
        match item.kind.as_str() {
            "message" => {
                for part in item.content.iter().flatten() {
                    self.part(part, streamed, cited, events);
                }
            }
            "reasoning" => {
                let item: Value = read("an item", raw.get())?;
                let mut seal = Seal::of_item(&item);
                if let Some(signature) = seal.call.take() {
                    self.call_signature = Some(signature);
                    return Ok(());
                }
                let text = if streamed { String::new() } else { sealed::readable(&item) };
                if streamed || !text.is_empty() || !seal.is_empty() {
                    events.extend((!text.is_empty()).then_some(ChatEvent::Reasoning { delta: text }));
                    let Seal { signature, redacted, .. } = seal;
                    events.push(ChatEvent::ReasoningSealed { signature, redacted });
                }
            }
            "function_call" => {
                let arguments = item.arguments.filter(|text| !streamed && !text.is_empty());
                if let (Some(index), Some(delta)) = (call, arguments) {
                    events.push(ChatEvent::ToolCallArguments { index, delta });
                }
            }
            // What ran at the provider; its results are in the text.
            _ => {}
        }
        Ok(())
    }

    fn part(&mut self, part: &Value, streamed: bool, cited: bool, events: &mut Vec<ChatEvent>) {
        let text = |name: &str| {
            let text = part.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let refusal = text("refusal");
        self.refused |= refusal.is_some();
        if !streamed {
            events.extend(text("text").map(|delta| ChatEvent::Text { delta }));
            events.extend(refusal.map(|delta| ChatEvent::Refusal { delta }));
        }
        if !cited {
            let annotations = part.get("annotations").and_then(Value::as_array);
            events.extend(annotations.into_iter().flatten().filter_map(citation));
        }
    }
}

/// The citation of Familiar's own library that an annotation holds.
fn citation(annotation: &Value) -> Option<ChatEvent> {
    let citation = annotation.get("citation")?;
    serde_json::from_value(citation.clone()).ok().map(ChatEvent::Citation)
}

fn response<'a>(event: &Event<'a>) -> Result<Response<'a>, LlmError> {
    event.response.map_or_else(|| Ok(Response::default()), |response| read("a response", response.get()))
}

fn read<'a, T: Deserialize<'a>>(what: &str, json: &'a str) -> Result<T, LlmError> {
    serde_json::from_str(json).map_err(|error| crate::malformed(what, &error))
}
