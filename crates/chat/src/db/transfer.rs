//! What of conversations of other programs is here already.

use super::Result;
use crate::model::Conversation;
use base::{Id, OwnerId};
use sqlx::Row;
use std::collections::HashSet;
use store::{Db, WriteTransaction, columns::id};

/// Whether a conversation is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is not.
    New,
    /// It is.
    Here,
    /// It was deleted.
    Deleted,
}

/// Whether a conversation is here, and which messages of it.
pub(crate) async fn known(db: &Db, owner: OwnerId, conversation_id: Id) -> Result<(Known, HashSet<Id>)> {
    let row = sqlx::query("SELECT deleted_at FROM conversation WHERE id = $1 AND owner = $2")
        .bind(conversation_id.to_string())
        .bind(owner.to_string())
        .fetch_optional(db.pool())
        .await?;
    let known = match row {
        None => return Ok((Known::New, HashSet::new())),
        Some(row) if row.try_get::<Option<i64>, _>("deleted_at")?.is_some() => Known::Deleted,
        Some(_) => Known::Here,
    };
    let rows = sqlx::query("SELECT id FROM message WHERE conversation_id = $1")
        .bind(conversation_id.to_string())
        .fetch_all(db.pool())
        .await?;
    let ids = rows.iter().map(|row| id(row, "id")).collect::<std::result::Result<_, _>>()?;
    Ok((known, ids))
}

/// A conversation is shown again, with the branch that the file shows.
pub(crate) async fn goes_on(transaction: &mut WriteTransaction, conversation: &Conversation) -> Result<()> {
    sqlx::query("UPDATE conversation SET deleted_at = NULL, leaf_id = $2, updated_at = $3 WHERE id = $1")
        .bind(conversation.id.to_string())
        .bind(conversation.leaf_id.map(|id| id.to_string()))
        .bind(conversation.updated_at.millis())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
