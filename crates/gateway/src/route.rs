//! Puts the deployments that may answer in order, and says why.
//!
//! A name of one deployment, and a route in its own order, cost nothing more than a look at each deployment's
//! standing. Everything else is measured and ranked by [`routing::rank`], which is pure.

mod facts;
mod redirect;

pub(crate) use redirect::redirect;

use crate::{
    ask::{Ask, Form},
    error::GatewayError,
    experiments::Taste,
    table::{Destination, Place, Target},
    tiers::adjusted,
};
use base::{OwnerId, Timestamp};
use facts::Needs;
use ledger::Explanation;
use llm::Capability;
use routing::{
    Lesson, Measures, Standing, Strategy,
    rank::{Contender, Hope, Ranked, Ranking, rank},
};
use std::{sync::Arc, time::Duration};

/// How long to wait before asking again for a route that has no deployments.
const NOTHING_THERE: Duration = Duration::from_secs(30);

/// What the stage works with.
pub(crate) struct Routing<'a> {
    pub(crate) ask: &'a mut Ask,
    pub(crate) owner: OwnerId,
    pub(crate) destination: &'a Destination,
    pub(crate) explanation: &'a mut Explanation,
    pub(crate) now: Duration,
    /// When the request came, by the calendar: prices may change.
    pub(crate) began: Timestamp,
    /// Whose turn it is among the requests of the route.
    pub(crate) turn: Turn,
    /// What its owner prefers, where the route goes by that.
    pub(crate) taste: Option<Taste>,
}

/// Whether a request takes a turn of its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It does.
    Taken,
    /// It only looks what would be.
    Looked,
}

/// The deployments to call, in order.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) places: Vec<Arc<Place>>,
    /// Where what comes of it is to be learned from.
    pub(crate) lesson: Option<Lesson>,
}

impl Routing<'_> {
    /// Orders the deployments: those that are in a position to answer first, then those that asked for patience;
    /// those that are being left alone after failures are skipped.
    pub(crate) fn route(self, mut places: Vec<Arc<Place>>) -> Result<Routed, GatewayError> {
        for id in &self.destination.missing {
            self.explanation.note(id, "it is not configured, or its provider does not list it");
        }
        if matches!(self.ask.form, Form::Embeddings(..)) {
            places.retain(|place| {
                let makes_some = match &place.target {
                    Target::Wire(_) => true,
                    Target::Local(_) => place.spec.can(Capability::Embeddings),
                };
                if !makes_some {
                    self.explanation.note(&place.id, "it makes no embeddings");
                }
                makes_some
            });
        }
        let needs =
            if self.destination.differs { facts::needs(self.ask, self.owner) } else { Needs::default() };
        let strategy = self.destination.plan.as_ref().map_or(Strategy::Ordered, |plan| plan.config.strategy);
        if places.len() > 1 {
            self.explanation.strategy = Some(strategy);
        }
        if places.len() < 2 || (strategy == Strategy::Ordered && needs == Needs::default()) {
            return self.in_order(places);
        }
        self.ranked(places, needs)
    }

    /// As they are, those that are in a position to answer in front.
    fn in_order(mut self, places: Vec<Arc<Place>>) -> Result<Routed, GatewayError> {
        let (mut ready, mut limited) = (Vec::with_capacity(places.len()), Vec::new());
        let mut skipped = Skipped::default();
        for place in places {
            match place.health.standing(self.now) {
                Standing::Ready => ready.push(place),
                Standing::Limited { wait } => {
                    self.note_limited(&place, wait);
                    limited.push(place);
                }
                Standing::Open { wait } => skipped.add(self.explanation, &place, wait),
            }
        }
        ready.append(&mut limited);
        let lesson = self.lesson(0);
        self.end(ready, skipped, lesson)
    }

    /// By the route's strategy.
    fn ranked(mut self, places: Vec<Arc<Place>>, needs: Needs) -> Result<Routed, GatewayError> {
        let plan = self.destination.plan.as_ref();
        let config = plan.map(|plan| &plan.config);
        let facts = facts::facts(self.ask);
        let class = facts::class(facts, needs);
        let turn = plan.map_or(0, |plan| match self.turn {
            Turn::Taken => plan.take_turn(),
            Turn::Looked => plan.turn(),
        });
        let strategy = config.map_or(Strategy::Ordered, |config| config.strategy);
        let learned = match plan {
            Some(plan) if strategy == Strategy::Adaptive => {
                plan.draw(class, places.iter().map(|place| place.id.as_str()), (turn, self.now))
            }
            Some(_) | None => Vec::new(),
        };
        let measures: Vec<Measures> = places.iter().map(|place| place.health.measures(self.now)).collect();
        let contenders: Vec<Contender<'_>> = places
            .iter()
            .zip(&measures)
            .enumerate()
            .map(|(position, (place, measures))| Contender {
                tier: plan.map_or_else(Default::default, |plan| plan.tier(&place.id)),
                measures,
                prices: place.spec.prices.as_ref().map(|prices| prices.at(self.began)),
                quality: place.spec.quality,
                share: config.and_then(|config| config.shares.get(&place.id)).copied().unwrap_or(1),
                able: needs.missing(place).is_none(),
                learned: learned.get(position).copied().unwrap_or_default(),
                preference: self.taste.as_ref().and_then(|taste| taste.preference(&place.id)),
            })
            .collect();
        let weights = config.map(|config| config.weights).unwrap_or_default();
        let circumstances = self.ask.circumstances.as_deref();
        let ranked = rank(&Ranking {
            strategy,
            weights,
            adjusted: circumstances.map_or(weights, |circumstances| adjusted(weights, circumstances)),
            balancer: config.map(|config| config.balancer).unwrap_or_default(),
            facts,
            contenders: &contenders,
            turn,
            influence: self.taste.as_ref().map_or(0.0, Taste::influence),
        });
        self.explain(&places, &ranked, needs);
        let mut skipped = Skipped::default();
        let mut chosen = Vec::with_capacity(places.len());
        for one in &ranked {
            let (Some(place), Some(measures)) = (places.get(one.position), measures.get(one.position)) else {
                continue;
            };
            match measures.standing {
                Standing::Ready => {}
                Standing::Limited { wait } => self.note_limited(place, wait),
                Standing::Open { wait } => {
                    skipped.add(self.explanation, place, wait);
                    continue;
                }
            }
            chosen.push(Arc::clone(place));
        }
        let lesson = self.lesson(class);
        self.end(chosen, skipped, lesson)
    }

    /// Writes down what the ranking made of each.
    fn explain(&mut self, places: &[Arc<Place>], ranked: &[Ranked], needs: Needs) {
        let shown = |value: f64| (value * 1_000.0).round() / 1_000.0;
        for (rank, one) in ranked.iter().enumerate() {
            let Some(place) = places.get(one.position) else { continue };
            if one.hope == Hope::Unable
                && let Some(missing) = needs.missing(place)
            {
                self.explanation
                    .note(&place.id, format!("last choice: as far as is known, it cannot {missing}"));
            }
            let candidates = &mut self.explanation.candidates;
            let Some(at) = candidates.iter().position(|candidate| candidate.deployment == place.id) else {
                continue;
            };
            if let Some(candidate) = candidates.get_mut(at) {
                let mut factors = one.factors;
                for factor in [
                    &mut factors.cost,
                    &mut factors.speed,
                    &mut factors.quality,
                    &mut factors.reliability,
                    &mut factors.load,
                ] {
                    *factor = shown(*factor);
                }
                factors.preference = factors.preference.map(shown);
                candidate.score = Some(shown(one.score));
                candidate.factors = Some(factors);
            }
            // In the order in which they have their turn; those that were not ranked come last.
            if at > rank {
                let candidate = candidates.remove(at);
                candidates.insert(rank, candidate);
            }
        }
    }

    fn note_limited(&mut self, place: &Place, wait: Duration) {
        let seconds = wait.as_secs();
        self.explanation.note(&place.id, format!("last choice: it is rate limited for {seconds} s more"));
    }

    fn lesson(&self, class: usize) -> Option<Lesson> {
        let plan = self.destination.plan.as_ref()?;
        (plan.config.strategy == Strategy::Adaptive).then(|| Lesson::new(plan, class))
    }

    fn end(
        self,
        places: Vec<Arc<Place>>,
        skipped: Skipped,
        lesson: Option<Lesson>,
    ) -> Result<Routed, GatewayError> {
        if !places.is_empty() {
            return Ok(Routed { places, lesson });
        }
        let (retry_after, last) = skipped.soonest.unwrap_or((NOTHING_THERE, None));
        Err(GatewayError::Unavailable { model: self.ask.head.model.clone(), retry_after, last })
    }
}

/// Deployments that are being left alone.
#[derive(Debug, Default)]
struct Skipped {
    /// When the first of them will be tried again, and what it failed with.
    soonest: Option<(Duration, Option<String>)>,
}

impl Skipped {
    fn add(&mut self, explanation: &mut Explanation, place: &Place, wait: Duration) {
        let last = place.health.last_error();
        let seconds = wait.as_secs();
        let failure = last.as_deref().unwrap_or("?");
        explanation.note(&place.id, format!("left alone for {seconds} s after failures ({failure})"));
        if self.soonest.as_ref().is_none_or(|(shortest, _)| wait < *shortest) {
            self.soonest = Some((wait, last));
        }
    }
}
