//! Money: no order of calls, cancellations, failures and panics spends more than a budget has, and nothing
//! stays reserved (BUD-3).

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, whole},
};
use base::{ErrorKind, Money, Secret};
use futures::{StreamExt, future::join_all};
use gateway::{AnswerBody, Budget, Caller, GatewayError, NewKey, Period};
use ledger::Outcome;
use llm::{LlmErrorKind, UpstreamCall};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

/// Pseudo-random numbers, the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Asks for the most it may: every answer uses up its reservation, or fails, stalls or breaks off. The text
/// of a request says which.
fn greedy(call: &UpstreamCall) -> Script {
    let body = String::from_utf8(call.body.to_vec()).unwrap();
    let behaviour = body.split("behave ").nth(1).and_then(|rest| rest.chars().next()).unwrap();
    match behaviour {
        // The reservation is 10 bytes of prompt and 990 tokens of answer: a tenth of a cent.
        '0'..='4' => Script::Chunks(vec!["A text hi\n", "A usage 10 990\nA stop\n"]),
        '5' => Script::Breaks(vec!["A usage 10 0\nA text hi\n"], LlmErrorKind::Network),
        '6' => Script::Fails(error(LlmErrorKind::BadRequest)),
        '7' => Script::Panics,
        _ => Script::Stalls(vec!["A usage 10 0\nA text hi\n"]),
    }
}

async fn one_call(stage: Arc<Stage>, key: Secret, mut dice: Dice) {
    for _ in 0..dice.roll(20) {
        tokio::task::yield_now().await;
    }
    let (behaviour, stream) = (dice.roll(10), dice.roll(2) == 0);
    // A whole reply that stalls would never end.
    let stream = stream || behaviour > 7;
    let more = json!({ "text": format!("behave {behaviour}  "), "max": 990, "stream": stream });
    let Ok(answer) = stage.ask_as(Caller::Key(key), &A, more).await else { return };
    let AnswerBody::Stream(mut stream) = answer.body else { return };
    let patience = dice.roll(4);
    let mut pieces = 0;
    while let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(20), stream.next()).await {
        pieces += 1;
        if behaviour > 7 && pieces > patience {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_calls_at_once_never_spend_more_than_the_budget() {
    for seed in 0..3 {
        let upstream = Scripted::always(&A, greedy);
        let mut config = config();
        config.budget = Some(Budget::new("5".parse().unwrap(), Period::Day));
        config.breaker.min_failures = u32::MAX;
        config.retry.max_rounds = 1;
        let stage = Arc::new(
            Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await,
        );
        // A tenth of a cent each, two hundred of a thousand fit.
        let key = stage.key_with_budget("0.20").await;
        let mut dice = Dice(seed);
        let calls = (0..1_000).map(|_| {
            let call = one_call(Arc::clone(&stage), key.clone(), Dice(dice.roll(u64::MAX >> 1)));
            tokio::spawn(call)
        });
        let panics = join_all(calls).await.into_iter().filter(Result::is_err).count();
        let (spent, reserved) = stage.key_account().await;
        assert_eq!(reserved, 0, "nothing leaks");
        assert!(spent <= 200_000_000, "{spent}");
        assert!(spent > 50_000_000, "the budget is used: {spent}");
        let installation = stage.gateway.budget().unwrap();
        assert_eq!((installation.spent.nanos(), installation.reserved), (spent, Money::ZERO));
        assert!(panics > 0, "some of them panicked");

        stage.gateway.flush().await;
        let now = base::Clock::now(stage.test.clock.as_ref());
        let spending =
            stage.gateway.ledger().spending(OWNER, now, now.plus(Duration::from_secs(1))).await.unwrap();
        assert_eq!(spending.total.cost.nanos(), spent, "the ledger and the budget agree");
        assert_eq!(stage.gateway.metrics().in_flight, 0);
        assert_eq!(upstream.open_calls(), 0);

        // And after a restart the budget is what the ledger says.
        stage.gateway.shutdown().await;
        let again = Stage::new(&stage.test, crate::stage::config(), table(Vec::new())).await;
        assert_eq!(again.key_account().await, (spent, 0));
    }
}

#[tokio::test]
async fn the_last_cent_is_refused_with_what_is_left() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::with(&upstream).await;
    let key = stage.key_with_budget("0.001").await;
    let ask = |max: u64| stage.ask_as(Caller::Key(key.clone()), &A, json!({ "max": max }));
    whole(ask(100).await.unwrap()).await;
    assert_eq!(stage.key_account().await, (15_000, 0));
    let error = ask(976).await.unwrap_err();
    let GatewayError::BudgetExhausted { worst_case, left, .. } = &error else { panic!("{error:?}") };
    assert_eq!((worst_case.nanos(), left.nanos()), (986_000, 985_000));
    assert_eq!((error.kind(), error.to_llm().kind), (ErrorKind::Limited, LlmErrorKind::QuotaExceeded));
    assert!(error.hint().contains("max_tokens"), "{}", error.hint());
    whole(ask(975).await.unwrap()).await;
    assert_eq!(upstream.call_count(), 2);
    let without_limit = stage.ask_as(Caller::Key(key.clone()), &A, json!({})).await.unwrap_err();
    assert!(matches!(without_limit, GatewayError::BudgetExhausted { .. }), "the model's own limit counts");
}

#[tokio::test]
async fn a_model_without_price_is_for_callers_without_budget() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let mut free = deployment("p/unpriced", &upstream);
    free.spec.prices = None;
    let table = table(vec![free, deployment("p/m", &upstream)]);
    let stage = Stage::new(&TestDb::sqlite().await, config(), table).await;
    let key = stage.key_with_budget("1").await;
    let ask = |model: &str| stage.ask_as(Caller::Key(key.clone()), &A, json!({ "model": model }));
    let error = ask("unpriced").await.unwrap_err();
    assert!(matches!(error, GatewayError::UnknownPrice { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(ask("r").await.unwrap().explanation.chosen.as_deref(), Some("p/m"));
    let answer = stage.ask(json!({ "model": "unpriced" })).await.unwrap();
    let receipt = answer.receipt.await.unwrap();
    assert_eq!((receipt.outcome, receipt.cost), (Outcome::Ok, None));
    let last = stage.ledger().await.pop().unwrap();
    assert_eq!((last.priced, last.cost, last.usage.output), (false, Money::ZERO, 5));
}

#[tokio::test]
async fn an_installations_budget_binds_the_owner_too_and_starts_anew() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let mut config = config();
    config.budget = Some(Budget::new("0.00003".parse().unwrap(), Period::Hour));
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    stage.text(json!({ "max": 5 })).await.unwrap();
    stage.text(json!({ "max": 5 })).await.unwrap();
    let error = stage.ask(json!({ "max": 5 })).await.unwrap_err();
    assert!(error.to_string().contains("this installation"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    stage.advance(Duration::from_secs(3_600));
    stage.text(json!({ "max": 5 })).await.unwrap();
}

#[tokio::test]
async fn a_reservation_is_held_while_the_answer_comes() {
    let upstream = Scripted::always(&A, |_| Script::Stalls(vec!["A text hi\n"]));
    let stage = Stage::with(&upstream).await;
    let key = stage.key(NewKey {
        name: "k".into(),
        budgets: vec![Budget::new("0.0002".parse().unwrap(), Period::Total)],
        ..NewKey::default()
    });
    let key = key.await;
    let mut more = streaming();
    more["max"] = 90.into();
    let first = stage.ask_as(Caller::Key(key.clone()), &A, more.clone()).await.unwrap();
    let second = stage.ask_as(Caller::Key(key.clone()), &A, more.clone()).await.unwrap();
    assert_eq!(stage.key_account().await, (0, 200_000));
    stage.ask_as(Caller::Key(key.clone()), &A, more.clone()).await.unwrap_err();
    drop(first);
    // 4 tokens of prompt and 1 of answer are estimated.
    assert_eq!(stage.key_account().await, (5_000, 100_000));
    drop(second);
    assert_eq!(stage.key_account().await, (10_000, 0));
}
