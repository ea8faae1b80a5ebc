//! What the configuration names, made.

use crate::{Config, EngineName, Qdrant};
use net::{LocalOnly, NetError};
use std::sync::Arc;
use vectors::{Embedded, Engine};

/// Why an engine cannot be made. What it is like where it is, nobody has looked at yet.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration cannot be used.
    #[error("the section `vectors` of the configuration cannot be used: {0}")]
    Config(String),
    /// No client can be made.
    #[error("the connection to Qdrant cannot be made: {0}")]
    Net(#[from] NetError),
}

impl OpenError {
    /// The kind the caller of Familiar sees.
    pub fn kind(&self) -> base::ErrorKind {
        match self {
            Self::Config(_) => base::ErrorKind::Invalid,
            Self::Net(error) => error.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Config(_) => "`familiar config check` says what is wrong",
            Self::Net(error) => error.hint(),
        }
    }
}

/// Makes the engine that the configuration names. Nothing is connected yet.
///
/// # Errors
/// What is wrong with the configuration.
pub fn open(config: &Config, local_only: LocalOnly) -> Result<Arc<dyn Engine>, OpenError> {
    Ok(match config.engine() {
        EngineName::Embedded => Arc::new(Embedded::default()),
        EngineName::Qdrant => Arc::new(Qdrant::new(config, local_only)?),
    })
}
