//! Reads Ollama's replies: one JSON object, or a line of JSON a step.

use crate::{broken_off, kind_of_message, malformed, sse::MAX_EVENT_BYTES};
use llm::{
    ChatEvent, ChatReply, EmbeddingReply, LlmError, LlmErrorKind, Part, StopReason, StreamDecoder, Usage,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A line of a stream, or a whole reply.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    error: Option<String>,
    /// Familiar's own class of the error, where another Familiar serves this format.
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(borrow, default)]
    message: Option<Spoken<'a>>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Spoken<'a> {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<Call<'a>>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow)]
    function: CalledFunction<'a>,
}

#[derive(Deserialize)]
struct CalledFunction<'a> {
    name: String,
    #[serde(borrow, default)]
    arguments: Option<&'a RawValue>,
}

impl Line<'_> {
    fn usage(&self) -> Option<Usage> {
        let said = self.prompt_eval_count.is_some() || self.eval_count.is_some();
        said.then(|| Usage {
            input: self.prompt_eval_count.unwrap_or(0),
            output: self.eval_count.unwrap_or(0),
            ..Usage::default()
        })
    }

    fn stop(&self, has_calls: bool) -> StopReason {
        match self.done_reason.as_deref() {
            Some("length") => StopReason::MaxTokens,
            _ if has_calls => StopReason::ToolCalls,
            Some(_) | None => StopReason::EndTurn,
        }
    }
}

impl Call<'_> {
    /// The call's id. Older servers give none; then one is made up that is the same however the bytes come,
    /// and another one in the next turn.
    fn id(&self, created_at: Option<&str>, number: usize) -> String {
        if let Some(id) = self.id.as_ref().filter(|id| !id.is_empty()) {
            return id.clone();
        }
        let mut hasher = DefaultHasher::new();
        (created_at, &self.function.name, self.arguments()).hash(&mut hasher);
        format!("ollama-call-{:016x}-{number}", hasher.finish())
    }

    fn arguments(&self) -> &str {
        self.function.arguments.map_or("{}", RawValue::get)
    }
}

/// Reads a whole reply; see [`llm::Codec::decode_reply`].
pub(super) fn decode(body: &[u8]) -> Result<ChatReply, LlmError> {
    let line: Line<'_> = serde_json::from_slice(body).map_err(|error| malformed("the reply", &error))?;
    if let Some(message) = line.error {
        return Err(provider_error(message, line.code.as_deref()));
    }
    let Some(spoken) = &line.message else {
        return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no message"));
    };
    let mut parts = Vec::new();
    if let Some(text) = spoken.thinking.as_ref().filter(|text| !text.is_empty()) {
        parts.push(Part::Reasoning { text: text.clone(), signature: None, redacted: None });
    }
    if let Some(text) = spoken.content.as_ref().filter(|text| !text.is_empty()) {
        parts.push(Part::text(text.as_str()));
    }
    let calls = spoken.tool_calls.as_deref().unwrap_or_default();
    for (number, call) in calls.iter().enumerate() {
        parts.push(Part::ToolCall {
            id: call.id(line.created_at.as_deref(), number),
            name: call.function.name.clone(),
            arguments: call.arguments().to_owned(),
            signature: None,
        });
    }
    let (stop, usage) = (line.stop(!calls.is_empty()), line.usage());
    Ok(ChatReply {
        id: None,
        model: line.model,
        parts,
        citations: Vec::new(),
        refusal: None,
        stop: Some(stop),
        usage,
    })
}

/// Reads a stream; see [`llm::StreamDecoder`].
#[derive(Default)]
pub(super) struct Decoder {
    /// The beginning of a line that is not complete yet.
    partial: Vec<u8>,
    started: bool,
    calls: usize,
    done: bool,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, mut bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
            bytes = rest.get(1..).unwrap_or_default();
            self.check_length(line)?;
            if self.partial.is_empty() {
                self.line(line, events)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, events)?;
            }
        }
        self.check_length(bytes)?;
        self.partial.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        // The last line may lack its end, or be cut off.
        let rest = std::mem::take(&mut self.partial);
        let outcome = self.line(&rest, events);
        if self.done {
            return Ok(());
        }
        match outcome {
            Err(error) if error.kind != LlmErrorKind::Malformed => Err(error),
            Ok(()) | Err(_) => Err(broken_off()),
        }
    }
}

impl Decoder {
    fn check_length(&self, more: &[u8]) -> Result<(), LlmError> {
        if self.partial.len() + more.len() <= MAX_EVENT_BYTES {
            return Ok(());
        }
        let message = format!("a line of the stream is longer than {MAX_EVENT_BYTES} bytes");
        Err(LlmError::new(LlmErrorKind::Malformed, message))
    }

    fn line(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() || self.done {
            return Ok(());
        }
        let line: Line<'_> =
            serde_json::from_slice(bytes).map_err(|error| malformed("a line of the stream", &error))?;
        if let Some(message) = line.error {
            return Err(provider_error(message, line.code.as_deref()));
        }
        if !self.started {
            self.started = true;
            events.push(ChatEvent::Started { id: None, model: line.model.clone() });
        }
        let spoken = line.message.as_ref();
        let said = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let thought = said(spoken.and_then(|spoken| spoken.thinking.as_ref()));
        events.extend(thought.map(|delta| ChatEvent::Reasoning { delta }));
        let text = said(spoken.and_then(|spoken| spoken.content.as_ref()));
        events.extend(text.map(|delta| ChatEvent::Text { delta }));
        for call in spoken.and_then(|spoken| spoken.tool_calls.as_deref()).unwrap_or_default() {
            let index = u32::try_from(self.calls).unwrap_or(u32::MAX);
            let id = call.id(line.created_at.as_deref(), self.calls);
            let name = call.function.name.clone();
            events.push(ChatEvent::ToolCallStarted { index, id, name, signature: None });
            events.push(ChatEvent::ToolCallArguments { index, delta: call.arguments().to_owned() });
            self.calls += 1;
        }
        if line.done {
            self.done = true;
            events.extend(line.usage().map(ChatEvent::Usage));
            events.push(ChatEvent::Stopped { reason: line.stop(self.calls > 0) });
        }
        Ok(())
    }
}

/// The error for what the provider says inside a reply whose status was 200.
fn provider_error(message: String, code: Option<&str>) -> LlmError {
    let own = code.and_then(own_class).or_else(|| kind_of_message(&message));
    LlmError::new(own.unwrap_or(LlmErrorKind::Server), message)
}

/// The class that another Familiar has told in `code`.
pub(super) fn own_class(code: &str) -> Option<LlmErrorKind> {
    LlmErrorKind::ALL.into_iter().find(|kind| kind.as_str() == code)
}

/// Reads embeddings.
pub(super) fn decode_embedding(body: &[u8]) -> Result<EmbeddingReply, LlmError> {
    #[derive(Deserialize)]
    struct Reply {
        #[serde(default)]
        error: Option<String>,
        #[serde(default)]
        model: String,
        #[serde(default)]
        embeddings: Vec<Vec<f32>>,
        #[serde(default)]
        prompt_eval_count: Option<u64>,
    }
    let reply: Reply = serde_json::from_slice(body).map_err(|error| malformed("the reply", &error))?;
    match reply.error {
        Some(message) => Err(provider_error(message, None)),
        None if reply.embeddings.is_empty() => {
            Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no embeddings"))
        }
        None => Ok(EmbeddingReply {
            model: reply.model,
            vectors: reply.embeddings,
            usage: Usage { input: reply.prompt_eval_count.unwrap_or(0), ..Usage::default() },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_pieces(pieces: &[&[u8]]) -> (Vec<ChatEvent>, Option<LlmErrorKind>) {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut events));
        let outcome = pushed.and_then(|()| decoder.finish(&mut events));
        (events, outcome.err().map(|error| error.kind))
    }

    #[test]
    fn the_last_line_may_lack_its_end() {
        let (events, error) = decode_pieces(&[br#"{"message":{"content":"hi"},"done":true}"#]);
        assert_eq!(error, None);
        assert_eq!(events.last(), Some(&ChatEvent::Stopped { reason: StopReason::EndTurn }));
    }

    #[test]
    fn nothing_at_all_is_a_stream_that_broke_off() {
        assert_eq!(decode_pieces(&[]), (Vec::new(), Some(LlmErrorKind::Network)));
    }

    #[test]
    fn a_line_without_end_is_not_kept_for_ever() {
        let piece = vec![b'x'; 1 << 20];
        let pieces = vec![piece.as_slice(); 9];
        assert_eq!(decode_pieces(&pieces).1, Some(LlmErrorKind::Malformed));
    }

    #[test]
    fn made_up_ids_differ_by_call_and_by_turn() {
        let ids = |created_at: &str| {
            let line = format!(
                r#"{{"created_at":"{created_at}","message":{{"tool_calls":[{{"function":{{"name":"f"}}}},{{"function":{{"name":"f"}}}}]}},"done":true}}"#
            );
            let reply = decode(line.as_bytes()).unwrap();
            reply.parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>()
        };
        let (first, second) = (ids("1"), ids("2"));
        assert!(first[0] != first[1] && first[0] != second[0]);
        assert_eq!(first, ids("1"));
    }
}
