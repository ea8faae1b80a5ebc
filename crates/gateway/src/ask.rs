//! What a caller asks for, read as far as the stages need it.

use crate::{
    audio::AudioBody,
    call::{AudioCall, EmbeddingSource, Source},
    recall::CacheWish,
};
use base::OwnerId;
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use llm::{
    AudioHead, ChatRequest, Circumstances, Codec, EmbeddingRequest, LibraryScope, LlmError, LlmErrorKind,
    Media, Message, Operation, Part, RequestHead,
};
use routing::{Demand, Priority, limit::ParsePriorityError};
use std::time::Duration;

/// Most tokens that a picture can cost: gpt-4o-mini's 2,833 and 5,667 for each of eight tiles, the dearest
/// of the published rules (OpenAI's vision guide).
const IMAGE_TOKENS: u64 = 2_833 + 8 * 5_667;
/// Most tokens a document by address can cost: Anthropic reads at most 100 pages, at most 3,000 tokens of
/// text and 1,600 of picture each (its PDF guide).
const DOCUMENT_TOKENS: u64 = 100 * 4_600;
/// What a message, tool or part may add around its text.
const WRAPPING_TOKENS: u64 = 16;

/// The caller's headers that go on to a provider of the same format.
const FORMAT_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("openai-beta"),
];

/// How urgent a request is: `high`, `normal` or `low`.
const PRIORITY_HEADER: HeaderName = HeaderName::from_static("x-familiar-priority");

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Model, limits and size.
    pub(crate) head: RequestHead,
    pub(crate) form: Form,
    /// How urgent the caller says it is.
    pub(crate) priority: Option<Priority>,
    /// How long the caller waits for the beginning of an answer, where they say.
    pub(crate) timeout: Option<Duration>,
    /// What the caller wants of the cache.
    pub(crate) cache: CacheWish,
    /// In which circumstances, where the caller says so.
    pub(crate) circumstances: Option<Box<Circumstances>>,
}

/// In which form it came.
#[derive(Debug)]
pub(crate) enum Form {
    /// A chat request in a wire format.
    Body(WireBody),
    /// A chat request from inside.
    Request(ChatRequest),
    /// Embeddings; the format to answer in, if any.
    Embeddings(EmbeddingRequest, Option<&'static dyn Codec>),
    /// A text to speak, or a recording to write down.
    Audio(Box<AudioBody>),
}

/// A chat request in a wire format.
#[derive(Debug)]
pub(crate) struct WireBody {
    pub(crate) codec: &'static dyn Codec,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    /// The request in the vocabulary, once a deployment needs it.
    decoded: Option<ChatRequest>,
    /// Whether the request is no longer what the body says.
    pub(crate) changed: bool,
}

impl Ask {
    /// Reads a chat request; fails on what is not a request at all.
    pub(crate) fn chat(source: Source, owner: OwnerId) -> Result<Self, LlmError> {
        match source {
            Source::Body { codec, body, headers, address } => {
                let mut head = codec.head(&body)?;
                head.model = address.model.unwrap_or(head.model);
                head.stream = address.stream.unwrap_or(head.stream);
                named(&head.model)?;
                let (priority, timeout) = (priority(&headers)?, caller_timeout(&headers));
                let cache = CacheWish::of(&headers);
                let circumstances = circumstances(&headers)?;
                let headers = format_headers(&headers);
                let wire = WireBody { codec, body, headers, decoded: None, changed: false };
                Ok(Self { head, form: Form::Body(wire), priority, timeout, cache, circumstances })
            }
            Source::Request(mut request) => {
                let document_ids = request.library.take().map(|scope| scope.document_ids);
                request.library =
                    Some(LibraryScope { owner, document_ids: document_ids.unwrap_or_default() });
                let circumstances = request.circumstances.take();
                Ok(Self { circumstances, ..Self::plain(head_of(&request), Form::Request(request)) })
            }
        }
    }

    /// Reads a request for embeddings.
    pub(crate) fn embeddings(source: EmbeddingSource) -> Result<Self, LlmError> {
        let (request, codec) = match source {
            EmbeddingSource::Body { codec, body, address, .. } => {
                let mut request = codec.decode_embedding_request(&body)?;
                request.model = address.model.unwrap_or(request.model);
                (request, Some(codec))
            }
            EmbeddingSource::Request(request) => (request, None),
        };
        named(&request.model)?;
        let head = RequestHead {
            model: request.model.clone(),
            input_tokens_bound: request
                .inputs
                .iter()
                .map(|text| text.len() as u64 + WRAPPING_TOKENS)
                .fold(0, u64::saturating_add),
            max_output_tokens: Some(0),
            choices: 1,
            ..RequestHead::default()
        };
        Ok(Self::plain(head, Form::Embeddings(request, codec)))
    }

    /// Reads a request for speech or about a recording.
    pub(crate) fn audio(call: AudioCall) -> Result<Self, LlmError> {
        let audio = AudioBody::read(call)?;
        Ok(Self::plain(audio.head.head.clone(), Form::Audio(Box::new(audio))))
    }

    /// With nothing said about how it is to be treated.
    fn plain(head: RequestHead, form: Form) -> Self {
        Self { head, form, priority: None, timeout: None, cache: CacheWish::Use, circumstances: None }
    }

    /// What is known of the sound, if that is what it is about.
    pub(crate) fn audio_head(&self) -> Option<&AudioHead> {
        match &self.form {
            Form::Audio(audio) => Some(&audio.head),
            Form::Body(_) | Form::Request(_) | Form::Embeddings(..) => None,
        }
    }

    /// The format of the caller; `None` for requests from inside.
    pub(crate) fn codec(&self) -> Option<&'static dyn Codec> {
        match &self.form {
            Form::Body(wire) => Some(wire.codec),
            Form::Embeddings(_, codec) => *codec,
            Form::Audio(audio) => Some(audio.codec),
            Form::Request(_) => None,
        }
    }

    /// Bytes of text in the prompt, media left out. Decodes the body: not for the hot path.
    pub(crate) fn text_bytes(&mut self, owner: OwnerId) -> Result<u64, LlmError> {
        let request = match &mut self.form {
            Form::Body(wire) => wire.request(owner)?,
            Form::Request(request) => request,
            Form::Embeddings(request, _) => {
                return Ok(request.inputs.iter().map(|text| text.len() as u64).sum());
            }
            Form::Audio(audio) => return Ok(audio.head.head.characters),
        };
        Ok(request.messages.iter().flat_map(|message| &message.parts).map(text_bytes).sum())
    }

    /// Whether it says itself that it may be made to fit.
    pub(crate) fn fits_context(&self) -> bool {
        matches!(&self.form, Form::Request(request) if request.fit_to_window)
    }

    /// What it may take of limits on tokens.
    pub(crate) fn demand(&self) -> Demand {
        let choices = u64::from(self.head.choices.max(1));
        Demand {
            input_tokens_bound: self.head.input_tokens_bound,
            max_output_tokens: self.head.max_output_tokens.map(|most| most.saturating_mul(choices)),
        }
    }

    /// Limits the answer of a chat request to so many tokens; `false` where that cannot be done. What
    /// is asked of deployments is written anew from then on, even in the caller's own format.
    pub(crate) fn limit_output(&mut self, owner: OwnerId, tokens: u64) -> bool {
        let Some(request) = self.request(owner) else { return false };
        request.parameters.max_output_tokens = Some(tokens);
        self.head.max_output_tokens = Some(tokens);
        if let Form::Body(wire) = &mut self.form {
            wire.changed = true;
        }
        true
    }

    /// The chat request in the vocabulary, where it is one that can be read. Decodes the body: not for the
    /// hot path.
    pub(crate) fn request(&mut self, owner: OwnerId) -> Option<&mut ChatRequest> {
        match &mut self.form {
            Form::Body(wire) => wire.request(owner).ok(),
            Form::Request(request) => Some(request),
            Form::Embeddings(..) | Form::Audio(_) => None,
        }
    }

    /// The last thing a person said, and how many files and pictures the request has. Decodes the body: not for
    /// the hot path.
    pub(crate) fn last_said(&mut self, owner: OwnerId) -> Option<(String, usize)> {
        if let Form::Embeddings(request, _) = &self.form {
            return Some((request.inputs.join("\n"), 0));
        }
        let request = self.request(owner)?;
        let said = request.messages.iter().rev().find(|message| {
            message.role == llm::Role::User && message.parts.iter().any(|part| part.as_text().is_some())
        });
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        let files = parts.filter(|part| matches!(part, Part::File { .. } | Part::Image { .. })).count();
        Some((said.map(Message::plain_text).unwrap_or_default(), files))
    }

    /// What an upstream is asked to do.
    pub(crate) fn operation(&self) -> Operation {
        match &self.form {
            Form::Audio(audio) => audio.head.operation,
            Form::Embeddings(..) => Operation::Embeddings,
            Form::Body(_) if !self.head.stream => Operation::Chat,
            Form::Body(_) | Form::Request(_) => Operation::ChatStream,
        }
    }
}

impl WireBody {
    /// The request in the vocabulary, decoded once.
    pub(crate) fn request(&mut self, owner: OwnerId) -> Result<&mut ChatRequest, LlmError> {
        let request = match self.decoded.take() {
            Some(request) => request,
            None => {
                let mut request = self.codec.decode_request(&self.body)?;
                request.library = Some(LibraryScope { owner, document_ids: Vec::new() });
                request
            }
        };
        Ok(self.decoded.insert(request))
    }
}

/// Refuses a request that names no model, neither in its body nor in its address.
fn named(model: &str) -> Result<(), LlmError> {
    if model.is_empty() {
        return Err(LlmError::new(LlmErrorKind::BadRequest, "the request names no model"));
    }
    Ok(())
}

/// What the header says about the request's urgency.
fn priority(headers: &HeaderMap) -> Result<Option<Priority>, LlmError> {
    let Some(value) = headers.get(&PRIORITY_HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or("?");
    let bad = |error: ParsePriorityError| {
        LlmError::new(LlmErrorKind::BadRequest, format!("`{PRIORITY_HEADER}`: {error}"))
    };
    text.trim().parse().map(Some).map_err(bad)
}

/// The caller's own patience, and that of the official SDKs.
const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("x-request-timeout");
const SDK_TIMEOUT: HeaderName = HeaderName::from_static("x-stainless-timeout");

/// How long a caller waits: `x-request-timeout` (`30`, `30s`, `1500ms`), or what the official SDKs send, in seconds.
fn caller_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |text: &str| {
        let seconds: f64 = text.trim().parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())
    };
    let own = |text: &str| match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => seconds(millis).map(|timeout| timeout / 1_000),
        (None, Some(text)) => seconds(text),
        (None, None) => seconds(text),
    };
    text(&REQUEST_TIMEOUT).and_then(own).or_else(|| text(&SDK_TIMEOUT).and_then(seconds))
}

/// The caller's words about the circumstances, if there are any.
const CIRCUMSTANCES: HeaderName = HeaderName::from_static("x-familiar-context");

fn circumstances(headers: &HeaderMap) -> Result<Option<Box<Circumstances>>, LlmError> {
    let Some(value) = headers.get(&CIRCUMSTANCES) else { return Ok(None) };
    let text = value.to_str().unwrap_or("(no text)");
    Ok(Some(Box::new(Circumstances::parse(text)?)))
}

fn format_headers(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in &FORMAT_HEADERS {
        for value in headers.get_all(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// The head of a request from inside, which is always answered as a stream.
fn head_of(request: &ChatRequest) -> RequestHead {
    let messages = request.messages.iter().map(message_tokens);
    let tools = request.tools.iter().map(|tool| {
        let schema = tool.parameters.to_string().len();
        (tool.name.len() + tool.description.len() + schema) as u64 + WRAPPING_TOKENS
    });
    let format = match &request.response_format {
        llm::ResponseFormat::JsonSchema { name, schema, .. } => {
            (name.len() + schema.to_string().len()) as u64
        }
        llm::ResponseFormat::Text | llm::ResponseFormat::JsonObject => 0,
    };
    RequestHead {
        model: request.model.clone(),
        stream: true,
        max_output_tokens: request.parameters.max_output_tokens,
        input_tokens_bound: messages.chain(tools).fold(format, u64::saturating_add),
        choices: 1,
        ..RequestHead::default()
    }
}

fn message_tokens(message: &Message) -> u64 {
    let name = message.name.as_ref().map_or(0, String::len) as u64;
    message.parts.iter().map(part_tokens).fold(name + WRAPPING_TOKENS, u64::saturating_add)
}

fn text_bytes(part: &Part) -> u64 {
    match part {
        Part::Text { text, .. } => text.len() as u64,
        Part::ToolCall { arguments, .. } => arguments.len() as u64,
        Part::ToolResult { parts, .. } => parts.iter().map(text_bytes).sum(),
        Part::Image { .. } | Part::File { .. } | Part::Reasoning { .. } => 0,
    }
}

/// No tokenizer makes more tokens than a text has bytes; media are counted at the dearest published rule.
fn part_tokens(part: &Part) -> u64 {
    let bytes = match part {
        Part::Text { text, .. } => text.len() as u64,
        Part::Image { .. } => IMAGE_TOKENS,
        Part::File { media: Media::Inline { data, .. }, .. } => DOCUMENT_TOKENS.max(data.len() as u64),
        Part::File { .. } => DOCUMENT_TOKENS,
        Part::ToolCall { id, name, arguments, .. } => (id.len() + name.len() + arguments.len()) as u64,
        Part::ToolResult { parts, call_id, .. } => {
            parts.iter().map(part_tokens).fold(call_id.len() as u64, u64::saturating_add)
        }
        Part::Reasoning { text, redacted, .. } => {
            (text.len() + redacted.as_ref().map_or(0, String::len)) as u64
        }
    };
    bytes.saturating_add(WRAPPING_TOKENS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Id;
    use llm::Role;

    #[test]
    fn a_request_from_inside_is_bounded_by_its_bytes_and_searches_its_callers_library() {
        let other = Id::from_u128(9);
        let request = ChatRequest {
            model: "auto".into(),
            messages: vec![
                Message::text(Role::System, "x".repeat(1000)),
                Message {
                    role: Role::User,
                    parts: vec![Part::Image { media: Media::Url { url: "u".into() }, detail: None }],
                    name: None,
                },
            ],
            library: Some(LibraryScope { owner: other, document_ids: vec!["d".into()] }),
            ..ChatRequest::default()
        };
        let ask = Ask::chat(Source::Request(request), Id::FIRST_OWNER).unwrap();
        assert_eq!(ask.head.input_tokens_bound, 1000 + IMAGE_TOKENS + 4 * WRAPPING_TOKENS);
        assert!(ask.head.stream);
        let Form::Request(request) = ask.form else { panic!("it stays a request") };
        let scope = LibraryScope { owner: Id::FIRST_OWNER, document_ids: vec!["d".into()] };
        assert_eq!(request.library, Some(scope), "nobody looks into another's library");
    }

    #[test]
    fn a_callers_patience_is_read_from_either_header() {
        let cases = [
            (Some("30"), None, Some(30_000)),
            (Some("2.5s"), Some("600"), Some(2_500)),
            (Some("1500ms"), None, Some(1_500)),
            (None, Some("600"), Some(600_000)),
            (Some("soon"), Some("600"), Some(600_000)),
            (None, Some("NOT_GIVEN"), None),
            (Some("0"), None, None),
            (Some("-1"), None, None),
            (Some("1e300"), None, None),
            (None, None, None),
        ];
        for (own, sdk, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [("x-request-timeout", own), ("x-stainless-timeout", sdk)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let timeout = caller_timeout(&headers).map(|timeout| timeout.as_millis());
            assert_eq!(timeout, expected, "{own:?} {sdk:?}");
        }
    }

    #[test]
    fn only_the_formats_own_headers_go_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer fam-x"),
            ("anthropic-beta", "a"),
            ("x-api-key", "fam-x"),
            ("cookie", "c"),
            ("anthropic-beta", "b"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let kept = format_headers(&headers);
        assert_eq!(kept.len(), 2);
        assert_eq!(kept.get_all("anthropic-beta").iter().count(), 2);
    }
}
