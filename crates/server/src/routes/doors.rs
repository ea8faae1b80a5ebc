//! The doors for other programs, a file a door: `/v1` for OpenAI's clients, `/anthropic/v1` for Anthropic's,
//! `/gemini/v1beta` for Google's, `/ollama/api` for Ollama's.
//!
//! Here stands what they share. A body goes to the gateway as it came; what comes back is in the caller's own
//! format already, errors included. Nothing here knows a model or a provider.

pub(crate) mod anthropic;
pub(crate) mod anthropic_batches;
pub(crate) mod audio;
mod batches;
pub(crate) mod gemini;
pub(crate) mod ollama;
pub(crate) mod openai;
pub(crate) mod openai_batches;

use axum::{
    BoxError,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use base::Secret;
use bytes::Bytes;
use futures::StreamExt;
use gateway::{
    Address, Answer, AnswerBody, Call, Caller, Countable, Counting, EmbeddingCall, EmbeddingSource, Gateway,
    GatewayError, Source,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use llm::{ChatRequest, Codec, LlmError, LlmErrorKind};
use serde_json::Value;
use std::{convert::Infallible, sync::Arc};

/// Largest request body: several pictures in base64 fit.
const BODY_LIMIT_BYTES: usize = 64 << 20;

/// The headers besides `authorization` in which clients' SDKs put a key.
const KEY_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// The header with a caller's labels, and how many there may be and how long.
const TAGS: HeaderName = HeaderName::from_static("x-familiar-tags");
const MOST_TAGS: usize = 16;
const TAG_LENGTH: usize = 80;
/// What the labels begin with that only Familiar gives.
const RESERVED: [&str; 2] = ["conversation:", "experiment:"];

type Door = State<Arc<Gateway>>;

/// A request whose body is there.
struct Asked {
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
    tags: Vec<String>,
}

impl Asked {
    async fn read<B>(request: http::Request<B>) -> Result<Self, Refusal>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
    {
        let (parts, body) = request.into_parts();
        let caller = caller_at(&parts.headers, &parts.uri);
        let tags = tags(&parts.headers)?;
        Ok(Self { caller, headers: parts.headers, body: read_up_to(body, BODY_LIMIT_BYTES).await?, tags })
    }

    async fn chat(
        self,
        gateway: &Gateway,
        codec: &'static dyn Codec,
        address: Address,
    ) -> Result<Answer, GatewayError> {
        let Self { caller, headers, body, tags } = self;
        let source = Source::Body { codec, body, headers, address };
        gateway.chat(Call { caller, source, tags }).await
    }

    async fn embed(
        self,
        gateway: &Gateway,
        codec: &'static dyn Codec,
        address: Address,
    ) -> Result<Answer, GatewayError> {
        let Self { caller, headers, body, tags } = self;
        let source = EmbeddingSource::Body { codec, body, headers, address };
        gateway.embed(EmbeddingCall { caller, source, tags }).await
    }
}

/// Answers a chat request in the format that is spoken at a door.
pub(crate) async fn chat<B>(
    gateway: &Gateway,
    codec: &'static dyn Codec,
    request: http::Request<B>,
) -> Response
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
{
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.response(codec),
    };
    match asked.chat(gateway, codec, Address::default()).await {
        Ok(answer) => respond(answer),
        Err(error) => refuse(codec, error),
    }
}

/// How many tokens a prompt has: for every door that counts.
async fn count_tokens(
    gateway: &Gateway,
    caller: &Caller,
    request: Result<ChatRequest, LlmError>,
) -> Result<u64, GatewayError> {
    // Whoever has no key is told that first.
    gateway.models(caller)?;
    let request = request?;
    let counting = Counting { model: request.model.clone(), what: Countable::Request(Box::new(request)) };
    Ok(gateway.count_tokens(caller, counting).await?.counted.input_tokens)
}

fn respond(answer: Answer) -> Response {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(stream) => Body::from_stream(stream.map(Ok::<Bytes, Infallible>)),
        AnswerBody::Raw(stream) => Body::from_stream(stream),
        // Requests in bytes are answered in bytes.
        AnswerBody::Events(_) | AnswerBody::Vectors(_) => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = answer.headers;
    response
}

fn refuse(codec: &dyn Codec, error: impl Into<GatewayError>) -> Response {
    let error = error.into();
    let mut response = error_response(codec, error.status(), &error.told());
    let headers = response.headers_mut();
    headers.extend(error.headers());
    if matches!(error, GatewayError::BudgetExhausted { .. }) {
        // Both official SDKs honour this: asking again at once cannot help.
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    response
}

/// The virtual key, in whichever header the client's SDK puts it.
fn caller(headers: &HeaderMap) -> Caller {
    Caller::Key(Secret::new(named_key(headers).unwrap_or_default()))
}

/// The same; Google's clients may put it into the address.
fn caller_at(headers: &HeaderMap, uri: &Uri) -> Caller {
    if let ("/gemini", Some(query)) = (door_of(uri), uri.query())
        && named_key(headers).is_none()
    {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let key = pairs.find(|(name, _)| name == "key").map(|(_, key)| key.into_owned());
        return Caller::Key(Secret::new(key.unwrap_or_default()));
    }
    caller(headers)
}

/// The labels that a caller gives its request, by which reports add up: `x-familiar-tags: team:red, user:ada`.
fn tags(headers: &HeaderMap) -> Result<Vec<String>, Refusal> {
    let Some(given) = headers.get(&TAGS) else { return Ok(Vec::new()) };
    let refused = |what: &str| Refusal {
        status: StatusCode::BAD_REQUEST,
        kind: LlmErrorKind::BadRequest,
        message: format!(
            "the header `{TAGS}` {what}; give at most {MOST_TAGS} labels of at most {TAG_LENGTH} characters, separated by commas"
        ),
    };
    let text = std::str::from_utf8(given.as_bytes()).map_err(|_| refused("is no text"))?;
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if RESERVED.iter().any(|reserved| tag.starts_with(reserved)) {
            return Err(refused(&format!("has the label `{tag}`, which only Familiar gives")));
        }
        if tag.chars().count() > TAG_LENGTH || tag.chars().any(char::is_control) {
            return Err(refused("has a label that is too long or has signs that cannot be shown"));
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.len() > MOST_TAGS { Err(refused("has too many labels")) } else { Ok(tags) }
}

fn named_key(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(&header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let bearer =
        bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    bearer.or_else(|| KEY_HEADERS.iter().find_map(text))
}

/// The first part of the path.
fn door_of(uri: &Uri) -> &str {
    let path = uri.path();
    path.get(1..).and_then(|rest| rest.find('/')).and_then(|end| path.get(..=end)).unwrap_or(path)
}

/// A request that gets no further than the door.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    kind: LlmErrorKind,
    message: String,
}

impl Refusal {
    fn no_such_route(uri: &Uri, hint: &str) -> Self {
        let message = format!("there is no `{}`; {hint}", uri.path());
        Self { status: StatusCode::NOT_FOUND, kind: LlmErrorKind::NotFound, message }
    }

    fn wrong_method(method: &Method, uri: &Uri) -> Self {
        let message = format!(
            "`{}` cannot be asked with `{method}`; the header `allow` names the methods that it has",
            uri.path()
        );
        Self { status: StatusCode::METHOD_NOT_ALLOWED, kind: LlmErrorKind::BadRequest, message }
    }

    fn response(self, codec: &dyn Codec) -> Response {
        error_response(codec, self.status, &LlmError::new(self.kind, self.message))
    }
}

async fn read_up_to<B>(body: B, limit_bytes: usize) -> Result<Bytes, Refusal>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
{
    match Limited::new(body, limit_bytes).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("the request is larger than {} MiB; send less at once", limit_bytes >> 20);
            Err(Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, kind: LlmErrorKind::BadRequest, message })
        }
        Err(_) => Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            kind: LlmErrorKind::BadRequest,
            message: "the request broke off; send it again".to_owned(),
        }),
    }
}

/// The answer where a call has come upon a bug, which has been logged.
pub(crate) fn broke(codec: &dyn Codec) -> Response {
    let error =
        LlmError::new(LlmErrorKind::Server, "this call came upon an error in Familiar; its log says more");
    error_response(codec, StatusCode::INTERNAL_SERVER_ERROR, &error)
}

fn error_response(codec: &dyn Codec, status: StatusCode, error: &LlmError) -> Response {
    // Some formats have the status in the body as well.
    let told = LlmError { status: Some(status.as_u16()), ..error.clone() };
    let mut response = Response::new(Body::from(codec.encode_error(&told)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
