//! What was deleted long ago: conversations go with all rows that hang on them, messages become empty rows.

use super::{Result, id};
use base::{Id, Timestamp};
use store::{Db, WriteTransaction};

/// What hangs on a conversation, and the conversation itself behind it. What a persona felt stays, and does not say where.
const CONVERSATION: [&str; 5] = [
    "DELETE FROM message WHERE conversation_id = $1",
    "DELETE FROM share WHERE conversation_id = $1",
    "DELETE FROM conversation_group WHERE conversation_id = $1",
    "UPDATE persona_feeling SET conversation_id = NULL, message_id = NULL WHERE conversation_id = $1",
    "DELETE FROM conversation WHERE id = $1",
];

/// The conversations that were deleted before a moment.
pub(crate) async fn conversations(db: &Db, before: Timestamp) -> Result<Vec<Id>> {
    let rows = sqlx::query("SELECT id FROM conversation WHERE deleted_at < $1 ORDER BY deleted_at, id")
        .bind(before.millis())
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// Takes a conversation away with what hangs on it; not one that was brought back meanwhile. Says whether it did.
pub(crate) async fn conversation(
    transaction: &mut WriteTransaction,
    conversation_id: Id,
    before: Timestamp,
) -> Result<bool> {
    // Who would bring it back at this moment waits here, and finds nothing.
    let held =
        sqlx::query("UPDATE conversation SET deleted_at = deleted_at WHERE id = $1 AND deleted_at < $2")
            .bind(conversation_id.to_string())
            .bind(before.millis())
            .execute(&mut **transaction)
            .await?;
    if held.rows_affected() == 0 {
        return Ok(false);
    }
    for sql in CONVERSATION {
        sqlx::query(sql).bind(conversation_id.to_string()).execute(&mut **transaction).await?;
    }
    Ok(true)
}

/// The messages that were deleted by themselves before a moment, each behind its conversation.
pub(crate) async fn deletions(db: &Db, before: Timestamp) -> Result<Vec<(Id, Id)>> {
    // In the order of the index that has only what is deleted: nothing else is looked at.
    let rows = sqlx::query(
        "SELECT conversation_id, id FROM message \
         WHERE deleted_with IS NOT NULL AND deleted_with = id AND deleted_at < $1 \
         ORDER BY conversation_id, deleted_with",
    )
    .bind(before.millis())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(|row| Ok((id(row, "conversation_id")?, id(row, "id")?))).collect()
}

/// A deleted message and what went along with it.
pub(crate) async fn deleted_with(db: &Db, (conversation_id, message_id): (Id, Id)) -> Result<Vec<Id>> {
    let rows = sqlx::query("SELECT id FROM message WHERE conversation_id = $1 AND deleted_with = $2")
        .bind(conversation_id.to_string())
        .bind(message_id.to_string())
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(|row| id(row, "id")).collect()
}

/// Empties a deleted message and what went along with it; not what was brought back meanwhile. Says how many they were.
///
/// The rows stay without words: by them a file that is taken over again is known to have been deleted from, and what the
/// answers cost still counts. Nothing is `deleted_with` them any more, so that nothing brings them back.
pub(crate) async fn empty(
    transaction: &mut WriteTransaction,
    (conversation_id, message_id): (Id, Id),
    before: Timestamp,
) -> Result<u64> {
    sqlx::query(
        "UPDATE persona_feeling SET message_id = NULL WHERE conversation_id = $1 AND message_id IN ( \
           SELECT m.id FROM message m \
           WHERE m.conversation_id = $1 AND m.deleted_with = $2 AND m.deleted_at < $3)",
    )
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .bind(before.millis())
    .execute(&mut **transaction)
    .await?;
    let emptied = sqlx::query(
        "UPDATE message SET text = '', body = '{}', deleted_with = NULL \
         WHERE conversation_id = $1 AND deleted_with = $2 AND deleted_at < $3",
    )
    .bind(conversation_id.to_string())
    .bind(message_id.to_string())
    .bind(before.millis())
    .execute(&mut **transaction)
    .await?;
    Ok(emptied.rows_affected())
}
