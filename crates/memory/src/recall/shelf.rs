//! What is known in one scope of one owner, ready to be looked through.

use super::question::{Question, When};
use crate::{
    attribute,
    model::{Fact, Kind, Standing},
};
use base::{Id, OwnerId, Timestamp};
use std::collections::HashMap;
use vectors::{Space, Vector};

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What a word counts that was said before it, and one that questions ask for it with.
const CONTEXT: f32 = 0.4;
const ASKED_BY: f32 = 0.7;
/// Entries without any of the words that are counted in: who knows two facts knows nothing about which words are rare.
const UNSEEN: f32 = 200.0;
/// The one document's owner in a shelf's vectors: a shelf is one owner's already.
const HERE: OwnerId = Id::FIRST_OWNER;

/// Something that is known, without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    /// The conversation it was said in.
    pub conversation_id: Option<Id>,
    /// When it was said.
    pub said_at: Timestamp,
    /// When it holds, as far as that is known.
    pub true_from: Option<Timestamp>,
    /// Until when.
    pub true_until: Option<Timestamp>,
    /// When it was superseded.
    pub superseded_at: Option<Timestamp>,
    /// Whether it counts.
    pub current: bool,
    /// From 0 to 1.
    pub importance: f32,
    /// From 0 to 1.
    pub confidence: f32,
    changed_at: Timestamp,
    /// The weight of its words.
    length: f32,
    /// Taken off the shelf.
    gone: bool,
}

impl Entry {
    /// Whether it is about or was said in this time.
    pub(super) fn is_from(&self, when: When) -> bool {
        match (self.true_from, self.true_until) {
            (None, None) => self.said_at >= when.from && self.said_at < when.until,
            (_, _) => self.holds_in(when),
        }
    }

    /// Whether it was true in this time.
    pub(super) fn holds_in(&self, when: When) -> bool {
        let from = self.true_from.unwrap_or(match self.true_until {
            Some(_) => Timestamp::from_millis(i64::MIN / 2),
            None => self.said_at,
        });
        let until = self.true_until.or(self.superseded_at).unwrap_or(Timestamp::from_millis(i64::MAX / 2));
        from < when.until && until > when.from
    }
}

/// A word's place in an entry.
#[derive(Debug, Clone, Copy)]
struct Posting {
    place: u32,
    weight: f32,
}

/// What is known in one scope of one owner.
#[derive(Debug, Default)]
pub struct Shelf {
    entries: Vec<Entry>,
    places: HashMap<Id, u32>,
    words: HashMap<Box<str>, Vec<Posting>>,
    length: f64,
    gone: usize,
    vectors: Option<Space>,
}

/// A term that is looked for, and how telling it is among the shelves opened.
#[derive(Debug, Clone)]
pub(super) struct Weight {
    term: String,
    word: String,
    idf: f32,
    /// What an entry weighs on average there.
    average: f32,
}

/// What the words of a question are worth in an entry.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    words: f32,
    covered: f32,
    bits: u64,
}

/// An entry whose words match.
pub(super) struct Hit {
    pub(super) place: u32,
    pub(super) score: f32,
    /// How much of what was asked stands in it, from 0 to 1.
    pub(super) coverage: f32,
    pub(super) matched: Vec<String>,
}

/// How telling the words of a question are on these shelves together.
pub(super) fn weights(shelves: &[&Shelf], question: &Question) -> Vec<Weight> {
    let count = shelves.iter().map(|shelf| shelf.len()).sum::<usize>() as f32;
    let length: f64 = shelves.iter().map(|shelf| shelf.length).sum();
    let average = (length as f32 / count.max(1.0)).max(1.0);
    let of = |(term, word): &(String, String)| {
        let having =
            shelves.iter().filter_map(|shelf| shelf.words.get(term.as_str())).map(Vec::len).sum::<usize>()
                as f32;
        // More postings than entries: of those that are gone.
        let idf = ((count + UNSEEN - having + 0.5).max(0.5) / (having + 0.5)).ln_1p();
        Weight { term: term.clone(), word: word.clone(), idf, average }
    };
    question.terms.iter().map(of).collect()
}

impl Shelf {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len() - self.gone
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn entry(&self, place: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(place).ok()?).filter(|entry| !entry.gone)
    }

    /// What is told whatever is asked.
    pub(super) fn always(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.gone && entry.current && crate::profile::always(entry.kind))
    }

    /// Puts a fact on the shelf, in the place of what was there of it; one that may not be told is taken off.
    pub fn put(&mut self, fact: &Fact) {
        let told = matches!(fact.standing(), Standing::Current | Standing::Superseded);
        if let Some(entry) = self.places.get(&fact.id).and_then(|place| self.entry(*place)) {
            let current = fact.standing() == Standing::Current;
            if entry.changed_at == fact.changed_at && entry.current == current && told {
                return;
            }
            self.take(fact.id);
        }
        if !told {
            return;
        }
        let Ok(place) = u32::try_from(self.entries.len()) else { return };
        let mut weights: HashMap<String, f32> = HashMap::new();
        let asked_by = attribute::asked_by(&fact.draft.attribute);
        let subject = if fact.draft.subject == crate::model::YOU { "" } else { fact.draft.subject.as_str() };
        for (text, weight) in [
            (fact.draft.text.as_str(), 1.0),
            (fact.draft.context.as_str(), CONTEXT),
            (asked_by, ASKED_BY),
            (subject, ASKED_BY),
        ] {
            for token in search::analyse(text) {
                *weights.entry(token.term).or_default() += weight;
            }
        }
        let length = weights.values().sum::<f32>();
        for (term, weight) in weights {
            self.words.entry(term.into_boxed_str()).or_default().push(Posting { place, weight });
        }
        self.length += f64::from(length);
        self.places.insert(fact.id, place);
        self.entries.push(entry_of(fact, length));
    }

    /// Takes a fact off the shelf.
    pub fn take(&mut self, id: Id) {
        let Some(place) = self.places.remove(&id) else { return };
        if let Some(entry) = usize::try_from(place).ok().and_then(|place| self.entries.get_mut(place)) {
            entry.gone = true;
            self.length -= f64::from(entry.length);
            self.gone += 1;
        }
        if let Some(vectors) = &mut self.vectors {
            vectors.remove(id);
        }
        if self.gone > 64 && self.gone * 2 > self.entries.len() {
            self.tidy();
        }
    }

    /// Closes the gaps that entries have left.
    fn tidy(&mut self) {
        let mut moved: Vec<Option<u32>> = Vec::with_capacity(self.entries.len());
        let mut next = 0;
        for entry in &self.entries {
            moved.push((!entry.gone).then_some(next));
            next += u32::from(!entry.gone);
        }
        let to = |place: u32| moved.get(usize::try_from(place).ok()?).copied().flatten();
        self.words.retain(|_, postings| {
            *postings =
                postings.iter().filter_map(|one| Some(Posting { place: to(one.place)?, ..*one })).collect();
            !postings.is_empty()
        });
        self.places.retain(|_, place| to(*place).inspect(|new| *place = *new).is_some());
        self.entries.retain(|entry| !entry.gone);
        self.gone = 0;
    }

    /// Keeps what a fact means; one that is not on the shelf has no meaning here.
    pub fn put_vector(&mut self, id: Id, vector: Vector) {
        if !self.places.contains_key(&id) {
            return;
        }
        let dimensions = vector.dimensions();
        let vectors = self.vectors.get_or_insert_with(|| Space::new(dimensions));
        if vectors.dimensions() != dimensions {
            *vectors = Space::new(dimensions);
        }
        vectors.put(id, HERE, &[(0, vector)]);
    }

    /// Whether anything on it has a meaning.
    pub fn has_vectors(&self) -> bool {
        self.vectors.as_ref().is_some_and(|vectors| !vectors.is_empty())
    }

    /// Forgets all meanings: another model makes them now.
    pub fn clear_vectors(&mut self) {
        self.vectors = None;
    }

    pub(super) fn by_words(
        &self,
        weights: &[Weight],
        limit: usize,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<Hit> {
        // A number for each entry is less work than a table of those that match, where words are common.
        let mut scores = vec![Score::default(); self.entries.len()];
        let mut touched = Vec::new();
        for (number, weight) in weights.iter().enumerate() {
            let bit = 1_u64.checked_shl(u32::try_from(number).unwrap_or(63)).unwrap_or(0);
            for posting in self.words.get(weight.term.as_str()).into_iter().flatten() {
                let (Some(entry), Some(score)) = (
                    self.entry(posting.place),
                    usize::try_from(posting.place).ok().and_then(|at| scores.get_mut(at)),
                ) else {
                    continue;
                };
                let norm = K1 * (1.0 - B + B * entry.length / weight.average);
                if score.bits == 0 {
                    touched.push(posting.place);
                }
                score.words += weight.idf * posting.weight * (K1 + 1.0) / (posting.weight + norm);
                score.covered += weight.idf * posting.weight.min(1.0);
                score.bits |= bit;
            }
        }
        let of = |place: u32| {
            usize::try_from(place).ok().and_then(|at| scores.get(at)).copied().unwrap_or_default()
        };
        touched.retain(|place| self.entry(*place).is_some_and(&wanted));
        let better =
            |one: &u32, other: &u32| of(*other).words.total_cmp(&of(*one).words).then(one.cmp(other));
        if touched.len() > limit {
            touched.select_nth_unstable_by(limit, better);
            touched.truncate(limit);
        }
        touched.sort_unstable_by(better);
        let all: f32 = weights.iter().map(|weight| weight.idf).sum::<f32>().max(f32::EPSILON);
        let hit = |place: u32| {
            let Score { words, covered, bits } = of(place);
            let matched = weights.iter().enumerate().filter(|(number, _)| bits >> number & 1 == 1);
            let matched = matched.map(|(_, weight)| weight.word.clone()).collect();
            Hit { place, score: words, coverage: covered / all, matched }
        };
        touched.into_iter().map(hit).collect()
    }

    /// What is about or was said in a time, the latest first.
    pub(super) fn by_time(&self, when: When, limit: usize, wanted: impl Fn(&Entry) -> bool) -> Vec<u32> {
        let from = |entry: &Entry| !entry.gone && entry.is_from(when) && wanted(entry);
        let mut found: Vec<(Timestamp, u32)> = (0..)
            .zip(&self.entries)
            .filter(|(_, entry)| from(entry))
            .map(|(place, entry)| (entry.said_at, place))
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, place)| place).take(limit).collect()
    }

    pub(super) fn by_meaning(
        &self,
        vector: &Vector,
        limit: usize,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<(u32, f32)> {
        let Some(vectors) = &self.vectors else { return Vec::new() };
        let question =
            vectors::Question { owner: HERE, documents: None, passages: None, vector, limit: limit * 2 };
        let found = vectors.nearest(&question).into_iter().filter_map(|near| {
            let place = *self.places.get(&near.document)?;
            self.entry(place).filter(|entry| wanted(entry)).map(|_| (place, near.likeness))
        });
        found.take(limit).collect()
    }

    /// Where facts stand that somebody else says how near they are, the nearest first; those left out that are not here.
    pub(super) fn places_of(
        &self,
        near: &HashMap<Id, f32>,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Vec<(u32, f32)> {
        let here = near.iter().filter_map(|(id, likeness)| {
            let place = *self.places.get(id)?;
            self.entry(place).filter(|entry| wanted(entry)).map(|_| (place, *likeness))
        });
        let mut found: Vec<(u32, f32)> = here.collect();
        found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        found
    }

    /// How near these are, those left out that nobody knows it of.
    pub(super) fn likenesses(&self, vector: &Vector, places: &[u32]) -> Vec<(u32, f32)> {
        let Some(vectors) = &self.vectors else { return Vec::new() };
        let likeness = |place: &u32| {
            let id = self.entry(*place)?.id;
            Some((*place, *vectors.likenesses(vector, &[(id, 0)]).get(&0)?))
        };
        places.iter().filter_map(likeness).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
fn entry_of(fact: &Fact, length: f32) -> Entry {
    Entry {
        id: fact.id,
        kind: fact.draft.kind,
        conversation_id: fact.draft.source.conversation_id,
        said_at: fact.draft.said_at,
        true_from: fact.draft.true_from,
        true_until: fact.draft.true_until,
        superseded_at: fact.superseded_at,
        current: fact.standing() == Standing::Current,
        importance: fact.draft.importance as f32,
        confidence: fact.draft.confidence as f32,
        changed_at: fact.changed_at,
        length,
        gone: false,
    }
}
