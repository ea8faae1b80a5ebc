//! The batches as an object: files, handing in, looking, stopping, results.

mod submit;

use crate::{
    BatchError, Config,
    db::{self, BatchFilter, EndedFilter},
    model::{Batch, BatchState, Endpoint, File, Page},
    output::{self, Results},
    run,
};
use base::{Clock, Id, OwnerId, Timestamp, new_id};
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use gateway::{Deposit, Gateway, Submitter};
use llm::{Codec, Dialect};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, atomic::AtomicBool},
};
use store::{Blobs, Db, JobHandler, JobState, Jobs, NewJob};
use tokio_util::sync::CancellationToken;

pub use submit::{NewBatch, Submission};

/// The job that works on a batch.
pub(crate) const JOB: &str = "batch.run";
/// Longest name of a file that is kept, in characters.
const MOST_NAME_CHARS: usize = 200;
/// Nothing keeps a batch from being worked on but its own end.
const ATTEMPTS: u32 = 1_000_000;

/// What the batches are made of.
pub struct Parts {
    /// Where they are kept.
    pub db: Db,
    /// Where their lines lie.
    pub blobs: Blobs,
    /// What works on them.
    pub jobs: Jobs,
    /// What answers.
    pub gateway: Arc<Gateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How they are worked on.
    pub config: Config,
    /// The wire formats.
    pub codecs: fn(Dialect) -> &'static dyn Codec,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The batches.
pub struct Batches {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    jobs: Jobs,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    codecs: fn(Dialect) -> &'static dyn Codec,
    /// Those that are not over.
    live: Mutex<HashMap<Id, Arc<Live>>>,
}

/// What is known of a batch that is not over, besides what is written down.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) deposit: Arc<Deposit>,
    /// Fires when it is asked to stop.
    pub(crate) stop: CancellationToken,
    /// Whether an earlier run, or an earlier process, may have begun lines whose replies are lost.
    pub(crate) broken_off: AtomicBool,
}

impl Batches {
    /// Opens the batches; those that are not over have their money set aside again and go on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open(parts: Parts) -> Result<Arc<Self>, BatchError> {
        let Parts { db, blobs, jobs, gateway, clock, config, codecs } = parts;
        let batches =
            Arc::new(Self { db, blobs, jobs, gateway, clock, config, codecs, live: Mutex::default() });
        for batch in db::unfinished(&batches.db).await? {
            let left = db::worst_case_left(&batches.db, batch.id).await?;
            let deposit = batches.gateway.batches().deposit_again(batch.submitter, left, batch.created_at);
            batches.make_live(&batch, deposit, true);
        }
        batches.keep_going().await?;
        Ok(batches)
    }

    /// What works on batches; to be given to the runner of jobs.
    pub fn handlers(self: &Arc<Self>) -> Vec<Arc<dyn JobHandler>> {
        vec![Arc::new(run::Run(Arc::clone(self)))]
    }

    /// The limits that hold.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The wire format of an endpoint's lines.
    pub fn codec(&self, endpoint: Endpoint) -> &'static dyn Codec {
        (self.codecs)(endpoint.dialect())
    }

    fn make_live(&self, batch: &Batch, deposit: Arc<Deposit>, broken_off: bool) {
        let stop = CancellationToken::new();
        if batch.state == BatchState::Cancelling {
            stop.cancel();
        }
        self.live
            .lock()
            .insert(batch.id, Arc::new(Live { deposit, stop, broken_off: AtomicBool::new(broken_off) }));
    }

    pub(crate) fn live(&self, id: Id) -> Option<Arc<Live>> {
        self.live.lock().get(&id).cloned()
    }

    /// It is over: what is left of its money goes back.
    pub(crate) fn laid_to_rest(&self, id: Id) {
        self.live.lock().remove(&id);
    }

    fn job(batch: &Batch) -> NewJob {
        let arguments = json!({ "batch_id": batch.id.to_string(), "title": batch.title });
        NewJob {
            dedupe_key: Some(batch.id.to_string()),
            max_attempts: ATTEMPTS,
            ..NewJob::new(batch.submitter.owner, JOB, arguments)
        }
    }

    /// Sees to it that every batch that is not over has a job. One whose job a person has cancelled stops.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_going(&self) -> Result<(), BatchError> {
        for batch in db::unfinished(&self.db).await? {
            if !self.jobs.enqueue(Self::job(&batch)).await?.was_there && batch.state == BatchState::Running {
                let cancelled =
                    self.jobs.list(batch.submitter.owner, Some(JOB), Some(JobState::Cancelled), 100);
                let id = batch.id.to_string();
                if cancelled.await?.iter().any(|job| job.arguments.get("batch_id") == Some(&json!(id))) {
                    self.cancel(batch.submitter, batch.id).await?;
                }
            }
        }
        Ok(())
    }

    /// Forgets files that came, and batches that were over, longer ago than they are kept.
    ///
    /// # Errors
    /// Where the database or the folder fails.
    pub async fn tidy_up(&self) -> Result<(), BatchError> {
        let before = self.clock.now().minus(self.config.kept());
        for batch in db::ended_before(&self.db, before).await? {
            self.delete(batch.submitter, batch.id).await?;
        }
        for file in db::files_before(&self.db, before).await? {
            self.delete_file(file.submitter, file.id).await?;
        }
        Ok(())
    }

    /// How many batches there are in each state.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn state_counts(&self) -> Result<Vec<(BatchState, u64)>, BatchError> {
        Ok(db::state_counts(&self.db).await?)
    }

    // Files.

    /// Keeps a file of lines.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`]; where the folder or the database fails.
    pub async fn add_file(&self, of: Submitter, name: &str, bytes: Bytes) -> Result<File, BatchError> {
        let limit_bytes = self.config.max_file_bytes;
        let size_bytes = bytes.len() as u64;
        if size_bytes > limit_bytes {
            return Err(BatchError::TooLarge { limit_bytes });
        }
        let id = new_id();
        let sha256 = self.blobs.put(of.owner, &file_holder(id), bytes).await?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(MOST_NAME_CHARS).collect();
        let file = File {
            id,
            submitter: of,
            name: if name.is_empty() { "batch.jsonl".to_owned() } else { name },
            sha256: sha256.to_string(),
            size_bytes,
            created_at: self.clock.now(),
        };
        db::insert_file(&self.db, &file).await?;
        Ok(file)
    }

    /// A file of this submitter.
    ///
    /// # Errors
    /// [`BatchError::NoFile`].
    pub async fn file(&self, of: Submitter, id: Id) -> Result<File, BatchError> {
        db::file(&self.db, of, id).await?.ok_or_else(|| BatchError::NoFile(id.to_string()))
    }

    /// The files of this submitter, the newest first, behind `before`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn files(
        &self,
        of: Submitter,
        before: Option<Id>,
        limit: u32,
    ) -> Result<Page<File>, BatchError> {
        let mut items = db::files(&self.db, of, before, limit.saturating_add(1)).await?;
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        Ok(Page { items, has_more })
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`BatchError::NoFile`]; where the folder fails.
    pub async fn file_bytes(&self, of: Submitter, id: Id) -> Result<Bytes, BatchError> {
        let file = self.file(of, id).await?;
        Ok(self.blobs.read(&file.sha256.parse()?).await?.into())
    }

    /// Deletes a file; batches that were made of it keep their lines.
    ///
    /// # Errors
    /// [`BatchError::NoFile`]; where the database fails.
    pub async fn delete_file(&self, of: Submitter, id: Id) -> Result<(), BatchError> {
        if !db::delete_file(&self.db, of, id).await? {
            return Err(BatchError::NoFile(id.to_string()));
        }
        Ok(self.blobs.release_all(&file_holder(id)).await?)
    }

    // Batches.

    /// A batch of this submitter.
    ///
    /// # Errors
    /// [`BatchError::NoBatch`].
    pub async fn get(&self, of: Submitter, id: Id) -> Result<Batch, BatchError> {
        db::batch(&self.db, of, id).await?.ok_or_else(|| BatchError::NoBatch(id.to_string()))
    }

    /// Batches of this submitter, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, list: List) -> Result<Page<Batch>, BatchError> {
        let List { of, form, before, after, limit } = list;
        let (endpoints, not) = match form {
            Some(Form::Messages) => (Some(Endpoint::Messages), None),
            Some(Form::Files) => (None, Some(Endpoint::Messages)),
            None => (None, None),
        };
        let filter = BatchFilter { of, endpoints, not, before, after, limit: limit.saturating_add(1) };
        let mut items = db::batches(&self.db, &filter).await?;
        let has_more = items.len() > limit as usize;
        if has_more && after.is_some() {
            items.remove(0);
        }
        items.truncate(limit as usize);
        Ok(Page { items, has_more })
    }

    /// Asks a batch to stop; one that is over stays as it is. Lines under way end, and are billed.
    ///
    /// # Errors
    /// [`BatchError::NoBatch`]; where the database fails.
    pub async fn cancel(&self, of: Submitter, id: Id) -> Result<Batch, BatchError> {
        let batch = self.get(of, id).await?;
        if batch.state.is_over() {
            return Ok(batch);
        }
        db::to_cancelling(&self.db, id, self.clock.now()).await?;
        if let Some(live) = self.live(id) {
            live.stop.cancel();
        }
        self.jobs.enqueue(Self::job(&batch)).await?;
        self.jobs.hurry(batch.submitter.owner, JOB, &id.to_string()).await?;
        self.get(of, id).await
    }

    /// Forgets a batch that is over, with its results. The ledger keeps what it cost.
    ///
    /// # Errors
    /// [`BatchError::NoBatch`], [`BatchError::Unfinished`]; where the database fails.
    pub async fn delete(&self, of: Submitter, id: Id) -> Result<(), BatchError> {
        if !self.get(of, id).await?.state.is_over() {
            return Err(BatchError::Unfinished(id.to_string()));
        }
        db::delete(&self.db, id).await?;
        Ok(self.blobs.release_all(&batch_holder(id)).await?)
    }

    /// The results of a batch.
    ///
    /// # Errors
    /// [`BatchError::NoBatch`], [`BatchError::Unfinished`].
    pub async fn results(
        &self,
        of: Submitter,
        id: Id,
        which: Results,
    ) -> Result<BoxStream<'static, Result<Bytes, BatchError>>, BatchError> {
        let batch = self.get(of, id).await?;
        if !batch.state.is_over() {
            return Err(BatchError::Unfinished(id.to_string()));
        }
        Ok(output::results(self.db.clone(), id, which).boxed())
    }

    /// Deletes one of the two files of results.
    ///
    /// # Errors
    /// [`BatchError::NoBatch`]; where the database fails.
    pub async fn delete_results(&self, of: Submitter, id: Id, which: Results) -> Result<(), BatchError> {
        self.get(of, id).await?;
        let which = match which {
            Results::Output => EndedFilter::Replies,
            Results::Errors => EndedFilter::Errors,
            Results::Messages => EndedFilter::All,
        };
        Ok(db::forget_replies(&self.db, id, which).await?)
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("live", &self.live.lock().len()).finish_non_exhaustive()
    }
}

/// In which form batches were handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As files of lines.
    Files,
    /// As Anthropic's message batches.
    Messages,
}

/// Which batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// Whose.
    pub of: Submitter,
    /// Only those of this form.
    pub form: Option<Form>,
    /// Only those older than this one.
    pub before: Option<Id>,
    /// Only those newer than this one.
    pub after: Option<Id>,
    /// How many at the most.
    pub limit: u32,
}

/// The owner, who sees everything of theirs.
pub const fn owner(owner: OwnerId) -> Submitter {
    Submitter { owner, key_id: None, project: None }
}

fn file_holder(id: Id) -> String {
    format!("batch_file/{id}")
}

pub(crate) fn batch_holder(id: Id) -> String {
    format!("batch/{id}")
}

/// The metadata of a caller: an object of texts.
pub(crate) fn checked_metadata(metadata: Option<Value>) -> Result<Value, BatchError> {
    match metadata {
        None | Some(Value::Null) => Ok(Value::Null),
        Some(Value::Object(fields)) if fields.len() <= 16 && fields.values().all(Value::is_string) => {
            Ok(Value::Object(fields))
        }
        Some(_) => Err(BatchError::Invalid("`metadata` must be an object of at most 16 texts".to_owned())),
    }
}

/// Whether a batch's time is over.
pub(crate) fn is_late(batch: &Batch, now: Timestamp) -> bool {
    now >= batch.expires_at
}
