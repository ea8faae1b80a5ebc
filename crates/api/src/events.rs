//! What happens anywhere in the program, for pages that show it live.

use crate::{alerts::Alert, chat::DeletedMessages, jobs::Job, library::Document};
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
    /// A watched folder stands otherwise than before.
    WatchedFoldersChanged,
    /// A conversation was added, changed or removed.
    ConversationChanged {
        /// Which.
        id: String,
    },
    /// Messages of a conversation were deleted.
    MessagesDeleted {
        /// The conversation.
        id: String,
        /// What went.
        deleted: DeletedMessages,
    },
    /// Folders changed, or where conversations lie.
    ConversationsArranged,
    /// Models, routes or providers changed.
    ModelsChanged,
    /// Somebody chose something else in the settings.
    SettingsChanged,
    /// A deployment is doing better or worse.
    HealthChanged {
        /// `provider/model`.
        deployment: String,
        /// How it was doing: a state as in `DeploymentHealth`.
        from: String,
        /// How it is doing now.
        to: String,
        /// What it failed with last, if it is worse.
        error: Option<String>,
    },
    /// There is an alert, it is worse than before, or it is over.
    Alert {
        /// As it stands now.
        alert: Box<Alert>,
    },
    /// A provider stopped doing what is expected of it, or does so again; counted over the last 24 hours.
    SlaChanged {
        /// Which.
        provider: String,
        /// `uptime` or `p95`.
        target: String,
        /// Whether it is met now.
        met: bool,
        /// The whole of it in a sentence.
        message: String,
    },
}
