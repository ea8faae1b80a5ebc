//! What the strategy `adaptive` has learned: how well each deployment of a route has done lately, for each sort of
//! request.
//!
//! A bandit in the manner of Thompson: of each deployment a reward is drawn from what is believed of it, and the
//! best draw goes first. What is believed fades with every request and with time, towards "perhaps as good as
//! the best"; so one that did badly is tried again now and then, and one that has become bad is left soon.

use crate::{
    chance::{Chance, mix},
    config::Weights,
};
use parking_lot::Mutex;
use std::{collections::HashMap, time::Duration};

/// Sorts of requests that a route tells apart, for what it learns.
pub const CLASSES: usize = 16;
/// What is left of an observation after each further one of the same sort.
const KEPT_PER_REQUEST: f64 = 0.98;
/// After so long without requests half of what is known is forgotten.
const HALF_LIFE: Duration = Duration::from_secs(300);
/// As many observations as the hope counts that a deployment is as good as the best.
const HOPE: f64 = 1.0;
/// The variance of a reward that is assumed besides what was seen.
const ASSUMED_VARIANCE: f64 = 0.01;
/// The reward expected before anything is known.
const FIRST_GUESS: f64 = 0.7;

/// What came of asking a deployment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Experience {
    /// Whether it answered to the end.
    pub(crate) answered: bool,
    /// How long its first token took, in milliseconds.
    pub(crate) first_token_ms: f64,
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
    /// Against what times and costs are measured.
    first_token_ms: [Average; CLASSES],
    cost: [Average; CLASSES],
}

/// What is believed of one deployment: a fading average of its rewards.
#[derive(Debug, Clone, Copy, Default)]
struct Belief {
    weight: f64,
    mean: f64,
    /// Weighted sum of squared distances from the mean.
    spread: f64,
    /// When it was brought up to date: by observations, and by the clock.
    seen: u64,
    at: Duration,
}

/// A fading average.
#[derive(Debug, Clone, Copy, Default)]
struct Average {
    weight: f64,
    mean: f64,
}

impl Learner {
    /// What may be expected of each deployment this time, 0 to 1. The same turn draws the same numbers.
    pub(crate) fn draw<'a>(
        &self,
        class: usize,
        deployments: impl Iterator<Item = &'a str>,
        (turn, now): (u64, Duration),
    ) -> Vec<f64> {
        let class = class.min(CLASSES - 1);
        let memory = self.memory.lock();
        let seen = memory.seen.get(class).copied().unwrap_or_default();
        let beliefs: Vec<Belief> = deployments.map(|id| memory.belief(id, class).faded(seen, now)).collect();
        drop(memory);
        let known = beliefs.iter().filter(|belief| belief.weight > 0.1).map(|belief| belief.mean);
        let best = known.fold(f64::NEG_INFINITY, f64::max);
        let hoped = if best.is_finite() { best } else { FIRST_GUESS };
        let mut chance = Chance::seeded(mix(turn));
        beliefs
            .iter()
            .map(|belief| {
                let total = belief.weight + HOPE;
                let mean = (belief.weight * belief.mean + HOPE * hoped) / total;
                let variance = (belief.spread + ASSUMED_VARIANCE * total) / total / total;
                (mean + variance.sqrt() * chance.normal()).clamp(0.0, 1.0)
            })
            .collect()
    }

    /// Takes note of what came of asking a deployment.
    pub(crate) fn learn(
        &self,
        (class, deployment): (usize, &str),
        experience: Experience,
        weights: &Weights,
        now: Duration,
    ) {
        let class = class.min(CLASSES - 1);
        let mut memory = self.memory.lock();
        let reward = memory.reward(class, experience, weights);
        let Some(seen) = memory.seen.get_mut(class) else { return };
        *seen += 1;
        let seen = *seen;
        if !memory.beliefs.contains_key(deployment) {
            memory.beliefs.insert(deployment.to_owned(), [Belief::default(); CLASSES]);
        }
        let beliefs = memory.beliefs.get_mut(deployment);
        if let Some(belief) = beliefs.and_then(|beliefs| beliefs.get_mut(class)) {
            *belief = belief.faded(seen, now).with(reward);
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

    /// How good an outcome is, 0 to 1: nothing for a failure, otherwise by the route's weights what speed and price
    /// are worth, measured against what this route usually has, and a share for having answered at all.
    fn reward(&mut self, class: usize, experience: Experience, weights: &Weights) -> f64 {
        if !experience.answered {
            return 0.0;
        }
        let usual = |average: Option<&mut Average>, value: f64| match average {
            Some(average) => {
                average.add(value);
                average.mean / (average.mean + value).max(f64::MIN_POSITIVE)
            }
            None => 0.5,
        };
        let speed = usual(self.first_token_ms.get_mut(class), experience.first_token_ms.max(1.0));
        let price = match experience.cost {
            Some(cost) => usual(self.cost.get_mut(class), cost.max(1.0)),
            None => 0.0,
        };
        // How good the model is cannot be seen here; the weight of quality goes to answering at all.
        let answering = weights.reliability + weights.quality;
        let total = weights.speed + weights.cost + answering;
        if total > 0.0 && total.is_finite() {
            (weights.speed * speed + weights.cost * price + answering) / total
        } else {
            speed
        }
    }
}

impl Belief {
    fn faded(self, seen: u64, now: Duration) -> Self {
        let requests = seen.saturating_sub(self.seen).min(100_000) as f64;
        let half_lives = now.saturating_sub(self.at).as_secs_f64() / HALF_LIFE.as_secs_f64();
        let kept = KEPT_PER_REQUEST.powf(requests) * 0.5_f64.powf(half_lives);
        Self { weight: self.weight * kept, spread: self.spread * kept, seen, at: now, ..self }
    }

    fn with(self, reward: f64) -> Self {
        let weight = self.weight + 1.0;
        let distance = reward - self.mean;
        let mean = self.mean + distance / weight;
        Self { weight, mean, spread: self.spread + distance * (reward - mean), ..self }
    }
}

impl Average {
    fn add(&mut self, value: f64) {
        self.weight = self.weight * KEPT_PER_REQUEST + 1.0;
        self.mean += (value - self.mean) / self.weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Experience = Experience { answered: true, first_token_ms: 200.0, cost: Some(1_000.0) };
    const SLOW: Experience = Experience { first_token_ms: 2_000.0, ..GOOD };
    const DEAR: Experience = Experience { cost: Some(50_000.0), ..GOOD };
    const FAILED: Experience = Experience { answered: false, ..GOOD };

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// How often each of `a` and `b` goes first in a hundred turns.
    fn firsts(learner: &Learner, now: Duration) -> [usize; 2] {
        let mut firsts = [0, 0];
        for turn in 0..100 {
            let draws = learner.draw(0, ["a", "b"].into_iter(), (turn, now));
            firsts[usize::from(draws[1] > draws[0])] += 1;
        }
        firsts
    }

    fn taught(a: Experience, b: Experience) -> Learner {
        let learner = Learner::default();
        for second in 0..40 {
            for (id, experience) in [("a", a), ("b", b)] {
                learner.learn((0, id), experience, &Weights::default(), at(second));
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
            learner.learn((0, "a"), SLOW, &weights, at(second));
            learner.learn((0, "b"), DEAR, &weights, at(second));
        }
        assert!(firsts(&learner, at(40))[0] > 90, "slow is no matter, dear is");
    }

    #[test]
    fn what_is_learned_fades_and_sorts_of_requests_are_told_apart() {
        let learner = taught(GOOD, FAILED);
        assert!(firsts(&learner, at(40))[1] < 10);
        assert!(firsts(&learner, at(4_000))[1] > 20, "after an hour it deserves another chance");
        let draws: Vec<_> =
            (0..50).map(|turn| learner.draw(3, ["a", "b"].into_iter(), (turn, at(40)))).collect();
        assert!(draws.iter().any(|draw| draw[1] > draw[0]), "nothing is known of another sort");
        let again = learner.draw(0, ["a", "b"].into_iter(), (7, at(40)));
        assert_eq!(learner.draw(0, ["a", "b"].into_iter(), (7, at(40))), again, "chance can be repeated");
        learner.keep_only(|id| id == "a");
        assert_eq!(learner.memory.lock().beliefs.len(), 1);
    }
}
