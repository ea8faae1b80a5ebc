//! Notes what passes by: events folded into a summary, and a scanner for dialects that are never passed on.

use bytes::Bytes;
use llm::{ChatEvent, StreamDecoder, StreamScanner, Summary};

/// Adds an event to the summary of what has passed.
pub(super) fn note(summary: &mut Summary, event: &ChatEvent) {
    let length = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX);
    let token = |token: &Option<String>| token.as_deref().map_or(0, length);
    let text_bytes = match event {
        ChatEvent::Text { delta }
        | ChatEvent::Reasoning { delta }
        | ChatEvent::Refusal { delta }
        | ChatEvent::ToolCallArguments { delta, .. } => length(delta),
        ChatEvent::ToolCallStarted { name, .. } => length(name),
        ChatEvent::ReasoningSealed { signature, redacted } => token(redacted).max(token(signature)),
        // That somebody is there is nothing of the answer yet: what follows may still be an error.
        ChatEvent::Started { id, .. } => {
            summary.id.clone_from(id);
            return;
        }
        ChatEvent::Usage(usage) => {
            summary.usage = Some(summary.usage.unwrap_or_default().merged(*usage));
            return;
        }
        ChatEvent::Stopped { reason } => {
            summary.stop = Some(reason.clone());
            return;
        }
        ChatEvent::Citation(_) => 0,
    };
    summary.started = true;
    summary.text_bytes = summary.text_bytes.saturating_add(text_bytes);
}

/// Decodes a stream beside passing it on.
pub(super) struct DecodingScanner {
    decoder: Box<dyn StreamDecoder>,
    events: Vec<ChatEvent>,
    summary: Summary,
}

impl DecodingScanner {
    /// A scanner on top of this decoder.
    pub(super) fn new(decoder: Box<dyn StreamDecoder>) -> Self {
        Self { decoder, events: Vec::new(), summary: Summary::default() }
    }
}

impl StreamScanner for DecodingScanner {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        if self.summary.error.is_none() {
            self.summary.error = self.decoder.push(&bytes, &mut self.events).err();
            self.events.drain(..).for_each(|event| note(&mut self.summary, &event));
        }
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}
