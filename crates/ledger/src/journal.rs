//! The write-ahead file of exchanges: lines of JSON in segments of bounded size. What it promises is in
//! `docs/durability.md`.

mod line;
mod outbox;
mod replay;

pub use outbox::Pending;
pub use replay::Replayed;
pub(crate) use replay::read_segment;

use crate::{error::LedgerError, exchange::Exchange};
use outbox::{Outbox, Outboxes};
use parking_lot::Mutex;
use replay::Segments;
use serde::Deserialize;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::Db;
use tokio_util::sync::CancellationToken;

/// One line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<E> {
    /// A call has gone out. What it says counts if nothing else is ever said of this exchange.
    Open(E),
    /// It is settled.
    Settled(E),
}

/// The file that exchanges are written to before their callers hear of the end.
#[derive(Debug)]
pub struct Journal {
    files: Arc<Files>,
    outboxes: Outboxes,
}

/// The segments and which of them is written to.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    segment_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    current: Arc<Segment>,
    size_bytes: u64,
    next_number: u64,
    /// Those before the current one that are still there.
    earlier: Vec<Arc<Segment>>,
    new_in_folder: bool,
}

/// One file.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    file: File,
    /// Written since it was last forced to disk.
    unsynced: AtomicBool,
    /// Lines in it that the database does not have yet.
    waiting: AtomicUsize,
    /// Those of them that are no longer in memory either.
    spilled: AtomicUsize,
}

/// Keeps a segment while the database lacks a line of it. Dropped without [`Hold::release`] it keeps it
/// for good, until the replay at the next start.
#[derive(Debug)]
pub struct Hold(Arc<Segment>);

impl Hold {
    /// The database has the exchange.
    pub fn release(self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    /// Memory has no room for the exchange; it is to be read from the file again.
    pub(crate) fn spill(self) {
        self.0.spilled.fetch_add(1, Ordering::AcqRel);
    }
}

impl Segment {
    /// How many lines have left memory.
    pub(crate) fn spilled(&self) -> usize {
        self.spilled.load(Ordering::Acquire)
    }

    /// The database has `count` lines that had left memory.
    pub(crate) fn recovered(&self, count: usize) {
        self.spilled.fetch_sub(count, Ordering::AcqRel);
        self.waiting.fetch_sub(count, Ordering::AcqRel);
    }
}

impl Files {
    /// Where the next lines go. They count as one that waits until they are written, so that nobody deletes the file.
    fn segment(&self) -> io::Result<Arc<Segment>> {
        let mut state = self.state.lock();
        if state.size_bytes >= self.segment_bytes {
            state.rotate(&self.folder)?;
        }
        state.current.waiting.fetch_add(1, Ordering::AcqRel);
        Ok(Arc::clone(&state.current))
    }

    /// The system puts what is appended at once one behind the other; nobody waits here for another's write.
    fn write(&self, segment: &Segment, lines: &[u8]) -> io::Result<()> {
        let written = (&segment.file).write_all(lines);
        segment.unsynced.store(true, Ordering::Release);
        let mut state = self.state.lock();
        if std::ptr::eq(&*state.current, segment) {
            state.size_bytes = state.size_bytes.saturating_add(lines.len() as u64);
        }
        written
    }
}

impl Journal {
    /// Brings what earlier runs have left in `folder` into the ledger, and opens a new segment there; a segment has
    /// about `segment_bytes` at the most.
    ///
    /// # Errors
    /// Where the folder or the database cannot be used.
    pub async fn recover(
        db: &Db,
        folder: PathBuf,
        segment_bytes: u64,
    ) -> Result<(Self, Replayed), LedgerError> {
        let segments = Segments::list(&folder).map_err(LedgerError::journal(&folder))?;
        let replayed = replay::replay(db, &segments.paths).await?;
        let opened = Self::open(folder.clone(), segment_bytes, segments.next_number);
        Ok((opened.map_err(LedgerError::journal(&folder))?, replayed))
    }

    /// Opens a new segment in `folder`, after the segments that are there.
    fn open(folder: PathBuf, segment_bytes: u64, first_number: u64) -> io::Result<Self> {
        let state = State {
            current: new_segment(&folder, first_number)?,
            size_bytes: 0,
            next_number: first_number + 1,
            earlier: Vec::new(),
            new_in_folder: true,
        };
        let files = Arc::new(Files { folder, segment_bytes, state: Mutex::new(state) });
        Ok(Self { outboxes: Outboxes::new(&files), files })
    }

    /// Takes a line in. It is in the file once the pending line says so, at the latest when that is dropped.
    pub fn put(&self, line: &Line<&Exchange>) -> Pending {
        Outbox::put(self.outboxes.of_this_thread(), line)
    }

    /// Writes the lines that wait for company on this thread.
    pub fn flush(&self) {
        self.outboxes.of_this_thread().flush();
    }

    /// Whether something was written that was not forced to disk yet.
    pub(crate) fn is_unsynced(&self) -> bool {
        let state = self.files.state.lock();
        let mut segments = state.earlier.iter().chain([&state.current]);
        state.new_in_folder || segments.any(|segment| segment.unsynced.load(Ordering::Acquire))
    }

    /// Forces what was written to disk. Blocks for as long as the disk takes.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let (segments, folder) = {
            let mut state = self.files.state.lock();
            let segments: Vec<_> = state.earlier.iter().chain([&state.current]).cloned().collect();
            (segments, std::mem::take(&mut state.new_in_folder))
        };
        for segment in segments {
            if segment.unsynced.swap(false, Ordering::AcqRel) {
                let again = |_: &io::Error| segment.unsynced.store(true, Ordering::Release);
                segment.file.sync_data().inspect_err(again)?;
            }
        }
        if folder { sync_folder(&self.files.folder) } else { Ok(()) }
    }

    /// Forces what was written to disk again and again, until it is told to stop.
    pub async fn keep_synced(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        loop {
            let stopping = tokio::select! {
                () = tokio::time::sleep(every) => false,
                () = stop.cancelled() => true,
            };
            // A thread for blocking work that has nothing to do ends after a while, and with it goes what it kept of memory.
            if self.is_unsynced() {
                let syncing = Arc::clone(&self);
                if let Ok(Err(error)) = tokio::task::spawn_blocking(move || syncing.sync()).await {
                    tracing::error!(%error, "the journal cannot be forced to disk");
                }
            }
            if stopping {
                return;
            }
        }
    }

    /// Deletes the segments that the database has whole; with `all`, the current one as well.
    pub(crate) fn sweep(&self, all: bool) {
        let mut state = self.files.state.lock();
        if all && state.current.waiting.load(Ordering::Acquire) == 0 {
            remove(&state.current.path);
            // What is written after this begins a file of its own.
            state.size_bytes = u64::MAX;
        }
        let done = |segment: &mut Arc<Segment>| segment.waiting.load(Ordering::Acquire) == 0;
        let finished: Vec<_> = state.earlier.extract_if(.., done).collect();
        drop(state);
        // Calls write meanwhile: the system takes a while to forget some megabytes.
        for segment in finished {
            remove(&segment.path);
        }
    }

    /// The segments with lines that have left memory.
    pub(crate) fn spilled(&self) -> Vec<Arc<Segment>> {
        let state = self.files.state.lock();
        let segments = state.earlier.iter().chain([&state.current]);
        segments.filter(|segment| segment.spilled() > 0).cloned().collect()
    }

    /// Lines that could not be written since the start.
    pub fn failures(&self) -> u64 {
        self.outboxes.failures()
    }
}

impl State {
    fn rotate(&mut self, folder: &Path) -> io::Result<()> {
        let segment = new_segment(folder, self.next_number)?;
        self.next_number += 1;
        let finished = std::mem::replace(&mut self.current, segment);
        if self.size_bytes < u64::MAX {
            self.earlier.push(finished);
        }
        self.size_bytes = 0;
        self.new_in_folder = true;
        Ok(())
    }
}

fn new_segment(folder: &Path, number: u64) -> io::Result<Arc<Segment>> {
    let path = folder.join(format!("{number:020}.jsonl"));
    let file = OpenOptions::new().create_new(true).append(true).open(&path)?;
    Ok(Arc::new(Segment {
        path,
        file,
        unsynced: AtomicBool::new(false),
        waiting: AtomicUsize::new(0),
        spilled: AtomicUsize::new(0),
    }))
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        // Harmless: what is in it is in the database, and is recognised there when it is read again.
        tracing::warn!(%error, path = %path.display(), "a finished journal file cannot be deleted");
    }
}

/// A new file's name is only safe once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
