//! How models are to answer: layers, presets, what is refused, and what was sent.

use crate::stage::{MODEL, OWNER, Stage};
use base::new_id;
use chat::{
    Cast, ChatError, Conversation, ConversationPatch, Layer, Message, NewConversation, ParameterChoice,
    ParameterSet, Preferences, Preset,
};
use llm::{Role, Taken};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    settings_of_all_layers_reach_the_model_and_are_told,
    what_a_model_does_not_take_is_not_sent,
    instructions_take_the_accounts_place_and_are_added_to_a_personas,
    presets_are_kept_by_name_and_come_back,
    a_deleted_preset_no_longer_counts,
    what_cannot_be_is_refused,
    a_fork_goes_on_with_its_settings,
);

fn warm(temperature: f64) -> ParameterSet {
    ParameterSet { temperature: Some(temperature), ..ParameterSet::default() }
}

fn preset(name: &str, values: ParameterSet) -> Preset {
    Preset { name: name.into(), values }
}

async fn choose(stage: &Stage, conversation: &Conversation, parameters: ParameterChoice) -> Conversation {
    let patch = ConversationPatch { parameters: Some(parameters), ..ConversationPatch::default() };
    stage.chat.update(OWNER, conversation.id, patch).await.unwrap()
}

async fn answer(stage: &Stage, conversation: &Conversation) -> Message {
    stage.actor.says("Yes.");
    let started = stage.say(conversation, None, "well?").await;
    stage.finished(&started.reply).await
}

async fn settings_of_all_layers_reach_the_model_and_are_told(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.actor.takes_all();
    stage.chat.set_preferences(Preferences {
        default_model: MODEL.into(),
        parameters: ParameterSet { max_tokens: Some(500), ..warm(0.1) },
        ..Preferences::default()
    });
    let dry = preset("Dry", ParameterSet { top_p: Some(0.5), ..warm(0.2) });
    let dry = stage.chat.create_preset(OWNER, dry).await.unwrap();
    let persona = persona::Persona { name: "Mara".into(), ..persona::Persona::default() };
    let mara = stage.chat.personas().create(OWNER, persona).await.unwrap();
    let own = ParameterSet { seed: Some(3), ..warm(0.3) };
    assert_eq!(stage.chat.set_persona_parameters(OWNER, mara.id, own.clone()).await.unwrap(), own);
    let values = ParameterSet { stop: Some(vec!["END".into()]), ..ParameterSet::default() };
    let new = NewConversation {
        cast: Cast { persona_id: Some(mara.id), user_persona_id: None },
        parameters: ParameterChoice { preset_id: Some(dry.id), values },
        ..NewConversation::default()
    };
    let conversation = stage.chat.create(OWNER, new).await.unwrap();
    let answer = answer(&stage, &conversation).await;
    let asked = stage.actor.requests().pop().unwrap().parameters;
    assert_eq!((asked.temperature, asked.top_p, asked.seed), (Some(0.3), Some(0.5), Some(3)));
    assert_eq!((asked.max_output_tokens, asked.stop), (Some(500), vec!["END".to_owned()]));
    let sent = answer.body.sent.unwrap();
    assert_eq!(sent.values.temperature, Some(0.3));
    let of = |name: &str| sent.origins.get(name).copied();
    assert_eq!(
        [of("max_tokens"), of("top_p"), of("temperature"), of("stop"), of("top_k")],
        [Some(Layer::Account), Some(Layer::Preset), Some(Layer::Persona), Some(Layer::Conversation), None]
    );
    assert!(sent.left_out.is_empty());
}

async fn what_a_model_does_not_take_is_not_sent(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.actor.takes(vec![Taken::of(llm::Parameter::Temperature).within(0.0, 1.0)]);
    let conversation = stage.conversation().await;
    let values = ParameterSet { top_k: Some(5), seed: Some(1), ..warm(1.8) };
    let conversation = choose(&stage, &conversation, ParameterChoice { preset_id: None, values }).await;
    let answer = answer(&stage, &conversation).await;
    let asked = stage.actor.requests().pop().unwrap().parameters;
    assert_eq!((asked.temperature, asked.top_k, asked.seed), (Some(1.0), None, None));
    let sent = answer.body.sent.unwrap();
    assert_eq!(sent.values, warm(1.0));
    assert_eq!(sent.left_out, ["temperature", "top_k", "seed"]);
}

async fn instructions_take_the_accounts_place_and_are_added_to_a_personas(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.chat.set_preferences(Preferences {
        default_model: MODEL.into(),
        system_prompt: "Be kind.".into(),
        ..Preferences::default()
    });
    let system = |stage: &Stage| {
        let request = stage.actor.requests().pop().unwrap();
        let first = request.messages.into_iter().next().unwrap();
        assert_eq!(first.role, Role::System);
        first.parts.iter().filter_map(llm::Part::as_text).collect::<String>()
    };
    let conversation = stage.conversation().await;
    answer(&stage, &conversation).await;
    assert_eq!(system(&stage), "Be kind.");
    let values = ParameterSet { system_prompt: Some("Rhyme.".into()), ..ParameterSet::default() };
    let choice = ParameterChoice { preset_id: None, values };
    let conversation = choose(&stage, &conversation, choice.clone()).await;
    answer(&stage, &conversation).await;
    assert_eq!(system(&stage), "Rhyme.");
    let persona =
        persona::Persona { name: "Mara".into(), description: "A baker.".into(), ..Default::default() };
    let mara = stage.chat.personas().create(OWNER, persona).await.unwrap();
    let cast = Cast { persona_id: Some(mara.id), user_persona_id: None };
    let new = NewConversation { cast, parameters: choice, ..NewConversation::default() };
    let played = stage.chat.create(OWNER, new).await.unwrap();
    answer(&stage, &played).await;
    let told = system(&stage);
    assert!(told.contains("A baker.") && told.contains("Rhyme.") && !told.contains("Be kind."), "{told}");
}

async fn presets_are_kept_by_name_and_come_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let names = async || -> Vec<String> {
        stage.chat.presets(OWNER).await.unwrap().into_iter().map(|preset| preset.value.name).collect()
    };
    let wild = stage.chat.create_preset(OWNER, preset(" Wild ", warm(1.5))).await.unwrap();
    stage.chat.create_preset(OWNER, preset("dry", warm(0.1))).await.unwrap();
    assert_eq!(names().await, ["dry", "Wild"]);
    let taken = stage.chat.create_preset(OWNER, preset("DRY", warm(0.3))).await.unwrap_err();
    assert!(matches!(taken, ChatError::PresetName(_)), "{taken}");
    let renamed = stage.chat.update_preset(OWNER, wild.id, preset("wild", warm(1.6))).await.unwrap();
    assert_eq!((renamed.value.name.as_str(), renamed.value.values), ("wild", warm(1.6)));
    stage.chat.delete_preset(OWNER, wild.id).await.unwrap();
    assert_eq!(names().await, ["dry"]);
    stage.chat.restore_preset(OWNER, wild.id).await.unwrap();
    assert_eq!(names().await, ["dry", "wild"]);
    assert!(stage.chat.create_preset(OWNER, preset("  ", warm(1.0))).await.is_err());
    assert!(stage.chat.presets(new_id()).await.unwrap().is_empty(), "somebody else's are not seen");
}

async fn a_deleted_preset_no_longer_counts(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.actor.takes_all();
    let dry = stage.chat.create_preset(OWNER, preset("Dry", warm(0.2))).await.unwrap();
    let conversation = stage.conversation().await;
    let choice = ParameterChoice { preset_id: Some(dry.id), values: ParameterSet::default() };
    let conversation = choose(&stage, &conversation, choice).await;
    stage.chat.delete_preset(OWNER, dry.id).await.unwrap();
    let answer = answer(&stage, &conversation).await;
    assert_eq!(answer.body.sent, None);
    assert_eq!(stage.actor.requests().pop().unwrap().parameters.temperature, None);
}

async fn what_cannot_be_is_refused(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    for parameters in [
        ParameterChoice { preset_id: None, values: warm(3.0) },
        ParameterChoice { preset_id: Some(new_id()), values: ParameterSet::default() },
    ] {
        let patch = ConversationPatch { parameters: Some(parameters), ..ConversationPatch::default() };
        stage.chat.update(OWNER, conversation.id, patch).await.unwrap_err();
    }
    let kept = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!(kept.parameters, ParameterChoice::default());
    let persona = persona::Persona { name: "Mara".into(), ..Default::default() };
    let mara = stage.chat.personas().create(OWNER, persona).await.unwrap();
    let words = ParameterSet { system_prompt: Some("x".into()), ..ParameterSet::default() };
    assert!(stage.chat.set_persona_parameters(OWNER, mara.id, words).await.is_err());
}

async fn a_fork_goes_on_with_its_settings(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let choice = ParameterChoice { preset_id: None, values: warm(0.4) };
    let conversation = choose(&stage, &conversation, choice.clone()).await;
    let said = answer(&stage, &conversation).await;
    let fork = stage.chat.fork(OWNER, conversation.id, (said.id, chat::ForkScope::Path)).await.unwrap();
    let kept = stage.chat.get(OWNER, fork.id).await.unwrap();
    assert_eq!(kept.parameters, choice);
}
