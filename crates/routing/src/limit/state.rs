//! What is left of limits, in words and headers.

use super::{Limiter, Scope};
use base::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{fmt, sync::Arc, time::Duration};

/// One limit and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowState {
    /// The limit.
    pub limit: u64,
    /// What is left of it now.
    pub remaining: u64,
    /// Until all of it is there again, if nothing more is taken.
    pub reset_in: Duration,
}

/// What is left of each limit that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitsState {
    /// Requests in any sixty seconds.
    pub requests: Option<WindowState>,
    /// Tokens in any sixty seconds.
    pub tokens: Option<WindowState>,
    /// Calls at a time.
    pub parallel: Option<WindowState>,
}

/// Which limit a call has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedBy {
    /// Requests a minute.
    Requests {
        /// The limit.
        limit: u64,
    },
    /// Tokens a minute.
    Tokens {
        /// The limit.
        limit: u64,
        /// What the call is expected to take.
        needed: u64,
    },
    /// Calls at a time.
    Parallel {
        /// The limit.
        limit: u64,
    },
    /// A limit that others wait for already.
    Others,
}

impl fmt::Display for LimitedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests { limit } => write!(f, "more than {limit} requests a minute"),
            Self::Tokens { limit, needed } => {
                write!(
                    f,
                    "more than {limit} tokens a minute with the {needed} that this call is expected to take"
                )
            }
            Self::Parallel { limit } => write!(f, "more than {limit} calls at a time"),
            Self::Others => f.write_str("others wait already"),
        }
    }
}

/// Why a call may not begin now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRefusal {
    /// Whose limit it is.
    pub scope: Scope,
    /// Which.
    pub by: LimitedBy,
    /// When the call may begin.
    pub wait: Duration,
    /// What is left of the limits.
    pub state: Box<LimitsState>,
    /// How the caller reads them.
    pub style: HeaderStyle,
}

impl LimitRefusal {
    pub(super) fn new(scope: Scope, by: LimitedBy, wait: Duration, state: LimitsState) -> Self {
        Self { scope, by, wait, state: Box::new(state), style: HeaderStyle::default() }
    }
}

impl LimitRefusal {
    /// The refusal of one who comes while others wait for these limits.
    pub fn others_wait(scope: Scope, limiters: &[Arc<Limiter>], now: Duration) -> Self {
        let waits = limiters.iter().filter_map(|limiter| limiter.headroom(now).1);
        let wait = waits.max().unwrap_or(super::PARALLEL_WAIT);
        Self::new(scope, LimitedBy::Others, wait, super::state_of(limiters, now))
    }
}

impl fmt::Display for LimitRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.by, self.scope)
    }
}

/// How a caller reads what is left of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderStyle {
    /// `x-ratelimit-remaining-requests` and the like; times as durations.
    #[default]
    OpenAi,
    /// `anthropic-ratelimit-requests-remaining` and the like; times as moments, counted from this one.
    Anthropic(Timestamp),
}

impl LimitsState {
    /// Of each kind the one of which less is left.
    pub(super) fn scarcer(self, other: &Self) -> Self {
        let of = |one: Option<WindowState>, other: Option<WindowState>| match (one, other) {
            (Some(one), Some(other)) => Some(if other.remaining < one.remaining { other } else { one }),
            (one, other) => one.or(other),
        };
        Self {
            requests: of(self.requests, other.requests),
            tokens: of(self.tokens, other.tokens),
            parallel: of(self.parallel, other.parallel),
        }
    }

    /// The share that is left of the scarcest; 1 where nothing is limited.
    pub(super) fn headroom(&self) -> f64 {
        let share = |window: WindowState| window.remaining as f64 / window.limit.max(1) as f64;
        let windows = [self.requests, self.tokens, self.parallel];
        windows.into_iter().flatten().map(share).fold(1.0, f64::min)
    }

    /// Says it in headers. Calls at a time have none.
    pub fn write_headers(&self, style: HeaderStyle, headers: &mut HeaderMap) {
        if let Some(window) = &self.requests {
            write(window, style, &NAMES_OF_REQUESTS, headers);
        }
        if let Some(window) = &self.tokens {
            write(window, style, &NAMES_OF_TOKENS, headers);
        }
    }
}

/// OpenAI's names, then Anthropic's: limit, remaining, reset.
type Names = [[&'static str; 3]; 2];
const NAMES_OF_REQUESTS: Names = [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
];
const NAMES_OF_TOKENS: Names = [
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    [
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ],
];

fn write(window: &WindowState, style: HeaderStyle, names: &Names, headers: &mut HeaderMap) {
    let [openai, anthropic] = names;
    let ([limit, remaining, reset], when) = match style {
        HeaderStyle::OpenAi => (openai, format!("{}ms", window.reset_in.as_millis())),
        HeaderStyle::Anthropic(now) => (anthropic, now.plus(window.reset_in).to_string()),
    };
    headers.insert(HeaderName::from_static(limit), HeaderValue::from(window.limit));
    headers.insert(HeaderName::from_static(remaining), HeaderValue::from(window.remaining));
    // Digits and letters are fine in any header.
    if let Ok(when) = HeaderValue::try_from(when) {
        headers.insert(HeaderName::from_static(reset), when);
    }
}
