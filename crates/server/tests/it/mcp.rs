//! `/api/mcp` and the tools of servers in a conversation.

use crate::stage::{Stage, UPSTREAM_KEY};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Reply, ScriptedMcp};

/// The stage's upstream with a model that calls tools.
fn able(base: &str) -> String {
    format!(
        "[providers.able]\ndialect = \"openai-chat\"\nbase_url = \"{base}/v1\"\napi_key = \"{UPSTREAM_KEY}\"\n\
         models = [{{ name = \"handy\", capabilities = [\"chat\", \"tools\"] }}]\n"
    )
}

async fn until(stage: &Stage, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..500 {
        let list = stage.client.get("/api/mcp/servers").await.ok(200);
        if wanted(&list) {
            return list;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the tool servers did not become as wanted");
}

async fn added(stage: &Stage, server: &ScriptedMcp) -> String {
    let new =
        json!({ "name": "web", "url": server.url(), "values": { "X-Key": "secret-value-of-a-header" } });
    let made = stage.client.post("/api/mcp/servers", &new).await.ok(201);
    until(stage, |list| list["servers"][0]["state"] == "ready").await;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_added_shown_changed_tested_removed_and_brought_back() {
    let (stage, server) = (Stage::start().await, ScriptedMcp::start().await.unwrap());
    let client = &stage.client;
    let empty = client.get("/api/mcp/servers").await.ok(200);
    assert_eq!((&empty["servers"], &empty["file_problems"]), (&json!([]), &json!([])));
    let id = added(&stage, &server).await;
    let path = format!("/api/mcp/servers/{id}");
    let list = client.get("/api/mcp/servers").await.ok(200);
    let shown = &list["servers"][0];
    assert_eq!((&shown["transport"], &shown["values"]), (&json!("http"), &json!(["X-Key"])));
    assert!(!list.to_string().contains("secret-value"), "{list}");
    assert_eq!(shown["tools"][0]["name"], "mcp__web__echo");
    assert!(shown["tools"][0]["tokens"].as_u64().unwrap() > 5);
    assert_eq!(shown["left_out"][0]["name"], "broken");
    let tools = client.get("/api/tools").await.ok(200);
    let tool = tools["tools"]
        .as_array()
        .unwrap()
        .iter()
        .find(|tool| tool["name"] == "mcp__web__write_note")
        .unwrap();
    assert_eq!((&tool["server"], &tool["changes"]), (&json!("web"), &json!(true)));
    let tested = client.post(&format!("{path}/test"), &json!({})).await.ok(200);
    assert_eq!((&tested["ok"], &tested["tools"]), (&json!(true), &json!(15)));
    assert_eq!(client.post(&format!("{path}/restart"), &json!({})).await.ok(200)["state"], "ready");
    for wrong in [
        json!({ "name": "web", "url": "http://127.0.0.1:1/mcp" }),
        json!({ "name": "other" }),
        json!({ "name": "other", "url": "x", "command": "y" }),
        json!({ "name": "other", "url": "ftp://example.com" }),
        json!({ "name": "a b", "command": "true" }),
        json!({ "name": "other", "command": "true", "enabled": false, "extra": 1 }),
        json!({ "name": "other", "url": "http://127.0.0.1:1/mcp", "values": { "Mcp-Session-Id": "x" } }),
    ] {
        let code = if wrong["name"] == "web" { (409, "conflict") } else { (422, "invalid") };
        client.post("/api/mcp/servers", &wrong).await.problem(code.0, code.1);
    }
    client.patch(&path, &json!({ "command": "true" })).await.problem(422, "invalid");
    let off = client.patch(&path, &json!({ "enabled": false, "values": { "X-Key": null } })).await.ok(200);
    assert_eq!((&off["state"], &off["values"]), (&json!("off"), &json!([])));
    assert_eq!(client.get("/api/tools").await.ok(200)["tools"].as_array().unwrap().len(), 8);
    client.delete(&path).await.ok(204);
    client.get("/api/mcp/servers").await.ok(200);
    client.post(&format!("{path}/test"), &json!({})).await.problem(404, "not_found");
    assert_eq!(client.post(&format!("{path}/restore"), &json!({})).await.ok(200)["name"], "web");
    let text = r#"{"mcpServers": {"files": {"command": "true", "disabled": true}, "old": {"type": "sse", "url": "http://x/sse"}}}"#;
    let imported = client.post("/api/mcp/servers/import", &json!({ "text": text })).await.ok(200);
    assert_eq!(imported["added"][0]["name"], "files");
    assert_eq!(imported["skipped"][0]["name"], "old");
    client.post("/api/mcp/servers/import", &json!({ "text": "npx" })).await.problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_models_call_goes_to_the_server_after_the_person_has_allowed_it() {
    let (stage, server) = (Stage::with(able).await, ScriptedMcp::start().await.unwrap());
    let client = &stage.client;
    let id = added(&stage, &server).await;
    let conversation = stage.conversation().await;
    let tools = json!({ "on": ["mcp__web__write_note", "mcp__web__notes", "mcp__gone__tool"] });
    client.patch(&conversation, &json!({ "tools": tools })).await.ok(200);
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(Reply::tool_call("call_1", "mcp__web__write_note", r#"{"text":"buy milk"}"#));
    stage.upstream.queue(Reply::tool_call("call_2", "mcp__web__notes", "{}"));
    stage.upstream.queue(Reply::text("Noted."));
    let said = json!({ "text": "note it", "model": "able/handy" });
    let started = client.post(&format!("{conversation}/turns"), &said).await.ok(201);
    let answer = started["reply"]["id"].as_str().unwrap().to_owned();
    let seen = events.until(|event| event["type"] == "tool" && event["used"]["state"] == "waiting").await;
    assert!(server.calls().is_empty(), "nothing is done before it is allowed");
    let used = seen.last().unwrap().data["used"]["id"].as_str().unwrap().to_owned();
    let path = format!("{conversation}/messages/{answer}/tools/{used}");
    client.post(&path, &json!({ "decision": "allow" })).await.ok(200);
    events.until(|event| event["type"] == "finished").await;
    let kept = client.get(&format!("{conversation}/messages")).await.ok(200);
    let uses = &kept["messages"][1]["tool_uses"];
    assert_eq!((&uses[0]["result"], &uses[1]["result"]), (&json!("noted: buy milk"), &json!("buy milk")));
    assert_eq!(server.calls().len(), 2);
    let first = &stage.upstream.requests()[0].body;
    assert!(
        first.contains("mcp__web__write_note") && !first.contains("mcp__web__echo"),
        "only what was chosen: {first}"
    );
    // While it is away its tools stay chosen, and are left out.
    client.patch(&format!("/api/mcp/servers/{id}"), &json!({ "enabled": false })).await.ok(200);
    stage.upstream.queue(Reply::text("Without tools."));
    client.post(&format!("{conversation}/turns"), &said).await.ok(201);
    events.until(|event| event["type"] == "finished").await;
    assert!(!stage.upstream.requests().last().unwrap().body.contains("mcp__web__notes\",\"description"));
    assert_eq!(client.get(&conversation).await.ok(200)["tools"]["on"], tools["on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_only_mode_leaves_servers_on_this_machine_alone_and_refuses_others() {
    let (stage, server) = (Stage::start().await, ScriptedMcp::start().await.unwrap());
    let client = &stage.client;
    added(&stage, &server).await;
    client.patch("/api/settings", &json!({ "local_only": true })).await.ok(200);
    let far = json!({ "name": "far", "url": "https://tools.example.com/mcp" });
    client.post("/api/mcp/servers", &far).await.ok(201);
    let list = until(&stage, |list| list["servers"][1]["state"] == "away").await;
    assert!(list["servers"][1]["problem"]["message"].as_str().unwrap().contains("local-only"), "{list}");
    until(&stage, |list| list["servers"][0]["state"] == "ready").await;
}
