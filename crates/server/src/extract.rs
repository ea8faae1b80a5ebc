//! What handlers take from a request.

use crate::problem::ApiError;
use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Multipart, Path, Query, Request,
        multipart::MultipartRejection,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use base::{ErrorKind, Id, OwnerId, Timestamp};
use gateway::Project;
use serde::de::DeserializeOwned;
use std::{convert::Infallible, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);

/// Whose things the request is about. Without accounts that is always the first owner; with them, this is
/// the one place that changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner(pub OwnerId);

impl<S: Sync> FromRequestParts<S> for Owner {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(Id::FIRST_OWNER))
    }
}

/// The project that the owner is at work on, where the request says so: `x-familiar-project`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AtWork(pub Option<Project>);

impl<S: Sync> FromRequestParts<S> for AtWork {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("x-familiar-project") else { return Ok(Self(None)) };
        let name = std::str::from_utf8(value.as_bytes()).unwrap_or("");
        name.parse().map(|project| Self(Some(project))).map_err(|error| {
            ApiError::new(ErrorKind::Invalid, format!("`x-familiar-project`: {error}"))
                .hint("leave the header out, or name a project")
        })
    }
}

/// A JSON body; one that does not fit is told as a problem.
#[derive(Debug)]
pub(crate) struct ApiJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(ApiError::new(ErrorKind::Invalid, "the body is not marked as JSON")
                    .status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                    .hint("send `content-type: application/json`"))
            }
            Err(rejection) => {
                let status = rejection.status();
                let detail = rejection.body_text();
                Err(ApiError::new(ErrorKind::Invalid, detail)
                    .status(status)
                    .hint("`/api/docs` shows what the request may hold"))
            }
        }
    }
}

/// The query of the address; one that does not fit is told as a problem.
#[derive(Debug)]
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(value) = query.map_err(|rejection: QueryRejection| {
            ApiError::new(ErrorKind::Invalid, rejection.body_text())
                .status(rejection.status())
                .hint("`/api/docs` lists what can be asked")
        })?;
        Ok(Self(value))
    }
}

/// The variable parts of the path; those that are no text are told as a problem.
#[derive(Debug)]
pub(crate) struct ApiPath<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let Path(value) = path.map_err(|rejection: PathRejection| {
            ApiError::new(ErrorKind::Invalid, rejection.body_text())
                .status(rejection.status())
                .hint("write addresses in UTF-8, percent-encoded")
        })?;
        Ok(Self(value))
    }
}

/// The parts of an upload; a request that is none is told as a problem.
#[derive(Debug)]
pub(crate) struct ApiMultipart(pub(crate) Multipart);

impl<S: Send + Sync> FromRequest<S> for ApiMultipart {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let parts = Multipart::from_request(request, state).await;
        parts.map(Self).map_err(|rejection: MultipartRejection| {
            ApiError::new(ErrorKind::Invalid, rejection.body_text())
                .status(rejection.status())
                .hint("send `multipart/form-data` with a part for each file")
        })
    }
}

/// The id in an address. A text that is none belongs to nothing.
pub(crate) fn parse_id(text: &str) -> Result<Id, ApiError> {
    text.parse().map_err(|_| {
        ApiError::new(ErrorKind::NotFound, format!("`{text}` is not an id"))
            .hint("take ids from the lists of the API")
    })
}

/// A moment in a query: RFC 3339, or a day, which stands for its first moment.
pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|error: base::ParseTimestampError| {
        ApiError::new(ErrorKind::Invalid, error.to_string()).hint("write it like `2026-11-21` or RFC 3339")
    })
}

/// The moment up to which something goes; a day is meant to be included.
pub(crate) fn parse_end(text: &str) -> Result<Timestamp, ApiError> {
    let at = parse_moment(text)?;
    Ok(if text.len() == "2026-11-21".len() { at.plus(DAY) } else { at })
}
