//! The engine that is the default: spaces in memory, searched exactly.

use crate::{Collection, Engine, EngineError, Known, Near, Passages, Space, Wanted};
use base::Id;
use futures::future::BoxFuture;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};
use tokio::task::spawn_blocking;

/// What errors call it.
const NAME: &str = "the program's own memory";

/// The collections in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Embedded {
    spaces: Arc<RwLock<HashMap<Collection, Space>>>,
}

impl Embedded {
    fn change<T>(
        &self,
        collection: Collection,
        change: impl FnOnce(&mut Space) -> T,
    ) -> Result<T, EngineError> {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        spaces.get_mut(&collection).map(change).ok_or_else(|| missing(collection))
    }

    fn look_up<T>(
        &self,
        collection: Collection,
        look_up: impl FnOnce(&Space) -> T,
    ) -> Result<T, EngineError> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.get(&collection).map(look_up).ok_or_else(|| missing(collection))
    }

    fn make(&self, collection: Collection) {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        spaces.entry(collection).or_insert_with(|| Space::new(collection.dimensions()));
    }
}

fn missing(collection: Collection) -> EngineError {
    EngineError::Missing { engine: NAME, collection: collection.to_string() }
}

impl Engine for Embedded {
    fn target(&self) -> Option<&str> {
        None
    }

    fn prepare(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        self.make(collection);
        Box::pin(async { Ok(()) })
    }

    fn put(&self, collection: Collection, passages: Passages) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.make(collection);
            self.change(collection, |space| {
                space.put(passages.document, passages.owner, &passages.vectors);
            })
        })
    }

    fn remove(&self, collection: Collection, document: Id) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.change(collection, |space| space.remove(document)) })
    }

    fn nearest(
        &self,
        collection: Collection,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Vec<Near>, EngineError>> {
        Box::pin(async move {
            let here = self.clone();
            // Milliseconds of arithmetic, which are not for the runtime's threads.
            let near =
                spawn_blocking(move || here.look_up(collection, |space| space.nearest(&wanted.question())));
            near.await.map_err(|error| EngineError::Away { engine: NAME, source: Box::new(error) })?
        })
    }

    fn likenesses(
        &self,
        collection: Collection,
        known: Known,
    ) -> BoxFuture<'_, Result<HashMap<u128, f32>, EngineError>> {
        Box::pin(async move {
            self.look_up(collection, |space| {
                let is_theirs = |(document, _): &&(Id, u128)| space.owner_of(*document) == Some(known.owner);
                let theirs: Vec<(Id, u128)> = known.passages.iter().filter(is_theirs).copied().collect();
                space.likenesses(&known.vector, &theirs)
            })
        })
    }

    fn count(&self, collection: Collection) -> BoxFuture<'_, Result<u64, EngineError>> {
        Box::pin(async move {
            let count = self.look_up(collection, Space::len)?;
            Ok(u64::try_from(count).unwrap_or(u64::MAX))
        })
    }

    fn keep_only(
        &self,
        collection: Collection,
        documents: HashSet<Id>,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.change(collection, |space| space.keep_only(&documents)) })
    }

    fn serve(&self, _collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async { Ok(()) })
    }

    fn discard(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.spaces.write().unwrap_or_else(PoisonError::into_inner).remove(&collection);
            Ok(())
        })
    }

    fn look(&self) -> BoxFuture<'_, Result<String, EngineError>> {
        Box::pin(async { Ok("searched exactly, in the program".to_owned()) })
    }
}
