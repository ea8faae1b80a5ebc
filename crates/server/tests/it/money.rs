//! `/api/money` and `/api/alerts`: what the page adds up is what the ledger's exchanges say.

use crate::stage::{PROVIDERS, Stage, chat};
use base::Money;
use serde_json::{Value, json};
use testkit::Reply;

fn money(value: &Value) -> Money {
    value.as_str().unwrap().parse().unwrap()
}

async fn spend(stage: &Stage) -> Vec<Value> {
    let key = stage.key(&json!({ "name": "=one, \"two\"" })).await;
    for number in 0..10_u64 {
        let (name, _, _) = PROVIDERS[usize::try_from(number).unwrap() % PROVIDERS.len()];
        stage.upstream.queue(Reply::text("ok").usage(7 * number + 1, 3 * number + 1));
        let body = chat(&format!("{name}/actor"), &format!("question {number}")).to_string();
        let request = stage.client.request(http::Method::POST, "/v1/chat/completions");
        let tags = format!("team:{}, user:ada,team:all", number % 2);
        let request =
            request.header("x-familiar-tags", tags).header("authorization", format!("Bearer {key}"));
        assert_eq!(stage.client.send(request.body(body.into()).unwrap()).await.status, 200);
    }
    stage.exchanges().await
}

#[tokio::test]
async fn every_report_is_the_sum_of_the_exchanges() {
    let stage = Stage::start().await;
    let exchanges = spend(&stage).await;
    let all: Money = exchanges.iter().map(|one| money(&one["cost_usd"])).sum();
    assert!(all > Money::ZERO);
    for by in ["hour", "day", "provider", "model", "key", "project", "tag", "user", "conversation"] {
        let said = stage.client.get(&format!("/api/money/report?by={by}")).await.ok(200);
        let rows = said["rows"].as_array().unwrap();
        let sum: Money = rows.iter().map(|row| money(&row["sums"]["cost_usd"])).sum();
        let overlap = said["overlap"]["cost_usd"].as_str().map_or(Money::ZERO, |text| text.parse().unwrap());
        assert_eq!(money(&said["total"]["cost_usd"]), all, "{by}");
        assert_eq!(sum - overlap, all, "{by}");
        assert_eq!(overlap > Money::ZERO, by == "tag", "{by}");
        let count: i64 = rows.iter().map(|row| row["sums"]["requests"].as_i64().unwrap()).sum();
        assert_eq!(count - said["overlap"]["requests"].as_i64().unwrap_or(0), 10, "{by}");
    }
    let tags = stage.client.get("/api/money/report?by=tag").await.ok(200);
    let names: Vec<&str> =
        tags["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["team:0", "team:1", "team:all", "user:ada"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let user = stage.client.get("/api/money/report?by=user").await.ok(200);
    assert_eq!(user["rows"][0]["name"], "ada");
    let few = stage.client.get("/api/money/report?by=model&limit=2").await.ok(200);
    assert_eq!(few["rows"][2]["name"], "(all others)");
    let sum: Money = few["rows"].as_array().unwrap().iter().map(|row| money(&row["sums"]["cost_usd"])).sum();
    assert_eq!(sum, all, "nothing is lost in the others");

    let savings = stage.client.get("/api/money/savings").await.ok(200);
    let of = |name: &str| money(&savings[name]);
    assert_eq!(of("cost_usd"), all);
    assert_eq!(of("by_cache_usd") + of("by_prompt_cache_usd") + of("by_routing_usd"), of("saved_usd"));
    assert_eq!(of("cost_usd") + of("saved_usd"), of("baseline_usd"));
}

#[tokio::test]
async fn csv_has_every_row_and_can_be_opened_safely() {
    let stage = Stage::start().await;
    let exchanges = spend(&stage).await;
    let all: Money = exchanges.iter().map(|one| money(&one["cost_usd"])).sum();
    let reply = stage.client.get("/api/money/report?by=key&format=csv").await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("text/csv"), "{}", reply.header("content-type"));
    assert!(reply.header("content-disposition").contains("familiar-money-by-key-"));
    let lines: Vec<&str> = reply.text().split("\r\n").collect();
    assert!(lines[0].starts_with("name,label,part,requests,"), "{lines:?}");
    assert!(lines[1].starts_with("\"'=one, \"\"two\"\"\",,,10,0,"), "{lines:?}");
    assert!(lines[2].starts_with("(total),,,10,") && lines[2].contains(&format!(",{all},")), "{lines:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_advice() {
    let stage = Stage::start().await;
    for query in [
        "report?by=moon",
        "report?by=day&split=hour",
        "report?by=model&split=key",
        "report?from=yesterday",
        "report?from=2026-02-02&to=2026-02-01",
        "report?by=hour&from=2020-01-01&to=2026-01-01",
        "report?format=xml",
        "forecast?step=fortnight",
    ] {
        let problem = stage.client.get(&format!("/api/money/{query}")).await.problem(422, "invalid");
        assert!(problem["hint"].is_string(), "{query}: {problem}");
    }
    stage.client.get("/api/money/report?colour=blue").await.problem(400, "invalid");
    stage.client.get("/api/alerts?kind=moon").await.problem(422, "invalid");
    stage.client.post("/api/alerts/nonsense/acknowledge", &json!({})).await.problem(404, "not_found");
    let key = stage.key(&json!({ "name": "k" })).await;
    for tags in ["conversation:1", "experiment:x=a", &"x".repeat(81), "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"] {
        let request = stage.client.request(http::Method::POST, "/v1/chat/completions");
        let request =
            request.header("x-familiar-tags", tags).header("authorization", format!("Bearer {key}"));
        let reply =
            stage.client.send(request.body(chat("openai/actor", "x").to_string().into()).unwrap()).await;
        assert!(reply.openai_error(400).contains("x-familiar-tags"), "{tags}");
    }
}

#[tokio::test]
async fn too_little_history_is_said_and_nothing_guessed() {
    let stage = Stage::start().await;
    spend(&stage).await;
    for step in ["hour", "day", "week", "month"] {
        let said = stage.client.get(&format!("/api/money/forecast?step={step}")).await.ok(200);
        assert_eq!(said["forecast"], Value::Null, "{step}");
        assert!(said["not_enough"]["need"].as_u64().unwrap() > said["not_enough"]["have"].as_u64().unwrap());
        assert!(said["summary"].as_str().unwrap().contains("too little history"), "{said}");
    }
    let strange = stage.client.get("/api/money/anomalies").await.ok(200);
    assert_eq!(strange["anomalies"], json!([]));
    assert_eq!(strange["false_alarm_percent"], json!(1.0));
}

#[tokio::test]
async fn a_provider_that_is_down_is_an_alert_told_to_the_page_and_acknowledged() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "k" })).await;
    let mut events = stage.client.events("/api/events", None).await;
    for _ in 0..12 {
        stage.upstream.queue(Reply::error(500, "broken"));
        stage.upstream.queue(Reply::error(500, "broken"));
        stage.upstream.queue(Reply::error(500, "broken"));
        stage.client.ask("/v1/chat/completions", &key, chat("openai/actor", "x").to_string()).await;
    }
    let told = events.until(|event| event["type"] == "alert").await;
    let alert = &told.last().unwrap().data["alert"];
    assert_eq!(
        (&alert["kind"], &alert["severity"]),
        (&json!("provider_down"), &json!("critical")),
        "{alert}"
    );
    let list = stage.client.get("/api/alerts?unseen=true").await.ok(200);
    assert_eq!(list["unseen"], json!(1));
    let id = list["alerts"][0]["id"].as_str().unwrap();
    let seen = stage.client.post(&format!("/api/alerts/{id}/acknowledge"), &json!({})).await.ok(200);
    assert!(seen["acknowledged_at"].is_string());
    assert_eq!(stage.client.get("/api/alerts?unseen=true").await.ok(200)["alerts"], json!([]));
}

#[tokio::test]
async fn alert_settings_and_webhooks_are_kept_and_secrets_shown_once() {
    let stage = Stage::with(|_| {
        "[alerts]\nwebhooks = [{ name = \"pager\", url = \"http://127.0.0.1:9/x\", secret = \"0123456789abcdef\" }]".to_owned()
    })
    .await;
    let client = &stage.client;
    let put = json!({ "thresholds": [95, 80], "muted": ["quota"], "quiet_until": "2030-01-01T00:00:00Z" });
    let kept = client.put("/api/alerts/settings", &put).await.ok(200);
    assert_eq!(kept["thresholds"], json!([80, 95]));
    assert_eq!(kept["webhooks"][0]["source"], json!("file"));
    client.put("/api/alerts/settings", &json!({ "thresholds": [50] })).await.problem(422, "invalid");
    client
        .put("/api/alerts/settings", &json!({ "thresholds": [], "muted": ["moon"] }))
        .await
        .problem(422, "invalid");
    let refused =
        client.post("/api/alerts/webhooks", &json!({ "name": "x", "url": "http://127.0.0.1:1/" })).await;
    assert!(refused.problem(422, "invalid")["hint"].as_str().unwrap().contains("configuration"));
    let made = client
        .post("/api/alerts/webhooks", &json!({ "name": "x", "url": "https://hooks.invalid/a" }))
        .await
        .ok(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let shown = client.get("/api/alerts/settings").await;
    assert!(!shown.text().contains(secret) && !shown.text().contains("0123456789abcdef"));
    let id = made["webhook"]["id"].as_str().unwrap();
    let changed =
        client.patch(&format!("/api/alerts/webhooks/{id}"), &json!({ "enabled": false })).await.ok(200);
    assert_eq!(changed["enabled"], json!(false));
    let tested = client.post(&format!("/api/alerts/webhooks/{id}/test"), &json!({})).await.ok(200);
    assert_eq!(tested["ok"], json!(false));
    client.delete("/api/alerts/webhooks/file:pager").await.problem(409, "conflict");
    assert_eq!(client.delete(&format!("/api/alerts/webhooks/{id}")).await.status, 204);
    client.delete(&format!("/api/alerts/webhooks/{id}")).await.problem(404, "not_found");
}
