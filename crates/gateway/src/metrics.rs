//! Figures for operators, as plain numbers; the server writes them in Prometheus' format.

mod series;

pub use series::{Distribution, MAX_SERIES, OTHER, Series, TOKEN_CLASSES};

use crate::tiers::Tier;
use base::ErrorKind;
use budget::AccountState;
use ledger::Exchange;
use llm::LlmErrorKind;
use parking_lot::Mutex;
use routing::{DeploymentHealth, limit::QueueSnapshot};
use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds of the histograms' buckets, in milliseconds.
pub const BUCKETS_MS: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000];

const KINDS: [ErrorKind; 9] = [
    ErrorKind::Invalid,
    ErrorKind::Unauthenticated,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
    ErrorKind::Limited,
    ErrorKind::Upstream,
    ErrorKind::Unavailable,
    ErrorKind::Internal,
];

/// What may be given up to get an answer: the words that such events begin with.
pub(crate) const DEGRADATIONS: [&str; 4] =
    ["other_deployment", "other_provider", "smaller_model", "fewer_tokens"];

/// Upper bounds of the buckets of what the gateway itself adds, in microseconds.
pub const OVERHEAD_BUCKETS_US: [u64; 11] =
    [25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000];

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    in_flight: AtomicI64,
    refusals: [AtomicU64; KINDS.len()],
    attempts_failed: AtomicU64,
    degradations: [AtomicU64; DEGRADATIONS.len()],
    failures: [AtomicU64; LlmErrorKind::ALL.len() + 1],
    overhead: [AtomicU64; OVERHEAD_BUCKETS_US.len() + 1],
    overhead_sum_us: AtomicU64,
    series: series::Table,
    tiers: [Mutex<Series>; Tier::ALL.len()],
}

/// All figures at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricsSnapshot {
    /// Exchanges under way.
    pub in_flight: i64,
    /// Requests that were refused before they became exchanges, by kind of error.
    pub refusals: Vec<(&'static str, u64)>,
    /// Calls to deployments that failed, fallen back from or not.
    pub attempts_failed: u64,
    /// What was given up to get answers: another deployment or provider, a smaller model, fewer tokens.
    pub degradations: Vec<(&'static str, u64)>,
    /// Replies in the cache.
    pub cache_entries: u64,
    /// Memory they take, in bytes.
    pub cache_bytes: u64,
    /// What came of looking into it, by route.
    pub cache_routes: Vec<crate::recall::CacheRoute>,
    /// Settled exchanges that the database does not have yet.
    pub ledger_backlog: u64,
    /// Lines that could not be written to the journal.
    pub journal_failures: u64,
    /// Requests that wait for a limit to let them through.
    pub queue: QueueSnapshot,
    /// How much of everything that grows with use is kept in memory.
    pub kept: Vec<(&'static str, u64)>,
    /// Requests and replies that were to be kept and could not be.
    pub bodies_lost: u64,
    /// Each tier that was asked.
    pub tiers: Vec<(&'static str, Series)>,
    /// Each deployment.
    pub deployments: Vec<DeploymentHealth>,
    /// By operation, route, provider and model.
    pub series: Vec<Series>,
    /// Calls that ended with an error, by its class.
    pub failures: Vec<(&'static str, u64)>,
    /// What the gateway itself added before the answer's head.
    pub overhead_us: Overheads,
    /// Every budget.
    pub budgets: Vec<BudgetFigures>,
}

/// What the gateway itself added to calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overheads {
    /// One for each of [`OVERHEAD_BUCKETS_US`], and one for everything above; not cumulative.
    pub buckets: Vec<u64>,
    /// Their sum.
    pub sum_us: u64,
}

/// A budget as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFigures {
    /// `installation`, `user`, `project` or `key`.
    pub scope: &'static str,
    /// What it is called; may be empty for the installation and users.
    pub name: String,
    /// The budget's id.
    pub id: String,
    /// What is spent and reserved of it.
    pub state: AccountState,
}

impl Metrics {
    pub(crate) fn began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, kind: ErrorKind) {
        if let Some(counter) =
            KINDS.iter().position(|other| *other == kind).and_then(|position| self.refusals.get(position))
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn attempt_failed(&self) {
        self.attempts_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an event of an explanation by its first word.
    pub(crate) fn degraded(&self, event: &str) {
        let position = DEGRADATIONS.iter().position(|word| event.starts_with(word));
        if let Some(counter) = position.and_then(|position| self.degradations.get(position)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// An answer is handed out, to which the gateway has added this.
    pub(crate) fn answered(&self, overhead: Duration) {
        let us = u64::try_from(overhead.as_micros()).unwrap_or(u64::MAX);
        let position = OVERHEAD_BUCKETS_US.iter().position(|bound| us <= *bound);
        if let Some(bucket) = self.overhead.get(position.unwrap_or(OVERHEAD_BUCKETS_US.len())) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.overhead_sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(crate) fn settled(&self, exchange: &Exchange) {
        self.series.count(exchange);
        if let Some(kind) = &exchange.error_kind {
            let known = LlmErrorKind::ALL.iter().position(|known| known.as_str() == kind);
            if let Some(counter) = self.failures.get(known.unwrap_or(LlmErrorKind::ALL.len())) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        if let Some(tier) = exchange.explanation.tier.and_then(|tier| self.tiers.get(tier as usize)) {
            tier.lock().add(exchange);
        }
    }

    /// The figures that are counted here; the rest is the gateway's to add.
    pub(crate) fn snapshot(&self) -> MetricsSnapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MetricsSnapshot {
            in_flight: self.in_flight.load(Ordering::Relaxed),
            refusals: KINDS
                .iter()
                .zip(&self.refusals)
                .map(|(kind, counter)| (kind.as_str(), read(counter)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            attempts_failed: read(&self.attempts_failed),
            degradations: DEGRADATIONS
                .iter()
                .zip(&self.degradations)
                .map(|(word, counter)| (*word, read(counter)))
                .collect(),
            series: self.series.snapshot(),
            failures: LlmErrorKind::ALL
                .iter()
                .map(|kind| kind.as_str())
                .chain([OTHER])
                .zip(&self.failures)
                .map(|(kind, counter)| (kind, read(counter)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            overhead_us: Overheads {
                buckets: self.overhead.iter().map(read).collect(),
                sum_us: read(&self.overhead_sum_us),
            },
            tiers: Tier::ALL
                .iter()
                .zip(&self.tiers)
                .map(|(tier, series)| (tier.as_str(), series.lock().clone()))
                .filter(|(_, series)| series.outcomes.iter().any(|count| *count > 0))
                .collect(),
            ..MetricsSnapshot::default()
        }
    }
}
