//! Documents in, passages and cited answers out.
//!
//! A [`Library`] keeps files, reads them in the background into passages, and finds those again. Files are
//! read by the crate `reading` inside of a child process ([`worker`], [`Reader`]), cut along their structure by
//! [`chunk`], and found by the crate `search`, with an embedder by what they mean as well (`vectors`). The [`model`] names what goes in and out. The [`Librarian`]
//! answers from them without a language model, [`grounding`] lets one answer from them.
//!
//! Reading order: [`model`], [`config`](Config), [`library`](Library), the crate `reading`, [`chunk`],
//! [`librarian`](Librarian), [`grounding`].

pub mod chunk;
mod config;
mod db;
mod error;
pub mod grounding;
mod jobs;
mod librarian;
mod library;
pub mod model;
mod passage;
mod question;
pub mod sentence;
pub mod tools;

pub use config::Config;
pub use error::LibraryError;
pub use librarian::{LIBRARIAN_ID, LIBRARIAN_NOTICE, Librarian};
pub use library::{Coverage, EntryField, Library, Parts, fields_of};
pub use library::{FUSION, MOST_BOOKMARKS, MOST_TAG_CHARS, MOST_TAGS, MOST_WATCHED, SHIPPED_SYNONYMS};
pub use llm::{Embedders, Embedding};
pub use model::{
    Added, Bookmark, Chip, ChipKind, Collection, CorrectedField, Counting, Document, DocumentChange,
    DocumentField, DocumentFilter, DocumentKind, DocumentPage, Entry, EntryChange, Facet, FacetCounts,
    Filter, Format, FoundKind, HANDBOOK_COLLECTION, HitOrder, KeptDocuments, NewDocument, NewWatch, Original,
    PartialDate, PassageView, Problem, ProblemCode, Progress, SearchHit, SearchMode, SearchRequest,
    SearchResults, SkippedFile, Sort, Stage, Status, TagChange, TagsOf, UsedTag, WatchProblem, WatchedFolder,
    WordsOnly,
};
pub use reading::{Reader, worker};
pub use statblock::{Kind, UnknownKind};
