//! What is answered while the program waits for its database: that it runs, that it is not ready, and why.

use axum::{
    Json, Router,
    extract::{OriginalUri, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use base::ErrorKind;
use serde_json::json;
use std::sync::Arc;

use crate::problem::ApiError;

/// When clients are told to come back, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Why it waits; `None` where strangers ask.
type Why = Arc<Option<String>>;

/// The answers; strangers are not told `why`.
pub(crate) fn router(why: Option<String>) -> Router {
    Router::new()
        .route("/live", get(async || "ok\n"))
        .route("/ready", get(ready))
        .route("/health", get(health))
        .fallback(any(other))
        .with_state(Arc::new(why))
}

async fn ready(State(why): State<Why>) -> Response {
    let text = format!("not ready: {}\n", message(&why));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)], text).into_response()
}

async fn health(State(why): State<Why>) -> Response {
    let body = json!({ "status": message(&why), "version": env!("CARGO_PKG_VERSION") });
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)], Json(body)).into_response()
}

/// Everything else: a problem for the page and the terminal, for the doors an error that all of their clients
/// read as one that passes.
async fn other(State(why): State<Why>, OriginalUri(uri): OriginalUri) -> Response {
    let message = message(&why);
    let mut response = if uri.path().starts_with("/api") {
        ApiError::new(ErrorKind::Unavailable, message).hint("try again in a moment").into_response()
    } else {
        let error =
            json!({ "type": "overloaded_error", "message": message, "code": 503, "status": "UNAVAILABLE" });
        let body = json!({ "type": "error", "error": error });
        (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
    };
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

fn message(why: &Option<String>) -> String {
    let waits = "Familiar waits for its database";
    why.as_ref().map_or_else(|| waits.to_owned(), |why| format!("{waits}: {why}"))
}
