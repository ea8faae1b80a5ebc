//! One call to one deployment, up to the first piece of its answer.

use super::{
    audio,
    feed::{Feed, Piece},
};
use crate::{
    ask::{Ask, Form},
    table::{Place, Target},
    warm::{Conversation, helped},
};
use base::OwnerId;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue};
use llm::{
    Aggregator, ChatModel, ChatReply, ChatRequest, Codec, EmbeddingReply, EmbeddingRequest, LlmError,
    LlmErrorKind, RateLimits, StopReason, Summary, Upstream, UpstreamBody, UpstreamCall, UpstreamReply,
};
use std::{borrow::Cow, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Longest reply in one piece.
const MAX_WHOLE_BYTES: usize = 128 << 20;

/// An answer that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) reply: Reply,
    /// What the deployment's format could not carry.
    pub(crate) dropped: Vec<String>,
    /// The provider's headers for the caller.
    pub(crate) headers: HeaderMap,
    /// What they say about its limits.
    pub(crate) limits: RateLimits,
}

/// The answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// In one piece, in the caller's format.
    Whole(Bytes, Box<Summary>),
    /// As it comes; the pieces up to the first that matters are there.
    Stream(Box<Feed>, Vec<Piece>),
    /// Vectors.
    Vectors(EmbeddingReply),
}

/// What a call needs to know.
pub(crate) struct Sending<'a> {
    pub(crate) ask: &'a mut Ask,
    pub(crate) owner: OwnerId,
    pub(crate) place: &'a Place,
    /// What it is told of the trace that the call belongs to, as `traceparent`.
    pub(crate) trace: Option<HeaderValue>,
    /// Whose request it is, and part of what.
    pub(crate) conversation: Conversation<'a>,
}

impl Sending<'_> {
    /// Calls the deployment.
    pub(crate) async fn send(self) -> Result<Begun, LlmError> {
        let Sending { ask, owner, place, trace, conversation } = self;
        let trace = trace.as_ref();
        let told = Told { trace, conversation };
        let operation = ask.operation();
        let due = Due::of(&place.target);
        let wire = match &mut ask.form {
            Form::Embeddings(request, caller) => {
                return Box::pin(embed(place, request, *caller, trace)).await;
            }
            Form::Audio(audio) => return Box::pin(audio::send(place, audio, due, trace)).await,
            Form::Request(request) => {
                request.model.clone_from(&place.spec.name);
                let (opening, feed) = translate(place, request, told).await?;
                return begin(opening, feed, due).await;
            }
            Form::Body(wire) => wire,
        };
        let caller = wire.codec;
        if let Some(upstream) = place.target.facing(caller.dialect()).filter(|_| !wire.changed) {
            // The provider's flavour of the format decides what may be added to the body.
            let codec = upstream.codec();
            let body = codec.retarget(&wire.body, &ask.head, &place.spec.name)?;
            let body = helped(body, place, (upstream, codec), &told.conversation);
            let (model, headers) = (place.spec.name.clone(), with_trace(wire.headers.clone(), trace));
            let mut reply = upstream.send(UpstreamCall { operation, model, body, headers }).await?;
            let opening = Opening::of(&mut reply, Vec::new());
            if ask.head.stream {
                let feed = Feed::passing(as_stream(reply.body), codec.scanner(&ask.head));
                // Its other formats have the same credentials.
                let feed = match &place.target {
                    Target::Wire(provider) => feed.of(provider),
                    Target::Local(_) => feed,
                };
                return begin(opening, Box::new(feed), due).await;
            }
            let body = whole(reply.body).await?;
            let mut summary = codec.summarise(&body)?;
            return match summary.error.take() {
                Some(error) => Err(error),
                None => Ok(opening.whole(body, summary)),
            };
        }
        let request = wire.request(owner)?;
        request.model.clone_from(&place.spec.name);
        if ask.head.stream {
            let (opening, feed) = translate(place, request, told).await?;
            return begin(opening, feed, due).await;
        }
        let (opening, reply) = translate_whole(place, request, told).await?;
        let summary = Summary::from(&reply);
        Ok(opening.whole(caller.encode_reply(&reply, &ask.head.model)?, summary))
    }
}

/// What a deployment is told besides the request.
#[derive(Clone, Copy)]
struct Told<'a> {
    trace: Option<&'a HeaderValue>,
    conversation: Conversation<'a>,
}

/// When the first token of an answer has to be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    at: Instant,
    after: Duration,
}

impl Due {
    /// Counted from now, which is before the call goes out.
    fn of(target: &Target) -> Option<Self> {
        let Target::Wire(upstream) = target else { return None };
        let after = upstream.first_token_time_out()?;
        // A time that no clock can hold is no limit.
        Some(Self { at: Instant::now().checked_add(after)?, after })
    }
}

/// What is known of an answer before any of it has come.
pub(super) struct Opening {
    dropped: Vec<String>,
    pub(super) headers: HeaderMap,
    limits: RateLimits,
}

impl Opening {
    /// Takes the headers out of the reply.
    pub(super) fn of(reply: &mut UpstreamReply, dropped: Vec<String>) -> Self {
        Self { dropped, headers: std::mem::take(&mut reply.headers), limits: reply.limits }
    }

    /// Without headers: a provider's belong to its own format.
    fn translated(limits: RateLimits, dropped: Vec<String>) -> Self {
        Self { dropped, headers: HeaderMap::new(), limits }
    }

    pub(super) fn whole(self, body: Bytes, summary: Summary) -> Begun {
        self.with(Reply::Whole(body, Box::new(summary)))
    }

    fn with(self, reply: Reply) -> Begun {
        let Self { dropped, headers, limits } = self;
        Begun { reply, dropped, headers, limits }
    }
}

/// Waits for the first token. What keeps a connection open (comments, empty events) is none, so that the
/// time-outs of the connection do not help against a provider that sends nothing else.
pub(super) async fn begin(
    opening: Opening,
    mut feed: Box<Feed>,
    due: Option<Due>,
) -> Result<Begun, LlmError> {
    let held = match due {
        None => feed.begin().await?,
        Some(due) => timeout_at(due.at, feed.begin()).await.unwrap_or_else(|_elapsed| {
            let message = format!("the provider sent no token within {} s", due.after.as_secs_f64());
            Err(LlmError::new(LlmErrorKind::Timeout, message))
        })?,
    };
    Ok(opening.with(Reply::Stream(feed, held)))
}

/// Sends a request in the vocabulary to a deployment of another format, or of none, and has events of its answer.
async fn translate(
    place: &Place,
    request: &ChatRequest,
    told: Told<'_>,
) -> Result<(Opening, Box<Feed>), LlmError> {
    let (left_out, request) = fitted(place, request);
    let (mut opening, feed) = match &place.target {
        Target::Local(model) => local(model.as_ref(), &request).await?,
        Target::Wire(upstream) => {
            let (opening, reply) = remote(upstream.as_ref(), place, (&request, true), told).await?;
            let feed = Feed::decoding(as_stream(reply.body), upstream.codec().stream_decoder());
            (opening, feed.of(upstream))
        }
    };
    opening.dropped.extend(left_out);
    Ok((opening, Box::new(feed)))
}

/// The same for an answer in one piece.
async fn translate_whole(
    place: &Place,
    request: &ChatRequest,
    told: Told<'_>,
) -> Result<(Opening, ChatReply), LlmError> {
    let (left_out, request) = fitted(place, request);
    let (mut opening, reply) = match &place.target {
        Target::Local(model) => {
            let (opening, feed) = local(model.as_ref(), &request).await?;
            (opening, gather(feed).await?)
        }
        Target::Wire(upstream) => {
            let (opening, reply) = remote(upstream.as_ref(), place, (&request, false), told).await?;
            let mut reply = upstream.codec().decode_reply(&whole(reply.body).await?)?;
            // It came whole, whatever it says of its end.
            reply.stop.get_or_insert(StopReason::EndTurn);
            (opening, reply)
        }
    };
    opening.dropped.extend(left_out);
    Ok((opening, reply))
}

/// The request with those settings that the deployment takes where nothing else is wanted, and the names of the others.
fn fitted<'a>(place: &Place, request: &'a ChatRequest) -> (Vec<String>, Cow<'a, ChatRequest>) {
    if !request.only_what_is_taken {
        return (Vec::new(), Cow::Borrowed(request));
    }
    let mut request = request.clone();
    let left_out = request.parameters.keep(&place.takes());
    let names = left_out.into_iter().map(|name| format!("parameters.{}", name.as_str())).collect();
    (names, Cow::Owned(request))
}

async fn local(model: &dyn ChatModel, request: &ChatRequest) -> Result<(Opening, Feed), LlmError> {
    let mut dropped = request.unmapped.clone();
    dropped.extend(model.ignores(request));
    let events = model.stream(request.clone()).await?;
    Ok((Opening::translated(RateLimits::default(), dropped), Feed::events(events)))
}

/// Calls a provider for an answer as a stream or whole.
async fn remote(
    upstream: &dyn Upstream,
    place: &Place,
    (request, stream): (&ChatRequest, bool),
    told: Told<'_>,
) -> Result<(Opening, UpstreamReply), LlmError> {
    let codec = upstream.codec();
    let encoded = codec.encode_request(request, stream)?;
    let body = helped(encoded.body, place, (upstream, codec), &told.conversation);
    let mut dropped = request.unmapped.clone();
    dropped.extend(encoded.dropped);
    let operation = if stream { llm::Operation::ChatStream } else { llm::Operation::Chat };
    let (model, headers) = (place.spec.name.clone(), with_trace(HeaderMap::new(), told.trace));
    let reply = upstream.send(UpstreamCall { operation, model, body, headers }).await?;
    Ok((Opening::translated(reply.limits, dropped), reply))
}

/// Adds a feed up to a whole reply.
async fn gather(mut feed: Feed) -> Result<ChatReply, LlmError> {
    let mut aggregator = Aggregator::default();
    while let Some(piece) = feed.next().await {
        if let Piece::Events(events) = piece? {
            events.iter().for_each(|event| aggregator.push(event));
        }
    }
    Ok(aggregator.finish())
}

async fn embed(
    place: &Place,
    request: &mut EmbeddingRequest,
    caller: Option<&'static dyn Codec>,
    trace: Option<&HeaderValue>,
) -> Result<Begun, LlmError> {
    let asked = std::mem::replace(&mut request.model, place.spec.name.clone());
    let made = match &place.target {
        Target::Wire(upstream) => vectors_by_wire(upstream.as_ref(), request, trace).await,
        Target::Local(model) => match model.embedder() {
            Some(embedder) => embedder.embed(request.clone()).await.map(|vectors| {
                (vectors, Opening::translated(RateLimits::default(), request.unmapped.clone()))
            }),
            None => Err(LlmError::new(LlmErrorKind::NotFound, format!("`{}` makes no embeddings", place.id))),
        },
    };
    request.model.clone_from(&asked);
    let (mut vectors, opening) = made?;
    if vectors.vectors.len() != request.inputs.len() {
        let (got, sent) = (vectors.vectors.len(), request.inputs.len());
        let message = format!("the provider sent {got} vectors for {sent} texts");
        return Err(LlmError::new(LlmErrorKind::Malformed, message));
    }
    let usage = vectors.usage;
    Ok(match caller {
        None => opening.with(Reply::Vectors(vectors)),
        Some(caller) => {
            vectors.model = asked;
            let summary = Summary { started: true, usage: Some(usage), ..Summary::default() };
            opening.whole(caller.encode_embedding_reply(&vectors, request.base64)?, summary)
        }
    })
}

/// Asks a provider for vectors.
async fn vectors_by_wire(
    upstream: &dyn Upstream,
    request: &EmbeddingRequest,
    trace: Option<&HeaderValue>,
) -> Result<(EmbeddingReply, Opening), LlmError> {
    let encoded = upstream.codec().encode_embedding_request(request)?;
    let mut dropped = request.unmapped.clone();
    dropped.extend(encoded.dropped);
    let headers = with_trace(HeaderMap::new(), trace);
    let (operation, model) = (llm::Operation::Embeddings, request.model.clone());
    let reply = upstream.send(UpstreamCall { operation, model, body: encoded.body, headers }).await?;
    let opening = Opening::translated(reply.limits, dropped);
    Ok((upstream.codec().decode_embedding_reply(&whole(reply.body).await?)?, opening))
}

/// The headers, with what the deployment is told of the trace.
pub(super) fn with_trace(mut headers: HeaderMap, trace: Option<&HeaderValue>) -> HeaderMap {
    if let Some(trace) = trace {
        headers.insert("traceparent", trace.clone());
    }
    headers
}

pub(super) fn as_stream(body: UpstreamBody) -> stream::BoxStream<'static, Result<Bytes, LlmError>> {
    match body {
        UpstreamBody::Stream(stream) => stream,
        UpstreamBody::Whole(bytes) => stream::iter([Ok(bytes)]).boxed(),
    }
}

pub(super) async fn whole(body: UpstreamBody) -> Result<Bytes, LlmError> {
    let mut stream = match body {
        UpstreamBody::Whole(bytes) => return Ok(bytes),
        UpstreamBody::Stream(stream) => stream,
    };
    let mut all = BytesMut::new();
    while let Some(bytes) = stream.next().await {
        all.extend_from_slice(&bytes?);
        if all.len() > MAX_WHOLE_BYTES {
            let message = format!("the reply is longer than {MAX_WHOLE_BYTES} bytes");
            return Err(LlmError::new(LlmErrorKind::Malformed, message));
        }
    }
    Ok(all.freeze())
}
