//! One suite for all engines: whoever searches, the same question has the same answer.

use crate::stage::{
    ME, OTHER, collection, document, exactly, fake, found, named, near, noise, passages, qdrant, set, vector,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use store::testing::TestDb;
use vectors::{Embedded, Engine, EngineError, Known, Passages, Wanted};
use vectorstore::Pgvector;

/// Every case, in order, on one engine.
async fn all(engine: Arc<dyn Engine>) {
    let engine = engine.as_ref();
    only_the_owners_passages_are_found(engine).await;
    documents_and_passages_filter(engine).await;
    a_limit_is_kept_and_reached(engine).await;
    putting_replaces_and_removing_takes_out(engine).await;
    likenesses_are_cosines(engine).await;
    other_sizes_are_left_out(engine).await;
    collections_are_apart_and_go(engine).await;
    only_these_are_kept(engine).await;
    the_nearest_ten_are_the_exact_ones(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_program() {
    all(Arc::new(Embedded::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_what_answers_like_qdrant() {
    let (_server, engine) = fake().await;
    all(engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_real_qdrant() {
    let Some(url) = named("FAMILIAR_TEST_QDRANT", "a real Qdrant") else { return };
    all(qdrant(&url, named("FAMILIAR_TEST_QDRANT_KEY", "a Qdrant with a key").as_deref())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_pgvector() {
    on_a_pgvector(|engine| engine).await;
}

/// As with more passages than are looked at one by one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_pgvector_by_its_graph() {
    on_a_pgvector(|engine| engine.exactly_up_to(0)).await;
}

async fn on_a_pgvector(like: impl FnOnce(Pgvector) -> Pgvector) {
    let Some(server) = named("FAMILIAR_TEST_PGVECTOR", "PostgreSQL with pgvector") else { return };
    let test = TestDb::on(&server).await;
    let engine = Arc::new(like(Pgvector::new(test.db.clone(), Duration::from_secs(20))));
    let outcome = tokio::spawn(all(engine)).await;
    test.throw_away().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

async fn only_the_owners_passages_are_found(engine: &dyn Engine) {
    let place = collection("owners", 3);
    engine.prepare(place).await.unwrap();
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.0, 0.0], 5)).await, [0; 0]);
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0, 0.0]), (2, &[0.0, 1.0, 0.0])])).await.unwrap();
    engine.put(place, passages(2, OTHER, &[(3, &[1.0, 0.1, 0.0])])).await.unwrap();
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.1, 0.0], 5)).await, [1, 2]);
    assert_eq!(found(engine, place, near(OTHER, &[1.0, 0.1, 0.0], 5)).await, [3]);
    let near = engine.nearest(place, near(ME, &[1.0, 0.0, 0.0], 1)).await.unwrap();
    assert_eq!(near[0].document, document(1));
    let stranger = Known { owner: OTHER, vector: vector(&[1.0, 0.0, 0.0]), passages: vec![(document(1), 1)] };
    assert_eq!(engine.likenesses(place, stranger).await.unwrap(), HashMap::new());
    engine.discard(place).await.unwrap();
}

async fn documents_and_passages_filter(engine: &dyn Engine) {
    let place = collection("filters", 2);
    for number in 0..4 {
        let (one, other) = (number * 10 + 1, number * 10 + 2);
        let put = passages(number, ME, &[(one, &[1.0, number as f32]), (other, &[1.0, number as f32 + 0.5])]);
        engine.put(place, put).await.unwrap();
    }
    let all = || near(ME, &[1.0, 0.0], 10);
    assert_eq!(found(engine, place, all()).await, [1, 2, 11, 12, 21, 22, 31, 32]);
    let in_some = Wanted { documents: Some(set(&[document(1), document(3), document(9)])), ..all() };
    assert_eq!(found(engine, place, in_some).await, [11, 12, 31, 32]);
    let some = Wanted { passages: Some(set(&[2, 31, 99])), ..all() };
    assert_eq!(found(engine, place, some).await, [2, 31]);
    let both =
        Wanted { documents: Some(set(&[document(3)])), passages: Some(set(&[2, 31, 32])), limit: 1, ..all() };
    assert_eq!(found(engine, place, both).await, [31]);
    for nothing in [
        Wanted { documents: Some(set(&[])), ..all() },
        Wanted { passages: Some(set(&[])), ..all() },
        Wanted { limit: 0, ..all() },
    ] {
        assert_eq!(found(engine, place, nothing).await, [0; 0]);
    }
    engine.discard(place).await.unwrap();
}

/// A filter that leaves few of many leaves them all.
async fn a_limit_is_kept_and_reached(engine: &dyn Engine) {
    let place = collection("limits", 8);
    for number in 0..30_u64 {
        let vectors = (0..20).map(|at| {
            let passage = u128::from(number * 100 + at);
            (passage, vector(&noise(number * 100 + at + 1, 8)))
        });
        let owner = if number % 10 == 0 { OTHER } else { ME };
        let vectors = vectors.collect();
        let put = Passages { document: document(number.into()), owner, vectors };
        engine.put(place, put).await.unwrap();
    }
    let question = noise(7, 8);
    assert_eq!(engine.count(place).await.unwrap(), 600);
    for (owner, limit, reached) in [(ME, 50, 50), (ME, 1_000, 540), (OTHER, 50, 50), (OTHER, 100, 60)] {
        assert_eq!(found(engine, place, near(owner, &question, limit)).await.len(), reached);
    }
    let far = Wanted { documents: Some(set(&[document(29)])), ..near(ME, &question, 50) };
    assert_eq!(found(engine, place, far).await.len(), 20);
    engine.discard(place).await.unwrap();
}

async fn putting_replaces_and_removing_takes_out(engine: &dyn Engine) {
    let place = collection("changes", 2);
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0]), (2, &[0.5, 0.5])])).await.unwrap();
    engine.put(place, passages(2, ME, &[(3, &[0.0, 1.0])])).await.unwrap();
    engine.put(place, passages(1, ME, &[(2, &[0.0, 1.0]), (4, &[1.0, 0.1])])).await.unwrap();
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.0], 5)).await[0], 4);
    assert_eq!(engine.count(place).await.unwrap(), 3);
    let known = Known { owner: ME, vector: vector(&[0.0, 1.0]), passages: vec![(document(1), 2)] };
    assert!(engine.likenesses(place, known).await.unwrap()[&2] > 0.999, "its vector is the new one");
    engine.put(place, passages(1, ME, &[])).await.unwrap();
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.0], 5)).await, [3]);
    engine.remove(place, document(2)).await.unwrap();
    engine.remove(place, document(2)).await.unwrap();
    assert_eq!(engine.count(place).await.unwrap(), 0);
    engine.discard(place).await.unwrap();
}

async fn likenesses_are_cosines(engine: &dyn Engine) {
    let place = collection("cosines", 16);
    let all: HashMap<u128, Vec<f32>> = (1..=40).map(|id| (u128::from(id), noise(id, 16))).collect();
    let vectors = all.iter().map(|(id, numbers)| (*id, vector(numbers))).collect();
    engine.put(place, Passages { document: document(1), owner: ME, vectors }).await.unwrap();
    let question = noise(99, 16);
    let right: HashMap<u128, f64> = exactly(&all, &question).into_iter().collect();
    let known = Known {
        owner: ME,
        vector: vector(&question),
        passages: vec![(document(1), 3), (document(1), 17), (document(2), 18), (document(1), 999)],
    };
    let likenesses = engine.likenesses(place, known).await.unwrap();
    let mut told: Vec<u128> = likenesses.keys().copied().collect();
    told.sort_unstable();
    assert_eq!(told, [3, 17], "only what stands where it is said to stand");
    for near in engine.nearest(place, near(ME, &question, 40)).await.unwrap() {
        let off = (f64::from(near.likeness) - right[&near.passage]).abs();
        assert!(off < 2e-4, "{} is off by {off}", near.passage);
    }
    engine.discard(place).await.unwrap();
}

async fn other_sizes_are_left_out(engine: &dyn Engine) {
    let place = collection("sizes", 2);
    engine.put(place, passages(1, ME, &[(1, &[1.0, 0.0]), (2, &[1.0, 0.0, 0.0])])).await.unwrap();
    assert_eq!(engine.count(place).await.unwrap(), 1);
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.0, 0.0], 5)).await, [0; 0]);
    engine.discard(place).await.unwrap();
}

async fn collections_are_apart_and_go(engine: &dyn Engine) {
    let (one, other) = (collection("one", 2), collection("other", 2));
    engine.put(one, passages(1, ME, &[(1, &[1.0, 0.0])])).await.unwrap();
    engine.put(other, passages(1, ME, &[(2, &[1.0, 0.0])])).await.unwrap();
    engine.serve(one).await.unwrap();
    engine.serve(other).await.unwrap();
    assert_eq!(found(engine, one, near(ME, &[1.0, 0.0], 5)).await, [1]);
    engine.discard(one).await.unwrap();
    engine.discard(one).await.unwrap();
    let gone = engine.nearest(one, near(ME, &[1.0, 0.0], 5)).await;
    assert!(matches!(gone, Err(EngineError::Missing { .. })), "{gone:?}");
    assert!(matches!(engine.count(one).await, Err(EngineError::Missing { .. })));
    engine.prepare(other).await.unwrap();
    assert_eq!(found(engine, other, near(ME, &[1.0, 0.0], 5)).await, [2], "what is there stays");
    engine.prepare(one).await.unwrap();
    assert_eq!(found(engine, one, near(ME, &[1.0, 0.0], 5)).await, [0; 0]);
    engine.discard(one).await.unwrap();
    engine.discard(other).await.unwrap();
}

async fn only_these_are_kept(engine: &dyn Engine) {
    let place = collection("kept", 2);
    for number in 1..=3 {
        engine.put(place, passages(number, ME, &[(number, &[1.0, 0.0])])).await.unwrap();
    }
    engine.keep_only(place, set(&[document(2), document(7)])).await.unwrap();
    assert_eq!(found(engine, place, near(ME, &[1.0, 0.0], 5)).await, [2]);
    engine.keep_only(place, set(&[])).await.unwrap();
    assert_eq!(engine.count(place).await.unwrap(), 0);
    engine.discard(place).await.unwrap();
}

async fn the_nearest_ten_are_the_exact_ones(engine: &dyn Engine) {
    const QUESTIONS: u64 = 20;
    let place = collection("recall", 32);
    let all: HashMap<u128, Vec<f32>> = (1..=1_000).map(|id| (u128::from(id), noise(id, 32))).collect();
    for number in 0..10_u128 {
        let of = all.iter().filter(|(id, _)| **id % 10 == number);
        let vectors = of.map(|(id, numbers)| (*id, vector(numbers))).collect();
        engine.put(place, Passages { document: document(number), owner: ME, vectors }).await.unwrap();
    }
    let mut hits = 0;
    for question in 0..QUESTIONS {
        let question = noise(5_000 + question, 32);
        let right: Vec<u128> = exactly(&all, &question).into_iter().take(10).map(|(id, _)| id).collect();
        let found = found(engine, place, near(ME, &question, 10)).await;
        hits += found.iter().filter(|id| right.contains(id)).count();
    }
    assert!(hits >= 196, "{hits} of 200 were found, which is a recall below 0.98");
    engine.discard(place).await.unwrap();
}
