//! Batches: many requests handed in at once.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Some of the batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchList {
    /// The newest first.
    pub batches: Vec<Batch>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A batch as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// What people call it: the name of its file.
    pub title: String,
    /// What its lines ask for, such as `/v1/chat/completions`.
    pub endpoint: String,
    /// The virtual key it was handed in with.
    pub key_id: Option<String>,
    /// `running`, `cancelling`, `completed`, `cancelled`, `expired` or `failed`.
    pub state: String,
    /// All lines.
    pub lines: u64,
    /// Lines not called yet, or under way.
    pub waiting: u64,
    /// Lines with a reply.
    pub done: u64,
    /// Lines with an error.
    pub failed: u64,
    /// Lines that were not called, since it was stopped or its time was over.
    pub unused: u64,
    /// What it came to so far, in US dollars.
    pub cost_usd: String,
    /// What is wrong with its lines, if it failed from the beginning.
    pub problems: Vec<BatchProblem>,
    /// When it was handed in.
    pub created_at: String,
    /// When its time is over.
    pub expires_at: String,
    /// When it was over.
    pub ended_at: Option<String>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchProblem {
    /// The line, counted from 1; none where it is the whole file.
    pub line: Option<u64>,
    /// Stable, such as `invalid_json_line`.
    pub code: String,
    /// In words.
    pub message: String,
}
