//! Why something in the memory cannot be done.

use base::{ErrorKind, Id};
use store::DbError;

/// A failed operation on what is known.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// No such fact for this owner.
    #[error("there is no fact `{0}`")]
    NoFact(Id),
    /// Nothing is said.
    #[error("the fact is empty")]
    Empty,
    /// More than a fact may hold.
    #[error("the fact has {size_bytes} bytes, {limit_bytes} are allowed")]
    TooLong {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A scope that is none.
    #[error("`{0}` is no scope")]
    BadScope(String),
    /// It ends before it begins.
    #[error("the fact is true until a moment that is before the one it is true from")]
    Backwards,
    /// It was changed meanwhile.
    #[error("the fact `{0}` is not current any more")]
    Gone(Id),
    /// The person struck it out, and nobody else brings it back.
    #[error("the fact `{0}` was struck out by the person")]
    Struck(Id),
    /// A cursor that no list has given.
    #[error("`{0}` is not a cursor of this list")]
    BadCursor(String),
    /// The database failed.
    #[error("what is known could not be read or written")]
    Database(#[from] DbError),
}

impl From<sqlx::Error> for MemoryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl MemoryError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoFact(_) => ErrorKind::NotFound,
            Self::Empty | Self::TooLong { .. } | Self::BadScope(_) | Self::Backwards | Self::BadCursor(_) => {
                ErrorKind::Invalid
            }
            Self::Gone(_) | Self::Struck(_) => ErrorKind::Conflict,
            Self::Database(error) => error.kind(),
        }
    }

    /// What to do about it.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFact(_) => Some("it may have been forgotten in another window"),
            Self::Empty => Some("say what is to be remembered"),
            Self::TooLong { .. } => Some("add long texts to the library and ask about them"),
            Self::BadScope(_) => Some("use `user`, `persona:ID`, `project:NAME` or `campaign:ID`"),
            Self::Backwards => Some("swap the two moments, or leave one out"),
            Self::Gone(_) => Some("look at its history, and change the fact that took its place"),
            Self::Struck(_) => Some("let it count again on the page Memory"),
            Self::BadCursor(_) => Some("take the `next` of the page before"),
            Self::Database(_) => Some("`familiar doctor` checks the database and the disk"),
        }
    }
}
