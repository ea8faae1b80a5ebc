//! Errors as the API tells them: `application/problem+json` (RFC 9457) with a stable code and a hint.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A link to the code's explanation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable, machine-readable code, such as `document_encrypted`.
    pub code: String,
    /// What happened, for people.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The id under which the log has more.
    pub correlation_id: String,
}
