//! What users of other gateways suffer from, each as a test.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    limits::{good, limited_key},
    stage::{GOOD, OWNER, Stage, config, deployment, table, whole},
};
use base::{Clock, ErrorKind};
use gateway::{Budget, Caller, GatewayError, KeyChange, NewKey, Period};
use routing::{Limits, limit::LimitedBy};
use serde_json::json;
use std::time::Duration;
use store::testing::TestDb;

const MINUTE: Duration = Duration::from_secs(60);

/// Memory that grows until the program is killed.
async fn what_is_kept_is_bounded_after(requests: u64) {
    let mut config = config();
    config.journal.batch_ms = 50;
    config
        .limits
        .deployments
        .insert("p/m".into(), Limits { tokens_per_minute: Some(1 << 40), ..Limits::default() });
    config.cache.ttl_seconds = 60;
    config.cache.max_bytes = 1 << 20;
    let upstream = Scripted::forgetful(&A, |_| Script::Chunks(GOOD.to_vec()));
    let test = TestDb::sqlite().await;
    let stage = Stage::new(&test, config, table(vec![deployment("p/m", &upstream)])).await;
    let limits = Limits {
        requests_per_minute: Some(1_000_000),
        tokens_per_minute: Some(1_000_000_000),
        parallel: Some(100),
    };
    let key = limited_key(&stage, limits).await;
    for request in 0..requests {
        let more = json!({ "max": 5, "stream": request % 2 == 0, "text": request.to_string() });
        whole(stage.ask_as(Caller::Key(key.clone()), &A, more).await.unwrap()).await;
        stage.advance(Duration::from_millis(5));
    }
    let metrics = stage.gateway.metrics();
    let kept = |what: &str| metrics.kept.iter().find(|(name, _)| *name == what).unwrap().1;
    assert!(kept("outcomes") <= 256, "{:?}", metrics.kept);
    assert!(kept("minutes") <= 60, "{:?}", metrics.kept);
    // Two windows each of two limiters, of at most 4,097 entries.
    assert!(kept("limit_entries") <= 4 * 4_097, "{:?}", metrics.kept);
    assert!(kept("unwritten_spans") <= 20_000, "{:?}", metrics.kept);
    assert!(metrics.cache_bytes <= 1 << 20, "{}", metrics.cache_bytes);
    assert_eq!((metrics.in_flight, metrics.queue.waiting.iter().map(|(_, count)| count).sum()), (0, 0_u64));
    stage.gateway.flush().await;
    assert_eq!(stage.gateway.metrics().ledger_backlog, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thread_1_memory_does_not_grow_with_use() {
    what_is_kept_is_bounded_after(5_000).await;
}

/// `cargo test --release -p gateway --test it thread_1 -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn thread_1_memory_does_not_grow_after_a_million_requests() {
    what_is_kept_is_bounded_after(1_000_000).await;
}

#[tokio::test]
async fn thread_3_a_database_hiccup_never_turns_good_keys_away() {
    let stage = Stage::with(&good()).await;
    let limits = Limits { requests_per_minute: Some(100), ..Limits::default() };
    let key = limited_key(&stage, limits).await;
    let unknown = base::Secret::new("fam-unknown");
    stage.test.db.close().await;
    for _ in 0..50 {
        whole(stage.ask_as(Caller::Key(key.clone()), &A, json!({})).await.unwrap()).await;
        let error = stage.ask_as(Caller::Key(unknown.clone()), &A, json!({})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "and a bad one stays bad");
    }
    assert_eq!(stage.gateway.metrics().ledger_backlog, 50, "nothing is lost meanwhile");
}

#[tokio::test]
async fn thread_5_no_caller_goes_past_the_installations_budget() {
    let mut config = config();
    config.budget = Some(Budget::new("0.002".parse().unwrap(), Period::Total));
    let upstream = good();
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    let free = stage.key(NewKey { name: "no budget of its own".into(), ..NewKey::default() }).await;
    let callers = [Caller::Owner(OWNER), Caller::Key(free)];
    let mut refused = 0;
    for turn in 0..400 {
        match stage.ask_as(callers[turn % 2].clone(), &A, json!({ "max": 5 })).await {
            Ok(answer) => drop(whole(answer).await),
            Err(error) => {
                assert!(matches!(error, GatewayError::BudgetExhausted { .. }), "{error}");
                refused += 1;
            }
        }
    }
    let budget = stage.gateway.budget().unwrap();
    assert!(budget.spent <= budget.budget.limit && refused > 0, "{budget:?}");
    assert!(budget.spent.nanos() > 1_900_000, "and it can be spent to its end: {budget:?}");
}

#[tokio::test]
async fn thread_5_what_was_spent_long_ago_refuses_nobody() {
    let upstream = good();
    let test = TestDb::sqlite().await;
    let stage = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    let budget = |usd: &str, period| Budget::new(usd.parse().unwrap(), period);
    let new =
        NewKey { name: "k".into(), budgets: vec![budget("0.00003", Period::Hour)], ..NewKey::default() };
    let created = stage.gateway.keys().create(OWNER, new).await.unwrap();
    let ask = || stage.ask_as(Caller::Key(created.secret.clone()), &A, json!({ "max": 5 }));
    for _ in 0..2 {
        whole(ask().await.unwrap()).await;
    }
    assert!(matches!(ask().await, Err(GatewayError::BudgetExhausted { .. })));
    // Another hour, and the new hour's first call counts at once.
    stage.advance(MINUTE * 60);
    whole(ask().await.unwrap()).await;
    // A raised budget lets the next call through without a restart, and what was spent stays spent.
    whole(ask().await.unwrap()).await;
    assert!(ask().await.is_err());
    let change = KeyChange { budget_limit: Some(Some("0.000045".parse().unwrap())), ..KeyChange::default() };
    stage.gateway.keys().update(OWNER, created.info.id, change).await.unwrap();
    whole(ask().await.unwrap()).await;
    assert!(ask().await.is_err());
    // Counted for the day, the calls of all hours count, those that the ledger has only just got included.
    let change = KeyChange {
        budget_period: Some(Period::Day),
        budget_limit: Some(Some("0.00009".parse().unwrap())),
        ..KeyChange::default()
    };
    stage.gateway.keys().update(OWNER, created.info.id, change).await.unwrap();
    assert_eq!(stage.key_account().await, (75_000, 0));
    whole(ask().await.unwrap()).await;
    assert!(ask().await.is_err());
    let change = KeyChange { budget_limit: Some(None), ..KeyChange::default() };
    stage.gateway.keys().update(OWNER, created.info.id, change).await.unwrap();
    whole(ask().await.unwrap()).await;

    // After a restart the figures are those of the ledger.
    stage.gateway.shutdown().await;
    let again = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    let listed = again.gateway.keys().list(OWNER).await.unwrap();
    assert_eq!((listed[0].budget, listed[0].usage.spent.nanos()), (None, 105_000));
}

#[tokio::test]
async fn thread_6_limits_are_enforced_at_all_of_the_limit() {
    let stage = Stage::with(&good()).await;
    let key = limited_key(&stage, Limits { requests_per_minute: Some(600), ..Limits::default() }).await;
    let ask = || stage.ask_as(Caller::Key(key.clone()), &A, json!({}));
    // Ten a second for ten minutes is exactly the limit, wherever a minute is thought to begin.
    for step in 0..6_000 {
        ask().await.unwrap_or_else(|error| panic!("at {step}: {error}"));
        stage.advance(Duration::from_millis(100));
    }
    // The oldest one's minute ends now: one more is let in, and not a second one.
    ask().await.unwrap();
    ask().await.unwrap_err();
}

#[tokio::test]
async fn thread_6_requests_and_tokens_do_not_share_a_window() {
    let upstream = Scripted::new(&A, []);
    let stage = Stage::with(&upstream).await;
    let limits = Limits { requests_per_minute: Some(3), tokens_per_minute: Some(1_000), parallel: None };
    let key = limited_key(&stage, limits).await;
    let ask = || stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": 10 }));
    let refusal = async || match ask().await.unwrap_err() {
        GatewayError::RateLimited(refusal) => refusal,
        other => panic!("{other}"),
    };
    upstream.queue(Script::Chunks(vec!["A text a\n", "A usage 900 99\n", "A stop\n"]));
    whole(ask().await.unwrap()).await;
    let refused = refusal().await;
    assert!(matches!(refused.by, LimitedBy::Tokens { limit: 1_000, .. }), "{refused}");
    assert_eq!(refused.state.requests.unwrap().remaining, 2, "a refused request takes nothing");
    stage.advance(MINUTE);
    for _ in 0..3 {
        upstream.queue(Script::Chunks(GOOD.to_vec()));
        whole(ask().await.unwrap()).await;
    }
    let refused = refusal().await;
    assert_eq!(refused.by, LimitedBy::Requests { limit: 3 });
    assert!(refused.state.tokens.unwrap().remaining > 900);
}

#[tokio::test]
async fn thread_6_an_estimate_that_was_too_high_locks_nobody_out() {
    let stage = Stage::with(&good()).await;
    let key = limited_key(&stage, Limits { tokens_per_minute: Some(1_000), ..Limits::default() }).await;
    // Each may have an answer of 990 tokens, and has one of 5; the minute stands still.
    for call in 0..66 {
        let ask = stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": 990 }));
        whole(ask.await.unwrap_or_else(|error| panic!("call {call}: {error}"))).await;
    }
    let now = stage.test.clock.now();
    let ask = stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": 990 }));
    let GatewayError::RateLimited(refusal) = ask.await.unwrap_err() else { panic!() };
    assert!(refusal.wait <= MINUTE, "{refusal:?} at {now}");
    // One that may need more than the whole limit waits for an empty window, not for ever.
    stage.advance(MINUTE);
    whole(stage.ask_as(Caller::Key(key), &A, json!({ "max": 5_000 })).await.unwrap()).await;
}
