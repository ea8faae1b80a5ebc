//! Counts tokens by the tokenizers in the models' folder, without reading any weights.

use crate::{
    error::{ModelError, panic_text},
    files,
    template::Template,
    tokenizer::{Marks, TextTokenizer},
};
use base::Clock;
use llm::{ChatRequest, TokenCounter};
use parking_lot::Mutex;
use std::{
    fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Most tokenizers that are kept in memory; each takes some tens of megabytes.
const MOST_KEPT: usize = 2;

/// The tokenizers that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    kept: Mutex<Vec<Kept>>,
}

/// Where a tokenizer came from, when that was changed, and it.
type Kept = (PathBuf, Option<SystemTime>, Arc<FileCounter>);

/// One model's tokenizer.
pub(crate) struct FileCounter {
    tokenizer: TextTokenizer,
    /// How it wants a conversation written down; `None` where only its tokenizer is here.
    template: Option<Template>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for FileCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCounter").field("template", &self.template.is_some()).finish_non_exhaustive()
    }
}

impl Counters {
    /// The counter of the model whose files are there. `None`, with a line in the log, where they cannot be read.
    pub(crate) fn of_model(&self, path: &Path, clock: &Arc<dyn Clock>) -> Option<Arc<FileCounter>> {
        self.counter(path, || {
            let mut files = files::open(path)?;
            let tokenizer = files.tokenizer()?;
            let source = files.template()?;
            let marks = tokenizer.mark_texts();
            let template = Template::new(source.as_deref(), |token| tokenizer.knows(token), marks).ok();
            Ok(FileCounter { tokenizer, template, clock: Arc::clone(clock) })
        })
    }

    /// The counter of a folder that has a `tokenizer.json`, if it does.
    pub(crate) fn of_folder(&self, folder: &Path, clock: &Arc<dyn Clock>) -> Option<Arc<FileCounter>> {
        let path = folder.join("tokenizer.json");
        if !path.is_file() {
            return None;
        }
        self.counter(&path, || {
            let json =
                fs::read(&path).map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
            let tokenizer = TextTokenizer::read(&json, Marks::default())
                .map_err(|what| ModelError::Broken { path: path.clone(), what })?;
            Ok(FileCounter { tokenizer, template: None, clock: Arc::clone(clock) })
        })
    }

    fn counter(
        &self,
        path: &Path,
        read: impl FnOnce() -> Result<FileCounter, ModelError>,
    ) -> Option<Arc<FileCounter>> {
        let changed = fs::metadata(path).and_then(|about| about.modified()).ok();
        // Held while a file is read: whoever asks for the same waits for it instead of reading it again.
        let mut kept = self.kept.lock();
        if let Some(at) = kept.iter().position(|(known, at, _)| known == path && *at == changed) {
            let found = kept.remove(at);
            let counter = Arc::clone(&found.2);
            kept.push(found);
            return Some(counter);
        }
        kept.retain(|(known, ..)| known != path);
        let read = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
            Err(ModelError::Broken { path: path.to_owned(), what: panic_text(panic.as_ref()) })
        });
        let counter = read
            .inspect_err(
                |error| tracing::warn!(path = %path.display(), %error, "no tokens are counted by it"),
            )
            .ok()?;
        let counter = Arc::new(counter);
        kept.push((path.to_owned(), changed, Arc::clone(&counter)));
        let surplus = kept.len().saturating_sub(MOST_KEPT);
        kept.drain(..surplus);
        Some(counter)
    }
}

impl TokenCounter for FileCounter {
    fn count(&self, text: &str) -> Option<u64> {
        let count = AssertUnwindSafe(|| self.tokenizer.count(text).ok());
        catch_unwind(count).ok().flatten().map(|count| count as u64)
    }

    fn count_request(&self, request: &ChatRequest) -> Option<u64> {
        let day = self.clock.now().day();
        let count = AssertUnwindSafe(|| {
            let text = self.template.as_ref()?.render(request, &day).ok()?;
            self.tokenizer.encode(&text).ok()
        });
        catch_unwind(count).ok().flatten().map(|tokens| tokens.len() as u64)
    }
}
