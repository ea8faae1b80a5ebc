//! What handlers take from a request.

use crate::problem::ApiError;
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use base::{ErrorKind, Id, OwnerId};
use serde::de::DeserializeOwned;
use std::convert::Infallible;

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

/// A JSON body; one that does not fit is told as a problem.
#[derive(Debug)]
pub(crate) struct ApiJson<T>(pub T);

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
