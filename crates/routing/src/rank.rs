//! Puts deployments in order: a pure function of how they have been doing, what they cost and what the request
//! needs. The pipeline, `try` and the simulator all use this one.

use crate::{
    chance::{below, mix},
    config::{Balancer, FallbackTier, Strategy, Weights},
    health::{Measures, Standing},
};
use llm::{PriceSheet, Usage};
use serde::{Deserialize, Serialize};

/// What is known of a request before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Tokens that the prompt is likely to have.
    pub input_tokens: u64,
    /// Tokens that the answer is likely to have.
    pub output_tokens: u64,
}

/// A deployment that may answer.
#[derive(Debug, Clone, Copy)]
pub struct Contender<'a> {
    /// When the route gives it a turn.
    pub tier: FallbackTier,
    /// How it has been doing.
    pub measures: &'a Measures,
    /// What it costs; `None` when unknown.
    pub prices: Option<&'a PriceSheet>,
    /// How good its model is, 0 to 100; `None` when unknown.
    pub quality: Option<u8>,
    /// Its share, for the balancer `weighted`.
    pub share: u32,
    /// Whether it can do what the request needs, as far as that is known.
    pub able: bool,
    /// What the strategy `adaptive` expects of it this time, 0 to 1.
    pub learned: f64,
    /// How much its caller prefers it, 0 to 1; `None` where they have said nothing about it.
    pub preference: Option<f64>,
}

/// What is to be put in order, and how.
#[derive(Debug, Clone, Copy)]
pub struct Ranking<'a> {
    /// By what.
    pub strategy: Strategy,
    /// What counts how much.
    pub weights: Weights,
    /// The same in the circumstances of the request.
    pub adjusted: Weights,
    /// How load is spread.
    pub balancer: Balancer,
    /// The request.
    pub facts: Facts,
    /// The deployments, in the order of the configuration.
    pub contenders: &'a [Contender<'a>],
    /// How many requests the route had before: whose turn it is, and where chance comes from. The same turn gives
    /// the same order.
    pub turn: u64,
    /// By how much preferences move the strategy `adaptive` at the most, 0 to 1.
    pub influence: f64,
}

/// A deployment in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its position in [`Ranking::contenders`].
    pub position: usize,
    /// How much hope there is that it answers.
    pub hope: Hope,
    /// By how much the strategy prefers it, 0 to 1.
    pub score: f64,
    /// What speaks for it.
    pub factors: Factors,
}

/// What speaks for a deployment, each from 0 (nothing) to 1 (the best there is).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Factors {
    /// A low price.
    pub cost: f64,
    /// A quick answer.
    pub speed: f64,
    /// A good model.
    pub quality: f64,
    /// Few failures.
    pub reliability: f64,
    /// Little to do.
    pub load: f64,
    /// The caller's own opinion; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<f64>,
}

/// How much hope there is that a deployment answers; the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hope {
    /// It may be called.
    Ready,
    /// It asked for patience.
    Limited,
    /// As far as is known, it cannot do what the request needs.
    Unable,
    /// It is being left alone after failures.
    Open,
}

/// As many calls without a failure everybody is given in advance: one failure of one call is not the end. Whoever
/// has not failed is as reliable as anybody, however few calls there were, since nothing else makes it known.
const CALLS_IN_ADVANCE: f64 = 10.0;
/// What an unknown quality counts as where no other is known either; otherwise as the average of those.
const NEUTRAL: f64 = 0.5;
/// Time to the first token that is assumed of one that nothing is known of but that is being tried, in
/// milliseconds.
const ASSUMED_FIRST_TOKEN_MS: f64 = 1_000.0;
/// Tokens a second that are assumed until something is known.
const ASSUMED_TOKENS_PER_SECOND: f64 = 50.0;

/// Puts every contender in order, each once: first by hope, then by tier, then by what the strategy makes of it,
/// then (unless the order is what the strategy goes by) by all factors together, then as they came.
pub fn rank(ranking: &Ranking<'_>) -> Vec<Ranked> {
    let factors = factors(ranking);
    let mut ranked: Vec<Ranked> = ranking
        .contenders
        .iter()
        .zip(factors)
        .enumerate()
        .map(|(position, (contender, factors))| Ranked {
            position,
            hope: contender.hope(),
            score: own_score(ranking, contender, &factors),
            factors,
        })
        .collect();
    let tier = |one: &Ranked| ranking.contenders.get(one.position).map(|contender| contender.tier);
    let among_equals = |one: &Ranked| {
        if ranking.strategy == Strategy::Ordered { 0.0 } else { merit(&one.factors) }
    };
    if ranking.strategy == Strategy::LoadBalanced {
        ranked.sort_by_key(|one| (one.hope, tier(one), one.position));
        for group in ranked.chunk_by_mut(|one, other| one.hope == other.hope && tier(one) == tier(other)) {
            balance(ranking, group);
        }
    }
    ranked.sort_by(|one, other| {
        (one.hope, tier(one))
            .cmp(&(other.hope, tier(other)))
            .then_with(|| other.score.total_cmp(&one.score))
            .then_with(|| among_equals(other).total_cmp(&among_equals(one)))
            .then_with(|| one.position.cmp(&other.position))
    });
    ranked
}

impl Contender<'_> {
    fn hope(&self) -> Hope {
        match self.measures.standing {
            Standing::Open { .. } => Hope::Open,
            _ if !self.able => Hope::Unable,
            Standing::Limited { .. } => Hope::Limited,
            Standing::Ready => Hope::Ready,
        }
    }

    /// What the request is likely to cost here, in nano-dollars; `None` when unknown.
    fn cost(&self, facts: Facts) -> Option<f64> {
        let usage = Usage { input: facts.input_tokens, output: facts.output_tokens, ..Usage::default() };
        self.prices.map(|prices| prices.cost(&usage).nanos() as f64)
    }

    /// How long the whole answer is likely to take, in milliseconds; `None` while nothing is known, and nobody is
    /// finding out.
    fn answer_ms(&self, facts: Facts) -> Option<f64> {
        let Measures { peak_ewma_ms, tokens_per_second, in_flight, .. } = *self.measures;
        let first_token_ms = match positive(peak_ewma_ms) {
            Some(known) => known,
            None if in_flight > 0 => ASSUMED_FIRST_TOKEN_MS,
            None => return None,
        };
        let rate = positive(tokens_per_second).unwrap_or(ASSUMED_TOKENS_PER_SECOND);
        Some(first_token_ms + facts.output_tokens as f64 / rate * 1_000.0)
    }

    /// How long the next first token would take to come, were all calls under way to be answered one by one: the
    /// load of the peak-EWMA balancers.
    fn load(&self) -> f64 {
        let first_token_ms = positive(self.measures.peak_ewma_ms).unwrap_or(1.0);
        first_token_ms * (self.measures.in_flight as f64 + 1.0)
    }
}

fn positive(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}

fn unit(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

/// What speaks for each contender. Price, time and load are compared with the best of them.
fn factors(ranking: &Ranking<'_>) -> Vec<Factors> {
    let contenders = ranking.contenders;
    let costs: Vec<Option<f64>> = contenders.iter().map(|one| one.cost(ranking.facts)).collect();
    let times: Vec<Option<f64>> = contenders.iter().map(|one| one.answer_ms(ranking.facts)).collect();
    let loads: Vec<f64> = contenders.iter().map(Contender::load).collect();
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let most = costs.iter().flatten().fold(0.0, |most: f64, cost| most.max(*cost));
    // What costs nothing is the best there is, but the others still differ.
    let floor = most / 50.0;
    let cheapest = least(&mut costs.iter().flatten().copied());
    let known: Vec<f64> = contenders.iter().filter_map(|one| one.quality.map(f64::from)).collect();
    let neutral = match known.len() {
        0 => NEUTRAL,
        count => unit(known.iter().sum::<f64>() / count as f64 / 100.0),
    };
    let (quickest, idlest) = (least(&mut times.iter().flatten().copied()), least(&mut loads.iter().copied()));
    contenders
        .iter()
        .zip(costs.iter().zip(&times).zip(&loads))
        .map(|(contender, ((cost, time), load))| {
            let measures = contender.measures;
            let failures = (1.0 - unit(measures.success_share)) * measures.samples as f64;
            let calls = measures.samples as f64 + CALLS_IN_ADVANCE;
            Factors {
                cost: match cost {
                    Some(_) if most == 0.0 => 1.0,
                    Some(cost) => unit((cheapest + floor) / (cost + floor)),
                    None => 0.0,
                },
                // One that is not known yet is tried: that is how it becomes known.
                speed: time.map_or(1.0, |time| unit(quickest / time)),
                quality: contender.quality.map_or(neutral, |quality| unit(f64::from(quality) / 100.0)),
                reliability: unit(1.0 - failures / calls),
                load: unit(idlest / load * unit(measures.headroom)),
                preference: contender.preference.map(unit),
            }
        })
        .collect()
}

/// All factors together, to decide between equals.
fn merit(factors: &Factors) -> f64 {
    factors.cost + factors.speed + factors.quality + factors.reliability + factors.load
}

/// What the strategy makes of a contender, the balancers aside.
fn own_score(ranking: &Ranking<'_>, contender: &Contender<'_>, factors: &Factors) -> f64 {
    match ranking.strategy {
        // The position decides, and that comes last.
        Strategy::Ordered | Strategy::LoadBalanced => 1.0,
        Strategy::Cost => factors.cost,
        Strategy::Speed => factors.speed,
        Strategy::Quality => factors.quality,
        Strategy::Reliability => factors.reliability,
        // What was learned is of all circumstances together.
        Strategy::Adaptive if ranking.adjusted != ranking.weights => {
            let (here, usually) = (weighted(&ranking.adjusted, factors), weighted(&ranking.weights, factors));
            unit(
                contender.learned * positive(usually).map_or(1.0, |usually| here / usually)
                    + taste(ranking, factors),
            )
        }
        Strategy::Adaptive => unit(contender.learned + taste(ranking, factors)),
        Strategy::Weighted => weighted(&ranking.adjusted, factors),
    }
}

/// What the caller's own opinion adds: half of the influence for the best there can be, as much less for the worst, and
/// nothing where there is none.
fn taste(ranking: &Ranking<'_>, factors: &Factors) -> f64 {
    factors.preference.map_or(0.0, |preference| unit(ranking.influence) * (preference - NEUTRAL))
}

fn weighted(weights: &Weights, factors: &Factors) -> f64 {
    let pairs = [
        (weights.cost, factors.cost),
        (weights.speed, factors.speed),
        (weights.quality, factors.quality),
        (weights.reliability, factors.reliability),
    ];
    let total: f64 = pairs.iter().map(|(weight, _)| weight).sum();
    match positive(total) {
        Some(total) => unit(pairs.iter().map(|(weight, factor)| weight * factor).sum::<f64>() / total),
        None => NEUTRAL,
    }
}

/// Scores deployments of one tier so that the load is spread over them.
fn balance(ranking: &Ranking<'_>, group: &mut [Ranked]) {
    let count = group.len();
    let turn = ranking.turn;
    let contender = |one: &Ranked| ranking.contenders.get(one.position);
    // From 1 for the next in turn down to nearly 0 for the one that was just there.
    let in_turn = |index: usize| {
        let start = usize::try_from(turn % count.max(1) as u64).unwrap_or_default();
        1.0 - ((index + count - start) % count) as f64 / count as f64
    };
    match ranking.balancer {
        Balancer::RoundRobin => {
            for (index, one) in group.iter_mut().enumerate() {
                one.score = in_turn(index);
            }
        }
        Balancer::LeastConnections => {
            for (index, one) in group.iter_mut().enumerate() {
                let in_flight = contender(one).map_or(0, |one| one.measures.in_flight) as f64;
                // Whole calls outweigh the turn, which is below 1.
                one.score = 1.0 / (in_flight + 2.0 - in_turn(index).min(0.999));
            }
        }
        Balancer::Weighted => {
            let share = |one: &Ranked| contender(one).map_or(1, |one| one.share).max(1);
            let total: f64 = group.iter().map(|one| f64::from(share(one))).sum();
            // The golden ratio spreads the turns evenly: every stretch of them has each in its share.
            let golden = 0.618_033_988_749_894_9;
            let mut point = (turn as f64 * golden).fract() * total;
            let chosen = group.iter().position(|one| {
                point -= f64::from(share(one));
                point < 0.0
            });
            for (index, one) in group.iter_mut().enumerate() {
                let share = f64::from(share(one)) / total;
                one.score = if Some(index) == chosen { 1.0 } else { share * 0.999 };
            }
        }
        Balancer::Fastest => {
            for one in group.iter_mut() {
                one.score = unit(one.factors.load) * 0.5;
            }
            if let Some(winner) = better_of_two(group, turn)
                && let Some(one) = group.get_mut(winner)
            {
                one.score += 0.5;
            }
        }
    }
}

/// The power of two choices: of two taken at random, the one with the lighter load. That spreads nearly as well as
/// always taking the lightest, without everybody rushing there at once.
fn better_of_two(group: &[Ranked], turn: u64) -> Option<usize> {
    let count = group.len() as u64;
    if count < 2 {
        return None;
    }
    let first = below(mix(turn.wrapping_mul(2)), count);
    let second = below(mix(turn.wrapping_mul(2).wrapping_add(1)), count - 1);
    let second = if second >= first { second + 1 } else { second };
    let at = |index: u64| {
        let index = usize::try_from(index).ok()?;
        group.get(index).map(|one| (index, one.factors.load))
    };
    let ((first, first_load), (second, second_load)) = (at(first)?, at(second)?);
    Some(if second_load > first_load { second } else { first })
}

#[cfg(test)]
mod tests;
