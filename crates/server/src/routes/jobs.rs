//! `/api/jobs`: background work.

use crate::{extract::ApiPath, problem::ApiError};
use api::jobs::{Job, JobList};
use app::App;
use axum::{Json, extract::State};
use std::sync::Arc;

/// Jobs, the latest first.
#[utoipa::path(get, path = "/api/jobs", tag = "system", responses((status = 200, body = JobList)))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<JobList>, ApiError> {
    Ok(Json(app.jobs().await?))
}

/// Cancels a job.
#[utoipa::path(delete, path = "/api/jobs/{id}", tag = "system", params(("id" = String, Path)),
    responses((status = 200, body = Job)))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(app.cancel_job(&id).await?))
}

/// Puts a failed job back into the queue, as if it were new. One that has not failed stays as it is, and so does one whose work
/// waits or runs as another job already.
#[utoipa::path(post, path = "/api/jobs/{id}/retry", tag = "system", params(("id" = String, Path)),
    responses((status = 200, body = Job)))]
pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(app.retry_job(&id).await?))
}
