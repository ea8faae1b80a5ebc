//! Strategies, tiers and degradations through the whole pipeline, and trying a route out.

use crate::{
    codec::{A, B},
    deployment::{Script, Scripted, error},
    stage::{GOOD, OWNER, Stage, config, deployment, spec, streaming, whole},
};
use base::{ErrorKind, Money};
use gateway::{
    Budget, Caller, Deployment, GatewayError, NewKey, Period, Route, RoutingTable, Stage as RefusalStage,
    Target, TryRoute,
};
use ledger::Outcome;
use llm::{Capability, ChatRequest, LlmErrorKind, Message, PriceTier, Prices, Role};
use routing::{Balancer, Degrade, FallbackTier, RouteConfig, Strategy, Weights};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

fn good() -> Arc<Scripted> {
    Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()))
}

fn priced(id: &str, upstream: &Arc<Scripted>, usd: &str) -> Deployment {
    let price: Money = usd.parse().unwrap();
    let mut deployment = deployment(id, upstream);
    let base = PriceTier { input: price, output: price, ..PriceTier::default() };
    deployment.spec.prices = Some(Prices::from(base));
    deployment.spec.capabilities = vec![Capability::Chat, Capability::Tools];
    deployment
}

async fn stage(deployments: Vec<Deployment>, config_of_route: RouteConfig) -> Stage {
    let routes = vec![Route { name: "r".into(), config: config_of_route }];
    Stage::new(&TestDb::sqlite().await, config(), RoutingTable { deployments, routes }).await
}

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn the_cheapest_answers_and_the_exchange_and_the_header_say_why() {
    let upstream = good();
    let deployments = vec![priced("a/dear", &upstream, "9"), priced("b/cheap", &upstream, "1")];
    let route = RouteConfig { strategy: Strategy::Cost, ..RouteConfig::ordered(ids(&["a/dear", "b/cheap"])) };
    let stage = stage(deployments, route).await;
    let answer = stage.ask(json!({})).await.unwrap();
    assert_eq!(answer.headers["x-familiar-route"], "`b/cheap` answers for `r`, by `cost` (1)");
    let explanation = stage.only().await.explanation;
    assert_eq!(explanation, answer.explanation, "it is kept as it was");
    assert_eq!(explanation.strategy, Some(Strategy::Cost));
    let [first, second] = explanation.candidates.as_slice() else { panic!("{explanation:?}") };
    assert_eq!((first.deployment.as_str(), second.deployment.as_str()), ("b/cheap", "a/dear"));
    assert_eq!(first.tier, Some(FallbackTier::Primary));
    assert!(first.score > second.score && second.factors.unwrap().cost < 0.2, "{second:?}");
}

#[tokio::test]
async fn a_plain_call_explains_itself_in_no_more_words_than_needed() {
    let upstream = good();
    let stage = stage(vec![deployment("p/m", &upstream)], RouteConfig::ordered(ids(&["p/m"]))).await;
    let answer = stage.ask(json!({ "model": "p/m" })).await.unwrap();
    assert_eq!(answer.headers["x-familiar-route"], "asked for by its own name");
    assert_eq!((answer.explanation.strategy, answer.explanation.candidates[0].tier), (None, None));
    let answer = stage.ask(json!({})).await.unwrap();
    assert_eq!(answer.headers["x-familiar-route"], "`p/m` answers for `r`");
}

#[tokio::test]
async fn a_provider_s_words_cannot_break_the_header() {
    let words = llm::LlmError::new(LlmErrorKind::Server, "überlastet\r\nx-evil: yes — “sorry”");
    let (first, second) = (Scripted::new(&A, [Script::Fails(words)]), good());
    let deployments = vec![deployment("a/x", &first), deployment("b/y", &second)];
    let stage = stage(deployments, RouteConfig::ordered(ids(&["a/x", "b/y"]))).await;
    let answer = stage.ask(json!({})).await.unwrap();
    let header = answer.headers["x-familiar-route"].to_str().unwrap();
    assert!(header.contains("?berlastet  x-evil: yes - \"sorry\""), "{header}");
    assert!(answer.headers.get("x-evil").is_none());
}

#[tokio::test]
async fn round_robin_spreads_requests_evenly() {
    let upstreams = [good(), good(), good()];
    let deployments: Vec<_> =
        ["a/x", "b/y", "c/z"].iter().zip(&upstreams).map(|(id, up)| deployment(id, up)).collect();
    let route =
        RouteConfig { strategy: Strategy::LoadBalanced, ..RouteConfig::ordered(ids(&["a/x", "b/y", "c/z"])) };
    let stage = stage(deployments, route).await;
    for _ in 0..9 {
        stage.text(json!({})).await.unwrap();
    }
    assert_eq!(upstreams.each_ref().map(|upstream| upstream.call_count()), [3, 3, 3]);
}

#[tokio::test]
async fn every_strategy_decides_calls_and_says_so() {
    let weights = |cost, quality| Weights { cost, speed: 0.0, quality, reliability: 0.0 };
    let cases = [
        (Strategy::Ordered, Weights::default(), "a/dear"),
        (Strategy::Cost, Weights::default(), "b/cheap"),
        (Strategy::Quality, Weights::default(), "a/dear"),
        (Strategy::Weighted, weights(5.0, 1.0), "b/cheap"),
        (Strategy::Weighted, weights(0.2, 1.0), "a/dear"),
        // Nothing is known of either: all factors together decide.
        (Strategy::Speed, Weights::default(), "b/cheap"),
        (Strategy::Reliability, Weights::default(), "b/cheap"),
        (Strategy::LoadBalanced, Weights::default(), "a/dear"),
    ];
    for (strategy, weights, chosen) in cases {
        let (mut dear, mut cheap) = (priced("a/dear", &good(), "10"), priced("b/cheap", &good(), "1"));
        (dear.spec.quality, cheap.spec.quality) = (Some(90), Some(40));
        let route = RouteConfig { strategy, weights, ..RouteConfig::ordered(ids(&["a/dear", "b/cheap"])) };
        let stage = stage(vec![dear, cheap], route).await;
        let explanation = stage.ask(json!({})).await.unwrap().explanation;
        assert_eq!(explanation.chosen.as_deref(), Some(chosen), "{strategy}");
        assert_eq!(explanation.strategy, Some(strategy));
        if strategy != Strategy::Ordered {
            let ranked =
                explanation.candidates.iter().all(|one| one.score.is_some() && one.factors.is_some());
            assert!(ranked && explanation.candidates.len() == 2, "{explanation:?}");
            assert!(
                explanation.sentence().contains(&format!("by `{strategy}`")),
                "{}",
                explanation.sentence()
            );
        }
    }
}

#[tokio::test]
async fn who_is_busy_is_passed_over_and_shares_are_kept() {
    let balanced = |balancer| RouteConfig {
        strategy: Strategy::LoadBalanced,
        balancer,
        ..RouteConfig::ordered(ids(&["a/x", "b/y"]))
    };
    for balancer in [Balancer::LeastConnections, Balancer::Fastest] {
        let (first, second) = (good(), good());
        let deployments = vec![deployment("a/x", &first), deployment("b/y", &second)];
        let stage = stage(deployments, balanced(balancer)).await;
        // An answer that nobody reads to its end is a call under way.
        let held = stage.ask(streaming()).await.unwrap();
        let busy = held.explanation.chosen.clone();
        for _ in 0..4 {
            let other = stage.ask(streaming()).await.unwrap();
            assert_ne!(other.explanation.chosen, busy, "{balancer}");
            whole(other).await;
        }
        drop(held);
    }
    let upstreams = [good(), good()];
    let shares = [("a/x".to_owned(), 3)].into();
    let deployments = vec![deployment("a/x", &upstreams[0]), deployment("b/y", &upstreams[1])];
    let stage = stage(deployments, RouteConfig { shares, ..balanced(Balancer::Weighted) }).await;
    for _ in 0..40 {
        stage.text(json!({})).await.unwrap();
    }
    let counts = upstreams.each_ref().map(|upstream| upstream.call_count());
    assert!((29..=31).contains(&counts[0]) && counts[0] + counts[1] == 40, "{counts:?}");
}

#[tokio::test]
async fn tiers_are_asked_in_turn_and_what_was_given_up_is_written_down_and_counted() {
    let fails = || Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::QuotaExceeded)));
    let (primary, secondary, last) = (fails(), fails(), good());
    let deployments =
        vec![deployment("a/x", &primary), deployment("a/y", &secondary), deployment("b/z", &last)];
    let route = RouteConfig {
        secondary: ids(&["a/y"]),
        emergency: ids(&["b/z"]),
        ..RouteConfig::ordered(ids(&["a/x"]))
    };
    let stage = stage(deployments, route).await;
    let answer = stage.ask(streaming()).await.unwrap();
    assert_eq!(whole(answer).await, GOOD.concat());
    let exchange = stage.only().await;
    // The other deployment of an account without credit would have failed as well, so it was not asked.
    assert_eq!((primary.call_count(), secondary.call_count(), last.call_count()), (1, 0, 1));
    let tiers: Vec<_> = exchange.explanation.candidates.iter().map(|one| one.tier.unwrap()).collect();
    assert_eq!(tiers, [FallbackTier::Primary, FallbackTier::Secondary, FallbackTier::Emergency]);
    assert_eq!(
        exchange.explanation.degraded,
        ["other_provider: `b/z` answers, since `a/x` failed with `quota_exceeded`"]
    );
    let counted = stage.gateway.metrics().degradations;
    assert!(
        counted.contains(&("other_provider", 1)) && counted.contains(&("smaller_model", 0)),
        "{counted:?}"
    );
}

#[tokio::test]
async fn a_smaller_model_of_the_family_stands_in_when_the_route_allows_it() {
    let (big, small) = (
        Scripted::always(&A, |call| {
            if call.model == "gpt-9" {
                Script::Fails(error(LlmErrorKind::Overloaded))
            } else {
                Script::Chunks(GOOD.to_vec())
            }
        }),
        good(),
    );
    let deployments = || {
        vec![
            priced("a/gpt-9", &big, "10"),
            priced("a/gpt-9-nano", &big, "0.10"),
            priced("a/gpt-9-mini", &big, "1"),
            priced("a/claude-9", &big, "2"),
            priced("b/gpt-9-mini", &small, "1"),
        ]
    };
    let allowed =
        RouteConfig { degrade: vec![Degrade::SmallerModel], ..RouteConfig::ordered(ids(&["a/gpt-9"])) };
    let with = stage(deployments(), allowed).await;
    let answer = with.ask(json!({})).await.unwrap();
    assert_eq!(answer.explanation.chosen.as_deref(), Some("a/gpt-9-mini"), "the next smaller one");
    assert_eq!(
        answer.explanation.degraded,
        ["smaller_model: `a/gpt-9-mini` answers, since `a/gpt-9` failed with `overloaded`"]
    );
    let members = with.gateway.routes().remove(0).members;
    assert_eq!(members[1].tier, FallbackTier::Degraded);
    let without = stage(deployments(), RouteConfig::ordered(ids(&["a/gpt-9"]))).await;
    without.ask(json!({})).await.unwrap_err();
}

#[tokio::test]
async fn what_is_too_long_is_made_shorter_where_the_route_allows_it() {
    let small_window = |id: &str, upstream: &Arc<Scripted>| {
        let mut deployment = deployment(id, upstream);
        deployment.spec.context_window = Some(1_000);
        deployment
    };
    let shorter = RouteConfig { degrade: vec![Degrade::FewerTokens], ..RouteConfig::ordered(ids(&["p/m"])) };
    let request = || ChatRequest {
        model: "r".into(),
        messages: vec![
            Message::text(Role::System, "be brief"),
            Message::text(Role::User, "o".repeat(9_000)),
            Message::text(Role::Assistant, "old answer"),
            Message::text(Role::User, "new question"),
        ],
        ..ChatRequest::default()
    };
    let upstream = good();
    let with = stage(vec![small_window("p/m", &upstream)], shorter.clone()).await;
    let call = || gateway::Call {
        caller: Caller::Owner(OWNER),
        source: gateway::Source::Request(request()),
        tags: Vec::new(),
    };
    let answer = with.gateway.chat(call()).await.unwrap();
    assert_eq!(answer.explanation.degraded.len(), 1);
    assert!(
        answer.explanation.degraded[0].starts_with("fewer_tokens: 2 messages"),
        "{:?}",
        answer.explanation.degraded
    );
    drop(answer);
    let sent = upstream.calls.lock().unwrap()[0].body.clone();
    let sent = String::from_utf8(sent.to_vec()).unwrap();
    assert!(sent.contains("be briefnew question") && !sent.contains("oooo"), "{sent}");

    let without = stage(vec![small_window("p/m", &good())], RouteConfig::ordered(ids(&["p/m"]))).await;
    let refused = without.gateway.chat(call()).await.unwrap_err();
    assert!(matches!(refused, GatewayError::ContextLength { .. }), "{refused:?}");

    // A body in the deployment's own format is no longer passed on as it is, once it is not what is asked.
    let upstream =
        Scripted::new(&A, [Script::Fails(error(LlmErrorKind::ContextLength)), Script::Chunks(GOOD.to_vec())]);
    let refusing = stage(vec![small_window("p/m", &upstream)], shorter).await;
    let answer = refusing.ask(json!({ "max": 900, "odd": 1 })).await.unwrap();
    assert_eq!(answer.dropped, ["odd"], "what cannot be carried over is named");
    let explanation = &answer.explanation;
    assert!(explanation.degraded[0].contains("tokens instead of 900"), "{:?}", explanation.degraded);
    let bodies: Vec<serde_json::Value> = upstream
        .calls
        .lock()
        .unwrap()
        .iter()
        .map(|call| serde_json::from_slice(&call.body).unwrap())
        .collect();
    assert_eq!(bodies[0]["max"], 900);
    assert!(bodies[1]["max"].as_u64().unwrap() < 900, "{bodies:?}");
}

#[tokio::test]
async fn adaptive_learns_from_failures_and_from_answers() {
    let (bad, fine) = (Scripted::always(&A, |_| Script::Fails(error(LlmErrorKind::Malformed))), good());
    let deployments = vec![deployment("a/x", &bad), deployment("b/y", &fine)];
    let route = RouteConfig { strategy: Strategy::Adaptive, ..RouteConfig::ordered(ids(&["a/x", "b/y"])) };
    let mut quiet = config();
    quiet.breaker.min_failures = 1_000;
    let routes = vec![Route { name: "r".into(), config: route }];
    let stage = Stage::new(&TestDb::sqlite().await, quiet, RoutingTable { deployments, routes }).await;
    for _ in 0..60 {
        stage.text(json!({})).await.unwrap();
    }
    assert_eq!(fine.call_count(), 60, "every request is answered");
    assert!(bad.call_count() < 15, "but few try the bad one first: {}", bad.call_count());
    let last = stage.ledger().await.pop().unwrap().explanation;
    assert_eq!(last.candidates[0].deployment, "b/y");
}

#[tokio::test]
async fn pictures_go_where_they_can_be_looked_at() {
    let (blind, seeing) = (good(), good());
    let sees = |id: &str, upstream: &Arc<Scripted>, capabilities: &[Capability]| {
        let mut deployment = deployment(id, upstream);
        deployment.spec.capabilities = capabilities.to_vec();
        deployment
    };
    let deployments = vec![
        sees("a/blind", &blind, &[Capability::Chat, Capability::Tools]),
        sees("b/seeing", &seeing, &[Capability::Chat, Capability::Vision]),
    ];
    let stage = stage(deployments, RouteConfig::ordered(ids(&["a/blind", "b/seeing"]))).await;
    let ask = async |part| {
        let messages = vec![Message { role: Role::User, parts: vec![part], name: None }];
        let request = ChatRequest { model: "r".into(), messages, ..ChatRequest::default() };
        let source = gateway::Source::Request(request);
        let call = gateway::Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() };
        stage.gateway.chat(call).await.unwrap().explanation
    };
    let picture = llm::Part::Image { media: llm::Media::Url { url: "u".into() }, detail: None };
    let explanation = ask(picture).await;
    assert_eq!(explanation.chosen.as_deref(), Some("b/seeing"));
    assert!(explanation.sentence().contains("it cannot look at pictures"), "{}", explanation.sentence());
    assert_eq!(ask(llm::Part::text("hello")).await.chosen.as_deref(), Some("a/blind"));
}

#[tokio::test]
async fn a_caller_s_patience_is_the_deadline() {
    let ask = async |stage: &Stage, timeout: &str| {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-stainless-timeout", timeout.parse().unwrap());
        let body = crate::codec::body("r", "a question", &json!({}));
        let source = gateway::Source::Body { codec: &A, body, headers, address: gateway::Address::default() };
        let call = gateway::Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() };
        stage.gateway.chat(call).await
    };
    let hanging = Scripted::always(&A, |_| Script::Hangs);
    let impatient = stage(vec![deployment("p/m", &hanging)], RouteConfig::ordered(ids(&["p/m"]))).await;
    let refused = ask(&impatient, "0.05").await.unwrap_err();
    assert_eq!(refused.to_llm().kind, LlmErrorKind::Timeout, "{refused:?}");
    assert_eq!(hanging.call_count(), 1, "it is not tried again when nobody waits any more");
    assert_eq!(hanging.open_calls(), 0, "and the provider is let go");
    let exchange = impatient.only().await;
    assert_eq!(exchange.outcome, Outcome::Failed);
    assert!(
        exchange.estimated && exchange.cost > Money::ZERO,
        "the provider was at work on it: {exchange:?}"
    );
    assert_eq!(impatient.gateway.health()[0].failures, 0, "that is not the deployment's fault");

    let slow_down =
        llm::LlmError { retry_after: Some(Duration::from_secs(5)), ..error(LlmErrorKind::RateLimited) };
    let limited = Scripted::new(&A, [Script::Fails(slow_down)]);
    let patient = stage(vec![deployment("p/m", &limited)], RouteConfig::ordered(ids(&["p/m"]))).await;
    let refused = ask(&patient, "2").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Limited, "five seconds are longer than two");
}

fn trying(model: &str, prompt: &str) -> TryRoute {
    let messages = vec![Message::text(Role::User, prompt)];
    let request = ChatRequest { model: model.into(), messages, ..ChatRequest::default() };
    TryRoute { owner: OWNER, key: None, request }
}

#[tokio::test]
async fn trying_a_route_out_says_what_would_happen_and_does_nothing() {
    let upstream = Scripted::new(&A, []);
    let deployments = vec![priced("a/dear", &upstream, "9"), priced("b/cheap", &upstream, "1")];
    let route = RouteConfig { strategy: Strategy::Cost, ..RouteConfig::ordered(ids(&["a/dear", "b/cheap"])) };
    let stage = stage(deployments, route).await;
    let tried = stage.gateway.try_route(trying("r", "hello"));
    assert_eq!(tried.refusals, []);
    assert_eq!(tried.explanation.chosen.as_deref(), Some("b/cheap"));
    assert_eq!(tried.explanation.candidates[0].deployment, "b/cheap");
    // The dearest of what may answer: 21 bytes and their wrapping, and a thousand tokens of answer.
    assert_eq!(tried.input_tokens_bound, 5 + 2 * 16);
    assert_eq!(tried.worst_case, Some(Money::from_nanos(9_000 * (1_000 + 37))));
    assert_eq!(upstream.call_count(), 0);
    assert!(stage.ledger().await.is_empty());

    let unknown = stage.gateway.try_route(trying("rr", "hello"));
    assert_eq!(unknown.refusals[0].stage, RefusalStage::Model);
    assert!(unknown.refusals[0].error.to_string().contains("did you mean `r`"), "{unknown:?}");
}

#[tokio::test]
async fn trying_with_a_key_tells_each_stage_that_would_refuse() {
    let upstream = good();
    let stage = stage(vec![deployment("p/m", &upstream)], RouteConfig::ordered(ids(&["p/m"]))).await;
    let budgets = vec![Budget::new("0.0005".parse().unwrap(), Period::Total)];
    let limits = routing::Limits { requests_per_minute: Some(1), ..routing::Limits::default() };
    let new = NewKey { name: "k".into(), budgets, limits, ..NewKey::default() };
    let made = stage.gateway.keys().create(OWNER, new).await.unwrap();
    let key = Some(made.info.id);
    let refusals = |stage: &Stage, trying: TryRoute| -> Vec<RefusalStage> {
        stage.gateway.try_route(trying).refusals.iter().map(|refusal| refusal.stage).collect()
    };
    let with_key = || TryRoute { key, ..trying("r", "hello") };
    for _ in 0..3 {
        assert_eq!(refusals(&stage, with_key()), [RefusalStage::Budget], "nothing is counted or put aside");
    }
    assert_eq!(stage.key_account().await, (0, 0));
    stage.ask_as(Caller::Key(made.secret), &A, json!({ "max": 5 })).await.unwrap();
    assert_eq!(refusals(&stage, with_key()), [RefusalStage::Limits, RefusalStage::Budget]);
    stage.gateway.keys().revoke(OWNER, made.info.id).await.unwrap();
    assert_eq!(refusals(&stage, with_key()), [RefusalStage::Key]);
    let mut long = trying("p/m", &"x".repeat(900_000));
    long.request.parameters.max_output_tokens = Some(10);
    assert_eq!(refusals(&stage, long), [RefusalStage::Context]);
}

#[tokio::test]
async fn a_route_keeps_what_it_learned_when_routes_are_read_anew() {
    let upstreams = [good(), good()];
    let table = || {
        let deployments: Vec<_> =
            ["a/x", "b/y"].iter().zip(&upstreams).map(|(id, up)| deployment(id, up)).collect();
        let config =
            RouteConfig { strategy: Strategy::LoadBalanced, ..RouteConfig::ordered(ids(&["a/x", "b/y"])) };
        RoutingTable { deployments, routes: vec![Route { name: "r".into(), config }] }
    };
    let stage = Stage::new(&TestDb::sqlite().await, config(), table()).await;
    stage.text(json!({})).await.unwrap();
    stage.gateway.set_routing(table());
    stage.text(json!({})).await.unwrap();
    assert_eq!(upstreams.each_ref().map(|upstream| upstream.call_count()), [1, 1], "whose turn it is stays");
}

#[tokio::test]
async fn a_translated_stream_that_is_not_in_its_format_ends_only_itself() {
    // A Portkey gateway crashed when its stream's translation threw (Portkey-AI/gateway#1206).
    let broken = Scripted::new(&A, [Script::Chunks(vec!["A text hi\n", "what is this\n", "A stop\n"])]);
    let local = spec("p", "m");
    let target = Target::Wire(Arc::clone(&broken) as Arc<dyn llm::Upstream>);
    let deployments = vec![Deployment { id: "p/m".into(), spec: local, target }];
    let stage = stage(deployments, RouteConfig::ordered(ids(&["p/m"]))).await;
    let answer = stage.ask_as(Caller::Owner(OWNER), &B, streaming()).await.unwrap();
    let text = whole(answer).await;
    assert!(text.starts_with("B text hi\nB error malformed_reply "), "{text}");
    assert_eq!(stage.only().await.outcome, Outcome::Failed);
    broken.queue(Script::Chunks(GOOD.to_vec()));
    assert!(whole(stage.ask(streaming()).await.unwrap()).await.contains("hello"), "the next one is served");
}
