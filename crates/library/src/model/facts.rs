//! What a document says of itself, what a person puts right of it, and the tags that it is given.

use base::Id;

/// Something that a document says of itself, and that a person may put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentField {
    /// What it is called.
    Title,
    /// Who wrote it.
    Author,
    /// Who published it.
    Publisher,
    /// When it was published.
    Published,
    /// Its language.
    Language,
}

impl DocumentField {
    /// Every field.
    pub const ALL: [Self; 5] = [Self::Title, Self::Author, Self::Publisher, Self::Published, Self::Language];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Author => "author",
            Self::Publisher => "publisher",
            Self::Published => "published",
            Self::Language => "language",
        }
    }
}

/// A field that a person put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedField {
    /// Which.
    pub field: DocumentField,
    /// What the document itself tells there.
    pub told: Option<String>,
}

/// The tags of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagsOf {
    /// Which document.
    pub document_id: Id,
    /// In small letters, in their order.
    pub tags: Vec<String>,
}

/// Tags that documents get and lose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagChange {
    /// Which they get.
    pub add: Vec<String>,
    /// Which they lose.
    pub remove: Vec<String>,
}

/// A tag that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedTag {
    /// In small letters.
    pub tag: String,
    /// How many documents have it.
    pub documents: u64,
}
