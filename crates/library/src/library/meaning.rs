//! What passages mean: vectors by a model that somebody else runs, made in the background and kept beside the index.

use super::{Library, job_for_all};
use crate::{
    LibraryError,
    db::{
        chunks::{self, StoredChunk},
        documents::Stored,
        failed, vectors as tables,
    },
    jobs::embed,
};
use ::vectors::{Collection, Vector};
use base::{Id, OwnerId};
use llm::{Embedding, EmbeddingRequest, LlmError, LlmErrorKind};
use std::sync::{PoisonError, RwLock};
use tokio_util::sync::CancellationToken;

/// Passages that are sent to the embedder at once, and kept at once.
const BATCH: usize = 32;
/// Longest text that is sent, in bytes: no embedder reads more, and some refuse it.
const MOST_TEXT_BYTES: usize = 8_000;

/// How far the passages are that an owner's searches by meaning can find.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The model that is to make the vectors; none means that there are searches by words only.
    pub model: Option<String>,
    /// The model whose vectors are searched now; the one before while a change is under way.
    pub serving: Option<String>,
    /// Documents that can be searched.
    pub documents: u64,
    /// Those of them that `model` has made all vectors of, and that whoever searches these has.
    pub embedded: u64,
}

/// What the library knows of meaning.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    with: RwLock<Option<Embedding>>,
    /// The space whose vectors an engine in memory has, once somebody has asked.
    pub(super) filled: RwLock<Option<(i64, Collection)>>,
    /// One change of what is searched at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// What kept passages without vectors.
#[derive(Debug)]
pub(crate) enum NoVectors {
    /// It was asked to stop.
    Stopped,
    /// The embedder failed.
    Embedder(LlmError),
    /// The library did.
    Library(LibraryError),
}

impl From<LibraryError> for NoVectors {
    fn from(error: LibraryError) -> Self {
        Self::Library(error)
    }
}

impl Library {
    /// Says what vectors are made with from now on. Passages that lack some get them in the background; after a change
    /// of the model the vectors of the old one serve until all are there. `None` leaves searches by words.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn embed_with(&self, embedding: Option<Embedding>) -> Result<(), LibraryError> {
        let model = embedding.as_ref().map(|embedding| embedding.model.clone());
        *self.meaning.with.write().unwrap_or_else(PoisonError::into_inner) = embedding;
        let Some(model) = model else { return Ok(()) };
        if self.copies_are_behind().await? {
            self.settle_soon().await?;
        }
        let space = tables::of_model(self.db.pool(), &model).await?;
        let lacking = tables::lacking(self.db.pool(), space.as_ref().map(|space| space.id)).await?;
        let serves = space.is_some_and(|space| space.serves);
        if !lacking.is_empty() || (!serves && tables::serving(self.db.pool()).await?.is_some()) {
            self.embed_soon().await?;
        }
        Ok(())
    }

    /// What vectors are made with.
    pub(crate) fn embedding(&self) -> Option<Embedding> {
        self.meaning.with.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has the background go on with what lacks vectors.
    pub(crate) async fn embed_soon(&self) -> Result<(), LibraryError> {
        self.jobs.enqueue(job_for_all(embed::NAME)).await.map_err(failed)?;
        Ok(())
    }

    /// How far the vectors are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn coverage(&self, owner: OwnerId) -> Result<Coverage, LibraryError> {
        let model = self.embedding().map(|embedding| embedding.model);
        let space = match &model {
            Some(model) => tables::of_model(self.db.pool(), model).await?,
            None => None,
        };
        let id = space.as_ref().map_or(-1, |space| space.id);
        let (documents, made) = tables::coverage(self.db.pool(), owner, id).await?;
        let waiting = match &space {
            Some(space) => self.waiting_for_engine(owner, space).await?,
            None => 0,
        };
        let embedded = made.saturating_sub(waiting);
        let serving = tables::serving(self.db.pool()).await?.map(|space| space.model);
        Ok(Coverage { model, serving, documents, embedded })
    }

    /// Documents whose passages lack vectors by the model of now.
    pub(crate) async fn lacking_vectors(&self) -> Result<Vec<Stored>, LibraryError> {
        let Some(embedding) = self.embedding() else { return Ok(Vec::new()) };
        let space = tables::of_model(self.db.pool(), &embedding.model).await?;
        tables::lacking(self.db.pool(), space.map(|space| space.id)).await
    }

    /// Makes the vectors that a document's passages lack, batch by batch; what is made is kept, so that this can be
    /// broken off at any point. `false` where nothing makes vectors.
    pub(crate) async fn embed_document(
        &self,
        stored: &Stored,
        cancelled: &CancellationToken,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<bool, NoVectors> {
        let Some(embedding) = self.embedding() else { return Ok(false) };
        let (pool, id) = (self.db.pool(), stored.document.id);
        let mut space = tables::of_model(pool, &embedding.model).await?.map(|space| space.id);
        let known = match space {
            Some(space) => tables::known(pool, space, id).await?,
            None => std::collections::HashSet::new(),
        };
        let mut from = 0;
        loop {
            let batch =
                chunks::range(pool, id, stored.generation, from, i64::try_from(BATCH).unwrap_or(1)).await?;
            let Some(last) = batch.last() else { break };
            from = last.ordinal + 1;
            let missing: Vec<StoredChunk> =
                batch.into_iter().filter(|chunk| !known.contains(&chunk.id)).collect();
            if !missing.is_empty() {
                let made = tokio::select! {
                    made = self.vectors_of(stored.document.owner, &embedding, &missing) => made?,
                    () = cancelled.cancelled() => return Err(NoVectors::Stopped),
                };
                if !made.is_empty() {
                    space = Some(self.keep_vectors(&embedding.model, id, &made).await?);
                }
            }
            progress(u64::try_from(from).unwrap_or(0));
        }
        let Some(space) = space else { return Ok(true) };
        let stopped = |error| NoVectors::Library(failed(error));
        let mut transaction = self.db.begin().await.map_err(stopped)?;
        tables::only_of_now(&mut transaction, stored, space).await?;
        transaction.commit().await.map_err(stopped)?;
        // Whoever is told that it is complete finds it by meaning.
        self.refresh_vectors(stored.document.owner, id).await?;
        let mut transaction = self.db.begin().await.map_err(stopped)?;
        tables::complete(&mut transaction, stored, space).await?;
        transaction.commit().await.map_err(stopped)?;
        Ok(true)
    }

    async fn vectors_of(
        &self,
        owner: OwnerId,
        embedding: &Embedding,
        passages: &[StoredChunk],
    ) -> Result<Vec<(String, Vector)>, NoVectors> {
        let texts = passages.iter().map(passage_text).collect();
        let numbers =
            ask(owner, embedding, texts, "RETRIEVAL_DOCUMENT").await.map_err(NoVectors::Embedder)?;
        if numbers.len() != passages.len() {
            let message = format!("{} vectors came for {} passages", numbers.len(), passages.len());
            return Err(NoVectors::Embedder(LlmError::new(LlmErrorKind::Malformed, message)));
        }
        let pairs = passages.iter().zip(numbers);
        // A passage without any meaning at all (no model gives zeros) is found by its words only.
        Ok(pairs.filter_map(|(chunk, numbers)| Some((chunk.id.clone(), Vector::new(&numbers)?))).collect())
    }

    async fn keep_vectors(
        &self,
        model: &str,
        document_id: Id,
        made: &[(String, Vector)],
    ) -> Result<i64, LibraryError> {
        let dimensions = made.first().map_or(0, |(_, vector)| vector.dimensions());
        let before = tables::of_model(self.db.pool(), model).await?;
        let is_new = before.is_none_or(|space| space.dimensions != dimensions);
        // Who copies vectors meanwhile relies on the spaces that there are.
        let _turn = if is_new { Some(self.meaning.turn.lock().await) } else { None };
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let space = tables::make(&mut transaction, model, dimensions).await?;
        tables::insert(&mut transaction, space, document_id, made).await?;
        transaction.commit().await.map_err(failed)?;
        if is_new {
            // An engine beside the program is to have them, by the name that searches use where these are the first.
            self.settle_copies_soon().await?;
        }
        Ok(space)
    }

    /// Has searches use the vectors of the model of now, once nothing lacks any.
    pub(crate) async fn finish_embedding(&self) -> Result<(), LibraryError> {
        let Some(embedding) = self.embedding() else { return Ok(()) };
        let Some(space) = tables::of_model(self.db.pool(), &embedding.model).await? else { return Ok(()) };
        if !tables::lacking(self.db.pool(), Some(space.id)).await?.is_empty() {
            return Ok(());
        }
        let _turn = self.meaning.turn.lock().await;
        let is_only = tables::all(self.db.pool()).await?.iter().all(|other| other.id == space.id);
        if space.serves && is_only {
            return Ok(());
        }
        let mut transaction = self.db.begin().await.map_err(failed)?;
        tables::switch(&mut transaction, space.id).await?;
        transaction.commit().await.map_err(failed)?;
        if !space.serves {
            tracing::info!(model = %space.model, "searches use the vectors of this model now");
        }
        self.settle_copies_soon().await
    }

    /// What a question means, by the model of a space.
    pub(crate) async fn meaning_of(
        &self,
        owner: OwnerId,
        model: &str,
        question: &str,
    ) -> Result<Vector, LlmError> {
        let Some(embedding) = self.embedding() else {
            return Err(LlmError::new(LlmErrorKind::NotFound, "nothing makes vectors here"));
        };
        // The model that made the passages' vectors, which is not the one of now while a change is under way.
        let embedding = Embedding { model: model.to_owned(), ..embedding };
        let text = cut(question).to_owned();
        let numbers = ask(owner, &embedding, vec![text], "RETRIEVAL_QUERY").await?;
        let vector = numbers.first().and_then(|numbers| Vector::new(numbers));
        vector.ok_or_else(|| LlmError::new(LlmErrorKind::Malformed, format!("`{model}` gave no vector")))
    }
}

async fn ask(
    owner: OwnerId,
    embedding: &Embedding,
    texts: Vec<String>,
    task: &str,
) -> Result<Vec<Vec<f32>>, LlmError> {
    let request = EmbeddingRequest {
        model: embedding.model.clone(),
        inputs: texts,
        task: Some(task.to_owned()),
        ..EmbeddingRequest::default()
    };
    Ok(embedding.embedders.of(owner).embed(request).await?.vectors)
}

/// What an embedder reads of a passage: where it stands, and what it says.
fn passage_text(chunk: &StoredChunk) -> String {
    let text = match &chunk.heading {
        Some(heading) => format!("{heading}\n{}", chunk.text),
        None => chunk.text.clone(),
    };
    let text = cut(&text).trim();
    // Some providers refuse what is empty.
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_TEXT_BYTES)).unwrap_or_default()
}
