//! `/api/comparisons`, `/api/prompt-sets` and `/api/prompt-runs` as the page and the terminal use them.

use crate::{client::Client, stage::Stage};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Reply;

const OTHER: &str = "anthropic/actor";

fn begin(text: &str, blind: bool) -> Value {
    json!({
        "columns": [{ "model": crate::stage::MODEL, "max_output_tokens": 50 }, { "model": OTHER, "name": "The other" }],
        "blind": blind,
        "question": { "text": text },
    })
}

/// Waits until nothing is being written.
async fn finished(client: &Client, id: &str) -> Value {
    for _ in 0..2_000 {
        let whole = client.get(&format!("/api/comparisons/{id}")).await.ok(200);
        if whole["answers"].as_array().unwrap().iter().all(|answer| answer["status"] != "streaming") {
            return whole;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the answers never ended");
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_comparison_is_begun_followed_told_apart_voted_on_merged_and_written_down() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for _ in 0..2 {
        stage.upstream.queue(Reply::text("The tower is 330 metres tall."));
    }
    let begun = client.post("/api/comparisons", &begin("How tall?", false)).await.ok(201);
    let comparison = id(&begun["head"]["id"]);
    let path = format!("/api/comparisons/{comparison}");
    let whole = finished(client, &comparison).await;
    assert_eq!(whole["head"]["columns"][1]["name"], "The other");
    assert_eq!(whole["head"]["columns"][0]["max_output_tokens"], 50);
    let receipt = &whole["answers"][0]["receipt"];
    assert!(receipt["output_tokens"].as_u64().unwrap() > 0 && receipt["cost_usd"].is_string(), "{receipt}");

    // One column is asked once more and says something else.
    let mut events = client.events(&format!("{path}/events"), None).await;
    stage.upstream.queue(Reply::text("The tower is **324 metres** tall."));
    let again = format!("{path}/answers/{}/again", id(&whole["answers"][1]["id"]));
    client.post(&again, &json!({})).await.ok(201);
    events.until(|event| event["type"] == "answer" && event["answer"]["status"] == "complete").await;
    let whole = finished(client, &comparison).await;
    let (left, right) = (id(&whole["answers"][0]["id"]), id(&whole["answers"][2]["id"]));

    let apart = client.get(&format!("{path}/difference?base=0")).await.ok(200);
    let of_second = apart["pieces"].as_array().unwrap();
    assert_eq!(of_second.len(), 2);
    assert_eq!(apart["disagreements"][0]["values"], json!([["330"], ["324"]]), "{apart}");
    assert_eq!(apart["rows"].as_array().unwrap().len(), 1);
    client.get(&format!("{path}/difference?base=7")).await.problem(404, "not_found");

    let vote = json!({ "left_id": left, "right_id": right, "better": "left" });
    let cast = client.post(&format!("{path}/votes"), &vote).await.ok(201);
    assert_eq!(cast["void"], Value::Null, "{cast}");
    let ratings = client.get("/api/ratings").await.ok(200);
    assert_eq!(ratings["ratings"][0]["deployment"], crate::stage::MODEL);
    let vote = json!({ "left_id": left, "right_id": right, "better": "best" });
    client.post(&format!("{path}/votes"), &vote).await.problem(422, "invalid");

    stage.upstream.queue(Reply::text("{\"items\": [\"the height\", \"bold figures\"]}"));
    let merge = json!({ "kind": "checklist", "model": crate::stage::MODEL });
    client.post(&format!("{path}/merges"), &merge).await.ok(201);
    let whole = finished(client, &comparison).await;
    assert_eq!(whole["merges"][0]["found"], json!(["the height", "bold figures"]));
    stage.upstream.queue(Reply::text(
        "{\"criteria\": [{\"name\": \"Right\", \"scores\": {\"A\": 90, \"B\": 20}}], \"best\": \"A\", \"because\": \"x\"}",
    ));
    let merge = json!({ "kind": "criteria", "model": crate::stage::MODEL });
    client.post(&format!("{path}/merges"), &merge).await.ok(201);
    let whole = finished(client, &comparison).await;
    assert_eq!(whole["merges"][1]["scores"]["criteria"][0]["scores"], json!([90, 20]));
    assert_eq!(whole["merges"][1]["scores"]["best"], 0);
    client.post(&format!("{path}/merges"), &json!({ "kind": "mix" })).await.problem(422, "invalid");

    for (format, part) in [("markdown", "## Question"), ("html", "<!doctype html>"), ("json", "\"turns\"")] {
        let report = client.get(&format!("{path}/report?format={format}")).await;
        assert!(report.header("content-disposition").starts_with("attachment"));
        assert!(report.text().contains(part) && report.text().contains("checklist by"), "{}", report.text());
    }
    client.get(&format!("{path}/report?format=pdf")).await.problem(422, "invalid");
}

#[tokio::test]
async fn comparisons_are_listed_renamed_put_in_order_taken_away_and_brought_back() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for text in ["First answer", "Second answer"] {
        stage.upstream.queue(Reply::text(text));
    }
    let begun = client.post("/api/comparisons", &begin("Which colour?", false)).await.ok(201);
    let comparison = id(&begun["head"]["id"]);
    let path = format!("/api/comparisons/{comparison}");
    finished(client, &comparison).await;
    let order = json!([begun["head"]["columns"][1]["id"], begun["head"]["columns"][0]["id"]]);
    let patched = client.patch(&path, &json!({ "title": "Colours", "order": order })).await.ok(200);
    assert_eq!(
        (&patched["head"]["title"], &patched["head"]["columns"][0]["name"]),
        (&json!("Colours"), &json!("The other"))
    );
    client.patch(&path, &json!({ "order": [] })).await.problem(422, "invalid");
    for (words, count) in [("second%20answer", 1), ("colours", 1), ("nothing", 0)] {
        let list = client.get(&format!("/api/comparisons?q={words}")).await.ok(200);
        assert_eq!(list["comparisons"].as_array().unwrap().len(), count, "{words}");
    }
    client.delete(&path).await.ok(204);
    client.get(&path).await.problem(404, "not_found");
    assert_eq!(client.post(&format!("{path}/restore"), &json!({})).await.ok(200)["head"]["title"], "Colours");

    let alone = json!({ "columns": [{ "model": OTHER }], "question": { "text": "x" } });
    let problem = client.post("/api/comparisons", &alone).await.problem(422, "invalid");
    assert!(problem["hint"].as_str().unwrap().contains("two or more"), "{problem}");
    let nobody = json!({
        "columns": [{ "model": OTHER }, { "persona_id": base::new_id().to_string() }],
        "question": { "text": "x" },
    });
    client.post("/api/comparisons", &nobody).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_persona_answers_beside_a_model() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let made = client
        .post(
            "/api/personas",
            &json!({ "persona": { "name": "Ada", "description": "A mathematician.", "model": OTHER } }),
        )
        .await
        .ok(201);
    for _ in 0..2 {
        stage.upstream.queue(Reply::text("Hello."));
    }
    let columns = json!([{ "persona_id": made["id"] }, { "model": crate::stage::MODEL }]);
    let new = json!({ "columns": columns, "question": { "text": "Who are you?" } });
    let begun = client.post("/api/comparisons", &new).await.ok(201);
    assert_eq!(begun["head"]["columns"][0]["name"], "Ada");
    finished(client, &id(&begun["head"]["id"])).await;
    let asked: Vec<String> = stage.upstream.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(asked.iter().filter(|body| body.contains("A mathematician.")).count(), 1, "{asked:?}");
}

#[tokio::test]
async fn hidden_names_stay_hidden_until_there_is_a_vote() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for _ in 0..2 {
        stage.upstream.queue(Reply::text("The same."));
    }
    let begun = client.post("/api/comparisons", &begin("Which?", true)).await;
    assert!(!begun.text().contains("actor") && !begun.text().contains("The other"), "{}", begun.text());
    let comparison = id(&begun.ok(201)["head"]["id"]);
    let path = format!("/api/comparisons/{comparison}");
    let whole = finished(client, &comparison).await;
    for hidden in [client.get(&path).await, client.get("/api/comparisons").await] {
        assert!(!hidden.text().contains("actor"), "{}", hidden.text());
    }
    let report = client.get(&format!("{path}/report?format=json")).await;
    assert!(!report.text().contains("actor"), "{}", report.text());
    let ids: Vec<String> =
        whole["answers"].as_array().unwrap().iter().map(|answer| id(&answer["id"])).collect();
    let vote = json!({ "left_id": ids[0], "right_id": ids[1], "better": "tie" });
    client.post(&format!("{path}/votes"), &vote).await.ok(201);
    assert_eq!(client.get(&path).await.ok(200)["head"]["mode"], "revealed");
}

#[tokio::test]
async fn a_prompt_set_is_kept_estimated_run_and_read_as_a_grid() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let put = json!({
        "title": "Capitals",
        "prompts": [{ "text": "Capital of France?", "assertions": [{ "kind": "contains", "text": "Paris" }] }],
    });
    let set = client.post("/api/prompt-sets", &put).await.ok(201);
    let path = format!("/api/prompt-sets/{}", id(&set["id"]));
    let changed = client.put(&path, &json!({ "title": "Towns", "prompts": put["prompts"] })).await.ok(200);
    assert_eq!(changed["title"], "Towns");
    let column = |model: &str| json!({ "model": model, "max_output_tokens": 50 });
    let new = json!({ "columns": [column(crate::stage::MODEL), column(OTHER)], "cap_usd": "5" });
    let most = client.post(&format!("{path}/estimate"), &new).await.ok(200);
    assert_eq!(most["answers"], 2);
    assert!(most["most_usd"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{most}");
    for _ in 0..2 {
        stage.upstream.queue(Reply::text("Paris."));
    }
    let run = client.post(&format!("{path}/runs"), &new).await.ok(201);
    let run_path = format!("/api/prompt-runs/{}", id(&run["id"]));
    let mut grid = client.get(&run_path).await.ok(200);
    for _ in 0..2_000 {
        if grid["run"]["state"] == "over" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        grid = client.get(&run_path).await.ok(200);
    }
    let passed: Vec<bool> =
        grid["cells"].as_array().unwrap().iter().map(|cell| cell["passed"].as_bool().unwrap()).collect();
    assert_eq!(passed, [true, true], "{grid}");
    let csv = client.get(&format!("{run_path}/csv")).await;
    assert!(csv.header("content-type").starts_with("text/csv") && csv.text().lines().count() == 3);
    client.post(&format!("{run_path}/resume"), &json!({})).await.problem(409, "conflict");
    assert_eq!(client.get("/api/prompt-runs").await.ok(200)["runs"][0]["title"], "Towns");
    client.delete(&path).await.ok(204);
    client.get(&path).await.problem(404, "not_found");
    client.get(&run_path).await.ok(200);

    for bad in [
        json!({ "title": "x", "prompts": [] }),
        json!({ "title": "x", "prompts": [{ "text": "x", "assertions": [{ "kind": "matches", "pattern": "(" }] }] }),
    ] {
        client.post("/api/prompt-sets", &bad).await.problem(422, "invalid");
    }
    let set = client.post("/api/prompt-sets", &put).await.ok(201);
    let path = format!("/api/prompt-sets/{}/runs", id(&set["id"]));
    for bad in [json!({ "columns": [] }), json!({ "columns": [{ "model": OTHER }], "cap_usd": "much" })] {
        client.post(&path, &bad).await.problem(422, "invalid");
    }
}
