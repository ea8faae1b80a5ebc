//! Pictures of messages that are older than somebody wants: they go, and what was said stays.

use crate::{
    db,
    error::ChatError,
    model::{Image, Message, MessageBody},
    service::ChatService,
};
use base::{Id, OwnerId, Timestamp};
use store::Gone;

/// Messages that are named at once, at the most.
const NAMED: usize = 100;
/// Characters of a message by which it is recognised.
const BEGINNING: usize = 200;

/// What the next turn leaves out, since it was kept for as long as was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GonePictures {
    /// How many pictures there are no more.
    pub count: u64,
    /// Where they were: the latest messages first, one hundred at the most.
    pub messages: Vec<GoneFrom>,
}

/// A message whose pictures were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneFrom {
    /// The message.
    pub message_id: Id,
    /// When it was said.
    pub created_at: Timestamp,
    /// How its text begins; may be empty.
    pub text: String,
    /// What is known of its pictures.
    pub pictures: Vec<Image>,
}

impl ChatService {
    /// Which pictures the next turn leaves out, which goes on from `leaf_id` or from the end of the branch that was last
    /// looked at.
    ///
    /// # Errors
    /// Where there is no such conversation, or no such message in it.
    pub async fn gone_pictures(
        &self,
        owner: OwnerId,
        id: Id,
        leaf_id: Option<Id>,
    ) -> Result<GonePictures, ChatError> {
        let db = &self.parts.db;
        let conversation = db::conversation(db, owner, id).await?;
        let leaf_id = match leaf_id {
            Some(leaf_id) => Some(db::message(db, id, leaf_id).await?.id),
            None => conversation.leaf_id,
        };
        let messages = match leaf_id {
            Some(leaf_id) => db::attachments::without_pictures(db, id, leaf_id).await?,
            None => Vec::new(),
        };
        let mut found: Vec<GoneFrom> = messages.into_iter().filter_map(gone_from).collect();
        let count: usize = found.iter().map(|one| one.pictures.len()).sum();
        found.truncate(NAMED);
        Ok(GonePictures { count: u64::try_from(count).unwrap_or(u64::MAX), messages: found })
    }

    /// Deletes the pictures of messages from before this moment, and notes that they went after so many days. Those of
    /// conversations that others read by a link stay while the link holds. How many went.
    pub async fn forget_pictures(&self, before: Timestamp, days: u32) -> Result<u64, ChatError> {
        let db = &self.parts.db;
        let now = self.parts.clock.now();
        let (mut after, mut gone) = (String::new(), 0);
        loop {
            let old = db::attachments::with_pictures(db, (before, now), &after).await?;
            let Some(last) = old.last() else { return Ok(gone) };
            after = last.id.to_string();
            for message in old {
                // What cannot be read is shown as broken where it is opened; it keeps nothing else from going.
                let Ok(mut body) = serde_json::from_str::<MessageBody>(&message.body) else { continue };
                let taken = take_out(&mut body, days);
                if taken > 0 && db::attachments::replace(db, &message, &body).await? {
                    gone += taken;
                    self.hub.changed(message.conversation_id);
                }
            }
        }
    }
}

/// What of a message is gone; nothing where all of it is there.
fn gone_from(message: Message) -> Option<GoneFrom> {
    let pictures: Vec<Image> = message.body.images.into_iter().filter(|image| image.gone.is_some()).collect();
    (!pictures.is_empty()).then(|| GoneFrom {
        message_id: message.id,
        created_at: message.created_at,
        text: message.text.chars().take(BEGINNING).collect(),
        pictures,
    })
}

/// How many pictures were taken out.
fn take_out(body: &mut MessageBody, days: u32) -> u64 {
    let mut taken = 0;
    for image in body.images.iter_mut().filter(|image| image.gone.is_none()) {
        image.gone = Some(Gone::of_base64(&image.data, days));
        image.data = String::new();
        taken += 1;
    }
    taken
}
