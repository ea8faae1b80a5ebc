//! Queries of the tables `record`, `record_version` and `link`.

use crate::{
    DbError,
    columns::{count, id, optional_id, optional_time, time},
    records::{Cursor, Deleted, ListRecords, VersionInfo},
};
use base::{Id, OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

/// A record as it stands in the table, its body still text.
#[derive(Debug)]
pub(crate) struct StoredRecord {
    pub(crate) id: Id,
    pub(crate) owner: OwnerId,
    pub(crate) parent: Option<Id>,
    pub(crate) body: String,
    pub(crate) version: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// Which record: one of this kind, of this owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) owner: OwnerId,
    pub(crate) kind: &'static str,
    pub(crate) id: Id,
}

/// What is written into a record.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) title: String,
    pub(crate) body: String,
    /// Title and search text in small letters.
    pub(crate) search_text: String,
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    address: Address,
    parent: Option<Id>,
    content: &Content,
    now: Timestamp,
) -> Result<StoredRecord, DbError> {
    let row = sqlx::query(
        "INSERT INTO record (id, kind, owner_id, parent_id, title, body, search_text, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8) RETURNING *",
    )
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .bind(parent.map(|parent| parent.to_string()))
    .bind(&content.title)
    .bind(&content.body)
    .bind(&content.search_text)
    .bind(now.millis())
    .fetch_one(&mut *connection)
    .await?;
    insert_version(connection, address.id, 1, content, now).await?;
    read(&row)
}

/// Writes a new version over `expected`; `None` when the record is not at that version, or not there.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    address: Address,
    expected: u64,
    content: &Content,
    now: Timestamp,
) -> Result<Option<StoredRecord>, DbError> {
    let row = sqlx::query(
        "UPDATE record SET title = $1, body = $2, search_text = $3, version = version + 1, updated_at = $4
         WHERE id = $5 AND kind = $6 AND owner_id = $7 AND version = $8 AND deleted_at IS NULL RETURNING *",
    )
    .bind(&content.title)
    .bind(&content.body)
    .bind(&content.search_text)
    .bind(now.millis())
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .bind(version_number(expected))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let stored = read(&row)?;
    insert_version(connection, address.id, stored.version, content, now).await?;
    Ok(Some(stored))
}

async fn insert_version(
    connection: &mut AnyConnection,
    record_id: Id,
    version: u64,
    content: &Content,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO record_version (record_id, version, title, body, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(record_id.to_string())
    .bind(version_number(version))
    .bind(&content.title)
    .bind(&content.body)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(pool: &AnyPool, address: Address) -> Result<Option<StoredRecord>, DbError> {
    let row = sqlx::query("SELECT * FROM record WHERE id = $1 AND kind = $2 AND owner_id = $3")
        .bind(address.id.to_string())
        .bind(address.kind)
        .bind(address.owner.to_string())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Changes only the time of the last change; `false` when there is no such record.
pub(crate) async fn touch(
    connection: &mut AnyConnection,
    address: Address,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE record SET updated_at = $1 WHERE id = $2 AND kind = $3 AND owner_id = $4 AND deleted_at IS NULL",
    )
    .bind(now.millis())
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Marks a record as deleted (`Some`) or takes the mark away (`None`); `false` when there is no such record.
/// A mark that is there stays, so that deleting twice keeps the first time.
pub(crate) async fn mark_deleted(
    connection: &mut AnyConnection,
    address: Address,
    at: Option<Timestamp>,
) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE record SET deleted_at = CASE WHEN $1 = 0 THEN NULL ELSE COALESCE(deleted_at, $2) END
         WHERE id = $3 AND kind = $4 AND owner_id = $5",
    )
    .bind(i64::from(at.is_some()))
    .bind(at.map_or(0, Timestamp::millis))
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes a record with its history and its links for good.
pub(crate) async fn purge(connection: &mut AnyConnection, address: Address) -> Result<bool, DbError> {
    let done = sqlx::query("DELETE FROM record WHERE id = $1 AND kind = $2 AND owner_id = $3")
        .bind(address.id.to_string())
        .bind(address.kind)
        .bind(address.owner.to_string())
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM link WHERE from_id = $1 OR to_id = $1")
        .bind(address.id.to_string())
        .execute(connection)
        .await?;
    Ok(true)
}

/// The most words of a search that are looked at.
const SEARCH_WORDS: usize = 4;

/// The last changed first.
pub(crate) async fn list(
    pool: &AnyPool,
    kind: &str,
    wanted: &ListRecords,
) -> Result<Vec<StoredRecord>, DbError> {
    let mut patterns = wanted.text.as_deref().map(patterns).unwrap_or_default();
    patterns.resize(SEARCH_WORDS, "%".to_owned());
    // Above every time and every id, so that the first page needs no query of its own.
    let after = wanted
        .after
        .unwrap_or(Cursor { updated_at: Timestamp::from_millis(i64::MAX), id: Id::from_u128(u128::MAX) });
    let mut query = sqlx::query(
        "SELECT * FROM record
         WHERE owner_id = $1 AND kind = $2 AND ($3 = '' OR parent_id = $3)
             AND CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END = $4
             AND (updated_at < $5 OR (updated_at = $5 AND id < $6))
             AND search_text LIKE $7 ESCAPE '!' AND search_text LIKE $8 ESCAPE '!'
             AND search_text LIKE $9 ESCAPE '!' AND search_text LIKE $10 ESCAPE '!'
         ORDER BY updated_at DESC, id DESC LIMIT $11",
    )
    .bind(wanted.owner.to_string())
    .bind(kind)
    .bind(wanted.parent.map(|parent| parent.to_string()).unwrap_or_default())
    .bind(i64::from(wanted.deleted == Deleted::Only))
    .bind(after.updated_at.millis())
    .bind(after.id.to_string());
    for pattern in patterns {
        query = query.bind(pattern);
    }
    let rows = query.bind(i64::from(wanted.limit)).fetch_all(pool).await?;
    rows.iter().map(read).collect()
}

/// One pattern a word; each must be found somewhere.
fn patterns(text: &str) -> Vec<String> {
    let escaped = |word: &str| word.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    text.to_lowercase()
        .split_whitespace()
        .take(SEARCH_WORDS)
        .map(|word| format!("%{}%", escaped(word)))
        .collect()
}

/// Every version, the newest first.
pub(crate) async fn history(pool: &AnyPool, address: Address) -> Result<Vec<VersionInfo>, DbError> {
    let rows = sqlx::query(
        "SELECT record_version.version AS version, record_version.title AS title,
                record_version.created_at AS created_at
         FROM record_version JOIN record ON record.id = record_version.record_id
         WHERE record.id = $1 AND record.kind = $2 AND record.owner_id = $3
         ORDER BY record_version.version DESC",
    )
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(VersionInfo {
                version: count(row, "version")?,
                title: row.try_get("title")?,
                created_at: time(row, "created_at")?,
            })
        })
        .collect()
}

/// The body of one version.
pub(crate) async fn body_of(
    pool: &AnyPool,
    address: Address,
    version: u64,
) -> Result<Option<String>, DbError> {
    let row = sqlx::query(
        "SELECT record_version.body AS body FROM record_version JOIN record ON record.id = record_version.record_id
         WHERE record.id = $1 AND record.kind = $2 AND record.owner_id = $3 AND record_version.version = $4",
    )
    .bind(address.id.to_string())
    .bind(address.kind)
    .bind(address.owner.to_string())
    .bind(version_number(version))
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| row.try_get("body")).transpose()?)
}

/// A relation of one thing to another.
pub(crate) struct Relation<'a> {
    pub(crate) owner: OwnerId,
    pub(crate) from: Id,
    pub(crate) relation: &'a str,
    pub(crate) to: Id,
}

pub(crate) async fn link(
    connection: &mut AnyConnection,
    relation: &Relation<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO link (owner_id, from_id, relation, to_id, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (from_id, relation, to_id) DO NOTHING",
    )
    .bind(relation.owner.to_string())
    .bind(relation.from.to_string())
    .bind(relation.relation)
    .bind(relation.to.to_string())
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn unlink(connection: &mut AnyConnection, relation: &Relation<'_>) -> Result<(), DbError> {
    sqlx::query("DELETE FROM link WHERE owner_id = $1 AND from_id = $2 AND relation = $3 AND to_id = $4")
        .bind(relation.owner.to_string())
        .bind(relation.from.to_string())
        .bind(relation.relation)
        .bind(relation.to.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// What `from` is linked to, the oldest link first.
pub(crate) async fn linked_from(
    pool: &AnyPool,
    owner: OwnerId,
    from: Id,
    relation: &str,
) -> Result<Vec<Id>, DbError> {
    ids(pool, "SELECT to_id AS id FROM link WHERE owner_id = $1 AND from_id = $2 AND relation = $3 ORDER BY created_at, to_id", owner, from, relation).await
}

/// What is linked to `to`, the oldest link first.
pub(crate) async fn linked_to(
    pool: &AnyPool,
    owner: OwnerId,
    to: Id,
    relation: &str,
) -> Result<Vec<Id>, DbError> {
    ids(pool, "SELECT from_id AS id FROM link WHERE owner_id = $1 AND to_id = $2 AND relation = $3 ORDER BY created_at, from_id", owner, to, relation).await
}

async fn ids(
    pool: &AnyPool,
    sql: &'static str,
    owner: OwnerId,
    end: Id,
    relation: &str,
) -> Result<Vec<Id>, DbError> {
    let rows =
        sqlx::query(sql).bind(owner.to_string()).bind(end.to_string()).bind(relation).fetch_all(pool).await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

fn version_number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn read(row: &AnyRow) -> Result<StoredRecord, DbError> {
    Ok(StoredRecord {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        parent: optional_id(row, "parent_id")?,
        body: row.try_get("body")?,
        version: count(row, "version")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        deleted_at: optional_time(row, "deleted_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_a_pattern_are_words_like_any_other() {
        assert_eq!(patterns("50% A_b! "), ["%50!%%", "%a!_b!!%"]);
        assert_eq!(patterns("a b c d e").len(), SEARCH_WORDS);
        assert!(patterns("  ").is_empty());
    }
}
