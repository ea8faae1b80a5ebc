//! What a caller asks for, read as far as the stages need it.

use crate::call::{EmbeddingSource, Source};
use base::OwnerId;
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use llm::{
    ChatRequest, Circumstances, Codec, EmbeddingRequest, LibraryScope, LlmError, Media, Message, Operation,
    Part, RequestHead,
};

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

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Model, limits and size.
    pub(crate) head: RequestHead,
    pub(crate) form: Form,
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
}

/// A chat request in a wire format.
#[derive(Debug)]
pub(crate) struct WireBody {
    pub(crate) codec: &'static dyn Codec,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    /// The request in the vocabulary, once a deployment needs it.
    decoded: Option<ChatRequest>,
}

impl Ask {
    /// Reads a chat request; fails on what is not a request at all.
    pub(crate) fn chat(source: Source, owner: OwnerId) -> Result<Self, LlmError> {
        match source {
            Source::Body { codec, body, headers } => {
                let head = codec.head(&body)?;
                let circumstances = circumstances(&headers)?;
                let headers = format_headers(&headers);
                let form = Form::Body(WireBody { codec, body, headers, decoded: None });
                Ok(Self { head, form, circumstances })
            }
            Source::Request(mut request) => {
                let document_ids = request.library.take().map(|scope| scope.document_ids);
                request.library =
                    Some(LibraryScope { owner, document_ids: document_ids.unwrap_or_default() });
                let circumstances = request.circumstances.take();
                Ok(Self { head: head_of(&request), form: Form::Request(request), circumstances })
            }
        }
    }

    /// Reads a request for embeddings.
    pub(crate) fn embeddings(source: EmbeddingSource) -> Result<Self, LlmError> {
        let (request, codec) = match source {
            EmbeddingSource::Body { codec, body } => (codec.decode_embedding_request(&body)?, Some(codec)),
            EmbeddingSource::Request(request) => (request, None),
        };
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
        Ok(Self { head, form: Form::Embeddings(request, codec), circumstances: None })
    }

    /// The format of the caller; `None` for requests from inside.
    pub(crate) fn codec(&self) -> Option<&'static dyn Codec> {
        match &self.form {
            Form::Body(wire) => Some(wire.codec),
            Form::Embeddings(_, codec) => *codec,
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
        };
        Ok(request.messages.iter().flat_map(|message| &message.parts).map(text_bytes).sum())
    }

    /// The last thing a person said, and how many files and pictures the request has. Decodes the body: not for
    /// the hot path.
    pub(crate) fn last_said(&mut self, owner: OwnerId) -> Result<(String, usize), LlmError> {
        let request = match &mut self.form {
            Form::Body(wire) => wire.request(owner)?,
            Form::Request(request) => request,
            Form::Embeddings(request, _) => return Ok((request.inputs.join("\n"), 0)),
        };
        let said = request.messages.iter().rev().find(|message| {
            message.role == llm::Role::User && message.parts.iter().any(|part| part.as_text().is_some())
        });
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        let files = parts.filter(|part| matches!(part, Part::File { .. } | Part::Image { .. })).count();
        Ok((said.map(Message::plain_text).unwrap_or_default(), files))
    }

    /// What an upstream is asked to do.
    pub(crate) fn operation(&self) -> Operation {
        match self.form {
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
