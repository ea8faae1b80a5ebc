//! What can go wrong when the library is asked for something.

use crate::model::{Problem, ProblemCode};
use base::{ErrorKind, Id};

/// Why the library could not do what was asked. A file that cannot be read is no such error: its
/// document says so (see [`crate::model::Document::failure`]).
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The file is refused as it comes in, before anything is kept.
    #[error("`{file_name}` is refused: {problem}")]
    Refused {
        /// The file.
        file_name: String,
        /// Why.
        problem: Problem,
    },
    /// No such document, or not for this owner.
    #[error("there is no document `{0}`")]
    NoDocument(Id),
    /// The document was deleted, and can still be restored.
    #[error("the document `{0}` was deleted")]
    Deleted(Id),
    /// No such passage, or not for this owner.
    #[error("there is no passage `{0}`")]
    NoPassage(String),
    /// No such entry, or not for this owner.
    #[error("there is no entry `{0}`")]
    NoEntry(String),
    /// No such search, or not of this owner, or forgotten.
    #[error("there is no search `{0}`")]
    NoSearch(Id),
    /// An entry cannot be put right like that.
    #[error("the entry cannot be changed: {0}")]
    BadEntry(String),
    /// What a document says of itself cannot be put right like that.
    #[error("the document cannot be changed: {0}")]
    BadField(String),
    /// A tag that is none.
    #[error("`{0}` is not a tag")]
    BadTag(String),
    /// More tags than a document may have.
    #[error("a document has at most {} tags", crate::MOST_TAGS)]
    TooManyTags,
    /// More documents than are changed at once.
    #[error("{count} documents are too many at once, {limit} the most")]
    TooManyDocuments {
        /// How many were named.
        count: usize,
        /// How many may be.
        limit: usize,
    },
    /// No more passages can be kept as bookmarks.
    #[error("there are {} bookmarks already", crate::MOST_BOOKMARKS)]
    TooManyBookmarks,
    /// A folder cannot be watched.
    #[error("`{path}` cannot be watched: {why}")]
    BadFolder {
        /// The folder, as it was given.
        path: String,
        /// Why not.
        why: &'static str,
        /// What to do about it.
        hint: &'static str,
    },
    /// A folder lies in one that is watched, or around it, or is one.
    #[error("`{path}` cannot be watched: `{other}` is watched already")]
    WatchedAlready {
        /// The folder.
        path: String,
        /// The one that is watched.
        other: String,
    },
    /// No such watched folder, or not of this owner.
    #[error("there is no watched folder `{0}`")]
    NoWatch(Id),
    /// No more folders can be watched.
    #[error("{} folders are watched already", crate::MOST_WATCHED)]
    TooManyWatched,
    /// A list of words that mean the same cannot be read.
    #[error("the list of synonyms cannot be read: {0}")]
    Synonyms(#[from] search::synonyms::BadLine),
    /// The document is in a state in which this cannot be done.
    #[error("the document `{document_id}` {state}")]
    State {
        /// Which.
        document_id: Id,
        /// How it stands, such as `is not being processed`.
        state: &'static str,
    },
    /// The database failed.
    #[error("cannot reach the library's tables")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The stored files failed.
    #[error(transparent)]
    Files(#[from] store::BlobError),
    /// The index failed.
    #[error(transparent)]
    Search(#[from] search::SearchError),
    /// What finds by meaning failed.
    #[error(transparent)]
    Vectors(#[from] vectors::EngineError),
    /// A background task ended before its time.
    #[error("a background task of the library was stopped")]
    Stopped,
}

impl LibraryError {
    /// The kind the caller of Familiar sees.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { problem, .. } if problem.code == ProblemCode::TooLarge => ErrorKind::Limited,
            Self::Refused { .. }
            | Self::Synonyms(_)
            | Self::BadEntry(_)
            | Self::BadFolder { .. }
            | Self::BadField(_)
            | Self::BadTag(_)
            | Self::TooManyTags
            | Self::TooManyDocuments { .. } => ErrorKind::Invalid,
            Self::NoDocument(_)
            | Self::Deleted(_)
            | Self::NoPassage(_)
            | Self::NoEntry(_)
            | Self::NoSearch(_)
            | Self::NoWatch(_) => ErrorKind::NotFound,
            Self::State { .. } | Self::WatchedAlready { .. } => ErrorKind::Conflict,
            Self::TooManyBookmarks | Self::TooManyWatched => ErrorKind::Limited,
            Self::Search(error) => error.kind(),
            Self::Vectors(error) => error.kind(),
            Self::Database(_) | Self::Files(store::BlobError::NotFound(_)) => ErrorKind::Internal,
            Self::Files(error) => error.kind(),
            Self::Stopped => ErrorKind::Unavailable,
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { problem, .. } => problem.hint(),
            Self::NoDocument(_) => "it may have been deleted; the list shows what is there",
            Self::Deleted(_) => {
                "restore it (`POST /api/library/documents/ID/restore`), or look among the deleted ones"
            }
            Self::NoEntry(_) => "the document may have been processed anew or deleted; search again",
            Self::BadEntry(_) => "`GET /api/library/entries/ID` lists the fields and what each may be",
            Self::NoPassage(_) => "the document may have been processed anew or deleted; search again",
            Self::NoSearch(_) => "searches are forgotten after some months; search again",
            Self::Synonyms(_) => "write a group a line, its words parted by commas, such as `hp, hit points`",
            Self::BadFolder { hint, .. } => hint,
            Self::WatchedAlready { .. } => "all that lies in a watched folder is watched with it",
            Self::NoWatch(_) => "`familiar library watched` lists them",
            Self::TooManyWatched => "stop watching some, or watch a folder that holds several of them",
            Self::BadField(_) => {
                "`title`, `author`, `publisher`, `published` (such as `1999`, `1999-05` or `1999-05-03`) and `language` \
                 (such as `en`) can be put right; `null` takes that back"
            }
            Self::BadTag(_) => {
                "a tag has 1 to 64 characters, without quotation marks, backslashes and commas"
            }
            Self::TooManyTags => "take some tags away first",
            Self::TooManyDocuments { .. } => "change some of them, then the others",
            Self::TooManyBookmarks => "remove some that are not needed any more",
            Self::State { .. } => "look at the document's state first",
            Self::Database(_) => "check the data folder, the disk and the log",
            Self::Files(error) => error.hint().unwrap_or("check the data folder, the disk and the log"),
            Self::Search(error) => error.hint(),
            Self::Vectors(error) => error.hint(),
            Self::Stopped => "try again",
        }
    }
}
