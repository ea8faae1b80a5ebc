//! The job `library.ingest`: reads a document, cuts it into passages, makes them searchable.
//!
//! It may be broken off at any point and begun again: passages of a new run are written beside the old ones
//! under a generation of their own, which counts only once all are there. Vectors are made last, where something makes
//! them; the words can be searched by then.

use crate::{
    Library, LibraryError,
    chunk::{Chunk, Chunker},
    db::{
        chunks::{self, StoredChunk},
        documents::{self, Stored},
    },
    library::NoVectors,
    model::{Problem, ProblemCode, Progress, Stage},
};
use base::{Id, OwnerId};
use futures::future::BoxFuture;
use reading::formats::{Opened, ReadEvent, ReadOptions};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{JobContext, JobFailure, JobHandler};
use tokio::sync::mpsc;

/// The job's name.
pub(crate) const NAME: &str = "library.ingest";
/// Passages that are written in one transaction.
const BATCH: usize = 200;
/// Warnings that are kept of one document.
const MAX_WARNINGS: usize = 100;

/// Takes in one document.
#[derive(Debug)]
pub(crate) struct Ingest(pub(crate) Arc<Library>);

pub(crate) fn arguments(document_id: Id) -> Value {
    json!({ "document_id": document_id })
}

impl JobHandler for Ingest {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>> {
        Box::pin(async move {
            let id = context.job.arguments.get("document_id").and_then(Value::as_str);
            let id = id.and_then(|id| id.parse().ok());
            let id: Id = id.ok_or_else(|| JobFailure::for_good("the job names no document"))?;
            let run = Run { library: &self.0, context: &context, owner: context.job.owner, id };
            let ended = run.all().await;
            self.0.set_progress(run.owner, id, None);
            run.conclude(ended).await
        })
    }
}

/// How a run that did not fail ended.
enum Ended {
    /// All is searchable.
    Ready(u64),
    /// The file cannot be read.
    Unreadable(Problem),
    /// The document is not there any more.
    Gone,
    /// It was asked to stop.
    Stopped,
}

struct Run<'a> {
    library: &'a Arc<Library>,
    context: &'a JobContext,
    owner: OwnerId,
    id: Id,
}

impl Run<'_> {
    /// The whole way of a document: read and cut, switch, index, embed.
    async fn all(&self) -> Result<Ended, LibraryError> {
        let Some(stored) = self.library.stored(self.owner, self.id).await? else { return Ok(Ended::Gone) };
        if stored.document.deleted_at.is_some() {
            return Ok(Ended::Gone);
        }
        let stored = if stored.generation > 0 && stored.read_by == Some(self.context.job.id) {
            // A kill came behind the reading: it is not done twice.
            documents::begin(self.library.db.pool(), self.id, self.library.now()).await?;
            stored
        } else {
            if let Some(ended) = self.take_in(stored).await? {
                return Ok(ended);
            }
            // The file may have told its title.
            let Some(stored) = self.library.stored(self.owner, self.id).await? else {
                return Ok(Ended::Gone);
            };
            stored
        };
        if self.context.cancelled().is_cancelled() {
            return Ok(Ended::Stopped);
        }
        let chunk_count = stored.document.chunk_count;
        if stored.indexed_generation != Some(stored.generation) || stored.lacks_entries() {
            self.progress(Stage::Index, 0, chunk_count);
            // It is short, and half an index is worth less than none: it is not broken off.
            let progress = |done| self.progress(Stage::Index, done, chunk_count);
            self.library.index_document(&stored, &progress).await?;
        }
        self.embed(&stored).await
    }

    /// Makes the vectors. The words can be searched already: where this fails, it is tried again later.
    async fn embed(&self, stored: &Stored) -> Result<Ended, LibraryError> {
        let chunk_count = stored.document.chunk_count;
        let progress = |done| self.progress(Stage::Embed, done, chunk_count);
        match self.library.embed_document(stored, self.context.cancelled(), &progress).await {
            Ok(_) => Ok(Ended::Ready(chunk_count)),
            Err(NoVectors::Stopped) => Ok(Ended::Stopped),
            Err(NoVectors::Embedder(error)) => {
                tracing::warn!(%error, document = %self.id, "passages have no vectors yet");
                Ok(Ended::Ready(chunk_count))
            }
            Err(NoVectors::Library(error)) => Err(error),
        }
    }

    /// Reads the file, cuts it, and makes the new passages count; tells how it ended where it did not end well.
    async fn take_in(&self, stored: Stored) -> Result<Option<Ended>, LibraryError> {
        let turn = tokio::select! {
            turn = self.library.reading_turns.acquire() => turn.map_err(|_| LibraryError::Stopped)?,
            () = self.context.cancelled().cancelled() => return Ok(Some(Ended::Stopped)),
        };
        documents::begin(self.library.db.pool(), self.id, self.library.now()).await?;
        self.progress(Stage::Extract, 0, 1);
        let bytes = self.library.blobs.read(&stored.blob).await.map_err(crate::library::files_failed)?;
        self.keep_only(stored.generation).await?;
        let mut writing = Writing::new(self, stored.generation + 1);
        match self.read(&stored, bytes, &mut writing).await? {
            Some(ended) => return Ok(Some(ended)),
            None => self.progress(Stage::Chunk, 0, 1),
        }
        drop(turn);
        writing.finish().await?;
        let (generation, chunk_count) = (writing.generation, writing.count());
        let warnings = std::mem::take(&mut writing.warnings);
        if chunk_count == 0 {
            let problem = Problem::new(ProblemCode::Empty, "there is no text in the file");
            return Ok(Some(Ended::Unreadable(problem)));
        }
        self.switch(generation, chunk_count, &warnings).await?;
        Ok(None)
    }

    /// Reads the file and writes its passages; tells how it ended where it did not end well.
    async fn read(
        &self,
        stored: &Stored,
        bytes: Vec<u8>,
        writing: &mut Writing<'_>,
    ) -> Result<Option<Ended>, LibraryError> {
        let options = ReadOptions::new(&stored.document.file_name, self.library.config.limits());
        let (sender, mut events) = mpsc::channel(16);
        let reader = self.library.reader.clone();
        let mut reading = tokio::task::JoinSet::new();
        reading.spawn(async move { reader.read(Arc::new(bytes), options, sender).await });
        let mut parts = 1;
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = self.context.cancelled().cancelled() => return Ok(Some(Ended::Stopped)),
            };
            match event {
                Some(ReadEvent::Opened(opened)) => {
                    parts = opened.parts.max(1);
                    self.describe(&opened).await?;
                    self.progress(Stage::Extract, 0, parts.into());
                }
                Some(ReadEvent::Section { through, blocks }) => {
                    for block in blocks {
                        let chunks = writing.chunker.push(block);
                        writing.take(chunks).await?;
                    }
                    self.progress(Stage::Extract, through.into(), parts.into());
                }
                Some(ReadEvent::Warning { problem }) => writing.warn(problem),
                Some(ReadEvent::PageStarted { .. } | ReadEvent::PageRead { .. }) => {}
                Some(ReadEvent::Failed { problem }) => return Ok(Some(Ended::Unreadable(problem))),
                Some(ReadEvent::Done) => return Ok(None),
                None => return Err(LibraryError::Stopped),
            }
        }
    }

    async fn describe(&self, opened: &Opened) -> Result<(), LibraryError> {
        let mut transaction = self.library.db.begin().await.map_err(crate::db::failed)?;
        documents::describe(&mut transaction, self.id, opened, self.library.now()).await?;
        transaction.commit().await.map_err(crate::db::failed)
    }

    async fn keep_only(&self, generation: i64) -> Result<(), LibraryError> {
        let mut transaction = self.library.db.begin().await.map_err(crate::db::failed)?;
        chunks::keep_only(&mut transaction, self.id, generation).await?;
        transaction.commit().await.map_err(crate::db::failed)
    }

    async fn switch(
        &self,
        generation: i64,
        chunk_count: u64,
        warnings: &[Problem],
    ) -> Result<(), LibraryError> {
        let mut transaction = self.library.db.begin().await.map_err(crate::db::failed)?;
        let (read_by, now) = (self.context.job.id, self.library.now());
        let read = documents::Read { generation, chunk_count, warnings, read_by, now };
        documents::switch(&mut transaction, self.id, &read).await?;
        chunks::keep_only(&mut transaction, self.id, generation).await?;
        transaction.commit().await.map_err(crate::db::failed)
    }

    fn progress(&self, stage: Stage, done: u64, total: u64) {
        self.context.progress(stage.as_str(), done, Some(total));
        self.library.set_progress(self.owner, self.id, Some(Progress::of(stage, done, total)));
    }

    /// Writes down how it ended.
    async fn conclude(&self, ended: Result<Ended, LibraryError>) -> Result<Value, JobFailure> {
        let concluded = match ended {
            Ok(Ended::Ready(chunks)) => self.ready(chunks).await,
            Ok(Ended::Unreadable(problem)) => {
                self.finish(Some(&problem)).await.map(|()| json!({ "failed": problem.to_string() }))
            }
            Ok(Ended::Gone) => Ok(Value::Null),
            Ok(Ended::Stopped) => self.stopped().await.map(|()| Value::Null),
            Err(error) => Err(error),
        };
        let error = match concluded {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        tracing::warn!(error = &error as &dyn std::error::Error, document = %self.id, "an ingest failed");
        let message = match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        if self.context.job.attempts < self.context.job.max_attempts {
            return Err(JobFailure::for_now(message, Duration::from_secs(5)));
        }
        let problem = Problem::new(ProblemCode::Internal, message.clone());
        if let Err(error) = self.finish(Some(&problem)).await {
            tracing::error!(error = &error as &dyn std::error::Error, document = %self.id, "its failure is not kept");
        }
        Err(JobFailure::for_good(message))
    }

    /// It can be searched; what it lacks of vectors, the job for that makes.
    async fn ready(&self, chunks: u64) -> Result<Value, LibraryError> {
        self.finish(None).await?;
        if self.library.lacking_vectors().await?.iter().any(|stored| stored.document.id == self.id) {
            self.library.embed_soon().await?;
        }
        Ok(json!({ "chunks": chunks }))
    }

    async fn finish(&self, failure: Option<&Problem>) -> Result<(), LibraryError> {
        documents::finish(self.library.db.pool(), self.id, failure, self.library.now()).await?;
        self.library.changed(self.owner, self.id, false);
        Ok(())
    }

    /// A person stopped it, or the program ends; in the second case it goes on at the next start.
    async fn stopped(&self) -> Result<(), LibraryError> {
        let job = self.library.jobs.get(self.owner, self.context.job.id).await;
        if job.is_ok_and(|job| job.cancel_requested) {
            let problem = Problem::new(ProblemCode::Cancelled, "processing was cancelled");
            self.finish(Some(&problem)).await?;
        }
        Ok(())
    }
}

/// Writes passages as they are cut.
struct Writing<'a> {
    run: &'a Run<'a>,
    generation: i64,
    chunker: Chunker,
    waiting: Vec<StoredChunk>,
    next_ordinal: i64,
    warnings: Vec<Problem>,
}

impl<'a> Writing<'a> {
    fn new(run: &'a Run<'a>, generation: i64) -> Self {
        Self {
            run,
            generation,
            chunker: Chunker::default(),
            waiting: Vec::new(),
            next_ordinal: 0,
            warnings: Vec::new(),
        }
    }

    fn count(&self) -> u64 {
        u64::try_from(self.next_ordinal).unwrap_or(0)
    }

    fn warn(&mut self, problem: Problem) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(problem);
        }
    }

    async fn take(&mut self, chunks: Vec<Chunk>) -> Result<(), LibraryError> {
        for chunk in chunks {
            self.waiting.push(StoredChunk::new(self.run.id, self.next_ordinal, chunk));
            self.next_ordinal += 1;
        }
        if self.waiting.len() >= BATCH { self.write().await } else { Ok(()) }
    }

    async fn finish(&mut self) -> Result<(), LibraryError> {
        let rest = self.chunker.finish();
        self.take(rest).await?;
        self.write().await
    }

    async fn write(&mut self) -> Result<(), LibraryError> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let mut transaction = self.run.library.db.begin().await.map_err(crate::db::failed)?;
        chunks::insert(&mut transaction, self.run.id, self.generation, &waiting).await?;
        transaction.commit().await.map_err(crate::db::failed)
    }
}
