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
