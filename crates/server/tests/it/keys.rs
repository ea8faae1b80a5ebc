//! Virtual keys: made, limited, shown without their secret, and revoked.

use crate::stage::{MODEL, Stage, chat};
use serde_json::json;
use testkit::Reply;

#[tokio::test]
async fn a_key_opens_the_doors_until_it_is_revoked() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let secret = stage.key(&json!({ "name": "app" })).await;
    let list = client.get("/api/keys").await;
    assert!(!list.text().contains(&secret), "the secret is shown once only");
    let key = &list.json()["keys"][0];
    assert!(secret.starts_with(key["prefix"].as_str().unwrap()), "{key}");
    assert_eq!(key["last_used_at"], json!(null));

    let body = chat(MODEL, "hello").to_string();
    assert_eq!(client.ask("/v1/chat/completions", &secret, body.clone()).await.status, 200);
    // Every way in which SDKs send a key.
    for header in ["x-api-key", "api-key"] {
        let request = client.request(http::Method::POST, "/v1/chat/completions").header(header, &secret);
        assert_eq!(client.send(request.body(body.clone().into()).unwrap()).await.status, 200, "{header}");
    }
    stage.app.gateway.flush().await;
    let path = format!("/api/keys/{}", key["id"].as_str().unwrap());
    let revoked = client.delete(&path).await.ok(200);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    assert!(revoked["last_used_at"].is_string(), "{revoked}");
    let told = client.ask("/v1/chat/completions", &secret, body.clone()).await.openai_error(401);
    assert!(told.contains("revoked"), "{told}");
    client.ask("/anthropic/v1/messages", &secret, body).await.anthropic_error(401);
    client.delete("/api/keys/nonsense").await.problem(404, "not_found");
}

#[tokio::test]
async fn nobody_comes_in_without_a_key() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let body = chat(MODEL, "hello").to_string();
    for key in ["", "fam-nobody", "Bearer", "sk-1234"] {
        client.ask("/v1/chat/completions", key, body.clone()).await.openai_error(401);
        client.ask("/v1/embeddings", key, body.clone()).await.openai_error(401);
        client.ask("/anthropic/v1/messages", key, body.clone()).await.anthropic_error(401);
        client.ask("/anthropic/v1/messages/count_tokens", key, body.clone()).await.anthropic_error(401);
    }
    client.get("/v1/models").await.openai_error(401);
    client.get("/anthropic/v1/models").await.anthropic_error(401);
    assert!(stage.upstream.requests().iter().all(|request| request.method == "GET"), "a call went out");
}

#[tokio::test]
async fn limits_of_a_key_hold() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let body = |model: &str| chat(model, "hello").to_string();

    let scoped = stage.key(&json!({ "name": "scoped", "routes": ["ollama/actor"] })).await;
    assert_eq!(client.ask("/v1/chat/completions", &scoped, body("ollama/actor")).await.status, 200);
    client.ask("/v1/chat/completions", &scoped, body(MODEL)).await.openai_error(403);

    let slow = stage.key(&json!({ "name": "slow", "rpm": 2 })).await;
    for _ in 0..2 {
        assert_eq!(client.ask("/v1/chat/completions", &slow, body(MODEL)).await.status, 200);
    }
    let limited = client.ask("/v1/chat/completions", &slow, body(MODEL)).await;
    limited.openai_error(429);
    assert!(limited.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds)));

    let poor = stage.key(&json!({ "name": "poor", "budget_usd": "0.000001" })).await;
    let refused = client.ask("/v1/chat/completions", &poor, body(MODEL)).await;
    refused.openai_error(429);
    assert_eq!(refused.header("x-should-retry"), "false");

    stage.upstream.queue(Reply::text("ok").usage(1_000, 500));
    let rich = stage.key(&json!({ "name": "rich", "budget_usd": "5", "per": "day" })).await;
    assert_eq!(client.ask("/v1/chat/completions", &rich, body(MODEL)).await.status, 200);
    let list = client.get("/api/keys").await.ok(200);
    let rich = list["keys"].as_array().unwrap().iter().find(|key| key["name"] == "rich").unwrap();
    assert_eq!(
        rich["budget"]["spent_usd"], "0.002",
        "1,000 read at 1 USD and 500 written at 2 USD a million"
    );
    assert_eq!((&rich["budget"]["per"], &rich["budget"]["reserved_usd"]), (&json!("day"), &json!("0.00")));
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_not_made() {
    let stage = Stage::start().await;
    for body in [
        json!({ "name": "" }),
        json!({ "name": "x", "budget_usd": "-1" }),
        json!({ "name": "x", "budget_usd": "a lot" }),
        json!({ "name": "x", "budget_usd": "1", "per": "fortnight" }),
        json!({ "name": "x", "per": "day" }),
        json!({ "name": "x", "rpm": 0 }),
        json!({ "name": "x", "expires_at": "tomorrow" }),
        json!({ "name": "x", "expires_at": "2001-01-01T00:00:00Z" }),
        json!({ "name": "x", "colour": "red" }),
        json!({ "nmae": "x" }),
    ] {
        stage.client.post("/api/keys", &body).await.problem(422, "invalid");
    }
    let keys = stage.client.get("/api/keys").await.ok(200);
    assert_eq!(keys["keys"], json!([]));
}
