//! What is pgvector's alone: switched on where it is there, named where it is not, and a graph that is used.

use crate::stage::{ME, collection, found, named, near, noise, vector};
use base::Id;
use std::{sync::Arc, time::Duration};
use store::{Engine as Database, testing::TestDb};
use vectors::{Engine, EngineError, Passages};
use vectorstore::{Config, EngineName, OpenError, Pgvector, open};

const PATIENCE: Duration = Duration::from_secs(20);

/// A case in a database of its own, where pgvector is.
async fn on_pgvector<F>(case: impl FnOnce(Arc<TestDb>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = named("FAMILIAR_TEST_PGVECTOR", "PostgreSQL with pgvector") else { return };
    let test = TestDb::on(&server).await;
    let outcome = tokio::spawn(case(Arc::clone(&test))).await;
    test.throw_away().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_switched_on_when_it_is_needed() {
    on_pgvector(|test| async move {
        let engine = Pgvector::new(test.db.clone(), PATIENCE);
        let look = engine.look().await.unwrap();
        assert!(look.contains("switched on at the next start"), "{look}");
        engine.prepare(collection("on", 3)).await.unwrap();
        let look = engine.look().await.unwrap();
        assert!(look.starts_with("pgvector 0.") || look.starts_with("pgvector 1."), "{look}");
    })
    .await;
}

/// Larger ones than a graph takes are found all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_too_large_for_a_graph_are_looked_at_one_by_one() {
    on_pgvector(|test| async move {
        let engine = Pgvector::new(test.db.clone(), PATIENCE);
        let place = collection("large", 3_072);
        let vectors = (1..=20_u64).map(|id| (u128::from(id), vector(&noise(id, 3_072)))).collect();
        engine.put(place, Passages { document: Id::from_u128(5), owner: ME, vectors }).await.unwrap();
        assert_eq!(found(&engine, place, near(ME, &noise(7, 3_072), 1)).await, [7]);
    })
    .await;
}

/// Two servers on one database begin at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_make_one_collection_at_once() {
    on_pgvector(|test| async move {
        let place = collection("at-once", 3);
        let making: Vec<_> = (0..4)
            .map(|_| {
                let engine = Pgvector::new(test.db.clone(), PATIENCE);
                tokio::spawn(async move { engine.prepare(place).await })
            })
            .collect();
        for one in making {
            one.await.unwrap().unwrap();
        }
    })
    .await;
}

/// The usual PostgreSQL of the tests has no pgvector; a SQLite file never has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_not_it_is_named() {
    let config = Config { engine: Some(EngineName::Pgvector), ..Config::default() };
    let sqlite = TestDb::sqlite().await;
    let refused = open(&config, &sqlite.db, net::LocalOnly::default()).map(drop);
    assert!(matches!(refused, Err(OpenError::NotPostgres)), "{refused:?}");
    let Some(test) = TestDb::new(Database::Postgres).await else { return };
    let engine = Pgvector::new(test.db.clone(), PATIENCE);
    let looked = engine.look().await;
    let prepared = engine.prepare(collection("none", 3)).await;
    test.throw_away().await;
    if looked.is_ok() {
        eprintln!("SKIPPED: this PostgreSQL has pgvector");
        return;
    }
    for error in [looked.map(drop).unwrap_err(), prepared.unwrap_err()] {
        assert!(matches!(error, EngineError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("not installed") && error.hint().contains("CREATE EXTENSION"));
    }
}
