//! Searches by words and by meaning, and both in one order.

use super::Library;
use crate::{
    LibraryError,
    model::{SearchMode, WordsOnly},
};
use ::vectors::{Collection, Known, Vector, Wanted};
use base::{Id, OwnerId};
use search::{
    Allowed, Candidate, Chip, Counting, FacetCounts, Filter, Fusion, Hit, Query, fuse,
    query::{names_tags, plain_text},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// How words and meaning become one order; `docs/library.md` tells where the weight comes from.
pub const FUSION: Fusion = Fusion::Convex { meaning: 0.6 };
/// How many passages are looked at by words and by meaning each, before both become one order.
const DEPTH: usize = 100;
/// No further page than this has anything that meaning found.
const MOST_DEPTH: usize = 1_000;

/// What a search found.
pub(crate) struct Found {
    pub(crate) hits: Vec<FoundHit>,
    pub(crate) total: usize,
    pub(crate) corrections: Vec<(String, Vec<String>)>,
    pub(crate) chips: Vec<Chip>,
    pub(crate) mode: SearchMode,
    pub(crate) words_only: Option<WordsOnly>,
    pub(crate) facets: FacetCounts,
}

/// A passage, and what found it.
pub(crate) struct FoundHit {
    pub(crate) hit: Hit,
    pub(crate) by_words: bool,
    pub(crate) likeness: Option<f32>,
}

/// What a question means, and among which vectors.
struct Meant {
    collection: Collection,
    vector: Vector,
}

impl Library {
    /// Searches in the way that was asked for, or by words where that cannot be.
    pub(crate) async fn find(&self, query: Query, mode: SearchMode) -> Result<Found, LibraryError> {
        let text = plain_text(&query.text);
        if mode == SearchMode::Keyword || text.is_empty() {
            return self.by_words(query, None).await;
        }
        let found = match mode {
            SearchMode::Keyword | SearchMode::Semantic => match self.meant(&query, &text).await? {
                Ok(meant) => self.by_meaning(query.clone(), meant).await,
                Err(why) => return self.by_words(query, Some(why)).await,
            },
            SearchMode::Hybrid => {
                let deep = Query { offset: 0, limit: depth(&query), ..query.clone() };
                let (words, meant) = tokio::join!(self.query(deep), self.meant(&query, &text));
                match meant? {
                    Ok(meant) => self.by_both(query.clone(), words?, meant).await,
                    Err(why) => return self.by_words(query, Some(why)).await,
                }
            }
        };
        match found {
            Err(LibraryError::Vectors(error)) => {
                let why = self.engine_failed(&error).await?;
                self.by_words(query, Some(WordsOnly::EngineFailed(why))).await
            }
            found => found,
        }
    }

    async fn by_words(&self, query: Query, why: Option<WordsOnly>) -> Result<Found, LibraryError> {
        let found = self.query(query).await?;
        let hits = found.hits.into_iter().map(|hit| FoundHit { hit, by_words: true, likeness: None });
        Ok(Found {
            hits: hits.collect(),
            total: found.total,
            corrections: found.corrections,
            chips: found.chips,
            mode: SearchMode::Keyword,
            words_only: why,
            facets: found.facets,
        })
    }

    async fn by_meaning(&self, query: Query, meant: Meant) -> Result<Found, LibraryError> {
        let (offset, limit) = (query.offset, query.limit);
        let likenesses = self.near(&query, &meant).await?;
        let facets = self.facets_by_meaning(&query, &meant, &likenesses).await?;
        let mut hits: Vec<FoundHit> = self
            .scored(query, likenesses.keys().copied().collect())
            .await?
            .into_iter()
            .filter_map(|(passage, mut hit)| {
                let likeness = *likenesses.get(&passage)?;
                let by_words = hit.score > 0.0;
                hit.score = likeness;
                Some(FoundHit { hit, by_words, likeness: Some(likeness) })
            })
            .collect();
        hits.sort_by(|one, other| other.hit.score.total_cmp(&one.hit.score));
        let total = hits.len();
        let hits = hits.into_iter().skip(offset).take(limit).collect();
        Ok(Found {
            hits,
            total,
            corrections: Vec::new(),
            chips: Vec::new(),
            mode: SearchMode::Semantic,
            words_only: None,
            facets,
        })
    }

    async fn by_both(&self, query: Query, words: search::Hits, meant: Meant) -> Result<Found, LibraryError> {
        let (owner, offset, limit) = (query.owner, query.offset, query.limit);
        let likenesses = self.near(&query, &meant).await?;
        let known: HashSet<u128> = words.hits.iter().filter_map(passage_number).collect();
        let others = likenesses.keys().copied().filter(|passage| !known.contains(passage)).collect();
        let others = self.scored(query.clone(), others).await?;
        let by_meaning_only = others.iter().filter(|(_, hit)| hit.score <= 0.0).map(|(passage, _)| *passage);
        let by_meaning_only: Vec<u128> = by_meaning_only.collect();
        let total = words.total + by_meaning_only.len();
        let mut facets = words.facets;
        facets.add(self.counted(query, by_meaning_only).await?);
        let hits: HashMap<u128, Hit> = words
            .hits
            .into_iter()
            .filter_map(|hit| Some((passage_number(&hit)?, hit)))
            .chain(others)
            .collect();
        let likenesses = self.likenesses(owner, &meant, (&hits, likenesses)).await?;
        let mut candidates: Vec<Candidate<u128>> = hits
            .iter()
            .map(|(passage, hit)| Candidate {
                passage: *passage,
                words: (hit.score > 0.0).then_some(hit.score),
                meaning: likenesses.get(passage).copied(),
                is_named: hit.is_named,
            })
            .collect();
        // Equals stay in an order that is the same each time.
        candidates.sort_by_key(|candidate| candidate.passage);
        let mut hits = hits;
        let fused = fuse(candidates, FUSION).into_iter().skip(offset).take(limit);
        let hits = fused.filter_map(|(candidate, score)| {
            let mut hit = hits.remove(&candidate.passage)?;
            hit.score = score;
            Some(FoundHit { hit, by_words: candidate.words.is_some(), likeness: candidate.meaning })
        });
        Ok(Found {
            hits: hits.collect(),
            total,
            corrections: words.corrections,
            chips: words.chips,
            mode: SearchMode::Hybrid,
            words_only: None,
            facets,
        })
    }

    /// What the question means, or why nobody can tell.
    async fn meant(&self, query: &Query, text: &str) -> Result<Result<Meant, WordsOnly>, LibraryError> {
        if self.embedding().is_none() {
            return Ok(Err(WordsOnly::NoEmbedder));
        }
        let Some(space) = self.serving_space().await? else { return Ok(Err(WordsOnly::NoVectors)) };
        Ok(match self.meaning_of(query.owner, &space.model, text).await {
            Ok(vector) => Ok(Meant { collection: space.collection(), vector }),
            Err(error) => {
                tracing::warn!(%error, model = %space.model, "a search goes by words only");
                Err(WordsOnly::EmbedderFailed(error.message))
            }
        })
    }

    /// The passages that are nearest in meaning, and how near.
    async fn near(&self, query: &Query, meant: &Meant) -> Result<HashMap<u128, f32>, LibraryError> {
        let mut documents: HashSet<Id> = query.document_ids.iter().filter_map(|id| id.parse().ok()).collect();
        let mut anywhere = query.document_ids.is_empty();
        let mut passages = None;
        if !query.filter.is_empty() || names_tags(&query.text) {
            let left = self.allowed(query.clone()).await?;
            let in_choice = left.documents.iter().filter_map(|id| id.parse().ok());
            documents = in_choice.filter(|id| anywhere || documents.contains(id)).collect();
            (passages, anywhere) = (left.passages, false);
        }
        let wanted = Wanted {
            owner: query.owner,
            documents: (!anywhere).then_some(documents),
            passages,
            vector: meant.vector.clone(),
            limit: depth(query),
        };
        let near = self.engine.nearest(meant.collection, wanted).await?;
        Ok(near.into_iter().map(|near| (near.passage, near.likeness)).collect())
    }

    /// The likenesses of all these passages: those that are known, and those of what the words found.
    async fn likenesses(
        &self,
        owner: OwnerId,
        meant: &Meant,
        (hits, mut known): (&HashMap<u128, Hit>, HashMap<u128, f32>),
    ) -> Result<HashMap<u128, f32>, LibraryError> {
        let lacking = hits.iter().filter(|(passage, _)| !known.contains_key(passage));
        let passages: Vec<(Id, u128)> =
            lacking.filter_map(|(passage, hit)| Some((hit.document_id.parse().ok()?, *passage))).collect();
        if !passages.is_empty() {
            let asked = Known { owner, vector: meant.vector.clone(), passages };
            known.extend(self.engine.likenesses(meant.collection, asked).await?);
        }
        Ok(known)
    }

    async fn allowed(&self, query: Query) -> Result<Allowed, LibraryError> {
        let index = Arc::clone(&self.index);
        let allowed = spawn_blocking(move || index.allowed(&query)).await;
        Ok(allowed.map_err(|_| LibraryError::Stopped)??)
    }

    /// How many of the nearest passages have which value. A choice leaves others of its facet to be counted: those
    /// come from what is nearest without it.
    async fn facets_by_meaning(
        &self,
        query: &Query,
        meant: &Meant,
        near: &HashMap<u128, f32>,
    ) -> Result<FacetCounts, LibraryError> {
        if query.counting == Counting::No {
            return Ok(FacetCounts::default());
        }
        let mut passages: HashSet<u128> = near.keys().copied().collect();
        if !query.filter.is_empty() {
            let any = Query { filter: Filter::default(), ..query.clone() };
            passages.extend(self.near(&any, meant).await?.keys());
        }
        self.counted(query.clone(), passages.into_iter().collect()).await
    }

    async fn counted(&self, query: Query, passages: Vec<u128>) -> Result<FacetCounts, LibraryError> {
        if query.counting == Counting::No || passages.is_empty() {
            return Ok(FacetCounts::default());
        }
        let ids: Vec<String> = passages.iter().map(|passage| format!("{passage:032x}")).collect();
        let index = Arc::clone(&self.index);
        let counts = spawn_blocking(move || index.count(&query, &ids)).await;
        Ok(counts.map_err(|_| LibraryError::Stopped)??)
    }

    /// These passages with their scores by words; those that the query does not allow are left out.
    async fn scored(&self, query: Query, passages: Vec<u128>) -> Result<Vec<(u128, Hit)>, LibraryError> {
        let ids: Vec<String> = passages.iter().map(|passage| format!("{passage:032x}")).collect();
        let index = Arc::clone(&self.index);
        let hits = spawn_blocking(move || index.score(&query, &ids)).await;
        let hits = hits.map_err(|_| LibraryError::Stopped)??;
        Ok(hits.into_iter().filter_map(|hit| Some((passage_number(&hit)?, hit))).collect())
    }
}

fn depth(query: &Query) -> usize {
    query.offset.saturating_add(query.limit).clamp(DEPTH, MOST_DEPTH)
}

fn passage_number(hit: &Hit) -> Option<u128> {
    u128::from_str_radix(&hit.id, 16).ok()
}
