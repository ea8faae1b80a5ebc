//! Queries of the tags of documents, in the table `document`.

use super::{entries::MAX_IDS, failed, number, optional_number, optional_text, parsed, text, unsigned};
use crate::{
    LibraryError,
    model::{TagsOf, UsedTag},
};
use base::{Id, OwnerId, Timestamp};
use search::DocumentTags;
use sqlx::{AnyConnection, AnyPool, any::AnyRow};
use std::collections::HashMap;

type Result<T> = std::result::Result<T, LibraryError>;

/// A document with its tags.
pub(crate) struct Tagged {
    pub(crate) of: TagsOf,
    pub(crate) deleted: bool,
}

/// The tags of these documents, as far as they are this owner's, in this order. Nobody else changes them until the end of the
/// transaction.
pub(crate) async fn of_documents(
    connection: &mut AnyConnection,
    owner: OwnerId,
    ids: &[Id],
) -> Result<Vec<Tagged>> {
    let mut found: HashMap<Id, Tagged> = HashMap::with_capacity(ids.len());
    for some in ids.chunks(MAX_IDS) {
        let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        // PostgreSQL lets others write between reading and writing, unless the rows are held.
        let mut hold = sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE document SET tags = tags WHERE id IN ({places})"
        )));
        // By ids alone: with the owner beside them SQLite would go through all that the owner has.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT id, owner_id, tags, deleted_at FROM document WHERE id IN ({places})"
        )));
        for id in some {
            hold = hold.bind(id.to_string());
            query = query.bind(id.to_string());
        }
        hold.execute(&mut *connection).await.map_err(failed)?;
        for row in query.fetch_all(&mut *connection).await.map_err(failed)? {
            if text(&row, "owner_id")? != owner.to_string() {
                continue;
            }
            let document_id: Id = parsed(&row, "id")?;
            let of = TagsOf { document_id, tags: tags(&row)? };
            let deleted = optional_number(&row, "deleted_at")?.is_some();
            found.insert(document_id, Tagged { of, deleted });
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Writes the tags of a document.
pub(crate) async fn put(connection: &mut AnyConnection, of: &TagsOf, now: Timestamp) -> Result<()> {
    let kept = (!of.tags.is_empty()).then(|| store::columns::to_json(&of.tags));
    sqlx::query("UPDATE document SET tags = $2, updated_at = $3 WHERE id = $1")
        .bind(of.document_id.to_string())
        .bind(kept)
        .bind(now.millis())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// The tags that are used and how many documents have each, the most used first.
pub(crate) async fn used(pool: &AnyPool, owner: OwnerId) -> Result<Vec<UsedTag>> {
    let rows = sqlx::query(
        "SELECT tags, COUNT(*) AS documents FROM document
         WHERE owner_id = $1 AND tags IS NOT NULL AND deleted_at IS NULL GROUP BY tags",
    )
    .bind(owner.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let mut counts: HashMap<String, u64> = HashMap::new();
    for row in &rows {
        let documents = unsigned(number(row, "documents")?);
        for tag in tags(row)? {
            *counts.entry(tag).or_default() += documents;
        }
    }
    let mut used: Vec<UsedTag> =
        counts.into_iter().map(|(tag, documents)| UsedTag { tag, documents }).collect();
    used.sort_by(|one, other| other.documents.cmp(&one.documents).then_with(|| one.tag.cmp(&other.tag)));
    Ok(used)
}

/// The tags of all of an owner's documents that have some.
pub(crate) async fn of_owner(pool: &AnyPool, owner: OwnerId) -> Result<DocumentTags> {
    let rows = sqlx::query(
        "SELECT id, tags FROM document WHERE owner_id = $1 AND tags IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(owner.to_string())
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(|row| Ok((text(row, "id")?, tags(row)?))).collect()
}

/// The tags of a row of `document`.
pub(super) fn tags(row: &AnyRow) -> Result<Vec<String>> {
    let kept = optional_text(row, "tags")?;
    Ok(kept.map(|json| serde_json::from_str(&json)).transpose().map_err(failed)?.unwrap_or_default())
}
