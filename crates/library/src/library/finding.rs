//! How passages are found and shown.

use super::{
    Library,
    hybrid::{Found, FoundHit},
    tagging::with_plain_tags,
};
use crate::{
    LibraryError,
    db::{chunks, documents, entries},
    model::{Facet, HitOrder, PassageView, SearchHit, SearchMode, SearchRequest, SearchResults},
    passage,
    question::Question,
};
use base::{Id, OwnerId};
use futures::future::BoxFuture;
use llm::{LlmError, LlmErrorKind, Passage, Retrieval, Retriever};
use search::{OwnWords, Query, Typos};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// Length of the piece of a passage that a list of hits shows, in characters.
const SNIPPET_CHARS: usize = 240;
/// Of so many documents among the facets the titles are told.
const TITLED: usize = 200;
/// How many of the best are put in the order of their places.
const ORDERED_BY_PLACE: usize = 200;

impl Library {
    /// Searches in the owner's documents, by words and by meaning as was asked and as far as there are vectors.
    ///
    /// # Errors
    /// When the index cannot be read; no text is an error, and no failing embedder.
    pub async fn search(
        &self,
        owner: OwnerId,
        request: SearchRequest,
    ) -> Result<SearchResults, LibraryError> {
        let mut document_ids: Vec<String> = request.document_ids.iter().map(Id::to_string).collect();
        if let Some(collection) = &request.collection {
            let inside = documents::ids_in_collection(self.db.pool(), owner, collection).await?;
            let asked = std::mem::take(&mut document_ids);
            document_ids = inside.into_iter().filter(|id| asked.is_empty() || asked.contains(id)).collect();
            if document_ids.is_empty() {
                return Ok(SearchResults::default());
            }
        }
        let tags = self.tags_for(owner, &request).await?;
        let query = Query {
            document_ids,
            limit: match request.order {
                HitOrder::Best => request.limit,
                HitOrder::Place => ORDERED_BY_PLACE,
            },
            offset: match request.order {
                HitOrder::Best => request.offset,
                HitOrder::Place => 0,
            },
            synonyms: Some(self.synonyms_of(owner).await?),
            switched_off: request.switched_off,
            switched_on: request.switched_on,
            own_words: OwnWords::Used,
            filter: with_plain_tags(request.filter),
            counting: request.counting,
            tags,
            ..Query::new(owner, request.text)
        };
        let Found { mut hits, mut total, corrections, chips, mode, words_only, facets } =
            self.find(query, request.mode).await?;
        match request.order {
            HitOrder::Best => {}
            HitOrder::Place => {
                total = total.min(hits.len());
                hits =
                    self.by_place(hits).await?.into_iter().skip(request.offset).take(request.limit).collect();
            }
        }
        let hits = self.told(hits).await?;
        let sources = facets.values.get(&Facet::Source).map(most_found).unwrap_or_default();
        let titles = documents::titles(self.db.pool(), &sources).await?;
        Ok(SearchResults { hits, total, corrections, chips, mode, words_only, facets, titles })
    }

    /// Hits by the titles of their documents, and within each by place.
    async fn by_place(&self, mut hits: Vec<FoundHit>) -> Result<Vec<FoundHit>, LibraryError> {
        let ids: Vec<String> = hits.iter().map(|found| found.hit.id.clone()).collect();
        let places = chunks::ordinals(self.db.pool(), &ids).await?;
        hits.sort_by_cached_key(|FoundHit { hit, .. }| {
            let place = places.get(&hit.id).copied().unwrap_or(i64::MAX);
            (hit.title.to_lowercase(), hit.document_id.clone(), place)
        });
        Ok(hits)
    }

    /// Hits as they are shown: what matches in them, and the entries that they belong to.
    pub(super) async fn told(&self, hits: Vec<FoundHit>) -> Result<Vec<SearchHit>, LibraryError> {
        let ids: HashSet<String> = hits.iter().flat_map(|found| found.hit.entries.iter().cloned()).collect();
        let known = entries::by_ids(self.db.pool(), &ids.into_iter().collect::<Vec<_>>()).await?;
        let shown = hits.into_iter().map(|FoundHit { hit, by_words, likeness }| {
            let entries = hit.entries.iter().filter_map(|id| known.get(id).cloned()).collect();
            let highlights = hit.highlights();
            let snippet = search::snippet(&hit.body, &highlights, SNIPPET_CHARS);
            SearchHit { passage: passage_of(hit), highlights, snippet, by_words, likeness, entries }
        });
        Ok(shown.collect())
    }

    pub(crate) async fn query(&self, query: Query) -> Result<search::Hits, LibraryError> {
        let index = Arc::clone(&self.index);
        let found = spawn_blocking(move || index.search(&query)).await;
        Ok(found.map_err(|_| LibraryError::Stopped)??)
    }

    /// How rare these terms are: in how many passages each stands, and how many passages there are.
    pub(crate) async fn frequencies(&self, terms: Vec<String>) -> Result<(Vec<u64>, u64), LibraryError> {
        let index = Arc::clone(&self.index);
        let found = spawn_blocking(move || index.frequencies(&terms).map(|found| (found, index.len()))).await;
        Ok(found.map_err(|_| LibraryError::Stopped)??)
    }

    /// A passage in its place.
    ///
    /// # Errors
    /// [`LibraryError::NoPassage`].
    pub async fn passage(&self, owner: OwnerId, chunk_id: &str) -> Result<PassageView, LibraryError> {
        let missing = || LibraryError::NoPassage(chunk_id.chars().take(80).collect());
        let place = chunks::place(self.db.pool(), owner, chunk_id).await?;
        let (document_id, ordinal) = place.ok_or_else(missing)?;
        let stored = self.existing(owner, document_id).await?;
        let from = ordinal.saturating_sub(passage::NEIGHBOURS).max(0);
        let count = ordinal - from + passage::NEIGHBOURS + 1;
        let neighbours = chunks::range(self.db.pool(), document_id, stored.generation, from, count).await?;
        let position = neighbours.iter().position(|chunk| chunk.ordinal == ordinal).ok_or_else(missing)?;
        let around = passage::surroundings(&neighbours, position);
        let chunk = neighbours.into_iter().nth(position).ok_or_else(missing)?;
        Ok(PassageView {
            page: chunk.first_page(),
            chunk_id: chunk.id,
            document: self.with_progress(stored.document),
            heading: chunk.heading,
            before: around.before,
            text: chunk.text,
            after: around.after,
            previous_chunk_id: around.previous,
            next_chunk_id: around.next,
        })
    }
}

impl Retriever for Library {
    fn retrieve(&self, retrieval: Retrieval) -> BoxFuture<'_, Result<Vec<Passage>, LlmError>> {
        Box::pin(async move {
            let query = Query {
                document_ids: retrieval.document_ids,
                limit: retrieval.limit,
                typos: Typos::Careful,
                ..Query::new(retrieval.owner, Question::new(&retrieval.query).search_text())
            };
            let found = self.find(query, SearchMode::Hybrid).await.map_err(llm_error)?;
            Ok(found.hits.into_iter().map(|found| passage_of(found.hit)).collect())
        })
    }
}

/// The documents that most hits stand in: a large library has thousands, and nobody is told of all.
fn most_found(counts: &BTreeMap<String, usize>) -> Vec<String> {
    let mut sources: Vec<(&String, &usize)> = counts.iter().collect();
    sources.sort_by(|one, other| other.1.cmp(one.1).then_with(|| one.0.cmp(other.0)));
    sources.into_iter().take(TITLED).map(|(id, _)| id.clone()).collect()
}

/// A failure of the library as one of a model call.
#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
pub(crate) fn llm_error(error: LibraryError) -> LlmError {
    LlmError::new(LlmErrorKind::Server, error.to_string())
}

pub(crate) fn passage_of(hit: search::Hit) -> Passage {
    Passage {
        chunk_id: hit.id,
        document_id: hit.document_id,
        title: hit.title,
        heading: (!hit.heading.is_empty()).then_some(hit.heading),
        page: hit.page,
        text: hit.body,
        score: hit.score,
    }
}

#[cfg(test)]
mod tests {
    use super::{TITLED, most_found};

    #[test]
    fn of_many_documents_those_are_titled_that_most_hits_stand_in() {
        let counts = (0..500_usize).map(|number| (format!("d{number:03}"), number / 2)).collect();
        let most = most_found(&counts);
        assert_eq!((most.len(), most[0].as_str(), most[1].as_str()), (TITLED, "d498", "d499"));
        assert_eq!(most_found(&[("a".to_owned(), 1), ("b".to_owned(), 2)].into()), ["b", "a"]);
    }
}
