//! Why a document, or a part of it, cannot be read.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a document, or a part of it, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The class.
    pub code: ProblemCode,
    /// What happened; lower case, no full stop.
    pub message: String,
    /// On which page, from 1; `None` when it is about the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

impl Problem {
    /// A problem of the whole file.
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), page: None }
    }

    /// A problem of one page.
    pub fn on_page(code: ProblemCode, page: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), page: Some(page) }
    }

    /// What the person can do about it.
    pub const fn hint(&self) -> &'static str {
        self.code.hint()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.page {
            Some(page) => write!(f, "page {page}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The class of a [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The file has no bytes, or no text in it.
    Empty,
    /// The pages are pictures: there is no text layer.
    Scanned,
    /// Text was recognised in pictures and may have mistakes.
    Recognised,
    /// A password is needed.
    Encrypted,
    /// No format that can be read.
    Unsupported,
    /// The file does not follow its format.
    Damaged,
    /// It is larger than what is accepted (file, pages, or what its archive unpacks to).
    TooLarge,
    /// Reading it took too long.
    TooSlow,
    /// Reading it took too much memory, or crashed the reader.
    Crashed,
    /// A person stopped it.
    Cancelled,
    /// Familiar's own storage failed.
    Internal,
}

impl ProblemCode {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Scanned => "scanned",
            Self::Recognised => "recognised",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::Damaged => "damaged",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Crashed => "crashed",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// What the person can do about it.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Empty => "check that this is the right file",
            Self::Scanned => {
                "install the program tesseract and process it again, or run it through another text recognition (OCR) and add the result"
            }
            Self::Recognised => "look at the original where it matters",
            Self::Encrypted => "save a copy without password and add that",
            Self::Unsupported => "save it as PDF, EPUB, DOCX, ODT, HTML, Markdown, text or CSV and add that",
            Self::Damaged => "open it in the program that made it, save it anew and add that",
            Self::TooLarge => "split the file, or raise the limit in the configuration (section `library`)",
            Self::TooSlow | Self::Crashed => "print the file to a new PDF and add that, or split it",
            Self::Cancelled => "process it again when you want it",
            Self::Internal => "check the disk and the log, then process it again",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
