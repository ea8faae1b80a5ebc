//! Lines on their way into the journal. What several requests have to say at the same moment goes into the file with
//! one write: a line waits until everybody who is ready on its thread has put theirs beside it.

use super::{Files, Hold, Line, Segment};
use crate::exchange::Exchange;
use parking_lot::Mutex;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
};

/// Threads share an outbox where there are more of them.
const OUTBOXES: usize = 8;
/// Nothing waits for company once so much does.
const FULL_BYTES: usize = 64 << 10;

/// An outbox a thread, so that none waits for another's.
#[derive(Debug)]
pub(super) struct Outboxes(Vec<Arc<Outbox>>);

impl Outboxes {
    pub(super) fn new(files: &Arc<Files>) -> Self {
        let outbox =
            || Outbox { files: Arc::clone(files), waiting: Mutex::default(), failures: AtomicU64::new(0) };
        Self((0..OUTBOXES).map(|_| Arc::new(outbox())).collect())
    }

    pub(super) fn of_this_thread(&self) -> &Arc<Outbox> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % OUTBOXES;
        }
        &self.0[OWN.with(|own| *own)]
    }

    pub(super) fn failures(&self) -> u64 {
        self.0.iter().map(|outbox| outbox.failures.load(Ordering::Relaxed)).sum()
    }
}

#[derive(Debug)]
pub(super) struct Outbox {
    files: Arc<Files>,
    waiting: Mutex<Waiting>,
    /// Lines that could not be written.
    failures: AtomicU64,
}

/// Lines that are not in the file yet, if there are any.
#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    count: u64,
    batch: Option<Arc<Batch>>,
}

/// Lines that go into the file with one write.
#[derive(Debug)]
struct Batch {
    segment: Arc<Segment>,
    state: AtomicU8,
}

const WAITING: u8 = 0;
const WRITTEN: u8 = 1;
const FAILED: u8 = 2;

/// A line that was taken in. Dropped before it is written, it is written then.
#[derive(Debug)]
pub struct Pending(Option<(Arc<Outbox>, Arc<Batch>)>);

impl Outbox {
    pub(super) fn put(outbox: &Arc<Self>, line: &Line<&Exchange>) -> Pending {
        let mut waiting = outbox.waiting.lock();
        match outbox.add(&mut waiting, line) {
            Ok(batch) => {
                if waiting.lines.len() >= FULL_BYTES {
                    outbox.write(&mut waiting);
                }
                Pending(Some((Arc::clone(outbox), batch)))
            }
            Err(error) => {
                outbox.failed(&error, 1);
                Pending(None)
            }
        }
    }

    fn add(&self, waiting: &mut Waiting, line: &Line<&Exchange>) -> io::Result<Arc<Batch>> {
        let begin = waiting.lines.len();
        // Whatever a write that failed half-way has left behind, this line stands alone.
        waiting.lines.push(b'\n');
        if let Err(error) = line.write(&mut waiting.lines) {
            waiting.lines.truncate(begin);
            return Err(error.into());
        }
        waiting.lines.push(b'\n');
        let batch = match &waiting.batch {
            Some(batch) => Arc::clone(batch),
            None => {
                let segment = self.files.segment().inspect_err(|_| waiting.lines.clear())?;
                let batch = Arc::new(Batch { segment, state: AtomicU8::new(WAITING) });
                waiting.batch = Some(Arc::clone(&batch));
                batch
            }
        };
        batch.segment.waiting.fetch_add(1, Ordering::AcqRel);
        waiting.count += 1;
        Ok(batch)
    }

    pub(super) fn flush(&self) {
        self.write(&mut self.waiting.lock());
    }

    /// Writes what waits.
    fn write(&self, waiting: &mut Waiting) {
        let Some(batch) = waiting.batch.take() else { return };
        let state = match self.files.write(&batch.segment, &waiting.lines) {
            Ok(()) => WRITTEN,
            Err(error) => {
                self.failed(&error, waiting.count);
                FAILED
            }
        };
        batch.state.store(state, Ordering::Release);
        // What the batch itself counted for.
        batch.segment.waiting.fetch_sub(1, Ordering::AcqRel);
        waiting.lines.clear();
        waiting.lines.shrink_to(FULL_BYTES);
        waiting.count = 0;
    }

    fn failed(&self, error: &io::Error, lines: u64) {
        self.failures.fetch_add(lines, Ordering::Relaxed);
        tracing::error!(%error, folder = %self.files.folder.display(), "the journal cannot be written");
    }
}

impl Pending {
    /// Lets everybody who is ready on this thread put their lines beside this one, then sees that it is written.
    pub async fn with_others(&mut self) {
        let Some((outbox, batch)) = &self.0 else { return };
        if batch.state.load(Ordering::Acquire) == WAITING {
            tokio::task::yield_now().await;
        }
        batch.written(outbox);
    }

    /// Sees that it is written now. `None` where that failed, which is logged and counted: what it says then lives
    /// in memory only until the database has it.
    pub fn write(mut self) -> Option<Hold> {
        let (outbox, batch) = self.0.take()?;
        let hold = Hold(Arc::clone(&batch.segment));
        if batch.written(&outbox) {
            return Some(hold);
        }
        hold.release();
        None
    }
}

impl Batch {
    /// Whether it is in the file, where it is put if nobody has done so.
    fn written(&self, outbox: &Outbox) -> bool {
        if self.state.load(Ordering::Acquire) == WAITING {
            let mut waiting = outbox.waiting.lock();
            if self.state.load(Ordering::Acquire) == WAITING {
                outbox.write(&mut waiting);
            }
        }
        self.state.load(Ordering::Acquire) == WRITTEN
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Nobody wants to know what became of it, so its segment is kept until the next start.
        if let Some((outbox, batch)) = self.0.take() {
            batch.written(&outbox);
        }
    }
}
