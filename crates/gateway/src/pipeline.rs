//! The way of every model call, top to bottom: admit, reserve, recall, fit, route, attempt, meter, settle.
//!
//! Each stage is a module of that name; none calls an earlier one. Metering and settling happen where the
//! answer ends: in [`crate::deliver`] for streams, here for whole replies, and in the drop of
//! [`OpenExchange`] for callers that go away.

mod headers;

use crate::{
    admit,
    ask::{Ask, Form},
    attempt::{Attempting, Begun, Reply, SoFar},
    audio,
    batch::{self, LineCall},
    call::{Answer, AnswerBody, AudioCall, Call, Caller, EmbeddingCall, EmbeddingSource, Receipt, Source},
    deliver::{self, Delivery},
    error::GatewayError,
    experiments::{self, Joining, Taste},
    fit::{self, Refused, Shorter},
    gateway::Shared,
    recall::{
        CacheWish, How, Slot, Stored, StoredBody, Written, replay,
        stage::{self as recall_stage, Found},
    },
    reserve,
    route::{Routed, Routing, Turn},
    settle::{self, Beginning, Ending, OpenExchange, Reader},
    table::{Destination, Place},
    tiers::stage::{self, Tiered},
    trace::CallTrace,
    warm,
};
use base::{Id, Timestamp, new_id};
use futures::{FutureExt, future::BoxFuture};
use headers::{CACHE, FITTED, OVERHEAD, write_headers};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use ledger::{Asked, Candidate, Capture, Explanation, Record, exchange::BATCH, retention::Rules};
use llm::{Codec, Dialect, EmbeddingRequest, LlmErrorKind, Operation, RequestHead, StopReason};
use routing::{
    Degrade, FallbackTier, Grants, HeaderStyle, Permit, Plan, Priority, PromptCaching, Standing,
    limit::Bounds,
};
use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::oneshot;

/// A chat request, from the door to the first piece of its answer.
pub(crate) async fn chat(shared: &Arc<Shared>, call: Call) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), &call.caller))?;
    let trace = shared.tracing.get().and_then(|tracing| tracing.begin(call.source.headers(), began));
    let inside = matches!(call.source, Source::Request(_));
    let subject = shared.experiments.subject(call.source.headers());
    let mut ask = shared.refusing(Ask::chat(call.source, principal.owner).map_err(GatewayError::from))?;
    // Who asks again in a conversation wants another answer.
    if inside && call.tags.iter().any(|tag| tag.starts_with("conversation:")) {
        ask.cache = CacheWish::Nothing;
    }
    let id = new_id();
    run(
        shared,
        Admitted {
            id,
            principal,
            ask: Box::new(ask),
            tags: call.tags,
            began,
            operation: "chat",
            trace,
            subject,
        },
    )
    .await
}

/// A request for embeddings, likewise.
pub(crate) async fn embed(shared: &Arc<Shared>, call: EmbeddingCall) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), &call.caller))?;
    let trace = shared.tracing.get().and_then(|tracing| tracing.begin(call.source.headers(), began));
    let ask = shared.refusing(Ask::embeddings(call.source).map_err(GatewayError::from))?;
    let id = new_id();
    run(
        shared,
        Admitted {
            id,
            principal,
            ask: Box::new(ask),
            tags: call.tags,
            began,
            operation: "embeddings",
            trace,
            subject: None,
        },
    )
    .await
}

/// What a text means, for the cache: asked and paid for by whoever asked, whatever their key's scope and limits are,
/// because they did not ask for this.
pub(crate) fn embed_inside<'a>(
    shared: &'a Arc<Shared>,
    principal: &'a admit::Principal,
    embedder: &'a str,
    text: &'a str,
) -> BoxFuture<'a, Result<Answer, GatewayError>> {
    async move {
        let principal = admit::Principal { deposit: None, is_inside: true, ..principal.clone() };
        let request = EmbeddingRequest {
            model: embedder.to_owned(),
            inputs: vec![text.to_owned()],
            ..Default::default()
        };
        let mut ask = Ask::embeddings(EmbeddingSource::Request(request))?;
        // Its answer is kept with the reply; a vector of its own would only take room.
        ask.cache = CacheWish::Nothing;
        let (id, began, tags) = (new_id(), shared.clock.monotonic(), vec![recall_stage::TAG.to_owned()]);
        let operation = "embeddings";
        run(
            shared,
            Admitted {
                id,
                principal,
                ask: Box::new(ask),
                tags,
                began,
                operation,
                trace: None,
                subject: None,
            },
        )
        .await
    }
    .boxed()
}

/// A line of a batch, likewise.
pub(crate) async fn batch_line(shared: &Arc<Shared>, call: LineCall) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let caller = Caller::Submitter(call.submitter);
    let mut principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), &caller))?;
    principal.deposit = Some(call.deposit);
    let mut ask = shared.refusing(batch::ask(&call.line, principal.owner))?;
    // Nobody waits for it: those who do go first.
    ask.priority = Some(Priority::Low);
    let trace = shared.tracing.get().and_then(|tracing| tracing.begin(None, began));
    let id = call.exchange_id;
    run(
        shared,
        Admitted {
            id,
            principal,
            ask: Box::new(ask),
            tags: call.tags,
            began,
            operation: BATCH,
            trace,
            subject: None,
        },
    )
    .await
}

/// A request for speech or about a recording, likewise.
pub(crate) async fn audio(shared: &Arc<Shared>, call: AudioCall) -> Result<Answer, GatewayError> {
    let began = shared.clock.monotonic();
    let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), &call.caller))?;
    let (operation, tags) = (audio::operation_name(call.operation), call.tags.clone());
    let trace = shared.tracing.get().and_then(|tracing| tracing.begin(None, began));
    let ask = shared.refusing(Ask::audio(call).map_err(GatewayError::from))?;
    run(
        shared,
        Admitted {
            id: new_id(),
            principal,
            ask: Box::new(ask),
            tags,
            began,
            operation,
            trace,
            subject: None,
        },
    )
    .await
}

/// In local-only mode, the places on this machine; else all.
fn kept_here(
    shared: &Shared,
    mut places: Vec<Arc<Place>>,
    exchange: &mut OpenExchange,
) -> Result<Vec<Arc<Place>>, GatewayError> {
    if !shared.local_only.load(Ordering::Relaxed) {
        return Ok(places);
    }
    let leaving = |place: &Arc<Place>| place.target.leaves(&place.spec.name);
    for place in places.iter().filter(|place| leaving(place)) {
        exchange.record.explanation.note(&place.id, "it is not on this machine, and local-only mode is on");
    }
    let asked = places.len();
    places.retain(|place| !leaving(place));
    if places.is_empty() && asked > 0 {
        return Err(GatewayError::LocalOnly { model: exchange.record.route.clone() });
    }
    Ok(places)
}

/// A caller that was let in, and what they ask for.
struct Admitted {
    /// The ledger's id of the exchange.
    id: Id,
    principal: admit::Principal,
    ask: Box<Ask>,
    tags: Vec<String>,
    began: Duration,
    operation: &'static str,
    /// What is told of it to those who follow calls.
    trace: Option<Box<CallTrace>>,
    /// The label of what the caller says it is about, while an experiment runs.
    subject: Option<String>,
}

/// On the heap from here on: everybody above would move a future of this size once more.
fn run(shared: &Arc<Shared>, admitted: Admitted) -> BoxFuture<'_, Result<Answer, GatewayError>> {
    stages(shared, admitted).boxed()
}

async fn stages(shared: &Arc<Shared>, mut admitted: Admitted) -> Result<Answer, GatewayError> {
    if shared.stop.is_cancelled() {
        return shared.refusing(Err(GatewayError::Stopping));
    }
    let Admitted { principal, ask, .. } = &mut admitted;
    let (grants, limit_headers) = shared.refusing(limited(shared, principal, ask))?;
    let (grants, shared_grants) = match &shared.shares {
        None => (grants, None),
        Some(shares) => {
            let demand = (ask.demand(), shared.clock.monotonic());
            match Box::pin(shares.take(&shared.limits, principal, demand)).await {
                Ok(taken) => (grants, taken),
                Err(refusal) => {
                    grants.undo();
                    let refused = GatewayError::RateLimited(refusal).styled(header_style(shared, ask));
                    return shared.refusing(Err(refused));
                }
            }
        }
    };
    let priority = principal.priority(ask.priority);
    let asked = shared.refusing(admit::destination(principal, &shared.index.load(), &ask.head.model))?;
    let Tiered { destination, tiering } = stage::tier(shared, principal.owner, ask, asked).await;
    let (destination, part) = match shared.experiments.about(&destination) {
        None => (destination, None),
        Some(running) if admitted.operation == "chat" => {
            let Admitted { id, principal, ask, tags, subject, .. } = &mut admitted;
            let joining = Joining { id: *id, principal, ask, tags, subject: subject.take() };
            experiments::join(shared, running, joining, destination).await
        }
        Some(_) => (destination, None),
    };
    let Admitted { id, principal, ask, .. } = &mut admitted;
    let now = shared.clock.now();
    let reserved = reserve::reserve(shared, principal, ask, (*id, &destination, now)).await;
    let reserved = shared.refusing(reserved)?;

    // From here on the exchange is settled, whatever happens.
    let mut record = record(&admitted, &destination, &reserved.left_out, now);
    if let Some(tiering) = tiering {
        tiering.tell(&mut record.explanation);
    }
    record.explanation.context.extend(part.as_ref().map(|part| part.told()));
    let owner = admitted.principal.owner;
    let Admitted { principal, mut ask, began, mut trace, .. } = admitted;
    if let Some(trace) = &mut trace {
        trace.asked(&mut ask, owner);
    }
    let (mut exchange, receipt) = OpenExchange::new(
        shared,
        Beginning {
            record,
            began,
            reservation: reserved.reservation,
            grants,
            shared_grants,
            worst_case: reserved.worst_case,
            input_tokens_bound: ask.head.input_tokens_bound,
            audio: ask.audio_head().cloned().map(Box::new),
            rivals: (destination.places.len() > 1).then(|| Arc::clone(&destination)),
            trace,
            part,
        },
    );
    exchange.prompt = shared.counting.prompt(&ask, began);
    if let Some(rules) = shared.keeper.rules() {
        exchange.capture = Some(Box::new(capture(rules, &ask)));
    }

    reserved.given_up.into_iter().for_each(|event| exchange.degraded(event));

    let mut limit_headers = limit_headers;
    let slot = match recall_stage::recall(shared, &mut ask, &destination, &principal).await {
        Ok(Found::Off) => None,
        Ok(Found::Reply(stored, how)) => match replay(&stored, &ask) {
            Ok(body) => {
                shared.cache.count(&destination.name, Some((how, &stored)));
                let content_type = stream_content_type(&ask);
                return Ok(recalled(exchange, receipt, limit_headers, (&stored, how, body, content_type)));
            }
            Err(error) => {
                tracing::warn!(%error, "a kept reply cannot be told in another form");
                None
            }
        },
        Ok(Found::Nothing(slot)) => {
            if ask.cache != CacheWish::Nothing {
                shared.cache.count(&destination.name, None);
            }
            limit_headers.insert(CACHE, HeaderValue::from_static("miss"));
            slot
        }
        Err(error) => return Err(failed(exchange, None, error)),
    };
    let places = match kept_here(shared, reserved.places, &mut exchange) {
        Ok(places) => places,
        Err(error) => return Err(failed(exchange, slot, error)),
    };
    let wish = Wish { destination: &destination, places, priority };
    match answer(shared, &mut ask, wish, &mut exchange).await {
        Ok((begun, permit)) => {
            let progress = Progress { slot, receipt, limit_headers };
            hand_over(ask, begun, permit, exchange, progress).await
        }
        Err(error) => Err(failed(exchange, slot, error.styled(header_style(shared, &ask)))),
    }
}

/// Takes what the request needs of its caller's limits, and says in headers what is left.
fn limited(
    shared: &Shared,
    principal: &admit::Principal,
    ask: &Ask,
) -> Result<(Grants, HeaderMap), GatewayError> {
    let now = shared.clock.monotonic();
    let grants = admit::take(&shared.limits, principal, ask.demand(), now)
        .map_err(|refusal| GatewayError::RateLimited(refusal).styled(header_style(shared, ask)))?;
    let mut headers = HeaderMap::new();
    if !grants.is_empty() {
        grants.state(now).write_headers(header_style(shared, ask), &mut headers);
    }
    Ok((grants, headers))
}

/// How the caller's SDK reads what is left of limits.
fn header_style(shared: &Shared, ask: &Ask) -> HeaderStyle {
    match ask.codec().map(Codec::dialect) {
        Some(Dialect::Anthropic) => HeaderStyle::Anthropic(shared.clock.now()),
        Some(_) | None => HeaderStyle::OpenAi,
    }
}

/// What is known about an exchange when it begins.
fn record(
    admitted: &Admitted,
    destination: &Destination,
    left_out: &[(String, &'static str)],
    now: Timestamp,
) -> Record {
    let Admitted { principal, ask, tags, operation, .. } = admitted;
    let mut blank = settle::blank(admitted.id, now, principal.owner, explanation(&ask.head, destination));
    let record = &mut *blank;
    record.key_id = principal.key.as_ref().map(|key| key.info.id);
    record.project = principal.project;
    record.operation = Cow::Borrowed(*operation);
    record.route.clone_from(&destination.name);
    record.caller_dialect = ask.codec().map(|codec| Cow::Borrowed(codec.dialect().as_str()));
    record.streamed = ask.head.stream;
    record.tags.clone_from(tags);
    for (id, why) in left_out {
        record.explanation.note(id, *why);
    }
    blank
}

/// What travels along with an answer.
struct Progress {
    slot: Option<Slot>,
    receipt: oneshot::Receiver<Receipt>,
    /// What is left of the caller's limits.
    limit_headers: HeaderMap,
}

/// Where a request may go, and how urgent it is.
struct Wish<'a> {
    destination: &'a Destination,
    places: Vec<Arc<Place>>,
    priority: Priority,
}

/// Stages fit, route and attempt: up to the first piece of an answer.
async fn answer(
    shared: &Arc<Shared>,
    ask: &mut Ask,
    wish: Wish<'_>,
    exchange: &mut OpenExchange,
) -> Result<(Begun, Permit), GatewayError> {
    let Wish { destination, places, priority } = wish;
    let owner = exchange.record.owner;
    let plan = destination.plan.as_ref();
    let fits = ask.fits_context() || plan.is_some_and(Plan::fits_context);
    let may_shrink = fits || plan.is_some_and(|plan| plan.may_give_up(Degrade::FewerTokens));
    let spare = if may_shrink { places.clone() } else { Vec::new() };
    let explanation = &mut exchange.record.explanation;
    let fitted = match &ask.form {
        Form::Audio(audio) => audio::able(audio, places, explanation),
        Form::Body(_) | Form::Request(_) | Form::Embeddings(..) => fit::fit(ask, owner, places, explanation),
    };
    let fitting = match fitted {
        Err(error @ GatewayError::ContextLength { .. }) if may_shrink => {
            let shorter = shorter(shared, ask, exchange, (spare.clone(), Refused::No));
            Box::pin(shorter).await.ok_or(error)?
        }
        fitted => {
            let fitting = fitted?;
            if fits && fit::may_be_too_long(ask, &fitting) {
                let shorter = shorter(shared, ask, exchange, (fitting.clone(), Refused::No));
                // Where nothing had to be given up, all of them may be asked.
                Box::pin(shorter).await.unwrap_or(fitting)
            } else {
                fitting
            }
        }
    };
    let queue = destination.queue.as_ref().or(shared.config.queue.as_ref()).map(Bounds::of);
    let sticky = destination.prompt_caching == Some(PromptCaching::Sticky) && destination.places.len() > 1;
    let beginning = if sticky { warm::beginning(ask, owner, &destination.name) } else { None };
    let mut left = fitting;
    let mut shrinkings = 0;
    loop {
        let now = shared.clock.monotonic();
        let began = exchange.record.started_at;
        let explanation = &mut exchange.record.explanation;
        let taste = Taste::of(shared, owner, destination, explanation.task.as_ref().map(|class| class.task));
        let routing = Routing { ask, owner, destination, explanation, now, began, turn: Turn::Taken, taste };
        let Routed { places: mut ordered, lesson } = routing.route(std::mem::take(&mut left))?;
        if let Some(beginning) = &beginning {
            to_the_warm(shared, (&mut ordered, destination), beginning, exchange);
        }
        let attempting = Attempting {
            clock: shared.clock.as_ref(),
            retry: &shared.config.retry,
            breaker: &shared.config.breaker,
            ask,
            exchange,
            plan,
            lesson,
            queue,
            priority,
            caching: destination.prompt_caching,
            so_far: SoFar::default(),
        };
        match attempting.run(ordered).await {
            // The estimate was too low; a provider knows better.
            Err(GatewayError::Model(error))
                if error.kind == LlmErrorKind::ContextLength
                    && may_shrink
                    && shrinkings < MOST_SHRINKINGS =>
            {
                shrinkings += 1;
                let again = shorter(shared, ask, exchange, (spare.clone(), Refused::Yes));
                left = Box::pin(again).await.ok_or(error)?;
            }
            ended => {
                if let (Ok(_), Some(beginning), Some(chosen)) =
                    (&ended, beginning, &exchange.record.explanation.chosen)
                {
                    shared.warm.answered(beginning, chosen, shared.clock.monotonic());
                }
                return ended;
            }
        }
    }
}

/// Asks the deployment first that has the beginning of the conversation still in its cache, among those that have
/// their turn and are in a position to answer.
fn to_the_warm(
    shared: &Shared,
    (ordered, destination): (&mut Vec<Arc<Place>>, &Destination),
    beginning: &warm::Beginning,
    exchange: &mut OpenExchange,
) {
    let now = shared.clock.monotonic();
    let Some(warm) = shared.warm.at(beginning, now) else { return };
    let tier = |place: &Place| destination.plan.as_ref().map(|plan| plan.tier(&place.id));
    let Some(first) = ordered.first().map(|place| tier(place)) else { return };
    let found = ordered.iter().position(|place| {
        place.id == warm && tier(place) == first && place.health.standing(now) == Standing::Ready
    });
    if let Some(at) = found.filter(|at| *at > 0) {
        let place = ordered.remove(at);
        exchange
            .record
            .explanation
            .note(&place.id, "asked first: the beginning of the conversation is in its cache");
        ordered.insert(0, place);
    }
}

/// Makes a request that is too long shorter, and writes down what was given up for that.
async fn shorter(
    shared: &Arc<Shared>,
    ask: &mut Ask,
    exchange: &mut OpenExchange,
    (places, refused): (Vec<Arc<Place>>, Refused),
) -> Option<Vec<Arc<Place>>> {
    let Shorter { places, events, header } =
        fit::shorter(shared, ask, exchange.record.owner, places, refused).await?;
    events.into_iter().for_each(|event| exchange.degraded(event));
    exchange.fitted = Some(header.into());
    // What is asked is not what came.
    exchange.prompt = None;
    Some(places)
}

/// How often a request is made smaller after providers said that it is too long.
const MOST_SHRINKINGS: u32 = 2;

/// Settles what did not get as far as an answer.
fn failed(mut exchange: Box<OpenExchange>, slot: Option<Slot>, error: GatewayError) -> GatewayError {
    let told = error.to_llm();
    exchange.settle(Ending::failed(&told));
    if let Some(slot) = slot {
        slot.fail(told);
    }
    error
}

/// Makes the answer for the caller of what a deployment has begun. Stages meter and settle come at once for
/// a whole reply, and at its end for a stream.
async fn hand_over(
    ask: Box<Ask>,
    begun: Begun,
    mut permit: Permit,
    mut exchange: Box<OpenExchange>,
    progress: Progress,
) -> Result<Answer, GatewayError> {
    let Progress { slot, receipt, limit_headers } = progress;
    let (content_type, written) = (stream_content_type(&ask), Written::of(&ask));
    let reader = if ask.codec().is_some() { Reader::Door } else { Reader::Inside };
    let Begun { reply, dropped, mut headers, .. } = begun;
    // What is left of the caller's own limits is what they go by, not what is left of the provider's.
    headers.extend(limit_headers);
    let exchange_id = exchange.record.id;
    let overhead = exchange.overhead();
    exchange.shared().metrics.answered(overhead);
    headers.insert(OVERHEAD, HeaderValue::from(u64::try_from(overhead.as_micros()).unwrap_or(u64::MAX)));
    if !dropped.is_empty() {
        tracing::info!(exchange = %exchange_id, fields = ?dropped, "a deployment's format cannot carry these");
        exchange.record.explanation.dropped.clone_from(&dropped);
    }
    if let Some(fitted) = exchange.fitted.take().and_then(|fitted| HeaderValue::from_str(&fitted).ok()) {
        headers.insert(FITTED, fitted);
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
                Delivery::new(deliver::Parts { feed, held, exchange, permit, slot, written, dropped });
            match encoder {
                Some(_) if delivery.is_sound() => AnswerBody::Raw(delivery.into_sound()),
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
            let kept = Kept { body: StoredBody::Whole(bytes.clone()), written, stop: summary.stop };
            settle_whole(exchange, slot, kept, (reader, &dropped)).await;
            AnswerBody::Whole(bytes)
        }
        Reply::Vectors(vectors) => {
            exchange.observe(&llm::Summary { usage: Some(vectors.usage), ..llm::Summary::default() });
            complete(&mut permit, &exchange, Some(vectors.usage));
            let kept = Kept { body: StoredBody::Vectors(vectors.clone()), written, stop: None };
            settle_whole(exchange, slot, kept, (reader, &dropped)).await;
            AnswerBody::Vectors(vectors)
        }
    };
    let mut answer = Answer { exchange_id, explanation, dropped, headers, body, receipt };
    // Sound, subtitles and the rest are what the provider says they are.
    let audio_type = ask.audio_head().and_then(|_| answer.headers.remove(CONTENT_TYPE));
    write_headers(&mut answer, content_type);
    if let Some(audio_type) = audio_type {
        answer.headers.insert(CONTENT_TYPE, audio_type);
    }
    Ok(answer)
}

/// The deployment has answered in one piece.
fn complete(permit: &mut Permit, exchange: &OpenExchange, usage: Option<llm::Usage>) {
    let output_tokens = usage.unwrap_or_default().output;
    permit.completed(output_tokens, exchange.shared().clock.monotonic());
}

/// A reply that may be kept.
struct Kept {
    body: StoredBody,
    written: Written,
    stop: Option<StopReason>,
}

async fn settle_whole(
    mut exchange: Box<OpenExchange>,
    slot: Option<Slot>,
    kept: Kept,
    (reader, dropped): (Reader, &[String]),
) {
    exchange.end(&Ending::Complete);
    let stored = slot.map(|slot| {
        let record = &exchange.record;
        let (deployment, cost, baseline) = (record.deployment.clone(), record.cost, record.baseline);
        let Kept { body, written, stop } = kept;
        let now = exchange.shared().clock.monotonic();
        (slot, Stored { body, written, deployment, cost, baseline, dropped: dropped.to_vec() }, stop, now)
    });
    exchange.close_with_others(reader).await;
    if let Some((slot, stored, stop, now)) = stored {
        slot.keep(stored, stop.as_ref(), now);
    }
}

/// The answer out of the cache.
fn recalled(
    mut exchange: Box<OpenExchange>,
    receipt: oneshot::Receiver<Receipt>,
    mut headers: HeaderMap,
    (stored, how, body, content_type): (&Stored, How, AnswerBody, &'static str),
) -> Answer {
    let record = &mut exchange.record;
    record.deployment.clone_from(&stored.deployment);
    record.explanation.chosen.clone_from(&stored.deployment);
    exchange.settle(Ending::Recalled { cost: stored.cost, baseline: stored.baseline });
    headers.insert(CACHE, HeaderValue::from_static(how.as_str()));
    let mut answer = Answer {
        exchange_id: exchange.record.id,
        explanation: exchange.record.explanation.clone(),
        dropped: stored.dropped.clone(),
        headers,
        body,
        receipt,
    };
    write_headers(&mut answer, content_type);
    answer
}

/// How a stream in the caller's format is labelled.
fn stream_content_type(ask: &Ask) -> &'static str {
    ask.codec().map_or("", |codec| codec.stream_content_type())
}

pub(crate) fn explanation(head: &RequestHead, destination: &Destination) -> Explanation {
    let tier = |id: &str| match &destination.plan {
        Some(plan) if plan.has_tiers() => Some(plan.tier(id)),
        Some(_) => Some(FallbackTier::Primary),
        None => None,
    };
    Explanation {
        asked: head.model.clone(),
        route: destination.name.clone(),
        candidates: destination
            .places
            .iter()
            .map(|place| Candidate {
                deployment: place.id.clone(),
                tier: tier(&place.id),
                ..Candidate::default()
            })
            .collect(),
        ..Explanation::default()
    }
}

/// What is held on to of a call whose request and reply are to be kept.
fn capture(rules: Arc<Rules>, ask: &Ask) -> Capture {
    let asked = match &ask.form {
        Form::Body(wire) => Asked::Body(wire.body.clone()),
        Form::Request(request) => Asked::Inside(Box::new(request.clone())),
        Form::Embeddings(request, _) => Asked::Texts(request.inputs.clone()),
        Form::Audio(audio) if audio.head.operation == Operation::Speech => Asked::Body(audio.body.clone()),
        Form::Audio(_) => Asked::Sound,
    };
    let speaks = ask.audio_head().is_some_and(|head| head.operation == Operation::Speech);
    Capture::new(rules, ask.codec(), ask.head.model.clone(), asked, speaks)
}
