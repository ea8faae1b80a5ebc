//! Folders with safetensors as they are published: `config.json`, `tokenizer.json` and `*.safetensors`.
//!
//! A safetensors file is the length of a header (eight bytes, little-endian), the header (JSON: each tensor's
//! type, shape and place), and the tensors.

use super::ModelFiles;
use crate::{
    architecture::{Architecture, Family, Rotation, Scaling},
    error::{ModelError, plain},
    model::Matrix,
    sampling::Settings,
    tokenizer::{Marks, TextTokenizer},
};
use candle_core::{DType, Device, Tensor};
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// A longer header is none.
const MOST_HEADER_BYTES: u64 = 100 << 20;
/// A longer file of settings is none.
const MOST_JSON_BYTES: u64 = 256 << 20;

/// A folder with the headers of its files read.
pub(crate) struct Folder {
    path: PathBuf,
    config: Config,
    tokens: TokenizerConfig,
    generation: Generation,
    files: Vec<(PathBuf, File)>,
    tensors: BTreeMap<String, Place>,
}

/// Where a tensor is.
struct Place {
    file: usize,
    dtype: DType,
    shape: Vec<usize>,
    start: u64,
    bytes: usize,
}

/// An entry of a safetensors header.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
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
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    vocab_size: usize,
    max_position_embeddings: usize,
    rms_norm_eps: Option<f32>,
    rope_theta: Option<f64>,
    rope_scaling: Option<Value>,
    /// The newer place of the two above.
    rope_parameters: Option<Value>,
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    hidden_act: Option<String>,
    bos_token_id: Option<Value>,
    eos_token_id: Option<Value>,
    quantization_config: Option<Value>,
}

/// What of `tokenizer_config.json` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    chat_template: Option<Value>,
    add_bos_token: Option<bool>,
    bos_token: Option<Value>,
    eos_token: Option<Value>,
}

/// What of `generation_config.json` matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Generation {
    eos_token_id: Option<Value>,
    do_sample: Option<bool>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
}

impl Folder {
    /// Whether a folder looks like a model.
    pub(crate) fn is_model(path: &Path) -> bool {
        path.join("config.json").is_file() && !weight_files(path).is_empty()
    }

    /// Reads the settings and the headers of the weights.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let config: Option<Config> = json(&path.join("config.json"))?;
        let Some(config) = config else {
            let what = "it lacks `config.json`".to_owned();
            return Err(ModelError::NotThis { path: path.to_owned(), format: "safetensors", what });
        };
        let mut folder = Self {
            config,
            tokens: json(&path.join("tokenizer_config.json"))?.unwrap_or_default(),
            generation: json(&path.join("generation_config.json"))?.unwrap_or_default(),
            path: path.to_owned(),
            files: Vec::new(),
            tensors: BTreeMap::new(),
        };
        for file in weight_files(path) {
            folder.add(file)?;
        }
        Ok(folder)
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The family that `config.json` names.
    pub(crate) fn model_type(&self) -> &str {
        &self.config.model_type
    }

    /// Whether a tensor of exactly this name is there.
    pub(crate) fn has_tensor(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Reads one file's header.
    fn add(&mut self, path: PathBuf) -> Result<(), ModelError> {
        let unreadable = |source: io::Error| ModelError::Unreadable { path: path.clone(), source };
        let broken = |what: String| ModelError::Broken { path: path.clone(), what };
        let mut file = File::open(&path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut size = [0; 8];
        let header_bytes = match file.read_exact(&mut size) {
            Ok(()) => u64::from_le_bytes(size),
            Err(_) => return Err(broken(format!("it has only {length} bytes"))),
        };
        if header_bytes > MOST_HEADER_BYTES || header_bytes > length.saturating_sub(8) {
            return Err(broken(format!("a header of {header_bytes} bytes in a file of {length}")));
        }
        let mut header = Vec::new();
        file.by_ref().take(header_bytes).read_to_end(&mut header).map_err(unreadable)?;
        let header: BTreeMap<String, Value> =
            serde_json::from_slice(&header).map_err(|error| broken(format!("its header: {error}")))?;
        let begin = header_bytes.saturating_add(8);
        for (name, entry) in header.into_iter().filter(|(name, _)| name != "__metadata__") {
            let entry: Entry = serde_json::from_value(entry)
                .map_err(|error| broken(format!("the tensor `{name}`: {error}")))?;
            // Whole numbers, such as those of positions, are no weights.
            if matches!(entry.dtype.as_str(), "I64" | "I32" | "U8" | "BOOL") {
                continue;
            }
            let place = place(&entry, self.files.len(), begin)
                .map_err(|what| broken(format!("the tensor `{name}` {what}")))?;
            if place.start.saturating_add(place.bytes as u64) > length {
                return Err(broken(format!("it has {length} bytes and ends within the tensor `{name}`")));
            }
            self.tensors.insert(name, place);
        }
        self.files.push((path, file));
        Ok(())
    }

    fn broken(&self, what: impl Into<String>) -> ModelError {
        ModelError::Broken { path: self.path.clone(), what: what.into() }
    }

    fn unsupported(&self, what: impl Into<String>) -> ModelError {
        ModelError::Unsupported { path: self.path.clone(), what: what.into() }
    }

    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        let name = published_name(name);
        let Some(place) = self.tensors.get(&name) else {
            return Err(self.broken(format!("the tensor `{name}` is missing")));
        };
        if place.shape != shape {
            return Err(
                self.broken(format!("the tensor `{name}` is {:?} and should be {shape:?}", place.shape))
            );
        }
        let Some((path, file)) = self.files.get_mut(place.file) else {
            return Err(self.broken(format!("the tensor `{name}` is in no file")));
        };
        let mut bytes = vec![0; place.bytes];
        let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
        let tensor = Tensor::from_raw_buffer(&bytes, place.dtype, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32));
        tensor.map_err(|error| self.broken(format!("the tensor `{name}`: {}", plain(error))))
    }

    fn rotation(&self) -> Result<Rotation, ModelError> {
        let config = &self.config;
        let settings = config.rope_parameters.as_ref().or(config.rope_scaling.as_ref());
        let number = |key: &str| settings.and_then(|settings| settings.get(key)?.as_f64());
        let kind = ["rope_type", "type"].into_iter().find_map(|key| settings?.get(key)?.as_str());
        let positive = |key: &str| {
            let number = number(key).filter(|number| number.is_finite() && *number > 0.0);
            number.ok_or_else(|| self.broken(format!("its positions lack `{key}`")))
        };
        let scaling = match kind {
            None | Some("default") => Scaling::None,
            Some("linear") => Scaling::Linear(positive("factor")?),
            Some("llama3") => Scaling::Llama3 {
                factor: positive("factor")?,
                low: positive("low_freq_factor")?,
                high: positive("high_freq_factor")?,
                original_context: positive("original_max_position_embeddings")?,
            },
            Some(other) => return Err(self.unsupported(format!("positions scaled by `{other}`"))),
        };
        let base = number("rope_theta").or(config.rope_theta).unwrap_or(10_000.0);
        Ok(Rotation { base, scaling, neighbours: false })
    }
}

impl ModelFiles for Folder {
    fn architecture(&mut self) -> Result<Architecture, ModelError> {
        let config = &self.config;
        if Family::named(&config.model_type).is_none() {
            return Err(ModelError::Architecture {
                path: self.path.clone(),
                name: config.model_type.clone(),
            });
        }
        if config.quantization_config.is_some() {
            return Err(self.unsupported("weights quantised otherwise than in a GGUF file"));
        }
        if let Some(other) = config.hidden_act.as_deref().filter(|act| *act != "silu") {
            return Err(self.unsupported(format!("the activation `{other}`")));
        }
        let heads = config.num_attention_heads;
        let window = config.sliding_window.filter(|_| config.use_sliding_window != Some(false));
        let context = config.max_position_embeddings;
        let architecture = Architecture {
            layers: config.num_hidden_layers,
            hidden: config.hidden_size,
            feed_forward: config.intermediate_size,
            heads,
            key_heads: config.num_key_value_heads.unwrap_or(heads),
            head_size: config.head_dim.unwrap_or(config.hidden_size / heads.max(1)),
            vocabulary: config.vocab_size,
            context: window.map_or(context, |window| window.min(context)),
            norm_epsilon: config.rms_norm_eps.unwrap_or(1e-6),
            rotation: self.rotation()?,
        };
        match architecture.problem() {
            Some(problem) => Err(self.broken(problem)),
            None => Ok(architecture),
        }
    }

    fn title(&self) -> Option<String> {
        None
    }

    fn weight_bytes(&self) -> u64 {
        // Halves become `f32`.
        let bytes = |place: &Place| match place.dtype.size_in_bytes() {
            2 => (place.bytes as u64).saturating_mul(2),
            _ => place.bytes as u64,
        };
        self.tensors.values().map(bytes).fold(0, u64::saturating_add)
    }

    fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(&published_name(name))
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Matrix, ModelError> {
        Ok(Matrix::Plain(self.read(name, &[rows, columns])?))
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Tensor, ModelError> {
        self.read(name, &[length])
    }

    fn tokenizer(&mut self) -> Result<TextTokenizer, ModelError> {
        let path = self.path.join("tokenizer.json");
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let what = "it lacks `tokenizer.json`".to_owned();
                return Err(ModelError::NoTokenizer { path: self.path.clone(), what });
            }
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        };
        let ends = [&self.generation.eos_token_id, &self.config.eos_token_id];
        let marks = Marks {
            begin: self.config.bos_token_id.as_ref().and_then(|id| ids(id).first().copied()),
            ends: ends.into_iter().flatten().flat_map(ids).collect(),
            add_begin: self.tokens.add_bos_token.unwrap_or_default(),
        };
        let broken = |what: String| ModelError::Broken { path: path.clone(), what };
        let mut tokenizer = TextTokenizer::read(&json, marks).map_err(broken)?;
        let named = |token: &Option<Value>| token.as_ref().and_then(token_text);
        tokenizer.mark(named(&self.tokens.bos_token).as_deref(), named(&self.tokens.eos_token).as_deref());
        Ok(tokenizer)
    }

    fn template(&mut self) -> Result<Option<String>, ModelError> {
        let path = self.path.join("chat_template.jinja");
        match fs::read_to_string(&path) {
            Ok(template) => return Ok(Some(template)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        }
        Ok(match &self.tokens.chat_template {
            Some(Value::String(template)) => Some(template.clone()),
            // Several templates by name.
            Some(Value::Array(templates)) => templates
                .iter()
                .find(|template| template.get("name").and_then(Value::as_str) == Some("default"))
                .and_then(|template| template.get("template")?.as_str().map(str::to_owned)),
            Some(_) | None => None,
        })
    }

    fn sampling(&self) -> Settings {
        let mut settings = Settings::default();
        let Generation { do_sample, temperature, top_p, top_k, min_p, repetition_penalty, .. } =
            &self.generation;
        if *do_sample != Some(true) {
            return settings;
        }
        settings.temperature = temperature.unwrap_or(settings.temperature);
        settings.top_p = top_p.unwrap_or(settings.top_p);
        settings.top_k = top_k.map_or(settings.top_k, |top_k| usize::try_from(top_k).unwrap_or_default());
        settings.min_p = min_p.unwrap_or(settings.min_p);
        settings.repetition_penalty = repetition_penalty.unwrap_or(settings.repetition_penalty);
        settings
    }
}

/// The files with weights, in order.
fn weight_files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let is_weights = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "safetensors");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_weights).collect();
    files.sort();
    files
}

/// Reads a file of settings; `None` where there is none.
pub(crate) fn json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>, ModelError> {
    let unreadable = |source: io::Error| ModelError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = Vec::new();
    file.take(MOST_JSON_BYTES).read_to_end(&mut text).map_err(unreadable)?;
    let read = serde_json::from_slice(&text);
    read.map(Some).map_err(|error| ModelError::Broken { path: path.to_owned(), what: error.to_string() })
}

fn place(entry: &Entry, file: usize, begin: u64) -> Result<Place, String> {
    let (dtype, size) = match entry.dtype.as_str() {
        "F32" => (DType::F32, 4_usize),
        "F16" => (DType::F16, 2),
        "BF16" => (DType::BF16, 2),
        other => return Err(format!("has the type `{other}`; `F32`, `F16` and `BF16` can be read")),
    };
    let wanted = entry.shape.iter().try_fold(size, |product, size| product.checked_mul(*size));
    let (from, to) = entry.data_offsets;
    let bytes = to.checked_sub(from).and_then(|bytes| usize::try_from(bytes).ok());
    let (Some(bytes), Some(start), true) = (bytes, begin.checked_add(from), bytes == wanted) else {
        return Err(format!("is {:?} and lies at {from} to {to}", entry.shape));
    };
    Ok(Place { file, dtype, shape: entry.shape.clone(), start, bytes })
}

/// The name of a tensor in published files, of GGUF's.
fn published_name(name: &str) -> String {
    let part = |name: &str| match name {
        "attn_norm" => "input_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "attn_q_norm" => "self_attn.q_norm",
        "attn_k_norm" => "self_attn.k_norm",
        "ffn_norm" => "post_attention_layernorm",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => "",
    };
    match name {
        "token_embd.weight" => return "model.embed_tokens.weight".to_owned(),
        "output_norm.weight" => return "model.norm.weight".to_owned(),
        "output.weight" => return "lm_head.weight".to_owned(),
        _ => {}
    }
    let mut parts = name.splitn(4, '.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("blk"), Some(layer), Some(which), Some(kind)) => {
            format!("model.layers.{layer}.{}.{kind}", part(which))
        }
        _ => name.to_owned(),
    }
}

/// Ids that stand alone or in a list.
fn ids(value: &Value) -> Vec<u32> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value.as_array() {
        Some(values) => values.iter().filter_map(id).collect(),
        None => id(value).into_iter().collect(),
    }
}

/// A token's text, which stands alone or as an object's `content`.
fn token_text(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value.get("content")?.as_str());
    text.map(str::to_owned)
}
