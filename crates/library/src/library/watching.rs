//! Folders that the library is kept in step with.
//!
//! A folder is looked at again and again, and what it holds is compared with what was noted at the last look: so
//! nothing is missed while the program does not run, and it works on file systems of other machines, too, which tell
//! nobody of changes. How long a look took decides when the next one is.

mod look;
mod patience;
mod step;
mod taking;
mod walk;

use super::Library;
use crate::{
    LibraryError,
    db::watched::{self, Folder, Looked},
    model::{HANDBOOK_COLLECTION, KeptDocuments, NewWatch, WatchProblem, WatchedFolder},
};
use base::{Id, OwnerId, Timestamp, new_id};
use look::Look;
use patience::{NotDone, Patience};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::{Mutex, Notify, broadcast};

/// Most folders that one owner may watch.
pub const MOST_WATCHED: usize = 50;
/// Most files of one folder.
const MOST_FILES: usize = 20_000;
/// So often a small folder is looked at.
const INTERVAL: Duration = Duration::from_secs(10);
/// So often a folder is looked at in which something is being written, or was taken away just now.
const SHORT_INTERVAL: Duration = Duration::from_secs(3);
/// So soon a look goes on that had more to do than fits into one.
const GO_ON: Duration = Duration::from_millis(500);
/// So often a folder is looked at at the least.
const LONGEST_INTERVAL: Duration = Duration::from_secs(900);
/// A file system that is silent for so long does not answer.
const SILENCE: Duration = Duration::from_secs(20);
/// Looking at a folder takes one part of so many of the time.
const SHARE: u32 = 50;
/// Files that are shown of those which are left out.
const SHOWN_SKIPPED: i64 = 100;
/// What looks like folders and is the machine itself.
const NO_FILES: &[&str] = &["/proc", "/sys", "/dev"];

/// What a running library knows of watching.
#[derive(Debug)]
pub(super) struct Watching {
    /// One look at a time.
    turn: Mutex<()>,
    /// One folder is added at a time, so that no two that overlap are.
    adding: Mutex<()>,
    /// What is under way on watched folders, and on those that are to be.
    looking: Patience,
    checking: Patience,
    /// Somebody wants a look before its time.
    asked: Notify,
    changes: broadcast::Sender<()>,
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            turn: Mutex::default(),
            adding: Mutex::default(),
            looking: Patience::default(),
            checking: Patience::default(),
            asked: Notify::new(),
            changes: broadcast::channel(16).0,
        }
    }
}

impl Library {
    /// Watches a folder: what it holds comes in, and what changes in it changes here.
    ///
    /// # Errors
    /// [`LibraryError::BadFolder`]; [`LibraryError::WatchedAlready`]; [`LibraryError::TooManyWatched`].
    pub async fn watch(&self, owner: OwnerId, new: NewWatch) -> Result<WatchedFolder, LibraryError> {
        let NewWatch { path, collection, closed } = new;
        let collection = collection.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if collection.as_deref() == Some(HANDBOOK_COLLECTION) {
            return Err(LibraryError::BadFolder {
                path: path.display().to_string(),
                why: "the collection `handbook` is Familiar's own",
                hint: "choose another collection, or none",
            });
        }
        let _turn = self.watching.adding.lock().await;
        let path = self.checked(path, closed).await?;
        let known = self.watched_by(owner).await?;
        if known.len() >= MOST_WATCHED {
            return Err(LibraryError::TooManyWatched);
        }
        let overlaps = |other: &&Folder| {
            let (path, other) = (Path::new(&path), Path::new(&other.path));
            path.starts_with(other) || other.starts_with(path)
        };
        if let Some(other) = known.iter().find(overlaps) {
            return Err(LibraryError::WatchedAlready { path, other: other.path.clone() });
        }
        let folder = Folder {
            id: new_id(),
            owner,
            installation: self.jobs.worker(),
            path,
            collection,
            looked: Looked::default(),
            leaving: false,
            created_at: self.now(),
            next_look_at: self.now(),
        };
        if !watched::insert(self.db.pool(), &folder).await? {
            return Err(LibraryError::WatchedAlready { other: folder.path.clone(), path: folder.path });
        }
        self.look_soon();
        self.shown(folder).await
    }

    /// The watched folders, by path.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn watched(&self, owner: OwnerId) -> Result<Vec<WatchedFolder>, LibraryError> {
        let mut shown = Vec::new();
        for folder in self.watched_by(owner).await? {
            shown.push(self.shown(folder).await?);
        }
        Ok(shown)
    }

    /// Watches a folder no more. Where its documents are to go with it, many are deleted in the background.
    ///
    /// # Errors
    /// [`LibraryError::NoWatch`].
    pub async fn unwatch(
        &self,
        owner: OwnerId,
        id: Id,
        documents: KeptDocuments,
    ) -> Result<(), LibraryError> {
        {
            let _turn = self.watching.turn.lock().await;
            watched::get(self.db.pool(), owner, id).await?.ok_or(LibraryError::NoWatch(id))?;
            match documents {
                KeptDocuments::Keep => watched::remove(self.db.pool(), id).await?,
                KeptDocuments::Delete => watched::leave(self.db.pool(), id, self.now()).await?,
            }
        }
        if documents == KeptDocuments::Delete {
            self.look_at(owner, id).await?;
        }
        self.look_soon();
        Ok(())
    }

    /// Looks at a folder now.
    ///
    /// # Errors
    /// [`LibraryError::NoWatch`]. That the folder cannot be reached is no error, but how it stands.
    pub async fn look(&self, owner: OwnerId, id: Id) -> Result<WatchedFolder, LibraryError> {
        let missing = || LibraryError::NoWatch(id);
        watched::get(self.db.pool(), owner, id).await?.ok_or_else(missing)?;
        self.look_at(owner, id).await?;
        // There may be more to do than fits into one look.
        self.watching.asked.notify_one();
        let folder = watched::get(self.db.pool(), owner, id).await?.ok_or_else(missing)?;
        self.shown(folder).await
    }

    /// Looks at the folders whose time has come; answers how long nothing is to be done then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_at_due(&self) -> Result<Duration, LibraryError> {
        let now = self.now();
        for folder in watched::folders(self.db.pool(), self.jobs.worker()).await? {
            if folder.next_look_at <= now {
                self.look_at(folder.owner, folder.id).await?;
            }
        }
        let folders = watched::folders(self.db.pool(), self.jobs.worker()).await?;
        let next = folders.iter().map(|folder| folder.next_look_at).min();
        Ok(next.map_or(LONGEST_INTERVAL, |next| next.since(self.now()).clamp(GO_ON, LONGEST_INTERVAL)))
    }

    /// Waits until somebody wants a look before its time.
    pub async fn look_wanted(&self) {
        self.watching.asked.notified().await;
    }

    /// Tells whenever a watched folder stands otherwise than before.
    pub fn subscribe_watched(&self) -> broadcast::Receiver<()> {
        self.watching.changes.subscribe()
    }

    /// The folder as the file system calls it, where it may be watched.
    async fn checked(&self, path: PathBuf, closed: Vec<PathBuf>) -> Result<String, LibraryError> {
        let given = path.clone();
        let patience = &self.watching.checking;
        match patience.wait((given.as_path(), SILENCE), move |_| checked(&path, &closed)).await {
            Ok(checked) => checked,
            Err(NotDone::Silent) => Err(LibraryError::BadFolder {
                path: given.display().to_string(),
                why: "its file system does not answer",
                hint: "look whether the disk or the other machine is there",
            }),
            Err(NotDone::Failed(error)) => Err(error),
        }
    }

    async fn watched_by(&self, owner: OwnerId) -> Result<Vec<Folder>, LibraryError> {
        let mut folders = watched::folders(self.db.pool(), self.jobs.worker()).await?;
        folders.retain(|folder| folder.owner == owner);
        Ok(folders)
    }

    fn look_soon(&self) {
        self.watching.asked.notify_one();
        self.tell_watched();
    }

    fn tell_watched(&self) {
        // An error means that nobody listens.
        let _listeners = self.watching.changes.send(());
    }

    /// Looks at a folder; what goes wrong with it is noted, and does not keep the others from being looked at.
    async fn look_at(&self, owner: OwnerId, id: Id) -> Result<(), LibraryError> {
        let _turn = self.watching.turn.lock().await;
        let Some(folder) = watched::get(self.db.pool(), owner, id).await? else { return Ok(()) };
        let done = if folder.leaving {
            self.leave(&folder).await.map_err(NotDone::from)
        } else {
            self.look_into(&folder).await
        };
        let unreachable = match done {
            Ok(()) => return Ok(()),
            Err(NotDone::Silent) => walk::Unreachable::silent(),
            Err(NotDone::Failed(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, path = %folder.path, "a watched folder was not looked at");
                walk::Unreachable { problem: WatchProblem::Failed, detail: error.to_string() }
            }
        };
        self.note_unreachable(&folder, unreachable).await
    }

    async fn look_into(&self, folder: &Folder) -> Result<(), NotDone> {
        let began = self.clock.monotonic();
        let root = PathBuf::from(&folder.path);
        let of = (Path::new(&folder.path), SILENCE);
        let patience = &self.watching.looking;
        let seen = patience.wait(of, move |answers| walk::walk(&root, MOST_FILES, answers)).await?;
        let known = watched::files(self.db.pool(), folder.id).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        let seen = match seen.and_then(|seen| look::is_the_same(folder, &known, seen)) {
            Ok(seen) => seen,
            Err(unreachable) => return Ok(self.note_unreachable(folder, unreachable).await?),
        };
        let found = Look::new(self, folder, known).run(&seen).await?;
        let pause = if found.has_more {
            GO_ON
        } else if found.waiting > 0 || found.has_missing {
            interval(took, SHORT_INTERVAL)
        } else {
            interval(took, INTERVAL)
        };
        let looked = Looked {
            identity: seen.identity,
            problem: None,
            detail: None,
            hidden: seen.hidden,
            waiting: found.waiting,
            at: Some(self.now()),
        };
        self.note(folder, &looked, self.now().plus(pause)).await?;
        if found.has_changed {
            self.tell_watched();
        }
        Ok(())
    }

    async fn note_unreachable(
        &self,
        folder: &Folder,
        unreachable: walk::Unreachable,
    ) -> Result<(), LibraryError> {
        let looked = Looked {
            problem: Some(unreachable.problem),
            detail: Some(unreachable.detail),
            at: Some(self.now()),
            ..folder.looked.clone()
        };
        self.note(folder, &looked, self.now().plus(INTERVAL)).await
    }

    async fn note(&self, folder: &Folder, looked: &Looked, next: Timestamp) -> Result<(), LibraryError> {
        watched::looked(self.db.pool(), folder.id, looked, next).await?;
        // The first look is news by itself.
        let before = Looked { at: looked.at.filter(|_| folder.looked.at.is_some()), ..folder.looked.clone() };
        if before != *looked {
            self.tell_watched();
        }
        Ok(())
    }

    /// Deletes some of the documents of a folder that is watched no more, and forgets it when none are left.
    async fn leave(&self, folder: &Folder) -> Result<(), LibraryError> {
        let files = watched::files(self.db.pool(), folder.id).await?;
        for file in files.iter().take(look::MOST_AT_ONCE) {
            if let Some(document_id) = file.document_id.filter(|_| file.brought) {
                self.let_go(folder, document_id, &file.path).await?;
            }
            watched::remove_file(self.db.pool(), folder.id, &file.path).await?;
        }
        if files.len() <= look::MOST_AT_ONCE {
            watched::remove(self.db.pool(), folder.id).await?;
        }
        self.tell_watched();
        Ok(())
    }

    async fn shown(&self, folder: Folder) -> Result<WatchedFolder, LibraryError> {
        let tally = watched::tally(self.db.pool(), folder.id).await?;
        let skipped_files = watched::skipped(self.db.pool(), folder.id, SHOWN_SKIPPED).await?;
        Ok(WatchedFolder {
            id: folder.id,
            owner: folder.owner,
            path: folder.path,
            collection: folder.collection,
            problem: folder.looked.problem,
            detail: folder.looked.detail,
            ready: tally.ready,
            reading: tally.reading,
            failed: tally.failed,
            deleted: tally.deleted,
            waiting: folder.looked.waiting,
            skipped: tally.skipped,
            hidden: folder.looked.hidden,
            skipped_files,
            leaving: folder.leaving,
            created_at: folder.created_at,
            looked_at: folder.looked.at,
        })
    }
}

/// How long a folder is left alone after a look that took so long.
fn interval(took: Duration, least: Duration) -> Duration {
    took.saturating_mul(SHARE).clamp(least, LONGEST_INTERVAL)
}

/// The folder as the file system calls it, where it may be watched. Blocks.
fn checked(path: &Path, closed: &[PathBuf]) -> Result<String, LibraryError> {
    let bad = |why, hint| LibraryError::BadFolder { path: path.display().to_string(), why, hint };
    if !path.is_absolute() {
        let hint = "write the whole path, such as `/srv/books`: the folder is one of the machine that Familiar runs on";
        return Err(bad("it does not begin at the root", hint));
    }
    let cannot_open = |error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound {
            bad("there is no such folder", "look for the folder on the machine that Familiar runs on")
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            bad("Familiar may not read it", "let the user that Familiar runs as read the folder")
        } else {
            bad("it cannot be opened", "look at the folder on the machine that Familiar runs on")
        }
    };
    let canonical = fs::canonicalize(path).map_err(cannot_open)?;
    if !canonical.is_dir() {
        return Err(bad("it is no folder", "name the folder that the file lies in"));
    }
    if canonical.parent().is_none() || NO_FILES.iter().any(|folder| canonical.starts_with(folder)) {
        return Err(bad("it is the machine itself", "choose the folder in which your documents lie"));
    }
    for own in closed {
        let own = fs::canonicalize(own).unwrap_or_else(|_| own.clone());
        if canonical.starts_with(&own) || own.starts_with(&canonical) {
            let hint = "choose a folder that Familiar's data folder is neither in nor around";
            return Err(bad("Familiar keeps its own data there", hint));
        }
    }
    fs::read_dir(&canonical).map_err(cannot_open)?;
    let text = canonical.into_os_string().into_string();
    let text = text.map_err(|_| bad("its name is not Unicode", "give the folder another name"))?;
    if text.len() > walk::MOST_PATH_BYTES {
        return Err(bad("its path is longer than 2,500 bytes", "put the folder where its path is shorter"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_done_seldom() {
        assert_eq!(interval(Duration::from_millis(20), INTERVAL), INTERVAL);
        assert_eq!(interval(Duration::from_secs(1), INTERVAL), Duration::from_secs(50));
        assert_eq!(interval(Duration::from_secs(600), INTERVAL), LONGEST_INTERVAL);
    }

    #[test]
    fn not_every_folder_can_be_watched() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let own = root.join("own");
        fs::create_dir_all(own.join("blobs")).unwrap();
        fs::create_dir_all(root.join("books")).unwrap();
        fs::write(root.join("a.md"), "text").unwrap();
        let refused = |path: &Path| {
            let error = checked(path, std::slice::from_ref(&own)).unwrap_err();
            let LibraryError::BadFolder { why, hint, .. } = error else { panic!("{error}") };
            assert!(!hint.is_empty());
            why
        };
        assert_eq!(
            checked(&root.join("books"), std::slice::from_ref(&own)).unwrap(),
            root.join("books").to_str().unwrap()
        );
        assert_eq!(refused(Path::new("books")), "it does not begin at the root");
        assert_eq!(refused(Path::new("/")), "it is the machine itself");
        assert_eq!(refused(&root.join("gone")), "there is no such folder");
        assert_eq!(refused(&root.join("a.md")), "it is no folder");
        for path in [root.clone(), own.clone(), own.join("blobs"), root.join("books/../own")] {
            assert_eq!(refused(&path), "Familiar keeps its own data there");
        }
    }
}
