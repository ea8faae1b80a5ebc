//! What calls cost, what they would have cost, and which deployment is asked for the sake of its prompt cache.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    stage::{GOOD, Stage, config, deployment, spec, streaming, table, until, whole},
};
use base::{Clock, Money};
use gateway::{Deployment, Route, RoutingTable};
use llm::{PriceSheet, PriceTier, Prices};
use routing::{Balancer, PromptCaching, Strategy};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;
use tokio::sync::mpsc;

const HOUR: Duration = Duration::from_secs(3_600);

/// So many micro-dollars a token, in and out.
fn micros(price: i64) -> PriceTier {
    let price = Money::from_nanos(price * 1_000_000_000);
    PriceTier { input: price, output: price, ..PriceTier::default() }
}

fn priced(id: &str, upstream: &Arc<Scripted>, prices: Prices) -> Deployment {
    let mut deployment = deployment(id, upstream);
    deployment.spec.prices = Some(prices);
    deployment
}

#[tokio::test]
async fn a_call_is_billed_by_the_prices_of_its_own_beginning() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let upstream = Scripted::new(&A, [Script::Chunks(GOOD.to_vec()), Script::Driven(receiver)]);
    upstream.queue(Script::Chunks(GOOD.to_vec()));
    let test = TestDb::sqlite().await;
    let change = test.clock.now().plus(HOUR);
    let prices = Prices::changing(micros(1).into(), vec![(change, micros(2).into())]);
    let stage = Stage::new(&test, config(), table(vec![priced("p/m", &upstream, prices)])).await;
    stage.advance(HOUR - Duration::from_millis(1));
    stage.text(json!({})).await.unwrap();
    let slow = async { whole(stage.ask(streaming()).await.unwrap()).await };
    let script = async {
        until("the call", || upstream.call_count() == 2).await;
        stage.advance(HOUR);
        GOOD.iter().for_each(|piece| sender.send(piece).unwrap());
        drop(sender);
    };
    futures::join!(slow, script);
    stage.text(json!({})).await.unwrap();
    let costs: Vec<i64> = stage.ledger().await.iter().map(|one| one.cost.nanos()).collect();
    assert_eq!(costs, [15_000, 15_000, 30_000], "the second began before the change and ended after it");
}

#[tokio::test]
async fn much_use_in_a_month_makes_calls_cheaper() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let sheet = PriceSheet { volume: vec![(20, 50)], ..micros(1).into() };
    let test = TestDb::sqlite().await;
    let places = || table(vec![priced("p/m", &upstream, sheet.clone().into())]);
    let stage = Stage::new(&test, config(), places()).await;
    for _ in 0..3 {
        stage.text(json!({})).await.unwrap();
    }
    let costs = |ledger: Vec<ledger::Exchange>| ledger.iter().map(|one| one.cost.nanos()).collect::<Vec<_>>();
    assert_eq!(costs(stage.ledger().await), [15_000, 15_000, 7_500]);
    stage.advance(HOUR * 24 * 31);
    stage.text(json!({})).await.unwrap();
    assert_eq!(costs(stage.ledger().await)[3], 15_000, "another month");
}

#[tokio::test]
async fn what_caches_and_routing_save_is_told_apart() {
    let upstream = Scripted::new(
        &A,
        [
            Script::Chunks(vec!["A text a\n", "A usage 10 5 100\n", "A stop\n"]),
            Script::Chunks(vec!["A text a\n", "A usage 10 5 0 100\n", "A stop\n"]),
            Script::Chunks(GOOD.to_vec()),
        ],
    );
    let price = |nanos: i64| Some(Money::from_nanos(nanos));
    let cheap =
        PriceTier { cached_input: price(100_000_000), cache_write: price(1_250_000_000), ..micros(1) };
    let deployments =
        vec![priced("p/cheap", &upstream, cheap.into()), priced("q/dear", &upstream, micros(3).into())];
    let mut route = Route::ordered("r", vec!["p/cheap".into(), "q/dear".into()]);
    route.config.cache_ttl_seconds = Some(60);
    let table = RoutingTable { deployments, routes: vec![route] };
    let stage = Stage::new(&TestDb::sqlite().await, config(), table).await;
    for text in ["read", "written", "plain", "plain"] {
        stage.text(json!({ "text": text })).await.unwrap();
    }
    let ledger = stage.ledger().await;
    let money = |place: usize| {
        let one = &ledger[place];
        [one.cost, one.prompt_saved, one.saved, one.baseline].map(Money::nanos)
    };
    // 15 tokens at 1, 100 at a tenth of it; all 115 at 3 without Familiar.
    assert_eq!(money(0), [25_000, 90_000, 0, 345_000]);
    assert_eq!(money(1), [140_000, -25_000, 0, 345_000], "to write costs more than to read");
    assert_eq!(money(2), [15_000, 0, 0, 45_000]);
    assert_eq!(money(3), [0, 0, 15_000, 45_000]);
}

#[tokio::test]
async fn a_conversation_goes_on_where_its_beginning_is_cached() {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let deployments = vec![deployment("p/m", &upstream), deployment("q/m", &upstream)];
    let mut route = Route::ordered("r", vec!["p/m".into(), "q/m".into()]);
    route.config.strategy = Strategy::LoadBalanced;
    route.config.balancer = Balancer::RoundRobin;
    route.config.prompt_caching = Some(PromptCaching::Sticky);
    let table = RoutingTable { deployments, routes: vec![route] };
    let stage = Stage::new(&TestDb::sqlite().await, config(), table).await;
    let asked = async |text: &str| {
        let answer = stage.ask(json!({ "text": text })).await.unwrap();
        let by = answer.explanation.chosen.clone().unwrap();
        whole(answer).await;
        by
    };
    let first = asked("one").await;
    for _ in 0..5 {
        assert_eq!(asked("one").await, first);
    }
    let others = [asked("two").await, asked("three").await];
    assert!(others.iter().any(|by| *by != first), "other conversations are spread");
    stage.advance(Duration::from_secs(301));
    let later = [asked("one").await, asked("four").await];
    assert!(later.iter().any(|by| *by != first), "after five minutes nothing is left of it");
    let told = stage.ledger().await.iter().any(|one| one.explanation.sentence().contains("is in its cache"));
    assert!(told);
    assert_eq!(spec("p", "m").cacheable_tokens, None);
}
