//! Gemini `generateContent`, towards the provider and towards callers.
//!
//! Decisions that a reader may look for here:
//! * Schemas go as JSON Schema (`parametersJsonSchema`, `responseJsonSchema`); keywords that the provider
//!   reads over are reported as dropped, and sent all the same.
//! * Thought signatures are marked in the vocabulary as Gemini's ([`signature`]), so that no other provider is
//!   sent them and none of another's is sent here. The signature of a text stands in an empty reasoning part
//!   after it.
//! * Calls have ids only where the provider gave them; made-up ones never leave Familiar towards it.
//! * The address says which model is asked and whether for a stream; the body is passed on as it is. Streams
//!   are server-sent events; who asks without `alt=sse` gets them as a list ([`array`]).

pub mod array;
pub mod embeddings;

mod body;
mod encoder;
mod error;
mod inbound;
pub(crate) mod options;
mod pass;
mod reply;
mod request;
mod signature;

pub(super) use signature::SIGNATURE_TAG;

use super::{bad_request, fields::Fields, taken, watch::DecodingScanner};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError, ModelSpec,
    Operation, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary, Taken,
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt::Write as _};

/// Begins the ids of calls that the provider gave none.
const MADE_UP_ID_PREFIX: &str = "gemini-call-";

/// The codec.
#[derive(Debug)]
pub(super) struct Gemini;

/// The model's resource name (`models/…`).
fn resource_name(model: &str) -> Cow<'_, str> {
    if model.contains('/') { Cow::Borrowed(model) } else { Cow::Owned(format!("models/{model}")) }
}

/// The model's own name.
fn model_name(resource: &str) -> &str {
    resource.strip_prefix("models/").unwrap_or(resource)
}

/// The model's resource name, safe to stand in a path.
fn model_path(model: &str) -> String {
    let mut path = String::new();
    for byte in resource_name(model).bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@') {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// Reads the head of a request to `countTokens`: the turns themselves, or a whole request in a field of its own.
///
/// # Errors
/// Where the body is neither.
pub fn count_tokens_request(body: &[u8]) -> Result<ChatRequest, LlmError> {
    let mut fields = Fields::of_body(body)?.in_camel_case()?;
    match fields.raw("generateContentRequest").map(RawValue::get) {
        Some(request) => Gemini.decode_request(request.as_bytes()),
        None if fields.raw("contents").is_some() => Gemini.decode_request(body),
        None => Err(bad_request("neither `contents` nor `generateContentRequest` is there")),
    }
}

impl Codec for Gemini {
    fn dialect(&self) -> Dialect {
        Dialect::Gemini
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        taken::gemini(model)
    }

    fn path(&self, operation: Operation, model: &str) -> String {
        let method = match operation {
            // It has no audio operations, see `Codec::audio`: sound is a part of a conversation there.
            Operation::Chat | Operation::Speech | Operation::Transcription | Operation::AudioTranslation => {
                "generateContent"
            }
            Operation::ChatStream => "streamGenerateContent?alt=sse",
            Operation::Embeddings => "batchEmbedContents",
        };
        format!("/v1beta/{}:{method}", model_path(model))
    }

    fn encode_request(&self, request: &ChatRequest, _stream: bool) -> Result<Encoded, LlmError> {
        request::encode(request)
    }

    fn decode_reply(&self, body: &[u8]) -> Result<ChatReply, LlmError> {
        reply::decode(body)
    }

    fn stream_decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(reply::Decoder::default())
    }

    fn decode_error(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError {
        error::decode(status, headers, body)
    }

    fn encode_embedding_request(&self, request: &EmbeddingRequest) -> Result<Encoded, LlmError> {
        embeddings::encode(request)
    }

    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        embeddings::decode(body)
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        pass::head(body)
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        pass::retarget(body, head, model)
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
        error::written(error).into()
    }

    fn decode_embedding_request(&self, body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        embeddings::decode_request(body)
    }

    fn encode_embedding_reply(&self, reply: &EmbeddingReply, _base64: bool) -> Result<Bytes, LlmError> {
        embeddings::encode_reply(reply)
    }
}
