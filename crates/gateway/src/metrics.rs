//! Figures for operators, as plain numbers; the server writes them in Prometheus' format.

use crate::{
    exchange::{Exchange, Outcome},
    health::DeploymentHealth,
    tiers::Tier,
};
use base::ErrorKind;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

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

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    in_flight: AtomicI64,
    outcomes: [AtomicU64; Outcome::ALL.len()],
    refusals: [AtomicU64; KINDS.len()],
    attempts_failed: AtomicU64,
    cache_hits: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    cost_nanos: AtomicI64,
    total: Histogram,
    first_token: Histogram,
    tiers: [TierCounters; Tier::ALL.len()],
}

/// What is counted of each tier.
#[derive(Debug, Default)]
struct TierCounters {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    cost_nanos: AtomicI64,
    first_token: Histogram,
}

#[derive(Debug, Default)]
struct Histogram {
    /// One for each bound, and one for everything above.
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
    sum_ms: AtomicU64,
}

/// All figures at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricsSnapshot {
    /// Exchanges under way.
    pub in_flight: i64,
    /// Settled exchanges by outcome.
    pub exchanges: Vec<(&'static str, u64)>,
    /// Requests that were refused before they became exchanges, by kind of error.
    pub refusals: Vec<(&'static str, u64)>,
    /// Calls to deployments that failed, fallen back from or not.
    pub attempts_failed: u64,
    /// Exchanges answered from the cache.
    pub cache_hits: u64,
    /// Replies in the cache.
    pub cache_entries: u64,
    /// Memory they take, in bytes.
    pub cache_bytes: u64,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Money spent since the start, in nano-dollars.
    pub cost_nanos: i64,
    /// Settled exchanges that the database does not have yet.
    pub ledger_backlog: u64,
    /// Lines that could not be written to the journal.
    pub journal_failures: u64,
    /// From request to end.
    pub total_ms: HistogramSnapshot,
    /// From request to the first piece of the answer.
    pub first_token_ms: HistogramSnapshot,
    /// Requests and replies that were to be kept and could not be.
    pub bodies_lost: u64,
    /// Each tier that was asked.
    pub tiers: Vec<TierFigures>,
    /// Each deployment.
    pub deployments: Vec<DeploymentHealth>,
}

/// What came of asking a tier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TierFigures {
    /// The tier's name.
    pub tier: &'static str,
    /// Settled exchanges by outcome.
    pub exchanges: Vec<(&'static str, u64)>,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Money spent, in nano-dollars.
    pub cost_nanos: i64,
    /// From request to the first piece of the answer.
    pub first_token_ms: HistogramSnapshot,
}

/// A distribution of times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistogramSnapshot {
    /// How many were at most so many milliseconds, for each of [`BUCKETS_MS`]; cumulative.
    pub cumulative: Vec<(u64, u64)>,
    /// How many there were in all.
    pub count: u64,
    /// Their sum in milliseconds.
    pub sum_ms: u64,
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

    pub(crate) fn settled(&self, exchange: &Exchange) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let position = Outcome::ALL.iter().position(|outcome| *outcome == exchange.outcome);
        if let Some(counter) = position.and_then(|position| self.outcomes.get(position)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.cache_hits.fetch_add(u64::from(exchange.cache_hit), Ordering::Relaxed);
        self.input_tokens.fetch_add(exchange.usage.total_input(), Ordering::Relaxed);
        self.output_tokens.fetch_add(exchange.usage.output, Ordering::Relaxed);
        self.cost_nanos.fetch_add(exchange.cost.nanos(), Ordering::Relaxed);
        self.total.record(exchange.total_ms);
        if let Some(first_token_ms) = exchange.first_token_ms {
            self.first_token.record(first_token_ms);
        }
        if let Some(counters) = exchange.explanation.tier.and_then(|tier| self.tiers.get(tier as usize)) {
            counters.settled(exchange);
        }
    }

    /// The figures that are counted here; the rest is the gateway's to add.
    pub(crate) fn snapshot(&self) -> MetricsSnapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MetricsSnapshot {
            in_flight: self.in_flight.load(Ordering::Relaxed),
            exchanges: Outcome::ALL
                .iter()
                .zip(&self.outcomes)
                .map(|(outcome, counter)| (outcome.as_str(), read(counter)))
                .collect(),
            refusals: KINDS
                .iter()
                .zip(&self.refusals)
                .map(|(kind, counter)| (kind.as_str(), read(counter)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            attempts_failed: read(&self.attempts_failed),
            cache_hits: read(&self.cache_hits),
            input_tokens: read(&self.input_tokens),
            output_tokens: read(&self.output_tokens),
            cost_nanos: self.cost_nanos.load(Ordering::Relaxed),
            total_ms: self.total.snapshot(),
            first_token_ms: self.first_token.snapshot(),
            tiers: Tier::ALL
                .iter()
                .zip(&self.tiers)
                .map(|(tier, counters)| counters.snapshot(*tier))
                .filter(|figures| figures.exchanges.iter().any(|(_, count)| *count > 0))
                .collect(),
            ..MetricsSnapshot::default()
        }
    }
}

impl TierCounters {
    fn settled(&self, exchange: &Exchange) {
        let position = Outcome::ALL.iter().position(|outcome| *outcome == exchange.outcome);
        if let Some(counter) = position.and_then(|position| self.outcomes.get(position)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.input_tokens.fetch_add(exchange.usage.total_input(), Ordering::Relaxed);
        self.output_tokens.fetch_add(exchange.usage.output, Ordering::Relaxed);
        self.cost_nanos.fetch_add(exchange.cost.nanos(), Ordering::Relaxed);
        if let Some(first_token_ms) = exchange.first_token_ms {
            self.first_token.record(first_token_ms);
        }
    }

    fn snapshot(&self, tier: Tier) -> TierFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TierFigures {
            tier: tier.as_str(),
            exchanges: Outcome::ALL
                .iter()
                .zip(&self.outcomes)
                .map(|(outcome, counter)| (outcome.as_str(), read(counter)))
                .collect(),
            input_tokens: read(&self.input_tokens),
            output_tokens: read(&self.output_tokens),
            cost_nanos: self.cost_nanos.load(Ordering::Relaxed),
            first_token_ms: self.first_token.snapshot(),
        }
    }
}

impl Histogram {
    fn record(&self, ms: u64) {
        let position = BUCKETS_MS.iter().position(|bound| ms <= *bound).unwrap_or(BUCKETS_MS.len());
        if let Some(bucket) = self.buckets.get(position) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_ms.fetch_add(ms, Ordering::Relaxed);
    }

    fn snapshot(&self) -> HistogramSnapshot {
        let mut count = 0;
        let mut cumulative = Vec::with_capacity(BUCKETS_MS.len());
        for (position, bucket) in self.buckets.iter().enumerate() {
            count += bucket.load(Ordering::Relaxed);
            cumulative.extend(BUCKETS_MS.get(position).map(|bound| (*bound, count)));
        }
        HistogramSnapshot { cumulative, count, sum_ms: self.sum_ms.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_cumulative_and_counts_what_is_above_all_bounds() {
        let histogram = Histogram::default();
        for ms in [0, 5, 6, 60_000, 60_001] {
            histogram.record(ms);
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.cumulative.first(), Some(&(5, 2)));
        assert_eq!(snapshot.cumulative.get(1), Some(&(10, 3)));
        assert_eq!(snapshot.cumulative.last(), Some(&(60_000, 4)));
        assert_eq!((snapshot.count, snapshot.sum_ms), (5, 120_012));
    }
}
