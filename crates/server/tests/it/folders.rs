//! `/api/folders`, and where conversations lie, as the page uses them.

use crate::stage::Stage;
use serde_json::{Value, json};
use testkit::Reply;

async fn made(stage: &Stage, path: &str, body: Value) -> String {
    stage.client.post(path, &body).await.ok(201)["id"].as_str().unwrap().to_owned()
}

fn titles(list: &Value) -> Vec<&str> {
    list["conversations"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn folders_are_made_moved_and_deleted_and_speak_first() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let work = made(&stage, "/api/folders", json!({ "name": "Work", "prompt": "Be brief." })).await;
    let inner = made(&stage, "/api/folders", json!({ "name": "Inner", "parent_id": work })).await;
    client.post("/api/folders", &json!({ "name": " " })).await.problem(422, "invalid");
    client
        .post("/api/folders", &json!({ "name": "x", "parent_id": inner, "colour": 1 }))
        .await
        .problem(422, "invalid");
    let path = format!("/api/folders/{work}");
    let loop_ =
        client.patch(&path, &json!({ "place": { "parent_id": inner } })).await.problem(422, "invalid");
    assert!(loop_["hint"].as_str().unwrap().contains("not within it"), "{loop_}");
    let renamed = client.patch(&path, &json!({ "name": "Office" })).await.ok(200);
    assert_eq!((&renamed["name"], &renamed["prompt"]), (&json!("Office"), &json!("Be brief.")));

    let conversation =
        made(&stage, "/api/conversations", json!({ "title": "Oslo", "folder_id": inner })).await;
    let address = format!("/api/conversations/{conversation}");
    stage.upstream.queue(Reply::text("Cold."));
    let mut events = client.events(&format!("{address}/events"), None).await;
    stage.say(&address, "how is it?").await;
    events.until(|event| event["type"] == "finished").await;
    let body = stage.upstream.last_request().unwrap().json();
    assert!(body["system"].to_string().contains("Be brief."), "{body}");

    assert!(client.delete(&path).await.text().is_empty());
    assert_eq!(client.get("/api/folders").await.ok(200)["folders"], json!([]));
    assert_eq!(client.get(&address).await.ok(200)["filed"]["folder_id"], json!(null));
    client.post(&format!("{path}/restore"), &json!({})).await.ok(200);
    assert_eq!(client.get(&address).await.ok(200)["filed"]["folder_id"], json!(inner));
    client.delete("/api/folders/nonsense").await.problem(404, "not_found");
}

#[tokio::test]
async fn many_conversations_change_at_once_and_change_back() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let mut events = client.events("/api/events", None).await;
    let work = made(&stage, "/api/folders", json!({ "name": "Work" })).await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(made(&stage, "/api/conversations", json!({ "title": title })).await);
    }
    let arrange = async |change: Value| {
        client.post("/api/conversations/arrange", &json!({ "ids": ids, "change": change })).await
    };
    arrange(json!({ "kind": "pin", "on": true })).await.ok(200);
    events.until(|event| event["type"] == "conversations_arranged").await;
    arrange(json!({ "kind": "tag", "add": ["Later"], "remove": [] })).await.ok(200);
    let before = arrange(json!({ "kind": "move", "folder_id": work })).await.ok(200);
    assert_eq!(before["places"].as_array().unwrap().len(), 3);
    let shelved = client.get("/api/conversations?shelves=true").await.ok(200);
    assert_eq!(titles(&shelved), Vec::<&str>::new(), "what is pinned stands above");
    let shelves = &shelved["shelves"];
    assert_eq!(shelves["pinned"].as_array().unwrap().len(), 3);
    assert_eq!(shelves["tags"], json!([{ "tag": "later", "conversations": 3 }]));
    assert_eq!(shelves["folders"][0]["conversations"], 3);
    let within = client.get(&format!("/api/conversations?folder={work}&shelves=true")).await.ok(200);
    assert_eq!(titles(&within), ["c", "b", "a"]);
    let above = json!({ "kind": "move", "folder_id": work, "above": ids[2] });
    let one = json!({ "ids": [ids[0]], "change": above });
    let ordered = client.post("/api/conversations/arrange", &one).await.ok(200);
    let within = client.get(&format!("/api/conversations?folder={work}")).await.ok(200);
    assert_eq!(titles(&within), ["a", "c", "b"]);
    client.put("/api/conversations/places", &ordered).await.ok(200);
    client.put("/api/conversations/places", &before).await.ok(200);
    let within = client.get(&format!("/api/conversations?folder={work}")).await.ok(200);
    assert_eq!(titles(&within), Vec::<&str>::new());
    let export = client.get(&format!("/api/conversations/export?ids={},{}", ids[1], ids[0])).await.json();
    assert_eq!(titles(&export), ["b", "a"]);

    arrange(json!({ "kind": "archive", "on": true })).await.ok(200);
    assert_eq!(titles(&client.get("/api/conversations").await.ok(200)), Vec::<&str>::new());
    assert_eq!(titles(&client.get("/api/conversations?archived=true").await.ok(200)).len(), 3);
    let gone = arrange(json!({ "kind": "delete" })).await.ok(200);
    client.get(&format!("/api/conversations/{}", ids[0])).await.problem(404, "not_found");
    client.put("/api/conversations/places", &gone).await.ok(200);
    client.get(&format!("/api/conversations/{}", ids[0])).await.ok(200);

    for (change, status) in [
        (json!({ "kind": "fly" }), 422),
        (json!({ "kind": "tag", "add": ["a,b"] }), 422),
        (json!({ "kind": "move", "folder_id": ids[0] }), 404),
        (json!({ "kind": "move", "above": ids[0], "below": ids[1] }), 422),
    ] {
        let code = if status == 404 { "not_found" } else { "invalid" };
        arrange(change).await.problem(status, code);
    }
    let search = client.get("/api/conversations?q=tag:later%20is:archived%20from:me").await.ok(200);
    assert_eq!(search["hints"], json!([{ "piece": "from:me", "why": "no_operator" }]));
    let search = client.get("/api/conversations?q=tag:later%20is:archived").await.ok(200);
    assert_eq!(titles(&search).len(), 3);

    let pinned = arrange(json!({ "kind": "pin", "on": false })).await.ok(200);
    arrange(json!({ "kind": "tag", "add": ["Now"], "remove": ["later"] })).await.ok(200);
    client.put("/api/conversations/places", &pinned).await.ok(200);
    let filed = client.get(&format!("/api/conversations/{}", ids[0])).await.ok(200)["filed"].clone();
    assert_eq!((&filed["pinned"], &filed["tags"]), (&json!(true), &json!(["now"])), "only the pin is back");
}
