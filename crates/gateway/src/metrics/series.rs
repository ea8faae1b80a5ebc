//! Figures by what was called and who answered, for as many combinations as are worth keeping apart.

use super::BUCKETS_MS;
use ledger::{Exchange, Outcome};
use llm::Usage;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Combinations of operation, route, provider and model that are kept apart; all others are counted together
/// under [`OTHER`], so that no number of models can make the figures grow without end.
pub const MAX_SERIES: usize = 200;
/// What the labels of all others say.
pub const OTHER: &str = "other";
/// How many locks the combinations are spread over.
const SHARDS: usize = 8;

/// The classes of tokens, each with its name.
pub const TOKEN_CLASSES: [&str; 5] = ["input", "cached_input", "cache_write", "output", "reasoning"];

/// What is counted of one combination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// `chat`, `embeddings` and so on.
    pub operation: String,
    /// The route or model that was asked for.
    pub route: String,
    /// The provider that answered or was tried last; empty where none was.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// Calls by what became of them, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Answers out of the cache.
    pub cache_hits: u64,
    /// Answers that came after another deployment, or the same one, had failed.
    pub fallbacks: u64,
    /// Tokens by class, in the order of [`TOKEN_CLASSES`]; reasoning is a part of output.
    pub tokens: [u64; TOKEN_CLASSES.len()],
    /// What they cost, in nano-dollars.
    pub cost_nanos: i64,
    /// What the cache saved, in nano-dollars.
    pub saved_nanos: i64,
    /// From request to end.
    pub total_ms: Distribution,
    /// From request to the first piece of the answer.
    pub first_token_ms: Distribution,
}

/// Times by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Distribution {
    /// One for each of [`BUCKETS_MS`], and one for everything above; not cumulative.
    pub buckets: [u64; BUCKETS_MS.len() + 1],
    /// Their sum.
    pub sum_ms: u64,
}

impl Distribution {
    fn record(&mut self, ms: u64) {
        let position = BUCKETS_MS.iter().position(|bound| ms <= *bound).unwrap_or(BUCKETS_MS.len());
        if let Some(bucket) = self.buckets.get_mut(position) {
            *bucket += 1;
        }
        self.sum_ms = self.sum_ms.saturating_add(ms);
    }
}

/// The combinations seen so far.
#[derive(Debug, Default)]
pub(super) struct Table {
    hasher: RandomState,
    shards: [Mutex<HashMap<u64, Vec<Series>>>; SHARDS],
    kept: AtomicUsize,
}

impl Table {
    /// Counts a call that has ended.
    pub(super) fn count(&self, exchange: &Exchange) {
        let labels = [
            &*exchange.operation,
            exchange.route.as_str(),
            exchange.provider.as_deref().unwrap_or_default(),
            exchange.model.as_deref().unwrap_or_default(),
        ];
        if !self.count_as(labels, exchange) {
            self.count_as([labels[0], OTHER, OTHER, OTHER], exchange);
        }
    }

    /// Counts under these labels; `false` where they are new and there is no room. There is always room for
    /// [`OTHER`]: operations are few.
    fn count_as(&self, labels: [&str; 4], exchange: &Exchange) -> bool {
        let hash = self.hasher.hash_one(labels);
        let Some(shard) = self.shards.get(usize::try_from(hash % SHARDS as u64).unwrap_or(0)) else {
            return false;
        };
        let mut shard = shard.lock();
        let found = shard.get_mut(&hash).and_then(|many| many.iter_mut().find(|one| one.is(labels)));
        if let Some(series) = found {
            series.add(exchange);
            return true;
        }
        let [operation, route, provider, model] = labels;
        if route != OTHER && self.kept.fetch_add(1, Ordering::Relaxed) >= MAX_SERIES {
            self.kept.store(MAX_SERIES, Ordering::Relaxed);
            return false;
        }
        let mut series = Series {
            operation: operation.to_owned(),
            route: route.to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            ..Series::default()
        };
        series.add(exchange);
        shard.entry(hash).or_default().push(series);
        true
    }

    /// Everything counted so far, in the labels' order.
    pub(super) fn snapshot(&self) -> Vec<Series> {
        let mut all: Vec<Series> = self
            .shards
            .iter()
            .flat_map(|shard| shard.lock().values().flatten().cloned().collect::<Vec<_>>())
            .collect();
        all.sort_by(|one, other| one.labels().cmp(&other.labels()));
        all
    }
}

impl Series {
    /// Operation, route, provider and model.
    pub fn labels(&self) -> [&str; 4] {
        [&self.operation, &self.route, &self.provider, &self.model]
    }

    fn is(&self, labels: [&str; 4]) -> bool {
        self.labels() == labels
    }

    pub(super) fn add(&mut self, exchange: &Exchange) {
        let outcome = Outcome::ALL.iter().position(|outcome| *outcome == exchange.outcome);
        if let Some(count) = outcome.and_then(|position| self.outcomes.get_mut(position)) {
            *count += 1;
        }
        self.cache_hits += u64::from(exchange.cache_hit);
        self.fallbacks += u64::from(exchange.attempts > 1 && exchange.outcome == Outcome::Ok);
        for (sum, tokens) in self.tokens.iter_mut().zip(classes(&exchange.usage)) {
            *sum = sum.saturating_add(tokens);
        }
        self.cost_nanos = self.cost_nanos.saturating_add(exchange.cost.nanos());
        self.saved_nanos = self.saved_nanos.saturating_add(exchange.saved.nanos());
        self.total_ms.record(exchange.total_ms);
        if let Some(first_token_ms) = exchange.first_token_ms {
            self.first_token_ms.record(first_token_ms);
        }
    }
}

fn classes(usage: &Usage) -> [u64; TOKEN_CLASSES.len()] {
    [usage.input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settle::blank;
    use base::{Id, Timestamp};
    use ledger::Explanation;

    fn exchange(route: &str, model: &str) -> ledger::Record {
        let mut exchange =
            blank(Id::from_u128(1), Timestamp::from_millis(0), Id::FIRST_OWNER, Explanation::default());
        exchange.operation = "chat".into();
        exchange.route = route.into();
        exchange.model = Some(model.into());
        exchange.outcome = Outcome::Ok;
        exchange.usage = Usage { input: 3, output: 2, ..Usage::default() };
        exchange.total_ms = 7;
        exchange
    }

    #[test]
    fn calls_are_counted_apart_until_there_are_too_many_kinds() {
        let table = Table::default();
        for _ in 0..3 {
            for number in 0..MAX_SERIES + 50 {
                table.count(&exchange("auto", &format!("m{number}")));
            }
        }
        let all = table.snapshot();
        assert_eq!(all.len(), MAX_SERIES + 1);
        let calls: u64 = all.iter().map(|series| series.outcomes.iter().sum::<u64>()).sum();
        assert_eq!(calls, 3 * (MAX_SERIES as u64 + 50), "none is lost");
        let other = all.iter().find(|series| series.model == OTHER).unwrap();
        assert_eq!((other.outcomes[0], other.tokens[0], other.total_ms.buckets[1]), (150, 450, 150));
        let first = all.iter().find(|series| series.model == "m0").unwrap();
        assert_eq!((first.outcomes[0], first.total_ms.sum_ms), (3, 21));
    }
}
