//! The cache of replies, providers' prompt caches and prices, as callers and the page see them.

use crate::stage::{Stage, UPSTREAM_KEY, chat};
use serde_json::{Value, json};
use testkit::{Reply, UsageFigures};

const ANTHROPIC: &str = "/anthropic/v1/messages";

/// Providers whose prompt caches want to be told something, and routes that say so or not.
async fn stage() -> Stage {
    Stage::with(|base_url| {
        let models = "models = [{ name = \"actor\", cacheable_tokens = 100, prices = { input = \"3\", \
                      cached_input = \"0.30\", cache_write = \"3.75\", output = \"15\" } }]";
        format!(
            "[gateway.cache]\nttl_seconds = 0\n\
             [providers.claude]\nvendor = \"anthropic\"\nbase_url = \"{base_url}\"\napi_key = \"{UPSTREAM_KEY}\"\n{models}\n\
             [providers.plain]\nvendor = \"anthropic\"\nprompt_caching = false\nbase_url = \"{base_url}\"\n\
             api_key = \"{UPSTREAM_KEY}\"\n{models}\n\
             [providers.gpt]\nvendor = \"openai\"\nbase_url = \"{base_url}/v1\"\napi_key = \"{UPSTREAM_KEY}\"\n{models}\n\
             [routes.off]\ndeployments = [\"claude/actor\"]\nprompt_caching = \"off\"\n\
             [routes.kept]\ndeployments = [\"claude/actor\", \"openai/actor\"]\ncache_ttl_seconds = 60\n"
        )
    })
    .await
}

fn long() -> String {
    "One rule of many. ".repeat(60)
}

/// A request for Anthropic's door, whose system's words are long.
fn message(model: &str) -> Value {
    json!({ "model": model, "max_tokens": 50, "system": long(), "messages": [{ "role": "user", "content": "hi" }] })
}

#[tokio::test]
async fn marks_for_the_prompt_cache_are_set_where_nobody_has_set_any() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.always(Reply::text("ok").usage(400, 2));
    let sent = async |door: &str, body: &Value| {
        assert_eq!(stage.client.ask(door, &key, body.to_string()).await.status, 200);
        stage.upstream.last_request().unwrap().body
    };
    let marked = r#""system":[{"type":"text","text":"One rule"#;
    let body = sent(ANTHROPIC, &message("claude/actor")).await;
    assert!(body.contains(marked) && body.matches("cache_control").count() == 1, "{body}");
    // Everything else is the very bytes.
    let rest = body
        .replace("[{\"type\":\"text\",\"text\":", "")
        .replace(",\"cache_control\":{\"type\":\"ephemeral\"}}]", "");
    assert_eq!(rest, message("actor").to_string());
    for model in ["plain/actor", "off"] {
        assert_eq!(sent(ANTHROPIC, &message(model)).await, message("actor").to_string(), "{model}");
    }
    let mut own = message("claude/actor");
    own["system"] =
        json!([{ "type": "text", "text": long(), "cache_control": { "type": "ephemeral", "ttl": "1h" } }]);
    assert_eq!(sent(ANTHROPIC, &own).await.matches("cache_control").count(), 1, "the caller knows better");

    let mut translated = chat("claude/actor", "hi");
    translated["messages"] =
        json!([{ "role": "system", "content": long() }, { "role": "user", "content": "hi" }]);
    let body = sent("/v1/chat/completions", &translated).await;
    assert_eq!(body.matches("cache_control").count(), 1, "{body}");

    translated["model"] = "gpt/actor".into();
    let keyed = |body: &str| serde_json::from_str::<Value>(body).unwrap()["prompt_cache_key"].clone();
    let one = keyed(&sent("/v1/chat/completions", &translated).await);
    assert!(one.as_str().unwrap().starts_with("familiar-"), "{one}");
    translated["messages"][1]["content"] = "something else".into();
    assert_eq!(
        keyed(&sent("/v1/chat/completions", &translated).await),
        one,
        "the same for all of a key's requests"
    );
    translated["prompt_cache_key"] = "mine".into();
    assert_eq!(keyed(&sent("/v1/chat/completions", &translated).await), "mine");
    assert_eq!(keyed(&sent("/v1/chat/completions", &chat("gpt/actor", "short")).await), Value::Null);
}

#[tokio::test]
async fn what_a_prompt_cache_saved_is_told_with_the_exchange() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let figures = UsageFigures { input: 10, cached_input: 1_000, output: 20, ..UsageFigures::default() };
    stage.upstream.queue(Reply::text("ok").exact_usage(figures));
    assert_eq!(stage.client.ask(ANTHROPIC, &key, message("claude/actor").to_string()).await.status, 200);
    let id = stage.exchanges().await[0]["id"].as_str().unwrap().to_owned();
    let detail = stage.client.get(&format!("/api/exchanges/{id}")).await.ok(200);
    // 10 at 3, 1,000 at 0.30 and 20 at 15; 1,000 at 2.70 less than without the cache.
    assert_eq!(
        detail["cost"],
        json!({ "cost_usd": "0.00063", "saved_usd": "0.00", "baseline_usd": "0.00333",
            "prompt_saved_usd": "0.0027", "estimated": false })
    );
}

#[tokio::test]
async fn the_cache_reports_what_it_found_and_forgets_when_asked() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.always(Reply::text("kept words").usage(100, 10));
    let asked = async |door: &str, body: Value| {
        let reply = stage.client.ask(door, &key, body.to_string()).await;
        assert_eq!(reply.status, 200);
        (reply.header("x-familiar-cache").to_owned(), String::from_utf8(reply.body.to_vec()).unwrap())
    };
    let question = |more: Value| {
        let mut body = chat("kept", "hello");
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    assert_eq!(asked("/v1/chat/completions", question(json!({}))).await.0, "miss");
    let (how, stream) = asked("/v1/chat/completions", question(json!({ "stream": true }))).await;
    assert!(how == "hit" && stream.starts_with("data: ") && stream.contains("kept words"), "{how} {stream}");
    assert!(stream.trim_end().ends_with("data: [DONE]"), "{stream}");
    let claude =
        json!({ "model": "kept", "max_tokens": 100, "messages": [{ "role": "user", "content": "hello" }] });
    let (how, whole) = asked(ANTHROPIC, claude.clone()).await;
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(
        (how.as_str(), &whole["content"][0]["text"]),
        ("hit", &json!("kept words")),
        "in another format"
    );
    let mut streamed = claude;
    streamed["stream"] = true.into();
    let (how, events) = asked(ANTHROPIC, streamed).await;
    assert!(
        how == "hit" && events.contains("event: message_stop") && events.contains("kept words"),
        "{events}"
    );

    let report = stage.client.get("/api/cache").await.ok(200);
    let expected = json!({ "hits": 3, "shared": 0, "semantic": 0, "misses": 1, "hit_percent": 75.0, "saved_usd": "0.00135" });
    assert_eq!(report["total"], expected);
    assert_eq!(report["routes"], json!([{ "route": "kept", "figures": expected }]));
    assert_eq!(report["entries"], 1);
    let metrics = String::from_utf8(stage.client.get("/metrics").await.body.to_vec()).unwrap();
    assert!(metrics.contains(r#"familiar_cache_lookups_total{route="kept",outcome="hit"} 3"#), "{metrics}");
    assert_eq!(stage.client.delete("/api/cache").await.status, 204);
    assert_eq!(asked("/v1/chat/completions", question(json!({}))).await.0, "miss");
}

#[tokio::test]
async fn a_model_tells_all_of_its_prices_and_when_they_change() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.lab]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\n\
             [[providers.lab.models]]\nname = \"actor\"\n\
             prices = {{ input = \"2\", cached_input = \"0.50\", output = \"8\", batch_percent = 50, searches = \"10\" }}\n\
             long_context = [{{ above = 200000, prices = {{ input = \"4\", output = \"12\" }} }}]\n\
             volume = [{{ above = 1000000, percent = 90 }}]\n\
             price_changes = [\n\
               {{ from = \"2020-01-01\", prices = {{ input = \"1\", output = \"4\", priority_percent = 200 }} }},\n\
               {{ from = \"2999-01-01\", prices = {{ input = \"0.50\", output = \"2\" }} }},\n]\n"
        )
    })
    .await;
    let list = stage.client.get("/api/models?provider=lab").await.ok(200);
    let prices =
        &list["models"].as_array().unwrap().iter().find(|one| one["id"] == "lab/actor").unwrap()["prices"];
    assert_eq!((&prices["input_usd"], &prices["output_usd"]), (&json!("1.00"), &json!("4.00")), "{prices}");
    assert_eq!((&prices["own"], &prices["since"]), (&json!(true), &json!("2020-01-01T00:00:00.000Z")));
    let priority = json!([{ "service": "priority", "percent": 200,
        "prices": { "input_usd": "2.00", "cached_input_usd": null, "output_usd": "8.00" } }]);
    assert_eq!(prices["services"], priority);
    let change = json!([{ "from": "2999-01-01T00:00:00.000Z",
        "prices": { "input_usd": "0.50", "cached_input_usd": null, "output_usd": "2.00" } }]);
    assert_eq!(prices["changes"], change);
}

#[tokio::test]
async fn prices_of_ones_own_go_before_the_catalogues_and_can_be_given_up() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.shop]\nvendor = \"openai\"\nbase_url = \"{base_url}/v1\"\napi_key = \"{UPSTREAM_KEY}\"\nmodels = [\"gpt-4o\"]\n"
        )
    })
    .await;
    let put = async |body: Value| stage.client.put("/api/models/prices", &body).await;
    let own = json!({ "input_usd": "1", "cached_input_usd": "0.10", "output_usd": "4" });
    let model = put(json!({ "model": "shop/gpt-4o", "prices": own })).await.ok(200);
    assert_eq!(
        (&model["prices"]["input_usd"], &model["prices"]["own"]),
        (&json!("1.00"), &json!(true)),
        "{model}"
    );
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::text("ok").usage(1_000, 100));
    assert_eq!(
        stage.client.ask("/v1/chat/completions", &key, chat("shop/gpt-4o", "hi").to_string()).await.status,
        200
    );
    assert_eq!(stage.exchanges().await[0]["cost_usd"], "0.0014");
    let model = put(json!({ "model": "shop/gpt-4o" })).await.ok(200);
    assert_eq!((&model["prices"]["input_usd"], &model["prices"]["own"]), (&json!("2.50"), &json!(false)));
    for (body, status) in [
        (json!({ "model": "shop/gpt-4o", "prices": { "input_usd": "-1", "output_usd": "4" } }), 422),
        (json!({ "model": "shop/gpt-4o", "prices": { "input_usd": "cheap", "output_usd": "4" } }), 422),
        (json!({ "model": "shop/none", "prices": own }), 422),
        (json!({ "model": "openai/actor", "prices": own }), 409),
    ] {
        assert_eq!(put(body.clone()).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn a_route_made_on_the_page_has_its_caches_and_refuses_what_makes_no_sense() {
    let stage = Stage::start().await;
    let put = async |body: &Value| stage.client.put("/api/routes/mine", body).await;
    let mut route = json!({ "deployments": ["openai/actor"], "cache_ttl_seconds": 60, "prompt_caching": "sticky",
        "semantic_cache": { "embedder": "openai/embed", "threshold": 0.9 } });
    let made = put(&route).await.ok(200);
    assert_eq!(made["settings"]["prompt_caching"], "sticky");
    let semantic = json!({ "embedder": "openai/embed", "threshold": 0.9, "patience_ms": 2000 });
    assert_eq!(made["settings"]["semantic_cache"], semantic);
    for (field, value, hint) in [
        (
            "semantic_cache",
            json!({ "embedder": "openai/embed", "threshold": 1.5 }),
            "threshold above 0 up to 1",
        ),
        ("semantic_cache", json!({ "embedder": "embed" }), "is not an embedder"),
        ("prompt_caching", json!("always"), "is not a way of prompt caching"),
        ("cache_ttl_seconds", json!(0), "keeps no replies"),
    ] {
        let before = route[field].take();
        route[field] = value;
        let refused = put(&route).await;
        let text = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(refused.status == 422 && text.contains(hint), "{field}: {} {text}", refused.status);
        route[field] = before;
    }
}
