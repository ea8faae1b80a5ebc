//! Why something in a comparison cannot be done.

use crate::cast::CastError;
use base::{ErrorKind, Id};

/// A failed operation on comparisons. A model call that fails is not one: it ends as an answer that failed.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// No such comparison for this owner.
    #[error("there is no comparison `{0}`")]
    NoComparison(Id),
    /// No such answer in this comparison.
    #[error("there is no answer `{0}` in this comparison")]
    NoAnswer(Id),
    /// No such column in this comparison.
    #[error("there is no column `{0}` in this comparison")]
    NoColumn(Id),
    /// Nothing was asked.
    #[error("the question is empty")]
    Empty,
    /// More than a question may hold.
    #[error("the question has {size_bytes} bytes, {limit_bytes} are allowed")]
    TooLong {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Too few or too many columns.
    #[error("a comparison has 2 to 8 columns, not {0}")]
    Columns(usize),
    /// A column that asks nobody.
    #[error("a column names no model")]
    NoModel,
    /// Something that is no picture.
    #[error("`{0}` is not a picture that models read")]
    NotAnImage(String),
    /// An answer that is not there yet.
    #[error("the answer `{0}` is still being written")]
    BeingWritten(Id),
    /// Answers that cannot be held against each other.
    #[error("the answers are not those of two columns to one question")]
    NoPair,
    /// No such question in this comparison.
    #[error("there is no such question in this comparison")]
    NoTurn,
    /// Too few answers to make something of.
    #[error("two or more answers are needed to make something of them, {0} are there")]
    TooFew(usize),
    /// Nothing says what is to be made.
    #[error("a merge `{0}` needs to be told what to go by")]
    NothingToMergeBy(&'static str),
    /// No model is known that could gather answers.
    #[error("no chat model with a known price can read all these answers")]
    NobodyMerges,
    /// An order that leaves columns out, or has others.
    #[error("the order does not have every column of the comparison once")]
    BadOrder,
    /// A persona cannot answer.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// A cursor that no list has given.
    #[error("`{0}` is not a cursor of this list")]
    BadCursor(String),
    /// No such prompt set for this owner.
    #[error("there is no prompt set `{0}`")]
    NoSet(Id),
    /// No such run for this owner.
    #[error("there is no run `{0}` of a prompt set")]
    NoRun(Id),
    /// Too few or too many prompts.
    #[error("a prompt set has 1 to 1000 prompts, not {0}")]
    Prompts(usize),
    /// A run that cannot go on.
    #[error("the run `{0}` is not stopped")]
    NotStopped(Id),
    /// Too few or too many columns of a run.
    #[error("a prompt set is put to 1 to 8 columns, not {0}")]
    RunColumns(usize),
    /// An assertion that is not understood.
    #[error(transparent)]
    Assertion(#[from] contrast::AssertionError),
    /// Something is to be judged, and nobody is named to do it.
    #[error("an assertion is to be judged, and no model is named to judge")]
    NoJudge,
    /// A cap that could not be held.
    #[error("what a model can cost at most is not known, so that the cost cannot be capped")]
    NoPrice,
    /// The table could not be written.
    #[error("the table could not be written: {0}")]
    Csv(String),
    /// The job could not be queued.
    #[error("the run could not be queued")]
    Job(#[from] store::JobError),
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The vote cannot be counted.
    #[error(transparent)]
    Vote(#[from] gateway::ExperimentError),
    /// The database failed.
    #[error("the comparison could not be read or written")]
    Database(#[from] sqlx::Error),
    /// What belongs together could not be written together.
    #[error("the comparison could not be written")]
    Store(#[from] store::DbError),
}

impl CompareError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoComparison(_)
            | Self::NoAnswer(_)
            | Self::NoColumn(_)
            | Self::NoTurn
            | Self::NoSet(_)
            | Self::NoRun(_) => ErrorKind::NotFound,
            Self::Empty
            | Self::TooLong { .. }
            | Self::Columns(_)
            | Self::NoModel
            | Self::NotAnImage(_)
            | Self::NoPair
            | Self::TooFew(_)
            | Self::NothingToMergeBy(_)
            | Self::NobodyMerges
            | Self::BadOrder
            | Self::Prompts(_)
            | Self::RunColumns(_)
            | Self::Assertion(_)
            | Self::NoJudge
            | Self::NoPrice
            | Self::BadCursor(_) => ErrorKind::Invalid,
            Self::BeingWritten(_) | Self::NotStopped(_) => ErrorKind::Conflict,
            Self::ShuttingDown => ErrorKind::Unavailable,
            Self::Vote(error) => error.kind(),
            Self::Cast(error) => error.kind,
            Self::Csv(_) | Self::Job(_) | Self::Database(_) | Self::Store(_) => ErrorKind::Internal,
        }
    }

    /// What to do about it.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoComparison(_)
            | Self::NoAnswer(_)
            | Self::NoColumn(_)
            | Self::NoTurn
            | Self::NoSet(_)
            | Self::NoRun(_) => Some("it may have been deleted in another window"),
            Self::Empty => Some("write something, or add a picture"),
            Self::TooLong { .. } => Some("add long texts to the library and ask about them"),
            Self::Columns(_) => Some("choose two or more models, and no more than eight"),
            Self::NoModel => Some("choose a model or a route for every column"),
            Self::NotAnImage(_) => Some("use PNG, JPEG, WebP or GIF, in base64"),
            Self::BeingWritten(_) => Some("wait for its end, or stop it"),
            Self::NoPair => Some("choose the answers of two different columns to the same question"),
            Self::TooFew(_) => Some("wait for the answers, or ask again where one failed"),
            Self::NothingToMergeBy(_) => {
                Some("tick what to take over, or say in your own words what you want")
            }
            Self::NobodyMerges => Some("name a model; what is measured needs none"),
            Self::BadOrder => Some("read the comparison again: a column may have been added"),
            Self::Cast(_) => Some("choose another persona, or a model"),
            Self::BadCursor(_) => Some("take the `next` of the page before"),
            Self::NotStopped(_) => Some("cancel its job first"),
            Self::RunColumns(_) => Some("choose one to eight models"),
            Self::Prompts(_) => Some("split it into several sets"),
            Self::Assertion(error) => Some(error.hint()),
            Self::NoJudge => Some("name a model that judges, or take those assertions away"),
            Self::NoPrice => {
                Some("give the model a price and its columns a most of tokens, or run without a cap")
            }
            Self::Csv(_) => Some("take the grid as JSON"),
            Self::ShuttingDown => Some("try again in a moment"),
            Self::Vote(_) => Some("vote between two answers that were given"),
            Self::Job(_) | Self::Database(_) | Self::Store(_) => {
                Some("`familiar doctor` checks the database and the disk")
            }
        }
    }
}
