//! Requests that wait for a limit: in their turn, bounded, and gone when their callers go.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    limits::{limited, parallel, requests},
    stage::{GOOD, OWNER, Stage, config, streaming, until, whole},
};
use futures::FutureExt;
use gateway::{Answer, Caller, Config, GatewayError, NewKey};
use routing::{Priority, QueueConfig};
use serde_json::json;
use std::{sync::Arc, time::Duration};

fn queued(length: u32, wait_seconds: u64) -> Config {
    let mut config = config();
    config.queue = Some(QueueConfig { length, wait_seconds });
    config.limits.deployments.insert("p/m".into(), parallel(1));
    config
}

/// A stage whose one place is taken, and what has to end before it is free.
async fn busy(config: Config) -> (Arc<Stage>, Answer) {
    let stalls = Script::Stalls(vec!["A text hello\n"]);
    let rest = (0..9).map(|_| Script::Chunks(GOOD.to_vec()));
    let upstream = Scripted::new(&A, [stalls].into_iter().chain(rest));
    let stage = Arc::new(limited(config, &["p/m"], &upstream).await);
    let under_way = stage.ask(streaming()).await.unwrap();
    (stage, under_way)
}

fn waiting(stage: &Stage) -> [u64; 3] {
    let waiting = stage.gateway.metrics().queue.waiting;
    ["high", "normal", "low"].map(|name| waiting.iter().find(|(one, _)| *one == name).unwrap().1)
}

fn ask(stage: &Arc<Stage>, priority: &'static str) -> tokio::task::JoinHandle<Result<String, GatewayError>> {
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        let headers = [("x-familiar-priority", priority)];
        let answer = stage.ask_with(Caller::Owner(OWNER), &headers, json!({})).await?;
        let sentence = answer.explanation.sentence();
        whole(answer).await;
        Ok(sentence)
    })
}

#[tokio::test]
async fn a_request_waits_for_a_place_and_says_so() {
    let (stage, under_way) = busy(queued(10, 60)).await;
    let waits = ask(&stage, "normal");
    until("somebody waits", || waiting(&stage) == [0, 1, 0]).await;
    assert_eq!(stage.gateway.health()[0].waiting, 1);
    stage.advance(Duration::from_millis(120));
    drop(under_way);
    let sentence = waits.await.unwrap().unwrap();
    assert!(sentence.contains("waited 120 ms for a place under its limits"), "{sentence}");
    assert_eq!((waiting(&stage), stage.gateway.metrics().queue.served), ([0, 0, 0], 1));
}

#[tokio::test]
async fn the_urgent_go_first() {
    let (stage, under_way) = busy(queued(10, 60)).await;
    let mut order = Vec::new();
    for (priority, expected) in [("low", [0, 0, 1]), ("normal", [0, 1, 1]), ("high", [1, 1, 1])] {
        order.push(ask(&stage, priority));
        until("it waits", || waiting(&stage) == expected).await;
    }
    drop(under_way);
    for waiter in order {
        waiter.await.unwrap().unwrap();
    }
    // The first exchange was given up; the others are in the order in which they were settled.
    stage.gateway.flush().await;
    let queue = stage.gateway.metrics().queue;
    assert_eq!((queue.served, queue.gave_up, queue.turned_away), (3, 0, 0));
}

#[tokio::test]
async fn the_queue_is_bounded_and_a_more_urgent_request_takes_the_last_place() {
    let (stage, under_way) = busy(queued(2, 60)).await;
    let (first, second) = (ask(&stage, "low"), ask(&stage, "low"));
    until("two wait", || waiting(&stage) == [0, 0, 2]).await;
    let error = ask(&stage, "low").await.unwrap().unwrap_err();
    assert!(matches!(error, GatewayError::RateLimited(_)), "{error}");
    let urgent = ask(&stage, "high");
    until("the urgent one waits", || waiting(&stage) == [1, 0, 1]).await;
    drop(under_way);
    urgent.await.unwrap().unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|served| **served).count(), 1);
    let queue = stage.gateway.metrics().queue;
    assert_eq!((queue.served, queue.gave_up, queue.turned_away), (2, 1, 1));
}

#[tokio::test]
async fn who_waits_too_long_is_told_when_to_come_back() {
    let (stage, _under_way) = busy(queued(2, 0)).await;
    let error = ask(&stage, "normal").await.unwrap().unwrap_err();
    assert!(matches!(error, GatewayError::WaitedInVain { .. }), "{error}");
    assert_eq!(error.headers()["retry-after"], "1");
    assert_eq!(waiting(&stage), [0, 0, 0]);
}

#[tokio::test]
async fn who_leaves_the_queue_holds_nobody_up() {
    let (stage, under_way) = busy(queued(10, 60)).await;
    let leaves = ask(&stage, "high");
    until("one waits", || waiting(&stage) == [1, 0, 0]).await;
    let stays = ask(&stage, "low");
    until("two wait", || waiting(&stage) == [1, 0, 1]).await;
    leaves.abort();
    until("one has left", || waiting(&stage) == [0, 0, 1]).await;
    drop(under_way);
    stays.await.unwrap().unwrap();
    whole(stage.ask(json!({})).await.unwrap()).await;
}

#[tokio::test]
async fn a_window_that_moves_on_lets_the_next_one_through() {
    let mut config = queued(10, 60);
    config.limits.deployments.insert("p/m".into(), requests(1));
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Arc::new(limited(config, &["p/m"], &upstream).await);
    whole(stage.ask(json!({})).await.unwrap()).await;
    let (first, second) = (ask(&stage, "normal"), ask(&stage, "normal"));
    until("two wait", || waiting(&stage) == [0, 2, 0]).await;
    stage.advance(Duration::from_secs(60));
    until("one is through", || waiting(&stage) == [0, 1, 0]).await;
    stage.advance(Duration::from_secs(60));
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(upstream.call_count(), 3);
}

#[tokio::test]
async fn without_a_queue_nobody_waits_and_a_route_may_have_its_own() {
    let mut config = queued(10, 60);
    config.queue = None;
    let (stage, _under_way) = busy(config).await;
    let refused = stage.ask(json!({})).now_or_never().expect("nothing to wait for").unwrap_err();
    assert!(matches!(refused, GatewayError::RateLimited(_)), "{refused}");
}

#[tokio::test]
async fn a_request_is_as_urgent_as_its_key_allows() {
    let (stage, under_way) = busy(queued(10, 60)).await;
    let key = stage.key(NewKey { name: "k".into(), priority: Priority::Low, ..NewKey::default() }).await;
    let waits = tokio::spawn({
        let stage = Arc::clone(&stage);
        async move {
            let answer = stage
                .ask_with(Caller::Key(key), &[("x-familiar-priority", "high")], json!({}))
                .await
                .unwrap();
            whole(answer).await
        }
    });
    until("it waits with the others of its kind", || waiting(&stage) == [0, 0, 1]).await;
    drop(under_way);
    waits.await.unwrap();
    let headers = [("x-familiar-priority", "at once")];
    let error = stage.ask_with(Caller::Owner(OWNER), &headers, json!({})).await.unwrap_err();
    assert!(error.to_string().contains("one of high, normal, low"), "{error}");
}

#[tokio::test]
async fn who_waits_for_one_model_keeps_nobody_from_another() {
    let mut config = queued(10, 60);
    config.limits.providers.insert("p".into(), requests(100));
    let stalls = Script::Stalls(vec!["A text hello\n"]);
    let rest = (0..9).map(|_| Script::Chunks(GOOD.to_vec()));
    let upstream = Scripted::new(&A, [stalls].into_iter().chain(rest));
    let stage = Arc::new(limited(config, &["p/m", "p/n"], &upstream).await);
    let direct = |model: &'static str| {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { whole(stage.ask(json!({ "model": model })).await.unwrap()).await })
    };
    let under_way = stage.ask(json!({ "model": "p/m", "stream": true })).await.unwrap();
    let waits = direct("p/m");
    until("one waits", || waiting(&stage) == [0, 1, 0]).await;
    direct("p/n").await.unwrap();
    assert_eq!(waiting(&stage), [0, 1, 0], "their provider has room");
    let health = stage.gateway.health();
    assert_eq!((health[0].waiting, health[1].waiting), (1, 0));
    drop(under_way);
    waits.await.unwrap();
}
