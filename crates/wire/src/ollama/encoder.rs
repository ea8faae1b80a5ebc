//! Writes replies to a caller who speaks Ollama's format: an object, or a line of JSON a step.
//!
//! The format has no field for the tokens that have to go back with thinking or with a call, and none for the
//! words of a refusal, which are the answer's text. A codec has no clock: the places of the times stand at the
//! beginning of every line, empty, and [`Times`] fills them in.

use crate::{
    arguments,
    calls::{CallGatherer, GatheredCall},
};
use bytes::{Bytes, BytesMut};
use llm::{
    ChatEvent, ChatReply, EmbeddingReply, LlmError, LlmErrorKind, Part, StopReason, StreamEncoder, Usage,
};
use serde::Serialize;
use serde_json::{json, value::RawValue};
use std::{borrow::Cow, time::Duration};

/// How the lines before the last begin.
const STEP: &[u8] = br#"{"created_at":null,"#;
/// How the last line begins, and a whole reply.
const END: &[u8] = br#"{"created_at":null,"total_duration":null,"load_duration":null,"prompt_eval_duration":null,"eval_duration":null,"#;

/// A line; its fields up to `eval_duration` are those of [`STEP`] and [`END`].
#[derive(Serialize)]
struct Line<'a> {
    created_at: (),
    #[serde(flatten)]
    times: Option<NoTimes>,
    model: &'a str,
    message: Spoken<'a>,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_eval_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_count: Option<u64>,
}

#[derive(Serialize, Default)]
struct NoTimes {
    total_duration: (),
    load_duration: (),
    prompt_eval_duration: (),
    eval_duration: (),
}

#[derive(Serialize, Default)]
struct Spoken<'a> {
    role: &'static str,
    content: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    thinking: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    index: usize,
    name: &'a str,
    arguments: Cow<'a, RawValue>,
}

fn spoken<'a>() -> Spoken<'a> {
    Spoken { role: "assistant", ..Spoken::default() }
}

fn step<'a>(model: &'a str, message: Spoken<'a>) -> Line<'a> {
    Line {
        created_at: (),
        times: None,
        model,
        message,
        done: false,
        done_reason: None,
        prompt_eval_count: None,
        eval_count: None,
    }
}

fn end<'a>(model: &'a str, message: Spoken<'a>, stop: Option<&StopReason>, usage: Option<Usage>) -> Line<'a> {
    let reason = match stop {
        Some(StopReason::MaxTokens) => "length",
        // There is no word of its own for tool calls and filters.
        Some(
            StopReason::EndTurn
            | StopReason::StopSequence(_)
            | StopReason::ToolCalls
            | StopReason::ContentFilter
            | StopReason::Refusal,
        )
        | None => "stop",
    };
    Line {
        times: Some(NoTimes::default()),
        done: true,
        done_reason: Some(reason),
        prompt_eval_count: usage.map(|usage| usage.total_input()),
        eval_count: usage.map(|usage| usage.output),
        ..step(model, message)
    }
}

/// Writes a whole reply; see [`llm::Codec::encode_reply`].
pub(super) fn reply(reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
    let mut message = spoken();
    let mut content = reply.plain_text();
    content.push_str(reply.refusal.as_deref().unwrap_or_default());
    message.content = Cow::Owned(content);
    for part in &reply.parts {
        match part {
            Part::Reasoning { text, .. } => message.thinking.to_mut().push_str(text),
            Part::ToolCall { id, name, arguments, .. } => {
                let index = message.tool_calls.len();
                message.tool_calls.push(call(index, id, name, arguments));
            }
            // The text is there already; a model does not answer with the others.
            Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => {}
        }
    }
    let model = reply.model.as_deref().unwrap_or(model);
    let written = serde_json::to_vec(&end(model, message, reply.stop.as_ref(), reply.usage));
    written.map(Bytes::from).map_err(|error| {
        LlmError::new(LlmErrorKind::Malformed, format!("the reply cannot be written: {error}"))
    })
}

fn call<'a>(index: usize, id: &'a str, name: &'a str, arguments: &'a str) -> Call<'a> {
    Call { id, function: Function { index, name, arguments: arguments::object(arguments).object } }
}

/// Writes an error, as a body or as a line. `code` is Familiar's own class, which the words do not tell.
pub(super) fn error(error: &LlmError) -> String {
    json!({ "error": error.message, "code": error.kind.as_str() }).to_string()
}

/// Writes embeddings to a caller.
pub(super) fn embeddings(reply: &EmbeddingReply) -> Bytes {
    let body = json!({
        "model": reply.model, "embeddings": reply.vectors, "total_duration": 0, "load_duration": 0,
        "prompt_eval_count": reply.usage.total_input(),
    });
    body.to_string().into()
}

/// Writes one stream. Calls come whole in this format: their fragments are gathered until they are.
#[derive(Debug)]
pub(super) struct Encoder {
    model: String,
    calls: CallGatherer,
    written_calls: usize,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    failed: bool,
}

impl Encoder {
    /// Starts a stream for a caller who asked for `model`.
    pub(super) fn new(model: &str) -> Self {
        let model = model.to_owned();
        Self {
            model,
            calls: CallGatherer::default(),
            written_calls: 0,
            usage: None,
            stop: None,
            failed: false,
        }
    }

    fn call(&mut self, gathered: &GatheredCall, out: &mut BytesMut) {
        let GatheredCall { id, name, arguments, .. } = gathered;
        let call = call(self.written_calls, id, name, arguments);
        self.written_calls += 1;
        line(&step(&self.model, Spoken { tool_calls: vec![call], ..spoken() }), out);
    }
}

fn line(written: &Line<'_>, out: &mut BytesMut) {
    // These are strings, numbers and JSON that was read before: writing them cannot fail.
    out.extend_from_slice(&serde_json::to_vec(written).unwrap_or_default());
    out.extend_from_slice(b"\n");
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        if self.calls.take(event) {
            while let Some(gathered) = self.calls.next_complete() {
                self.call(&gathered, out);
            }
            return;
        }
        match event {
            ChatEvent::Started { model: Some(model), .. } => self.model.clone_from(model),
            ChatEvent::Text { delta } | ChatEvent::Refusal { delta } => {
                line(&step(&self.model, Spoken { content: Cow::Borrowed(delta), ..spoken() }), out);
            }
            ChatEvent::Reasoning { delta } => {
                line(&step(&self.model, Spoken { thinking: Cow::Borrowed(delta), ..spoken() }), out);
            }
            ChatEvent::Usage(usage) => self.usage = Some(self.usage.unwrap_or_default().merged(*usage)),
            // The last line has it, with the usage that may still come.
            ChatEvent::Stopped { reason } => self.stop = Some(reason.clone()),
            // The gatherer has taken the calls; the others have no place in this format.
            ChatEvent::ToolCallStarted { .. }
            | ChatEvent::ToolCallArguments { .. }
            | ChatEvent::Started { model: None, .. }
            | ChatEvent::ReasoningSealed { .. }
            | ChatEvent::Citation(_) => {}
        }
    }

    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        self.failed = true;
        while let Some(gathered) = self.calls.next_complete() {
            self.call(&gathered, out);
        }
        out.extend_from_slice(self::error(error).as_bytes());
        out.extend_from_slice(b"\n");
    }

    fn finish(&mut self, out: &mut BytesMut) {
        if self.failed {
            return;
        }
        while let Some(gathered) = self.calls.next_left() {
            self.call(&gathered, out);
        }
        line(&end(&self.model, spoken(), self.stop.as_ref(), self.usage), out);
    }
}

/// The times of an answer, which only who hands it on knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// From the request to the first piece of the answer.
    pub first: Duration,
    /// From the request to now.
    pub total: Duration,
}

impl Times {
    /// Whether these lines are Familiar's own, so that their times have to be filled in.
    pub fn are_missing(lines: &[u8]) -> bool {
        // The beginning that both kinds of lines share.
        lines.starts_with(STEP)
    }

    /// Fills the times into a line, or a whole reply, that Familiar has written; an Ollama's own lines have
    /// theirs and stay as they are. `now` is the time of day as in RFC 3339.
    pub fn stamp(&self, line: Bytes, now: impl FnOnce() -> String) -> Bytes {
        let (beginning, times) = if line.starts_with(END) {
            let now = now();
            (
                END,
                format!(
                    r#"{{"created_at":"{now}","total_duration":{},"load_duration":0,"prompt_eval_duration":{},"eval_duration":{},"#,
                    self.total.as_nanos(),
                    self.first.as_nanos(),
                    self.total.saturating_sub(self.first).as_nanos(),
                ),
            )
        } else if line.starts_with(STEP) {
            (STEP, format!(r#"{{"created_at":"{}","#, now()))
        } else {
            return line;
        };
        let mut stamped = BytesMut::from(times.as_bytes());
        stamped.extend_from_slice(line.get(beginning.len()..).unwrap_or_default());
        stamped.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const NOW: &str = "2025-01-02T03:04:05Z";

    #[test]
    fn every_line_is_written_so_that_times_can_be_filled_in() {
        let times = Times { first: Duration::from_nanos(3), total: Duration::from_nanos(10) };
        let mut encoder = Encoder::new("m");
        let mut out = BytesMut::new();
        encoder.event(&ChatEvent::Text { delta: "hi".into() }, &mut out);
        encoder.finish(&mut out);
        let lines: Vec<Value> = out[..]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| {
                serde_json::from_slice(&times.stamp(Bytes::copy_from_slice(line), || NOW.into())).unwrap()
            })
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line["created_at"] == NOW));
        assert_eq!(lines[0].get("total_duration"), None);
        let durations = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"];
        assert_eq!(durations.map(|name| lines[1][name].as_u64().unwrap()), [10, 0, 3, 7]);
        let whole = reply(
            &ChatReply {
                id: None,
                model: None,
                parts: vec![],
                citations: vec![],
                refusal: None,
                stop: None,
                usage: None,
            },
            "m",
        )
        .unwrap();
        let whole: Value = serde_json::from_slice(&times.stamp(whole, || NOW.into())).unwrap();
        assert_eq!((&whole["total_duration"], &whole["created_at"]), (&json!(10), &json!(NOW)));
    }

    #[test]
    fn another_servers_lines_stay_as_they_are() {
        for line in
            [&br#"{"model":"m","created_at":"then","done":true}"#[..], b"", b"{}", b"{\"error\":\"x\"}"]
        {
            let line = Bytes::from_static(line);
            assert_eq!(Times::default().stamp(line.clone(), || NOW.into()), line);
        }
    }
}
