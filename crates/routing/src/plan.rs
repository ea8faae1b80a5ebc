//! What a route keeps besides its deployments: how they are chosen, whose turn it is, and what was learned.

use crate::{
    config::{ContextMode, Degrade, FallbackTier, RouteConfig},
    learn::{Experience, Learner},
};
use base::Money;
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
pub struct Plan {
    /// What the route is made of.
    pub config: RouteConfig,
    tiers: HashMap<String, FallbackTier>,
    turn: Arc<AtomicU64>,
    learner: Arc<Learner>,
}

impl Plan {
    /// The plan of a route, with what it had before.
    pub fn new(
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
    pub fn tier(&self, deployment: &str) -> FallbackTier {
        self.tiers.get(deployment).copied().unwrap_or_default()
    }

    /// Whether it has more than a primary tier.
    pub fn has_tiers(&self) -> bool {
        self.tiers.values().any(|tier| *tier != FallbackTier::Primary)
    }

    /// How many requests there were so far.
    pub fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    /// Counts a request; returns how many there were before.
    pub fn take_turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// What the strategy `adaptive` expects of each deployment this time, 0 to 1, for a request of this sort (below
    /// [`crate::CLASSES`]). The same turn draws the same numbers.
    pub fn draw<'a>(
        &self,
        class: usize,
        deployments: impl Iterator<Item = &'a str>,
        (turn, now): (u64, Duration),
    ) -> Vec<f64> {
        self.learner.draw(class, deployments, &self.config.weights, (turn, now))
    }

    /// Whether requests are made to fit before they are sent.
    pub fn fits_context(&self) -> bool {
        self.config.context == ContextMode::Fit
    }

    /// Whether this may be given up.
    pub fn may_give_up(&self, degrade: Degrade) -> bool {
        self.config.degrade.contains(&degrade)
    }
}

/// Where what comes of a request is to be learned from.
#[derive(Debug, Clone)]
pub struct Lesson {
    learner: Arc<Learner>,
    class: usize,
    /// How long the first token of the deployment that answers took.
    first_token: Duration,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Whether there was an answer to the end, or as far as the caller wanted to have it.
    pub answered: bool,
    /// What it cost; `None` where the price is not known.
    pub cost: Option<Money>,
}

impl Lesson {
    /// What comes of a request of this sort (below [`crate::CLASSES`]) is to be learned by the route.
    pub fn new(plan: &Plan, class: usize) -> Self {
        let learner = Arc::clone(&plan.learner);
        Self { learner, class, first_token: Duration::ZERO }
    }

    /// A deployment has failed before it answered, after so long.
    pub fn failed(&self, deployment: &str, took: Duration, now: Duration) {
        let experience = Experience { answered: false, took_ms: millis(took), cost: None };
        self.learner.learn((self.class, deployment), experience, now);
    }

    /// A deployment has begun to answer.
    pub fn begun(mut self, first_token: Duration) -> Self {
        self.first_token = first_token;
        self
    }

    /// The exchange has come to an end at this deployment.
    pub fn settled(&self, deployment: &str, ending: Ending, now: Duration) {
        let experience = Experience {
            answered: ending.answered,
            took_ms: millis(self.first_token),
            cost: ending.cost.map(|cost| cost.nanos() as f64),
        };
        self.learner.learn((self.class, deployment), experience, now);
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
