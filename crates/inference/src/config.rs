//! The `[inference]` section of the configuration.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where models lie and how much they may take.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether models in the folder are offered at all.
    pub enabled: bool,
    /// The folder with `*.gguf` files and folders of safetensors; `models` in the data folder where not set.
    pub models_dir: Option<PathBuf>,
    /// The most tokens of a conversation, prompt and answer together, whatever a model could read: they are
    /// kept in memory.
    pub context_tokens: usize,
    /// The most memory a model may take, in bytes; what the machine has left where not set.
    pub max_memory_bytes: Option<u64>,
    /// How long a model stays in memory when nobody asks it.
    pub idle_seconds: u64,
    /// How many requests may wait for a model, which answers one after the other.
    pub queue_length: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            models_dir: None,
            context_tokens: 8192,
            max_memory_bytes: None,
            idle_seconds: 300,
            queue_length: 32,
        }
    }
}

impl Config {
    /// The smallest context that is of any use.
    const LEAST_CONTEXT: usize = 64;

    /// What cannot be meant so: the key and why.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.context_tokens < Self::LEAST_CONTEXT {
            let message = format!("`{}` tokens hold no conversation", self.context_tokens);
            problems.push(("context_tokens", message));
        }
        if self.queue_length == 0 {
            problems.push(("queue_length", "`0` lets nobody ask".to_owned()));
        }
        problems
    }
}
