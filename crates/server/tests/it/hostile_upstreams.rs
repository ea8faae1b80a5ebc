//! Providers that misbehave: each gets the caller a clear error in its own format, the ledger a true entry,
//! and the server goes on serving.

use crate::stage::{PROVIDERS, Stage, UPSTREAM_KEY, chat};
use serde_json::json;
use testkit::{Instead, Reply, ScriptedUpstream, What};

/// A provider of each format again, each with short time-outs, and without the breaker in between.
async fn impatient() -> Stage {
    Stage::with(|base_url| {
        let mut text = "[gateway.breaker]\nmin_failures = 1000\n".to_owned();
        for (name, dialect, path) in PROVIDERS {
            text.push_str(&format!(
                "[providers.{name}-now]\ndialect = \"{dialect}\"\nbase_url = \"{base_url}{path}\"\n\
                 api_key = \"{UPSTREAM_KEY}\"\nfirst_byte_timeout_ms = 300\nstall_timeout_ms = 300\n\
                 models = [{{ name = \"actor\", prices = {{ input = \"1\", output = \"2\" }} }}]\n"
            ));
        }
        text
    })
    .await
}

/// What a provider does in place of an answer, and the statuses that may come of it.
fn instead() -> Vec<(&'static str, Reply, &'static [u16])> {
    let raw = |status, content_type: &str, body: &str| Reply::raw(status, content_type, body);
    vec![
        ("garbage", Reply::instead(Instead::Garbage), &[502, 503]),
        ("a closed line", Reply::instead(Instead::Close), &[502, 503]),
        ("silence", Reply::instead(Instead::Nothing), &[504]),
        ("a web page", raw(200, "text/html", "<html>Log in</html>"), &[502]),
        ("a web page as error", raw(502, "text/html", "<html>Bad gateway</html>"), &[502, 503]),
        ("an empty body", raw(200, "application/json", ""), &[502]),
        ("null", raw(200, "application/json", "null"), &[502]),
        ("half a body", raw(200, "application/json", "{\"choices\": ["), &[502]),
        ("deep nonsense", raw(200, "application/json", &"[".repeat(200_000)), &[502]),
        ("a status that is none", raw(299, "application/json", "{}"), &[502]),
    ]
}

#[tokio::test]
async fn nonsense_instead_of_an_answer_is_an_error_of_the_provider() {
    let stage = impatient().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        for (what, reply, statuses) in instead() {
            for stream in [false, true] {
                stage.upstream.reset();
                stage.upstream.queue(reply.clone());
                let mut body = chat(&format!("{name}-now/actor"), "hello");
                body["stream"] = json!(stream);
                let told = stage.client.ask("/v1/chat/completions", &key, body.to_string()).await;
                assert!(
                    statuses.contains(&told.status),
                    "{name}, {what}, stream {stream}: {} {:?}",
                    told.status,
                    told.body
                );
                let message = told.openai_error(told.status);
                assert!(!message.is_empty() && message.len() < 2_000, "{what}: {message}");
                assert!(!message.contains(UPSTREAM_KEY));
            }
        }
    }
    assert!(stage.exchanges().await.iter().all(|exchange| exchange["outcome"] == "failed"));
    stage.upstream.reset();
    stage.client.ask("/v1/chat/completions", &key, chat("openai/actor", "hello").to_string()).await.ok(200);
}

/// A stream that breaks has to look broken to the caller: it never ends as if it were whole.
#[tokio::test]
async fn half_a_stream_never_looks_whole() {
    let stage = impatient().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        for what in [What::Cut, What::End, What::Stall, What::Garbage] {
            stage.upstream.reset();
            stage.upstream.queue(Reply::words(10).interrupted(4, what.clone()));
            let mut body = chat(&format!("{name}-now/actor"), "hello");
            body["stream"] = json!(true);
            let told = stage.client.ask("/v1/chat/completions", &key, body.to_string()).await;
            assert_eq!(told.status, 200, "{name}, {what:?}: the first words had come");
            let text = String::from_utf8_lossy(&told.body);
            assert!(text.contains("lantern"), "{name}, {what:?}: what had come was passed on: {text}");
            assert!(text.contains("\"error\"") && !text.contains("[DONE]"), "{name}, {what:?}: {text}");

            stage.upstream.reset();
            stage.upstream.queue(Reply::words(10).interrupted(4, what.clone()));
            let told = stage.client.ask("/anthropic/v1/messages", &key, body.to_string()).await;
            let text = String::from_utf8_lossy(&told.body);
            assert!(
                text.contains("event: error") && !text.contains("message_stop"),
                "{name}, {what:?}: {text}"
            );
        }
    }
    let exchanges = stage.exchanges().await;
    assert_eq!(exchanges.len(), PROVIDERS.len() * 8);
    for exchange in exchanges {
        assert_eq!(
            (&exchange["outcome"], &exchange["estimated"]),
            (&json!("failed"), &json!(true)),
            "{exchange}"
        );
        assert_ne!(exchange["cost_usd"], "0", "what was written was paid for: {exchange}");
    }
}

#[tokio::test]
async fn ten_megabytes_in_one_event_come_through_or_are_refused() {
    let stage = impatient().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        for stream in [false, true] {
            stage.upstream.reset();
            stage.upstream.queue(Reply::words(3).interrupted(1, What::Huge { bytes: 10 << 20 }));
            let mut body = chat(&format!("{name}/actor"), "hello");
            body["stream"] = json!(stream);
            let told = stage.client.ask("/v1/chat/completions", &key, body.to_string()).await;
            if told.status == 200 && !String::from_utf8_lossy(&told.body).contains("\"error\"") {
                assert!(told.body.len() > 10 << 20, "{name}, stream {stream}: some of it is missing");
            } else if !stream {
                told.openai_error(502);
            }
            stage
                .client
                .ask("/v1/chat/completions", &key, chat("openai/actor", "hello").to_string())
                .await
                .ok(200);
        }
    }
}

#[tokio::test]
async fn nobody_is_sent_to_an_inner_address() {
    let stage = impatient().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let inner = ScriptedUpstream::start().await.unwrap();
    for (name, _, _) in PROVIDERS {
        for location in
            [inner.url("/latest/meta-data"), "file:///etc/passwd".to_owned(), "//169.254.169.254/".to_owned()]
        {
            stage.upstream.queue(Reply::redirect(location));
            let body = chat(&format!("{name}/actor"), "hello").to_string();
            let told = stage.client.ask("/v1/chat/completions", &key, body).await;
            let message = told.openai_error(502);
            assert!(message.contains("redirect") || message.contains("302"), "{message}");
        }
    }
    assert!(inner.requests().is_empty(), "somebody followed: {:?}", inner.requests());
}

/// What a provider says in an error comes back without the key it may have repeated.
#[tokio::test]
async fn a_provider_that_repeats_the_key_does_not_give_it_away() {
    let stage = impatient().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        stage.upstream.queue(Reply::error(400, format!("bad request with key {UPSTREAM_KEY} and {key}")));
        let told = stage
            .client
            .ask("/v1/chat/completions", &key, chat(&format!("{name}/actor"), "x").to_string())
            .await;
        assert!(!told.text().contains(UPSTREAM_KEY), "{name}: {}", told.text());
    }
    let told = stage.client.get("/api/exchanges").await;
    assert!(!told.text().contains(UPSTREAM_KEY));
}
