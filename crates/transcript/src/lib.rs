//! Conversations as files: what other programs export is read with all its branches, ours are written for people and for
//! programs.
//!
//! ```text
//! bytes ─ read ─▶ Found { source, folders, transcripts, broken } ─ (chat keeps them)
//! Transcript ─ write::{json, markdown, html, openai_lines, share_gpt} ─▶ text
//! ```
//!
//! A [`Transcript`] is a tree: each [`Entry`] knows the one before it by its place in the list, and a parent always stands
//! before its children, whatever order, gaps or circles the file had.

mod error;
mod moment;
mod read;
mod tree;
pub mod write;

pub use error::ReadError;
pub use read::{Broken, Found, read};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The program that a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `conversations.json` of an export of ChatGPT.
    ChatGpt,
    /// `conversations.json` of an export of Claude.
    Claude,
    /// Chats of Open WebUI.
    OpenWebUi,
    /// A conversation of LibreChat.
    LibreChat,
    /// A chat of SillyTavern, a message a line.
    SillyTavern,
    /// Conversations as data sets have them.
    ShareGpt,
    /// Lines of `messages` as OpenAI takes them for fine-tuning.
    OpenAi,
    /// Our own.
    Familiar,
}

impl Source {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatGpt => "chatgpt",
            Self::Claude => "claude",
            Self::OpenWebUi => "open_webui",
            Self::LibreChat => "librechat",
            Self::SillyTavern => "sillytavern",
            Self::ShareGpt => "sharegpt",
            Self::OpenAi => "openai",
            Self::Familiar => "familiar",
        }
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatGpt => "ChatGPT",
            Self::Claude => "Claude",
            Self::OpenWebUi => "Open WebUI",
            Self::LibreChat => "LibreChat",
            Self::SillyTavern => "SillyTavern",
            Self::ShareGpt => "ShareGPT",
            Self::OpenAi => "OpenAI lines",
            Self::Familiar => "Familiar",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// What they asked.
    Assistant,
}

/// A conversation with all its branches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transcript {
    /// What the program that it is of calls it; the same each time it is exported.
    pub id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// The model that was last asked, in that program's words.
    pub model: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub created_ms: Option<i64>,
    /// When it last changed, in milliseconds since 1970.
    pub updated_ms: Option<i64>,
    /// The messages, parents before children, siblings in the order they were made.
    pub entries: Vec<Entry>,
    /// The place of the last message of the branch to show.
    pub leaf: Option<usize>,
    /// Where it lies among the others; only our own files tell.
    pub shelf: Shelf,
    /// What of it could not be taken over.
    pub left_out: LeftOut,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// What the program that it is of calls it.
    pub id: String,
    /// The place of the message before it, which is smaller than its own.
    pub parent: Option<usize>,
    /// Who said it; `None` is taken for the person.
    pub role: Option<Role>,
    /// What it says.
    pub text: String,
    /// What the model thought before, where that is known.
    pub thinking: String,
    /// The model, in that program's words.
    pub model: Option<String>,
    /// Who spoke, where it was somebody in particular.
    pub speaker: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// What a reader should know of it, such as its sources, a line each; only in files for people.
    pub notes: Vec<String>,
    /// Everything else of a message of ours, as `chat` keeps it.
    pub kept: Option<Value>,
}

/// Where a conversation of ours lies among the others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shelf {
    /// The names of its folder and of those above that, the outermost first; none where it is in no folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folder: Vec<String>,
    /// Whether what its folders say does not count in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub folder_off: bool,
    /// Its place in the folder, the greatest first, where a person chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it stands above the others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whether it is put away.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

impl Shelf {
    /// Whether it lies anywhere in particular.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// A folder of conversations of ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Folder {
    /// Its name and those of the folders above it, the outermost first.
    pub path: Vec<String>,
    /// What models are told first in its conversations.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// Whether its conversations rest on documents.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grounded: bool,
    /// On which; on all that there are where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
}

/// A document that a folder of ours rests on. It is named, and does not stand in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Document {
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// How much of a conversation could not be taken over, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Pictures and sound.
    pub media: usize,
    /// Attached files of which only the name is known.
    pub files: usize,
    /// Calls of tools and what they gave.
    pub tools: usize,
    /// Instructions to the model.
    pub instructions: usize,
}

impl LeftOut {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            media: self.media + other.media,
            files: self.files + other.files,
            tools: self.tools + other.tools,
            instructions: self.instructions + other.instructions,
        }
    }
}

impl Transcript {
    /// The branch to show, the first message first.
    pub fn branch(&self) -> Vec<&Entry> {
        let mut branch = Vec::new();
        let mut at = self.leaf.or_else(|| self.entries.len().checked_sub(1));
        while let Some(entry) = at.and_then(|at| self.entries.get(at)) {
            branch.push(entry);
            // A parent stands before its children, so this ends.
            at = entry.parent.filter(|parent| Some(*parent) < at);
        }
        branch.reverse();
        branch
    }
}
