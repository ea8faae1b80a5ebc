//! `/api/status`, `/api/settings`, `/api/events` and the probes for machines: `/health`, `/ready`, `/live`, `/metrics`.

use crate::{
    extract::ApiJson,
    metrics::{self, Format},
    problem::ApiError,
    sse::{self, SseEvent},
    state::Closing,
};
use api::{
    events::AppEvent,
    settings::{Settings, UpdateSettings},
    status::Status,
};
use app::App;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// What this installation is and has.
#[utoipa::path(get, path = "/api/status", tag = "system", responses((status = 200, body = Status)))]
pub(crate) async fn status(State(app): State<Arc<App>>) -> Result<Json<Status>, ApiError> {
    Ok(Json(app.status().await?))
}

/// What the person chose.
#[utoipa::path(get, path = "/api/settings", tag = "system", responses((status = 200, body = Settings)))]
pub(crate) async fn settings(State(app): State<Arc<App>>) -> Result<Json<Settings>, ApiError> {
    Ok(Json(app.settings().await?))
}

/// Changes what is given of what the person chose, and leaves the rest.
#[utoipa::path(patch, path = "/api/settings", tag = "system", request_body = UpdateSettings,
    responses((status = 200, body = Settings)))]
pub(crate) async fn change_settings(
    State(app): State<Arc<App>>,
    ApiJson(change): ApiJson<UpdateSettings>,
) -> Result<Json<Settings>, ApiError> {
    Ok(Json(app.change_settings(change).await?))
}

/// Streams what happens anywhere in the program. One who falls behind misses events, not the stream: the
/// lists behind them can always be asked for anew.
#[utoipa::path(get, path = "/api/events", tag = "system",
    responses((status = 200, content_type = "text/event-stream", body = AppEvent)))]
pub(crate) async fn events(State(app): State<Arc<App>>, State(Closing(closing)): State<Closing>) -> Response {
    let events = stream::unfold(app.events(), |mut events| async move {
        loop {
            match events.recv().await {
                Ok(event) => return Some((SseEvent::json(None, &event), events)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    sse::respond(events, closing)
}

/// `GET /live`: the process runs.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /ready`: requests can be taken.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.ready() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

/// `GET /health`: what runs, for people and monitors.
pub(crate) async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let ready = app.ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let state = if ready { "ok" } else { "not ready" };
    (status, Json(json!({ "status": state, "version": env!("CARGO_PKG_VERSION") })))
}

/// `GET /metrics` in the text format of OpenMetrics where it is asked for, else of Prometheus.
pub(crate) async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = Format::asked_for(accept);
    let text = metrics::render(&app.figures().await?, format);
    Ok(([(header::CONTENT_TYPE, format.content_type())], text).into_response())
}
