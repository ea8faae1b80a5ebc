//! The nine kinds every error falls into.

use std::fmt;

/// What sort of failure an error is, from the caller's point of view.
///
/// Each crate has error types of its own; each of them answers `kind()` with one of these, and one
/// table in `server` turns a kind into an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input is malformed or not allowed; sending it again cannot help.
    Invalid,
    /// No credential, or one that is not known.
    Unauthenticated,
    /// A known caller that may not do this.
    Forbidden,
    /// The thing named does not exist, or not for this caller.
    NotFound,
    /// The state has moved on since the caller looked.
    Conflict,
    /// A limit on size, rate or money was reached.
    Limited,
    /// A service that Familiar called failed or answered nonsense.
    Upstream,
    /// Familiar cannot do this at the moment (shutting down, timed out, busy); trying again may help.
    Unavailable,
    /// A fault of Familiar's own.
    Internal,
}

impl ErrorKind {
    /// The stable name used in logs and in problem documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Limited => "limited",
            Self::Upstream => "upstream",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
