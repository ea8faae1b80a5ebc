//! Engines to try, and what is put into them.

use base::{Id, OwnerId, Secret};
use net::LocalOnly;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use testkit::FakeQdrant;
use vectors::{Collection, Engine, Noun, Passages, Vector, Wanted};
use vectorstore::{Config, Qdrant};

pub(crate) const ME: OwnerId = Id::FIRST_OWNER;
pub(crate) const OTHER: OwnerId = Id::from_u128(2);

/// The server that is named for tests; `None`, and said, where none is.
pub(crate) fn named(variable: &str, what: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are told about servers by the test command")]
    let named = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if named.is_none() {
        eprintln!("SKIPPED: {what} was not asked; set {variable}");
    }
    named
}

pub(crate) fn qdrant(url: &str, key: Option<&str>) -> Arc<Qdrant> {
    // A prefix of its own for each test: a real server is shared by all.
    let prefix = format!("test-{}-", base::new_id().to_string().replace('-', ""));
    let prefix = prefix.get(..38).unwrap_or(&prefix).to_owned();
    let config = Config {
        qdrant_url: Some(url.to_owned()),
        qdrant_api_key: key.map(Secret::new),
        prefix,
        timeout_ms: 10_000,
        ..Config::default()
    };
    Arc::new(Qdrant::new(&config, LocalOnly::default()).unwrap())
}

pub(crate) async fn fake() -> (FakeQdrant, Arc<Qdrant>) {
    let server = FakeQdrant::start().await.unwrap();
    let engine = qdrant(&server.url(), None);
    (server, engine)
}

/// A collection that no other test has.
pub(crate) fn collection(model: &str, dimensions: usize) -> Collection {
    Collection::new(Noun::Library, &format!("{model} {}", base::new_id()), dimensions)
}

pub(crate) fn vector(numbers: &[f32]) -> Vector {
    Vector::new(numbers).unwrap()
}

pub(crate) fn document(number: u128) -> Id {
    Id::from_u128(0x1000 + number)
}

pub(crate) fn passages(number: u128, owner: OwnerId, vectors: &[(u128, &[f32])]) -> Passages {
    let vectors = vectors.iter().map(|(passage, numbers)| (*passage, vector(numbers))).collect();
    Passages { document: document(number), owner, vectors }
}

pub(crate) fn near(owner: OwnerId, numbers: &[f32], limit: usize) -> Wanted {
    Wanted { owner, documents: None, passages: None, vector: vector(numbers), limit }
}

/// What an engine finds, without how near it is.
pub(crate) async fn found(engine: &dyn Engine, collection: Collection, wanted: Wanted) -> Vec<u128> {
    let near = engine.nearest(collection, wanted).await.unwrap();
    assert!(near.is_sorted_by(|one, other| one.likeness >= other.likeness), "{near:?}");
    near.into_iter().map(|near| near.passage).collect()
}

pub(crate) fn set<T: Eq + std::hash::Hash + Copy>(items: &[T]) -> HashSet<T> {
    items.iter().copied().collect()
}

/// Numbers that look random and are the same each time, of any direction.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f32::from(u16::try_from(state >> 48).unwrap_or(0)) / 32_768.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// How near these passages are by the arithmetic of the definition.
pub(crate) fn exactly(all: &HashMap<u128, Vec<f32>>, wanted: &[f32]) -> Vec<(u128, f64)> {
    let length = |numbers: &[f32]| numbers.iter().map(|one| f64::from(*one).powi(2)).sum::<f64>().sqrt();
    let cosine = |numbers: &[f32]| {
        let product: f64 =
            numbers.iter().zip(wanted).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum();
        product / (length(numbers) * length(wanted))
    };
    let mut order: Vec<(u128, f64)> = all.iter().map(|(id, numbers)| (*id, cosine(numbers))).collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1));
    order
}
