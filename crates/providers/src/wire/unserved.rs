//! The codec of a dialect that this build does not speak: every operation says so.

use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatEvent, ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError,
    Operation, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary, codec::unsupported,
};

/// Answers every operation with [`unsupported`].
#[derive(Debug)]
pub(super) struct Unserved(pub(super) Dialect);

impl Unserved {
    fn refuse<T>(&self) -> Result<T, LlmError> {
        Err(unsupported(self.0, "codec"))
    }
}

impl StreamDecoder for Unserved {
    fn push(&mut self, _bytes: &[u8], _events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        self.refuse()
    }

    fn finish(&mut self, _events: &mut Vec<ChatEvent>) -> Result<(), LlmError> {
        self.refuse()
    }
}

/// Passes everything on and notices nothing.
#[derive(Debug, Default)]
struct Blind(Summary);

impl StreamScanner for Blind {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    fn summary(&self) -> &Summary {
        &self.0
    }
}

impl Codec for Unserved {
    fn dialect(&self) -> Dialect {
        self.0
    }

    fn path(&self, _operation: Operation, _model: &str) -> String {
        "/".to_owned()
    }

    fn encode_request(&self, _request: &ChatRequest, _stream: bool) -> Result<Encoded, LlmError> {
        self.refuse()
    }

    fn decode_reply(&self, _body: &[u8]) -> Result<ChatReply, LlmError> {
        self.refuse()
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(Self(self.0))
    }

    fn decode_error(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
        super::error_of_reply(status, headers, body)
    }

    fn encode_embedding_request(&self, _request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        self.refuse()
    }

    fn decode_embedding_reply(&self, _body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        self.refuse()
    }

    fn head(&self, _body: &[u8]) -> Result<RequestHead, LlmError> {
        self.refuse()
    }

    fn retarget(&self, _body: &Bytes, _head: &RequestHead, _model: &str) -> Result<Bytes, LlmError> {
        self.refuse()
    }

    fn summarise(&self, _body: &[u8]) -> Result<Summary, LlmError> {
        self.refuse()
    }

    fn scanner(&self, _head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(Blind::default())
    }

    fn decode_request(&self, _body: &[u8]) -> Result<ChatRequest, LlmError> {
        self.refuse()
    }

    fn encode_reply(&self, _reply: &ChatReply, _model: &str) -> Result<Bytes, LlmError> {
        self.refuse()
    }

    fn stream_encoder(&self, _head: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError> {
        self.refuse()
    }

    fn encode_error(&self, error: &LlmError) -> Bytes {
        Bytes::from(error.to_string())
    }
}
