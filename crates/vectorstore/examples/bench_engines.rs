//! Measures engines beside the program against exact search: `cargo run --release -p vectorstore --example bench_engines --
//! pgvector postgres://postgres@127.0.0.1:5432/postgres 20000` (or `qdrant http://127.0.0.1:6333 20000`) prints how long
//! putting passages in and finding the hundred nearest take, and how many of the ten nearest are those of exact search.
//!
//! The vectors have 384 numbers: once in clusters, as those of texts are, and once of any direction, which no texts have
//! and graphs are worst at. Pgvector works in a database of its own, which is dropped afterwards.

use base::{Clock, Id, OwnerId, SystemClock};
use net::LocalOnly;
use std::{error::Error, sync::Arc, time::Duration};
use store::testing::TestDb;
use vectors::{Collection, Embedded, Engine, Noun, Passages, Vector, Wanted};
use vectorstore::{Config, Pgvector, Qdrant};

type Outcome<T> = Result<T, Box<dyn Error>>;

const OWNER: OwnerId = Id::FIRST_OWNER;
const DIMENSIONS: usize = 384;
const OF_A_DOCUMENT: u64 = 100;
const CLUSTERS: u64 = 500;
const QUESTIONS: u64 = 200;
const PATIENCE_MS: u64 = 60_000;

/// What the vectors are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Clusters,
    AnyDirection,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, address, rest @ ..] = arguments.as_slice() else {
        return Err("say which: `pgvector ADDRESS [PASSAGES]` or `qdrant ADDRESS [PASSAGES]`".into());
    };
    let passages = rest.first().map_or(Ok(20_000), |text| text.parse::<u64>())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(engine, address, passages))
}

async fn measure(engine: &str, address: &str, passages: u64) -> Outcome<()> {
    match engine {
        "pgvector" => {
            let test = TestDb::on(address).await;
            let engine = Pgvector::new(test.db.clone(), Duration::from_millis(PATIENCE_MS));
            let measured = all(&engine, passages).await;
            test.throw_away().await;
            measured
        }
        "qdrant" => {
            let config = Config {
                qdrant_url: Some(address.to_owned()),
                prefix: "bench-".to_owned(),
                timeout_ms: PATIENCE_MS,
                ..Config::default()
            };
            all(&Qdrant::new(&config, LocalOnly::default())?, passages).await
        }
        unknown => Err(format!("`{unknown}` is neither `pgvector` nor `qdrant`").into()),
    }
}

async fn all(engine: &dyn Engine, passages: u64) -> Outcome<()> {
    for shape in [Shape::Clusters, Shape::AnyDirection] {
        one(engine, passages, shape).await?;
    }
    Ok(())
}

async fn one(engine: &dyn Engine, passages: u64, shape: Shape) -> Outcome<()> {
    let place = Collection::new(Noun::Library, &format!("bench {shape:?}"), DIMENSIONS);
    let (clock, exact) = (SystemClock::default(), Arc::new(Embedded::default()));
    engine.discard(place).await?;
    engine.prepare(place).await?;
    let began = clock.monotonic();
    for document in 0..passages.div_ceil(OF_A_DOCUMENT) {
        let numbers = document * OF_A_DOCUMENT..((document + 1) * OF_A_DOCUMENT).min(passages);
        let vectors: Vec<(u128, Vector)> = numbers
            .filter_map(|passage| Some((u128::from(passage), Vector::new(&of_passage(passage, shape))?)))
            .collect();
        let put = Passages { document: Id::from_u128(u128::from(document) + 1), owner: OWNER, vectors };
        exact.put(place, put.clone()).await?;
        engine.put(place, put).await?;
    }
    let put = clock.monotonic() - began;
    let (mut times, mut right) = (Vec::new(), 0);
    for question in 0..QUESTIONS {
        let asked = of_passage(1_000_000_007 + question, shape);
        let Some(vector) = Vector::new(&asked) else { continue };
        let wanted = Wanted { owner: OWNER, documents: None, passages: None, vector, limit: 100 };
        let began = clock.monotonic();
        let found = engine.nearest(place, wanted.clone()).await?;
        times.push(clock.monotonic() - began);
        let nearest = exact.nearest(place, Wanted { limit: 10, ..wanted }).await?;
        let near = |passage: u128| found.iter().take(10).any(|near| near.passage == passage);
        right += nearest.iter().filter(|one| near(one.passage)).count();
    }
    engine.discard(place).await?;
    times.sort_unstable();
    report(&format!(
        "{shape:?}: {passages} passages put in {:.1} s; the hundred nearest p50 {:.1} ms, p95 {:.1} ms; recall@10 {:.4}",
        put.as_secs_f64(),
        quantile(&times, 50),
        quantile(&times, 95),
        right as f64 / (QUESTIONS * 10) as f64,
    ));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn report(line: &str) {
    println!("{line}");
}

/// In milliseconds, of sorted times.
fn quantile(times: &[Duration], percent: usize) -> f64 {
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

fn of_passage(passage: u64, shape: Shape) -> Vec<f32> {
    let own = noise(passage + 1);
    match shape {
        Shape::AnyDirection => own,
        Shape::Clusters => {
            let centre = noise(9_000_000_000 + passage.wrapping_mul(0x9e37_79b9_7f4a_7c15) % CLUSTERS);
            centre.iter().zip(own).map(|(centre, own)| centre + 0.7 * own).collect()
        }
    }
}

/// Numbers that look random and are the same each time.
fn noise(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f32::from(u16::try_from(state >> 48).unwrap_or(0)) / 32_768.0 - 1.0
    };
    (0..DIMENSIONS).map(|_| next()).collect()
}
