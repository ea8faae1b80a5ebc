//! Words that mean the same: the shipped list, and what each owner adds to it.

use super::Library;
use crate::{LibraryError, db::failed};
use base::OwnerId;
use search::Synonyms;
use std::sync::{Arc, LazyLock, PoisonError};
use store::Settings;

/// The setting that holds an owner's own list.
const SETTING: &str = "library.synonyms";

/// The list that is shipped, as it is written.
pub const SHIPPED_SYNONYMS: &str = Synonyms::SHIPPED_TEXT;

static SHIPPED: LazyLock<Arc<Synonyms>> = LazyLock::new(|| Arc::new(Synonyms::shipped()));

/// An owner's own list as it is written, and what it says together with the shipped one.
#[derive(Debug)]
pub(super) struct Read {
    own: String,
    synonyms: Arc<Synonyms>,
}

impl Library {
    /// An owner's own list, as it was written; empty where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_synonyms(&self, owner: OwnerId) -> Result<String, LibraryError> {
        let own = Settings::new(self.db.clone()).get::<String>(owner, SETTING).await.map_err(failed)?;
        Ok(own.unwrap_or_default())
    }

    /// Puts an owner's own list in the place of the one before.
    ///
    /// # Errors
    /// [`LibraryError::Synonyms`] with the line that is no group.
    pub async fn set_own_synonyms(&self, owner: OwnerId, text: &str) -> Result<(), LibraryError> {
        Synonyms::with_own(text)?;
        let settings = Settings::new(self.db.clone());
        let changed = match text.trim() {
            "" => settings.remove(owner, SETTING).await,
            _ => settings.put(owner, SETTING, &text).await,
        };
        changed.map_err(failed)
    }

    /// What searches of an owner use.
    pub(crate) async fn synonyms_of(&self, owner: OwnerId) -> Result<Arc<Synonyms>, LibraryError> {
        let own = self.own_synonyms(owner).await?;
        let mut all = self.read_synonyms.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_empty() {
            all.remove(&owner);
            return Ok(Arc::clone(&SHIPPED));
        }
        if let Some(read) = all.get(&owner).filter(|read| read.own == own) {
            return Ok(Arc::clone(&read.synonyms));
        }
        // A list that an older version took, and this one does not, must not end searching.
        let synonyms = Synonyms::with_own(&own).map_or_else(|_| Arc::clone(&SHIPPED), Arc::new);
        all.insert(owner, Read { own, synonyms: Arc::clone(&synonyms) });
        Ok(synonyms)
    }
}
