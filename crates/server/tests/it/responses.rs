//! The door for OpenAI Responses: passed on as it is where the provider speaks it, translated where not.

use crate::stage::{PROVIDERS, Stage, UPSTREAM_KEY, chat};
use base::Id;
use ledger::ExchangeFilter;
use serde_json::{Value, json};
use testkit::{Reply, What};

const DOOR: &str = "/v1/responses";

/// A request with fields that Familiar knows nothing of, and a picture whose bytes are no base64 at all.
fn strange(model: &str) -> String {
    let picture = "data:image/png;base64,%%% not base64 at all %%%";
    format!(
        r#"{{ "model" : "{model}","input":[{{"role":"user","content":[{{"type":"input_image","image_url":"{picture}","detail":"low"}}]}}] , "tools":[{{"type":"web_search"}}],"of_tomorrow":{{"a":[1,2.50]}},"previous_response_id":"resp_9" }}"#
    )
}

#[tokio::test]
async fn a_provider_of_this_format_gets_the_very_bytes() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::text("Hello.").usage(7, 3));
    let told = stage.client.ask(DOOR, &key, strange("responses/actor")).await;
    let reply = told.ok(200);
    assert_eq!(
        stage.upstream.last_request().unwrap().body,
        strange("actor"),
        "only the model's name changes"
    );
    assert_eq!(reply["output"][0]["id"], "msg_scripted_0_0", "the provider's own words");
    assert_eq!(told.header("x-familiar-dropped"), "");
    let exchange = &stage.exchanges().await[0];
    assert_eq!((&exchange["input_tokens"], &exchange["output_tokens"]), (&json!(7), &json!(3)), "{exchange}");
}

#[tokio::test]
async fn a_stream_is_passed_on_event_by_event_and_counted() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::reasoning("hm").and_text("one two").usage(7, 3));
    let body = json!({ "model": "responses/actor", "input": "hi", "stream": true });
    let mut events = stage.client.ask_stream(DOOR, &key, &body).await;
    let all = events.until(|event| event["type"] == "response.completed").await;
    let numbers: Vec<_> = all.iter().map(|event| event.data["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    assert!(events.next().await.is_none());
    let exchange = &stage.exchanges().await[0];
    assert_eq!((&exchange["outcome"], &exchange["output_tokens"]), (&json!("ok"), &json!(3)), "{exchange}");
}

#[tokio::test]
async fn an_error_after_the_status_is_a_failure_for_every_provider() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        stage.upstream.reset();
        stage.upstream.queue(Reply::words(6).error_after(3, 503, "scripted overload"));
        let body = json!({ "model": format!("{name}/actor"), "input": "hi", "stream": true });
        let mut events = stage.client.ask_stream(DOOR, &key, &body).await;
        let mut kinds = Vec::new();
        while let Some(event) = events.next().await {
            if event.data["type"] == "error" {
                let words = event.data.to_string();
                assert!(words.contains("scripted overload") && event.data["error"].is_object(), "{words}");
            }
            kinds.push(event.data["type"].as_str().unwrap().to_owned());
        }
        assert!(kinds.contains(&"error".to_owned()), "{name}: {kinds:?}");
        assert!(!kinds.contains(&"response.completed".to_owned()), "{name}: {kinds:?}");
        assert_eq!(stage.exchanges().await[0]["outcome"], "failed", "{name}");
    }
}

#[tokio::test]
async fn half_a_stream_never_looks_whole() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        for what in [What::Cut, What::End, What::Garbage] {
            stage.upstream.reset();
            stage.upstream.queue(Reply::words(10).interrupted(4, what.clone()));
            let body = json!({ "model": format!("{name}/actor"), "input": "hi", "stream": true });
            let told = stage.client.ask(DOOR, &key, body.to_string()).await;
            let text = told.text();
            assert!(text.contains("lantern"), "{name}, {what:?}: what had come was passed on: {text}");
            assert!(text.contains("event: response.failed"), "{name}, {what:?}: {text}");
            assert!(!text.contains("response.completed"), "{name}, {what:?}: {text}");
        }
    }
}

#[tokio::test]
async fn what_only_its_provider_keeps_goes_to_providers_of_this_format() {
    let stage = Stage::with(|_| {
        "[routes.both]\ndeployments = [\"anthropic/actor\", \"responses/actor\"]\n".to_owned()
    })
    .await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let ask = |model: &str| json!({ "model": model, "input": "and then?", "previous_response_id": "resp_1" });
    for (name, dialect, _) in PROVIDERS {
        let told = stage.client.ask(DOOR, &key, ask(&format!("{name}/actor")).to_string()).await;
        if dialect == "openai-responses" {
            told.ok(200);
        } else {
            let message = told.openai_error(400);
            assert!(message.contains("`previous_response_id`") && message.contains("`input`"), "{message}");
        }
    }
    stage.client.ask(DOOR, &key, ask("both").to_string()).await.ok(200);
    assert!(stage.upstream.last_request().unwrap().path.ends_with("/responses"));
    // Where nothing is referred to, the first of the route answers.
    let plain = json!({ "model": "both", "input": "hi" });
    stage.client.ask(DOOR, &key, plain.to_string()).await.ok(200);
    assert!(stage.upstream.last_request().unwrap().path.ends_with("/messages"));
}

#[tokio::test]
async fn what_another_format_cannot_carry_is_named() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = json!({ "model": "anthropic/actor", "input": "hi", "store": true, "prompt_cache_key": "k",
        "tools": [{ "type": "web_search" }], "of_tomorrow": 1 });
    let told = stage.client.ask(DOOR, &key, body.to_string()).await;
    told.ok(200);
    assert_eq!(told.header("x-familiar-dropped"), "tools[0], store, of_tomorrow, prompt_cache_key");
    let refused = json!({ "model": "responses/actor", "input": "hi", "background": true });
    let message = stage.client.ask(DOOR, &key, refused.to_string()).await.openai_error(400);
    assert!(message.contains("`background`"), "{message}");
}

#[tokio::test]
async fn a_provider_that_speaks_both_is_spoken_to_in_the_callers_format() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.both]\ndialect = \"openai-chat\"\nalso = [\"openai-responses\"]\n\
             base_url = \"{base_url}/v1\"\napi_key = \"{UPSTREAM_KEY}\"\nmodels = [\"actor\"]\n"
        )
    })
    .await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let body = json!({ "model": "both/actor", "input": "hi", "of_tomorrow": 1 });
    stage.client.ask(DOOR, &key, body.to_string()).await.ok(200);
    let sent = stage.upstream.last_request().unwrap();
    assert_eq!((sent.path.as_str(), &sent.json()["of_tomorrow"]), ("/v1/responses", &json!(1)));
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {UPSTREAM_KEY}").as_str()));
    stage.client.ask("/v1/chat/completions", &key, chat("both/actor", "hi").to_string()).await.ok(200);
    assert_eq!(stage.upstream.last_request().unwrap().path, "/v1/chat/completions");
    stage.client.ask("/anthropic/v1/messages", &key, chat("both/actor", "hi").to_string()).await.ok(200);
    assert_eq!(stage.upstream.last_request().unwrap().path, "/v1/chat/completions");
    stage.app.gateway.flush().await;
    let page =
        stage.app.gateway.ledger().exchanges(Id::FIRST_OWNER, &ExchangeFilter::default()).await.unwrap();
    let spoken: Vec<_> = page.exchanges.iter().rev().map(|kept| kept.upstream_dialect.as_deref()).collect();
    assert_eq!(spoken, [Some("openai-responses"), Some("openai-chat"), Some("openai-chat")]);
}

#[tokio::test]
async fn thinking_that_another_format_sealed_comes_back_to_it_and_to_nobody_else() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    stage.upstream.queue(Reply::reasoning("let me see").and_tool_call("call_1", "roll", "{}"));
    let mut input = vec![json!({ "role": "user", "content": "Roll." })];
    let ask = |model: &str, input: &[Value]| {
        json!({ "model": format!("{model}/actor"), "input": input,
            "tools": [{ "type": "function", "name": "roll", "parameters": { "type": "object" } }] })
        .to_string()
    };
    let reply = stage.client.ask(DOOR, &key, ask("anthropic", &input)).await.ok(200);
    input.extend(reply["output"].as_array().unwrap().iter().cloned());
    input.push(json!({ "type": "function_call_output", "call_id": "call_1", "output": "6" }));
    stage.client.ask(DOOR, &key, ask("anthropic", &input)).await.ok(200);
    let sent = stage.upstream.last_request().unwrap().json();
    assert_eq!(sent["messages"][1]["content"][0]["signature"], "c2NyaXB0ZWQ=", "{sent}");
    // The provider of this format could not read it, and would refuse the request.
    stage.client.ask(DOOR, &key, ask("responses", &input)).await.ok(200);
    let sent = stage.upstream.last_request().unwrap().json();
    assert_eq!(sent["input"].as_array().unwrap().len(), 3, "{sent}");
    assert!(!sent.to_string().contains("c2NyaXB0ZWQ="), "{sent}");
}
