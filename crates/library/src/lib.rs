//! Documents in, passages and cited answers out.
//!
//! A [`Library`] keeps files, reads them in the background into passages, and finds those again. Files are
//! read by [`formats`] inside of a child process ([`worker`], [`reader`]), cut along their structure by
//! [`chunk`], and found by the crate `search`. The [`model`] names what goes in and out.
//!
//! Reading order: [`model`], [`config`](Config), [`library`](Library), [`reader`], [`formats`], [`chunk`].

mod block;
pub mod chunk;
mod config;
mod db;
mod error;
pub mod formats;
mod jobs;
mod library;
pub mod model;
mod passage;
mod question;
pub mod reader;
pub mod sentence;
pub mod worker;

pub use block::{Block, BlockKind};
pub use config::Config;
pub use error::LibraryError;
pub use library::{Library, Parts};
pub use model::{
    Added, Collection, Document, DocumentChange, DocumentFilter, DocumentPage, Format, HANDBOOK_COLLECTION,
    NewDocument, Original, PassageView, Problem, ProblemCode, Progress, SearchHit, SearchRequest,
    SearchResults, Sort, Stage, Status,
};
pub use reader::Reader;
