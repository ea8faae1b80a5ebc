//! Tiers: what an answer is for, whoever gives it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Quick and cheap.
    Fast,
    /// Speaks well, and without making anybody wait long.
    Voice,
    /// Thinks, at whatever it costs.
    Thinker,
}

impl Tier {
    /// Every tier, the quickest first.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Voice, Self::Thinker];

    /// The name to ask for.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Voice => "voice",
            Self::Thinker => "thinker",
        }
    }

    /// The tier of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == name)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
