//! What a file is.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// An e-book in the EPUB container.
    Epub,
    /// An e-book of Mobipocket's kinds: MOBI, AZW, AZW3 (KF8), and texts for Palm.
    Mobi,
    /// An e-book of one XML file (FictionBook).
    Fb2,
    /// A Word document (Office Open XML).
    Docx,
    /// A PowerPoint presentation (Office Open XML).
    Pptx,
    /// An Excel workbook (Office Open XML).
    Xlsx,
    /// A text in OpenDocument.
    Odt,
    /// A spreadsheet in OpenDocument.
    Ods,
    /// A presentation in OpenDocument.
    Odp,
    /// Rich Text Format.
    Rtf,
    /// A web page.
    Html,
    /// Markdown (CommonMark with tables).
    Markdown,
    /// Plain text, source code included.
    Text,
    /// A table as comma- (or semicolon-, or tab-) separated values.
    Csv,
    /// A letter as mail programs store it.
    Email,
    /// What is said in a film: SubRip or WebVTT.
    Subtitles,
    /// A picture of a page: PNG, JPEG, TIFF, GIF or WebP.
    Picture,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 18] = [
        Self::Pdf,
        Self::Epub,
        Self::Mobi,
        Self::Fb2,
        Self::Docx,
        Self::Pptx,
        Self::Xlsx,
        Self::Odt,
        Self::Ods,
        Self::Odp,
        Self::Rtf,
        Self::Html,
        Self::Markdown,
        Self::Text,
        Self::Csv,
        Self::Email,
        Self::Subtitles,
        Self::Picture,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Epub => "epub",
            Self::Mobi => "mobi",
            Self::Fb2 => "fb2",
            Self::Docx => "docx",
            Self::Pptx => "pptx",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Rtf => "rtf",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Email => "email",
            Self::Subtitles => "subtitles",
            Self::Picture => "picture",
        }
    }

    /// The MIME type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Epub => "application/epub+zip",
            Self::Mobi => "application/x-mobipocket-ebook",
            Self::Fb2 => "application/x-fictionbook+xml",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Rtf => "application/rtf",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Email => "message/rfc822",
            Self::Subtitles => "application/x-subrip",
            // Which kind it is does not matter to who only hands it on.
            Self::Picture => "application/octet-stream",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format that is read")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let named = Self::ALL.into_iter().find(|format| format.as_str() == text);
        named.ok_or_else(|| UnknownFormat(text.chars().take(40).collect()))
    }
}
