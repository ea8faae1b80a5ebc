//! Folders on the server's machine that the library is kept in step with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The watched folders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WatchedFolderList {
    /// By path.
    pub folders: Vec<WatchedFolder>,
}

/// A watched folder and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WatchedFolder {
    /// Its id.
    pub id: String,
    /// Where it is on the machine that Familiar runs on.
    pub path: String,
    /// The collection that its documents are put in.
    pub collection: Option<String>,
    /// How it stands.
    pub state: WatchState,
    /// Why it could not be looked at; nothing of it is deleted meanwhile.
    pub problem: Option<WatchProblem>,
    /// How many of its files can be searched.
    pub ready: u64,
    /// How many are being read, or wait for that.
    pub reading: u64,
    /// How many could not be read; their documents say why.
    pub failed: u64,
    /// How many documents a person has deleted though their files are there; they come back when the files change.
    pub deleted: u64,
    /// How many files wait for the next look: they are still being written, or are too many for one.
    pub waiting: u64,
    /// How many files are left out, hidden ones not counted.
    pub skipped: u64,
    /// How many hidden files and folders there are.
    pub hidden: u64,
    /// Those that are left out, a hundred at the most.
    pub skipped_files: Vec<SkippedFile>,
    /// Since when it is watched.
    pub created_at: String,
    /// When it was last looked at; missing before the first look.
    pub looked_at: Option<String>,
}

/// How a watched folder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WatchState {
    /// All that it holds is in the library, but for what is left out.
    InStep,
    /// Something of it is not in the library yet.
    CatchingUp,
    /// It cannot be looked at.
    Unreachable,
    /// It is watched no more, and its documents are being deleted.
    Leaving,
}

/// Why a folder could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WatchProblem {
    /// `missing`, `denied`, `not_a_folder`, `another`, `too_many` or `failed`.
    pub code: String,
    /// What it means.
    pub message: String,
    /// What the machine said.
    pub detail: Option<String>,
}

/// A file that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedFile {
    /// Its path below the folder.
    pub path: String,
    /// Why: a code of a document's error, `link`, `unfinished`, `unreadable`, `name` or `special`.
    pub code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// A folder to watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchFolder {
    /// Its whole path on the machine that Familiar runs on.
    pub path: String,
    /// The collection to put its documents in.
    #[serde(default)]
    pub collection: Option<String>,
}
