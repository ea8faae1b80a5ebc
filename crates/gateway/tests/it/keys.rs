//! Virtual keys: who gets in, to what, how often; on both databases.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    stage::{GOOD, OWNER, Stage, config, deployment, table, whole},
};
use base::{Clock, ErrorKind, Id, Secret};
use gateway::{Budget, Caller, GatewayError, KeyChange, ManageError, NewKey, Period};
use routing::{Limits, Priority};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_key_is_made_used_listed_and_revoked,
    a_key_survives_a_restart,
    a_key_is_changed_from_the_next_request_on,
    a_rotated_key_has_another_secret
);

async fn stage(test: &Arc<TestDb>) -> Stage {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let table = table(vec![deployment("p/m", &upstream), deployment("q/n", &upstream)]);
    Stage::new(test, config(), table).await
}

fn per_minute(requests: u32) -> Limits {
    Limits { requests_per_minute: Some(requests), ..Limits::default() }
}

fn new(name: &str) -> NewKey {
    NewKey { name: name.into(), ..NewKey::default() }
}

async fn a_key_is_made_used_listed_and_revoked(test: Arc<TestDb>) {
    let stage = stage(&test).await;
    let budget = Budget::new("1".parse().unwrap(), Period::Month);
    let created =
        stage.gateway.keys().create(OWNER, NewKey { budgets: vec![budget], ..new("phone") }).await.unwrap();
    let ask = || stage.ask_as(Caller::Key(created.secret.clone()), &A, json!({}));
    whole(ask().await.unwrap()).await;
    stage.gateway.flush().await;

    let listed = stage.gateway.keys().list(OWNER).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].info, created.info);
    assert!(created.secret.expose().starts_with(&created.info.prefix));
    assert_eq!(listed[0].usage.spent.nanos(), 15_000);
    assert_eq!(listed[0].usage.last_used_at, Some(test.clock.now()));
    assert_eq!(listed[0].budget.unwrap().spent.nanos(), 15_000);
    assert_eq!(stage.only().await.key_id, Some(created.info.id));
    assert!(stage.gateway.keys().list(Id::from_u128(2)).await.unwrap().is_empty(), "others have their own");

    let stranger = stage.gateway.keys().revoke(Id::from_u128(2), created.info.id).await.unwrap_err();
    assert!(matches!(stranger, ManageError::UnknownKey(_)));
    let revoked = stage.gateway.keys().revoke(OWNER, created.info.id).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(test.clock.now()));
    assert!(matches!(ask().await, Err(GatewayError::RevokedKey { .. })));
    test.clock.advance(Duration::from_secs(9));
    let again = stage.gateway.keys().revoke(OWNER, created.info.id).await.unwrap();
    assert_eq!(again.revoked_at, revoked.revoked_at, "it was revoked when it was");
}

async fn a_key_survives_a_restart(test: Arc<TestDb>) {
    let first = stage(&test).await;
    let full = NewKey {
        name: "päper ☂".into(),
        routes: vec!["r".into(), "q/*".into()],
        budgets: vec![Budget::new("0.5".parse().unwrap(), Period::Week)],
        project: Some("atlas".parse().unwrap()),
        limits: Limits {
            requests_per_minute: Some(2),
            tokens_per_minute: Some(1_000_000),
            parallel: Some(5),
        },
        priority: Priority::Low,
        expires_at: Some(test.clock.now().plus(Duration::from_secs(100))),
    };
    let created = first.gateway.keys().create(OWNER, full).await.unwrap();
    let bare = first.gateway.keys().create(OWNER, new("bare")).await.unwrap();
    first.gateway.shutdown().await;

    let stage = stage(&test).await;
    let listed: Vec<_> =
        stage.gateway.keys().list(OWNER).await.unwrap().into_iter().map(|key| key.info).collect();
    assert_eq!(listed, [bare.info, created.info.clone()]);
    let ask = |model: &str| stage.ask_as(Caller::Key(created.secret.clone()), &A, json!({ "model": model }));
    ask("r").await.unwrap();
    let answer = ask("n").await.unwrap();
    assert_eq!(answer.headers["x-ratelimit-remaining-requests"], "0");
    assert!(matches!(ask("r").await, Err(GatewayError::RateLimited(_))));
    test.clock.advance(Duration::from_secs(60));
    assert!(matches!(ask("p/m").await, Err(GatewayError::OutOfScope { .. })));
    test.clock.advance(Duration::from_secs(40));
    assert!(matches!(ask("r").await, Err(GatewayError::ExpiredKey { .. })));
}

#[tokio::test]
async fn an_unknown_key_gets_nowhere() {
    let stage = stage(&TestDb::sqlite().await).await;
    for text in ["", "fam-", "fam-0000000000000000000000000000000000000000000", "sk-other", "\u{0}"] {
        let error = stage.ask_as(Caller::Key(Secret::new(text)), &A, json!({})).await.unwrap_err();
        assert_eq!((error.clone(), error.kind()), (GatewayError::UnknownKey, ErrorKind::Unauthenticated));
    }
    assert!(stage.ledger().await.is_empty(), "a flood of wrong keys does not fill the ledger");
    assert_eq!(stage.gateway.metrics().refusals, [("unauthenticated", 5)]);
}

#[tokio::test]
async fn a_key_sees_and_may_call_what_is_in_its_scope() {
    let stage = stage(&TestDb::sqlite().await).await;
    let key = stage.key(NewKey { routes: vec!["q/*".into()], ..new("k") }).await;
    let names = |caller| -> Vec<String> {
        stage.gateway.models(&caller).unwrap().into_iter().map(|callable| callable.name).collect()
    };
    assert_eq!(names(Caller::Key(key.clone())), ["q/n"]);
    assert_eq!(names(Caller::Owner(OWNER)), ["r", "fast", "voice", "thinker", "p/m", "q/n"]);
    let error = stage.ask_as(Caller::Key(key.clone()), &A, json!({ "model": "m" })).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let error = stage.ask_as(Caller::Key(key), &A, json!({ "model": "p/x" })).await.unwrap_err();
    let GatewayError::UnknownModel { near, .. } = error else { panic!("{error:?}") };
    assert!(!near.contains(&"p/m".to_owned()), "what is out of scope is not named: {near:?}");
}

async fn a_key_is_changed_from_the_next_request_on(test: Arc<TestDb>) {
    let stage = stage(&test).await;
    let created = stage.gateway.keys().create(OWNER, new("phone")).await.unwrap();
    let ask = |model: &str| stage.ask_as(Caller::Key(created.secret.clone()), &A, json!({ "model": model }));
    whole(ask("p/m").await.unwrap()).await;
    let change = KeyChange {
        name: Some("tablet".into()),
        routes: Some(vec!["q/*".into()]),
        requests_per_minute: Some(Some(1)),
        tokens_per_minute: Some(Some(500)),
        priority: Some(Priority::High),
        expires_at: Some(Some(test.clock.now().plus(Duration::from_secs(900)))),
        ..KeyChange::default()
    };
    let changed = stage.gateway.keys().update(OWNER, created.info.id, change).await.unwrap();
    let limits = Limits { requests_per_minute: Some(1), tokens_per_minute: Some(500), parallel: None };
    assert_eq!((changed.limits, changed.priority, changed.name.as_str()), (limits, Priority::High, "tablet"));
    assert_eq!(stage.gateway.keys().list(OWNER).await.unwrap()[0].info, changed, "the database has it");
    whole(ask("q/n").await.unwrap()).await;
    let GatewayError::RateLimited(refusal) = ask("q/n").await.unwrap_err() else { panic!() };
    assert_eq!(refusal.to_string(), "more than 1 requests a minute for the key `tablet`");
    test.clock.advance(Duration::from_secs(60));
    assert!(matches!(ask("p/m").await, Err(GatewayError::OutOfScope { .. })));

    // What is taken away is gone, what was taken before counts for the new limit.
    let raised = KeyChange {
        requests_per_minute: Some(Some(2)),
        tokens_per_minute: Some(None),
        ..KeyChange::default()
    };
    stage.gateway.keys().update(OWNER, created.info.id, raised).await.unwrap();
    let answer = ask("q/n").await.unwrap();
    assert_eq!(answer.headers["x-ratelimit-remaining-requests"], "0", "the refused one counted");
    assert!(!answer.headers.contains_key("x-ratelimit-limit-tokens"));
    let none = KeyChange { requests_per_minute: Some(None), expires_at: Some(None), ..KeyChange::default() };
    let bare = stage.gateway.keys().update(OWNER, created.info.id, none).await.unwrap();
    assert_eq!((bare.limits, bare.expires_at), (Limits::default(), None));
    whole(ask("q/n").await.unwrap()).await;

    let keys = stage.gateway.keys();
    let change = |change| keys.update(OWNER, created.info.id, change);
    for nonsense in [
        KeyChange { name: Some(" ".into()), ..KeyChange::default() },
        KeyChange { parallel: Some(Some(0)), ..KeyChange::default() },
        KeyChange { budget_period: Some(Period::Day), ..KeyChange::default() },
        KeyChange { expires_at: Some(Some(test.clock.now())), ..KeyChange::default() },
    ] {
        let error = change(nonsense.clone()).await.unwrap_err();
        assert!(matches!(error, ManageError::Invalid(_)), "{nonsense:?}: {error}");
    }
    let stranger = stage.gateway.keys().update(Id::from_u128(2), created.info.id, KeyChange::default()).await;
    assert!(matches!(stranger, Err(ManageError::UnknownKey(_))));
    stage.gateway.keys().revoke(OWNER, created.info.id).await.unwrap();
    assert!(matches!(change(KeyChange::default()).await, Err(ManageError::Invalid(_))));
}

async fn a_rotated_key_has_another_secret(test: Arc<TestDb>) {
    let first = stage(&test).await;
    let created = first.gateway.keys().create(OWNER, new("phone")).await.unwrap();
    let id = created.info.id;
    let day = Duration::from_secs(86_400);
    let second = first.gateway.keys().rotate(OWNER, id, day).await.unwrap();
    assert_ne!(second.secret, created.secret);
    assert!(second.secret.expose().starts_with(&second.info.prefix));
    first.gateway.shutdown().await;

    let stage = stage(&test).await;
    let ask = |secret: &Secret| stage.ask_as(Caller::Key(secret.clone()), &A, json!({}));
    whole(ask(&created.secret).await.unwrap()).await;
    whole(ask(&second.secret).await.unwrap()).await;
    stage.gateway.flush().await;
    let listed = stage.gateway.keys().list(OWNER).await.unwrap();
    assert_eq!((listed.len(), listed[0].usage.spent.nanos()), (1, 30_000), "both secrets are the one key");
    test.clock.advance(day);
    let error = ask(&created.secret).await.unwrap_err();
    assert!(matches!(error, GatewayError::RotatedKey { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);

    // Without grace the old secret ends at once, and so does one from an earlier rotation.
    let third = stage.gateway.keys().rotate(OWNER, id, day).await.unwrap();
    let fourth = stage.gateway.keys().rotate(OWNER, id, Duration::ZERO).await.unwrap();
    for gone in [&created.secret, &second.secret, &third.secret] {
        assert!(matches!(ask(gone).await, Err(GatewayError::UnknownKey)));
    }
    whole(ask(&fourth.secret).await.unwrap()).await;
    assert!(stage.gateway.keys().rotate(OWNER, id, day * 31).await.is_err(), "that is no grace");
    assert!(stage.gateway.keys().rotate(Id::from_u128(2), id, day).await.is_err(), "it is another's");
    stage.gateway.keys().revoke(OWNER, id).await.unwrap();
    assert!(stage.gateway.keys().rotate(OWNER, id, day).await.is_err(), "it is revoked");
}

#[tokio::test]
async fn the_rate_limit_says_when_to_come_back() {
    let stage = stage(&TestDb::sqlite().await).await;
    let key = stage.key(NewKey { limits: per_minute(1), ..new("k") }).await;
    let ask = || stage.ask_as(Caller::Key(key.clone()), &A, json!({}));
    assert_eq!(ask().await.unwrap().headers["x-ratelimit-limit-requests"], "1");
    stage.advance(Duration::from_millis(20_500));
    let error = ask().await.unwrap_err();
    let headers = error.headers();
    assert_eq!(headers["retry-after"], "40");
    assert_eq!(headers["x-ratelimit-reset-requests"], "39500ms");
    assert_eq!((error.kind(), error.to_llm().kind), (ErrorKind::Limited, llm::LlmErrorKind::RateLimited));
}

#[tokio::test]
async fn a_database_that_fails_turns_no_key_away_and_loses_nothing() {
    let stage = stage(&TestDb::sqlite().await).await;
    let key = stage.key_with_budget("1").await;
    stage.test.db.close().await;
    for _ in 0..3 {
        whole(stage.ask_as(Caller::Key(key.clone()), &A, json!({})).await.unwrap()).await;
    }
    assert_eq!(stage.gateway.metrics().ledger_backlog, 3);
    assert!(matches!(stage.gateway.keys().create(OWNER, new("x")).await, Err(ManageError::Database(_))));
    stage.gateway.shutdown().await;
    let db = stage.test.reopen().await.unwrap();
    let parts = gateway::Parts {
        db,
        clock: Arc::clone(&stage.test.clock) as Arc<dyn Clock>,
        config: config(),
        data_dir: stage.test.dir().to_owned(),
    };
    let again =
        Stage { test: Arc::clone(&stage.test), gateway: gateway::Gateway::start(parts).await.unwrap() };
    assert_eq!(again.ledger().await.len(), 3);
    assert_eq!(again.key_account().await, (45_000, 0));
}
