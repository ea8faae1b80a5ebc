//! Settings, providers and models.

use crate::stage::{MODEL, PROVIDERS, Stage, UPSTREAM_KEY, chat};
use serde_json::{Value, json};
use testkit::{Instead, Reply};

#[tokio::test]
async fn settings_are_kept_and_unknown_ones_refused() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let mut settings = client.get("/api/settings").await.ok(200);
    assert_eq!(settings["theme"], "system");
    settings["theme"] = json!("dark");
    settings["default_model"] = json!(MODEL);
    let change = json!({ "theme": "dark", "default_model": MODEL });
    assert_eq!(client.patch("/api/settings", &change).await.ok(200), settings);
    assert_eq!(client.get("/api/models").await.ok(200)["default"], MODEL);
    client.patch("/api/settings", &json!({ "theem": "dark" })).await.problem(422, "invalid");
    let loud = json!({ "density": "compact", "theme": "loud" });
    client.patch("/api/settings", &loud).await.problem(422, "invalid");
    assert_eq!(client.get("/api/settings").await.ok(200), settings, "a bad choice changes nothing");

    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    assert_eq!(stage.client.get("/api/settings").await.ok(200), settings, "after a restart");
}

#[tokio::test]
async fn what_two_windows_choose_at_the_same_time_is_all_kept_and_told() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let mut events = client.events("/api/events", None).await;
    let (dark, stars) = (json!({ "theme": "dark" }), json!({ "favourite_models": [MODEL] }));
    let (one, other) =
        tokio::join!(client.patch("/api/settings", &dark), client.patch("/api/settings", &stars));
    one.ok(200);
    other.ok(200);
    events.until(|event| event["type"] == "settings_changed").await;
    // A window that knows nothing of either changes something else.
    client.patch("/api/settings", &json!({ "default_model": MODEL })).await.ok(200);
    let settings = client.patch("/api/settings", &json!({ "default_model": null })).await.ok(200);
    assert_eq!((&settings["theme"], &settings["favourite_models"]), (&json!("dark"), &json!([MODEL])));
    assert_eq!(settings["default_model"], Value::Null);
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

    let back = stage.client.post("/api/providers/mine/restore", &json!({})).await.ok(200);
    assert_eq!((&back["name"], &back["key_source"]), (&json!("mine"), &json!("settings")));
    stage.client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    let asked = stage.upstream.last_request().unwrap();
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {secret}").as_str()), "after coming back");
    stage.client.post("/api/providers/mine/restore", &json!({})).await.problem(404, "not_found");

    // One that was put in its place is not lost to the one before.
    assert_eq!(stage.client.delete("/api/providers/mine").await.status, 204);
    stage.client.put("/api/providers/mine", &changed).await.ok(200);
    stage.client.post("/api/providers/mine/restore", &json!({})).await.problem(404, "not_found");
}

#[tokio::test]
async fn providers_have_the_order_that_a_person_gives() {
    fn names(list: &Value, part: &str, name: &str) -> Vec<String> {
        let rows = list[part].as_array().unwrap().iter();
        rows.map(|row| row[name].as_str().unwrap().to_owned()).collect()
    }
    let stage = Stage::start().await;
    let client = &stage.client;
    let usual = client.get("/api/providers").await.ok(200);
    assert_eq!(
        names(&usual, "providers", "name"),
        ["anthropic", "gemini", "ollama", "openai", "responses"],
        "by name"
    );
    let order = json!({ "names": ["responses", "gemini", "responses"] });
    let list = client.put("/api/providers", &order).await.ok(200);
    let wanted = ["responses", "gemini", "anthropic", "ollama", "openai"];
    assert_eq!(names(&list, "providers", "name"), wanted);
    let models = client.get("/api/models").await.ok(200);
    assert_eq!(names(&models, "sources", "provider")[1..], wanted, "the Librarian is first");
    client.put("/api/providers", &json!({ "names": ["nobody"] })).await.problem(404, "not_found");
    client.put("/api/providers", &json!({ "order": [] })).await.problem(422, "invalid");

    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    let list = stage.client.get("/api/providers").await.ok(200);
    assert_eq!(names(&list, "providers", "name"), wanted, "after a restart");
    let list = stage.client.put("/api/providers", &json!({ "names": ["openai"] })).await.ok(200);
    assert_eq!(names(&list, "providers", "name")[..3], ["openai", "responses", "gemini"]);
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

/// Everything that the file can set can be set here as well (PRV-14); what is not said stays, what is empty goes.
#[tokio::test]
async fn every_setting_of_a_provider_is_kept_used_and_forgotten() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let put = json!({
        "vendor": "openai", "base_url": stage.upstream.url("/v1"), "api_key": "sk-mine-and-nobodys", "models": ["actor"],
        "organisation": "org-7", "project": "proj-8", "headers": { "x-team": "blue" },
        "timeouts": { "first_token_ms": 400, "stall_ms": 300 },
    });
    let shown = client.put("/api/providers/mine", &put).await.ok(200);
    let expected = json!({ "connect_ms": null, "first_byte_ms": null, "first_token_ms": 400, "stall_ms": 300, "total_ms": null });
    assert_eq!(shown["timeouts"], expected);
    assert_eq!((&shown["organisation"], &shown["project"]), (&json!("org-7"), &json!("proj-8")));
    assert_eq!((&shown["headers"], &shown["proxy"]), (&json!(["x-team"]), &json!(null)));

    let key = stage.key(&json!({ "name": "app" })).await;
    let ask = || client.ask("/v1/chat/completions", &key, chat("mine/actor", "hello").to_string());
    ask().await.ok(200);
    let sent = stage.upstream.last_request().unwrap();
    for (name, value) in [("openai-organization", "org-7"), ("openai-project", "proj-8"), ("x-team", "blue")]
    {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    stage.upstream.queue(Reply::instead(Instead::KeepAlive { every_ms: 50 }));
    let mut streamed = chat("mine/actor", "hello");
    streamed["stream"] = json!(true);
    let told = client.ask("/v1/chat/completions", &key, streamed.to_string()).await;
    assert!(told.openai_error(504).contains("no token within 0.4 s"));

    // What a page sends that knows nothing of these settings leaves them alone.
    let plain = json!({ "vendor": "openai", "base_url": stage.upstream.url("/v1"), "models": ["actor"] });
    let shown = client.put("/api/providers/mine", &plain).await.ok(200);
    assert_eq!((&shown["organisation"], &shown["timeouts"]), (&json!("org-7"), &expected));
    let (upstream, folder) = stage.end().await;
    let stage = Stage::over(upstream, folder).await;
    let client = &stage.client;
    let listed = client.get("/api/providers").await.ok(200);
    let listed =
        listed["providers"].as_array().unwrap().iter().find(|one| one["name"] == "mine").unwrap().clone();
    assert_eq!((&listed["project"], &listed["timeouts"]), (&json!("proj-8"), &expected), "after a restart");

    let mut proxied = plain.clone();
    proxied["proxy"] = json!("http://me:hush-hush@127.0.0.1:9");
    let shown = client.put("/api/providers/mine", &proxied).await.ok(200);
    assert_eq!(shown["proxy"], "http://127.0.0.1:9");
    let tested = client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    assert_eq!((&tested["ok"], &tested["code"]), (&json!(false), &json!("network")), "{tested}");
    let mut bare = plain.clone();
    for (name, nothing) in [
        ("organisation", json!("")),
        ("project", json!("")),
        ("proxy", json!("")),
        ("headers", json!({})),
        ("timeouts", json!({})),
    ] {
        bare[name] = nothing;
    }
    let shown = client.put("/api/providers/mine", &bare).await.ok(200);
    for name in ["organisation", "project", "proxy"] {
        assert_eq!(shown[name], json!(null), "{name}");
    }
    assert_eq!(shown["headers"], json!([]));
    let tested = client.post("/api/providers/mine/test", &json!({})).await.ok(200);
    assert_eq!(tested["ok"], true, "{tested}");
    for bad in [json!({ "stall_ms": 0 }), json!({ "stall": 5 }), json!({ "stall_ms": -5 })] {
        let mut put = plain.clone();
        put["timeouts"] = bad;
        client.put("/api/providers/mine", &put).await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn pools_are_told_and_models_have_their_dates() {
    let stage = Stage::with(|_| {
        "[providers.known]\nvendor = \"openai\"\napi_key = \"sk-x\"\ndiscover = false\n\
        models = [\"gpt-4o-mini\", { name = \"whisper-1\", retires_on = \"2031-02-03\" }, \"tts-1\"]\n"
            .to_owned()
    })
    .await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for _ in 0..2 {
        stage.client.ask("/v1/chat/completions", &key, chat(MODEL, "hello").to_string()).await.ok(200);
    }
    let metrics = stage.client.get("/metrics").await;
    for line in [
        "familiar_provider_connections_open{provider=\"openai\"} 1",
        "familiar_provider_connections_opened_total{provider=\"openai\"} 1",
        "familiar_provider_requests_in_flight{provider=\"openai\"} 0",
        "familiar_provider_requests_sent_total{provider=\"openai\"} 2",
        "familiar_provider_requests_sent_total{provider=\"gemini\"} 0",
    ] {
        assert!(metrics.text().contains(line), "no `{line}` in {}", metrics.text());
    }
    let list = stage.client.get("/api/models?provider=known").await.ok(200);
    let model = |name: &str| {
        let id = format!("known/{name}");
        list["models"].as_array().unwrap().iter().find(|model| model["id"] == id).unwrap().clone()
    };
    let mini = model("gpt-4o-mini");
    assert_eq!(
        (&mini["tokenizer"], &mini["released_on"]),
        (&json!("o200k_base"), &json!("2024-07-18")),
        "{mini}"
    );
    let whisper = model("whisper-1");
    assert_eq!(
        (&whisper["retires_on"], &whisper["capabilities"]),
        (&json!("2031-02-03"), &json!(["transcription"]))
    );
    assert_eq!(whisper["prices"]["audio_hour_usd"], "0.36");
    let tts = model("tts-1");
    assert_eq!(
        (&tts["prices"]["characters_usd"], &tts["retires_on"]),
        (&json!("15.00"), &json!("2027-01-06"))
    );
    assert_eq!(tts["tokenizer"], json!(null));
}
