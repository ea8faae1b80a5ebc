//! What kind of task a prompt is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A prompt to classify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Classify {
    /// The prompt.
    pub prompt: String,
    /// The circumstances, as in the header `x-familiar-context`: `phase=active; in-combat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// How many files and pictures come with it.
    #[serde(default)]
    pub files: usize,
}

/// What a prompt was taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaskClass {
    /// The kind of task, such as `code_edit` or `rule_lookup`.
    pub task: String,
    /// How demanding it is, from 0 to 1.
    pub complexity: f64,
    /// How much a quick answer matters, from 0 to 1.
    pub latency_need: f64,
    /// How sure the classifier is, from 0 to 1.
    pub confidence: f64,
    /// What spoke for it.
    pub because: Vec<String>,
    /// What decided: `rules` or `model`.
    pub by: String,
    /// The tier that `auto` would take for it.
    pub tier: Option<String>,
    /// Why that tier.
    #[serde(default)]
    pub tier_because: Option<String>,
}
