//! OpenAI Responses: `/v1/responses`, towards providers and towards callers.
//!
//! Decisions that a reader may look for here:
//! * Nothing is stored: providers are asked with `store: false`, and reasoning models for the encrypted form
//!   of their thinking, which goes back with the next request (see [`sealed`]).
//! * What refers to something that only the provider keeps (`previous_response_id`, `conversation`, `prompt`,
//!   references to items, compactions) is passed on in the same format and refused on the way to another.
//! * `background` is refused at the door: nobody would fetch and count that answer.
//! * Tools that run at the provider (`web_search` and the like) are passed on in the same format, and
//!   reported as dropped on the way to another.
//! * A reply to a caller does not repeat the request's parameters; the fields that the format demands have
//!   its defaults.

mod encoder;
mod head;
mod incoming;
mod outgoing;
mod reply;
mod scanner;
mod sealed;
mod stream;

use super::{
    openai::{self, error},
    openai_chat, taken,
};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError, ModelSpec,
    Operation, PromptCacheHelp, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary, Taken,
};

pub(super) use sealed::SIGNATURE_TAG;

/// The codec.
#[derive(Debug)]
pub(super) struct OpenAiResponses;

/// Everything but chat is the same as beside chat completions.
fn chat_completions() -> &'static dyn Codec {
    super::openai_chat(openai_chat::Flavour::Tolerant)
}

impl Codec for OpenAiResponses {
    fn dialect(&self) -> Dialect {
        Dialect::OpenAiResponses
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        taken::openai_responses(model)
    }

    fn path(&self, operation: Operation, model: &str) -> String {
        if matches!(operation, Operation::Chat | Operation::ChatStream) {
            return "/responses".to_owned();
        }
        chat_completions().path(operation, model)
    }

    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
        outgoing::encode(request, stream)
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

    fn encode_embedding_request(&self, request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        chat_completions().encode_embedding_request(request)
    }

    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        chat_completions().decode_embedding_reply(body)
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        head::read(body)
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        head::retarget(body, head, model)
    }

    fn for_prompt_cache(&self, body: &Bytes, help: &PromptCacheHelp<'_>) -> Option<Bytes> {
        openai::with_cache_key(body, help)
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        scanner::summarise(body)
    }

    fn scanner(&self, _head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(scanner::Scanner::default())
    }

    fn decode_request(&self, body: &[u8]) -> Result<ChatRequest, LlmError> {
        incoming::decode(body)
    }

    fn encode_reply(&self, reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
        reply::encode(reply, model)
    }

    fn stream_encoder(&self, head: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError> {
        Ok(Box::new(encoder::Encoder::new(&head.model)))
    }

    fn encode_error(&self, error: &LlmError) -> Bytes {
        Bytes::from(error::envelope(error).to_string())
    }

    fn decode_embedding_request(&self, body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        chat_completions().decode_embedding_request(body)
    }

    fn encode_embedding_reply(&self, reply: &EmbeddingReply, base64: bool) -> Result<Bytes, LlmError> {
        chat_completions().encode_embedding_reply(reply, base64)
    }
}
