//! Whether personas stay who they are.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The questions for a persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonaQuestions {
    /// The questions.
    pub questions: Vec<PersonaQuestion>,
    /// Whether they are somebody's own, and not made of the card.
    #[serde(default)]
    pub own: bool,
}

/// A question, and what a good answer has in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonaQuestion {
    /// What it is about: `identity`, `character`, `boundaries`, `knowledge` or `traits`.
    pub aspect: String,
    /// The question.
    pub ask: String,
    /// What is expected, for people and for a judge.
    pub expected: String,
    /// Words of which a good answer has some; beginnings count.
    pub says: Vec<String>,
    /// How many of them are enough for full marks; 0 counts as one.
    pub enough: u32,
    /// Words that a good answer has not.
    pub avoids: Vec<String>,
    /// Whether a good answer refuses.
    pub refuses: bool,
}

/// Begins a run of a persona's questions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BeginCheck {
    /// The model or route that plays the persona; missing takes the persona's own, then the usual one.
    pub model: Option<String>,
    /// The one that judges beside the rules; missing goes by rules alone.
    pub judge: Option<String>,
}

/// The runs of a persona, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaChecks {
    /// The runs.
    pub checks: Vec<PersonaCheck>,
}

/// A run of a persona's questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonaCheck {
    /// Its id.
    pub id: String,
    /// Which version of the persona.
    pub persona_version: u64,
    /// `running`, `finished`, `failed` or `cancelled`.
    pub state: String,
    /// The model or route that plays the persona.
    pub model: String,
    /// The one that judges.
    pub judge: Option<String>,
    /// Questions in all.
    pub questions: u64,
    /// Questions that are answered and marked.
    pub done: u64,
    /// The score of all, 0 to 1, once it is finished.
    pub score: Option<f64>,
    /// The score of each aspect.
    pub aspects: BTreeMap<String, f64>,
    /// The run that it is compared with: the last finished one before it of the same model and judge.
    pub before: Option<String>,
    /// How it has changed since.
    pub changes: Vec<CheckChange>,
    /// The answers; empty in lists.
    pub answers: Vec<CheckAnswer>,
    /// How they talk, as the card has it and as the answers show it; empty in lists.
    pub style: Vec<CheckStyle>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: String,
    /// When it was over.
    pub finished_at: Option<String>,
}

/// How a score has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckChange {
    /// Which aspect; missing for all of them together.
    pub aspect: Option<String>,
    /// The earlier score less the later: above 0 it has become worse.
    pub lost: f64,
    /// Whether it is more than the luck of an answer.
    pub telling: bool,
}

/// A question, its answer and the marks, each from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckAnswer {
    /// What it is about.
    pub aspect: String,
    /// The question.
    pub ask: String,
    /// What was expected.
    pub expected: String,
    /// What was answered.
    pub answer: String,
    /// What counts: the mean of both marks, where there are both.
    pub mark: f64,
    /// The marks by rules.
    pub by_rules: f64,
    /// Why.
    pub because: String,
    /// The marks of the judge.
    pub judged: Option<f64>,
    /// Why, or why there are none.
    pub judged_because: Option<String>,
}

/// A slider as the answers show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckStyle {
    /// Its name.
    pub name: String,
    /// What the card says, 0 to 100.
    pub wanted: u8,
    /// What the answers show, 0 to 100.
    pub found: u8,
    /// How well both agree, 0 to 1.
    pub mark: f64,
}
