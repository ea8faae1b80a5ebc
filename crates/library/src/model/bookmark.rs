//! Passages that somebody wants to find again.

use base::{Id, Timestamp};

/// A passage that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// The passage.
    pub chunk_id: String,
    /// The document it stands in.
    pub document_id: Id,
    /// The document's title.
    pub title: String,
    /// The headings it stands under.
    pub heading: Option<String>,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// How it begins.
    pub excerpt: String,
    /// Whether it can be opened; not where the document was read again and says something else there.
    pub there: bool,
    /// When it was kept.
    pub created_at: Timestamp,
}
