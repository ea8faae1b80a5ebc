//! A small sentence encoder made on the spot.

use super::{Done, noise, tensor};
use candle_core::Tensor;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

/// What the tokenizer knows besides single letters.
const WORDS: [&str; 12] =
    ["the", "dragon", "##s", "fire", "##ball", "burn", "##ing", "cold", "ice", "a", "of", "cave"];

/// A sentence encoder that is not written yet.
#[derive(Debug, Clone)]
pub struct TinyEncoder {
    /// `config.json`.
    pub config: Value,
    /// `sentence_bert_config.json`.
    pub limits: Value,
    /// `1_Pooling/config.json`.
    pub pooling: Value,
    /// `config_sentence_transformers.json`.
    pub asked: Value,
    /// The tensors, by their published names.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl TinyEncoder {
    /// A BERT with random weights, the same each time: two layers of 32 numbers, four heads, 24 tokens of context.
    pub fn random() -> Self {
        let config = json!({
            "model_type": "bert", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4, "vocab_size": vocabulary().len(), "max_position_embeddings": 40,
            "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
        });
        let mut model = Self {
            limits: json!({ "max_seq_length": 24, "do_lower_case": false }),
            pooling: json!({ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false }),
            asked: json!({}),
            tensors: BTreeMap::new(),
            config,
        };
        for (name, shape) in shapes() {
            let middle = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
            let values = noise(&name, shape.iter().product()).map(|noise| middle + 0.8 * noise).collect();
            model.tensors.insert(name, (shape, values));
        }
        model
    }

    /// Writes it as a folder with safetensors.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn write_folder(&self, folder: &Path) -> Done {
        fs::create_dir_all(folder.join("1_Pooling"))?;
        let mut tensors: BTreeMap<String, Tensor> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| Ok((name.clone(), tensor(shape, values)?)))
            .collect::<candle_core::Result<_>>()?;
        // Published files have such a table of whole numbers.
        let positions = Tensor::arange(0_i64, 40, &candle_core::Device::Cpu)?;
        tensors.insert("embeddings.position_ids".to_owned(), positions);
        candle_core::safetensors::save(&tensors.into_iter().collect(), folder.join("model.safetensors"))?;
        for (file, content) in [
            ("config.json", &self.config),
            ("sentence_bert_config.json", &self.limits),
            ("1_Pooling/config.json", &self.pooling),
            ("config_sentence_transformers.json", &self.asked),
            ("tokenizer.json", &tokenizer()),
        ] {
            fs::write(folder.join(file), content.to_string())?;
        }
        Ok(())
    }
}

fn shapes() -> Vec<(String, Vec<usize>)> {
    let (hidden, feed_forward) = (32, 64);
    let mut shapes = Vec::new();
    let mut add = |name: String, shape: &[usize]| shapes.push((name, shape.to_vec()));
    for (table, rows) in [("word", vocabulary().len()), ("position", 40), ("token_type", 2)] {
        add(format!("embeddings.{table}_embeddings.weight"), &[rows, hidden]);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..2 {
        let at = format!("encoder.layer.{layer}");
        for (part, rows, columns) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", feed_forward, hidden),
            ("output.dense", hidden, feed_forward),
        ] {
            add(format!("{at}.{part}.weight"), &[rows, columns]);
            add(format!("{at}.{part}.bias"), &[rows]);
        }
        norms.extend([format!("{at}.attention.output.LayerNorm"), format!("{at}.output.LayerNorm")]);
    }
    for norm in norms {
        add(format!("{norm}.weight"), &[hidden]);
        add(format!("{norm}.bias"), &[hidden]);
    }
    shapes
}

/// Marks, letters at the beginning of a word and within, and some words.
fn vocabulary() -> Vec<String> {
    let marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ","].map(str::to_owned);
    let letters = ('a'..='z').flat_map(|letter| [letter.to_string(), format!("##{letter}")]);
    marks
        .into_iter()
        .chain(letters)
        .chain(WORDS.iter().filter(|word| word.len() > 1).map(|word| (*word).to_owned()))
        .fold(Vec::new(), |mut all, token| {
            if !all.contains(&token) {
                all.push(token);
            }
            all
        })
}

/// `tokenizer.json`; like published ones it fills every text up to a length, which nobody wants here.
fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        vocabulary().into_iter().enumerate().map(|(id, token)| (token, json!(id))).collect();
    let special = |id: usize, content: &str| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let mark = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let named = |id: usize, token: &str| json!({"id": token, "ids": [id], "tokens": [token]});
    json!({
        "version": "1.0",
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[PAD]",
        },
        "added_tokens": [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]"), special(4, "[MASK]")],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, mark("[SEP]")],
            "pair": [mark("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, mark("[SEP]"),
                     {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {"[CLS]": named(2, "[CLS]"), "[SEP]": named(3, "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    })
}
