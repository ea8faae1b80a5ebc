//! Pictures of messages that are older than somebody wants: they go, and what was said stays.

use crate::{db, error::ChatError, model::MessageBody, service::ChatService};
use base::Timestamp;
use store::Gone;

impl ChatService {
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
