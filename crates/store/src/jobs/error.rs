//! What can go wrong with the queue.

use crate::DbError;
use base::{ErrorKind, Id};

/// A failure of the queue itself.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// No such job, or not of this owner.
    #[error("there is no job `{0}`")]
    NotFound(Id),
    /// Somebody else runs it by now, since this run showed no sign of life for too long.
    #[error("the run of job `{0}` has lost its lease")]
    LeaseLost(Id),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl JobError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::LeaseLost(_) => ErrorKind::Conflict,
            Self::Db(error) => error.kind(),
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound(_) | Self::LeaseLost(_) => None,
            Self::Db(error) => error.hint(),
        }
    }
}
