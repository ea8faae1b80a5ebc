//! Anthropic messages: `/v1/messages`, towards the provider and towards callers.
//!
//! Decisions that a reader may look for here:
//! * `max_tokens` is required by the format: 4096 where the request names none (and the thinking budget on
//!   top, where thinking is asked for).
//! * A JSON Schema for the answer goes natively (`output_config.format`), narrowed to the keywords the
//!   provider knows; "any JSON object", for which the format has nothing, is a forced tool whose arguments
//!   are the answer, and is read back as text.
//! * Thinking goes back only with the provider's own signature; other thinking is reported as dropped.

mod body;
mod encoder;
mod error;
mod inbound;
mod marks;
pub(crate) mod options;
mod pass;
mod reply;
mod request;
mod stream;

use super::{splice, taken};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError, ModelSpec,
    Operation, PromptCacheHelp, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary, Taken,
    codec::unsupported,
};

/// The codec.
#[derive(Debug)]
pub(super) struct Anthropic;

impl Codec for Anthropic {
    fn dialect(&self) -> Dialect {
        Dialect::Anthropic
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        taken::anthropic(model)
    }

    fn path(&self, _operation: Operation, _model: &str) -> String {
        "/v1/messages".to_owned()
    }

    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
        request::encode(request, stream)
    }

    fn decode_reply(&self, body: &[u8]) -> Result<ChatReply, LlmError> {
        reply::decode(body)
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::default())
    }

    fn decode_error(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
        error::decode(status, headers, body)
    }

    fn encode_embedding_request(&self, _request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        Err(unsupported(Dialect::Anthropic, "embeddings"))
    }

    fn decode_embedding_reply(&self, _body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        Err(unsupported(Dialect::Anthropic, "embeddings"))
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        pass::head(body)
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        splice::replace_model(body, head, model)
    }

    fn for_prompt_cache(&self, body: &Bytes, help: &PromptCacheHelp<'_>) -> Option<Bytes> {
        marks::mark(body, help.min_tokens)
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        Ok(Summary { started: true, ..Summary::from(&reply::decode(body)?) })
    }

    fn scanner(&self, _head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(pass::Scanner::default())
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
        error::encode(error)
    }
}
