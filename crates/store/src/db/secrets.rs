//! Queries of the table `secret`.

use crate::{DbError, columns::id};
use base::{OwnerId, Timestamp};
use sqlx::{AnyConnection, AnyPool, Row, any::AnyRow};

/// A secret as it stands in the table.
pub(crate) struct StoredSecret {
    pub(crate) owner: OwnerId,
    pub(crate) name: String,
    /// Which key it was encrypted with.
    pub(crate) key_id: String,
    pub(crate) nonce: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

pub(crate) async fn put(
    connection: &mut AnyConnection,
    secret: &StoredSecret,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO secret (owner_id, name, key_id, nonce, ciphertext, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (owner_id, name) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce,
             ciphertext = excluded.ciphertext, updated_at = excluded.updated_at",
    )
    .bind(secret.owner.to_string())
    .bind(&secret.name)
    .bind(&secret.key_id)
    .bind(&secret.nonce[..])
    .bind(&secret.ciphertext[..])
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(pool: &AnyPool, owner: OwnerId, name: &str) -> Result<Option<StoredSecret>, DbError> {
    let row = sqlx::query("SELECT * FROM secret WHERE owner_id = $1 AND name = $2")
        .bind(owner.to_string())
        .bind(name)
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(read).transpose()
}

pub(crate) async fn all(connection: &mut AnyConnection) -> Result<Vec<StoredSecret>, DbError> {
    let rows = sqlx::query("SELECT * FROM secret ORDER BY owner_id, name").fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn remove(
    connection: &mut AnyConnection,
    owner: OwnerId,
    name: &str,
) -> Result<(), DbError> {
    sqlx::query("DELETE FROM secret WHERE owner_id = $1 AND name = $2")
        .bind(owner.to_string())
        .bind(name)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn names(pool: &AnyPool, owner: OwnerId) -> Result<Vec<String>, DbError> {
    let rows = sqlx::query("SELECT name FROM secret WHERE owner_id = $1 ORDER BY name")
        .bind(owner.to_string())
        .fetch_all(pool)
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Every key that some secret was encrypted with.
pub(crate) async fn key_ids(pool: &AnyPool) -> Result<Vec<String>, DbError> {
    let rows = sqlx::query("SELECT DISTINCT key_id FROM secret ORDER BY key_id").fetch_all(pool).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn read(row: &AnyRow) -> Result<StoredSecret, DbError> {
    Ok(StoredSecret {
        owner: id(row, "owner_id")?,
        name: row.try_get("name")?,
        key_id: row.try_get("key_id")?,
        nonce: row.try_get("nonce")?,
        ciphertext: row.try_get("ciphertext")?,
    })
}
