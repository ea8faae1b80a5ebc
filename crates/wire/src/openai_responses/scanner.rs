//! The hot path of replies: watches what is passed on, without parsing the deltas that most events are.

use super::{reply, stream::State};
use crate::{
    json::{JsonError, JsonReader},
    sse::SseParser,
};
use bytes::Bytes;
use llm::{ChatEvent, LlmError, LlmErrorKind, StreamScanner, Summary};

/// Reads usage and stop reason of a whole reply.
pub(super) fn summarise(body: &[u8]) -> Result<Summary, LlmError> {
    let mut summary = Summary { started: true, ..Summary::default() };
    reply::events(body)?.iter().for_each(|event| summary.note(event));
    Ok(summary)
}

/// Watches one stream.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    parser: SseParser,
    state: State,
    events: Vec<ChatEvent>,
    summary: Summary,
}

impl Scanner {
    fn event(&mut self, name: &str, data: &str) -> Result<(), LlmError> {
        match name {
            "response.output_text.delta"
            | "response.refusal.delta"
            | "response.reasoning_text.delta"
            | "response.reasoning_summary_text.delta"
            | "response.function_call_arguments.delta" => {
                let delta = read_delta(data).unwrap_or_default();
                if delta.bytes > 0 {
                    self.state.passed(delta.output_index, name);
                    self.summary.started = true;
                    self.summary.text_bytes = self.summary.text_bytes.saturating_add(delta.bytes);
                }
                return Ok(());
            }
            // They repeat what has come in pieces, and the end of the item repeats it once more.
            "response.output_text.done"
            | "response.refusal.done"
            | "response.reasoning_text.done"
            | "response.reasoning_summary_text.done"
            | "response.reasoning_summary_part.added"
            | "response.reasoning_summary_part.done"
            | "response.function_call_arguments.done"
            | "response.content_part.added"
            | "response.content_part.done" => return Ok(()),
            // A tool at the provider has begun to work, which nobody wants to be done twice.
            _ => self.summary.started |= name.contains("_call.in_progress"),
        }
        let outcome = self.state.take(name, data, &mut self.events);
        self.events.drain(..).for_each(|event| self.summary.note(&event));
        outcome
    }
}

impl StreamScanner for Scanner {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        // What cannot be read is not passed on either; the gateway tells the caller why.
        let is_unreadable = |error: &LlmError| error.kind == LlmErrorKind::Malformed;
        if self.summary.error.as_ref().is_some_and(is_unreadable) {
            return Bytes::new();
        }
        let mut parser = std::mem::take(&mut self.parser);
        let mut input: &[u8] = &bytes;
        let mut readable = bytes.len();
        while self.summary.error.is_none() {
            let start = bytes.len() - input.len();
            let outcome = match parser.next(&mut input) {
                Ok(Some(event)) => self.event(event.name, event.data),
                Ok(None) => break,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = outcome {
                if is_unreadable(&error) {
                    readable = start;
                }
                self.summary.error = Some(error);
            }
        }
        self.parser = parser;
        bytes.slice(..readable)
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// What a delta says of itself.
#[derive(Debug, Default)]
struct DeltaHead {
    output_index: u32,
    /// Bytes of text, as they stand.
    bytes: u64,
}

fn read_delta(data: &str) -> Result<DeltaHead, JsonError> {
    let mut delta = DeltaHead::default();
    let mut reader = JsonReader::new(data);
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match (&*key, reader.peek()) {
            ("delta", Some(b'"')) => {
                delta.bytes = u64::try_from(reader.string()?.raw.len()).unwrap_or(u64::MAX);
            }
            ("output_index", _) => {
                let index = reader.unsigned()?.unwrap_or_default();
                delta.output_index = u32::try_from(index).unwrap_or(u32::MAX);
            }
            _ => {
                reader.skip()?;
            }
        }
    }
    Ok(delta)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(stream: &'static str) -> (String, Summary) {
        let mut scanner = Scanner::default();
        let passed = scanner.push(Bytes::from(stream));
        (String::from_utf8(passed.to_vec()).unwrap(), scanner.summary)
    }

    #[test]
    fn deltas_are_measured_without_being_read() {
        // Escapes count as they stand, and what no parser would take passes.
        let (_, summary) = scanned(
            "event: response.output_text.delta\ndata: {\"output_index\":1,\"delta\":\"a\\n\\q\"}\n\n\
             event: response.output_text.delta\ndata: {\"delta\":7}\n\n\
             event: response.output_text.delta\ndata: nonsense\n\n",
        );
        assert_eq!((summary.text_bytes, summary.started), (5, true));
        assert!(summary.error.is_none());
    }

    #[test]
    fn a_tool_at_the_provider_is_a_beginning() {
        assert!(!scanned("event: response.created\ndata: {\"response\":{\"id\":\"r\"}}\n\n").1.started);
        let thinking = "event: response.output_item.added\ndata: {\"item\":{\"type\":\"reasoning\"}}\n\n";
        assert!(!scanned(thinking).1.started, "nothing has come that could not come from another provider");
        let searching = "event: response.web_search_call.in_progress\ndata: {\"output_index\":0}\n\n";
        assert!(scanned(searching).1.started);
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_on() {
        let readable = "event: response.output_text.delta\ndata: {\"delta\":\"so far\"}\n\n";
        let stream = Bytes::from(format!("{readable}event: response.completed\ndata: {{oops\n\nmore"));
        let mut scanner = Scanner::default();
        assert_eq!(scanner.push(stream), readable);
        assert_eq!(scanner.summary().error.as_ref().map(|error| error.kind), Some(LlmErrorKind::Malformed));
        assert!(scanner.push(Bytes::from("data: {}\n\n")).is_empty());
    }
}
