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
mod embedding;
mod encoder;
mod error;
mod head;
mod incoming;
mod outgoing;
mod reasoning;
mod reply;
mod scanner;
mod stream;
mod usage;

use bytes::Bytes;
use http::HeaderMap;
use llm::{
    AudioCodec, ChatReply, ChatRequest, Codec, Dialect, EmbeddingReply, EmbeddingRequest, Encoded, LlmError,
    Operation, RequestHead, StreamDecoder, StreamEncoder, StreamScanner, Summary,
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

/// Whether a model is one of OpenAI's reasoning models, which take `max_completion_tokens` and
/// `reasoning_effort`; a vendor's prefix (`openai/o3`) does not count.
fn is_openai_reasoning(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let digit_after = |prefix: &str| {
        name.strip_prefix(prefix)
            .and_then(|rest| rest.bytes().next())
            .is_some_and(|byte| byte.is_ascii_digit())
    };
    let old_gpt = ["gpt-3", "gpt-4"].iter().any(|prefix| name.starts_with(prefix));
    digit_after("o") || (digit_after("gpt-") && !old_gpt)
}

/// Whether a model is OpenAI's own, whose server refuses the fields that other vendors have added.
fn is_openai(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    is_openai_reasoning(model)
        || name.starts_with("gpt-4")
        || name.starts_with("gpt-3")
        || name.starts_with("chatgpt")
}

/// FNV-1a, 64 bits: makes ids that are the same each time from what a provider does send.
fn fingerprint(pieces: &[&[u8]]) -> u64 {
    let bytes = pieces.iter().flat_map(|piece| piece.iter().chain(&[0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// An id for a tool call whose provider sends none.
fn made_up_call_id(reply_id: Option<&str>, index: u32, name: &str) -> String {
    let index = index.to_string();
    let pieces = [reply_id.unwrap_or_default().as_bytes(), index.as_bytes(), name.as_bytes()];
    format!("call_{:016x}", fingerprint(&pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_apart_by_name() {
        for (model, reasoning, own) in [
            ("o3-mini", true, true),
            ("openai/o1", true, true),
            ("gpt-5.1", true, true),
            ("gpt-4o", false, true),
            ("gpt-4.1-mini", false, true),
            ("gpt-oss-120b", false, false),
            ("olmo-2", false, false),
            ("deepseek-chat", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_openai_reasoning(model), is_openai(model)), (reasoning, own), "{model}");
        }
    }
}
