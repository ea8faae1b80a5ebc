//! Models that are asked: loaded on first use, one queue each, given back, and let go of.

use crate::setup::{ask, on_device, request};
use candle_core::quantized::GgmlDType;
use futures::StreamExt;
use inference::{
    Config,
    testing::{SAYING, TinyModel},
};
use llm::{ChatModel, LlmErrorKind, Part, StopReason, ToolSpec};
use std::time::Duration;

/// Waits until it is so.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}

#[tokio::test]
async fn a_model_is_loaded_when_asked_and_given_back_when_nobody_asks() {
    let folder = tempfile::tempdir().unwrap();
    TinyModel::that_says().write_gguf(&folder.path().join("says.gguf"), GgmlDType::Q8_0).unwrap();
    let on_device = on_device(folder.path(), Config { idle_seconds: 0, ..Config::default() });
    assert_eq!(on_device.in_memory(), 0);
    let reply = ask(&on_device, request("says", "Hi")).await.unwrap();
    assert_eq!(reply.parts, [Part::text(SAYING)]);
    assert_eq!(reply.stop, Some(StopReason::EndTurn));
    assert_eq!(reply.usage.map(|usage| (usage.total_input(), usage.output)), Some((21, 12)));
    until(|| on_device.in_memory() == 0).await;
    assert_eq!(ask(&on_device, request("says", "Hi")).await.unwrap().parts, [Part::text(SAYING)]);
}

#[tokio::test]
async fn many_callers_and_several_models_get_their_answers() {
    let folder = tempfile::tempdir().unwrap();
    TinyModel::that_says().write_gguf(&folder.path().join("says.gguf"), GgmlDType::F32).unwrap();
    TinyModel::that_says().write_folder(&folder.path().join("folder")).unwrap();
    let on_device = on_device(folder.path(), Config { queue_length: 100, ..Config::default() });
    let names = ["says", "folder"].into_iter().cycle().take(30);
    let replies = futures::future::join_all(names.map(|name| ask(&on_device, request(name, "Hi")))).await;
    for reply in replies {
        assert_eq!(reply.unwrap().parts, [Part::text(SAYING)]);
    }
    assert_eq!(on_device.in_memory(), 2);
    on_device.close();
    assert_eq!(on_device.in_memory(), 0);
}

#[tokio::test]
async fn a_full_queue_and_an_unknown_model_are_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut slow = TinyModel::random("llama");
    slow.config["max_position_embeddings"] = 100_000.into();
    slow.write_folder(&folder.path().join("slow")).unwrap();
    let config = Config { queue_length: 1, context_tokens: 100_000, ..Config::default() };
    let on_device = on_device(folder.path(), config);
    let mut endless = on_device.stream(request("slow", "Hi")).await.unwrap();
    endless.next().await.unwrap().unwrap();
    let waiting = on_device.stream(request("slow", "Hi")).await.unwrap();
    let error = on_device.stream(request("slow", "Hi")).await.err().unwrap();
    assert_eq!(error.kind, LlmErrorKind::Overloaded);
    assert!(error.message.contains("1 requests wait for `slow`"), "{}", error.message);
    // Who goes away frees the model for the next.
    drop(endless);
    let mut waiting = waiting;
    assert!(waiting.next().await.unwrap().is_ok());
    let error = on_device.stream(request("other", "Hi")).await.err().unwrap();
    assert_eq!(error.kind, LlmErrorKind::NotFound);
    assert!(error.message.contains("no model `other`"), "{}", error.message);
}

#[tokio::test]
async fn a_replaced_file_is_another_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("says.gguf");
    TinyModel::random("llama").write_gguf(&path, GgmlDType::F32).unwrap();
    let on_device = on_device(folder.path(), Config::default());
    let before = ask(&on_device, request("says", "Hi")).await.unwrap();
    assert_ne!(before.parts, [Part::text(SAYING)]);
    TinyModel::that_says().write_gguf(&path, GgmlDType::F32).unwrap();
    assert!(on_device.look());
    assert_eq!(ask(&on_device, request("says", "Hi")).await.unwrap().parts, [Part::text(SAYING)]);
}

#[tokio::test]
async fn a_model_that_does_not_fit_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    TinyModel::that_says().write_gguf(&folder.path().join("says.gguf"), GgmlDType::F32).unwrap();
    let on_device =
        on_device(folder.path(), Config { max_memory_bytes: Some(1_000_000), ..Config::default() });
    let error = ask(&on_device, request("says", "Hi")).await.unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::Overloaded);
    assert!(
        error.message.contains("`says` needs about 2 MB of memory and 1 MB can be had"),
        "{}",
        error.message
    );
    assert!(error.message.contains("smaller quantisation"), "{}", error.message);
}

#[tokio::test]
async fn what_is_asked_and_not_done_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let on_device = on_device(folder.path(), Config::default());
    let mut asked = request("says", "Hi");
    assert_eq!(on_device.ignores(&asked), [""; 0]);
    asked.tools.push(ToolSpec {
        name: "add".into(),
        description: String::new(),
        parameters: serde_json::json!({}),
        strict: None,
        cache_marker: false,
    });
    asked.response_format = llm::ResponseFormat::JsonObject;
    assert_eq!(on_device.ignores(&asked), ["tools", "response_format"]);
}
