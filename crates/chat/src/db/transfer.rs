//! What of conversations of other programs is here already.

use super::{
    Result,
    arrange::{Place, read},
};
use crate::model::Conversation;
use base::{Id, OwnerId};
use std::collections::HashSet;
use store::{
    Db, WriteTransaction,
    columns::{id, optional_time},
};

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

/// What of a conversation is here.
#[derive(Debug, Default)]
pub(crate) struct Here {
    /// Where it lies; `None` where it is not here.
    pub(crate) place: Option<Place>,
    /// Its messages, those that are deleted as well.
    pub(crate) messages: HashSet<Id>,
    /// Those of them that are deleted.
    pub(crate) deleted: HashSet<Id>,
}

impl Here {
    pub(crate) fn known(&self) -> Known {
        match &self.place {
            None => Known::New,
            Some(place) if place.deleted_at.is_some() => Known::Deleted,
            Some(_) => Known::Here,
        }
    }
}

/// Whether a conversation is here, where it lies, and which messages of it are here.
pub(crate) async fn here(db: &Db, owner: OwnerId, conversation_id: Id) -> Result<Here> {
    let row = sqlx::query(
        "SELECT id, folder_id, rank, folder_use, tags, pinned_at, archived_at, deleted_at \
         FROM conversation WHERE id = $1 AND owner = $2",
    )
    .bind(conversation_id.to_string())
    .bind(owner.to_string())
    .fetch_optional(db.pool())
    .await?;
    let Some(row) = row else { return Ok(Here::default()) };
    let rows = sqlx::query("SELECT id, deleted_at FROM message WHERE conversation_id = $1")
        .bind(conversation_id.to_string())
        .fetch_all(db.pool())
        .await?;
    let mut here = Here { place: Some(read(&row)?), ..Here::default() };
    for row in &rows {
        let message_id = id(row, "id")?;
        here.messages.insert(message_id);
        if optional_time(row, "deleted_at")?.is_some() {
            here.deleted.insert(message_id);
        }
    }
    Ok(here)
}

/// A conversation is shown again, with the branch that the file shows; with the one that was shown where it shows none.
pub(crate) async fn goes_on(transaction: &mut WriteTransaction, conversation: &Conversation) -> Result<()> {
    sqlx::query(
        "UPDATE conversation SET deleted_at = NULL, leaf_id = COALESCE($2, leaf_id), updated_at = $3 WHERE id = $1",
    )
    .bind(conversation.id.to_string())
    .bind(conversation.leaf_id.map(|id| id.to_string()))
    .bind(conversation.updated_at.millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
