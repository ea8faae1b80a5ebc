//! Limits on requests, tokens and calls at a time: exact, apart from each other, and told in headers.

use crate::{
    codec::{A, B},
    deployment::{Script, Scripted},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, whole},
};
use base::{ErrorKind, Secret};
use gateway::{Caller, Config, GatewayError, NewKey};
use routing::{Limits, Scope, limit::LimitedBy};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::testing::TestDb;

/// Tokens of each answer of [`GOOD`].
const TOKENS: u64 = 15;
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn good() -> Arc<Scripted> {
    Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()))
}

pub(crate) fn requests(limit: u32) -> Limits {
    Limits { requests_per_minute: Some(limit), ..Limits::default() }
}

fn tokens(limit: u64) -> Limits {
    Limits { tokens_per_minute: Some(limit), ..Limits::default() }
}

pub(crate) fn parallel(limit: u32) -> Limits {
    Limits { parallel: Some(limit), ..Limits::default() }
}

pub(crate) async fn limited_key(stage: &Stage, limits: Limits) -> Secret {
    stage.key(NewKey { name: "k".into(), limits, ..NewKey::default() }).await
}

/// A stage whose deployments have limits.
pub(crate) async fn limited(config: Config, ids: &[&str], upstream: &Arc<Scripted>) -> Stage {
    let deployments = ids.iter().map(|id| deployment(id, upstream)).collect();
    Stage::new(&TestDb::sqlite().await, config, table(deployments)).await
}

/// How many of so many callers at once get an answer, each asking again until they are refused.
async fn served(stage: &Arc<Stage>, key: &Secret, callers: usize, max: u64) -> u64 {
    let answers = Arc::new(AtomicU64::new(0));
    let each = (0..callers).map(|_| {
        let (stage, key, answers) = (Arc::clone(stage), key.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            loop {
                let ask = stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": max }));
                match ask.await {
                    Ok(answer) => whole(answer).await,
                    Err(GatewayError::RateLimited(_)) => return,
                    Err(other) => panic!("{other}"),
                };
                answers.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    for caller in each.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    answers.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_callers_get_the_limit_within_a_percent_and_again_a_minute_later() {
    let stage = Arc::new(Stage::with(&good()).await);
    let key = limited_key(&stage, requests(1_500)).await;
    assert_eq!(served(&stage, &key, 1_000, 5).await, 1_500, "requests are counted, not guessed");
    stage.advance(MINUTE);
    assert_eq!(served(&stage, &key, 1_000, 5).await, 1_500);

    const LIMIT: u64 = 30_000;
    for max in [5, 1_000] {
        let key = limited_key(&stage, tokens(LIMIT)).await;
        for _ in 0..2 {
            let used = served(&stage, &key, 1_000, max).await * TOKENS;
            assert!(used * 100 >= LIMIT * 99 && used * 100 <= LIMIT * 101, "{used} with at most {max}");
            stage.advance(MINUTE);
        }
    }
}

#[tokio::test]
async fn what_is_left_is_told_in_the_callers_own_headers() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::with(&upstream).await;
    let limits = Limits { requests_per_minute: Some(2), tokens_per_minute: Some(1_000), parallel: None };
    let key = limited_key(&stage, limits).await;
    let ask = |codec| stage.ask_as(Caller::Key(key.clone()), codec, json!({ "max": 96 }));
    let openai = ask(&A).await.unwrap().headers;
    assert_eq!(openai["x-ratelimit-limit-requests"], "2");
    assert_eq!(openai["x-ratelimit-remaining-requests"], "1");
    assert_eq!(openai["x-ratelimit-limit-tokens"], "1000");
    assert_eq!(openai["x-ratelimit-remaining-tokens"], "900", "4 for the prompt and 96 for the answer");
    assert_eq!(openai["x-ratelimit-reset-tokens"], "60000ms");
    assert!(!openai.contains_key("anthropic-ratelimit-requests-limit"));
    stage.advance(Duration::from_secs(15));
    let anthropic = ask(&B).await.unwrap().headers;
    assert_eq!(anthropic["anthropic-ratelimit-requests-limit"], "2");
    assert_eq!(anthropic["anthropic-ratelimit-requests-remaining"], "0");
    assert_eq!(anthropic["anthropic-ratelimit-requests-reset"], "2026-01-01T00:01:15.000Z");
    assert_eq!(anthropic["anthropic-ratelimit-tokens-limit"], "1000");
    assert!(!anthropic.contains_key("x-ratelimit-limit-requests"));

    let refused = ask(&B).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Limited);
    let headers = refused.headers();
    assert_eq!(headers["retry-after"], "45", "the first request's minute is over then");
    assert_eq!(headers["anthropic-ratelimit-requests-remaining"], "0");
    assert_eq!(ask(&A).await.unwrap_err().headers()["x-ratelimit-remaining-requests"], "0");
    let unlimited = stage.ask(json!({})).await.unwrap().headers;
    assert!(!unlimited.keys().any(|name| name.as_str().contains("ratelimit")), "{unlimited:?}");
}

#[tokio::test]
async fn calls_at_a_time_are_counted_until_their_end_however_they_end() {
    let stalls = || Script::Stalls(vec!["A text hello\n"]);
    let upstream =
        Scripted::new(&A, [stalls(), Script::Chunks(GOOD.to_vec()), Script::Chunks(GOOD.to_vec())]);
    let stage = Stage::with(&upstream).await;
    let key = limited_key(&stage, parallel(1)).await;
    let ask = || stage.ask_as(Caller::Key(key.clone()), &A, streaming());
    let under_way = ask().await.unwrap();
    let GatewayError::RateLimited(refusal) = ask().await.unwrap_err() else { panic!() };
    assert_eq!((refusal.by, refusal.wait), (LimitedBy::Parallel { limit: 1 }, Duration::from_secs(1)));
    drop(under_way);
    whole(ask().await.unwrap()).await;
    whole(ask().await.unwrap()).await;
}

#[tokio::test]
async fn a_deployment_at_its_limit_is_left_for_the_next_one() {
    let mut config = config();
    config.limits.deployments.insert("one/m".into(), requests(1));
    config.limits.providers.insert("two".into(), requests(1));
    let upstream = good();
    let stage = limited(config, &["one/m", "two/m", "two/n"], &upstream).await;
    for _ in 0..2 {
        whole(stage.ask(json!({})).await.unwrap()).await;
    }
    let error = stage.ask(json!({})).await.unwrap_err();
    let GatewayError::RateLimited(refusal) = &error else { panic!("{error}") };
    assert_eq!(refusal.scope, Scope::Provider("two".into()), "both of its deployments share it");
    assert_eq!(error.headers()["retry-after"], "60");
    assert_eq!(upstream.call_count(), 2);
    let exchanges = stage.ledger().await;
    let chosen: Vec<_> = exchanges.iter().map(|one| one.explanation.chosen.as_deref()).collect();
    assert_eq!(chosen, [Some("one/m"), Some("two/m"), None]);
    let notes = &exchanges[2].explanation.candidates[2].notes;
    assert!(
        notes.iter().any(|note| note == "busy: more than 1 requests a minute for the provider `two`"),
        "{notes:?}"
    );
    let health = &stage.gateway.health()[0];
    assert_eq!((health.measures.headroom, health.limits.len()), (0.0, 1));
    stage.advance(MINUTE);
    whole(stage.ask(json!({})).await.unwrap()).await;
}

#[tokio::test]
async fn a_users_limit_counts_all_of_their_keys_and_their_own_calls() {
    let mut config = config();
    config.limits.user = requests(3);
    let stage = limited(config, &["p/m"], &good()).await;
    let (one, two) = (
        stage.key(NewKey { name: "1".into(), ..NewKey::default() }).await,
        limited_key(&stage, requests(9)).await,
    );
    for caller in [Caller::Key(one.clone()), Caller::Key(two.clone()), Caller::Owner(OWNER)] {
        whole(stage.ask_as(caller, &A, json!({})).await.unwrap()).await;
    }
    for caller in [Caller::Key(one), Caller::Key(two), Caller::Owner(OWNER)] {
        let GatewayError::RateLimited(refusal) = stage.ask_as(caller, &A, json!({})).await.unwrap_err()
        else {
            panic!()
        };
        assert_eq!(refusal.scope, Scope::User);
    }
}

#[tokio::test]
async fn what_was_not_sent_or_cost_no_tokens_takes_none() {
    let upstream =
        Scripted::new(&A, [Script::Fails(crate::deployment::error(llm::LlmErrorKind::BadRequest))]);
    let stage = Stage::with(&upstream).await;
    let key = limited_key(&stage, tokens(1_000)).await;
    stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": 900 })).await.unwrap_err();
    upstream.queue(Script::Chunks(GOOD.to_vec()));
    let answer = stage.ask_as(Caller::Key(key), &A, json!({ "max": 900 })).await.unwrap();
    assert_eq!(
        answer.headers["x-ratelimit-remaining-tokens"], "96",
        "the first one gave all of its tokens back"
    );
}
