//! What a route keeps besides its deployments: how they are chosen, whose turn it is, and what was learned.

use super::{Experience, Learner};
use crate::{
    config::{Degrade, FallbackTier, RouteConfig},
    exchange::{Exchange, Outcome},
    table::Place,
};
use llm::Capability;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How a route chooses. What it has learned stays when routes are read anew.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) config: RouteConfig,
    tiers: HashMap<String, FallbackTier>,
    turn: Arc<AtomicU64>,
    pub(crate) learner: Arc<Learner>,
}

impl Plan {
    /// The plan of a route, with what it had before.
    pub(crate) fn new(
        config: RouteConfig,
        members: impl Iterator<Item = (FallbackTier, String)>,
        before: Option<&Self>,
    ) -> Self {
        let tiers: HashMap<_, _> = members.map(|(tier, id)| (id, tier)).collect();
        let turn = before.map(|before| Arc::clone(&before.turn)).unwrap_or_default();
        let learner = before.map(|before| Arc::clone(&before.learner)).unwrap_or_default();
        learner.keep_only(|id| tiers.contains_key(id));
        Self { config, tiers, turn, learner }
    }

    /// When a member has its turn.
    pub(crate) fn tier(&self, deployment: &str) -> FallbackTier {
        self.tiers.get(deployment).copied().unwrap_or_default()
    }

    /// Whether it has more than a primary tier.
    pub(crate) fn has_tiers(&self) -> bool {
        self.tiers.values().any(|tier| *tier != FallbackTier::Primary)
    }

    /// How many requests there were so far.
    pub(crate) fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// Counts a request; returns how many there were before.
    pub(crate) fn take_turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether this may be given up.
    pub(crate) fn may_give_up(&self, degrade: Degrade) -> bool {
        self.config.degrade.contains(&degrade)
    }
}

/// Where what comes of a request is to be learned from.
#[derive(Debug, Clone)]
pub(crate) struct Lesson {
    learner: Arc<Learner>,
    weights: crate::config::Weights,
    class: usize,
    /// How long the first token of the deployment that answers took.
    first_token: Duration,
}

impl Lesson {
    pub(crate) fn new(plan: &Plan, class: usize) -> Self {
        let learner = Arc::clone(&plan.learner);
        Self { learner, weights: plan.config.weights, class, first_token: Duration::ZERO }
    }

    /// A deployment has failed before it answered.
    pub(crate) fn failed(&self, deployment: &str, now: Duration) {
        let experience = Experience { answered: false, first_token_ms: 0.0, cost: None };
        self.learner.learn((self.class, deployment), experience, &self.weights, now);
    }

    /// A deployment has begun to answer.
    pub(crate) fn begun(mut self, first_token: Duration) -> Self {
        self.first_token = first_token;
        self
    }

    /// The exchange is settled. What the caller broke off has answered as far as anybody wanted to know.
    pub(crate) fn settled(&self, exchange: &Exchange, now: Duration) {
        let Some(deployment) = exchange.explanation.chosen.as_deref() else { return };
        let experience = Experience {
            answered: matches!(exchange.outcome, Outcome::Ok | Outcome::Cancelled),
            first_token_ms: self.first_token.as_secs_f64() * 1_000.0,
            cost: exchange.priced.then(|| exchange.cost.nanos() as f64),
        };
        self.learner.learn((self.class, deployment), experience, &self.weights, now);
    }
}

/// For each member the next smaller model of its family at the same provider: the dearest of those that cost less
/// and that can do as much.
pub(crate) fn smaller_models(members: &[Arc<Place>], all: &[Arc<Place>]) -> Vec<Arc<Place>> {
    let price = |place: &Place| place.spec.prices.map(|prices| prices.base.output);
    let mut smaller: Vec<Arc<Place>> = Vec::new();
    for member in members {
        let Some(limit) = price(member) else { continue };
        let family = family(&member.spec.name);
        let is_smaller = |place: &&Arc<Place>| {
            place.spec.provider == member.spec.provider
                && place.spec.can(Capability::Chat)
                && price(place).is_some_and(|price| price < limit)
                && self::family(&place.spec.name) == family
                && !members.iter().chain(&smaller).any(|known| known.id == place.id)
        };
        let able = |place: &Place| {
            let needed = member.spec.capabilities.iter();
            needed.filter(|can| !place.spec.can(**can)).count()
        };
        // Rather one that can do as much; among those the nearest in price.
        let next = all
            .iter()
            .filter(is_smaller)
            .min_by_key(|place| (able(place), std::cmp::Reverse(price(place))))
            .map(Arc::clone);
        smaller.extend(next);
    }
    smaller
}

/// The family of a model, by its name: the letters that it begins with.
fn family(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn a_family_is_known_by_its_name() {
        for (name, expected) in [
            ("gpt-4o", "gpt"),
            ("gpt-4o-mini", "gpt"),
            ("claude-opus-4-5", "claude"),
            ("gemini-2.5-pro", "gemini"),
            ("o3-mini", "o"),
            ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama"),
            ("4o", ""),
        ] {
            assert_eq!(family(name), expected, "{name}");
        }
    }
}
