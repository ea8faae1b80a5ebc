//! Reads what earlier runs have left in the journal.

use super::Line;
use crate::{db, error::LedgerError, exchange::Exchange};
use base::Id;
use std::{
    collections::HashMap,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
};
use store::Db;

/// What the journal of earlier runs held, in exchanges and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Exchanges that were settled.
    pub settled: usize,
    /// Exchanges that were under way.
    pub interrupted: usize,
    /// Lines that cannot be read; their files are put aside.
    pub unreadable: usize,
}

/// The segments in a folder, oldest first.
#[derive(Debug)]
pub(crate) struct Segments {
    pub(crate) paths: Vec<PathBuf>,
    /// The number for the next segment.
    pub(crate) next_number: u64,
}

/// What stands in one segment.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Contents {
    /// Exchanges that are settled.
    pub(crate) settled: Vec<Exchange>,
    /// Lines that cannot be read; the last line of a segment may be one after a power cut.
    pub(crate) unreadable: usize,
}

impl Segments {
    /// Lists a folder's segments and makes the folder where there is none.
    pub(crate) fn list(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut numbered = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let number = path.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.parse::<u64>().ok());
            if let (Some(number), Some("jsonl")) = (number, path.extension().and_then(OsStr::to_str)) {
                numbered.push((number, path));
            }
        }
        numbered.sort_unstable();
        let next_number = numbered.last().map_or(1, |(number, _)| number + 1);
        Ok(Self { paths: numbered.into_iter().map(|(_, path)| path).collect(), next_number })
    }
}

/// Reads a segment; `open` gains the calls that went out and loses those that were settled.
pub(crate) fn read_segment(path: &Path, open: &mut HashMap<Id, Exchange>) -> io::Result<Contents> {
    let bytes = std::fs::read(path)?;
    let mut contents = Contents::default();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Line<Exchange>>(line) {
            Ok(Line::Open(exchange)) => {
                open.insert(exchange.id, exchange);
            }
            Ok(Line::Settled(exchange)) => {
                open.remove(&exchange.id);
                contents.settled.push(exchange);
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a line of the journal cannot be read");
                contents.unreadable += 1;
            }
        }
    }
    Ok(contents)
}

/// Brings the segments of earlier runs into the ledger and deletes them. Doing it twice does no harm.
pub(super) async fn replay(db: &Db, paths: &[PathBuf]) -> Result<Replayed, LedgerError> {
    let mut replayed = Replayed::default();
    let mut open = HashMap::new();
    let mut damaged = Vec::new();
    for path in paths {
        let contents = read_segment(path, &mut open).map_err(LedgerError::journal(path))?;
        for batch in contents.settled.chunks(1_024) {
            db::insert(db, batch).await?;
        }
        replayed.settled += contents.settled.len();
        replayed.unreadable += contents.unreadable;
        damaged.push(contents.unreadable > 0);
    }
    let interrupted: Vec<_> = open.into_values().collect();
    db::insert(db, &interrupted).await?;
    replayed.interrupted = interrupted.len();
    for (path, damaged) in paths.iter().zip(damaged) {
        finish(path, damaged).map_err(LedgerError::journal(path))?;
    }
    Ok(replayed)
}

/// Deletes a segment, or puts one with lines that cannot be read aside.
fn finish(path: &Path, damaged: bool) -> io::Result<()> {
    if damaged { std::fs::rename(path, path.with_extension("damaged")) } else { std::fs::remove_file(path) }
}
