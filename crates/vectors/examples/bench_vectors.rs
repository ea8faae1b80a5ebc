//! Measures exact search: `cargo run --release -p vectors --example bench_vectors` prints how long the hundred nearest of
//! 100,000 vectors of 384 numbers take, how much memory they need, and how many of the ten nearest are those of exact
//! arithmetic.

use base::{Clock, Id, OwnerId, SystemClock};
use std::{collections::HashSet, time::Duration};
use vectors::{Question, Space, Vector};

const OWNER: OwnerId = Id::FIRST_OWNER;
const DOCUMENTS: u64 = 1_000;
const OF_A_DOCUMENT: u64 = 100;
const DIMENSIONS: u64 = 384;
const QUESTIONS: u64 = 300;
/// Questions whose answers are compared with exact arithmetic.
const COMPARED: u64 = 30;

fn main() {
    let clock = SystemClock::default();
    let mut space = Space::new(usize::try_from(DIMENSIONS).unwrap_or(0));
    for document in 0..DOCUMENTS {
        let passages: Vec<(u128, Vector)> = (document * OF_A_DOCUMENT..(document + 1) * OF_A_DOCUMENT)
            .filter_map(|passage| Some((u128::from(passage), Vector::new(&numbers(passage))?)))
            .collect();
        space.put(id(document), OWNER, &passages);
    }
    report(&format!("{} vectors of {DIMENSIONS} numbers take {} bytes", space.len(), space.bytes()));
    let some: HashSet<Id> = (0..DOCUMENTS / 4).map(id).collect();
    let (mut everywhere, mut filtered, mut right) = (Vec::new(), Vec::new(), 0_usize);
    for question in 0..QUESTIONS {
        let asked = numbers(1_000_000_007 + question);
        let Some(vector) = Vector::new(&asked) else { continue };
        let question_of =
            |documents| Question { owner: OWNER, documents, passages: None, vector: &vector, limit: 100 };
        let began = clock.monotonic();
        let near = space.nearest(&question_of(None));
        everywhere.push(clock.monotonic() - began);
        let began = clock.monotonic();
        space.nearest(&question_of(Some(&some)));
        filtered.push(clock.monotonic() - began);
        if question < COMPARED {
            let exact = exactly(&asked);
            right += near.iter().take(10).filter(|near| exact.contains(&near.passage)).count();
        }
    }
    for (name, times) in [("everywhere", &mut everywhere), ("in a quarter of the documents", &mut filtered)] {
        report(&format!("{name}: p50 {:.2} ms, p95 {:.2} ms", quantile(times, 50), quantile(times, 95)));
    }
    report(&format!("of the ten nearest by exact arithmetic, {right} of {} are found", COMPARED * 10));
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn report(line: &str) {
    println!("{line}");
}

fn id(document: u64) -> Id {
    Id::from_u128(u128::from(document) + 1)
}

/// The ten nearest, in double precision.
fn exactly(asked: &[f32]) -> HashSet<u128> {
    let mut all: Vec<(f64, u64)> = (0..DOCUMENTS * OF_A_DOCUMENT)
        .map(|passage| {
            let row = numbers(passage);
            let dot = |one: &[f32], other: &[f32]| -> f64 {
                one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
            };
            (dot(&row, asked) / dot(&row, &row).sqrt(), passage)
        })
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().take(10).map(|(_, passage)| u128::from(passage)).collect()
}

/// Numbers near one of a hundred topics, so that many passages are about as near as each other.
fn numbers(seed: u64) -> Vec<f32> {
    let topic = mixed(seed) % 100 * 1_000_003;
    let own = mixed(seed.wrapping_mul(3));
    (0..DIMENSIONS).map(|place| number(topic + place) + 0.8 * number(own.wrapping_add(place))).collect()
}

/// Between -1 and 1.
#[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
fn number(seed: u64) -> f32 {
    (mixed(seed) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
}

/// `SplitMix64`.
fn mixed(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}
