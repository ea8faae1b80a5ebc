//! Background work: running it, showing it, stopping it.

use crate::{
    AppError,
    app::{App, kept},
    attachments, shown,
};
use api::{
    events::AppEvent,
    jobs::{Job, JobList},
};
use base::Id;
use std::sync::Arc;
use std::time::Duration;
use store::{
    JobHandler, Jobs,
    jobs::{Runner, RunnerConfig},
};
use tokio::sync::broadcast::error::RecvError;

/// Jobs shown at the most.
const SHOWN: u32 = 100;

pub(crate) async fn run(jobs: Jobs, handlers: Vec<Arc<dyn JobHandler>>) -> Result<Runner, AppError> {
    let started = Runner::start(jobs, handlers, RunnerConfig::default()).await;
    started.map_err(|error| kept(error.kind(), error))
}

/// How long finished jobs are shown, and deleted documents, conversations and messages can be restored.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// How long alerts that are over or seen are kept.
const ALERTS_KEPT: Duration = Duration::from_secs(400 * 86_400);

/// Forgets jobs that were over long ago, and what was deleted long ago, once a day.
pub(crate) async fn tidy_up(app: Arc<App>) {
    loop {
        let before = app.clock.now().minus(KEPT);
        if let Err(error) = app.jobs.forget(before).await {
            tracing::warn!(%error, "old jobs cannot be forgotten");
        }
        if let Err(error) = app.library.purge_deleted(before).await {
            tracing::warn!(%error, "documents deleted long ago cannot be forgotten");
        }
        match app.chat.purge_deleted(before).await {
            Ok(purged) if purged == chat::Purged::default() => {}
            Ok(purged) => tracing::info!(?purged, "what was deleted long ago is gone for good"),
            Err(error) => tracing::warn!(%error, "conversations deleted long ago cannot be found"),
        }
        if let Err(error) = app.chat.memory().purge().await {
            tracing::warn!(%error, "what was forgotten cannot be deleted");
        }
        if let Err(error) = app.batches.tidy_up().await {
            tracing::warn!(%error, "old batches cannot be forgotten");
        }
        if let Err(error) = app.alerts.forget(app.clock.now().minus(ALERTS_KEPT)).await {
            tracing::warn!(%error, "old alerts cannot be forgotten");
        }
        attachments::forget(&app).await;
        match app.gateway.retention().prune().await {
            Ok(pruned) if pruned == ledger::Pruned::default() => {}
            Ok(pruned) => tracing::info!(?pruned, "old exchanges and what was kept of them were forgotten"),
            Err(error) => tracing::warn!(%error, "old exchanges cannot be forgotten"),
        }
        tokio::time::sleep(Duration::from_secs(86_400)).await;
    }
}

/// Tells the page what happens to documents.
pub(crate) async fn publish_documents(app: Arc<App>) {
    let mut changes = app.library.subscribe();
    loop {
        match changes.recv().await {
            Ok(change) if change.removed => {
                app.events.publish(AppEvent::DocumentRemoved { id: change.document_id.to_string() });
            }
            Ok(change) => {
                if let Ok(document) = app.library.get(change.owner, change.document_id).await {
                    app.events.publish(AppEvent::Document { document: Box::new(shown::document(document)) });
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

pub(crate) async fn active(jobs: &Jobs) -> Result<u64, AppError> {
    jobs.count_unfinished(Id::FIRST_OWNER).await.map_err(|error| kept(error.kind(), error))
}

impl App {
    /// Jobs, the latest first.
    pub async fn jobs(&self) -> Result<JobList, AppError> {
        let listed = self.jobs.list(Id::FIRST_OWNER, None, None, SHOWN).await;
        let listed = listed.map_err(|error| kept(error.kind(), error))?;
        Ok(JobList { jobs: listed.into_iter().map(job).collect() })
    }

    /// Cancels a job; one that is over stays as it is.
    pub async fn cancel_job(&self, id: &str) -> Result<Job, AppError> {
        let job_id = id.parse().map_err(|_| AppError::NoJob(id.to_owned()))?;
        let cancelled = self.jobs.cancel(Id::FIRST_OWNER, job_id).await;
        cancelled.map(job).map_err(|error| kept(error.kind(), error))
    }

    /// Puts a failed job back into the queue; one that has not failed stays as it is.
    pub async fn retry_job(&self, id: &str) -> Result<Job, AppError> {
        let job_id = id.parse().map_err(|_| AppError::NoJob(id.to_owned()))?;
        let queued = self.jobs.retry(Id::FIRST_OWNER, job_id).await;
        queued.map(job).map_err(|error| kept(error.kind(), error))
    }
}

/// A job as it is shown.
pub(crate) fn job(job: store::Job) -> Job {
    let progress = job.progress;
    let title = job.arguments.get("title").and_then(|title| title.as_str()).unwrap_or(&job.name).to_owned();
    Job {
        id: job.id.to_string(),
        title,
        state: job.state.as_str().to_owned(),
        kind: job.name,
        progress: progress.total.filter(|total| *total > 0).map(|total| progress.done as f64 / total as f64),
        stage: (!progress.stage.is_empty()).then_some(progress.stage),
        error: job.error,
        created_at: job.created_at.to_string(),
    }
}
