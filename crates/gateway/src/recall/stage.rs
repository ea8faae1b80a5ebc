//! Stage recall: the reply kept for an identical request, if the route keeps any; else, where the route names an
//! embedder, that of a request that means the same.

use super::{CacheWish, How, Point, Recalled, Slot, Stored, Subject, keyed};
use crate::{
    admit::Principal, ask::Ask, call::AnswerBody, error::GatewayError, gateway::Shared, pipeline,
    table::Destination,
};
use routing::SemanticCache;
use std::{sync::Arc, time::Duration};

/// The tag of what the cache itself asks.
pub(crate) const TAG: &str = "semantic-cache";

/// What was found.
#[derive(Debug)]
pub(crate) enum Found {
    /// The route keeps nothing.
    Off,
    /// A reply, and how it came.
    Reply(Arc<Stored>, How),
    /// Nothing; the reply is to be put in the slot, if there is one.
    Nothing(Option<Slot>),
}

/// Looks for a reply. For routes that keep none this is a look at two fields.
pub(crate) async fn recall(
    shared: &Arc<Shared>,
    ask: &mut Ask,
    destination: &Destination,
    principal: &Principal,
) -> Result<Found, GatewayError> {
    let ttl = destination.cache_ttl.unwrap_or_else(|| shared.config.cache.ttl());
    if ttl.is_zero() {
        return Ok(Found::Off);
    }
    if ask.cache == CacheWish::Nothing {
        return Ok(Found::Nothing(None));
    }
    let subject =
        Subject { owner: principal.owner, route: destination.shelf.as_ref().unwrap_or(&destination.name) };
    let Some(keyed) = keyed(ask, subject) else { return Ok(Found::Nothing(None)) };
    let now = || shared.clock.monotonic();
    let slot = if ask.cache == CacheWish::Renew {
        Some(shared.cache.renew(keyed.key, ttl))
    } else {
        match shared.cache.recall(keyed.key, ttl, now).await? {
            Recalled::Hit(stored, how) => return Ok(Found::Reply(stored, how)),
            Recalled::Miss(slot) => slot,
        }
    };
    let Some(mut slot) = slot else { return Ok(Found::Nothing(None)) };
    let (Some(semantic), Some((frame, said))) = (&destination.semantic, keyed.turn) else {
        return Ok(Found::Nothing(Some(slot)));
    };
    let Some(vector) = embed(shared, principal, semantic, &said).await else {
        return Ok(Found::Nothing(Some(slot)));
    };
    let Some(point) = Point::new(frame, said, &vector) else { return Ok(Found::Nothing(Some(slot))) };
    let near = match ask.cache {
        CacheWish::Use => shared.cache.near(&point, semantic.threshold, now()),
        CacheWish::Renew | CacheWish::Nothing => None,
    };
    if let Some(stored) = near {
        slot.keep_found(&stored, now());
        return Ok(Found::Reply(stored, How::Semantic));
    }
    slot.point = Some(point);
    Ok(Found::Nothing(Some(slot)))
}

/// What a turn means. Its price is paid by the caller like that of any call; where it cannot be had, nothing means the
/// same as anything.
async fn embed(
    shared: &Arc<Shared>,
    principal: &Principal,
    semantic: &SemanticCache,
    said: &str,
) -> Option<Vec<f32>> {
    let patience = Duration::from_millis(semantic.patience_ms);
    let embedding = pipeline::embed_inside(shared, principal, &semantic.embedder, said);
    match tokio::time::timeout(patience, embedding).await {
        Ok(Ok(answer)) => match answer.body {
            AnswerBody::Vectors(mut vectors) => vectors.vectors.pop(),
            AnswerBody::Whole(_) | AnswerBody::Stream(_) | AnswerBody::Raw(_) | AnswerBody::Events(_) => None,
        },
        Ok(Err(error)) => {
            tracing::warn!(embedder = %semantic.embedder, %error, "the semantic cache has no embedding");
            None
        }
        Err(_) => {
            tracing::warn!(embedder = %semantic.embedder, ?patience, "the semantic cache's embedder is too slow");
            None
        }
    }
}
