//! Messages that are deleted: rows of the table `message` that are hidden until they are brought back. Those that are not
//! `deleted_with` any message are empty, and stay so.

use super::{Result, id, optional_id};
use crate::model::{Message, MessageStatus};
use base::{Id, Timestamp};
use sqlx::Row;
use store::{Db, WriteTransaction};

/// Ids of one statement.
const IDS: usize = 200;

/// A message that was deleted by itself, not along with another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gone {
    /// The message before it.
    pub(crate) parent_id: Option<Id>,
    /// Since when.
    pub(crate) at: Timestamp,
}

/// A message and all that follows it on any branch, parents before children, and how they stand.
pub(crate) async fn below(
    transaction: &mut WriteTransaction,
    conversation_id: Id,
    message_id: Id,
) -> Result<Vec<(Id, MessageStatus)>> {
    let rows = sqlx::query(
        "WITH RECURSIVE down (id, status) AS ( \
           SELECT id, status FROM message WHERE id = $2 AND conversation_id = $1 AND deleted_at IS NULL \
           UNION ALL \
           SELECT m.id, m.status FROM down d JOIN message m ON m.conversation_id = $1 AND m.parent_id = d.id \
           WHERE m.deleted_at IS NULL) \
         SELECT id, status FROM down ORDER BY id",
    )
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .fetch_all(&mut **transaction)
    .await?;
    rows.iter()
        .map(|row| {
            let status: String = row.try_get("status")?;
            Ok((id(row, "id")?, MessageStatus::from_name(&status)))
        })
        .collect()
}

/// Hides messages that are deleted with one of them.
pub(crate) async fn hide(
    transaction: &mut WriteTransaction,
    deleted_with: Id,
    ids: &[Id],
    at: Timestamp,
) -> Result<()> {
    for some in ids.chunks(IDS) {
        let places: Vec<String> = (0..some.len()).map(|place| format!("${}", place + 3)).collect();
        let sql = format!(
            "UPDATE message SET deleted_at = $1, deleted_with = $2 WHERE id IN ({})",
            places.join(", ")
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(at.millis()).bind(deleted_with.to_string());
        let query = some.iter().fold(query, |query, id| query.bind(id.to_string()));
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Shows messages again that were deleted with this one.
pub(crate) async fn show(
    transaction: &mut WriteTransaction,
    conversation_id: Id,
    deleted_with: Id,
) -> Result<()> {
    sqlx::query(
        "UPDATE message SET deleted_at = NULL, deleted_with = NULL \
         WHERE conversation_id = $1 AND deleted_with = $2",
    )
    .bind(conversation_id.to_string())
    .bind(deleted_with.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The version beside a message that was made last before it, else the one made first after it.
pub(crate) async fn beside(transaction: &mut WriteTransaction, message: &Message) -> Result<Option<Id>> {
    let parent = if message.parent_id.is_some() { "parent_id = $2" } else { "parent_id IS NULL AND $2 = ''" };
    let sql = format!(
        "SELECT id FROM message WHERE conversation_id = $1 AND {parent} AND id <> $3 AND deleted_at IS NULL \
         ORDER BY id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(message.conversation_id.to_string())
        .bind(message.parent_id.map(|id| id.to_string()).unwrap_or_default())
        .bind(message.id.to_string())
        .fetch_all(&mut **transaction)
        .await?;
    let versions: Vec<Id> = rows.iter().map(|row| id(row, "id")).collect::<Result<_>>()?;
    let before = versions.iter().copied().rfind(|version| *version < message.id);
    Ok(before.or_else(|| versions.first().copied()))
}

/// Has another branch be the one that is shown.
pub(crate) async fn set_leaf(
    transaction: &mut WriteTransaction,
    conversation_id: Id,
    leaf_id: Id,
) -> Result<()> {
    sqlx::query("UPDATE conversation SET leaf_id = $2 WHERE id = $1")
        .bind(conversation_id.to_string())
        .bind(leaf_id.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Has another branch, or none, be the one that is shown, where this one still is: an answer that began on another branch
/// meanwhile stays the one that is shown.
pub(crate) async fn leave_leaf(
    transaction: &mut WriteTransaction,
    conversation_id: Id,
    (shown, next): (Id, Option<Id>),
) -> Result<()> {
    sqlx::query("UPDATE conversation SET leaf_id = $3 WHERE id = $1 AND leaf_id = $2")
        .bind(conversation_id.to_string())
        .bind(shown.to_string())
        .bind(next.map(|id| id.to_string()))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A message that was deleted by itself; `None` where it was not.
pub(crate) async fn find(db: &Db, conversation_id: Id, message_id: Id) -> Result<Option<Gone>> {
    let row = sqlx::query(
        "SELECT parent_id, deleted_at FROM message \
         WHERE conversation_id = $1 AND id = $2 AND deleted_with = $2 AND deleted_at IS NOT NULL",
    )
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .fetch_optional(db.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let at = Timestamp::from_millis(row.try_get("deleted_at")?);
    Ok(Some(Gone { parent_id: optional_id(&row, "parent_id")?, at }))
}

/// The messages of a conversation that are deleted, by the moments at which they were.
pub(crate) async fn all(db: &Db, conversation_id: Id) -> Result<Vec<(Timestamp, Vec<Id>)>> {
    let rows = sqlx::query(
        "SELECT id, deleted_at FROM message WHERE conversation_id = $1 AND deleted_with IS NOT NULL \
         AND deleted_at IS NOT NULL ORDER BY deleted_at, id",
    )
    .bind(conversation_id.to_string())
    .fetch_all(db.pool())
    .await?;
    let mut found: Vec<(Timestamp, Vec<Id>)> = Vec::new();
    for row in &rows {
        let at = Timestamp::from_millis(row.try_get("deleted_at")?);
        let message_id = id(row, "id")?;
        match found.last_mut() {
            Some((moment, ids)) if *moment == at => ids.push(message_id),
            Some(_) | None => found.push((at, vec![message_id])),
        }
    }
    Ok(found)
}
