//! Conversations, messages and turns.

use crate::{
    folders::{Filed, Shelves},
    parameters::{ParameterChoice, SentParameters},
    personas::LoreTold,
    tools::{ToolChoices, ToolUse},
};
use llm::ChatEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of conversations, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationList {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
    /// Folders, tags and what is pinned, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelves: Option<Shelves>,
    /// In a search: the words that were looked for, in small letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// In a search: what of it means something else than it seems to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<SearchHint>,
}

/// A piece of a search that means something else than it seems to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchHint {
    /// The piece.
    pub piece: String,
    /// What is the matter with it.
    pub why: SearchWhy,
}

/// What is the matter with a piece of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchWhy {
    /// There is no such operator; it was taken for a word.
    NoOperator,
    /// The operator has no such value; it was passed over.
    NoValue,
    /// Nothing is called so.
    Nobody,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The model or route its next turn asks.
    pub model: Option<String>,
    /// Whether and where its next turn looks things up.
    pub grounding: Grounding,
    /// Who speaks.
    #[serde(default)]
    pub cast: Cast,
    /// Whether something is recalled in it and learned from it.
    #[serde(default = "yes")]
    pub memory: bool,
    /// Which tools its models may use.
    #[serde(default)]
    pub tools: ToolChoices,
    /// Where it lies.
    #[serde(default)]
    pub filed: Filed,
    /// How its models are to answer.
    #[serde(default)]
    pub parameters: ParameterChoice,
    /// When it began.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// The last message of the branch that was last looked at.
    pub leaf_id: Option<String>,
    /// Whether an answer is being written now.
    pub streaming: bool,
    /// In a search: where the words were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

/// Who speaks in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cast {
    /// The persona that answers.
    pub persona_id: Option<String>,
    /// The persona that the person is.
    pub user_persona_id: Option<String>,
}

/// Whether answers rest on the library.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Grounding {
    /// Whether passages are looked up for each turn. The Librarian always does.
    pub enabled: bool,
    /// Only in these documents; empty means the whole library.
    pub document_ids: Vec<String>,
}

/// Begins a conversation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreateConversation {
    /// A title; missing lets the first message make one.
    pub title: Option<String>,
    /// The model or route to ask.
    pub model: Option<String>,
    /// Grounding.
    pub grounding: Grounding,
    /// Who speaks.
    pub cast: Cast,
    /// Whether something is recalled in it and learned from it; missing stands for yes.
    pub memory: Option<bool>,
    /// Which tools its models may use.
    pub tools: ToolChoices,
    /// The folder that it is in.
    pub folder_id: Option<String>,
    /// How its models are to answer.
    pub parameters: ParameterChoice,
}

/// Changes what is given and leaves the rest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateConversation {
    /// A new title.
    pub title: Option<String>,
    /// Another model or route.
    pub model: Option<String>,
    /// Other grounding.
    pub grounding: Option<Grounding>,
    /// Others who speak. Before anything is said, the greetings change with them.
    pub cast: Option<Cast>,
    /// Whether something is recalled in it and learned from it.
    pub memory: Option<bool>,
    /// Which tools its models may use.
    pub tools: Option<ToolChoices>,
    /// Another choice of how its models are to answer, as a whole.
    pub parameters: Option<ParameterChoice>,
    /// Another branch: one of its messages. What was said last after it is shown.
    pub leaf_id: Option<String>,
}

fn yes() -> bool {
    true
}

/// Writes other words into a message where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// What it says from now on.
    pub text: String,
}

/// Makes a conversation of a part of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForkConversation {
    /// The message that it ends with.
    pub message_id: String,
    /// How much of the other goes with it.
    #[serde(default)]
    pub scope: ForkScope,
}

/// How much of a conversation becomes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForkScope {
    /// The messages up to the one that is named.
    #[default]
    Path,
    /// As well the other versions of each of them.
    Versions,
    /// Everything.
    All,
}

/// Messages of a conversation: a tree by `parent_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageList {
    /// The messages, parents before children. Of a piece of a branch, each with all its versions.
    pub messages: Vec<Message>,
    /// The last message of the branch to show.
    pub leaf_id: Option<String>,
    /// Of a piece: the last of its messages that is of that branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_id: Option<String>,
    /// What all answers of the conversation cost, in US dollars; with the end of a branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<String>,
}

/// What went when a message was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedMessages {
    /// The message and all that followed it, parents before children.
    pub message_ids: Vec<String>,
    /// The last message of the branch to show now; missing where nothing is left.
    pub leaf_id: Option<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// The message before it; missing for the first. Siblings are messages with the same parent.
    pub parent_id: Option<String>,
    /// `user` or `assistant`.
    pub role: String,
    /// What is said, Markdown; citations stand in it as `[1]`.
    pub text: String,
    /// What the model thought, where it is shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Pictures that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// `complete`, `streaming`, `stopped` (by the person), `interrupted` (the server ended) or `failed`.
    pub status: MessageStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<MessageError>,
    /// The sources of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// What was found when a grounded answer was held against its sources; missing where that could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Model or route asked for, of an answer.
    pub model: Option<String>,
    /// Whether a language model wrote it; `false` for people and the Librarian.
    pub language_model: bool,
    /// What the answer took, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The persona that said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<SpokenBy>,
    /// Entries of lorebooks that went into the prompt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lore: Vec<LoreTold>,
    /// What a person should know about the prompt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompt_notes: Vec<String>,
    /// How many facts of the memory went into the prompt; `/remembered` below the message tells them.
    #[serde(default)]
    pub remembered: u64,
    /// What the model had done while it answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_uses: Vec<ToolUse>,
    /// Which settings went with the request, where any were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<SentParameters>,
    /// When it was made.
    pub created_at: String,
    /// When a person last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
    /// What it said before a person changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_text: Option<String>,
}

/// A persona as it was when it said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpokenBy {
    /// Which.
    pub persona_id: String,
    /// Its name.
    pub name: String,
    /// Whether this is a greeting.
    pub greeting: bool,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Whole.
    Complete,
    /// Being written.
    Streaming,
    /// Stopped by the person.
    Stopped,
    /// The server ended while it was being written.
    Interrupted,
    /// The model call failed.
    Failed,
}

/// Why an answer failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageError {
    /// A stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A picture in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// `image/png`, `image/jpeg`, `image/webp` or `image/gif`.
    pub media_type: String,
    /// The bytes in base64; empty once they were deleted.
    pub data: String,
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    pub alt: String,
    /// What is known of a picture whose bytes were deleted. What is sent does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<GoneImage>,
}

/// A picture that was kept for as long as was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoneImage {
    /// After how many days it was deleted.
    pub days: u32,
    /// How large it was, in bytes.
    pub size_bytes: u64,
}

/// What the next turn leaves out, since it was kept for as long as was wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GonePictures {
    /// How many pictures there are no more.
    pub count: u64,
    /// Where they were: the latest messages first, one hundred at the most.
    pub messages: Vec<GoneFrom>,
}

/// A message whose pictures were deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GoneFrom {
    /// The message.
    pub message_id: String,
    /// When it was said.
    pub created_at: String,
    /// How its text begins; may be empty.
    pub text: String,
    /// What is known of its pictures.
    pub pictures: Vec<Image>,
}

/// A source of something said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Citation {
    /// The number in the text, from 1.
    pub index: u32,
    /// The passage, to open it.
    pub chunk_id: String,
    /// The document.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The headings it stands under.
    pub heading: Option<String>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The words the claim rests on.
    pub quote: String,
}

/// What was found when an answer was held against its sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// How many of its sentences claim something; missing for answers of earlier versions.
    pub claims: Option<u64>,
    /// The sentences that their sources do not bear out, or not wholly.
    pub doubts: Vec<Doubt>,
}

/// A sentence that its sources do not bear out, or not wholly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Doubt {
    /// As it stands in the text.
    pub sentence: String,
    /// How much it is doubted.
    pub grade: DoubtGrade,
    /// Why.
    pub reason: DoubtReason,
    /// The figure or the name that the sources do not have.
    pub detail: Option<String>,
    /// The number of a source that bears it out although it names none, or others.
    pub source: Option<u32>,
}

/// How much a sentence is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoubtGrade {
    /// A part of it stands in a source, or all of it in one that it does not name.
    Weak,
    /// No source bears it out.
    Unsupported,
}

/// Why a sentence is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoubtReason {
    /// It names no source.
    Uncited,
    /// It stands in another source than those it names.
    Elsewhere,
    /// Its sources have a part of its words.
    Partly,
    /// Its sources do not have its words.
    Words,
    /// Its sources do not have its figure, or have it of something else.
    Figure,
    /// Its sources do not have its name.
    Name,
    /// Its sources say the opposite.
    Contradiction,
    /// It was found before reasons were kept.
    Unknown,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The exchange in the ledger.
    pub exchange_id: String,
    /// The model that answered: `provider/model`.
    pub model: String,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds in all.
    pub total_ms: u64,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// The part of them read from the provider's cache.
    pub cached_input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost, in US dollars; missing when the price is unknown.
    pub cost_usd: Option<String>,
    /// Whether tokens and cost are estimated because the provider did not say.
    pub estimated: bool,
    /// Whether the answer came from Familiar's cache.
    pub cached: bool,
    /// Why this deployment: a sentence.
    pub route: String,
}

/// Says something and asks for an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTurn {
    /// The message to go on from; missing begins the conversation, or a second beginning.
    #[serde(default)]
    pub parent_id: Option<String>,
    /// What is said.
    pub text: String,
    /// Pictures that go with it.
    #[serde(default)]
    pub images: Vec<Image>,
    /// The model or route; missing takes the conversation's.
    #[serde(default)]
    pub model: Option<String>,
    /// Grounding; missing takes the conversation's.
    #[serde(default)]
    pub grounding: Option<Grounding>,
}

/// Asks for another answer to the same message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Regenerate {
    /// The model or route; missing takes the conversation's.
    pub model: Option<String>,
}

/// A turn has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TurnStarted {
    /// The person's message; missing when an answer is written anew.
    pub user_message: Option<Message>,
    /// The answer, still empty.
    pub reply: Message,
}

/// What the event stream of a conversation tells. After a lost connection it goes on behind `Last-Event-ID`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TurnEvent {
    /// A message as it stands; comes first for each answer under way, and replaces what the page has.
    Snapshot {
        /// The message.
        message: Box<Message>,
    },
    /// An answer grows.
    Delta {
        /// Which answer.
        message_id: String,
        /// By what.
        #[schema(value_type = Object)]
        event: ChatEvent,
    },
    /// A call of a tool in an answer, as it stands; replaces what the page has of that call.
    Tool {
        /// Which answer.
        message_id: String,
        /// The call.
        used: Box<ToolUse>,
    },
    /// An answer has ended, one way or another.
    Finished {
        /// As it stands now.
        message: Box<Message>,
    },
    /// The conversation itself changed.
    Conversation {
        /// As it stands now.
        conversation: Box<Conversation>,
    },
}
