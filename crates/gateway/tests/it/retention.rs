//! What is kept of requests and replies, and what is forgotten, on both databases.

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, whole},
};
use base::{Clock, Id, Money, Timestamp};
use gateway::{AnswerBody, Caller, NewKey};
use ledger::{Exchange, ExchangeFilter, Keep, KeptBodies, Outcome, RetentionConfig};
use llm::LlmErrorKind;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::{Sealer, Vault, testing::TestDb};

store::on_each_database!(
    nothing_is_kept_unless_it_is_asked_for,
    failed_ones_are_kept_where_only_they_are_wanted,
    bodies_are_kept_blotted_encrypted_and_for_their_time,
    sums_stay_when_exchanges_are_forgotten,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn keep(stage: &Stage, config: RetentionConfig) {
    let vault = Vault::open(stage.test.db.clone(), stage.test.dir()).await.unwrap();
    let sealer = Sealer::of(&vault, OWNER, "bodies").await.unwrap();
    stage.gateway.retention().set(&config, sealer).await.unwrap();
}

async fn bodies(stage: &Stage, exchange: Id) -> Option<(KeptBodies, Timestamp)> {
    stage.gateway.retention().bodies(OWNER, exchange).await.unwrap()
}

async fn latest(stage: &Stage) -> Exchange {
    stage.ledger().await.pop().unwrap()
}

async fn nothing_is_kept_unless_it_is_asked_for(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    stage.text(json!({})).await.unwrap();
    assert_eq!(stage.gateway.retention().config(), RetentionConfig::default());
    assert_eq!(bodies(&stage, latest(&stage).await.id).await, None);
    assert_eq!(stage.gateway.retention().figures(OWNER).await.unwrap().kept, 0);
}

async fn failed_ones_are_kept_where_only_they_are_wanted(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    keep(&stage, RetentionConfig { keep: Keep::Failed, ..RetentionConfig::default() }).await;
    stage.text(json!({})).await.unwrap();
    assert_eq!(bodies(&stage, latest(&stage).await.id).await, None);
    upstream.queue(Script::Fails(error(LlmErrorKind::BadRequest)));
    stage.ask(json!({})).await.unwrap_err();
    let failed = latest(&stage).await;
    assert_eq!(failed.outcome, Outcome::Failed);
    let (kept, _) = bodies(&stage, failed.id).await.unwrap();
    assert!(kept.request.unwrap().text.contains("a question"));
    assert_eq!(kept.reply, None, "none came");
    assert_eq!(stage.gateway.retention().figures(OWNER).await.unwrap().kept, 1);
}

async fn bodies_are_kept_blotted_encrypted_and_for_their_time(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    keep(
        &stage,
        RetentionConfig {
            keep: Keep::All,
            days: 7,
            patterns: vec!["hel+o".into()],
            ..RetentionConfig::default()
        },
    )
    .await;
    let began = test.clock.now();
    let key = stage.key(NewKey { name: "k".into(), ..NewKey::default() }).await;
    let more = json!({ "note": "ada@example.org, 4111 1111 1111 1111, sk-abcdefghijklmnopqrst" });
    whole(stage.ask_as(Caller::Key(key.clone()), &A, more).await.unwrap()).await;
    let exchange = latest(&stage).await;
    let (kept, until) = bodies(&stage, exchange.id).await.unwrap();
    assert_eq!(until, began.plus(7 * DAY));
    let (request, reply) = (kept.request.unwrap(), kept.reply.unwrap());
    for secret in ["ada@example.org", "4111", "sk-abcdef", key.expose()] {
        assert!(!request.text.contains(secret), "{secret} in {}", request.text);
    }
    for mark in ["[email]", "[card]", "[key]"] {
        assert!(request.text.contains(mark), "{}", request.text);
    }
    assert_eq!(request.redacted.len(), 3, "{:?}", request.redacted);
    assert!(!reply.text.contains("hello") && reply.text.contains("[pattern 1]"), "{}", reply.text);

    // A stream is kept as the reply that it adds up to.
    let streamed = stage.ask(streaming()).await.unwrap();
    assert!(matches!(streamed.body, AnswerBody::Stream(_)));
    whole(streamed).await;
    let streamed = latest(&stage).await;
    let (kept, _) = bodies(&stage, streamed.id).await.unwrap();
    assert!(kept.reply.unwrap().text.contains("[pattern 1]"));

    // The rows themselves say nothing.
    let rows = sealed(&test).await;
    assert_eq!(rows.len(), 2);
    for sealed in &rows {
        let text = String::from_utf8_lossy(sealed);
        assert!(!text.contains("question") && !text.contains("pattern"), "{text}");
    }
    let strangers = stage.gateway.retention().bodies(Id::from_u128(7), exchange.id).await.unwrap();
    assert_eq!(strangers, None, "everybody sees their own");

    stage.advance(6 * DAY);
    assert_eq!(stage.gateway.retention().prune().await.unwrap().bodies, 0);
    stage.advance(2 * DAY);
    assert_eq!(stage.gateway.retention().prune().await.unwrap().bodies, 2);
    assert_eq!(bodies(&stage, exchange.id).await, None);

    whole(stage.ask(json!({})).await.unwrap()).await;
    stage.gateway.flush().await;
    keep(&stage, RetentionConfig::default()).await;
    assert_eq!(sealed(&test).await.len(), 0, "with `none` what was kept is forgotten at once");
}

async fn sums_stay_when_exchanges_are_forgotten(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let table = table(vec![deployment("p/m", &upstream), deployment("q/n", &upstream)]);
    let stage = Stage::new(&test, config(), table).await;
    let key = stage.key_with_budget("1").await;
    let from = test.clock.now();
    for day in 0..5_u32 {
        for _ in 0..=day {
            whole(stage.ask_as(Caller::Key(key.clone()), &A, json!({})).await.unwrap()).await;
        }
        stage.text(json!({ "model": "q/n" })).await.unwrap();
        upstream.queue(Script::Fails(error(LlmErrorKind::BadRequest)));
        stage.ask(json!({})).await.unwrap_err();
        stage.advance(DAY);
    }
    stage.gateway.flush().await;
    let until = test.clock.now();
    let before = stage.gateway.ledger().spending(OWNER, from, until).await.unwrap();
    assert_eq!(before.total.requests, 25);

    let forgetful = RetentionConfig { exchange_days: Some(2), ..RetentionConfig::default() };
    keep(&stage, forgetful.clone()).await;
    let filter = ExchangeFilter { limit: Some(500), ..ExchangeFilter::default() };
    let left = stage.gateway.ledger().exchanges(OWNER, &filter).await.unwrap();
    assert_eq!(left.exchanges.len(), 6 + 7, "those of the last two days");
    assert_ne!(kinds(&test).await, 0, "those that are in use");
    let after = stage.gateway.ledger().spending(OWNER, from, until).await.unwrap();
    assert_eq!(after, before, "not a cent and not a request less");
    keep(&stage, forgetful.clone()).await;
    assert_eq!(
        stage.gateway.ledger().spending(OWNER, from, until).await.unwrap(),
        before,
        "also the second time"
    );

    stage.advance(3 * DAY);
    keep(&stage, forgetful).await;
    assert_eq!(kinds(&test).await, 0, "nothing is kept of what nobody has any more");

    // A key's spending survives a restart although its exchanges are gone.
    let (spent, _) = stage.key_account().await;
    assert_eq!(Money::from_nanos(spent), Money::from_nanos(15 * 15_000));
    stage.gateway.shutdown().await;
    let again = Stage::new(&test, config(), crate::stage::table(Vec::new())).await;
    assert_eq!(again.key_account().await.0, spent);
}

async fn kinds(test: &TestDb) -> i64 {
    use sqlx::Row as _;
    let row =
        sqlx::query("SELECT COUNT(*) AS kinds FROM exchange_kind").fetch_one(test.db.pool()).await.unwrap();
    row.try_get("kinds").unwrap()
}

async fn sealed(test: &TestDb) -> Vec<Vec<u8>> {
    use sqlx::Row as _;
    let rows = sqlx::query("SELECT sealed FROM exchange_body").fetch_all(test.db.pool()).await.unwrap();
    rows.iter().map(|row| row.try_get("sealed").unwrap()).collect()
}

#[tokio::test]
async fn a_request_from_inside_is_kept_and_bad_rules_change_nothing() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::with(&upstream).await;
    keep(&stage, RetentionConfig { keep: Keep::All, ..RetentionConfig::default() }).await;
    let request = llm::ChatRequest {
        model: "r".into(),
        messages: vec![llm::Message::text(llm::Role::User, "write to ada@example.org")],
        ..llm::ChatRequest::default()
    };
    let call = gateway::Call {
        caller: Caller::Owner(OWNER),
        source: gateway::Source::Request(request),
        tags: Vec::new(),
    };
    let answer = stage.gateway.chat(call).await.unwrap();
    let AnswerBody::Events(events) = answer.body else { panic!("events") };
    futures::StreamExt::collect::<Vec<_>>(events).await;
    stage.gateway.flush().await;
    let (kept, _) = bodies(&stage, answer.exchange_id).await.unwrap();
    assert!(kept.request.unwrap().text.contains("write to [email]"));
    assert!(kept.reply.unwrap().text.contains("hello"));

    let vault = Vault::open(stage.test.db.clone(), stage.test.dir()).await.unwrap();
    for bad in [
        RetentionConfig { days: 0, ..RetentionConfig::default() },
        RetentionConfig { exchange_days: Some(0), ..RetentionConfig::default() },
        RetentionConfig { patterns: vec!["(".into()], ..RetentionConfig::default() },
        RetentionConfig { redact: vec!["fingerprint".into()], ..RetentionConfig::default() },
        RetentionConfig { patterns: vec!["a".into(); 33], ..RetentionConfig::default() },
    ] {
        let sealer = Sealer::of(&vault, OWNER, "bodies").await.unwrap();
        let refused = stage.gateway.retention().set(&bad, sealer).await.unwrap_err();
        assert_eq!(refused.kind(), base::ErrorKind::Invalid, "{refused}");
    }
    assert_eq!(stage.gateway.retention().config().keep, Keep::All);
    assert!(bodies(&stage, answer.exchange_id).await.is_some(), "nothing was forgotten by a refusal");
}
