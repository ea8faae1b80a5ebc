//! What was seen of a variant, as sums: in whichever order results come, they add up to the same.

use crate::design::Metric;
use serde::{Deserialize, Serialize};

/// Results between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounded {
    /// How many.
    pub n: f64,
    /// Their sum.
    pub sum: f64,
}

impl Bounded {
    /// Adds a result; outside of 0 to 1 it counts as the nearer of them.
    pub fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    }

    /// Their mean.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }
}

/// Mean and variance of results, by Welford's method.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// How many.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// The sum of squared distances from that.
    pub squares: f64,
}

/// What counts as no time and no cost: below that, steps of clocks and prices are all there is.
const LEAST: f64 = 1.0;

impl Moments {
    /// Adds a result; what is no number says nothing.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.n += 1;
        let distance = value - self.mean;
        self.mean += distance / self.n as f64;
        self.squares += distance * (value - self.mean);
    }

    /// Adds the logarithm of a result; those below 1 (a millisecond, a nano-dollar) count as 1.
    pub fn add_log(&mut self, value: f64) {
        if value.is_finite() {
            self.add(value.max(LEAST).ln());
        }
    }

    /// Their variance.
    pub fn variance(&self) -> f64 {
        if self.n < 2 { 0.0 } else { self.squares / (self.n - 1) as f64 }
    }

    fn known(&self, value: f64) -> Option<f64> {
        (self.n > 0).then_some(value)
    }
}

/// One result of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Observation {
    /// Whether the variant answered.
    pub success: bool,
    /// How long the whole answer took, in milliseconds; none without an answer.
    pub total_ms: Option<f64>,
    /// How long until it began, in milliseconds.
    pub first_token_ms: Option<f64>,
    /// What it cost, in nano-dollars; none where no price is known.
    pub cost_nanos: Option<f64>,
    /// How quickly the answer came, in tokens a thousand seconds.
    pub tokens_per_kilosecond: Option<f64>,
}

/// What was seen of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// Whether it answered.
    pub success: Bounded,
    /// What people thought of its answers.
    pub rating: Moments,
    /// Times of whole answers, in milliseconds.
    pub total_ms: Moments,
    /// Times until they began, in milliseconds.
    pub first_token_ms: Moments,
    /// Costs, in nano-dollars.
    pub cost_nanos: Moments,
    /// Tokens a thousand seconds.
    pub tokens_per_kilosecond: Moments,
}

impl Tally {
    /// Adds a result.
    pub fn add(&mut self, observation: &Observation) {
        self.success.add(if observation.success { 1.0 } else { 0.0 });
        let logs = [
            (&mut self.total_ms, observation.total_ms),
            (&mut self.first_token_ms, observation.first_token_ms),
            (&mut self.cost_nanos, observation.cost_nanos),
            (&mut self.tokens_per_kilosecond, observation.tokens_per_kilosecond),
        ];
        for (logs, value) in logs {
            if let Some(value) = value {
                logs.add_log(value);
            }
        }
    }

    /// Adds what somebody thought of an answer, 0 to 1.
    pub fn add_rating(&mut self, score: f64) {
        self.rating.add(score.clamp(0.0, 1.0));
    }

    /// Results so far.
    pub fn count(&self) -> u64 {
        self.success.n as u64
    }

    /// Results that say something about this.
    pub fn count_of(&self, metric: Metric) -> u64 {
        match self.seen(metric) {
            Seen::Bounded(bounded) => bounded.n as u64,
            Seen::Plain(moments) | Seen::Logs(moments) => moments.n,
        }
    }

    /// What is usual: a mean of shares and ratings, a geometric mean of the others.
    pub fn usual(&self, metric: Metric) -> Option<f64> {
        match self.seen(metric) {
            Seen::Bounded(bounded) => bounded.mean(),
            Seen::Plain(moments) => moments.known(moments.mean),
            Seen::Logs(moments) => moments.known(moments.mean.exp()),
        }
    }

    pub(crate) fn seen(&self, metric: Metric) -> Seen<'_> {
        match metric {
            Metric::Success => Seen::Bounded(&self.success),
            Metric::Rating => Seen::Plain(&self.rating),
            Metric::Latency => Seen::Logs(&self.total_ms),
            Metric::FirstToken => Seen::Logs(&self.first_token_ms),
            Metric::Cost => Seen::Logs(&self.cost_nanos),
            Metric::TokensPerSecond => Seen::Logs(&self.tokens_per_kilosecond),
        }
    }
}

/// The sums behind a metric.
pub(crate) enum Seen<'a> {
    Bounded(&'a Bounded),
    Plain(&'a Moments),
    /// Moments of logarithms.
    Logs(&'a Moments),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_mind_the_order_nor_what_is_no_number() {
        let values = [5.0, 0.0, 1_000.0, 3.5, f64::INFINITY, f64::NAN];
        let (mut one, mut other) = (Moments::default(), Moments::default());
        values.iter().for_each(|value| one.add_log(*value));
        values.iter().rev().for_each(|value| other.add_log(*value));
        assert_eq!(one.n, 4);
        assert!((one.mean - other.mean).abs() < 1e-12 && (one.squares - other.squares).abs() < 1e-9);
        assert!((one.mean.exp() - (5.0_f64 * 1_000.0 * 3.5).powf(0.25)).abs() < 1e-9);
        let mut shares = Bounded::default();
        [0.5, 7.0, -1.0, f64::NAN].into_iter().for_each(|value| shares.add(value));
        assert_eq!((shares.n, shares.sum), (4.0, 1.5));
    }

    #[test]
    fn what_a_result_does_not_say_is_not_counted() {
        let mut tally = Tally::default();
        tally.add(&Observation { success: false, ..Observation::default() });
        let answered = Observation { success: true, total_ms: Some(100.0), ..Observation::default() };
        tally.add(&answered);
        assert_eq!(tally.count(), 2);
        assert_eq!(tally.count_of(Metric::Latency), 1);
        assert_eq!(tally.usual(Metric::Success), Some(0.5));
        assert_eq!(tally.usual(Metric::Cost), None);
    }
}
