//! Folders that the library is kept in step with.

use super::{UnknownName, by_name};
use base::{Id, OwnerId, Timestamp};
use std::{fmt, path::PathBuf, str::FromStr};

/// A folder to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWatch {
    /// Where it is on this machine.
    pub path: PathBuf,
    /// The collection to put its documents in.
    pub collection: Option<String>,
    /// Folders that are not watched, nor what lies in or around them: where Familiar keeps its own things.
    pub closed: Vec<PathBuf>,
}

/// What becomes of the documents of a folder that is watched no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptDocuments {
    /// They stay.
    Keep,
    /// Those that came by watching are deleted; they can be restored.
    Delete,
}

/// A watched folder and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedFolder {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: OwnerId,
    /// Where it is on this machine.
    pub path: String,
    /// The collection that its documents are put in.
    pub collection: Option<String>,
    /// Why it could not be looked at; nothing of it is deleted meanwhile.
    pub problem: Option<WatchProblem>,
    /// What the machine said of that.
    pub detail: Option<String>,
    /// How many of its files can be searched.
    pub ready: u64,
    /// How many are being read, or wait for that.
    pub reading: u64,
    /// How many could not be read; their documents say why.
    pub failed: u64,
    /// How many documents a person has deleted though their files are there.
    pub deleted: u64,
    /// How many files wait for the next look: they are still being written, or are too many for one.
    pub waiting: u64,
    /// How many files are left out, hidden ones not counted.
    pub skipped: u64,
    /// How many hidden files and folders there are.
    pub hidden: u64,
    /// Some of those that are left out.
    pub skipped_files: Vec<SkippedFile>,
    /// Whether it is watched no more, and its documents are being deleted.
    pub leaving: bool,
    /// Since when it is watched.
    pub created_at: Timestamp,
    /// When it was last looked at.
    pub looked_at: Option<Timestamp>,
}

/// A file that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedFile {
    /// Its path below the folder.
    pub path: String,
    /// Why, as a stable name: one of a document's problems, `link`, `unfinished`, `unreadable`, `name` or `special`.
    pub code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// Why a folder could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchProblem {
    /// There is none at its path.
    Missing,
    /// Familiar may not read it.
    Denied,
    /// There is something else at its path.
    NotAFolder,
    /// Another folder lies at its path, with none of the files: a disk may not be mounted.
    Another,
    /// It has more files than one folder may have.
    TooMany,
    /// Something else went wrong.
    Failed,
}

impl WatchProblem {
    /// Every problem.
    pub const ALL: [Self; 6] =
        [Self::Missing, Self::Denied, Self::NotAFolder, Self::Another, Self::TooMany, Self::Failed];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Denied => "denied",
            Self::NotAFolder => "not_a_folder",
            Self::Another => "another",
            Self::TooMany => "too_many",
            Self::Failed => "failed",
        }
    }

    /// What it means, in a sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Missing => "there is no such folder at the moment",
            Self::Denied => "Familiar may not read the folder",
            Self::NotAFolder => "there is something else than a folder",
            Self::Another => {
                "there is another folder now, without any of the files: a disk may not be mounted"
            }
            Self::TooMany => "the folder has too many files",
            Self::Failed => "the folder could not be looked at",
        }
    }
}

impl fmt::Display for WatchProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WatchProblem {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(&Self::ALL, text)
    }
}
