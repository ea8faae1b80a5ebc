//! Gives a call its variant.

use super::{Running, gather::Settled};
use crate::{
    admit::Principal,
    ask::{Ask, Form},
    gateway::Shared,
    table::Destination,
};
use base::{Id, OwnerId};
use experiment::{Change, Unit, assign::Belonging, choose};
use ledger::Exchange;
use llm::{Message, Role};
use std::{sync::Arc, time::Duration};
use tokio::sync::OwnedSemaphorePermit;

/// How long a call waits for a place among those that a variant lets through at a time; then it goes all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// What a message may add around its text, in tokens.
const WRAPPING_TOKENS: u64 = 16;

/// What is looked at of a call, and what is changed.
pub(crate) struct Joining<'a> {
    pub(crate) id: Id,
    pub(crate) principal: &'a Principal,
    pub(crate) ask: &'a mut Ask,
    pub(crate) tags: &'a mut Vec<String>,
    /// The label of what the caller says it is about.
    pub(crate) subject: Option<String>,
}

/// A call's part in an experiment.
#[derive(Debug)]
pub(crate) struct Part {
    running: Arc<Running>,
    position: usize,
    unit: Unit,
    /// Its place among the calls that the variant lets through at a time.
    place: Option<OwnedSemaphorePermit>,
}

/// Gives a call its variant, and says where it goes for that. What cannot take part goes its usual way.
pub(crate) async fn join(
    shared: &Shared,
    running: Arc<Running>,
    joining: Joining<'_>,
    destination: Arc<Destination>,
) -> (Arc<Destination>, Option<Box<Part>>) {
    let Joining { id, principal, ask, tags, subject } = joining;
    if running.owner != principal.owner || matches!(ask.form, Form::Embeddings(..) | Form::Audio(_)) {
        return (destination, None);
    }
    let design = &running.design;
    let labels = tags.len();
    tags.extend(subject.filter(|_| design.sticky == experiment::Sticky::Subject));
    let unit = design.sticky.unit(Belonging {
        request: &id.to_string(),
        user: &principal.owner.to_string(),
        key: principal.key.as_ref().map(|key| key.info.id.to_string()).as_deref(),
        tags: tags.as_slice(),
    });
    let changed = choose(&running.id.to_string(), &unit, &design.variants).and_then(|position| {
        let (variant, prepared) = (design.variants.get(position)?, running.prepared.get(position)?);
        let change = &variant.change;
        // A key does not reach further by an experiment than by itself.
        let within = |model: &String| {
            destination.places.iter().any(|place| place.id == *model) || principal.may_call(model)
        };
        if !change.model.as_ref().is_none_or(within) {
            return None;
        }
        let tag = design.tag(&variant.name);
        let changed = prepared.destination((&shared.index.load(), &destination), (&tag, change))?;
        rewrite(ask, principal.owner, change)?;
        Some((position, tag, changed))
    });
    let Some((position, tag, changed)) = changed else {
        tags.truncate(labels);
        return (destination, None);
    };
    let place = match running.prepared.get(position).and_then(|prepared| prepared.gate.clone()) {
        // The gate is never closed; who waits too long is not kept for the experiment's sake.
        Some(gate) => {
            tokio::time::timeout(LONGEST_WAIT, gate.acquire_owned()).await.ok().and_then(Result::ok)
        }
        None => None,
    };
    tags.push(tag);
    (changed, Some(Box::new(Part { running, position, unit, place })))
}

/// Changes the request itself, where the variant says so; `None` where it cannot be read.
fn rewrite(ask: &mut Ask, owner: OwnerId, change: &Change) -> Option<()> {
    if !change.rewrites() {
        return Some(());
    }
    if ask.head.refers_to_provider {
        return None;
    }
    let request = ask.request(owner)?;
    let parameters = &mut request.parameters;
    parameters.temperature = change.temperature.or(parameters.temperature);
    if let Some(most) = change.max_output_tokens {
        parameters.max_output_tokens =
            Some(parameters.max_output_tokens.map_or(most, |asked| asked.min(most)));
    }
    let longest = parameters.max_output_tokens;
    if let Some(prefix) = &change.system_prefix {
        request.messages.insert(0, Message::text(Role::System, prefix.clone()));
        let tokens = prefix.len() as u64 + WRAPPING_TOKENS;
        ask.head.input_tokens_bound = ask.head.input_tokens_bound.saturating_add(tokens);
    }
    ask.head.max_output_tokens = longest;
    if let Form::Body(wire) = &mut ask.form {
        wire.changed = true;
    }
    Some(())
}

impl Part {
    /// What it was given, in a sentence.
    pub(crate) fn told(&self) -> String {
        let design = &self.running.design;
        let variant = design.variants.get(self.position).map_or("", |variant| variant.name.as_str());
        format!("the experiment `{}` gave it the variant `{variant}`", design.name)
    }

    /// What came of it is put where it is gathered.
    pub(crate) fn settled(self, shared: &Shared, record: &Exchange) {
        let Self { running, position, unit, place } = self;
        // Whoever waits for the place has it before anything else is done.
        drop(place);
        let variant = running.design.variants.get(position);
        let observation = variant.and_then(|variant| super::gather::observation(record, &variant.change));
        if let Some(observation) = observation {
            let (exchange_id, at) = (record.id, record.started_at);
            shared.experiments.inbox.put(Settled { running, position, unit, exchange_id, at, observation });
        }
    }
}
