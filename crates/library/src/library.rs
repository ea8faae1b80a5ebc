//! The library itself: documents by owner, and what can be done with them.

mod adding;
mod asked;
mod bookmarks;
mod copying;
mod correcting;
mod entries;
mod finding;
mod hybrid;
mod indexing;
mod kinds;
mod meaning;
mod similar;
mod synonyms;
mod tagging;
mod watching;

pub use bookmarks::MOST_BOOKMARKS;
pub use entries::{EntryField, fields_of};
pub use hybrid::FUSION;
pub use meaning::Coverage;
pub use synonyms::SHIPPED_SYNONYMS;
pub use tagging::{MOST_TAG_CHARS, MOST_TAGS};
pub use watching::MOST_WATCHED;
pub(crate) use {
    finding::{llm_error, passage_of},
    meaning::NoVectors,
};

use crate::{
    Config, LibraryError,
    db::{
        documents::{self, Stored},
        failed,
    },
    jobs::{embed, ingest, settle},
    model::{
        Collection, Document, DocumentChange, DocumentFilter, DocumentPage, Original, Problem, ProblemCode,
        Progress, Status,
    },
};
use base::{Clock, Id, OwnerId, Timestamp};
use reading::Reader;
use search::{Condition, Index};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Blobs, Db, JobError, JobHandler, Jobs, NewJob, WhileRunning};
use tokio::{sync::broadcast, task::spawn_blocking};
use vectors::Engine;

/// Changes that a slow listener may lag behind.
const CHANGES_KEPT: usize = 256;

/// What a [`Library`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where documents and passages are kept.
    pub db: Db,
    /// Where the files are kept.
    pub blobs: Blobs,
    /// The queue for the background work.
    pub jobs: Jobs,
    /// The folder of the search index.
    pub index_dir: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The limits.
    pub config: Config,
    /// Where files are read.
    pub reader: Reader,
    /// Who finds what is near in meaning.
    pub vectors: Arc<dyn Engine>,
}

/// Documents that can be searched and cited.
#[derive(Debug)]
pub struct Library {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) jobs: Jobs,
    pub(crate) config: Config,
    pub(crate) reader: Reader,
    clock: Arc<dyn Clock>,
    index: Arc<Index>,
    /// So many documents are read at once.
    pub(crate) reading_turns: tokio::sync::Semaphore,
    /// One document is indexed at a time, so that no search sees half of one.
    index_turn: tokio::sync::Mutex<()>,
    engine: Arc<dyn Engine>,
    meaning: meaning::Meaning,
    progress: Mutex<HashMap<Id, Progress>>,
    last_asked: Mutex<HashMap<OwnerId, asked::LastAsked>>,
    /// Owners' own lists as they were last read: to read one takes longer than to search with it.
    read_synonyms: Mutex<HashMap<OwnerId, synonyms::Read>>,
    watching: watching::Watching,
    changes: broadcast::Sender<DocumentChange>,
}

impl Library {
    /// Opens the library. What the program left undone when it ended is put into the queue; a search index
    /// that is missing or damaged is built again there.
    ///
    /// # Errors
    /// When the database or the index folder cannot be used.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, LibraryError> {
        let Parts { db, blobs, jobs, index_dir, clock, config, reader, vectors } = parts;
        let (index, condition) =
            spawn_blocking(move || Index::open(&index_dir)).await.map_err(|_| LibraryError::Stopped)??;
        let library = Arc::new(Self {
            db,
            blobs,
            jobs,
            reading_turns: tokio::sync::Semaphore::new(config.workers.max(1)),
            config,
            reader,
            clock,
            index: Arc::new(index),
            index_turn: tokio::sync::Mutex::default(),
            engine: vectors,
            meaning: meaning::Meaning::default(),
            progress: Mutex::default(),
            last_asked: Mutex::default(),
            read_synonyms: Mutex::default(),
            watching: watching::Watching::default(),
            changes: broadcast::channel(CHANGES_KEPT).0,
        });
        if let Condition::NeedsRebuild { why } = condition {
            tracing::info!(why, "the search index is built from the documents");
            let mut transaction = library.db.begin().await.map_err(failed)?;
            documents::forget_index(&mut transaction).await?;
            transaction.commit().await.map_err(failed)?;
        }
        library.resume().await?;
        Ok(library)
    }

    /// Largest file that is taken in, in bytes.
    pub fn max_file_bytes(&self) -> u64 {
        self.config.max_file_bytes
    }

    /// The model that is to make vectors, as the configuration names it: `auto`, `none` or an id.
    pub fn configured_embedder(&self) -> &str {
        &self.config.embedder
    }

    /// What does the background work; to be given to the runner of jobs.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(ingest::Ingest(Arc::clone(self))),
            Arc::new(embed::Embed(Arc::clone(self))),
            Arc::new(settle::Settle(Arc::clone(self))),
        ]
    }

    /// Tells about every change from now on; a listener that lags is told how many it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<DocumentChange> {
        self.changes.subscribe()
    }

    /// Some of the documents.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, owner: OwnerId, filter: &DocumentFilter) -> Result<DocumentPage, LibraryError> {
        let documents = documents::list(self.db.pool(), owner, filter).await?;
        let total = documents::count(self.db.pool(), owner, filter).await?;
        let documents = documents.into_iter().map(|document| self.with_progress(document)).collect();
        Ok(DocumentPage { documents, total })
    }

    /// A document.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Document, LibraryError> {
        let document = self.existing(owner, id).await?.document;
        if document.deleted_at.is_some() {
            return Err(LibraryError::Deleted(id));
        }
        Ok(self.with_progress(document))
    }

    /// The collections and how many documents lie in each.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collections(&self, owner: OwnerId) -> Result<Vec<Collection>, LibraryError> {
        documents::collections(self.db.pool(), owner).await
    }

    /// Takes a document out of lists and searches; [`Library::restore`] brings it back as it was.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn delete(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let stored = self.existing(owner, id).await?;
        if stored.document.deleted_at.is_some() {
            return Ok(());
        }
        documents::set_deleted(self.db.pool(), id, Some(self.now()), self.now()).await?;
        self.cancel_job(&stored.document).await?;
        self.unindex_document(owner, id).await?;
        self.changed(owner, id, true);
        Ok(())
    }

    /// Brings back a deleted document.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn restore(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let stored = self.existing(owner, id).await?;
        if stored.document.deleted_at.is_none() {
            return Ok(());
        }
        documents::set_deleted(self.db.pool(), id, None, self.now()).await?;
        if stored.generation > 0 {
            self.index_document(&stored, &|_| {}).await?;
        }
        // Deleting stopped its ingest.
        let stopped = |problem: &Problem| problem.code == ProblemCode::Cancelled;
        if stored.document.status != Status::Ready && stored.document.failure.as_ref().is_none_or(stopped) {
            self.reprocess(owner, id).await?;
        }
        self.changed(owner, id, false);
        Ok(())
    }

    /// Removes for good what was deleted before this moment; answers how many documents.
    ///
    /// # Errors
    /// When the database or the files fail.
    pub async fn purge_deleted(&self, before: Timestamp) -> Result<usize, LibraryError> {
        let mut purged = 0;
        for (owner, id) in documents::deleted_before(self.db.pool(), before).await? {
            let mut transaction = self.db.begin().await.map_err(failed)?;
            let gone = documents::purge(&mut transaction, owner, id).await?;
            transaction.commit().await.map_err(failed)?;
            if gone {
                self.blobs.release_all(&holder(id)).await.map_err(files_failed)?;
                purged += 1;
            }
        }
        Ok(purged)
    }

    /// Takes in a document anew; what can be searched of it stays until the new passages are there.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn reprocess(&self, owner: OwnerId, id: Id) -> Result<Id, LibraryError> {
        self.existing(owner, id).await?;
        let mut transaction = self.db.begin().await.map_err(failed)?;
        let job = self.jobs.enqueue_in(&mut transaction, ingest_job(owner, id)).await.map_err(failed)?;
        // Where it is being taken in, that goes on to its end; the run that follows reads again what was read
        // before this.
        documents::queue(&mut transaction, id, job.job_id, self.now()).await?;
        transaction.commit().await.map_err(failed)?;
        self.jobs.wake();
        self.changed(owner, id, false);
        Ok(job.job_id)
    }

    /// Stops the ingest of a document; it can be taken in again with [`Library::reprocess`].
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`]; [`LibraryError::State`] when it is not being taken in.
    pub async fn cancel(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let document = self.existing(owner, id).await?.document;
        if !matches!(document.status, Status::Queued | Status::Processing) {
            return Err(LibraryError::State { document_id: id, state: "is not being processed" });
        }
        self.cancel_job(&document).await?;
        let problem = Problem::new(ProblemCode::Cancelled, "processing was cancelled");
        documents::finish(self.db.pool(), id, Some(&problem), self.now()).await?;
        self.changed(owner, id, false);
        Ok(())
    }

    async fn cancel_job(&self, document: &Document) -> Result<(), LibraryError> {
        let Some(job_id) = document.job_id else { return Ok(()) };
        match self.jobs.cancel(document.owner, job_id).await {
            Ok(_) | Err(JobError::NotFound(_)) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// The file as it was handed in.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`]; [`LibraryError::Files`] when it cannot be read.
    pub async fn original(&self, owner: OwnerId, id: Id) -> Result<Original, LibraryError> {
        let stored = self.existing(owner, id).await?;
        let bytes = self.blobs.read(&stored.blob).await.map_err(files_failed)?;
        let file_name = stored.document.file_name.rsplit('/').next().unwrap_or_default().to_owned();
        let media_type =
            stored.document.format.map_or("application/octet-stream", |format| format.media_type());
        Ok(Original { file_name, media_type, bytes })
    }

    pub(crate) async fn stored(&self, owner: OwnerId, id: Id) -> Result<Option<Stored>, LibraryError> {
        documents::get(self.db.pool(), owner, id).await
    }

    async fn existing(&self, owner: OwnerId, id: Id) -> Result<Stored, LibraryError> {
        self.stored(owner, id).await?.ok_or(LibraryError::NoDocument(id))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn changed(&self, owner: OwnerId, document_id: Id, removed: bool) {
        // An error means that nobody listens.
        let _listeners = self.changes.send(DocumentChange { owner, document_id, removed });
    }

    pub(crate) fn set_progress(&self, owner: OwnerId, id: Id, progress: Option<Progress>) {
        let mut all = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match progress {
            Some(progress) => all.insert(id, progress),
            None => all.remove(&id),
        };
        drop(all);
        if before != progress {
            self.changed(owner, id, false);
        }
    }

    fn with_progress(&self, mut document: Document) -> Document {
        let all = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        document.progress = all.get(&document.id).copied();
        document
    }
}

/// A failure of the stored files.
pub(crate) fn files_failed(error: store::BlobError) -> LibraryError {
    LibraryError::Files(error)
}

fn ingest_job(owner: OwnerId, id: Id) -> NewJob {
    let mut job = NewJob::new(owner, ingest::NAME, ingest::arguments(id));
    job.dedupe_key = Some(id.to_string());
    // The run under way may have read the file already, or be ending because it was cancelled.
    job.while_running = WhileRunning::Again;
    job
}

/// Work on all documents of everybody; asked for while it runs, it may be past what is meant, and follows once more.
fn job_for_all(name: &'static str) -> NewJob {
    let mut job = NewJob::new(Id::FIRST_OWNER, name, serde_json::json!({}));
    job.dedupe_key = Some("all".to_owned());
    job.while_running = WhileRunning::Again;
    job
}

/// Who needs the blob of a document.
fn holder(id: Id) -> String {
    format!("document/{id}")
}
