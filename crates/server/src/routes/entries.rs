//! `/api/library/entries`: what documents tell of spells, monsters and the like, and what people put right in it.

use crate::{
    convert::entries::{change, detail, list as listed},
    extract::{ApiJson, ApiPath, Owner, parse_id},
    problem::ApiError,
};
use api::library::{EntryChange, EntryDetail, EntryList};
use axum::{Json, extract::State};
use library::Library;
use std::sync::Arc;

type Documents = State<Arc<Library>>;

/// The entries of a document.
#[utoipa::path(get, path = "/api/library/documents/{id}/entries", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = EntryList)))]
pub(crate) async fn entries(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<EntryList>, ApiError> {
    Ok(Json(listed(library.entries_of(owner, parse_id(&id)?).await?)))
}

/// An entry with all fields of its kind.
#[utoipa::path(get, path = "/api/library/entries/{id}", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = EntryDetail)))]
pub(crate) async fn entry(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<EntryDetail>, ApiError> {
    Ok(Json(detail(library.entry(owner, &id).await?)))
}

/// Puts an entry right. It holds whenever the document is read anew, and teaches how its publisher lays entries out.
#[utoipa::path(patch, path = "/api/library/entries/{id}", tag = "library", params(("id" = String, Path)),
    request_body = EntryChange, responses((status = 200, body = EntryDetail)))]
pub(crate) async fn correct_entry(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
    ApiJson(body): ApiJson<EntryChange>,
) -> Result<Json<EntryDetail>, ApiError> {
    Ok(Json(detail(library.correct_entry(owner, &id, change(body)?).await?)))
}

/// Takes back what was put right in an entry.
#[utoipa::path(delete, path = "/api/library/entries/{id}/correction", tag = "library", params(("id" = String, Path)),
    responses((status = 200, body = EntryDetail)))]
pub(crate) async fn uncorrect_entry(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<EntryDetail>, ApiError> {
    Ok(Json(detail(library.uncorrect_entry(owner, &id).await?)))
}
