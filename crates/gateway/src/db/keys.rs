//! The table `virtual_key`.

use super::budgets::{self, KeptBudget};
use crate::{
    admit::ring::KeyHash,
    error::ManageError,
    keys::{KeptKey, KeyInfo, KeyUse},
};
use base::{Id, OwnerId, Timestamp};
use budget::Project;
use routing::Limits;
use sqlx::{Row, any::AnyRow};
use std::fmt::Write as _;
use store::{
    Db, DbError,
    columns::{id, json, money, optional_time, signed, time, to_json},
};

/// Adds a key.
pub(crate) async fn create_key(
    db: &Db,
    key: &KeyInfo,
    (hash, budgets): (&KeyHash, &[KeptBudget]),
) -> Result<(), ManageError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "INSERT INTO virtual_key (id, owner_id, name, hash, prefix, routes, project, requests_per_minute,
            tokens_per_minute, parallel, priority, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(key.id.to_string())
    .bind(key.owner.to_string())
    .bind(key.name.as_str())
    .bind(hexadecimal(hash))
    .bind(key.prefix.as_str())
    .bind(to_json(&key.routes))
    .bind(key.project.as_ref().map(Project::as_str))
    .bind(key.limits.requests_per_minute.map(i64::from))
    .bind(key.limits.tokens_per_minute.map(signed))
    .bind(key.limits.parallel.map(i64::from))
    .bind(key.priority.as_str())
    .bind(key.created_at.millis())
    .bind(key.expires_at.map(Timestamp::millis))
    .execute(&mut *transaction)
    .await
    .map_err(DbError::from)?;
    for budget in budgets {
        budgets::put(&mut transaction, budget).await?;
    }
    Ok(transaction.commit().await?)
}

/// Writes what can be changed about a key and its first budget.
pub(crate) async fn update_key(
    db: &Db,
    key: &KeyInfo,
    budget: Option<&KeptBudget>,
) -> Result<(), ManageError> {
    let mut transaction = db.begin().await?;
    sqlx::query(
        "UPDATE virtual_key SET name = $1, routes = $2, project = $3, requests_per_minute = $4,
            tokens_per_minute = $5, parallel = $6, priority = $7, expires_at = $8
         WHERE id = $9",
    )
    .bind(key.name.as_str())
    .bind(to_json(&key.routes))
    .bind(key.project.as_ref().map(Project::as_str))
    .bind(key.limits.requests_per_minute.map(i64::from))
    .bind(key.limits.tokens_per_minute.map(signed))
    .bind(key.limits.parallel.map(i64::from))
    .bind(key.priority.as_str())
    .bind(key.expires_at.map(Timestamp::millis))
    .bind(key.id.to_string())
    .execute(&mut *transaction)
    .await
    .map_err(DbError::from)?;
    match budget {
        Some(budget) => budgets::put(&mut transaction, budget).await?,
        None => budgets::delete(&mut transaction, &key.id.to_string()).await?,
    }
    Ok(transaction.commit().await?)
}

/// Gives a key another text, and keeps the old one for as long as it works.
pub(crate) async fn rotate_key(
    db: &Db,
    key: &KeyInfo,
    hash: &KeyHash,
    old_hash: Option<KeyHash>,
) -> Result<(), ManageError> {
    let mut transaction = db.begin().await?;
    sqlx::query("UPDATE virtual_key SET hash = $1, prefix = $2, old_hash = $3, old_until = $4 WHERE id = $5")
        .bind(hexadecimal(hash))
        .bind(key.prefix.as_str())
        .bind(old_hash.as_ref().map(hexadecimal))
        .bind(key.old_until.map(Timestamp::millis))
        .bind(key.id.to_string())
        .execute(&mut *transaction)
        .await
        .map_err(DbError::from)?;
    Ok(transaction.commit().await?)
}

/// Every key of every owner.
pub(crate) async fn keys(db: &Db) -> Result<Vec<KeptKey>, DbError> {
    let rows = sqlx::query("SELECT * FROM virtual_key").fetch_all(db.pool()).await?;
    let hash = |text: String| {
        from_hexadecimal(&text)
            .ok_or_else(|| DbError::malformed("virtual_key.hash", format!("`{text}` is not a hash")))
    };
    rows.iter()
        .map(|row| {
            Ok(KeptKey {
                info: key(row)?,
                hash: hash(row.try_get("hash")?)?,
                old_hash: row.try_get::<Option<String>, _>("old_hash")?.map(hash).transpose()?,
            })
        })
        .collect()
}

/// The keys of one owner, the newest first, with what they were used for.
pub(crate) async fn keys_with_use(db: &Db, owner: OwnerId) -> Result<Vec<(KeyInfo, KeyUse)>, DbError> {
    let rows = sqlx::query(
        "SELECT virtual_key.*,
            (SELECT CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) FROM exchange_row WHERE key_id = virtual_key.id)
                AS spent_nanos,
            (SELECT MAX(started_at) FROM exchange_row WHERE key_id = virtual_key.id) AS last_used_at
         FROM virtual_key WHERE owner_id = $1 ORDER BY id DESC",
    )
    .bind(owner.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let spent = money(row, "spent_nanos")?;
            Ok((key(row)?, KeyUse { spent, last_used_at: optional_time(row, "last_used_at")? }))
        })
        .collect()
}

/// Takes a key of this owner back; `false` where there is none. One that was taken back stays so.
pub(crate) async fn revoke_key(db: &Db, owner: OwnerId, id: Id, at: Timestamp) -> Result<bool, ManageError> {
    let mut transaction = db.begin().await?;
    let result = sqlx::query(
        "UPDATE virtual_key SET revoked_at = COALESCE(revoked_at, $1) WHERE owner_id = $2 AND id = $3",
    )
    .bind(at.millis())
    .bind(owner.to_string())
    .bind(id.to_string())
    .execute(&mut *transaction)
    .await
    .map_err(DbError::from)?;
    transaction.commit().await?;
    Ok(result.rows_affected() > 0)
}

fn key(row: &AnyRow) -> Result<KeyInfo, DbError> {
    let project: Option<String> = row.try_get("project")?;
    let number = |column: &'static str| -> Result<Option<u64>, DbError> {
        let number: Option<i64> = row.try_get(column)?;
        number.map(u64::try_from).transpose().map_err(|error| DbError::malformed(column, error))
    };
    let small = |column: &'static str| -> Result<Option<u32>, DbError> {
        number(column)?.map(u32::try_from).transpose().map_err(|error| DbError::malformed(column, error))
    };
    let priority: String = row.try_get("priority")?;
    Ok(KeyInfo {
        id: id(row, "id")?,
        owner: id(row, "owner_id")?,
        name: row.try_get("name")?,
        prefix: row.try_get("prefix")?,
        routes: json(row, "routes")?,
        project: project
            .map(|name| name.parse().map_err(|error| DbError::malformed("virtual_key.project", error)))
            .transpose()?,
        limits: Limits {
            requests_per_minute: small("requests_per_minute")?,
            tokens_per_minute: number("tokens_per_minute")?,
            parallel: small("parallel")?,
        },
        priority: priority.parse().map_err(|error| DbError::malformed("virtual_key.priority", error))?,
        old_until: optional_time(row, "old_until")?,
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        revoked_at: optional_time(row, "revoked_at")?,
    })
}

fn hexadecimal(hash: &KeyHash) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hexadecimal(text: &str) -> Option<KeyHash> {
    let mut hash = KeyHash::default();
    if text.len() != hash.len() * 2 {
        return None;
    }
    for (position, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}
