//! What the page sees of the log, and what the program runs on.

use crate::stage::Stage;
use serde_json::{Value, json};
use tracing::{Dispatch, subscriber::NoSubscriber};

fn messages(page: &Value) -> Vec<&str> {
    page["lines"].as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap()).collect()
}

/// On one thread, so that what the server says is heard.
#[tokio::test]
async fn the_log_is_read_narrowed_down_and_changed() {
    // With only one that listens, what other tests say first on their threads would be taken for what nobody wants to hear.
    let _another = Dispatch::new(NoSubscriber::default());
    let stage = Stage::start().await;
    let client = &stage.client;
    let fixed = client.put("/api/system/log-level", &json!({ "level": "debug" })).await;
    fixed.problem(409, "conflict");
    let empty = client.get("/api/system/logs").await.ok(200);
    assert_eq!((&empty["lines"], &empty["level"], &empty["kept"]), (&json!([]), &Value::Null, &json!(0)));
    assert_eq!(empty["most"], app::log::CAPACITY);

    let listening =
        tracing::dispatcher::set_default(&app::log::recent().dispatch(&app::log::LogConfig::default()));
    tracing::warn!(path = "/somewhere", key = "sk-abcdefghijklmnop", "weather: the roof leaks");
    tracing::info!("weather: the sun shines");
    tracing::debug!("weather: nobody hears this");
    let page = client.get("/api/system/logs?q=WEATHER").await.ok(200);
    assert_eq!(messages(&page), ["weather: the sun shines", "weather: the roof leaks"]);
    assert_eq!(page["level"], "info");
    let roof = &page["lines"][1];
    assert_eq!((&roof["level"], &roof["part"]), (&json!("warn"), &json!("it::logs")));
    assert_eq!(
        roof["fields"],
        json!([{ "name": "path", "value": "/somewhere" }, { "name": "key", "value": "[hidden]" }])
    );
    assert_eq!(
        messages(&client.get("/api/system/logs?level=warn&q=weather").await.ok(200)),
        ["weather: the roof leaks"]
    );
    let first = client.get("/api/system/logs?q=weather&limit=1").await.ok(200);
    assert_eq!(messages(&first), ["weather: the sun shines"]);
    let rest = client.get(&format!("/api/system/logs?q=weather&before={}", first["next"])).await.ok(200);
    assert_eq!((messages(&rest), &rest["next"]), (vec!["weather: the roof leaks"], &Value::Null));
    client.get("/api/system/logs?level=loud").await.problem(422, "invalid");
    client.get("/api/system/logs?before=yesterday").await.problem(400, "invalid");

    client.put("/api/system/log-level", &json!({ "level": "loud" })).await.problem(422, "invalid");
    assert_eq!(
        client.put("/api/system/log-level", &json!({ "level": "debug" })).await.ok(200),
        json!({ "level": "debug" })
    );
    // A problem is found by its id.
    let lost = client.get("/api/conversations/none").await;
    let id = lost.header("x-correlation-id").to_owned();
    let found = client.get(&format!("/api/system/logs?q={id}")).await.ok(200);
    assert_eq!(found["lines"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["level"], "debug");
    drop(listening);
    stage.end().await;
}

#[tokio::test]
async fn the_program_says_what_it_runs_on() {
    let stage = Stage::start().await;
    let facts = stage.client.get("/api/system").await.ok(200);
    assert_eq!(facts["version"], env!("CARGO_PKG_VERSION"));
    assert!(["debug", "release"].contains(&facts["build"].as_str().unwrap()), "{facts}");
    assert!(facts["workers"].as_u64().unwrap() > 0, "{facts}");
    assert!(!facts["platform"].as_str().unwrap().is_empty(), "{facts}");
    stage.end().await;
}
