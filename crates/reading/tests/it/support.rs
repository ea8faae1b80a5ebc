//! A reader, and the files to try it on.

use reading::{
    Limits, Reader,
    formats::{ReadEvent, ReadOptions},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
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
