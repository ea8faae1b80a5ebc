//! Where a name of the request is a tier or `auto`: which route is really asked, and why.

use super::{AUTO, Choice, Tier, Weighed, choose, told};
use crate::{
    ask::Ask,
    classify::{TaskClass, TaskText},
    exchange::Explanation,
    gateway::Shared,
    table::Destination,
};
use base::OwnerId;
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
    pub(crate) fn tell(self: Box<Self>, explanation: &mut Explanation) {
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
    let circumstances = ask.circumstances.take();
    let mut tiering = Tiering::default();
    let mut destination = asked;
    if destination.name == AUTO && shared.auto_classifies.load(Ordering::Relaxed) {
        let request = Asked::of(ask, owner);
        let text = TaskText { text: &request.text, tokens: request.tokens, files: request.files };
        let class = shared.classifier.classify(shared, owner, &text).await;
        let (tokens, files) = (request.tokens, request.files);
        let weighed = Weighed { class: &class, tokens, files, circumstances: circumstances.as_deref() };
        let Choice { tier, because } = choose(&shared.config.tiers, weighed);
        if let Some(found) = shared.index.load().get(tier.as_str()) {
            destination = Arc::clone(found);
            tiering.because.push(format!("`{AUTO}` asks `{tier}`: {because}"));
        }
        tiering.task = Some(class);
    }
    if shared.config.tiers.enabled {
        tiering.tier = Tier::from_name(&destination.name);
    }
    if let Some(circumstances) = &circumstances {
        tiering.because.extend(told(circumstances));
    }
    ask.circumstances = circumstances;
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
    /// The last thing a person said, and how much there is besides. A body that cannot be read says nothing; the
    /// deployment will say what is wrong with it.
    fn of(ask: &mut Ask, owner: OwnerId) -> Self {
        let tokens = ask.head.input_tokens_bound / BYTES_PER_TOKEN;
        let (text, files) = ask.last_said(owner).unwrap_or_default();
        Self { text, tokens, files }
    }
}
