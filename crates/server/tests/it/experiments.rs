//! Experiments, opinions and votes through the API.

use crate::stage::{MODEL, Stage};
use serde_json::json;
use testkit::Reply;

const FILE: &str = r#"
[routes.main]
deployments = ["openai/actor", "anthropic/actor"]
"#;

#[tokio::test]
async fn an_experiment_is_made_run_watched_and_finished() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    stage.upstream.always(Reply::text("hello").usage(10, 5));
    let put = json!({
        "name": "openai-or-anthropic", "kind": "model", "target": "main", "sticky": "request", "effect": 0.05,
        "variants": [{ "name": "openai", "model": MODEL }, { "name": "anthropic", "model": "anthropic/actor" }]
    });
    let made = client.post("/api/experiments", &put).await.ok(201);
    assert_eq!((&made["status"], &made["design"]["alpha"]), (&json!("planning"), &json!(0.05)));
    let path = format!("/api/experiments/{}", made["id"].as_str().unwrap());
    client.post("/api/experiments", &put).await.problem(409, "conflict");
    client.post(&format!("{path}/pause"), &json!({})).await.problem(409, "conflict");
    assert_eq!(client.post(&format!("{path}/start"), &json!({})).await.ok(200)["status"], "running");

    let key = client.post("/api/keys", &json!({ "name": "k" })).await.ok(201);
    let secret = key["secret"].as_str().unwrap();
    let ask = json!({ "model": "main", "messages": [{ "role": "user", "content": "hello" }] }).to_string();
    let mut exchanges = Vec::new();
    for _ in 0..12 {
        let answer = client.ask("/v1/chat/completions", secret, ask.clone()).await;
        answer.ok(200);
        assert!(answer.header("x-familiar-route").contains("the experiment `openai-or-anthropic` gave it"));
        exchanges.push(answer.header("x-familiar-exchange").to_owned());
    }
    let feedback = json!({ "exchange_id": exchanges[0], "thumb": "up", "quality": 5 });
    let kept = client.post("/api/feedback", &feedback).await.ok(200);
    assert_eq!(kept["said"]["thumb"], "up");
    let found =
        client.get(&format!("/api/feedback?exchange_ids={},{}", exchanges[0], exchanges[1])).await.ok(200);
    assert_eq!(found["feedback"].as_array().unwrap().len(), 1);
    client.post("/api/feedback", &json!({ "exchange_id": exchanges[0] })).await.ok(200);
    let found = client.get(&format!("/api/feedback?exchange_ids={}", exchanges[0])).await.ok(200);
    assert_eq!(found["feedback"], json!([]), "it was taken back");
    client
        .post("/api/feedback", &json!({ "exchange_id": exchanges[0], "thumb": "sideways" }))
        .await
        .problem(422, "invalid");

    let shown = client.get(&path).await.ok(200);
    let results = shown["results"].as_u64().unwrap();
    assert!((1..=12).contains(&results), "{shown}");
    assert_eq!(shown["variants"][0]["share"], 0.5);
    let success = &shown["variants"][1]["metrics"][0];
    assert_eq!((&success["metric"], &success["usual"]), (&json!("success"), &json!(1.0)));
    let patched =
        client.patch(&path, &json!({ "shares": { "openai": 3 }, "max_results": 500 })).await.ok(200);
    assert_eq!(
        (&patched["variants"][0]["share"], &patched["design"]["max_results"]),
        (&json!(0.75), &json!(500))
    );
    client.patch(&path, &json!({ "shares": { "nobody": 3 } })).await.problem(422, "invalid");
    let over = client.post(&format!("{path}/finish"), &json!({})).await.ok(200);
    assert_eq!(over["status"], "completed");
    assert!(over["verdict"].as_str().unwrap().contains("by hand"));
    assert_eq!(client.get("/api/experiments").await.ok(200)["experiments"][0]["trail"], json!([]));
    assert_eq!(client.delete(&path).await.status, 204);
    client.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_a_hint() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    let plan = |more: serde_json::Value| {
        let mut plan = json!({
            "name": "x", "kind": "model", "target": "main", "effect": 0.05,
            "variants": [{ "name": "a", "model": MODEL }, { "name": "b", "model": "anthropic/actor" }]
        });
        for (name, value) in more.as_object().unwrap() {
            plan[name] = value.clone();
        }
        plan
    };
    let cases = [
        (json!({ "kind": "magic" }), "`magic` is not a kind of experiment (one of model, load, feature)"),
        (json!({ "goal": "joy" }), "`joy` is not something that can be compared"),
        (json!({ "sticky": "glue" }), "`glue` is not something that can get a variant"),
        (json!({ "target": "nowhere" }), "there is no route and no model `nowhere`"),
        (json!({ "alpha": 2 }), "`2` cannot be an error rate"),
        (json!({ "variants": [] }), "cannot have 0 variants"),
    ];
    for (more, message) in cases {
        let problem = client.post("/api/experiments", &plan(more)).await.problem(422, "invalid");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(message), "{detail}");
        assert!(problem["hint"].is_string(), "{problem}");
    }
    client.get("/api/experiments/outlook?target=main&goal=success&effect=-1").await.problem(422, "invalid");
    let outlook = client.get("/api/experiments/outlook?target=main&goal=latency&effect=0.1").await.ok(200);
    assert!(outlook["results"].as_u64().unwrap() > 100 && outlook["usual"].is_null(), "{outlook}");
}

#[tokio::test]
async fn votes_and_preferences_speak_for_themselves() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    let vote = |better: &str| {
        json!({ "left": { "deployment": "p/a" }, "right": { "deployment": "p/b" }, "better": better,
            "task": "code_function" })
    };
    for _ in 0..12 {
        client.post("/api/votes", &vote("left")).await.ok(201);
    }
    for _ in 0..3 {
        client.post("/api/votes", &vote("right")).await.ok(201);
    }
    client.post("/api/votes", &vote("both")).await.problem(422, "invalid");
    client
        .post("/api/votes", &json!({ "left": {}, "right": {}, "better": "tie" }))
        .await
        .problem(422, "invalid");
    let ratings = client.get("/api/ratings?task=code_function").await.ok(200);
    assert_eq!((&ratings["votes"], &ratings["ratings"][0]["deployment"]), (&json!(15), &json!("p/a")));
    assert_eq!(ratings["tasks"], json!(["code_function"]));
    client.get("/api/ratings?task=gardening").await.problem(422, "invalid");
    let preferences = client.get("/api/preferences").await.ok(200);
    let because = preferences["recommendations"][0]["because"].as_str().unwrap();
    assert!(because.ends_with("you rated p/a above p/b in 12 of 15"), "{because}");
    assert_eq!(preferences["settings"], json!({ "half_life_days": 30, "influence": 0.2 }));
    let set = client.put("/api/preferences", &json!({ "half_life_days": 7, "influence": 0 })).await.ok(200);
    assert_eq!(set["settings"]["half_life_days"], 7);
    client
        .put("/api/preferences", &json!({ "half_life_days": 0, "influence": 0 }))
        .await
        .problem(422, "invalid");
}
