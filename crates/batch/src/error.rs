//! Why something about batches could not be done.

use base::ErrorKind;
use gateway::{GatewayError, ManageError};
use store::{BlobError, DbError, JobError};

/// A failure of the batches.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Nobody may know that it is there, or it is not.
    #[error("there is no batch `{0}`")]
    NoBatch(String),
    /// Likewise for a file.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// A value of the request is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// The file is larger than a file may be.
    #[error("the file has more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// It is still being worked on.
    #[error("the batch `{0}` has not ended")]
    Unfinished(String),
    /// The caller, or the money.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ManageError),
    /// The files.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The queue.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A part of the work broke off inside.
    #[error("the work broke off")]
    Broken(#[from] tokio::task::JoinError),
}

impl From<sqlx::Error> for BatchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl BatchError {
    /// The kind that decides the HTTP status.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoBatch(_) | Self::NoFile(_) => ErrorKind::NotFound,
            Self::Invalid(_) | Self::TooLarge { .. } => ErrorKind::Invalid,
            Self::Unfinished(_) => ErrorKind::Conflict,
            Self::Gateway(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Blob(error) => error.kind(),
            Self::Job(error) => error.kind(),
            Self::Db(error) => error.kind(),
            Self::Broken(_) => ErrorKind::Internal,
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoBatch(_) => Some("the list of batches has those of this key".to_owned()),
            Self::NoFile(_) => Some("the list of files has those of this key".to_owned()),
            Self::Invalid(_) => Some("correct the value named and send it again".to_owned()),
            Self::TooLarge { .. } => {
                Some("split the file, or raise `[batch] max_file_bytes` in the configuration".to_owned())
            }
            Self::Unfinished(_) => Some("cancel it first, and wait until it has ended".to_owned()),
            Self::Gateway(error) => Some(error.hint()),
            Self::Ledger(error) => Some(error.hint().to_owned()),
            Self::Blob(error) => error.hint().map(str::to_owned),
            Self::Job(error) => error.hint().map(str::to_owned),
            Self::Db(error) => error.hint().map(str::to_owned),
            Self::Broken(_) => None,
        }
    }
}
