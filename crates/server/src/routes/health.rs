//! `/api/health`: how providers and their models are doing.

use crate::problem::ApiError;
use api::health::HealthReport;
use app::App;
use axum::{Json, extract::State};
use std::sync::Arc;

/// How every provider and model is doing: state, uptime, times, limits, the last hour.
#[utoipa::path(get, path = "/api/health", tag = "gateway", responses((status = 200, body = HealthReport)))]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Result<Json<HealthReport>, ApiError> {
    Ok(Json(app.health().await?))
}
