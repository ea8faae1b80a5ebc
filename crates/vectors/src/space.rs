//! All vectors of one model.

use crate::{
    scan,
    vector::{Vector, likeness},
};
use base::{Id, OwnerId};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    thread,
};

/// From so many numbers on, one more thread is worth its start.
const NUMBERS_PER_THREAD: usize = 4_000_000;
/// More threads only wait for the memory.
const MOST_THREADS: usize = 8;

/// The vectors of passages, by document.
#[derive(Debug)]
pub struct Space {
    dimensions: usize,
    documents: Vec<Document>,
    places: HashMap<Id, usize>,
}

/// The passages of a document, one after the other.
#[derive(Debug)]
struct Document {
    id: Id,
    owner: OwnerId,
    passages: Vec<u128>,
    numbers: Vec<i16>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// In whose passages.
    pub owner: OwnerId,
    /// Only in these documents; `None` means everywhere.
    pub documents: Option<&'a HashSet<Id>>,
    /// Only these passages; `None` means all of them.
    pub passages: Option<&'a HashSet<u128>>,
    /// Near what.
    pub vector: &'a Vector,
    /// How many at the most.
    pub limit: usize,
}

/// A passage that is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The passage.
    pub passage: u128,
    /// The document it stands in.
    pub document: Id,
    /// The cosine of the angle between both vectors: 1 for the same direction, 0 for nothing in common.
    pub likeness: f32,
}

/// A candidate: its sum of products, then what keeps the order of equals the same.
type Candidate = (i32, Reverse<(usize, usize)>);

impl Space {
    /// An empty one for vectors of so many numbers.
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, documents: Vec::new(), places: HashMap::new() }
    }

    /// How many numbers its vectors have.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many passages there are.
    pub fn len(&self) -> usize {
        self.documents.iter().map(|document| document.passages.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.documents.iter().all(|document| document.passages.is_empty())
    }

    /// Bytes that the vectors and what belongs to them take.
    pub fn bytes(&self) -> usize {
        let of = |document: &Document| {
            size_of::<Document>()
                + size_of::<(Id, usize)>()
                + document.passages.capacity() * size_of::<u128>()
                + document.numbers.capacity() * size_of::<i16>()
        };
        self.documents.iter().map(of).sum()
    }

    /// Puts these passages in place of all that a document had. Vectors of another size are left out; answers how many
    /// are in.
    pub fn put(&mut self, id: Id, owner: OwnerId, passages: &[(u128, Vector)]) -> usize {
        self.remove(id);
        let fitting = || passages.iter().filter(|(_, vector)| vector.dimensions() == self.dimensions);
        let count = fitting().count();
        if count == 0 {
            return 0;
        }
        let mut document = Document {
            id,
            owner,
            passages: Vec::with_capacity(count),
            numbers: Vec::with_capacity(count * self.dimensions),
        };
        for (passage, vector) in fitting() {
            document.passages.push(*passage);
            document.numbers.extend_from_slice(vector.numbers());
        }
        self.places.insert(id, self.documents.len());
        self.documents.push(document);
        count
    }

    /// Takes a document out.
    pub fn remove(&mut self, id: Id) {
        let Some(place) = self.places.remove(&id) else { return };
        self.documents.swap_remove(place);
        if let Some(moved) = self.documents.get(place) {
            self.places.insert(moved.id, place);
        }
    }

    /// Takes out all documents but these.
    pub fn keep_only(&mut self, documents: &HashSet<Id>) {
        let others: Vec<Id> = self.places.keys().copied().filter(|id| !documents.contains(id)).collect();
        others.into_iter().for_each(|id| self.remove(id));
    }

    /// Whose a document is; `None` where it is not here.
    pub fn owner_of(&self, document: Id) -> Option<OwnerId> {
        let place = self.places.get(&document)?;
        self.documents.get(*place).map(|document| document.owner)
    }

    /// The passages that are nearest, the nearest first.
    pub fn nearest(&self, question: &Question<'_>) -> Vec<Near> {
        if question.vector.dimensions() != self.dimensions || question.limit == 0 {
            return Vec::new();
        }
        let asked: Vec<usize> = match question.documents {
            None => (0..self.documents.len()).collect(),
            Some(wanted) => wanted.iter().filter_map(|id| self.places.get(id).copied()).collect(),
        };
        let of_owner = |place: &usize| {
            self.documents.get(*place).is_some_and(|document| document.owner == question.owner)
        };
        let mut asked: Vec<usize> = asked.into_iter().filter(of_owner).collect();
        asked.sort_unstable();
        let mut best: Vec<Candidate> = self.parts(&asked).map_or_else(
            || self.best(&asked, question),
            |parts| {
                thread::scope(|scope| {
                    let running: Vec<_> =
                        parts.iter().map(|part| scope.spawn(|| self.best(part, question))).collect();
                    // A thread that failed would have failed here, too.
                    running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
                })
            },
        );
        best.sort_unstable_by_key(|candidate| Reverse(*candidate));
        best.truncate(question.limit);
        best.into_iter().filter_map(|(sum, Reverse(place))| self.near(sum, place)).collect()
    }

    /// How near these passages are; those that are not here are left out.
    pub fn likenesses(&self, vector: &Vector, passages: &[(Id, u128)]) -> HashMap<u128, f32> {
        let mut wanted: HashMap<usize, HashSet<u128>> = HashMap::new();
        for (document, passage) in passages {
            if let Some(place) = self.places.get(document) {
                wanted.entry(*place).or_default().insert(*passage);
            }
        }
        let mut found = HashMap::with_capacity(passages.len());
        if vector.dimensions() != self.dimensions {
            return found;
        }
        for (place, passages) in wanted {
            let Some(document) = self.documents.get(place) else { continue };
            let rows = document.numbers.chunks_exact(self.dimensions.max(1));
            for (passage, row) in document.passages.iter().zip(rows) {
                if passages.contains(passage) {
                    found.insert(*passage, likeness(scan::product(row, vector.numbers())));
                }
            }
        }
        found
    }

    /// The documents in as many parts of about one size as there should be threads; `None` for one.
    fn parts(&self, asked: &[usize]) -> Option<Vec<Vec<usize>>> {
        let numbers = |place: &usize| self.documents.get(*place).map_or(0, |document| document.numbers.len());
        let all: usize = asked.iter().map(numbers).sum();
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let threads = (all / NUMBERS_PER_THREAD).clamp(1, cores);
        if threads == 1 {
            return None;
        }
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); threads];
        let mut done = 0;
        for place in asked {
            let part = (done * threads / all.max(1)).min(threads - 1);
            parts.get_mut(part)?.push(*place);
            done += numbers(place);
        }
        Some(parts)
    }

    fn best(&self, asked: &[usize], question: &Question<'_>) -> Vec<Candidate> {
        let mut best: BinaryHeap<Reverse<Candidate>> =
            BinaryHeap::with_capacity(question.limit.min(1_000) + 1);
        let mut least = i32::MIN;
        for place in asked {
            let Some(document) = self.documents.get(*place) else { continue };
            least = scan::rows_above(&document.numbers, question.vector.numbers(), least, |row, sum| {
                let allowed = question
                    .passages
                    .is_none_or(|allowed| document.passages.get(row).is_some_and(|id| allowed.contains(id)));
                if allowed {
                    best.push(Reverse((sum, Reverse((*place, row)))));
                }
                if best.len() > question.limit {
                    best.pop();
                }
                match best.peek() {
                    Some(Reverse((sum, _))) if best.len() == question.limit => *sum,
                    Some(_) | None => i32::MIN,
                }
            });
        }
        best.into_iter().map(|Reverse(candidate)| candidate).collect()
    }

    fn near(&self, sum: i32, (place, row): (usize, usize)) -> Option<Near> {
        let document = self.documents.get(place)?;
        let passage = *document.passages.get(row)?;
        Some(Near { passage, document: document.id, likeness: likeness(sum) })
    }
}
