//! Writes replies to a caller who speaks Anthropic's format, whole and as a stream.
//!
//! A tool call's opaque signature, which the format has no field for, travels in a `redacted_thinking` block
//! before the call (see [`SIGNATURE_CARRIER`]); clients send such blocks back unseen.

use super::{
    error,
    reply::{SIGNATURE_CARRIER, WireUsage},
};
use crate::wire::{arguments, sse::write_event};
use bytes::{Bytes, BytesMut};
use llm::{ChatEvent, ChatReply, Citation, LlmError, LlmErrorKind, Part, StopReason, StreamEncoder, Usage};
use serde_json::{Value, json};

/// Writes a whole reply; see [`llm::Codec::encode_reply`].
pub(super) fn reply(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let mut content: Vec<Value> = reply.parts.iter().flat_map(blocks).collect();
    if !reply.citations.is_empty() {
        let citations: Value = reply.citations.iter().map(citation).collect();
        let text = content.iter_mut().rev().find(|block| block.get("type") == Some(&Value::from("text")));
        if let Some(block) = text.and_then(Value::as_object_mut) {
            block.insert("citations".to_owned(), citations);
        } else {
            content.push(json!({ "type": "text", "text": "", "citations": citations }));
        }
    }
    let refusal = reply.refusal.as_deref().unwrap_or_default();
    let mut message = message(reply.id.as_deref(), reply.model.as_deref().unwrap_or(model));
    if let Some(message) = message.as_object_mut() {
        message.insert("content".to_owned(), Value::Array(content));
        message.extend(end(reply.stop.as_ref(), refusal));
        message.insert("usage".to_owned(), usage(reply.usage));
    }
    let body = serde_json::to_vec(&message).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })?;
    Ok(body.into())
}

/// The fields of a message that has no content yet.
fn message(id: Option<&str>, model: &str) -> Value {
    json!({
        "id": id.unwrap_or("msg_unknown"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn usage(usage: Option<Usage>) -> Value {
    json!(WireUsage::from(usage.unwrap_or_default()))
}

/// `stop_reason`, `stop_sequence` and `stop_details`.
fn end(stop: Option<&StopReason>, refusal: &str) -> serde_json::Map<String, Value> {
    let (reason, sequence) = match stop {
        _ if !refusal.is_empty() => (Some("refusal"), None),
        None => (None, None),
        Some(StopReason::EndTurn) => (Some("end_turn"), None),
        Some(StopReason::MaxTokens) => (Some("max_tokens"), None),
        Some(StopReason::StopSequence(sequence)) => (Some("stop_sequence"), sequence.as_deref()),
        Some(StopReason::ToolCalls) => (Some("tool_use"), None),
        Some(StopReason::ContentFilter | StopReason::Refusal) => (Some("refusal"), None),
    };
    let mut end = serde_json::Map::new();
    end.insert("stop_reason".to_owned(), json!(reason));
    end.insert("stop_sequence".to_owned(), json!(sequence));
    if !refusal.is_empty() {
        let details = json!({ "type": "refusal", "category": null, "explanation": refusal });
        end.insert("stop_details".to_owned(), details);
    }
    end
}

fn citation(citation: &Citation) -> Value {
    json!({
        "type": "search_result_location",
        "cited_text": citation.quote,
        "search_result_index": citation.index.saturating_sub(1),
        "source": format!("{}#{}", citation.document_id, citation.chunk_id),
        "title": citation.title,
        "start_block_index": 0,
        "end_block_index": 1,
    })
}

fn blocks(part: &Part) -> Vec<Value> {
    match part {
        Part::Text { text, .. } => vec![json!({ "type": "text", "text": text })],
        Part::Reasoning { redacted: Some(data), .. } => {
            vec![json!({ "type": "redacted_thinking", "data": data })]
        }
        Part::Reasoning { text, signature, redacted: None } => {
            vec![
                json!({ "type": "thinking", "thinking": text, "signature": signature.as_deref().unwrap_or("") }),
            ]
        }
        Part::ToolCall { id, name, arguments, signature } => {
            let object = arguments::object(arguments).object;
            let input: Value = serde_json::from_str(object.get()).unwrap_or_default();
            let call = json!({ "type": "tool_use", "id": id, "name": name, "input": input });
            let carrier = signature.as_ref().map(|signature| {
                json!({ "type": "redacted_thinking", "data": format!("{SIGNATURE_CARRIER}{signature}") })
            });
            carrier.into_iter().chain([call]).collect()
        }
        // A model does not answer with these.
        Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => Vec::new(),
    }
}

/// The encoder of a stream; see [`llm::Codec::stream_encoder`].
pub(super) struct Encoder {
    model: String,
    /// `message_start`, held back for the usage that may come right after.
    pending: Option<Value>,
    begun: bool,
    over: bool,
    next_block: u32,
    open: Option<(u32, Kind)>,
    calls: Vec<Call>,
    refusal: String,
    stop: Option<StopReason>,
    usage: Option<Usage>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
}

/// A tool call. The format has one block after the other, so a call that begins while the arguments of
/// another are incomplete waits.
struct Call {
    index: u32,
    id: String,
    name: String,
    signature: Option<String>,
    arguments: String,
    state: CallState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CallState {
    Waiting,
    Open { block: u32 },
    Closed,
}

impl Call {
    fn is_open(&self) -> bool {
        matches!(self.state, CallState::Open { .. })
    }
}

impl Encoder {
    /// Starts a stream to a caller who asked for `model`.
    pub(super) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            pending: None,
            begun: false,
            over: false,
            next_block: 0,
            open: None,
            calls: Vec::new(),
            refusal: String::new(),
            stop: None,
            usage: None,
        }
    }

    fn write(&self, name: &str, mut data: Value, out: &mut BytesMut) {
        if let Some(data) = data.as_object_mut() {
            data.insert("type".to_owned(), Value::from(name));
        }
        write_event(out, name, &data.to_string());
    }

    /// Writes `message_start`, unless it has been written.
    fn begin(&mut self, out: &mut BytesMut) {
        if self.begun {
            return;
        }
        self.begun = true;
        let mut start = self.pending.take().unwrap_or_else(|| message(None, &self.model));
        if let Some(start) = start.as_object_mut() {
            start.insert("usage".to_owned(), usage(self.usage));
        }
        self.write("message_start", json!({ "message": start }), out);
    }

    fn start_block(&mut self, block: Value, out: &mut BytesMut) -> u32 {
        self.begin(out);
        let index = self.next_block;
        self.next_block = index.saturating_add(1);
        self.write("content_block_start", json!({ "index": index, "content_block": block }), out);
        index
    }

    fn delta(&self, index: u32, delta: Value, out: &mut BytesMut) {
        self.write("content_block_delta", json!({ "index": index, "delta": delta }), out);
    }

    fn stop_block(&self, index: u32, out: &mut BytesMut) {
        self.write("content_block_stop", json!({ "index": index }), out);
    }

    /// The open block of this kind; another kind is closed first.
    fn block(&mut self, kind: Kind, out: &mut BytesMut) -> u32 {
        if let Some((index, open)) = self.open
            && open == kind
        {
            return index;
        }
        self.close_block(out);
        self.close_complete_calls(out);
        let block = match kind {
            Kind::Text => json!({ "type": "text", "text": "" }),
            Kind::Thinking => json!({ "type": "thinking", "thinking": "", "signature": "" }),
        };
        let index = self.start_block(block, out);
        self.open = Some((index, kind));
        index
    }

    fn close_block(&mut self, out: &mut BytesMut) {
        if let Some((index, _)) = self.open.take() {
            self.stop_block(index, out);
        }
    }

    fn seal(&mut self, signature: Option<&str>, redacted: Option<&str>, out: &mut BytesMut) {
        if let Some(data) = redacted {
            self.close_block(out);
            self.close_complete_calls(out);
            let index = self.start_block(json!({ "type": "redacted_thinking", "data": data }), out);
            self.stop_block(index, out);
            return;
        }
        let is_thinking = matches!(self.open, Some((_, Kind::Thinking)));
        if !is_thinking && signature.is_none() {
            return;
        }
        let index = self.block(Kind::Thinking, out);
        if let Some(signature) = signature {
            self.delta(index, json!({ "type": "signature_delta", "signature": signature }), out);
        }
        self.close_block(out);
    }

    fn close_complete_calls(&mut self, out: &mut BytesMut) {
        for at in 0..self.calls.len() {
            if self.calls.get(at).is_some_and(|call| call.is_open() && is_json(&call.arguments)) {
                self.close_call(at, out);
            }
        }
    }

    fn close_call(&mut self, at: usize, out: &mut BytesMut) {
        let Some(call) = self.calls.get_mut(at) else { return };
        if let CallState::Open { block } = call.state {
            call.state = CallState::Closed;
            self.stop_block(block, out);
        }
    }

    /// Begins the calls that wait, as long as no other is open.
    fn open_waiting_calls(&mut self, out: &mut BytesMut) {
        while !self.calls.iter().any(Call::is_open)
            && let Some(at) = self.calls.iter().position(|call| call.state == CallState::Waiting)
        {
            self.open_call(at, out);
            if self.calls.iter().any(|call| call.state == CallState::Waiting) {
                self.close_complete_calls(out);
            }
        }
    }

    fn open_call(&mut self, at: usize, out: &mut BytesMut) {
        let Some(call) = self.calls.get(at) else { return };
        let block = json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": {} });
        let arguments = call.arguments.clone();
        let carrier = call.signature.as_ref().map(|signature| format!("{SIGNATURE_CARRIER}{signature}"));
        if let Some(data) = carrier {
            let index = self.start_block(json!({ "type": "redacted_thinking", "data": data }), out);
            self.stop_block(index, out);
        }
        let block = self.start_block(block, out);
        if !arguments.is_empty() {
            self.delta(block, json!({ "type": "input_json_delta", "partial_json": arguments }), out);
        }
        if let Some(call) = self.calls.get_mut(at) {
            call.state = CallState::Open { block };
        }
    }

    fn arguments(&mut self, index: u32, delta: &str, out: &mut BytesMut) {
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.index == index) else { return };
        call.arguments.push_str(delta);
        if let CallState::Open { block } = call.state {
            self.delta(block, json!({ "type": "input_json_delta", "partial_json": delta }), out);
            if self.calls.iter().any(|call| call.state == CallState::Waiting) {
                self.close_complete_calls(out);
                self.open_waiting_calls(out);
            }
        }
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        match event {
            ChatEvent::Started { id, model } => {
                let model = model.as_deref().unwrap_or(&self.model);
                self.pending = Some(message(id.as_deref(), model));
            }
            ChatEvent::Text { delta } => {
                let index = self.block(Kind::Text, out);
                self.delta(index, json!({ "type": "text_delta", "text": delta }), out);
            }
            ChatEvent::Reasoning { delta } => {
                let index = self.block(Kind::Thinking, out);
                self.delta(index, json!({ "type": "thinking_delta", "thinking": delta }), out);
            }
            ChatEvent::ReasoningSealed { signature, redacted } => {
                self.seal(signature.as_deref(), redacted.as_deref(), out);
            }
            ChatEvent::ToolCallStarted { index, id, name, signature } => {
                self.close_block(out);
                self.close_complete_calls(out);
                self.calls.push(Call {
                    index: *index,
                    id: id.clone(),
                    name: name.clone(),
                    signature: signature.clone(),
                    arguments: String::new(),
                    state: CallState::Waiting,
                });
                self.open_waiting_calls(out);
            }
            ChatEvent::ToolCallArguments { index, delta } => self.arguments(*index, delta, out),
            ChatEvent::Citation(cited) => {
                let index = self.block(Kind::Text, out);
                self.delta(index, json!({ "type": "citations_delta", "citation": citation(cited) }), out);
            }
            ChatEvent::Refusal { delta } => self.refusal.push_str(delta),
            ChatEvent::Usage(usage) => {
                self.usage = Some(self.usage.unwrap_or_default().merged(*usage));
                if self.pending.is_some() {
                    self.begin(out);
                }
            }
            ChatEvent::Stopped { reason } => self.stop = Some(reason.clone()),
        }
    }

    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let body = error::encode(error);
        write_event(out, "error", &String::from_utf8_lossy(&body));
    }

    fn finish(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        self.begin(out);
        self.close_block(out);
        for at in 0..self.calls.len() {
            self.close_call(at, out);
        }
        while let Some(at) = self.calls.iter().position(|call| call.state == CallState::Waiting) {
            self.open_call(at, out);
            self.close_call(at, out);
        }
        let delta = end(self.stop.as_ref(), &self.refusal);
        self.write("message_delta", json!({ "delta": delta, "usage": usage(self.usage) }), out);
        self.write("message_stop", json!({}), out);
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
