//! Makes a conversation that is too long fit, and says what was given up: what it leaves out, the crate `context`
//! decides. A model tells what was left out, and an embedder what is alike, where the configuration names them.

use super::Refused;
use crate::{
    ask::{Ask, Form},
    call::{AnswerBody, Call, Caller, EmbeddingCall, EmbeddingSource, Source},
    error::GatewayError,
    gateway::Shared,
    pipeline,
    table::Place,
};
use base::OwnerId;
use context::{Fitted, Plan, Vectors, Wanted, plan};
use futures::StreamExt;
use llm::{Aggregator, ChatRequest, EmbeddingRequest, Message, Parameters, Role};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokens::{Certainty, Counter, Facts};

/// What such calls are labelled with in the ledger.
const TAG: &str = "familiar:fit";
/// The part of the window that is left free where it is not known how far estimates are off, in percent, and the most.
const UNKNOWN_ERROR_PERCENT: f64 = 10.0;
const MOST_ERROR_PERCENT: f64 = 30.0;
/// Most messages whose vectors are asked for, and most bytes of each.
const MOST_VECTORS: usize = 256;
const MOST_VECTOR_BYTES: usize = 2_000;

/// `[gateway.fitting]`: who helps to make conversations fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FittingConfig {
    /// The model or route that tells what was left out; where not set, its most telling sentences do.
    pub summariser: Option<String>,
    /// The model whose vectors say what is alike and what matters; where not set, the words do.
    pub embedder: Option<String>,
    /// How long either may take, in milliseconds, before it is done without.
    pub timeout_ms: u64,
}

impl Default for FittingConfig {
    fn default() -> Self {
        Self { summariser: None, embedder: None, timeout_ms: 10_000 }
    }
}

/// A request that was made shorter.
#[derive(Debug)]
pub(crate) struct Shorter {
    /// Where it fits now.
    pub(crate) places: Vec<Arc<Place>>,
    /// What was given up, in sentences.
    pub(crate) events: Vec<String>,
    /// The same for a header.
    pub(crate) header: String,
}

/// What has to fit where.
struct Goal {
    places: Vec<Arc<Place>>,
    window: u64,
    counter: Counter,
}

/// Makes the request fit the roomiest of the places; `None` where nothing can be or needs to be given up. One that was
/// refused although it seemed to fit is made a quarter smaller.
pub(crate) async fn shorter(
    shared: &Arc<Shared>,
    ask: &mut Ask,
    owner: OwnerId,
    places: Vec<Arc<Place>>,
    refused: Refused,
) -> Option<Shorter> {
    let goal = Goal::of(shared, ask, owner, places, refused)?;
    let request = ask.request(owner)?;
    // It may be long: its lane has other connections.
    let whole = std::mem::take(request);
    let cache = Arc::clone(&shared.fitting);
    let vectors = vectors(shared, owner, &whole).await;
    let thinking = tokio::task::spawn_blocking(move || {
        let plan = goal.plan(&whole, vectors.as_deref(), Some(&cache));
        (whole, goal, plan)
    });
    let (whole, goal, plan) = thinking.await.ok()?;
    *ask.request(owner)? = whole;
    let plan = plan?;
    let told = summary(shared, owner, &plan, ask.request(owner)?).await;
    goal.apply(ask, owner, plan, told.as_deref())
}

/// The same as far as the rules know: nobody else is asked.
pub(crate) fn shorter_by_rules(
    shared: &Shared,
    ask: &mut Ask,
    owner: OwnerId,
    places: Vec<Arc<Place>>,
) -> Option<Shorter> {
    let goal = Goal::of(shared, ask, owner, places, Refused::No)?;
    let plan = goal.plan(ask.request(owner)?, None, Some(&shared.fitting))?;
    goal.apply(ask, owner, plan, None)
}

impl Goal {
    fn of(
        shared: &Shared,
        ask: &mut Ask,
        owner: OwnerId,
        mut places: Vec<Arc<Place>>,
        refused: Refused,
    ) -> Option<Self> {
        let roomiest = places.iter().filter_map(|place| place.spec.context_window).max()?;
        places.retain(|place| place.spec.context_window == Some(roomiest));
        let calibrations = shared.counting.calibrations();
        let model = places.first()?.spec.name.as_str();
        let counter = Counter::new(Facts { model, calibrations: Some(&calibrations), tokenizer: None });
        let error = match counter.certainty() {
            Certainty::Exact => 0.0,
            Certainty::Estimate { error_percent, .. } => {
                error_percent.unwrap_or(UNKNOWN_ERROR_PERCENT).min(MOST_ERROR_PERCENT)
            }
        };
        let safe = (roomiest as f64 * (1.0 - error / 100.0)) as u64;
        let window = match refused {
            Refused::No => safe,
            Refused::Yes => {
                let answer = ask.head.max_output_tokens.unwrap_or_default();
                let prompt = counter.count_request(ask.request(owner)?).input_tokens;
                safe.min((prompt.saturating_mul(3) / 4).saturating_add(answer))
            }
        };
        Some(Self { places, window, counter })
    }

    fn plan(
        &self,
        request: &ChatRequest,
        vectors: Option<&Vectors>,
        cache: Option<&context::Cache>,
    ) -> Option<Plan> {
        let measure = |message: &Message| self.counter.count_message(message);
        let wanted = Wanted {
            window: self.window,
            beside: self.counter.count_beside(request),
            measure: &measure,
            vectors,
            cache,
        };
        plan(request, &wanted).filter(|plan| !plan.is_nothing())
    }

    fn apply(self, ask: &mut Ask, owner: OwnerId, plan: Plan, told: Option<&str>) -> Option<Shorter> {
        let fitted: Fitted = plan.apply(ask.request(owner)?, told);
        ask.changed(owner);
        let deployment = self.places.first().map_or("?", |place| place.id.as_str());
        Some(Shorter { events: fitted.events(deployment), header: fitted.header(), places: self.places })
    }
}

impl Ask {
    /// What is asked is no longer what the body says; deployments get it written anew.
    fn changed(&mut self, owner: OwnerId) {
        let longest = self.request(owner).and_then(|request| request.parameters.max_output_tokens);
        self.head.max_output_tokens = longest;
        if let Form::Body(wire) = &mut self.form {
            wire.changed = true;
        }
    }
}

/// What a model says of what is left out; what it costs is the owner's, and stands in the ledger.
async fn summary(shared: &Arc<Shared>, owner: OwnerId, plan: &Plan, request: &ChatRequest) -> Option<String> {
    let model = shared.config.fitting.summariser.as_deref()?;
    let transcript = plan.to_summarise(request)?;
    if let Some(known) = shared.fitting.summary(&transcript) {
        return Some(known);
    }
    let asking = Box::pin(summarise(shared, owner, model, (&transcript, plan.summary_bytes())));
    let told = helped(shared, model, asking).await?;
    shared.fitting.keep_summary(&transcript, told.clone());
    Some(told)
}

async fn summarise(
    shared: &Arc<Shared>,
    owner: OwnerId,
    model: &str,
    (transcript, bytes): (&str, usize),
) -> Result<String, GatewayError> {
    let messages =
        vec![Message::text(Role::System, context::instruction(bytes)), Message::text(Role::User, transcript)];
    let parameters = Parameters {
        max_output_tokens: Some(bytes as u64 / 2 + 500),
        temperature: Some(0.0),
        ..Parameters::default()
    };
    let request = ChatRequest { model: model.to_owned(), messages, parameters, ..ChatRequest::default() };
    let (caller, source) = (Caller::Owner(owner), Source::Request(request));
    let answer = pipeline::chat(shared, Call { caller, source, tags: vec![TAG.to_owned()] }).await?;
    let mut told = Aggregator::default();
    if let AnswerBody::Events(mut events) = answer.body {
        while let Some(event) = events.next().await {
            told.push(&event?);
        }
    }
    Ok(told.finish().plain_text())
}

/// A vector for each of the last messages; `None` where nobody makes any.
async fn vectors(shared: &Arc<Shared>, owner: OwnerId, request: &ChatRequest) -> Option<Vec<Vec<f32>>> {
    let model = shared.config.fitting.embedder.as_deref()?;
    let before = request.messages.len().saturating_sub(MOST_VECTORS);
    let text = |message: &Message| {
        let text = message.plain_text();
        let short = text.get(..text.floor_char_boundary(MOST_VECTOR_BYTES)).unwrap_or_default().trim();
        // Some providers refuse what is empty.
        if short.is_empty() { "-".to_owned() } else { short.to_owned() }
    };
    let inputs: Vec<String> = request.messages.iter().skip(before).map(text).collect();
    let wished = EmbeddingRequest { model: model.to_owned(), inputs, ..EmbeddingRequest::default() };
    let (caller, source) = (Caller::Owner(owner), EmbeddingSource::Request(wished));
    let call = EmbeddingCall { caller, source, tags: vec![TAG.to_owned()] };
    let asking = Box::pin(async { pipeline::embed(shared, call).await });
    let AnswerBody::Vectors(made) = helped(shared, model, asking).await?.body else { return None };
    let mut vectors = vec![Vec::new(); before];
    vectors.extend(made.vectors);
    (vectors.len() == request.messages.len()).then_some(vectors)
}

/// What a helper gives in time; without it, the rules do.
async fn helped<T>(
    shared: &Shared,
    model: &str,
    asking: impl Future<Output = Result<T, GatewayError>>,
) -> Option<T> {
    let timeout = Duration::from_millis(shared.config.fitting.timeout_ms);
    match tokio::time::timeout(timeout, asking).await {
        Ok(Ok(given)) => Some(given),
        Ok(Err(error)) => {
            tracing::warn!(model, %error, "a helper of fitting failed; the rules count");
            None
        }
        Err(_late) => {
            tracing::warn!(model, "a helper of fitting took too long; the rules count");
            None
        }
    }
}
