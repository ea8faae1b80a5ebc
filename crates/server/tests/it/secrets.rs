//! What is secret stays secret: no key in a line of the log, whatever its level, nor in anything that is answered.

use crate::stage::{MODEL, Stage, UPSTREAM_KEY, chat};
use serde_json::json;
use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};
use testkit::{Instead, Reply, What};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Takes down everything that is logged, at every level, by every crate.
#[derive(Clone, Default)]
struct Scribe(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}

impl Scribe {
    fn write(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Line<'_>)) {
        let mut text = self.0.lock().unwrap();
        let _ = write!(text, "\n{} {}", metadata.level(), metadata.target());
        record(&mut Line(&mut text));
    }
}

impl Subscriber for Scribe {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn event(&self, event: &Event<'_>) {
        self.write(event.metadata(), |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

const SECRETS: [&str; 4] =
    ["sk-the-key-of-the-page", "header-secret-value", "proxy-password-of-mine", UPSTREAM_KEY];

/// On one thread, so that what every task says is heard.
#[tokio::test]
async fn no_key_is_logged_at_any_level_or_told_in_any_answer() {
    let scribe = Scribe::default();
    // With only one that listens, what other tests say first on their threads would be taken for what nobody
    // wants to hear.
    let _another = tracing::Dispatch::new(Scribe::default());
    let listening = tracing::subscriber::set_default(scribe.clone());
    let stage = Stage::start().await;
    let client = &stage.client;
    let key = stage.key(&json!({ "name": "app" })).await;
    let mut answers = Vec::new();
    let mut hear = |answer: &crate::client::Reply| answers.push(answer.text().to_owned());

    let provider = json!({ "vendor": "openai-compatible", "base_url": stage.upstream.url("/v1"), "api_key": SECRETS[0],
        "headers": { "x-team": SECRETS[1] }, "models": ["actor"] });
    hear(&client.put("/api/providers/mine", &provider).await);
    // Through a proxy that is not there, and with addresses that cannot be.
    let proxy = format!("http://me:{}@127.0.0.1:9", SECRETS[2]);
    let more = json!({ "vendor": "openai", "base_url": stage.upstream.url("/v1"), "api_key": SECRETS[0], "proxy": proxy });
    hear(&client.put("/api/providers/far", &more).await);
    for bad in [
        json!({ "vendor": "openai", "api_key": format!("{}\n", SECRETS[0]), "headers": { "bad name": SECRETS[1] } }),
        json!({ "vendor": "openai", "api_key": SECRETS[0], "proxy": format!("ftp://me:{}@host", SECRETS[2]) }),
        json!({ "vendor": "openai", "base_url": format!("https://me:{}@host/v1", SECRETS[0]) }),
        json!({ "vendor": "openai", "api_key": format!("{}\u{1}", SECRETS[0]) }),
        json!({ "vendor": "nobody", "api_key": SECRETS[0] }),
    ] {
        let told = client.put("/api/providers/bad", &bad).await;
        told.problem(422, "invalid");
        hear(&told);
    }
    for (name, secret) in [("mine", SECRETS[0]), ("far", SECRETS[0]), ("openai", UPSTREAM_KEY)] {
        // What the one behind the dead proxy never fetched is not for the next.
        stage.upstream.reset();
        stage.upstream.queue_on("/models", Reply::error(401, format!("wrong key {secret}")));
        hear(&client.post(&format!("/api/providers/{name}/test"), &json!({})).await);
    }
    let own = format!("keys {} {} are all wrong", SECRETS[0], SECRETS[1]);
    let configured = format!("key {UPSTREAM_KEY} is wrong");
    for model in ["mine/actor", "far/gpt-4o-mini", MODEL, "anthropic/actor", "gemini/actor", "ollama/actor"] {
        let repeated = if model.starts_with("mine") || model.starts_with("far") { &own } else { &configured };
        for reply in [
            Reply::error(401, repeated),
            Reply::error(500, repeated),
            Reply::raw(502, "text/plain", repeated),
            Reply::words(9).tokens_per_second(200.0).error_after(3, 503, repeated),
            Reply::raw(200, "application/json", format!("{{\"error\":{{\"message\":\"{repeated}\"}}}}")),
            Reply::instead(Instead::Garbage),
            Reply::words(9).interrupted(3, What::Cut),
            Reply::text("fine"),
        ] {
            for stream in [false, true] {
                stage.upstream.reset();
                stage.upstream.queue(reply.clone());
                let mut body = chat(model, "hello");
                body["stream"] = json!(stream);
                hear(&client.ask("/v1/chat/completions", &key, body.to_string()).await);
            }
        }
    }
    hear(
        &client
            .ask("/v1/chat/completions", "fam-a-key-that-is-not-known", chat(MODEL, "x").to_string())
            .await,
    );
    for path in [
        "/api/providers",
        "/api/models?refresh=true",
        "/api/exchanges",
        "/api/status",
        "/metrics",
        "/api/keys",
    ] {
        hear(&client.get(path).await);
    }
    drop(stage);
    drop(listening);

    let log = scribe.0.lock().unwrap().clone();
    assert!(
        log.contains("TRACE") && log.contains("a deployment failed"),
        "nothing was heard: {} bytes",
        log.len()
    );
    for secret in SECRETS.into_iter().chain([key.as_str(), "fam-a-key-that-is-not-known"]) {
        if let Some(at) = log.find(secret) {
            let from = log[..at].rfind('\n').unwrap_or_default();
            panic!("`{secret}` is in the log: {}", &log[from..at + secret.len()]);
        }
        let told = answers.iter().find(|answer| answer.contains(secret));
        assert!(told.is_none(), "`{secret}` is told: {told:?}");
    }
}
