//! Links to conversations, for their owner and for those who read.

use crate::chat::Image;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Links, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShareList {
    /// The links.
    pub shares: Vec<Share>,
    /// Where other machines reach links, `ADDRESS:PORT`; missing where only this machine does.
    pub exposed: Option<String>,
}

/// A link to a copy of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// Its id.
    pub id: String,
    /// The conversation that it is a copy of.
    pub conversation_id: String,
    /// The path of its page: `/s/…`.
    pub path: String,
    /// The copy's title.
    pub title: String,
    /// What beside the words is in the copy.
    pub shown: ShareShown,
    /// Messages in the copy.
    pub messages: u64,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// When the link was made.
    pub created_at: String,
    /// When the copy was made.
    pub updated_at: String,
    /// From when on it leads nowhere; missing where it does not end by itself.
    pub expires_at: Option<String>,
    /// How often others have opened it.
    pub views: u64,
    /// When somebody last did.
    pub viewed_at: Option<String>,
}

/// What beside the words is in a copy; nothing unless it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShareShown {
    /// The instructions of the settings that precede every conversation.
    pub system: bool,
    /// Sources, with the words that were quoted.
    pub sources: bool,
    /// What models thought.
    pub reasoning: bool,
    /// Tokens and cost.
    pub costs: bool,
}

/// Makes a link to what a conversation shows now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShare {
    /// The conversation.
    pub conversation_id: String,
    /// What beside the words is in the copy.
    #[serde(default)]
    pub shown: ShareShown,
    /// From when on it leads nowhere; missing where it does not end by itself.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// A password to ask for, of eight characters at least.
    #[serde(default)]
    pub password: Option<String>,
}

/// Changes what is given and leaves the rest; the address stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateShare {
    /// Other things in the copy; makes it anew.
    pub shown: Option<ShareShown>,
    /// Another end; empty for none.
    pub expires_at: Option<String>,
    /// Another password; empty for none.
    pub password: Option<String>,
    /// Makes the copy anew, of what the conversation shows now.
    pub refresh: bool,
}

/// The password of a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenShare {
    /// The password.
    pub password: String,
}

/// A conversation as others read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SharedConversation {
    /// Its title.
    pub title: String,
    /// The model that answered last.
    pub model: Option<String>,
    /// The instructions that preceded it, where they are shared.
    pub system: Option<String>,
    /// When the conversation began.
    pub begun_at: String,
    /// When the copy was made.
    pub updated_at: String,
    /// From when on the link leads nowhere.
    pub expires_at: Option<String>,
    /// The messages, the first one first.
    pub messages: Vec<SharedMessage>,
    /// Whether whoever reads it may go on with a copy here.
    pub can_copy: bool,
}

/// A message as others read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SharedMessage {
    /// `user` or `assistant`.
    pub role: String,
    /// The persona that said it.
    pub name: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Whether a language model wrote it.
    pub language_model: bool,
    /// What is said, Markdown; sources stand in it as `[1]`.
    pub text: String,
    /// Whether it is whole: neither stopped, nor interrupted, nor failed.
    pub whole: bool,
    /// Pictures that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// What the model thought, where that is shared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The sources, where they are shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SharedSource>,
    /// What the answer took, where that is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<SharedCost>,
    /// When it was made.
    pub created_at: String,
}

/// A source, with its words and without where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedSource {
    /// The number in the text, from 1.
    pub index: u32,
    /// The document's title.
    pub title: String,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The words that the claim rests on.
    pub quote: String,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedCost {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// In US dollars; missing when the price is unknown.
    pub cost_usd: Option<String>,
}
