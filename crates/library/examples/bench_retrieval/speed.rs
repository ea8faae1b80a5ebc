//! How long searches take among 100,000 passages with vectors of 384 numbers, and how much memory these take.

use super::{Outcome, report};
use base::{Clock, Id, OwnerId, SystemClock};
use search::{Candidate, Entry, Index, OwnWords, Query, fuse};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    process::Command,
    time::Duration,
};
use vectors::{Question, Space, Vector};

pub(crate) const OWNER: OwnerId = Id::FIRST_OWNER;
pub(crate) const PASSAGES: u128 = 100_000;
const OF_A_DOCUMENT: u128 = 100;
pub(crate) const DIMENSIONS: usize = 384;
const ROUNDS: u64 = 200;
/// What 95 % of the searches have to stay below, in milliseconds: by words, and by words and meaning.
const WORDS_MS: f64 = 5.0;
const BOTH_MS: f64 = 30.0;
/// Most memory of a process that has all of them ready, in megabytes.
const MOST_MB: f64 = 250.0;
/// Tells this program to be that process.
pub(crate) const RESIDENT: &str = "--resident";
/// Words of the passages; the first stand in most, the last in few.
const WORDS: u64 = 20_000;

pub(crate) fn run() -> Outcome<()> {
    let clock = SystemClock::default();
    let folder = tempfile::tempdir()?;
    let (index, _) = Index::open(folder.path())?;
    let mut space = Space::new(DIMENSIONS);
    for number in 0..PASSAGES / OF_A_DOCUMENT {
        let passages = number * OF_A_DOCUMENT..(number + 1) * OF_A_DOCUMENT;
        index.add(&passages.map(entry).collect::<Vec<_>>())?;
        put_vectors(&mut space, number);
    }
    index.commit()?;
    let bytes = space.bytes() as f64 / 1e6;
    report(&format!(
        "\n{} passages, {DIMENSIONS} numbers each: {bytes:.1} MB of vectors in memory",
        space.len()
    ));
    report("\n| search | p50 ms | p95 ms | gate |\n| --- | --- | --- | --- |");
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
        ("words, ten hits", Some(WORDS_MS)),
        ("meaning", None),
        ("both", Some(BOTH_MS)),
        ("both, in a quarter of the documents", Some(BOTH_MS)),
        ("words, ten hits, widened by the passages", Some(WORDS_MS)),
    ];
    for ((name, gate), times) in names.into_iter().zip(&mut times) {
        let (half, most) = (quantile(times, 50), quantile(times, 95));
        let gate = gate.map_or_else(String::new, |gate| format!("{gate} ms: {}", held(most < gate)));
        report(&format!("| {name} | {half:.2} | {most:.2} | {gate} |"));
    }
    drop((index, space));
    // Another process, which has not made all of it.
    let asked = Command::new(std::env::current_exe()?).arg(RESIDENT).arg(folder.path()).status()?;
    if asked.success() { Ok(()) } else { Err("the process whose memory is measured failed".into()) }
}

/// The process whose memory is measured: opens the index, has all vectors, searches, and says how much it takes.
pub(crate) fn resident(folder: &Path) -> Outcome<()> {
    let (index, _) = Index::open(folder)?;
    let mut space = Space::new(DIMENSIONS);
    (0..PASSAGES / OF_A_DOCUMENT).for_each(|number| put_vectors(&mut space, number));
    for round in 0..ROUNDS {
        let vector = vector(round + 9_000_000).ok_or("no vector")?;
        let query = Query { limit: 100, ..Query::new(OWNER, words(round + 7_000_000, 4)) };
        let question =
            Question { owner: OWNER, documents: None, passages: None, vector: &vector, limit: 100 };
        both(&index, &query, &space, &question)?;
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
        kib * 1_024.0 / 1e6
    };
    let all = megabytes("VmRSS:");
    report(&format!(
        "\nA process that has {} passages ready and has searched {ROUNDS} times has {all:.1} MB in memory: {:.1} MB of its own \
         ({:.1} MB of them vectors) and {:.1} MB of files, the index among them. {MOST_MB} MB allowed: {}.",
        index.len(),
        megabytes("RssAnon:"),
        space.bytes() as f64 / 1e6,
        megabytes("RssFile:"),
        held(all <= MOST_MB)
    ));
    Ok(())
}

const fn held(is: bool) -> &'static str {
    if is { "held" } else { "MISSED" }
}

fn put_vectors(space: &mut Space, number: u128) {
    let of = |passage: u128| Some((passage, vector(u64::try_from(passage).ok()?)?));
    let vectors: Vec<(u128, Vector)> =
        (number * OF_A_DOCUMENT..(number + 1) * OF_A_DOCUMENT).filter_map(of).collect();
    space.put(document(number), OWNER, &vectors);
}

/// What the library does after the question has its vector.
fn both(index: &Index, query: &Query, space: &Space, question: &Question<'_>) -> Outcome<()> {
    let near = space.nearest(question);
    let mut words: HashMap<u128, (Id, f32, bool)> = HashMap::new();
    for hit in index.search(query)?.hits {
        words.insert(hit.id.parse()?, (hit.document_id.parse()?, hit.score, hit.is_named));
    }
    let others: Vec<String> = near
        .iter()
        .filter(|near| !words.contains_key(&near.passage))
        .map(|near| near.passage.to_string())
        .collect();
    for hit in index.score(query, &others)? {
        words.insert(hit.id.parse()?, (hit.document_id.parse()?, hit.score, hit.is_named));
    }
    let all: Vec<(Id, u128)> = words.iter().map(|(passage, (document, ..))| (*document, *passage)).collect();
    let likenesses = space.likenesses(question.vector, &all);
    let candidates = words.into_iter().map(|(passage, (_, score, is_named))| Candidate {
        is_named,
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
