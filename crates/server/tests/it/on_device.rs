//! Models on this machine through every part of the program: offered, asked, stopped, billed at nothing.

use crate::{
    client::Event,
    stage::{Stage, chat},
};
use base::Money;
use inference::testing::{Quantisation, SAYING, TinyEncoder, TinyModel};
use ledger::Outcome;
use serde_json::{Value, json};
use testkit::ScriptedUpstream;

/// A model whose words are known, one that goes on nearly for ever, and a file that is none.
async fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    std::fs::create_dir(&models).unwrap();
    TinyModel::that_says().write_gguf(&models.join("says.gguf"), Quantisation::Q8_0).unwrap();
    let mut endless = TinyModel::random("qwen2");
    endless.config["max_position_embeddings"] = json!(60_000);
    endless.write_folder(&models.join("endless")).unwrap();
    std::fs::write(models.join("page.gguf"), "<!doctype html>").unwrap();
    let settings = "gateway.retry.max_rounds = 1\ninference.context_tokens = 60000\n";
    std::fs::write(folder.path().join(app::config::FILE_NAME), settings).unwrap();
    Stage::over(ScriptedUpstream::start().await.unwrap(), folder).await
}

/// The first model of that stage, and one that makes vectors; the library is to use `embedder`.
async fn stage_with_encoder(embedder: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    TinyModel::that_says().write_folder(&models.join("says")).unwrap();
    TinyEncoder::random().write_folder(&models.join("encoder")).unwrap();
    let settings = format!("gateway.retry.max_rounds = 1\nlibrary.embedder = \"{embedder}\"\n");
    std::fs::write(folder.path().join(app::config::FILE_NAME), settings).unwrap();
    Stage::over(ScriptedUpstream::start().await.unwrap(), folder).await
}

fn ask(model: &str, more: &Value) -> Value {
    let mut body = chat(model, "Hi");
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

/// The tokens of `Hi` with the marks of a turn around it, and those of the answer with the mark at its end.
const USAGE: (u64, u64) = (21, 12);

#[tokio::test]
async fn a_whole_answer_is_exact_free_and_in_the_ledger() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = ask("on-device/says", &json!({ "temperature": 0 })).to_string();
    let answer = stage.client.ask("/v1/chat/completions", &key, body.clone()).await.ok(200);
    assert_eq!(answer["choices"][0]["message"]["content"], SAYING);
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let usage = &answer["usage"];
    let counted = (usage["prompt_tokens"].as_u64().unwrap(), usage["completion_tokens"].as_u64().unwrap());
    assert_eq!(counted, USAGE);
    let again = stage.client.ask("/v1/chat/completions", &key, body).await.ok(200);
    assert_eq!(again["choices"][0]["message"]["content"], SAYING);
    assert_eq!(
        again["usage"]["prompt_tokens_details"]["cached_tokens"],
        USAGE.0 - 1,
        "what was read is known"
    );

    let exchanges = stage.ledger().await;
    assert_eq!(exchanges.len(), 2);
    for exchange in exchanges {
        assert_eq!((exchange.outcome, exchange.cost, exchange.estimated), (Outcome::Ok, Money::ZERO, false));
        let usage = exchange.usage;
        assert_eq!((usage.total_input(), usage.output), USAGE);
    }
}

#[tokio::test]
async fn a_streamed_answer_comes_piece_by_piece_in_every_format() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let more = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let mut events =
        stage.client.ask_stream("/v1/chat/completions", &key, &ask("on-device/says", &more)).await;
    let mut pieces = Vec::new();
    let mut usage = Value::Null;
    while let Some((_, data)) = events.next_text().await {
        let Ok(data) = serde_json::from_str::<Value>(&data) else { continue };
        pieces.extend(data["choices"][0]["delta"]["content"].as_str().map(str::to_owned));
        if data["usage"].is_object() {
            usage = data["usage"].clone();
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    assert_eq!(pieces.concat(), SAYING);
    assert_eq!(pieces[..3], ["Hello", " ", "😀"]);
    assert_eq!((usage["prompt_tokens"].as_u64(), usage["completion_tokens"].as_u64()), (Some(21), Some(12)));

    let asked = json!({
        "model": "says", "max_tokens": 4, "messages": [{ "role": "user", "content": "Hi" }], "temperature": 0,
    });
    let answer = stage.client.ask("/anthropic/v1/messages", &key, asked.to_string()).await.ok(200);
    assert_eq!(answer["stop_reason"], "max_tokens");
    assert_eq!(answer["usage"]["output_tokens"], 4);
    let stops = ask(
        "says",
        &json!({ "stop": [" own"], "tools": [
        { "type": "function", "function": { "name": "add", "parameters": { "type": "object" } } },
    ] }),
    );
    let reply = stage.client.ask("/v1/chat/completions", &key, stops.to_string()).await;
    assert_eq!(reply.ok(200)["choices"][0]["message"]["content"], "Hello 😀 from your");
    assert_eq!(reply.header("x-familiar-dropped"), "tools", "what is not done is named");
}

#[tokio::test]
async fn models_are_offered_and_a_broken_file_is_named() {
    let stage = stage().await;
    let list = stage.client.get("/api/models?provider=on-device").await.ok(200);
    let models = list["models"].as_array().unwrap();
    let shown: Vec<_> = models
        .iter()
        .map(|model| (model["id"].as_str(), &model["local"], &model["language_model"]))
        .collect();
    let yes = json!(true);
    assert_eq!(shown, [(Some("on-device/endless"), &yes, &yes), (Some("on-device/says"), &yes, &yes)]);
    assert_eq!(models[1]["prices"]["output_usd"], "0.00");
    assert_eq!((&models[1]["display_name"], &models[1]["context_window"]), (&json!("Tiny"), &json!(1024)));
    let source = &list["sources"][0];
    assert_eq!((&source["provider"], &source["source"]), (&json!("on-device"), &json!("files")));
    assert!(source["problem"].as_str().unwrap().contains("page.gguf` is no GGUF file"), "{source}");

    let providers = stage.client.get("/api/providers").await.ok(200);
    let shown = &providers["providers"][0];
    assert_eq!(
        (&shown["name"], &shown["models"], &shown["editable"]),
        (&json!("on-device"), &json!(2), &json!(false))
    );
    let tested = stage.client.post("/api/providers/on-device/test", &json!({})).await.ok(200);
    assert_eq!((&tested["ok"], &tested["models"]), (&json!(false), &json!(2)), "{tested}");
    assert!(tested["hint"].as_str().unwrap().contains("put GGUF files"), "{tested}");
    std::fs::remove_file(stage.folder.path().join("models/page.gguf")).unwrap();
    let tested = stage.client.post("/api/providers/on-device/test", &json!({})).await.ok(200);
    assert_eq!(tested["ok"], true, "{tested}");
    stage.client.delete("/api/providers/on-device").await.problem(404, "not_found");
    let taken = json!({ "vendor": "openai" });
    stage.client.put("/api/providers/on-device", &taken).await.problem(422, "invalid");

    let status = stage.client.get("/api/status").await.ok(200);
    assert_eq!(status["language_models"], 2);
}

#[tokio::test]
async fn too_long_a_prompt_and_what_cannot_be_read_are_refused_in_the_callers_format() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let long = chat("on-device/says", &"a".repeat(1100)).to_string();
    let reply = stage.client.ask("/v1/chat/completions", &key, long).await;
    assert!(
        reply.openai_error(400).contains("has 1119 tokens and `says` reads at most 1024"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.json()["error"]["code"], "context_length_exceeded");
    let mut picture = chat("on-device/says", "");
    picture["messages"][0]["content"] =
        json!([{ "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } }]);
    let reply = stage.client.ask("/v1/chat/completions", &key, picture.to_string()).await;
    assert!(reply.openai_error(400).contains("`says` reads text only and got a picture"), "{}", reply.text());
    // A model that is found to lack something when it is loaded.
    let mute = stage.folder.path().join("models/mute");
    TinyModel::random("llama").write_folder(&mute).unwrap();
    std::fs::remove_file(mute.join("tokenizer.json")).unwrap();
    stage.client.post("/api/providers/on-device/test", &json!({})).await.ok(200);
    let reply =
        stage.client.ask("/v1/chat/completions", &key, chat("on-device/mute", "Hi").to_string()).await;
    let told = reply.openai_error(404);
    assert!(told.contains("has no tokenizer") && told.contains("put the model's `tokenizer.json`"), "{told}");
    let gone = chat("on-device/none", "Hi").to_string();
    stage.client.ask("/v1/chat/completions", &key, gone).await.openai_error(404);
}

#[tokio::test]
async fn a_caller_who_leaves_frees_the_model() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let endless = json!({ "model": "on-device/endless", "stream": true, "temperature": 0,
        "messages": [{ "role": "user", "content": "Hi" }] });
    let mut events = stage.client.ask_stream("/v1/chat/completions", &key, &endless).await;
    events.next_text().await.unwrap();
    drop(events);
    // Behind sixty thousand tokens it would not come before the test is given up.
    let short = ask("on-device/endless", &json!({ "max_tokens": 2 })).to_string();
    let answer = stage.client.ask("/v1/chat/completions", &key, short).await.ok(200);
    assert_eq!(answer["usage"]["completion_tokens"], 2);
    let exchanges = stage.ledger().await;
    assert_eq!(
        exchanges.iter().map(|one| one.outcome).collect::<Vec<_>>(),
        [Outcome::Ok, Outcome::Cancelled]
    );
}

#[tokio::test]
async fn a_conversation_on_the_page_is_answered() {
    let stage = stage().await;
    let made = stage.client.post("/api/conversations", &json!({ "model": "on-device/says" })).await.ok(201);
    let conversation = format!("/api/conversations/{}", made["id"].as_str().unwrap());
    let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
    stage.say(&conversation, "Hi").await;
    let events: Vec<Event> = events.until(|event| event["type"] == "finished").await;
    let finished = &events.last().unwrap().data;
    assert_eq!(finished["message"]["text"], SAYING, "{finished}");
    assert_eq!(finished["message"]["receipt"]["cost_usd"], "0.00", "{finished}");
    assert_eq!(finished["message"]["language_model"], true, "{finished}");
}

#[tokio::test]
async fn vectors_are_made_here_for_every_door_and_for_the_library() {
    let stage = stage_with_encoder("none").await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let asked = json!({ "model": "on-device/encoder", "input": ["the dragons", "ice"] });
    let answer = stage.client.ask("/v1/embeddings", &key, asked.to_string()).await.ok(200);
    assert_eq!(
        (answer["data"].as_array().unwrap().len(), &answer["usage"]["prompt_tokens"]),
        (2, &json!(5 + 3))
    );
    assert_eq!(answer["data"][0]["embedding"].as_array().unwrap().len(), 32);
    let asked = json!({ "model": "on-device/encoder", "input": "the dragons" });
    let same = stage.client.ask("/ollama/api/embed", &key, asked.to_string()).await.ok(200);
    for (one, other) in numbers(&same["embeddings"][0]).zip(numbers(&answer["data"][0]["embedding"])) {
        assert!((one - other).abs() < 1e-5, "{one} {other}");
    }
    let long =
        json!({ "model": "on-device/encoder", "input": vec!["the dragons of the cave ".repeat(60); 40] });
    let answer = stage.client.ask("/v1/embeddings", &key, long.to_string()).await.ok(200);
    assert_eq!(
        answer["data"].as_array().unwrap().len(),
        40,
        "each is cut, and together they may be as long as they like"
    );
    let exchanges = stage.ledger().await;
    assert_eq!(exchanges.len(), 3);
    assert!(exchanges.iter().all(|exchange| exchange.cost == Money::ZERO && exchange.outcome == Outcome::Ok));
    let speaker = json!({ "model": "on-device/says", "input": "hello" });
    stage.client.ask("/v1/embeddings", &key, speaker.to_string()).await.openai_error(503);
    let refused =
        stage.client.ask("/v1/chat/completions", &key, chat("on-device/encoder", "Hi").to_string()).await;
    refused.openai_error(400);
}

fn numbers(vector: &Value) -> impl Iterator<Item = f64> + '_ {
    vector.as_array().unwrap().iter().map(|number| number.as_f64().unwrap())
}

#[tokio::test]
async fn the_library_finds_by_meaning_once_a_model_is_there() {
    let stage = stage_with_encoder("auto").await;
    let meaning = |embedded: u64| {
        let stage = &stage;
        async move {
            loop {
                let told = stage.client.get("/api/library/meaning").await.ok(200);
                if told["embedded"].as_u64().unwrap() >= embedded && told["embedded"] == told["documents"] {
                    return told;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    };
    // The handbook is in the library from the first start.
    let told = meaning(1).await;
    assert_eq!(
        (&told["model"], &told["serving"]),
        (&json!("on-device/encoder"), &json!("on-device/encoder"))
    );
    for mode in ["hybrid", "semantic", "keyword"] {
        let found = stage.client.get(&format!("/api/library/search?q=budget&mode={mode}")).await.ok(200);
        assert_eq!((&found["mode"], &found["words_only"]), (&json!(mode), &Value::Null));
        let hits = found["hits"].as_array().unwrap();
        assert!(!hits.is_empty());
        assert!(hits.iter().all(|hit| hit["likeness"].is_number() == (mode != "keyword")), "{mode}");
        assert!(mode == "semantic" || hits[0]["by_words"] == true, "{mode}");
    }
    stage.client.get("/api/library/search?q=budget&mode=loud").await.problem(422, "invalid");
}
