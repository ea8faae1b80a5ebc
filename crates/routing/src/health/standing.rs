//! Whether a deployment may be called, and how it is doing, in a word.

use std::{fmt, time::Duration};

/// Whether a deployment may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Ready,
    /// It asked for patience until then; only where nothing else is there.
    Limited {
        /// How long still.
        wait: Duration,
    },
    /// It has failed too often and is left alone until then, or somebody is just probing it.
    Open {
        /// How long still.
        wait: Duration,
    },
}

impl Standing {
    /// The same where a limit lets nothing through for so long.
    pub(super) fn limited(self, wait: Option<Duration>) -> Self {
        match (self, wait) {
            (Self::Ready, Some(wait)) => Self::Limited { wait },
            (Self::Limited { wait: other }, Some(wait)) => Self::Limited { wait: wait.max(other) },
            (standing, _) => standing,
        }
    }
}

/// How a deployment is doing, in a word; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum State {
    /// It answers.
    #[default]
    Available,
    /// It answers, but fails noticeably often.
    Degraded,
    /// Its provider asks for patience.
    RateLimited,
    /// Its account has no credit left.
    QuotaExceeded,
    /// It has failed too often and is left alone.
    Unavailable,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Available, Self::Degraded, Self::RateLimited, Self::QuotaExceeded, Self::Unavailable];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Degraded => "degraded",
            Self::RateLimited => "rate_limited",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
