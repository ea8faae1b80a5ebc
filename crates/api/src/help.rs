//! The handbook of this version and what is new in it, for reading in the page.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All that there is to read about Familiar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Help {
    /// Familiar's version, which all this is about.
    pub version: String,
    /// The pages of the handbook, by name.
    pub pages: Vec<HelpPage>,
    /// What changed from version to version, newest first, as Markdown.
    pub changes: String,
}

/// A page of the handbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HelpPage {
    /// Its name, such as `getting-started`; links between pages name `getting-started.md`.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// All of it, the heading included, as Markdown.
    pub text: String,
}
