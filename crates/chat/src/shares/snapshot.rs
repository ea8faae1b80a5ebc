//! What of a conversation others read: the branch that is shown, and of each message only what is named here.

use super::{Result, SharesError, Shown};
use crate::{
    db,
    error::ChatError,
    model::{Conversation, Image, Message, MessageBody, MessageStatus, Speaker},
    service::ChatService,
};
use base::{Money, Timestamp};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use llm::{Citation, Part};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use transcript::{Entry, Role, Transcript};

/// A copy of a conversation. Ids, instructions of personas, what the memory told, calls of tools, why answers failed and what
/// stood in a message before it was edited are never in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The conversation's title.
    pub title: String,
    /// The model that answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The instructions that precede every conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// When the conversation began.
    pub begun_at: Timestamp,
    /// The branch that was shown, the first message first.
    pub messages: Vec<SharedMessage>,
}

/// A message as others read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedMessage {
    /// Who wrote it.
    pub speaker: Speaker,
    /// The persona that said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether a language model wrote it.
    #[serde(default)]
    pub language_model: bool,
    /// What it says.
    pub text: String,
    /// Whether it is whole: it was neither stopped nor interrupted, and did not fail.
    pub whole: bool,
    /// Pictures that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// What the model thought.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The sources of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// What the answer took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Took>,
    /// When it was made.
    pub at: Timestamp,
}

/// A source as others see it: with its words, and without where it lies here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The number in the text, from 1.
    pub index: u32,
    /// The document's title.
    pub title: String,
    /// The page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The words that the claim rests on.
    pub quote: String,
}

/// What an answer took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// What it cost; `None` when the price is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// A copy of what is shown of a conversation now.
pub(super) async fn take(chat: &ChatService, conversation: &Conversation, shown: Shown) -> Result<Snapshot> {
    let Some(leaf_id) = conversation.leaf_id else { return Err(SharesError::Empty) };
    let mut branch = db::branch(&chat.parts.db, conversation.id, leaf_id).await?;
    chat.load_pictures(&mut branch).await?;
    let mut messages = Vec::with_capacity(branch.len());
    for message in branch {
        if message.status == MessageStatus::Streaming {
            return Err(ChatError::BeingWritten(message.id).into());
        }
        messages.push(shared(message, shown));
    }
    if messages.is_empty() {
        return Err(SharesError::Empty);
    }
    let system = chat.preferences().system_prompt;
    Ok(Snapshot {
        title: conversation.title.clone(),
        model: messages.iter().rev().find_map(|message| message.model.clone()),
        system: Some(system).filter(|system| shown.system && !system.trim().is_empty()),
        begun_at: conversation.created_at,
        messages,
    })
}

fn shared(message: Message, shown: Shown) -> SharedMessage {
    let reasoning = if shown.reasoning { message.reasoning() } else { String::new() };
    let MessageBody { images, citations, model, language_model, receipt, spoken_by, .. } = message.body;
    let took = receipt.as_ref().map(|receipt| Took {
        input_tokens: receipt.usage.total_input(),
        output_tokens: receipt.usage.output,
        amount: receipt.cost,
    });
    SharedMessage {
        speaker: message.speaker,
        name: spoken_by.map(|spoken| spoken.name),
        model: receipt.map(|receipt| receipt.model).or(model),
        language_model,
        text: message.text,
        whole: message.status == MessageStatus::Complete,
        images,
        reasoning,
        sources: citations.into_iter().filter(|_| shown.sources).map(source).collect(),
        cost: took.filter(|_| shown.costs),
        at: message.created_at,
    }
}

fn source(citation: Citation) -> Source {
    Source { index: citation.index, title: citation.title, page: citation.page, quote: citation.quote }
}

/// The copy as a conversation that somebody takes over. `name` is the same each time, so that the same link twice is one
/// conversation, and what came to it since is added.
pub(super) fn transcript(snapshot: Snapshot, name: String) -> Transcript {
    let mut before = Sha256::new();
    let mut entries: Vec<Entry> = Vec::with_capacity(snapshot.messages.len());
    for message in snapshot.messages {
        // A message is another one where it, or anything before it, reads otherwise than in an earlier copy.
        for part in [message.speaker.as_str(), &message.at.to_string(), &message.text] {
            before.update(part);
            before.update([0]);
        }
        let id = BASE64_URL_SAFE_NO_PAD.encode(before.clone().finalize());
        entries.push(entry(message, id, entries.len().checked_sub(1)));
    }
    Transcript {
        id: name,
        title: Some(snapshot.title),
        model: snapshot.model,
        created_ms: Some(snapshot.begun_at.millis()),
        updated_ms: None,
        leaf: entries.len().checked_sub(1),
        entries,
        ..Transcript::default()
    }
}

fn entry(message: SharedMessage, id: String, parent: Option<usize>) -> Entry {
    let thought = Some(message.reasoning.clone()).filter(|thought| !thought.is_empty());
    let parts = thought.map_or_else(Vec::new, |text| {
        vec![Part::Reasoning { text, signature: None, redacted: None }, Part::text(&message.text)]
    });
    let body = MessageBody {
        images: message.images,
        parts,
        // Where the passages lie, only who shared it knows: without them there is nothing to open.
        citations: Vec::new(),
        model: message.model.clone(),
        language_model: message.language_model,
        ..MessageBody::default()
    };
    Entry {
        id,
        parent,
        role: Some(match message.speaker {
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
        }),
        text: message.text,
        thinking: message.reasoning,
        model: message.model,
        speaker: message.name,
        at_ms: Some(message.at.millis()),
        notes: Vec::new(),
        kept: serde_json::to_value(body).ok(),
    }
}
