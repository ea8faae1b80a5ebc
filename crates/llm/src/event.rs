//! The one streaming vocabulary (PRV-9).

use crate::Usage;
use serde::{Deserialize, Serialize};

/// One step of an answer. A failed stream ends with an `Err(LlmError)` beside these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// The provider has begun.
    Started {
        /// The provider's id of the reply.
        id: Option<String>,
        /// The model that answers, in the provider's words.
        model: Option<String>,
    },
    /// More text.
    Text {
        /// What to append.
        delta: String,
    },
    /// More readable thinking.
    Reasoning {
        /// What to append.
        delta: String,
    },
    /// The thinking block so far is complete; these opaque tokens have to be kept with it.
    ReasoningSealed {
        /// Goes back unchanged with the thinking.
        signature: Option<String>,
        /// A block of encrypted thinking instead of readable one.
        redacted: Option<String>,
    },
    /// A tool call begins.
    ToolCallStarted {
        /// Which call of this reply, from 0; fragments of parallel calls may interleave.
        index: u32,
        /// The id its result will refer to; made up by the codec where the provider sends none.
        id: String,
        /// The tool's name.
        name: String,
        /// As in [`crate::Part::ToolCall`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// More of a tool call's arguments.
    ToolCallArguments {
        /// Which call.
        index: u32,
        /// JSON text to append.
        delta: String,
    },
    /// The text so far rests on this source.
    Citation(Citation),
    /// The model declines; its words.
    Refusal {
        /// What to append.
        delta: String,
    },
    /// Tokens used up to here; a running total, so the last one counts (see [`Usage::merged`]).
    Usage(Usage),
    /// The answer is complete.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// A source for something said; the text refers to it as `[index]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The number in the text, from 1.
    pub index: u32,
    /// The passage cited (see [`crate::Passage::chunk_id`]).
    pub chunk_id: String,
    /// The document it stands in.
    pub document_id: String,
    /// The document's title.
    pub title: String,
    /// The heading it stands under, outermost first, joined by ` › `.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// The page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The words the claim rests on, verbatim from the passage.
    pub quote: String,
}

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// The output limit was reached.
    MaxTokens,
    /// A stop text was met; which, where the provider says.
    StopSequence(Option<String>),
    /// The model wants tools to be run.
    ToolCalls,
    /// A filter cut it off.
    ContentFilter,
    /// The model declined.
    Refusal,
}

impl StopReason {
    /// The stable name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::EndTurn => "stop",
            Self::MaxTokens => "length",
            Self::StopSequence(_) => "stop_sequence",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
        }
    }
}
