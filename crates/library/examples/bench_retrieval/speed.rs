//! How long searches take among 100,000 passages with vectors of 384 numbers, and how much memory these take.

use super::{Outcome, report};
use base::{Clock, Id, OwnerId, SystemClock};
use search::{Candidate, Entry, Index, OwnWords, Query, fuse};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use vectors::{Question, Space, Vector};

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;
pub(crate) const PASSAGES: u128 = 100_000;
const OF_A_DOCUMENT: u128 = 100;
pub(crate) const DIMENSIONS: usize = 384;
const ROUNDS: u64 = 200;
/// Words of the passages; the first stand in most, the last in few.
const WORDS: u64 = 20_000;

pub(crate) fn run() -> Outcome<()> {
    let clock = SystemClock::default();
    let folder = tempfile::tempdir()?;
    let (index, _) = Index::open(folder.path())?;
    let mut space = Space::new(DIMENSIONS);
    for number in 0..PASSAGES / OF_A_DOCUMENT {
        let passages: Vec<u128> = (number * OF_A_DOCUMENT..(number + 1) * OF_A_DOCUMENT).collect();
        index.add(&passages.iter().map(|passage| entry(*passage)).collect::<Vec<_>>())?;
        let vectors: Vec<(u128, Vector)> = passages
            .iter()
            .filter_map(|passage| Some((*passage, vector(u64::try_from(*passage).ok()?)?)))
            .collect();
        space.put(document(number), OWNER, &vectors);
    }
    index.commit()?;
    let bytes = space.bytes() as f64 / 1e6;
    report(&format!(
        "\n{} passages, {DIMENSIONS} numbers each: {bytes:.1} MB of vectors in memory",
        space.len()
    ));
    report("\n| search | p50 ms | p95 ms |\n| --- | --- | --- |");
    let some: HashSet<Id> = (0..PASSAGES / OF_A_DOCUMENT / 4).map(document).collect();
    let filter: Vec<String> = some.iter().map(Id::to_string).collect();
    let mut times: [Vec<Duration>; 5] = Default::default();
    for round in 0..ROUNDS {
        let text = words(round + 7_000_000, 4);
        let vector = vector(round + 9_000_000).ok_or("no vector")?;
        let query = Query { limit: 100, ..Query::new(OWNER, &text) };
        let bounded = Query { document_ids: filter.clone(), ..query.clone() };
        let question =
            Question { owner: OWNER, documents: None, passages: None, vector: &vector, limit: 100 };
        let among = Question { documents: Some(&some), ..question };
        let mut time = |kind: usize, work: &dyn Fn() -> Outcome<()>| -> Outcome<()> {
            let began = clock.monotonic();
            work()?;
            if let Some(times) = times.get_mut(kind) {
                times.push(clock.monotonic() - began);
            }
            Ok(())
        };
        time(0, &|| {
            index.search(&Query { limit: 10, ..query.clone() })?;
            Ok(())
        })?;
        time(1, &|| {
            space.nearest(&question);
            Ok(())
        })?;
        time(2, &|| both(&index, &query, &space, &question))?;
        time(3, &|| both(&index, &bounded, &space, &among))?;
        time(4, &|| {
            index.search(&Query { limit: 10, own_words: OwnWords::Used, ..query.clone() })?;
            Ok(())
        })?;
    }
    let names = [
        "words, ten hits",
        "meaning",
        "both",
        "both, in a quarter of the documents",
        "words, ten hits, widened by the passages",
    ];
    for (name, times) in names.iter().zip(&mut times) {
        report(&format!("| {name} | {:.2} | {:.2} |", quantile(times, 50), quantile(times, 95)));
    }
    Ok(())
}

/// What the library does after the question has its vector.
fn both(index: &Index, query: &Query, space: &Space, question: &Question<'_>) -> Outcome<()> {
    let near = space.nearest(question);
    let mut words: HashMap<u128, (Id, f32)> = HashMap::new();
    for hit in index.search(query)?.hits {
        words.insert(hit.id.parse()?, (hit.document_id.parse()?, hit.score));
    }
    let others: Vec<String> = near
        .iter()
        .filter(|near| !words.contains_key(&near.passage))
        .map(|near| near.passage.to_string())
        .collect();
    for hit in index.score(query, &others)? {
        words.insert(hit.id.parse()?, (hit.document_id.parse()?, hit.score));
    }
    let all: Vec<(Id, u128)> = words.iter().map(|(passage, (document, _))| (*document, *passage)).collect();
    let likenesses = space.likenesses(question.vector, &all);
    let candidates = words.into_iter().map(|(passage, (_, score))| Candidate {
        passage,
        words: (score > 0.0).then_some(score),
        meaning: likenesses.get(&passage).copied(),
    });
    drop(fuse(candidates.collect(), library::FUSION));
    Ok(())
}

pub(crate) fn document(number: u128) -> Id {
    Id::from_u128(number + 1)
}

pub(crate) fn entry(passage: u128) -> Entry {
    let seed = u64::try_from(passage).unwrap_or(0);
    Entry {
        id: passage.to_string(),
        owner: OWNER,
        document_id: document(passage / OF_A_DOCUMENT).to_string(),
        title: "A document".to_owned(),
        heading: words(seed + 3_000_000, 3),
        body: words(seed, 120),
        page: None,
        facets: search::Facets::default(),
    }
}

fn mixed(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Made-up words whose frequencies fall as those of a language do.
pub(crate) fn words(seed: u64, count: u64) -> String {
    let word = |number: u64| {
        let share = (mixed(seed.wrapping_mul(1_000) + number) >> 11) as f64 / (1_u64 << 53) as f64;
        format!("w{}", (WORDS as f64).powf(share) as u64)
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// A direction near one of a hundred topics.
pub(crate) fn vector(seed: u64) -> Option<Vector> {
    let number = |seed: u64| (mixed(seed) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0;
    let topic = mixed(seed) % 100 * 1_000_003;
    let numbers: Vec<f32> = (0..DIMENSIONS as u64)
        .map(|place| number(topic + place) + 0.8 * number(seed.wrapping_mul(4_001).wrapping_add(place)))
        .collect();
    Vector::new(&numbers)
}

pub(crate) fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}
