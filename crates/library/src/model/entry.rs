//! Typed entries of documents, and what people put right in them.

use base::Id;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use statblock::{Facts, Kind};
use std::collections::BTreeMap;

/// An entry of a document, such as a spell.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id, the same after reading the document anew.
    pub id: String,
    /// The document it stands in.
    pub document_id: Id,
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// The passage it begins in.
    pub chunk_id: String,
    /// The page it begins on, from 1.
    pub page: Option<u32>,
    /// The layout that it was found by.
    pub layout: String,
    /// What it says, by field.
    pub facts: Facts,
    /// A spell's level, a monster's challenge.
    pub level: Option<f64>,
    /// A spell's school of magic.
    pub school: Option<String>,
    /// How much of what is expected of its kind was found, from 0 to 1.
    pub quality: f64,
    /// What a person put right: `kind`, `name`, fields.
    pub corrected: Vec<String>,
}

/// What a person puts right in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryChange {
    /// What it is.
    pub kind: Option<Kind>,
    /// What it is called.
    pub name: Option<String>,
    /// Values of fields as people write them; none takes a value away.
    pub fields: BTreeMap<String, Option<String>>,
}

/// What was put right in an entry so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Correction {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, Value>,
}
