//! What is kept of exchanges, set and seen over the API; tasks and tiers likewise.

use crate::stage::{MODEL, Stage, UPSTREAM_KEY, chat};
use serde_json::{Value, json};
use testkit::Reply;

fn retention(keep: &str) -> Value {
    json!({ "keep": keep, "days": 5, "redact": ["email"], "patterns": ["Nightingale"], "exchange_days": 30 })
}

async fn last(stage: &Stage) -> Value {
    let list = stage.exchanges().await;
    let id = list[0]["id"].as_str().unwrap();
    stage.client.get(&format!("/api/exchanges/{id}")).await.ok(200)
}

#[tokio::test]
async fn bodies_are_kept_when_somebody_says_so_and_forgotten_when_not() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let before = client.get("/api/retention").await.ok(200);
    assert_eq!(
        (&before["retention"]["keep"], &before["editable"], &before["kept"]),
        (&json!("none"), &json!(true), &json!(0))
    );
    let known: Vec<&Value> = before["known"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(known.contains(&&json!("email")) && known.contains(&&json!("key")), "{known:?}");
    let key = stage.key(&json!({ "name": "k" })).await;
    let ask = async |text: &str, stream: bool| {
        stage.upstream.queue(Reply::text("Nightingale says: write to bob@example.org"));
        let mut body = chat(MODEL, text);
        body["stream"] = json!(stream);
        assert_eq!(client.ask("/v1/chat/completions", &key, body.to_string()).await.status, 200);
    };
    ask("nobody keeps this", false).await;
    assert_eq!(last(&stage).await["kept"], Value::Null);

    let state = client.put("/api/retention", &retention("all")).await.ok(200);
    assert_eq!(state["retention"], retention("all"));
    for stream in [false, true] {
        ask("I am ada@example.org", stream).await;
        let detail = last(&stage).await;
        let (request, reply) = (&detail["kept"]["request"], &detail["kept"]["reply"]);
        assert!(request["text"].as_str().unwrap().contains("I am [email]"), "{detail}");
        let told = reply["text"].as_str().unwrap();
        assert!(told.contains("[pattern 1] says: write to [email]"), "{stream}: {told}");
        assert!(
            serde_json::from_str::<Value>(told).unwrap()["choices"][0]["message"].is_object(),
            "a whole reply: {told}"
        );
        let whole = detail.to_string();
        for secret in [key.as_str(), UPSTREAM_KEY, "ada@", "bob@"] {
            assert!(!whole.contains(secret), "{secret} in {whole}");
        }
    }
    let state = client.get("/api/retention").await.ok(200);
    assert_eq!(state["kept"], 2);
    assert!(state["kept_bytes"].as_u64().unwrap() > 100);

    for (change, word) in [
        (json!({ "keep": "some" }), "keep"),
        (json!({ "days": 0 }), "days"),
        (json!({ "redact": ["shoes"] }), "shoes"),
        (json!({ "patterns": ["(?=x)"] }), "(?=x)"),
    ] {
        let mut bad = retention("all");
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let problem = client.put("/api/retention", &bad).await.problem(422, "invalid");
        assert!(
            problem["detail"].as_str().unwrap().contains(word) && problem["hint"].is_string(),
            "{problem}"
        );
    }
    assert_eq!(client.get("/api/retention").await.ok(200)["kept"], 2, "a refusal forgets nothing");

    // It stays so over a restart, and what was kept opens again.
    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    assert_eq!(stage.client.get("/api/retention").await.ok(200)["retention"], retention("all"));
    assert!(last(&stage).await["kept"]["reply"]["text"].is_string());
    stage.client.put("/api/retention", &retention("none")).await.ok(200);
    assert_eq!(last(&stage).await["kept"], Value::Null);
    assert_eq!(stage.client.get("/api/retention").await.ok(200)["kept"], 0);
}

#[tokio::test]
async fn what_the_file_says_is_not_changed_here() {
    let stage = Stage::with(|_| "[gateway.retention]\nkeep = \"failed\"\n".to_owned()).await;
    let state = stage.client.get("/api/retention").await.ok(200);
    assert_eq!((&state["retention"]["keep"], &state["editable"]), (&json!("failed"), &json!(false)));
    let problem = stage.client.put("/api/retention", &retention("all")).await.problem(409, "conflict");
    assert!(problem["hint"].as_str().unwrap().contains("[gateway.retention]"), "{problem}");
}

#[tokio::test]
async fn tasks_are_classified_and_tiers_are_asked_for() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let class = client
        .post("/api/classify", &json!({ "prompt": "Rename the variable `usr` to `user`." }))
        .await
        .ok(200);
    assert_eq!(
        (&class["task"], &class["by"], &class["tier"]),
        (&json!("code_edit"), &json!("rules"), &json!("fast"))
    );
    assert!(class["because"][0].is_string() && class["tier_because"].is_string(), "{class}");
    let more = json!({ "prompt": "hello", "files": 3, "context": "phase=review" });
    assert_eq!(client.post("/api/classify", &more).await.ok(200)["tier"], "thinker");
    let bad = json!({ "prompt": "hello", "context": "phase=lunch" });
    client.post("/api/classify", &bad).await.problem(422, "invalid");

    let key = stage.key(&json!({ "name": "k" })).await;
    for (model, tier) in [("fast", "fast"), ("auto", "voice")] {
        stage.upstream.queue(Reply::text("ok"));
        let asked = chat(model, "Speak as the innkeeper: he is nervous and hides something.").to_string();
        assert_eq!(client.ask("/v1/chat/completions", &key, asked).await.status, 200);
        let detail = last(&stage).await;
        assert_eq!(detail["explanation"]["tier"], tier, "{detail}");
        assert_eq!(detail["explanation"]["task"].is_object(), model == "auto");
    }
    let metrics = client.get("/metrics").await;
    for line in [
        "familiar_tier_requests_total{tier=\"fast\",outcome=\"ok\"} 1",
        "familiar_tier_requests_total{tier=\"voice\",outcome=\"ok\"} 1",
        "familiar_tier_first_token_seconds_count{tier=\"fast\"} 1",
    ] {
        assert!(metrics.text().contains(line), "{line} in {}", metrics.text());
    }
}

#[tokio::test]
async fn a_model_is_tested_with_figures_or_a_hint() {
    let stage = Stage::start().await;
    let test =
        async |model: &str| stage.client.post("/api/models/test", &json!({ "model": model })).await.ok(200);
    stage.upstream.queue(Reply::text("ready").usage(9, 2));
    let good = test(MODEL).await;
    assert_eq!(
        (&good["ok"], &good["message"], &good["model"]),
        (&json!(true), &json!("it says: ready"), &json!(MODEL))
    );
    assert_eq!(
        (&good["input_tokens"], &good["output_tokens"], &good["cost_usd"]),
        (&json!(9), &json!(2), &json!("0.000013"))
    );
    assert!(good["first_token_ms"].is_u64() && good["total_ms"].is_u64() && good["exchange_id"].is_string());
    stage.upstream.queue(Reply::error(401, "who are you"));
    let bad = test(MODEL).await;
    assert_eq!((&bad["ok"], &bad["code"]), (&json!(false), &json!("upstream")));
    assert!(bad["message"].as_str().unwrap().contains("who are you") && bad["hint"].is_string(), "{bad}");
    let unknown = test("opneai/actor").await;
    assert_eq!(unknown["code"], "not_found");
    assert!(unknown["message"].as_str().unwrap().contains(MODEL), "near names: {unknown}");
}
