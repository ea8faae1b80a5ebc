//! What was searched for, and what came of it.

use base::Id;

/// How searches of an owner went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchReport {
    /// Figures over all.
    pub totals: SearchTotals,
    /// What was searched for most often.
    pub frequent: Vec<AskedOften>,
    /// What was not found, most often.
    pub missed: Vec<AskedOften>,
    /// The documents that were opened most often from searches.
    pub popular: Vec<OpenedOften>,
}

/// Figures over all searches of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchTotals {
    /// How many there were.
    pub searches: u64,
    /// Those that found nothing.
    pub without_hits: u64,
    /// Those of which a passage was opened.
    pub opened: u64,
    /// Those of which the first passage opened stood among the first three.
    pub opened_near_top: u64,
}

/// Something that was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedOften {
    /// In small letters.
    pub query: String,
    /// How often.
    pub asked: u64,
    /// How often a passage was opened.
    pub opened: u64,
}

/// A document that was opened from searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedOften {
    /// Which.
    pub document_id: Id,
    /// What it is called.
    pub title: String,
    /// How many of its passages were opened.
    pub opened: u64,
}
