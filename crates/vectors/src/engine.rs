//! The port: who finds the nearest passages, here or beside the program.

use crate::{Collection, Near, Question, Vector};
use base::{ErrorKind, Id, OwnerId};
use futures::future::BoxFuture;
use std::{
    collections::{HashMap, HashSet},
    error::Error,
    fmt,
};

/// All that a document has in a collection.
#[derive(Debug, Clone)]
pub struct Passages {
    /// Which document.
    pub document: Id,
    /// Whose it is.
    pub owner: OwnerId,
    /// Its passages and what they mean.
    pub vectors: Vec<(u128, Vector)>,
}

/// What is looked for; a [`Question`] that can travel.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In whose passages.
    pub owner: OwnerId,
    /// Only in these documents; `None` means everywhere.
    pub documents: Option<HashSet<Id>>,
    /// Only these passages; `None` means all of them.
    pub passages: Option<HashSet<u128>>,
    /// Near what.
    pub vector: Vector,
    /// How many at the most.
    pub limit: usize,
}

impl Wanted {
    /// The same as a space in memory takes it.
    pub fn question(&self) -> Question<'_> {
        Question {
            owner: self.owner,
            documents: self.documents.as_ref(),
            passages: self.passages.as_ref(),
            vector: &self.vector,
            limit: self.limit,
        }
    }

    /// Whether nothing can be found, whatever there is.
    pub fn is_nothing(&self) -> bool {
        self.limit == 0
            || self.documents.as_ref().is_some_and(HashSet::is_empty)
            || self.passages.as_ref().is_some_and(HashSet::is_empty)
    }
}

/// Passages that are there, of which only is asked how near they are.
#[derive(Debug, Clone)]
pub struct Known {
    /// Whose they are.
    pub owner: OwnerId,
    /// Near what.
    pub vector: Vector,
    /// The passages with the documents they stand in.
    pub passages: Vec<(Id, u128)>,
}

impl Known {
    /// The same as what is looked for: these passages and no others.
    pub fn wanted(&self) -> Wanted {
        let passages: HashSet<u128> = self.passages.iter().map(|(_, passage)| *passage).collect();
        Wanted {
            owner: self.owner,
            documents: None,
            limit: passages.len(),
            passages: Some(passages),
            vector: self.vector.clone(),
        }
    }

    /// How near they are by what was found: those that stand in the documents they are said to stand in.
    pub fn among(&self, found: Vec<Near>) -> HashMap<u128, f32> {
        let documents: HashMap<u128, Id> =
            self.passages.iter().map(|(document, passage)| (*passage, *document)).collect();
        let stands = |near: &Near| documents.get(&near.passage) == Some(&near.document);
        found.into_iter().filter(stands).map(|near| (near.passage, near.likeness)).collect()
    }
}

/// What finds the nearest passages of an owner among a filter.
///
/// All engines mean the same: only passages of the owner, of the documents and of the passages that are asked for;
/// the nearest first, by the cosine of the angle; never more than the limit and, where there are enough, never fewer.
/// What is put in stands in the database too: an engine's copy may be lost and is made anew.
pub trait Engine: fmt::Debug + Send + Sync {
    /// Where its copy is, in words that are the same after a restart: a copy at another place is not this one. `None`
    /// where nothing outlives the program.
    fn target(&self) -> Option<&str>;

    /// Makes the collection where it is not there.
    fn prepare(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Puts these passages in place of all that a document had. Vectors of another size are left out.
    fn put(&self, collection: Collection, passages: Passages) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Takes a document out; one that is not there is out.
    fn remove(&self, collection: Collection, document: Id) -> BoxFuture<'_, Result<(), EngineError>>;

    /// The passages that are nearest, the nearest first.
    fn nearest(
        &self,
        collection: Collection,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Vec<Near>, EngineError>>;

    /// How near these passages are; those that are not there are left out.
    fn likenesses(
        &self,
        collection: Collection,
        known: Known,
    ) -> BoxFuture<'_, Result<HashMap<u128, f32>, EngineError>>;

    /// How many passages there are, of all owners.
    fn count(&self, collection: Collection) -> BoxFuture<'_, Result<u64, EngineError>>;

    /// Takes out what belongs to none of these documents.
    fn keep_only(
        &self,
        collection: Collection,
        documents: HashSet<Id>,
    ) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Says that this collection is the one that answers for its noun, where others may look.
    fn serve(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Forgets a collection; one that is not there is forgotten.
    fn discard(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>>;

    /// What it is and whether it can be used, for a person to read.
    fn look(&self) -> BoxFuture<'_, Result<String, EngineError>>;
}

/// Why an engine did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It cannot be reached, or does not answer in time.
    #[error("{engine} is away: {source}")]
    Away {
        /// Which engine.
        engine: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It does not know the collection: it was begun anew, or somebody took it away.
    #[error("{engine} has no collection `{collection}`")]
    Missing {
        /// Which engine.
        engine: &'static str,
        /// The collection.
        collection: String,
    },
    /// It does not let us in.
    #[error("{engine} lets nobody in with this key: {message}")]
    Denied {
        /// Which engine.
        engine: &'static str,
        /// What it says.
        message: String,
    },
    /// It says no.
    #[error("{engine} refuses: {message}")]
    Refused {
        /// Which engine.
        engine: &'static str,
        /// What it says.
        message: String,
    },
    /// It answers something else than it should.
    #[error("{engine} answers what it should not: {message}")]
    Odd {
        /// Which engine.
        engine: &'static str,
        /// What is wrong with the answer.
        message: String,
    },
}

impl EngineError {
    /// The kind the caller of Familiar sees.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Away { .. } | Self::Missing { .. } => ErrorKind::Unavailable,
            Self::Denied { .. } | Self::Refused { .. } | Self::Odd { .. } => ErrorKind::Upstream,
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Away { .. } => {
                "check that it runs and that its address is right; meanwhile searches go by words"
            }
            Self::Missing { .. } => "nothing: it is filled again in the background",
            Self::Denied { .. } => "check the key (`QDRANT_API_KEY`); it has to allow writing",
            Self::Refused { .. } | Self::Odd { .. } => {
                "check its version and its log, for pgvector that somebody who may has run `CREATE EXTENSION vector`"
            }
        }
    }
}
