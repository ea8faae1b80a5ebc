//! Conversations and messages as this crate thinks of them.

use crate::{
    arrange::Filed,
    parameters::{ParameterChoice, SentParameters},
    support::Checked,
    tools::{ToolChoices, ToolUse},
};
use base::{Id, Money, Timestamp};
use gateway::Project;
use llm::{Citation, Part, Usage};
use persona::lorebook::Timed;
use serde::{Deserialize, Serialize};

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// The model or route its next turn asks.
    pub model: Option<String>,
    /// Whether and where its next turn looks things up.
    pub grounding: Grounding,
    /// Who speaks.
    pub cast: Cast,
    /// Whether something is recalled in it and learned from it.
    pub memory: bool,
    /// Which tools its models may use.
    pub tools: ToolChoices,
    /// How its models are to answer.
    pub parameters: ParameterChoice,
    /// The last message of the branch that was last looked at.
    pub leaf_id: Option<Id>,
    /// Where it lies.
    pub filed: Filed,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// In a search: the text around the words found in a message.
    pub snippet: Option<String>,
    /// Whether an answer is being written now.
    pub streaming: bool,
}

impl Conversation {
    /// Has its next turns ask another model, or rest on something else, where one is named.
    pub(crate) fn choose(&mut self, model: Option<String>, grounding: Option<Grounding>) {
        if model.is_some() {
            self.model = model;
        }
        if let Some(grounding) = grounding {
            self.grounding = grounding;
        }
    }
}

/// Whether answers rest on the library, and on which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Grounding {
    /// Whether passages are looked up for each turn.
    pub enabled: bool,
    /// Only in these documents; empty means everywhere.
    pub document_ids: Vec<String>,
}

/// Who speaks in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cast {
    /// The persona that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona_id: Option<Id>,
    /// The persona that the person is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_persona_id: Option<Id>,
}

/// What a conversation begins with.
#[derive(Debug, Clone, Default)]
pub struct NewConversation {
    /// A title; without one the first message makes one.
    pub title: Option<String>,
    /// The model or route to ask.
    pub model: Option<String>,
    /// Whether answers come from the library.
    pub grounding: Grounding,
    /// Who speaks.
    pub cast: Cast,
    /// Whether something is recalled in it and learned from it; it is, unless this says otherwise.
    pub memory: Option<bool>,
    /// Which tools its models may use.
    pub tools: ToolChoices,
    /// The folder that it is in.
    pub folder_id: Option<Id>,
    /// How its models are to answer.
    pub parameters: ParameterChoice,
}

/// What to change of a conversation; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct ConversationPatch {
    /// A new title.
    pub title: Option<String>,
    /// Another model or route.
    pub model: Option<String>,
    /// Other grounding.
    pub grounding: Option<Grounding>,
    /// Others who speak.
    pub cast: Option<Cast>,
    /// Whether something is recalled in it and learned from it.
    pub memory: Option<bool>,
    /// Other tools.
    pub tools: Option<ToolChoices>,
    /// Another choice of how its models are to answer, as a whole.
    pub parameters: Option<ParameterChoice>,
    /// Another branch: one of its messages. What was said last after it is shown.
    pub leaf_id: Option<Id>,
}

/// Which messages of a branch to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last ones.
    End,
    /// Those before this one.
    Before(Id),
    /// Those after this one.
    After(Id),
    /// This one, and those before and after it.
    Around(Id),
}

/// A piece of a branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The messages, parents before children, with the other versions of each.
    pub messages: Vec<Message>,
    /// The last message of the branch that they are of.
    pub leaf_id: Option<Id>,
    /// The last of them that is of that branch.
    pub end_id: Option<Id>,
    /// What all answers of the conversation cost; told with the end of a branch.
    pub cost: Option<Money>,
}

/// What of a conversation becomes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForkScope {
    /// The messages up to the one chosen.
    Path,
    /// As well the other versions of each of them.
    Versions,
    /// Everything.
    All,
}

/// Which conversations to list.
#[derive(Debug, Clone, Default)]
pub struct ListConversations {
    /// Words that title or messages must hold, and operators as [`crate::Search`] reads them; empty lists all.
    pub query: String,
    /// Only those of this folder, in its order.
    pub folder: Option<Id>,
    /// Whether those that are put away are listed.
    pub archived: Archived,
    /// Whether those that are pinned are listed.
    pub pinned: Pinned,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at the most.
    pub limit: u32,
}

/// Whether conversations that are put away are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Archived {
    /// They are as well.
    #[default]
    Too,
    /// They are not.
    Not,
    /// Nothing else is.
    Only,
}

/// Whether conversations that are pinned are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pinned {
    /// They are as well.
    #[default]
    Too,
    /// They are not.
    Not,
    /// Nothing else is.
    Only,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person.
    User,
    /// What they asked.
    Assistant,
}

impl Speaker {
    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageStatus {
    /// Whole.
    Complete,
    /// Being written.
    Streaming,
    /// Stopped by the person; what had come is kept.
    Stopped,
    /// The server ended while it was being written; what had come is kept.
    Interrupted,
    /// The model call failed; what had come is kept.
    Failed,
}

impl MessageStatus {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Streaming => "streaming",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// The status of this name; unknown names count as interrupted.
    pub fn from_name(name: &str) -> Self {
        [Self::Complete, Self::Streaming, Self::Stopped, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == name)
            .unwrap_or(Self::Interrupted)
    }
}

/// A message of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id; ids sort by the time they were made, so parents come before children.
    pub id: Id,
    /// Its conversation.
    pub conversation_id: Id,
    /// The message before it.
    pub parent_id: Option<Id>,
    /// Who wrote it.
    pub speaker: Speaker,
    /// Where it stands.
    pub status: MessageStatus,
    /// What it says.
    pub text: String,
    /// Everything else.
    pub body: MessageBody,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a message holds beside its text; kept as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageBody {
    /// Pictures that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// The answer as the model gave it, thinking and its signatures included, to be sent back as it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Sources of the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// Sentences that no source supports, of messages from before [`Self::checked`] was kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<String>,
    /// What was found when a grounded answer was held against its sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<TurnFailure>,
    /// The model or route asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether a language model wrote it.
    pub language_model: bool,
    /// What it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The persona that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoken_by: Option<SpokenBy>,
    /// What of lorebooks went into the prompt, and what lasts of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lore: Option<Lore>,
    /// What of the memory went into the prompt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remembered: Vec<Remembered>,
    /// What the model had done while it answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_uses: Vec<ToolUse>,
    /// Which settings went with the request, where any were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<SentParameters>,
    /// How it was before a person changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
}

impl MessageBody {
    /// The model that answered, else the one that was asked.
    pub(crate) fn answered_by(&self) -> Option<String> {
        self.receipt.as_ref().map(|receipt| receipt.model.clone()).or_else(|| self.model.clone())
    }
}

/// A fact that went into the prompt of an answer. What it says, the memory knows: what is forgotten there is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Which.
    pub fact_id: Id,
    /// Why it was told.
    pub why: String,
    /// What it took.
    pub tokens: usize,
}

/// A message that a person has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// What it said at first.
    pub original: String,
    /// When it was last changed, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A persona as it was when it said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpokenBy {
    /// Which.
    pub persona_id: Id,
    /// Its name.
    pub name: String,
    /// The number of the greeting, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<u64>,
}

/// What of lorebooks went into the prompt of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lore {
    /// The entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// What else a person should know about the prompt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What lasts of entries; a branch inherits it.
    pub timed: Timed,
}

/// An entry that went into a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What a person recognises it by.
    pub label: String,
    /// Why it was told.
    pub why: String,
    /// What it took.
    pub tokens: usize,
}

impl Message {
    /// What the model thought, where it shows it.
    pub fn reasoning(&self) -> String {
        self.body
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Reasoning { text, .. } => Some(text.as_str()),
                Part::Text { .. }
                | Part::Image { .. }
                | Part::File { .. }
                | Part::ToolCall { .. }
                | Part::ToolResult { .. } => None,
            })
            .collect()
    }
}

/// A picture in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its MIME type.
    pub media_type: String,
    /// Its bytes in base64; empty once they were deleted, and in the database where they lie as a blob.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data: String,
    /// What it shows.
    #[serde(default)]
    pub alt: String,
    /// What is known of it once its bytes were deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<store::Gone>,
    /// The blob that its bytes are, in the database; with its bytes at hand a picture names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
}

/// Why an answer failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnFailure {
    /// A stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What an answer took, as the gateway settled it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The exchange in the ledger; the last one, where tools were used in between.
    pub exchange_id: String,
    /// Those before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_ids: Vec<String>,
    /// The model that answered: `provider/model`.
    pub model: String,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// Tokens.
    pub usage: Usage,
    /// What it cost; `None` when the price is unknown.
    pub cost: Option<Money>,
    /// Whether tokens and cost are estimated.
    pub estimated: bool,
    /// Whether the gateway's cache answered.
    pub cached: bool,
    /// Why this deployment: a sentence.
    pub route: String,
}

/// What a person says, and what is asked to answer.
#[derive(Debug, Clone, Default)]
pub struct NewTurn {
    /// The message to go on from; `None` begins the conversation (again).
    pub parent_id: Option<Id>,
    /// What is said.
    pub text: String,
    /// Pictures that go with it.
    pub images: Vec<Image>,
    /// The model or route; `None` takes the conversation's.
    pub model: Option<String>,
    /// Grounding; `None` takes the conversation's.
    pub grounding: Option<Grounding>,
    /// The project that it is for.
    pub project: Option<Project>,
}

/// How an answer is to be made once more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Again {
    /// The model or route; `None` takes the conversation's.
    pub model: Option<String>,
    /// The project that it is for.
    pub project: Option<Project>,
}
