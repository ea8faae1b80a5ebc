//! Who decides: a strategy of the gateway, a single deployment, or somebody who sees everything.

use super::{
    scenario::Conditions,
    world::{Sight, World},
};
use crate::{
    config::{RouteConfig, Strategy},
    health::{Measures, Standing},
    learn::Learner,
    rank::{Contender, Facts, Ranking, rank},
};
use llm::{PriceSheet, PriceTier};

/// Who decides where a request goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Player {
    /// Somebody who sees what each deployment is like at the moment, but not what luck a request will have.
    Clairvoyant,
    /// Always one and the same deployment.
    Fixed {
        /// Which.
        deployment: String,
    },
    /// A route of the gateway.
    Route {
        /// What it is called.
        name: String,
        /// How it chooses.
        config: Box<RouteConfig>,
    },
}

/// What a player remembers.
#[derive(Debug, Default)]
pub(crate) struct Mind {
    pub(crate) learner: Learner,
    turn: u64,
}

impl Player {
    /// What it is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Clairvoyant => "best in hindsight".to_owned(),
            Self::Fixed { deployment } => format!("only `{deployment}`"),
            Self::Route { name, .. } => name.clone(),
        }
    }

    /// Puts the deployments in order for the request that has just come.
    pub(crate) fn order(&self, world: &World<'_>, mind: &mut Mind) -> Vec<usize> {
        let sights = world.sights();
        match self {
            Self::Clairvoyant => clairvoyant(world, &sights),
            Self::Fixed { deployment } => {
                sights.iter().position(|sight| sight.conditions.id == *deployment).into_iter().collect()
            }
            Self::Route { config, .. } => route(config, (world, &sights), mind),
        }
    }
}

fn clairvoyant(world: &World<'_>, sights: &[Sight]) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> =
        sights.iter().enumerate().map(|(index, sight)| (index, world.expected_loss(sight))).collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    order.into_iter().map(|(index, _)| index).collect()
}

/// As the gateway's stage does it.
fn route(config: &RouteConfig, (world, sights): (&World<'_>, &[Sight]), mind: &mut Mind) -> Vec<usize> {
    let turn = mind.turn;
    mind.turn += 1;
    let learned = if config.strategy == Strategy::Adaptive {
        let ids = sights.iter().map(|sight| sight.conditions.id.as_str());
        mind.learner.draw(0, ids, &config.weights, (turn, world.now()))
    } else {
        Vec::new()
    };
    let prices: Vec<PriceSheet> = sights.iter().map(|sight| prices(&sight.conditions)).collect();
    let measures: Vec<Measures> = world.measures();
    let contenders: Vec<Contender<'_>> = measures
        .iter()
        .zip(&prices)
        .enumerate()
        .map(|(position, (measures, prices))| Contender {
            tier: Default::default(),
            measures,
            prices: Some(prices),
            quality: None,
            share: 1,
            able: true,
            learned: learned.get(position).copied().unwrap_or_default(),
            preference: None,
        })
        .collect();
    let ranked = rank(&Ranking {
        strategy: config.strategy,
        weights: config.weights,
        adjusted: config.weights,
        balancer: config.balancer,
        facts: Facts { input_tokens: world.input_tokens(), output_tokens: world.output_tokens() },
        contenders: &contenders,
        turn,
        influence: 0.0,
    });
    let open = |position: usize| {
        measures.get(position).is_some_and(|measures| matches!(measures.standing, Standing::Open { .. }))
    };
    ranked.iter().map(|one| one.position).filter(|position| !open(*position)).collect()
}

pub(crate) fn prices(conditions: &Conditions) -> PriceSheet {
    let (input, output) = (conditions.input_usd, conditions.output_usd);
    PriceSheet::from(PriceTier { input, output, ..PriceTier::default() })
}
