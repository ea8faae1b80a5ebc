//! Providers that were removed a moment ago: that can be taken back, with their keys.

use super::{Hidden, Kept, Offers, Origin, config, kept, unknown};
use crate::{AppError, app::App};
use api::providers::Provider;
use base::Id;
use providers::Refresh;
use std::{fmt, sync::Arc, time::Duration};

/// So long a removal can be taken back.
const BACK_WITHIN: Duration = Duration::from_secs(600);

/// What a removed provider was. It is in memory only, so that nothing on the disk has the key any more.
pub(super) struct Removed {
    /// Tells this removal from a later one of the same name.
    id: Id,
    kept: Kept,
    hidden: Hidden,
}

impl fmt::Debug for Removed {
    /// Without headers and proxy, which may carry credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Removed").field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl Offers {
    fn forget_removed(&self, name: &str, id: Id) {
        let mut removed = self.removed.lock();
        if removed.get(name).is_some_and(|one| one.id == id) {
            removed.remove(name);
        }
    }
}

impl App {
    /// Holds what was removed for a while.
    pub(super) fn hold_removed(&self, name: &str, kept: Kept, hidden: Hidden) {
        let id = base::new_id();
        self.offers.removed.lock().insert(name.to_owned(), Removed { id, kept, hidden });
        let (offers, name) = (Arc::clone(&self.offers), name.to_owned());
        self.background(async move {
            tokio::time::sleep(BACK_WITHIN).await;
            offers.forget_removed(&name, id);
        });
    }

    /// Brings back a provider that was removed within the last ten minutes, with its key.
    pub async fn restore_provider(&self, name: &str) -> Result<Provider, AppError> {
        let offers = &self.offers;
        let _turn = offers.changing.lock().await;
        let held = offers.removed.lock().get(name).map(|one| (one.id, one.kept.clone(), one.hidden.clone()));
        let Some((id, was, hidden)) = held else {
            return Err(AppError::NotRemoved(name.to_owned()));
        };
        let mut all = kept(&offers.settings).await?;
        offers.providers.set(name, config(was.clone(), hidden.clone()))?;
        hidden.keep(&offers.vault, name).await?;
        all.insert(name.to_owned(), was);
        offers.keep(&all).await?;
        offers.origins.lock().insert(name.to_owned(), Origin::Added);
        offers.forget_removed(name, id);
        offers.publish();
        self.look_around_soon(Refresh::IfStale);
        offers.shown(name).ok_or_else(|| unknown(name))
    }
}
