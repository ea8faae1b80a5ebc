//! Gemini `generateContent`, towards the provider.
//!
//! Decisions that a reader may look for here:
//! * Schemas go as JSON Schema (`parametersJsonSchema`, `responseJsonSchema`); keywords that the provider
//!   reads over are reported as dropped, and sent all the same.
//! * Thought signatures are marked in the vocabulary as Gemini's ([`SIGNATURE_TAG`]), so that no other
//!   provider is sent them and none of another's is sent here. The signature of a text stands in an empty
//!   reasoning part after it.
//! * Calls have ids only where the provider gave them; made-up ones never leave Familiar towards it.

mod body;
mod embeddings;
mod error;
mod options;
mod reply;
mod request;

use super::watch::{DecodingScanner, note};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError, Operation,
    RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary, codec::unsupported,
};
use std::fmt::Write as _;

/// Stands before Gemini's signatures in the vocabulary.
pub(super) const SIGNATURE_TAG: &str = "gemini:";
/// Begins the ids of calls that the provider gave none.
const MADE_UP_ID_PREFIX: &str = "gemini-call-";

/// The codec.
#[derive(Debug)]
pub(super) struct Gemini;

/// The model's resource name (`models/…`), safe to stand in a path.
fn model_path(model: &str) -> String {
    let mut path = String::from(if model.contains('/') { "" } else { "models/" });
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@') {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

impl Gemini {
    fn refuse<T>(&self) -> Result<T, LlmError> {
        Err(unsupported(Dialect::Gemini, "door for callers"))
    }
}

impl Codec for Gemini {
    fn dialect(&self) -> Dialect {
        Dialect::Gemini
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

    fn head(&self, _body: &[u8]) -> Result<RequestHead, LlmError> {
        self.refuse()
    }

    fn retarget(&self, _body: &Bytes, _head: &RequestHead, _model: &str) -> Result<Bytes, LlmError> {
        self.refuse()
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        let mut summary = Summary { started: true, ..Summary::default() };
        reply::decode(body)?.into_events().iter().for_each(|event| note(&mut summary, event));
        Ok(summary)
    }

    fn scanner(&self, _head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(DecodingScanner::new(self.stream_decoder()))
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
        let object = serde_json::json!({
            "error": { "code": error.status, "message": error.message, "status": error.kind.as_str() }
        });
        object.to_string().into()
    }
}
