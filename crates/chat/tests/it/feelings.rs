//! Feelings: off by default, logged, taken back, told to the model, and never anybody else's.

use crate::stage::{MODEL, OWNER, Stage};
use base::{ErrorKind, Id, new_id};
use chat::{Again, Cast, Conversation, Feelings, Group, Member, NewConversation, Temperament, Toward};
use persona::{
    Persona, Trait,
    feelings::{Axis, Temper, What},
    group::Policy,
};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    nothing_is_felt_before_it_is_switched_on,
    words_have_an_effect_that_is_logged_told_and_taken_back,
    a_model_proposes_and_the_engine_decides,
    members_of_a_group_feel_for_each_other,
    traits_drift_and_are_forgotten,
);

fn mira() -> Persona {
    let patient = Trait { name: "Patient".into(), intensity: 50, note: String::new() };
    Persona {
        name: "Mira".into(),
        description: "Keeps a lighthouse.".into(),
        traits: vec![patient],
        ..Persona::default()
    }
}

async fn begin(stage: &Stage, persona_id: Id) -> Conversation {
    let cast = Cast { persona_id: Some(persona_id), user_persona_id: None };
    stage.chat.create(OWNER, NewConversation { cast, ..NewConversation::default() }).await.unwrap()
}

async fn switch_on(stage: &Stage, id: Id, temperament: Temperament) -> Feelings {
    stage.chat.set_temperament(OWNER, id, Temperament { on: true, ..temperament }).await.unwrap()
}

async fn talk(stage: &Stage, conversation: &Conversation, parent: Option<Id>, text: &str) -> chat::Message {
    stage.actor.says("Hm.");
    let started = stage.say(conversation, parent, text).await;
    stage.finished(&started.reply).await
}

fn value(feelings: &Feelings, toward: Toward, axis: Axis) -> f64 {
    let found = feelings.relations.iter().find(|relation| relation.toward == toward);
    found.map_or(0.0, |relation| relation.bond.value(axis))
}

async fn nothing_is_felt_before_it_is_switched_on(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let conversation = begin(&stage, id).await;
    talk(&stage, &conversation, None, "Thank you, you are brilliant!").await;
    let feelings = stage.chat.feelings(OWNER, id).await.unwrap();
    assert!(!feelings.temperament.on && feelings.log.is_empty() && feelings.relations.is_empty());
    let far = Temperament { temper: Temper { drift: 51, fluidity: 100 }, ..Temperament::default() };
    assert_eq!(stage.chat.set_temperament(OWNER, id, far).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(stage.chat.feelings(new_id(), id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn words_have_an_effect_that_is_logged_told_and_taken_back(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    switch_on(&stage, id, Temperament::default()).await;
    let conversation = begin(&stage, id).await;
    let answer = talk(&stage, &conversation, None, "You lied to me, you idiot!").await;
    let feelings = stage.chat.feelings(OWNER, id).await.unwrap();
    let trust = value(&feelings, Toward::You, Axis::Trust);
    assert!(trust < -7.0, "{trust}");
    let entry =
        feelings.log.iter().find(|(felt, _, _)| felt.event.proposal.what == What::Axis(Axis::Trust)).unwrap();
    assert_eq!(
        (entry.0.event.proposal.because.as_str(), entry.1, entry.2.as_str()),
        ("a breach of trust", -8.0, "User")
    );
    assert!(entry.0.message_id == answer.parent_id);
    // The same words have their effect once, however often they are answered.
    stage.actor.says("Again.");
    let again = stage.chat.regenerate(OWNER, conversation.id, answer.id, Again::default()).await.unwrap();
    stage.finished(&again.reply).await;
    assert_eq!(stage.chat.feelings(OWNER, id).await.unwrap().log.len(), feelings.log.len());
    // More of it, and the model is told.
    let mut parent = answer.id;
    for _ in 0..4 {
        parent = talk(&stage, &conversation, Some(parent), "I hate you, liar. Shut up, or else!").await.id;
    }
    talk(&stage, &conversation, Some(parent), "And now?").await;
    let system = stage.actor.requests().pop().unwrap().messages[0].plain_text();
    assert!(system.contains("There is an open conflict between Mira and User"), "{system}");
    assert!(system.contains("never uses it to hold or to shame User"), "{system}");
    // Taken back, it leaves no trace; put back, it counts again.
    let before = stage.chat.feelings(OWNER, id).await.unwrap();
    let trusts: Vec<Id> = before
        .log
        .iter()
        .filter(|(felt, _, _)| felt.event.proposal.what == What::Axis(Axis::Trust))
        .map(|(felt, _, _)| felt.id)
        .collect();
    for event in &trusts {
        stage.chat.revert_feeling(OWNER, (id, *event), true).await.unwrap();
    }
    let reverted = stage.chat.feelings(OWNER, id).await.unwrap();
    assert_eq!(value(&reverted, Toward::You, Axis::Trust), 0.0);
    let gone = reverted.log.iter().filter(|(felt, moved, _)| felt.reverted_at.is_some() && *moved == 0.0);
    assert_eq!(gone.count(), trusts.len(), "what was taken back is still to be seen");
    for event in &trusts {
        stage.chat.revert_feeling(OWNER, (id, *event), false).await.unwrap();
    }
    let restored = stage.chat.feelings(OWNER, id).await.unwrap();
    assert!(
        (value(&restored, Toward::You, Axis::Trust) - value(&before, Toward::You, Axis::Trust)).abs() < 0.1
    );
    assert_eq!(
        stage.chat.revert_feeling(OWNER, (id, new_id()), true).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert!(stage.chat.revert_feeling(new_id(), (id, trusts[0]), true).await.is_err(), "not another owner's");
}

async fn a_model_proposes_and_the_engine_decides(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    switch_on(
        &stage,
        id,
        Temperament { by_model: true, model: Some(MODEL.into()), ..Temperament::default() },
    )
    .await;
    let conversation = begin(&stage, id).await;
    stage.actor.says("Sit down.");
    stage
        .actor
        .says("{\"changes\": [{\"what\": \"affection\", \"by\": 90, \"because\": \"they came back\"}]}");
    let started = stage.say(&conversation, None, "I came back.").await;
    let answer = stage.finished(&started.reply).await;
    let mut feelings = stage.chat.feelings(OWNER, id).await.unwrap();
    for _ in 0..2_000 {
        if value(&feelings, Toward::You, Axis::Affection) > 0.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        feelings = stage.chat.feelings(OWNER, id).await.unwrap();
    }
    assert!((value(&feelings, Toward::You, Axis::Affection) - 4.0).abs() < 0.1, "clamped to half a step");
    assert_eq!(feelings.log[0].0.event.proposal.by, 90.0, "and the log says what was asked for");
    let asked = stage.actor.requests().pop().unwrap();
    assert!(matches!(asked.response_format, llm::ResponseFormat::JsonSchema { .. }));
    // Nonsense changes nothing.
    let before = feelings.log.len();
    stage.actor.says("Hm.");
    stage.actor.says("I would rather not say.");
    let started = stage.say(&conversation, Some(answer.id), "Hm.").await;
    stage.finished(&started.reply).await;
    for _ in 0..2_000 {
        if stage.actor.requests().len() == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let after = stage.chat.feelings(OWNER, id).await.unwrap().log;
    assert_eq!(after.len(), before + 1, "only what the message itself adds");
}

async fn members_of_a_group_feel_for_each_other(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let mira_id = personas.create(OWNER, mira()).await.unwrap().id;
    let tom_id = personas.create(OWNER, Persona { name: "Tom".into(), ..mira() }).await.unwrap().id;
    switch_on(&stage, mira_id, Temperament::default()).await;
    switch_on(&stage, tom_id, Temperament::default()).await;
    let ayla_id = personas.create(OWNER, Persona { name: "Ayla".into(), ..mira() }).await.unwrap().id;
    switch_on(&stage, ayla_id, Temperament::default()).await;
    let conversation = stage.conversation().await;
    let members =
        [mira_id, tom_id, ayla_id].map(|persona_id| Member { persona_id, muted: false, talkativeness: None });
    let group = Group { members: members.to_vec(), policy: Policy::List, ..Group::default() };
    stage.chat.set_group(OWNER, conversation.id, group).await.unwrap();
    stage.actor.says("Tom, I trust you. Thank you.");
    stage.actor.says("Well.");
    stage.actor.says("So.");
    stage.say(&conversation, None, "Go on.").await;
    let mut tom = stage.chat.feelings(OWNER, tom_id).await.unwrap();
    for _ in 0..2_000 {
        if tom.relations.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        tom = stage.chat.feelings(OWNER, tom_id).await.unwrap();
    }
    assert!(value(&tom, Toward::Persona(mira_id), Axis::Trust) > 5.0);
    assert_eq!(value(&tom, Toward::You, Axis::Trust), 0.0, "feelings for one are not for another");
    let mira = stage.chat.feelings(OWNER, mira_id).await.unwrap();
    assert!(
        mira.relations.iter().all(|relation| relation.toward == Toward::You),
        "she heard only the person"
    );
    let toward_mira =
        tom.relations.iter().find(|relation| relation.toward == Toward::Persona(mira_id)).unwrap();
    assert_eq!((toward_mira.name.as_str(), toward_mira.back.is_some()), ("Mira", true));
    let mut ayla = stage.chat.feelings(OWNER, ayla_id).await.unwrap();
    for _ in 0..2_000 {
        if ayla.relations.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        ayla = stage.chat.feelings(OWNER, ayla_id).await.unwrap();
    }
    let toward: Vec<&str> = ayla.relations.iter().map(|relation| relation.name.as_str()).collect();
    assert!(!toward.contains(&"Mira"), "what is said to Tom is not said to her: {toward:?}");
}

async fn traits_drift_and_are_forgotten(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let id = stage.chat.personas().create(OWNER, mira()).await.unwrap().id;
    let temper = Temper { fluidity: 200, drift: 20 };
    switch_on(&stage, id, Temperament { temper, ..Temperament::default() }).await;
    let conversation = begin(&stage, id).await;
    let mut parent = None;
    for _ in 0..12 {
        parent = Some(talk(&stage, &conversation, parent, "Shut up, idiot.").await.id);
    }
    let feelings = stage.chat.feelings(OWNER, id).await.unwrap();
    assert_eq!(
        feelings.traits,
        [("Patient".to_owned(), 50, 30)],
        "as far as the bound, from what the card says"
    );
    assert_eq!(stage.chat.personas().get(OWNER, id).await.unwrap().value.persona, mira(), "the card stays");
    let system = stage.actor.requests().pop().unwrap().messages[0].plain_text();
    assert!(system.contains("Mira is a little Patient"), "{system}");
    let empty = stage.chat.forget_feelings(OWNER, id).await.unwrap();
    assert!(empty.log.is_empty() && empty.traits.is_empty() && empty.temperament.on);
}
