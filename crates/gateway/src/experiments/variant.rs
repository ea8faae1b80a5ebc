//! Where a call of a variant goes: the destination that was asked for, changed.

use super::is_there;
use crate::table::{Destination, Index, differ};
use arc_swap::ArcSwapOption;
use experiment::{Change, Variant};
use routing::{Degrade, FallbackTier, Plan, RouteConfig};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// What a running experiment keeps of a variant.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The destination made last, and of what it was made.
    made: ArcSwapOption<(Arc<Destination>, Arc<Destination>)>,
    /// Lets so many calls through at a time, where the variant says so.
    pub(crate) gate: Option<Arc<Semaphore>>,
}

impl Prepared {
    pub(crate) fn new(variant: &Variant) -> Self {
        let gate = variant.change.parallel.map(|parallel| Arc::new(Semaphore::new(parallel as usize)));
        Self { made: ArcSwapOption::empty(), gate }
    }

    /// Where calls of the variant go that were asked of `base`; `None` where what it names is not there now.
    pub(crate) fn destination(
        &self,
        (index, base): (&Index, &Arc<Destination>),
        (shelf, change): (&str, &Change),
    ) -> Option<Arc<Destination>> {
        let before = self.made.load_full();
        if let Some(made) = before.as_deref()
            && Arc::ptr_eq(&made.0, base)
        {
            return Some(Arc::clone(&made.1));
        }
        // What the route's strategy has learned of this variant stays when routes are read anew.
        let known = before.as_deref().and_then(|made| made.1.plan.as_ref());
        let made = Arc::new(made(index, base, change, known, shelf)?);
        self.made.store(Some(Arc::new((Arc::clone(base), Arc::clone(&made)))));
        Some(made)
    }
}

fn made(
    index: &Index,
    base: &Arc<Destination>,
    change: &Change,
    known: Option<&Plan>,
    shelf: &str,
) -> Option<Destination> {
    let mut config = match &base.plan {
        Some(plan) => plan.config.clone(),
        None => RouteConfig::ordered(base.places.iter().map(|place| place.id.clone()).collect()),
    };
    let mut places = base.places.clone();
    let tier = |id: &str| base.plan.as_ref().map_or_else(FallbackTier::default, |plan| plan.tier(id));
    let mut members: Vec<(FallbackTier, String)> =
        places.iter().map(|place| (tier(&place.id), place.id.clone())).collect();
    let mut missing = base.missing.clone();
    if let Some(model) = &change.model {
        let named = is_there(index, model).then(|| index.get(model)).flatten()?;
        match &named.plan {
            Some(plan) => {
                config = RouteConfig { cache_ttl_seconds: config.cache_ttl_seconds, ..plan.config.clone() };
                places.clone_from(&named.places);
                missing.clone_from(&named.missing);
                members = places.iter().map(|place| (plan.tier(&place.id), place.id.clone())).collect();
            }
            None => {
                // What was asked for stands behind it, so that nobody is left without an answer for the experiment's sake.
                places.retain(|place| place.id != *model);
                places.splice(0..0, named.places.iter().cloned());
                let ids = places.iter().map(|place| place.id.clone());
                config = RouteConfig {
                    degrade: config.degrade,
                    queue: config.queue,
                    ..RouteConfig::ordered(ids.collect())
                };
                members = places.iter().map(|place| (FallbackTier::Primary, place.id.clone())).collect();
            }
        }
    }
    if let Some(strategy) = &change.strategy {
        config.strategy = strategy.parse().ok()?;
    }
    if let Some(balancer) = &change.balancer {
        config.balancer = balancer_named(balancer)?;
    }
    match change.fit_context {
        Some(true) => config.context = routing::ContextMode::Fit,
        Some(false) => config.context = routing::ContextMode::Whole,
        None => {}
    }
    match change.fit_context {
        Some(true) if !config.degrade.contains(&Degrade::FewerTokens) => {
            config.degrade.push(Degrade::FewerTokens)
        }
        Some(false) => config.degrade.retain(|degrade| *degrade != Degrade::FewerTokens),
        Some(true) | None => {}
    }
    Some(Destination {
        name: base.name.clone(),
        missing,
        cache_ttl: change.cache_ttl_seconds.map(Duration::from_secs).or(base.cache_ttl),
        queue: config.queue.or(base.queue),
        is_route: base.is_route,
        plan: Some(Plan::new(config, members.into_iter(), known)),
        differs: differ(&places),
        places,
        shelf: Some(shelf.to_owned()),
        semantic: base.semantic.clone(),
        prompt_caching: base.prompt_caching,
    })
}

/// The balancer of this name.
pub(super) fn balancer_named(name: &str) -> Option<routing::Balancer> {
    routing::Balancer::ALL.iter().copied().find(|balancer| balancer.as_str() == name)
}
