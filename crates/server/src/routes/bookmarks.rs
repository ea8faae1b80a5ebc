//! `/api/library/bookmarks`: passages that somebody wants to find again.

use crate::{
    extract::{ApiPath, Owner},
    problem::ApiError,
};
use api::bookmarks::{Bookmark, BookmarkList};
use axum::{Json, extract::State, http::StatusCode};
use library::Library;
use std::sync::Arc;

type Documents = State<Arc<Library>>;

/// The passages that were kept.
#[utoipa::path(get, path = "/api/library/bookmarks", tag = "library", responses((status = 200, body = BookmarkList)))]
pub(crate) async fn bookmarks(
    State(library): Documents,
    Owner(owner): Owner,
) -> Result<Json<BookmarkList>, ApiError> {
    let bookmarks = library.bookmarks(owner).await?;
    Ok(Json(BookmarkList { bookmarks: bookmarks.into_iter().map(shown).collect() }))
}

/// Keeps a passage.
#[utoipa::path(put, path = "/api/library/bookmarks/{chunk_id}", tag = "library",
    params(("chunk_id" = String, Path)), responses((status = 204)))]
pub(crate) async fn bookmark(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(chunk_id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    library.bookmark(owner, &chunk_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a passage that was kept.
#[utoipa::path(delete, path = "/api/library/bookmarks/{chunk_id}", tag = "library",
    params(("chunk_id" = String, Path)), responses((status = 204)))]
pub(crate) async fn unbookmark(
    State(library): Documents,
    Owner(owner): Owner,
    ApiPath(chunk_id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    library.unbookmark(owner, &chunk_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(bookmark: library::Bookmark) -> Bookmark {
    Bookmark {
        chunk_id: bookmark.chunk_id,
        document_id: bookmark.document_id.to_string(),
        title: bookmark.title,
        heading: bookmark.heading,
        page: bookmark.page,
        excerpt: bookmark.excerpt,
        there: bookmark.there,
        created_at: bookmark.created_at.to_string(),
    }
}
