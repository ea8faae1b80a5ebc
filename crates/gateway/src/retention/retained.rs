//! What is kept, as it can be asked for and changed.

use super::{Figures, KeptBodies, Pruned, RetentionConfig};
use crate::{db, error::ManageError, gateway::Shared};
use base::{Id, OwnerId, Timestamp};
use std::time::Duration;
use store::Sealer;

/// Retention of a gateway.
#[derive(Debug)]
pub struct Retained<'a> {
    shared: &'a Shared,
}

impl<'a> Retained<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// What applies.
    pub fn config(&self) -> RetentionConfig {
        self.shared.keeper.config()
    }

    /// Changes what is kept from now on, and forgets what may not be kept any more. What is kept is encrypted with
    /// `sealer`, always the same one.
    ///
    /// # Errors
    /// [`ManageError::Retention`], with nothing changed; failures of the database.
    pub async fn set(&self, config: &RetentionConfig, sealer: Sealer) -> Result<Pruned, ManageError> {
        self.shared.keeper.set(config, sealer)?;
        self.prune().await
    }

    /// Forgets what is too old. For a job that does so every day.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn prune(&self) -> Result<Pruned, ManageError> {
        self.shared.keeper.prune(&self.shared.db, self.shared.clock.now()).await
    }

    /// How much is kept.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn figures(&self, owner: OwnerId) -> Result<Figures, ManageError> {
        let (kept, bytes) = db::body_figures(&self.shared.db, owner).await?;
        Ok(Figures { kept, bytes })
    }

    /// Request and reply of an exchange, and when they will be forgotten.
    ///
    /// # Errors
    /// [`ManageError::Damaged`]; failures of the database.
    pub async fn bodies(
        &self,
        owner: OwnerId,
        exchange: Id,
    ) -> Result<Option<(KeptBodies, Timestamp)>, ManageError> {
        let days = Duration::from_secs(u64::from(self.config().days) * 86_400);
        let kept = self.shared.keeper.kept(&self.shared.db, owner, exchange).await?;
        Ok(kept.map(|(bodies, kept_at)| (bodies, kept_at.plus(days))))
    }
}
