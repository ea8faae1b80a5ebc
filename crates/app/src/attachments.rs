//! Pictures of messages and comparisons go when they are older than somebody wants; the words stay.

use crate::app::App;
use base::{Id, Timestamp};
use std::time::Duration;

/// The setting that holds since when pictures go at all.
const SINCE: &str = "attachments_since";

const DAY: Duration = Duration::from_secs(86_400);

/// Deletes what is too old.
pub(crate) async fn forget(app: &App) {
    let Some((before, days)) = due(app).await else { return };
    match app.chat.forget_pictures(before, days).await {
        Ok(0) => {}
        Ok(gone) => tracing::info!(gone, days, "old pictures of messages were deleted"),
        Err(error) => tracing::warn!(%error, "old pictures of messages cannot be deleted"),
    }
    match app.compare.forget_pictures(before, days).await {
        Ok(0) => {}
        Ok(gone) => tracing::info!(gone, days, "old pictures of comparisons were deleted"),
        Err(error) => tracing::warn!(%error, "old pictures of comparisons cannot be deleted"),
    }
}

/// From before when pictures go, and after how many days that is. Nothing goes before it was known for as long that it
/// would: an update takes nobody's pictures away overnight.
async fn due(app: &App) -> Option<(Timestamp, u32)> {
    let days = match app.settings().await {
        Ok(settings) => settings.attachment_days,
        Err(error) => {
            tracing::warn!(%error, "how long pictures are kept cannot be read");
            return None;
        }
    };
    if days == 0 {
        return None;
    }
    let now = app.clock.now();
    let since = match app.settings.get::<i64>(Id::FIRST_OWNER, SINCE).await {
        Ok(Some(millis)) => Timestamp::from_millis(millis),
        Ok(None) => {
            if let Err(error) = app.settings.put(Id::FIRST_OWNER, SINCE, &now.millis()).await {
                tracing::warn!(%error, "since when pictures go cannot be written down");
            }
            now
        }
        Err(error) => {
            tracing::warn!(%error, "since when pictures go cannot be read");
            return None;
        }
    };
    is_due((since, now), days).map(|before| (before, days))
}

fn is_due((since, now): (Timestamp, Timestamp), days: u32) -> Option<Timestamp> {
    let before = now.minus(DAY * days);
    (before >= since).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_before_its_time_was_known_for_as_long() {
        let since = Timestamp::from_millis(1_000);
        let day = |days: u32| since.plus(DAY * days);
        assert_eq!(is_due((since, since), 30), None);
        assert_eq!(is_due((since, day(29)), 30), None);
        assert_eq!(is_due((since, day(30)), 30), Some(since));
        assert_eq!(is_due((since, day(31)), 30), Some(day(1)));
        assert_eq!(is_due((since, day(8)), 7), Some(day(1)));
    }
}
