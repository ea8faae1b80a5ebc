//! What is known about a model: limits and capabilities.

use crate::Prices;
use serde::{Deserialize, Serialize};

/// A registry entry.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// The provider's name in the configuration, such as `openai`.
    pub provider: String,
    /// The provider's own name for the model, such as `gpt-4o-mini`.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Most tokens in and out together, where known.
    pub context_window: Option<u64>,
    /// Most tokens of one answer, where known.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// Prices; `None` when unknown, which is not the same as free.
    pub prices: Option<Prices>,
    /// How good its answers are by a public leaderboard, 0 to 100; `None` when unknown.
    pub quality: Option<u8>,
    /// The shortest beginning of a prompt that its provider keeps in a prompt cache, in tokens; `None` when unknown.
    pub cacheable_tokens: Option<u64>,
}

impl ModelSpec {
    /// `provider/name`, which is how a caller names it.
    pub fn id(&self) -> String {
        format!("{}/{}", self.provider, self.name)
    }

    /// Whether it can do this.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

/// Something a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Hold a conversation.
    Chat,
    /// Call tools.
    Tools,
    /// Look at pictures.
    Vision,
    /// Think before it answers.
    Reasoning,
    /// Answer in JSON that follows a schema.
    StructuredOutput,
    /// Turn text into vectors.
    Embeddings,
    /// Speak text.
    Speech,
    /// Write down what is said.
    Transcription,
}

impl Capability {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Tools => "tools",
            Self::Vision => "vision",
            Self::Reasoning => "reasoning",
            Self::StructuredOutput => "structured_output",
            Self::Embeddings => "embeddings",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
        }
    }
}
