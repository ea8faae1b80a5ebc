//! Lorebooks: what somebody knows when it comes up.
//!
//! A [`Lorebook`] is kept as its card has it; [`Options`] reads what SillyTavern adds in `extensions`,
//! [`decorator`] what V3 writes into the content. [`compile`] makes a [`Book`] of it once, [`scan`](engine::scan) finds
//! what belongs into the prompt of a turn.

pub mod decorator;
pub mod engine;
pub mod keys;
pub mod options;
pub mod ready;
pub mod timed;

pub use decorator::{Decorators, Place};
pub use engine::{Found, Outcome, Scan, Why, scan};
pub use options::{Logic, Options};
pub use ready::{Book, Spot, compile};
pub use timed::Timed;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Entries of a lorebook, at the most.
pub const MAX_ENTRIES: usize = 20_000;
/// Bytes of all its keys, at the most.
pub const MAX_KEY_BYTES: usize = 1_000_000;

/// A book of entries that are looked up by what is said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lorebook {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about; never part of a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In how many of the last messages keys are looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_depth: Option<u32>,
    /// Tokens that its entries may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_budget: Option<u32>,
    /// Whether keys are also looked for in entries that were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_scanning: Option<bool>,
    /// What other programs keep in it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// The entries.
    pub entries: Vec<Entry>,
    /// What no specification names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub unknown: Map<String, Value>,
}

/// An entry of a lorebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Words (or patterns) of which one has to be found.
    pub keys: Vec<String>,
    /// What is then told, with decorators at its top.
    pub content: String,
    /// What other programs keep in it; see [`Options`].
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// Whether it is looked at.
    pub enabled: bool,
    /// Lower comes first.
    pub insertion_order: i64,
    /// Whether capital letters count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// Whether keys are regular expressions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_regex: Option<bool>,
    /// Whether it is always told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<bool>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Lower is left out first where not all fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Its number or name in its book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// A note; never part of a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether secondary keys count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selective: Option<bool>,
    /// More keys, with the logic of [`Options::logic`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_keys: Option<Vec<String>>,
    /// `before_char` or `after_char`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// What no specification names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub unknown: Map<String, Value>,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            content: String::new(),
            extensions: Map::new(),
            enabled: true,
            insertion_order: 100,
            case_sensitive: None,
            use_regex: None,
            constant: None,
            name: None,
            priority: None,
            id: None,
            comment: None,
            selective: None,
            secondary_keys: None,
            position: None,
            unknown: Map::new(),
        }
    }
}

impl Entry {
    /// What a person recognises it by: its name, its comment, its first key, or its number.
    pub fn label(&self, index: usize) -> String {
        let named = [self.name.as_deref(), self.comment.as_deref(), self.keys.first().map(String::as_str)];
        let found = named.into_iter().flatten().map(str::trim).find(|text| !text.is_empty());
        found.map_or_else(|| format!("entry {}", index + 1), |text| text.chars().take(80).collect())
    }
}
