//! Background work: one queue, kept over restarts, with priorities, progress and cancelling.
//!
//! A run is a *claim* with a lease. While it goes on, [`Runner`] extends the lease; when the process is killed,
//! the next one with the same worker id puts the run back into the queue at start ([`Jobs::resume_own`]), and any
//! other server does so once the lease is over ([`Jobs::resume_expired`]). So a job runs at least once, and a
//! handler must stand being started again. Who asks for work that runs says whether another run is to follow
//! ([`WhileRunning`]); that is kept with the job, and so outlives a kill.

mod error;
mod handler;
mod runner;

pub use error::JobError;
pub use handler::{JobContext, JobFailure, JobHandler};
pub use runner::{Runner, RunnerConfig};

use crate::{Db, db::jobs as table};
use base::{Id, OwnerId, Timestamp, new_id};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use tokio::sync::watch;

/// How long a run is taken to be alive after its last sign of life.
pub const LEASE: Duration = Duration::from_secs(60);

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    /// Housekeeping.
    Low,
    /// Most work.
    #[default]
    Normal,
    /// Somebody waits for it.
    High,
}

impl Priority {
    pub(crate) const fn as_number(self) -> i64 {
        match self {
            Self::Low => -10,
            Self::Normal => 0,
            Self::High => 10,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Runs, or ran when its process was killed.
    Running,
    /// Done, with a result.
    Finished,
    /// Given up, with an error.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl JobState {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }
}

/// What is meant by asking for work that runs already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhileRunning {
    /// That it is done: the run under way does it.
    #[default]
    Leave,
    /// That it is done from now on: the run under way may be past what has changed since, so that another follows it,
    /// however it ends. One that follows a cancelled run is not cancelled, unless it was asked for before that.
    Again,
}

/// Work to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Whose it is.
    pub owner: OwnerId,
    /// What is to be done, such as `library.ingest`; letters, dots and underscores.
    pub name: &'static str,
    /// On what.
    pub arguments: Value,
    /// Who goes first.
    pub priority: Priority,
    /// While a job of this owner, name and key waits or runs, another is not queued.
    pub dedupe_key: Option<String>,
    /// What it means where that job runs already.
    pub while_running: WhileRunning,
    /// How often it may be started in all, counting runs that were broken off.
    pub max_attempts: u32,
    /// Not before; `None` is now.
    pub due_at: Option<Timestamp>,
}

impl NewJob {
    /// A job of normal priority that is started at most three times.
    pub fn new(owner: OwnerId, name: &'static str, arguments: Value) -> Self {
        Self {
            owner,
            name,
            arguments,
            priority: Priority::Normal,
            dedupe_key: None,
            while_running: WhileRunning::Leave,
            max_attempts: 3,
            due_at: None,
        }
    }
}

/// What became of [`Jobs::enqueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// The job, or the one that was there already.
    pub job_id: Id,
    /// Whether the same work waited or ran already.
    pub was_there: bool,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Progress {
    /// What is being done, such as `extract`.
    pub stage: String,
    /// Steps of this stage that are done.
    pub done: u64,
    /// Steps of this stage in all, where known.
    pub total: Option<u64>,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: OwnerId,
    /// What is done.
    pub name: String,
    /// On what.
    pub arguments: Value,
    /// Where it stands.
    pub state: JobState,
    /// How far it is.
    pub progress: Progress,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed, or failed last.
    pub error: Option<String>,
    /// How often it was started.
    pub attempts: u64,
    /// How often it may be started.
    pub max_attempts: u64,
    /// Whether a person has asked to stop it.
    pub cancel_requested: bool,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was first started.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// The right to run a job, until the lease is over.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The job.
    pub job: Job,
    claim_id: Id,
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done; the result is kept.
    Finished(Value),
    /// Given up; the error is kept.
    Failed(String),
    /// Failed, but to be tried again after a while, unless it was tried often enough.
    Retry {
        /// What went wrong.
        error: String,
        /// When to try again.
        after: Duration,
    },
    /// It waits for something outside, and goes on after a while; this run does not count.
    Waits {
        /// When to go on.
        after: Duration,
    },
    /// Stopped because a person asked for it.
    Cancelled,
    /// Stopped because the program ends; it goes on at the next start, and this run does not count.
    Interrupted,
}

/// The queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Jobs {
    db: Db,
    worker: Id,
    /// Changes whenever there may be something to do; every lane watches it.
    wake: watch::Sender<()>,
}

impl Jobs {
    /// The queue in this database. `worker` names this installation and stays the same over restarts (it is
    /// kept in the data folder), so that it knows what it left behind.
    pub fn new(db: Db, worker: Id) -> Self {
        Self { db, worker, wake: watch::Sender::new(()) }
    }

    /// Which installation this is.
    pub fn worker(&self) -> Id {
        self.worker
    }

    /// Puts work into the queue and wakes the runner.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn enqueue(&self, job: NewJob) -> Result<Enqueued, JobError> {
        let mut transaction = self.db.begin().await?;
        let enqueued = self.enqueue_in(&mut transaction, job).await?;
        transaction.commit().await?;
        self.wake();
        Ok(enqueued)
    }

    /// Puts work into the queue as a part of the caller's transaction; call [`Jobs::wake`] after its commit.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn enqueue_in(
        &self,
        connection: &mut sqlx::AnyConnection,
        job: NewJob,
    ) -> Result<Enqueued, JobError> {
        let new = new_id();
        let job_id = table::insert(connection, new, &job, self.db.now()).await?;
        Ok(Enqueued { job_id, was_there: job_id != new })
    }

    /// Tells the runner of this process to look into the queue.
    pub fn wake(&self) {
        self.wake.send_replace(());
    }

    /// Changes each time [`Jobs::wake`] is called.
    pub(crate) fn woken(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }

    /// Takes the next job with one of these names: the highest priority first, then the oldest.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn claim(&self, names: &[&str]) -> Result<Option<Claim>, JobError> {
        let names = format!(",{},", names.join(","));
        let now = self.db.now();
        while table::is_due(self.db.pool(), now, &names).await? {
            let claim_id = new_id();
            let lease = table::Lease {
                worker: self.worker,
                claim: claim_id,
                until: now.plus(LEASE),
                now,
                names: &names,
            };
            let mut transaction = self.db.begin().await?;
            let job = table::claim(&mut transaction, &lease).await?;
            transaction.commit().await?;
            if let Some(job) = job {
                return Ok(Some(Claim { job, claim_id }));
            }
        }
        Ok(None)
    }

    /// Shows that a run is alive and how far it is; `true` when a person has asked to stop it.
    ///
    /// # Errors
    /// [`JobError::LeaseLost`] when somebody else has it by now.
    pub async fn heartbeat(&self, claim: &Claim, progress: &Progress) -> Result<bool, JobError> {
        let until = self.db.now().plus(LEASE);
        table::heartbeat(self.db.pool(), claim.job.id, claim.claim_id, until, progress)
            .await?
            .ok_or(JobError::LeaseLost(claim.job.id))
    }

    /// Ends a run.
    ///
    /// # Errors
    /// [`JobError::LeaseLost`] when somebody else has it by now.
    pub async fn end(&self, claim: &Claim, outcome: Outcome) -> Result<(), JobError> {
        let now = self.db.now();
        let mut end =
            table::End { state: JobState::Queued, result: None, error: None, due_at: now, counts: true, now };
        let error;
        match outcome {
            Outcome::Finished(value) => {
                end.state = JobState::Finished;
                end.result = Some(value.to_string());
            }
            Outcome::Failed(why) => {
                end.state = JobState::Failed;
                error = why;
                end.error = Some(&error);
            }
            Outcome::Retry { error: why, after } => {
                if claim.job.attempts >= claim.job.max_attempts {
                    end.state = JobState::Failed;
                }
                end.due_at = now.plus(after);
                error = why;
                end.error = Some(&error);
            }
            Outcome::Waits { after } => {
                end.counts = false;
                end.due_at = now.plus(after);
            }
            Outcome::Cancelled => end.state = JobState::Cancelled,
            Outcome::Interrupted => end.counts = false,
        }
        if table::end(self.db.pool(), claim.job.id, claim.claim_id, &end).await? {
            Ok(())
        } else {
            Err(JobError::LeaseLost(claim.job.id))
        }
    }

    /// Cancels a job: at once when it waits, at its next sign of life when it runs. One that is over stays as
    /// it is.
    ///
    /// # Errors
    /// [`JobError::NotFound`] when the owner has no such job.
    pub async fn cancel(&self, owner: OwnerId, job_id: Id) -> Result<Job, JobError> {
        let mut transaction = self.db.begin().await?;
        table::cancel(&mut transaction, owner, job_id, self.db.now()).await?;
        transaction.commit().await?;
        self.get(owner, job_id).await
    }

    /// Puts a failed job back into the queue as if it were new. One that has not failed stays as it is, and so does one whose
    /// work waits or runs as another job already.
    ///
    /// # Errors
    /// [`JobError::NotFound`] when the owner has no such job.
    pub async fn retry(&self, owner: OwnerId, job_id: Id) -> Result<Job, JobError> {
        table::retry(self.db.pool(), owner, job_id, self.db.now()).await?;
        self.wake();
        self.get(owner, job_id).await
    }

    /// Makes a job that waits for its time due now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hurry(&self, owner: OwnerId, name: &str, dedupe_key: &str) -> Result<(), JobError> {
        table::hurry(self.db.pool(), owner, (name, dedupe_key), self.db.now()).await?;
        self.wake();
        Ok(())
    }

    /// Puts what this worker ran when it was killed back into the queue. To be called at start, before
    /// anything is claimed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn resume_own(&self) -> Result<u64, JobError> {
        self.resume(table::BrokenOff::Of(self.worker)).await
    }

    /// Puts what any worker ran and has shown no sign of life of back into the queue.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn resume_expired(&self) -> Result<u64, JobError> {
        self.resume(table::BrokenOff::Expired).await
    }

    async fn resume(&self, which: table::BrokenOff) -> Result<u64, JobError> {
        let mut transaction = self.db.begin().await?;
        let count = table::resume(&mut transaction, &which, self.db.now()).await?;
        transaction.commit().await?;
        if count > 0 {
            self.wake();
        }
        Ok(count)
    }

    /// A job of this owner.
    ///
    /// # Errors
    /// [`JobError::NotFound`] when the owner has no such job.
    pub async fn get(&self, owner: OwnerId, job_id: Id) -> Result<Job, JobError> {
        table::get(self.db.pool(), owner, job_id).await?.ok_or(JobError::NotFound(job_id))
    }

    /// This owner's jobs, the newest first, of one name or one state where given.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(
        &self,
        owner: OwnerId,
        name: Option<&str>,
        state: Option<JobState>,
        limit: u32,
    ) -> Result<Vec<Job>, JobError> {
        Ok(table::list(self.db.pool(), owner, name, state, limit).await?)
    }

    /// How many jobs of each name there are in each state, whosever they are.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn counts(&self) -> Result<Vec<(String, JobState, u64)>, JobError> {
        Ok(table::counts(self.db.pool()).await?)
    }

    /// How many of this owner's jobs wait or run.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn count_unfinished(&self, owner: OwnerId) -> Result<u64, JobError> {
        Ok(table::count_unfinished(self.db.pool(), owner).await?)
    }

    /// Deletes jobs, with their results, that were over before `before`; answers how many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn forget(&self, before: Timestamp) -> Result<u64, JobError> {
        Ok(table::forget(self.db.pool(), before).await?)
    }
}
