//! What is kept, as it can be asked for and changed.

use super::{Figures, Keeper, KeptBodies, Pruned, RetentionConfig};
use crate::{db, error::LedgerError};
use base::{Clock, Id, OwnerId, Timestamp};
use std::time::Duration;
use store::{Db, Sealer};

/// What `keeper` keeps in `db`.
#[derive(Debug)]
pub struct Retained<'a> {
    /// The one that keeps.
    pub keeper: &'a Keeper,
    /// Where it keeps.
    pub db: &'a Db,
    /// The time.
    pub clock: &'a dyn Clock,
}

impl Retained<'_> {
    /// What applies.
    pub fn config(&self) -> RetentionConfig {
        self.keeper.config()
    }

    /// Changes what is kept from now on, and forgets what may not be kept any more. What is kept is encrypted with
    /// `sealer`, always the same one.
    ///
    /// # Errors
    /// [`LedgerError::Retention`], with nothing changed; failures of the database.
    pub async fn set(&self, config: &RetentionConfig, sealer: Sealer) -> Result<Pruned, LedgerError> {
        self.keeper.set(config, sealer)?;
        self.prune().await
    }

    /// Forgets what is too old. For a job that does so every day.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn prune(&self) -> Result<Pruned, LedgerError> {
        self.keeper.prune(self.db, self.clock.now()).await
    }

    /// How much is kept.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn figures(&self, owner: OwnerId) -> Result<Figures, LedgerError> {
        let (kept, bytes) = db::body_figures(self.db, owner).await?;
        Ok(Figures { kept, bytes })
    }

    /// Request and reply of an exchange, and when they will be forgotten.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`]; failures of the database.
    pub async fn bodies(
        &self,
        owner: OwnerId,
        exchange: Id,
    ) -> Result<Option<(KeptBodies, Timestamp)>, LedgerError> {
        let days = Duration::from_secs(u64::from(self.config().days) * 86_400);
        let kept = self.keeper.kept(self.db, owner, exchange).await?;
        Ok(kept.map(|(bodies, kept_at)| (bodies, kept_at.plus(days))))
    }
}
