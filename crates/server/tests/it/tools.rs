//! `/api/tools` and the choice of tools, as the page and the terminal use them.

use crate::stage::{PROVIDERS, Stage, UPSTREAM_KEY};
use base::new_id;
use serde_json::{Value, json};
use testkit::Reply;

#[tokio::test]
async fn tools_are_listed_chosen_and_refused_by_name() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let list = client.get("/api/tools").await.ok(200);
    let tools = list["tools"].as_array().unwrap();
    let named = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
    for (name, changes) in [
        ("calculate", false),
        ("now", false),
        ("convert", false),
        ("roll", false),
        ("search_library", false),
        ("recall", false),
        ("remember", true),
        ("forget", true),
    ] {
        assert_eq!(named(name)["changes"], changes, "{name}");
        assert!(!named(name)["description"].as_str().unwrap().is_empty());
    }
    assert_eq!(tools.len(), 8);

    let conversation = stage.conversation().await;
    let before = client.get(&conversation).await.ok(200);
    assert_eq!(before["tools"], json!({ "on": null, "unasked": [] }));
    let chosen = json!({ "on": ["roll", "remember"], "unasked": ["remember"] });
    let changed = client.patch(&conversation, &json!({ "tools": chosen })).await.ok(200);
    assert_eq!(changed["tools"], chosen);
    client.patch(&conversation, &json!({ "tools": { "on": ["fly"] } })).await.problem(422, "invalid");
    assert_eq!(client.get(&conversation).await.ok(200)["tools"], chosen, "a bad choice changes nothing");

    let settings = client.get("/api/settings").await.ok(200);
    assert_eq!(settings["tools"], json!([]), "nothing is on until somebody turns it on");
    let choose = |tool: &str| json!({ "tools": [tool] });
    assert_eq!(client.patch("/api/settings", &choose("now")).await.ok(200)["tools"], json!(["now"]));
    client.patch("/api/settings", &choose("fly")).await.problem(422, "invalid");
}

#[tokio::test]
async fn nothing_is_decided_where_nothing_waits() {
    let stage = Stage::start().await;
    let conversation = stage.conversation().await;
    stage.upstream.queue(Reply::text("Hello."));
    let answer = stage.say(&conversation, "hi").await;
    let path = format!("{conversation}/messages/{answer}/tools/{}", new_id());
    let decide = |decision: &str| json!({ "decision": decision });
    stage.client.post(&path, &decide("allow")).await.problem(409, "conflict");
    stage.client.post(&path, &decide("perhaps")).await.problem(422, "invalid");
}

/// The stage's providers once more, with a model that calls tools.
fn able(base: &str) -> String {
    let provider = |(name, dialect, path): (&str, &str, &str)| {
        format!(
            "[providers.able-{name}]\ndialect = \"{dialect}\"\nbase_url = \"{base}{path}\"\napi_key = \"{UPSTREAM_KEY}\"\n\
             models = [{{ name = \"handy\", capabilities = [\"chat\", \"tools\"], prices = {{ input = \"1\", output = \"2\" }} }}]\n"
        )
    };
    PROVIDERS.into_iter().map(provider).collect()
}

async fn turn(stage: &Stage, conversation: &str, model: &str) -> String {
    let said = json!({ "text": "six times seven?", "model": model });
    let started = stage.client.post(&format!("{conversation}/turns"), &said).await.ok(201);
    started["reply"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn calls_and_results_go_back_and_forth_in_every_wire_format() {
    let stage = Stage::with(able).await;
    for (name, ..) in PROVIDERS {
        let conversation = stage.conversation().await;
        let tools = json!({ "on": ["calculate", "roll"] });
        stage.client.patch(&conversation, &json!({ "tools": tools })).await.ok(200);
        let mut events = stage.client.events(&format!("{conversation}/events"), None).await;
        stage.upstream.queue(
            Reply::tool_call("call_1", "calculate", r#"{"expression":"6 * 7"}"#)
                .and_tool_call("call_2", "fly", "{}"),
        );
        stage.upstream.queue(Reply::text("It is 42."));
        let answer = turn(&stage, &conversation, &format!("able-{name}/handy")).await;
        let seen = events.until(|event| event["type"] == "finished").await;
        let done: Vec<&Value> = seen
            .iter()
            .map(|event| &event.data)
            .filter(|data| data["type"] == "tool" && data["message_id"] == answer.as_str())
            .map(|data| &data["used"])
            .filter(|used| used["state"] != "running")
            .collect();
        assert_eq!(done.len(), 2, "{name}: {done:?}");
        let kept = stage.client.get(&format!("{conversation}/messages")).await.ok(200);
        let kept = &kept["messages"][1];
        assert_eq!((&kept["status"], &kept["text"]), (&json!("complete"), &json!("It is 42.")), "{name}");
        assert_eq!(kept["tool_uses"][0]["result"], "6 * 7 = 42", "{name}");
        assert_eq!(kept["tool_uses"][1]["state"], "failed", "{name}");
        let told = stage.upstream.requests().last().unwrap().body.clone();
        assert!(told.contains("6 * 7 = 42") && told.contains("there is no tool"), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_change_waits_for_leave_and_is_shown_while_it_waits() {
    let stage = Stage::with(able).await;
    let client = &stage.client;
    let conversation = stage.conversation().await;
    client.patch(&conversation, &json!({ "tools": { "on": ["remember"] } })).await.ok(200);
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    let arguments = r#"{"text":"The spare key is in the blue pot"}"#;
    stage.upstream.queue(Reply::tool_call("call_1", "remember", arguments));
    stage.upstream.queue(Reply::text("I will."));
    let answer = turn(&stage, &conversation, "able-openai/handy").await;
    let waits = |event: &Value| event["type"] == "tool" && event["used"]["state"] == "waiting";
    let seen = events.until(waits).await;
    let used = seen.last().unwrap().data["used"]["id"].as_str().unwrap().to_owned();
    // Who comes now sees that it waits.
    let shown = client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(shown["messages"][1]["tool_uses"][0]["state"], "waiting");
    let path = format!("{conversation}/messages/{answer}/tools/{used}");
    client.post(&path, &json!({ "decision": "allow_always" })).await.ok(200);
    events.until(|event| event["type"] == "finished").await;
    let facts = client.get("/api/memory/facts?q=blue%20pot").await.ok(200);
    let origins: Vec<&Value> =
        facts["facts"].as_array().unwrap().iter().map(|fact| &fact["origin"]).collect();
    assert!(origins.contains(&&json!("tool")), "{facts}");
    assert_eq!(client.get(&conversation).await.ok(200)["tools"]["unasked"], json!(["remember"]));
    client.post(&path, &json!({ "decision": "decline" })).await.problem(409, "conflict");
}
