//! Retries, fallback, and failures in the middle of an answer.

use crate::{
    codec::{A, B},
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, whole},
};
use base::ErrorKind;
use futures::StreamExt;
use gateway::{AnswerBody, Caller, GatewayError, Route, RoutingTable};
use ledger::Outcome;
use llm::{LlmError, LlmErrorKind, RateLimits};
use routing::State;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

async fn two(first: &Arc<Scripted>, second: &Arc<Scripted>) -> Stage {
    let table = table(vec![deployment("one/m", first), deployment("two/m", second)]);
    Stage::new(&TestDb::sqlite().await, config(), table).await
}

#[tokio::test]
async fn what_fails_before_the_first_token_is_not_seen_by_the_caller() {
    let cases: Vec<(&str, Script)> = vec![
        ("an error status", Script::Fails(error(LlmErrorKind::Server))),
        ("a wrong credential", Script::Fails(error(LlmErrorKind::Authentication))),
        (
            "an error as the first event of a 200",
            Script::Chunks(vec!["A start r\n", "A error overloaded busy\n"]),
        ),
        ("an end without anything", Script::Chunks(vec![])),
        ("a break before the first token", Script::Breaks(vec!["A start r\n"], LlmErrorKind::Network)),
        ("half a line", Script::Chunks(vec!["A te"])),
    ];
    for (what, script) in cases {
        let (first, second) =
            (Scripted::new(&A, [script]), Scripted::new(&A, [Script::Chunks(GOOD.to_vec())]));
        let stage = two(&first, &second).await;
        let answer = stage.ask(streaming()).await.unwrap();
        assert_eq!(answer.explanation.chosen.as_deref(), Some("two/m"), "{what}");
        assert_eq!(whole(answer).await, GOOD.concat(), "{what}");
        let exchange = stage.only().await;
        assert_eq!((exchange.outcome, exchange.attempts), (Outcome::Ok, 2), "{what}");
        let notes = &exchange.explanation.candidates[0].notes;
        assert!(notes[0].starts_with("failed: "), "{what}: {notes:?}");
        assert_eq!(stage.gateway.health()[0].failures, 1, "{what}");
        assert_eq!(exchange.cost.nanos(), 15_000, "{what}: a failed attempt costs nothing");
    }
}

#[tokio::test]
async fn a_translated_stream_falls_back_as_well_and_so_does_a_whole_reply() {
    for more in [streaming(), json!({})] {
        let first = Scripted::new(&A, [Script::Chunks(vec!["A start r\nA error overloaded busy\n"])]);
        let second = Scripted::new(&B, [Script::Chunks(vec!["B text hello\nB usage 1 1\nB stop\n"])]);
        let stage = two(&first, &second).await;
        let answer = stage.ask_as(Caller::Owner(OWNER), &B, more).await.unwrap();
        assert_eq!(whole(answer).await, "B text hello\nB usage 1 1\nB stop\n");
        assert_eq!(stage.only().await.attempts, 2);
    }
}

#[tokio::test]
async fn the_callers_own_mistake_goes_no_further() {
    let (first, second) =
        (Scripted::new(&A, [Script::Fails(error(LlmErrorKind::BadRequest))]), Scripted::new(&A, []));
    let stage = two(&first, &second).await;
    let error = stage.ask(streaming()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(second.call_count(), 0);
    let exchange = stage.only().await;
    assert_eq!((exchange.outcome, exchange.error_kind.as_deref()), (Outcome::Failed, Some("bad_request")));
    assert_eq!(exchange.cost.nanos(), 0);
}

#[tokio::test]
async fn failures_that_may_pass_are_tried_again_and_others_are_not() {
    let fails = |kind| Script::Fails(error(kind));
    let first = Scripted::new(
        &A,
        [fails(LlmErrorKind::Server), fails(LlmErrorKind::Overloaded), Script::Chunks(GOOD.to_vec())],
    );
    let second = Scripted::new(&A, [fails(LlmErrorKind::QuotaExceeded)]);
    let stage = two(&first, &second).await;
    assert_eq!(stage.text(json!({})).await.unwrap(), GOOD.concat());
    assert_eq!((first.call_count(), second.call_count()), (3, 1));
    assert_eq!(stage.only().await.attempts, 4);

    let hopeless = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Server)));
    let stage = Stage::with(&hopeless).await;
    let error = stage.ask(json!({})).await.unwrap_err();
    assert!(matches!(&error, GatewayError::Model(LlmError { kind: LlmErrorKind::Server, .. })), "{error:?}");
    assert_eq!(hopeless.call_count(), 3);
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_kept_or_passed_on() {
    let limited = |seconds| {
        let retry_after = Some(Duration::from_secs(seconds));
        Script::Fails(LlmError { retry_after, ..error(LlmErrorKind::RateLimited) })
    };
    let upstream = Scripted::new(&A, [limited(3_600)]);
    let stage = Stage::with(&upstream).await;
    let error = stage.ask(json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited);
    assert_eq!(error.headers()["retry-after"], "3600");
    assert_eq!(upstream.call_count(), 1, "an hour is past the deadline");

    let (first, second) =
        (Scripted::new(&A, [limited(30)]), Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec())));
    let stage = two(&first, &second).await;
    for _ in 0..2 {
        assert_eq!(whole(stage.ask(json!({})).await.unwrap()).await, GOOD.concat());
    }
    assert_eq!(first.call_count(), 1, "it is left in peace while it asks for it");
    stage.advance(Duration::from_secs(31));
    first.queue(Script::Chunks(GOOD.to_vec()));
    stage.text(json!({})).await.unwrap();
    assert_eq!(first.call_count(), 2);
}

#[tokio::test]
async fn who_asked_for_patience_is_not_asked_again_before_because_another_may_be() {
    for kind in [LlmErrorKind::Overloaded, LlmErrorKind::RateLimited, LlmErrorKind::Server] {
        let patience = LlmError { retry_after: Some(Duration::from_secs(30)), ..error(kind) };
        let first = Scripted::new(&A, [Script::Fails(patience)]);
        let second =
            Scripted::new(&A, [Script::Fails(error(LlmErrorKind::Server)), Script::Chunks(GOOD.to_vec())]);
        let stage = two(&first, &second).await;
        assert_eq!(stage.text(json!({})).await.unwrap(), GOOD.concat(), "{kind}");
        assert_eq!((first.call_count(), second.call_count()), (1, 2), "{kind}");
    }
}

#[tokio::test]
async fn limits_in_headers_are_heeded() {
    let (first, second) = (
        Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec())),
        Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec())),
    );
    *first.limits.lock().unwrap() = RateLimits {
        remaining_requests: Some(0),
        reset_requests: Some(Duration::from_secs(20)),
        ..RateLimits::default()
    };
    let stage = two(&first, &second).await;
    stage.text(json!({})).await.unwrap();
    stage.text(json!({})).await.unwrap();
    assert_eq!((first.call_count(), second.call_count()), (1, 1));
    let last = stage.ledger().await.pop().unwrap();
    assert!(last.explanation.candidates[0].notes[0].contains("rate limited for 20 s"), "{last:?}");
}

#[tokio::test]
async fn after_the_first_token_the_caller_gets_an_error_in_their_format_and_what_it_cost() {
    let cases = [
        ("a break", Script::Breaks(vec!["A text abcdef\n", "A te"], LlmErrorKind::Network)),
        ("an end without a stop", Script::Chunks(vec!["A text abcdef\nA te"])),
    ];
    for (what, script) in cases {
        let (first, second) = (Scripted::new(&A, [script]), Scripted::new(&A, []));
        let stage = two(&first, &second).await;
        let answer = stage.ask(streaming()).await.unwrap();
        let AnswerBody::Stream(stream) = answer.body else { panic!() };
        let text = String::from_utf8(stream.collect::<Vec<_>>().await.concat()).unwrap();
        let (before, error) = text.split_once("A error network ").unwrap();
        assert_eq!(before, "A text abcdef\n", "{what}: half a line is not shown");
        assert!(error.contains("about 2 out, about 0.000006 USD"), "{what}: {error}");
        assert_eq!(answer.receipt.await.unwrap().outcome, Outcome::Failed);
        let exchange = stage.only().await;
        assert_eq!((exchange.outcome, exchange.estimated), (Outcome::Failed, true), "{what}");
        assert_eq!(exchange.error_kind.as_deref(), Some("network"), "{what}");
        assert_eq!(stage.gateway.health()[0].failures, 1, "{what}: a failure after 200 is a failure");
    }
}

#[tokio::test]
async fn an_error_event_after_the_first_token_is_passed_on_or_translated_and_counts() {
    let script = || Script::Chunks(vec!["A text hi\n", "A error overloaded busy\n"]);
    let upstream = Scripted::new(&A, [script(), script()]);
    let stage = Stage::with(&upstream).await;
    assert_eq!(stage.text(streaming()).await.unwrap(), "A text hi\nA error overloaded busy\n");
    let answer = stage.ask_as(Caller::Owner(OWNER), &B, streaming()).await.unwrap();
    let text = whole(answer).await;
    assert!(text.starts_with("B text hi\nB error overloaded busy (the answer broke off"), "{text}");
    for exchange in stage.ledger().await {
        assert_eq!(exchange.error_kind.as_deref(), Some("overloaded"));
        assert_eq!(exchange.outcome, Outcome::Failed);
    }
}

#[tokio::test]
async fn a_deployment_that_keeps_failing_is_left_alone_and_probed() {
    let upstream = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Authentication)));
    let stage = Stage::with(&upstream).await;
    for _ in 0..5 {
        stage.ask(json!({})).await.unwrap_err();
    }
    let error = stage.ask(json!({})).await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Unavailable { last: Some(last), .. } if last.contains("authentication"))
    );
    assert_eq!((error.kind(), upstream.call_count()), (ErrorKind::Unavailable, 5));
    assert_eq!(error.headers()["retry-after"], "15");
    assert_eq!(stage.gateway.health()[0].state, State::Unavailable);
    stage.advance(Duration::from_secs(15));
    upstream.queue(Script::Chunks(GOOD.to_vec()));
    assert_eq!(stage.text(json!({})).await.unwrap(), GOOD.concat());
    assert_eq!(stage.gateway.health()[0].state, State::Degraded, "it fails too often still");
}

#[tokio::test]
async fn a_route_without_deployments_says_what_is_missing() {
    let upstream = Scripted::new(&A, []);
    let stage = Stage::with(&upstream).await;
    let routes = vec![Route::ordered("r", vec!["gone/away".into()])];
    let missing = stage.gateway.set_routing(RoutingTable { deployments: Vec::new(), routes });
    assert_eq!(missing, ["gone/away"]);
    let error = stage.ask(json!({})).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unavailable { .. }), "{error:?}");
    let exchange = stage.only().await;
    assert_eq!(exchange.explanation.candidates[0].deployment, "gone/away");
    assert!(exchange.priced, "what reached nobody is known to cost nothing");
}
