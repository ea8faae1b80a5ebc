//! Full-text search: an inverted index behind plain types.
//!
//! [`Index`] keeps passages ([`Entry`]) and finds them again by BM25 over English stems, with headings and
//! titles weighing more than the body. What a person types is read by [`Query`]'s forgiving syntax: words,
//! `"phrase"`, `word*`, `w?rd`, `word~`, `-word`, `title:word`, `heading:word`, `text:word`, `tag:name`; no text is an error. A word that nobody wrote is taken for a
//! typo. Nothing of the engine below shows in the interface, so that another one (or vectors beside it) can
//! stand behind it.
//!
//! ```
//! use search::{Entry, Index, Query};
//!
//! let index = Index::in_memory()?;
//! index.add(&[Entry {
//!     id: "c1".into(),
//!     owner: base::Id::FIRST_OWNER,
//!     document_id: "d1".into(),
//!     title: "Rules".into(),
//!     heading: "Conditions › Prone".into(),
//!     body: "A prone creature can only crawl.".into(),
//!     page: Some(12),
//!     facets: search::Facets::default(),
//! }])?;
//! index.commit()?;
//! let found = index.search(&Query::new(base::Id::FIRST_OWNER, "crawling creatures"))?;
//! assert_eq!(found.hits[0].id, "c1");
//! # Ok::<(), search::SearchError>(())
//! ```
//!
//! Reading order: [`index`], [`query`], [`analysis`], [`synonyms`], [`highlight`], [`facets`], [`fusion`], [`evaluation`].

pub mod analysis;
mod compile;
mod either;
mod error;
pub mod evaluation;
mod expand;
pub mod facets;
pub mod fusion;
pub mod highlight;
pub mod index;
mod names;
mod phonetic;
mod presence;
pub mod query;
mod schema;
mod segments;
pub mod synonyms;
mod together;
mod vocabulary;

pub use analysis::{Token, analyse};
pub use error::SearchError;
pub use facets::{Allowed, DocumentTags, Facet, FacetCounts, Facets, Filter};
pub use fusion::{Candidate, Fusion, fuse};
pub use highlight::snippet;
pub use index::{Condition, Entry, Hit, Hits, Index};
pub use query::{Chip, ChipKind, Counting, OwnWords, Query, Typos};
pub use synonyms::Synonyms;
