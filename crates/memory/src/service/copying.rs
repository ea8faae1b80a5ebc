//! What facts mean, searched by an engine beside the program where there is one; it has a copy of what the tables keep.
//!
//! A shelf of an owner is one of its own there, too. What the engine finds is told only if it stands on the shelf here: a
//! copy that is behind costs a find, and never tells what was forgotten or is somebody else's.

use super::{Copied, Memory, Wanted};
use crate::{MemoryError, db::copies, model::Scope};
use base::{Id, OwnerId};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use vectors::{Collection, Engine, EngineError, Known, Noun, Passages, Vector};

/// Vectors that are read from the tables at once.
const BATCH: u32 = 64;
/// Facts of a shelf that the engine is asked for.
const NEAREST: usize = 200;

/// Whether the engine is known to have just what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Complete,
    Unknown,
}

/// How near facts are, shelf by shelf.
pub(super) type Near = Vec<HashMap<Id, f32>>;

impl Memory {
    /// Has an engine beside the program search what facts mean. One in the program is left aside: shelves are in memory
    /// in any case.
    pub fn search_with(&self, engine: &Arc<dyn Engine>) {
        let is_beside = engine.target().is_some();
        *self.beside.write() = is_beside.then(|| Arc::clone(engine));
    }

    pub(super) fn beside(&self) -> Option<Arc<dyn Engine>> {
        self.beside.read().clone()
    }

    /// Gives the engine what it lacks; the first time, and after something was deleted, it is looked whether it has just
    /// that. An engine that fails is tried again the next time.
    pub(super) async fn copy(&self) -> Result<(), MemoryError> {
        let (Some(engine), Some(embedding)) = (self.beside(), self.embedding()) else { return Ok(()) };
        let Some(target) = engine.target() else { return Ok(()) };
        let Ok(mut checked) = self.copied.try_lock() else { return Ok(()) };
        let (pool, model) = (self.db.pool(), embedding.model.as_str());
        let dimensions = copies::dimensions(pool, model).await?;
        let now = dimensions.map(|dimensions| Collection::new(Noun::Conversation, model, dimensions));
        // Without any vectors there may still be some that were copied before.
        let Some(collection) = now.or(checked.collection) else { return Ok(()) };
        let trust =
            if checked.is_checked && checked.collection == now { Trust::Complete } else { Trust::Unknown };
        if trust == Trust::Unknown {
            copies::forget_others(pool, target).await?;
        }
        let copied = self.copy_to(engine.as_ref(), (collection, model), trust).await?;
        if let Err(error) = &copied {
            tracing::warn!(%error, "what facts mean is copied later");
        }
        *checked = Copied { collection: Some(collection), is_checked: copied.is_ok() };
        Ok(())
    }

    /// Looks whether the engine has just what it should, since something was deleted.
    pub(super) async fn copy_anew(&self) -> Result<(), MemoryError> {
        self.copied.lock().await.is_checked = false;
        self.copy().await
    }

    async fn copy_to(
        &self,
        engine: &dyn Engine,
        (collection, model): (Collection, &str),
        trust: Trust,
    ) -> Result<Result<(), EngineError>, MemoryError> {
        if trust == Trust::Complete {
            return self.copy_lacking(engine, collection, model).await;
        }
        if let Err(error) = engine.prepare(collection).await {
            return Ok(Err(error));
        }
        if let Err(error) = self.copy_lacking(engine, collection, model).await? {
            return Ok(Err(error));
        }
        let facts: HashSet<Id> = copies::facts(self.db.pool(), model).await?.into_iter().collect();
        match is_complete(engine, collection, &facts).await {
            Ok(true) => {}
            Ok(false) => {
                copies::forget(self.db.pool(), model).await?;
                if let Err(error) = self.copy_lacking(engine, collection, model).await? {
                    return Ok(Err(error));
                }
            }
            Err(error) => return Ok(Err(error)),
        }
        Ok(engine.serve(collection).await)
    }

    async fn copy_lacking(
        &self,
        engine: &dyn Engine,
        collection: Collection,
        model: &str,
    ) -> Result<Result<(), EngineError>, MemoryError> {
        let Some(target) = engine.target() else { return Ok(Ok(())) };
        loop {
            let lacking = copies::uncopied(self.db.pool(), model, BATCH).await?;
            if lacking.is_empty() {
                return Ok(Ok(()));
            }
            for one in lacking {
                let passages = Passages {
                    document: one.fact_id,
                    owner: tenant(one.owner, &one.scope),
                    vectors: vec![(one.fact_id.as_u128(), one.vector)],
                };
                if let Err(error) = engine.put(collection, passages).await {
                    return Ok(Err(error));
                }
                copies::copied(self.db.pool(), (model, one.fact_id), target).await?;
            }
        }
    }

    /// Forgets the copies of other models, whose vectors are about to be deleted.
    pub(super) async fn discard_others(&self, model: &str) -> Result<(), MemoryError> {
        let Some(engine) = self.beside() else { return Ok(()) };
        for other in copies::other_models(self.db.pool(), model).await? {
            let Some(dimensions) = copies::dimensions(self.db.pool(), &other).await? else { continue };
            let collection = Collection::new(Noun::Conversation, &other, dimensions);
            if let Err(error) = engine.discard(collection).await {
                tracing::warn!(%error, model = other, "the copy of a model's vectors stays");
            }
        }
        Ok(())
    }

    /// How near facts of the shelves that are opened are: the nearest, and those that words have found. `None` where the
    /// engine fails, so that words alone decide.
    pub(super) async fn near(
        &self,
        wanted: &Wanted,
        vector: &Vector,
        candidates: Vec<Vec<Id>>,
    ) -> Result<Option<Near>, MemoryError> {
        let (Some(engine), Some(embedding)) = (self.beside(), self.embedding()) else { return Ok(None) };
        let collection = Collection::new(Noun::Conversation, &embedding.model, vector.dimensions());
        let mut all = Vec::with_capacity(wanted.scopes.len());
        for (scope, candidates) in wanted.scopes.iter().zip(candidates) {
            let owner = tenant(wanted.owner, scope);
            match near_on(engine.as_ref(), collection, (owner, vector), candidates).await {
                Ok(near) => all.push(near),
                Err(error) => {
                    tracing::warn!(%error, "recall goes by words only");
                    if matches!(error, EngineError::Missing { .. }) {
                        copies::forget(self.db.pool(), &embedding.model).await?;
                        self.copied.lock().await.is_checked = false;
                    }
                    return Ok(None);
                }
            }
        }
        Ok(Some(all))
    }
}

async fn near_on(
    engine: &dyn Engine,
    collection: Collection,
    (owner, vector): (OwnerId, &Vector),
    candidates: Vec<Id>,
) -> Result<HashMap<Id, f32>, EngineError> {
    let vector = vector.clone();
    let nearest =
        vectors::Wanted { owner, documents: None, passages: None, vector: vector.clone(), limit: NEAREST };
    let found = engine.nearest(collection, nearest).await?;
    let mut near: HashMap<Id, f32> = found.into_iter().map(|near| (near.document, near.likeness)).collect();
    let unknown = candidates.into_iter().filter(|id| !near.contains_key(id));
    let passages: Vec<(Id, u128)> = unknown.map(|id| (id, id.as_u128())).collect();
    if !passages.is_empty() {
        let likenesses = engine.likenesses(collection, Known { owner, vector, passages }).await?;
        near.extend(likenesses.into_iter().map(|(passage, likeness)| (Id::from_u128(passage), likeness)));
    }
    Ok(near)
}

/// Whether an engine has as many facts as it was given; what it has of others is taken out first.
async fn is_complete(
    engine: &dyn Engine,
    collection: Collection,
    facts: &HashSet<Id>,
) -> Result<bool, EngineError> {
    let wanted = u64::try_from(facts.len()).unwrap_or(u64::MAX);
    if engine.count(collection).await? == wanted {
        return Ok(true);
    }
    engine.keep_only(collection, facts.clone()).await?;
    Ok(engine.count(collection).await? == wanted)
}

/// Whose the facts of a shelf are there: FNV-1a of owner and scope, which is no more than a name.
fn tenant(owner: OwnerId, scope: &Scope) -> OwnerId {
    let name = format!("{owner} {scope}");
    Id::from_u128(name.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    }))
}
