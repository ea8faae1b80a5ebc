//! What the strategy `adaptive` has learned: how well each deployment of a route has done lately, for each sort of
//! request.
//!
//! A bandit in the manner of Thompson: of each deployment a loss is drawn from what is believed of it, and the least
//! draw goes first. What is believed fades with every request and with time, towards "perhaps as good as the
//! best"; so one that did badly is tried again now and then, and one that has become bad is left soon. What is kept
//! are times, prices and failures; what they are worth is reckoned when a request comes.

use crate::{
    chance::{Chance, mix},
    config::Weights,
};
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};

/// Sorts of requests that a route tells apart, for what it learns.
pub const CLASSES: usize = 16;
/// What is left of a deployment's observations after each further one of its own: the last ten or so count.
const KEPT_PER_OBSERVATION: f64 = 0.9;
/// What is left of them after each request of the same sort that went elsewhere.
const KEPT_PER_REQUEST: f64 = 0.99;
/// After so long without requests half of what is known is forgotten.
const HALF_LIFE: Duration = Duration::from_secs(300);
/// As many observations as the hope counts that a deployment is as good as the best.
const HOPE: f64 = 1.0;
/// The variance of a loss that is assumed besides what was seen.
const ASSUMED_VARIANCE: f64 = 0.01;
/// The loss expected before anything is known: that of a usual answer, by even weights.
const FIRST_GUESS: f64 = 0.5;
/// More than this is never believed, so that one that was out of order for long is tried again.
const MOST_LOSS: f64 = 1.5;
/// What an unknown price counts as, beside a usual one.
const UNKNOWN_PRICE: f64 = 2.0;

/// What came of asking a deployment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Experience {
    /// Whether it answered to the end.
    pub(crate) answered: bool,
    /// How long its first token took, or its failure, in milliseconds.
    pub(crate) took_ms: f64,
    /// What it cost, in nano-dollars; `None` when unknown.
    pub(crate) cost: Option<f64>,
}

/// What has been learned about the deployments of one route.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// By deployment, then by sort of request. No more than the route has deployments.
    beliefs: HashMap<String, [Belief; CLASSES]>,
    /// Observations of each sort so far.
    seen: [u64; CLASSES],
}

/// What is believed of one deployment: fading averages.
#[derive(Debug, Clone, Copy, Default)]
struct Belief {
    /// As many observations it counts.
    weight: f64,
    took_ms: f64,
    /// The variance of that.
    took_spread: f64,
    /// The share that failed.
    failed: f64,
    /// What answers cost, where that was known.
    cost: Option<f64>,
    /// When it was brought up to date: by observations, and by the clock.
    seen: u64,
    at: Duration,
}

/// What times and prices are measured against: those of the middle one of a route's deployments.
#[derive(Debug, Clone, Copy)]
struct Usual {
    took_ms: f64,
    cost: f64,
}

impl Learner {
    /// What may be expected of each deployment this time, by a route's weights: from 1 for the best there could be
    /// down to 0. The same turn draws the same numbers.
    pub(crate) fn draw<'a>(
        &self,
        class: usize,
        deployments: impl Iterator<Item = &'a str>,
        weights: &Weights,
        (turn, now): (u64, Duration),
    ) -> Vec<f64> {
        let class = class.min(CLASSES - 1);
        let memory = self.memory.lock();
        let seen = memory.seen.get(class).copied().unwrap_or_default();
        let beliefs: Vec<Belief> = deployments.map(|id| memory.belief(id, class).faded(seen, now)).collect();
        drop(memory);
        let usual = Usual::of(&beliefs);
        let losses: Vec<(f64, f64)> = beliefs.iter().map(|belief| belief.loss(weights, usual)).collect();
        let known = beliefs.iter().zip(&losses).filter(|(belief, _)| belief.is_known());
        let best = known.map(|(_, (mean, _))| *mean).fold(f64::INFINITY, f64::min);
        let hoped = if best.is_finite() { best } else { FIRST_GUESS };
        let mut chance = Chance::seeded(mix(turn));
        beliefs
            .iter()
            .zip(losses)
            .map(|(belief, (mean, variance))| {
                let total = belief.weight + HOPE;
                let expected = (belief.weight * mean + HOPE * hoped) / total;
                let doubt = (belief.weight * variance / total + ASSUMED_VARIANCE) / total;
                1.0 / (1.0 + (expected + doubt.sqrt() * chance.normal()).max(0.0))
            })
            .collect()
    }

    /// Takes note of what came of asking a deployment.
    pub(crate) fn learn(&self, (class, deployment): (usize, &str), experience: Experience, now: Duration) {
        let class = class.min(CLASSES - 1);
        let mut memory = self.memory.lock();
        let Some(seen) = memory.seen.get_mut(class) else { return };
        *seen += 1;
        let seen = *seen;
        if !memory.beliefs.contains_key(deployment) {
            memory.beliefs.insert(deployment.to_owned(), [Belief::default(); CLASSES]);
        }
        let beliefs = memory.beliefs.get_mut(deployment);
        if let Some(belief) = beliefs.and_then(|beliefs| beliefs.get_mut(class)) {
            *belief = belief.faded(seen - 1, now).with(experience, seen);
        }
    }

    /// Forgets deployments that the route no longer has.
    pub(crate) fn keep_only(&self, has: impl Fn(&str) -> bool) {
        self.memory.lock().beliefs.retain(|id, _| has(id));
    }
}

impl Memory {
    fn belief(&self, deployment: &str, class: usize) -> Belief {
        self.beliefs.get(deployment).and_then(|beliefs| beliefs.get(class)).copied().unwrap_or_default()
    }
}

impl Belief {
    fn is_known(&self) -> bool {
        self.weight > 0.1
    }

    /// As it is when so many requests were seen and it is so late.
    fn faded(self, seen: u64, now: Duration) -> Self {
        let requests = seen.saturating_sub(self.seen).min(100_000) as f64;
        let half_lives = now.saturating_sub(self.at).as_secs_f64() / HALF_LIFE.as_secs_f64();
        let kept = KEPT_PER_REQUEST.powf(requests) * 0.5_f64.powf(half_lives);
        Self { weight: self.weight * kept, seen, at: now, ..self }
    }

    /// With one observation more, the last of so many of its sort.
    fn with(self, experience: Experience, seen: u64) -> Self {
        let before = self.weight * KEPT_PER_OBSERVATION;
        let weight = before + 1.0;
        let took_ms = experience.took_ms.max(1.0);
        let distance = took_ms - self.took_ms;
        let mean = self.took_ms + distance / weight;
        let failed = if experience.answered { 0.0 } else { 1.0 };
        Self {
            weight,
            took_ms: mean,
            took_spread: (before * self.took_spread + distance * (took_ms - mean)) / weight,
            failed: self.failed + (failed - self.failed) / weight,
            cost: match (self.cost, experience.cost) {
                (Some(before), Some(cost)) => Some(before + (cost - before) / weight),
                (before, cost) => before.or(cost),
            },
            seen,
            ..self
        }
    }

    /// What asking it is expected to cost, and the variance of that. The unit is all weights together: by even weights
    /// an answer that takes as long and costs as much as usual loses a half. A failure loses 1 besides its time:
    /// what the next answer costs, and the weights of answering at all, to which that of quality belongs, since how
    /// good an answer is cannot be seen here.
    fn loss(&self, weights: &Weights, usual: Usual) -> (f64, f64) {
        let Weights { cost, speed, quality, reliability } = *weights;
        let total = cost + speed + quality + reliability;
        if !(total > 0.0 && total.is_finite()) {
            return (self.failed, self.failed * (1.0 - self.failed));
        }
        let price = self.cost.map_or(UNKNOWN_PRICE, |cost| cost / usual.cost);
        let (speed, cost) = (speed / total / usual.took_ms, cost / total);
        let mean = speed * self.took_ms + (1.0 - self.failed) * cost * price + self.failed;
        let variance = speed * speed * self.took_spread + self.failed * (1.0 - self.failed);
        (mean.min(MOST_LOSS), variance.min(MOST_LOSS))
    }
}

impl Usual {
    /// The middle of what is known, so that one that is out of the ordinary does not change the measure.
    fn of(beliefs: &[Belief]) -> Self {
        let known = || beliefs.iter().filter(|belief| belief.is_known());
        Self {
            took_ms: middle(known().map(|belief| belief.took_ms).collect()),
            cost: middle(known().filter_map(|belief| belief.cost).collect()),
        }
    }
}

/// The median, at least 1; of an even number of values the mean of the two in the middle.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |position: usize| values.get(position).copied().unwrap_or(1.0);
    let (lower, upper) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    ((at(lower) + at(upper)) / 2.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Experience = Experience { answered: true, took_ms: 200.0, cost: Some(1_000.0) };
    const SLOW: Experience = Experience { took_ms: 2_000.0, ..GOOD };
    const DEAR: Experience = Experience { cost: Some(50_000.0), ..GOOD };
    const FAILED: Experience = Experience { answered: false, ..GOOD };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// How often each of `a` and `b` goes first in a hundred turns.
    fn firsts(learner: &Learner, now: Duration) -> [usize; 2] {
        firsts_by(learner, &Weights::default(), now)
    }

    fn firsts_by(learner: &Learner, weights: &Weights, now: Duration) -> [usize; 2] {
        let mut firsts = [0, 0];
        for turn in 0..100 {
            let draws = learner.draw(0, ["a", "b"].into_iter(), weights, (turn, now));
            firsts[usize::from(draws[1] > draws[0])] += 1;
        }
        firsts
    }

    fn taught(a: Experience, b: Experience) -> Learner {
        let learner = Learner::default();
        for second in 0..40 {
            for (id, experience) in [("a", a), ("b", b)] {
                learner.learn((0, id), experience, at(second));
            }
        }
        learner
    }

    #[test]
    fn what_fails_dawdles_or_costs_more_comes_later() {
        for worse in [SLOW, DEAR, FAILED] {
            let [good, bad] = firsts(&taught(GOOD, worse), at(40));
            assert!(good > 90 && bad < 10, "{worse:?}: {good} to {bad}");
        }
        let [a, b] = firsts(&Learner::default(), at(0));
        assert!(a > 30 && b > 30, "who knows nothing tries both: {a} to {b}");
    }

    #[test]
    fn the_weights_say_what_is_good() {
        let weights = Weights { cost: 5.0, speed: 0.0, ..Weights::default() };
        let learner = Learner::default();
        for second in 0..40 {
            learner.learn((0, "a"), SLOW, at(second));
            learner.learn((0, "b"), DEAR, at(second));
        }
        assert!(firsts_by(&learner, &weights, at(40))[0] > 90, "slow is no matter, dear is");
    }

    #[test]
    fn what_is_learned_fades_and_sorts_of_requests_are_told_apart() {
        let learner = taught(GOOD, FAILED);
        assert!(firsts(&learner, at(40))[1] < 10);
        assert!(firsts(&learner, at(4_000))[1] > 20, "after an hour it deserves another chance");
        let draws: Vec<_> = (0..50)
            .map(|turn| learner.draw(3, ["a", "b"].into_iter(), &Weights::default(), (turn, at(40))))
            .collect();
        assert!(draws.iter().any(|draw| draw[1] > draw[0]), "nothing is known of another sort");
        let again = learner.draw(0, ["a", "b"].into_iter(), &Weights::default(), (7, at(40)));
        assert_eq!(
            learner.draw(0, ["a", "b"].into_iter(), &Weights::default(), (7, at(40))),
            again,
            "chance can be repeated"
        );
        learner.keep_only(|id| id == "a");
        assert_eq!(learner.memory.lock().beliefs.len(), 1);
    }
}
