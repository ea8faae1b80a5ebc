//! What the program is and what it has: the first thing the page asks for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of this installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Familiar's version.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Where the data lie on the server's machine.
    pub data_dir: String,
    /// When the server started.
    pub started_at: String,
    /// Number of documents in the library, the handbook's included.
    pub documents: u64,
    /// Number of the handbook's documents among them.
    pub handbook_documents: u64,
    /// Number of conversations.
    pub conversations: u64,
    /// Number of language models that can be called now; the Librarian does not count.
    pub language_models: u64,
    /// Model servers found running on this machine, whether in use or not.
    pub local_services: Vec<LocalService>,
    /// Running and waiting jobs.
    pub active_jobs: u64,
    /// What was spent since the start of the month, in US dollars.
    pub spent_this_month_usd: String,
}

/// A model server on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LocalService {
    /// `ollama` or `lm-studio`.
    pub vendor: String,
    /// Where it listens.
    pub base_url: String,
    /// How many models it offers.
    pub models: u64,
    /// Whether a provider uses it.
    pub in_use: bool,
}
