//! Runs jobs: so many at once, each with a lease that is kept alive, until told to stop.

use super::{Claim, JobContext, JobError, JobHandler, Jobs, Outcome, Progress};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinError,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often a run shows that it is alive, at the least.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// How often progress is written down and a wish to cancel is noticed.
const BEAT: Duration = Duration::from_millis(500);
/// How often the queue is looked into without being woken: other servers may have filled it.
const LOOK: Duration = Duration::from_secs(5);

/// How jobs are run.
#[derive(Debug, Clone, Copy)]
pub struct RunnerConfig {
    /// The most jobs of one lane at once.
    pub workers: usize,
    /// How long a job that is asked to stop may take before it is dropped.
    pub grace: Duration,
}

impl Default for RunnerConfig {
    fn default() -> Self {
        Self { workers: 2, grace: Duration::from_secs(5) }
    }
}

/// Takes jobs from the queue and runs them, each lane with workers of its own, until [`Runner::stop`].
#[derive(Debug)]
pub struct Runner {
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Debug, Clone)]
struct Shared {
    jobs: Jobs,
    handlers: Arc<BTreeMap<&'static str, Arc<dyn JobHandler>>>,
    config: RunnerConfig,
    stop: CancellationToken,
}

impl Runner {
    /// Puts back what a killed process left, and starts to run jobs in the background.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn start(
        jobs: Jobs,
        handlers: Vec<Arc<dyn JobHandler>>,
        config: RunnerConfig,
    ) -> Result<Self, JobError> {
        let resumed = jobs.resume_own().await?;
        if resumed > 0 {
            tracing::info!(resumed, "jobs that were broken off go on");
        }
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let mut lanes: BTreeMap<&str, BTreeMap<&'static str, Arc<dyn JobHandler>>> = BTreeMap::new();
        for handler in handlers {
            lanes.entry(handler.lane()).or_default().insert(handler.name(), handler);
        }
        for handlers in lanes.into_values() {
            let shared =
                Shared { jobs: jobs.clone(), handlers: Arc::new(handlers), config, stop: stop.clone() };
            tasks.spawn(take_turns(shared, tasks.clone()));
        }
        Ok(Self { stop, tasks })
    }

    /// Takes no more jobs, asks those that run to stop, and waits for them; they go on at the next start.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The loop of a lane: wait for a free worker, then for a job, and start it.
async fn take_turns(shared: Shared, tasks: TaskTracker) {
    let names: Vec<&str> = shared.handlers.keys().copied().collect();
    let workers = Arc::new(Semaphore::new(shared.config.workers.max(1)));
    let mut swept = None::<Instant>;
    let mut woken = shared.jobs.woken();
    loop {
        let worker = tokio::select! {
            () = shared.stop.cancelled() => return,
            worker = Arc::clone(&workers).acquire_owned() => worker,
        };
        let Ok(worker) = worker else { return };
        if swept.is_none_or(|at| at.elapsed() >= super::LEASE / 2) {
            swept = Some(Instant::now());
            if let Err(error) = shared.jobs.resume_expired().await {
                tracing::warn!(%error, "jobs without a sign of life could not be looked for");
            }
        }
        match shared.jobs.claim(&names).await {
            Ok(Some(claim)) => {
                tasks.spawn(run_one(shared.clone(), claim, worker));
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the job queue could not be read"),
        }
        drop(worker);
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = woken.changed() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// Runs one job to its end and writes the end down.
async fn run_one(shared: Shared, claim: Claim, _worker: OwnedSemaphorePermit) {
    let Some(handler) = shared.handlers.get(claim.job.name.as_str()).cloned() else { return };
    let (progress, seen) = watch::channel(claim.job.progress.clone());
    let stop = CancellationToken::new();
    let last_seen = seen.clone();
    let context = JobContext::new(claim.job.clone(), progress, stop.clone());
    // In a task of its own, so that a panic breaks off this job and nothing else.
    let mut work = tokio::spawn(async move { handler.run(context).await });
    let why = tokio::select! {
        done = &mut work => Why::Done(done.map(|result| result.map_or_else(Outcome::from, Outcome::Finished))),
        why = watch_over(&shared, &claim, seen) => why,
    };
    let outcome = match why {
        Why::Done(Ok(outcome)) => outcome,
        Why::Done(Err(error)) => {
            tracing::error!(%error, job = %claim.job.id, name = claim.job.name, "a job broke off");
            Outcome::Failed(
                "the job broke off because of a fault in Familiar; the log has details".to_owned(),
            )
        }
        Why::Lost => {
            work.abort();
            return;
        }
        Why::Cancelled | Why::Stopping => {
            stop.cancel();
            if tokio::time::timeout(shared.config.grace, &mut work).await.is_err() {
                work.abort();
            }
            if matches!(why, Why::Cancelled) { Outcome::Cancelled } else { Outcome::Interrupted }
        }
    };
    let progress = last_seen.borrow().clone();
    let ended = match shared.jobs.heartbeat(&claim, &progress).await {
        Ok(_) => shared.jobs.end(&claim, outcome).await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::warn!(%error, job = %claim.job.id, "the end of a job could not be written down");
    }
    shared.jobs.wake();
}

/// Why a run is over.
enum Why {
    Done(Result<Outcome, JoinError>),
    Cancelled,
    Stopping,
    Lost,
}

/// Writes progress and signs of life down until there is a reason to stop.
async fn watch_over(shared: &Shared, claim: &Claim, mut seen: watch::Receiver<Progress>) -> Why {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = Instant::now();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return Why::Stopping,
            _ = beat.tick() => {}
        }
        let news = seen.has_changed().unwrap_or(false);
        if !news && written.elapsed() < SIGN_OF_LIFE && !cancel_requested(shared, claim).await {
            continue;
        }
        let progress = seen.borrow_and_update().clone();
        match shared.jobs.heartbeat(claim, &progress).await {
            Ok(true) => return Why::Cancelled,
            Ok(false) => written = Instant::now(),
            Err(JobError::LeaseLost(id)) => {
                tracing::warn!(job = %id, "somebody else runs this job by now; it stops here");
                return Why::Lost;
            }
            Err(error) => tracing::warn!(%error, "progress of a job could not be written down"),
        }
    }
}

/// A read, which costs far less than a write.
async fn cancel_requested(shared: &Shared, claim: &Claim) -> bool {
    let job = shared.jobs.get(claim.job.owner, claim.job.id).await;
    job.is_ok_and(|job| job.cancel_requested)
}
