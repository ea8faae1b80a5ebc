//! Reads Anthropic's stream of server-sent events.

use super::{
    error::ErrorObject,
    reply::{self, Block, Calls, End, Reply, StopDetails, WireUsage, arguments, text},
};
use crate::sse::SseParser;
use llm::{ChatEvent, LlmError, LlmErrorKind, StreamDecoder};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event's data, whatever the event.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", default)]
    kind: &'a str,
    #[serde(default)]
    index: u32,
    #[serde(borrow)]
    message: Option<Reply<'a>>,
    #[serde(borrow)]
    content_block: Option<Block<'a>>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    usage: Option<WireUsage>,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    text: Option<String>,
    thinking: Option<String>,
    signature: Option<String>,
    partial_json: Option<String>,
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
    stop_sequence: Option<String>,
    stop_details: Option<StopDetails>,
}

impl<'a> Delta<'a> {
    /// How the reply ended, where it did.
    fn end(self) -> Option<End<'a>> {
        let Self { stop_reason, stop_sequence: sequence, stop_details: details, .. } = self;
        Some(End { reason: stop_reason?, sequence, details })
    }
}

/// A content block that has begun and not ended.
enum Open {
    Text,
    Thinking { any: bool, signature: String },
    ToolUse { call: Option<u32>, initial: Option<String>, any: bool },
    Other,
}

/// The decoder; see [`llm::Codec::stream_decoder`].
#[derive(Default)]
pub(super) struct Decoder {
    parser: SseParser,
    state: State,
}

/// What a stream has come to so far.
#[derive(Default)]
pub(super) struct State {
    open: Vec<(u32, Open)>,
    calls: Calls,
    stopped: bool,
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
            self.state.take(event.name, event.data, events)?;
        }
        // `message_stop` says nothing more than the stop reason before it did.
        if self.state.stopped {
            return Ok(());
        }
        Err(crate::broken_off())
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
        if name == "ping" || data.is_empty() {
            return Ok(());
        }
        let event: Event<'_> = reply::read(data.as_bytes())?;
        if let Some(error) = event.error {
            return Err(error.classed(None));
        }
        match if event.kind.is_empty() { name } else { event.kind } {
            "message_start" => {
                let message = event.message;
                let usage = message.as_ref().and_then(|message| message.usage).or(event.usage);
                let (id, model) = message.map(|message| (message.id, message.model)).unwrap_or_default();
                events.push(ChatEvent::Started { id, model });
                events.extend(usage.and_then(WireUsage::known).map(ChatEvent::Usage));
            }
            "content_block_start" => self.begin(event.index, event.content_block.unwrap_or_default(), events),
            "content_block_delta" => self.delta(event.index, event.delta, events),
            "content_block_stop" => {
                if let Some(at) = self.open.iter().position(|(index, _)| *index == event.index) {
                    let (_, open) = self.open.swap_remove(at);
                    end(open, events);
                }
            }
            "message_delta" => {
                events.extend(event.usage.and_then(WireUsage::known).map(ChatEvent::Usage));
                if let Some(ending) = event.delta.and_then(Delta::end) {
                    // Nor do they end the last ones.
                    self.open.drain(..).for_each(|(_, open)| end(open, events));
                    ending.push_events(self.calls.answered_as_json(), events);
                    self.stopped = true;
                }
            }
            "error" => {
                return Err(LlmError::new(
                    LlmErrorKind::Server,
                    "the provider reported an error without words",
                ));
            }
            // `message_stop`, `ping`, and events that are yet to come.
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, index: u32, block: Block<'_>, events: &mut Vec<ChatEvent>) {
        // Some who imitate the format forget to end a block of thinking before the next begins.
        if let Some(at) = self.open.iter().position(|(_, open)| matches!(open, Open::Thinking { .. })) {
            let (_, thinking) = self.open.swap_remove(at);
            end(thinking, events);
        }
        let open = match &*block.kind {
            "text" => {
                events.extend(text(block.text).map(|delta| ChatEvent::Text { delta }));
                Open::Text
            }
            "thinking" => {
                let thinking = text(block.thinking);
                let any = thinking.is_some();
                events.extend(thinking.map(|delta| ChatEvent::Reasoning { delta }));
                Open::Thinking { any, signature: block.signature.unwrap_or_default() }
            }
            "redacted_thinking" => {
                self.calls.redacted(block.data, events);
                Open::Other
            }
            "tool_use" => {
                // Anthropic begins with `{}` and sends fragments; others send the whole at once.
                let initial = block.input.map(RawValue::get).filter(|input| input.starts_with('{'));
                let initial = initial.map(str::to_owned);
                Open::ToolUse { call: self.calls.begin(block, events), initial, any: false }
            }
            _ => Open::Other,
        };
        self.open.push((index, open));
    }

    fn delta(&mut self, index: u32, delta: Option<Delta<'_>>, events: &mut Vec<ChatEvent>) {
        let Some(delta) = delta else { return };
        let open = self.open.iter_mut().find(|(open, _)| *open == index).map(|(_, open)| open);
        match (&*delta.kind, open) {
            ("text_delta", _) => events.extend(text(delta.text).map(|delta| ChatEvent::Text { delta })),
            ("thinking_delta", Some(Open::Thinking { any, .. })) => {
                if let Some(delta) = text(delta.thinking) {
                    *any = true;
                    events.push(ChatEvent::Reasoning { delta });
                }
            }
            ("signature_delta", Some(Open::Thinking { signature, .. })) => {
                signature.push_str(delta.signature.as_deref().unwrap_or_default());
            }
            ("input_json_delta", Some(Open::ToolUse { call, any, .. })) => {
                if let Some(delta) = text(delta.partial_json) {
                    *any = true;
                    events.push(arguments(*call, delta));
                }
            }
            // Citations of tools that Familiar does not ask for, and deltas that are yet to come.
            _ => {}
        }
    }
}

/// Appends what the end of a block completes.
fn end(open: Open, events: &mut Vec<ChatEvent>) {
    match open {
        Open::Text | Open::Other => {}
        Open::Thinking { any, signature } => {
            let signature = text(Some(signature));
            if any || signature.is_some() {
                events.push(ChatEvent::ReasoningSealed { signature, redacted: None });
            }
        }
        Open::ToolUse { call, initial, any } => {
            if !any {
                events.push(arguments(call, initial.unwrap_or_else(|| "{}".to_owned())));
            }
        }
    }
}
