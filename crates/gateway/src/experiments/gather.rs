//! Gathers what came of calls that took part in experiments, and ends those of which enough is known.

use super::{Experiment, Running};
use crate::{
    db::{self, Outcome},
    error::ManageError,
    gateway::Shared,
};
use base::{Id, Timestamp};
use experiment::{Change, Observation, Progress, Status, Unit, Verdict, assign::Belonging};
use ledger::{Exchange, ExchangeFilter, Ledger};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// Most results that wait in memory; what is more is in the ledger, and gathered from there at the next start.
const MOST_WAITING: usize = 100_000;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long before the last result that is known there may be some that are not: the longest answers.
const OVERLAP: Duration = Duration::from_secs(86_400);
/// Exchanges read at once.
const PAGE: u32 = 500;

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) running: Arc<Running>,
    pub(crate) position: usize,
    pub(crate) unit: Unit,
    pub(crate) exchange_id: Id,
    pub(crate) at: Timestamp,
    pub(crate) observation: Observation,
}

/// Where calls put what came of them.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Vec<Settled>>,
    filled: Notify,
    put: AtomicU64,
    done: watch::Sender<u64>,
}

impl Inbox {
    pub(crate) fn put(&self, settled: Settled) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < MOST_WAITING {
            waiting.push(settled);
            self.put.fetch_add(1, Ordering::AcqRel);
            drop(waiting);
            self.filled.notify_one();
        }
    }

    /// Waits until everything that was put here before is in the database.
    pub(crate) async fn flushed(&self) {
        let target = self.put.load(Ordering::Acquire);
        // The sender lives as long as the inbox.
        let _ = self.done.subscribe().wait_for(|done| *done >= target).await;
    }
}

/// What an exchange says about its variant; `None` where it says nothing: its caller went away, or Familiar was ended.
pub(super) fn observation(record: &Exchange, change: &Change) -> Option<Observation> {
    let answered = match record.outcome {
        ledger::Outcome::Ok => true,
        ledger::Outcome::Failed => false,
        ledger::Outcome::Cancelled | ledger::Outcome::Interrupted => return None,
    };
    // Where another deployment had to answer in its place, the variant has failed.
    let by_itself = match (&change.model, &record.deployment) {
        (Some(model), Some(deployment)) if model.contains('/') => model == deployment,
        (_, _) => true,
    };
    if !(answered && by_itself) {
        return Some(Observation::default());
    }
    let millis = |millis: u64| millis as f64;
    let writing_ms = record.first_token_ms.map(|first| record.total_ms.saturating_sub(first));
    let tokens = record.usage.output;
    Some(Observation {
        success: true,
        total_ms: Some(millis(record.total_ms)),
        first_token_ms: record.first_token_ms.filter(|_| record.streamed).map(millis),
        cost_nanos: record.priced.then_some(record.cost.nanos() as f64),
        tokens_per_kilosecond: writing_ms
            .filter(|writing| *writing > 0 && tokens > 1 && !record.cache_hit)
            .map(|writing| tokens as f64 * 1e6 / millis(writing)),
    })
}

/// The unit of an exchange by what the ledger knows of it.
pub(super) fn unit(experiment: &Experiment, record: &Exchange) -> Unit {
    experiment.design.sticky.unit(Belonging {
        request: &record.id.to_string(),
        user: &record.owner.to_string(),
        key: record.key_id.map(|id| id.to_string()).as_deref(),
        tags: &record.tags,
    })
}

/// Writes what is put into the inbox until the gateway stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let stopping = tokio::select! {
            () = shared.experiments.inbox.filled.notified() => false,
            () = shared.stop.cancelled() => true,
        };
        if !stopping {
            let gather = Duration::from_millis(shared.config.journal.batch_ms);
            tokio::select! {
                () = tokio::time::sleep(gather) => {}
                () = shared.stop.cancelled() => {}
            }
        }
        while let Err(error) = empty(&shared).await {
            tracing::warn!(%error, "results of experiments cannot be written");
            if shared.stop.is_cancelled() {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shared.stop.cancelled() => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        pause = FIRST_PAUSE;
        if stopping {
            return;
        }
    }
}

async fn empty(shared: &Arc<Shared>) -> Result<(), ManageError> {
    let inbox = &shared.experiments.inbox;
    let batch = std::mem::take(&mut *inbox.waiting.lock());
    if batch.is_empty() {
        return Ok(());
    }
    let outcomes: Vec<Outcome> = batch.iter().map(Settled::outcome).collect();
    let adding = shared.experiments.adding.lock().await;
    let new = match db::insert_outcomes(&shared.db, &outcomes).await {
        Ok(new) => new,
        Err(error) => {
            inbox.waiting.lock().splice(0..0, batch);
            return Err(error.into());
        }
    };
    let count = batch.len() as u64;
    let mut touched: HashMap<Id, Arc<Running>> = HashMap::new();
    for (settled, new) in batch.into_iter().zip(new) {
        if new {
            let running = &settled.running;
            running.progress.lock().add(&running.design, settled.position, &settled.observation);
            touched.insert(running.id, settled.running);
        }
    }
    drop(adding);
    let mut failed = None;
    for running in touched.into_values() {
        if let Err(error) = judge(shared, &running).await {
            failed = Some(error);
        }
    }
    inbox.done.send_modify(|done| *done += count);
    // What is written stays written; that it is over is found again with the next result.
    failed.map_or(Ok(()), |error| {
        tracing::warn!(%error, "an experiment cannot be ended now");
        Ok(())
    })
}

impl Settled {
    fn outcome(&self) -> Outcome {
        let variant = self.running.design.variants.get(self.position);
        Outcome {
            experiment_id: self.running.id,
            unit: self.unit.0.clone(),
            variant: variant.map_or_else(String::new, |variant| variant.name.clone()),
            exchange_id: self.exchange_id,
            at: self.at,
            observation: self.observation,
            rating: None,
        }
    }
}

/// Ends an experiment of which enough is known.
pub(super) async fn judge(shared: &Arc<Shared>, running: &Running) -> Result<(), ManageError> {
    let verdict = running.progress.lock().verdict(&running.design);
    let (status, winner, why) = match verdict {
        Verdict::GoOn => return Ok(()),
        Verdict::Better(position, why) => (Status::Completed, running.design.variants.get(position), why),
        Verdict::Alike(why) | Verdict::Undecided(why) => (Status::Completed, None, why),
        Verdict::Harmful(_, why) => (Status::Failed, None, why),
    };
    let _changing = shared.experiments.changing.lock().await;
    let Some(mut experiment) = db::experiment_by_id(&shared.db, running.owner, running.id).await? else {
        return Ok(());
    };
    // It may have been paused or finished by hand meanwhile.
    if experiment.status != Status::Running {
        return Ok(());
    }
    experiment.status = status;
    experiment.winner = winner.map(|variant| variant.name.clone());
    experiment.ended_at = Some(shared.clock.now());
    tracing::info!(experiment = experiment.design.name, %status, why, "an experiment is over");
    experiment.verdict = Some(why);
    db::update_experiment(&shared.db, &experiment, Status::Running).await?;
    shared.experiments.remove(experiment.id);
    Ok(())
}

/// What came of an experiment so far, from the database.
pub(super) async fn progress(shared: &Shared, experiment: &Experiment) -> Result<Progress, ManageError> {
    let design = &experiment.design;
    let mut progress = Progress::new(design);
    for outcome in db::outcomes(&shared.db, experiment.id).await? {
        let position = design.variants.iter().position(|variant| variant.name == outcome.variant);
        let Some(position) = position else { continue };
        progress.add(design, position, &outcome.observation);
        if let Some(rating) = outcome.rating {
            progress.rate(position, rating);
        }
    }
    Ok(progress)
}

/// Takes from the ledger what a kill kept from being gathered: exchanges with the experiment's label.
pub(super) async fn catch_up(shared: &Shared, experiment: &Experiment) -> Result<(), ManageError> {
    let Some(started_at) = experiment.started_at else { return Ok(()) };
    let known = db::outcomes(&shared.db, experiment.id).await?;
    let latest = known.iter().map(|outcome| outcome.at).max();
    let from = latest.map_or(started_at, |latest| latest.minus(OVERLAP).max(started_at));
    let mut found = Vec::new();
    for variant in &experiment.design.variants {
        let tag = Some(experiment.design.tag(&variant.name));
        let limit = Some(PAGE);
        let mut filter = ExchangeFilter { tag, from: Some(from), limit, ..ExchangeFilter::default() };
        loop {
            let page = Ledger::new(&shared.db).exchanges(experiment.owner, &filter).await?;
            filter.before = page.next;
            for record in &page.exchanges {
                if let Some(observation) = observation(record, &variant.change) {
                    found.push(Outcome {
                        experiment_id: experiment.id,
                        unit: unit(experiment, record).0,
                        variant: variant.name.clone(),
                        exchange_id: record.id,
                        at: record.started_at,
                        observation,
                        rating: None,
                    });
                }
            }
            if filter.before.is_none() {
                break;
            }
        }
    }
    // The first of each unit counts.
    found.sort_by_key(|outcome| outcome.exchange_id);
    for batch in found.chunks(1_024) {
        db::insert_outcomes(&shared.db, batch).await?;
    }
    Ok(())
}
