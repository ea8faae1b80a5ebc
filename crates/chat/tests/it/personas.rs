//! Personas: kept with versions, in and out as cards, and playing their part in conversations.

use crate::stage::{MODEL, OWNER, Stage};
use base::{ErrorKind, Id, new_id};
use chat::{Cast, ConversationPatch, ListPersonas, NewConversation, PersonasError, Preview, Speaker};
use llm::Role;
use persona::{Entry, Form, Kind, Lorebook, Persona};
use serde_json::json;
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    versions_are_kept_and_nobody_overwrites_what_they_have_not_seen,
    pages_and_searches_find_personas,
    cards_come_in_and_go_out_with_their_pictures,
    many_cards_go_out_as_one_archive_and_come_in_again,
    nobody_has_another_owners_personas,
    a_persona_greets_and_answers_with_its_lore,
    what_lasts_of_lore_goes_by_the_branch,
    what_is_deleted_keeps_the_greeting_that_it_followed,
    a_persona_that_is_gone_is_told,
    a_preview_keeps_nothing,
    traits_are_suggested_by_rules_and_by_a_model,
);

fn mira() -> Persona {
    let entry = Entry {
        keys: vec!["reef".into()],
        content: "@@depth 1\nThe reef is called the Teeth.".into(),
        id: Some(json!(1)),
        extensions: json!({ "sticky": 3 }).as_object().unwrap().clone(),
        ..Entry::default()
    };
    Persona {
        name: "Mira".into(),
        description: "{{char}} keeps a lighthouse.".into(),
        greeting: "You are late, {{user}}.".into(),
        alternate_greetings: vec!["*{{char}} waves*".into()],
        system_prompt: "Play {{char}}.".into(),
        post_history_instructions: "Stay calm.".into(),
        tags: vec!["Deep Sea".into()],
        lorebook: Some(Lorebook { entries: vec![entry], ..Lorebook::default() }),
        ..Persona::default()
    }
}

async fn conversation_with(stage: &Stage, persona_id: Id, user_persona_id: Option<Id>) -> chat::Conversation {
    let cast = Cast { persona_id: Some(persona_id), user_persona_id };
    stage.chat.create(OWNER, NewConversation { cast, ..NewConversation::default() }).await.unwrap()
}

async fn versions_are_kept_and_nobody_overwrites_what_they_have_not_seen(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let nobody = personas.create(OWNER, Persona::default()).await.unwrap_err();
    assert_eq!(
        (nobody.kind(), nobody.to_string().as_str()),
        (ErrorKind::Invalid, "`name`: a persona has a name")
    );
    let first = personas.create(OWNER, mira()).await.unwrap();
    let changed = Persona { personality: "calm".into(), ..mira() };
    let second = personas.update(OWNER, first.id, first.version, changed.clone()).await.unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(personas.update(OWNER, first.id, 2, changed).await.unwrap().version, 2, "nothing changed");
    let late = personas.update(OWNER, first.id, 1, mira()).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert_eq!(personas.history(OWNER, first.id).await.unwrap().len(), 2);
    assert_eq!(personas.at_version(OWNER, first.id, 1).await.unwrap(), mira());
    let back = personas.roll_back(OWNER, first.id, (1, 2)).await.unwrap();
    assert_eq!((back.version, back.value.persona), (3, mira()));
    personas.delete(OWNER, first.id).await.unwrap();
    assert!(
        personas
            .list(OWNER, &ListPersonas { limit: 9, ..ListPersonas::default() })
            .await
            .unwrap()
            .0
            .is_empty()
    );
    let restored = personas.restore(OWNER, first.id).await.unwrap();
    assert_eq!(restored.value.persona, mira());
    let copy = personas.duplicate(OWNER, first.id).await.unwrap();
    assert_eq!((copy.value.persona.name.as_str(), copy.version), ("Mira (copy)", 1));
}

async fn pages_and_searches_find_personas(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    for number in 0..7 {
        let kind = if number < 2 { Kind::User } else { Kind::Character };
        personas.create(OWNER, Persona { name: format!("Nobody {number}"), kind, ..mira() }).await.unwrap();
    }
    let mut list = ListPersonas { limit: 3, ..ListPersonas::default() };
    let mut names = Vec::new();
    loop {
        let (page, next) = personas.list(OWNER, &list).await.unwrap();
        names.extend(page.into_iter().map(|kept| kept.value.persona.name));
        let Some(next) = next else { break };
        list.cursor = Some(next);
    }
    names.sort();
    assert_eq!(names, (0..7).map(|number| format!("Nobody {number}")).collect::<Vec<_>>());
    let count = async |list: ListPersonas| {
        personas.list(OWNER, &ListPersonas { limit: 50, ..list }).await.unwrap().0.len()
    };
    assert_eq!(count(ListPersonas { kind: Some(Kind::User), ..ListPersonas::default() }).await, 2);
    assert_eq!(count(ListPersonas { tag: Some("deep sea".into()), ..ListPersonas::default() }).await, 7);
    assert_eq!(
        count(ListPersonas { tag: Some("deep".into()), query: "x".into(), ..ListPersonas::default() }).await,
        0
    );
    assert_eq!(count(ListPersonas { query: "lighthouse 3".into(), ..ListPersonas::default() }).await, 1);
    let bad = ListPersonas { cursor: Some("x".into()), ..ListPersonas::default() };
    assert!(matches!(personas.list(OWNER, &bad).await, Err(PersonasError::BadCursor(_))));
}

async fn cards_come_in_and_go_out_with_their_pictures(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let picture = persona::card::png::plain("Mira").unwrap();
    let kept = personas.create(OWNER, mira()).await.unwrap();
    let kept = personas.set_picture(OWNER, (kept.id, kept.version), Some(picture.clone())).await.unwrap();
    assert_eq!(personas.picture(OWNER, kept.id).await.unwrap(), (picture.clone(), "image/png"));
    let none =
        personas.set_picture(OWNER, (kept.id, kept.version), Some(b"text".to_vec())).await.unwrap_err();
    assert!(matches!(none, PersonasError::NotAPicture));
    let (png, name) = personas.export(OWNER, kept.id, Form::Png).await.unwrap();
    assert_eq!(name, "Mira.png");
    let again = personas.import(OWNER, png.clone(), true).await.unwrap();
    assert!(again.kept.is_none() && again.form == Form::Png);
    personas.delete(OWNER, kept.id).await.unwrap();
    let imported = personas.import(OWNER, png, false).await.unwrap().kept.unwrap();
    assert_eq!(personas.picture(OWNER, imported.id).await.unwrap().0, picture);
    let (xml, _) = personas.export(OWNER, imported.id, Form::Xml).await.unwrap();
    let twice = personas.import(OWNER, xml, false).await.unwrap();
    assert_eq!((twice.kept.is_none(), twice.same_as), (true, Some(imported.id)));
    let bad = personas.import(OWNER, b"<persona name=''/>".to_vec(), false).await.unwrap_err();
    assert!(bad.to_string().starts_with("line 1, column 10:") && bad.hint().is_some());
}

async fn many_cards_go_out_as_one_archive_and_come_in_again(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let all = ListPersonas::default();
    let nothing = personas.export_all(OWNER, (&all, &[]), Form::V3).await.unwrap_err();
    assert!(matches!(nothing, PersonasError::NothingToExport));
    let jpeg = [vec![0xff, 0xd8, 0xff, 0xe0], vec![7; 40]].concat();
    let with_jpeg = personas
        .create(OWNER, Persona { name: "Jo".into(), tags: vec!["x".into()], ..mira() })
        .await
        .unwrap();
    personas.set_picture(OWNER, (with_jpeg.id, 1), Some(jpeg.clone())).await.unwrap();
    for _ in 0..2 {
        personas.create(OWNER, mira()).await.unwrap();
    }
    for number in 0..250 {
        personas
            .create(OWNER, Persona { name: format!("Crowd {number}"), ..Persona::default() })
            .await
            .unwrap();
    }
    let zip = personas.export_all(OWNER, (&all, &[]), Form::Png).await.unwrap();
    let files = personas.unpacked("all.zip".into(), zip).await.unwrap();
    assert_eq!(files.len(), 253, "more than a page");
    let named = |wanted: &str| files.iter().filter(|(name, _)| name.starts_with(wanted)).count();
    assert_eq!((named("all.zip/Mira"), named("all.zip/Jo.charx")), (2, 1), "a JPEG cannot carry a card");
    personas.delete(OWNER, with_jpeg.id).await.unwrap();
    let (_, charx) = files.iter().find(|(name, _)| name.ends_with(".charx")).unwrap();
    let back = personas.import(OWNER, charx.clone(), false).await.unwrap().kept.unwrap();
    assert_eq!(personas.picture(OWNER, back.id).await.unwrap().0, jpeg);
    let one = personas.export_all(OWNER, (&all, &[back.id]), Form::Xml).await.unwrap();
    let inside = personas.unpacked("one.zip".into(), one).await.unwrap();
    assert_eq!(inside[0].0, "one.zip/Jo.xml");
    let tagged = ListPersonas { tag: Some("x".into()), ..all };
    assert_eq!(
        personas
            .unpacked("x".into(), personas.export_all(OWNER, (&tagged, &[]), Form::V3).await.unwrap())
            .await
            .unwrap()
            .len(),
        1
    );
    let card = charx.clone();
    assert_eq!(
        personas.unpacked("Jo.charx".into(), card.clone()).await.unwrap(),
        [("Jo.charx".to_owned(), card)]
    );
    let other =
        personas.export_all(new_id(), (&ListPersonas::default(), &[back.id]), Form::V3).await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::NotFound);
}

async fn nobody_has_another_owners_personas(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let kept = personas.create(OWNER, mira()).await.unwrap();
    let other = new_id();
    assert_eq!(personas.get(other, kept.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(personas.export(other, kept.id, Form::V3).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(personas.statistics(other, kept.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(personas.delete(other, kept.id).await.is_err());
}

async fn a_persona_greets_and_answers_with_its_lore(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let kept = personas.create(OWNER, mira()).await.unwrap();
    let person = Persona {
        kind: Kind::User,
        name: "Ana".into(),
        description: "a sailor".into(),
        ..Persona::default()
    };
    let person = personas.create(OWNER, person).await.unwrap();
    let conversation = conversation_with(&stage, kept.id, Some(person.id)).await;
    let greetings = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let texts: Vec<&str> = greetings.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["You are late, Ana.", "*Mira waves*"]);
    assert_eq!(conversation.leaf_id, Some(greetings[0].id));

    stage.actor.says("The reef!");
    let started = stage.say(&conversation, conversation.leaf_id, "Where is the reef?").await;
    let answer = stage.finished(&started.reply).await;
    assert_eq!(answer.body.spoken_by.as_ref().unwrap().name, "Mira");
    let lore = answer.body.lore.unwrap();
    assert_eq!((lore.told[0].label.as_str(), lore.told[0].why.as_str()), ("reef", "`reef` was said"));
    let request = stage.actor.requests().pop().unwrap();
    let said: Vec<(Role, String)> =
        request.messages.iter().map(|message| (message.role, message.plain_text())).collect();
    assert_eq!(
        said,
        [
            (Role::System, "Play Mira.\n\nMira keeps a lighthouse.\n\nAbout Ana: a sailor".to_owned()),
            (Role::Assistant, "You are late, Ana.".to_owned()),
            (Role::System, "The reef is called the Teeth.".to_owned()),
            (Role::User, "Where is the reef?".to_owned()),
            (Role::System, "Stay calm.".to_owned()),
        ]
    );
    let title = stage.chat.get(OWNER, conversation.id).await.unwrap().title;
    assert_eq!(title, "Where is the reef?");
    let statistics = personas.statistics(OWNER, kept.id).await.unwrap();
    assert_eq!((statistics.conversations, statistics.messages, statistics.tokens), (1, 1, 10));

    // What was said stays when somebody else takes over.
    let other = personas.create(OWNER, Persona { name: "Nera".into(), ..mira() }).await.unwrap();
    let cast = Cast { persona_id: Some(other.id), user_persona_id: None };
    let patch = ConversationPatch { cast: Some(cast), ..ConversationPatch::default() };
    let changed = stage.chat.update(OWNER, conversation.id, patch).await.unwrap();
    assert_eq!((changed.cast, stage.chat.messages(OWNER, conversation.id).await.unwrap().len()), (cast, 4));
}

async fn what_lasts_of_lore_goes_by_the_branch(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let kept = stage.chat.personas().create(OWNER, mira()).await.unwrap();
    let conversation = conversation_with(&stage, kept.id, None).await;
    let told = async |parent: Option<Id>, text: &str| {
        stage.actor.says("yes");
        let started = stage.say(&conversation, parent, text).await;
        let answer = stage.finished(&started.reply).await;
        let told: Vec<String> = answer.body.lore.unwrap().told.into_iter().map(|told| told.why).collect();
        (answer.id, told)
    };
    let greeting = conversation.leaf_id;
    let (first, why) = told(greeting, "the reef").await;
    assert_eq!(why, ["`reef` was said"]);
    let (_, why) = told(Some(first), "and now?").await;
    assert_eq!(why, ["told a short while ago"]);
    let (_, why) = told(greeting, "another beginning").await;
    assert!(why.is_empty(), "a branch that left before knows nothing of it: {why:?}");
}

async fn what_is_deleted_keeps_the_greeting_that_it_followed(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let personas = stage.chat.personas();
    let kept = personas.create(OWNER, mira()).await.unwrap();
    let tom = Persona { name: "Tom".into(), greeting: "Ahoy.".into(), ..Persona::default() };
    let tom = personas.create(OWNER, tom).await.unwrap();
    let conversation = conversation_with(&stage, kept.id, None).await;
    stage.actor.says("The reef!");
    let started = stage.say(&conversation, conversation.leaf_id, "Where is the reef?").await;
    let answer = stage.finished(&started.reply).await;
    let asked = started.user_message.unwrap().id;
    stage.chat.delete_message(OWNER, conversation.id, asked).await.unwrap();
    let cast = Cast { persona_id: Some(tom.id), user_persona_id: None };
    let patch = ConversationPatch { cast: Some(cast), ..ConversationPatch::default() };
    let changed = stage.chat.update(OWNER, conversation.id, patch).await.unwrap();
    let greetings = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let texts: Vec<&str> = greetings.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["You are late, User.", "Ahoy."], "the one that nothing follows is gone");
    assert_eq!(changed.leaf_id, Some(greetings[1].id));
    let back = stage.chat.restore_message(OWNER, conversation.id, asked).await.unwrap();
    assert_eq!(back.leaf_id, Some(answer.id));
}

async fn a_persona_that_is_gone_is_told(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let cast = Cast { persona_id: Some(new_id()), user_persona_id: None };
    let error =
        stage.chat.create(OWNER, NewConversation { cast, ..NewConversation::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 0, "nothing is begun");
    // One that is deleted goes on where it is at work.
    let kept = stage.chat.personas().create(OWNER, mira()).await.unwrap();
    let conversation = conversation_with(&stage, kept.id, None).await;
    let patch = ConversationPatch { cast: Some(cast), ..ConversationPatch::default() };
    assert!(stage.chat.update(OWNER, conversation.id, patch).await.is_err());
    assert_eq!(stage.chat.messages(OWNER, conversation.id).await.unwrap().len(), 2, "the greetings stay");
    stage.chat.personas().delete(OWNER, kept.id).await.unwrap();
    stage.actor.says("still here");
    let started = stage.say(&conversation, conversation.leaf_id, "Are you there?").await;
    assert_eq!(stage.finished(&started.reply).await.text, "still here");
}

async fn a_preview_keeps_nothing(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let said =
        vec![(Speaker::Assistant, "You are late.".to_owned()), (Speaker::User, "The reef?".to_owned())];
    let looked = Preview { persona: mira(), said: said.clone(), model: None };
    let looked = stage.chat.preview(OWNER, looked).await.unwrap();
    assert_eq!((looked.greeting.as_str(), looked.answer), ("You are late, User.", None));
    assert!(looked.prompt.tokens.permanent > 0 && looked.prompt.lore.found.len() == 1);
    stage.actor.says("Sharp.");
    let asked = Preview { persona: mira(), said, model: Some(MODEL.into()) };
    assert_eq!(stage.chat.preview(OWNER, asked).await.unwrap().answer.as_deref(), Some("Sharp."));
    let unknown = Preview { persona: mira(), said: Vec::new(), model: Some("no/such".into()) };
    assert_eq!(stage.chat.preview(OWNER, unknown).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 0);
    assert!(stage.chat.personas().list(OWNER, &ListPersonas::default()).await.unwrap().0.is_empty());
}

async fn traits_are_suggested_by_rules_and_by_a_model(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let story =
        Persona { backstory: "She explores every cave, curious and brave.".into(), ..Persona::default() };
    let found = stage.chat.suggest_traits(OWNER, &story, None).await.unwrap();
    assert!(found.iter().any(|found| found.name == "curious"), "{found:?}");
    stage.actor.says("[{\"name\": \"daring\", \"intensity\": 70, \"quote\": \"explores every cave\"}]");
    let found = stage.chat.suggest_traits(OWNER, &story, Some(MODEL.into())).await.unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].intensity), (1, "daring", 70));
}
