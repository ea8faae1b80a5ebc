//! What can go wrong with an index.

use base::ErrorKind;
use std::path::PathBuf;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the index could not do what was asked. No text of a query is ever an error.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index's folder cannot be used.
    #[error("cannot open the search index in `{}`", dir.display())]
    Open {
        /// Where it should be.
        dir: PathBuf,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// Changes could not be written; what was committed before is unharmed.
    #[error("cannot write to the search index")]
    Write(#[source] Cause),
    /// The index could not be read, which means that its files are damaged.
    #[error("cannot read the search index")]
    Read(#[source] Cause),
}

impl SearchError {
    /// The kind the caller of Familiar sees.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Open { .. } | Self::Write(_) | Self::Read(_) => ErrorKind::Internal,
        }
    }

    /// What the person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Open { .. } => {
                "check that the data folder can be written and that no other program uses it"
            }
            Self::Write(_) => "check that the disk is not full",
            Self::Read(_) => "restart Familiar: a damaged index is built again from the documents",
        }
    }
}
