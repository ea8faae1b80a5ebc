//! Experiments in the pipeline: who gets what, what is gathered, when it ends; opinions and votes.

use crate::{
    codec::A,
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, streaming, table, until, whole},
};
use base::Id;
use experiment::{Change, Choice, Design, Guards, Kind, Metric, Preferences, Status, Sticky, Variant};
use gateway::{
    Caller, Config, ExperimentError, NewKey, Route, RoutingTable,
    experiments::{ExperimentChange, Feedback, NewVote, Plan, Side},
};
use llm::LlmErrorKind;
use routing::{RouteConfig, Strategy};
use serde_json::json;
use std::{collections::HashSet, sync::Arc, time::Duration};
use store::testing::TestDb;

fn good() -> Arc<Scripted> {
    Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()))
}

fn bad() -> Arc<Scripted> {
    Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::BadRequest)))
}

fn model(name: &str, model: &str) -> Variant {
    Variant {
        name: name.into(),
        share: 1.0,
        change: Change { model: Some(model.into()), ..Change::default() },
    }
}

/// `p/a` against `p/b` for calls of the route `r`.
fn design() -> Design {
    Design {
        name: "ab".into(),
        description: String::new(),
        kind: Kind::Model,
        target: "r".into(),
        sticky: Sticky::Request,
        variants: vec![model("a", "p/a"), model("b", "p/b")],
        goal: Metric::Success,
        alpha: 0.05,
        effect: 0.05,
        max_results: 10_000,
        guards: Guards::default(),
    }
}

/// The route `r` goes to `p/a`; `p/b` is there, too.
fn two(a: &Arc<Scripted>, b: &Arc<Scripted>) -> RoutingTable {
    RoutingTable {
        deployments: vec![deployment("p/a", a), deployment("p/b", b)],
        routes: vec![Route::ordered("r", vec!["p/a".into()])],
    }
}

async fn stage_with(config: Config, table: RoutingTable) -> Stage {
    Stage::new(&TestDb::sqlite().await, config, table).await
}

async fn started(stage: &Stage, design: Design) -> Id {
    let experiments = stage.gateway.experiments();
    let id = experiments.create(OWNER, design).await.unwrap().experiment.id;
    assert_eq!(experiments.start(OWNER, id).await.unwrap().experiment.status, Status::Running);
    id
}

async fn counts(stage: &Stage, id: Id) -> Vec<u64> {
    stage.gateway.flush().await;
    stage.gateway.experiments().flush().await;
    let view = stage.gateway.experiments().get(OWNER, id).await.unwrap();
    view.tallies.iter().map(experiment::Tally::count).collect()
}

#[tokio::test]
async fn the_same_subject_keeps_its_variant_and_exchanges_are_labelled() {
    let (a, b) = (good(), good());
    let stage = stage_with(config(), two(&a, &b)).await;
    let id = started(&stage, Design { sticky: Sticky::Subject, ..design() }).await;
    for round in 0..2 {
        for subject in 0..20 {
            let said = [("x-familiar-subject", &*format!("ann{subject}@example.org"))];
            let answer = stage.ask_with(Caller::Owner(OWNER), &said, json!({})).await.unwrap();
            assert!(
                answer.headers["x-familiar-route"].to_str().unwrap().contains("the experiment `ab` gave it")
            );
            whole(answer).await;
        }
        assert_eq!(
            counts(&stage, id).await.iter().sum::<u64>(),
            20,
            "the first of each counts, round {round}"
        );
    }
    let ledger = stage.ledger().await;
    let tags = |at: usize| ledger[at].tags.clone();
    assert!((0..20).all(|at| tags(at) == tags(at + 20)), "both rounds alike");
    let variants: HashSet<&String> =
        ledger.iter().flat_map(|one| &one.tags).filter(|tag| tag.contains('=')).collect();
    assert_eq!(variants, HashSet::from([&"experiment:ab=a".to_owned(), &"experiment:ab=b".to_owned()]));
    for one in &ledger {
        let expected = if one.tags.contains(&"experiment:ab=b".to_owned()) { "p/b" } else { "p/a" };
        assert_eq!(one.deployment.as_deref(), Some(expected));
        assert_eq!(one.route, "r", "reports by route stay as they are");
        assert!(!one.tags.iter().any(|tag| tag.contains("ann")), "nobody's address is kept: {:?}", one.tags);
    }
    // The same without a header stands for itself, and calls of other names have nothing to do with it.
    whole(stage.ask(json!({ "model": "p/a" })).await.unwrap()).await;
    assert!(stage.ledger().await.last().unwrap().tags.iter().all(|tag| !tag.starts_with("experiment:")));
}

#[tokio::test]
async fn a_harmful_variant_is_stopped_and_nobody_is_left_without_an_answer() {
    let broken = Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Server)));
    let (a, b) = (good(), broken);
    let stage = stage_with(config(), two(&a, &b)).await;
    let guards = Guards { failures: Some(0.1), cost: None };
    let id = started(&stage, Design { goal: Metric::Rating, guards, ..design() }).await;
    let experiments = stage.gateway.experiments();
    let mut calls = 0;
    while experiments.get(OWNER, id).await.unwrap().experiment.status == Status::Running {
        calls += 1;
        assert!(calls < 100, "the guard does nothing");
        assert!(
            stage.text(json!({})).await.unwrap().contains("hello"),
            "what was asked for stands behind it"
        );
        experiments.flush().await;
    }
    let over = experiments.get(OWNER, id).await.unwrap().experiment;
    assert_eq!((over.status, over.winner.as_deref()), (Status::Failed, None));
    let why = over.verdict.unwrap();
    assert!(why.starts_with("`b` fails more often than the first, by 100.0 points"), "{why}");
    // From now on calls go their usual way.
    let before = b.call_count();
    for _ in 0..10 {
        stage.text(json!({})).await.unwrap();
    }
    assert_eq!(b.call_count(), before);
    assert!(matches!(experiments.start(OWNER, id).await, Err(ExperimentError::Transition { .. })));
}

#[tokio::test]
async fn it_ends_when_enough_is_known_and_says_why() {
    let stage = stage_with(config(), two(&bad(), &good())).await;
    let id = started(&stage, design()).await;
    let experiments = stage.gateway.experiments();
    for _ in 0..60 {
        // `p/a` fails, and in its variant nothing stands behind it.
        let _ = stage.text(json!({})).await;
        experiments.flush().await;
    }
    let view = experiments.get(OWNER, id).await.unwrap();
    assert_eq!((view.experiment.status, view.experiment.winner.as_deref()), (Status::Completed, Some("b")));
    let why = view.experiment.verdict.clone().unwrap();
    assert!(why.starts_with("`b` has +100.0 points in answered requests against `a` (surely +"), "{why}");
    let results: u64 = view.tallies.iter().map(experiment::Tally::count).sum();
    assert!((8..40).contains(&results), "{results}");
    assert_eq!(view.trail.last().unwrap().results, results);
    assert!(view.experiment.lasted(stage.gateway.clock().now()).is_some());
}

#[tokio::test]
async fn what_was_gathered_survives_a_restart_and_what_was_not_is_found_in_the_ledger() {
    // Results that wait ten minutes to be gathered are those that a kill takes from memory.
    for batch_ms in [1, 600_000] {
        let test = TestDb::sqlite().await;
        let (a, b) = (good(), good());
        let mut slow = config();
        slow.journal.batch_ms = batch_ms;
        let first = Stage::new(&test, slow, two(&a, &b)).await;
        let id = started(&first, design()).await;
        for _ in 0..30 {
            first.text(json!({})).await.unwrap();
        }
        if batch_ms == 1 {
            assert_eq!(counts(&first, id).await.iter().sum::<u64>(), 30);
        }
        let again = Stage::new(&test, config(), two(&a, &b)).await;
        let view = again.gateway.experiments().get(OWNER, id).await.unwrap();
        assert_eq!(view.experiment.status, Status::Running);
        let results: u64 = view.tallies.iter().map(experiment::Tally::count).sum();
        assert_eq!(results, 30, "batch_ms {batch_ms}");
        again.text(json!({})).await.unwrap();
        assert_eq!(counts(&again, id).await.iter().sum::<u64>(), 31, "it goes on");
    }
}

#[tokio::test]
async fn requests_are_changed_as_the_variant_says_and_replies_are_kept_apart() {
    let upstream = good();
    let mut caching = config();
    caching.cache.ttl_seconds = 60;
    let stage = stage_with(caching, table(vec![deployment("p/m", &upstream)])).await;
    let changed = Change {
        system_prefix: Some("Be brief. ".into()),
        max_output_tokens: Some(7),
        cache_ttl_seconds: Some(0),
        ..Change::default()
    };
    let plan = Design {
        kind: Kind::Feature,
        variants: vec![
            Variant { name: "plain".into(), share: 1.0, change: Change::default() },
            Variant { name: "brief".into(), share: 1.0, change: changed },
        ],
        ..design()
    };
    let id = started(&stage, plan).await;
    for _ in 0..40 {
        stage.text(json!({ "max": 50 })).await.unwrap();
    }
    let bodies: Vec<serde_json::Value> = upstream
        .calls
        .lock()
        .unwrap()
        .iter()
        .map(|call| serde_json::from_slice(&call.body).unwrap())
        .collect();
    let brief =
        bodies.iter().filter(|body| body["text"] == "Be brief. a question" && body["max"] == 7).count();
    let plain = bodies.iter().filter(|body| body["text"] == "a question" && body["max"] == 50).count();
    assert_eq!(plain, 1, "the others of this variant came from its cache");
    let counts = counts(&stage, id).await;
    assert_eq!(counts, [40 - brief as u64, brief as u64]);
    assert!(brief > 5, "{brief}");
}

#[tokio::test]
async fn a_variant_lets_only_so_many_through_at_a_time() {
    let upstream = Scripted::always(&A, |_| Script::Stalls(vec!["A text hi\n"]));
    let stage = stage_with(config(), table(vec![deployment("p/m", &upstream)])).await;
    let one = |name: &str, parallel| Variant {
        name: name.into(),
        share: 1.0,
        change: Change { parallel: Some(parallel), ..Change::default() },
    };
    started(&stage, Design { kind: Kind::Load, variants: vec![one("a", 1), one("b", 2)], ..design() }).await;
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let gateway = stage.gateway.clone();
            tokio::spawn(async move {
                let body = crate::codec::body("r", "q", &streaming());
                let source = gateway::Source::Body {
                    codec: &A,
                    body,
                    headers: http::HeaderMap::new(),
                    address: gateway::Address::default(),
                };
                let call = gateway::Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() };
                let answer = gateway.chat(call).await.unwrap();
                // Held until the test ends.
                std::future::pending::<()>().await;
                drop(answer);
            })
        })
        .collect();
    until("three calls", || upstream.open_calls() == 3).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(upstream.open_calls(), 3, "one of a, two of b");
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    until("all are gone", || upstream.open_calls() == 0).await;
}

#[tokio::test]
async fn budgets_and_scopes_hold_as_ever() {
    let (a, b) = (good(), good());
    let stage = stage_with(config(), two(&a, &b)).await;
    started(&stage, design()).await;
    let scoped = stage.key(NewKey { name: "s".into(), routes: vec!["r".into()], ..NewKey::default() }).await;
    for _ in 0..20 {
        whole(stage.ask_as(Caller::Key(scoped.clone()), &A, json!({})).await.unwrap()).await;
    }
    assert_eq!(b.call_count(), 0, "a key for `r` does not reach `p/b` by an experiment");
    // A budget that is nearly spent refuses variants as it refuses everything.
    let poor = stage.key_with_budget("0.00001").await;
    for _ in 0..10 {
        assert!(stage.ask_as(Caller::Key(poor.clone()), &A, json!({ "max": 900 })).await.is_err());
    }
    assert_eq!(b.call_count(), 0);
}

#[tokio::test]
async fn an_experiment_is_planned_paused_taken_up_finished_and_deleted() {
    let stage = stage_with(config(), two(&good(), &good())).await;
    let experiments = stage.gateway.experiments();
    let id = experiments.create(OWNER, design()).await.unwrap().experiment.id;
    assert!(matches!(experiments.create(OWNER, design()).await, Err(ExperimentError::NameTaken(_))));
    assert!(matches!(experiments.pause(OWNER, id).await, Err(ExperimentError::Transition { .. })));
    let elsewhere =
        Design { variants: vec![model("a", "p/a"), model("b", "p/gone")], name: "c".into(), ..design() };
    assert!(matches!(experiments.create(OWNER, elsewhere).await, Err(ExperimentError::NotThere { .. })));
    let odd = Design { name: "no name".into(), ..design() };
    assert!(matches!(experiments.create(OWNER, odd).await, Err(ExperimentError::Problem(_))));

    experiments.start(OWNER, id).await.unwrap();
    let rival =
        experiments.create(OWNER, Design { name: "rival".into(), ..design() }).await.unwrap().experiment.id;
    let refused = experiments.start(OWNER, rival).await.unwrap_err();
    assert_eq!(refused.to_string(), "the experiment `ab` with `r` runs already");
    for _ in 0..10 {
        stage.text(json!({})).await.unwrap();
    }
    let replan = ExperimentChange { design: Some(design()), ..ExperimentChange::default() };
    assert!(matches!(experiments.change(OWNER, id, replan).await, Err(ExperimentError::Fixed(..))));
    // All of it to `b` from now on: those that were counted stay what they were.
    let shares = vec![("a".to_owned(), 0.000_001), ("b".to_owned(), 1.0)];
    experiments.change(OWNER, id, ExperimentChange { shares, ..ExperimentChange::default() }).await.unwrap();
    let before = counts(&stage, id).await;
    for _ in 0..10 {
        stage.text(json!({})).await.unwrap();
    }
    assert_eq!(counts(&stage, id).await, [before[0], before[1] + 10]);
    experiments.pause(OWNER, id).await.unwrap();
    stage.text(json!({})).await.unwrap();
    assert_eq!(counts(&stage, id).await.iter().sum::<u64>(), 20, "while it waits nothing is counted");
    experiments.start(OWNER, id).await.unwrap();
    stage.text(json!({})).await.unwrap();
    assert_eq!(counts(&stage, id).await.iter().sum::<u64>(), 21);
    assert!(matches!(experiments.delete(OWNER, id).await, Err(ExperimentError::Fixed(..))));
    let over = experiments.finish(OWNER, id).await.unwrap().experiment;
    assert_eq!(over.status, Status::Completed);
    assert!(over.verdict.unwrap().contains("by hand"));
    assert_eq!(experiments.list(OWNER).await.unwrap().len(), 2, "history is kept");
    experiments.delete(OWNER, id).await.unwrap();
    assert!(matches!(experiments.get(OWNER, id).await, Err(ExperimentError::Unknown(_))));

    let plan = Plan { target: "r".into(), goal: Metric::Success, effect: 0.05, alpha: 0.05, variants: 2 };
    let outlook = experiments.plan(OWNER, &plan).await.unwrap();
    assert!(
        outlook.results.is_some_and(|results| results > 100) && outlook.usual == Some(1.0),
        "{outlook:?}"
    );
}

#[tokio::test]
async fn opinions_are_the_goal_of_experiments_and_a_factor_of_adaptive_routes() {
    let (a, b) = (good(), good());
    let mut table = two(&a, &b);
    let adaptive = RouteConfig {
        strategy: Strategy::Adaptive,
        ..RouteConfig::ordered(vec!["p/a".into(), "p/b".into()])
    };
    table.routes.push(Route { name: "mind".into(), config: adaptive });
    let stage = stage_with(config(), table).await;
    let experiments = stage.gateway.experiments();
    let factor = |answer: &gateway::Answer, id: &str| {
        let candidate = answer.explanation.candidates.iter().find(|one| one.deployment == id).unwrap();
        candidate.factors.unwrap().preference
    };
    let answer = stage.ask(json!({ "model": "mind" })).await.unwrap();
    assert_eq!((factor(&answer, "p/a"), factor(&answer, "p/b")), (None, None), "nobody has said anything");
    whole(answer).await;

    let id = started(&stage, Design { goal: Metric::Rating, ..design() }).await;
    for _ in 0..30 {
        let answer = stage.ask(json!({})).await.unwrap();
        let (exchange, deployment) = (answer.exchange_id, answer.explanation.chosen.clone().unwrap());
        whole(answer).await;
        let thumb = Feedback { thumb: Some(deployment == "p/b"), ..Feedback::default() };
        let kept =
            experiments.feedback(OWNER, exchange, thumb, Some("write a function in rust")).await.unwrap();
        assert_eq!(kept.unwrap().feedback.task.as_deref(), Some("code_function"));
        if deployment == "p/a" {
            // A mind may be changed.
            let down = Feedback { thumb: Some(true), ..Feedback::default() };
            experiments.feedback(OWNER, exchange, down, None).await.unwrap();
            let up = Feedback { quality: Some(1), ..Feedback::default() };
            experiments.feedback(OWNER, exchange, up, None).await.unwrap();
        }
    }
    let view = experiments.get(OWNER, id).await.unwrap();
    assert_eq!(view.tallies[0].usual(Metric::Rating), Some(0.0));
    assert_eq!(view.tallies[1].usual(Metric::Rating), Some(1.0));
    let rated: u64 = view.tallies.iter().map(|tally| tally.count_of(Metric::Rating)).sum();
    assert_eq!(rated, 30);

    let answer = stage.ask(json!({ "model": "mind" })).await.unwrap();
    let (worse, better) = (factor(&answer, "p/a").unwrap(), factor(&answer, "p/b").unwrap());
    assert!(worse < 0.3 && better > 0.7, "{worse} {better}");
    let preferences = experiments.preferences(OWNER).await.unwrap();
    assert_eq!(preferences.opinions, 30);
    assert_eq!(preferences.recommendations[0].better, "p/b");
    // Whoever wants none of it says so.
    let none = Preferences { influence: 0.0, ..Preferences::default() };
    experiments.set_preferences(OWNER, none).await.unwrap();
    let answer = stage.ask(json!({ "model": "mind" })).await.unwrap();
    assert_eq!(factor(&answer, "p/b"), None);

    let unknown = experiments.feedback(OWNER, Id::from_u128(5), Feedback::default(), None).await;
    assert!(matches!(unknown, Err(ExperimentError::UnknownExchange(_))));
    let exchange = stage.ledger().await[0].id;
    let odd =
        experiments.feedback(OWNER, exchange, Feedback { speed: Some(6), ..Feedback::default() }, None).await;
    assert!(odd.unwrap_err().to_string().contains("from 1 (bad) to 5 (good), not `6`"));
}

#[tokio::test]
async fn votes_become_ratings_by_task() {
    let stage = stage_with(config(), two(&good(), &good())).await;
    let experiments = stage.gateway.experiments();
    let mut ids = Vec::new();
    for model in ["p/a", "p/b"] {
        let answer = stage.ask(json!({ "model": model })).await.unwrap();
        ids.push(answer.exchange_id);
        whole(answer).await;
    }
    let vote = |choice| NewVote {
        left: Side::Exchange(ids[0]),
        right: Side::Exchange(ids[1]),
        choice,
        task: None,
        prompt: Some("write a function in rust".into()),
        looks: None,
    };
    experiments.vote(OWNER, vote(Choice::Right)).await.unwrap();
    let cast = experiments.vote(OWNER, vote(Choice::Left)).await.unwrap();
    assert_eq!((cast.vote.left.as_str(), cast.task.as_deref()), ("p/a", Some("code_function")));
    for _ in 0..9 {
        let sides = (Side::Deployment("p/a".into()), Side::Deployment("p/b".into()));
        let (left, right) = sides;
        let plain = NewVote { left, right, choice: Choice::Left, task: None, prompt: None, looks: None };
        experiments.vote(OWNER, plain).await.unwrap();
    }
    let all = experiments.ratings(OWNER, None, false).await.unwrap();
    assert_eq!(
        (all.votes, all.rated.ratings[0].name.as_str(), all.rated.ratings[0].wins),
        (10, "p/a", 10),
        "a vote is replaced"
    );
    let coding = experiments.ratings(OWNER, Some("code_function"), false).await.unwrap();
    assert_eq!((coding.votes, coding.tasks.as_slice()), (1, ["code_function".to_owned()].as_slice()));
    let itself = NewVote { right: Side::Exchange(ids[0]), ..vote(Choice::Tie) };
    assert!(matches!(experiments.vote(OWNER, itself).await, Err(ExperimentError::Invalid(_))));
    assert!(experiments.ratings(OWNER, Some("gardening"), false).await.is_err());
    let advice = experiments.preferences(OWNER).await.unwrap().recommendations;
    assert!(advice[0].because.starts_with("you rated p/a above p/b in 10 of 10"), "{advice:?}");
}

store::on_each_database! { everything_is_kept }

async fn everything_is_kept(test: Arc<TestDb>) {
    let stage = Stage::new(&test, config(), two(&good(), &good())).await;
    let id = started(&stage, design()).await;
    let answer = stage.ask(json!({})).await.unwrap();
    let exchange = answer.exchange_id;
    whole(answer).await;
    let up = Feedback { thumb: Some(true), comment: Some("ä".into()), ..Feedback::default() };
    stage.gateway.experiments().feedback(OWNER, exchange, up, None).await.unwrap();
    let view = stage.gateway.experiments().finish(OWNER, id).await.unwrap();
    assert_eq!(view.tallies.iter().map(|tally| tally.count_of(Metric::Rating)).sum::<u64>(), 1);
    let sides = (Side::Exchange(exchange), Side::Deployment("q/z".into()));
    let (left, right) = sides;
    let vote = NewVote { left, right, choice: Choice::Tie, task: None, prompt: None, looks: None };
    stage.gateway.experiments().vote(OWNER, vote).await.unwrap();
    assert_eq!(stage.gateway.experiments().ratings(OWNER, None, false).await.unwrap().rated.ratings.len(), 2);
    let plan = Plan { target: "r".into(), goal: Metric::Cost, effect: 0.1, alpha: 0.05, variants: 2 };
    stage.gateway.experiments().plan(OWNER, &plan).await.unwrap();
    assert_eq!(stage.gateway.experiments().preferences(OWNER).await.unwrap().opinions, 1);
}
