//! The one error vocabulary of model calls (PRV-7).

use crate::Upstream;
use base::ErrorKind;
use std::{fmt, time::Duration};

/// Why a model call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LlmError {
    /// The class.
    pub kind: LlmErrorKind,
    /// What happened, in the provider's words where it gave any; never holds a credential.
    pub message: String,
    /// The HTTP status the provider answered with.
    pub status: Option<u16>,
    /// The provider's machine-readable code, such as `context_length_exceeded`.
    pub code: Option<String>,
    /// When a retry may succeed.
    pub retry_after: Option<Duration>,
    /// The provider's id of the request, for its support.
    pub request_id: Option<String>,
}

/// The class of a failed model call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LlmErrorKind {
    /// The credential is missing or wrong.
    Authentication,
    /// The credential may not do this.
    Permission,
    /// No such model or endpoint.
    NotFound,
    /// The provider does not accept the request.
    BadRequest,
    /// The prompt does not fit the model's context window.
    ContextLength,
    /// A content filter refused.
    ContentFiltered,
    /// Too many requests or tokens just now.
    RateLimited,
    /// The account has no credit left.
    QuotaExceeded,
    /// The provider is overloaded.
    Overloaded,
    /// The provider failed.
    Server,
    /// No answer in time, or a stream that stalled.
    Timeout,
    /// The provider could not be reached, or the connection broke.
    Network,
    /// The answer is not what the wire format says.
    Malformed,
    /// The caller went away or stopped it.
    Cancelled,
}

impl LlmErrorKind {
    /// Every class, for tables.
    pub const ALL: [Self; 14] = [
        Self::Authentication,
        Self::Permission,
        Self::NotFound,
        Self::BadRequest,
        Self::ContextLength,
        Self::ContentFiltered,
        Self::RateLimited,
        Self::QuotaExceeded,
        Self::Overloaded,
        Self::Server,
        Self::Timeout,
        Self::Network,
        Self::Malformed,
        Self::Cancelled,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::BadRequest => "bad_request",
            Self::ContextLength => "context_length_exceeded",
            Self::ContentFiltered => "content_filtered",
            Self::RateLimited => "rate_limited",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Malformed => "malformed_reply",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the same deployment may succeed if asked again shortly.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded | Self::Server | Self::Timeout | Self::Network)
    }

    /// Whether another deployment may succeed where this one failed.
    pub const fn may_fall_back(self) -> bool {
        !matches!(self, Self::BadRequest | Self::Cancelled)
    }

    /// Whether it says something about the deployment's health rather than about the request.
    pub const fn blames_deployment(self) -> bool {
        !matches!(self, Self::BadRequest | Self::ContextLength | Self::ContentFiltered | Self::Cancelled)
    }

    /// The kind the caller of Familiar sees.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::BadRequest | Self::ContextLength | Self::ContentFiltered => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::RateLimited | Self::QuotaExceeded => ErrorKind::Limited,
            Self::Timeout | Self::Overloaded | Self::Cancelled => ErrorKind::Unavailable,
            // A wrong upstream credential is Familiar's configuration, not the caller's key.
            Self::Authentication | Self::Permission | Self::Server | Self::Network | Self::Malformed => {
                ErrorKind::Upstream
            }
        }
    }

    /// What the person can do about it.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Authentication => "check the provider's API key in the settings",
            Self::Permission => "the provider's key may not use this model; check the account's access",
            Self::NotFound => "check the model's name; `familiar models` lists what the provider offers",
            Self::BadRequest => "the request cannot be carried out as it is; the message says why",
            Self::ContextLength => "shorten the conversation or choose a model with a larger context window",
            Self::ContentFiltered => "the provider's content filter refused; rephrase, or use another model",
            Self::RateLimited => "the provider limits the rate; wait, or add another deployment to the route",
            Self::QuotaExceeded => {
                "the provider's account has no credit left; top it up or use another provider"
            }
            Self::Overloaded | Self::Server => "the provider has trouble; try again, or use another provider",
            Self::Timeout => "the provider did not answer in time; try again or raise the time-out",
            Self::Network => "the provider cannot be reached; check the network and the provider's base URL",
            Self::Malformed => {
                "the provider's reply is not in its own format; check the dialect in the settings"
            }
            Self::Cancelled => "send it again to start over",
        }
    }
}

impl fmt::Display for LlmErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl LlmError {
    /// An error of this class with a message and nothing else known.
    pub fn new(kind: LlmErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None, code: None, retry_after: None, request_id: None }
    }

    /// The same with every credential of `upstream` blotted out.
    #[must_use]
    pub fn without_secrets(mut self, upstream: &dyn Upstream) -> Self {
        for text in
            [Some(&mut self.message), self.code.as_mut(), self.request_id.as_mut()].into_iter().flatten()
        {
            if let Some(blotted) = upstream.without_secrets(text) {
                *text = blotted;
            }
        }
        self
    }

    /// The kind the caller of Familiar sees.
    pub const fn kind(&self) -> ErrorKind {
        self.kind.kind()
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for LlmError {}
