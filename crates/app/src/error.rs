//! Why the program cannot start, or cannot do what was asked of it as a whole.

use base::ErrorKind;
use std::{error::Error, path::PathBuf};

/// A failure of the program as a whole; a bench's own failures come from the bench.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error("the data folder `{}` cannot be used", .path.display())]
    DataFolder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part of the program cannot start.
    #[error("{part} cannot start: {source}")]
    Start {
        /// Which part.
        part: &'static str,
        /// What kind of failure it is.
        kind: ErrorKind,
        /// What to do about it.
        hint: Option<String>,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was kept cannot be read or written.
    #[error("cannot reach what is kept: {source}")]
    Kept {
        /// What kind of failure it is.
        kind: ErrorKind,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The provider comes from the configuration file or the environment.
    #[error("the provider `{0}` is set in the configuration file or the environment")]
    NotEditable(String),
    /// No such provider was removed a moment ago.
    #[error("no provider `{0}` was removed a moment ago")]
    NotRemoved(String),
    /// The route comes from the configuration file.
    #[error("the route `{0}` is set in the configuration file")]
    RouteNotEditable(String),
    /// A route cannot be what was asked for.
    #[error("{message}")]
    Route {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// No such route.
    #[error("there is no route `{0}` that was made here")]
    NoRoute(String),
    /// A provider cannot be set up.
    #[error(transparent)]
    Provider(#[from] providers::ProviderError),
    /// A model cannot be pulled.
    #[error(transparent)]
    Pull(#[from] providers::PullError),
    /// The configuration file says what a model costs.
    #[error("the prices of `{0}` are set in the configuration file")]
    PricesInFile(String),
    /// A value that a setting cannot have.
    #[error("`{value}` is not a value of `{name}`")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// How models are to answer cannot be so.
    #[error(transparent)]
    Parameters(chat::ChatError),
    /// Local-only mode is turned on in the configuration file.
    #[error("local-only mode is turned on in the configuration file")]
    LocalOnlyInFile,
    /// Local-only mode would be a word only: the servers count budgets together on another machine.
    #[error("local-only mode is on, and Redis is on `{0}`, which is another machine")]
    RedisElsewhere(String),
    /// What is kept of exchanges is said in the configuration file.
    #[error("what is kept of exchanges is set in the configuration file")]
    RetentionInFile,
    /// What is kept of exchanges cannot be changed like this.
    #[error(transparent)]
    Retention(#[from] ledger::LedgerError),
    /// Alerts cannot be changed like this.
    #[error(transparent)]
    Alerts(alerts::AlertError),
    /// Tool servers cannot be changed like this.
    #[error(transparent)]
    Mcp(#[from] ::mcp::McpError),
    /// The log is not Familiar's own.
    #[error("how much is logged cannot be changed here")]
    LogFixed,
    /// No such job.
    #[error("there is no job `{0}`")]
    NoJob(String),
}

impl AppError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::DataFolder { .. } => ErrorKind::Unavailable,
            Self::Start { kind, .. } | Self::Kept { kind, .. } => *kind,
            Self::NotEditable(_)
            | Self::RouteNotEditable(_)
            | Self::PricesInFile(_)
            | Self::RetentionInFile
            | Self::LogFixed => ErrorKind::Conflict,
            Self::Retention(error) => error.kind(),
            Self::Alerts(error) => error.kind(),
            Self::Parameters(error) => error.kind(),
            Self::Mcp(error) => error.kind(),
            Self::Provider(error) => error.kind(),
            Self::Pull(error) => error.kind(),
            Self::LocalOnlyInFile | Self::RedisElsewhere(_) => ErrorKind::Conflict,
            Self::Setting { .. } | Self::Route { .. } => ErrorKind::Invalid,
            Self::NoJob(_) | Self::NoRoute(_) | Self::NotRemoved(_) => ErrorKind::NotFound,
        }
    }

    /// Whether the program cannot start only because its database is away for the moment.
    pub fn is_waiting_for_the_database(&self) -> bool {
        match self {
            Self::Start { source, .. } => {
                source.downcast_ref::<store::DbError>().is_some_and(store::DbError::is_away)
            }
            Self::DataFolder { .. }
            | Self::Kept { .. }
            | Self::NotEditable(_)
            | Self::NotRemoved(_)
            | Self::RouteNotEditable(_)
            | Self::PricesInFile(_)
            | Self::Route { .. }
            | Self::NoRoute(_)
            | Self::RetentionInFile
            | Self::Retention(_)
            | Self::Provider(_)
            | Self::Pull(_)
            | Self::Setting { .. }
            | Self::Parameters(_)
            | Self::LocalOnlyInFile
            | Self::RedisElsewhere(_)
            | Self::Alerts(_)
            | Self::Mcp(_)
            | Self::LogFixed
            | Self::NoJob(_) => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::DataFolder { .. } => {
                Some("choose another folder with `--data DIR`, or make this one writable".into())
            }
            Self::Start { hint, .. } => hint.clone(),
            Self::Kept { .. } => Some("`familiar doctor` checks the database and the disk".into()),
            Self::NotEditable(_) => Some("change it there, or add one of another name here".into()),
            Self::NotRemoved(_) => {
                Some("a removal can be taken back for ten minutes; add the provider anew".into())
            }
            Self::PricesInFile(_) => Some("change them there".into()),
            Self::RouteNotEditable(_) => Some("change it there, or make one of another name here".into()),
            Self::Route { hint, .. } => Some(hint.clone()),
            Self::NoRoute(_) => Some("`GET /api/routes` lists all of them".into()),
            Self::RetentionInFile => {
                Some("change `[gateway.retention]` there and start Familiar again".into())
            }
            Self::Retention(error) => Some(error.hint().into()),
            Self::Alerts(error) => error.hint().map(str::to_owned),
            Self::Parameters(error) => error.hint().map(str::to_owned),
            Self::Mcp(error) => error.hint().map(str::to_owned),
            Self::Provider(error) => Some(error.hint()),
            Self::Pull(error) => Some(error.hint()),
            Self::LocalOnlyInFile => Some("set `privacy.local_only` to false there, and start anew".into()),
            Self::RedisElsewhere(_) => Some(
                "take `redis_url` out of `[gateway.cluster]` in the configuration, or leave local-only mode off".into(),
            ),
            Self::Setting { .. } => Some("`/api/docs` lists what it can be".into()),
            Self::LogFixed => {
                Some("the program that Familiar runs in logs for it; change it there".into())
            }
            Self::NoJob(_) => Some("finished jobs are forgotten after a while".into()),
        }
    }
}
