//! Settings, providers and models.

use crate::stage::{MODEL, PROVIDERS, Stage, UPSTREAM_KEY};
use serde_json::json;
use testkit::Reply;

#[tokio::test]
async fn settings_are_kept_and_unknown_ones_refused() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let mut settings = client.get("/api/settings").await.ok(200);
    assert_eq!(settings["theme"], "system");
    settings["theme"] = json!("dark");
    settings["default_model"] = json!(MODEL);
    assert_eq!(client.put("/api/settings", &settings).await.ok(200), settings);
    assert_eq!(client.get("/api/models").await.ok(200)["default"], MODEL);
    client.put("/api/settings", &json!({ "theem": "dark" })).await.problem(422, "invalid");
    client.put("/api/settings", &json!({ "theme": "loud" })).await.problem(422, "invalid");

    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    assert_eq!(stage.client.get("/api/settings").await.ok(200), settings, "after a restart");
}

#[tokio::test]
async fn a_provider_is_added_tested_changed_and_removed() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let secret = "sk-secret-of-the-new-provider";
    let new =
        json!({ "vendor": "openai-compatible", "base_url": stage.upstream.url("/v1"), "api_key": secret });
    let shown = client.put("/api/providers/mine", &new).await.ok(200);
    assert_eq!((&shown["key_source"], &shown["editable"]), (&json!("settings"), &json!(true)));

    let tested = client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    assert_eq!(tested["ok"], true, "{tested}");
    let models = client.get("/api/models?provider=mine&refresh=true").await.ok(200);
    assert_eq!(models["models"][0]["id"], "mine/actor", "{models}");

    stage.upstream.queue_on("/models", Reply::error(401, "Incorrect API key provided"));
    let tested = client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    assert_eq!((&tested["ok"], &tested["code"]), (&json!(false), &json!("authentication")), "{tested}");
    assert!(tested["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{tested}");

    // Without a key in the change the kept one stays: the upstream still gets it.
    let changed =
        json!({ "vendor": "openai-compatible", "base_url": stage.upstream.url("/v1"), "models": ["actor"] });
    assert_eq!(client.put("/api/providers/mine", &changed).await.ok(200)["key_source"], "settings");
    client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    let asked = stage.upstream.last_request().unwrap();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {secret}").as_str()));

    for path in ["/api/providers", "/api/models", "/api/settings", "/api/status", "/metrics", "/api/jobs"] {
        let told = client.get(path).await;
        assert!(!told.text().contains(secret) && !told.text().contains(UPSTREAM_KEY), "{path} tells a key");
    }

    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    let list = stage.client.get("/api/providers").await.ok(200);
    let names: Vec<_> = list["providers"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("mine")), "gone after a restart: {names:?}");
    stage.client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    let asked = stage.upstream.last_request().unwrap();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {secret}").as_str()), "after a restart");

    assert_eq!(stage.client.delete("/api/providers/mine").await.status, 204);
    stage.client.delete("/api/providers/mine").await.problem(404, "not_found");
    stage.client.post("/api/providers/mine/test", &json!({})).await.problem(404, "not_found");
    let models = stage.client.get("/api/models").await;
    assert!(!models.text().contains("mine/actor"));
}

#[tokio::test]
async fn what_stands_in_the_configuration_cannot_be_changed_here() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let list = client.get("/api/providers").await.ok(200);
    assert_eq!(list["providers"].as_array().unwrap().len(), PROVIDERS.len());
    for provider in list["providers"].as_array().unwrap() {
        assert_eq!((&provider["editable"], &provider["key_source"]), (&json!(false), &json!("file")));
    }
    assert!(list["vendors"].as_array().unwrap().len() > 10);
    let put = json!({ "vendor": "openai" });
    client.put("/api/providers/openai", &put).await.problem(409, "conflict");
    client.delete("/api/providers/openai").await.problem(409, "conflict");
}

#[tokio::test]
async fn a_provider_that_cannot_be_is_refused_and_not_kept() {
    let stage = Stage::start().await;
    let client = &stage.client;
    for (name, body) in [
        ("new", json!({ "vendor": "nobody" })),
        ("new", json!({ "vendor": "openai-compatible" })),
        ("new", json!({ "vendor": "openai-compatible", "base_url": "not a url" })),
        ("new", json!({ "vendor": "openai-compatible", "base_url": "file:///etc/passwd" })),
        ("new", json!({ "vendor": "openai", "headers": { "bad name": "x" } })),
        ("new", json!({ "vendor": "openai", "headers": { "x-name": "bad\nvalue" } })),
        ("new", json!({ "vendor": "openai", "colour": "red" })),
        ("familiar", json!({ "vendor": "openai", "api_key": "sk-x" })),
        ("a%2Fb", json!({ "vendor": "openai", "api_key": "sk-x" })),
        ("%20", json!({ "vendor": "openai", "api_key": "sk-x" })),
    ] {
        let told = client.put(&format!("/api/providers/{name}"), &body).await;
        told.problem(422, "invalid");
    }
    let list = client.get("/api/providers").await.ok(200);
    assert_eq!(list["providers"].as_array().unwrap().len(), PROVIDERS.len(), "{list}");
}

#[tokio::test]
async fn models_come_with_prices_and_the_librarian_is_always_there() {
    let stage = Stage::start().await;
    let list = stage.client.get("/api/models").await.ok(200);
    let models = list["models"].as_array().unwrap();
    assert_eq!(
        (&models[0]["id"], &models[0]["language_model"]),
        (&json!("familiar/librarian"), &json!(false))
    );
    for (name, _, _) in PROVIDERS {
        let model = models.iter().find(|model| model["id"] == format!("{name}/actor")).unwrap();
        assert_eq!(model["prices"]["output_usd"], "2.00", "{model}");
    }
    stage.client.get("/api/models?refresh=maybe").await.problem(400, "invalid");
}
