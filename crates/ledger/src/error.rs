//! Why the ledger cannot be read or written.

use crate::retention::RetentionError;
use base::{ErrorKind, Id};
use std::{io, path::Path};

/// Why the ledger, its journal or what is kept beside it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A question that makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The journal cannot be used.
    #[error("the journal in `{folder}` cannot be opened")]
    Journal {
        /// Where it should be.
        folder: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Retention cannot be set like this.
    #[error(transparent)]
    Retention(#[from] RetentionError),
    /// What was kept of an exchange cannot be written or read.
    #[error("request and reply of the exchange `{exchange}` cannot be opened or kept: {why}")]
    Damaged {
        /// The exchange.
        exchange: Id,
        /// Why.
        why: String,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] store::DbError),
}

impl LedgerError {
    /// The error for a file or folder of the journal.
    pub fn journal(path: &Path) -> impl Fn(io::Error) -> Self {
        let folder = path.display().to_string();
        move |source| Self::Journal { folder: folder.clone(), source }
    }

    /// The kind that decides the HTTP status.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Retention(error) => error.kind(),
            Self::Journal { .. } | Self::Damaged { .. } => ErrorKind::Internal,
            Self::Database(error) => error.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "correct the value named and send it again",
            Self::Journal { .. } => "check that the data folder exists, is writable and has space",
            Self::Retention(error) => error.hint(),
            Self::Damaged { .. } => {
                "put the right `vault.key` back from your backup; what was kept opens with no other"
            }
            Self::Database(error) => error.hint().unwrap_or("check the database with `familiar doctor`"),
        }
    }
}
