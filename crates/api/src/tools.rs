//! Tools that models may use while they answer, and what was done with them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The tools there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolList {
    /// All of them.
    pub tools: Vec<Tool>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, in the words that models get.
    pub description: String,
    /// Whether it changes something: then you are asked first.
    pub changes: bool,
    /// The tool server that it comes from; missing for those of Familiar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// About what it adds to each prompt, in tokens.
    pub tokens: u64,
}

/// Which tools the models of a conversation may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ToolChoices {
    /// Names of those that are on; missing takes those of the settings.
    pub on: Option<Vec<String>>,
    /// Names of those that change something and may do so without asking.
    pub unasked: Vec<String>,
}

/// A call of a tool in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolUse {
    /// Its id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments as the model wrote them: JSON, if it made no mistake.
    pub arguments: String,
    /// Whether the tool changes something.
    pub changes: bool,
    /// What it would change, where the arguments do not say it; only while it waits for you.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How far it is.
    pub state: ToolState,
    /// What came of it, or why nothing did; empty before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub result: String,
}

/// How far a call of a tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// You have to allow it.
    Waiting,
    /// It is being done.
    Running,
    /// It was done.
    Done,
    /// It could not be done; the model was told why.
    Failed,
    /// You did not allow it.
    Declined,
    /// The answer ended before it was done.
    Cancelled,
}

/// Decides about a call that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideTool {
    /// Whether it is done.
    pub decision: ToolDecision,
}

/// What is decided about a call of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolDecision {
    /// Do it.
    Allow,
    /// Do it, and ask no more about this tool in this conversation.
    AllowAlways,
    /// Do not.
    Decline,
}
