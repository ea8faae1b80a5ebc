//! Reads a provider's reply, streamed or whole, into events: both go the same way, so that they add up to
//! the same.

use super::{
    chunk::{Choice, Chunk, Content, Delta, Seen, ToolCall, filled, natural_stop},
    reasoning::{self, Details},
};
use crate::{
    json::JsonReader,
    openai::{error, made_up_call_id},
    sse::{MAX_EVENT_BYTES, SseParser},
};
use llm::{ChatEvent, LlmError, LlmErrorKind, StopReason, StreamDecoder, Usage};
use serde_json::Value;

/// Reads a stream of chunks.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    parser: SseParser,
    answer: Answer,
    /// The bytes of a reply that turned out not to be a stream.
    whole: Option<Vec<u8>>,
    /// Whether anything but blanks has come.
    begun: bool,
    /// `[DONE]` has come.
    done: bool,
}

/// The events of one reply as they come.
#[derive(Debug, Default)]
pub(super) struct Answer {
    started: bool,
    id: Option<String>,
    seen: Seen,
    details: Details,
    /// Thinking has come as plain text, so that the text of details repeats it.
    plain_thinking: bool,
    calls: Vec<Call>,
    usage: Option<Usage>,
    /// Held back to the end: the usage often comes after it.
    stop: Option<StopReason>,
}

/// A tool call under way; its place in the list is its index in the vocabulary.
#[derive(Debug)]
struct Call {
    wire_index: Option<u32>,
    id: Option<String>,
    started: bool,
    arguments: String,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if !self.begun
            && let Some(first) = bytes.iter().find(|byte| !byte.is_ascii_whitespace())
        {
            self.begun = true;
            if matches!(first, b'{' | b'[') {
                self.whole = Some(Vec::new());
            }
        }
        if let Some(whole) = &mut self.whole {
            if whole.len() + bytes.len() > MAX_EVENT_BYTES {
                return Err(crate::sse::SseError::TooLarge { limit_bytes: MAX_EVENT_BYTES }.into());
            }
            whole.extend_from_slice(bytes);
            return Ok(());
        }
        let mut input = bytes;
        while let Some(event) = self.parser.next(&mut input)? {
            self.done |= self.answer.event(event.data, self.done, events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if let Some(whole) = self.whole.take() {
            return self.answer.whole(&whole, events);
        }
        if let Some(event) = self.parser.finish() {
            self.done |= match self.answer.event(event.data, self.done, events) {
                Err(error) if error.kind == LlmErrorKind::Malformed => return Err(crate::broken_off()),
                outcome => outcome?,
            };
        }
        if !self.done && self.answer.stop.is_none() {
            return Err(match (self.begun, self.answer.started) {
                (true, false) => LlmError::new(LlmErrorKind::Malformed, "the stream holds no answer"),
                _ => crate::broken_off(),
            });
        }
        self.answer.end(events)
    }
}

impl Answer {
    /// Takes a whole reply.
    pub(super) fn whole(&mut self, body: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        let text = std::str::from_utf8(body).map_err(|_| error::not_text())?;
        let chunk = Chunk::read(text, Delta::read).map_err(|error| crate::malformed("the reply", &error))?;
        self.chunk(chunk, events)?;
        self.end(events)
    }

    /// Takes the data of an event; true when it was the last.
    fn event(&mut self, data: &str, done: bool, events: &mut Vec<ChatEvent>) -> Result<bool, LlmError> {
        let data = data.trim();
        if data == "[DONE]" {
            return Ok(true);
        }
        if !data.is_empty() && !done {
            let chunk = Chunk::read(data, Delta::read)
                .map_err(|error| crate::malformed("a chunk of the stream", &error))?;
            self.chunk(chunk, events)?;
        }
        Ok(done)
    }

    fn chunk(&mut self, mut chunk: Chunk<'_, Delta>, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if let Some(error) = chunk.error() {
            return Err(error);
        }
        let id = filled(chunk.id.take());
        let usage = chunk.usage;
        let model = filled(chunk.model.take());
        let choice = chunk.into_first_choice();
        if !self.started && (id.is_some() || choice.is_some()) {
            self.started = true;
            self.id.clone_from(&id);
            events.push(ChatEvent::Started { id, model });
        }
        if let Some(choice) = choice {
            self.choice(choice, events)?;
        }
        if let Some(usage) = usage {
            let sum = self.usage.unwrap_or_default().merged(usage);
            if self.usage.replace(sum) != Some(sum) {
                events.push(ChatEvent::Usage(sum));
            }
        }
        Ok(())
    }

    fn choice(&mut self, mut choice: Choice<'_, Delta>, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if let Some(delta) = choice.take_delta() {
            self.delta(delta, events);
        }
        if let Some(stop) = choice.stop(self.seen)? {
            self.stop = Some(stop);
        }
        Ok(())
    }

    fn delta(&mut self, mut delta: Delta, events: &mut Vec<ChatEvent>) {
        self.thinking(&mut delta, events);
        match delta.content {
            Some(Content::Text(text)) => self.text(text, events),
            Some(Content::Parts(parts)) => self.content_parts(&parts, events),
            None => {}
        }
        if let Some(delta) = filled(delta.refusal) {
            self.seen.refusal = true;
            events.extend(self.details.seal());
            events.push(ChatEvent::Refusal { delta });
        }
        let old_form = delta.function_call.map(|function| ToolCall {
            index: Some(0),
            function: Some(function),
            ..ToolCall::default()
        });
        for call in delta.tool_calls.into_iter().flatten().chain(old_form) {
            self.tool_call(call, events);
        }
        for citation in delta.citations.into_iter().flatten() {
            events.extend(serde_json::from_value(citation).ok().map(ChatEvent::Citation));
        }
    }

    fn thinking(&mut self, delta: &mut Delta, events: &mut Vec<ChatEvent>) {
        let details = delta.reasoning_details.take().unwrap_or_default();
        if delta.reasoning_content.is_some()
            && let Some(blocks) = reasoning::own_blocks(&details)
        {
            return events.extend(blocks);
        }
        let plain = filled(delta.reasoning_content.take())
            .or_else(|| filled(delta.reasoning.as_ref().and_then(Value::as_str).map(str::to_owned)));
        self.plain_thinking |= plain.is_some();
        let text = if self.plain_thinking { plain } else { filled(Some(reasoning::readable(&details))) };
        events.extend(text.map(|delta| ChatEvent::Reasoning { delta }));
        for entry in details {
            self.details.push(entry, events);
        }
    }

    fn text(&mut self, delta: String, events: &mut Vec<ChatEvent>) {
        if !delta.is_empty() {
            events.extend(self.details.seal());
            events.push(ChatEvent::Text { delta });
        }
    }

    /// Mistral's reasoning models answer in parts, thinking among them.
    fn content_parts(&mut self, parts: &[Value], events: &mut Vec<ChatEvent>) {
        let text_of = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
        for part in parts {
            if let Some(thinking) = part.get("thinking") {
                let listed = || thinking.as_array().map(|list| list.iter().filter_map(text_of).collect());
                let text = thinking.as_str().map(str::to_owned).or_else(listed);
                events.extend(filled(text).map(|delta| ChatEvent::Reasoning { delta }));
            } else if let Some(text) = text_of(part) {
                self.text(text, events);
            }
        }
    }

    fn tool_call(&mut self, call: ToolCall, events: &mut Vec<ChatEvent>) {
        events.extend(self.details.seal());
        self.seen.calls = true;
        let signature = call.extra_content.as_ref().and_then(reasoning::call_signature);
        let id = filled(call.id);
        let mut function = call.function.unwrap_or_default();
        let name = filled(function.name.take());
        let arguments = function.take_arguments();
        let place = self
            .continued(call.index, id.as_deref(), name.is_some() && !arguments.is_empty())
            .unwrap_or_else(|| {
                self.calls.push(Call {
                    wire_index: call.index,
                    id: None,
                    started: false,
                    arguments: String::new(),
                });
                self.calls.len() - 1
            });
        let reply_id = self.id.as_deref();
        let (Some(call), Ok(index)) = (self.calls.get_mut(place), u32::try_from(place)) else { return };
        call.arguments.push_str(&arguments);
        if call.started {
            if !arguments.is_empty() {
                events.push(ChatEvent::ToolCallArguments { index, delta: arguments });
            }
            return;
        }
        call.id = call.id.take().or(id);
        if let Some(name) = name {
            call.start(Start { index, name, signature, reply_id }, events);
        }
    }

    /// The call that a fragment continues; `None` when it begins another one.
    ///
    /// Some servers leave out the index, some give every parallel call the index 0, and some repeat id and
    /// name in every fragment.
    fn continued(
        &self,
        wire_index: Option<u32>,
        id: Option<&str>,
        named_with_arguments: bool,
    ) -> Option<usize> {
        let place = match (wire_index, id) {
            (Some(_), _) => self.calls.iter().rposition(|call| call.wire_index == wire_index)?,
            (None, Some(_)) => self.calls.iter().rposition(|call| call.id.as_deref() == id)?,
            (None, None) => self.calls.len().checked_sub(1)?,
        };
        let call = self.calls.get(place)?;
        let same_id = id.is_some() && call.id.as_deref() == id;
        let other_id = id.is_some() && call.id.is_some() && !same_id;
        let another = other_id || (!same_id && named_with_arguments && is_complete(&call.arguments));
        (!another).then_some(place)
    }

    fn end(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        if !self.started {
            return Err(LlmError::new(LlmErrorKind::Malformed, "the reply holds no answer"));
        }
        events.extend(self.details.seal());
        let reply_id = self.id.as_deref();
        for (index, call) in (0..).zip(&mut self.calls) {
            if !call.started {
                call.start(Start { index, name: String::new(), signature: None, reply_id }, events);
            }
        }
        let reason = self.stop.take().unwrap_or_else(|| natural_stop(self.seen));
        events.push(ChatEvent::Stopped { reason });
        Ok(())
    }
}

/// What a tool call begins with.
struct Start<'a> {
    index: u32,
    name: String,
    signature: Option<String>,
    reply_id: Option<&'a str>,
}

impl Call {
    fn start(&mut self, start: Start<'_>, events: &mut Vec<ChatEvent>) {
        let Start { index, name, signature, reply_id } = start;
        self.started = true;
        let id = self.id.clone().unwrap_or_else(|| made_up_call_id(reply_id, index, &name));
        events.push(ChatEvent::ToolCallStarted { index, id, name, signature });
        if !self.arguments.is_empty() {
            events.push(ChatEvent::ToolCallArguments { index, delta: self.arguments.clone() });
        }
    }
}

fn is_complete(arguments: &str) -> bool {
    let mut reader = JsonReader::new(arguments);
    reader.skip().is_ok() && reader.end().is_ok()
}
