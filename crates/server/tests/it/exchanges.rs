//! The ledger request by request: found by what it is, opened to see why.

use crate::stage::{Stage, chat};
use serde_json::{Value, json};
use testkit::Reply;

/// Three requests of two keys: one answered, one labelled by its model and streamed, one refused upstream.
async fn busy() -> Stage {
    let stage =
        Stage::with(|_| "[routes.both]\ndeployments = [\"openai/actor\", \"anthropic/actor\"]\n".to_owned())
            .await;
    let one = stage.key(&json!({ "name": "laptop 50%" })).await;
    let two = stage.key(&json!({ "name": "phone" })).await;
    stage.upstream.queue(Reply::text("hello").usage(10, 5));
    let asked = chat("openai/actor", "first").to_string();
    assert_eq!(stage.client.ask("/v1/chat/completions", &one, asked).await.status, 200);
    // A failing first deployment: the second one answers.
    stage.upstream.queue(Reply::error(500, "the kitchen is on fire"));
    stage.upstream.queue(Reply::text("hello").usage(20, 6));
    let asked = chat("both", "second").to_string();
    assert_eq!(stage.client.ask("/v1/chat/completions", &two, asked).await.status, 200);
    stage.upstream.queue(Reply::error(400, "what is a frobnicator"));
    let asked = chat("gemini/actor", "third").to_string();
    assert_eq!(stage.client.ask("/v1/chat/completions", &two, asked).await.status, 400);
    stage.app.gateway.flush().await;
    stage
}

/// The names asked for, the latest first.
async fn found(stage: &Stage, query: &str) -> Vec<String> {
    let list = stage.client.get(&format!("/api/exchanges?{query}")).await.ok(200);
    let asked = list["exchanges"].as_array().unwrap().iter();
    asked.map(|one| one["requested"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn exchanges_are_found_by_what_is_known_of_them() {
    let stage = busy().await;
    let all = ["gemini/actor", "both", "openai/actor"];
    for (query, expected) in [
        ("", &all[..]),
        ("q=FROBNICATOR", &all[..1]),
        ("q=phone", &all[..2]),
        ("q=50%25", &all[2..]),
        ("q=5%25", &[]),
        ("q=bad_request", &all[..1]),
        ("q=nothing%20of%20the%20kind", &[]),
        ("provider=anthropic", &all[1..2]),
        ("model=actor", &all[..]),
        ("model=anthropic/actor", &all[1..2]),
        ("route=both", &all[1..2]),
        ("key=phone", &all[..2]),
        ("key=phone&outcome=ok", &all[1..2]),
        ("outcome=failed", &all[..1]),
        ("operation=chat", &all[..]),
        ("operation=embeddings", &[]),
        ("tag=none", &[]),
        ("from=2020-01-01", &all[..]),
        ("to=2020-01-01", &[]),
        ("q=&model=&limit=2", &all[..2]),
    ] {
        assert_eq!(found(&stage, query).await, expected, "{query}");
    }
    let list = stage.client.get("/api/exchanges").await.ok(200);
    let id = list["exchanges"][1]["id"].as_str().unwrap();
    assert_eq!(found(&stage, &format!("q={id}")).await, ["both"]);
    for query in ["outcome=splendid", "key=nobody", "from=soon", "from=2026-01-02&to=2026-01-01"] {
        let problem = stage.client.get(&format!("/api/exchanges?{query}")).await.problem(422, "invalid");
        assert!(problem["hint"].is_string(), "{query}: {problem}");
    }
}

#[tokio::test]
async fn an_exchange_opened_says_why_and_what_it_took() {
    let stage = busy().await;
    let list = stage.client.get("/api/exchanges").await.ok(200);
    let open = async |number: usize| -> Value {
        let id = list["exchanges"][number]["id"].as_str().unwrap();
        stage.client.get(&format!("/api/exchanges/{id}")).await.ok(200)
    };
    let moved = open(1).await;
    assert_eq!(moved["exchange"], list["exchanges"][1]);
    assert_eq!(
        (&moved["explanation"]["asked"], &moved["explanation"]["route"]),
        (&json!("both"), &json!("both"))
    );
    assert_eq!(moved["explanation"]["chosen"], "anthropic/actor");
    let candidates = moved["explanation"]["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2);
    assert!(candidates[0]["notes"].to_string().contains("kitchen"), "{moved}");
    let attempts = moved["attempts"].as_array().unwrap();
    let of = |name: &str| attempts.iter().map(|one| one[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("deployment"), ["openai/actor", "anthropic/actor"]);
    assert_eq!(of("error"), [json!("server"), Value::Null]);
    assert!(attempts[1]["began_ms"].as_u64() >= attempts[0]["took_ms"].as_u64());
    assert_eq!(moved["caller_format"], "openai-chat");
    assert_eq!(moved["upstream_format"], "anthropic");
    assert_eq!(moved["usage"]["input"], 20);
    assert_eq!(moved["usage"]["output"], 6);
    assert_eq!(moved["cost"]["cost_usd"], list["exchanges"][1]["cost_usd"]);
    assert_eq!(moved["kept"], Value::Null);

    let plain = open(2).await;
    assert_eq!(plain["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(plain["attempts"][0]["deployment"], "openai/actor");
    assert_eq!(plain["explanation"]["sentence"], "asked for by its own name");
    let failed = open(0).await;
    assert_eq!(failed["exchange"]["outcome"], "failed");
    assert!(failed["error_message"].as_str().unwrap().contains("frobnicator"));
    assert_eq!(failed["attempts"].as_array().unwrap().len(), 1);

    stage.client.get("/api/exchanges/nonsense").await.problem(404, "not_found");
    let unknown = "/api/exchanges/00000000-0000-0000-0000-00000000000f";
    assert!(stage.client.get(unknown).await.problem(404, "not_found")["hint"].is_string());
}
