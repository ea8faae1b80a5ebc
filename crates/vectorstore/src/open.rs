//! What the configuration names, made.

use crate::{Config, EngineName, Pgvector, Qdrant};
use net::{LocalOnly, NetError};
use std::sync::Arc;
use store::Db;
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
    /// The database is not PostgreSQL.
    #[error("pgvector lies in PostgreSQL, and the database is SQLite")]
    NotPostgres,
}

impl OpenError {
    /// The kind the caller of Familiar sees.
    pub fn kind(&self) -> base::ErrorKind {
        match self {
            Self::Config(_) | Self::NotPostgres => base::ErrorKind::Invalid,
            Self::Net(error) => error.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Config(_) => "`familiar config check` says what is wrong",
            Self::Net(error) => error.hint(),
            Self::NotPostgres => "set `DATABASE_URL`, or another `engine` under `[vectors]`",
        }
    }
}

/// Makes the engine that the configuration names. Nothing is connected yet.
///
/// # Errors
/// What is wrong with the configuration.
pub fn open(config: &Config, db: &Db, local_only: LocalOnly) -> Result<Arc<dyn Engine>, OpenError> {
    Ok(match config.engine() {
        EngineName::Embedded => Arc::new(Embedded::default()),
        EngineName::Qdrant => Arc::new(Qdrant::new(config, local_only)?),
        EngineName::Pgvector => match db.engine() {
            store::Engine::Postgres => Arc::new(Pgvector::new(db.clone(), config.timeout())),
            store::Engine::Sqlite => return Err(OpenError::NotPostgres),
        },
    })
}
