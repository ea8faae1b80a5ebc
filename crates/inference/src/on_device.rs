//! The models of this machine behind the port that every model has.

use crate::{
    config::Config,
    counter::{Counters, FileCounter},
    encoder::Purpose,
    shelf::{Found, Kind, Shelf, Unusable},
    worker::{Job, Texts, Workers},
};
use base::Clock;
use futures::{
    StreamExt,
    channel::{mpsc, oneshot},
    future::BoxFuture,
};
use llm::{
    Capability, ChatModel, ChatRequest, ChatStream, Embedder, EmbeddingReply, EmbeddingRequest, LlmError,
    LlmErrorKind, ModelSpec, Parameter, Prices, ReasoningEffort, ResponseFormat, Taken, TokenCounter,
    ToolChoice, Usage,
};
use parking_lot::RwLock;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The first half of these models' ids.
pub const PROVIDER: &str = "on-device";

/// The models in a folder of this machine.
#[derive(Debug)]
pub struct OnDevice {
    config: Config,
    folder: PathBuf,
    shelf: RwLock<Shelf>,
    workers: Arc<Workers>,
    counters: Counters,
    clock: Arc<dyn Clock>,
}

/// What is in the folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stock {
    /// The models, by name.
    pub models: Vec<ModelSpec>,
    /// What cannot be used, and why.
    pub unusable: Vec<Unusable>,
}

impl OnDevice {
    /// The models in the configured folder, or in `usual_folder`. Nothing is read before [`Self::look`].
    pub fn new(config: Config, usual_folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let folder = config.models_dir.clone().unwrap_or(usual_folder);
        let workers = Workers::new(config.clone(), Arc::clone(&clock));
        Self { config, folder, shelf: RwLock::default(), workers, counters: Counters::default(), clock }
    }

    /// Where the models are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads the headers of what is new in the folder; `true` where something is different from the last time.
    /// Blocks as long as the disk does.
    pub fn look(&self) -> bool {
        if !self.config.enabled {
            return false;
        }
        // Requests go on finding what was there before.
        let mut shelf = self.shelf.read().clone();
        let changed = shelf.look(&self.folder, &self.config);
        *self.shelf.write() = shelf;
        changed
    }

    /// What the last look found.
    pub fn stock(&self) -> Stock {
        let shelf = self.shelf.read();
        let spec = |found: &&Found| ModelSpec {
            provider: PROVIDER.to_owned(),
            name: found.name.clone(),
            display_name: found.title.clone().unwrap_or_else(|| found.name.clone()),
            // An encoder cuts what is longer, so that no text is too long for it.
            context_window: (found.kind != Kind::Encoder).then_some(found.context as u64),
            max_output_tokens: None,
            capabilities: match found.kind {
                Kind::Chat { thinks: true } => vec![Capability::Chat, Capability::Reasoning],
                Kind::Chat { thinks: false } => vec![Capability::Chat],
                Kind::Encoder => vec![Capability::Embeddings],
            },
            prices: Some(Prices::default()),
            quality: None,
            cacheable_tokens: None,
        };
        Stock { models: shelf.models().iter().map(spec).collect(), unusable: shelf.unusable() }
    }

    /// How many models are in memory or on their way into it.
    pub fn in_memory(&self) -> usize {
        self.workers.count()
    }

    /// Takes nothing more on; threads end with what they are doing.
    pub fn close(&self) {
        self.workers.close();
    }

    /// The tokenizer of a model in the folder; or of one elsewhere, if a folder of the model's name has its
    /// `tokenizer.json`.
    fn counter(&self, model: &str) -> Option<Arc<FileCounter>> {
        if !self.config.enabled {
            return None;
        }
        let found = self.shelf.read().models().into_iter().find(|found| found.name == model).cloned();
        if let Some(found) = found {
            return self.counters.of_model(&found.path, &self.clock);
        }
        // A model's name is somebody else's word: it must not lead out of the folder.
        let name = model.rsplit('/').next().filter(|name| !name.is_empty() && !name.starts_with('.'))?;
        if name.contains(['\\', '\0']) {
            return None;
        }
        self.counters.of_folder(&self.folder.join(name), &self.clock)
    }

    fn found(&self, model: &str) -> Result<Found, LlmError> {
        let found = self.shelf.read().models().into_iter().find(|found| found.name == model).cloned();
        found.ok_or_else(|| {
            let message = format!("there is no model `{model}` in `{}`", self.folder.display());
            LlmError::new(LlmErrorKind::NotFound, message)
        })
    }

    fn begin(&self, request: ChatRequest) -> Result<ChatStream, LlmError> {
        let found = self.found(&request.model)?;
        let (answers, events) = mpsc::unbounded();
        self.workers.ask(&found, Job::Chat { request: Box::new(request), answers })?;
        Ok(events.boxed())
    }

    async fn encode(&self, request: EmbeddingRequest) -> Result<EmbeddingReply, LlmError> {
        let EmbeddingRequest { model, inputs, dimensions, task, .. } = request;
        let found = self.found(&model)?;
        let purpose = match task.as_deref() {
            Some("RETRIEVAL_QUERY" | "QUESTION_ANSWERING" | "FACT_VERIFICATION" | "CODE_RETRIEVAL_QUERY") => {
                Purpose::Query
            }
            Some("RETRIEVAL_DOCUMENT") => Purpose::Passage,
            Some(_) | None => Purpose::Any,
        };
        let (answer, waiting) = oneshot::channel();
        self.workers.ask(&found, Job::Encode(Texts { texts: inputs, purpose, answer }))?;
        let ended = |_| LlmError::new(LlmErrorKind::Cancelled, format!("`{model}` ended before it was done"));
        let made = waiting.await.map_err(ended)??;
        let size = made.vectors.first().map_or(0, Vec::len);
        if let Some(other) = dimensions.filter(|wanted| usize::try_from(*wanted).ok() != Some(size)) {
            let message = format!("`{model}` makes vectors of {size} numbers, not of {other}");
            return Err(LlmError::new(LlmErrorKind::BadRequest, message));
        }
        let usage = Usage { input: made.tokens, ..Usage::default() };
        Ok(EmbeddingReply { model, vectors: made.vectors, usage })
    }
}

impl ChatModel for OnDevice {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
        Box::pin(async move { self.begin(request) })
    }

    fn embedder(&self) -> Option<&dyn Embedder> {
        Some(self)
    }

    fn token_counter(&self, model: &str) -> Option<Arc<dyn TokenCounter>> {
        let counter: Arc<dyn TokenCounter> = self.counter(model)?;
        Some(counter)
    }

    fn takes(&self, model: &ModelSpec) -> Vec<Taken> {
        let mut taken = vec![
            Taken::of(Parameter::Temperature).within(0.0, 2.0),
            Taken::of(Parameter::TopP).within(0.0, 1.0),
            Taken::of(Parameter::TopK),
            Taken::of(Parameter::MaxTokens),
            Taken::of(Parameter::FrequencyPenalty).within(-2.0, 2.0),
            Taken::of(Parameter::PresencePenalty).within(-2.0, 2.0),
            Taken::of(Parameter::Seed),
            Taken::of(Parameter::Stop),
        ];
        if model.can(Capability::Reasoning) {
            // Templates know thinking and not thinking.
            taken.push(Taken::efforts(&[ReasoningEffort::None, ReasoningEffort::Medium]));
        }
        taken
    }

    fn ignores(&self, request: &ChatRequest) -> Vec<String> {
        let parameters = &request.parameters;
        let ignored = [
            ("tools", !request.tools.is_empty()),
            ("tool_choice", request.tool_choice != ToolChoice::Auto),
            ("response_format", request.response_format != ResponseFormat::Text),
            ("reasoning_budget_tokens", parameters.reasoning_budget_tokens.is_some()),
        ];
        ignored.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name.to_owned()).collect()
    }
}

impl Embedder for OnDevice {
    fn embed(&self, request: EmbeddingRequest) -> BoxFuture<'_, Result<EmbeddingReply, LlmError>> {
        Box::pin(self.encode(request))
    }
}
