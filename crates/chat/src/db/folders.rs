//! The table `folder`.

use super::{Result, decode, id, json, optional_id};
use crate::{error::ChatError, folders::Folder};
use base::{Id, OwnerId, Timestamp};
use sqlx::{Row, any::AnyRow};
use store::{Db, Engine, WriteTransaction};

/// One number for all of Familiar's processes that change folders in one PostgreSQL database at a time.
const FOLDER_LOCK: i64 = 0x4661_6d46_6f6c_6472;

const ALL: &str = "SELECT id, parent_id, name, prompt, grounding, (SELECT COUNT(*) FROM conversation c \
       WHERE c.folder_id = folder.id AND c.deleted_at IS NULL AND c.archived_at IS NULL) AS conversations \
     FROM folder WHERE owner = $1 AND deleted_at IS NULL ORDER BY position, id";

/// All folders of an owner, siblings in their order, and how many conversations are in each.
pub(crate) async fn list(db: &Db, owner: OwnerId) -> Result<Vec<Folder>> {
    let rows = sqlx::query(ALL).bind(owner.to_string()).fetch_all(db.pool()).await?;
    rows.iter().map(read).collect()
}

/// A transaction in which nobody else changes folders, and all of them as they are in it.
pub(crate) async fn hold(db: &Db, owner: OwnerId) -> Result<(WriteTransaction, Vec<Folder>)> {
    let mut transaction = held(db).await?;
    let rows = sqlx::query(ALL).bind(owner.to_string()).fetch_all(&mut *transaction).await?;
    let folders = rows.iter().map(read).collect::<Result<Vec<Folder>>>()?;
    Ok((transaction, folders))
}

/// A transaction in which nobody else changes folders. SQLite has one writer at a time anyway.
async fn held(db: &Db) -> Result<WriteTransaction> {
    let mut transaction = db.begin().await?;
    if db.engine() == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(FOLDER_LOCK).execute(&mut *transaction).await?;
    }
    Ok(transaction)
}

/// A folder and those that it is in, the outermost first; none where it is deleted.
pub(crate) async fn above(db: &Db, owner: OwnerId, folder_id: Id) -> Result<Vec<Folder>> {
    let rows = sqlx::query(
        "WITH RECURSIVE up (id, parent_id, name, prompt, grounding, level) AS ( \
           SELECT id, parent_id, name, prompt, grounding, CAST(1 AS BIGINT) FROM folder \
           WHERE id = $1 AND owner = $2 AND deleted_at IS NULL \
           UNION ALL \
           SELECT f.id, f.parent_id, f.name, f.prompt, f.grounding, u.level + 1 FROM folder f \
           JOIN up u ON f.id = u.parent_id WHERE f.deleted_at IS NULL AND u.level < 20) \
         SELECT id, parent_id, name, prompt, grounding, CAST(0 AS BIGINT) AS conversations FROM up \
         ORDER BY level DESC",
    )
    .bind(folder_id.to_string())
    .bind(owner.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read).collect()
}

pub(crate) async fn insert(
    transaction: &mut WriteTransaction,
    owner: OwnerId,
    folder: &Folder,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO folder (id, owner, parent_id, name, position, prompt, grounding, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $7)",
    )
    .bind(folder.id.to_string())
    .bind(owner.to_string())
    .bind(folder.parent_id.map(|id| id.to_string()))
    .bind(&folder.name)
    .bind(&folder.prompt)
    .bind(json(&folder.grounding))
    .bind(now.millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    transaction: &mut WriteTransaction,
    folder: &Folder,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE folder SET parent_id = $2, name = $3, prompt = $4, grounding = $5, updated_at = $6 WHERE id = $1",
    )
    .bind(folder.id.to_string())
    .bind(folder.parent_id.map(|id| id.to_string()))
    .bind(&folder.name)
    .bind(&folder.prompt)
    .bind(json(&folder.grounding))
    .bind(now.millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Gives siblings this order.
pub(crate) async fn put_in_order(transaction: &mut WriteTransaction, siblings: &[Id]) -> Result<()> {
    for (position, id) in (0_i64..).zip(siblings) {
        sqlx::query("UPDATE folder SET position = $2 WHERE id = $1 AND position <> $2")
            .bind(id.to_string())
            .bind(position)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Hides folders, all at one moment.
pub(crate) async fn set_deleted(
    transaction: &mut WriteTransaction,
    folders: &[Id],
    at: Timestamp,
) -> Result<()> {
    for id in folders {
        sqlx::query("UPDATE folder SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL")
            .bind(id.to_string())
            .bind(at.millis())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Shows a folder again with those below it that were hidden with it; at the top where its parent is hidden.
pub(crate) async fn restore(db: &Db, owner: OwnerId, folder_id: Id) -> Result<()> {
    let mut transaction = held(db).await?;
    let found = sqlx::query("SELECT id FROM folder WHERE id = $1 AND owner = $2")
        .bind(folder_id.to_string())
        .bind(owner.to_string())
        .fetch_optional(&mut *transaction)
        .await?;
    found.ok_or(ChatError::NoFolder(folder_id))?;
    sqlx::query(
        "UPDATE folder SET parent_id = NULL WHERE id = $1 \
           AND parent_id IN (SELECT p.id FROM folder p WHERE p.deleted_at IS NOT NULL)",
    )
    .bind(folder_id.to_string())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "UPDATE folder SET deleted_at = NULL WHERE id IN ( \
           WITH RECURSIVE down (id, deleted_at) AS ( \
             SELECT id, deleted_at FROM folder WHERE id = $1 \
             UNION ALL \
             SELECT f.id, f.deleted_at FROM folder f JOIN down d ON f.parent_id = d.id AND f.deleted_at = d.deleted_at) \
           SELECT id FROM down)",
    )
    .bind(folder_id.to_string())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Folder> {
    let grounding: String = row.try_get("grounding")?;
    Ok(Folder {
        id: id(row, "id")?,
        parent_id: optional_id(row, "parent_id")?,
        name: row.try_get("name")?,
        prompt: row.try_get("prompt")?,
        grounding: serde_json::from_str(&grounding).map_err(decode)?,
        conversations: u64::try_from(row.try_get::<i64, _>("conversations")?).unwrap_or(0),
    })
}
