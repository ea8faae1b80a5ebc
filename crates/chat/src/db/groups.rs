//! The table `conversation_group`.

use super::{Result, decode, json};
use crate::group::{Group, Queue};
use base::{Id, OwnerId};
use sqlx::Row;
use store::Db;

/// The group of a conversation, and who is still to speak; `None` where only one speaks.
pub(crate) async fn group(db: &Db, owner: OwnerId, conversation_id: Id) -> Result<Option<(Group, Queue)>> {
    let row = sqlx::query(
        "SELECT settings, queue FROM conversation_group WHERE conversation_id = $1 AND owner = $2",
    )
    .bind(conversation_id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (settings, queue): (String, String) = (row.try_get("settings")?, row.try_get("queue")?);
    let settings = serde_json::from_str(&settings).map_err(decode)?;
    Ok(Some((settings, serde_json::from_str(&queue).map_err(decode)?)))
}

/// Writes a group as it is now.
pub(crate) async fn put_group(
    db: &Db,
    owner: OwnerId,
    conversation_id: Id,
    (group, queue): (&Group, &Queue),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO conversation_group (conversation_id, owner, settings, queue, updated_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conversation_id) DO UPDATE SET \
         settings = excluded.settings, queue = excluded.queue, updated_at = excluded.updated_at",
    )
    .bind(conversation_id.to_string())
    .bind(owner.to_string())
    .bind(json(group))
    .bind(json(queue))
    .bind(db.now().millis())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Forgets that there was a group; what was said stays.
pub(crate) async fn delete_group(db: &Db, owner: OwnerId, conversation_id: Id) -> Result<()> {
    sqlx::query("DELETE FROM conversation_group WHERE conversation_id = $1 AND owner = $2")
        .bind(conversation_id.to_string())
        .bind(owner.to_string())
        .execute(db.pool())
        .await?;
    Ok(())
}
