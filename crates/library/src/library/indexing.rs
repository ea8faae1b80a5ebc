//! How tables and index are kept in step, and how work goes on after a restart.

use super::{Library, entries::facets};
use crate::{
    LibraryError,
    db::{
        chunks,
        documents::{self, Stored},
    },
    model::{Document, Problem, ProblemCode, Status},
};
use base::{Id, OwnerId};
use search::{Entry, Index};
use std::sync::Arc;
use store::JobState;
use tokio::task::spawn_blocking;

/// Passages that are read from the tables at once to be indexed.
pub(super) const INDEX_BATCH: i64 = 500;

impl Library {
    /// Puts the passages that count into the index, in place of what it had of the document.
    pub(crate) async fn index_document(
        &self,
        stored: &Stored,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), LibraryError> {
        let placed = self.entries_for_index(stored).await?;
        let _turn = self.index_turn.lock().await;
        // What was just found of the document, such as its kind, is a facet of its passages; and what a person said
        // meanwhile holds.
        let now = self.stored(stored.document.owner, stored.document.id).await?;
        // Who deleted it meanwhile, or had it read anew, brings the index in step with that.
        let is_same = |now: &Stored| now.document.deleted_at.is_none() && now.generation == stored.generation;
        let Some(described) = now.filter(is_same) else { return Ok(()) };
        let document = &described.document;
        self.change_index(|index, id| index.delete_document(&id), document.id).await?;
        let mut from = 0;
        loop {
            let batch =
                chunks::range(self.db.pool(), document.id, stored.generation, from, INDEX_BATCH).await?;
            let Some(last) = batch.last() else { break };
            from = last.ordinal + 1;
            let entries: Vec<Entry> = batch
                .into_iter()
                .map(|chunk| Entry { facets: facets(&described, &placed, &chunk), ..entry(document, chunk) })
                .collect();
            self.change_index(move |index, _| index.add(&entries), document.id).await?;
            progress(u64::try_from(from).unwrap_or(0));
        }
        self.change_index(|index, _| index.commit(), document.id).await?;
        documents::set_indexed(self.db.pool(), document.id, Some(stored.generation)).await?;
        self.refresh_vectors(document.owner, document.id).await
    }

    /// Takes a document out of the index.
    pub(crate) async fn unindex_document(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let _turn = self.index_turn.lock().await;
        let now = self.stored(owner, id).await?;
        if now.is_some_and(|now| now.document.deleted_at.is_none()) {
            // It was brought back meanwhile, and is indexed by who did that.
            return Ok(());
        }
        self.change_index(|index, id| index.replace_document(&id, &[]), id).await?;
        self.refresh_vectors(owner, id).await?;
        documents::set_indexed(self.db.pool(), id, None).await
    }

    async fn change_index(
        &self,
        change: impl FnOnce(&Index, String) -> Result<(), search::SearchError> + Send + 'static,
        id: Id,
    ) -> Result<(), LibraryError> {
        let index = Arc::clone(&self.index);
        let changed = spawn_blocking(move || change(&index, id.to_string())).await;
        Ok(changed.map_err(|_| LibraryError::Stopped)??)
    }

    /// Goes on with what the program left undone.
    pub(super) async fn resume(&self) -> Result<(), LibraryError> {
        let mut index_is_behind = false;
        for stored in documents::unsettled(self.db.pool()).await? {
            let document = &stored.document;
            let waits = document.deleted_at.is_none()
                && matches!(document.status, Status::Queued | Status::Processing);
            if waits {
                self.resume_ingest(document).await?;
            } else {
                index_is_behind = true;
            }
        }
        // Whether an engine beside the program has what it should, only asking it can tell.
        if index_is_behind || self.engine.target().is_some() {
            self.settle_soon().await?;
        }
        Ok(())
    }

    /// A job that was killed goes on by itself; one that was given up fails its document; one that is lost is
    /// queued again.
    async fn resume_ingest(&self, document: &Document) -> Result<(), LibraryError> {
        let job = match document.job_id {
            Some(job_id) => self.jobs.get(document.owner, job_id).await.ok(),
            None => None,
        };
        match job.map(|job| job.state) {
            Some(JobState::Queued | JobState::Running) => Ok(()),
            Some(JobState::Failed) => {
                let problem = Problem::new(ProblemCode::Crashed, "the program ended each time it was read");
                documents::finish(self.db.pool(), document.id, Some(&problem), self.now()).await
            }
            Some(JobState::Cancelled) => {
                let problem = Problem::new(ProblemCode::Cancelled, "processing was cancelled");
                documents::finish(self.db.pool(), document.id, Some(&problem), self.now()).await
            }
            Some(JobState::Finished) | None => self.reprocess(document.owner, document.id).await.map(drop),
        }
    }
}

fn entry(document: &Document, chunk: chunks::StoredChunk) -> Entry {
    Entry {
        owner: document.owner,
        document_id: document.id.to_string(),
        title: document.title.clone(),
        page: chunk.first_page(),
        id: chunk.id,
        heading: chunk.heading.unwrap_or_default(),
        body: chunk.text,
        facets: search::Facets::default(),
    }
}
