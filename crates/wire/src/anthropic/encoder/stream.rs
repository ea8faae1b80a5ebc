//! Writes a reply to a caller as Anthropic's stream of server-sent events.

use super::{citation, end, message, usage};
use crate::{
    anthropic::{error, reply::SIGNATURE_CARRIER},
    sse::{write_event, write_json_event},
};
use bytes::BytesMut;
use llm::{ChatEvent, LlmError, StopReason, StreamEncoder, Usage};
use serde::Serialize;
use serde_json::{Value, json};

/// What a `content_block_delta` adds.
#[derive(Serialize)]
#[serde(tag = "type")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "signature_delta")]
    Signature { signature: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
    #[serde(rename = "citations_delta")]
    Citations { citation: Value },
}

#[derive(Serialize)]
struct DeltaEvent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    index: u32,
    delta: Delta<'a>,
}

fn write_delta(index: u32, delta: Delta<'_>, out: &mut BytesMut) {
    const NAME: &str = "content_block_delta";
    write_json_event(out, NAME, &DeltaEvent { kind: NAME, index, delta });
}

fn stop_block(index: u32, out: &mut BytesMut) {
    write_json_event(out, "content_block_stop", &json!({ "type": "content_block_stop", "index": index }));
}

/// The encoder of a stream; see [`llm::Codec::stream_encoder`].
pub(in crate::anthropic) struct Encoder {
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
    pub(in crate::anthropic) fn new(model: &str) -> Self {
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
        write_json_event(out, "message_start", &json!({ "type": "message_start", "message": start }));
    }

    fn start_block(&mut self, block: Value, out: &mut BytesMut) -> u32 {
        self.begin(out);
        let index = self.next_block;
        self.next_block = index.saturating_add(1);
        let start = json!({ "type": "content_block_start", "index": index, "content_block": block });
        write_json_event(out, "content_block_start", &start);
        index
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
            stop_block(index, out);
        }
    }

    fn seal(&mut self, signature: Option<&str>, redacted: Option<&str>, out: &mut BytesMut) {
        if let Some(data) = redacted {
            self.close_block(out);
            self.close_complete_calls(out);
            let index = self.start_block(json!({ "type": "redacted_thinking", "data": data }), out);
            stop_block(index, out);
            return;
        }
        let is_thinking = matches!(self.open, Some((_, Kind::Thinking)));
        if !is_thinking && signature.is_none() {
            return;
        }
        let index = self.block(Kind::Thinking, out);
        if let Some(signature) = signature {
            write_delta(index, Delta::Signature { signature }, out);
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
            stop_block(block, out);
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
            stop_block(index, out);
        }
        let block = self.start_block(block, out);
        if !arguments.is_empty() {
            write_delta(block, Delta::InputJson { partial_json: &arguments }, out);
        }
        if let Some(call) = self.calls.get_mut(at) {
            call.state = CallState::Open { block };
        }
    }

    fn arguments(&mut self, index: u32, delta: &str, out: &mut BytesMut) {
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.index == index) else { return };
        call.arguments.push_str(delta);
        if let CallState::Open { block } = call.state {
            write_delta(block, Delta::InputJson { partial_json: delta }, out);
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
                write_delta(index, Delta::Text { text: delta }, out);
            }
            ChatEvent::Reasoning { delta } => {
                let index = self.block(Kind::Thinking, out);
                write_delta(index, Delta::Thinking { thinking: delta }, out);
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
                write_delta(index, Delta::Citations { citation: citation(cited) }, out);
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
        let delta = json!({ "type": "message_delta", "delta": delta, "usage": usage(self.usage) });
        write_json_event(out, "message_delta", &delta);
        write_json_event(out, "message_stop", &json!({ "type": "message_stop" }));
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anthropic::stream::Decoder;
    use llm::{Aggregator, Part, StreamDecoder as _};
    use proptest::prelude::*;

    fn written(events: &[ChatEvent]) -> BytesMut {
        let mut encoder = Encoder::new("m");
        let mut out = BytesMut::new();
        events.iter().for_each(|event| encoder.event(event, &mut out));
        encoder.finish(&mut out);
        out
    }

    /// The calls of a written stream: id and arguments.
    fn calls(stream: &[u8]) -> Vec<(String, String)> {
        let mut decoder = Decoder::default();
        let mut events = Vec::new();
        decoder.push(stream, &mut events).unwrap();
        decoder.finish(&mut events).unwrap();
        let mut sum = Aggregator::default();
        events.iter().for_each(|event| sum.push(event));
        let mut calls = Vec::new();
        for part in sum.finish().parts {
            if let Part::ToolCall { id, arguments, .. } = part {
                calls.push((id, arguments));
            }
        }
        calls.sort();
        calls
    }

    /// How many blocks are open at once at most.
    fn most_open(stream: &[u8]) -> usize {
        let (mut open, mut most) = (0_usize, 0);
        for line in std::str::from_utf8(stream).unwrap().lines() {
            match line {
                "event: content_block_start" => open += 1,
                "event: content_block_stop" => open -= 1,
                _ => {}
            }
            most = most.max(open);
        }
        assert_eq!(open, 0, "every block is closed");
        most
    }

    proptest! {
        #[test]
        fn fragments_that_interleave_are_written_one_block_after_the_other(
            arguments in proptest::collection::vec("[a-z\"{}]{0,12}", 1..5),
            order in proptest::collection::vec((0usize..5, 1usize..4), 0..40),
        ) {
            let texts: Vec<String> =
                arguments.iter().map(|text| json!({ "a": text }).to_string()).collect();
            let mut events = vec![ChatEvent::Started { id: Some("i".into()), model: Some("m".into()) }];
            let mut sent: Vec<Option<usize>> = vec![None; texts.len()];
            // What the random order leaves over comes at the end, call by call.
            let rest = (0..texts.len()).map(|call| (call, usize::MAX));
            for (call, length) in order.into_iter().map(|(call, length)| (call % texts.len(), length)).chain(rest) {
                let index = u32::try_from(call).unwrap();
                if sent[call].is_none() {
                    let (id, name) = (format!("c{call}"), "tool".to_owned());
                    events.push(ChatEvent::ToolCallStarted { index, id, name, signature: None });
                }
                let from = sent[call].unwrap_or(0);
                let to = from.saturating_add(length).min(texts[call].len());
                events.push(ChatEvent::ToolCallArguments { index, delta: texts[call][from..to].to_owned() });
                sent[call] = Some(to);
            }
            events.push(ChatEvent::Stopped { reason: StopReason::ToolCalls });
            let stream = written(&events);
            let expected: Vec<_> =
                texts.into_iter().enumerate().map(|(call, text)| (format!("c{call}"), text)).collect();
            prop_assert_eq!(calls(&stream), expected);
            prop_assert_eq!(most_open(&stream), 1);
        }
    }

    #[test]
    fn text_between_fragments_does_not_break_a_call() {
        let call = |index, id: &str| ChatEvent::ToolCallStarted {
            index,
            id: id.into(),
            name: "t".into(),
            signature: None,
        };
        let more = |index, delta: &str| ChatEvent::ToolCallArguments { index, delta: delta.into() };
        let text = ChatEvent::Text { delta: "hm".into() };
        let stream = written(&[
            call(0, "a"),
            more(0, "{\"x\""),
            text.clone(),
            more(0, ":1}"),
            call(1, "b"),
            more(1, "{}"),
            text,
            ChatEvent::Stopped { reason: StopReason::ToolCalls },
        ]);
        assert_eq!(calls(&stream), [("a".into(), "{\"x\":1}".into()), ("b".into(), "{}".into())]);
    }
}
