//! Prompt sets: one list of prompts for several models, with what the answers have to be like.

use crate::compare::{CompareColumn, CompareFailure, CompareReceipt, NewCompareColumn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that an answer has to be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PromptAssertion {
    /// It has this text in it, whatever the case of letters.
    Contains {
        /// The text.
        text: String,
    },
    /// It does not.
    Lacks {
        /// The text.
        text: String,
    },
    /// This regular expression finds something in it.
    Matches {
        /// The expression.
        pattern: String,
    },
    /// It is JSON, by itself or in a block of code, as this schema says.
    Schema {
        /// The schema.
        schema: serde_json::Value,
    },
    /// It has at most so many words.
    AtMostWords {
        /// How many.
        words: usize,
    },
    /// A model finds that it is so.
    Judge {
        /// What has to be so, in plain words.
        criterion: String,
    },
}

/// A prompt with what its answer has to be like.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SetPrompt {
    /// What is asked.
    pub text: String,
    /// What the answer has to be like; all of it.
    pub assertions: Vec<PromptAssertion>,
}

/// Makes or replaces a prompt set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PutPromptSet {
    /// Its title.
    pub title: String,
    /// The prompts, in order.
    pub prompts: Vec<SetPrompt>,
}

/// A prompt set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PromptSet {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The prompts, in order.
    pub prompts: Vec<SetPrompt>,
    /// When it last changed.
    pub updated_at: String,
}

/// All prompt sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PromptSets {
    /// The latest first.
    pub sets: Vec<PromptSet>,
}

/// Puts a set to columns, or asks what that could cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewSetRun {
    /// Who is asked: one to eight.
    pub columns: Vec<NewCompareColumn>,
    /// The model that judges, where an assertion needs one.
    pub judge: String,
    /// Most that it may cost, in US dollars; missing: not limited.
    pub cap_usd: Option<String>,
}

/// What a run can cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetRunEstimate {
    /// The most, in US dollars; missing where a price is not known.
    pub most_usd: Option<String>,
    /// Answers that are asked for.
    pub answers: usize,
}

/// A run of a prompt set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetRun {
    /// Its id.
    pub id: String,
    /// The set.
    pub set_id: String,
    /// The set's title as it was.
    pub title: String,
    /// Who is asked.
    pub columns: Vec<CompareColumn>,
    /// The model that judges; empty: none.
    pub judge: String,
    /// Most that it may cost, in US dollars.
    pub cap_usd: Option<String>,
    /// Most that it was expected to cost, in US dollars; missing where a price is not known.
    pub estimate_usd: Option<String>,
    /// The job that works on it.
    pub job_id: Option<String>,
    /// When it began.
    pub created_at: String,
    /// When it was over.
    pub ended_at: Option<String>,
    /// `running`, `stopped` or `over`.
    pub state: String,
}

/// Runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetRuns {
    /// The latest first.
    pub runs: Vec<SetRun>,
}

/// A run with its grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetGrid {
    /// The run.
    pub run: SetRun,
    /// The prompts as they were, in order.
    pub prompts: Vec<SetPrompt>,
    /// The cells, prompt by prompt.
    pub cells: Vec<SetCell>,
    /// What all of it cost so far, in US dollars.
    pub cost_usd: String,
}

/// What a column answered to a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetCell {
    /// The number of the prompt.
    pub prompt: usize,
    /// The number of the column.
    pub place: usize,
    /// `waiting`, `done`, `failed` or `capped`.
    pub state: String,
    /// Whether it was answered and every assertion holds.
    pub passed: bool,
    /// What was said.
    pub text: String,
    /// What came of each assertion, in their order.
    pub verdicts: Vec<SetVerdict>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<CompareFailure>,
    /// What the answer took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<CompareReceipt>,
    /// What the answer and its judges cost, in US dollars.
    pub cost_usd: String,
}

/// What came of an assertion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetVerdict {
    /// Whether it holds.
    pub passed: bool,
    /// Why not, or what was found.
    pub because: String,
}
