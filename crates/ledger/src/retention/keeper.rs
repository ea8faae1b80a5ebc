//! Takes what is to be kept from the calls and stores it beside them.

use super::{Capture, Keep, KeptBodies, RetentionConfig, redact::Redactor};
use crate::{db, error::LedgerError};
use arc_swap::ArcSwapOption;
use base::{Id, OwnerId, Timestamp};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{Db, Sealer};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Most memory that bodies may take while they wait to be stored; more are not kept.
const MAX_WAITING_BYTES: usize = 64 << 20;

/// What applies now.
#[derive(Debug)]
pub struct Rules {
    pub(super) keep: Keep,
    pub(super) max_body_bytes: usize,
    pub(super) redactor: Redactor,
    sealer: Sealer,
}

/// The one that keeps.
#[derive(Debug)]
pub struct Keeper {
    rules: ArcSwapOption<Rules>,
    /// How to open what was kept, also when nothing more is.
    sealer: ArcSwapOption<Sealer>,
    config: Mutex<RetentionConfig>,
    waiting: Mutex<VecDeque<Waiting>>,
    waiting_bytes: AtomicUsize,
    filled: Notify,
    taken: AtomicU64,
    done: watch::Sender<u64>,
    lost: AtomicU64,
}

#[derive(Debug)]
struct Waiting {
    exchange: Id,
    owner: OwnerId,
    capture: Capture,
    weight: usize,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Exchanges with a request or reply.
    pub kept: u64,
    /// How much room they take, in bytes.
    pub bytes: u64,
}

impl Default for Keeper {
    fn default() -> Self {
        Self {
            rules: ArcSwapOption::empty(),
            sealer: ArcSwapOption::empty(),
            config: Mutex::default(),
            waiting: Mutex::default(),
            waiting_bytes: AtomicUsize::new(0),
            filled: Notify::new(),
            taken: AtomicU64::new(0),
            done: watch::Sender::new(0),
            lost: AtomicU64::new(0),
        }
    }
}

impl Keeper {
    /// What is to be kept of calls that begin now; `None`, the usual case, costs one load.
    pub fn rules(&self) -> Option<Arc<Rules>> {
        self.rules.load_full()
    }

    /// Changes what is kept from now on.
    pub fn set(&self, config: &RetentionConfig, sealer: Sealer) -> Result<(), LedgerError> {
        let redactor = config.redactor()?;
        let rules = Rules {
            keep: config.keep,
            max_body_bytes: config.max_body_bytes,
            redactor,
            sealer: sealer.clone(),
        };
        self.sealer.store(Some(Arc::new(sealer)));
        self.rules.store((config.keep != Keep::None).then(|| Arc::new(rules)));
        self.config.lock().clone_from(config);
        Ok(())
    }

    /// What was set last.
    pub fn config(&self) -> RetentionConfig {
        self.config.lock().clone()
    }

    /// Takes the bodies of a call that is over.
    pub fn take(&self, exchange: Id, owner: OwnerId, capture: Capture) {
        let weight = capture.weight();
        let waiting = self.waiting_bytes.fetch_add(weight, Ordering::AcqRel) + weight;
        if waiting > MAX_WAITING_BYTES {
            self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.taken.fetch_add(1, Ordering::AcqRel);
        self.waiting.lock().push_back(Waiting { exchange, owner, capture, weight });
        self.filled.notify_one();
    }

    /// How many bodies were not kept, since there was no room or the database failed.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until everything is stored that was taken before.
    pub async fn flushed(&self) {
        let target = self.taken.load(Ordering::Acquire);
        // The sender lives as long as the keeper.
        let _ = self.done.subscribe().wait_for(|done| *done >= target).await;
    }

    /// Stores what is taken until it is told to stop, then what is left.
    pub async fn run(self: Arc<Self>, db: Db, stop: CancellationToken) {
        loop {
            let next = self.waiting.lock().pop_front();
            match next {
                Some(waiting) => self.store(&db, waiting).await,
                None if stop.is_cancelled() => return,
                None => tokio::select! {
                    () = self.filled.notified() => {}
                    () = stop.cancelled() => {}
                },
            }
        }
    }

    async fn store(&self, db: &Db, waiting: Waiting) {
        let Waiting { exchange, owner, capture, weight } = waiting;
        if let Err(error) = keep(db, exchange, owner, capture).await {
            self.lost.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%exchange, %error, "request and reply of an exchange cannot be kept");
        }
        self.waiting_bytes.fetch_sub(weight, Ordering::AcqRel);
        self.done.send_modify(|done| *done += 1);
    }

    /// Request and reply of an exchange, and when they were kept.
    pub async fn kept(
        &self,
        db: &Db,
        owner: OwnerId,
        exchange: Id,
    ) -> Result<Option<(KeptBodies, Timestamp)>, LedgerError> {
        let Some((sealed, kept_at)) = db::body(db, owner, exchange).await? else { return Ok(None) };
        let Some(sealer) = self.sealer.load_full() else { return Ok(None) };
        let damaged =
            |error: &dyn std::fmt::Display| LedgerError::Damaged { exchange, why: error.to_string() };
        let plain = sealer.open(&exchange.to_string(), &sealed).map_err(|error| damaged(&error))?;
        let bodies = serde_json::from_slice(&plain).map_err(|error| damaged(&error))?;
        Ok(Some((bodies, kept_at)))
    }

    /// Forgets what the rules no longer let anybody keep.
    pub async fn prune(&self, db: &Db, now: Timestamp) -> Result<Pruned, LedgerError> {
        let config = self.config();
        let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
        let bodies_before = match config.keep {
            Keep::None => None,
            Keep::Failed | Keep::All => Some(now.minus(days(config.days))),
        };
        let bodies = db::forget_bodies(db, bodies_before).await?;
        let exchanges = match config.exchange_days {
            Some(exchange_days) => db::forget_exchanges(db, now.minus(days(exchange_days))).await?,
            None => 0,
        };
        Ok(Pruned { bodies, exchanges })
    }
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Requests and replies.
    pub bodies: u64,
    /// Exchanges, whose sums stay.
    pub exchanges: u64,
}

async fn keep(db: &Db, exchange: Id, owner: OwnerId, capture: Capture) -> Result<(), LedgerError> {
    let damaged =
        move |error: &dyn std::fmt::Display| LedgerError::Damaged { exchange, why: error.to_string() };
    let rules = Arc::clone(&capture.rules);
    let preparing = tokio::task::spawn_blocking(move || {
        let bodies = super::prepare::prepare(capture);
        let plain = serde_json::to_vec(&bodies).map_err(|error| damaged(&error))?;
        rules.sealer.seal(&exchange.to_string(), &plain).map_err(|error| damaged(&error))
    });
    let sealed = preparing.await.map_err(|error| damaged(&error))??;
    Ok(db::keep_body(db, (exchange, owner), &sealed).await?)
}
