//! Routes: made, changed, tried out and removed through the API, and those of the file left alone.

use crate::stage::{MODEL, Stage};
use serde_json::{Value, json};

const FILE: &str = r#"
[routes.from_file]
deployments = ["openai/actor", "gone/away"]
"#;

fn names(list: &Value) -> Vec<(&str, &str, bool)> {
    let routes = list["routes"].as_array().unwrap();
    let row = |route| -> (&str, &str, bool) {
        let route: &Value = route;
        let editable = route["editable"].as_bool().unwrap();
        assert_eq!(route["not_editable_because"].is_null(), editable, "{route}");
        (route["name"].as_str().unwrap(), route["origin"].as_str().unwrap(), editable)
    };
    routes.iter().map(row).collect()
}

#[tokio::test]
async fn a_route_is_made_used_changed_kept_and_removed() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    let put = json!({
        "deployments": ["openai/actor", "anthropic/actor"],
        "strategy": "cost",
        "emergency": ["familiar/librarian"],
        "degrade": ["fewer_tokens"],
        "queue": { "length": 5, "wait_seconds": 2 }
    });
    let made = client.put("/api/routes/mine", &put).await.ok(200);
    assert_eq!(made["settings"]["strategy"], "cost");
    assert_eq!(made["settings"]["queue"], json!({ "length": 5, "wait_seconds": 2 }));
    let tiers: Vec<_> = made["members"].as_array().unwrap().iter().map(|one| &one["tier"]).collect();
    assert_eq!(tiers, ["primary", "primary", "emergency"]);
    assert_eq!(made["members"][0]["standing"], "ready");
    assert_eq!(made["members"][0]["input_usd"], "1.00");

    let list = client.get("/api/routes").await.ok(200);
    let listed = names(&list);
    assert!(listed.starts_with(&[("from_file", "file", false), ("mine", "page", true)]), "{listed:?}");
    assert!(listed.contains(&("auto", "built_in", true)), "{listed:?}");
    let missing = &list["routes"][0]["members"][1];
    assert_eq!((&missing["deployment"], &missing["standing"]), (&json!("gone/away"), &json!("missing")));

    let key = client.post("/api/keys", &json!({ "name": "k" })).await.ok(201);
    let secret = key["secret"].as_str().unwrap();
    let ask = json!({ "model": "mine", "messages": [{ "role": "user", "content": "hello" }] }).to_string();
    let answer = client.ask("/v1/chat/completions", secret, ask).await;
    answer.ok(200);
    assert!(answer.header("x-familiar-route").contains("answers for `mine`, by `cost`"));

    let changed = json!({ "deployments": ["anthropic/actor"] });
    client.put("/api/routes/mine", &changed).await.ok(200);
    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    let client = &stage.client;
    let list = client.get("/api/routes").await.ok(200);
    let mine = &list["routes"][1];
    assert_eq!((&mine["name"], &mine["settings"]["strategy"]), (&json!("mine"), &json!("ordered")));
    assert_eq!(client.delete("/api/routes/mine").await.status, 204);
    client.delete("/api/routes/mine").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_cannot_be_a_route_is_refused_with_the_reason() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    let cases = [
        (json!({ "deployments": [] }), "at least one deployment"),
        (json!({ "deployments": ["actor"] }), "`actor` is not a deployment"),
        (
            json!({ "deployments": [MODEL], "strategy": "fancy" }),
            "`fancy` is not a strategy (one of ordered,",
        ),
        (json!({ "deployments": [MODEL], "balancer": "fancy" }), "`fancy` is not a balancer"),
        (json!({ "deployments": [MODEL], "degrade": ["fancy"] }), "`fancy` is not a degradation"),
        (json!({ "deployments": [MODEL], "weights": { "cost": 2 } }), "`ordered` has no weights"),
        (json!({ "deployments": [MODEL], "shares": { "openai/actor": 2 } }), "`weighted` only"),
        (json!({ "deployments": [MODEL], "colour": "red" }), "unknown field `colour`"),
    ];
    for (put, expected) in cases {
        let problem = client.put("/api/routes/mine", &put).await.problem(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(expected), "{problem}");
    }
    let problem = client.put("/api/routes/a%2Fb", &json!({ "deployments": [MODEL] })).await;
    problem.problem(422, "invalid");
    let put = json!({ "deployments": [MODEL] });
    client.put("/api/routes/from_file", &put).await.problem(409, "conflict");
    client.delete("/api/routes/from_file").await.problem(409, "conflict");
    client.delete("/api/routes/auto").await.problem(404, "not_found");
    client.put("/api/routes/auto", &put).await.ok(200);
    assert_eq!(client.delete("/api/routes/auto").await.status, 204, "and the built-in one is there again");
    assert!(client.get("/api/routes").await.text().contains("built_in"));
}

#[tokio::test]
async fn trying_a_route_tells_who_would_answer_and_calls_nobody() {
    let stage = Stage::with(|_| FILE.to_owned()).await;
    let client = &stage.client;
    let asked = || stage.upstream.requests().iter().filter(|one| one.path.contains("chat")).count();
    let bounded = json!({ "model": "from_file", "prompt": "hi", "max_output_tokens": 100 });
    let tried = client.post("/api/routes/try", &bounded).await.ok(200);
    assert_eq!((&tried["ok"], &tried["refusals"]), (&json!(true), &json!([])));
    assert_eq!(tried["explanation"]["chosen"], MODEL);
    assert!(tried["worst_case_usd"].is_string(), "{tried}");
    let notes = &tried["explanation"]["candidates"][1]["notes"];
    assert!(notes[0].as_str().unwrap().contains("not configured"), "{tried}");

    let key = json!({ "name": "k", "routes": ["auto"], "budget_usd": "1" });
    let key = client.post("/api/keys", &key).await.ok(201)["key"]["id"].clone();
    let tried = json!({ "model": "from_file", "prompt": "hi", "key_id": key });
    let tried = client.post("/api/routes/try", &tried).await.ok(200);
    assert_eq!((&tried["ok"], &tried["refusals"][0]["stage"]), (&json!(false), &json!("model")));
    assert_eq!(tried["refusals"][0]["code"], "forbidden");

    let bad = json!({ "model": "from_file", "key_id": "nobody" });
    client.post("/api/routes/try", &bad).await.problem(422, "invalid");
    assert_eq!(asked(), 0, "nobody was called");
}
