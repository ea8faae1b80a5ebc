//! What a bench gives to the queue: a handler for each name of job.

use super::{Job, Outcome, Progress};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{fmt, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Does the work of one name of job.
pub trait JobHandler: Send + Sync + fmt::Debug {
    /// The name it answers to, such as `library.ingest`.
    fn name(&self) -> &'static str;
    /// Whose turn it takes: jobs of one lane wait for each other, those of different lanes do not.
    fn lane(&self) -> &'static str {
        "work"
    }
    /// Does the work and answers with the result to be kept. It may have been started before and broken off at
    /// any point. When [`JobContext::cancelled`] fires it should stop soon; whatever it answers then is ignored.
    fn run(&self, context: JobContext) -> BoxFuture<'_, Result<Value, JobFailure>>;
}

/// What a handler is given.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The job.
    pub job: Job,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
}

impl JobContext {
    pub(super) fn new(job: Job, progress: watch::Sender<Progress>, stop: CancellationToken) -> Self {
        Self { job, progress, stop }
    }

    /// Says how far the work is. Cheap: it is written down about twice a second.
    pub fn progress(&self, stage: &str, done: u64, total: Option<u64>) {
        self.progress.send_replace(Progress { stage: stage.to_owned(), done, total });
    }

    /// Fires when the work is to stop, since a person cancelled it or the program ends.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.stop
    }
}

/// Why the work failed, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JobFailure {
    /// What went wrong.
    pub message: String,
    /// Try again after this time, where that may help.
    pub retry_after: Option<Duration>,
    /// Nothing has failed: the work waits for something, and this run does not count.
    pub waits: bool,
}

impl JobFailure {
    /// A failure that trying again cannot cure.
    pub fn for_good(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry_after: None, waits: false }
    }

    /// A failure that may be gone after a while.
    pub fn for_now(message: impl Into<String>, retry_after: Duration) -> Self {
        Self { message: message.into(), retry_after: Some(retry_after), waits: false }
    }

    /// No failure: the work waits for something outside, and goes on after this time. The worker is free until
    /// then.
    pub fn not_yet(after: Duration) -> Self {
        Self { message: "it waits".to_owned(), retry_after: Some(after), waits: true }
    }
}

impl From<JobFailure> for Outcome {
    fn from(failure: JobFailure) -> Self {
        match failure.retry_after {
            Some(after) if failure.waits => Self::Waits { after },
            Some(after) => Self::Retry { error: failure.message, after },
            None => Self::Failed(failure.message),
        }
    }
}
