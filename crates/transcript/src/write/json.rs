//! Our own format: everything, with all branches.
//!
//! ```json
//! {"format": "familiar-conversations", "version": 1,
//!  "folders": [{"path": ["Work"], "prompt": "…"}, {"path": ["Work", "Clients"]}],
//!  "conversations": [
//!   {"id": "…", "title": "…", "created_ms": 0, "leaf": "…",
//!    "filed": {"folder": ["Work", "Clients"], "tags": ["urgent"], "pinned": true},
//!    "messages": [{"id": "…", "parent": "…", "role": "user", "text": "…", "at_ms": 0}]}]}
//! ```

use super::{FORMAT, VERSION, role};
use crate::{Entry, Folder, Shelf, Transcript};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize)]
struct File<'a> {
    format: &'static str,
    version: u64,
    #[serde(skip_serializing_if = "<[Folder]>::is_empty")]
    folders: &'a [Folder],
    conversations: Vec<Conversation>,
}

/// A conversation in the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) updated_ms: Option<i64>,
    /// The message that ends the branch to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) leaf: Option<String>,
    #[serde(default, skip_serializing_if = "Shelf::is_plain")]
    pub(crate) filed: Shelf,
    pub(crate) messages: Vec<Message>,
}

/// A message in the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    pub(crate) role: String,
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) thinking: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) speaker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<Value>,
}

impl Conversation {
    fn of(transcript: &Transcript) -> Self {
        let id_at = |place: Option<usize>| Some(transcript.entries.get(place?)?.id.clone());
        let message = |entry: &Entry| Message {
            id: entry.id.clone(),
            parent: id_at(entry.parent),
            role: role(entry, "user", "assistant").to_owned(),
            text: entry.text.clone(),
            thinking: entry.thinking.clone(),
            model: entry.model.clone(),
            speaker: entry.speaker.clone(),
            at_ms: entry.at_ms,
            kept: entry.kept.clone(),
        };
        Self {
            id: transcript.id.clone(),
            title: transcript.title.clone(),
            model: transcript.model.clone(),
            created_ms: transcript.created_ms,
            updated_ms: transcript.updated_ms,
            leaf: id_at(transcript.leaf),
            filed: transcript.shelf.clone(),
            messages: transcript.entries.iter().map(message).collect(),
        }
    }
}

/// Conversations with everything that is known of them, and their folders; [`crate::read`] reads them as they were.
///
/// # Errors
/// None that `serde_json` has for texts and numbers.
pub fn json(folders: &[Folder], transcripts: &[Transcript]) -> serde_json::Result<String> {
    let conversations = transcripts.iter().map(Conversation::of).collect();
    serde_json::to_string_pretty(&File { format: FORMAT, version: VERSION, folders, conversations })
}
