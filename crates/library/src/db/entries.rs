//! Queries of the tables `entry`, `entry_correction` and `entry_pattern`.

use super::{failed, number, optional_number, optional_text, parsed, text};
use crate::{
    LibraryError,
    model::{Correction, Entry},
};
use base::{Id, OwnerId, Timestamp};
use serde_json::Value;
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};
use statblock::{Kind, Learned};
use std::collections::HashMap;

type Result<T> = std::result::Result<T, LibraryError>;

/// Most rows that are asked for by their ids at once.
pub(super) const MAX_IDS: usize = 200;

/// An entry with the passages that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) entry: Entry,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Puts these entries in place of all that a document had.
pub(crate) async fn replace(
    connection: &mut AnyConnection,
    owner: OwnerId,
    document_id: Id,
    entries: &[Placed],
) -> Result<()> {
    sqlx::query("DELETE FROM entry WHERE document_id = $1")
        .bind(document_id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    for Placed { entry, first, last } in entries {
        sqlx::query(
            "INSERT INTO entry (id, owner_id, document_id, kind, name, first_ordinal, last_ordinal, chunk_id, page,
                layout, facts, level, school, quality, corrected)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CAST($12 AS DOUBLE PRECISION), $13, $14, $15)",
        )
        .bind(&entry.id)
        .bind(owner.to_string())
        .bind(document_id.to_string())
        .bind(entry.kind.as_str())
        .bind(storable(&entry.name))
        .bind(*first)
        .bind(*last)
        .bind(&entry.chunk_id)
        .bind(entry.page.map(i64::from))
        .bind(&entry.layout)
        .bind(storable(&serde_json::to_string(&entry.facts).map_err(failed)?))
        // As text: of a number that is missing PostgreSQL would be told another type than of one that is there.
        .bind(entry.level.map(|level| level.to_string()))
        .bind(entry.school.as_deref())
        .bind(entry.quality)
        .bind(serde_json::to_string(&entry.corrected).map_err(failed)?)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

/// PostgreSQL keeps no zero characters in texts, also not in JSON.
fn storable(text: &str) -> String {
    text.replace('\0', " ").replace("\\u0000", " ")
}

/// Notes out of which passages the entries were made; nothing has them made again.
pub(crate) async fn set_made(connection: &mut AnyConnection, document_id: Id, made: &str) -> Result<()> {
    sqlx::query("UPDATE document SET entries_made = $2 WHERE id = $1")
        .bind(document_id.to_string())
        .bind(made)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Has the entries of a publisher's documents made again.
pub(crate) async fn forget_made(
    connection: &mut AnyConnection,
    owner: OwnerId,
    publisher: &str,
) -> Result<()> {
    let query = "UPDATE document SET entries_made = NULL
                 WHERE owner_id = $1 AND COALESCE(author_chosen, author, '') = $2";
    sqlx::query(query).bind(owner.to_string()).bind(publisher).execute(connection).await.map_err(failed)?;
    Ok(())
}

/// The entries of a document, in their order.
pub(crate) async fn of_document(pool: &AnyPool, document_id: Id) -> Result<Vec<Placed>> {
    let rows = sqlx::query("SELECT * FROM entry WHERE document_id = $1 ORDER BY first_ordinal, name, id")
        .bind(document_id.to_string())
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    rows.iter().map(placed).collect()
}

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, id: &str) -> Result<Option<Placed>> {
    let row = sqlx::query(
        "SELECT entry.* FROM entry JOIN document ON document.id = entry.document_id
         WHERE entry.id = $1 AND entry.owner_id = $2 AND document.deleted_at IS NULL",
    )
    .bind(id)
    .bind(owner.to_string())
    .fetch_optional(pool)
    .await
    .map_err(failed)?;
    row.map(|row| placed(&row)).transpose()
}

/// The entries of these ids.
pub(crate) async fn by_ids(pool: &AnyPool, ids: &[String]) -> Result<HashMap<String, Entry>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(MAX_IDS) {
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let query = format!("SELECT * FROM entry WHERE id IN ({})", places.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(query));
        for id in ids {
            query = query.bind(id);
        }
        for row in query.fetch_all(pool).await.map_err(failed)? {
            let Placed { entry, .. } = placed(&row)?;
            found.insert(entry.id.clone(), entry);
        }
    }
    Ok(found)
}

/// What was put right in the entries of a document, by their ids.
pub(crate) async fn corrections(pool: &AnyPool, document_id: Id) -> Result<HashMap<String, Correction>> {
    let rows = sqlx::query("SELECT entry_id, changes FROM entry_correction WHERE document_id = $1")
        .bind(document_id.to_string())
        .fetch_all(pool)
        .await
        .map_err(failed)?;
    let correction = |row: &AnyRow| {
        Ok((text(row, "entry_id")?, serde_json::from_str(&text(row, "changes")?).map_err(failed)?))
    };
    rows.iter().map(correction).collect()
}

/// Keeps what was put right in an entry; `None` takes it back.
pub(crate) async fn correct(
    connection: &mut AnyConnection,
    (owner, document_id): (OwnerId, Id),
    entry_id: &str,
    (correction, now): (Option<&Correction>, Timestamp),
) -> Result<()> {
    let Some(correction) = correction else {
        let query = sqlx::query("DELETE FROM entry_correction WHERE entry_id = $1 AND owner_id = $2");
        query.bind(entry_id).bind(owner.to_string()).execute(connection).await.map_err(failed)?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO entry_correction (entry_id, owner_id, document_id, changes, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (entry_id) DO UPDATE SET changes = excluded.changes, updated_at = excluded.updated_at",
    )
    .bind(entry_id)
    .bind(owner.to_string())
    .bind(document_id.to_string())
    .bind(storable(&serde_json::to_string(correction).map_err(failed)?))
    .bind(now.millis())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// What was learned of a publisher's layouts.
pub(crate) async fn learned(pool: &AnyPool, owner: OwnerId, publisher: &str) -> Result<Vec<Learned>> {
    let rows = sqlx::query(
        "SELECT kind, field, pattern FROM entry_pattern WHERE owner_id = $1 AND publisher = $2
         ORDER BY learned_at, kind, field, pattern",
    )
    .bind(owner.to_string())
    .bind(publisher)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    let learned = |row: &AnyRow| {
        let field = text(row, "field")?;
        Ok(Learned {
            kind: parsed::<Kind>(row, "kind")?,
            field: (!field.is_empty()).then_some(field),
            pattern: text(row, "pattern")?,
        })
    };
    rows.iter().map(learned).collect()
}

/// Keeps patterns of a publisher; answers whether one of them is new.
pub(crate) async fn learn(
    connection: &mut AnyConnection,
    (owner, publisher): (OwnerId, &str),
    patterns: &[Learned],
    now: Timestamp,
) -> Result<bool> {
    let mut new = false;
    for pattern in patterns {
        let done = sqlx::query(
            "INSERT INTO entry_pattern (owner_id, publisher, kind, field, pattern, learned_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner_id, publisher, kind, field, pattern) DO NOTHING",
        )
        .bind(owner.to_string())
        .bind(publisher)
        .bind(pattern.kind.as_str())
        .bind(pattern.field.as_deref().unwrap_or_default())
        .bind(&pattern.pattern)
        .bind(now.millis())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        new |= done.rows_affected() > 0;
    }
    Ok(new)
}

fn placed(row: &AnyRow) -> Result<Placed> {
    let facts: Value = serde_json::from_str(&text(row, "facts")?).map_err(failed)?;
    let Value::Object(facts) = facts else { return Err(failed("an entry's facts are no object")) };
    let entry = Entry {
        id: text(row, "id")?,
        document_id: parsed(row, "document_id")?,
        kind: parsed(row, "kind")?,
        name: text(row, "name")?,
        chunk_id: text(row, "chunk_id")?,
        page: optional_number(row, "page")?.and_then(|page| u32::try_from(page).ok()),
        layout: text(row, "layout")?,
        facts,
        level: row.try_get("level").map_err(failed)?,
        school: optional_text(row, "school")?,
        quality: row.try_get("quality").map_err(failed)?,
        corrected: serde_json::from_str(&text(row, "corrected")?).map_err(failed)?,
    };
    Ok(Placed { entry, first: number(row, "first_ordinal")?, last: number(row, "last_ordinal")? })
}
