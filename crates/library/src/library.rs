//! The library itself: documents by owner, and what can be done with them.

use crate::{
    Config, LibraryError,
    db::{
        chunks,
        documents::{self, Stored},
        failed,
    },
    formats,
    jobs::{ingest, settle},
    model::{
        Added, Collection, Document, DocumentChange, DocumentFilter, DocumentPage, NewDocument, Original,
        PassageView, Problem, ProblemCode, Progress, SearchHit, SearchRequest, SearchResults, Status,
    },
    passage,
    question::Question,
    reader::Reader,
};
use base::{Clock, Id, OwnerId, Timestamp, new_id};
use futures::future::BoxFuture;
use llm::{LlmError, LlmErrorKind, Passage, Retrieval, Retriever};
use search::{Condition, Entry, Index, Query};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use store::{BlobId, Blobs, Db, JobError, JobHandler, JobState, Jobs, NewJob};
use tokio::{sync::broadcast, task::spawn_blocking};

/// Passages that are read from the tables at once to be indexed.
const INDEX_BATCH: i64 = 500;
/// Changes that a slow listener may lag behind.
const CHANGES_KEPT: usize = 256;
/// Longest file name that is kept, in characters.
const MAX_NAME_CHARS: usize = 500;
/// Length of the piece of a passage that a list of hits shows, in characters.
const SNIPPET_CHARS: usize = 240;

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
    /// One document is indexed at a time, so that no search sees half of one.
    index_turn: tokio::sync::Mutex<()>,
    progress: Mutex<HashMap<Id, Progress>>,
    changes: broadcast::Sender<DocumentChange>,
}

impl Library {
    /// Opens the library. What the program left undone when it ended is put into the queue; a search index
    /// that is missing or damaged is built again there.
    ///
    /// # Errors
    /// When the database or the index folder cannot be used.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, LibraryError> {
        let Parts { db, blobs, jobs, index_dir, clock, config, reader } = parts;
        let (index, condition) =
            spawn_blocking(move || Index::open(&index_dir)).await.map_err(|_| LibraryError::Stopped)??;
        let library = Arc::new(Self {
            db,
            blobs,
            jobs,
            config,
            reader,
            clock,
            index: Arc::new(index),
            index_turn: tokio::sync::Mutex::default(),
            progress: Mutex::default(),
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

    /// What does the background work; to be given to the runner of jobs.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(ingest::Ingest(Arc::clone(self))), Arc::new(settle::Settle(Arc::clone(self)))]
    }

    /// Tells about every change from now on; a listener that lags is told how many it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<DocumentChange> {
        self.changes.subscribe()
    }

    /// Takes in a file: keeps it and queues its ingest. The same bytes are kept once for an owner; a deleted
    /// document of these bytes is restored, a failed one is tried again.
    ///
    /// # Errors
    /// [`LibraryError::Refused`] when it is empty, too large, or of a format that cannot be read.
    pub async fn add_bytes(&self, owner: OwnerId, new: NewDocument) -> Result<Added, LibraryError> {
        let NewDocument { file_name, bytes, collection } = new;
        let file_name = clean_name(&file_name);
        let bytes = Arc::new(bytes);
        let blob = self.check(&file_name, &bytes).await?;
        if let Some(stored) = documents::of_content(self.db.pool(), owner, &blob).await? {
            return self.add_again(&stored).await;
        }
        let id = new_id();
        self.blobs.put(owner, &holder(id), Shared(Arc::clone(&bytes))).await.map_err(files_failed)?;
        let title = title_of(&file_name);
        let incoming = documents::Incoming {
            id,
            owner,
            title: &title,
            file_name: &file_name,
            collection: collection.as_deref().map(str::trim).filter(|name| !name.is_empty()),
            blob: &blob,
            size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            now: self.now(),
        };
        let mut transaction = self.db.begin().await.map_err(failed)?;
        if !documents::insert(&mut transaction, &incoming).await? {
            // Somebody added the same bytes at the same moment.
            drop(transaction);
            self.blobs.release_all(&holder(id)).await.map_err(files_failed)?;
            let stored = documents::of_content(self.db.pool(), owner, &blob).await?;
            let stored = stored.ok_or(LibraryError::NoDocument(id))?;
            return self.add_again(&stored).await;
        }
        let job = self.jobs.enqueue_in(&mut transaction, ingest_job(owner, id)).await.map_err(failed)?;
        documents::queue(&mut transaction, id, job.job_id, self.now()).await?;
        transaction.commit().await.map_err(failed)?;
        self.jobs.wake();
        self.changed(owner, id, false);
        Ok(Added { document_id: id, job_id: Some(job.job_id), duplicate: false })
    }

    /// Looks at the bytes before anything is kept.
    async fn check(&self, file_name: &str, bytes: &Arc<Vec<u8>>) -> Result<BlobId, LibraryError> {
        let refused = |problem| LibraryError::Refused { file_name: file_name.to_owned(), problem };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > self.config.max_file_bytes {
            return Err(refused(formats::file_too_large(bytes.len(), &self.config)));
        }
        let (name, looked_at) = (file_name.to_owned(), Arc::clone(bytes));
        let detected = spawn_blocking(move || {
            formats::detect(&looked_at, &name).map(|_| BlobId::of(looked_at.as_slice()))
        });
        match detected.await {
            Ok(detected) => detected.map_err(refused),
            Err(_) => Err(refused(Problem::new(ProblemCode::Crashed, "the file makes the reader fail"))),
        }
    }

    async fn add_again(&self, stored: &Stored) -> Result<Added, LibraryError> {
        let Document { id, owner, status, deleted_at, job_id, .. } = stored.document;
        if deleted_at.is_some() {
            self.restore(owner, id).await?;
        }
        let job_id = match status {
            Status::Ready => None,
            Status::Failed => Some(self.reprocess(owner, id).await?),
            Status::Queued | Status::Processing => job_id,
        };
        Ok(Added { document_id: id, job_id, duplicate: true })
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

    /// A document, deleted or not.
    ///
    /// # Errors
    /// [`LibraryError::NoDocument`].
    pub async fn get(&self, owner: OwnerId, id: Id) -> Result<Document, LibraryError> {
        Ok(self.with_progress(self.existing(owner, id).await?.document))
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
        self.unindex_document(id).await?;
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
        if stored.document.status != Status::Ready && stored.document.failure.is_none() {
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
        if !job.was_there {
            documents::queue(&mut transaction, id, job.job_id, self.now()).await?;
        }
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

    /// Searches in the owner's documents.
    ///
    /// # Errors
    /// When the index cannot be read; no text is an error.
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
        let found = self
            .query(Query {
                document_ids,
                limit: request.limit,
                offset: request.offset,
                ..Query::new(owner, request.text)
            })
            .await?;
        let hits = found.hits.into_iter().map(|hit| {
            let snippet = search::snippet(&hit.body, &hit.highlights, SNIPPET_CHARS);
            let highlights = hit.highlights.clone();
            SearchHit { passage: passage_of(hit), highlights, snippet }
        });
        Ok(SearchResults { hits: hits.collect(), total: found.total, corrections: found.corrections })
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

    /// Puts the passages that count into the index, in place of what it had of the document.
    pub(crate) async fn index_document(
        &self,
        stored: &Stored,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), LibraryError> {
        let _turn = self.index_turn.lock().await;
        let document = &stored.document;
        self.change_index(|index, id| index.delete_document(&id), document.id).await?;
        let mut from = 0;
        loop {
            let batch =
                chunks::range(self.db.pool(), document.id, stored.generation, from, INDEX_BATCH).await?;
            let Some(last) = batch.last() else { break };
            from = last.ordinal + 1;
            let entries: Vec<Entry> = batch.into_iter().map(|chunk| entry(document, chunk)).collect();
            self.change_index(move |index, _| index.add(&entries), document.id).await?;
            progress(u64::try_from(from).unwrap_or(0));
        }
        self.change_index(|index, _| index.commit(), document.id).await?;
        documents::set_indexed(self.db.pool(), document.id, Some(stored.generation)).await
    }

    /// Takes a document out of the index.
    pub(crate) async fn unindex_document(&self, id: Id) -> Result<(), LibraryError> {
        let _turn = self.index_turn.lock().await;
        self.change_index(|index, id| index.replace_document(&id, &[]), id).await?;
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
    async fn resume(&self) -> Result<(), LibraryError> {
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
        if index_is_behind {
            let mut job = NewJob::new(Id::FIRST_OWNER, settle::NAME, serde_json::json!({}));
            job.dedupe_key = Some("all".to_owned());
            self.jobs.enqueue(job).await.map_err(failed)?;
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

impl Retriever for Library {
    fn retrieve(&self, retrieval: Retrieval) -> BoxFuture<'_, Result<Vec<Passage>, LlmError>> {
        Box::pin(async move {
            let query = Query {
                document_ids: retrieval.document_ids,
                limit: retrieval.limit,
                ..Query::new(retrieval.owner, Question::new(&retrieval.query).search_text())
            };
            let found = self.query(query).await.map_err(llm_error)?;
            Ok(found.hits.into_iter().map(passage_of).collect())
        })
    }
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

fn entry(document: &Document, chunk: chunks::StoredChunk) -> Entry {
    Entry {
        owner: document.owner,
        document_id: document.id.to_string(),
        title: document.title.clone(),
        page: chunk.first_page(),
        id: chunk.id,
        heading: chunk.heading.unwrap_or_default(),
        body: chunk.text,
    }
}

/// A failure of the stored files.
pub(crate) fn files_failed(error: store::BlobError) -> LibraryError {
    LibraryError::Files(error.into())
}

fn ingest_job(owner: OwnerId, id: Id) -> NewJob {
    let mut job = NewJob::new(owner, ingest::NAME, ingest::arguments(id));
    job.dedupe_key = Some(id.to_string());
    job
}

/// Who needs the blob of a document.
fn holder(id: Id) -> String {
    format!("document/{id}")
}

/// Bytes that are shared instead of copied.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A file's name as it is shown: no control characters, `/` between folders, not endless.
fn clean_name(name: &str) -> String {
    let clean: String = name.replace('\\', "/").chars().filter(|next| !next.is_control()).collect();
    let clean = clean.trim().trim_start_matches('/');
    let shown = if clean.is_empty() { "unnamed" } else { clean };
    shown.chars().take(MAX_NAME_CHARS).collect()
}

/// What a document is called until it says itself: its file's name without folder and ending.
fn title_of(file_name: &str) -> String {
    let name = file_name.rsplit('/').next().unwrap_or(file_name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { name } else { stem };
    stem.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        for (name, clean, title) in [
            ("folder\\My_File.pdf", "folder/My_File.pdf", "My File"),
            ("../../etc/passwd", "../../etc/passwd", "passwd"),
            ("\u{0}\n", "unnamed", "unnamed"),
            (".hidden", ".hidden", ".hidden"),
        ] {
            assert_eq!(clean_name(name), clean);
            assert_eq!(title_of(&clean_name(name)), title);
        }
    }
}
