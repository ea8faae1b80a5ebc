//! Why a file cannot be read.

use thiserror::Error;

/// Why nothing can be read out of a file.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is none of the formats that are known.
    #[error("this is no export of conversations that Familiar knows")]
    Unknown,
    /// It is not JSON where JSON is expected.
    #[error("the file is damaged: line {line}, column {column}: {why}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser says.
        why: String,
    },
    /// Its messages stand one inside the other, more of them than can be read so.
    #[error("the messages stand one inside the other, too many of them")]
    TooDeep,
    /// The archive cannot be read.
    #[error("the archive cannot be read: {0}")]
    Archive(String),
    /// An archive without conversations.
    #[error("there is no `conversations.json` in the archive")]
    NothingInside,
    /// It is larger than is read.
    #[error("the file is larger than {0} MB unpacked")]
    TooLarge(u64),
}

impl ReadError {
    /// The kind the caller sees.
    pub const fn kind(&self) -> base::ErrorKind {
        base::ErrorKind::Invalid
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unknown => {
                "take the export as it came: `conversations.json` or the whole archive of ChatGPT or Claude, the JSON of Open WebUI or LibreChat, a chat of SillyTavern, or an export of Familiar"
            }
            Self::TooDeep => {
                "export the conversation as a list of messages, not as a tree (in LibreChat: not recursive)"
            }
            Self::Json { .. } | Self::Archive(_) => "export or download it again; it may have been cut off",
            Self::NothingInside => "choose the archive that the program sent, unchanged",
            Self::TooLarge(_) => "unpack the archive and import `conversations.json` in parts",
        }
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        // The parser has no other way to say so.
        if error.to_string().starts_with("recursion limit exceeded") {
            return Self::TooDeep;
        }
        Self::Json { line: error.line(), column: error.column(), why: error.to_string() }
    }
}
