//! Counting tokens by the API and at every door.

use crate::stage::{Stage, chat};
use inference::testing::{Quantisation, TinyModel};
use serde_json::{Value, json};
use testkit::ScriptedUpstream;

#[tokio::test]
async fn texts_and_requests_are_counted_and_it_is_said_how() {
    let stage = Stage::start().await;
    let count = async |body: &Value| stage.client.post("/api/tokens/count", body).await;
    let counted = count(&json!({ "model": "gpt-4o", "text": "hello world" })).await.ok(200);
    assert_eq!(
        (&counted["tokens"], &counted["method"], &counted["exact"]),
        (&json!(2), &json!("o200k_base"), &json!(true))
    );
    let counted = count(&json!({ "model": "claude-opus-4-1", "text": "hello world" })).await.ok(200);
    assert_eq!((&counted["exact"], &counted["method"]), (&json!(false), &json!("estimate")));
    assert_eq!((&counted["error_percent"], &counted["samples"]), (&Value::Null, &json!(0)));

    // OpenAI's rule: 4 around a message, 3 before the answer.
    let text = "hello world";
    let requests = [
        ("openai-chat", json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": text }] })),
        ("openai-responses", json!({ "model": "gpt-4o", "input": text })),
        (
            "anthropic",
            json!({ "model": "gpt-4o", "max_tokens": 9, "messages": [{ "role": "user", "content": text }] }),
        ),
        ("gemini", json!({ "contents": [{ "role": "user", "parts": [{ "text": text }] }] })),
        ("ollama", json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": text }] })),
    ];
    for (format, request) in requests {
        let counted =
            count(&json!({ "model": "gpt-4o", "request": request, "format": format })).await.ok(200);
        assert_eq!((&counted["tokens"], &counted["exact"]), (&json!(9), &json!(true)), "{format}");
        assert_eq!(counted["by_part"]["messages"], 2, "{format}");
    }

    for body in [
        json!({ "model": "gpt-4o" }),
        json!({ "model": "gpt-4o", "text": "x", "request": {} }),
        json!({ "model": "gpt-4o", "request": { "messages": 7 } }),
        json!({ "model": "gpt-4o", "request": {}, "format": "morse" }),
    ] {
        let problem = count(&body).await.problem(422, "invalid");
        assert!(problem["hint"].is_string(), "{problem}");
    }
    assert!(stage.upstream.requests().iter().all(|request| request.method == "GET"), "a call went out");
}

#[tokio::test]
async fn the_doors_count_as_the_api_does() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let ask = async |path: &str, body: Value| stage.client.ask(path, &key, body.to_string()).await.ok(200);
    let content = "How many tokens has this question?";
    let message = json!({ "role": "user", "content": content });
    let openai = ask("/v1/responses/input_tokens", json!({ "model": "gpt-4o", "input": content })).await;
    assert_eq!((&openai["object"], &openai["input_tokens"]), (&json!("response.input_tokens"), &json!(14)));
    let anthropic =
        ask("/anthropic/v1/messages/count_tokens", json!({ "model": "gpt-4o", "messages": [message] })).await;
    assert_eq!(anthropic["input_tokens"], 14);
    let contents = json!({ "contents": [{ "role": "user", "parts": [{ "text": content }] }] });
    let gemini = ask("/gemini/v1beta/models/gpt-4o:countTokens", contents).await;
    assert_eq!(gemini["totalTokens"], 14);
    stage.client.ask("/v1/responses/input_tokens", "fam-nobody", "{}".to_owned()).await.openai_error(401);
}

#[tokio::test]
async fn tokenizers_on_this_machine_count_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    std::fs::create_dir(&models).unwrap();
    TinyModel::that_says().write_gguf(&models.join("says.gguf"), Quantisation::Q8_0).unwrap();
    // Only a tokenizer, for a model that runs elsewhere.
    let elsewhere = models.join("far-away");
    TinyModel::random("qwen2").write_folder(&elsewhere).unwrap();
    for entry in std::fs::read_dir(&elsewhere).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "tokenizer.json" {
            std::fs::remove_file(path).unwrap();
        }
    }
    let stage = Stage::over(ScriptedUpstream::start().await.unwrap(), folder).await;
    let count = async |body: &Value| stage.client.post("/api/tokens/count", body).await.ok(200);
    let request = chat("on-device/says", "Hi");
    let counted = count(&json!({ "model": "on-device/says", "request": request })).await;
    assert_eq!((&counted["method"], &counted["exact"]), (&json!("tokenizer.json"), &json!(true)));
    // What the model itself reports of this prompt: `on_device` asks it.
    assert_eq!(counted["tokens"], 21);
    let counted = count(&json!({ "model": "openai/far-away", "text": "Hi" })).await;
    assert_eq!((&counted["method"], &counted["exact"]), (&json!("tokenizer.json"), &json!(true)));
    assert!(counted["tokens"].as_u64().unwrap() > 0);
    let counted = count(&json!({ "model": "../far-away/..", "text": "Hi" })).await;
    assert_eq!(counted["method"], "estimate");
}
