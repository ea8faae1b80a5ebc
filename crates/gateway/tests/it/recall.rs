//! The response cache, and identical requests under way.

use crate::{
    codec::{A, B},
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, until, whole},
};
use base::Money;
use futures::{StreamExt, future::join_all};
use gateway::{AnswerBody, Call, Caller, Config, NewKey, Source};
use ledger::Outcome;
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
        let answer = stage.ask(more.clone()).await.unwrap();
        let known = upstream.call_count() == 1 && more == streaming();
        assert_eq!(answer.headers["x-familiar-cache"], if known { "hit" } else { "miss" });
        let first = whole(answer).await;
        let answer = stage.ask(more).await.unwrap();
        assert_eq!(answer.headers["x-familiar-cache"], "hit");
        assert_eq!(answer.headers["x-familiar-model"], "p/m");
        assert_eq!(whole(answer).await, first);
    }
    assert_eq!(upstream.call_count(), 1, "a whole reply is told as a stream, and the other way round");
    let ledger = stage.ledger().await;
    assert_eq!(
        ledger.iter().map(|exchange| exchange.cache_hit).collect::<Vec<_>>(),
        [false, true, true, true]
    );
    assert_eq!((ledger[1].cost, ledger[1].saved.nanos(), ledger[1].attempts), (Money::ZERO, 15_000, 0));
    let hits: u64 = stage.gateway.metrics().series.iter().map(|series| series.cache_hits).sum();
    assert_eq!(hits, 3);
    let cache = stage.gateway.cache();
    assert_eq!((cache.entries, cache.routes.len()), (1, 1));
    let route = &cache.routes[0];
    assert_eq!((route.hits, route.misses, route.saved.nanos()), (3, 1, 45_000));
    stage.advance(Duration::from_secs(60));
    stage.text(json!({})).await.unwrap();
    assert_eq!(upstream.call_count(), 2, "its time was over");
    stage.gateway.clear_cache();
    stage.text(json!({})).await.unwrap();
    assert_eq!(upstream.call_count(), 3, "it was forgotten");
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
async fn callers_of_one_owner_share_whatever_their_format_is() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = stage(&upstream).await;
    let key = stage.key(NewKey { name: "k".into(), ..NewKey::default() }).await;
    stage.text(json!({})).await.unwrap();
    whole(stage.ask_as(Caller::Key(key), &A, json!({})).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 1);
    for more in [json!({}), streaming()] {
        let answer = stage.ask_as(Caller::Owner(OWNER), &B, more.clone()).await.unwrap();
        assert_eq!(answer.headers["x-familiar-cache"], "hit");
        let text = whole(answer).await;
        assert!(text.contains("B text hello\nB usage 10 5\n"), "{text}");
    }
    assert_eq!(upstream.call_count(), 1, "and whether it is a stream");
    let odd = stage.ask_as(Caller::Owner(OWNER), &B, json!({ "odd": 1 })).await.unwrap();
    assert_eq!(odd.headers["x-familiar-cache"], "miss", "what only one format can say");
    whole(odd).await;
    let again = stage.ask_as(Caller::Owner(OWNER), &B, json!({ "odd": 1 })).await.unwrap();
    assert_eq!(again.headers["x-familiar-cache"], "hit");
    assert_eq!(upstream.call_count(), 2);
    let other = Caller::Owner(base::Id::from_u128(2));
    whole(stage.ask_as(other, &A, json!({})).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 3, "nobody is answered from another's replies");
}

#[tokio::test]
async fn callers_may_ask_for_new_answers_and_calls_of_tools_are_not_repeated() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = stage(&upstream).await;
    let asked = async |value: &str, more: serde_json::Value| {
        let answer = stage.ask_with(Caller::Owner(OWNER), &[("cache-control", value)], more).await.unwrap();
        let how = answer.headers["x-familiar-cache"].to_str().unwrap().to_owned();
        whole(answer).await;
        how
    };
    assert_eq!(asked("no-store", json!({})).await, "miss");
    assert_eq!(asked("max-age=0", json!({})).await, "miss", "the one before was not kept");
    assert_eq!(asked("no-cache", json!({})).await, "miss");
    assert_eq!(asked("", json!({})).await, "hit");
    assert_eq!(upstream.call_count(), 3);

    let acting = json!({ "text": "open the door" });
    upstream.queue(Script::Chunks(vec!["A text hm\n", "A calls\n"]));
    assert_eq!(asked("", acting.clone()).await, "miss");
    assert_eq!(asked("", acting.clone()).await, "miss", "an instruction to act is for one");
    assert_eq!(asked("", acting).await, "hit");
    let conversation = |tag: &str| Call {
        caller: Caller::Owner(OWNER),
        source: Source::Request(ChatRequest {
            model: "r".into(),
            messages: vec![Message::text(Role::User, "a question")],
            ..ChatRequest::default()
        }),
        tags: vec![tag.to_owned()],
    };
    let answer = stage.gateway.chat(conversation("other:1")).await.unwrap();
    assert_eq!(answer.headers["x-familiar-cache"], "hit");
    let answer = stage.gateway.chat(conversation("conversation:1")).await.unwrap();
    assert_eq!(answer.headers["x-familiar-cache"], "miss", "who asks again there wants another answer");
}

/// Vectors of length 1 for what is said: the weather of a place is near to itself however one asks.
fn meaning(call: &llm::UpstreamCall) -> Script {
    let body = String::from_utf8(call.body.to_vec()).unwrap();
    Script::Chunks(vec![if body.contains("weather") {
        r#"{"model":"embed","vectors":[[1.0,0.02]],"tokens":3}"#
    } else {
        r#"{"model":"embed","vectors":[[0.1,1.0]],"tokens":3}"#
    }])
}

#[tokio::test]
async fn what_means_the_same_is_answered_by_one_reply() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let embedder = Scripted::always(&A, meaning);
    let deployments = vec![deployment("p/m", &upstream), deployment("e/embed", &embedder)];
    let mut route = gateway::Route::ordered("r", vec!["p/m".into()]);
    route.config.semantic_cache =
        Some(routing::SemanticCache { embedder: "e/embed".into(), threshold: 0.95, patience_ms: 2_000 });
    let table = gateway::RoutingTable { deployments, routes: vec![route] };
    let stage = Stage::new(&TestDb::sqlite().await, caching(), table).await;
    let scope = NewKey { name: "k".into(), routes: vec!["r".into()], ..NewKey::default() };
    let key = stage.key(scope).await;
    let asked = async |text: &str| {
        let caller = Caller::Key(key.clone());
        let answer = stage.ask_as(caller, &A, json!({ "text": text })).await.unwrap();
        let how = answer.headers["x-familiar-cache"].to_str().unwrap().to_owned();
        whole(answer).await;
        how
    };
    assert_eq!(asked("what is the weather in Paris").await, "miss");
    assert_eq!(asked("tell me the weather in Paris").await, "semantic");
    assert_eq!(asked("tell me the weather in Paris").await, "hit", "now it is known by its own words");
    assert_eq!(asked("tell me the weather in Rome").await, "miss", "near, and another place");
    assert_eq!(asked("what is love").await, "miss");
    assert_eq!((upstream.call_count(), embedder.call_count()), (3, 4));
    let ledger = stage.ledger().await;
    let of_cache: Vec<_> = ledger.iter().filter(|one| one.operation == "embeddings").collect();
    assert_eq!(of_cache.len(), 4);
    for one in of_cache {
        assert_eq!(
            (one.tags.as_slice(), one.cost.nanos()),
            (["semantic-cache".to_owned()].as_slice(), 3_000)
        );
        assert!(one.key_id.is_some(), "it is paid for by who asked");
    }
    let figures = stage.gateway.cache().routes[0].clone();
    assert_eq!((figures.hits, figures.semantic, figures.misses), (1, 1, 3));

    embedder.queue(Script::Fails(error(LlmErrorKind::BadRequest)));
    assert_eq!(asked("what is the weather tomorrow").await, "miss", "without a vector it is only itself");
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
