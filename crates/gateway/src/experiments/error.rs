//! Why an experiment, an opinion or a vote is not taken.

use base::{ErrorKind, Id};
use experiment::{Problem, Status};

/// Why an experiment, an opinion or a vote is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// There is no such experiment of this owner.
    #[error("there is no experiment `{0}`")]
    Unknown(Id),
    /// It cannot be meant.
    #[error("`{}`: {}", .0.field, .0.message)]
    Problem(Problem),
    /// What it names is not there.
    #[error("`{field}`: there is no route and no model `{name}`")]
    NotThere {
        /// The field.
        field: String,
        /// What it names.
        name: String,
    },
    /// There is another of this name.
    #[error("there is an experiment `{0}` already")]
    NameTaken(String),
    /// Another experiment with the same calls runs.
    #[error("the experiment `{running}` with `{target}` runs already")]
    TargetTaken {
        /// Its name.
        running: String,
        /// What both are about.
        target: String,
    },
    /// It cannot go on to that state.
    #[error("an experiment that is {from} cannot become {to}")]
    Transition {
        /// Where it stands.
        from: Status,
        /// Where it should go.
        to: Status,
    },
    /// It cannot be changed or deleted as it stands.
    #[error("an experiment that is {0} cannot be {1}")]
    Fixed(Status, &'static str),
    /// There is no such exchange, or nobody answered it.
    #[error("there is no answered exchange `{0}`")]
    UnknownExchange(Id),
    /// A field cannot be meant.
    #[error("{0}")]
    Invalid(String),
    /// Ratings could not be made.
    #[error("the votes could not be rated")]
    Unrated,
    /// The gateway failed.
    #[error(transparent)]
    Manage(#[from] crate::ManageError),
}

impl From<ledger::LedgerError> for ExperimentError {
    fn from(error: ledger::LedgerError) -> Self {
        Self::Manage(error.into())
    }
}

impl From<store::DbError> for ExperimentError {
    fn from(error: store::DbError) -> Self {
        Self::Manage(error.into())
    }
}

impl ExperimentError {
    /// The kind that decides the HTTP status.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) | Self::UnknownExchange(_) => ErrorKind::NotFound,
            Self::Problem(_) | Self::NotThere { .. } | Self::Invalid(_) => ErrorKind::Invalid,
            Self::NameTaken(_) | Self::TargetTaken { .. } | Self::Transition { .. } | Self::Fixed(..) => {
                ErrorKind::Conflict
            }
            Self::Unrated => ErrorKind::Internal,
            Self::Manage(error) => error.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "`familiar experiments list` shows those there are",
            Self::Problem(problem) => problem.hint,
            Self::NotThere { .. } => "`familiar models` and `familiar routes` list what can be called",
            Self::NameTaken(_) => "take another name: it labels the exchanges of the experiment",
            Self::TargetTaken { .. } => {
                "finish or pause that one first: two at once would disturb each other"
            }
            Self::Transition { .. } => {
                "planned and paused ones can be started, running ones paused, and both finished; what is over stays over"
            }
            Self::Fixed(..) => "finish it first, or make a new one",
            Self::UnknownExchange(_) => "take the id of an answer from `familiar exchanges`",
            Self::Invalid(_) => "correct the value named and send it again",
            Self::Unrated => "try again; if it stays so, `familiar doctor` and the log say more",
            Self::Manage(error) => error.hint(),
        }
    }
}
