//! Why a call did not go through, in words for the caller.

use base::{ErrorKind, Money, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use llm::{LlmError, LlmErrorKind};
use routing::{HeaderStyle, LimitRefusal};
use std::time::Duration;

use budget::{Period, Refusal};

/// Why the gateway did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The credential is none of this installation's keys.
    #[error("the key is not known here")]
    UnknownKey,
    /// The key was taken back.
    #[error("the key `{key}` has been revoked")]
    RevokedKey {
        /// The key's name.
        key: String,
    },
    /// The key's time is over.
    #[error("the key `{key}` expired at {expired_at}")]
    ExpiredKey {
        /// The key's name.
        key: String,
        /// When.
        expired_at: Timestamp,
    },
    /// The key may not call this.
    #[error("the key `{key}` may not call `{model}`")]
    OutOfScope {
        /// The key's name.
        key: String,
        /// What was asked for.
        model: String,
    },
    /// The key has another secret now.
    #[error("this secret of the key `{key}` was replaced and ended at {replaced_at}")]
    RotatedKey {
        /// The key's name.
        key: String,
        /// When.
        replaced_at: Timestamp,
    },
    /// A limit on requests, tokens or calls at a time is reached.
    #[error("{0}")]
    RateLimited(LimitRefusal),
    /// The request waited for a place under its deployments' limits, and got none in time.
    #[error("no place became free within {} s: {refusal}", .waited.as_secs())]
    WaitedInVain {
        /// How long it waited.
        waited: Duration,
        /// The limit it waited for.
        refusal: LimitRefusal,
    },
    /// Nothing of this name can be called.
    #[error("there is no model or route `{name}`{}", near_text(.near))]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// The call might cost more than is left.
    #[error(
        "the call may cost up to {worst_case} USD, but {left} of the {limit} USD ({period}) of {whose} are left"
    )]
    BudgetExhausted {
        /// `the key NAME` or `this installation`.
        whose: String,
        /// Most the call can cost.
        worst_case: Money,
        /// What is neither spent nor reserved.
        left: Money,
        /// The limit.
        limit: Money,
        /// Its period.
        period: Period,
        /// When the next period begins.
        resets_in: Option<Duration>,
    },
    /// What is left of a budget is handed out evenly, and this call comes too soon.
    #[error("the {limit} USD ({period}) of {whose} are nearly spent, and the next call is due in {} s", ceil_seconds(*.wait))]
    BudgetThrottled {
        /// As above.
        whose: String,
        /// The limit.
        limit: Money,
        /// Its period.
        period: Period,
        /// When the next call may be made.
        wait: Duration,
    },
    /// Budgets are shared with other servers, and Redis cannot be asked.
    #[error("what is left of the budgets that apply cannot be asked now: {why}")]
    BudgetsAway {
        /// Why not.
        why: String,
    },
    /// The model's price is not known, and the caller has a budget.
    #[error("the price of `{model}` is not known, so no budget can be kept")]
    UnknownPrice {
        /// What was asked for.
        model: String,
    },
    /// Neither the request nor the model says how long the answer may be, and the caller has a budget.
    #[error("nothing limits the length of an answer of `{model}`, so no budget can be kept")]
    UnlimitedOutput {
        /// What was asked for.
        model: String,
    },
    /// The prompt cannot fit.
    #[error(
        "the prompt has at least {input_tokens} tokens and {output_tokens} are asked for, but `{model}` has room for {context_window}"
    )]
    ContextLength {
        /// The roomiest deployment.
        model: String,
        /// A cautious count: the prompt has at least these.
        input_tokens: u64,
        /// Tokens asked for as output.
        output_tokens: u64,
        /// Tokens in and out together.
        context_window: u64,
    },
    /// Every deployment is being left alone after failures.
    #[error("nothing that serves `{model}` is available{}", last_text(.last))]
    Unavailable {
        /// What was asked for.
        model: String,
        /// When the first of them will be tried again.
        retry_after: Duration,
        /// What it failed with.
        last: Option<String>,
    },
    /// Local-only mode is on, and everything of that name is somewhere else.
    #[error("local-only mode is on, and `{model}` is not on this machine")]
    LocalOnly {
        /// What was asked for.
        model: String,
    },
    /// The gateway is shutting down.
    #[error("familiar is shutting down")]
    Stopping,
    /// The request cannot be read, or the deployments failed; the last failure.
    #[error(transparent)]
    Model(#[from] LlmError),
}

fn near_text(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("`, `")) }
}

fn last_text(last: &Option<String>) -> String {
    last.as_ref().map_or_else(String::new, |last| format!("; it failed with: {last}"))
}

impl GatewayError {
    /// The kind that decides the HTTP status.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownKey
            | Self::RevokedKey { .. }
            | Self::ExpiredKey { .. }
            | Self::RotatedKey { .. } => ErrorKind::Unauthenticated,
            Self::OutOfScope { .. } | Self::LocalOnly { .. } => ErrorKind::Forbidden,
            Self::RateLimited(_)
            | Self::WaitedInVain { .. }
            | Self::BudgetExhausted { .. }
            | Self::BudgetThrottled { .. } => ErrorKind::Limited,
            Self::UnknownModel { .. } => ErrorKind::NotFound,
            Self::UnknownPrice { .. } | Self::UnlimitedOutput { .. } | Self::ContextLength { .. } => {
                ErrorKind::Invalid
            }
            Self::Unavailable { .. } | Self::BudgetsAway { .. } | Self::Stopping => ErrorKind::Unavailable,
            Self::Model(error) => error.kind(),
        }
    }

    /// The HTTP status by which callers' libraries choose their exception. A wrong *upstream* credential is
    /// not the caller's fault.
    pub const fn status(&self) -> StatusCode {
        if let Self::Model(LlmError { kind: LlmErrorKind::Timeout, .. }) = self {
            return StatusCode::GATEWAY_TIMEOUT;
        }
        match self.kind() {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a caller is told, in the vocabulary, with the hint.
    pub fn told(&self) -> LlmError {
        let told = self.to_llm();
        LlmError { message: format!("{}; {}", told.message, self.hint()), ..told }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownKey => {
                "send a key made with `familiar keys create` as `Authorization: Bearer fam-...`".into()
            }
            Self::RevokedKey { .. } | Self::ExpiredKey { .. } => {
                "make a new key with `familiar keys create`".into()
            }
            Self::OutOfScope { .. } => {
                "use a model of the key's scope, or make a key that includes it".into()
            }
            Self::RotatedKey { .. } => "use the key's new secret".into(),
            Self::LocalOnly { .. } => {
                "ask a model on this machine, or turn local-only mode off in the settings".into()
            }
            Self::RateLimited(refusal) | Self::WaitedInVain { refusal, .. } => {
                format!("wait {} s, or raise the limit", ceil_seconds(refusal.wait))
            }
            Self::UnknownModel { .. } => "`familiar models` lists what can be called".into(),
            Self::BudgetExhausted { resets_in, .. } => match resets_in {
                Some(wait) => format!(
                    "set `max_tokens` lower, raise the budget, or wait: it starts anew in {} minutes",
                    ceil_seconds(*wait).div_ceil(60)
                ),
                None => "set `max_tokens` lower, or raise the budget".into(),
            },
            Self::BudgetsAway { .. } => {
                "try again; `gateway.cluster.when_away` says whether servers may count alone meanwhile".into()
            }
            Self::BudgetThrottled { wait, .. } => {
                format!("wait {} s, or raise the budget", ceil_seconds(*wait))
            }
            Self::UnknownPrice { .. } => {
                "set the model's price in the provider's settings, or use a key without budget".into()
            }
            Self::UnlimitedOutput { .. } => "set `max_tokens` in the request".into(),
            Self::ContextLength { .. } => LlmErrorKind::ContextLength.hint().into(),
            Self::Unavailable { retry_after, .. } => {
                format!(
                    "try again in {} s, or add another deployment to the route",
                    ceil_seconds(*retry_after)
                )
            }
            Self::Stopping => "try again once it runs again".into(),
            Self::Model(error) => error.kind.hint().into(),
        }
    }

    /// How long to wait before the same request may succeed, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(refusal) | Self::WaitedInVain { refusal, .. } => Some(refusal.wait),
            Self::BudgetExhausted { resets_in, .. } => *resets_in,
            Self::BudgetThrottled { wait, .. } => Some(*wait),
            Self::BudgetsAway { .. } => Some(Duration::from_secs(1)),
            Self::Unavailable { retry_after, .. } => Some(*retry_after),
            Self::Model(error) => error.retry_after,
            Self::UnknownKey
            | Self::RevokedKey { .. }
            | Self::ExpiredKey { .. }
            | Self::RotatedKey { .. }
            | Self::OutOfScope { .. }
            | Self::UnknownModel { .. }
            | Self::UnknownPrice { .. }
            | Self::UnlimitedOutput { .. }
            | Self::ContextLength { .. }
            | Self::LocalOnly { .. }
            | Self::Stopping => None,
        }
    }

    /// The same for a caller who reads limits in this style.
    #[must_use]
    pub(crate) fn styled(mut self, style: HeaderStyle) -> Self {
        if let Self::RateLimited(refusal) | Self::WaitedInVain { refusal, .. } = &mut self {
            refusal.style = style;
        }
        self
    }

    /// Headers that belong to the error reply: `retry-after` and what is left of limits.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Self::RateLimited(refusal) | Self::WaitedInVain { refusal, .. } = self {
            refusal.state.write_headers(refusal.style, &mut headers);
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(ceil_seconds(wait)));
        }
        headers
    }

    /// The same in the vocabulary of model calls, so that a codec can write it in the caller's format.
    pub fn to_llm(&self) -> LlmError {
        let kind = match self {
            Self::UnknownKey
            | Self::RevokedKey { .. }
            | Self::ExpiredKey { .. }
            | Self::RotatedKey { .. } => LlmErrorKind::Authentication,
            Self::OutOfScope { .. } | Self::LocalOnly { .. } => LlmErrorKind::Permission,
            Self::RateLimited(_) | Self::WaitedInVain { .. } | Self::BudgetThrottled { .. } => {
                LlmErrorKind::RateLimited
            }
            Self::UnknownModel { .. } => LlmErrorKind::NotFound,
            Self::BudgetExhausted { .. } => LlmErrorKind::QuotaExceeded,
            Self::UnknownPrice { .. } | Self::UnlimitedOutput { .. } => LlmErrorKind::BadRequest,
            Self::ContextLength { .. } => LlmErrorKind::ContextLength,
            Self::Unavailable { .. } | Self::BudgetsAway { .. } | Self::Stopping => LlmErrorKind::Overloaded,
            Self::Model(error) => return error.clone(),
        };
        LlmError { retry_after: self.retry_after(), ..LlmError::new(kind, self.to_string()) }
    }
}

impl From<Refusal> for GatewayError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Exhausted { whose, worst_case, left, limit, period, resets_in } => {
                Self::BudgetExhausted { whose, worst_case, left, limit, period, resets_in }
            }
            Refusal::Throttled { whose, limit, period, wait } => {
                Self::BudgetThrottled { whose, limit, period, wait }
            }
        }
    }
}

/// Whole seconds, rounded up, at least 1: what `retry-after` can say.
pub(crate) fn ceil_seconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1)
}

/// Why keys could not be managed, the ledger not be read, or the gateway not be started.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// A field of the request is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// No such key of this owner.
    #[error("there is no key `{0}`")]
    UnknownKey(String),
    /// No such budget.
    #[error("there is no budget `{0}`")]
    UnknownBudget(String),
    /// The budget stands in the configuration.
    #[error("the budget `{0}` stands in the configuration file")]
    BudgetOfFile(String),
    /// A file of the data folder cannot be used.
    #[error("`{path}` cannot be read or written")]
    DataFolder {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// What is shared with other servers cannot be reached.
    #[error("what is shared with other servers cannot be reached")]
    Cluster(#[source] cluster::ClusterError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] store::DbError),
}

impl ManageError {
    /// The kind that decides the HTTP status.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::UnknownKey(_) | Self::UnknownBudget(_) => ErrorKind::NotFound,
            Self::BudgetOfFile(_) => ErrorKind::Conflict,
            Self::Cluster(_) => ErrorKind::Unavailable,
            Self::Ledger(error) => error.kind(),
            Self::DataFolder { .. } => ErrorKind::Internal,
            Self::Database(error) => error.kind(),
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "correct the value named and send it again",
            Self::UnknownKey(_) => "`familiar keys list` shows the keys there are",
            Self::UnknownBudget(_) => "`familiar budget list` shows the budgets there are",
            Self::Cluster(_) => "check that Redis runs at the address of `gateway.cluster.redis_url`",
            Self::BudgetOfFile(_) => {
                "change it under `[gateway.budget]` or `[[gateway.budgets]]` and start anew"
            }
            Self::Ledger(error) => error.hint(),
            Self::DataFolder { .. } => "check that the data folder exists, is writable and has space",
            Self::Database(error) => error.hint().unwrap_or("check the database with `familiar doctor`"),
        }
    }
}
