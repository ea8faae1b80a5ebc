//! Queries of the tables `blob` and `blob_reference`.

use crate::DbError;
use base::{OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row};

/// Somebody's need of a blob.
pub(crate) struct Reference<'a> {
    pub(crate) sha256: &'a str,
    pub(crate) owner: OwnerId,
    pub(crate) holder: &'a str,
}

pub(crate) async fn insert(
    connection: &mut AnyConnection,
    reference: &Reference<'_>,
    size_bytes: u64,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO blob (sha256, size_bytes, created_at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING",
    )
    .bind(reference.sha256)
    .bind(i64::try_from(size_bytes).unwrap_or(i64::MAX))
    .bind(now.millis())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO blob_reference (sha256, owner_id, holder, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (sha256, holder) DO NOTHING",
    )
    .bind(reference.sha256)
    .bind(reference.owner.to_string())
    .bind(reference.holder)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that somebody needs a blob that is there; `false` where it is not there.
pub(crate) async fn hold(
    connection: &mut AnyConnection,
    reference: &Reference<'_>,
    now: Timestamp,
) -> Result<bool, DbError> {
    sqlx::query(
        "INSERT INTO blob_reference (sha256, owner_id, holder, created_at)
         SELECT sha256, $2, $3, $4 FROM blob WHERE sha256 = $1
         ON CONFLICT (sha256, holder) DO NOTHING",
    )
    .bind(reference.sha256)
    .bind(reference.owner.to_string())
    .bind(reference.holder)
    .bind(now.millis())
    .execute(&mut *connection)
    .await?;
    let held = sqlx::query("SELECT sha256 FROM blob_reference WHERE sha256 = $1 AND holder = $2")
        .bind(reference.sha256)
        .bind(reference.holder)
        .fetch_optional(connection)
        .await?;
    Ok(held.is_some())
}

/// The blobs a holder needs.
pub(crate) async fn held_by(connection: &mut AnyConnection, holder: &str) -> Result<Vec<String>, DbError> {
    let rows = sqlx::query("SELECT sha256 FROM blob_reference WHERE holder = $1 ORDER BY sha256")
        .bind(holder)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Forgets that a holder needs a blob; `true` when nobody does any more and the row is gone.
pub(crate) async fn release(
    connection: &mut AnyConnection,
    sha256: &str,
    holder: &str,
) -> Result<bool, DbError> {
    sqlx::query("DELETE FROM blob_reference WHERE sha256 = $1 AND holder = $2")
        .bind(sha256)
        .bind(holder)
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query(
        "DELETE FROM blob WHERE sha256 = $1
             AND NOT EXISTS (SELECT 1 FROM blob_reference WHERE blob_reference.sha256 = blob.sha256)",
    )
    .bind(sha256)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The size in bytes, where there is such a blob.
pub(crate) async fn size(pool: &AnyPool, sha256: &str) -> Result<Option<u64>, DbError> {
    let row = sqlx::query("SELECT size_bytes FROM blob WHERE sha256 = $1")
        .bind(sha256)
        .fetch_optional(pool)
        .await?;
    row.map(|row| crate::columns::count(&row, "size_bytes")).transpose()
}

/// How many blobs there are, and their bytes.
pub(crate) async fn total(pool: &AnyPool) -> Result<(u64, u64), DbError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS number, CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) AS bytes FROM blob",
    )
    .fetch_one(pool)
    .await?;
    Ok((crate::columns::count(&row, "number")?, crate::columns::count(&row, "bytes")?))
}
