//! The nouns of the library: documents, their states, passages and searches.

mod bookmark;
mod entry;
mod facts;
mod report;
mod watched;

pub use bookmark::Bookmark;
pub use entry::{Entry, EntryChange};
pub use facts::{CorrectedField, DocumentField, TagChange, TagsOf, UsedTag};
pub use report::{AskedOften, OpenedOften, SearchReport, SearchTotals};
pub use watched::{KeptDocuments, NewWatch, SkippedFile, WatchProblem, WatchedFolder};

pub(crate) use entry::Correction;

pub use search::{Chip, ChipKind, Counting, Facet, FacetCounts, Filter};

pub use classify::{DocumentKind, UnknownDocumentKind};

pub use reading::{Format, PartialDate, Problem, ProblemCode};

use base::{Id, OwnerId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt, ops::Range, str::FromStr};

/// The collection that Familiar's own handbook lies in.
pub const HANDBOOK_COLLECTION: &str = "handbook";

/// A file to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// Its name, with its folder where a folder was given; only for people, the format comes from the bytes.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The collection to put it in.
    pub collection: Option<String>,
}

/// What became of a file that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// The document: the new one, or the one that has the same bytes already.
    pub document_id: Id,
    /// The job that takes it in; none when nothing is left to do.
    pub job_id: Option<Id>,
    /// Whether the owner had a document of the same bytes.
    pub duplicate: bool,
}

/// A document and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub owner: OwnerId,
    /// Its own title, or its file's name without ending; or what a person says.
    pub title: String,
    /// Who wrote it, if it says so.
    pub author: Option<String>,
    /// Its language, if it says so (as it says it, mostly BCP 47).
    pub language: Option<String>,
    /// Who published it, if it says so.
    pub publisher: Option<String>,
    /// When it was published (a letter: sent), as far as it says so.
    pub published: Option<PartialDate>,
    /// When the file, or what stands in it, was made, as far as it says so.
    pub made: Option<PartialDate>,
    /// What kind of document it was found to be; none while it was not looked at.
    pub found_kind: Option<FoundKind>,
    /// What a person says that it is.
    pub chosen_kind: Option<DocumentKind>,
    /// The file's name, with its folder where a folder was given.
    pub file_name: String,
    /// The collection it lies in.
    pub collection: Option<String>,
    /// Its tags, in small letters, in their order.
    pub tags: Vec<String>,
    /// What a person put right, with what it says itself there.
    pub corrected: Vec<CorrectedField>,
    /// Its format, once known.
    pub format: Option<Format>,
    /// Its size.
    pub size_bytes: u64,
    /// Its pages, where it has any.
    pub pages: Option<u32>,
    /// How many passages it was cut into.
    pub chunk_count: u64,
    /// Where it stands.
    pub status: Status,
    /// What is being done with it now, and how far that is.
    pub progress: Option<Progress>,
    /// Why it cannot be read.
    pub failure: Option<Problem>,
    /// What went wrong with parts of it, such as single pages.
    pub warnings: Vec<Problem>,
    /// The job that worked on it last.
    pub job_id: Option<Id>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; such a document can be restored.
    pub deleted_at: Option<Timestamp>,
}

impl Document {
    /// What kind of document it is: what a person says, else what it was found to be.
    pub fn kind(&self) -> Option<DocumentKind> {
        self.chosen_kind.or_else(|| self.found_kind.as_ref().and_then(|found| found.kind))
    }
}

/// What kind of document something was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundKind {
    /// The kind; none where too little speaks for any.
    pub kind: Option<DocumentKind>,
    /// How much of what was found speaks for it (or the likeliest, where none is told), from 0 to 1.
    pub share: f64,
    /// The signals that said so, the strongest first, by their names in the crate `classify`.
    pub because: Vec<String>,
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waiting for its turn.
    Queued,
    /// Being read.
    Processing,
    /// Can be searched.
    Ready,
    /// Could not be read, or was stopped; its `failure` says why.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Processing, Self::Ready, Self::Failed];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// What the ingest is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the file.
    Extract,
    /// Cutting it into passages.
    Chunk,
    /// Making the passages searchable.
    Index,
    /// Making vectors of what they mean.
    Embed,
}

impl Stage {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Chunk => "chunk",
            Self::Index => "index",
            Self::Embed => "embed",
        }
    }
}

macro_rules! named {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}
named!(Status, Stage, SearchMode, HitOrder);

/// A text that names none of the known values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {known}")]
pub struct UnknownName {
    text: String,
    known: String,
}

fn by_name<T: Copy + fmt::Display>(all: &[T], text: &str) -> Result<T, UnknownName> {
    all.iter().copied().find(|value| value.to_string() == text).ok_or_else(|| UnknownName {
        text: text.to_owned(),
        known: all.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    })
}

impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(&Self::ALL, text)
    }
}

/// How far the ingest of a document is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of this stage is done, from 0 to 1.
    pub fraction: f64,
}

impl Progress {
    /// So much of so much.
    pub(crate) fn of(stage: Stage, done: u64, total: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
        let fraction = (done as f64 / total.max(1) as f64).clamp(0.0, 1.0);
        Self { stage, fraction }
    }
}

/// Which documents to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only those with this in the title or the file's name, whatever the case; empty means all.
    pub text: String,
    /// Only those in this collection.
    pub collection: Option<String>,
    /// Only those with this tag, in small letters.
    pub tag: Option<String>,
    /// Only those that stand here.
    pub status: Option<Status>,
    /// Only those of this format.
    pub format: Option<Format>,
    /// The deleted ones instead of the others.
    pub deleted: bool,
    /// In what order.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
    /// How many at the most (1 to 1,000).
    pub limit: u32,
    /// How many to leave out first.
    pub offset: u32,
}

impl Default for DocumentFilter {
    fn default() -> Self {
        Self {
            text: String::new(),
            collection: None,
            tag: None,
            status: None,
            format: None,
            deleted: false,
            sort: Sort::Added,
            descending: true,
            limit: 100,
            offset: 0,
        }
    }
}

/// In what order to list documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By when they were added.
    #[default]
    Added,
    /// By title.
    Title,
    /// By size.
    Size,
    /// By the number of pages; those without any count as none.
    Pages,
    /// By what is left to do: not readable, being read, waiting, ready.
    Status,
}

/// Some of the documents.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPage {
    /// Those on this page.
    pub documents: Vec<Document>,
    /// How many there are in all.
    pub total: u64,
}

/// A collection and how much is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// How many documents lie in it.
    pub documents: u64,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// What the person typed, in the syntax of [`search::Query`].
    pub text: String,
    /// Only in these documents; empty means everywhere.
    pub document_ids: Vec<Id>,
    /// Only in this collection.
    pub collection: Option<String>,
    /// How many hits at the most.
    pub limit: usize,
    /// How many of the best to leave out.
    pub offset: usize,
    /// By words, by meaning, or both.
    pub mode: SearchMode,
    /// What is not to be made of words, by the keys of [`Chip`]s.
    pub switched_off: Vec<String>,
    /// What is only proposed and is to be done, by the keys of [`Chip`]s.
    pub switched_on: Vec<String>,
    /// Only what is of this; with a choice and no words, each entry once.
    pub filter: Filter,
    /// Whether passages are counted by facets.
    pub counting: Counting,
    /// In what order hits come.
    pub order: HitOrder,
}

impl SearchRequest {
    /// The ten best passages, everywhere, by words and meaning.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            document_ids: Vec::new(),
            collection: None,
            limit: 10,
            offset: 0,
            mode: SearchMode::default(),
            switched_off: Vec::new(),
            switched_on: Vec::new(),
            filter: Filter::default(),
            counting: Counting::No,
            order: HitOrder::default(),
        }
    }
}

/// In what order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitOrder {
    /// The best first.
    #[default]
    Best,
    /// The two hundred best by document and, within it, by place.
    Place,
}

impl HitOrder {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Best, Self::Place];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Place => "place",
        }
    }
}

impl FromStr for HitOrder {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(&Self::ALL, text)
    }
}

/// How passages are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// By words and by meaning, as far as there are vectors.
    #[default]
    Hybrid,
    /// By words only.
    Keyword,
    /// By meaning only.
    Semantic,
}

impl SearchMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Hybrid, Self::Keyword, Self::Semantic];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Keyword => "keyword",
            Self::Semantic => "semantic",
        }
    }
}

impl FromStr for SearchMode {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        by_name(&Self::ALL, text)
    }
}

/// Why a search went by words only, though more was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordsOnly {
    /// No model makes vectors here.
    NoEmbedder,
    /// No passage has a vector yet.
    NoVectors,
    /// The model failed just now.
    EmbedderFailed(String),
    /// What has the vectors failed just now, or is being filled again.
    EngineFailed(String),
}

impl WordsOnly {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoEmbedder => "no_embedder",
            Self::NoVectors => "no_vectors",
            Self::EmbedderFailed(_) => "embedder_failed",
            Self::EngineFailed(_) => "engine_failed",
        }
    }
}

impl fmt::Display for WordsOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEmbedder => f.write_str("searched by words only: no model makes vectors here"),
            Self::NoVectors => f.write_str("searched by words only: no passage has a vector yet"),
            Self::EmbedderFailed(why) | Self::EngineFailed(why) => write!(f, "searched by words only: {why}"),
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchResults {
    /// The best first.
    pub hits: Vec<SearchHit>,
    /// How many there are in all.
    pub total: usize,
    /// Words that nobody wrote, and what they were taken for.
    pub corrections: Vec<(String, Vec<String>)>,
    /// What was made of words, and what of it was switched off.
    pub chips: Vec<Chip>,
    /// How it was searched.
    pub mode: SearchMode,
    /// Why not as was asked.
    pub words_only: Option<WordsOnly>,
    /// How many passages have which value, where that was asked for. Those that only meaning found are counted where
    /// they are among the nearest.
    pub facets: FacetCounts,
    /// The titles of the documents among the facets, of the two hundred that most hits stand in.
    pub titles: HashMap<String, String>,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The passage.
    pub passage: llm::Passage,
    /// The bytes of its text that match: in order, apart from each other.
    pub highlights: Vec<Range<usize>>,
    /// The bytes of its text to show in a list.
    pub snippet: Range<usize>,
    /// Whether its words match.
    pub by_words: bool,
    /// How near it is in meaning, from -1 to 1, where it was found by that.
    pub likeness: Option<f32>,
    /// The entries that it belongs to.
    pub entries: Vec<Entry>,
}

/// A passage in its place: on its page, or in its section where the format has no pages.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageView {
    /// The passage.
    pub chunk_id: String,
    /// The document it stands in.
    pub document: Document,
    /// The headings it stands under, outermost first, joined by ` › `.
    pub heading: Option<String>,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// What stands before it on that page (or the passage before it).
    pub before: String,
    /// The passage itself.
    pub text: String,
    /// What stands after it on the page it ends on (or the passage after it).
    pub after: String,
    /// The passage before it.
    pub previous_chunk_id: Option<String>,
    /// The passage after it.
    pub next_chunk_id: Option<String>,
}

/// A file as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its name, without folder.
    pub file_name: String,
    /// Its MIME type, by content; `application/octet-stream` while unknown.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A document was added, moved on, changed, deleted or restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentChange {
    /// Whose it is.
    pub owner: OwnerId,
    /// Which.
    pub document_id: Id,
    /// Whether it is gone from the lists.
    pub removed: bool,
}
