//! How models are to answer: settings, presets of them, and which a model takes.

use llm::ReasoningEffort;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Settings; those that are missing are inherited: a conversation's from its persona, a persona's from the preset, a
/// preset's from the account, and the account's from the provider.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ParameterSet {
    /// Sampling temperature, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Sampling among the k likeliest, 1 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// What words cost that were said often, -2 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// What words cost that were said at all, -2 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// Seed for repeatable sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Texts at which an answer stops; an empty list takes those away that are inherited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Vec<String>>,
    /// How much to think: `none`, `minimal`, `low`, `medium` or `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Instructions that precede the conversation, in the place of the account's; added to a persona's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
}

/// What a conversation chooses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ParameterChoice {
    /// The preset that it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset_id: Option<String>,
    /// Its own settings.
    pub values: ParameterSet,
}

/// A setting that a model takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TakenParameter {
    /// Which, by its name in a set of them.
    pub name: String,
    /// The least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The most; of stop texts so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The levels of thinking, where it is that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub efforts: Vec<ReasoningEffort>,
    /// `anything`, or beside what others it is taken: `no_thinking`, `thinking_off`, `no_temperature`.
    pub beside: String,
}

/// Which settings went with an answer's request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentParameters {
    /// What was sent, as the model takes it. Instructions are not repeated here.
    pub values: ParameterSet,
    /// Where each that was set comes from: `account`, `preset`, `persona` or `conversation`, by its name.
    pub origins: BTreeMap<String, String>,
    /// Names of those that the model does not take, or takes otherwise.
    pub left_out: Vec<String>,
}

/// A preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Preset {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub values: ParameterSet,
    /// When it last changed.
    pub updated_at: String,
}

/// The presets, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PresetList {
    /// The presets.
    pub presets: Vec<Preset>,
}

/// Makes or changes a preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPreset {
    /// Its name, which no other has.
    pub name: String,
    /// Its settings.
    #[serde(default)]
    pub values: ParameterSet,
}
