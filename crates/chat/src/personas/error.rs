//! Why something cannot be done with a persona.

use crate::ChatError;
use base::{ErrorKind, Id};
use gateway::GatewayError;
use persona::PersonaError;
use store::{BlobError, RecordError};

/// A failed operation on personas.
#[derive(Debug, thiserror::Error)]
pub enum PersonasError {
    /// It is not there, has changed meanwhile, or is not as it should be.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file that is no persona.
    #[error(transparent)]
    Card(#[from] PersonaError),
    /// A picture or file could not be kept or found.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Something about conversations failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The model that was asked did not answer.
    #[error(transparent)]
    Model(#[from] GatewayError),
    /// The model's answer broke off.
    #[error("the model's answer broke off: {0}")]
    BrokeOff(String),
    /// It has no picture.
    #[error("the persona `{0}` has no picture")]
    NoPicture(Id),
    /// Something that is no picture.
    #[error("the file is no picture")]
    NotAPicture,
    /// A picture that is too large.
    #[error("the picture has {size_bytes} bytes, {limit_bytes} are allowed")]
    PictureTooLarge {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A cursor that no list has given.
    #[error("`{0}` is not a cursor of this list")]
    BadCursor(String),
    /// Feelings that go too far.
    #[error("feelings move by 0 to 200 percent, and traits drift by 0 to 50 points")]
    Temper,
    /// No such entry in the log of a persona.
    #[error("there is no entry `{0}` in the log of this persona")]
    NoFeeling(Id),
    /// Questions that cannot be asked.
    #[error("{0}")]
    Questions(String),
    /// No such run of questions.
    #[error("there is no check `{0}` of this persona")]
    NoCheck(Id),
    /// Nothing that could be exported.
    #[error("no persona is found to export")]
    NothingToExport,
    /// Reading or writing a card ended unexpectedly.
    #[error("the card could not be worked on")]
    Broken,
}

impl PersonasError {
    /// The kind, for the edge.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Record(error) => error.kind(),
            Self::Card(error) => error.kind(),
            Self::Blob(error) => error.kind(),
            Self::Chat(error) => error.kind(),
            Self::Model(error) => error.kind(),
            Self::BrokeOff(_) => ErrorKind::Upstream,
            Self::NoPicture(_) | Self::NoFeeling(_) | Self::NoCheck(_) | Self::NothingToExport => {
                ErrorKind::NotFound
            }
            Self::Temper | Self::Questions(_) => ErrorKind::Invalid,
            Self::NotAPicture | Self::PictureTooLarge { .. } | Self::BadCursor(_) => ErrorKind::Invalid,
            Self::Broken => ErrorKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Record(error) => error.hint().map(str::to_owned),
            Self::Card(error) => Some(error.hint().to_owned()),
            Self::Blob(error) => error.hint().map(str::to_owned),
            Self::Chat(error) => error.hint().map(str::to_owned),
            Self::Model(error) => Some(error.hint()),
            Self::BrokeOff(_) => Some("try again, or another model".to_owned()),
            Self::NoPicture(_) => Some("give it a picture first".to_owned()),
            Self::Temper => Some("choose less".to_owned()),
            Self::NoFeeling(_) | Self::NoCheck(_) => {
                Some("it may have been forgotten in another window".to_owned())
            }
            Self::Questions(_) => Some("put the question right, or leave it out".to_owned()),
            Self::NothingToExport => Some("search for other words, or make a persona first".to_owned()),
            Self::NotAPicture => Some("use PNG, JPEG, WebP or GIF".to_owned()),
            Self::PictureTooLarge { .. } => Some("make the picture smaller".to_owned()),
            Self::BadCursor(_) => Some("take the `next` of the page before".to_owned()),
            Self::Broken => Some("try again; the log has more".to_owned()),
        }
    }
}
