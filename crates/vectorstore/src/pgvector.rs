//! Pgvector in the PostgreSQL that the database is: a table a collection, with a graph (HNSW) by the cosine.
//!
//! Where not many passages are asked about, they are looked at one by one, which PostgreSQL does by its other indexes: that
//! is exact, and quick enough. A graph is not exact, the less so the more directions the vectors have, and takes long to
//! be made and followed where it is dense enough to be nearly so. So it is followed only where all else would take too
//! long; where a filter leaves too few of what it gives, all that the filter leaves is looked at as well. So the limit is reached
//! whenever there is enough, also by versions before 0.8, whose graph ends at the last candidate.

use crate::db::{self, GoesOn, Search};
use base::Id;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    time::Duration,
};
use store::Db;
use vectors::{Collection, Engine, EngineError, Known, Near, Passages, Vector, Wanted};

/// What errors call it.
const NAME: &str = "pgvector";
/// Up to so many numbers of the vectors that are asked about are looked at one by one: 52,000 passages of 384 numbers each.
const EXACTLY_UP_TO: usize = 20_000_000;
/// Candidates of the graph: as many as pgvector allows. Of 20,000 vectors of any direction, 400 find 0.97 of the nearest ten,
/// these all; where the graph is followed, all else would take longer still.
const CANDIDATES: usize = 1_000;

/// The pgvector of the database.
#[derive(Debug)]
pub struct Pgvector {
    db: Db,
    timeout: Duration,
    exactly_up_to: usize,
    /// Collections whose tables are known to be there.
    ready: Mutex<HashSet<Collection>>,
    goes_on: Mutex<Option<GoesOn>>,
}

impl Pgvector {
    /// The pgvector of this database, which has to be PostgreSQL. Nothing is asked yet.
    pub fn new(db: Db, timeout: Duration) -> Self {
        let exactly_up_to = EXACTLY_UP_TO;
        Self { db, timeout, exactly_up_to, ready: Mutex::default(), goes_on: Mutex::default() }
    }

    /// The same, but looking at no more than so many numbers of vectors one by one where a graph can be followed: for
    /// trying what is usual only with many passages.
    #[must_use]
    pub fn exactly_up_to(self, numbers: usize) -> Self {
        Self { exactly_up_to: numbers, ..self }
    }

    async fn make_ready(&self, collection: Collection) -> Result<(), EngineError> {
        if self.ready.lock().contains(&collection) {
            return Ok(());
        }
        if db::version(self.db.pool()).await.map_err(|error| failed(error, collection))?.is_none()
            && !db::is_available(self.db.pool()).await.map_err(|error| failed(error, collection))?
        {
            return Err(not_installed());
        }
        db::prepare(self.db.pool(), collection).await.map_err(|error| failed(error, collection))?;
        self.ready.lock().insert(collection);
        Ok(())
    }

    /// A collection that is gone is not known any more.
    fn seen<T>(&self, collection: Collection, answer: Result<T, sqlx::Error>) -> Result<T, EngineError> {
        answer.map_err(|error| {
            let error = failed(error, collection);
            if matches!(error, EngineError::Missing { .. }) {
                self.ready.lock().remove(&collection);
            }
            error
        })
    }

    async fn goes_on(&self) -> Result<GoesOn, sqlx::Error> {
        let known = *self.goes_on.lock();
        if let Some(known) = known {
            return Ok(known);
        }
        let version = db::version(self.db.pool()).await?.unwrap_or_default();
        let goes_on = if iterates(&version) { GoesOn::Yes } else { GoesOn::No };
        *self.goes_on.lock() = Some(goes_on);
        Ok(goes_on)
    }

    async fn find(&self, collection: Collection, wanted: &Wanted) -> Result<Vec<Near>, sqlx::Error> {
        let exact = (Search::Exact, self.timeout);
        let few = self.exactly_up_to / collection.dimensions().max(1);
        let is_few = wanted.passages.as_ref().is_some_and(|passages| passages.len() <= few)
            || db::is_few(self.db.pool(), collection, wanted, (few, self.timeout)).await?;
        if is_few {
            return db::nearest(self.db.pool(), collection, wanted, exact).await;
        }
        let graph = Search::Graph { candidates: CANDIDATES, goes_on: self.goes_on().await? };
        let found = db::nearest(self.db.pool(), collection, wanted, (graph, self.timeout)).await?;
        if found.len() >= wanted.limit {
            return Ok(found);
        }
        db::nearest(self.db.pool(), collection, wanted, exact).await
    }
}

/// Whether the graph of this version is searched on where a filter leaves too little.
fn iterates(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (0, 8)
}

fn not_installed() -> EngineError {
    let message = "the extension `vector` is not installed on this PostgreSQL".to_owned();
    EngineError::Refused { engine: NAME, message }
}

fn failed(error: sqlx::Error, collection: Collection) -> EngineError {
    let Some(database) = error.as_database_error() else {
        return EngineError::Away { engine: NAME, source: error.into() };
    };
    let (code, message) = (database.code().map(Cow::into_owned), database.message().to_owned());
    match code.as_deref() {
        // A table that is not there.
        Some("42P01") => EngineError::Missing { engine: NAME, collection: collection.to_string() },
        // A statement that took too long; a server that is going down.
        Some("57014" | "57P01" | "57P02" | "57P03") => {
            EngineError::Away { engine: NAME, source: error.into() }
        }
        Some(_) | None => EngineError::Refused { engine: NAME, message },
    }
}

impl Engine for Pgvector {
    fn target(&self) -> Option<&str> {
        // The database that the notes of the copy are in, too.
        Some(NAME)
    }

    fn prepare(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        self.ready.lock().remove(&collection);
        Box::pin(self.make_ready(collection))
    }

    fn put(&self, collection: Collection, passages: Passages) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.make_ready(collection).await?;
            let fits = |(_, vector): &(u128, Vector)| vector.dimensions() == collection.dimensions();
            let fitting: Vec<(u128, Vector)> = passages.vectors.into_iter().filter(fits).collect();
            let of = (passages.document, passages.owner);
            self.seen(collection, db::put(self.db.pool(), collection, of, &fitting).await)
        })
    }

    fn remove(&self, collection: Collection, document: Id) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move { self.seen(collection, db::remove(self.db.pool(), collection, document).await) })
    }

    fn nearest(
        &self,
        collection: Collection,
        wanted: Wanted,
    ) -> BoxFuture<'_, Result<Vec<Near>, EngineError>> {
        Box::pin(async move {
            if wanted.is_nothing() || wanted.vector.dimensions() != collection.dimensions() {
                return Ok(Vec::new());
            }
            self.seen(collection, self.find(collection, &wanted).await)
        })
    }

    fn likenesses(
        &self,
        collection: Collection,
        known: Known,
    ) -> BoxFuture<'_, Result<HashMap<u128, f32>, EngineError>> {
        Box::pin(async move {
            let wanted = known.wanted();
            if wanted.is_nothing() || wanted.vector.dimensions() != collection.dimensions() {
                return Ok(HashMap::new());
            }
            let exact = (Search::Exact, self.timeout);
            let near = db::nearest(self.db.pool(), collection, &wanted, exact).await;
            Ok(known.among(self.seen(collection, near)?))
        })
    }

    fn count(&self, collection: Collection) -> BoxFuture<'_, Result<u64, EngineError>> {
        Box::pin(async move { self.seen(collection, db::count(self.db.pool(), collection).await) })
    }

    fn keep_only(
        &self,
        collection: Collection,
        documents: HashSet<Id>,
    ) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(
            async move { self.seen(collection, db::keep_only(self.db.pool(), collection, &documents).await) },
        )
    }

    fn serve(&self, _collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        // Its table lies beside the one that says which model serves.
        Box::pin(async { Ok(()) })
    }

    fn discard(&self, collection: Collection) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            self.ready.lock().remove(&collection);
            self.seen(collection, db::discard(self.db.pool(), collection).await)
        })
    }

    fn look(&self) -> BoxFuture<'_, Result<String, EngineError>> {
        Box::pin(async move {
            let away = |error: sqlx::Error| EngineError::Away { engine: NAME, source: error.into() };
            let Some(version) = db::version(self.db.pool()).await.map_err(away)? else {
                let available = db::is_available(self.db.pool()).await.map_err(away)?;
                let on_at_start = "pgvector is installed; it is switched on at the next start";
                return if available { Ok(on_at_start.to_owned()) } else { Err(not_installed()) };
            };
            let advice = "; 0.8 and later are quicker where searches are filtered";
            let advice = if iterates(&version) { "" } else { advice };
            Ok(format!("pgvector {version}{advice}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, expected) in [
            ("0.8.0", true),
            ("0.10.1", true),
            ("1.0", true),
            ("0.6.2", false),
            ("0.7.4", false),
            ("", false),
        ] {
            assert_eq!(iterates(version), expected, "{version}");
        }
    }
}
