//! What is searched for: noted, reported, and forgotten after some months.

use super::Library;
use crate::{
    LibraryError,
    db::{chunks, failed, searches},
    model::SearchReport,
};
use base::{Id, OwnerId, Timestamp, new_id};
use std::{sync::PoisonError, time::Duration};

/// How long searches are kept.
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// The same text again within this time is the same search: the page asks again for all kinds of reasons.
const SAME: Duration = Duration::from_secs(600);
/// A text that goes on with the one before, or is taken back from it, within this time is still being typed.
const TYPING: Duration = Duration::from_secs(15);
/// Longest text that is noted, in characters.
const MAX_CHARS: usize = 200;

/// An owner's last search.
#[derive(Debug, Clone)]
pub(super) struct LastAsked {
    id: Id,
    query: String,
    at: Timestamp,
    opened: bool,
}

impl Library {
    /// Notes a search; answers its id, by which [`Library::opened`] tells what was opened of it. A text that is still
    /// being typed is one search. `hits` is none where the search was narrowed down: that nothing is left then says
    /// nothing of the words, so that it only goes on with the search of the same words. None where there is none, or no
    /// words are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked(
        &self,
        owner: OwnerId,
        text: &str,
        hits: Option<u64>,
    ) -> Result<Option<Id>, LibraryError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let query: String = words.join(" ").to_lowercase().chars().take(MAX_CHARS).collect();
        if query.is_empty() {
            return Ok(None);
        }
        let now = self.now();
        let Some(hits) = hits else {
            let all = self.last_asked.lock().unwrap_or_else(PoisonError::into_inner);
            let same = all.get(&owner).filter(|last| last.query == query && now.since(last.at) < SAME);
            return Ok(same.map(|last| last.id));
        };
        let (id, is_new) = self.id_of_search(owner, &query, now);
        searches::put(self.db.pool(), &searches::Asked { id, owner, query: &query, hits, now }).await?;
        if is_new {
            self.forget_searches(owner, now.minus(KEPT)).await?;
        }
        Ok(Some(id))
    }

    fn id_of_search(&self, owner: OwnerId, query: &str, now: Timestamp) -> (Id, bool) {
        let mut all = self.last_asked.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = |last: &LastAsked| {
            let passed = now.since(last.at);
            let typing = last.query.starts_with(query) || query.starts_with(&last.query);
            (last.query == query && passed < SAME) || (typing && !last.opened && passed < TYPING)
        };
        let before = all.get(&owner).filter(|last| goes_on(last)).map(|last| (last.id, last.opened));
        let (id, opened) = before.unwrap_or_else(|| (new_id(), false));
        all.insert(owner, LastAsked { id, query: query.to_owned(), at: now, opened });
        (id, before.is_none())
    }

    /// Notes that a passage was opened that a search had found, in this place from 1.
    ///
    /// # Errors
    /// [`LibraryError::NoPassage`]; [`LibraryError::NoSearch`].
    pub async fn opened(
        &self,
        owner: OwnerId,
        search: Id,
        (chunk_id, place): (&str, u32),
    ) -> Result<(), LibraryError> {
        let found = chunks::place(self.db.pool(), owner, chunk_id).await?;
        let (document_id, _) =
            found.ok_or_else(|| LibraryError::NoPassage(chunk_id.chars().take(80).collect()))?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let known =
            searches::open(&mut transaction, (owner, search), (chunk_id, document_id), place.max(1)).await?;
        transaction.commit().await.map_err(failed)?;
        if !known {
            return Err(LibraryError::NoSearch(search));
        }
        let mut all = self.last_asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = all.get_mut(&owner).filter(|last| last.id == search) {
            last.opened = true;
        }
        Ok(())
    }

    /// How the searches of the last days went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search_report(&self, owner: OwnerId, days: u32) -> Result<SearchReport, LibraryError> {
        let since = self.now().minus(Duration::from_secs(u64::from(days) * 86_400));
        let pool = self.db.pool();
        Ok(SearchReport {
            totals: searches::totals(pool, owner, since).await?,
            frequent: searches::frequent(pool, owner, since).await?,
            missed: searches::missed(pool, owner, since).await?,
            popular: searches::popular(pool, owner, since).await?,
        })
    }

    /// Forgets all that an owner searched for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_all_searches(&self, owner: OwnerId) -> Result<(), LibraryError> {
        self.last_asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&owner);
        self.forget_searches(owner, self.now().plus(Duration::from_secs(1))).await
    }

    async fn forget_searches(&self, owner: OwnerId, before: Timestamp) -> Result<(), LibraryError> {
        let mut transaction = self.db.begin().await.map_err(failed)?;
        searches::forget(&mut transaction, owner, before).await?;
        transaction.commit().await.map_err(failed)
    }
}
