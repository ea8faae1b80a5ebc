//! A wire format as a pure translation between bytes and the vocabulary. No I/O, no clock.
//!
//! One object per dialect serves both directions: towards a provider (requests out, replies in) and
//! towards a caller (requests in, replies out). The gateway knows only this trait; the dialects live in
//! the crate `wire`.

use crate::{
    ChatEvent, ChatReply, ChatRequest, EmbeddingReply, EmbeddingRequest, LlmError, LlmErrorKind, ModelSpec,
    Parameter, Part, Service, StopReason, Taken, Usage,
};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use std::{fmt, ops::Range};

/// The wire formats there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI chat completions and embeddings, and the many who speak like it.
    OpenAiChat,
    /// OpenAI Responses.
    OpenAiResponses,
    /// Anthropic messages.
    Anthropic,
    /// Gemini `generateContent`.
    Gemini,
    /// Ollama's own `/api/chat` and `/api/embed`.
    Ollama,
}

impl Dialect {
    /// Every format, for tables.
    pub const ALL: [Self; 5] =
        [Self::OpenAiChat, Self::OpenAiResponses, Self::Anthropic, Self::Gemini, Self::Ollama];

    /// The name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is asked of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A chat answer in one piece.
    Chat,
    /// A chat answer as a stream.
    ChatStream,
    /// Vectors for texts.
    Embeddings,
    /// Sound for a text.
    Speech,
    /// The text of a recording.
    Transcription,
    /// The English text of a recording.
    AudioTranslation,
}

/// A request written in a dialect.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The body.
    pub body: Bytes,
    /// What of the request this dialect cannot carry, as field names of the vocabulary (`parameters.seed`,
    /// `tool_call.signature`, `reasoning`), each once.
    pub dropped: Vec<String>,
}

/// What the gateway needs of a request body without decoding it whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestHead {
    /// The model or route asked for; empty where only the address names it.
    pub model: String,
    /// Where the model's JSON string (quotes included) stands in the body, so that it can be replaced; empty
    /// where the body names none.
    pub model_span: Range<usize>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// The output limit asked for.
    pub max_output_tokens: Option<u64>,
    /// An upper bound of the prompt's tokens: no tokenizer makes more tokens than a text has bytes, and
    /// media are counted at their dialect's published worst case instead of their base64 length.
    pub input_tokens_bound: u64,
    /// Number of answers asked for (OpenAI's `n`), at least 1.
    pub choices: u32,
    /// Whether the caller asked for usage in the stream (OpenAI's `stream_options.include_usage`).
    pub wants_stream_usage: bool,
    /// Whether the request refers to what only a provider of its own format keeps, such as an earlier
    /// response by its id: it can be passed on, but not be translated.
    pub refers_to_provider: bool,
    /// The service asked for, where it costs more or less than the usual one.
    pub service: Option<Service>,
    /// Characters to be spoken; 0 where none are.
    pub characters: u64,
    /// An upper bound of the sound to be listened to, in milliseconds; 0 where there is none.
    pub audio_ms_bound: u64,
}

/// What the gateway needs of a request for speech or of one to write speech down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioHead {
    /// What is asked.
    pub operation: Operation,
    /// As of a chat request; `model_span` is where the model's name stands, as the form of the body has it.
    pub head: RequestHead,
    /// How long the recording is, where its own header says so exactly.
    pub audio_ms: Option<u64>,
    /// How long it is, or what is to be spoken will be, by the usual measures.
    pub audio_ms_estimate: u64,
    /// Whether the reply is text with times and not JSON (`srt`, `vtt`).
    pub timed_text: bool,
}

/// How a provider's prompt cache is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PromptCache {
    /// There is none, or it needs no help.
    #[default]
    Unaided,
    /// Requests mark up to where their prompt is to be kept.
    Marks,
    /// Requests that begin alike are brought together by a key.
    Key,
}

/// What a request is to tell a provider's prompt cache.
#[derive(Debug, Clone, Copy)]
pub struct PromptCacheHelp<'a> {
    /// The shortest beginning that the provider keeps, in tokens.
    pub min_tokens: u64,
    /// What is the same for requests that begin alike.
    pub key: &'a str,
}

/// What a reply that was passed on unread turned out to be.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Whether anything of the answer has come.
    pub started: bool,
    /// Tokens used, where the provider said.
    pub usage: Option<Usage>,
    /// Why it ended; `None` while it has not, or when it broke off.
    pub stop: Option<StopReason>,
    /// The error the provider sent inside a stream whose status was 200.
    pub error: Option<LlmError>,
    /// The provider's id of the reply.
    pub id: Option<String>,
    /// Bytes of answer text that have passed, to estimate tokens where no usage comes.
    pub text_bytes: u64,
}

impl Summary {
    /// Adds an event to what has passed.
    pub fn note(&mut self, event: &ChatEvent) {
        let text_bytes = match event {
            ChatEvent::Text { delta }
            | ChatEvent::Reasoning { delta }
            | ChatEvent::Refusal { delta }
            | ChatEvent::ToolCallArguments { delta, .. } => length(delta),
            ChatEvent::ToolCallStarted { name, .. } => length(name),
            ChatEvent::ReasoningSealed { signature, redacted } => sealed_bytes(signature, redacted),
            ChatEvent::Citation(_) => 0,
            // That somebody is there is nothing of the answer yet: what follows may still be an error.
            ChatEvent::Started { id, .. } => return self.id.clone_from(id),
            ChatEvent::Usage(usage) => {
                self.usage = Some(self.usage.unwrap_or_default().merged(*usage));
                return;
            }
            ChatEvent::Stopped { reason } => {
                self.stop = Some(reason.clone());
                return;
            }
        };
        self.started = true;
        self.text_bytes = self.text_bytes.saturating_add(text_bytes);
    }
}

impl From<&ChatReply> for Summary {
    /// What all events of the reply come to.
    fn from(reply: &ChatReply) -> Self {
        let part = |part: &Part| match part {
            Part::Text { text, .. } => length(text),
            Part::Reasoning { text, signature, redacted } => {
                length(text).saturating_add(sealed_bytes(signature, redacted))
            }
            Part::ToolCall { name, arguments, .. } => length(name).saturating_add(length(arguments)),
            // A model does not answer with these.
            Part::Image { .. } | Part::File { .. } | Part::ToolResult { .. } => 0,
        };
        let refusal = reply.refusal.as_deref().map_or(0, length);
        Self {
            started: !reply.parts.is_empty() || !reply.citations.is_empty() || reply.refusal.is_some(),
            usage: reply.usage,
            stop: reply.stop.clone(),
            error: None,
            id: reply.id.clone(),
            text_bytes: reply.parts.iter().map(part).fold(refusal, u64::saturating_add),
        }
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// Of thinking that only its vendor can read, what stands for it.
fn sealed_bytes(signature: &Option<String>, redacted: &Option<String>) -> u64 {
    let token = |token: &Option<String>| token.as_deref().map_or(0, length);
    token(redacted).max(token(signature))
}

/// Reads a provider's stream into events; takes any split of the bytes.
pub trait StreamDecoder: Send {
    /// Takes the next bytes and appends the events they complete. After an `Err` the stream is over.
    fn push(&mut self, bytes: &[u8], events: &mut Vec<ChatEvent>) -> Result<(), LlmError>;
    /// The stream has ended: appends what was held back, or says that it broke off in the middle.
    fn finish(&mut self, events: &mut Vec<ChatEvent>) -> Result<(), LlmError>;
}

/// Writes events as a stream in a caller's format.
pub trait StreamEncoder: Send {
    /// Appends the bytes of one event.
    fn event(&mut self, event: &ChatEvent, out: &mut BytesMut);
    /// Appends an error in the form the format has for errors in mid-stream.
    fn error(&mut self, error: &LlmError, out: &mut BytesMut);
    /// Appends what closes the stream.
    fn finish(&mut self, out: &mut BytesMut);
}

/// Watches a provider's stream that is passed on in the same format.
pub trait StreamScanner: Send {
    /// Takes the next bytes and returns those to pass on (the same, save for what was asked of the
    /// provider only for Familiar's own sake, such as an unasked-for usage chunk).
    fn push(&mut self, bytes: Bytes) -> Bytes;
    /// What has been seen so far.
    fn summary(&self) -> &Summary;
}

/// The audio operations of a wire format. There is one such format, so that nothing is translated: a
/// request is passed on with another model's name, and its reply is watched.
pub trait AudioCodec: Send + Sync + fmt::Debug {
    /// Reads what the gateway needs of a request; `content_type` is that of its body.
    fn head(&self, operation: Operation, content_type: &str, body: &[u8]) -> Result<AudioHead, LlmError>;
    /// The same body for another model, every other byte untouched.
    fn retarget(&self, body: &Bytes, head: &AudioHead, model: &str) -> Result<Bytes, LlmError>;
    /// Reads what a whole reply says about what was used.
    fn summarise(&self, head: &AudioHead, content_type: &str, body: &[u8]) -> Result<Summary, LlmError>;
    /// Starts watching a reply that comes as events.
    fn scanner(&self, head: &AudioHead) -> Box<dyn StreamScanner>;
}

/// One wire format, both directions.
///
/// Towards a provider every dialect has every method. Towards a caller, those that Familiar does not
/// serve answer with [`unsupported`].
pub trait Codec: Send + Sync + fmt::Debug {
    /// Which format this is.
    fn dialect(&self) -> Dialect;

    /// Its audio operations, if it has any.
    fn audio(&self) -> Option<&'static dyn AudioCodec> {
        None
    }

    /// Which settings a model behind this format takes.
    fn takes(&self, _model: &ModelSpec) -> Vec<Taken> {
        Parameter::ALL.into_iter().map(Taken::of).collect()
    }

    /// The path below the provider's base URL for this operation on this model.
    fn path(&self, operation: Operation, model: &str) -> String;

    // Towards a provider.

    /// Writes a request; `request.model` is the provider's own name for the model.
    fn encode_request(&self, request: &ChatRequest, stream: bool) -> Result<Encoded, LlmError>;
    /// Reads a whole reply.
    fn decode_reply(&self, body: &[u8]) -> Result<ChatReply, LlmError>;
    /// Starts reading a stream.
    fn stream_decoder(&self) -> Box<dyn StreamDecoder>;
    /// Reads an error reply. Never fails: what cannot be read is classed by its status.
    fn decode_error(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> LlmError;
    /// Writes a request for embeddings.
    fn encode_embedding_request(&self, request: &EmbeddingRequest) -> Result<Encoded, LlmError>;
    /// Reads embeddings.
    fn decode_embedding_reply(&self, body: &[u8]) -> Result<EmbeddingReply, LlmError>;

    // Passing on in the same format.

    /// Reads what the gateway needs of a chat request; fails on what is not a request at all.
    fn head(&self, body: &[u8]) -> Result<RequestHead, LlmError>;
    /// The same body for another model, every other byte untouched, except that usage is asked for where
    /// the format has it optional.
    fn retarget(&self, body: &Bytes, head: &RequestHead, model: &str) -> Result<Bytes, LlmError>;
    /// The body of a request in this format with what helps the provider's prompt cache: marks, or a key. `None` where
    /// there is nothing to add, because the caller has said something of the sort, or the prompt is too short.
    fn for_prompt_cache(&self, _body: &Bytes, _help: &PromptCacheHelp<'_>) -> Option<Bytes> {
        None
    }
    /// Reads usage and stop reason of a whole reply that is passed on.
    fn summarise(&self, body: &[u8]) -> Result<Summary, LlmError>;
    /// Starts watching a stream that is passed on.
    fn scanner(&self, head: &RequestHead) -> Box<dyn StreamScanner>;
    /// The `content-type` of a stream in this format.
    fn stream_content_type(&self) -> &'static str {
        "text/event-stream"
    }

    // Towards a caller.

    /// Reads a caller's request; what the vocabulary cannot carry is listed in `unmapped`.
    fn decode_request(&self, body: &[u8]) -> Result<ChatRequest, LlmError>;
    /// Writes a whole reply to a caller who asked for `model`.
    fn encode_reply(&self, reply: &ChatReply, model: &str) -> Result<Bytes, LlmError>;
    /// Starts writing a stream to a caller who sent `head`.
    fn stream_encoder(&self, head: &RequestHead) -> Result<Box<dyn StreamEncoder>, LlmError>;
    /// Writes an error body.
    fn encode_error(&self, error: &LlmError) -> Bytes;
    /// Reads a caller's request for embeddings.
    fn decode_embedding_request(&self, _body: &[u8]) -> Result<EmbeddingRequest, LlmError> {
        Err(unsupported(self.dialect(), "embeddings"))
    }
    /// Writes embeddings to a caller.
    fn encode_embedding_reply(&self, _reply: &EmbeddingReply, _base64: bool) -> Result<Bytes, LlmError> {
        Err(unsupported(self.dialect(), "embeddings"))
    }
}

/// The error for a direction or operation that a dialect does not have.
pub fn unsupported(dialect: Dialect, what: &str) -> LlmError {
    LlmError::new(LlmErrorKind::BadRequest, format!("`{dialect}` has no {what} here"))
}
