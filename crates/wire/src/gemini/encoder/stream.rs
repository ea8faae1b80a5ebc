//! Writes events to a caller as a stream of chunks, each a server-sent event. Calls come whole in this format:
//! their fragments are gathered until they are.

use super::{Called, Candidate, Content, Written, call, finish_reason, grounding, text};
use crate::{
    calls::{CallGatherer, GatheredCall},
    gemini::{body::Part, error, signature},
    sse,
};
use bytes::BytesMut;
use llm::{ChatEvent, Citation, LlmError, StopReason, StreamEncoder, Usage};

/// Writes one stream.
#[derive(Debug)]
pub(in crate::gemini) struct Encoder {
    model: String,
    id: Option<String>,
    calls: CallGatherer,
    /// The last event was thinking, whose seal would be that of the thinking.
    thinking: bool,
    citations: Vec<Citation>,
    /// The words of a refusal so far.
    refusal: String,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    failed: bool,
}

impl Encoder {
    /// Starts a stream for a caller who asked for `model`.
    pub(in crate::gemini) fn new(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            id: None,
            calls: CallGatherer::default(),
            thinking: false,
            citations: Vec::new(),
            refusal: String::new(),
            usage: None,
            stop: None,
            failed: false,
        }
    }

    fn part(&self, part: Part<'_>, out: &mut BytesMut) {
        let content = Content { parts: vec![part], ..Content::default() };
        self.chunk(Candidate { content, ..Candidate::default() }, out);
    }

    fn chunk(&self, candidate: Candidate<'_>, out: &mut BytesMut) {
        let written = Written {
            usage_metadata: self.usage.filter(|_| candidate.finish_reason.is_some()).map(Into::into),
            candidates: [candidate],
            model_version: &self.model,
            response_id: self.id.as_deref(),
        };
        // These are strings, numbers and JSON that was read before: writing them cannot fail.
        sse::write_event(out, "", &serde_json::to_string(&written).unwrap_or_default());
    }

    fn call(&self, gathered: &GatheredCall, out: &mut BytesMut) {
        let GatheredCall { id, name, arguments, signature, .. } = gathered;
        self.part(call(Called { id, name, arguments, signature: signature.as_deref() }), out);
    }

    fn seal(&mut self, signature: Option<&str>, redacted: Option<&str>, out: &mut BytesMut) {
        let is_thought = std::mem::take(&mut self.thinking) || redacted.is_some();
        let token = match (signature, redacted) {
            (_, Some(data)) => signature::redacted_for_caller(data),
            (Some(signature), None) => signature::for_caller(signature),
            (None, None) => return,
        };
        let foreign = signature.is_some_and(|token| signature::own(token).is_none());
        let thought = is_thought || foreign;
        self.part(Part { thought, thought_signature: Some(token), ..text("") }, out);
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut) {
        if self.calls.take(event) {
            self.thinking = false;
            while let Some(gathered) = self.calls.next_complete() {
                self.call(&gathered, out);
            }
            return;
        }
        match event {
            ChatEvent::Started { id, model } => {
                self.id = id.clone().or_else(|| self.id.take());
                if let Some(model) = model {
                    self.model.clone_from(model);
                }
            }
            ChatEvent::Text { delta } => {
                self.thinking = false;
                self.part(text(delta), out);
            }
            ChatEvent::Refusal { delta } => {
                self.refusal.push_str(delta);
                self.part(text(delta), out);
            }
            ChatEvent::Reasoning { delta } => {
                self.thinking = true;
                self.part(Part { thought: true, ..text(delta) }, out);
            }
            ChatEvent::ReasoningSealed { signature, redacted } => {
                self.seal(signature.as_deref(), redacted.as_deref(), out);
            }
            ChatEvent::Citation(citation) => self.citations.push(citation.clone()),
            ChatEvent::Usage(usage) => self.usage = Some(self.usage.unwrap_or_default().merged(*usage)),
            // The last chunk has it, with the usage that may still come.
            ChatEvent::Stopped { reason } => self.stop = Some(reason.clone()),
            // The gatherer has taken these.
            ChatEvent::ToolCallStarted { .. } | ChatEvent::ToolCallArguments { .. } => {}
        }
    }

    fn error(&mut self, error: &LlmError, out: &mut BytesMut) {
        self.failed = true;
        while let Some(gathered) = self.calls.next_complete() {
            self.call(&gathered, out);
        }
        sse::write_event(out, "", &error::written(error));
    }

    fn finish(&mut self, out: &mut BytesMut) {
        if self.failed {
            return;
        }
        while let Some(gathered) = self.calls.next_left() {
            self.call(&gathered, out);
        }
        let refused = !self.refusal.is_empty();
        let candidate = Candidate {
            content: Content { parts: vec![text("")], ..Content::default() },
            finish_reason: self.stop.as_ref().map(|stop| finish_reason(stop, refused)),
            finish_message: refused.then_some(&*self.refusal),
            grounding_metadata: grounding(&self.citations),
            index: 0,
        };
        self.chunk(candidate, out);
    }
}
