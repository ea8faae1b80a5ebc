//! What replies say about what was used, whole and as events.

use super::super::error;
use crate::{malformed, sse::SseParser};
use bytes::Bytes;
use llm::{AudioHead, LlmError, LlmErrorKind, Operation, StopReason, StreamScanner, Summary, Usage};
use serde::Deserialize;
use serde_json::Value;

/// A transcription in JSON, of any of its kinds.
#[derive(Debug, Deserialize)]
struct Whole {
    #[serde(default)]
    text: Option<String>,
    /// Seconds (`verbose_json`); some vendors write a text.
    #[serde(default)]
    duration: Option<Value>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// An event of a stream.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    delta: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// Reads a whole reply: a transcription as JSON or text, or an error where sound was expected.
pub(super) fn summarise(head: &AudioHead, content_type: &str, body: &[u8]) -> Result<Summary, LlmError> {
    let mut summary = Summary { started: true, stop: Some(StopReason::EndTurn), ..Summary::default() };
    let mut usage = known(head);
    if content_type.contains("json") {
        let whole: Whole = serde_json::from_slice(body).map_err(|error| malformed("the reply", &error))?;
        if let Some(error) = whole.error.as_ref().filter(|error| !error.is_null()) {
            return Err(error::from_value(error));
        }
        let Some(text) = whole.text else {
            return Err(LlmError::new(LlmErrorKind::Malformed, "the reply has no `text`"));
        };
        summary.text_bytes = text.len() as u64;
        if let Some(ms) = whole.duration.as_ref().and_then(milliseconds) {
            usage.audio_ms = ms;
        }
        if let Some(said) = whole.usage.as_ref() {
            add(&mut usage, said, head.operation);
        }
    } else {
        let text = std::str::from_utf8(body).map_err(|_| error::not_text())?;
        summary.text_bytes = text.len() as u64;
        if head.timed_text {
            usage.audio_ms = usage.audio_ms.max(last_time_ms(text));
        }
    }
    summary.usage = (usage != Usage::default()).then_some(usage);
    Ok(summary)
}

/// What is known before the reply comes.
fn known(head: &AudioHead) -> Usage {
    Usage {
        characters: head.head.characters,
        audio_ms: head.audio_ms.unwrap_or_default(),
        ..Usage::default()
    }
}

/// Adds what a usage object says: `{"type": "duration", "seconds"}`, or tokens of text and sound.
fn add(usage: &mut Usage, said: &Value, operation: Operation) {
    let number = |pointer: &str| said.pointer(pointer).and_then(Value::as_u64);
    if let Some(ms) = said.get("seconds").and_then(milliseconds) {
        usage.audio_ms = ms;
    }
    let Some(input) = number("/input_tokens").or_else(|| number("/prompt_tokens")) else { return };
    let output = number("/output_tokens").or_else(|| number("/completion_tokens")).unwrap_or_default();
    let details = |class: &str| {
        number(&format!("/input_token_details/{class}"))
            .or_else(|| number(&format!("/prompt_tokens_details/{class}")))
    };
    // What is not told apart is what the operation is about.
    let heard = match (details("audio_tokens"), details("text_tokens")) {
        (Some(heard), _) => heard.min(input),
        (None, Some(read)) => input.saturating_sub(read),
        (None, None) if operation == Operation::Speech => 0,
        (None, None) => input,
    };
    usage.audio_input = heard;
    usage.input = input - heard;
    usage.output = output;
    usage.audio_output = if operation == Operation::Speech { output } else { 0 };
}

/// Seconds as a number or a text, in milliseconds.
fn milliseconds(seconds: &Value) -> Option<u64> {
    let seconds = seconds.as_f64().or_else(|| seconds.as_str()?.trim().parse().ok())?;
    let time = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(time.as_millis()).ok()
}

/// The latest end of a cue (`00:01:02,500` in SubRip, `01:02.500` or with hours in WebVTT).
fn last_time_ms(text: &str) -> u64 {
    let ends = text.lines().filter_map(|line| line.split_once("-->")).filter_map(|(_, end)| time_ms(end));
    ends.max().unwrap_or_default()
}

fn time_ms(text: &str) -> Option<u64> {
    let time = text.split_whitespace().next()?.replace(',', ".");
    let (clock, thousandths) = time.split_once('.')?;
    let seconds =
        clock.split(':').try_fold(0_u64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))?;
    seconds.checked_mul(1_000)?.checked_add(thousandths.get(..3)?.parse().ok()?)
}

/// Watches a reply that comes as events.
#[derive(Debug)]
pub(super) struct Scanner {
    parser: SseParser,
    summary: Summary,
    usage: Usage,
    operation: Operation,
}

impl Scanner {
    pub(super) fn new(head: &AudioHead) -> Self {
        let (usage, operation) = (known(head), head.operation);
        Self { parser: SseParser::default(), summary: Summary::default(), usage, operation }
    }
}

/// Takes note of an event.
fn note(summary: &mut Summary, usage: &mut Usage, operation: Operation, data: &str) {
    if data == "[DONE]" {
        summary.stop.get_or_insert(StopReason::EndTurn);
        return;
    }
    let event: Event = match serde_json::from_str(data) {
        Ok(event) => event,
        Err(error) => {
            summary.error = Some(malformed("an event", &error));
            return;
        }
    };
    if let Some(error) = event.error.as_ref().filter(|error| !error.is_null()) {
        summary.error = Some(error::from_value(error));
        return;
    }
    match event.kind.as_deref() {
        Some("transcript.text.done" | "speech.audio.done") => {
            if let Some(said) = &event.usage {
                add(usage, said, operation);
            }
            summary.started = true;
            summary.usage = Some(*usage);
            summary.stop = Some(StopReason::EndTurn);
        }
        Some("transcript.text.delta" | "transcript.text.segment" | "speech.audio.delta") => {
            summary.started = true;
            let text = event.delta.or(event.text).unwrap_or_default();
            summary.text_bytes = summary.text_bytes.saturating_add(text.len() as u64);
        }
        Some(_) | None => {}
    }
}

impl StreamScanner for Scanner {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        let mut input = &bytes[..];
        while self.summary.error.is_none() {
            match self.parser.next(&mut input) {
                Ok(Some(event)) => note(&mut self.summary, &mut self.usage, self.operation, event.data),
                Ok(None) => break,
                Err(error) => self.summary.error = Some(error.into()),
            }
        }
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm::RequestHead;
    use serde_json::json;

    fn head(operation: Operation, characters: u64, audio_ms: Option<u64>, timed_text: bool) -> AudioHead {
        let head = RequestHead { characters, ..RequestHead::default() };
        AudioHead { operation, head, audio_ms, audio_ms_estimate: 0, timed_text }
    }

    #[test]
    fn every_form_of_usage_is_read() {
        let recording = head(Operation::Transcription, 0, None, false);
        let usage = |body: Value| {
            summarise(&recording, "application/json; charset=utf-8", body.to_string().as_bytes())
                .unwrap()
                .usage
                .unwrap_or_default()
        };
        assert_eq!(usage(json!({ "text": "a" })), Usage::default());
        let seconds = Usage { audio_ms: 3_500, ..Usage::default() };
        assert_eq!(usage(json!({ "text": "a", "usage": { "type": "duration", "seconds": 3.5 } })), seconds);
        assert_eq!(usage(json!({ "text": "a", "duration": "3.5", "language": "english" })), seconds);
        let tokens = json!({ "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
            "input_token_details": { "text_tokens": 4, "audio_tokens": 10 } });
        let expected = Usage { input: 4, audio_input: 10, output: 45, ..Usage::default() };
        assert_eq!(usage(json!({ "text": "a", "usage": tokens })), expected);
    }

    #[test]
    fn the_times_of_subtitles_tell_how_long_it_is() {
        let timed = head(Operation::Transcription, 0, None, true);
        for text in [
            "1\n00:00:00,000 --> 00:01:02,500\nHello\n\n2\n00:00:01,000 --> 00:00:03,000\nyou\n",
            "WEBVTT\n\n00:01.000 --> 01:02.500 align:start\nHello\n",
        ] {
            let summary = summarise(&timed, "text/plain", text.as_bytes()).unwrap();
            assert_eq!(summary.usage.unwrap().audio_ms, 62_500, "{text}");
        }
        let summary = summarise(&timed, "text/plain", b"a --> b\n --> 9:99999999999999999999:1.000").unwrap();
        assert_eq!((summary.usage, summary.text_bytes), (None, 41));
    }

    #[test]
    fn errors_that_come_with_a_good_status_are_errors() {
        for (operation, body) in [
            (Operation::Transcription, json!({ "error": { "message": "too loud", "code": 503 } })),
            (Operation::Speech, json!({ "error": { "message": "too loud", "type": "server_error" } })),
        ] {
            let error =
                summarise(&head(operation, 5, None, false), "application/json", body.to_string().as_bytes());
            assert_eq!(error.unwrap_err().message, "too loud");
        }
        let speech = head(Operation::Speech, 5, None, false);
        let error = summarise(&speech, "application/json", b"{}").unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Malformed);
    }

    #[test]
    fn a_stream_is_watched_whatever_pieces_it_comes_in() {
        let stream = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hello\"}\n\n\
            data: {\"type\":\"transcript.text.done\",\"text\":\"Hello\",\"usage\":{\"input_tokens\":20,\"output_tokens\":3,\
            \"input_token_details\":{\"audio_tokens\":20,\"text_tokens\":0}}}\n\ndata: [DONE]\n\n";
        for size in 1..stream.len() {
            let mut scanner = Scanner::new(&head(Operation::Transcription, 0, None, false));
            for piece in stream.as_bytes().chunks(size) {
                assert_eq!(scanner.push(Bytes::copy_from_slice(piece)), piece);
            }
            let summary = scanner.summary();
            assert_eq!((summary.started, summary.text_bytes), (true, 5));
            assert_eq!(summary.usage, Some(Usage { audio_input: 20, output: 3, ..Usage::default() }));
            assert_eq!(summary.stop, Some(StopReason::EndTurn));
        }
        let mut scanner = Scanner::new(&head(Operation::Speech, 9, None, false));
        scanner.push(Bytes::from("data: {\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n\n"));
        assert!(scanner.summary().started && scanner.summary().stop.is_none());
        scanner.push(Bytes::from("data: {\"error\":{\"message\":\"broke\"}}\n\n"));
        assert_eq!(scanner.summary().error.as_ref().unwrap().message, "broke");
        let mut scanner = Scanner::new(&head(Operation::Speech, 9, None, false));
        scanner.push(Bytes::from(
            "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":5,\"output_tokens\":60}}\n\n",
        ));
        let expected = Usage { input: 5, output: 60, audio_output: 60, characters: 9, ..Usage::default() };
        assert_eq!(scanner.summary().usage, Some(expected));
    }
}
