//! The way of every model call, top to bottom: admit, reserve, recall, fit, route, attempt, meter, settle.
//!
//! Each stage is a module of that name; none calls an earlier one. Metering and settling happen where the
//! answer ends: in [`crate::deliver`] for streams, here for whole replies, and in the drop of
//! [`OpenExchange`] for callers that go away.

use crate::{
    admit,
    ask::Ask,
    attempt::{Attempting, Begun, Reply},
    batch::{self, LineCall},
    call::{Answer, AnswerBody, Call, Caller, EmbeddingCall, Receipt},
    deliver::{self, Delivery},
    error::GatewayError,
    exchange::{BATCH, Candidate, Exchange, Explanation},
    fit,
    gateway::Shared,
    health::Permit,
    recall::{Recalled, Slot, Stored, StoredBody, Subject, cache_key},
    reserve,
    retention::Capture,
    route,
    settle::{self, Beginning, Ending, OpenExchange},
    table::{Destination, Place},
    tiers::stage::{self, Tiered},
};
use base::{Id, Timestamp, new_id};
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use llm::RequestHead;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// A chat request, from the door to the first piece of its answer.
pub(crate) async fn chat(shared: &Arc<Shared>, call: Call) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let principal = shared.refusing(admit::admit(&shared.ring, shared.clock.as_ref(), &call.caller))?;
    let ask = shared.refusing(Ask::chat(call.source, principal.owner).map_err(GatewayError::from))?;
    let id = new_id();
    run(shared, Admitted { id, principal, ask, tags: call.tags, began, operation: "chat" }).await
}

/// A request for embeddings, likewise.
pub(crate) async fn embed(shared: &Arc<Shared>, call: EmbeddingCall) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let principal = shared.refusing(admit::admit(&shared.ring, shared.clock.as_ref(), &call.caller))?;
    let ask = shared.refusing(Ask::embeddings(call.source).map_err(GatewayError::from))?;
    let id = new_id();
    run(shared, Admitted { id, principal, ask, tags: call.tags, began, operation: "embeddings" }).await
}

/// A line of a batch, likewise.
pub(crate) async fn batch_line(shared: &Arc<Shared>, call: LineCall) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let caller = Caller::Submitter(call.submitter);
    let mut principal = shared.refusing(admit::admit(&shared.ring, shared.clock.as_ref(), &caller))?;
    principal.deposit = Some(call.deposit);
    let ask = shared.refusing(batch::ask(&call.line, principal.owner))?;
    let id = call.exchange_id;
    run(shared, Admitted { id, principal, ask, tags: call.tags, began, operation: BATCH }).await
}

/// A caller that was let in, and what they ask for.
struct Admitted {
    /// The ledger's id of the exchange.
    id: Id,
    principal: admit::Principal,
    ask: Ask,
    tags: Vec<String>,
    began: Duration,
    operation: &'static str,
}

async fn run(shared: &Arc<Shared>, mut admitted: Admitted) -> Result<Answer, GatewayError> {
    if shared.stop.is_cancelled() {
        return shared.refusing(Err(GatewayError::Stopping));
    }
    let Admitted { principal, ask, .. } = &mut admitted;
    let asked = shared.refusing(admit::destination(principal, &shared.index.load(), &ask.head.model))?;
    let Tiered { destination, tiering } = stage::tier(shared, principal.owner, ask, asked).await;
    let now = shared.clock.now();
    let installation = shared.installation.as_ref();
    let reserved = shared.refusing(reserve::reserve(installation, principal, ask, &destination, now))?;

    // From here on the exchange is settled, whatever happens.
    let mut record = record(&admitted, &destination, &reserved.left_out, now);
    if let Some(tiering) = tiering {
        tiering.tell(&mut record.explanation);
    }
    let Admitted { principal, mut ask, began, .. } = admitted;
    let (mut exchange, receipt) = OpenExchange::new(
        shared,
        Beginning {
            record,
            began,
            reservation: reserved.reservation,
            worst_case: reserved.worst_case,
            input_tokens_bound: ask.head.input_tokens_bound,
        },
    );
    if let Some(rules) = shared.keeper.rules() {
        exchange.capture = Some(Box::new(Capture::new(rules, &ask)));
    }
    let mut headers = HeaderMap::new();
    if let Some(rate) = &principal.rate {
        rate.write_headers(&mut headers);
    }

    let slot = match recall(shared, &ask, &destination, &exchange).await {
        Ok(Recalled::Hit(stored)) => return Ok(recalled(exchange, receipt, headers, &stored)),
        Ok(Recalled::Miss(slot)) => slot,
        Err(error) => return Err(failed(exchange, None, error)),
    };
    match answer(shared, &mut ask, &destination, reserved.places, &mut exchange).await {
        Ok((begun, permit)) => hand_over(ask, begun, permit, exchange, Progress { slot, receipt, headers }),
        Err(error) => Err(failed(exchange, slot, error)),
    }
}

/// What is known about an exchange when it begins.
fn record(
    admitted: &Admitted,
    destination: &Destination,
    left_out: &[(String, &'static str)],
    now: Timestamp,
) -> Exchange {
    let Admitted { principal, ask, tags, operation, .. } = admitted;
    let mut record = settle::blank(admitted.id, now, principal.owner);
    record.key_id = principal.key.as_ref().map(|key| key.info.id);
    record.operation = (*operation).to_owned();
    record.route.clone_from(&destination.name);
    record.caller_dialect = ask.codec().map(|codec| codec.dialect().as_str().to_owned());
    record.streamed = ask.head.stream;
    record.tags.clone_from(tags);
    record.explanation = explanation(&ask.head, destination);
    for (id, why) in left_out {
        record.explanation.note(id, *why);
    }
    record
}

/// What travels along with an answer.
struct Progress {
    slot: Option<Slot>,
    receipt: oneshot::Receiver<Receipt>,
    headers: HeaderMap,
}

/// Stage recall: the reply kept for an identical request, if the route keeps any.
async fn recall(
    shared: &Arc<Shared>,
    ask: &Ask,
    destination: &Destination,
    exchange: &OpenExchange,
) -> Result<Recalled, GatewayError> {
    let ttl = destination.cache_ttl.unwrap_or_else(|| shared.config.cache.ttl());
    if ttl.is_zero() {
        return Ok(Recalled::Miss(None));
    }
    let subject = Subject { owner: exchange.record.owner, route: &destination.name };
    match cache_key(ask, subject) {
        Some(key) => shared.cache.recall(key, ttl, || shared.clock.monotonic()).await,
        None => Ok(Recalled::Miss(None)),
    }
}

/// Stages fit, route and attempt: up to the first piece of an answer.
async fn answer(
    shared: &Arc<Shared>,
    ask: &mut Ask,
    destination: &Destination,
    places: Vec<Arc<Place>>,
    exchange: &mut OpenExchange,
) -> Result<(Begun, Permit), GatewayError> {
    let owner = exchange.record.owner;
    let explanation = &mut exchange.record.explanation;
    let fitting = fit::fit(ask, owner, places, explanation)?;
    let ordered = route::route(ask, destination, fitting, explanation, shared.clock.monotonic())?;
    let attempting = Attempting {
        clock: shared.clock.as_ref(),
        retry: &shared.config.retry,
        breaker: &shared.config.breaker,
        ask,
        exchange,
    };
    attempting.run(ordered).await
}

/// Settles what did not get as far as an answer.
fn failed(mut exchange: OpenExchange, slot: Option<Slot>, error: GatewayError) -> GatewayError {
    let told = error.to_llm();
    exchange.settle(Ending::failed(&told));
    if let Some(slot) = slot {
        slot.fail(told);
    }
    error
}

/// Makes the answer for the caller of what a deployment has begun. Stages meter and settle come at once for
/// a whole reply, and at its end for a stream.
fn hand_over(
    ask: Ask,
    begun: Begun,
    mut permit: Permit,
    mut exchange: OpenExchange,
    progress: Progress,
) -> Result<Answer, GatewayError> {
    let Progress { slot, receipt, mut headers } = progress;
    let Begun { reply, dropped, headers: upstream_headers, .. } = begun;
    headers.extend(upstream_headers);
    let exchange_id = exchange.record.id;
    if !dropped.is_empty() {
        tracing::info!(exchange = %exchange_id, fields = ?dropped, "a deployment's format cannot carry these");
        exchange.record.explanation.dropped.clone_from(&dropped);
    }
    let explanation = exchange.record.explanation.clone();
    let body = match reply {
        Reply::Stream(feed, held) => {
            let codec = ask.codec();
            let encoder = match codec.map(|codec| codec.stream_encoder(&ask.head)).transpose() {
                Ok(encoder) => encoder,
                Err(error) => return Err(failed(exchange, slot, error.into())),
            };
            let dropped = dropped.clone();
            // What has come by now has been paid for, even if the caller goes before it is handed out.
            exchange.observe(feed.summary());
            let delivery =
                Delivery::new(deliver::Parts { feed: *feed, held, exchange, permit, slot, dropped });
            match encoder {
                Some(encoder) => AnswerBody::Stream(delivery.into_bytes(encoder)),
                None => AnswerBody::Events(delivery.into_events()),
            }
        }
        Reply::Whole(bytes, summary) => {
            exchange.observe(&summary);
            if let Some(capture) = &mut exchange.capture {
                capture.whole(&bytes);
            }
            complete(&mut permit, &exchange, summary.usage);
            settle_whole(exchange, slot, StoredBody::Whole(bytes.clone()), &dropped);
            AnswerBody::Whole(bytes)
        }
        Reply::Vectors(vectors) => {
            exchange.observe(&llm::Summary { usage: Some(vectors.usage), ..llm::Summary::default() });
            complete(&mut permit, &exchange, Some(vectors.usage));
            settle_whole(exchange, slot, StoredBody::Vectors(vectors.clone()), &dropped);
            AnswerBody::Vectors(vectors)
        }
    };
    let mut answer = Answer { exchange_id, explanation, dropped, headers, body, receipt };
    write_headers(&mut answer);
    Ok(answer)
}

/// The deployment has answered in one piece.
fn complete(permit: &mut Permit, exchange: &OpenExchange, usage: Option<llm::Usage>) {
    let output_tokens = usage.unwrap_or_default().output;
    permit.completed(output_tokens, exchange.shared().clock.monotonic());
}

fn settle_whole(mut exchange: OpenExchange, slot: Option<Slot>, body: StoredBody, dropped: &[String]) {
    exchange.settle(Ending::Complete);
    if let Some(slot) = slot {
        let record = &exchange.record;
        let (deployment, cost) = (record.deployment.clone(), record.cost);
        let stored = Stored { body, deployment, cost, dropped: dropped.to_vec() };
        slot.keep(stored, exchange.shared().clock.monotonic());
    }
}

/// The answer out of the cache.
fn recalled(
    mut exchange: OpenExchange,
    receipt: oneshot::Receiver<Receipt>,
    mut headers: HeaderMap,
    stored: &Stored,
) -> Answer {
    let record = &mut exchange.record;
    record.deployment.clone_from(&stored.deployment);
    record.explanation.chosen.clone_from(&stored.deployment);
    exchange.settle(Ending::Recalled(stored.cost));
    headers.insert(HeaderName::from_static("x-familiar-cache"), HeaderValue::from_static("hit"));
    let body = match &stored.body {
        StoredBody::Whole(bytes) => AnswerBody::Whole(bytes.clone()),
        StoredBody::Stream(chunks) => AnswerBody::Stream(stream::iter(chunks.clone()).boxed()),
        StoredBody::Events(events) => {
            AnswerBody::Events(stream::iter(events.clone().into_iter().map(Ok)).boxed())
        }
        StoredBody::Vectors(vectors) => AnswerBody::Vectors(vectors.clone()),
    };
    let mut answer = Answer {
        exchange_id: exchange.record.id,
        explanation: exchange.record.explanation.clone(),
        dropped: stored.dropped.clone(),
        headers,
        body,
        receipt,
    };
    write_headers(&mut answer);
    answer
}

fn explanation(head: &RequestHead, destination: &Destination) -> Explanation {
    Explanation {
        asked: head.model.clone(),
        route: destination.name.clone(),
        candidates: destination
            .places
            .iter()
            .map(|place| Candidate { deployment: place.id.clone(), ..Candidate::default() })
            .collect(),
        ..Explanation::default()
    }
}

/// Adds the headers that every answer has.
fn write_headers(answer: &mut Answer) {
    let headers = &mut answer.headers;
    let mut insert = |name: &'static str, value: &str| {
        // A name with characters that no header may have is left out; the ledger has it.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    insert("x-familiar-exchange", &answer.exchange_id.to_string());
    if let Some(chosen) = &answer.explanation.chosen {
        insert("x-familiar-model", chosen);
    }
    if !answer.dropped.is_empty() {
        insert("x-familiar-dropped", &answer.dropped.join(", "));
    }
    let content_type = match &answer.body {
        AnswerBody::Whole(_) => "application/json",
        AnswerBody::Stream(_) => "text/event-stream",
        AnswerBody::Events(_) | AnswerBody::Vectors(_) => return,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
}
