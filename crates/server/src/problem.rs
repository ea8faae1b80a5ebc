//! One table from error kinds to HTTP, and the problem document every failed `/api` request answers with.

use api::problem::Problem;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{ErrorKind, Id, new_id};

/// A failed request, ready to be told.
#[derive(Debug)]
pub struct ApiError {
    kind: ErrorKind,
    status: StatusCode,
    code: String,
    detail: String,
    hint: Option<String>,
    /// Under which the log has more.
    correlation_id: Id,
}

/// Status and title of each kind; the only such table.
const fn status(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "The request cannot be carried out"),
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "A valid key is needed"),
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "This is not allowed"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "There is no such thing"),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "It has changed in the meantime"),
        ErrorKind::Limited => (StatusCode::TOO_MANY_REQUESTS, "A limit was reached"),
        ErrorKind::Upstream => (StatusCode::BAD_GATEWAY, "Another service failed"),
        ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Not possible at the moment"),
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Familiar made a mistake"),
    }
}

impl ApiError {
    /// An error of this kind whose code is the kind's own name.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let code = kind.as_str().to_owned();
        let (status, correlation_id) = (status(kind).0, new_id());
        Self { kind, status, code, detail: detail.into(), hint: None, correlation_id }
    }

    /// With a stable code of its own.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self { code: code.into(), ..self }
    }

    /// With another status of the same meaning (`413` instead of `422`, say).
    #[must_use]
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// An error from below: what it says is told, unless it is Familiar's own fault, which goes to the log
    /// with its causes and is told without particulars.
    pub fn from_error(
        kind: ErrorKind,
        hint: Option<String>,
        error: &(dyn std::error::Error + 'static),
    ) -> Self {
        let told = Self { hint, ..Self::new(kind, error.to_string()) };
        if kind == ErrorKind::Internal {
            let mut causes = String::new();
            let mut cause = error.source();
            while let Some(next) = cause {
                causes = format!("{causes}: {next}");
                cause = next.source();
            }
            tracing::error!(correlation_id = %told.correlation_id, %error, causes, "a request failed");
        }
        told
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let correlation_id = self.correlation_id.to_string();
        tracing::debug!(
            correlation_id,
            status = self.status.as_u16(),
            code = self.code,
            detail = self.detail
        );
        let problem = Problem {
            kind: format!("/api/docs#error-{}", self.kind),
            title: status(self.kind).1.to_owned(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            hint: self.hint,
            correlation_id: correlation_id.clone(),
        };
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Ok(value) = HeaderValue::from_str(&correlation_id) {
            headers.insert("x-correlation-id", value);
        }
        response
    }
}

impl From<compare::CompareError> for ApiError {
    fn from(error: compare::CompareError) -> Self {
        Self::from_error(error.kind(), error.hint().map(str::to_owned), &error)
    }
}

impl From<chat::ChatError> for ApiError {
    fn from(error: chat::ChatError) -> Self {
        Self::from_error(error.kind(), error.hint().map(str::to_owned), &error)
    }
}

impl From<chat::PersonasError> for ApiError {
    fn from(error: chat::PersonasError) -> Self {
        Self::from_error(error.kind(), error.hint(), &error)
    }
}

impl From<chat::SharesError> for ApiError {
    fn from(error: chat::SharesError) -> Self {
        let told = Self::from_error(error.kind(), error.hint(), &error);
        if matches!(error, chat::SharesError::Locked) {
            return told.code("password_needed");
        }
        if matches!(error, chat::SharesError::WrongPassword) { told.code("wrong_password") } else { told }
    }
}

impl From<memory::MemoryError> for ApiError {
    fn from(error: memory::MemoryError) -> Self {
        Self::from_error(error.kind(), error.hint().map(str::to_owned), &error)
    }
}

impl From<library::LibraryError> for ApiError {
    fn from(error: library::LibraryError) -> Self {
        Self::from_error(error.kind(), Some(error.hint().to_owned()), &error)
    }
}

impl From<batch::BatchError> for ApiError {
    fn from(error: batch::BatchError) -> Self {
        Self::from_error(error.kind(), error.hint(), &error)
    }
}

impl From<ledger::LedgerError> for ApiError {
    fn from(error: ledger::LedgerError) -> Self {
        Self::from_error(error.kind(), Some(error.hint().to_owned()), &error)
    }
}

impl From<gateway::ManageError> for ApiError {
    fn from(error: gateway::ManageError) -> Self {
        Self::from_error(error.kind(), Some(error.hint().to_owned()), &error)
    }
}

impl From<gateway::ExperimentError> for ApiError {
    fn from(error: gateway::ExperimentError) -> Self {
        Self::from_error(error.kind(), Some(error.hint().to_owned()), &error)
    }
}

impl From<app::AppError> for ApiError {
    fn from(error: app::AppError) -> Self {
        Self::from_error(error.kind(), error.hint(), &error)
    }
}
