//! `/api/health` and `/api/sla`: what the page shows of providers, and what is expected of them.

use crate::stage::{MODEL, Stage, chat};
use serde_json::{Value, json};
use testkit::Reply;

/// The deployment of a report.
fn of<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["deployments"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

fn provider<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["providers"].as_array().unwrap().iter().find(|one| one["provider"] == name).unwrap()
}

#[tokio::test]
async fn the_report_shows_what_happened() {
    let stage =
        Stage::with(|_| "[gateway.limits.providers.openai]\nrequests_per_minute = 50\n".to_owned()).await;
    let client = &stage.client;
    let before = client.get("/api/health").await.ok(200);
    assert_eq!(
        (&of(&before, MODEL)["state"], &of(&before, MODEL)["last_hour"]),
        (&json!("unknown"), &json!([]))
    );
    assert_eq!(provider(&before, "openai")["state"], "unknown");

    let key = stage.key(&json!({ "name": "app" })).await;
    let ask = || client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string());
    let reply = Reply::text("hello")
        .header("x-ratelimit-limit-tokens", "1000")
        .header("x-ratelimit-remaining-tokens", "250")
        .header("x-ratelimit-reset-tokens", "1m0s");
    stage.upstream.queue(reply);
    assert_eq!(ask().await.status, 200);
    stage.upstream.queue(Reply::error(401, "wrong key"));
    ask().await;
    let report = client.get("/api/health").await.ok(200);
    let model = of(&report, MODEL);
    assert_eq!((&model["calls"], &model["failures"], &model["samples"]), (&json!(2), &json!(1), &json!(2)));
    assert_eq!((&model["state"], &model["success_percent"]), (&json!("available"), &json!(50.0)));
    assert_eq!(model["breaker"], json!({ "state": "closed", "retry_in_ms": null }));
    assert!(model["last_error"].as_str().unwrap().contains("wrong key"), "{model}");
    assert_eq!(model["headroom"], json!(0.25));
    let limits = model["limits"].as_array().unwrap();
    let sources: Vec<_> =
        limits.iter().map(|limit| (&limit["source"], &limit["of"], &limit["remaining"])).collect();
    assert_eq!(
        sources,
        [
            (&json!("provider_reply"), &json!("tokens"), &json!(250)),
            (&json!("provider"), &json!("requests"), &json!(48)),
        ]
    );
    let hour = model["last_hour"].as_array().unwrap();
    assert_eq!(hour.len(), 60);
    let sum = |field: &str| hour.iter().map(|minute| minute[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("calls"), sum("failures")), (2, 1));
    assert_eq!(provider(&report, "openai")["state"], "available");
}

#[tokio::test]
async fn expectations_are_kept_checked_and_taken_back() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let set = client.put("/api/sla/openai", &json!({ "uptime_percent": 99.9, "p95_ms": 2000 })).await.ok(200);
    assert_eq!(set, json!({ "provider": "openai", "uptime_percent": 99.9, "p95_ms": 2000 }));
    let report = client.get("/api/sla").await.ok(200);
    let row = &report["providers"][0];
    assert_eq!((&row["target"], &row["total"]["calls"]), (&set, &json!(0)));
    assert_eq!(row["total"]["uptime_met"], json!(null), "nothing is known yet");
    assert_eq!(provider(&client.get("/api/health").await.ok(200), "openai")["sla"], set);

    for body in [
        json!({ "uptime_percent": 0.0 }),
        json!({ "uptime_percent": 100.1 }),
        json!({ "p95_ms": 0 }),
        json!({ "p95": 5 }),
    ] {
        client.put("/api/sla/openai", &body).await.problem(422, "invalid");
    }
    client.put("/api/sla/nobody", &json!({ "p95_ms": 5 })).await.problem(404, "not_found");
    client.get("/api/sla?from=2026-02-01&to=2026-01-01").await.problem(422, "invalid");
    client.get("/api/sla?from=yesterday").await.problem(422, "invalid");
    client.put("/api/sla/openai", &json!({})).await.ok(200);
    assert_eq!(client.get("/api/sla").await.ok(200)["providers"], json!([]));
}

#[tokio::test]
async fn a_key_is_changed_and_rotated_through_the_api() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let made = client
        .post("/api/keys", &json!({ "name": "app", "rpm": 1, "tpm": 1000, "budget_usd": "1" }))
        .await
        .ok(201);
    let (path, secret) =
        (format!("/api/keys/{}", made["key"]["id"].as_str().unwrap()), made["secret"].as_str().unwrap());
    let ask = async |secret: &str| {
        client.ask("/v1/chat/completions", secret, chat(MODEL, "hello").to_string()).await
    };
    assert_eq!(ask(secret).await.header("x-ratelimit-remaining-requests"), "0");
    let limited = ask(secret).await;
    limited.openai_error(429);
    assert_eq!(limited.header("x-ratelimit-limit-tokens"), "1000");
    let body = json!({ "model": MODEL, "max_tokens": 5, "messages": [{ "role": "user", "content": "hi" }] });
    let anthropic = client.ask("/anthropic/v1/messages", secret, body.to_string()).await;
    anthropic.anthropic_error(429);
    assert_eq!(anthropic.header("anthropic-ratelimit-requests-remaining"), "0");

    let change = json!({ "rpm": null, "priority": "high", "budget_usd": null, "routes": ["openai/*"] });
    let changed = client.patch(&path, &change).await.ok(200);
    let fields = ["rpm", "tpm", "priority", "budget", "routes", "name"].map(|field| &changed[field]);
    assert_eq!(
        fields,
        [&json!(null), &json!(1000), &json!("high"), &json!(null), &json!(["openai/*"]), &json!("app")]
    );
    assert_eq!(ask(secret).await.status, 200);
    for nonsense in
        [json!({ "rpm": 0 }), json!({ "priority": "urgent" }), json!({ "name": "" }), json!({ "colour": 1 })]
    {
        client.patch(&path, &nonsense).await.problem(422, "invalid");
    }
    client.patch("/api/keys/nonsense", &json!({})).await.problem(404, "not_found");

    let rotated = client.post(&format!("{path}/rotate"), &json!({ "grace_seconds": 600 })).await.ok(200);
    assert!(rotated["key"]["old_secret_until"].is_string(), "{rotated}");
    let new = rotated["secret"].as_str().unwrap();
    assert_eq!((ask(secret).await.status, ask(new).await.status), (200, 200));
    client.post(&format!("{path}/rotate"), &json!({})).await.ok(200);
    ask(secret).await.openai_error(401);
    ask(new).await.openai_error(401);
}
