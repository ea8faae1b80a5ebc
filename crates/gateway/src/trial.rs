//! What would happen to a request: admit to route, without counting, reserving or calling anything.

use crate::{
    admit::{self, Principal},
    ask::Ask,
    batch::Submitter,
    call::{Caller, Source},
    error::GatewayError,
    experiments::Taste,
    fit,
    gateway::Shared,
    pipeline,
    reserve::{self, Weighed},
    route::{Routing, Turn},
    table::{Destination, Place},
    tiers::stage::{self, Tiered},
};
use base::{Id, Money, OwnerId};
use ledger::Explanation;
use llm::ChatRequest;
use routing::Degrade;
use std::sync::Arc;

/// A request that is only tried out.
#[derive(Debug, Clone)]
pub struct TryRoute {
    /// Whose page or terminal asks.
    pub owner: OwnerId,
    /// As if it came with this virtual key; `None` as the owner's own.
    pub key: Option<Id>,
    /// The request.
    pub request: ChatRequest,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Who would be asked, in order, and why. What would answer first is the chosen one.
    pub explanation: Explanation,
    /// Each stage that would refuse the request, and why. The stages after it are tried all the same.
    pub refusals: Vec<Refusal>,
    /// Most it could cost; `None` where a price is not known.
    pub worst_case: Option<Money>,
    /// Upper bound of the prompt's tokens.
    pub input_tokens_bound: u64,
}

/// A stage that would refuse a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Which.
    pub stage: Stage,
    /// Why.
    pub error: GatewayError,
}

/// The stages that may refuse a request before anybody is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The key is not good.
    Key,
    /// A limit is reached.
    Limits,
    /// There is no such model or route, or the key may not ask for it.
    Model,
    /// The budget does not allow it.
    Budget,
    /// It does not fit any model's window.
    Context,
    /// Nothing is available.
    Route,
}

impl Stage {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Limits => "limits",
            Self::Model => "model",
            Self::Budget => "budget",
            Self::Context => "context",
            Self::Route => "route",
        }
    }
}

/// Tries a request out.
pub(crate) fn try_route(shared: &Arc<Shared>, trying: TryRoute) -> Tried {
    let TryRoute { owner, key, request } = trying;
    let mut tried = Tried {
        explanation: Explanation { asked: request.model.clone(), ..Explanation::default() },
        refusals: Vec::new(),
        worst_case: None,
        input_tokens_bound: 0,
    };
    let caller = Caller::Submitter(Submitter { owner, key_id: key, project: None });
    let identified = admit::identify(&shared.ring, shared.clock.as_ref(), &caller);
    let principal = match identified.and_then(|principal| principal.of(owner)) {
        Ok(principal) => principal,
        Err(error) => {
            tried.refuse(Stage::Key, error);
            // Whose key it is decides about everything that follows; the owner may see where it would go.
            Principal { owner, key: None, project: None, deposit: None, is_inside: false }
        }
    };
    let mut ask = match Ask::chat(Source::Request(request), owner) {
        Ok(ask) => ask,
        Err(error) => {
            tried.refuse(Stage::Model, error.into());
            return tried;
        }
    };
    tried.input_tokens_bound = ask.head.input_tokens_bound;
    let now = shared.clock.monotonic();
    if let Some(refusal) = admit::limit_met(&shared.limits, &principal, ask.demand(), now) {
        tried.refuse(Stage::Limits, GatewayError::RateLimited(refusal));
    }
    let asked = admit::destination(&principal, &shared.index.load(), &ask.head.model);
    let Tiered { destination, tiering } = match asked {
        Ok(asked) => stage::tier_by_rules(shared, owner, &mut ask, asked),
        Err(error) => {
            tried.refuse(Stage::Model, error);
            return tried;
        }
    };
    tried.explanation = pipeline::explanation(&ask.head, &destination);
    tried.explanation.route.clone_from(&destination.name);
    if let Some(tiering) = tiering {
        tiering.tell(&mut tried.explanation);
    }
    if let Some(places) = tried.reserve(shared, &principal, &ask, &destination) {
        tried.order(shared, &mut ask, (owner, &destination), places);
    }
    tried
}

impl Tried {
    fn refuse(&mut self, stage: Stage, error: GatewayError) {
        self.refusals.push(Refusal { stage, error });
    }

    /// The places that the budget allows, with what is put aside for them looked at only.
    fn reserve(
        &mut self,
        shared: &Shared,
        principal: &Principal,
        ask: &Ask,
        destination: &Destination,
    ) -> Option<Vec<Arc<Place>>> {
        let purse = shared.treasury.book.load().purse(principal);
        match reserve::weigh(&purse, ask, destination) {
            Ok(Weighed { worst_case, places, left_out }) => {
                for (id, why) in left_out {
                    self.explanation.note(&id, why);
                }
                self.worst_case = worst_case;
                let now = shared.clock.now();
                let refusals = purse
                    .accounts
                    .iter()
                    .filter_map(|account| account.would_refuse(worst_case.unwrap_or_default(), now));
                let refusal = |why: budget::Refusal| Refusal { stage: Stage::Budget, error: why.into() };
                self.refusals.extend(refusals.map(refusal));
                Some(places)
            }
            Err(error) => {
                self.refuse(Stage::Budget, error);
                None
            }
        }
    }

    fn order(
        &mut self,
        shared: &Shared,
        ask: &mut Ask,
        (owner, destination): (OwnerId, &Destination),
        places: Vec<Arc<Place>>,
    ) {
        let plan = destination.plan.as_ref();
        let may_shrink =
            plan.is_some_and(|plan| plan.may_give_up(Degrade::FewerTokens) || plan.fits_context());
        let fitting = match fit::fit(ask, owner, places.clone(), &mut self.explanation) {
            Ok(fitting) => fitting,
            Err(error) => {
                let shorter = may_shrink.then(|| fit::shorter_by_rules(shared, ask, owner, places));
                let Some(shrunk) = shorter.flatten() else {
                    return self.refuse(Stage::Context, error);
                };
                self.explanation.degraded.extend(shrunk.events);
                shrunk.places
            }
        };
        let now = shared.clock.monotonic();
        let (began, explanation) = (shared.clock.now(), &mut self.explanation);
        let taste = Taste::of(shared, owner, destination, explanation.task.as_ref().map(|class| class.task));
        let routing = Routing { ask, owner, destination, explanation, now, began, turn: Turn::Looked, taste };
        match routing.route(fitting) {
            Ok(routed) => {
                self.explanation.chosen = routed.places.first().map(|place| place.id.clone());
            }
            Err(error) => self.refuse(Stage::Route, error),
        }
    }
}
