//! Pictures of messages. Their bytes are blobs, which rows of messages only name; rows from earlier have them inside, and
//! are read alike. With its bytes at hand, a picture names no blob: what leaves this installation stands by itself.
//!
//! Pictures that are older than somebody wants go, and what was said stays.

use crate::{
    db,
    error::ChatError,
    model::{Image, Message, MessageBody},
    service::ChatService,
};
use base::{Id, OwnerId, Timestamp};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::future::join_all;
use std::collections::{BTreeSet, HashMap};
use store::{BlobError, BlobId, Gone};

/// Blobs that are read at once.
const AT_ONCE: usize = 8;
/// Messages that are named at once, at the most.
const NAMED: usize = 100;
/// Characters of a message by which it is recognised.
const BEGINNING: usize = 200;

/// Who needs the blobs of a message's pictures.
fn holder(message_id: Id) -> String {
    format!("message/{message_id}")
}

/// The blob of a picture whose bytes are not at hand.
fn named(image: &Image) -> Option<&String> {
    image.blob.as_ref().filter(|_| image.data.is_empty() && image.gone.is_none())
}

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

    /// Puts the bytes of pictures where files are kept, and has the messages name them, for their rows. A blob that a
    /// message names already is held for it as well.
    ///
    /// # Errors
    /// Where a picture cannot be kept. Some may be; see [`Self::let_go_of_pictures`].
    pub(crate) async fn set_pictures_aside(
        &self,
        owner: OwnerId,
        messages: &mut [Message],
    ) -> Result<(), ChatError> {
        let blobs = &self.parts.blobs;
        for message in messages {
            let holder = holder(message.id);
            for image in &mut message.body.images {
                if let Some(blob) = named(image) {
                    // One that is not there is told where it is looked at.
                    blobs.hold(owner, &holder, &blob.parse()?).await?;
                    continue;
                }
                // What is no base64, which a file may bring, stays as it is.
                let Some(bytes) = BASE64_STANDARD.decode(&image.data).ok().filter(|bytes| !bytes.is_empty())
                else {
                    continue;
                };
                image.blob = Some(blobs.put(owner, &holder, bytes).await?.to_string());
                image.data = String::new();
            }
        }
        Ok(())
    }

    /// Forgets that messages need their pictures, since they were not written down.
    pub(crate) async fn let_go_of_pictures(&self, messages: &[Message]) {
        let pictured = messages.iter().filter(|message| !message.body.images.is_empty());
        self.release_pictures(pictured.map(|message| message.id)).await;
    }

    /// Forgets that the messages of these ids need pictures.
    pub(crate) async fn release_pictures(&self, message_ids: impl Iterator<Item = Id> + Send) {
        for message_id in message_ids {
            if let Err(error) = self.parts.blobs.release_all(&holder(message_id)).await {
                tracing::warn!(%error, %message_id, "pictures of no message are still kept");
            }
        }
    }

    /// Reads the pictures of messages.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(crate) async fn load_pictures(&self, messages: &mut [Message]) -> Result<(), ChatError> {
        match self.fill_in(messages).await {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Reads the pictures of messages, for somebody who looks at them: of one that cannot be read there is what it shows
    /// in words, and the rest.
    pub(crate) async fn show_pictures(&self, messages: &mut [Message]) {
        if let Some(error) = self.fill_in(messages).await {
            tracing::warn!(%error, "a picture of a message cannot be read");
        }
    }

    /// Reads the pictures that can be read, and answers with why one cannot.
    async fn fill_in(&self, messages: &mut [Message]) -> Option<BlobError> {
        let all = messages.iter().flat_map(|message| &message.body.images);
        let wanted: Vec<String> =
            all.filter_map(named).cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found: HashMap<String, String> = HashMap::with_capacity(wanted.len());
        let mut failed = None;
        for some in wanted.chunks(AT_ONCE) {
            let read = join_all(some.iter().map(|blob| self.in_base64(blob))).await;
            for (blob, read) in some.iter().zip(read) {
                match read {
                    Ok(data) => drop(found.insert(blob.clone(), data)),
                    Err(error) => failed = Some(error),
                }
            }
        }
        for image in messages.iter_mut().flat_map(|message| &mut message.body.images) {
            if let Some(data) = named(image).and_then(|blob| found.get(blob)) {
                image.data.clone_from(data);
                image.blob = None;
            }
        }
        failed
    }

    async fn in_base64(&self, blob: &str) -> Result<String, BlobError> {
        let id: BlobId = blob.parse()?;
        Ok(BASE64_STANDARD.encode(self.parts.blobs.read(&id).await?))
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
                let taken = self.take_out(&mut body, days).await?;
                if taken > 0 && db::attachments::replace(db, &message, &body).await? {
                    self.parts.blobs.release_all(&holder(message.id)).await?;
                    gone += taken;
                    self.hub.changed(message.conversation_id);
                }
            }
        }
    }

    /// How many pictures were taken out.
    async fn take_out(&self, body: &mut MessageBody, days: u32) -> Result<u64, ChatError> {
        let mut taken = 0;
        for image in body.images.iter_mut().filter(|image| image.gone.is_none()) {
            let mut gone = Gone::of_base64(&image.data, days);
            if let Some(blob) = image.blob.take() {
                let id: BlobId = blob.parse()?;
                gone.size_bytes = self.parts.blobs.size(&id).await?.unwrap_or(gone.size_bytes);
            }
            image.gone = Some(gone);
            image.data = String::new();
            taken += 1;
        }
        Ok(taken)
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
