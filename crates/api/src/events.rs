//! What happens anywhere in the program, for pages that show it live.

use crate::{jobs::Job, library::Document};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event of the stream `/api/events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AppEvent {
    /// A job moved.
    Job {
        /// As it stands now.
        job: Box<Job>,
    },
    /// A document was added or changed.
    Document {
        /// As it stands now.
        document: Box<Document>,
    },
    /// A document is gone.
    DocumentRemoved {
        /// Which.
        id: String,
    },
    /// A conversation was added, changed or removed.
    ConversationChanged {
        /// Which.
        id: String,
    },
    /// Models, routes or providers changed.
    ModelsChanged,
}
