//! Ollama's own `/api/chat` and `/api/embed`, towards the provider and towards callers.
//!
//! Decisions that a reader may look for here:
//! * A prompt that does not fit into Ollama's usual window of 4,096 tokens would be cut without a word; so a
//!   request that may be longer asks for a window that holds it (`num_ctx`, a power of two, because every
//!   other size makes Ollama load the model anew).
//! * Too long a text for an embedding is an error, not cut (`truncate: false`).
//! * `tool_choice` has no counterpart: with "none" the tools are left out, anything else is reported.
//! * How much to think can be said to gpt-oss only; other models are told whether to think.
//! * Towards a caller, `/api/generate` is a chat of one turn ([`generate`]), and the times of an answer are filled
//!   in by who hands it on ([`Times`]).

pub mod embeddings;
pub mod generate;
pub mod load;

mod encoder;
mod inbound;
mod pass;
mod reply;
mod request;

pub use encoder::Times;

use super::{kind_of_message, splice, taken, watch::DecodingScanner};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError,
    LlmErrorKind, ModelSpec, Operation, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary,
    Taken,
};

/// The codec.
#[derive(Debug)]
pub(super) struct Ollama;

impl Codec for Ollama {
    fn dialect(&self) -> Dialect {
        Dialect::Ollama
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        taken::ollama(model)
    }

    fn path(&self, operation: Operation, _model: &str) -> String {
        match operation {
            Operation::Chat | Operation::ChatStream => "/api/chat".to_owned(),
            Operation::Embeddings => "/api/embed".to_owned(),
            // It has no such operations, see `Codec::audio`.
            Operation::Speech | Operation::Transcription | Operation::AudioTranslation => String::new(),
        }
    }

    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
        request::encode(request, stream)
    }

    fn decode_reply(&self, body: &[u8]) -> Result<ChatReply, LlmError> {
        reply::decode(body)
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(reply::Decoder::default())
    }

    fn decode_error(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
        let mut error = super::error_of_reply(status, headers, body);
        if let Some(own) = error.code.as_deref().and_then(reply::own_class) {
            error.kind = own;
        } else if matches!(error.kind, LlmErrorKind::BadRequest | LlmErrorKind::Server) {
            error.kind = kind_of_message(&error.message).unwrap_or(error.kind);
        }
        error
    }

    fn encode_embedding_request(&self, request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        request::encode_embedding(request)
    }

    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        reply::decode_embedding(body)
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        pass::head(body)
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        splice::replace_model(body, head, model)
    }

    fn stream_content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        Ok(Summary { started: true, ..Summary::from(&reply::decode(body)?) })
    }

    fn scanner(&self, _head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(DecodingScanner::new(self.stream_decoder()))
    }

    fn decode_request(&self, body: &[u8]) -> Result<ChatRequest, LlmError> {
        inbound::decode(body)
    }

    fn encode_reply(&self, reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
        encoder::reply(reply, model)
    }

    fn stream_encoder(&self, head: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError> {
        Ok(Box::new(encoder::Encoder::new(&head.model)))
    }

    fn encode_error(&self, error: &LlmError) -> Bytes {
        encoder::error(error).into()
    }

    fn decode_embedding_request(&self, body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        inbound::decode_embedding(body)
    }

    fn encode_embedding_reply(&self, reply: &EmbeddingReply, _base64: bool) -> Result<Bytes, LlmError> {
        Ok(encoder::embeddings(reply))
    }
}
