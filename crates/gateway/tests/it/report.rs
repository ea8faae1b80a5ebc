//! Reports say what the exchanges say, to the last digit, on both databases.

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, table},
};
use base::{Money, Timestamp};
use gateway::{Caller, NewKey};
use ledger::{By, Exchange, Outcome, Report, ReportFilter, ReportQuery, RetentionConfig, Sums};
use llm::LlmErrorKind;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{Sealer, Vault, testing::TestDb};

store::on_each_database!(
    every_report_adds_up_to_the_exchanges,
    filters_and_splits_are_those_of_the_exchanges,
    what_was_cleared_away_still_counts,
);

const HOUR: Duration = Duration::from_secs(3_600);

/// A ledger over some days: two providers, two keys and none, failures, an answer that costs more than another.
async fn ledger(test: &Arc<TestDb>) -> Stage {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let table = table(vec![deployment("p/m", &upstream), deployment("q/n", &upstream)]);
    let stage = Stage::new(test, config(), table).await;
    let keys = [
        Caller::Owner(OWNER),
        Caller::Key(stage.key(NewKey { name: "phone".into(), ..NewKey::default() }).await),
        Caller::Key(stage.key(NewKey { name: "tablet".into(), ..NewKey::default() }).await),
    ];
    for number in 0..30_usize {
        let model = if number % 3 == 0 { "q/n" } else { "p/m" };
        match number {
            4 => upstream.queue(Script::Fails(error(LlmErrorKind::BadRequest))),
            7 | 11 => upstream.queue(Script::Chunks(vec![
                "A start r\n",
                "A text dear\n",
                "A usage 1000 7\n",
                "A stop\n",
            ])),
            _ => {}
        }
        let caller = keys[number % keys.len()].clone();
        let asked = stage.ask_as(caller, &A, json!({ "model": model, "user": number })).await;
        assert_eq!(asked.is_ok(), number != 4, "{number}");
        if let Ok(answer) = asked {
            crate::stage::whole(answer).await;
        }
        test.clock.advance(HOUR * 5);
    }
    stage.gateway.flush().await;
    stage
}

fn query(by: By) -> ReportQuery {
    ReportQuery {
        from: Timestamp::from_millis(0),
        until: Timestamp::from_millis(4_000_000_000_000),
        by,
        split: None,
        filter: ReportFilter::default(),
    }
}

async fn report(stage: &Stage, query: &ReportQuery) -> Report {
    stage.gateway.ledger().report(OWNER, query).await.unwrap()
}

/// Adds exchanges up the slow way.
fn sums<'e>(exchanges: impl IntoIterator<Item = &'e Exchange>) -> Sums {
    let mut sums = Sums::default();
    for one in exchanges {
        let failed = matches!(one.outcome, Outcome::Failed | Outcome::Interrupted);
        sums.requests += 1;
        sums.failures += i64::from(failed);
        sums.estimated += i64::from(one.estimated);
        sums.cached += i64::from(one.cache_hit);
        sums.input_tokens += i64::try_from(one.usage.total_input()).unwrap();
        sums.cached_input_tokens += i64::try_from(one.usage.cached_input).unwrap();
        sums.output_tokens += i64::try_from(one.usage.output).unwrap();
        sums.cost += one.cost;
        sums.saved += one.saved;
    }
    sums
}

/// The part of sums that an exchange of the ledger says of itself.
fn plain(sums: Sums) -> Sums {
    Sums { baseline: Money::ZERO, prompt_saved: Money::ZERO, ..sums }
}

fn rows(report: &Report) -> BTreeMap<(String, Option<String>), Sums> {
    report.rows.iter().map(|row| ((row.name.clone(), row.part.clone()), plain(row.sums))).collect()
}

fn expected<K: Ord>(exchanges: &[Exchange], key: impl Fn(&Exchange) -> K) -> impl Iterator<Item = (K, Sums)> {
    let mut groups: BTreeMap<K, Vec<&Exchange>> = BTreeMap::new();
    for one in exchanges {
        groups.entry(key(one)).or_default().push(one);
    }
    groups.into_iter().map(|(name, group)| (name, sums(group)))
}

async fn every_report_adds_up_to_the_exchanges(test: Arc<TestDb>) {
    let stage = ledger(&test).await;
    let exchanges = stage.ledger().await;
    assert_eq!(exchanges.len(), 30);
    let names: BTreeMap<_, _> = stage
        .gateway
        .keys()
        .list(OWNER)
        .await
        .unwrap()
        .into_iter()
        .map(|key| (key.info.id, key.info.name))
        .collect();
    for by in By::ALL {
        let said = report(&stage, &query(by)).await;
        let name = |one: &Exchange| match by {
            By::Hour => one.started_at.to_string()[..13].to_owned(),
            By::Day => one.started_at.day(),
            By::Provider => one.provider.clone().unwrap_or_else(|| "(none)".to_owned()),
            By::Model => one.deployment.clone().unwrap_or_else(|| one.route.clone()),
            By::Key => one.key_id.map_or_else(|| "(this workbench)".to_owned(), |id| names[&id].clone()),
            By::Tag => one.tags.first().cloned().unwrap_or_else(|| "(none)".to_owned()),
            By::Project | By::User | By::Conversation => "(none)".to_owned(),
        };
        let expected: BTreeMap<_, _> =
            expected(&exchanges, name).map(|(name, sums)| ((name, None), sums)).collect();
        assert_eq!(rows(&said), expected, "{by:?}");
        assert_eq!(plain(said.total), sums(&exchanges), "{by:?}");
        assert_eq!(said.overlap, Sums::default(), "{by:?}");
        assert_eq!(
            said.total.baseline,
            said.total.cost + said.total.saved + said.total.prompt_saved + said.total.routing_saved()
        );
        if !by.is_time() {
            assert!(said.rows.is_sorted_by(|one, other| one.sums.cost >= other.sums.cost), "{by:?}");
        }
    }
    let strangers = stage.gateway.ledger().report(base::Id::from_u128(2), &query(By::Day)).await.unwrap();
    assert_eq!(strangers, Report::default(), "everybody sees their own");
}

async fn filters_and_splits_are_those_of_the_exchanges(test: Arc<TestDb>) {
    let stage = ledger(&test).await;
    let exchanges = stage.ledger().await;
    let split = ReportQuery { split: Some(By::Provider), ..query(By::Day) };
    let said = report(&stage, &split).await;
    let name = |one: &Exchange| {
        (one.started_at.day(), Some(one.provider.clone().unwrap_or_else(|| "(none)".to_owned())))
    };
    assert_eq!(rows(&said), expected(&exchanges, name).collect());

    let key_id = exchanges.iter().find_map(|one| one.key_id).unwrap();
    let of_key: Vec<&Exchange> = exchanges.iter().filter(|one| one.key_id == Some(key_id)).collect();
    let filters = [
        (ReportFilter { provider: Some("q".into()), ..ReportFilter::default() }, 10),
        (ReportFilter { model: Some("p/m".into()), ..ReportFilter::default() }, 20),
        (ReportFilter { key: Some("phone".into()), ..ReportFilter::default() }, 10),
        (ReportFilter { key: Some("(this workbench)".into()), ..ReportFilter::default() }, 10),
        (ReportFilter { key: Some(key_id.to_string()), ..ReportFilter::default() }, of_key.len()),
        (ReportFilter { key: Some("nobody's".into()), ..ReportFilter::default() }, 0),
        (ReportFilter { project: Some("(none)".into()), ..ReportFilter::default() }, 30),
        (ReportFilter { project: Some("none' OR 1=1".into()), ..ReportFilter::default() }, 0),
        (ReportFilter { tag: Some("test:yes".into()), ..ReportFilter::default() }, 30),
        (ReportFilter { tag: Some("test:%".into()), ..ReportFilter::default() }, 0),
        (
            ReportFilter {
                provider: Some("q".into()),
                key: Some("(this workbench)".into()),
                ..ReportFilter::default()
            },
            10,
        ),
    ];
    for (filter, count) in filters {
        let said = report(&stage, &ReportQuery { filter: filter.clone(), ..query(By::Model) }).await;
        assert_eq!(usize::try_from(said.total.requests).unwrap(), count, "{filter:?}");
    }
    // From one moment on, up to but not including another.
    let (from, until) = (exchanges[10].started_at, exchanges[20].started_at);
    let said = report(&stage, &ReportQuery { from, until, ..query(By::Provider) }).await;
    assert_eq!(plain(said.total), sums(&exchanges[10..20]));
    for wrong in [
        ReportQuery { from: until, until: from, ..query(By::Day) },
        ReportQuery { split: Some(By::Hour), ..query(By::Day) },
        ReportQuery { split: Some(By::Key), ..query(By::Model) },
    ] {
        let refused = stage.gateway.ledger().report(OWNER, &wrong).await.unwrap_err();
        assert_eq!(refused.kind(), base::ErrorKind::Invalid, "{wrong:?}");
    }
}

async fn what_was_cleared_away_still_counts(test: Arc<TestDb>) {
    let stage = ledger(&test).await;
    let reports = [By::Day, By::Provider, By::Model, By::Key, By::Project];
    let mut before = Vec::new();
    for by in reports {
        before.push(report(&stage, &query(by)).await);
    }
    let vault = Vault::open(test.db.clone(), test.dir()).await.unwrap();
    let sealer = Sealer::of(&vault, OWNER, "exchange-bodies").await.unwrap();
    let forgetful = RetentionConfig { exchange_days: Some(2), ..RetentionConfig::default() };
    stage.gateway.retention().set(&forgetful, sealer).await.unwrap();
    stage.gateway.retention().prune().await.unwrap();
    let left = stage.ledger().await.len();
    assert!((1..30).contains(&left), "some days were cleared away: {left}");
    for (by, before) in reports.into_iter().zip(before) {
        assert_eq!(report(&stage, &query(by)).await, before, "{by:?}");
    }
    let tags = report(&stage, &query(By::Tag)).await;
    let names: Vec<&str> = tags.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"(cleared away)") && names.contains(&"test:yes"), "{names:?}");
    assert_eq!(tags.total.requests, 30);
    let tagged = ReportFilter { tag: Some("test:yes".into()), ..ReportFilter::default() };
    let said = report(&stage, &ReportQuery { filter: tagged, ..query(By::Day) }).await;
    assert_eq!(usize::try_from(said.total.requests).unwrap(), left, "days have no labels");
    let hours = report(&stage, &query(By::Hour)).await;
    assert_eq!(hours.total.requests, 30);
    assert!(hours.rows.iter().any(|row| row.name.len() == 10), "days that have no hours any more");
}

/// How long reports on a million exchanges over ninety days take; prints a Markdown table.
///
/// `cargo test --workspace --test it -- --ignored a_million_exchanges --nocapture`
#[tokio::test]
#[ignore = "it measures, and takes a minute"]
async fn a_million_exchanges() {
    let test = TestDb::sqlite().await;
    let stage = ledger(&test).await;
    // One exchange's row a million times, at other times, of other providers, keys and labels.
    sqlx::raw_sql(
        "WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 34)
         INSERT INTO exchange_kind (id, digest, seen_at, operation, route, deployment, provider, model, caller_dialect,
            upstream_dialect, streamed, outcome, priced, estimated, attempts, cache_hit)
         SELECT -1 - n, n, 0, operation, route, 'p' || (n % 5) || '/m' || (n % 7), 'p' || (n % 5), model, caller_dialect,
            upstream_dialect, streamed, outcome, priced, estimated, attempts, cache_hit
         FROM number, (SELECT * FROM exchange WHERE outcome = 'ok' ORDER BY id LIMIT 1);
         WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000000)
         INSERT INTO exchange_row (id, owner_id, started_at, key_id, kind, input_tokens, cached_input_tokens,
            cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, saved_nanos, baseline_nanos,
            prompt_saved_nanos, first_token_ms, total_ms, tags, explanation)
         SELECT printf('10000000-0000-7000-8000-%012d', n), owner_id, started_at + n * 7776, NULLIF('key ' || (n % 11), 'key 0'),
            -1 - n % 35, n % 9973, 0, 0, n % 997, 0, n * 7919 % 1000003, 0, 0, 0, first_token_ms, total_ms,
            printf('[\"conversation:%036d\",\"team:%d\"]', n % 20000, n % 9), explanation || printf('%*c', 600, ' ')
         FROM number, (SELECT * FROM exchange WHERE outcome = 'ok' ORDER BY id LIMIT 1)",
    )
    .execute(test.db.pool())
    .await
    .unwrap();
    let end = Timestamp::from_millis(1_767_225_600_000 + 7_776 * 1_000_000);
    println!("| report | 30 days (333,000 exchanges) | 90 days (1,000,000 exchanges) |\n| --- | --: | --: |");
    for (by, split) in [
        (By::Day, Some(By::Provider)),
        (By::Day, Some(By::Tag)),
        (By::Model, None),
        (By::Key, None),
        (By::Tag, None),
        (By::Conversation, None),
    ] {
        let mut cells = vec![format!(
            "{}{}",
            by.as_str(),
            split.map(|by| format!(" x {}", by.as_str())).unwrap_or_default()
        )];
        for days in [30, 90] {
            let from = end.minus(HOUR * 24 * days);
            let query = ReportQuery { from, until: end.plus(HOUR), split, ..query(by) };
            report(&stage, &query).await;
            let began = std::time::Instant::now();
            let said = report(&stage, &query).await;
            cells.push(format!("{} ms, {} rows", began.elapsed().as_millis(), said.rows.len()));
        }
        println!("| {} |", cells.join(" | "));
    }
}
