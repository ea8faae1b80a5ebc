//! What the doors of both kinds of batches share: OpenAI's files of lines, Anthropic's lists of messages.

use super::{caller, error_response, json_response, refuse};
use ::batch::{BatchError, Batches};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base::{ErrorKind, Id};
use gateway::{Gateway, Submitter};
use llm::{Codec, LlmError, LlmErrorKind};
use serde_json::Value;
use std::sync::Arc;

pub(super) type Service = State<Arc<Batches>>;

/// Rows of a list where the caller does not say.
pub(super) const USUAL_LIMIT: u32 = 20;

/// Whose batches a request is about.
pub(super) fn who(gateway: &Gateway, headers: &HeaderMap) -> Result<Submitter, BatchError> {
    Ok(gateway.batches().who(&caller(headers))?)
}

/// The id of a batch that callers know with this prefix.
pub(super) fn batch_id(prefix: &str, text: &str) -> Result<Id, BatchError> {
    let id = text.strip_prefix(prefix).and_then(|id| id.parse().ok());
    id.ok_or_else(|| BatchError::NoBatch(text.chars().take(100).collect()))
}

/// The ids at both ends of a list, by which callers ask for what lies beyond.
pub(super) fn ends(rows: &[Value]) -> (Option<Value>, Option<Value>) {
    let id = |row: Option<&Value>| row.and_then(|row| row.get("id")).cloned();
    (id(rows.first()), id(rows.last()))
}

pub(super) fn answer(codec: &dyn Codec, result: Result<Value, BatchError>) -> Response {
    match result {
        Ok(value) => json_response(StatusCode::OK, &value),
        Err(error) => batch_refusal(codec, error),
    }
}

/// A refusal about batches, in the door's own format.
pub(super) fn batch_refusal(codec: &dyn Codec, error: BatchError) -> Response {
    if let BatchError::Gateway(error) = error {
        return refuse(codec, error);
    }
    let status = if matches!(error, BatchError::TooLarge { .. }) {
        StatusCode::PAYLOAD_TOO_LARGE
    } else {
        match error.kind() {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::Limited
            | ErrorKind::Upstream
            | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    };
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    let (kind, message) = if status == StatusCode::NOT_FOUND {
        (LlmErrorKind::NotFound, format!("{error}{hint}"))
    } else if status.is_client_error() {
        (LlmErrorKind::BadRequest, format!("{error}{hint}"))
    } else {
        tracing::error!(%error, "a request about batches failed");
        (LlmErrorKind::Server, "Familiar made a mistake; its log says more".to_owned())
    };
    error_response(codec, status, &LlmError::new(kind, message))
}

/// Lines of JSON.
pub(super) fn lines_response(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}
