//! Memory: what is known of the person, since when and from where, and what is done about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of facts, the last said first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactList {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
}

/// Something that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// Its id.
    pub id: String,
    /// Where it may be recalled: `user`, `persona:ID`, `project:NAME` or `campaign:ID`.
    pub scope: String,
    /// `identity`, `preference`, `work`, `place`, `relation`, `plan`, `event`, `stack`, `style`, `note`, `said` or `summary`.
    pub kind: String,
    /// Whom it is about: `you`, or what they are to the person, such as `sister`.
    pub subject: String,
    /// What of them, such as `lives in`.
    pub attribute: String,
    /// The value, such as `Berlin`.
    pub value: String,
    /// All of it as a short sentence.
    pub text: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// How much it matters, from 0 to 1.
    pub importance: f64,
    /// Who wrote it down: `rules`, `model`, `person` or `tool`.
    pub origin: String,
    /// The conversation it comes from.
    pub conversation_id: Option<String>,
    /// The message it comes from.
    pub message_id: Option<String>,
    /// When it was said.
    pub said_at: String,
    /// Since when it holds, where that was said.
    pub true_from: Option<String>,
    /// Until when.
    pub true_until: Option<String>,
    /// When it was written down here.
    pub recorded_at: String,
    /// `current`, `superseded`, `struck` or `forgotten`.
    pub standing: String,
    /// When it stopped to count.
    pub superseded_at: Option<String>,
    /// The fact that took its place.
    pub superseded_by: Option<String>,
}

/// A fact with what it took the place of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactDetail {
    /// The fact.
    pub fact: Fact,
    /// It, and what was known before, the latest first.
    pub history: Vec<Fact>,
}

/// Writes something down.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddFact {
    /// What is to be remembered, in a sentence such as `I live in Berlin`.
    pub text: String,
    /// Where it may be recalled; `user` if not said.
    pub scope: Option<String>,
}

/// What was written down: a sentence may hold several facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AddedFacts {
    /// The facts.
    pub facts: Vec<Fact>,
}

/// Changes what is given of a fact and leaves the rest; a new fact takes its place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EditFact {
    /// What it says.
    pub text: Option<String>,
    /// Since when it holds; an empty text for nobody knows.
    pub true_from: Option<String>,
    /// Until when; an empty text for nobody knows.
    pub true_until: Option<String>,
    /// How much it matters, from 0 to 1.
    pub importance: Option<f64>,
}

/// Strikes a fact out, or lets it count again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrikeFact {
    /// Whether it is not to be told any more.
    pub struck: bool,
}

/// What is recalled for a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecalledFacts {
    /// The facts, the weightiest first.
    pub recalled: Vec<RecalledFact>,
}

/// A fact that was recalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecalledFact {
    /// The fact as it is now.
    pub fact: Fact,
    /// Why it was told.
    pub why: String,
}

/// What was said so far, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationRecap {
    /// The summary; missing while the conversation is short itself.
    pub text: Option<String>,
    /// When it was written.
    pub at: Option<String>,
    /// Whether a model wrote it; else it is made of sentences that were said.
    pub by_model: bool,
}

/// A page of the time line, the last change first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangeList {
    /// The changes.
    pub changes: Vec<FactChange>,
    /// Where the next page begins; missing on the last.
    pub next: Option<String>,
}

/// A step of the time line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactChange {
    /// Its id.
    pub id: String,
    /// `learned`, `confirmed`, `superseded`, `ended`, `edited`, `struck`, `forgotten` or `restored`.
    pub what: String,
    /// When.
    pub at: String,
    /// The fact as it is now.
    pub fact: Fact,
    /// The fact that took its place, where one did.
    pub other_id: Option<String>,
}

/// Who the person is, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemoryProfile {
    /// What they are called.
    pub name: Option<String>,
    /// The parts, those with nothing in them left out.
    pub sections: Vec<ProfileSection>,
}

/// A part of the profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileSection {
    /// What it is about.
    pub kind: String,
    /// What is known, the surest and weightiest first.
    pub facts: Vec<Fact>,
}

/// The scopes in which something is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScopeList {
    /// The scopes.
    pub scopes: Vec<MemoryScope>,
}

/// A scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemoryScope {
    /// Its name in the API.
    pub scope: String,
    /// The persona's name or the project's, where it is one's.
    pub label: Option<String>,
    /// How many facts count there.
    pub facts: u64,
}

/// How what is known hangs together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemoryMap {
    /// People and things, the person first.
    pub nodes: Vec<MapNode>,
    /// Facts between them, the weightiest first.
    pub lines: Vec<MapLine>,
    /// Facts that were left out because there are too many.
    pub left_out: u64,
}

/// A person or a thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapNode {
    /// Its name in the picture.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// What it is about; missing for people.
    pub kind: Option<String>,
    /// How many lines end at it.
    pub lines: u64,
}

/// A fact between two of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapLine {
    /// From whom.
    pub from: String,
    /// To what.
    pub to: String,
    /// What it says of them.
    pub label: String,
    /// The fact.
    pub fact_id: String,
}

/// Everything that is known about the person, to be taken along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemoryExport {
    /// `familiar-memory`.
    pub format: String,
    /// The version of the form.
    pub version: u32,
    /// All facts, also those that do not count any more.
    pub facts: Vec<Fact>,
    /// The time line, the last change first.
    pub changes: Vec<FactChange>,
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemoryErased {
    /// How many facts.
    pub facts: u64,
}
