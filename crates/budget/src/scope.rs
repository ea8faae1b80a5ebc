//! Whose spending a budget limits.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Whose spending a budget limits. A call is paid from the budgets of all four at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's together.
    Installation,
    /// One user's: all of their keys, and the page.
    User,
    /// One project's, whoever works on it.
    Project,
    /// One virtual key's.
    Key,
}

impl Scope {
    /// Every scope, the widest first: the order in which a call's accounts are named.
    pub const ALL: [Self; 4] = [Self::Installation, Self::User, Self::Project, Self::Key];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::User => "user",
            Self::Project => "project",
            Self::Key => "key",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a scope (one of installation, user, project, key)")]
pub struct ParseScopeError {
    text: String,
}

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| ParseScopeError { text: text.to_owned() })
    }
}
