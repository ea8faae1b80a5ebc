//! The ledger and the journal, on both databases.

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, whole},
};
use base::{Clock, Id};
use gateway::{Caller, NewKey};
use ledger::{Exchange, ExchangeFilter, Line, Outcome};
use llm::{LlmErrorKind, Usage};
use serde_json::json;
use sqlx::Row as _;
use std::{fs, sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    exchanges_are_listed_filtered_and_paged,
    spending_is_added_up_by_day_model_key_and_provider,
    the_journal_is_replayed_once_however_often,
    what_has_no_room_in_memory_waits_in_the_journal,
    what_calls_have_in_common_stands_once,
    a_number_that_another_kind_has_is_not_taken,
);

async fn exchanges_are_listed_filtered_and_paged(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let table = table(vec![deployment("p/m", &upstream), deployment("q/n", &upstream)]);
    let stage = Stage::new(&test, config(), table).await;
    let key = stage.key(NewKey { name: "Küche".into(), ..NewKey::default() }).await;
    for _ in 0..50 {
        stage.text(json!({})).await.unwrap();
    }
    stage.text(json!({ "model": "q/n" })).await.unwrap();
    upstream.queue(Script::Fails(error(LlmErrorKind::BadRequest)));
    stage.ask_as(Caller::Key(key), &A, json!({})).await.unwrap_err();
    stage.gateway.flush().await;

    let page = |filter: ExchangeFilter| {
        let gateway = stage.gateway.clone();
        async move { gateway.ledger().exchanges(OWNER, &filter).await.unwrap() }
    };
    let mut seen: Vec<Id> = Vec::new();
    let mut before = None;
    loop {
        let page = page(ExchangeFilter { before, limit: Some(20), ..ExchangeFilter::default() }).await;
        seen.extend(page.exchanges.iter().map(|exchange| exchange.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 52);
    assert!(seen.is_sorted_by(|later, earlier| later > earlier), "the latest first, none twice");

    let default = ExchangeFilter::default();
    let count = |filter| async { page(filter).await.exchanges.len() };
    assert_eq!(count(ExchangeFilter { model: Some("q/n".into()), ..default.clone() }).await, 1);
    assert_eq!(
        count(ExchangeFilter { model: Some("r".into()), limit: Some(500), ..default.clone() }).await,
        51
    );
    assert_eq!(count(ExchangeFilter { outcome: Some(Outcome::Failed), ..default.clone() }).await, 1);
    assert_eq!(
        count(ExchangeFilter { tag: Some("test:yes".into()), limit: Some(500), ..default.clone() }).await,
        52
    );
    assert_eq!(count(ExchangeFilter { tag: Some("test_yes".into()), ..default.clone() }).await, 0);
    assert_eq!(count(ExchangeFilter { tag: Some("%".into()), ..default.clone() }).await, 0);
    assert_eq!(count(default.clone()).await, 50);
    let failed =
        page(ExchangeFilter { outcome: Some(Outcome::Failed), ..default.clone() }).await.exchanges.remove(0);
    assert!(failed.key_id.is_some());
    assert_eq!(failed.error_message.as_deref(), Some("scripted"));
    assert_eq!(count(ExchangeFilter { key_id: failed.key_id, ..default.clone() }).await, 1);
    let sought = [("KÜCHE", 1), ("küch", 1), ("kuche", 0), ("Scripted", 1), ("Q/N", 1), ("scripted%", 0)];
    for (text, found) in sought {
        let filter = ExchangeFilter { text: Some(text.into()), ..default.clone() };
        assert_eq!(count(filter).await, found, "{text}");
    }
    let strangers = stage.gateway.ledger().exchanges(Id::from_u128(2), &default).await.unwrap();
    assert!(strangers.exchanges.is_empty(), "everybody sees their own");
}

async fn spending_is_added_up_by_day_model_key_and_provider(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let table = table(vec![deployment("p/m", &upstream), deployment("q/n", &upstream)]);
    let stage = Stage::new(&test, config(), table).await;
    let key = stage.key(NewKey { name: "phone".into(), ..NewKey::default() }).await;
    let from = test.clock.now();
    stage.text(json!({})).await.unwrap();
    test.clock.advance(Duration::from_secs(86_400));
    stage.text(json!({ "model": "q/n" })).await.unwrap();
    upstream.queue(Script::Stalls(vec!["A text abc\n"]));
    drop(stage.ask(streaming()).await.unwrap());
    upstream.queue(Script::Fails(error(LlmErrorKind::BadRequest)));
    stage.ask(json!({})).await.unwrap_err();
    whole(stage.ask_as(Caller::Key(key), &A, json!({})).await.unwrap()).await;
    stage.gateway.flush().await;

    let until = test.clock.now().plus(Duration::from_millis(1));
    let spending = stage.gateway.ledger().spending(OWNER, from, until).await.unwrap();
    let total = &spending.total;
    assert_eq!((total.requests, total.failures, total.estimated, total.cached), (5, 1, 1, 0));
    assert_eq!((total.input_tokens, total.output_tokens, total.cost.nanos()), (34, 16, 50_000));
    let rows = |rows: &[ledger::SpendingRow]| -> Vec<(String, u64, i64)> {
        rows.iter().map(|row| (row.name.clone(), row.requests, row.cost.nanos())).collect()
    };
    let named = |name: &str, requests, cost| (name.to_owned(), requests, cost);
    assert_eq!(rows(&spending.by_day), [named("2026-01-01", 1, 15_000), named("2026-01-02", 4, 35_000)]);
    assert_eq!(rows(&spending.by_model), [named("p/m", 4, 35_000), named("q/n", 1, 15_000)]);
    assert_eq!(rows(&spending.by_provider), [named("p", 4, 35_000), named("q", 1, 15_000)]);
    assert_eq!(rows(&spending.by_key), [named("", 4, 35_000), named("phone", 1, 15_000)]);
    let nothing = stage.gateway.ledger().spending(OWNER, until, until).await.unwrap();
    assert_eq!((nothing.total.requests, nothing.by_day.len()), (0, 0));
}

/// A journal as a killed process leaves it: settled, under way, torn.
async fn the_journal_is_replayed_once_however_often(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let first = Stage::new(&test, config(), table(vec![deployment("p/m", &upstream)])).await;
    first.text(json!({})).await.unwrap();
    let mut settled = first.only().await;
    first.gateway.shutdown().await;
    let exchange = |id: u128, cost: i64| Exchange {
        id: Id::from_u128(id),
        cost: base::Money::from_nanos(cost),
        ..settled.clone()
    };
    let open = Exchange { outcome: Outcome::Interrupted, estimated: true, ..exchange(11, 70) };
    let line = |line: Line<&Exchange>| {
        let mut bytes = Vec::new();
        line.write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let journal = test.dir().join("journal");
    let one = [Line::Open(&exchange(10, 99)), Line::Open(&open), Line::Settled(&exchange(10, 5))]
        .map(line)
        .join("\n");
    let two = format!("{}\n{{\"settled\":{{\"id\"", line(Line::Settled(&settled)));
    for _ in 0..2 {
        fs::write(journal.join("00000000000000000900.jsonl"), &one).unwrap();
        fs::write(journal.join("00000000000000000901.jsonl"), &two).unwrap();
        let again = Stage::new(&test, config(), table(Vec::new())).await;
        let ledger = again.ledger().await;
        let mut figures: Vec<_> = ledger.iter().map(|row| (row.id, row.outcome, row.cost.nanos())).collect();
        figures.sort_by_key(|(id, ..)| *id);
        let expected = [
            (Id::from_u128(10), Outcome::Ok, 5),
            (Id::from_u128(11), Outcome::Interrupted, 70),
            (settled.id, Outcome::Ok, 15_000),
        ];
        assert_eq!(figures, expected);
        settled = ledger.into_iter().find(|row| row.id == settled.id).unwrap();
        again.gateway.shutdown().await;
    }
    let left: Vec<_> = fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["00000000000000000901.damaged"], "the torn one is put aside, the others are gone");
}

async fn what_has_no_room_in_memory_waits_in_the_journal(test: Arc<TestDb>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let mut config = config();
    config.journal.max_waiting = 3;
    config.journal.segment_bytes = 2_000;
    config.journal.batch_ms = 200;
    let stage = Stage::new(&test, config, table(vec![deployment("p/m", &upstream)])).await;
    for round in 1..=2 {
        for _ in 0..25 {
            stage.text(json!({})).await.unwrap();
        }
        assert!(stage.gateway.metrics().ledger_backlog > 3);
        assert_eq!(stage.ledger().await.len(), round * 25);
    }
    stage.gateway.shutdown().await;
    assert_eq!(stage.gateway.metrics().ledger_backlog, 0);
    let left = fs::read_dir(test.dir().join("journal")).unwrap().count();
    assert_eq!(left, 0, "the database has everything");
}

/// An exchange as the gateway settles them, once.
async fn settled(test: &Arc<TestDb>) -> Exchange {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::new(test, config(), table(vec![deployment("p/m", &upstream)])).await;
    stage.text(json!({})).await.unwrap();
    let settled = stage.only().await;
    stage.gateway.shutdown().await;
    settled
}

async fn number_of(test: &TestDb, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(test.db.pool()).await.unwrap().try_get("rows").unwrap()
}

/// Writes them at once, in this order, and reads each again.
async fn kept(test: &TestDb, exchanges: &[Exchange]) {
    ledger::insert(&test.db, exchanges).await.unwrap();
    let ledger = ledger::Ledger::new(&test.db);
    for exchange in exchanges {
        assert_eq!(ledger.exchange(OWNER, exchange.id).await.unwrap().as_ref(), Some(exchange));
    }
}

async fn what_calls_have_in_common_stands_once(test: Arc<TestDb>) {
    let one = settled(&test).await;
    let numbered = |from: u128, count: u128, like: &Exchange| -> Vec<Exchange> {
        let like = like.clone();
        let exchange = |number| Exchange {
            id: Id::from_u128(number),
            total_ms: u64::try_from(number).unwrap(),
            cost: base::Money::from_nanos(i64::try_from(number).unwrap()),
            ..like.clone()
        };
        (from..from + count).map(exchange).collect()
    };
    let before = number_of(&test, "exchange_kind").await;
    let labelled =
        Exchange { tags: vec!["team:\"a\"".into()], project: Some("trip".parse().unwrap()), ..one.clone() };
    let failed = Exchange {
        outcome: Outcome::Failed,
        error_kind: Some("timeout".into()),
        error_message: Some("too late".into()),
        first_token_ms: None,
        ..one.clone()
    };
    // Many of one kind, two of another with words of their own, and one alone.
    let mut exchanges = numbered(100, 300, &one);
    exchanges.extend(numbered(1_000, 2, &labelled));
    exchanges.extend(numbered(2_000, 1, &failed));
    kept(&test, &exchanges).await;
    let kinds = number_of(&test, "exchange_kind").await;
    assert_eq!(kinds - before, 2, "the many and the one that failed; those with labels are like the first");
    kept(&test, &numbered(5_000, 300, &one)).await;
    kept(&test, &numbered(6_000, 20, &failed)).await;
    kept(&test, &numbered(7_000, 3, &failed)).await;
    assert_eq!(number_of(&test, "exchange_kind").await, kinds + 1, "many that failed for one reason");
    let usage = Usage { cached_input: 7, reasoning: 3, ..one.usage };
    let cached = Exchange { usage, saved: base::Money::from_nanos(9), ..one.clone() };
    kept(&test, &[numbered(8_000, 10, &one), numbered(8_500, 10, &cached)].concat()).await;
    // They were written all right, and are not written over.
    let again = Exchange { total_ms: 1, ..numbered(100, 1, &one).remove(0) };
    ledger::insert(&test.db, &[again]).await.unwrap();
    kept(&test, &exchanges).await;
}

async fn a_number_that_another_kind_has_is_not_taken(test: Arc<TestDb>) {
    let one = settled(&test).await;
    sqlx::query("UPDATE exchange_kind SET digest = 'another'").execute(test.db.pool()).await.unwrap();
    let other = Exchange { id: Id::from_u128(10), ..one.clone() };
    kept(&test, std::slice::from_ref(&other)).await;
    assert_eq!(number_of(&test, "exchange_kind").await, 2);
    kept(&test, &[Exchange { id: Id::from_u128(11), ..one }, other]).await;
    assert_eq!(number_of(&test, "exchange_kind").await, 2, "found again behind the other");
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let upstream =
        Scripted::new(&A, [Script::Chunks(GOOD.to_vec()), Script::Fails(error(LlmErrorKind::BadRequest))]);
    let stage = Stage::with(&upstream).await;
    stage.text(json!({})).await.unwrap();
    stage.ask(json!({})).await.unwrap_err();
    stage.ask(json!({ "model": "nowhere" })).await.unwrap_err();
    let metrics = stage.gateway.metrics();
    let [series] = metrics.series.as_slice() else { panic!("{:?}", metrics.series) };
    assert_eq!(series.outcomes, [1, 1, 0, 0]);
    assert_eq!(metrics.refusals, [("not_found", 1)]);
    assert_eq!((series.tokens, series.cost_nanos), ([10, 0, 0, 5, 0], 15_000));
    let timed: u64 = series.total_ms.buckets.iter().sum();
    assert_eq!((metrics.attempts_failed, metrics.in_flight, timed), (1, 0, 2));
    assert_eq!((metrics.deployments[0].calls, metrics.deployments[0].in_flight), (2, 0));
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_nothing() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let mut config = config();
    config.journal.segment_bytes = 1;
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    stage.text(json!({})).await.unwrap();
    let journal = stage.test.dir().join("journal");
    fs::remove_dir_all(&journal).unwrap();
    stage.text(json!({})).await.unwrap();
    assert_eq!(stage.ledger().await.len(), 2, "memory carries it to the database");
    assert_eq!(stage.gateway.metrics().journal_failures, 2, "its opening and its settling");
    fs::create_dir(&journal).unwrap();
    stage.text(json!({})).await.unwrap();
    assert_eq!((stage.ledger().await.len(), stage.gateway.metrics().journal_failures), (3, 2));
}
