//! How whoever searches the vectors is kept in step with the tables, which are what counts.
//!
//! An engine in memory is given everything when somebody asks first. One beside the program has a copy: of each
//! document is noted whether it is as the tables are, so that what went wrong meanwhile (the engine was away, the
//! program was killed) is put right by the job `library.settle`, and what an engine has lost is given to it anew.

use super::Library;
use crate::{
    LibraryError,
    db::{
        copies::{self, Place},
        vectors as tables,
    },
};
use ::vectors::{Collection, EngineError, Passages};
use base::{Id, OwnerId, new_id};
use std::{collections::HashSet, sync::PoisonError};
use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;

impl Library {
    /// Brings what is searched in step with what is kept of a document. An engine that fails is made up with later:
    /// the words can be searched meanwhile.
    pub(super) async fn refresh_vectors(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let _turn = self.meaning.turn.lock().await;
        let Some(target) = self.engine.target() else { return self.refresh_in_memory(owner, id).await };
        for space in tables::all(self.db.pool()).await? {
            let place = Place { target, collection: space.collection() };
            match self.copy_document(&space, place, (id, owner)).await {
                Ok(()) => {}
                Err(LibraryError::Vectors(error)) => {
                    tracing::warn!(%error, document = %id, "the vectors are copied later");
                    self.settle_soon().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn refresh_in_memory(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let Some((space, collection)) = self.filled() else { return Ok(()) };
        let vectors = tables::of_document(self.db.pool(), space, id).await?;
        Ok(self.engine.put(collection, Passages { document: id, owner, vectors }).await?)
    }

    /// The space that searches use, with an engine that has its vectors; `None` where there is none yet.
    pub(crate) async fn serving_space(&self) -> Result<Option<tables::Space>, LibraryError> {
        let Some(space) = tables::serving(self.db.pool()).await? else { return Ok(None) };
        let wanted = (space.id, space.collection());
        if self.engine.target().is_some() || self.filled() == Some(wanted) {
            return Ok(Some(space));
        }
        let _turn = self.meaning.turn.lock().await;
        let before = self.filled();
        if before != Some(wanted) {
            self.engine.prepare(wanted.1).await?;
            let passages = tables::fill(self.db.pool(), &space, self.engine.as_ref()).await?;
            *self.meaning.filled.write().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
            if let Some((_, old)) = before.filter(|(_, old)| *old != wanted.1) {
                self.engine.discard(old).await?;
            }
            tracing::info!(model = %space.model, passages, "vectors are in memory");
        }
        Ok(Some(space))
    }

    fn filled(&self) -> Option<(i64, Collection)> {
        *self.meaning.filled.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an engine beside the program what the tables have of a document now.
    async fn copy_document(
        &self,
        space: &tables::Space,
        place: Place<'_>,
        (id, owner): (Id, OwnerId),
    ) -> Result<(), LibraryError> {
        let (pool, change_id) = (self.db.pool(), new_id());
        let is_known = copies::has(pool, place, id).await?;
        if !is_known && tables::of_document(pool, space.id, id).await?.is_empty() {
            return Ok(());
        }
        // Read behind the note: who changes the tables after this notes it, too.
        copies::begin(pool, place, id, change_id).await?;
        let vectors = tables::of_document(pool, space.id, id).await?;
        let count = vectors.len();
        if count == 0 {
            self.engine.remove(place.collection, id).await?;
        } else {
            self.engine.put(place.collection, Passages { document: id, owner, vectors }).await?;
        }
        if !copies::done(pool, place, id, (change_id, count)).await? {
            // Another server was at it meanwhile, and nobody knows whose came last.
            copies::begin(pool, place, id, new_id()).await?;
            self.settle_soon().await?;
        }
        Ok(())
    }

    /// Puts right what is not in step in an engine beside the program.
    pub(crate) async fn settle_copies(&self, cancelled: &CancellationToken) -> Result<(), LibraryError> {
        let pool = self.db.pool();
        copies::forget_others(pool, self.engine.target()).await?;
        let Some(target) = self.engine.target() else { return Ok(()) };
        self.discard_others(target).await?;
        for space in &tables::all(pool).await? {
            let place = Place { target, collection: space.collection() };
            if let Some(_turn) = self.turn_on(space).await? {
                self.engine.prepare(place.collection).await?;
            }
            self.catch_up(space, place, cancelled).await?;
            if cancelled.is_cancelled() {
                return Ok(());
            }
            if !self.is_complete(space, place).await? {
                tracing::warn!(collection = %place.collection, "the engine has other vectors than it was given; it gets them anew");
                self.catch_up(space, place, cancelled).await?;
            }
            if space.serves
                && let Some(_turn) = self.turn_on(space).await?
            {
                self.engine.serve(place.collection).await?;
            }
        }
        Ok(())
    }

    /// Takes the copies of models that were given up out of an engine.
    async fn discard_others(&self, target: &str) -> Result<(), LibraryError> {
        // Nobody copies meanwhile: a copy that is begun between the two looks would be taken out.
        let _turn = self.meaning.turn.lock().await;
        let pool = self.db.pool();
        let spaces = tables::all(pool).await?;
        let known: HashSet<String> = spaces.iter().map(|space| space.collection().to_string()).collect();
        for name in copies::collections(pool, target).await? {
            if known.contains(&name) {
                continue;
            }
            if let Ok(collection) = name.parse::<Collection>() {
                self.engine.discard(collection).await?;
            }
            copies::forget(pool, target, &name).await?;
        }
        Ok(())
    }

    /// The turn to change the copy of a space; `None` where the space is not what it was. Who changed that has asked for
    /// settling once more, and a copy that is begun for what is gone would stay for ever.
    async fn turn_on(&self, space: &tables::Space) -> Result<Option<MutexGuard<'_, ()>>, LibraryError> {
        let turn = self.meaning.turn.lock().await;
        let is_there = tables::all(self.db.pool()).await?.contains(space);
        Ok(is_there.then_some(turn))
    }

    /// Copies every document that is not as the tables are.
    async fn catch_up(
        &self,
        space: &tables::Space,
        place: Place<'_>,
        cancelled: &CancellationToken,
    ) -> Result<(), LibraryError> {
        let pool = self.db.pool();
        let left_over = copies::left_over(pool, place, space.id).await?;
        let left_over = left_over.into_iter().map(|id| (id, Id::FIRST_OWNER));
        for document in left_over.chain(copies::behind(pool, place, space.id).await?) {
            if cancelled.is_cancelled() {
                return Ok(());
            }
            let Some(_turn) = self.turn_on(space).await? else { return Ok(()) };
            self.copy_document(space, place, document).await?;
        }
        Ok(())
    }

    /// Whether an engine has as many passages as it was given; what it has of others is taken out first. Where it has not,
    /// nothing that it has is relied on any more.
    async fn is_complete(&self, space: &tables::Space, place: Place<'_>) -> Result<bool, LibraryError> {
        let Some(_turn) = self.turn_on(space).await? else { return Ok(true) };
        let (documents, passages) = copies::contents(self.db.pool(), place).await?;
        if self.engine.count(place.collection).await? == passages {
            return Ok(true);
        }
        self.engine.keep_only(place.collection, documents.into_iter().collect()).await?;
        if self.engine.count(place.collection).await? == passages {
            return Ok(true);
        }
        let name = place.collection.to_string();
        copies::doubt(self.db.pool(), (place.target, name.as_str()), new_id()).await?;
        Ok(false)
    }

    /// How many documents have all their vectors, but not where they are searched.
    pub(super) async fn waiting_for_engine(
        &self,
        owner: OwnerId,
        space: &tables::Space,
    ) -> Result<u64, LibraryError> {
        let Some(target) = self.engine.target() else { return Ok(0) };
        let place = Place { target, collection: space.collection() };
        copies::waiting(self.db.pool(), place, (space.id, owner)).await
    }

    /// Whether an engine beside the program lacks something, as far as it is known here.
    pub(super) async fn copies_are_behind(&self) -> Result<bool, LibraryError> {
        let Some(target) = self.engine.target() else { return Ok(false) };
        for space in tables::all(self.db.pool()).await? {
            let place = Place { target, collection: space.collection() };
            if !copies::behind(self.db.pool(), place, space.id).await?.is_empty()
                || !copies::left_over(self.db.pool(), place, space.id).await?.is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has the background look after an engine beside the program.
    pub(super) async fn settle_copies_soon(&self) -> Result<(), LibraryError> {
        if self.engine.target().is_some() { self.settle_soon().await } else { Ok(()) }
    }

    /// What a search by words says of an engine that failed; one that has lost its copy gets it anew.
    pub(super) async fn engine_failed(&self, error: &EngineError) -> Result<String, LibraryError> {
        tracing::warn!(%error, "a search goes by words only");
        if let (EngineError::Missing { .. }, Some(target)) = (error, self.engine.target()) {
            for name in copies::collections(self.db.pool(), target).await? {
                copies::doubt(self.db.pool(), (target, name.as_str()), new_id()).await?;
            }
            self.settle_soon().await?;
        }
        Ok(error.to_string())
    }
}
