//! Counting tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something to count: a text, or a request in one of the formats of the doors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountTokens {
    /// A model or route; also a model that is not configured here.
    pub model: String,
    /// A text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Instead of a text: a request, as it would be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub request: Option<serde_json::Value>,
    /// The request's format: `openai-chat` (the default), `openai-responses`, `anthropic`, `gemini` or `ollama`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokenCount {
    /// The model that was counted for: of a route, its first deployment.
    pub model: String,
    /// How many tokens.
    pub tokens: u64,
    /// How they were counted: `o200k_base`, `o200k_harmony`, `cl100k_base`, `tokenizer.json` or `estimate`.
    pub method: String,
    /// Whether it is the number that the model's own tokenizer gives, with what its vendor has published of the rest.
    pub exact: bool,
    /// For estimates: nine of ten were at most this far from what the provider reported; missing where too few were
    /// measured to say, and where the count is exact.
    pub error_percent: Option<f64>,
    /// How many answers that was measured on.
    pub samples: u64,
    /// Where the tokens are; they add up.
    pub by_part: TokensByPart,
}

/// Where tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokensByPart {
    /// Instructions.
    pub system: u64,
    /// The conversation, or the text.
    pub messages: u64,
    /// What tools are, and what the answer must look like.
    pub tools: u64,
    /// Pictures.
    pub images: u64,
    /// Documents.
    pub files: u64,
    /// What is written around all that.
    pub overhead: u64,
}
