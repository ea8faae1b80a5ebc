//! Searches in a set as the library does, without its database.

use super::Outcome;
use base::{Id, OwnerId, SystemClock};
use inference::OnDevice;
use llm::{Embedder, EmbeddingRequest};
use search::{Candidate, Entry, Fusion, Index, Query, Typos, evaluation::Document, fuse, query::plain_text};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    fmt,
    path::Path,
    sync::Arc,
};
use vectors::{Question, Space, Vector};

const OWNER: OwnerId = Id::FIRST_OWNER;
/// As deep as the library looks.
pub(crate) const DEPTH: usize = 100;
/// As deep as the lists are that others fuse.
pub(crate) const DEEP: usize = 1_000;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Words,
    Meaning,
    Both(Fusion),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("words (BM25)"),
            Self::Meaning => f.write_str("meaning"),
            Self::Both(Fusion::ReciprocalRank { k }) => write!(f, "both, reciprocal rank, k = {k}"),
            Self::Both(Fusion::Convex { meaning }) => write!(f, "both, convex, meaning {meaning:.2}"),
        }
    }
}

/// An index over a set, with vectors where there is a model.
pub(crate) struct Finder {
    index: Index,
    names: Vec<String>,
    meaning: Option<Meaning>,
}

/// What words and meaning find for a question; looked for once, and fused in many ways.
pub(crate) struct Lists {
    /// By words, the best [`DEEP`].
    pub(crate) words: Vec<(u128, f32)>,
    /// By meaning, the best [`DEEP`].
    pub(crate) meaning: Vec<(u128, f32)>,
    /// What the library puts in one order: the best [`DEPTH`] of both, each with both scores.
    pub(crate) candidates: Vec<Candidate<u128>>,
}

struct Meaning {
    models: OnDevice,
    model: String,
    space: Space,
    runtime: tokio::runtime::Runtime,
    /// The vectors of questions, which are asked in several ways.
    known: RefCell<HashMap<String, Vector>>,
}

impl Finder {
    /// Takes in the documents; titles are headings.
    pub(crate) fn new(documents: &[Document], model: Option<&Path>) -> Outcome<Self> {
        let index = Index::in_memory()?;
        for batch in (0..).zip(documents).collect::<Vec<(u128, &Document)>>().chunks(1_000) {
            let entries: Vec<Entry> =
                batch.iter().map(|(number, document)| entry(*number, document)).collect();
            index.add(&entries)?;
        }
        index.commit()?;
        let names = documents.iter().map(|document| document.id.clone()).collect();
        let meaning = model.map(|folder| Meaning::new(folder, documents)).transpose()?;
        Ok(Self { index, names, meaning })
    }

    /// The ways there are.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let mut ways = vec![Way::Words];
        if self.meaning.is_some() {
            let weights = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
            ways.extend([Way::Meaning, Way::Both(Fusion::ReciprocalRank { k: 60.0 })]);
            ways.extend(weights.map(|meaning| Way::Both(Fusion::Convex { meaning })));
        }
        ways
    }

    /// The ids of what is found, the best first.
    pub(crate) fn find(&self, text: &str, way: Way) -> Outcome<Vec<String>> {
        let query = Query { limit: DEPTH, ..Query::new(OWNER, text) };
        let order: Vec<u128> = match (way, &self.meaning) {
            (Way::Words, _) | (_, None) => {
                self.by_words(&query)?.into_iter().map(|(number, _)| number).collect()
            }
            (Way::Meaning, Some(meaning)) => {
                meaning.near(text, DEPTH)?.into_iter().map(|(number, _)| number).collect()
            }
            (Way::Both(fusion), Some(meaning)) => {
                let fused = fuse(self.candidates(&query, meaning)?, fusion);
                fused.into_iter().map(|(candidate, _)| candidate.passage).collect()
            }
        };
        Ok(self.named(&order))
    }

    /// What both sides find, once.
    pub(crate) fn lists(&self, text: &str) -> Outcome<Lists> {
        let meaning = self.meaning.as_ref().ok_or("there is no model that knows what a question means")?;
        let query = Query { limit: DEPTH, ..Query::new(OWNER, text) };
        Ok(Lists {
            words: self.by_words(&Query { limit: DEEP, ..query.clone() })?,
            meaning: meaning.near(text, DEEP)?,
            candidates: self.candidates(&query, meaning)?,
        })
    }

    /// The ids of what is found.
    pub(crate) fn named(&self, order: &[u128]) -> Vec<String> {
        let name = |number: &u128| self.names.get(usize::try_from(*number).ok()?).cloned();
        order.iter().filter_map(name).collect()
    }

    /// The ids of what is found by exactly these words, the best first.
    pub(crate) fn find_as_typed(&self, text: &str) -> Outcome<Vec<String>> {
        let query = Query { limit: DEPTH, typos: Typos::None, ..Query::new(OWNER, text) };
        let numbers = self.by_words(&query)?.into_iter().map(|(number, _)| number);
        Ok(numbers.filter_map(|number| self.names.get(usize::try_from(number).ok()?).cloned()).collect())
    }

    fn by_words(&self, query: &Query) -> Outcome<Vec<(u128, f32)>> {
        let hits = self.index.search(query)?.hits;
        Ok(hits.iter().filter_map(|hit| Some((hit.id.parse().ok()?, hit.score))).collect())
    }

    /// The best of both sides, each with both scores, in an order that is the same each time.
    fn candidates(&self, query: &Query, meaning: &Meaning) -> Outcome<Vec<Candidate<u128>>> {
        let mut words: BTreeMap<u128, (f32, bool)> = BTreeMap::new();
        for hit in self.index.search(query)?.hits {
            words.insert(hit.id.parse()?, (hit.score, hit.is_named));
        }
        let near = meaning.near(&query.text, DEPTH)?;
        let others: Vec<String> = near
            .iter()
            .filter(|(number, _)| !words.contains_key(number))
            .map(|(number, _)| number.to_string())
            .collect();
        for hit in self.index.score(query, &others)? {
            words.insert(hit.id.parse()?, (hit.score, hit.is_named));
        }
        let numbers: Vec<(Id, u128)> = words.keys().map(|number| (document(*number), *number)).collect();
        let likenesses = meaning.space.likenesses(&meaning.of(&query.text)?, &numbers);
        let candidates = words.into_iter().map(|(number, (score, is_named))| Candidate {
            is_named,
            passage: number,
            words: (score > 0.0).then_some(score),
            meaning: likenesses.get(&number).copied(),
        });
        Ok(candidates.collect())
    }
}

impl Meaning {
    fn new(folder: &Path, documents: &[Document]) -> Outcome<Self> {
        let models = folder.parent().unwrap_or(folder).to_owned();
        let model = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let on_device = OnDevice::new(inference::Config::default(), models, Arc::new(SystemClock::default()));
        on_device.look();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut made =
            Self { models: on_device, model, space: Space::new(0), runtime, known: RefCell::default() };
        let texts: Vec<String> =
            documents.iter().map(|document| format!("{}\n{}", document.title, document.text)).collect();
        let mut number = 0;
        for batch in texts.chunks(64) {
            let vectors = made.embed(batch.to_vec(), "RETRIEVAL_DOCUMENT")?;
            if number == 0 {
                made.space = Space::new(vectors.first().map_or(0, Vector::dimensions));
            }
            for vector in vectors {
                made.space.put(document(number), OWNER, &[(number, vector)]);
                number += 1;
            }
        }
        Ok(made)
    }

    fn embed(&self, inputs: Vec<String>, task: &str) -> Outcome<Vec<Vector>> {
        let request = EmbeddingRequest {
            model: self.model.clone(),
            inputs,
            task: Some(task.to_owned()),
            ..EmbeddingRequest::default()
        };
        let reply = self.runtime.block_on(self.models.embed(request))?;
        let vectors: Option<Vec<Vector>> = reply.vectors.iter().map(|numbers| Vector::new(numbers)).collect();
        vectors.ok_or_else(|| "a vector without a direction".into())
    }

    fn of(&self, question: &str) -> Outcome<Vector> {
        if let Some(known) = self.known.borrow().get(question) {
            return Ok(known.clone());
        }
        let vector = self.embed(vec![plain_text(question)], "RETRIEVAL_QUERY")?.pop().ok_or("no vector")?;
        self.known.borrow_mut().insert(question.to_owned(), vector.clone());
        Ok(vector)
    }

    fn near(&self, question: &str, limit: usize) -> Outcome<Vec<(u128, f32)>> {
        let vector = self.of(question)?;
        let near = self.space.nearest(&Question {
            owner: OWNER,
            documents: None,
            passages: None,
            vector: &vector,
            limit,
        });
        Ok(near.into_iter().map(|near| (near.passage, near.likeness)).collect())
    }
}

/// Every document of a set is one of the index; the first may not have the number nought.
fn document(number: u128) -> Id {
    Id::from_u128(number + 1)
}

fn entry(number: u128, document: &Document) -> Entry {
    Entry {
        id: number.to_string(),
        owner: OWNER,
        document_id: self::document(number).to_string(),
        title: String::new(),
        heading: document.title.clone(),
        body: document.text.clone(),
        page: None,
        facets: search::Facets::default(),
    }
}
