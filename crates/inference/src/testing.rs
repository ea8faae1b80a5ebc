//! Small models made on the spot, for tests here and above: random ones, and one whose words are known.

mod encoder;

pub use encoder::TinyEncoder;

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file, gguf_file::Value as Gguf},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, error::Error, fs, io::BufWriter, path::Path};

pub use candle_core::quantized::GgmlDType as Quantisation;

type Done = Result<(), Box<dyn Error>>;

/// A model that is not written yet. Its tensors have the names and the order of published models.
#[derive(Debug, Clone)]
pub struct TinyModel {
    /// `config.json`.
    pub config: Value,
    /// The tensors.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    /// The tokens, by id.
    pub tokens: Vec<String>,
    /// The chat template.
    pub template: Option<String>,
}

/// The tokens that begin and end what one speaker says.
const SPECIAL: [&str; 3] = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"];

/// What the model of [`TinyModel::that_says`] says: pieces with letters of one, two and four bytes.
pub const SAYING: &str = "Hello 😀 from your own machine.";

impl TinyModel {
    /// A model of this family with random weights, the same each time.
    pub fn random(family: &str) -> Self {
        Self::sized(family, 32, 64)
    }

    /// The same with a hidden state and a feed-forward of these sizes.
    pub fn sized(family: &str, hidden: usize, feed_forward: usize) -> Self {
        let tokens = tokens(&[]);
        let mut config = json!({
            "model_type": family, "hidden_size": hidden, "intermediate_size": feed_forward, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": tokens.len(),
            "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
            "hidden_act": "silu", "tie_word_embeddings": false,
        });
        if family == "qwen3" {
            config["head_dim"] = json!(16);
        }
        let mut model = Self { config, tensors: BTreeMap::new(), tokens, template: None };
        for (name, shape) in model.shapes() {
            let is_norm = name.contains("norm");
            let size = shape.iter().product();
            let values =
                noise(&name, size).map(|noise| if is_norm { 1.0 + 0.2 * noise } else { 0.6 * noise });
            let values = values.collect();
            model.tensors.insert(name, (shape, values));
        }
        model
    }

    /// A model that answers everything with [`SAYING`]. Its layers add nothing; each token stands for one place of
    /// the hidden state, from which the output takes the token that follows.
    pub fn that_says() -> Self {
        let words = ["Hello", " from", " your", " own", " machine", ".", "<think>", "hm", "</think>"];
        let tokens = tokens(&words);
        let id = |token: &str| tokens.iter().position(|known| known == &written(token)).unwrap_or_default();
        let byte = |byte: u8| id_of_byte(&tokens, byte);
        let mut saying = vec![id("\n"), id("Hello"), id(" ")];
        saying.extend("😀".bytes().map(byte));
        saying.extend(words.get(1..6).unwrap_or_default().iter().map(|word| id(word)));
        saying.push(id("<|im_end|>"));
        // Where the prompt ends with a tab, it thinks first.
        let thinking = [id("\t"), id("<think>"), id("hm"), id("</think>"), id("Hello")];
        let hidden = tokens.len().next_multiple_of(32);
        let mut model = Self::random("llama");
        model.config["hidden_size"] = json!(hidden);
        model.config["vocab_size"] = json!(tokens.len());
        model.config["head_dim"] = json!(8);
        model.config["max_position_embeddings"] = json!(1024);
        model.tokens = tokens;
        model.tensors.clear();
        for (name, shape) in model.shapes() {
            let (rows, columns) = (shape.first().copied().unwrap_or(1), shape.get(1).copied().unwrap_or(1));
            let mut values = vec![if name.contains("norm") { 1.0 } else { 0.0 }; rows * columns];
            let mut set = |row: usize, column: usize| {
                if let Some(value) = values.get_mut(row * columns + column) {
                    *value = 1.0;
                }
            };
            match name.as_str() {
                "model.embed_tokens.weight" => (0..rows).for_each(|token| set(token, token)),
                "lm_head.weight" => {
                    for pair in saying.windows(2).chain(thinking.windows(2)) {
                        if let [before, after] = pair {
                            set(*after, *before);
                        }
                    }
                }
                _ => {}
            }
            model.tensors.insert(name, (shape, values));
        }
        model
    }

    fn size(&self, key: &str) -> usize {
        self.config
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or_default()
    }

    fn head_size(&self) -> usize {
        match self.size("head_dim") {
            0 => self.size("hidden_size") / self.size("num_attention_heads").max(1),
            size => size,
        }
    }

    /// The name and shape of every tensor.
    fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, feed, vocabulary) =
            (self.size("hidden_size"), self.size("intermediate_size"), self.size("vocab_size"));
        let queries = self.size("num_attention_heads") * self.head_size();
        let keys = self.size("num_key_value_heads") * self.head_size();
        let mut shapes = vec![
            ("model.embed_tokens.weight".to_owned(), vec![vocabulary, hidden]),
            ("model.norm.weight".to_owned(), vec![hidden]),
            ("lm_head.weight".to_owned(), vec![vocabulary, hidden]),
        ];
        let family = self.config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        for layer in 0..self.size("num_hidden_layers") {
            let mut add =
                |name: &str, shape: Vec<usize>| shapes.push((format!("model.layers.{layer}.{name}"), shape));
            add("input_layernorm.weight", vec![hidden]);
            add("post_attention_layernorm.weight", vec![hidden]);
            for (name, rows) in [("q", queries), ("k", keys), ("v", keys)] {
                add(&format!("self_attn.{name}_proj.weight"), vec![rows, hidden]);
                if family == "qwen2" {
                    add(&format!("self_attn.{name}_proj.bias"), vec![rows]);
                }
                if family == "qwen3" && name != "v" {
                    add(&format!("self_attn.{name}_norm.weight"), vec![self.head_size()]);
                }
            }
            add("self_attn.o_proj.weight", vec![hidden, queries]);
            add("mlp.gate_proj.weight", vec![feed, hidden]);
            add("mlp.up_proj.weight", vec![feed, hidden]);
            add("mlp.down_proj.weight", vec![hidden, feed]);
        }
        shapes
    }

    /// Writes it as a folder with safetensors.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write_folder(&self, folder: &Path) -> Done {
        fs::create_dir_all(folder)?;
        let tensors: BTreeMap<String, Tensor> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| Ok((name.clone(), tensor(shape, values)?)))
            .collect::<candle_core::Result<_>>()?;
        candle_core::safetensors::save(&tensors.into_iter().collect(), folder.join("model.safetensors"))?;
        fs::write(folder.join("config.json"), self.config.to_string())?;
        fs::write(folder.join("tokenizer.json"), self.tokenizer().to_string())?;
        let mut settings = json!({"eos_token": "<|im_end|>"});
        if let Some(template) = &self.template {
            settings["chat_template"] = json!(template);
        }
        fs::write(folder.join("tokenizer_config.json"), settings.to_string())?;
        Ok(())
    }

    /// Writes it as a GGUF file, the tables quantised.
    ///
    /// # Errors
    /// When the disk does not take it, or its sizes do not fit the blocks of the quantisation.
    pub fn write_gguf(&self, path: &Path, tables: GgmlDType) -> Done {
        let tensors: Vec<(String, QTensor)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                let values = self.rows_as_in_gguf(name, shape, values);
                let kind = if shape.len() == 2 { tables } else { GgmlDType::F32 };
                Ok((gguf_name(name), QTensor::quantize(&tensor(shape, &values)?, kind)?))
            })
            .collect::<candle_core::Result<_>>()?;
        let tensors: Vec<(&str, &QTensor)> =
            tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        let metadata = self.metadata();
        let metadata: Vec<(&str, &Gguf)> =
            metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut file = BufWriter::new(fs::File::create(path)?);
        gguf_file::write(&mut file, &metadata, &tensors)?;
        Ok(())
    }

    /// GGUF's metadata.
    pub fn metadata(&self) -> Vec<(String, Gguf)> {
        let family = self.config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let family = if family == "mistral" { "llama" } else { family };
        let count = |key: &str| Gguf::U32(u32::try_from(self.size(key)).unwrap_or_default());
        let text = |text: &str| Gguf::String(text.to_owned());
        let number = |key: &str| self.config.get(key).and_then(Value::as_f64).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "GGUF has these as `f32`")]
        let number = |key: &str| Gguf::F32(number(key) as f32);
        let special = |token: &&String| SPECIAL.contains(&token.as_str());
        let kinds = self.tokens.iter().map(|token| Gguf::I32(if special(&token) { 3 } else { 1 })).collect();
        let end = self.tokens.iter().position(|token| token == "<|im_end|>").unwrap_or_default();
        let head = Gguf::U32(u32::try_from(self.head_size()).unwrap_or_default());
        let mut metadata = vec![
            ("general.architecture".to_owned(), text(family)),
            ("general.name".to_owned(), text("Tiny")),
            (format!("{family}.block_count"), count("num_hidden_layers")),
            (format!("{family}.embedding_length"), count("hidden_size")),
            (format!("{family}.feed_forward_length"), count("intermediate_size")),
            (format!("{family}.attention.head_count"), count("num_attention_heads")),
            (format!("{family}.attention.head_count_kv"), count("num_key_value_heads")),
            (format!("{family}.attention.key_length"), head.clone()),
            (format!("{family}.attention.value_length"), head.clone()),
            (format!("{family}.rope.dimension_count"), head),
            (format!("{family}.context_length"), count("max_position_embeddings")),
            (format!("{family}.attention.layer_norm_rms_epsilon"), number("rms_norm_eps")),
            (format!("{family}.rope.freq_base"), number("rope_theta")),
            ("tokenizer.ggml.model".to_owned(), text("gpt2")),
            ("tokenizer.ggml.pre".to_owned(), text("qwen2")),
            (
                "tokenizer.ggml.tokens".to_owned(),
                Gguf::Array(self.tokens.iter().map(|token| text(token)).collect()),
            ),
            ("tokenizer.ggml.token_type".to_owned(), Gguf::Array(kinds)),
            ("tokenizer.ggml.merges".to_owned(), Gguf::Array(Vec::new())),
            ("tokenizer.ggml.eos_token_id".to_owned(), Gguf::U32(u32::try_from(end).unwrap_or_default())),
        ];
        metadata.extend(
            self.template.as_deref().map(|template| ("tokenizer.chat_template".to_owned(), text(template))),
        );
        metadata
    }

    /// Llama's files have the rows of queries and keys so that the two of a pair are neighbours.
    fn rows_as_in_gguf(&self, name: &str, shape: &[usize], values: &[f32]) -> Vec<f32> {
        let family = self.config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let is_turned = name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight");
        if !is_turned || !matches!(family, "llama" | "mistral") {
            return values.to_vec();
        }
        let (head, columns) = (self.head_size(), shape.get(1).copied().unwrap_or(1));
        let rows = shape.first().copied().unwrap_or_default();
        let from = |row: usize| {
            let (first, within) = (row / head * head, row % head);
            first + within / 2 + (within % 2) * (head / 2)
        };
        let row = |row: usize| values.get(from(row) * columns..(from(row) + 1) * columns).unwrap_or_default();
        (0..rows).flat_map(|number| row(number).to_vec()).collect()
    }

    /// `tokenizer.json`: GPT-2's bytes without any merges.
    pub fn tokenizer(&self) -> Value {
        let vocabulary: BTreeMap<&str, usize> =
            self.tokens.iter().enumerate().map(|(id, token)| (token.as_str(), id)).collect();
        let special = self.tokens.iter().enumerate().filter(|(_, token)| SPECIAL.contains(&token.as_str()));
        let added: Vec<Value> = special
            .map(|(id, token)| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true,
                })
            })
            .collect();
        let bytes =
            json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
        json!({
            "version": "1.0", "added_tokens": added, "normalizer": null, "pre_tokenizer": bytes,
            "post_processor": null, "decoder": bytes,
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": vocabulary, "merges": [],
            },
        })
    }
}

fn tensor(shape: &[usize], values: &[f32]) -> candle_core::Result<Tensor> {
    Tensor::from_slice(values, shape, &Device::Cpu)
}

/// Numbers between -0.5 and 0.5 that depend on the name alone: `SplitMix64` of its FNV-1a hash and a count.
fn noise(name: &str, count: usize) -> impl Iterator<Item = f32> + use<> {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let start = name.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    (1..=count as u64).map(move |number| {
        let mut mixed = start.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
        let share = (mixed >> 40) as f32 / (1_u32 << 24) as f32;
        share - 0.5
    })
}

/// The bytes, the words and the special tokens.
fn tokens(words: &[&str]) -> Vec<String> {
    let bytes = (0..=u8::MAX).map(|byte| byte_letter(byte).to_string());
    let words = words.iter().map(|word| written(word));
    let mut tokens: Vec<String> = bytes.collect();
    for word in words.chain(SPECIAL.map(str::to_owned)) {
        if !tokens.contains(&word) {
            tokens.push(word);
        }
    }
    tokens
}

/// GPT-2's letter for a byte: itself where it can be printed, else one behind the first 256.
fn byte_letter(byte: u8) -> char {
    let printed = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if printed(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|byte| !printed(*byte)).count();
    char::from_u32(256 + u32::try_from(before).unwrap_or_default()).unwrap_or_default()
}

/// A text in those letters; special tokens stay as they are.
fn written(text: &str) -> String {
    if SPECIAL.contains(&text) { text.to_owned() } else { text.bytes().map(byte_letter).collect() }
}

fn id_of_byte(tokens: &[String], byte: u8) -> usize {
    let letter = byte_letter(byte).to_string();
    tokens.iter().position(|token| *token == letter).unwrap_or_default()
}

fn gguf_name(name: &str) -> String {
    let part = |part: &str| match part {
        "input_layernorm" => "attn_norm",
        "post_attention_layernorm" => "ffn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "self_attn.q_norm" => "attn_q_norm",
        "self_attn.k_norm" => "attn_k_norm",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" => "ffn_up",
        _ => "ffn_down",
    };
    match name {
        "model.embed_tokens.weight" => return "token_embd.weight".to_owned(),
        "model.norm.weight" => return "output_norm.weight".to_owned(),
        "lm_head.weight" => return "output.weight".to_owned(),
        "rope_freqs" => return "rope_freqs.weight".to_owned(),
        _ => {}
    }
    let rest = name.strip_prefix("model.layers.").unwrap_or_default();
    let (layer, rest) = rest.split_once('.').unwrap_or_default();
    let (which, kind) = rest.rsplit_once('.').unwrap_or_default();
    format!("blk.{layer}.{}.{kind}", part(which))
}
