//! What a GGUF file has of a tokenizer, made into a `tokenizer.json`.

use serde_json::{Value, json};
use std::collections::HashMap;

/// The lists of a GGUF file's metadata.
pub(crate) struct Vocabulary<'a> {
    /// `gpt2` for pairs of bytes, `llama` for scored pieces of text.
    pub(crate) model: &'a str,
    /// How text is cut before pairs are joined.
    pub(crate) splitting: &'a str,
    pub(crate) tokens: Vec<&'a str>,
    pub(crate) kinds: Vec<u64>,
    pub(crate) scores: Vec<f32>,
    pub(crate) merges: Vec<&'a str>,
    pub(crate) unknown: Option<u32>,
    /// Whether a space is put before a text.
    pub(crate) add_space: bool,
}

/// Values of `tokenizer.ggml.token_type`.
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;

/// What pieces have for a space.
const SPACE: &str = "\u{2581}";

/// Words with up to three digits at a time, as Llama 3 cuts them.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with single digits, as Qwen2 does.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// By upper and lower case besides, as Mistral's Tekken does.
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl Vocabulary<'_> {
    /// The `tokenizer.json`; what it needs and nobody here knows is the error.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, String> {
        let value = match self.model {
            "gpt2" => self.pairs()?,
            "llama" => self.pieces(),
            other => return Err(format!("a tokenizer of the kind `{other}`")),
        };
        Ok(value.to_string().into_bytes())
    }

    fn ids(&self) -> HashMap<&str, u32> {
        self.tokens.iter().copied().zip(0_u32..).collect()
    }

    /// Byte pairs: GPT-2's alphabet of printable characters for bytes, merged by rank.
    fn pairs(&self) -> Result<Value, String> {
        let cut = |pattern: &str| {
            json!({"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false},
                {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
            ]})
        };
        let plain =
            json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
        let (cutting, whole_words) = match self.splitting {
            "llama-bpe" | "llama3" | "llama-v3" | "smaug-bpe" | "dbrx" => (cut(LLAMA3), true),
            "qwen2" | "deepseek-r1-qwen" | "stablelm2" | "megrez" => (cut(QWEN2), false),
            "tekken" => (cut(TEKKEN), true),
            "smollm" | "starcoder" | "refact" | "command-r" => {
                let digits = json!({"type": "Digits", "individual_digits": true});
                (json!({"type": "Sequence", "pretokenizers": [digits, plain]}), false)
            }
            "default" | "gpt-2" | "gpt2" | "olmo" | "phi-2" | "jina-en" => (plain, false),
            other => return Err(format!("text cut in the way `{other}`")),
        };
        let merges: Vec<(&str, &str)> =
            self.merges.iter().filter_map(|merge| merge.split_once(' ')).collect();
        let composed = matches!(self.splitting, "qwen2" | "deepseek-r1-qwen");
        Ok(json!({
            "version": "1.0",
            "added_tokens": self.added(),
            "normalizer": if composed { json!({"type": "NFC"}) } else { Value::Null },
            "pre_tokenizer": cutting,
            "post_processor": null,
            "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": whole_words, "vocab": self.ids(), "merges": merges,
            },
        }))
    }

    /// SentencePiece's: of two neighbours those are joined first whose piece has the best score.
    fn pieces(&self) -> Value {
        let ids = self.ids();
        let score = |id: u32| self.scores.get(id as usize).copied().unwrap_or_default();
        let mut merges: Vec<(f32, u32, &str, &str)> = Vec::new();
        for (piece, id) in self.tokens.iter().copied().zip(0_u32..) {
            let cuts = piece.char_indices().skip(1).map(|(at, _)| piece.split_at(at));
            let known = cuts.filter(|(left, right)| ids.contains_key(left) && ids.contains_key(right));
            merges.extend(known.map(|(left, right)| (score(id), id, left, right)));
        }
        merges.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let merges: Vec<(&str, &str)> = merges.into_iter().map(|(_, _, left, right)| (left, right)).collect();
        let replace =
            |from: &str, to: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": to});
        let mut normalizers = vec![replace(" ", SPACE)];
        let mut decoders =
            vec![replace(SPACE, " "), json!({"type": "ByteFallback"}), json!({"type": "Fuse"})];
        if self.add_space {
            normalizers.insert(0, json!({"type": "Prepend", "prepend": SPACE}));
            decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
        }
        let unknown = self.unknown.and_then(|id| self.tokens.get(id as usize));
        json!({
            "version": "1.0",
            "added_tokens": self.added(),
            "normalizer": {"type": "Sequence", "normalizers": normalizers},
            "pre_tokenizer": null,
            "post_processor": null,
            "decoder": {"type": "Sequence", "decoders": decoders},
            "model": {
                "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
                "vocab": ids, "merges": merges,
            },
        })
    }

    /// The tokens that stand for themselves wherever they are written.
    fn added(&self) -> Vec<Value> {
        let kinds = self.tokens.iter().zip(0_u32..).zip(&self.kinds);
        let added = kinds.filter(|(_, kind)| matches!(**kind, CONTROL | USER_DEFINED));
        let token = |((text, id), kind): ((&&str, u32), &u64)| {
            json!({
                "id": id, "content": text, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": *kind == CONTROL,
            })
        };
        added.map(token).collect()
    }
}
