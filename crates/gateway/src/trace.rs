//! What a call was like from inside, for those who follow requests over several programs: one span for the
//! call, one below it for each time a deployment was called.
//!
//! Nothing of it is made unless somebody takes the spans ([`SpanSink`]) and the call is one of those chosen.
//! Trace context goes by W3C's recommendation `traceparent` of 2021, version 00.

use crate::{ask::Ask, table::Place};
use base::{Clock, OwnerId};
use http::{HeaderMap, HeaderValue};
use ledger::Exchange;
use llm::{ChatRequest, LlmError, Part, Summary};
use serde_json::{Value, json};
use std::{fmt, fmt::Write as _, sync::Arc, time::Duration};

/// Longest text of a prompt or an answer that a span carries, in bytes.
const MAX_CONTENT_BYTES: usize = 64 << 10;

/// Takes spans of calls that have ended.
pub trait SpanSink: Send + Sync + fmt::Debug {
    /// Takes a call. Must not wait: a caller stands behind it.
    fn ended(&self, call: CallSpan);
}

/// Which calls are followed, and how.
#[derive(Debug, Clone)]
pub struct Tracing {
    /// Where spans go.
    pub sink: Arc<dyn SpanSink>,
    /// The share of calls that are followed, 0 to 1; a call whose caller has decided goes by the caller.
    pub sample_ratio: f64,
    /// Whether providers are told of the trace.
    pub propagate: bool,
    /// Whether the words of prompts and answers are in the spans.
    pub content: bool,
}

/// A trace's id.
pub type TraceId = [u8; 16];
/// A span's id.
pub type SpanId = [u8; 8];

/// A call that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallSpan {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The caller's span.
    pub parent: Option<SpanId>,
    /// What came of it.
    pub exchange: Exchange,
    /// How long it took.
    pub took: Duration,
    /// When the answer began, from the start.
    pub first_token: Option<Duration>,
    /// The output limit asked for.
    pub max_output_tokens: Option<u64>,
    /// Why the answer ended, in the vocabulary's words.
    pub finish: Option<String>,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// Each time a deployment was called.
    pub attempts: Vec<AttemptSpan>,
    /// The prompt, as a list of messages, where that is switched on.
    pub input: Option<Value>,
}

/// One call of one deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptSpan {
    /// Its id.
    pub span_id: SpanId,
    /// The deployment.
    pub deployment: String,
    /// Its provider.
    pub provider: String,
    /// Its model, in the provider's words.
    pub model: String,
    /// When it was called, from the start of the whole.
    pub began: Duration,
    /// When it failed, or the whole ended.
    pub ended: Option<Duration>,
    /// Why it failed: the class and the words.
    pub error: Option<(String, String)>,
}

/// What a caller says of the trace that its call belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parent {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
}

/// A call that is being followed.
#[derive(Debug)]
pub(crate) struct CallTrace {
    tracing: Arc<Tracing>,
    trace_id: TraceId,
    span_id: SpanId,
    parent: Option<SpanId>,
    /// By the monotonic clock.
    began: Duration,
    attempts: Vec<AttemptSpan>,
    first_token: Option<Duration>,
    max_output_tokens: Option<u64>,
    finish: Option<String>,
    response_id: Option<String>,
    input: Option<Value>,
}

impl Tracing {
    /// Begins to follow a call, if it is one of those chosen.
    pub(crate) fn begin(
        self: &Arc<Self>,
        headers: Option<&HeaderMap>,
        began: Duration,
    ) -> Option<Box<CallTrace>> {
        let parent = headers.and_then(Parent::of);
        let trace_id = match parent {
            Some(parent) => parent.trace_id,
            None => random()?,
        };
        let sampled = parent.map_or_else(|| self.chooses(&trace_id), |parent| parent.sampled);
        if !sampled {
            return None;
        }
        Some(Box::new(CallTrace {
            tracing: Arc::clone(self),
            trace_id,
            span_id: random()?,
            parent: parent.map(|parent| parent.span_id),
            began,
            attempts: Vec::with_capacity(1),
            first_token: None,
            max_output_tokens: None,
            finish: None,
            response_id: None,
            input: None,
        }))
    }

    /// The last half of a trace's id is random, so it decides, and decides the same everywhere.
    fn chooses(&self, trace_id: &TraceId) -> bool {
        let mut half = [0_u8; 8];
        half.copy_from_slice(trace_id.split_at(8).1);
        let unit = u64::from_be_bytes(half) as f64 / u64::MAX as f64;
        unit < self.sample_ratio || self.sample_ratio >= 1.0
    }
}

impl Parent {
    /// Reads `traceparent`: `00-TRACE-SPAN-FLAGS` in lower-case hexadecimal. Anything else is as if it were not
    /// there.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("traceparent")?.to_str().ok()?;
        let mut fields = text.split('-');
        let (version, trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        // A later version may have more fields; this one has not.
        if version.len() != 2 || version == "ff" || (version == "00" && fields.next().is_some()) {
            return None;
        }
        let _: [u8; 1] = from_hex(version)?;
        let (trace_id, span_id, flags): (TraceId, SpanId, [u8; 1]) =
            (from_hex(trace)?, from_hex(span)?, from_hex(flags)?);
        let is_one = trace_id != TraceId::default() && span_id != SpanId::default();
        is_one.then_some(Self { trace_id, span_id, sampled: flags.first().is_some_and(|bits| bits & 1 == 1) })
    }
}

impl CallTrace {
    /// A deployment is about to be called.
    pub(crate) fn attempt(&mut self, place: &Place, clock: &dyn Clock) {
        let now = self.since(clock);
        self.attempts.push(AttemptSpan {
            span_id: random().unwrap_or_default(),
            deployment: place.id.clone(),
            provider: place.spec.provider.clone(),
            model: place.spec.name.clone(),
            began: now,
            ended: None,
            error: None,
        });
    }

    /// The deployment that was called has failed.
    pub(crate) fn attempt_failed(&mut self, error: &LlmError, clock: &dyn Clock) {
        let now = self.since(clock);
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.ended = Some(now);
            attempt.error = Some((error.kind.as_str().to_owned(), error.message.clone()));
        }
    }

    /// The answer has begun.
    pub(crate) fn answering(&mut self, clock: &dyn Clock) {
        self.first_token = Some(self.since(clock));
    }

    /// Takes note of what has been seen of the answer.
    pub(crate) fn observe(&mut self, summary: &Summary) {
        if let (None, Some(stop)) = (&self.finish, &summary.stop) {
            self.finish = Some(stop.as_str().to_owned());
        }
        if self.response_id.is_none() {
            self.response_id.clone_from(&summary.id);
        }
    }

    /// What the deployment that is called is told of the trace, if anything.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let attempt = self.attempts.last().filter(|_| self.tracing.propagate)?;
        let text = format!("00-{}-{}-01", hex(&self.trace_id), hex(&attempt.span_id));
        HeaderValue::try_from(text).ok()
    }

    /// Takes note of what is asked; of its words only where that is switched on.
    pub(crate) fn asked(&mut self, ask: &mut Ask, owner: OwnerId) {
        self.max_output_tokens = ask.head.max_output_tokens;
        if self.tracing.content {
            self.input = ask.request(owner).map(|request| messages(request));
        }
    }

    /// It has ended.
    pub(crate) fn end(mut self, exchange: &Exchange, clock: &dyn Clock) {
        let took = self.since(clock);
        for attempt in &mut self.attempts {
            attempt.ended.get_or_insert(took);
        }
        let error = exchange.error_kind.clone().zip(exchange.error_message.clone());
        if let (Some(attempt), Some(error)) = (self.attempts.last_mut(), error) {
            // An answer that broke off in the middle.
            attempt.error.get_or_insert(error);
        }
        self.tracing.sink.ended(CallSpan {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent: self.parent,
            exchange: exchange.clone(),
            took,
            first_token: self.first_token,
            max_output_tokens: self.max_output_tokens,
            finish: self.finish,
            response_id: self.response_id,
            attempts: self.attempts,
            input: self.input,
        });
    }

    fn since(&self, clock: &dyn Clock) -> Duration {
        clock.monotonic().saturating_sub(self.began)
    }
}

/// The prompt as the conventions write it: messages with a role and parts. Pictures and files are only named.
fn messages(request: &ChatRequest) -> Value {
    let mut left = MAX_CONTENT_BYTES;
    let messages: Vec<Value> = request
        .messages
        .iter()
        .map(|message| {
            let parts: Vec<Value> = message.parts.iter().map(|part| content(part, &mut left)).collect();
            json!({ "role": message.role.as_str(), "parts": parts })
        })
        .collect();
    Value::Array(messages)
}

fn content(part: &Part, left: &mut usize) -> Value {
    let mut cut = |text: &str| {
        let end = (0..=text.len().min(*left)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        *left -= end;
        text.get(..end).unwrap_or_default().to_owned()
    };
    match part {
        Part::Text { text, .. } => json!({ "type": "text", "content": cut(text) }),
        Part::Reasoning { text, .. } => json!({ "type": "reasoning", "content": cut(text) }),
        Part::ToolCall { id, name, arguments, .. } => {
            json!({ "type": "tool_call", "id": id, "name": name, "arguments": cut(arguments) })
        }
        Part::ToolResult { call_id, parts, .. } => {
            let result: String = parts.iter().filter_map(Part::as_text).collect();
            json!({ "type": "tool_call_response", "id": call_id, "response": cut(&result) })
        }
        Part::Image { .. } => json!({ "type": "image" }),
        Part::File { .. } => json!({ "type": "file" }),
    }
}

/// The bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != N * 2 || !is_hex {
        return None;
    }
    let mut bytes = [0; N];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Random bytes; `None` where the system has none, and then nothing is followed.
fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Nowhere;

    impl SpanSink for Nowhere {
        fn ended(&self, _call: CallSpan) {}
    }

    fn parent(text: &str) -> Option<Parent> {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", text.parse().ok()?);
        Parent::of(&headers)
    }

    #[test]
    fn a_callers_trace_is_gone_on_with_and_what_is_none_is_passed_over() {
        let good = parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(hex(&good.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((hex(&good.span_id).as_str(), good.sampled), ("00f067aa0ba902b7", true));
        assert!(!parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap().sampled);
        assert!(
            parent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some(),
            "a later version"
        );
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parent(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_share_is_kept_and_the_caller_decides_for_its_own() {
        let tracing = |sample_ratio| {
            Arc::new(Tracing { sink: Arc::new(Nowhere), sample_ratio, propagate: false, content: false })
        };
        let chosen =
            |ratio| (0..2_000).filter(|_| tracing(ratio).begin(None, Duration::ZERO).is_some()).count();
        assert_eq!((chosen(0.0), chosen(1.0)), (0, 2_000));
        assert!((350..650).contains(&chosen(0.25)), "a quarter, more or less");
        let mut headers = HeaderMap::new();
        for (flags, followed) in [("01", true), ("00", false)] {
            let value = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            headers.insert("traceparent", value.parse().unwrap());
            for ratio in [0.0, 1.0] {
                assert_eq!(
                    tracing(ratio).begin(Some(&headers), Duration::ZERO).is_some(),
                    followed,
                    "{ratio}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,80}") {
            let _ = parent(&text);
        }

        #[test]
        fn hexadecimal_goes_round(bytes in any::<[u8; 16]>()) {
            prop_assert_eq!(from_hex::<16>(&hex(&bytes)), Some(bytes));
        }
    }
}
