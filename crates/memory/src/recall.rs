//! What matters for a message: found by words, by meaning, by the time that is asked about, and weighed. Pure.
//!
//! Each scope of each owner is a [`Shelf`] of its own, so that a question sees what stands on the shelves that it opens
//! and nothing else. Words count by BM25 over the shelves opened, meaning by the cosine of vectors; both are brought
//! together by [`search::fuse`], then recency, weight and the time asked about move what was found. What is too far from
//! the question is left out altogether: nothing is better than something unrelated.

mod question;
mod shelf;

pub use question::{Question, When};
pub use shelf::{Entry, Shelf};

use crate::model::{Fact, Kind};
use base::{Id, Timestamp};
use search::{Candidate, Fusion, fuse};
use std::collections::HashMap;
use vectors::Vector;

/// Candidates that each way of looking may bring.
const DEPTH: usize = 100;
/// The weight of meaning beside words; see `docs/memory.md` for where it comes from.
const MEANING: f32 = 0.5;
/// What a fact loses half of its recency in, in days.
const HALF_LIFE_DAYS: f32 = 90.0;
const RECENCY: f32 = 0.04;
const IMPORTANCE: f32 = 0.08;
/// What a fact gains that is from the time that is asked about.
const IN_TIME: f32 = 0.25;
/// Something matters if so much of what the question says stands in it ...
const LEAST_COVERAGE: f32 = 0.34;
/// ... or it means something so near ...
const LEAST_LIKENESS: f32 = 0.38;
/// ... or a little of both.
const SOME_COVERAGE: f32 = 0.18;
const SOME_LIKENESS: f32 = 0.24;

/// Something that matters, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// What.
    pub fact: Fact,
    /// Why, in a few words.
    pub why: String,
    /// How much, from 0 to about 1; comparable within one recall only.
    pub score: f32,
    /// What it takes in a prompt.
    pub tokens: usize,
}

/// A candidate with its place in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Which.
    pub id: Id,
    /// How much it matters.
    pub score: f32,
    /// Why.
    pub why: String,
}

/// How to look.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// What is looked for.
    pub question: &'a Question,
    /// What it means, where something makes vectors.
    pub vector: Option<&'a Vector>,
    /// How near facts are, shelf by shelf, where others than the shelves know it.
    pub near: Option<&'a [HashMap<Id, f32>]>,
    /// What the person said in this conversation is there already.
    pub not_from: Option<Id>,
    /// The moment.
    pub now: Timestamp,
    /// How many at the most.
    pub limit: usize,
}

/// What was found of an entry.
#[derive(Default)]
struct Traces {
    words: Option<f32>,
    coverage: f32,
    matched: Vec<String>,
    meaning: Option<f32>,
}

/// Looks on these shelves; the best first.
pub fn look(shelves: &[&Shelf], look: &Look<'_>) -> Vec<Ranked> {
    let mut traces: HashMap<(usize, u32), Traces> = HashMap::new();
    let weights = shelf::weights(shelves, look.question);
    for (number, shelf) in shelves.iter().enumerate() {
        let wanted = |entry: &Entry| eligible(entry, look);
        for hit in shelf.by_words(&weights, DEPTH, wanted) {
            let trace = traces.entry((number, hit.place)).or_default();
            trace.words = Some(hit.score);
            trace.coverage = hit.coverage;
            trace.matched = hit.matched;
        }
        if let Some(when) = look.question.when.filter(|_| look.question.only_asks_for_a_time) {
            for place in shelf.by_time(when, DEPTH, wanted) {
                traces.entry((number, place)).or_default();
            }
        }
        let Some(vector) = look.vector else { continue };
        if let Some(near) = look.near.and_then(|near| near.get(number)) {
            for (rank, (place, likeness)) in shelf.places_of(near, wanted).into_iter().enumerate() {
                if rank < DEPTH || traces.contains_key(&(number, place)) {
                    traces.entry((number, place)).or_default().meaning = Some(likeness);
                }
            }
            continue;
        }
        for (place, likeness) in shelf.by_meaning(vector, DEPTH, wanted) {
            traces.entry((number, place)).or_default().meaning = Some(likeness);
        }
        let unknown: Vec<u32> = traces
            .iter()
            .filter(|((on, _), trace)| *on == number && trace.meaning.is_none())
            .map(|((_, place), _)| *place)
            .collect();
        for (place, likeness) in shelf.likenesses(vector, &unknown) {
            traces.entry((number, place)).or_default().meaning = Some(likeness);
        }
    }
    let mut places: Vec<(usize, u32)> = traces.keys().copied().collect();
    places.sort_unstable();
    let candidates = places
        .iter()
        .filter_map(|place| {
            let trace = traces.get(place)?;
            Some(Candidate { passage: *place, words: trace.words, meaning: trace.meaning, is_named: false })
        })
        .collect();
    let fusion = if look.vector.is_some() { MEANING } else { 0.0 };
    let mut ranked: Vec<Ranked> = fuse(candidates, Fusion::Convex { meaning: fusion })
        .into_iter()
        .filter_map(|(candidate, fused)| {
            let trace = traces.get(&candidate.passage)?;
            let entry = shelves.get(candidate.passage.0)?.entry(candidate.passage.1)?;
            weighed(entry, trace, fused, look)
        })
        .collect();
    ranked.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.id.cmp(&one.id)));
    ranked.truncate(look.limit);
    ranked
}

/// What words and times find on each shelf, before anybody says how near it is.
pub fn candidates(shelves: &[&Shelf], look: &Look<'_>) -> Vec<Vec<Id>> {
    let weights = shelf::weights(shelves, look.question);
    let on = |shelf: &&Shelf| -> Vec<Id> {
        let wanted = |entry: &Entry| eligible(entry, look);
        let mut places: Vec<u32> =
            shelf.by_words(&weights, DEPTH, wanted).into_iter().map(|hit| hit.place).collect();
        if let Some(when) = look.question.when.filter(|_| look.question.only_asks_for_a_time) {
            places.extend(shelf.by_time(when, DEPTH, wanted));
        }
        places.into_iter().filter_map(|place| Some(shelf.entry(place)?.id)).collect()
    };
    shelves.iter().map(on).collect()
}

/// What is told whatever is asked: who the person is, and how they want to be answered.
pub fn always(shelves: &[&Shelf], limit: usize) -> Vec<Ranked> {
    let mut entries: Vec<&Entry> = shelves.iter().flat_map(|shelf| shelf.always()).collect();
    let weight = |entry: &Entry| entry.importance * entry.confidence;
    entries.sort_by(|one, other| weight(other).total_cmp(&weight(one)).then(other.said_at.cmp(&one.said_at)));
    let ranked = |entry: &Entry| Ranked {
        id: entry.id,
        score: weight(entry),
        why: if entry.kind == Kind::Style { "How you want answers" } else { "Who you are" }.to_owned(),
    };
    entries.into_iter().take(limit).map(ranked).collect()
}

/// Whether something may be told at all: what counts no longer only where an earlier time is asked about.
fn eligible(entry: &Entry, look: &Look<'_>) -> bool {
    if look.not_from.is_some()
        && entry.conversation_id == look.not_from
        && matches!(entry.kind, Kind::Said | Kind::Summary)
    {
        return false;
    }
    if entry.current {
        return true;
    }
    look.question.asks_for_the_past
        || look.question.when.is_some_and(|when| when.from < look.now && entry.holds_in(when))
}

fn weighed(entry: &Entry, trace: &Traces, fused: f32, look: &Look<'_>) -> Option<Ranked> {
    let likeness = trace.meaning.unwrap_or(0.0);
    let in_time = look.question.when.is_some_and(|when| entry.is_from(when));
    let near = trace.coverage >= LEAST_COVERAGE
        || likeness >= LEAST_LIKENESS
        || (trace.coverage >= SOME_COVERAGE && likeness >= SOME_LIKENESS)
        || (in_time && (look.question.only_asks_for_a_time || trace.coverage > 0.0));
    if !near || (look.question.only_asks_for_a_time && !in_time) {
        return None;
    }
    let age_days = look.now.since(entry.said_at).as_secs_f32() / 86_400.0;
    let recency = (-age_days / HALF_LIFE_DAYS).exp2();
    let gained = if in_time { IN_TIME } else { 0.0 };
    let score =
        (fused + RECENCY * recency + IMPORTANCE * entry.importance + gained) * (0.5 + 0.5 * entry.confidence);
    Some(Ranked { id: entry.id, score, why: why(entry, trace, (in_time, age_days)) })
}

/// Why something was told, in words for a person.
fn why(entry: &Entry, trace: &Traces, (in_time, age_days): (bool, f32)) -> String {
    let mut reasons = Vec::new();
    if !trace.matched.is_empty() {
        let words: Vec<String> = trace.matched.iter().take(4).map(|word| format!("“{word}”")).collect();
        reasons.push(format!("you asked about {}", words.join(", ")));
    }
    if let Some(likeness) = trace.meaning.filter(|likeness| *likeness >= SOME_LIKENESS) {
        reasons.push(format!("close in meaning ({:.0} %)", likeness * 100.0));
    }
    if in_time {
        reasons.push("from the time you asked about".to_owned());
    }
    if !entry.current {
        reasons.push("no longer true, but you asked about the past".to_owned());
    } else if age_days < 1.0 {
        reasons.push("new".to_owned());
    }
    let joined = reasons.join("; ");
    crate::extract::rules::capitalised(if joined.is_empty() { "related" } else { &joined })
}
