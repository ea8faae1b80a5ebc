//! Tags of documents.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The tags that documents have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryTagList {
    /// The most used first.
    pub tags: Vec<LibraryTag>,
}

/// A tag that documents have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LibraryTag {
    /// The tag.
    pub tag: String,
    /// How many documents have it.
    pub documents: u64,
}

/// Gives tags to documents and takes tags from them: all of them or none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagDocuments {
    /// Which documents; 1,000 at the most.
    pub ids: Vec<String>,
    /// The tags that they get: any words of 64 characters at the most, without quotation marks, backslashes and commas.
    #[serde(default)]
    pub add: Vec<String>,
    /// The tags that they lose.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// The tags of documents before a change: sent back, they take the change back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentTagsList {
    /// One for each document.
    pub documents: Vec<DocumentTags>,
}

/// The tags of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentTags {
    /// Which.
    pub id: String,
    /// All its tags, in small letters.
    pub tags: Vec<String>,
}
