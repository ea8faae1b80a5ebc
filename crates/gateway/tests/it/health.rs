//! Health from outside: states and their changes, what is kept of minutes, and checks that cost nothing.

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, Stage, config, deployment, streaming, table, until, whole},
};
use llm::{LlmErrorKind, RateLimits};
use routing::State;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;
use tokio::sync::broadcast::error::TryRecvError;

store::on_each_database!(minutes_outlive_the_program_and_old_ones_become_hours);

const MINUTE: Duration = Duration::from_secs(60);

async fn stage_on(test: &Arc<TestDb>, upstream: &Arc<Scripted>) -> Stage {
    Stage::new(test, config(), table(vec![deployment("p/m", upstream)])).await
}

#[tokio::test]
async fn changes_are_told_once_each() {
    let upstream = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Network)));
    let stage = Stage::with(&upstream).await;
    let mut changes = stage.gateway.health_events();
    for _ in 0..5 {
        stage.ask(json!({})).await.unwrap_err();
    }
    let change = changes.recv().await.unwrap();
    assert_eq!((change.deployment.as_str(), change.to), ("p/m", State::Unavailable));
    assert!(change.error.unwrap().contains("network"));

    // Half open: the next call finds out.
    stage.advance(Duration::from_secs(15));
    upstream.queue(Script::Chunks(GOOD.to_vec()));
    whole(stage.ask(json!({})).await.unwrap()).await;
    let change = changes.recv().await.unwrap();
    assert_eq!((change.from, change.to), (State::Unavailable, State::Degraded));
    stage.advance(Duration::from_secs(301));
    let change = changes.recv().await.unwrap();
    assert_eq!((change.from, change.to, change.error), (State::Degraded, State::Available, None));
    assert_eq!(changes.try_recv(), Err(TryRecvError::Empty));
}

#[tokio::test]
async fn what_a_provider_says_of_its_limits_is_the_headroom() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    *upstream.limits.lock().unwrap() = RateLimits {
        limit_requests: Some(100),
        remaining_requests: Some(75),
        reset_requests: Some(Duration::from_secs(30)),
        limit_tokens: Some(1_000),
        remaining_tokens: Some(200),
        reset_tokens: Some(Duration::from_secs(10)),
        ..RateLimits::default()
    };
    let stage = Stage::with(&upstream).await;
    whole(stage.ask(json!({})).await.unwrap()).await;
    let headroom = || stage.gateway.health()[0].measures.headroom;
    assert_eq!(headroom(), 0.2);
    let [requests, tokens] = stage.gateway.health()[0].provider_limits;
    assert_eq!((requests.unwrap().remaining, tokens.unwrap().limit), (75, 1_000));
    stage.advance(Duration::from_secs(11));
    assert_eq!(headroom(), 0.75, "the tokens are whole again");
    stage.advance(Duration::from_secs(20));
    assert_eq!(headroom(), 1.0);
}

#[tokio::test]
async fn an_account_without_credit_has_a_state_of_its_own_until_it_answers() {
    let upstream =
        Scripted::new(&A, [Script::Fails(error(LlmErrorKind::QuotaExceeded)), Script::Chunks(GOOD.to_vec())]);
    let stage = Stage::with(&upstream).await;
    stage.ask(json!({})).await.unwrap_err();
    assert_eq!(stage.gateway.health()[0].state, State::QuotaExceeded);
    whole(stage.ask(json!({})).await.unwrap()).await;
    assert_eq!(stage.gateway.health()[0].state, State::RateLimited, "it rests as long as it was to");
    stage.advance(MINUTE);
    assert_eq!(stage.gateway.health()[0].state, State::Available);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure_wherever_it_is_counted() {
    let upstream = Scripted::new(&A, [Script::Breaks(vec!["A text ab\n"], LlmErrorKind::Network)]);
    let stage = Stage::with(&upstream).await;
    whole(stage.ask(streaming()).await.unwrap()).await;
    let health = stage.gateway.health().remove(0);
    assert_eq!((health.measures.samples, health.measures.success_share), (1, 0.0));
    assert_eq!((health.last_hour[0].calls, health.last_hour[0].failures), (1, 1));
    assert!(health.last_hour[0].down);
}

#[tokio::test]
async fn a_check_that_costs_nothing_brings_back_what_could_not_be_reached() {
    let upstream = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Network)));
    let stage = Stage::with(&upstream).await;
    for _ in 0..5 {
        stage.ask(json!({})).await.unwrap_err();
    }
    assert!(stage.gateway.health()[0].is_open);
    stage.gateway.checked("another", Ok(()));
    stage.gateway.checked("p", Err(LlmErrorKind::Network));
    assert!(stage.gateway.health()[0].is_open);
    stage.gateway.checked("p", Ok(()));
    assert!(!stage.gateway.health()[0].is_open, "it was the network, and the network is back");

    let broken = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Server)));
    let stage = Stage::with(&broken).await;
    for _ in 0..5 {
        stage.ask(json!({})).await.unwrap_err();
    }
    stage.gateway.checked("p", Ok(()));
    assert!(stage.gateway.health()[0].is_open, "a list of models says nothing about a model that fails");
    stage.advance(Duration::from_secs(15));
    stage.gateway.checked("p", Err(LlmErrorKind::Network));
    assert_eq!(
        stage.gateway.health()[0].retry_in,
        Some(Duration::from_secs(30)),
        "nobody's call has to find out"
    );
    stage.advance(Duration::from_secs(30));
    stage.gateway.checked("p", Ok(()));
    assert!(!stage.gateway.health()[0].is_open, "it has rested, and its provider is there");
}

async fn minutes_outlive_the_program_and_old_ones_become_hours(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = stage_on(&test, &upstream).await;
    let began = base::Clock::now(test.clock.as_ref());
    for minute in 0..5 {
        if minute == 3 {
            upstream.queue(Script::Fails(error(LlmErrorKind::NotFound)));
            stage.ask(json!({})).await.unwrap_err();
        } else {
            whole(stage.ask(json!({})).await.unwrap()).await;
        }
        stage.advance(MINUTE);
    }
    stage.gateway.shutdown().await;

    let again = stage_on(&test, &upstream).await;
    let now = base::Clock::now(test.clock.as_ref());
    let told = again.gateway.records().providers(began, now).await.unwrap();
    assert_eq!(told.len(), 1);
    let total = &told[0].total;
    assert_eq!((told[0].provider.as_str(), total.calls, total.failures), ("p", 5, 1));
    assert_eq!((total.minutes, total.down_minutes), (6, 1), "five, and the one that has just begun");
    assert_eq!(told[0].days.len(), 1);
    let deployments = again.gateway.records().deployments_of_a_day().await.unwrap();
    assert_eq!(deployments["p/m"].calls, 5);
    again.gateway.shutdown().await;

    // Days later the minutes have been added up, and say the same.
    test.clock.advance(Duration::from_secs(3 * 86_400));
    let later = stage_on(&test, &upstream).await;
    let hours = || {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM health_span WHERE minutes = 1");
        query.fetch_one(test.db.pool())
    };
    for _ in 0..200 {
        let left: i64 = hours().await.unwrap();
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let told = later.gateway.records().providers(began, now).await.unwrap();
    let total = &told[0].total;
    assert_eq!((total.calls, total.failures, total.minutes, total.down_minutes), (5, 1, 6, 1));
    assert!(
        later.gateway.records().providers(now, began).await.is_err(),
        "a period that ends before it begins"
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_kept_until_it_can() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::with(&upstream).await;
    stage.test.db.close().await;
    whole(stage.ask(json!({})).await.unwrap()).await;
    stage.advance(MINUTE);
    let unwritten = || {
        let kept = stage.gateway.metrics().kept;
        kept.iter().find(|(what, _)| *what == "unwritten_spans").unwrap().1
    };
    until("a minute waits for the database", || unwritten() == 2).await;
}
