//! `/api/memory` as the page and the terminal use it.

use crate::stage::Stage;
use serde_json::{Value, json};
use testkit::Reply;

fn texts(list: &Value) -> Vec<&str> {
    list["facts"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn facts_are_written_down_found_put_right_forgotten_and_erased() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let added = client
        .post("/api/memory/facts", &json!({ "text": "I live in Berlin and my name is Ada." }))
        .await
        .ok(201);
    assert_eq!(texts(&added), ["Is called Ada", "Lives in Berlin"]);
    client.post("/api/memory/facts", &json!({ "text": "I live in Lisbon" })).await.ok(201);
    client
        .post(
            "/api/memory/facts",
            &json!({ "text": "The spare key is in the blue pot", "scope": "project:house" }),
        )
        .await
        .ok(201);
    let all = client.get("/api/memory/facts").await.ok(200);
    assert_eq!(all["facts"].as_array().unwrap().len(), 4);
    let current = client.get("/api/memory/facts?standing=current&scope=user&q=lives").await.ok(200);
    assert_eq!(texts(&current), ["Lives in Lisbon"]);
    let lisbon = format!("/api/memory/facts/{}", current["facts"][0]["id"].as_str().unwrap());
    let history = client.get(&lisbon).await.ok(200);
    assert_eq!(history["history"][1]["text"], "Lives in Berlin");
    let right =
        client.put(&lisbon, &json!({ "text": "Lives in Porto", "true_from": "2024-03-01" })).await.ok(200);
    assert_eq!(
        (&right["origin"], &right["true_from"]),
        (&json!("person"), &json!("2024-03-01T00:00:00.000Z"))
    );
    client.put(&lisbon, &json!({ "text": "x" })).await.problem(409, "conflict");
    let recalled = client.get("/api/memory/recall?q=Where%20do%20I%20live%3F").await.ok(200);
    assert_eq!(recalled["recalled"][0]["fact"]["text"], "Lives in Porto");
    assert!(!recalled["recalled"][0]["why"].as_str().unwrap().is_empty());
    let profile = client.get("/api/memory/profile").await.ok(200);
    assert_eq!(profile["name"], "Ada");
    let map = client.get("/api/memory/map").await.ok(200);
    assert_eq!((map["nodes"][0]["label"].as_str(), map["lines"].as_array().unwrap().len()), (Some("You"), 2));
    let scopes = client.get("/api/memory/scopes").await.ok(200);
    let names: Vec<&str> =
        scopes["scopes"].as_array().unwrap().iter().map(|one| one["scope"].as_str().unwrap()).collect();
    assert_eq!(names, ["user", "project:house"]);

    let path = format!("/api/memory/facts/{}", right["id"].as_str().unwrap());
    client.post(&format!("{path}/strike"), &json!({ "struck": true })).await.ok(200);
    assert_eq!(
        client.get("/api/memory/recall?q=Where%20do%20I%20live%3F").await.ok(200)["recalled"],
        json!([])
    );
    client.post(&format!("{path}/strike"), &json!({ "struck": false })).await.ok(200);
    client.delete(&path).await.ok(204);
    assert_eq!(
        texts(&client.get("/api/memory/facts?standing=current&scope=user").await.ok(200)),
        ["Is called Ada"]
    );
    client.post(&format!("{path}/restore"), &json!({})).await.ok(200);
    let changes = client.get("/api/memory/changes?limit=3").await.ok(200);
    assert_eq!(changes["changes"][0]["what"], "restored");
    assert!(changes["next"].is_string());

    let export = client.get("/api/memory/export").await;
    assert!(export.header("content-disposition").contains("familiar-memory.json"));
    assert_eq!(export.ok(200)["facts"].as_array().unwrap().len(), 5);
    assert_eq!(client.delete("/api/memory").await.ok(200)["facts"], 5);
    assert_eq!(texts(&client.get("/api/memory/facts").await.ok(200)), [""; 0]);

    for (path, hint) in [
        ("facts?scope=moon", "persona:ID"),
        ("facts?kind=x", "docs"),
        ("facts?cursor=x", "next"),
        ("map?scope=persona:x", "persona:ID"),
    ] {
        let problem = client.get(&format!("/api/memory/{path}")).await.problem(422, "invalid");
        assert!(problem["hint"].as_str().unwrap().contains(hint), "{problem}");
    }
    client.post("/api/memory/facts", &json!({ "text": "  " })).await.problem(422, "invalid");
    client.put(&path, &json!({ "true_from": "soon" })).await.problem(422, "invalid");
    client.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_an_answer_was_told_is_shown_with_why() {
    let stage = Stage::start().await;
    let client = &stage.client;
    client.post("/api/memory/facts", &json!({ "text": "We have a dog called Rex" })).await.ok(201);
    let conversation = stage.conversation().await;
    assert_eq!(client.get(&conversation).await.ok(200)["memory"], true);
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    stage.upstream.queue(Reply::text("It is Rex."));
    let answer = stage.say(&conversation, "What is my dog called?").await;
    events.until(|event| event["type"] == "finished").await;
    let messages = client.get(&format!("{conversation}/messages")).await.ok(200);
    assert_eq!(messages["messages"][1]["remembered"], 1);
    let told = client.get(&format!("{conversation}/messages/{answer}/remembered")).await.ok(200);
    assert_eq!(told["recalled"][0]["fact"]["text"], "Dog: Rex");
    let sent = stage.upstream.last_request().unwrap().body;
    assert!(sent.contains("Dog: Rex"), "{sent}");
    let recap = client.get(&format!("{conversation}/recap")).await.ok(200);
    assert_eq!((&recap["text"], &recap["by_model"]), (&Value::Null, &json!(false)));
    let off = client.patch(&conversation, &json!({ "memory": false })).await.ok(200);
    assert_eq!(off["memory"], false);
}
