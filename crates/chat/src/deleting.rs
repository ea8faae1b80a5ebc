//! Messages that are deleted, each with what follows it, and brought back.
//!
//! What is deleted is hidden at once: from the conversation, from what is found, written to files and shared from then on,
//! from what models are told, and from what the memory quotes. The rows stay, and come back as they were, until they are
//! emptied ([`crate::purging`]).

use crate::{
    db,
    error::ChatError,
    hub::Change,
    model::{Conversation, MessageStatus},
    service::ChatService,
};
use base::{Id, OwnerId, Timestamp};

/// What went when a message was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The message and all that followed it, parents before children.
    pub message_ids: Vec<Id>,
    /// The end of the branch that is shown now; `None` where nothing is left.
    pub leaf_id: Option<Id>,
}

impl ChatService {
    /// Deletes a message with all that follows it; [`Self::restore_message`] brings it back. Where it was shown, the
    /// version beside it is now, else what was said before it.
    ///
    /// # Errors
    /// Where there is no such message; where it or an answer that follows it is being written.
    pub async fn delete_message(&self, owner: OwnerId, id: Id, message_id: Id) -> Result<Deleted, ChatError> {
        // Meanwhile nobody of a group begins to speak, and no other version is chosen or brought back.
        let _turn = self.groups.lock().await;
        let shown = db::conversation(&self.parts.db, owner, id).await?.leaf_id;
        let message = db::message(&self.parts.db, id, message_id).await?;
        let at = self.parts.clock.now();
        let mut transaction = self.parts.db.begin().await?;
        let below = db::deleted::below(&mut transaction, id, message_id).await?;
        if let Some((written, _)) = below.iter().find(|(_, status)| *status == MessageStatus::Streaming) {
            return Err(ChatError::BeingWritten(*written));
        }
        let message_ids: Vec<Id> = below.into_iter().map(|(id, _)| id).collect();
        db::deleted::hide(&mut transaction, message_id, &message_ids, at).await?;
        if let Some(shown) = shown.filter(|leaf_id| message_ids.contains(leaf_id)) {
            let leaf_id = match db::deleted::beside(&mut transaction, &message).await? {
                Some(version) => Some(db::end_below(&mut *transaction, id, version).await?),
                None => message.parent_id,
            };
            db::deleted::leave_leaf(&mut transaction, id, (shown, leaf_id)).await?;
        }
        transaction.commit().await?;
        self.nobody_behind(owner, id, &message_ids).await?;
        if let Err(error) = self.parts.memory.hide_messages(owner, id, (&message_ids, at)).await {
            tracing::warn!(%error, conversation_id = %id, "what was said in a message cannot be hidden");
        }
        self.hub.forget(id, &message_ids);
        let conversation = self.get(owner, id).await?;
        let deleted = Deleted { message_ids, leaf_id: conversation.leaf_id };
        self.hub.tell(Change::MessagesDeleted { conversation_id: id, deleted: deleted.clone() });
        self.hub.conversation(conversation);
        Ok(deleted)
    }

    /// Brings a deleted message back, with what went along with it, and shows it. One that is there stays as it is.
    ///
    /// # Errors
    /// Where there never was such a message; where what it follows is deleted itself.
    pub async fn restore_message(
        &self,
        owner: OwnerId,
        id: Id,
        message_id: Id,
    ) -> Result<Conversation, ChatError> {
        // What it follows is not deleted meanwhile.
        let _turn = self.groups.lock().await;
        let conversation = self.get(owner, id).await?;
        let Some(gone) = db::deleted::find(&self.parts.db, id, message_id).await? else {
            db::message(&self.parts.db, id, message_id).await?;
            return Ok(conversation);
        };
        if let Some(parent_id) = gone.parent_id {
            match db::message(&self.parts.db, id, parent_id).await {
                Ok(_) => {}
                Err(ChatError::NoMessage(_)) => return Err(ChatError::GoneBefore(message_id)),
                Err(error) => return Err(error),
            }
        }
        let mut transaction = self.parts.db.begin().await?;
        db::deleted::show(&mut transaction, id, message_id).await?;
        let leaf_id = db::end_below(&mut *transaction, id, message_id).await?;
        db::deleted::set_leaf(&mut transaction, id, leaf_id).await?;
        transaction.commit().await?;
        self.quote_again(owner, id, gone.at).await;
        self.tell_of(owner, id).await
    }

    /// Has the words of messages be quoted again that were deleted at this moment.
    async fn quote_again(&self, owner: OwnerId, id: Id, at: Timestamp) {
        if let Err(error) = self.parts.memory.show_messages(owner, id, at).await {
            tracing::warn!(%error, conversation_id = %id, "what was said in a message cannot be shown");
        }
        self.hide_what_is_deleted(owner, id).await;
    }

    /// Keeps hidden what was said in messages that are deleted, where the rest was brought back.
    pub(crate) async fn hide_what_is_deleted(&self, owner: OwnerId, id: Id) {
        let hidden = async {
            for (at, message_ids) in db::deleted::all(&self.parts.db, id).await? {
                self.parts.memory.hide_messages(owner, id, (&message_ids, at)).await?;
            }
            Ok::<(), ChatError>(())
        };
        if let Err(error) = hidden.await {
            tracing::warn!(%error, conversation_id = %id, "what was said in deleted messages cannot be hidden");
        }
    }
}
