//! Moves settled exchanges from memory to the database, off the hot path.

use crate::{
    db,
    error::LedgerError,
    exchange::Exchange,
    journal::{Hold, Journal, read_segment},
};
use parking_lot::Mutex;
use std::{
    borrow::Borrow,
    collections::HashMap,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::Db;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Most exchanges written in one transaction.
const MAX_BATCH: usize = 1_024;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What will be in the ledger. Once it is settled it is shared with whoever writes it there, not copied.
#[derive(Debug, Clone)]
pub struct Record(Arc<Exchange>);

impl Record {
    /// A record that nobody else has yet.
    pub fn new(exchange: Exchange) -> Self {
        Self(Arc::new(exchange))
    }
}

impl Deref for Record {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.0
    }
}

impl DerefMut for Record {
    /// Nobody else has it before it is settled, so that nothing is copied here.
    fn deref_mut(&mut self) -> &mut Exchange {
        Arc::make_mut(&mut self.0)
    }
}

impl Borrow<Exchange> for Record {
    fn borrow(&self) -> &Exchange {
        &self.0
    }
}

/// Settled exchanges on their way to the database.
#[derive(Debug)]
pub struct Queue {
    waiting: Mutex<Vec<(Record, Option<Hold>)>>,
    max_waiting: usize,
    filled: Notify,
    /// How many exchanges have been taken in, and how many of them the database has.
    pushed: AtomicU64,
    written: watch::Sender<u64>,
}

impl Queue {
    pub fn new(max_waiting: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            max_waiting: max_waiting.max(1),
            filled: Notify::new(),
            pushed: AtomicU64::new(0),
            written: watch::Sender::new(0),
        }
    }

    /// Takes an exchange in. Where too many wait, one that the journal has is left to the journal.
    pub fn push(&self, exchange: Record, hold: Option<Hold>) {
        self.pushed.fetch_add(1, Ordering::AcqRel);
        let mut waiting = self.waiting.lock();
        // Whoever empties it hears of the first; those that come until then need not wake anybody.
        let first = waiting.is_empty();
        let spills = match hold {
            Some(hold) if waiting.len() >= self.max_waiting => {
                hold.spill();
                true
            }
            hold => {
                waiting.push((exchange, hold));
                false
            }
        };
        drop(waiting);
        if first || spills {
            self.filled.notify_one();
        }
    }

    /// Exchanges that the database does not have yet.
    pub fn backlog(&self) -> u64 {
        self.pushed.load(Ordering::Acquire).saturating_sub(*self.written.borrow())
    }

    /// Waits until the database has everything that was settled before.
    pub async fn flushed(&self) {
        let target = self.pushed.load(Ordering::Acquire);
        // The sender lives as long as the queue.
        let _ = self.written.subscribe().wait_for(|written| *written >= target).await;
    }

    fn take(&self) -> Vec<(Record, Option<Hold>)> {
        let mut waiting = self.waiting.lock();
        let count = waiting.len().min(MAX_BATCH);
        waiting.drain(..count).collect()
    }
}

/// The task that empties the queue.
#[derive(Debug)]
pub struct Writer {
    pub queue: Arc<Queue>,
    pub journal: Arc<Journal>,
    pub db: Db,
    pub gather: Duration,
    pub stop: CancellationToken,
}

impl Writer {
    /// Writes until it is told to stop, then writes what is left.
    pub async fn run(self) {
        let mut pause = FIRST_PAUSE;
        while !self.stop.is_cancelled() {
            tokio::select! {
                () = self.queue.filled.notified() => {}
                () = self.stop.cancelled() => break,
            }
            self.sleep(self.gather).await;
            while let Err(error) = self.empty(false).await {
                tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "exchanges cannot be written");
                if self.stop.is_cancelled() {
                    break;
                }
                self.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            pause = FIRST_PAUSE;
        }
        match self.empty(true).await {
            Ok(()) => self.journal.sweep(true),
            Err(error) => tracing::warn!(%error, "exchanges stay in the journal until the next start"),
        }
    }

    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Writes everything that waits in memory, and what had no room there. Unless it is the end, what comes meanwhile is
    /// left to gather: taken at once it would be ever fewer rows, and a transaction of one costs what one of many does.
    async fn empty(&self, end: bool) -> Result<(), LedgerError> {
        loop {
            let batch = self.queue.take();
            let more = batch.len() == MAX_BATCH;
            if batch.is_empty() {
                break;
            }
            let (exchanges, holds): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            if let Err(error) = db::insert(&self.db, &exchanges).await {
                let mut waiting = self.queue.waiting.lock();
                waiting.splice(0..0, exchanges.into_iter().zip(holds));
                return Err(error.into());
            }
            self.wrote(exchanges.len());
            holds.into_iter().flatten().for_each(Hold::release);
            if !more && !end {
                break;
            }
        }
        self.recover().await?;
        self.journal.sweep(false);
        Ok(())
    }

    /// Reads from the journal's files what had no room in memory.
    async fn recover(&self) -> Result<(), LedgerError> {
        for segment in self.journal.spilled() {
            let count = segment.spilled();
            let path = segment.path.clone();
            let reading = tokio::task::spawn_blocking(move || read_segment(&path, &mut HashMap::new()));
            let contents = match reading.await {
                Ok(Ok(contents)) => contents,
                Ok(Err(source)) => return Err(LedgerError::journal(&segment.path)(source)),
                // Only when the runtime is being shut down.
                Err(_) => return Ok(()),
            };
            for batch in contents.settled.chunks(MAX_BATCH) {
                db::insert(&self.db, batch).await?;
            }
            segment.recovered(count);
            self.wrote(count);
        }
        Ok(())
    }

    fn wrote(&self, count: usize) {
        self.queue.written.send_modify(|written| *written += count as u64);
    }
}
