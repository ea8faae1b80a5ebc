//! A scanner for dialects whose streams are never passed on without being read.

use bytes::Bytes;
use llm::{ChatEvent, StreamDecoder, StreamScanner, Summary};

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
            self.events.drain(..).for_each(|event| self.summary.note(&event));
        }
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }
}
