//! The response cache, and identical requests under way.

use crate::{
    codec::{A, B},
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, until, whole},
};
use base::Money;
use futures::{StreamExt, future::join_all};
use gateway::{AnswerBody, Call, Caller, Config, NewKey, Outcome, Source};
use llm::{ChatRequest, LlmErrorKind, Message, Role};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;
use tokio::sync::mpsc;

fn caching() -> Config {
    let mut config = config();
    config.cache.ttl_seconds = 60;
    config
}

async fn stage(upstream: &Arc<Scripted>) -> Stage {
    Stage::new(&TestDb::sqlite().await, caching(), table(vec![deployment("p/m", upstream)])).await
}

#[tokio::test]
async fn an_identical_request_is_answered_from_the_cache_for_nothing() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = stage(&upstream).await;
    for more in [json!({}), streaming()] {
        let first = stage.text(more.clone()).await.unwrap();
        let answer = stage.ask(more).await.unwrap();
        assert_eq!(answer.headers["x-familiar-cache"], "hit");
        assert_eq!(answer.headers["x-familiar-model"], "p/m");
        assert_eq!(whole(answer).await, first);
    }
    assert_eq!(upstream.call_count(), 2, "a stream and a whole reply are not the same");
    let ledger = stage.ledger().await;
    assert_eq!(
        ledger.iter().map(|exchange| exchange.cache_hit).collect::<Vec<_>>(),
        [false, true, false, true]
    );
    assert_eq!((ledger[1].cost, ledger[1].saved.nanos(), ledger[1].attempts), (Money::ZERO, 15_000, 0));
    let hits: u64 = stage.gateway.metrics().series.iter().map(|series| series.cache_hits).sum();
    assert_eq!(hits, 2);
    stage.advance(Duration::from_secs(60));
    stage.text(json!({})).await.unwrap();
    assert_eq!(upstream.call_count(), 3, "its time was over");
}

#[tokio::test]
async fn a_stream_is_replayed_as_the_stream_it_was() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(vec!["A text a\n", "A text b\n", "A stop\n"]));
    let stage = stage(&upstream).await;
    let chunks = |answer: gateway::Answer| async move {
        let AnswerBody::Stream(stream) = answer.body else { panic!() };
        stream.collect::<Vec<_>>().await
    };
    let first = chunks(stage.ask(streaming()).await.unwrap()).await;
    assert_eq!(first.len(), 3);
    assert_eq!(chunks(stage.ask(streaming()).await.unwrap()).await, first);
    let request = || {
        let request = ChatRequest {
            model: "r".into(),
            messages: vec![Message::text(Role::User, "x")],
            ..ChatRequest::default()
        };
        Call { caller: Caller::Owner(OWNER), source: Source::Request(request), tags: Vec::new() }
    };
    let events = |answer: gateway::Answer| async move {
        let AnswerBody::Events(events) = answer.body else { panic!() };
        events.map(Result::unwrap).collect::<Vec<_>>().await
    };
    let first = events(stage.gateway.chat(request()).await.unwrap()).await;
    assert_eq!(events(stage.gateway.chat(request()).await.unwrap()).await, first);
    assert_eq!(upstream.call_count(), 2);
}

#[tokio::test]
async fn nothing_is_kept_by_default_nor_of_failures_nor_of_abandoned_answers() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let off = Stage::with(&upstream).await;
    off.text(json!({})).await.unwrap();
    off.text(json!({})).await.unwrap();
    assert_eq!(upstream.call_count(), 2);

    let upstream = Scripted::new(
        &A,
        [
            Script::Fails(error(LlmErrorKind::BadRequest)),
            Script::Breaks(vec!["A text hi\n"], LlmErrorKind::Network),
            Script::Chunks(vec!["A text hi\n", "A error overloaded busy\n"]),
            Script::Stalls(vec!["A text hi\n"]),
            Script::Chunks(GOOD.to_vec()),
        ],
    );
    let stage = stage(&upstream).await;
    stage.ask(streaming()).await.unwrap_err();
    stage.text(streaming()).await.unwrap();
    stage.text(streaming()).await.unwrap();
    drop(stage.ask(streaming()).await.unwrap());
    assert_eq!(stage.text(streaming()).await.unwrap(), GOOD.concat());
    assert_eq!((upstream.call_count(), stage.gateway.metrics().cache_entries), (5, 1));
}

#[tokio::test]
async fn callers_of_one_owner_share_and_formats_do_not() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = stage(&upstream).await;
    let key = stage.key(NewKey { name: "k".into(), ..NewKey::default() }).await;
    stage.text(json!({})).await.unwrap();
    whole(stage.ask_as(Caller::Key(key), &A, json!({})).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 1);
    whole(stage.ask_as(Caller::Owner(OWNER), &B, json!({})).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 2);
    let other = Caller::Owner(base::Id::from_u128(2));
    whole(stage.ask_as(other, &A, json!({})).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 3, "nobody is answered from another's replies");
}

#[tokio::test]
async fn identical_requests_under_way_share_one_call() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let upstream = Scripted::new(&A, [Script::Driven(receiver)]);
    let stage = stage(&upstream).await;
    let ask = || async { whole(stage.ask(streaming()).await.unwrap()).await };
    let script = async {
        until("the first call", || upstream.call_count() == 1).await;
        for piece in GOOD {
            sender.send(piece).unwrap();
            tokio::task::yield_now().await;
        }
        drop(sender);
    };
    let (answers, ()) = futures::join!(join_all((0..20).map(|_| ask())), script);
    assert!(answers.iter().all(|answer| *answer == GOOD.concat()), "{answers:?}");
    assert_eq!(upstream.call_count(), 1);
    let ledger = stage.ledger().await;
    assert_eq!(ledger.iter().filter(|exchange| exchange.cache_hit).count(), 19);
    assert_eq!(ledger.iter().map(|exchange| exchange.cost.nanos()).sum::<i64>(), 15_000);
}

#[tokio::test]
async fn those_who_wait_share_a_failure_and_outlive_a_caller_who_goes() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let upstream = Scripted::new(&A, [Script::Driven(receiver)]);
    let stage = stage(&upstream).await;
    let ask = || stage.ask(streaming());
    let script = async {
        until("the first call", || upstream.call_count() == 1).await;
        sender.send("A error bad_request no\n").unwrap();
    };
    let (answers, ()) = futures::join!(join_all((0..5).map(|_| ask())), script);
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(upstream.call_count(), 1);

    upstream.queue(Script::Stalls(vec!["A text hi\n"]));
    upstream.queue(Script::Chunks(GOOD.to_vec()));
    let leader = ask().await.unwrap();
    let follower = async { whole(ask().await.unwrap()).await };
    let leaving = async {
        tokio::task::yield_now().await;
        drop(leader);
    };
    let (answer, ()) = futures::join!(follower, leaving);
    assert_eq!(answer, GOOD.concat());
    let outcomes: Vec<_> = stage.ledger().await.iter().map(|exchange| exchange.outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Failed).count(), 5);
    assert_eq!(outcomes[5..], [Outcome::Cancelled, Outcome::Ok]);
}
