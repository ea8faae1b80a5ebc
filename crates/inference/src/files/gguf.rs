//! GGUF files: metadata, a tokenizer and quantised weights in one.
//!
//! The format is described in `docs/gguf.md` of the ggml project.

use super::ModelFiles;
use crate::{
    architecture::{Architecture, Family, Rotation, Scaling},
    error::{ModelError, panic_text, plain},
    model::Matrix,
    sampling::Settings,
    tokenizer::{self, TextTokenizer},
};
use candle_core::{
    Device, Tensor,
    quantized::{
        GgmlDType,
        gguf_file::{Content, TensorInfo, Value},
    },
};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// A GGUF file with its header read.
pub(crate) struct Gguf {
    path: PathBuf,
    reader: BufReader<File>,
    content: Content,
    bytes: u64,
}

impl Gguf {
    /// Reads the header, and checks that the file is as long as it says.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |source: io::Error| ModelError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut reader = BufReader::new(file);
        let mut magic = [0; 4];
        let read = reader.read(&mut magic).map_err(unreadable)?;
        if read < magic.len() || &magic != b"GGUF" {
            let what = format!("it begins with `{}`", magic.escape_ascii());
            return Err(ModelError::NotThis { path: path.to_owned(), format: "GGUF", what });
        }
        reader.rewind().map_err(unreadable)?;
        let broken = |what: String| ModelError::Broken { path: path.to_owned(), what };
        let content = catch_unwind(AssertUnwindSafe(|| Content::read(&mut reader)))
            .map_err(|panic| broken(panic_text(panic.as_ref())))?
            .map_err(|error| broken(plain(error)))?;
        let gguf = Self { path: path.to_owned(), reader, content, bytes };
        gguf.check_length()?;
        Ok(gguf)
    }

    /// A file that ends before its last tensor was not downloaded to its end.
    fn check_length(&self) -> Result<(), ModelError> {
        for (name, info) in &self.content.tensor_infos {
            let end = size_of_tensor(info)
                .and_then(|size| size.checked_add(info.offset)?.checked_add(self.content.tensor_data_offset))
                .ok_or_else(|| self.broken(format!("the tensor `{name}` has an impossible size")))?;
            if end > self.bytes {
                let what = format!("it has {} bytes and needs at least {end}", self.bytes);
                return Err(self.broken(what));
            }
        }
        Ok(())
    }

    fn broken(&self, what: impl Into<String>) -> ModelError {
        ModelError::Broken { path: self.path.clone(), what: what.into() }
    }

    fn unsupported(&self, what: impl Into<String>) -> ModelError {
        ModelError::Unsupported { path: self.path.clone(), what: what.into() }
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.content.metadata.get(key)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value(key).and_then(text)
    }

    fn integer(&self, key: &str) -> Option<u64> {
        self.value(key).and_then(integer)
    }

    fn number(&self, key: &str) -> Option<f64> {
        let value = self.value(key)?;
        value.to_f64().ok().or_else(|| value.to_f32().ok().map(f64::from))
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.value(key)?.to_bool().ok()
    }

    fn list(&self, key: &str) -> Option<&[Value]> {
        if let Value::Array(values) = self.value(key)? { Some(values) } else { None }
    }

    fn texts(&self, key: &str) -> Option<Vec<&str>> {
        self.list(key)?.iter().map(text).collect()
    }

    fn size(&self, family: &str, key: &str) -> Result<usize, ModelError> {
        let key = format!("{family}.{key}");
        let size = self.integer(&key).and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| self.broken(format!("its metadata lacks `{key}`")))
    }

    fn scaling(&mut self, family: &str, head_size: usize) -> Result<Scaling, ModelError> {
        if self.has("rope_freqs.weight") {
            let divisors = self.vector("rope_freqs.weight", head_size / 2)?;
            let divisors = divisors.to_vec1().map_err(|error| self.broken(plain(error)))?;
            return Ok(Scaling::Divisors(divisors));
        }
        let factor = self.number(&format!("{family}.rope.scaling.factor"));
        let factor = factor.or_else(|| self.number(&format!("{family}.rope.scale_linear")));
        match (self.text(&format!("{family}.rope.scaling.type")), factor) {
            (None | Some("linear"), Some(factor)) if factor.is_finite() && factor > 0.0 => {
                Ok(Scaling::Linear(factor))
            }
            (None | Some("none" | "linear"), _) => Ok(Scaling::None),
            (Some(other), _) => Err(self.unsupported(format!("positions scaled by `{other}`"))),
        }
    }

    fn read(&mut self, name: &str) -> Result<candle_core::quantized::QTensor, ModelError> {
        let Self { path, reader, content, .. } = self;
        let broken = |what: String| ModelError::Broken { path: path.clone(), what };
        if !content.tensor_infos.contains_key(name) {
            return Err(broken(format!("the tensor `{name}` is missing")));
        }
        content
            .tensor(reader, name, &Device::Cpu)
            .map_err(|error| broken(format!("the tensor `{name}`: {}", plain(error))))
    }

    fn shaped(&self, name: &str, found: &[usize], wanted: &[usize]) -> Result<(), ModelError> {
        if found == wanted {
            return Ok(());
        }
        Err(self.broken(format!("the tensor `{name}` is {found:?} and should be {wanted:?}")))
    }
}

impl ModelFiles for Gguf {
    fn architecture(&mut self) -> Result<Architecture, ModelError> {
        let name = self.text("general.architecture").unwrap_or_default().to_owned();
        let Some(family) = Family::named(&name) else {
            return Err(ModelError::Architecture { path: self.path.clone(), name });
        };
        if self.integer("split.count").is_some_and(|parts| parts > 1) {
            return Err(
                self.unsupported("a model split into several files; join them with `gguf-split --merge`")
            );
        }
        if self.integer(&format!("{name}.expert_count")).is_some_and(|experts| experts > 0) {
            return Err(self.unsupported("a mixture of experts"));
        }
        let hidden = self.size(&name, "embedding_length")?;
        let heads = self.size(&name, "attention.head_count")?;
        let head_size = self.size(&name, "attention.key_length").unwrap_or(hidden / heads.max(1));
        if self.size(&name, "attention.value_length").unwrap_or(head_size) != head_size {
            return Err(self.unsupported("values of another size than keys"));
        }
        if self.size(&name, "rope.dimension_count").unwrap_or(head_size) != head_size {
            return Err(self.unsupported("heads turned in part"));
        }
        let context = self.size(&name, "context_length")?;
        let window = self.size(&name, "attention.sliding_window").ok().filter(|window| *window > 0);
        let vocabulary = self.content.tensor_infos.get("token_embd.weight");
        let vocabulary = vocabulary.and_then(|info| info.shape.dims().first().copied());
        let epsilon = self.number(&format!("{name}.attention.layer_norm_rms_epsilon")).unwrap_or(1e-5);
        #[expect(clippy::cast_possible_truncation, reason = "what the model computes with")]
        let architecture = Architecture {
            layers: self.size(&name, "block_count")?,
            hidden,
            feed_forward: self.size(&name, "feed_forward_length")?,
            heads,
            key_heads: self.size(&name, "attention.head_count_kv").unwrap_or(heads),
            head_size,
            vocabulary: vocabulary.ok_or_else(|| self.broken("the tensor `token_embd.weight` is missing"))?,
            // Beyond its window such a model would have to forget; up to it, it reads as any other.
            context: window.map_or(context, |window| window.min(context)),
            norm_epsilon: epsilon as f32,
            rotation: Rotation {
                base: self.number(&format!("{name}.rope.freq_base")).unwrap_or(10_000.0),
                scaling: Scaling::None,
                neighbours: family.neighbours_in_gguf,
            },
        };
        if let Some(problem) = architecture.problem() {
            return Err(self.broken(problem));
        }
        let scaling = self.scaling(&name, head_size)?;
        Ok(Architecture { rotation: Rotation { scaling, ..architecture.rotation }, ..architecture })
    }

    fn title(&self) -> Option<String> {
        self.text("general.name").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
    }

    fn weight_bytes(&self) -> u64 {
        let bytes = |info: &TensorInfo| match info.ggml_dtype {
            GgmlDType::F16 | GgmlDType::BF16 => size_of_tensor(info).map(|bytes| bytes.saturating_mul(2)),
            // They are kept a second time, in the order in which the processor wants them.
            GgmlDType::Q4K | GgmlDType::Q5K | GgmlDType::Q6K | GgmlDType::Q8_0 | GgmlDType::Q4_0 => {
                size_of_tensor(info).map(|bytes| bytes.saturating_mul(2))
            }
            GgmlDType::F32
            | GgmlDType::Q4_1
            | GgmlDType::Q5_0
            | GgmlDType::Q5_1
            | GgmlDType::Q8_1
            | GgmlDType::Q2K
            | GgmlDType::Q3K
            | GgmlDType::Q8K => size_of_tensor(info),
        };
        self.content.tensor_infos.values().filter_map(bytes).fold(0, u64::saturating_add)
    }

    fn has(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Matrix, ModelError> {
        let tensor = self.read(name)?;
        self.shaped(name, tensor.shape().dims(), &[rows, columns])?;
        if !Matrix::fits(tensor.dtype(), columns) {
            return Err(self.broken(format!("the tensor `{name}` has rows that are no whole blocks")));
        }
        Matrix::packed(tensor).map_err(|error| self.broken(plain(error)))
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Tensor, ModelError> {
        let tensor = self.read(name)?;
        self.shaped(name, tensor.shape().dims(), &[length])?;
        tensor.dequantize(&Device::Cpu).map_err(|error| self.broken(plain(error)))
    }

    fn tokenizer(&mut self) -> Result<TextTokenizer, ModelError> {
        let special = |key: &str| {
            let id = self.integer(&format!("tokenizer.ggml.{key}_token_id"))?;
            u32::try_from(id).ok()
        };
        let ends = ["eos", "eot", "eom"].into_iter().filter_map(special).collect();
        let begin = special("bos");
        let beside = self.path.with_extension("tokenizer.json");
        let (json, add_begin) = if beside.is_file() {
            let json = std::fs::read(&beside)
                .map_err(|source| ModelError::Unreadable { path: beside.clone(), source })?;
            (json, self.flag("tokenizer.ggml.add_bos_token").unwrap_or_default())
        } else {
            let Some(tokens) = self.texts("tokenizer.ggml.tokens") else {
                let what = format!("neither in it nor as `{}`", beside.display());
                return Err(ModelError::NoTokenizer { path: self.path.clone(), what });
            };
            let kinds = self.list("tokenizer.ggml.token_type").unwrap_or_default();
            let scores = self.list("tokenizer.ggml.scores").unwrap_or_default();
            let vocabulary = tokenizer::Vocabulary {
                model: self.text("tokenizer.ggml.model").unwrap_or_default(),
                splitting: self.text("tokenizer.ggml.pre").unwrap_or("default"),
                kinds: kinds.iter().map(|kind| integer(kind).unwrap_or(1)).collect(),
                scores: scores.iter().map(|score| score.to_f32().unwrap_or_default()).collect(),
                merges: self.texts("tokenizer.ggml.merges").unwrap_or_default(),
                unknown: special("unknown").or_else(|| special("unk")),
                add_space: self.flag("tokenizer.ggml.add_space_prefix").unwrap_or(true),
                tokens,
            };
            let is_pieces = vocabulary.model == "llama";
            let json = vocabulary
                .to_json()
                .map_err(|what| ModelError::Unsupported { path: self.path.clone(), what })?;
            (json, self.flag("tokenizer.ggml.add_bos_token").unwrap_or(is_pieces))
        };
        TextTokenizer::read(&json, tokenizer::Marks { begin, ends, add_begin })
            .map_err(|what| self.broken(format!("its tokenizer: {what}")))
    }

    fn template(&mut self) -> Result<Option<String>, ModelError> {
        Ok(self.text("tokenizer.chat_template").map(str::to_owned))
    }

    fn sampling(&self) -> Settings {
        Settings::default()
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn integer(value: &Value) -> Option<u64> {
    match value {
        Value::U8(number) => Some(u64::from(*number)),
        Value::U16(number) => Some(u64::from(*number)),
        Value::U32(number) => Some(u64::from(*number)),
        Value::U64(number) => Some(*number),
        Value::I8(number) => u64::try_from(*number).ok(),
        Value::I16(number) => u64::try_from(*number).ok(),
        Value::I32(number) => u64::try_from(*number).ok(),
        Value::I64(number) => u64::try_from(*number).ok(),
        Value::F32(_) | Value::F64(_) | Value::Bool(_) | Value::String(_) | Value::Array(_) => None,
    }
}

/// Bytes of a tensor in its file; `None` where that is no number.
fn size_of_tensor(info: &TensorInfo) -> Option<u64> {
    let elements = info.shape.dims().iter().try_fold(1_usize, |product, size| product.checked_mul(*size))?;
    let bytes = (elements / info.ggml_dtype.block_size()).checked_mul(info.ggml_dtype.type_size())?;
    u64::try_from(bytes).ok()
}
