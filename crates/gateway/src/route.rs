//! Puts the deployments that may answer in order. Today's one strategy is the route's own order, with
//! those in front that are in a position to answer.

use crate::{
    ask::{Ask, Form},
    error::GatewayError,
    exchange::Explanation,
    health::Standing,
    table::{Destination, Place, Target},
};
use std::{sync::Arc, time::Duration};

/// How long to wait before asking again for a route that has no deployments.
const NOTHING_THERE: Duration = Duration::from_secs(30);

/// Orders the deployments: ready ones first, then those that asked for patience; those that are being left
/// alone after failures are skipped. Says why in the explanation.
pub(crate) fn route(
    ask: &Ask,
    destination: &Destination,
    places: Vec<Arc<Place>>,
    explanation: &mut Explanation,
    now: Duration,
) -> Result<Vec<Arc<Place>>, GatewayError> {
    let (mut ready, mut limited) = (Vec::with_capacity(places.len()), Vec::new());
    let mut soonest: Option<(Duration, Option<String>)> = None;
    for id in &destination.missing {
        explanation.note(id, "it is not configured, or its provider does not list it");
    }
    for place in places {
        if let (Form::Embeddings(..), Target::Local(_)) = (&ask.form, &place.target) {
            explanation.note(&place.id, "it makes no embeddings");
            continue;
        }
        match place.health.standing(now) {
            Standing::Ready => ready.push(place),
            Standing::Limited { wait } => {
                let seconds = wait.as_secs();
                explanation.note(&place.id, format!("last choice: it is rate limited for {seconds} s more"));
                limited.push(place);
            }
            Standing::Open { wait } => {
                let last = place.health.last_error();
                let seconds = wait.as_secs();
                explanation.note(
                    &place.id,
                    format!("left alone for {seconds} s after failures ({})", last.as_deref().unwrap_or("?")),
                );
                if soonest.as_ref().is_none_or(|(shortest, _)| wait < *shortest) {
                    soonest = Some((wait, last));
                }
            }
        }
    }
    ready.append(&mut limited);
    if !ready.is_empty() {
        return Ok(ready);
    }
    let (retry_after, last) = soonest.unwrap_or((NOTHING_THERE, None));
    Err(GatewayError::Unavailable { model: ask.head.model.clone(), retry_after, last })
}
