//! Whether providers do what is expected of them: uptime and times over a period, from what was kept of their
//! minutes. The figures are a pure function of those.

use crate::health::{Histogram, Minute};
use base::{Id, Timestamp};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// How a deployment, or a whole provider, did in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Which program wrote it.
    pub run: Id,
    /// When it begins, in minutes since 1970.
    pub start_minute: i64,
    /// How long it is.
    pub minutes: i64,
    /// The provider.
    pub provider: String,
    /// `provider/model`; empty for the whole provider.
    pub deployment: String,
    /// Calls that came to something.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Calls turned away by the provider's limits, which are no failures.
    pub limited: u64,
    /// Minutes in which it did not work.
    pub down_minutes: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Times of whole answers.
    pub latency_ms: Histogram,
    /// Times to the first piece of an answer.
    pub first_token_ms: Histogram,
}

/// What a provider (or a deployment) did in a stretch of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Calls that came to something.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Minutes since it was first called, within the stretch.
    pub minutes: u64,
    /// Those of them in which it did not work: most of its calls failed, or it was known to be unavailable.
    pub down_minutes: u64,
    /// 95 of 100 answers were quicker, in milliseconds; `None` without answers.
    pub p95_ms: Option<f64>,
}

/// A provider's figures for a period and for each day of it in which it was called.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compliance {
    /// The provider.
    pub provider: String,
    /// The whole period.
    pub total: Figures,
    /// Days in UTC, `2026-11-21`, the oldest first.
    pub days: Vec<(String, Figures)>,
}

/// What is expected of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Target {
    /// At least so much of the time it works, in percent.
    pub uptime_percent: Option<f64>,
    /// 95 of 100 answers are quicker, in milliseconds.
    pub p95_ms: Option<u64>,
}

impl Span {
    /// A stretch without anything in it, of a deployment or (with an empty name) a whole provider.
    pub fn empty(run: Id, (start_minute, minutes): (i64, i64), provider: &str, deployment: &str) -> Self {
        Self {
            run,
            start_minute,
            minutes,
            provider: provider.to_owned(),
            deployment: deployment.to_owned(),
            calls: 0,
            failures: 0,
            limited: 0,
            down_minutes: 0,
            output_tokens: 0,
            latency_ms: Histogram::default(),
            first_token_ms: Histogram::default(),
        }
    }

    /// Adds another stretch up; both belong to the same deployment or provider.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failures += other.failures;
        self.limited += other.limited;
        self.down_minutes += other.down_minutes;
        self.output_tokens += other.output_tokens;
        self.latency_ms.merge(&other.latency_ms);
        self.first_token_ms.merge(&other.first_token_ms);
    }

    /// A minute of a deployment, named by its provider and itself.
    pub fn of(minute: &Minute, start_minute: i64, run: Id, (provider, deployment): (&str, &str)) -> Self {
        Self {
            calls: minute.calls,
            failures: minute.failures,
            limited: minute.limited,
            down_minutes: u64::from(minute.is_down()),
            output_tokens: minute.output_tokens,
            latency_ms: minute.latency_ms.clone(),
            first_token_ms: minute.first_token_ms.clone(),
            ..Self::empty(run, (start_minute, 1), provider, deployment)
        }
    }
}

impl Figures {
    /// The share of time in which it worked, in percent; `None` where it was not called.
    pub fn uptime_percent(&self) -> Option<f64> {
        let minutes = self.minutes;
        (minutes > 0).then(|| minutes.saturating_sub(self.down_minutes) as f64 * 100.0 / minutes as f64)
    }
}

impl Target {
    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the uptime is as expected; `None` where nothing is expected or nothing known.
    pub fn uptime_met(&self, figures: &Figures) -> Option<bool> {
        Some(figures.uptime_percent()? >= self.uptime_percent?)
    }

    /// Whether the times are as expected; likewise.
    pub fn p95_met(&self, figures: &Figures) -> Option<bool> {
        Some(figures.p95_ms? <= self.p95_ms? as f64)
    }
}

/// What a provider did from minute `from` up to but not including `until`, both counted since 1970, when it was first
/// called in the minute `first`.
pub fn compliance(provider: &str, spans: &[&Span], first: i64, (from, until): (i64, i64)) -> Compliance {
    let mut days: BTreeMap<i64, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        days.entry(span.start_minute.div_euclid(DAY_MINUTES)).or_default().push(span);
    }
    let of_day = |(day, spans): (i64, Vec<&Span>)| {
        let start = day * DAY_MINUTES;
        let period = (start.max(from), (start + DAY_MINUTES).min(until));
        let name = Timestamp::from_millis(start * MINUTE_MS).day();
        (name, figures(&spans, first, period))
    };
    Compliance {
        provider: provider.to_owned(),
        total: figures(spans, first, (from, until)),
        days: days.into_iter().map(of_day).collect(),
    }
}

fn figures(spans: &[&Span], first: i64, (from, until): (i64, i64)) -> Figures {
    let mut figures = Figures::default();
    let mut latency = Histogram::default();
    for span in spans {
        figures.calls += span.calls;
        figures.failures += span.failures;
        figures.down_minutes += span.down_minutes;
        latency.merge(&span.latency_ms);
    }
    figures.minutes = u64::try_from(until - first.max(from)).unwrap_or_default();
    figures.down_minutes = figures.down_minutes.min(figures.minutes);
    figures.p95_ms = latency.quantile(0.95);
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Id;

    fn span(start_minute: i64, (calls, failures, down_minutes): (u64, u64, u64), ms: &[u64]) -> Span {
        let mut span = Span::empty(Id::from_u128(1), (start_minute, 1), "p", "");
        (span.calls, span.failures, span.down_minutes) = (calls, failures, down_minutes);
        ms.iter().for_each(|ms| span.latency_ms.record(*ms));
        span
    }

    #[test]
    fn uptime_is_counted_from_the_first_call_and_days_are_told_apart() {
        let spans = [
            span(DAY_MINUTES - 10, (5, 0, 0), &[100; 5]),
            span(DAY_MINUTES - 5, (5, 5, 1), &[]),
            span(DAY_MINUTES + 1, (10, 1, 0), &[200; 9]),
        ];
        let spans: Vec<&Span> = spans.iter().collect();
        let told = compliance("p", &spans, DAY_MINUTES - 10, (0, DAY_MINUTES + 90));
        assert_eq!((told.total.calls, told.total.failures, told.total.minutes), (20, 6, 100));
        assert_eq!(told.total.uptime_percent(), Some(99.0));
        let names: Vec<_> =
            told.days.iter().map(|(name, figures)| (name.as_str(), figures.minutes)).collect();
        assert_eq!(names, [("1970-01-01", 10), ("1970-01-02", 90)]);
        assert_eq!(told.days[0].1.uptime_percent(), Some(90.0));

        let target = Target { uptime_percent: Some(99.0), p95_ms: Some(150) };
        assert_eq!(target.uptime_met(&told.total), Some(true));
        assert_eq!(target.uptime_met(&told.days[0].1), Some(false));
        assert_eq!(target.p95_met(&told.total), Some(false));
        assert_eq!(target.p95_met(&told.days[0].1), Some(true));
        assert_eq!(Target::default().uptime_met(&told.total), None, "nothing is expected");
        assert_eq!(target.p95_met(&Figures::default()), None, "nothing is known");
    }
}
