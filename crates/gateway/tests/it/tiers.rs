//! Tiers, `auto`, and what the circumstances change.

use crate::{
    codec::{self, A},
    deployment::{Script, Scripted},
    stage::{GOOD, OWNER, Stage, config, deployment, whole},
};
use classify::Task;
use gateway::{Address, Call, Caller, Config, Deployment, GatewayError, Route, RoutingTable, Source, Tier};
use http::HeaderMap;
use llm::{Capability, LlmErrorKind};
use serde_json::{Value, json};
use std::sync::Arc;
use store::testing::TestDb;

fn models(upstream: &Arc<Scripted>) -> Vec<Deployment> {
    let mut models = Vec::new();
    for (id, quality) in [("p/quick-mini", 60), ("p/good", 80), ("q/great", 95)] {
        let mut deployment = deployment(id, upstream);
        deployment.spec.quality = Some(quality);
        deployment.spec.capabilities = vec![Capability::Chat];
        deployment.spec.context_window = Some(1_000_000);
        let factor = i64::from(quality - 50);
        let price = base::Money::from_nanos(factor * factor * 10_000_000);
        let tier = llm::PriceTier { input: price, output: price, ..llm::PriceTier::default() };
        deployment.spec.prices = Some(tier.into());
        models.push(deployment);
    }
    models
}

async fn stage(config: Config) -> (Stage, Arc<Scripted>) {
    let upstream = Scripted::always(&A, |_| Script::Chunks(GOOD.to_vec()));
    let deployments = models(&upstream);
    let ids = deployments.iter().map(|deployment| deployment.id.clone()).collect();
    let table = RoutingTable { deployments, routes: vec![Route::ordered("auto", ids)] };
    let stage = Stage::new(&TestDb::sqlite().await, config, table).await;
    stage.gateway.set_auto(true);
    (stage, upstream)
}

async fn ask(stage: &Stage, model: &str, text: &str, context: Option<&str>) -> Result<(), GatewayError> {
    let body = codec::body(model, text, &json!({}));
    let mut headers = HeaderMap::new();
    if let Some(context) = context {
        headers.insert("x-familiar-context", context.parse().unwrap());
    }
    let source = Source::Body { codec: &A, body, headers, address: Address::default() };
    let call = Call { caller: Caller::Owner(OWNER), source, tags: Vec::new() };
    whole(stage.gateway.chat(call).await?).await;
    Ok(())
}

/// The last request, as opposed to what the classifier asked for its sake.
async fn last(stage: &Stage) -> ledger::Exchange {
    stage.ledger().await.into_iter().rfind(|one| one.tags != ["familiar:classify"]).unwrap()
}

#[tokio::test]
async fn a_tier_is_a_name_and_has_the_models_that_suit_it() {
    let (stage, _) = stage(config()).await;
    for (tier, chosen) in [("fast", "p/quick-mini"), ("thinker", "q/great")] {
        ask(&stage, tier, "hello", None).await.unwrap();
        let exchange = last(&stage).await;
        assert_eq!(exchange.route, tier);
        assert_eq!(exchange.deployment.as_deref(), Some(chosen));
        assert_eq!(exchange.explanation.tier, Tier::from_name(tier));
        assert_eq!(exchange.explanation.task, None, "nobody had to look");
    }
    let names: Vec<String> =
        stage.gateway.models(&Caller::Owner(OWNER)).unwrap().into_iter().map(|model| model.name).collect();
    for tier in Tier::ALL {
        assert!(names.contains(&tier.to_string()), "{names:?}");
    }
    let tiers = stage.gateway.metrics().tiers;
    assert_eq!(tiers.iter().map(|(tier, _)| *tier).collect::<Vec<_>>(), ["fast", "thinker"]);
    let (fast, thinker) = (&tiers[0].1, &tiers[1].1);
    assert_eq!(fast.tokens, [10, 0, 0, 5, 0]);
    assert!(fast.cost_nanos < thinker.cost_nanos);
    assert_eq!(fast.first_token_ms.buckets.iter().sum::<u64>(), 1);
}

#[tokio::test]
async fn auto_looks_at_the_request_and_says_why() {
    let (stage, _) = stage(config()).await;
    let long = "word ".repeat(50_001);
    for (text, task, tier) in [
        ("Rename the variable `usr` to `user` in this file.", Task::CodeEdit, Tier::Fast),
        (
            "Design the architecture of a multi tenant invoicing backend: which services, which database layout?",
            Task::CodeArchitecture,
            Tier::Thinker,
        ),
        (
            "Speak as the innkeeper: he is nervous and hides something about the missing girl.",
            Task::Dialogue,
            Tier::Voice,
        ),
        (long.as_str(), Task::General, Tier::Thinker),
    ] {
        ask(&stage, "auto", text, None).await.unwrap();
        let exchange = last(&stage).await;
        let explanation = &exchange.explanation;
        let class = explanation.task.as_ref().unwrap();
        assert_eq!((class.task, explanation.tier), (task, Some(tier)), "{class:?}");
        assert_eq!((explanation.asked.as_str(), exchange.route.as_str()), ("auto", tier.as_str()));
        assert!(
            explanation.sentence().contains(&format!("`auto` asks `{tier}`")),
            "{}",
            explanation.sentence()
        );
    }
}

#[tokio::test]
async fn circumstances_move_the_choice_and_nonsense_is_refused() {
    let (stage, _) = stage(config()).await;
    let text = "Describe the moment the party enters the abandoned cathedral at dusk.";
    for (context, tier) in [
        (None, Tier::Voice),
        (Some("in-combat"), Tier::Fast),
        (Some("phase=active; genre=horror"), Tier::Voice),
    ] {
        ask(&stage, "auto", text, context).await.unwrap();
        let exchange = last(&stage).await;
        assert_eq!(exchange.explanation.tier, Some(tier), "{context:?}: {}", exchange.explanation.sentence());
        assert_eq!(exchange.explanation.context.len(), 1 + context.map_or(0, |text| text.split(';').count()));
    }
    let refused = ask(&stage, "auto", text, Some("phase=lunch")).await.unwrap_err();
    let GatewayError::Model(error) = &refused else { panic!("{refused}") };
    assert_eq!(error.kind, LlmErrorKind::BadRequest);
    assert!(error.message.contains("phase=planning"), "{error}");
}

#[tokio::test]
async fn the_kill_switch_takes_it_all_away() {
    let mut config = config();
    config.tiers.enabled = false;
    let (stage, _) = stage(config).await;
    let refused = ask(&stage, "fast", "hello", None).await.unwrap_err();
    assert!(matches!(refused, GatewayError::UnknownModel { .. }), "{refused}");
    ask(&stage, "auto", "Rename the variable `usr`.", None).await.unwrap();
    let exchange = last(&stage).await;
    assert_eq!(
        (exchange.route.as_str(), exchange.explanation.tier, &exchange.explanation.task),
        ("auto", None, &None)
    );
}

#[tokio::test]
async fn somebodys_own_routes_go_before_tiers() {
    let (stage, upstream) = stage(config()).await;
    let mut table = RoutingTable { deployments: models(&upstream), routes: Vec::new() };
    table.routes.push(Route::ordered("fast", vec!["q/great".into()]));
    table.routes.push(Route::ordered("auto", vec!["p/good".into()]));
    stage.gateway.set_routing(table);
    stage.gateway.set_auto(false);
    ask(&stage, "fast", "hello", None).await.unwrap();
    assert_eq!(last(&stage).await.deployment.as_deref(), Some("q/great"));
    ask(&stage, "auto", "hello", None).await.unwrap();
    let exchange = last(&stage).await;
    assert_eq!((exchange.deployment.as_deref(), &exchange.explanation.task), (Some("p/good"), &None));
}

#[tokio::test]
async fn a_model_is_asked_where_the_rules_are_not_sure_once_for_the_same_text() {
    let mut config = config();
    config.tiers.classifier = Some("p/good".into());
    config.tiers.classifier_below = 1.0;
    let (stage, upstream) = stage(config).await;
    let count = || upstream.call_count();
    upstream.queue(Script::Chunks(vec![
        "A start r\n",
        "A text world_building\n",
        "A usage 9 1\n",
        "A stop\n",
    ]));
    ask(&stage, "auto", "hello there", None).await.unwrap();
    let class = last(&stage).await.explanation.task.clone().unwrap();
    assert_eq!((class.task, class.by_model), (Task::WorldBuilding, true));
    assert_eq!(count(), 2, "the classifier, and the request itself");
    ask(&stage, "auto", "hello there", None).await.unwrap();
    assert_eq!(count(), 3, "what it said is remembered");
    let labelled: Vec<_> =
        stage.ledger().await.into_iter().filter(|one| one.tags == ["familiar:classify"]).collect();
    assert_eq!(labelled.len(), 1);

    // One that fails or talks nonsense changes nothing: the rules count.
    upstream.queue(Script::Chunks(vec!["A start r\n", "A text dunno\n", "A usage 9 1\n", "A stop\n"]));
    ask(&stage, "auto", "Rename the variable `usr` to `user`.", None).await.unwrap();
    let class = last(&stage).await.explanation.task.clone().unwrap();
    assert_eq!((class.task, class.by_model), (Task::CodeEdit, false));
    let _json: Value = serde_json::to_value(&class).unwrap();
}
