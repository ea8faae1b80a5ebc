//! What can go wrong with records.

use crate::DbError;
use base::{ErrorKind, Id};

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidRecord {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl InvalidRecord {
    /// Something wrong that speaks for itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }
}

/// A failure to read or write records.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no such record, or not of this owner.
    #[error("there is no {kind} `{id}`")]
    NotFound {
        /// The kind asked for.
        kind: &'static str,
        /// The id asked for.
        id: Id,
    },
    /// There is no such version of it.
    #[error("the {kind} `{id}` has no version {version}")]
    NoSuchVersion {
        /// The kind.
        kind: &'static str,
        /// The record.
        id: Id,
        /// The version asked for.
        version: u64,
    },
    /// Somebody has changed it since the writer looked.
    #[error("the {kind} `{id}` is at version {found}, not {expected}")]
    Conflict {
        /// The kind.
        kind: &'static str,
        /// The record.
        id: Id,
        /// The version the writer saw.
        expected: u64,
        /// The version that is there.
        found: u64,
    },
    /// The record does not make sense.
    #[error(transparent)]
    Invalid(#[from] InvalidRecord),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl RecordError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } | Self::NoSuchVersion { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Conflict { .. } => Some("load it again, look at what changed, and repeat the change"),
            Self::Invalid(invalid) => invalid.hint.as_deref(),
            Self::Db(error) => error.hint(),
            Self::NotFound { .. } | Self::NoSuchVersion { .. } => None,
        }
    }
}
