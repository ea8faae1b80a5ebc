//! Pictures of questions that are older than somebody wants: they go, and what was asked stays.

use crate::{db, error::CompareError, model::Image, service::Bench};
use base::Timestamp;
use store::Gone;

impl Bench {
    /// Deletes the pictures of questions from before this moment, and notes that they went after so many days. How many
    /// went.
    pub async fn forget_pictures(&self, before: Timestamp, days: u32) -> Result<u64, CompareError> {
        let db = &self.parts.db;
        let (mut after, mut gone) = (String::new(), 0);
        loop {
            let old = db::pictures::old(db, before, &after).await?;
            let Some(last) = old.last() else { return Ok(gone) };
            after = last.id.to_string();
            for asked in old {
                // What cannot be read keeps nothing else from going.
                let Ok(mut images) = serde_json::from_str::<Vec<Image>>(&asked.images) else { continue };
                let taken = take_out(&mut images, days);
                if taken > 0 && db::pictures::replace(db, &asked, &images).await? {
                    gone += taken;
                }
            }
        }
    }
}

/// How many pictures were taken out.
fn take_out(images: &mut [Image], days: u32) -> u64 {
    let mut taken = 0;
    for image in images.iter_mut().filter(|image| image.gone.is_none()) {
        image.gone = Some(Gone::of_base64(&image.data, days));
        image.data = String::new();
        taken += 1;
    }
    taken
}
