//! Scripted deployments: what they answer is queued, what they were asked is recorded.

use crate::codec::Toy;
use bytes::Bytes;
use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use http::HeaderMap;
use llm::{
    ChatEvent, ChatModel, ChatRequest, ChatStream, Codec, LlmError, LlmErrorKind, Operation, RateLimits,
    Upstream, UpstreamBody, UpstreamCall, UpstreamReply,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::mpsc;

/// What a deployment does when it is called.
pub(crate) enum Script {
    /// Answers with these chunks, as a stream or in one piece, whichever it is asked for.
    Chunks(Vec<&'static str>),
    /// The same, and breaks off with this error.
    Breaks(Vec<&'static str>, LlmErrorKind),
    /// The same, and then says nothing more and stays open.
    Stalls(Vec<&'static str>),
    /// Answers with what the test sends.
    Driven(mpsc::UnboundedReceiver<&'static str>),
    /// Fails before it answers.
    Fails(LlmError),
    /// Never answers.
    Hangs,
    /// Panics.
    Panics,
}

pub(crate) fn error(kind: LlmErrorKind) -> LlmError {
    LlmError::new(kind, "scripted")
}

/// A deployment behind a wire format.
#[derive(Debug)]
pub(crate) struct Scripted {
    codec: &'static Toy,
    scripts: Mutex<VecDeque<Script>>,
    /// What it does when nothing is queued.
    otherwise: Option<fn(&UpstreamCall) -> Script>,
    pub(crate) calls: Mutex<Vec<UpstreamCall>>,
    /// Whether it keeps none of them.
    forgets: bool,
    pub(crate) limits: Mutex<RateLimits>,
    /// Calls that are under way: sent and neither ended nor dropped.
    open: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Scripted {
    pub(crate) fn new(codec: &'static Toy, scripts: impl IntoIterator<Item = Script>) -> Arc<Self> {
        Self::with(codec, scripts, None)
    }

    /// One that always does what `otherwise` says.
    pub(crate) fn always(codec: &'static Toy, otherwise: fn(&UpstreamCall) -> Script) -> Arc<Self> {
        Self::with(codec, [], Some(otherwise))
    }

    /// The same, for more calls than can be kept.
    pub(crate) fn forgetful(codec: &'static Toy, otherwise: fn(&UpstreamCall) -> Script) -> Arc<Self> {
        let mut one = Self::with(codec, [], Some(otherwise));
        if let Some(one) = Arc::get_mut(&mut one) {
            one.forgets = true;
        }
        one
    }

    fn with(
        codec: &'static Toy,
        scripts: impl IntoIterator<Item = Script>,
        otherwise: Option<fn(&UpstreamCall) -> Script>,
    ) -> Arc<Self> {
        Arc::new(Self {
            codec,
            scripts: Mutex::new(scripts.into_iter().collect()),
            otherwise,
            calls: Mutex::default(),
            forgets: false,
            limits: Mutex::default(),
            open: Arc::default(),
        })
    }

    pub(crate) fn queue(&self, script: Script) {
        self.scripts.lock().unwrap().push_back(script);
    }

    pub(crate) fn call_count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    fn next(&self, call: &UpstreamCall) -> Script {
        let queued = self.scripts.lock().unwrap().pop_front();
        queued
            .or_else(|| self.otherwise.map(|otherwise| otherwise(call)))
            .expect("a call that no script expects")
    }
}

/// Counts a call as under way until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Upstream for Scripted {
    fn codec(&self) -> &'static dyn Codec {
        self.codec
    }

    fn send(&self, call: UpstreamCall) -> BoxFuture<'_, Result<UpstreamReply, LlmError>> {
        async move {
            let open = Open::new(&self.open);
            let script = self.next(&call);
            let streamed = call.operation == Operation::ChatStream;
            if !self.forgets {
                self.calls.lock().unwrap().push(call);
            }
            let chunks = match script {
                Script::Fails(error) => return Err(error),
                Script::Hangs => std::future::pending().await,
                Script::Panics => panic!("scripted"),
                Script::Chunks(chunks) if !streamed => {
                    let whole = chunks.concat();
                    return Ok(self.reply(UpstreamBody::Whole(whole.into())));
                }
                Script::Chunks(chunks) => items(chunks).boxed(),
                Script::Breaks(chunks, kind) => items(chunks).chain(stream::iter([Err(error(kind))])).boxed(),
                Script::Stalls(chunks) => items(chunks).chain(stream::pending()).boxed(),
                Script::Driven(chunks) => stream::unfold(chunks, |mut chunks| async move {
                    let chunk = chunks.recv().await?;
                    Some((Ok(Bytes::from(chunk)), chunks))
                })
                .boxed(),
            };
            let chunks: BoxStream<'static, _> = chunks
                .map(move |chunk| {
                    let _open = &open;
                    chunk
                })
                .boxed();
            Ok(self.reply(UpstreamBody::Stream(chunks)))
        }
        .boxed()
    }
}

impl Scripted {
    fn reply(&self, body: UpstreamBody) -> UpstreamReply {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "r-1".parse().unwrap());
        UpstreamReply { headers, limits: *self.limits.lock().unwrap(), body }
    }
}

fn items(chunks: Vec<&'static str>) -> impl futures::Stream<Item = Result<Bytes, LlmError>> + Send + 'static {
    stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk))))
}

/// A model that runs here: says what it was asked, word by word.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) requests: Mutex<Vec<ChatRequest>>,
}

impl ChatModel for Echo {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
        let text: String = request.messages.iter().map(llm::Message::plain_text).collect();
        self.requests.lock().unwrap().push(request);
        async move {
            let words = text.split_inclusive(' ').map(|word| ChatEvent::Text { delta: word.to_owned() });
            let mut events: Vec<_> = words.map(Ok).collect();
            events.push(Ok(ChatEvent::Stopped { reason: llm::StopReason::EndTurn }));
            Ok(stream::iter(events).boxed())
        }
        .boxed()
    }
}
