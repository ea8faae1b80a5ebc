//! What is asked of a model.

use crate::message::Message;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One chat request in Familiar's own terms.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChatRequest {
    /// A route's name, `provider/model`, or a model id; inside an endpoint: the provider's own model name.
    pub model: String,
    /// The conversation so far, system messages included.
    pub messages: Vec<Message>,
    /// Tools the model may call.
    #[serde(default)]
    pub tools: Vec<ToolSpec>,
    /// Whether it must.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// The shape of the answer.
    #[serde(default)]
    pub response_format: ResponseFormat,
    /// Sampling and limits.
    #[serde(default)]
    pub parameters: Parameters,
    /// Names of fields of the inbound format that this vocabulary cannot carry, as JSON paths; they are
    /// reported to the caller, never silently dropped.
    #[serde(default)]
    pub unmapped: Vec<String>,
    /// Where a model that answers from documents may look. Never read from a caller's body and never sent
    /// to a provider: the gateway sets the owner from who calls, the chat chooses the documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<LibraryScope>,
    /// Whether it may be made shorter to fit the model's window. Never read from a caller's body and never sent to a
    /// provider.
    #[serde(skip)]
    pub fit_to_window: bool,
    /// Whether settings that a deployment does not take are left out there, as people expect of theirs; callers' are sent
    /// as they are. Never read from a caller's body and never sent to a provider.
    #[serde(skip)]
    pub only_what_is_taken: bool,
    /// In which circumstances it is asked, where somebody said so; never sent to a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circumstances: Option<Box<crate::Circumstances>>,
}

/// Whose documents, and which of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryScope {
    /// In whose library.
    pub owner: base::OwnerId,
    /// Only in these documents; empty means everywhere.
    #[serde(default)]
    pub document_ids: Vec<String>,
}

/// A tool the model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether the arguments must follow the schema exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Whether the provider is asked to cache the prompt up to and including this tool.
    #[serde(default)]
    pub cache_marker: bool,
}

/// Whether, and which, tools must be called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No tool may be called.
    None,
    /// Some tool must be called.
    Required,
    /// This tool must be called.
    Named(String),
}

/// The shape of the answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Free text.
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// The schema's name.
        name: String,
        /// The schema.
        schema: Value,
        /// Whether it must be followed exactly.
        strict: Option<bool>,
    },
}

/// Sampling parameters and limits; `None` leaves a choice to the provider.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sampling among the k likeliest.
    pub top_k: Option<u32>,
    /// Most tokens the answer may have, reasoning included.
    pub max_output_tokens: Option<u64>,
    /// Texts at which generation stops.
    pub stop: Vec<String>,
    /// OpenAI's presence penalty.
    pub presence_penalty: Option<f64>,
    /// OpenAI's frequency penalty.
    pub frequency_penalty: Option<f64>,
    /// Seed for repeatable sampling.
    pub seed: Option<i64>,
    /// How much to think.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Most tokens to think with (Anthropic's `budget_tokens`, Gemini's `thinkingBudget`).
    pub reasoning_budget_tokens: Option<u64>,
    /// Whether the thinking is to be readable, for providers that show it only on request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_reasoning: Option<bool>,
    /// Whether several tools may be called at once.
    pub parallel_tool_calls: Option<bool>,
    /// An opaque id of the end user, for the provider's abuse checks.
    pub user: Option<String>,
}

/// How much a reasoning model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// The usual.
    Medium,
    /// A lot.
    High,
}

/// A request for embeddings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmbeddingRequest {
    /// As in [`ChatRequest::model`].
    pub model: String,
    /// The texts, in order.
    pub inputs: Vec<String>,
    /// Length of each vector, where the model lets one choose.
    pub dimensions: Option<u32>,
    /// What the vectors are for, such as `RETRIEVAL_QUERY`, in the words of Gemini's `taskType`.
    pub task: Option<String>,
    /// Whether the caller wants base64 of little-endian f32 (OpenAI's `encoding_format`).
    pub base64: bool,
    /// As in [`ChatRequest::unmapped`].
    pub unmapped: Vec<String>,
}

/// The embeddings asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EmbeddingReply {
    /// The model that answered.
    pub model: String,
    /// One vector an input, in order.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens read.
    pub usage: crate::Usage,
}
