//! OpenAI chat completions and embeddings, and the many servers that speak like it.
//!
//! Where vendors differ in what they *send*, the codec reads every variant; where they differ in what they
//! *take*, the model's name or the [`Flavour`] decides. Notes that hold for the whole dialect:
//!
//! - `created` is taken from the reply's id where that is one of Familiar's own (see
//!   [`super::seconds_of_id`]), else it is 0: a codec has no clock. Who serves callers gives the reply an id
//!   that ends in the exchange's UUID v7.
//! - `n` above 1 is passed on in the same format, but does not go through the vocabulary.
//! - Thinking is read from `reasoning_content`, `reasoning`, `reasoning_details` and thinking parts, and
//!   written to callers as `reasoning_content`, with `reasoning_details` for what has to come back sealed.

mod audio;
mod chunk;
mod counted;
mod embedding;
mod encoder;
mod head;
mod incoming;
mod outgoing;
mod reasoning;
mod reply;
mod scanner;
mod stream;

use super::{
    openai::{self, error},
    taken,
};
use bytes::Bytes;
use http::HeaderMap;
use llm::{
    AudioCodec, ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError,
    ModelSpec, Operation, PromptCacheHelp, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary,
    Taken,
};

pub(super) use reasoning::SIGNATURE_TAG;

/// What a server that speaks this dialect takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Unknown fields are ignored or understood (OpenAI and most others).
    Tolerant,
    /// Unknown fields are refused, as Mistral does with a 422: no `stream_options` (usage comes unasked),
    /// `max_tokens` only, `random_seed`, no thinking sent back, and tool call ids of nine letters or digits.
    Strict,
}

/// The codec.
#[derive(Debug)]
pub struct OpenAiChat {
    flavour: Flavour,
}

impl OpenAiChat {
    /// A codec for servers of this flavour.
    pub const fn new(flavour: Flavour) -> Self {
        Self { flavour }
    }
}

impl Codec for OpenAiChat {
    fn dialect(&self) -> Dialect {
        Dialect::OpenAiChat
    }

    fn audio(&self) -> Option<&'static dyn AudioCodec> {
        Some(&audio::Audio)
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        taken::openai_chat(self.flavour, model)
    }

    fn path(&self, operation: Operation, _model: &str) -> String {
        match operation {
            Operation::Chat | Operation::ChatStream => "/chat/completions".to_owned(),
            Operation::Embeddings => "/embeddings".to_owned(),
            Operation::Speech => "/audio/speech".to_owned(),
            Operation::Transcription => "/audio/transcriptions".to_owned(),
            Operation::AudioTranslation => "/audio/translations".to_owned(),
        }
    }

    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError> {
        outgoing::encode(request, stream, self.flavour)
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
        embedding::encode_request(request)
    }

    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError> {
        embedding::decode_reply(body)
    }

    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError> {
        head::read(body)
    }

    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError> {
        head::retarget(body, head, model, self.flavour)
    }

    fn for_prompt_cache(&self, body: &Bytes, help: &PromptCacheHelp<'_>) -> Option<Bytes> {
        openai::with_cache_key(body, help)
    }

    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError> {
        scanner::summarise(body)
    }

    fn scanner(&self, head: &RequestHead) -> Box<dyn StreamScanner> {
        Box::new(scanner::Scanner::new(head.wants_stream_usage))
    }

    fn decode_request(&self, body: &[u8]) -> Result<ChatRequest, LlmError> {
        incoming::decode(body)
    }

    fn encode_reply(&self, reply: &ChatReply, model: &str) -> Result<Bytes, LlmError> {
        reply::encode(reply, model)
    }

    fn stream_encoder(&self, head: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError> {
        Ok(Box::new(encoder::Encoder::new(head)))
    }

    fn encode_error(&self, error: &LlmError) -> Bytes {
        Bytes::from(error::envelope(error).to_string())
    }

    fn decode_embedding_request(&self, body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        embedding::decode_request(body)
    }

    fn encode_embedding_reply(&self, reply: &EmbeddingReply, base64: bool) -> Result<Bytes, LlmError> {
        embedding::encode_reply(reply, base64)
    }
}
