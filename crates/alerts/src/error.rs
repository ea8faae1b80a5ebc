//! What can go wrong with alerts.

use base::{ErrorKind, Id};
use store::{DbError, JobError, VaultError};

/// A failure of alerts.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// No such alert, or not of this owner.
    #[error("there is no alert `{0}`")]
    NoAlert(Id),
    /// No such webhook.
    #[error("there is no webhook `{0}`")]
    NoWebhook(String),
    /// The webhook stands in the configuration file.
    #[error("the webhook `{0}` is set in the configuration file")]
    InFile(String),
    /// Something cannot be as it was asked for.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// The network cannot be set up.
    #[error(transparent)]
    Net(#[from] net::NetError),
    /// The secret cannot be kept or read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The queue failed.
    #[error(transparent)]
    Jobs(#[from] JobError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for AlertError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl AlertError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAlert(_) | Self::NoWebhook(_) => ErrorKind::NotFound,
            Self::InFile(_) => ErrorKind::Conflict,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Random | Self::Net(_) => ErrorKind::Internal,
            Self::Vault(error) => error.kind(),
            Self::Jobs(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoAlert(_) => Some("`GET /api/alerts` lists them; old ones are forgotten"),
            Self::NoWebhook(_) => Some("`GET /api/alerts/settings` lists them"),
            Self::InFile(_) => Some("change it there and start Familiar again"),
            Self::Invalid { hint, .. } => Some(hint),
            Self::Random | Self::Net(_) => None,
            Self::Vault(error) => error.hint(),
            Self::Jobs(error) => error.hint(),
            Self::Db(error) => error.hint(),
        }
    }
}
