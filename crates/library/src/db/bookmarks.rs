//! Queries of the table `bookmark`.

use super::{failed, number, optional_number, optional_text, parsed, text};
use crate::{LibraryError, model::Bookmark};
use base::{OwnerId, Timestamp};
use sqlx::{AnyPool, any::AnyRow};

type Result<T> = std::result::Result<T, LibraryError>;

/// Keeps a passage; one that is kept already stays where it is.
pub(crate) async fn put(pool: &AnyPool, owner: OwnerId, bookmark: &Bookmark) -> Result<()> {
    sqlx::query(
        "INSERT INTO bookmark (owner_id, chunk_id, document_id, heading, page, excerpt, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner_id, chunk_id) DO NOTHING",
    )
    .bind(owner.to_string())
    .bind(&bookmark.chunk_id)
    .bind(bookmark.document_id.to_string())
    .bind(bookmark.heading.as_deref())
    .bind(bookmark.page.map(i64::from))
    .bind(&bookmark.excerpt)
    .bind(bookmark.created_at.millis())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Forgets a passage.
pub(crate) async fn remove(pool: &AnyPool, owner: OwnerId, chunk_id: &str) -> Result<()> {
    sqlx::query("DELETE FROM bookmark WHERE owner_id = $1 AND chunk_id = $2")
        .bind(owner.to_string())
        .bind(chunk_id)
        .execute(pool)
        .await
        .map_err(failed)?;
    Ok(())
}

/// How many an owner has.
pub(crate) async fn count(pool: &AnyPool, owner: OwnerId) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS bookmarks FROM bookmark WHERE owner_id = $1")
        .bind(owner.to_string())
        .fetch_one(pool)
        .await
        .map_err(failed)?;
    number(&row, "bookmarks")
}

/// An owner's bookmarks in documents that are not deleted, the latest first.
pub(crate) async fn list(pool: &AnyPool, owner: OwnerId) -> Result<Vec<Bookmark>> {
    let rows = sqlx::query(
        "SELECT bookmark.chunk_id, bookmark.document_id, bookmark.heading, bookmark.page, bookmark.excerpt,
            bookmark.created_at, COALESCE(document.title_chosen, document.title) AS title,
            CAST(CASE WHEN chunk.id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS there
         FROM bookmark
         JOIN document ON document.id = bookmark.document_id
         LEFT JOIN chunk ON chunk.id = bookmark.chunk_id AND chunk.document_id = document.id
            AND chunk.generation = document.generation
         WHERE bookmark.owner_id = $1 AND document.deleted_at IS NULL
         ORDER BY bookmark.created_at DESC, bookmark.chunk_id",
    )
    .bind(owner.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(stored).collect()
}

fn stored(row: &AnyRow) -> Result<Bookmark> {
    Ok(Bookmark {
        chunk_id: text(row, "chunk_id")?,
        document_id: parsed(row, "document_id")?,
        title: text(row, "title")?,
        heading: optional_text(row, "heading")?,
        page: optional_number(row, "page")?.and_then(|page| u32::try_from(page).ok()),
        excerpt: text(row, "excerpt")?,
        there: number(row, "there")? == 1,
        created_at: Timestamp::from_millis(number(row, "created_at")?),
    })
}
