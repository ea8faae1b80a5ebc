//! `/api/library/searches`: what was searched for in the library, and what came of it.

use crate::{
    extract::{ApiJson, ApiPath, ApiQuery, Owner, parse_id},
    problem::ApiError,
};
use api::library::{AskedOften, OpenedHit, OpenedOften, SearchReport};
use axum::{Json, extract::State, http::StatusCode};
use library::Library;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Of which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// Of so many days, 30 if not said; searches are kept for 90.
    days: Option<u32>,
}

/// Says how searches went: what was looked for, what was not found, what was opened.
#[utoipa::path(get, path = "/api/library/searches", tag = "library", params(ReportQuery),
    responses((status = 200, body = SearchReport)))]
pub(crate) async fn report(
    State(library): State<Arc<Library>>,
    Owner(owner): Owner,
    ApiQuery(query): ApiQuery<ReportQuery>,
) -> Result<Json<SearchReport>, ApiError> {
    let days = query.days.unwrap_or(30).clamp(1, 90);
    let report = library.search_report(owner, days).await?;
    let often = |asked: library::model::AskedOften| AskedOften {
        query: asked.query,
        asked: asked.asked,
        opened: asked.opened,
    };
    let popular = report.popular.into_iter().map(|opened| OpenedOften {
        document_id: opened.document_id.to_string(),
        title: opened.title,
        opened: opened.opened,
    });
    Ok(Json(SearchReport {
        days,
        searches: report.totals.searches,
        without_hits: report.totals.without_hits,
        opened: report.totals.opened,
        opened_near_top: report.totals.opened_near_top,
        frequent: report.frequent.into_iter().map(often).collect(),
        missed: report.missed.into_iter().map(often).collect(),
        popular: popular.collect(),
    }))
}

/// Forgets all that was searched for.
#[utoipa::path(delete, path = "/api/library/searches", tag = "library", responses((status = 204)))]
pub(crate) async fn forget(
    State(library): State<Arc<Library>>,
    Owner(owner): Owner,
) -> Result<StatusCode, ApiError> {
    library.forget_all_searches(owner).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells that a passage was opened that a search had found.
#[utoipa::path(post, path = "/api/library/searches/{id}/opened", tag = "library", params(("id" = String, Path)),
    request_body = OpenedHit, responses((status = 204)))]
pub(crate) async fn opened(
    State(library): State<Arc<Library>>,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(body): ApiJson<OpenedHit>,
) -> Result<StatusCode, ApiError> {
    library.opened(owner, parse_id(&id)?, (&body.chunk_id, body.place)).await?;
    Ok(StatusCode::NO_CONTENT)
}
