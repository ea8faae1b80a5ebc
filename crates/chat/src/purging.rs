//! What was deleted long ago goes for good: conversations with all that hangs on them, and the words of single messages.
//!
//! Forks are conversations of their own and stay. What the ledger has of the answers stays, too, and so do facts and feelings,
//! which no longer say where they come from.

use crate::{db, error::ChatError, service::ChatService};
use base::{Id, Timestamp};

/// How much went for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Conversations.
    pub conversations: u64,
    /// Messages of conversations that stay.
    pub messages: u64,
}

impl ChatService {
    /// Deletes for good what was deleted before this moment, one after the other, so that nobody waits for long. What cannot
    /// be deleted is logged, and tried again the next time.
    ///
    /// # Errors
    /// Where it cannot be read what was deleted.
    pub async fn purge_deleted(&self, before: Timestamp) -> Result<Purged, ChatError> {
        let mut purged = Purged::default();
        for id in db::purging::conversations(&self.parts.db, before).await? {
            match self.purge_conversation(id, before).await {
                Ok(true) => purged.conversations += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation_id = %id, "a deleted conversation cannot be deleted for good");
                }
            }
        }
        for deletion in db::purging::deletions(&self.parts.db, before).await? {
            match self.purge_messages(deletion, before).await {
                Ok(messages) => purged.messages += messages,
                Err(error) => {
                    tracing::warn!(%error, message_id = %deletion.1, "a deleted message cannot be deleted for good");
                }
            }
        }
        Ok(purged)
    }

    async fn purge_conversation(&self, id: Id, before: Timestamp) -> Result<bool, ChatError> {
        // Before the conversation: what fails here is found again by it.
        self.parts.memory.outlive_conversation(id).await?;
        let pictured = db::attachments::in_blobs(&self.parts.db, id).await?;
        let mut transaction = self.parts.db.begin().await?;
        let gone = db::purging::conversation(&mut transaction, id, before).await?;
        transaction.commit().await?;
        if gone {
            self.release_pictures(pictured.into_iter()).await;
        }
        Ok(gone)
    }

    async fn purge_messages(&self, deletion: (Id, Id), before: Timestamp) -> Result<u64, ChatError> {
        let message_ids = db::purging::deleted_with(&self.parts.db, deletion).await?;
        self.parts.memory.outlive_messages(&message_ids).await?;
        let mut pictured = db::attachments::in_blobs(&self.parts.db, deletion.0).await?;
        pictured.retain(|id| message_ids.contains(id));
        let mut transaction = self.parts.db.begin().await?;
        let emptied = db::purging::empty(&mut transaction, deletion, before).await?;
        transaction.commit().await?;
        if emptied > 0 {
            self.release_pictures(pictured.into_iter()).await;
        }
        Ok(emptied)
    }
}
