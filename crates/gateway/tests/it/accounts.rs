//! Budgets of several windows on the installation, the user, projects and keys; what happens near their limits; and
//! what users of other gateways suffer from, each thread as a test with its number.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    limits::good,
    stage::{GOOD, OWNER, Stage, config, deployment, spec, table, whole},
};
use base::{Id, Money, Secret};
use bytes::Bytes;
use gateway::{
    Action, Address, Budget, BudgetMark, BudgetScope, BudgetSource, Caller, EmbeddingCall, EmbeddingSource,
    FileBudget, GatewayError, KeyChange, ManageError, NewKey, Period, PutBudget, Submitter,
    batch::{BatchLine, LineKind},
};
use http::HeaderMap;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

const HOUR: Duration = Duration::from_secs(3_600);

fn per(usd: &str, period: Period) -> Budget {
    Budget::new(usd.parse().unwrap(), period)
}

fn put(scope: BudgetScope, subject: Option<&str>, budget: Budget) -> PutBudget {
    PutBudget { scope, subject: subject.map(str::to_owned), label: None, budget }
}

/// A call costs at most 15 micro-dollars: 10 bytes in, 5 tokens out.
async fn ask(stage: &Stage, caller: &Caller) -> Result<(), GatewayError> {
    whole(stage.ask_as(caller.clone(), &A, json!({ "max": 5 })).await?).await;
    Ok(())
}

fn refused_by(result: Result<(), GatewayError>) -> String {
    match result {
        Err(GatewayError::BudgetExhausted { whose, .. }) => whose,
        other => panic!("{other:?}"),
    }
}

async fn plain_key(stage: &Stage, name: &str, project: Option<&str>) -> (Id, Secret) {
    let project = project.map(|name| name.parse().unwrap());
    let new = NewKey { name: name.into(), project, ..NewKey::default() };
    let made = stage.gateway.keys().create(OWNER, new).await.unwrap();
    (made.info.id, made.secret)
}

#[tokio::test]
async fn a_call_is_paid_from_all_of_its_budgets_at_once() {
    let upstream = good();
    let stage = Stage::with(&upstream).await;
    let budgets = stage.gateway.budgets();
    let (_, secret) = plain_key(&stage, "app", Some("atlas")).await;
    let key = Caller::Key(secret);
    let project = Caller::AtWork(OWNER, "atlas".parse().unwrap());
    for (scope, subject, usd, period) in [
        (BudgetScope::Installation, None, "0.000150", Period::Month),
        (BudgetScope::User, None, "0.000120", Period::Day),
        (BudgetScope::Project, Some("atlas"), "0.000060", Period::Total),
        (BudgetScope::Key, Some("app"), "0.000030", Period::Hour),
        (BudgetScope::Key, Some("app"), "0.000045", Period::Day),
    ] {
        budgets.create(OWNER, put(scope, subject, per(usd, period))).await.unwrap();
    }
    ask(&stage, &key).await.unwrap();
    ask(&stage, &key).await.unwrap();
    assert_eq!(refused_by(ask(&stage, &key).await), "the key `app`");
    stage.advance(HOUR);
    ask(&stage, &key).await.unwrap();
    assert_eq!(refused_by(ask(&stage, &key).await), "the key `app`", "the day's budget");
    ask(&stage, &project).await.unwrap();
    assert_eq!(refused_by(ask(&stage, &project).await), "the project `atlas`");
    for _ in 0..4 {
        ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
    }
    assert_eq!(refused_by(ask(&stage, &Caller::Owner(OWNER)).await), "this user");
    let spent: Vec<(String, i64)> = budgets
        .list(OWNER)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.label, one.state.spent.nanos()))
        .collect();
    let expected = [("installation", 120), ("user", 120), ("atlas", 60), ("app", 15), ("app", 45)];
    assert_eq!(spent, expected.map(|(label, micros)| (label.to_owned(), micros * 1_000)));
    let ledger = stage.ledger().await;
    let of_atlas = ledger.iter().filter(|one| one.project.is_some_and(|project| project.as_str() == "atlas"));
    assert_eq!(of_atlas.count(), 4);
    assert_eq!(stage.gateway.metrics().budgets.len(), 5);

    // And after a restart they are what the ledger says.
    stage.gateway.shutdown().await;
    let again = Stage::new(&stage.test, config(), table(vec![deployment("p/m", &upstream)])).await;
    let listed = again.gateway.budgets().list(OWNER).await.unwrap();
    let again: Vec<(String, i64)> =
        listed.into_iter().map(|one| (one.label, one.state.spent.nanos())).collect();
    assert_eq!(again, spent);
}

#[tokio::test]
async fn a_key_with_a_project_cannot_be_talked_out_of_it() {
    let stage = Stage::with(&good()).await;
    let (id, secret) = plain_key(&stage, "app", Some("atlas")).await;
    let headers = [("x-familiar-project", "other")];
    let answer = stage.ask_with(Caller::Key(secret.clone()), &headers, json!({})).await.unwrap();
    whole(answer).await;
    let change = KeyChange { project: Some(None), ..KeyChange::default() };
    stage.gateway.keys().update(OWNER, id, change).await.unwrap();
    whole(stage.ask_with(Caller::Key(secret), &headers, json!({})).await.unwrap()).await;
    let projects: Vec<_> = stage.ledger().await.into_iter().map(|one| one.project).collect();
    assert_eq!(projects, [Some("atlas".parse().unwrap()), None]);
}

#[tokio::test]
async fn budgets_of_the_file_join_those_of_the_page_and_are_changed_in_the_file() {
    let mut config = config();
    config.budget = Some(per("1", Period::Day));
    let file = |scope, subject: Option<&str>, budget| FileBudget {
        scope,
        subject: subject.map(str::to_owned),
        label: None,
        budget,
    };
    config.budgets = vec![
        file(BudgetScope::Installation, None, per("2", Period::Month)),
        file(BudgetScope::Key, Some("app"), per("0.00002", Period::Total)),
    ];
    let upstream = good();
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    let (_, secret) = plain_key(&stage, "app", None).await;
    let key = Caller::Key(secret);
    ask(&stage, &key).await.unwrap();
    assert_eq!(refused_by(ask(&stage, &key).await), "the key `app`", "made after the budget that names it");
    let budgets = stage.gateway.budgets();
    let listed = budgets.list(OWNER).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["file:installation::day", "file:installation::month", "file:key:app:total"]);
    assert!(listed.iter().all(|one| one.source == BudgetSource::File));
    let change = put(BudgetScope::Installation, None, per("9", Period::Day));
    let error = budgets.update(OWNER, ids[0], change).await.unwrap_err();
    assert!(matches!(&error, ManageError::BudgetOfFile(id) if id == ids[0]), "{error}");
    assert!(matches!(budgets.remove(OWNER, ids[2]).await, Err(ManageError::BudgetOfFile(_))));
}

#[tokio::test]
async fn what_cannot_be_is_named() {
    let stage = Stage::with(&good()).await;
    let budgets = stage.gateway.budgets();
    let day = per("1", Period::Day);
    for (bad, named) in [
        (put(BudgetScope::Key, None, day), "must name the key"),
        (put(BudgetScope::Key, Some("nobody"), day), "no key `nobody`"),
        (put(BudgetScope::Project, None, day), "must name the project"),
        (put(BudgetScope::Project, Some("a\nb"), day), "63 bytes"),
        (put(BudgetScope::User, Some("me"), day), "no `subject`"),
        (put(BudgetScope::User, None, Budget { soft_percent: 101, ..day }), "`soft_percent`"),
        (put(BudgetScope::User, None, per("-1", Period::Day)), "below zero"),
    ] {
        let error = budgets.create(OWNER, bad).await.unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    for text in [
        r#"{"scope": "key", "limit_usd": 1, "per": "day"}"#,
        r#"{"scope": "project", "subject": "x", "limit_usd": 1, "pre": "day"}"#,
        r#"{"limit_usd": 1}"#,
        r#"{"scope": "user", "limit_usd": 1, "emergency_percent": 120}"#,
    ] {
        assert!(serde_json::from_str::<FileBudget>(text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn marks_are_told_once_a_window() {
    let stage = Stage::with(&good()).await;
    let mut events = stage.gateway.budget_events();
    let budget = Budget { action: Action::Warn, ..per("0.0001", Period::Hour) };
    stage.gateway.budgets().create(OWNER, put(BudgetScope::Installation, None, budget)).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..8 {
        ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
        while let Ok(event) = events.try_recv() {
            heard.push((event.mark, event.spent.nanos() / 1_000));
        }
    }
    let percents = [80, 90].map(|percent| (BudgetMark::Percent(percent), 90));
    let mut expected = percents.to_vec();
    expected.extend([(BudgetMark::Soft, 90), (BudgetMark::Percent(95), 105), (BudgetMark::Exceeded, 105)]);
    assert_eq!(heard, expected, "and a budget that warns refuses nobody");
}

#[tokio::test]
async fn near_its_limit_a_degrading_budget_goes_to_the_cheapest_and_answers_less() {
    let (dear, cheap) = (good(), good());
    let mut models = vec![deployment("p/dear", &dear), deployment("q/cheap", &cheap)];
    let usual = models[0].spec.prices.as_ref().unwrap().first().usual.base;
    models[0].spec.prices =
        Some(llm::PriceTier { output: Money::from_nanos(10_000_000_000), ..usual }.into());
    let stage = Stage::new(&TestDb::sqlite().await, config(), table(models)).await;
    // Twenty tokens' worth of what the cheap one costs a token, and a dear answer of 5 tokens.
    let budget = Budget { action: Action::Degrade, soft_percent: 50, ..per("0.0005", Period::Day) };
    stage.gateway.budgets().create(OWNER, put(BudgetScope::User, None, budget)).await.unwrap();
    ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
    assert_eq!((dear.call_count(), cheap.call_count()), (1, 0), "plenty is left");
    let answer = stage.ask(json!({ "max": 60 })).await.unwrap();
    let event = answer.explanation.degraded.join("; ");
    assert!(event.starts_with("budget: 12 % of that of this user are gone"), "{event}");
    whole(answer).await;
    assert_eq!((dear.call_count(), cheap.call_count()), (1, 1));
    // 425 are left: the answer is limited to what they pay for.
    let answer = stage.ask(json!({ "max": 900 })).await.unwrap();
    let event = answer.explanation.degraded.join("; ");
    assert!(event.contains("fewer tokens: an answer of 415 at most"), "{event}");
    whole(answer).await;
    let sent = String::from_utf8(cheap.calls.lock().unwrap().last().unwrap().body.to_vec()).unwrap();
    assert!(sent.contains("415"), "{sent}");
    let exchange = stage.ledger().await.pop().unwrap();
    assert_eq!(exchange.explanation.degraded.len(), 2, "{exchange:?}");
    // Where there is not even enough for a short answer, it is refused.
    stage.gateway.budgets().create(OWNER, put(BudgetScope::Key, None, budget)).await.unwrap_err();
    for _ in 0..30 {
        let Ok(answer) = stage.ask(json!({ "max": 900 })).await else { return };
        whole(answer).await;
    }
    panic!("it never came to its end");
}

#[tokio::test]
async fn near_its_limit_a_throttling_budget_says_when_to_come_again() {
    let stage = Stage::with(&good()).await;
    let budget = Budget { action: Action::Throttle, soft_percent: 50, ..per("0.00009", Period::Hour) };
    stage.gateway.budgets().create(OWNER, put(BudgetScope::User, None, budget)).await.unwrap();
    for _ in 0..4 {
        ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
    }
    let error = ask(&stage, &Caller::Owner(OWNER)).await.unwrap_err();
    let GatewayError::BudgetThrottled { wait, .. } = error else { panic!("{error:?}") };
    assert_eq!((error.status().as_u16(), error.retry_after()), (429, Some(wait)));
    assert!(error.headers().contains_key("retry-after"));
    stage.advance(wait);
    ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
    ask(&stage, &Caller::Owner(OWNER)).await.unwrap_err();
}

/// trailofbits/buttercup#550: a master key bypasses all budgets. Here the owner has no key at all, and every
/// operation that the gateway knows is refused alike when nothing is left (audio and the doors: see `server`).
#[tokio::test]
async fn thread_5_550_no_operation_of_the_owner_bypasses_a_budget() {
    let mut config = config();
    config.cache.ttl_seconds = 60;
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    let caller = Caller::Owner(OWNER);
    ask(&stage, &caller).await.unwrap();
    let nothing = per("0.000015", Period::Total);
    let made =
        stage.gateway.budgets().create(OWNER, put(BudgetScope::Installation, None, nothing)).await.unwrap();
    assert_eq!(made.state.spent.nanos(), 15_000, "what was spent before it was made counts");
    let calls = upstream.call_count();
    let exhausted = |what: &str, error: Option<GatewayError>| match error {
        Some(GatewayError::BudgetExhausted { .. }) => {}
        other => panic!("{what}: {other:?}"),
    };
    for stream in [false, true] {
        let more = json!({ "max": 5, "stream": stream, "text": "new" });
        exhausted("chat", stage.ask_as(caller.clone(), &A, more).await.err());
    }
    let inside = llm::ChatRequest {
        model: "r".into(),
        messages: vec![llm::Message::text(llm::Role::User, "hello")],
        ..llm::ChatRequest::default()
    };
    let call =
        gateway::Call { caller: caller.clone(), source: gateway::Source::Request(inside), tags: Vec::new() };
    exhausted("from inside", stage.gateway.chat(call).await.err());
    let body = Bytes::from(json!({ "model": "r", "inputs": ["a text"] }).to_string());
    let source =
        EmbeddingSource::Body { codec: &A, body, headers: HeaderMap::new(), address: Address::default() };
    let call = EmbeddingCall { caller: caller.clone(), source, tags: Vec::new() };
    exhausted("embeddings", stage.gateway.embed(call).await.err());
    let submitter = Submitter { owner: OWNER, key_id: None, project: None };
    let batches = stage.gateway.batches();
    let line =
        |kind| BatchLine { codec: &A, kind, body: crate::codec::body("r", "hello", &json!({ "max": 5 })) };
    let quote = batches.quote(submitter, &line(LineKind::Chat)).unwrap();
    exhausted("a batch", batches.deposit(submitter, quote.worst_case.unwrap()).await.err());
    let deposit = batches.deposit(submitter, Money::ZERO).await.unwrap();
    let call = gateway::batch::LineCall {
        submitter,
        exchange_id: base::new_id(),
        line: line(LineKind::Chat),
        deposit,
        tags: Vec::new(),
    };
    exhausted("a line of a batch that was set aside nothing for", batches.call(call).await.err());
    assert_eq!(upstream.call_count(), calls, "none of them went out");
    // The cache's reply costs nothing, but nobody knows that before it is looked for: it is refused as well.
    exhausted("cache", ask(&stage, &caller).await.err());
}

/// BerriAI/litellm#26672 and #23714: budgets bypassed, and spent past their maximum, by many at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thread_5_26672_23714_many_callers_of_many_kinds_stay_within_every_budget() {
    let stage = Arc::new(Stage::with(&good()).await);
    let budgets = stage.gateway.budgets();
    let (_, secret) = plain_key(&stage, "app", Some("atlas")).await;
    let limit = |usd: &str| per(usd, Period::Total);
    budgets.create(OWNER, put(BudgetScope::Installation, None, limit("0.0030"))).await.unwrap();
    budgets.create(OWNER, put(BudgetScope::Project, Some("atlas"), limit("0.0020"))).await.unwrap();
    budgets.create(OWNER, put(BudgetScope::Key, Some("app"), limit("0.0010"))).await.unwrap();
    let callers =
        [Caller::Key(secret), Caller::AtWork(OWNER, "atlas".parse().unwrap()), Caller::Owner(OWNER)];
    let calls = (0..600).map(|number: usize| {
        let (stage, caller) = (Arc::clone(&stage), callers[number % 3].clone());
        tokio::spawn(async move { ask(&stage, &caller).await.is_ok() })
    });
    let done = futures::future::join_all(calls).await;
    let served = done.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    for budget in budgets.list(OWNER).await.unwrap() {
        let state = budget.state;
        assert!(state.spent <= state.budget.limit && state.reserved == Money::ZERO, "{budget:?}");
        assert!(state.spent.nanos() * 100 >= state.budget.limit.nanos() * 90, "it is used: {budget:?}");
    }
    assert_eq!(served, 200, "3 milli-dollars pay for two hundred calls of 15 micro-dollars");
}

/// BerriAI/litellm#27735: spend of long ago, and of calls that have ended, rejects good calls.
#[tokio::test]
async fn thread_5_27735_stale_spend_never_rejects_good_calls() {
    let stage = Stage::with(&good()).await;
    let budgets = stage.gateway.budgets();
    let berlin = Budget { zone: "Europe/Berlin".parse().unwrap(), ..per("0.00003", Period::Day) };
    let made = budgets.create(OWNER, put(BudgetScope::User, None, berlin)).await.unwrap();
    let owner = Caller::Owner(OWNER);
    for day in 0..3 {
        ask(&stage, &owner).await.unwrap();
        ask(&stage, &owner).await.unwrap();
        assert_eq!(refused_by(ask(&stage, &owner).await), "this user", "day {day}");
        let state = budgets.list(OWNER).await.unwrap().remove(0).state;
        let now = base::Clock::now(stage.test.clock.as_ref());
        stage.advance(state.resets_at.unwrap().since(now));
    }
    // A limit that is raised while it runs holds for the next call, one that is lowered too.
    ask(&stage, &owner).await.unwrap();
    let change = |usd: &str| put(BudgetScope::User, None, Budget { limit: usd.parse().unwrap(), ..berlin });
    budgets.update(OWNER, &made.id, change("0.00001")).await.unwrap();
    ask(&stage, &owner).await.unwrap_err();
    budgets.update(OWNER, &made.id, change("0.000045")).await.unwrap();
    ask(&stage, &owner).await.unwrap();
    ask(&stage, &owner).await.unwrap();
    ask(&stage, &owner).await.unwrap_err();
    // Counted for the hour, nothing of yesterday counts; what this hour spent does.
    let hourly = Budget { period: Period::Hour, ..berlin };
    let changed = budgets.update(OWNER, &made.id, put(BudgetScope::User, None, hourly)).await.unwrap();
    assert_eq!(changed.state.spent.nanos(), 45_000);
    stage.advance(HOUR);
    ask(&stage, &owner).await.unwrap();
}

/// BerriAI/litellm#22726: `BudgetExceeded` although no budget is set.
#[tokio::test]
async fn thread_5_22726_without_a_budget_nobody_is_refused() {
    let stage = Stage::with(&good()).await;
    let budgets = stage.gateway.budgets();
    let tiny = per("0.000001", Period::Total);
    let (id, secret) = plain_key(&stage, "app", Some("atlas")).await;
    let mut made = Vec::new();
    for (scope, subject) in [
        (BudgetScope::Installation, None),
        (BudgetScope::User, None),
        (BudgetScope::Project, Some("atlas")),
        (BudgetScope::Key, Some("app")),
    ] {
        made.push(budgets.create(OWNER, put(scope, subject, tiny)).await.unwrap().id);
    }
    let key = Caller::Key(secret);
    for id in &made {
        ask(&stage, &key).await.unwrap_err();
        budgets.remove(OWNER, id).await.unwrap();
    }
    ask(&stage, &key).await.unwrap();
    // A key's own budget that is taken away, and one of another key, refuse nobody either.
    let keys = stage.gateway.keys();
    let limit = |limit: Option<&str>| KeyChange {
        budget_limit: Some(limit.map(|usd| usd.parse().unwrap())),
        ..KeyChange::default()
    };
    keys.update(OWNER, id, limit(Some("0.000001"))).await.unwrap();
    ask(&stage, &key).await.unwrap_err();
    keys.update(OWNER, id, limit(None)).await.unwrap();
    ask(&stage, &key).await.unwrap();
    stage.key_with_budget("0").await;
    ask(&stage, &key).await.unwrap();
    assert!(matches!(budgets.remove(OWNER, &made[0]).await, Err(ManageError::UnknownBudget(_))));
}

/// BerriAI/litellm#35247: a budget that is raised for a while is ignored.
#[tokio::test]
async fn thread_5_35247_a_raised_budget_counts_at_once_and_can_be_lowered_again() {
    let stage = Stage::with(&good()).await;
    let new = NewKey {
        name: "app".into(),
        budgets: vec![per("0.000015", Period::Hour), per("0.001", Period::Month)],
        ..NewKey::default()
    };
    let made = stage.gateway.keys().create(OWNER, new).await.unwrap();
    let key = Caller::Key(made.secret);
    ask(&stage, &key).await.unwrap();
    ask(&stage, &key).await.unwrap_err();
    let overview = stage.gateway.keys().list(OWNER).await.unwrap().remove(0);
    assert_eq!((overview.budgets.len(), overview.budget.unwrap().budget.period), (2, Period::Hour));
    let own = made.info.id.to_string();
    let raise = put(BudgetScope::Key, Some(&own), per("0.00003", Period::Hour));
    stage.gateway.budgets().update(OWNER, &own, raise).await.unwrap();
    ask(&stage, &key).await.unwrap();
    ask(&stage, &key).await.unwrap_err();
    let change = KeyChange { budget_limit: Some(Some("0.000015".parse().unwrap())), ..KeyChange::default() };
    stage.gateway.keys().update(OWNER, made.info.id, change).await.unwrap();
    stage.advance(HOUR);
    ask(&stage, &key).await.unwrap();
    ask(&stage, &key).await.unwrap_err();
}

#[tokio::test]
async fn the_past_proposes_a_limit() {
    let stage = Stage::with(&good()).await;
    let daily = per("1", Period::Day);
    for calls in [4, 5, 4, 6] {
        for _ in 0..calls {
            ask(&stage, &Caller::Owner(OWNER)).await.unwrap();
        }
        stage.advance(HOUR * 24);
    }
    stage.gateway.flush().await;
    let made = stage.gateway.budgets().create(OWNER, put(BudgetScope::User, None, daily)).await.unwrap();
    // A quarter more than the 90 micro-dollars of the dearest day.
    assert_eq!(made.proposed, Some("0.00012".parse().unwrap()));
    let total = put(BudgetScope::Installation, None, per("1", Period::Total));
    assert_eq!(stage.gateway.budgets().create(OWNER, total).await.unwrap().proposed, None);
    assert_eq!(spec("p", "m").max_output_tokens, Some(1_000));
}
