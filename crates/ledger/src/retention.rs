//! What is kept of requests and replies, and for how long: nothing, unless somebody asks for it.
//!
//! While a call runs, its bodies are only held on to (the bytes are there anyway); when it is over, a task beside
//! the hot path blots out what is private, cuts, encrypts and stores. Headers are never looked at, so no provider's
//! key and no caller's credential is ever among what is kept; keys that stand in the text itself are blotted out.
//! What is waiting when the process is killed is lost: bodies are an aid, not the ledger.

mod capture;
mod keeper;
mod prepare;
mod redact;
mod retained;

pub use capture::{Asked, Capture};
pub use keeper::{Figures, Keeper, Pruned, Rules};
pub use redact::{KNOWN, KnownPattern};
pub use retained::Retained;

use base::ErrorKind;
use redact::Redactor;
use serde::{Deserialize, Serialize};

/// Longest time that can be asked for: ten years.
pub const MAX_DAYS: u32 = 3_650;
/// Most patterns of one's own.
const MAX_PATTERNS: usize = 32;

/// The `[gateway.retention]` section, or what was chosen on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Whose requests and replies are kept.
    pub keep: Keep,
    /// For how many days.
    pub days: u32,
    /// Which known patterns are blotted out before anything is kept; see [`KNOWN`].
    pub redact: Vec<String>,
    /// Regular expressions of one's own that are blotted out as well.
    pub patterns: Vec<String>,
    /// For how many days the exchanges themselves are kept; for ever where not set. Their sums stay.
    pub exchange_days: Option<u32>,
    /// Longest request or reply that is kept whole, in bytes; of longer ones the beginning.
    pub max_body_bytes: usize,
}

/// Whose requests and replies are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Nobody's.
    #[default]
    None,
    /// Those of calls that failed.
    Failed,
    /// All.
    All,
}

impl Keep {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::None, Self::Failed, Self::All];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Failed => "failed",
            Self::All => "all",
        }
    }

    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|keep| keep.as_str() == name)
    }
}

impl Default for RetentionConfig {
    fn default() -> Self {
        let redact = KNOWN.iter().filter(|known| known.usual && !known.always);
        Self {
            keep: Keep::None,
            days: 30,
            redact: redact.map(|known| known.name.to_owned()).collect(),
            patterns: Vec::new(),
            exchange_days: None,
            max_body_bytes: 256 << 10,
        }
    }
}

impl RetentionConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn check(&self) -> Result<(), RetentionError> {
        self.redactor().map(|_| ())
    }

    fn redactor(&self) -> Result<Redactor, RetentionError> {
        let days = |name: &'static str, days: u32| match days {
            1..=MAX_DAYS => Ok(()),
            _ => Err(RetentionError::Days { name, days }),
        };
        days("days", self.days)?;
        if let Some(exchange_days) = self.exchange_days {
            days("exchange_days", exchange_days)?;
        }
        if self.patterns.len() > MAX_PATTERNS {
            return Err(RetentionError::TooManyPatterns(self.patterns.len()));
        }
        Redactor::new(&self.redact, &self.patterns)
    }
}

/// Why retention cannot be set like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// A number of days that is none.
    #[error("`{name}` cannot be {days} days")]
    Days {
        /// The setting.
        name: &'static str,
        /// The value.
        days: u32,
    },
    /// A name that no known pattern has.
    #[error("there is no pattern `{0}`")]
    UnknownPattern(String),
    /// A pattern of one's own that cannot be used.
    #[error("`{pattern}` cannot be used as a pattern: {why}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why not.
        why: String,
    },
    /// More patterns than are looked for.
    #[error("{0} patterns of one's own are too many")]
    TooManyPatterns(usize),
}

impl RetentionError {
    /// The setting that is wrong.
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Days { name, .. } => name,
            Self::UnknownPattern(_) => "redact",
            Self::Pattern { .. } | Self::TooManyPatterns(_) => "patterns",
        }
    }

    /// Always the input.
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// What to write instead.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Days { .. } => "give 1 to 3650 days",
            Self::UnknownPattern(_) => "there are `key`, `email`, `iban`, `card`, `phone` and `ip`",
            Self::Pattern { .. } => {
                "write a regular expression of Rust's crate `regex`, which has no look-around, up to 1000 characters, \
                 that does not match the empty text"
            }
            Self::TooManyPatterns(_) => "give up to 32; `a|b` is one",
        }
    }
}

/// Request and reply of an exchange as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeptBodies {
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<KeptBody>,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<KeptBody>,
}

/// A body that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeptBody {
    /// Its text; JSON in the caller's format where it is not cut.
    pub text: String,
    /// How many bytes it had before anything was taken out.
    pub bytes: u64,
    /// Whether its end is missing.
    #[serde(default)]
    pub cut: bool,
    /// What was blotted out, and how often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<(String, u64)>,
}
