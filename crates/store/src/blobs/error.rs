//! Why a blob cannot be kept or found.

use super::BlobId;
use crate::DbError;
use base::ErrorKind;
use net::NetError;
use std::{io, path::PathBuf};

/// A failure to keep or to find a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The text is not 64 hexadecimal digits.
    #[error("`{0}` is not the id of a blob")]
    NotAnId(String),
    /// There is no such content.
    #[error("there is no blob `{0}`")]
    NotFound(BlobId),
    /// The file's bytes are not those it is named by.
    #[error("the file of blob `{0}` is damaged")]
    Damaged(BlobId),
    /// The folder cannot be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The bucket did not do what it was asked.
    #[error("cannot {doing} `{bucket}`: {fault}")]
    Bucket {
        /// What was being done.
        doing: &'static str,
        /// Which bucket, as `s3://bucket/prefix`.
        bucket: String,
        /// Why not.
        fault: Box<BucketFault>,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a bucket did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BucketFault {
    /// The key is wrong, or may not do this. `code` is the store's word for it.
    #[error("the key is refused ({code})")]
    Refused {
        /// Such as `SignatureDoesNotMatch`.
        code: String,
    },
    /// There is no bucket or container of this name.
    #[error("there is no such bucket ({code})")]
    NoBucket {
        /// Such as `NoSuchBucket`.
        code: String,
    },
    /// The store was asked several times and could not.
    #[error("the store answers with status {status}")]
    Busy {
        /// The last status.
        status: u16,
    },
    /// The store answers something that it should not.
    #[error("the store answers with status {status} ({code})")]
    Answered {
        /// The status.
        status: u16,
        /// The store's word for it.
        code: String,
    },
    /// There was no answer.
    #[error(transparent)]
    NoAnswer(#[from] NetError),
    /// The settings are none, or the answer cannot be understood.
    #[error("{0}")]
    Odd(String),
}

impl BucketFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAnswer(error @ NetError::LocalOnly { .. }) => error.kind(),
            Self::Refused { .. } | Self::NoBucket { .. } | Self::Busy { .. } | Self::NoAnswer(_) => {
                ErrorKind::Unavailable
            }
            Self::Answered { .. } | Self::Odd(_) => ErrorKind::Upstream,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Refused { code } => match code.as_str() {
                "InvalidAccessKeyId" => "the store does not know `access_key_id` under `[blobs]`",
                "SignatureDoesNotMatch" => "check `secret_access_key` under `[blobs]`",
                "AuthenticationFailed" => "check `account` and `account_key` or `sas_token` under `[blobs]`",
                "RequestTimeTooSkewed" => "set the machine's clock",
                _ => {
                    "give the key of `[blobs]` the right to list the bucket and to read, write and delete its objects"
                }
            },
            Self::NoBucket { .. } => "make the bucket, or correct `url` under `[blobs]`",
            Self::Busy { .. } => "try again in a moment",
            Self::NoAnswer(NetError::LocalOnly { .. }) => {
                "files lie in the bucket of `[blobs]`; turn local-only mode off, or use a store on this machine"
            }
            Self::NoAnswer(NetError::Redirected { .. }) | Self::Answered { .. } => {
                "check `region` and `endpoint` under `[blobs]`"
            }
            Self::NoAnswer(error) => error.hint(),
            Self::Odd(_) => {
                "check `[blobs]` in the configuration, and whether the store speaks this protocol"
            }
        }
    }
}

impl BlobError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAnId(_) => ErrorKind::Invalid,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Damaged(_) => ErrorKind::Internal,
            Self::Io { .. } => ErrorKind::Unavailable,
            Self::Bucket { fault, .. } => fault.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Damaged(_) => Some("add the file again, or restore the data folder from a backup"),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on the disk and try again")
            }
            Self::Io { .. } => {
                Some("give the user that runs Familiar the right to write to the data folder and its files")
            }
            Self::Bucket { fault, .. } => Some(fault.hint()),
            Self::Db(error) => error.hint(),
            Self::NotAnId(_) | Self::NotFound(_) => None,
        }
    }
}
