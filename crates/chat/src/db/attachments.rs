//! Messages with pictures.

use super::{Result, json, read_message};
use crate::model::{Message, MessageBody};
use base::{Id, Timestamp};
use sqlx::Row;
use store::{Db, columns::id};

/// A message that may have pictures, with its body as it lies there.
pub(crate) struct Pictured {
    pub(crate) id: Id,
    pub(crate) conversation_id: Id,
    pub(crate) body: String,
}

/// Some messages from before a moment that may have pictures, behind the one with the id `after`; none of conversations to
/// which a link leads now.
pub(crate) async fn with_pictures(
    db: &Db,
    (before, now): (Timestamp, Timestamp),
    after: &str,
) -> Result<Vec<Pictured>> {
    // Pictures are large: few at a time. In a body, which is JSON, only a field has its quotation marks bare.
    let rows = sqlx::query(
        "SELECT m.id, m.conversation_id, m.body FROM message m \
         WHERE m.id > $1 AND m.created_at < $2 \
           AND (m.body LIKE '%\"images\":[%\"data\":\"%' OR m.body LIKE '%\"images\":[%\"blob\":\"%') \
           AND NOT EXISTS (SELECT 1 FROM share s WHERE s.conversation_id = m.conversation_id \
             AND (s.expires_at IS NULL OR s.expires_at > $3)) \
         ORDER BY m.id LIMIT 20",
    )
    .bind(after.to_owned())
    .bind(before.millis())
    .bind(now.millis())
    .fetch_all(db.pool())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Pictured {
            id: id(row, "id")?,
            conversation_id: id(row, "conversation_id")?,
            body: row.try_get("body")?,
        });
    }
    Ok(found)
}

/// The messages of people on the branch that ends with `leaf_id` of which pictures may be gone, the last one first.
pub(crate) async fn without_pictures(db: &Db, conversation_id: Id, leaf_id: Id) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "WITH RECURSIVE branch (id, parent_id) AS ( \
           SELECT id, parent_id FROM message WHERE id = $1 AND conversation_id = $2 AND deleted_at IS NULL \
           UNION ALL \
           SELECT m.id, m.parent_id FROM message m JOIN branch b ON m.id = b.parent_id) \
         SELECT m.id, m.conversation_id, m.parent_id, m.role, m.status, m.text, m.body, m.created_at \
         FROM branch b JOIN message m ON m.id = b.id \
         WHERE m.role = 'user' AND m.body LIKE '%\"gone\":{\"days\":%' ORDER BY m.id DESC",
    )
    .bind(leaf_id.to_string())
    .bind(conversation_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(read_message).collect()
}

/// The messages of a conversation that name blobs.
pub(crate) async fn in_blobs(db: &Db, conversation_id: Id) -> Result<Vec<Id>> {
    let rows = sqlx::query(
        "SELECT id FROM message WHERE conversation_id = $1 AND body LIKE '%\"images\":[%\"blob\":\"%'",
    )
    .bind(conversation_id.to_string())
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(|row| Ok(id(row, "id")?)).collect()
}

/// Writes another body, unless somebody else wrote one meanwhile.
pub(crate) async fn replace(db: &Db, message: &Pictured, body: &MessageBody) -> Result<bool> {
    let done = sqlx::query("UPDATE message SET body = $2 WHERE id = $1 AND body = $3")
        .bind(message.id.to_string())
        .bind(json(body))
        .bind(message.body.clone())
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected() > 0)
}
