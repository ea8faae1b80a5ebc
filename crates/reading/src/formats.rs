//! Reading files: which format it is, by content, and what stands in it.
//!
//! Every reader is a pure function from bytes to [`ReadEvent`]s. Limits on unpacked sizes are kept here;
//! limits on time and memory are kept by the process around it (see [`crate::reader`]).

mod archive;
mod csv;
mod detect;
mod docx;
mod email;
mod epub;
mod fb2;
mod html;
mod markdown;
mod mobi;
mod ocr;
mod office;
mod opendocument;
mod pdf;
mod picture;
mod pptx;
mod rtf;
mod sections;
mod sheet;
mod subtitles;
pub mod text;
mod xlsx;
mod xml;

pub use detect::detect;
pub(crate) use detect::is_pdf;

use crate::{Format, Limits, PartialDate, Problem, ProblemCode, block::Block};
use serde::{Deserialize, Serialize};

/// What a reader is told beside the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The file's name: tells kinds of text apart where the content allows several.
    pub file_name: String,
    /// The limits.
    pub limits: Limits,
    /// First page to read, from 1: the ones before are there already.
    pub first_page: u32,
    /// Pages to leave out, because a reader hung or crashed on them.
    pub skip_pages: Vec<u32>,
    /// Whether a PDF's tree of pages is taken as it is, because a reader died before it could say what the file is.
    #[serde(default)]
    pub trusts_page_tree: bool,
}

impl ReadOptions {
    /// Everything, under these limits.
    pub fn new(file_name: impl Into<String>, limits: Limits) -> Self {
        Self {
            file_name: file_name.into(),
            limits,
            first_page: 1,
            skip_pages: Vec::new(),
            trusts_page_tree: false,
        }
    }
}

/// What a reader tells while it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ReadEvent {
    /// The file is of this format.
    Opened(Opened),
    /// Work on a page has begun; several may be under way. Told once more when its text is going to be recognised in
    /// pictures.
    PageStarted {
        /// Which.
        page: u32,
    },
    /// Work on a page has ended.
    PageRead {
        /// Which.
        page: u32,
    },
    /// The next piece of the document, in reading order.
    Section {
        /// Up to which page (or part, for formats without pages) the text has come.
        through: u32,
        /// Its blocks.
        blocks: Vec<Block>,
    },
    /// A part of the document could not be read.
    Warning {
        /// Why.
        problem: Problem,
    },
    /// Nothing more can be read.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// All is read.
    Done,
}

/// What is known of a document when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its format.
    pub format: Format,
    /// How many pages it has, where the format has pages.
    pub pages: Option<u32>,
    /// How many parts will be read (pages, chapters), for the progress.
    pub parts: u32,
    /// Its own title.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Who published it.
    #[serde(default)]
    pub publisher: Option<String>,
    /// When it was published.
    #[serde(default)]
    pub published: Option<PartialDate>,
    /// When it was made.
    #[serde(default)]
    pub made: Option<PartialDate>,
}

impl Opened {
    fn new(format: Format) -> Self {
        Self {
            format,
            pages: None,
            parts: 1,
            title: None,
            author: None,
            language: None,
            publisher: None,
            published: None,
            made: None,
        }
    }
}

/// Where events go. Readers may call it from several threads.
pub type Sink<'a> = &'a (dyn Fn(ReadEvent) + Sync);

/// Reads a file. Ends with [`ReadEvent::Done`] or [`ReadEvent::Failed`].
pub fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) {
    let handed_over = |event: ReadEvent| sections::hand_over(event, sink);
    match read_detected(bytes, options, &handed_over) {
        Ok(()) => sink(ReadEvent::Done),
        Err(problem) => sink(ReadEvent::Failed { problem }),
    }
}

fn read_detected(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > options.limits.max_file_bytes {
        return Err(file_too_large(bytes.len(), &options.limits));
    }
    match detect(bytes, &options.file_name)? {
        Format::Pdf => pdf::read(bytes, options, sink),
        Format::Epub => epub::read(bytes, options, sink),
        Format::Mobi => mobi::read(bytes, options, sink),
        Format::Fb2 => fb2::read(bytes, options, sink),
        Format::Docx => docx::read(bytes, options, sink),
        Format::Pptx => pptx::read(bytes, options, sink),
        Format::Xlsx => xlsx::read(bytes, options, sink),
        format @ (Format::Odt | Format::Ods | Format::Odp) => {
            opendocument::read(bytes, options, format, sink)
        }
        Format::Rtf => rtf::read(bytes, sink),
        Format::Html => html::read(bytes, sink),
        Format::Markdown => markdown::read(bytes, sink),
        Format::Csv => csv::read(bytes, sink),
        Format::Text => text::read(bytes, options, sink),
        Format::Email => email::read(bytes, sink),
        Format::Subtitles => subtitles::read(bytes, sink),
        Format::Picture => picture::read(bytes, options, sink),
    }
}

/// Why a file of this size is refused.
pub fn file_too_large(bytes: usize, limits: &Limits) -> Problem {
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    Problem::new(
        ProblemCode::TooLarge,
        format!(
            "the file has {} MB, the limit is {} MB",
            megabytes(u64::try_from(bytes).unwrap_or(u64::MAX)),
            megabytes(limits.max_file_bytes)
        ),
    )
}

/// Blocks of one section at the most, so that a huge file does not travel in one piece.
const SECTION_BLOCKS: usize = 500;

/// Hands over blocks in sections of bearable size.
fn send_blocks(through: u32, blocks: Vec<Block>, sink: Sink<'_>) {
    let mut rest = blocks.into_iter().peekable();
    while rest.peek().is_some() {
        let section = rest.by_ref().take(SECTION_BLOCKS).collect();
        sink(ReadEvent::Section { through, blocks: section });
    }
}

/// The error of a document that has no text at all.
fn no_text() -> Problem {
    Problem::new(ProblemCode::Empty, "there is no text in the file")
}

/// A title as people would write it; nothing when it says nothing.
fn clean_title(title: &str) -> Option<String> {
    let mut clean = String::new();
    crate::block::push_collapsed(&mut clean, title.trim_start_matches("Microsoft Word - "));
    let clean = clean.trim();
    let lower = clean.to_lowercase();
    let says_nothing = clean.chars().filter(|character| character.is_alphanumeric()).count() < 2
        || lower.starts_with("untitled")
        || clean.contains(['\u{fffd}', '\0'])
        || [".doc", ".docx", ".dvi", ".indd", ".tex", ".qxd", ".pdf"].iter().any(|end| lower.ends_with(end));
    (!says_nothing).then(|| clean.chars().take(300).collect())
}

/// A publisher's name as people would write it; nothing when it says nothing.
fn clean_publisher(name: &str) -> Option<String> {
    const MEANINGLESS: [&str; 6] = ["unknown", "none", "n/a", "publisher", "microsoft", "home"];
    let mut clean = String::new();
    crate::block::push_collapsed(&mut clean, name);
    let clean = clean.trim();
    let says_nothing = !clean.chars().any(char::is_alphanumeric)
        || clean.contains(['\u{fffd}', '\0'])
        || MEANINGLESS.contains(&clean.to_lowercase().as_str());
    (!says_nothing).then(|| clean.chars().take(200).collect())
}

/// A language as files name it (BCP 47, mostly); nothing when it is none.
fn clean_language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    let fits = (2..=35).contains(&tag.len())
        && tag.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && tag.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-')
        && tag != "x-default";
    fits.then(|| tag.to_owned())
}
