//! The vectors of a small random encoder, and of a published one where it is at hand, against those of numpy
//! (`tests/reference/embeddings.py`).

use super::{Encoder, Purpose, STEP_TOKENS, steps};
use crate::testing::TinyEncoder;
use serde_json::{Value, json};
use std::path::Path;

/// Names the folder of `all-MiniLM-L6-v2` where its test is to run.
const REAL_MODEL: &str = "FAMILIAR_TEST_EMBEDDER";

struct Reference {
    texts: Vec<String>,
    tokens: u64,
    all: Value,
}

fn reference(json: &str) -> Reference {
    let all: Value = serde_json::from_str(json).unwrap();
    let tokens: Vec<u64> = serde_json::from_value(all["tokens"].clone()).unwrap();
    let texts = serde_json::from_value(all["texts"].clone()).unwrap();
    Reference { texts, tokens: tokens.iter().sum(), all }
}

fn encode(encoder: &Encoder, texts: &[String], purpose: Purpose) -> (Vec<Vec<f32>>, u64) {
    let mut work = encoder.begin(texts, purpose).unwrap();
    while !work.is_done() {
        encoder.go_on(&mut work).unwrap();
    }
    let tokens = work.tokens();
    (work.into_vectors(), tokens)
}

fn check(folder: &Path, reference: &Reference, form: &str) {
    let encoder = Encoder::load(folder).unwrap();
    let (vectors, tokens) = encode(&encoder, &reference.texts, Purpose::Any);
    assert_eq!(tokens, reference.tokens);
    let wanted: Vec<Vec<f64>> = serde_json::from_value(reference.all[form].clone()).unwrap();
    assert_eq!(vectors.len(), wanted.len());
    for ((vector, wanted), text) in vectors.iter().zip(&wanted).zip(&reference.texts) {
        assert_eq!(vector.len(), wanted.len());
        let pairs = || vector.iter().map(|value| f64::from(*value)).zip(wanted);
        let cosine: f64 = pairs().map(|(value, wanted)| value * wanted).sum();
        let farthest = pairs().map(|(value, wanted)| (value - wanted).abs()).fold(0.0, f64::max);
        assert!((cosine - 1.0).abs() < 1e-5 && farthest < 1e-4, "{form}, `{text}`: {cosine}, {farthest}");
    }
}

#[test]
fn vectors_are_those_of_the_reference() {
    let reference = reference(include_str!("../../tests/reference/embeddings.json"));
    let mut model = TinyEncoder::random();
    let folder = tempfile::tempdir().unwrap();
    model.write_folder(folder.path()).unwrap();
    check(folder.path(), &reference, "mean");
    model.pooling = json!({ "pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true });
    let tensors = std::mem::take(&mut model.tensors);
    model.tensors = tensors.into_iter().map(|(name, tensor)| (format!("bert.{name}"), tensor)).collect();
    let folder = tempfile::tempdir().unwrap();
    model.write_folder(folder.path()).unwrap();
    check(folder.path(), &reference, "first");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "no configuration is at work in tests")]
fn vectors_of_minilm_are_those_of_the_reference() {
    let Ok(folder) = std::env::var(REAL_MODEL) else { return };
    let reference = reference(include_str!("../../tests/reference/embeddings-minilm.json"));
    check(Path::new(&folder), &reference, "mean");
}

#[test]
fn company_changes_no_vector_and_prompts_do() {
    let mut model = TinyEncoder::random();
    model.asked = json!({ "prompts": { "query": "fire ", "document": "ice " } });
    let folder = tempfile::tempdir().unwrap();
    model.write_folder(folder.path()).unwrap();
    let encoder = Encoder::load(folder.path()).unwrap();
    let texts: Vec<String> = (0..60).map(|count| "dragon cave ".repeat(count % 13)).collect();
    let (together, _) = encode(&encoder, &texts, Purpose::Any);
    for (text, vector) in texts.iter().zip(&together) {
        let (alone, _) = encode(&encoder, std::slice::from_ref(text), Purpose::Any);
        let farthest =
            alone[0].iter().zip(vector).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(farthest < 1e-5, "`{text}` {farthest}");
    }
    let cave = || vec!["cave".to_owned()];
    let (query, _) = encode(&encoder, &cave(), Purpose::Query);
    let (passage, _) = encode(&encoder, &cave(), Purpose::Passage);
    assert_eq!(query, encode(&encoder, &["fire cave".to_owned()], Purpose::Any).0);
    assert_eq!(passage, encode(&encoder, &["ice cave".to_owned()], Purpose::Any).0);
    assert_eq!(encode(&encoder, &[], Purpose::Any).0, Vec::<Vec<f32>>::new());
}

#[test]
fn steps_hold_texts_of_about_one_length() {
    let tokens: Vec<Vec<u32>> = [300, 10, 250, 240, 700, 200].iter().map(|length| vec![0; *length]).collect();
    let cut = steps(&tokens);
    assert_eq!(cut, [vec![4], vec![0], vec![2, 3], vec![5, 1]]);
    for step in &cut {
        let all: usize = step.iter().map(|text| tokens[*text].len()).sum();
        assert!(all <= STEP_TOKENS || step.len() == 1);
    }
}
