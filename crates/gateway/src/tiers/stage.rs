//! Where a name of the request is a tier or `auto`: which route is really asked, and why.

use super::{AUTO, Choice, Tier, Weighed, choose, told};
use crate::{ask::Ask, gateway::Shared, table::Destination};
use base::OwnerId;
use classify::{TaskClass, TaskText, classify};
use ledger::Explanation;
use std::sync::{Arc, atomic::Ordering};

/// Bytes that make a token, for an estimate.
const BYTES_PER_TOKEN: u64 = 4;

/// What is really asked.
pub(crate) struct Tiered {
    pub(crate) destination: Arc<Destination>,
    /// Why; `None` where no tier has to do with it.
    pub(crate) tiering: Option<Box<Tiering>>,
}

/// How a tier came to be asked, and in which circumstances.
#[derive(Debug, Default)]
pub(crate) struct Tiering {
    tier: Option<Tier>,
    task: Option<TaskClass>,
    because: Vec<String>,
}

impl Tiering {
    /// Writes it into the explanation.
    pub(crate) fn tell(self, explanation: &mut Explanation) {
        explanation.tier = self.tier;
        explanation.task = self.task;
        explanation.context = self.because;
    }
}

/// Finds out which route a request for a route is for. A deployment by its own name costs one look at a flag.
pub(crate) async fn tier(
    shared: &Arc<Shared>,
    owner: OwnerId,
    ask: &mut Ask,
    asked: Arc<Destination>,
) -> Tiered {
    if !asked.is_route {
        return Tiered { destination: asked, tiering: None };
    }
    if !shared.looks_at(&asked) {
        return of_route(shared, ask, asked);
    }
    let request = Asked::of(ask, owner);
    let class = shared.classifier.classify(shared, owner, &request.text()).await;
    chosen(shared, ask, asked, (&request, class))
}

/// The same as far as the rules know: no model is asked what kind of task it is.
pub(crate) fn tier_by_rules(
    shared: &Shared,
    owner: OwnerId,
    ask: &mut Ask,
    asked: Arc<Destination>,
) -> Tiered {
    if !shared.looks_at(&asked) {
        return of_route(shared, ask, asked);
    }
    let request = Asked::of(ask, owner);
    let class = classify(&request.text());
    chosen(shared, ask, asked, (&request, class))
}

impl Shared {
    /// Whether this route looks at requests and asks a tier.
    fn looks_at(&self, asked: &Destination) -> bool {
        asked.name == AUTO && self.auto_classifies.load(Ordering::Relaxed)
    }
}

/// What was asked for by its name, which may be a tier's.
fn of_route(shared: &Shared, ask: &Ask, destination: Arc<Destination>) -> Tiered {
    told_of(shared, ask, destination, Tiering::default())
}

/// The tier for a request of this class.
fn chosen(
    shared: &Shared,
    ask: &Ask,
    asked: Arc<Destination>,
    (request, class): (&Asked, TaskClass),
) -> Tiered {
    let circumstances = ask.circumstances.as_deref();
    let weighed = Weighed { class: &class, tokens: request.tokens, files: request.files, circumstances };
    let Choice { tier, because } = choose(&shared.config.tiers, weighed);
    let mut tiering = Tiering::default();
    let mut destination = asked;
    if let Some(found) = shared.index.load().get(tier.as_str()) {
        destination = Arc::clone(found);
        tiering.because.push(format!("`{AUTO}` asks `{tier}`: {because}"));
    }
    tiering.task = Some(class);
    told_of(shared, ask, destination, tiering)
}

/// With the tier's name, and what the circumstances change.
fn told_of(shared: &Shared, ask: &Ask, destination: Arc<Destination>, mut tiering: Tiering) -> Tiered {
    if shared.config.tiers.enabled {
        tiering.tier = Tier::from_name(&destination.name);
    }
    tiering.because.extend(ask.circumstances.as_deref().into_iter().flat_map(told));
    let says_something = tiering.tier.is_some() || tiering.task.is_some() || !tiering.because.is_empty();
    Tiered { destination, tiering: says_something.then(|| Box::new(tiering)) }
}

/// What is looked at of a request.
struct Asked {
    text: String,
    tokens: u64,
    files: usize,
}

impl Asked {
    fn text(&self) -> TaskText<'_> {
        TaskText { text: &self.text, tokens: self.tokens, files: self.files }
    }

    /// The last thing a person said, and how much there is besides. A body that cannot be read says nothing; the
    /// deployment will say what is wrong with it.
    fn of(ask: &mut Ask, owner: OwnerId) -> Self {
        let tokens = ask.head.input_tokens_bound / BYTES_PER_TOKEN;
        let (text, files) = ask.last_said(owner).unwrap_or_default();
        Self { text, tokens, files }
    }
}
