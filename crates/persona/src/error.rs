//! Why a file is no persona.

use base::ErrorKind;
use std::fmt;

/// A place in a text, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of this byte of the text.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A file that cannot be read as a persona, or a persona that cannot be written in a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonaError {
    /// More than is read.
    #[error("{what} has {found}, {limit} are allowed")]
    TooLarge {
        /// Which part of it.
        what: String,
        /// How much there is, with its unit.
        found: String,
        /// How much may be.
        limit: usize,
    },
    /// Something in the archive or picture unpacks to more than is read.
    #[error("{what} unpacks to more than {limit_bytes} bytes")]
    Unpacks {
        /// Which part of it.
        what: String,
        /// How much may be.
        limit_bytes: u64,
    },
    /// None of the known formats.
    #[error("the file is no PNG picture, no CHARX archive, no JSON and no XML")]
    UnknownFormat,
    /// A known format whose rules it breaks.
    #[error("the {format} is damaged: {reason}")]
    Damaged {
        /// Which format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A good file without a card.
    #[error("there is no character card in this {0}")]
    NoCard(&'static str),
    /// JSON that is something else.
    #[error("this JSON is not a character card: {0}")]
    NotACard(String),
    /// A lorebook by itself.
    #[error("this is a lorebook, not a persona")]
    ALorebook,
    /// JSON or XML that breaks the rules of the language, and where.
    #[error("{position}: {message}")]
    Syntax {
        /// Where.
        position: Position,
        /// What.
        message: String,
    },
    /// XML that the schema does not allow; every place.
    #[error("{}", told(.0))]
    Schema(Vec<(Position, String)>),
    /// A picture of another kind where a PNG is needed.
    #[error("the persona's picture is no PNG, and only a PNG can carry a card")]
    NotAPng,
    /// The persona could not be written.
    #[error("the {format} cannot be written: {reason}")]
    NotWritten {
        /// Which format.
        format: &'static str,
        /// Why.
        reason: String,
    },
}

fn told(places: &[(Position, String)]) -> String {
    let lines: Vec<String> =
        places.iter().map(|(position, message)| format!("{position}: {message}")).collect();
    lines.join("\n")
}

impl PersonaError {
    /// The kind, for the edge.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotWritten { .. } => ErrorKind::Internal,
            Self::TooLarge { .. }
            | Self::Unpacks { .. }
            | Self::UnknownFormat
            | Self::Damaged { .. }
            | Self::NoCard(_)
            | Self::NotACard(_)
            | Self::ALorebook
            | Self::Syntax { .. }
            | Self::Schema(_)
            | Self::NotAPng => ErrorKind::Invalid,
        }
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "split it, or leave out what is not needed",
            Self::Unpacks { .. } => {
                "a file that grows so much when unpacked is made to do harm; do not use it"
            }
            Self::UnknownFormat => "give it a character card as .json, .png or .charx, or a persona as .xml",
            Self::Damaged { .. } => "download it again, or export it once more where it comes from",
            Self::NoCard(_) => {
                "pictures lose their card when a site converts them; look for the original file"
            }
            Self::NotACard(_) => "a card has a name and a description, alone or under `data`",
            Self::ALorebook => "open a persona and import the lorebook there",
            Self::Syntax { .. } => "put the file right at this place",
            Self::Schema(_) => "`docs/persona.xsd` says what may stand where",
            Self::NotAPng => "give the persona a PNG picture, or export it as CHARX or JSON",
            Self::NotWritten { .. } => "export it as JSON, and tell us about it",
        }
    }
}
