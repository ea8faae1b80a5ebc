//! Vectors made on this machine, asked for through the port.

use crate::setup::{ask, on_device, request};
use base::SystemClock;
use futures::future::join_all;
use inference::{
    Config, OnDevice,
    testing::{TinyEncoder, TinyModel},
};
use llm::{Capability, ChatModel, Embedder, EmbeddingRequest, LlmErrorKind};
use serde_json::json;
use std::{fs, sync::Arc};

/// A name, what is changed, and what is said about it.
type Case = (&'static str, fn(&mut TinyEncoder), &'static str);

fn texts(model: &str, inputs: &[&str]) -> EmbeddingRequest {
    EmbeddingRequest {
        model: model.to_owned(),
        inputs: inputs.iter().map(|text| (*text).to_owned()).collect(),
        ..EmbeddingRequest::default()
    }
}

#[tokio::test]
async fn a_folder_with_an_encoder_makes_vectors() {
    let folder = tempfile::tempdir().unwrap();
    TinyEncoder::random().write_folder(&folder.path().join("tiny")).unwrap();
    let models = on_device(folder.path(), Config::default());
    let stock = models.stock();
    assert_eq!(stock.unusable, []);
    let spec = &stock.models[0];
    assert_eq!((spec.id().as_str(), spec.context_window), ("on-device/tiny", None));
    assert_eq!(spec.capabilities, [Capability::Embeddings]);
    assert_eq!(models.in_memory(), 0, "nothing is in memory before somebody asks");

    let reply = models.embed(texts("tiny", &["the dragons", "", "fireball"])).await.unwrap();
    assert_eq!((reply.model.as_str(), reply.vectors.len()), ("tiny", 3));
    assert_eq!(reply.usage.input, 5 + 2 + 4);
    for vector in &reply.vectors {
        let length: f32 = vector.iter().map(|value| value * value).sum();
        assert!(vector.len() == 32 && (length - 1.0).abs() < 1e-5, "{length}");
    }
    assert_eq!(models.in_memory(), 1);
    assert!(models.embedder().is_some());

    let unlike = EmbeddingRequest { dimensions: Some(16), ..texts("tiny", &["a"]) };
    assert_eq!(models.embed(unlike).await.unwrap_err().kind, LlmErrorKind::BadRequest);
    let alike = EmbeddingRequest { dimensions: Some(32), ..texts("tiny", &["a"]) };
    assert!(models.embed(alike).await.is_ok());
    assert_eq!(models.embed(texts("other", &["a"])).await.unwrap_err().kind, LlmErrorKind::NotFound);
    assert_eq!(models.embed(texts("tiny", &[])).await.unwrap().vectors.len(), 0);
}

#[tokio::test]
async fn encoders_hold_no_conversations_and_the_others_make_no_vectors() {
    let folder = tempfile::tempdir().unwrap();
    TinyEncoder::random().write_folder(&folder.path().join("encoder")).unwrap();
    TinyModel::random("llama").write_folder(&folder.path().join("speaker")).unwrap();
    let models = on_device(folder.path(), Config::default());
    for _ in 0..2 {
        let refused = ask(&models, request("encoder", "hello")).await.unwrap_err();
        assert_eq!(refused.kind, LlmErrorKind::BadRequest);
        assert!(refused.message.contains("holds no conversations"), "{}", refused.message);
        let refused = models.embed(texts("speaker", &["hello"])).await.unwrap_err();
        assert!(refused.message.contains("makes no vectors"), "{}", refused.message);
        assert!(models.embed(texts("encoder", &["hello"])).await.is_ok(), "it still works");
    }
}

#[tokio::test]
async fn many_ask_at_once_and_each_gets_its_own() {
    let folder = tempfile::tempdir().unwrap();
    TinyEncoder::random().write_folder(&folder.path().join("tiny")).unwrap();
    let models = OnDevice::new(Config::default(), folder.path().to_owned(), Arc::new(SystemClock::default()));
    models.look();
    let long: Vec<String> = (0..400).map(|count| format!("dragon {}", "fire ".repeat(count % 20))).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let (book, questions) = tokio::join!(
        models.embed(texts("tiny", &long)),
        join_all((0..20).map(|_| models.embed(texts("tiny", &["dragon fire fire "])))),
    );
    let book = book.unwrap();
    assert_eq!(book.vectors.len(), long.len());
    for question in questions {
        let vector = question.unwrap().vectors.remove(0);
        let same = vector.iter().zip(&book.vectors[2]).all(|(one, other)| (one - other).abs() < 1e-5);
        assert!(same, "a question has the vector of the same text in the book");
    }
}

#[test]
fn what_cannot_be_run_says_why() {
    let cases: [Case; 7] = [
        ("activation", |model| model.config["hidden_act"] = json!("relu"), "the activation `relu`"),
        (
            "heads",
            |model| model.config["num_attention_heads"] = json!(5),
            "5 heads share a hidden size of 32",
        ),
        ("nothing", |model| model.config["hidden_size"] = json!(0), "its hidden size is 0"),
        ("short", |model| model.limits["max_seq_length"] = json!(2), "it reads 2 tokens"),
        (
            "positions",
            |model| model.config["position_embedding_type"] = json!("relative_key"),
            "positions of the kind `relative_key`",
        ),
        ("pooling", |model| model.pooling = json!({ "pooling_mode_max_tokens": true }), "the pooling"),
        ("words", |model| model.config["quantization_config"] = json!({ "bits": 4 }), "quantised weights"),
    ];
    for (name, change, why) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut model = TinyEncoder::random();
        change(&mut model);
        model.write_folder(&folder.path().join(name)).unwrap();
        let stock = on_device(folder.path(), Config::default()).stock();
        assert_eq!(stock.models, []);
        assert!(stock.unusable[0].message.contains(why), "{}", stock.unusable[0].message);
    }
}

#[tokio::test]
async fn a_broken_encoder_answers_with_its_reason() {
    let cases: [Case; 3] = [
        ("missing", |model| drop(model.tensors.remove("encoder.layer.1.output.dense.weight")), "is missing"),
        ("larger", |model| model.config["vocab_size"] = json!(9), "and should be"),
        (
            "endless",
            |model| {
                let row = model.tensors.get_mut("encoder.layer.1.output.dense.bias").unwrap();
                row.1.fill(f32::NAN);
            },
            "computes no numbers",
        ),
    ];
    for (name, change, why) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut model = TinyEncoder::random();
        change(&mut model);
        model.write_folder(&folder.path().join(name)).unwrap();
        let models = on_device(folder.path(), Config::default());
        let told = models.embed(texts(name, &["a dragon"])).await.unwrap_err();
        assert!(told.message.contains(why), "{}", told.message);
    }
    let folder = tempfile::tempdir().unwrap();
    TinyEncoder::random().write_folder(&folder.path().join("mute")).unwrap();
    fs::remove_file(folder.path().join("mute/tokenizer.json")).unwrap();
    let models = on_device(folder.path(), Config::default());
    let told = models.embed(texts("mute", &["a dragon"])).await.unwrap_err();
    assert!(told.message.contains("has no tokenizer"), "{}", told.message);
}
