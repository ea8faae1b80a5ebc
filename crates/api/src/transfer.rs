//! Conversations from and to files.

use crate::personas::ImportError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What came, or would come, of files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationImport {
    /// The files, in their order.
    pub files: Vec<ImportedFile>,
}

/// A step of taking files over, for whoever asks for `text/event-stream`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ImportStep {
    /// How far it is; ends where the caller goes away, with what is taken over by then kept.
    Progress {
        /// The file that is read.
        file_name: String,
        /// Conversations of it that are done.
        done: usize,
        /// Conversations in it.
        of: usize,
    },
    /// All is done.
    Done {
        /// What came of it.
        import: ConversationImport,
    },
    /// It could not go on.
    Failed {
        /// Why, and what to do.
        error: ImportError,
    },
}

/// What came, or would come, of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportedFile {
    /// The file's name.
    pub file_name: String,
    /// The program that it is of, as people call it.
    pub source: Option<String>,
    /// Its conversations, in its order.
    pub conversations: Vec<ImportedConversation>,
    /// Folders of it that are made, or would be.
    pub folders: usize,
    /// Tags of it that nothing here had.
    pub tags: usize,
    /// Those that cannot be read.
    pub broken: Vec<BrokenConversation>,
    /// Why nothing of it was read.
    pub error: Option<ImportError>,
}

/// A conversation of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportedConversation {
    /// The conversation here; there is none yet after a dry run of a new one.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `new`, `grown` (it was here, and more was said, or it comes into a folder or gets tags), `here` or `restored` (it had been deleted).
    pub state: String,
    /// Its messages, on all branches.
    pub messages: usize,
    /// Those of them that were not here.
    pub added: usize,
    /// Messages that are left out: they were deleted here, or follow what was.
    pub left_out_deleted: usize,
    /// Pictures and sound that are left out.
    pub left_out_media: usize,
    /// Files that are left out.
    pub left_out_files: usize,
    /// Calls of tools that are left out.
    pub left_out_tools: usize,
    /// Instructions to the model that are left out.
    pub left_out_instructions: usize,
}

/// A conversation of a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BrokenConversation {
    /// Which: its title, or its place in the file.
    pub place: String,
    /// Why.
    pub why: String,
}
