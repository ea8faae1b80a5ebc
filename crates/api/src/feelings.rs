//! What personas feel.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How a persona is to feel. Off by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonaTemper {
    /// Whether it feels at all.
    pub on: bool,
    /// Whether a model is asked after each answer, beside the rules.
    pub by_model: bool,
    /// Which; missing takes the one that answered.
    #[serde(default)]
    pub model: Option<String>,
    /// How readily it is moved, in percent: 0 to 200.
    pub fluidity: u8,
    /// Points that each trait may drift from what the card says: 0 to 50.
    pub drift: u8,
}

/// All that a persona feels, at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaFeelings {
    /// How it is to feel.
    pub temper: PersonaTemper,
    /// For whom it feels something.
    pub relations: Vec<PersonaRelation>,
    /// Traits that have drifted.
    pub traits: Vec<DriftedTrait>,
    /// What was proposed, the latest first.
    pub log: Vec<PersonaFeeling>,
}

/// What a persona feels for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaRelation {
    /// For whom: a persona's id, or `you`.
    pub toward: String,
    /// What they are called.
    pub name: String,
    /// What is felt.
    pub bond: PersonaBond,
    /// What they feel in return, where they are a persona that feels.
    pub back: Option<PersonaBond>,
}

/// What is felt for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaBond {
    /// Where the relationship stands: `stranger`, `acquaintance`, `friend`, `close friend`, `wary`, `enemy` or `at odds`.
    pub stage: String,
    /// The values: `trust`, `respect`, `affection` and `mood` from -100 to 100, `familiarity` and `tension` from 0 to 100.
    pub values: BTreeMap<String, f64>,
    /// What began a conflict that is not over.
    pub conflict: Option<String>,
    /// Since when.
    pub conflict_since: Option<String>,
}

/// A trait that has drifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftedTrait {
    /// Its name.
    pub name: String,
    /// What the card says, 0 to 100.
    pub card: u8,
    /// What it is now.
    pub now: u8,
}

/// An entry of a persona's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaFeeling {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// For whom: a persona's id, or `you`.
    pub toward: String,
    /// What they are called.
    pub name: String,
    /// What it is about: an axis such as `trust`, or a trait as `trait:patient`.
    pub what: String,
    /// By how much it was to move, in points.
    pub asked: f64,
    /// By how much it moved; 0 for one that was taken back.
    pub moved: f64,
    /// Why.
    pub because: String,
    /// `words` (by rules) or `model`.
    pub source: String,
    /// In which conversation.
    pub conversation_id: Option<String>,
    /// When it was taken back, if it was.
    pub reverted_at: Option<String>,
}
