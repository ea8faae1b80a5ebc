//! Queries of the tables `search_asked` and `search_opened`.

use super::{failed, number, parsed, signed, text, unsigned};
use crate::{
    LibraryError,
    model::{AskedOften, OpenedOften, SearchTotals},
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, any::AnyRow};

type Result<T> = std::result::Result<T, LibraryError>;

/// Most lines of a list of a report.
const MAX_LINES: i64 = 20;

/// A search that was made.
pub(crate) struct Asked<'a> {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) query: &'a str,
    pub(crate) hits: u64,
    pub(crate) now: Timestamp,
}

/// Notes a search, in place of what was noted under its id.
pub(crate) async fn put(pool: &AnyPool, asked: &Asked<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO search_asked (id, owner_id, query, hits, opened, asked_at) VALUES ($1, $2, $3, $4, 0, $5)
         ON CONFLICT (id) DO UPDATE SET query = excluded.query, hits = excluded.hits, asked_at = excluded.asked_at",
    )
    .bind(asked.id.to_string())
    .bind(asked.owner.to_string())
    .bind(asked.query.replace('\0', " "))
    .bind(signed(asked.hits))
    .bind(asked.now.millis())
    .execute(pool)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Forgets an owner's searches from before a moment.
pub(crate) async fn forget(connection: &mut AnyConnection, owner: OwnerId, before: Timestamp) -> Result<()> {
    for query in [
        "DELETE FROM search_opened WHERE search_id IN
            (SELECT id FROM search_asked WHERE owner_id = $1 AND asked_at < $2)",
        "DELETE FROM search_asked WHERE owner_id = $1 AND asked_at < $2",
    ] {
        sqlx::query(query)
            .bind(owner.to_string())
            .bind(before.millis())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Notes that a passage was opened; `false` where there is no such search of this owner.
pub(crate) async fn open(
    connection: &mut AnyConnection,
    (owner, search): (OwnerId, Id),
    (chunk_id, document_id): (&str, Id),
    place: u32,
) -> Result<bool> {
    let known = sqlx::query("SELECT id FROM search_asked WHERE id = $1 AND owner_id = $2")
        .bind(search.to_string())
        .bind(owner.to_string())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    if known.is_none() {
        return Ok(false);
    }
    let done = sqlx::query(
        "INSERT INTO search_opened (search_id, chunk_id, document_id) VALUES ($1, $2, $3)
         ON CONFLICT (search_id, chunk_id) DO NOTHING",
    )
    .bind(search.to_string())
    .bind(chunk_id)
    .bind(document_id.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    if done.rows_affected() == 1 {
        sqlx::query(
            "UPDATE search_asked SET opened = opened + 1, first_place = COALESCE(first_place, $2) WHERE id = $1",
        )
        .bind(search.to_string())
        .bind(i64::from(place))
        .execute(connection)
        .await
        .map_err(failed)?;
    }
    Ok(true)
}

pub(crate) async fn totals(pool: &AnyPool, owner: OwnerId, since: Timestamp) -> Result<SearchTotals> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS searches,
                COALESCE(SUM(CASE WHEN hits = 0 THEN 1 ELSE 0 END), 0) AS missed,
                COALESCE(SUM(CASE WHEN opened > 0 THEN 1 ELSE 0 END), 0) AS opened,
                COALESCE(SUM(CASE WHEN first_place <= 3 THEN 1 ELSE 0 END), 0) AS top
         FROM search_asked WHERE owner_id = $1 AND asked_at >= $2",
    )
    .bind(owner.to_string())
    .bind(since.millis())
    .fetch_one(pool)
    .await
    .map_err(failed)?;
    Ok(SearchTotals {
        searches: unsigned(number(&row, "searches")?),
        without_hits: unsigned(number(&row, "missed")?),
        opened: unsigned(number(&row, "opened")?),
        opened_near_top: unsigned(number(&row, "top")?),
    })
}

/// What was searched for most often.
pub(crate) async fn frequent(pool: &AnyPool, owner: OwnerId, since: Timestamp) -> Result<Vec<AskedOften>> {
    most_often(pool, owner, since, i64::MAX).await
}

/// What was searched for and not found, most often.
pub(crate) async fn missed(pool: &AnyPool, owner: OwnerId, since: Timestamp) -> Result<Vec<AskedOften>> {
    most_often(pool, owner, since, 0).await
}

async fn most_often(
    pool: &AnyPool,
    owner: OwnerId,
    since: Timestamp,
    most_hits: i64,
) -> Result<Vec<AskedOften>> {
    let rows = sqlx::query(
        "SELECT query, COUNT(*) AS asked, SUM(CASE WHEN opened > 0 THEN 1 ELSE 0 END) AS opened
         FROM search_asked WHERE owner_id = $1 AND asked_at >= $2 AND hits <= $3
         GROUP BY query ORDER BY COUNT(*) DESC, query LIMIT $4",
    )
    .bind(owner.to_string())
    .bind(since.millis())
    .bind(most_hits)
    .bind(MAX_LINES)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(asked_often).collect()
}

fn asked_often(row: &AnyRow) -> Result<AskedOften> {
    Ok(AskedOften {
        query: text(row, "query")?,
        asked: unsigned(number(row, "asked")?),
        opened: unsigned(number(row, "opened")?),
    })
}

/// The documents that were opened most often from searches.
pub(crate) async fn popular(pool: &AnyPool, owner: OwnerId, since: Timestamp) -> Result<Vec<OpenedOften>> {
    let rows = sqlx::query(
        "SELECT document.id AS id, COALESCE(document.title_chosen, document.title) AS title, COUNT(*) AS opened
         FROM search_asked
         JOIN search_opened ON search_opened.search_id = search_asked.id
         JOIN document ON document.id = search_opened.document_id
         WHERE search_asked.owner_id = $1 AND search_asked.asked_at >= $2 AND document.deleted_at IS NULL
         GROUP BY document.id, COALESCE(document.title_chosen, document.title)
         ORDER BY COUNT(*) DESC, COALESCE(document.title_chosen, document.title) LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(since.millis())
    .bind(MAX_LINES)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let opened_often = |row: &AnyRow| {
        Ok(OpenedOften {
            document_id: parsed(row, "id")?,
            title: text(row, "title")?,
            opened: unsigned(number(row, "opened")?),
        })
    };
    rows.iter().map(opened_often).collect()
}
