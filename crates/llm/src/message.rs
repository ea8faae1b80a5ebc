//! Messages and the parts they are made of.

use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions to the model (`system` and `developer` of the wire formats).
    System,
    /// The person, or a program in their place.
    User,
    /// The model.
    Assistant,
    /// Results of tool calls; such a message holds only [`Part::ToolResult`]s.
    Tool,
}

impl Role {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message: a role and its parts in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// The speaker's name where a wire format carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Message {
    /// A message of one text part.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::text(text)], name: None }
    }

    /// All text parts, joined without separator.
    pub fn plain_text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect()
    }
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Plain text.
    Text {
        /// The text.
        text: String,
        /// Whether the provider is asked to cache the prompt up to and including this part.
        #[serde(default, skip_serializing_if = "is_false")]
        cache_marker: bool,
    },
    /// A picture.
    Image {
        /// Where its bytes are.
        media: Media,
        /// OpenAI's `detail`: `low`, `high` or `auto`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// A document, such as a PDF.
    File {
        /// Where its bytes are.
        media: Media,
        /// Its name as the person knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file_name: Option<String>,
    },
    /// The model asks for a tool to be run.
    ToolCall {
        /// The id its result refers to.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments: a JSON text exactly as the model wrote it (it may be broken).
        arguments: String,
        /// An opaque token that has to go back with the call (Gemini's thought signature).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// What a tool answered.
    ToolResult {
        /// The id of the call.
        call_id: String,
        /// The tool's name, where known: Gemini and Ollama address results by name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The result: text and images.
        parts: Vec<Part>,
        /// Whether the tool failed.
        #[serde(default, skip_serializing_if = "is_false")]
        is_error: bool,
    },
    /// The model's thinking.
    Reasoning {
        /// The readable part; empty when the provider withholds it.
        text: String,
        /// An opaque token that has to go back unchanged (Anthropic's `signature`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// Encrypted thinking that only the provider can read (Anthropic's `redacted_thinking`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redacted: Option<String>,
    },
}

impl Part {
    /// A text part without cache marker.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), cache_marker: false }
    }

    /// The text, if this is a text part.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Image { .. }
            | Self::File { .. }
            | Self::ToolCall { .. }
            | Self::ToolResult { .. }
            | Self::Reasoning { .. } => None,
        }
    }
}

/// Bytes that are not text, or where to find them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Media {
    /// The bytes themselves, base64 in the standard alphabet; never decoded on the way through.
    Inline {
        /// MIME type, such as `image/png`.
        media_type: String,
        /// The base64 text.
        data: String,
    },
    /// An address the provider fetches itself.
    Url {
        /// The address.
        url: String,
    },
    /// A file uploaded to the provider before.
    Uploaded {
        /// The provider's id for it.
        id: String,
    },
}

fn is_false(value: &bool) -> bool {
    !value
}
