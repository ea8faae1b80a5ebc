//! The scores of small random models against those of the transformers library (`tests/reference/make.py`), in
//! both kinds of files, read at once and in pieces.

use super::Model;
use crate::{files, testing::TinyModel};
use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor},
};
use serde_json::{Value, json};
use std::path::PathBuf;

struct Reference {
    tokens: Vec<u32>,
    rows: Vec<usize>,
    logits: Value,
}

fn reference() -> Reference {
    let all: Value = serde_json::from_str(include_str!("../../tests/reference/logits.json")).unwrap();
    Reference {
        tokens: serde_json::from_value(all["tokens"].clone()).unwrap(),
        rows: serde_json::from_value(all["rows"].clone()).unwrap(),
        logits: all["logits"].clone(),
    }
}

/// The models of the reference; positions may be scaled in the old place of a configuration or in the new one.
fn models() -> Vec<(&'static str, TinyModel)> {
    let mut scaled = TinyModel::random("llama");
    scaled.config["rope_scaling"] = json!({
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    });
    let mut evenly = TinyModel::random("llama");
    evenly.config["rope_theta"] = Value::Null;
    evenly.config["rope_parameters"] = json!({"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0});
    vec![
        ("llama", TinyModel::random("llama")),
        ("llama, scaled as 3.1", scaled),
        ("llama, scaled evenly", evenly),
        ("mistral", TinyModel::random("mistral")),
        ("qwen2", TinyModel::random("qwen2")),
        ("qwen3", TinyModel::random("qwen3")),
    ]
}

/// Writes the model into a folder of its own and reads it as a folder (`None`) or a GGUF file.
fn load(model: &TinyModel, tables: Option<GgmlDType>) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(if tables.is_some() { "tiny.gguf" } else { "tiny" });
    match tables {
        Some(tables) => model.write_gguf(&path, tables).unwrap(),
        None => model.write_folder(&path).unwrap(),
    }
    let mut files = files::open(&path).unwrap();
    Model::read(files.as_mut(), 64).unwrap()
}

fn row(reference: &Reference, name: &str, number: usize) -> Vec<f32> {
    serde_json::from_value(reference.logits[name][number].clone()).unwrap()
}

#[track_caller]
fn assert_close(found: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let worst = found.iter().zip(wanted).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-3, "{what}: off by {worst}");
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[test]
fn folders_score_as_the_reference_does() {
    let reference = reference();
    for (name, model) in models() {
        for (number, last) in reference.rows.iter().enumerate() {
            let mut loaded = load(&model, None);
            let scores = loaded.read_on(&reference.tokens[..=*last]).unwrap();
            assert_close(&scores, &row(&reference, name, number), name);
        }
    }
}

#[test]
fn gguf_files_score_as_the_reference_does() {
    let reference = reference();
    // GGUF has Llama 3.1's scaling as a tensor; that is the next test.
    for (name, model) in models().into_iter().filter(|(name, _)| !name.contains("scaled")) {
        for tables in [GgmlDType::F32, GgmlDType::F16] {
            let scores = load(&model, Some(tables)).read_on(&reference.tokens).unwrap();
            if tables == GgmlDType::F32 {
                assert_close(&scores, &row(&reference, name, 1), name);
            }
            assert!(cosine(&scores, &row(&reference, name, 1)) > 0.9999, "{name} {tables:?}");
        }
        let scores = load(&model, Some(GgmlDType::Q8_0)).read_on(&reference.tokens).unwrap();
        assert!(cosine(&scores, &row(&reference, name, 1)) > 0.995, "{name} in eight bits");
    }
}

/// The model with the numbers that its quantised tables stand for.
fn as_quantised(model: &TinyModel, kind: GgmlDType) -> TinyModel {
    let mut rounded = model.clone();
    for (shape, values) in rounded.tensors.values_mut().filter(|(shape, _)| shape.len() == 2) {
        let table = Tensor::from_slice(values, shape.as_slice(), &Device::Cpu).unwrap();
        let table = QTensor::quantize(&table, kind).unwrap().dequantize(&Device::Cpu).unwrap();
        *values = table.flatten_all().unwrap().to_vec1().unwrap();
    }
    rounded
}

#[test]
fn quantised_tables_multiply_as_the_numbers_they_stand_for() {
    let model = TinyModel::sized("qwen2", 256, 256);
    let tokens = reference().tokens;
    let kinds = [
        GgmlDType::Q8_0,
        GgmlDType::Q6K,
        GgmlDType::Q5K,
        GgmlDType::Q5_1,
        GgmlDType::Q5_0,
        GgmlDType::Q4K,
        GgmlDType::Q4_1,
        GgmlDType::Q4_0,
        GgmlDType::Q3K,
        GgmlDType::Q2K,
    ];
    for kind in kinds {
        let wanted = load(&as_quantised(&model, kind), None).read_on(&tokens).unwrap();
        let mut loaded = load(&model, Some(kind));
        let found = cosine(&loaded.read_on(&tokens).unwrap(), &wanted);
        assert!(found > 0.995, "{kind:?}: {found}");
        loaded.forget();
        let mut one_by_one = Vec::new();
        for token in &tokens {
            one_by_one = loaded.read_on(std::slice::from_ref(token)).unwrap();
        }
        let found = cosine(&one_by_one, &wanted);
        assert!(found > 0.995, "{kind:?}, token by token: {found}");
    }
}

#[test]
fn a_table_of_divisors_is_llamas_scaling() {
    let reference = reference();
    let (name, mut model) = models().swap_remove(1);
    let scaling =
        crate::architecture::Scaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original_context: 32.0 };
    let frequencies =
        |scaling| crate::architecture::Rotation { base: 10_000.0, scaling, neighbours: false }.frequencies(8);
    let plain = frequencies(crate::architecture::Scaling::None);
    let divisors = plain.iter().zip(frequencies(scaling)).map(|(plain, scaled)| plain / scaled).collect();
    model.tensors.insert("rope_freqs".to_owned(), (vec![4], divisors));
    let scores = load(&model, Some(GgmlDType::F32)).read_on(&reference.tokens).unwrap();
    assert_close(&scores, &row(&reference, name, 1), name);
}

#[test]
fn reading_in_pieces_and_going_back_changes_nothing() {
    let reference = reference();
    for (name, model) in models() {
        let wanted = row(&reference, name, 1);
        let mut loaded = load(&model, None);
        let mut one_by_one = Vec::new();
        for token in &reference.tokens {
            one_by_one = loaded.read_on(std::slice::from_ref(token)).unwrap();
        }
        assert_close(&one_by_one, &wanted, name);
        loaded.keep(5);
        loaded.read_on(&[1, 2, 3]).unwrap();
        loaded.keep(5);
        loaded.read_on(&reference.tokens[5..9]).unwrap();
        let scores = loaded.read_on(&reference.tokens[9..]).unwrap();
        assert_close(&scores, &wanted, name);
        loaded.forget();
        let scores = loaded.read_on(&reference.tokens).unwrap();
        assert_close(&scores, &wanted, name);
    }
}

#[test]
fn memory_grows_with_the_conversation_up_to_the_context() {
    let mut model = TinyModel::random("qwen2");
    model.config["max_position_embeddings"] = json!(1000);
    let folder = tempfile::tempdir().unwrap();
    model.write_folder(folder.path()).unwrap();
    let mut files = files::open(folder.path()).unwrap();
    let mut loaded = Model::read(files.as_mut(), 600).unwrap();
    assert_eq!(loaded.context(), 600);
    let tokens: Vec<u32> = (0..600).map(|number| number * 7 % 250).collect();
    let mut in_pieces = Vec::new();
    for piece in tokens.chunks(100) {
        in_pieces = loaded.read_on(piece).unwrap();
    }
    assert!(loaded.read_on(&[1]).is_err(), "the context is full");
    loaded.forget();
    assert_close(&loaded.read_on(&tokens).unwrap(), &in_pieces, "600 tokens");
    loaded.keep(1);
    assert!(loaded.read_on(&[]).is_err() && loaded.read_on(&[9999]).is_err());
}
