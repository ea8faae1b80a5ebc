//! Queries of the table `setting`.

use crate::DbError;
use base::{OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row};

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, name: &str) -> Result<Option<String>, DbError> {
    let row = sqlx::query("SELECT value FROM setting WHERE owner_id = $1 AND name = $2")
        .bind(owner.to_string())
        .bind(name)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
}

/// Reads a setting that nobody else changes until the transaction ends; `null` where it was never made.
pub(crate) async fn hold(
    connection: &mut AnyConnection,
    owner: OwnerId,
    name: &str,
    now: Timestamp,
) -> Result<String, DbError> {
    // A row that is written is locked, also where there was none.
    let row = sqlx::query(
        "INSERT INTO setting (owner_id, name, value, updated_at) VALUES ($1, $2, 'null', $3)
         ON CONFLICT (owner_id, name) DO UPDATE SET updated_at = setting.updated_at
         RETURNING value",
    )
    .bind(owner.to_string())
    .bind(name)
    .bind(now.millis())
    .fetch_one(connection)
    .await?;
    Ok(row.try_get("value")?)
}

/// Writes a setting, or with `None` removes it.
pub(crate) async fn put(
    connection: &mut AnyConnection,
    owner: OwnerId,
    name: &str,
    value: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = match value {
        Some(value) => sqlx::query(
            "INSERT INTO setting (owner_id, name, value, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (owner_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        )
        .bind(owner.to_string())
        .bind(name)
        .bind(value)
        .bind(now.millis()),
        None => sqlx::query("DELETE FROM setting WHERE owner_id = $1 AND name = $2")
            .bind(owner.to_string())
            .bind(name),
    };
    query.execute(connection).await?;
    Ok(())
}
