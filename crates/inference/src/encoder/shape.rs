//! The shape of a sentence encoder, from the files that the library `sentence-transformers` writes.

use super::Purpose;
use crate::{
    error::ModelError,
    files::{Folder, json},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// More of anything is no model but a broken file.
const MOST: usize = 1 << 24;
/// Bytes that the numbers between the layers take at most beside the weights.
const WORKING_BYTES: u64 = 64 << 20;

/// The shape of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) layers: usize,
    pub(crate) hidden: usize,
    pub(crate) feed_forward: usize,
    pub(crate) heads: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    pub(crate) kinds: usize,
    /// The most tokens it reads of a text.
    pub(crate) context: usize,
    pub(crate) norm_epsilon: f32,
    pub(crate) pooling: Pooling,
    pub(crate) prompts: Prompts,
    /// What stands before every tensor's name, such as `bert.`.
    pub(crate) prefix: &'static str,
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// Their mean.
    Mean,
    /// The first one's.
    First,
}

/// What is put before texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Prompts {
    query: String,
    passage: String,
}

impl Prompts {
    pub(crate) fn before(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Query => &self.query,
            Purpose::Passage => &self.passage,
            Purpose::Any => "",
        }
    }
}

/// What of `config.json` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    model_type: String,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    layer_norm_eps: Option<f32>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
    quantization_config: Option<Value>,
}

/// What of `sentence_bert_config.json` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Limits {
    max_seq_length: Option<usize>,
}

/// `1_Pooling/config.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoolingConfig {
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
    pooling_mode_max_tokens: bool,
    pooling_mode_mean_sqrt_len_tokens: bool,
    pooling_mode_weightedmean_tokens: bool,
    pooling_mode_lasttoken: bool,
}

/// What of `config_sentence_transformers.json` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    prompts: Option<BTreeMap<String, String>>,
}

impl Shape {
    /// Whether a `config.json` of this `model_type` is that of an encoder.
    pub(crate) fn is_encoder(model_type: &str) -> bool {
        model_type == "bert"
    }

    /// Reads the files beside the weights.
    pub(crate) fn read(folder: &Folder) -> Result<Self, ModelError> {
        let path = folder.path();
        let config: Config = json(&path.join("config.json"))?.unwrap_or_default();
        let limits: Limits = json(&path.join("sentence_bert_config.json"))?.unwrap_or_default();
        let asked: Asked = json(&path.join("config_sentence_transformers.json"))?.unwrap_or_default();
        let pooling: Option<PoolingConfig> = json(&path.join("1_Pooling").join("config.json"))?;
        let unsupported = |what: String| ModelError::Unsupported { path: path.to_owned(), what };
        if config.quantization_config.is_some() {
            return Err(unsupported("quantised weights".to_owned()));
        }
        if let Some(other) = config.hidden_act.as_deref().filter(|act| *act != "gelu") {
            return Err(unsupported(format!("the activation `{other}`")));
        }
        if let Some(other) = config.position_embedding_type.as_deref().filter(|kind| *kind != "absolute") {
            return Err(unsupported(format!("positions of the kind `{other}`")));
        }
        let pooling = match pooling {
            None => Pooling::Mean,
            Some(modes) => modes.only().ok_or_else(|| unsupported(format!("the pooling {modes:?}")))?,
        };
        let prefix = ["", "bert."]
            .into_iter()
            .find(|prefix| folder.has_tensor(&format!("{prefix}embeddings.word_embeddings.weight")));
        let context = limits.max_seq_length.unwrap_or(config.max_position_embeddings);
        let shape = Self {
            layers: config.num_hidden_layers,
            hidden: config.hidden_size,
            feed_forward: config.intermediate_size,
            heads: config.num_attention_heads,
            vocabulary: config.vocab_size,
            positions: config.max_position_embeddings,
            kinds: config.type_vocab_size.unwrap_or(2),
            context: context.min(config.max_position_embeddings),
            norm_epsilon: config.layer_norm_eps.unwrap_or(1e-12),
            pooling,
            prompts: asked.prompts.map(prompts).unwrap_or_default(),
            prefix: prefix.unwrap_or_default(),
        };
        match shape.problem() {
            Some(what) => Err(ModelError::Broken { path: path.to_owned(), what }),
            None => Ok(shape),
        }
    }

    /// What contradicts itself.
    fn problem(&self) -> Option<String> {
        let sizes = [
            ("layers", self.layers),
            ("hidden size", self.hidden),
            ("feed-forward size", self.feed_forward),
            ("heads", self.heads),
            ("vocabulary", self.vocabulary),
            ("positions", self.positions),
            ("kinds of tokens", self.kinds),
        ];
        if let Some((name, size)) = sizes.into_iter().find(|(_, size)| !(1..=MOST).contains(size)) {
            return Some(format!("its {name} is {size}"));
        }
        // The marks at both ends, and something between.
        if self.context < 3 {
            return Some(format!("it reads {} tokens", self.context));
        }
        (!self.hidden.is_multiple_of(self.heads))
            .then(|| format!("{} heads share a hidden size of {}", self.heads, self.hidden))
    }

    /// Bytes that it takes in memory, computing included.
    pub(crate) fn bytes(&self, weights: u64) -> u64 {
        weights.saturating_add(WORKING_BYTES)
    }
}

impl PoolingConfig {
    /// The one mode that is on, if it can be done here.
    fn only(&self) -> Option<Pooling> {
        let others = self.pooling_mode_max_tokens
            || self.pooling_mode_mean_sqrt_len_tokens
            || self.pooling_mode_weightedmean_tokens
            || self.pooling_mode_lasttoken;
        match (self.pooling_mode_mean_tokens, self.pooling_mode_cls_token, others) {
            (true, false, false) => Some(Pooling::Mean),
            (false, true, false) => Some(Pooling::First),
            _ => None,
        }
    }
}

/// The prompts go by several names.
fn prompts(mut all: BTreeMap<String, String>) -> Prompts {
    let mut first = |names: &[&str]| names.iter().find_map(|name| all.remove(*name)).unwrap_or_default();
    Prompts {
        query: first(&["query", "web_search_query"]),
        passage: first(&["passage", "document", "corpus"]),
    }
}
