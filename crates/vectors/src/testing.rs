//! An engine as if beside the program, for tests of those who use one.

use crate::{Collection, Embedded, Engine, EngineError, Known, Near, Passages, Wanted};
use base::Id;
use futures::future::BoxFuture;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::{RwLock, RwLockWriteGuard};

/// An engine that outlives who uses it, and can fail.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// What it has.
    pub inside: Embedded,
    away: AtomicBool,
    puts: AtomicUsize,
    door: RwLock<()>,
    served: Mutex<Option<Collection>>,
}

impl Elsewhere {
    fn here(&self) -> Result<&Embedded, EngineError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(EngineError::Away { engine: "elsewhere", source: "it sleeps".into() });
        }
        Ok(&self.inside)
    }

    /// From now on it cannot be reached.
    pub fn go_away(&self) {
        self.away.store(true, Ordering::Relaxed);
    }

    /// It can be reached again.
    pub fn come_back(&self) {
        self.away.store(false, Ordering::Relaxed);
    }

    /// Nothing is put in before what this answers is dropped.
    pub async fn hold(&self) -> RwLockWriteGuard<'_, ()> {
        self.door.write().await
    }

    /// How often something was put in, or was to be.
    pub fn puts(&self) -> usize {
        self.puts.load(Ordering::Relaxed)
    }

    /// The collection that answers for its noun.
    pub fn served(&self) -> Option<Collection> {
        *self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Elsewhere {
    fn target(&self) -> Option<&str> {
        Some("elsewhere")
    }

    fn prepare(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.here()?.prepare(collection).await })
    }

    fn put(&self, collection: Collection, passages: Passages) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.puts.fetch_add(1, Ordering::Relaxed);
            let _open = self.door.read().await;
            self.here()?.put(collection, passages).await
        })
    }

    fn remove(&self, collection: Collection, document: Id) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.here()?.remove(collection, document).await })
    }

    fn nearest(
        &self,
        collection: Collection,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Vec<Near>, EngineError>> {
        Box::pin(async move { self.here()?.nearest(collection, wanted).await })
    }

    fn likenesses(
        &self,
        collection: Collection,
        known: Known,
    ) -> BoxFuture<'_, Result<HashMap<u128, f32>, EngineError>> {
        Box::pin(async move { self.here()?.likenesses(collection, known).await })
    }

    fn count(&self, collection: Collection) -> BoxFuture<'_, Result<u64, EngineError>> {
        Box::pin(async move { self.here()?.count(collection).await })
    }

    fn keep_only(
        &self,
        collection: Collection,
        documents: HashSet<Id>,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.here()?.keep_only(collection, documents).await })
    }

    fn serve(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.here()?;
            *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Some(collection);
            Ok(())
        })
    }

    fn discard(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.here()?.discard(collection).await })
    }

    fn look(&self) -> BoxFuture<'_, Result<String, EngineError>> {
        Box::pin(async move { self.here()?.look().await })
    }
}
