//! Files that are broken, cut off, of another kind, or mean no good: each is named with a hint, and nothing panics.

use crate::setup::{ask, on_device, request};
use candle_core::quantized::{GgmlDType, gguf_file, gguf_file::Value};
use inference::{Config, testing::TinyModel};
use llm::LlmErrorKind;
use proptest::prelude::*;
use std::{fs, path::Path};

/// What is wrong with the only model of the folder, and the hint.
fn problem(folder: &Path) -> (String, &'static str) {
    let stock = on_device(folder, Config::default()).stock();
    assert_eq!(stock.models, [], "it is not offered");
    let [unusable] = stock.unusable.as_slice() else { panic!("{:?}", stock.unusable) };
    (unusable.message.replace(&format!("{}/", folder.display()), ""), unusable.hint)
}

#[track_caller]
fn assert_problem(folder: &Path, wanted: &str, hint: &str) {
    let (found, found_hint) = problem(folder);
    assert!(found.contains(wanted), "{found}");
    assert!(found_hint.contains(hint), "{found_hint}");
}

fn gguf(folder: &Path, tables: GgmlDType) -> Vec<u8> {
    let path = folder.join("tiny.gguf");
    TinyModel::random("llama").write_gguf(&path, tables).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn a_file_that_was_not_downloaded_to_its_end_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let whole = gguf(folder.path(), GgmlDType::Q4_0);
    let path = folder.path().join("tiny.gguf");
    fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    let wanted = format!("`tiny.gguf` is broken: it has {} bytes and needs at least", whole.len() - 100);
    assert_problem(folder.path(), &wanted, "download it again");
    fs::write(&path, &whole[..1000]).unwrap();
    assert_problem(folder.path(), "`tiny.gguf` is broken: ", "download it again");
    fs::write(&path, b"<!doctype html>").unwrap();
    assert_problem(folder.path(), "`tiny.gguf` is no GGUF file: it begins with `<!do`", "put GGUF files");
    fs::write(&path, b"").unwrap();
    assert_problem(folder.path(), "is no GGUF file", "put GGUF files");
    fs::write(&path, b"GGUF\x09\0\0\0").unwrap();
    assert_problem(folder.path(), "unsupported magic/version", "download it again");
}

/// A GGUF file with one thing changed in its metadata.
fn changed(folder: &Path, change: impl Fn(&mut Vec<(String, Value)>)) {
    let mut metadata = TinyModel::random("llama").metadata();
    change(&mut metadata);
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut bytes = std::io::Cursor::new(gguf(folder, GgmlDType::F32));
    let content = gguf_file::Content::read(&mut bytes).unwrap();
    let names: Vec<&String> = content.tensor_infos.keys().collect();
    let tensors =
        names.iter().map(|name| content.tensor(&mut bytes, name, &candle_core::Device::Cpu).unwrap());
    let tensors: Vec<_> = tensors.collect();
    let tensors: Vec<_> = names.iter().map(|name| name.as_str()).zip(&tensors).collect();
    let mut file = fs::File::create(folder.join("tiny.gguf")).unwrap();
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
}

fn set(key: &'static str, value: Value) -> impl Fn(&mut Vec<(String, Value)>) {
    move |metadata| {
        metadata.retain(|(known, _)| known != key);
        metadata.push((key.to_owned(), value.clone()));
    }
}

#[test]
fn models_that_cannot_be_run_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        ("general.architecture", Value::String("mamba".into()), "the architecture `mamba`", "Llama, Mistral"),
        ("llama.block_count", Value::U32(0), "layers of `0`", "download it again"),
        ("llama.block_count", Value::U64(u64::MAX), "layers of `18446744073709551615`", "download it again"),
        ("llama.attention.head_count", Value::U32(0), "heads of `0`", "download it again"),
        ("llama.attention.head_count_kv", Value::U32(3), "4 heads cannot share 3 keys", "download it again"),
        ("llama.attention.key_length", Value::U32(7), "values of another size", "Q4_K_M"),
        ("llama.rope.dimension_count", Value::U32(4), "heads turned in part", "Q4_K_M"),
        ("llama.rope.scaling.type", Value::String("yarn".into()), "positions scaled by `yarn`", "Q4_K_M"),
        ("llama.expert_count", Value::U32(8), "a mixture of experts", "Q4_K_M"),
        ("split.count", Value::U16(3), "split into several files", "Q4_K_M"),
        ("general.alignment", Value::U32(0), "is broken", "download it again"),
    ];
    for (key, value, wanted, hint) in rows {
        changed(folder.path(), set(key, value));
        assert_problem(folder.path(), wanted, hint);
    }
    changed(folder.path(), |metadata| metadata.retain(|(key, _)| key != "llama.embedding_length"));
    assert_problem(folder.path(), "its metadata lacks `llama.embedding_length`", "download it again");
}

/// What loading the only model of the folder says: its header is sound.
async fn failure(folder: &Path, name: &str) -> (LlmErrorKind, String) {
    let error = ask(&on_device(folder, Config::default()), request(name, "Hi")).await.unwrap_err();
    (error.kind, error.message.replace(&format!("{}/", folder.display()), ""))
}

#[tokio::test]
async fn what_is_found_while_loading_is_told_to_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let without = |key: &'static str| {
        move |metadata: &mut Vec<(String, Value)>| metadata.retain(|(known, _)| known != key)
    };
    changed(folder.path(), without("tokenizer.ggml.tokens"));
    let (kind, message) = failure(folder.path(), "tiny").await;
    assert_eq!(kind, LlmErrorKind::NotFound);
    assert!(
        message.contains("`tiny.gguf` has no tokenizer") && message.contains("NAME.tokenizer.json"),
        "{message}"
    );
    // With the tokenizer beside it, it can be asked.
    let tokenizer = TinyModel::random("llama").tokenizer().to_string();
    fs::write(folder.path().join("tiny.tokenizer.json"), tokenizer).unwrap();
    let mut short = request("tiny", "Hi");
    short.parameters.max_output_tokens = Some(3);
    ask(&on_device(folder.path(), Config::default()), short).await.unwrap();
    fs::write(folder.path().join("tiny.tokenizer.json"), "{}").unwrap();
    assert!(failure(folder.path(), "tiny").await.1.contains("its tokenizer: "));
    fs::remove_file(folder.path().join("tiny.tokenizer.json")).unwrap();

    let rows = [
        ("tokenizer.ggml.model", Value::String("bert".into()), "a tokenizer of the kind `bert`"),
        ("tokenizer.ggml.pre", Value::String("unheard-of".into()), "text cut in the way `unheard-of`"),
        ("tokenizer.chat_template", Value::String("{% for %}".into()), "its chat template: "),
        ("llama.block_count", Value::U32(3), "the tensor `blk.2.attn_norm.weight` is missing"),
        (
            "llama.feed_forward_length",
            Value::U32(65),
            "the tensor `blk.0.ffn_gate.weight` is [64, 32] and should be [65, 32]",
        ),
    ];
    for (key, value, wanted) in rows {
        changed(folder.path(), set(key, value));
        let (kind, message) = failure(folder.path(), "tiny").await;
        assert_eq!(kind, LlmErrorKind::NotFound, "{message}");
        assert!(message.contains(wanted), "{message}");
    }
    // A tokenizer that knows more tokens than the model.
    changed(folder.path(), |metadata| {
        for (key, value) in metadata {
            let first = match key.as_str() {
                "tokenizer.ggml.tokens" => ["one", "two", "three"].map(|token| Value::String(token.into())),
                "tokenizer.ggml.token_type" => [1; 3].map(Value::I32),
                _ => continue,
            };
            if let Value::Array(values) = value {
                values.splice(0..0, first);
            }
        }
    });
    let (kind, message) = failure(folder.path(), "tiny").await;
    assert_eq!(kind, LlmErrorKind::Server);
    assert!(message.contains("the tokenizer knows a token"), "{message}");
}

#[tokio::test]
async fn folders_that_lack_something_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let write = || TinyModel::random("llama").write_folder(&path).unwrap();
    write();
    fs::write(path.join("config.json"), "{").unwrap();
    assert_problem(folder.path(), "`model/config.json` is broken: ", "download it again");
    fs::write(path.join("config.json"), "{\"model_type\": \"gpt2\"}").unwrap();
    assert_problem(folder.path(), "the architecture `gpt2`", "Llama, Mistral");
    write();
    let weights = path.join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() - 1]).unwrap();
    assert_problem(folder.path(), "ends within the tensor", "download it again");
    fs::write(&weights, [0xff; 8]).unwrap();
    assert_problem(
        folder.path(),
        "a header of 18446744073709551615 bytes in a file of 8",
        "download it again",
    );
    fs::write(&weights, b"abc").unwrap();
    assert_problem(folder.path(), "it has only 3 bytes", "download it again");
    let header = br#"{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#;
    fs::write(&weights, [&(header.len() as u64).to_le_bytes(), header.as_slice(), b"x"].concat()).unwrap();
    assert_problem(folder.path(), "the tensor `a` has the type `I8`", "download it again");
    let header = br#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,1]}}"#;
    fs::write(&weights, [&(header.len() as u64).to_le_bytes(), header.as_slice(), b"x"].concat()).unwrap();
    assert_problem(folder.path(), "the tensor `a` is [4294967296", "download it again");
    write();
    fs::remove_file(path.join("tokenizer.json")).unwrap();
    let (kind, message) = failure(folder.path(), "model").await;
    assert_eq!(kind, LlmErrorKind::NotFound);
    assert!(message.contains("has no tokenizer: it lacks `tokenizer.json`"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_flipped_byte_makes_it_panic(at in 0_usize..4000, byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = gguf(folder.path(), GgmlDType::Q4_0);
        bytes[at] = byte;
        fs::write(folder.path().join("tiny.gguf"), bytes).unwrap();
        let stock = on_device(folder.path(), Config::default()).stock();
        prop_assert_eq!(stock.models.len() + stock.unusable.len(), 1);
    }
}
