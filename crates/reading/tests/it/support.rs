//! A reader, and the files to try it on.

use reading::{
    Limits, ProblemCode, Reader,
    formats::{self, ReadEvent, ReadOptions},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

pub(crate) fn process_reader() -> Reader {
    Reader::Process { program: PathBuf::from(env!("CARGO_BIN_EXE_reading_worker")), arguments: Vec::new() }
}

/// All that a reader tells about a file.
pub(crate) async fn read_with(
    reader: Reader,
    file_name: &str,
    bytes: Vec<u8>,
    limits: Limits,
) -> Vec<ReadEvent> {
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let options = ReadOptions::new(file_name, limits);
    let reading = tokio::spawn(async move { reader.read(Arc::new(bytes), options, sender).await });
    let mut all = Vec::new();
    while let Some(event) = events.recv().await {
        all.push(event);
    }
    reading.await.unwrap();
    all
}

/// The same in this thread.
pub(crate) fn read_here(file_name: &str, bytes: &[u8], limits: Limits) -> Vec<ReadEvent> {
    let events = Mutex::new(Vec::new());
    let options = ReadOptions::new(file_name, limits);
    formats::read(bytes, &options, &|event| events.lock().unwrap().push(event));
    events.into_inner().unwrap()
}

/// How reading a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With so many bytes of text.
    Text(usize),
    /// With a reason.
    Refused(ProblemCode),
}

/// How reading ended, by all that was told; an error where no file may make it end so.
pub(crate) fn judged(events: &[ReadEvent]) -> Result<Ended, String> {
    let mut bytes = 0;
    let mut ended = None;
    for event in events {
        if let Some(ended) = ended {
            return Err(format!("{event:?} comes after the end ({ended:?})"));
        }
        match event {
            ReadEvent::Section { blocks, .. } => {
                bytes += blocks.iter().map(|block| block.text.len()).sum::<usize>();
                if blocks.iter().any(|block| block.text.trim().is_empty()) {
                    return Err("a block says nothing".to_owned());
                }
            }
            ReadEvent::Warning { problem } | ReadEvent::Failed { problem } => {
                if problem.message.trim().is_empty() || problem.hint().is_empty() {
                    return Err(format!("{problem:?} gives no reason"));
                }
                if matches!(event, ReadEvent::Failed { .. }) {
                    ended = Some(Ended::Refused(problem.code));
                }
            }
            ReadEvent::Done if bytes == 0 => return Err("it is done and there is no text".to_owned()),
            ReadEvent::Done => ended = Some(Ended::Text(bytes)),
            ReadEvent::Opened(_) | ReadEvent::PageStarted { .. } | ReadEvent::PageRead { .. } => {}
        }
    }
    ended.ok_or_else(|| "it has no end".to_owned())
}

/// A folder of the corpus beside the repository; `None` with a reason on standard error where it is not.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the corpus is")]
    let root = std::env::var("FAMILIAR_CORPUS")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let path = root.join(folder);
    if !path.is_dir() {
        eprintln!("SKIPPED: there is no corpus at `{}`", path.display());
        return None;
    }
    Some(path)
}
