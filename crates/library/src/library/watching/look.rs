//! One look at a watched folder: what is new or changed comes in, what is gone goes.

use super::{
    patience::NotDone,
    step::{Step, step},
    taking,
    walk::{Seen, SeenFile, Unreachable},
};
use crate::{
    Library, LibraryError,
    db::watched::{self, File, FileState, Folder},
    model::WatchProblem,
};
use base::{Id, Timestamp};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// Files that one look reads, and files whose documents it deletes; the rest is for the next one.
pub(super) const MOST_AT_ONCE: usize = 100;
/// Files that one look reads again which could not be read before.
const MOST_AGAIN: usize = 50;
/// While something is being written, what is gone may come back under another name; but not for longer than this.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// Who saves a file may take the old one away before the new one is there.
const GONE_AT_LEAST: Duration = Duration::from_secs(2);

/// A folder that is another one than before and has none of the files: a disk that is not mounted is no reason to delete
/// what was on it.
pub(super) fn is_the_same(folder: &Folder, known: &[File], seen: Seen) -> Result<Seen, Unreachable> {
    let was_noted = folder.looked.identity.is_some() && folder.looked.identity != seen.identity;
    let mut had = known.iter().filter(|file| file.document_id.is_some()).peekable();
    if was_noted && had.peek().is_some() && !had.any(|file| seen.files.contains_key(&file.path)) {
        let detail = "its documents stay; where it is empty for good, stop watching it".to_owned();
        return Err(Unreachable { problem: WatchProblem::Another, detail });
    }
    Ok(seen)
}

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// How many files wait for the next look.
    pub(super) waiting: u64,
    /// Whether there was more to do than fits into one look.
    pub(super) has_more: bool,
    /// Whether files are gone whose documents are still there.
    pub(super) has_missing: bool,
    /// Whether something was noted.
    pub(super) has_changed: bool,
}

/// A look under way.
pub(super) struct Look<'a> {
    library: &'a Library,
    folder: &'a Folder,
    known: BTreeMap<String, File>,
    now: Timestamp,
    room: usize,
    found: Found,
    /// Whether files wait that are still being written.
    is_being_written: bool,
}

impl<'a> Look<'a> {
    pub(super) fn new(library: &'a Library, folder: &'a Folder, known: Vec<File>) -> Self {
        Self {
            library,
            folder,
            known: known.into_iter().map(|file| (file.path.clone(), file)).collect(),
            now: library.now(),
            room: MOST_AT_ONCE,
            found: Found { waiting: 0, has_more: false, has_missing: false, has_changed: false },
            is_being_written: false,
        }
    }

    pub(super) async fn run(mut self, seen: &Seen) -> Result<Found, NotDone> {
        let mut again = Vec::new();
        for (path, file) in &seen.files {
            match step(file, self.known.get(path), self.now, self.library.max_file_bytes()) {
                Step::Nothing => self.is_there(path).await?,
                Step::Wait => self.wait(path, file).await?,
                Step::Take if self.room == 0 => {
                    self.found.waiting += 1;
                    self.found.has_more = true;
                }
                Step::Take => self.take(path, file).await?,
                Step::Again => again.push((path, file)),
            }
        }
        // Those that fail every time leave room for the others.
        for (path, file) in again.into_iter().take(self.room.min(MOST_AGAIN)) {
            self.take(path, file).await?;
        }
        // Last: what has another name now was found by its content by then.
        self.let_gone_go(seen).await?;
        Ok(self.found)
    }

    async fn put(&mut self, file: File) -> Result<(), LibraryError> {
        if self.known.get(&file.path) != Some(&file) {
            watched::put_file(self.library.db.pool(), self.folder.id, &file).await?;
            self.known.insert(file.path.clone(), file);
            self.found.has_changed = true;
        }
        Ok(())
    }

    async fn is_there(&mut self, path: &str) -> Result<(), LibraryError> {
        match self.known.get(path) {
            Some(file) if file.missing_since.is_some() => {
                let file = File { missing_since: None, ..file.clone() };
                self.put(file).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn wait(&mut self, path: &str, seen: &SeenFile) -> Result<(), LibraryError> {
        self.found.waiting += 1;
        self.is_being_written = true;
        let before = self.known.get(path).cloned().unwrap_or_else(|| File::new(path));
        let file = File {
            size_bytes: seen.size_bytes,
            modified_at: seen.modified_at,
            state: FileState::Waiting,
            code: None,
            detail: None,
            missing_since: None,
            ..before
        };
        self.put(file).await
    }

    async fn take(&mut self, path: &str, seen: &SeenFile) -> Result<(), NotDone> {
        self.room -= 1;
        let before = self.known.get(path).cloned().unwrap_or_else(|| File::new(path));
        let file = match self.library.take_file(self.folder, before.clone(), *seen).await {
            Ok(file) => file,
            Err(NotDone::Silent) => return Err(NotDone::Silent),
            Err(NotDone::Failed(LibraryError::Stopped)) => return Err(LibraryError::Stopped.into()),
            Err(NotDone::Failed(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    path,
                    "a watched file was not taken in"
                );
                // What is gone may have become this.
                self.is_being_written = true;
                // What it meant to do may be noted by now.
                self.known.remove(path);
                taking::not_taken(before, *seen, &error)
            }
        };
        if file.state == FileState::Waiting {
            self.found.waiting += 1;
            self.is_being_written = true;
        }
        Ok(self.put(file).await?)
    }

    async fn let_gone_go(&mut self, seen: &Seen) -> Result<(), LibraryError> {
        let is_gone = |path: &&String| !seen.files.contains_key(*path) && !seen.is_out_of_sight(path);
        let gone: Vec<String> = self.known.keys().filter(is_gone).cloned().collect();
        let may_come_back = self.found.has_more;
        let there = self.known.values().filter(|file| !is_gone(&&file.path) && file.missing_since.is_none());
        let kept: HashSet<Id> = there.filter_map(|file| file.document_id).collect();
        for path in gone {
            let Some(file) = self.known.get(&path).cloned() else { continue };
            let since = file.missing_since.unwrap_or(self.now);
            let gone_for = self.now.since(since);
            let waits = match file.document_id {
                None => false,
                Some(_) if may_come_back => true,
                Some(_) if self.is_being_written && gone_for < GONE_AFTER => true,
                Some(id) => file.brought && !kept.contains(&id) && gone_for < GONE_AT_LEAST,
            };
            self.found.has_missing |= waits;
            if self.room == 0 || waits {
                self.found.has_more |= self.room == 0;
                self.put(File { missing_since: Some(since), ..file }).await?;
                continue;
            }
            self.room -= 1;
            self.forget(&file).await?;
        }
        Ok(())
    }

    /// Lets a file go whose file is gone: its document stays where another file has it, or where it was there before.
    async fn forget(&mut self, file: &File) -> Result<(), LibraryError> {
        if let Some(document_id) = file.document_id.filter(|_| file.brought) {
            let heir = self.known.values().find(|other| {
                other.path != file.path
                    && other.document_id == Some(document_id)
                    && other.missing_since.is_none()
            });
            match heir {
                Some(heir) => {
                    let names = (file.path.as_str(), heir.path.as_str());
                    self.library.rename_file(self.folder, document_id, names).await?;
                }
                None => self.library.let_go(self.folder, document_id, &file.path).await?,
            }
        }
        watched::remove_file(self.library.db.pool(), self.folder.id, &file.path).await?;
        self.known.remove(&file.path);
        self.found.has_changed = true;
        Ok(())
    }
}
