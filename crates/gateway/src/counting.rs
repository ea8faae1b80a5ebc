//! Counts tokens for callers, and learns from what providers report how far its estimates are off.
//!
//! Exact counts are the crate `tokens`'s. For everybody else's models a sample of the answers is looked at, now and then
//! and beside the calls: the prompt is counted again, and compared with what the provider says it was.

use crate::{
    admit,
    ask::{Ask, Form},
    call::Caller,
    db,
    error::GatewayError,
    gateway::{Gateway, Shared},
    settle::OpenExchange,
    table::Target,
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use llm::{ChatModel, ChatRequest, Codec, LlmError, LlmErrorKind, TokenCounter};
use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokens::{ByPart, Calibrations, Certainty, Counted, Counter, Facts};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;

/// How often an answer is looked at, at the most.
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
/// Longest prompt that is looked at, in bytes.
const MOST_SAMPLE_BYTES: usize = 256 << 10;
/// Most answers that wait to be looked at.
const WAITING: usize = 8;
/// How often what was learned is written down.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// Something to count.
#[derive(Debug)]
pub struct Counting {
    /// A route, a deployment, or a model's name that nothing here answers to.
    pub model: String,
    /// What is to be counted.
    pub what: Countable,
}

/// What can be counted.
#[derive(Debug)]
pub enum Countable {
    /// A text.
    Text(String),
    /// A request with everything around its texts.
    Request(Box<ChatRequest>),
}

/// What it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenCount {
    /// The model that was counted for.
    pub model: String,
    /// How: an encoding's name, `tokenizer.json` or `estimate`.
    pub method: &'static str,
    /// The number, where it comes from and how far it is to be trusted.
    pub counted: Counted,
}

/// What counting needs.
pub(crate) struct Counters {
    calibrations: ArcSwap<Calibrations>,
    /// Who has tokenizers on this machine.
    tokenizers: OnceLock<Arc<dyn ChatModel>>,
    /// When the next answer may be looked at, in milliseconds of the monotonic clock.
    next_sample_ms: AtomicU64,
    samples: Sender<Sample>,
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

/// An answer to learn from.
#[derive(Debug)]
pub(crate) struct Sample {
    prompt: Prompt,
    model: String,
    reported: u64,
}

/// A prompt as it came.
#[derive(Debug)]
pub(crate) enum Prompt {
    Body(&'static dyn Codec, Bytes),
    Request(Box<ChatRequest>),
}

impl Counters {
    /// With what was learned before, and what will be looked at.
    pub(crate) fn new(learned: Calibrations) -> (Arc<Self>, Receiver<Sample>) {
        let (samples, looked_at) = mpsc::channel(WAITING);
        let counters = Self {
            calibrations: ArcSwap::from_pointee(learned),
            tokenizers: OnceLock::new(),
            next_sample_ms: AtomicU64::new(0),
            samples,
        };
        (Arc::new(counters), looked_at)
    }

    /// What was learned so far.
    pub(crate) fn calibrations(&self) -> Arc<Calibrations> {
        self.calibrations.load_full()
    }

    /// The prompt of a call that is to be learned from; nearly always one comparison.
    pub(crate) fn prompt(&self, ask: &Ask, now: Duration) -> Option<Box<Prompt>> {
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        if now_ms < self.next_sample_ms.load(Ordering::Relaxed) {
            return None;
        }
        let prompt = match &ask.form {
            Form::Body(wire) if wire.body.len() <= MOST_SAMPLE_BYTES && !ask.head.refers_to_provider => {
                Prompt::Body(wire.codec, wire.body.clone())
            }
            Form::Request(request) if ask.head.input_tokens_bound <= MOST_SAMPLE_BYTES as u64 => {
                Prompt::Request(Box::new(request.clone()))
            }
            Form::Body(_) | Form::Request(_) | Form::Embeddings(..) | Form::Audio(_) => return None,
        };
        let next = now_ms.saturating_add(u64::try_from(SAMPLE_EVERY.as_millis()).unwrap_or(u64::MAX));
        self.next_sample_ms.store(next, Ordering::Relaxed);
        Some(Box::new(prompt))
    }

    /// What the provider reported for it. Where many wait already, there will be others.
    pub(crate) fn reported(&self, prompt: Prompt, model: &str, reported: u64) {
        let _ = self.samples.try_send(Sample { prompt, model: model.to_owned(), reported });
    }

    fn tokenizer(&self, target: Option<&Target>, model: &str) -> Option<Arc<dyn TokenCounter>> {
        match target {
            Some(Target::Local(local)) => local.token_counter(model),
            Some(Target::Wire(_)) | None => self.tokenizers.get().and_then(|here| here.token_counter(model)),
        }
    }
}

impl Gateway {
    /// Where tokenizers of models are, that run on this machine or elsewhere; only the first time counts.
    pub fn count_with(&self, tokenizers: Arc<dyn ChatModel>) {
        // Set before calls are taken, and never changed.
        let _ = self.shared.counting.tokenizers.set(tokenizers);
    }

    /// Counts tokens. For a route, as the first of its deployments would.
    ///
    /// # Errors
    /// Where the caller's key is not good.
    pub async fn count_tokens(
        &self,
        caller: &Caller,
        counting: Counting,
    ) -> Result<TokenCount, GatewayError> {
        let shared = Arc::clone(&self.shared);
        let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), caller))?;
        let destination = admit::destination(&principal, &shared.index.load(), &counting.model).ok();
        let counted = tokio::task::spawn_blocking(move || {
            let place = destination.as_ref().and_then(|found| found.places.first());
            let model = place.map_or(counting.model.as_str(), |place| place.spec.name.as_str());
            let calibrations = shared.counting.calibrations();
            let tokenizer = shared.counting.tokenizer(place.map(|place| &place.target), model);
            let counter = Counter::new(Facts { model, calibrations: Some(&calibrations), tokenizer });
            let counted = match &counting.what {
                Countable::Text(text) => of_text(&counter, text),
                Countable::Request(request) => counter.count_request(request),
            };
            let model = place.map_or_else(|| counting.model.clone(), |place| place.id.clone());
            TokenCount { model, method: counter.method(), counted }
        });
        let failed = |error| LlmError::new(LlmErrorKind::Server, format!("counting failed: {error}"));
        counted.await.map_err(|error| failed(error).into())
    }

    /// What was learned of how models count.
    pub fn calibrations(&self) -> Arc<Calibrations> {
        self.shared.counting.calibrations()
    }
}

fn of_text(counter: &Counter, text: &str) -> Counted {
    let input_tokens = counter.count(text);
    let by_part = ByPart { messages: input_tokens, ..ByPart::default() };
    Counted { input_tokens, by_part, certainty: counter.certainty() }
}

/// Learns from answers until the gateway stops, and writes down what it learned.
pub(crate) async fn learn(shared: Arc<Shared>, mut samples: Receiver<Sample>, stop: CancellationToken) {
    let mut unkept = false;
    let mut keep = tokio::time::interval(KEEP_EVERY);
    loop {
        let sample = tokio::select! {
            sample = samples.recv() => sample,
            _ = keep.tick(), if unkept => {
                unkept = !written(&shared).await;
                continue;
            }
            () = stop.cancelled() => None,
        };
        let Some(sample) = sample else {
            if unkept {
                written(&shared).await;
            }
            return;
        };
        let Sample { prompt, model, reported } = sample;
        let name = model.clone();
        let measured = tokio::task::spawn_blocking(move || {
            let request = match prompt {
                Prompt::Body(codec, body) => Box::new(codec.decode_request(&body).ok()?),
                Prompt::Request(request) => request,
            };
            let counter = Counter::new(Facts { model: &name, ..Facts::default() });
            // What is exact has nothing to learn.
            let estimated = counter.count_request(&request).certainty != Certainty::Exact;
            estimated.then(|| Counter::sample(&name, &request, reported)).flatten()
        });
        if let Ok(Some((estimate, reported))) = measured.await {
            let mut learned = Calibrations::clone(&shared.counting.calibrations.load());
            unkept |= learned.learn(&model, estimate, reported);
            shared.counting.calibrations.store(Arc::new(learned));
        }
    }
}

async fn written(shared: &Shared) -> bool {
    let learned = shared.counting.calibrations();
    let kept = db::keep_calibrations(&shared.db, &learned, shared.clock.now()).await;
    kept.inspect_err(|error| tracing::warn!(%error, "what was learned of tokens cannot be kept")).is_ok()
}

impl OpenExchange {
    /// Has what the provider reports compared with our own count, where this call was chosen for that.
    pub(crate) fn compare(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        let record = &self.record;
        let told = record.outcome == ledger::Outcome::Ok && !record.estimated && !record.cache_hit;
        if let (true, Some(deployment)) = (told, &record.deployment) {
            let model = deployment.split_once('/').map_or(deployment.as_str(), |(_, model)| model);
            self.shared().counting.reported(*prompt, model, record.usage.total_input());
        }
    }
}
