//! The doors for other programs: `/v1` for OpenAI's clients, `/anthropic/v1` for Anthropic's.
//!
//! A body goes to the gateway as it came; what comes back is in the caller's own format already, errors
//! included. Nothing here knows a model or a provider.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use base::{ErrorKind, Secret};
use bytes::Bytes;
use futures::StreamExt;
use gateway::{
    Answer, AnswerBody, Call, Caller, EmbeddingCall, EmbeddingSource, Gateway, GatewayError, Source,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use llm::{Codec, Dialect, LlmError, LlmErrorKind};
use providers::wire::codec;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc};

/// Largest request body: several pictures in base64 fit.
const BODY_LIMIT_BYTES: usize = 64 << 20;

type Door = State<Arc<Gateway>>;

/// `POST /v1/chat/completions`.
pub(crate) async fn openai_chat(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::OpenAiChat), request).await
}

/// `POST /anthropic/v1/messages`.
pub(crate) async fn anthropic_messages(State(gateway): Door, request: Request) -> Response {
    chat(&gateway, codec(Dialect::Anthropic), request).await
}

/// `POST /v1/embeddings`.
pub(crate) async fn openai_embeddings(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::OpenAiChat);
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec),
    };
    let call = EmbeddingCall {
        caller: caller(&parts.headers),
        source: EmbeddingSource::Body { codec, body },
        tags: Vec::new(),
    };
    match gateway.embed(call).await {
        Ok(answer) => respond(answer),
        Err(error) => refuse(codec, error),
    }
}

/// `POST /anthropic/v1/messages/count_tokens`: an upper bound, since Anthropic's tokenizer is not public.
pub(crate) async fn anthropic_count_tokens(State(gateway): Door, request: Request) -> Response {
    let codec = codec(Dialect::Anthropic);
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec),
    };
    let counted = || {
        gateway.models(&caller(&parts.headers))?;
        let head = codec.head(&body)?;
        Ok::<_, GatewayError>(
            json!({ "input_tokens": head.input_tokens_bound.div_ceil(BYTES_A_TOKEN).max(1) }),
        )
    };
    match counted() {
        Ok(count) => json_response(StatusCode::OK, &count),
        Err(error) => refuse(codec, error),
    }
}

/// Bytes of a token in ordinary English text and code, to estimate from the bound in bytes.
const BYTES_A_TOKEN: u64 = 4;

/// An address below `/v1` that is none.
pub(crate) async fn openai_no_such_route(uri: Uri) -> Response {
    let told = Refusal::no_such_route(&uri, "`/v1` has `chat/completions`, `embeddings` and `models`");
    told.response(codec(Dialect::OpenAiChat))
}

/// A method that an address below `/v1` does not have.
pub(crate) async fn openai_wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(codec(Dialect::OpenAiChat))
}

/// An address below `/anthropic` that is none.
pub(crate) async fn anthropic_no_such_route(uri: Uri) -> Response {
    let hint = "`/anthropic` has `v1/messages`, `v1/messages/count_tokens` and `v1/models`";
    Refusal::no_such_route(&uri, hint).response(codec(Dialect::Anthropic))
}

/// A method that an address below `/anthropic` does not have.
pub(crate) async fn anthropic_wrong_method(method: Method, uri: Uri) -> Response {
    Refusal::wrong_method(&method, &uri).response(codec(Dialect::Anthropic))
}

/// `GET /v1/models`.
pub(crate) async fn openai_models(State(gateway): Door, headers: HeaderMap) -> Response {
    match gateway.models(&caller(&headers)) {
        Ok(models) => {
            let data: Vec<Value> = models.iter().map(|model| openai_model(&model.name)).collect();
            json_response(StatusCode::OK, &json!({ "object": "list", "data": data }))
        }
        Err(error) => refuse(codec(Dialect::OpenAiChat), error),
    }
}

/// `GET /v1/models/{id}`; ids hold slashes.
pub(crate) async fn openai_model_by_id(
    State(gateway): Door,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match gateway.models(&caller(&headers)) {
        Ok(models) if models.iter().any(|model| model.name == id) => {
            json_response(StatusCode::OK, &openai_model(&id))
        }
        Ok(_) => {
            let unknown = GatewayError::UnknownModel { name: id, near: Vec::new() };
            refuse(codec(Dialect::OpenAiChat), unknown)
        }
        Err(error) => refuse(codec(Dialect::OpenAiChat), error),
    }
}

/// `GET /anthropic/v1/models`.
pub(crate) async fn anthropic_models(State(gateway): Door, headers: HeaderMap) -> Response {
    match gateway.models(&caller(&headers)) {
        Ok(models) => {
            let data: Vec<Value> = models
                .iter()
                .map(|model| {
                    json!({ "type": "model", "id": model.name, "display_name": model.spec.display_name,
                            "created_at": "1970-01-01T00:00:00Z" })
                })
                .collect();
            let edge = |model: Option<&Value>| model.and_then(|model| model.get("id")).cloned();
            let list = json!({ "first_id": edge(data.first()), "last_id": edge(data.last()),
                               "has_more": false, "data": data });
            json_response(StatusCode::OK, &list)
        }
        Err(error) => refuse(codec(Dialect::Anthropic), error),
    }
}

async fn chat(gateway: &Gateway, codec: &'static dyn Codec, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal.response(codec),
    };
    let caller = caller(&parts.headers);
    let source = Source::Body { codec, body, headers: parts.headers };
    match gateway.chat(Call { caller, source, tags: Vec::new() }).await {
        Ok(answer) => respond(answer),
        Err(error) => refuse(codec, error),
    }
}

fn respond(answer: Answer) -> Response {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Body::from(bytes),
        AnswerBody::Stream(stream) => Body::from_stream(stream.map(Ok::<Bytes, Infallible>)),
        // Requests in bytes are answered in bytes.
        AnswerBody::Events(_) | AnswerBody::Vectors(_) => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.headers_mut() = answer.headers;
    response
}

fn refuse(codec: &dyn Codec, error: impl Into<GatewayError>) -> Response {
    let error = error.into();
    let told = error.to_llm();
    let hinted = LlmError { message: format!("{}; {}", told.message, error.hint()), ..told };
    let mut response = error_response(codec, status(&error), &hinted);
    let headers = response.headers_mut();
    headers.extend(error.headers());
    if matches!(error, GatewayError::BudgetExhausted { .. }) {
        // Both official SDKs honour this: asking again at once cannot help.
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    response
}

/// The status by which SDKs choose their exception. A wrong *upstream* credential is not the caller's fault.
fn status(error: &GatewayError) -> StatusCode {
    if let GatewayError::Model(LlmError { kind: LlmErrorKind::Timeout, .. }) = error {
        return StatusCode::GATEWAY_TIMEOUT;
    }
    match error.kind() {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The virtual key, wherever the client's SDK puts it.
fn caller(headers: &HeaderMap) -> Caller {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.split_once(' '));
    let bearer =
        bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    Caller::Key(Secret::new(
        bearer.or_else(|| text("x-api-key")).or_else(|| text("api-key")).unwrap_or_default(),
    ))
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

async fn read(body: Body) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_LIMIT_BYTES).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message =
                format!("the request is larger than {} MiB; send less at once", BODY_LIMIT_BYTES >> 20);
            Err(Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, kind: LlmErrorKind::BadRequest, message })
        }
        Err(_) => Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            kind: LlmErrorKind::BadRequest,
            message: "the request broke off; send it again".to_owned(),
        }),
    }
}

fn openai_model(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 0, "owned_by": id.split('/').next() })
}

fn error_response(codec: &dyn Codec, status: StatusCode, error: &LlmError) -> Response {
    let mut response = Response::new(Body::from(codec.encode_error(error)));
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
