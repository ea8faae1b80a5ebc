//! The models of this machine behind the port that every model has.

use crate::{
    config::Config,
    counter::{Counters, FileCounter},
    shelf::{Shelf, Unusable},
    worker::{Job, Workers},
};
use base::Clock;
use futures::{StreamExt, channel::mpsc, future::BoxFuture};
use llm::{
    Capability, ChatModel, ChatRequest, ChatStream, LlmError, LlmErrorKind, ModelSpec, Prices,
    ResponseFormat, TokenCounter, ToolChoice,
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
        let spec = |found: &&crate::shelf::Found| ModelSpec {
            provider: PROVIDER.to_owned(),
            name: found.name.clone(),
            display_name: found.title.clone().unwrap_or_else(|| found.name.clone()),
            context_window: Some(found.context as u64),
            max_output_tokens: None,
            capabilities: if found.thinks {
                vec![Capability::Chat, Capability::Reasoning]
            } else {
                vec![Capability::Chat]
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

    fn begin(&self, request: ChatRequest) -> Result<ChatStream, LlmError> {
        let found = self.shelf.read().models().into_iter().find(|found| found.name == request.model).cloned();
        let Some(found) = found else {
            let message = format!("there is no model `{}` in `{}`", request.model, self.folder.display());
            return Err(LlmError::new(LlmErrorKind::NotFound, message));
        };
        let (answers, events) = mpsc::unbounded();
        self.workers.ask(&found, Job { request, answers })?;
        Ok(events.boxed())
    }
}

impl ChatModel for OnDevice {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, LlmError>> {
        Box::pin(async move { self.begin(request) })
    }

    fn token_counter(&self, model: &str) -> Option<Arc<dyn TokenCounter>> {
        let counter: Arc<dyn TokenCounter> = self.counter(model)?;
        Some(counter)
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
