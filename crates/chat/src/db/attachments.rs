//! Messages with pictures.

use super::{Result, json};
use crate::model::MessageBody;
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
