//! Providers that take too long, and errors behind a good status: everywhere they are counted they are failures.

use crate::{
    doors::{DOORS, Door},
    stage::{PROVIDERS, Stage, UPSTREAM_KEY},
};
use ledger::{Exchange, Outcome};
use serde_json::{Value, json};
use testkit::{Instead, Reply, What};

/// Patient and impatient providers of every format, and a route from an impatient one to a patient one.
async fn stage() -> Stage {
    Stage::with(|base_url| {
        let mut text = "[gateway.breaker]\nmin_failures = 1000\n".to_owned();
        let kinds = [
            ("silent", "first_byte_timeout_ms = 300"),
            ("slow", "first_token_timeout_ms = 400\nstall_timeout_ms = 5000"),
            ("stalled", "stall_timeout_ms = 300"),
            ("endless", "total_timeout_ms = 1500"),
        ];
        for (name, dialect, path) in PROVIDERS {
            for (kind, setting) in kinds {
                text.push_str(&format!(
                    "[providers.{name}-{kind}]\ndialect = \"{dialect}\"\nbase_url = \"{base_url}{path}\"\n\
                     api_key = \"{UPSTREAM_KEY}\"\n{setting}\n\
                     models = [{{ name = \"actor\", prices = {{ input = \"1\", output = \"2\" }} }}]\n"
                ));
            }
            text.push_str(&format!(
                "[routes.{name}-then-patient]\ndeployments = [\"{name}-slow/actor\", \"openai/actor\"]\n"
            ));
        }
        text
    })
    .await
}

/// The doors that hold conversations.
fn chats() -> impl Iterator<Item = &'static Door> + Clone {
    DOORS.iter().filter(|door| door.providers.len() >= 4)
}

fn timed_out(exchange: &Exchange) -> (Outcome, Option<&str>) {
    (exchange.outcome, exchange.error_kind.as_deref())
}

fn refused(door: &Door, heard: &crate::doors::Caller) -> String {
    assert_eq!(heard.status(), 504, "{}: {}", door.name, heard.text());
    let body = heard.json();
    body.pointer(door.message)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{}: {body}", door.name))
        .to_owned()
}

#[tokio::test]
async fn whoever_says_nothing_is_given_up_on_in_the_callers_format() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for door in DOORS {
        for model in door.models("-silent") {
            for stream in door.ways() {
                stage.upstream.reset();
                stage.upstream.queue(Reply::instead(Instead::Nothing));
                let mut caller = door.ask(&stage, &key, &model, stream).await;
                assert!(caller.hears_out().await);
                let message = refused(door, &caller);
                assert!(message.contains("did not begin to answer within 0.3 s"), "{message}");
            }
        }
    }
}

/// Bytes that only keep the connection open are no answer.
#[tokio::test]
async fn the_first_token_has_a_time_of_its_own() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for door in chats() {
        for model in door.models("-slow") {
            stage.upstream.reset();
            stage.upstream.queue(Reply::instead(Instead::KeepAlive { every_ms: 50 }));
            let mut caller = door.ask(&stage, &key, &model, true).await;
            assert!(caller.hears_out().await);
            let message = refused(door, &caller);
            assert!(message.contains("no token within 0.4 s"), "{message}");
            stage.upstream.wait_for_disconnects(1).await.expect("the provider was not told");
        }
        for (name, _, _) in PROVIDERS {
            stage.upstream.reset();
            stage.upstream.queue(Reply::instead(Instead::KeepAlive { every_ms: 50 }));
            stage.upstream.queue(Reply::text("the lantern"));
            let mut caller = door.ask(&stage, &key, &format!("{name}-then-patient"), true).await;
            assert!(caller.hears_out().await);
            assert_eq!(caller.status(), 200);
            assert!(
                caller.text().contains("lantern") && caller.text().contains(door.ended),
                "{}",
                caller.text()
            );
        }
    }
    for exchange in stage.ledger().await {
        if exchange.route.ends_with("then-patient") {
            assert_eq!((exchange.outcome, exchange.attempts), (Outcome::Ok, 2), "{exchange:?}");
        } else {
            assert_eq!(timed_out(&exchange), (Outcome::Failed, Some("timeout")), "{exchange:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_stands_still_or_never_ends_ends_as_a_time_out() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let cases = [
        ("-stalled", Reply::words(10).interrupted(4, What::Stall), "stopped sending"),
        ("-endless", Reply::words(5_000).tokens_per_second(100.0), "did not finish"),
    ];
    for door in DOORS.iter().filter(|door| door.streams) {
        for (suffix, reply, words) in cases.clone() {
            for model in door.models(suffix) {
                stage.upstream.reset();
                stage.upstream.queue(reply.clone());
                let mut caller = door.ask(&stage, &key, &model, true).await;
                let whole = caller.hears_out().await;
                let text = caller.text();
                assert!(text.contains("lantern"), "{} of {model}: {text}", door.name);
                if door.broken.is_empty() {
                    assert!(!whole, "{} of {model} looks whole", door.name);
                } else {
                    assert!(
                        whole && text.contains(door.broken) && text.contains(words),
                        "{} of {model}: {text}",
                        door.name
                    );
                    assert!(!text.contains(door.ended), "{} of {model} looks whole: {text}", door.name);
                }
            }
        }
    }
    for exchange in stage.ledger().await {
        assert_eq!(timed_out(&exchange), (Outcome::Failed, Some("timeout")), "{exchange:?}");
    }
}

/// An error in the body of an answer whose status was 200, in each provider's own form.
fn error_body(dialect: &str) -> Value {
    match dialect {
        "anthropic" => {
            json!({ "type": "error", "error": { "type": "overloaded_error", "message": "too busy" } })
        }
        "gemini" => json!({ "error": { "code": 503, "status": "UNAVAILABLE", "message": "too busy" } }),
        "ollama" => json!({ "error": "too busy" }),
        "responses" => json!({ "id": "resp_1", "object": "response", "status": "failed", "output": [],
            "error": { "code": "server_error", "message": "too busy" } }),
        _ => json!({ "error": { "type": "server_error", "message": "too busy" } }),
    }
}

/// 200 and then an error: nothing has been handed out, so somebody else is asked, and the failure is counted.
#[tokio::test]
async fn an_error_behind_a_good_status_is_a_failure_that_is_fallen_back_from() {
    let stage = stage().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let mut failures = 0;
    for door in chats() {
        for (name, _, _) in PROVIDERS {
            for stream in [false, true] {
                stage.upstream.reset();
                let error = error_body(name).to_string();
                stage.upstream.queue(if stream {
                    Reply::words(10).error_after(0, 503, "too busy")
                } else {
                    Reply::raw(200, "application/json", error)
                });
                stage.upstream.queue(Reply::text("the lantern"));
                let mut caller = door.ask(&stage, &key, &format!("{name}-then-patient"), stream).await;
                assert!(caller.hears_out().await);
                let (status, text) = (caller.status(), caller.text());
                assert!(
                    status == 200 && text.contains("lantern"),
                    "{} of {name}, {stream}: {text}",
                    door.name
                );
                // The head may say why somebody else answers; the answer itself does not.
                let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                assert!(!body.contains("too busy"), "{} of {name}, {stream}: {text}", door.name);
                failures += 1;
            }
        }
    }
    for exchange in stage.ledger().await {
        assert_eq!((exchange.outcome, exchange.attempts), (Outcome::Ok, 2), "{exchange:?}");
    }
    let metrics = stage.client.get("/metrics").await;
    let line = format!("familiar_attempts_failed_total {failures}");
    assert!(metrics.text().contains(&line), "no `{line}` in {}", metrics.text());
    let each = failures / PROVIDERS.len();
    for (name, _, _) in PROVIDERS {
        let line = format!("familiar_deployment_failures_total{{deployment=\"{name}-slow/actor\"}} {each}");
        assert!(metrics.text().contains(&line), "no `{line}` in {}", metrics.text());
    }
}

/// Once words have been handed out, the caller is told in its format, and the breaker hears of it: a provider
/// that answers and breaks off, again and again, is left alone although every status was 200.
#[tokio::test]
async fn breaking_off_in_the_middle_counts_as_much_as_not_answering() {
    let stage =
        Stage::with(|_| "[gateway.breaker]\nmin_failures = 6\nfailure_percent = 55\n".to_owned()).await;
    let key = stage.key(&json!({ "name": "app" })).await;
    for (name, _, _) in PROVIDERS {
        let model = format!("{name}/actor");
        for (number, door) in chats().cycle().take(10).enumerate() {
            stage.upstream.reset();
            // Six of ten break off, the last of all the sixth.
            let breaks = number % 5 != 0 && number != 1 && number != 2;
            // What comes at once with the error is not handed out, so that the words come before it.
            let reply = Reply::words(10).tokens_per_second(100.0);
            stage.upstream.queue(if breaks { reply.error_after(4, 503, "too busy") } else { reply });
            let mut caller = door.ask(&stage, &key, &model, true).await;
            assert!(caller.hears_out().await);
            let text = caller.text();
            assert_eq!(text.contains(door.broken), breaks, "{} of {name}: {text}", door.name);
            assert_eq!(text.contains(door.ended), !breaks, "{} of {name}: {text}", door.name);
        }
        let metrics = stage.client.get("/metrics").await;
        for line in [
            format!("familiar_deployment_failures_total{{deployment=\"{model}\"}} 6"),
            format!("familiar_deployment_up{{deployment=\"{model}\"}} 0"),
        ] {
            assert!(metrics.text().contains(&line), "no `{line}` in {}", metrics.text());
        }
    }
    let outcomes = stage.ledger().await;
    let failed = outcomes.iter().filter(|exchange| exchange.outcome == Outcome::Failed).count();
    assert_eq!((outcomes.len(), failed), (PROVIDERS.len() * 10, PROVIDERS.len() * 6));
    let metrics = stage.client.get("/metrics").await;
    assert_eq!(metrics.counted("familiar_requests_total", "outcome=\"failed\""), 30);
    assert!(metrics.text().contains("familiar_attempts_failed_total 30"), "{}", metrics.text());
}
