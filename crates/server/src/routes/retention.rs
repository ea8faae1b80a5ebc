//! `/api/retention`: what is kept of requests and replies, and for how long.

use crate::{extract::ApiJson, problem::ApiError};
use api::exchanges::{Retention, RetentionState};
use app::App;
use axum::{Json, extract::State};
use std::sync::Arc;

/// What is kept of exchanges, and what can be chosen.
#[utoipa::path(get, path = "/api/retention", tag = "gateway", responses((status = 200, body = RetentionState)))]
pub(crate) async fn get(State(app): State<Arc<App>>) -> Result<Json<RetentionState>, ApiError> {
    Ok(Json(app.retention().await?))
}

/// Changes what is kept. What may not be kept any more is forgotten at once.
#[utoipa::path(put, path = "/api/retention", tag = "gateway", request_body = Retention,
    responses((status = 200, body = RetentionState)))]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    ApiJson(retention): ApiJson<Retention>,
) -> Result<Json<RetentionState>, ApiError> {
    Ok(Json(app.set_retention(retention).await?))
}
