//! Long conversations: read by the piece, changed in one place, and gone on with elsewhere.

use crate::{
    arrange::Filed,
    db,
    error::ChatError,
    model::{Conversation, Edited, ForkScope, Message, MessageStatus, Piece, Window},
    service::{ChatService, TEXT_LIMIT_BYTES},
};
use base::{Id, OwnerId, new_id};
use std::collections::HashMap;

/// Messages of a piece, at the most.
const PIECE_LIMIT: u32 = 500;

impl ChatService {
    /// A piece of the branch that was last looked at; of another where the message that is named is not of that one.
    /// It takes as long in a long conversation as in a short one, but for what lies between its end and the piece.
    pub async fn piece(
        &self,
        owner: OwnerId,
        id: Id,
        window: Window,
        limit: u32,
    ) -> Result<Piece, ChatError> {
        let db = &self.parts.db;
        let limit = i64::from(limit.clamp(1, PIECE_LIMIT));
        let leaf_id = db::conversation(db, owner, id).await?.leaf_id;
        let mut piece = Piece { messages: Vec::new(), leaf_id, end_id: None, cost: None };
        match (window, leaf_id) {
            (Window::End, Some(leaf)) => {
                (piece.messages, piece.end_id) = db::ending_with(db, id, leaf, limit).await?;
                piece.cost = Some(db::cost(db, id).await?);
            }
            (Window::End, None) => piece.cost = Some(base::Money::ZERO),
            (Window::Before(message_id), _) => {
                let Some(parent_id) = db::message(db, id, message_id).await?.parent_id else {
                    return Ok(piece);
                };
                (piece.messages, piece.end_id) = db::ending_with(db, id, parent_id, limit).await?;
            }
            (Window::After(message_id) | Window::Around(message_id), leaf) => {
                let room =
                    if matches!(window, Window::After(_)) { (0, limit) } else { (limit / 2, limit / 2) };
                if let Some(leaf) = leaf {
                    (piece.messages, piece.end_id) = db::around(db, id, (leaf, message_id), room).await?;
                }
                if piece.messages.is_empty() {
                    let leaf = db::end_below(db.pool(), id, message_id).await?;
                    (piece.messages, piece.end_id) = db::around(db, id, (leaf, message_id), room).await?;
                    piece.leaf_id = Some(leaf);
                }
            }
        }
        for message in &mut piece.messages {
            if message.status == MessageStatus::Streaming
                && let Some(current) = self.hub.current(id, message.id)
            {
                *message = current;
            }
        }
        self.show_pictures(&mut piece.messages).await;
        Ok(piece)
    }

    /// Writes other words into a message, where it stands; what it said at first is kept beside them.
    pub async fn edit(
        &self,
        owner: OwnerId,
        id: Id,
        message_id: Id,
        text: String,
    ) -> Result<Message, ChatError> {
        db::conversation(&self.parts.db, owner, id).await?;
        let mut message = db::message(&self.parts.db, id, message_id).await?;
        if message.status == MessageStatus::Streaming {
            return Err(ChatError::BeingWritten(message_id));
        }
        if text.trim().is_empty() && message.body.images.is_empty() {
            return Err(ChatError::Empty);
        }
        if text.len() > TEXT_LIMIT_BYTES {
            return Err(ChatError::TooLong { size_bytes: text.len(), limit_bytes: TEXT_LIMIT_BYTES });
        }
        if text != message.text {
            let at_ms = self.parts.clock.now().millis();
            let before = message.body.edited.take().map_or(message.text, |edited| edited.original);
            message.body.edited = (before != text).then_some(Edited { original: before, at_ms });
            message.text = text;
            // What was thought and signed belongs to the words that are gone, and so does what was found of them.
            message.body.parts = Vec::new();
            message.body.unsupported = Vec::new();
            message.body.checked = None;
            db::rewrite_message(&self.parts.db, &message).await?;
            self.hub.changed(id);
        }
        let mut shown = [message];
        self.show_pictures(&mut shown).await;
        let [message] = shown;
        Ok(message)
    }

    /// Makes a conversation of what was said up to a message, to go on with apart from the first.
    pub async fn fork(
        &self,
        owner: OwnerId,
        id: Id,
        (message_id, scope): (Id, ForkScope),
    ) -> Result<Conversation, ChatError> {
        let db = &self.parts.db;
        let conversation = db::conversation(db, owner, id).await?;
        let chosen = db::message(db, id, message_id).await?;
        let originals = match scope {
            ForkScope::Path => db::branch(db, id, chosen.id).await?,
            ForkScope::Versions => db::ending_with(db, id, chosen.id, i64::MAX).await?.0,
            ForkScope::All => db::messages(db, id).await?,
        };
        let now = self.parts.clock.now();
        let fork_id = new_id();
        let mut ids: HashMap<Id, Id> = HashMap::with_capacity(originals.len());
        let mut copies: Vec<Message> = originals
            .into_iter()
            .map(|original| {
                let copy = new_id();
                ids.insert(original.id, copy);
                let current = self.hub.current(id, original.id).unwrap_or(original);
                let status = match current.status {
                    MessageStatus::Streaming => MessageStatus::Interrupted,
                    ended @ (MessageStatus::Complete
                    | MessageStatus::Stopped
                    | MessageStatus::Interrupted
                    | MessageStatus::Failed) => ended,
                };
                let parent_id = current.parent_id.and_then(|parent| ids.get(&parent).copied());
                Message { id: copy, conversation_id: fork_id, parent_id, status, ..current }
            })
            .collect();
        let fork = Conversation {
            id: fork_id,
            leaf_id: ids.get(&message_id).copied(),
            created_at: now,
            updated_at: now,
            snippet: None,
            streaming: false,
            filed: Filed { pinned: false, archived: false, ..conversation.filed.clone() },
            ..conversation
        };
        let written = async {
            self.set_pictures_aside(owner, &mut copies).await?;
            let mut transaction = db.begin().await?;
            db::insert_conversation(&mut *transaction, owner, &fork, "person").await?;
            db::arrange::file(&mut *transaction, fork_id, &fork.filed).await?;
            db::insert_messages(&mut transaction, owner, &copies).await?;
            Ok::<(), ChatError>(transaction.commit().await?)
        };
        if let Err(error) = written.await {
            self.let_go_of_pictures(&copies).await;
            return Err(error);
        }
        self.copy_group(owner, id, fork_id).await?;
        self.hub.changed(fork_id);
        Ok(fork)
    }
}
