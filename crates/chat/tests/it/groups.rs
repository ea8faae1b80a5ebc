//! Groups: who speaks, what each hears, how they go on, and what outlives the program.

use crate::stage::{OWNER, Stage};
use base::{ErrorKind, Id, new_id};
use chat::{
    Again, Cast, Conversation, Group, Member, Message, MessageStatus, NewConversation, NewTurn, Queued,
    Speaker,
};
use llm::{ChatEvent, Role};
use persona::{
    Kind, Persona,
    group::{Cards, Policy, Why},
};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    whoever_is_named_answers_and_each_hears_the_others_by_name,
    the_list_goes_round_by_itself_up_to_its_bound_and_no_further,
    a_stopped_answer_stops_the_round_and_the_queue_stays,
    the_queue_outlives_the_program,
    the_person_chooses_and_says_things_without_an_answer,
    an_answer_once_more_is_by_the_same_member,
    cards_are_joined_and_muted_members_are_silent,
    what_cannot_be_a_group_is_refused,
    a_person_without_a_character_is_told_of_too,
);

fn person(name: &str) -> Persona {
    Persona {
        name: name.into(),
        description: format!("{{{{char}}}} is called {name}."),
        greeting: format!("I am {name}, {{{{user}}}}."),
        ..Persona::default()
    }
}

struct Troupe {
    stage: Stage,
    conversation: Conversation,
    ids: Vec<Id>,
}

fn member(persona_id: Id) -> Member {
    Member { persona_id, muted: false, talkativeness: Some(0) }
}

impl Troupe {
    /// Three of them; nobody talks unasked.
    async fn new(db: Arc<TestDb>, group: Group) -> Self {
        let stage = Stage::new(db).await;
        let mut ids = Vec::new();
        for name in ["Mira", "Tom", "Nera"] {
            ids.push(stage.chat.personas().create(OWNER, person(name)).await.unwrap().id);
        }
        let conversation = stage.conversation().await;
        let members = ids.iter().map(|id| member(*id)).collect();
        stage.chat.set_group(OWNER, conversation.id, Group { members, ..group }).await.unwrap();
        let conversation = stage.chat.get(OWNER, conversation.id).await.unwrap();
        Self { stage, conversation, ids }
    }

    /// All that was said, once nobody speaks and `count` messages are there.
    async fn said(&self, count: usize) -> Vec<(String, String)> {
        for _ in 0..2_000 {
            let all = self.stage.chat.messages(OWNER, self.conversation.id).await.unwrap();
            if all.len() >= count && all.iter().all(|message| message.status != MessageStatus::Streaming) {
                return all.iter().map(|message| (name(message), message.text.clone())).collect();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("there were never {count} messages");
    }

    async fn next(&self) -> Vec<Queued> {
        self.stage.chat.group(OWNER, self.conversation.id).await.unwrap().unwrap().queue
    }
}

fn name(message: &Message) -> String {
    message.body.spoken_by.as_ref().map_or("you", |by| by.name.as_str()).to_owned()
}

fn told(stage: &Stage) -> Vec<(Role, String)> {
    let request = stage.actor.requests().pop().unwrap();
    request.messages.iter().map(|message| (message.role, message.plain_text())).collect()
}

async fn whoever_is_named_answers_and_each_hears_the_others_by_name(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group::default()).await;
    let stage = &troupe.stage;
    let greetings = troupe.said(3).await;
    assert_eq!(greetings[1], ("Tom".into(), "I am Tom, User.".into()), "each greets, one after the other");
    stage.actor.says("Tom: Good evening.\nMira: I did not say this.");
    stage.actor.says("Evening.");
    let started = stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Tom, and Mira: hello?").await;
    assert_eq!(started.reply.body.spoken_by.as_ref().unwrap().name, "Tom", "it is shown who writes");
    let said = troupe.said(6).await;
    assert_eq!(said[4], ("Tom".into(), "Good evening.".into()), "nobody speaks for others");
    assert_eq!(said[5], ("Mira".into(), "Evening.".into()));
    let request = told(stage);
    assert!(request[0].1.contains("a conversation of several: Mira, Tom, Nera and User"), "{request:?}");
    assert!(!request[0].1.contains("called Tom"), "cards are swapped");
    assert_eq!(request[1], (Role::Assistant, "I am Mira, User.".into()));
    assert_eq!(request[2], (Role::User, "Tom: I am Tom, User.".into()));
    assert_eq!(request[4], (Role::User, "User: Tom, and Mira: hello?".into()));
    assert_eq!(request[5], (Role::User, "Tom: Good evening.".into()));
    assert!(request[6].1.starts_with("Write only what Mira says"), "{request:?}");
    assert!(troupe.next().await.is_empty());
}

async fn the_list_goes_round_by_itself_up_to_its_bound_and_no_further(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group { policy: Policy::List, auto_turns: 2, ..Group::default() }).await;
    for text in ["one", "two", "three", "four", "five"] {
        troupe.stage.actor.says(text);
    }
    troupe.stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Go on.").await;
    let said = troupe.said(9).await;
    let who: Vec<&str> = said[4..].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(who, ["Mira", "Tom", "Nera", "Mira", "Tom"]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(troupe.said(9).await.len(), 9, "the bound holds");
    let state = troupe.stage.chat.group(OWNER, troupe.conversation.id).await.unwrap().unwrap();
    assert_eq!((state.auto_left, state.expected.unwrap().persona_id), (0, troupe.ids[2]));
}

async fn a_stopped_answer_stops_the_round_and_the_queue_stays(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group { policy: Policy::List, auto_turns: 5, ..Group::default() }).await;
    let stage = &troupe.stage;
    let script = stage.actor.next();
    let started = stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Go on.").await;
    script.send(Ok(ChatEvent::Text { delta: "Well".into() })).unwrap();
    stage.shows(&started.reply, "Well").await;
    stage.chat.stop(OWNER, troupe.conversation.id, started.reply.id).await.unwrap();
    let queue = troupe.next().await;
    assert_eq!(queue.iter().map(|next| next.persona_id).collect::<Vec<_>>(), troupe.ids[1..]);
    // Who is next goes on when asked to.
    stage.actor.says("Then I.");
    stage.actor.says("And I.");
    for text in ["a", "b", "c", "d", "e"] {
        stage.actor.says(text);
    }
    let started = stage.chat.speak((OWNER, None), troupe.conversation.id, None).await.unwrap();
    assert_eq!(name(&started.reply), "Tom");
    troupe.said(7).await;
    // Everything ends at once.
    let state = stage.chat.stop_group(OWNER, troupe.conversation.id).await.unwrap();
    assert_eq!((state.queue.len(), state.auto_left), (0, 0));
}

async fn the_queue_outlives_the_program(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group { policy: Policy::List, ..Group::default() }).await;
    let stage = &troupe.stage;
    let script = stage.actor.next();
    let started = stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Go on.").await;
    script.send(Ok(ChatEvent::Text { delta: "Well".into() })).unwrap();
    stage.shows(&started.reply, "Well").await;
    let revived = stage.after_a_kill().await;
    let state = revived.group(OWNER, troupe.conversation.id).await.unwrap().unwrap();
    assert_eq!(state.queue.iter().map(|next| next.persona_id).collect::<Vec<_>>(), troupe.ids[1..]);
    stage.actor.says("I go on.");
    stage.actor.says("And I.");
    let started = revived.speak((OWNER, None), troupe.conversation.id, None).await.unwrap();
    assert_eq!(name(&started.reply), "Tom");
    for _ in 0..2_000 {
        let all = revived.messages(OWNER, troupe.conversation.id).await.unwrap();
        if all.last().is_some_and(|last| last.text == "And I.") {
            assert_eq!(name(all.last().unwrap()), "Nera");
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the queue did not go on");
}

async fn the_person_chooses_and_says_things_without_an_answer(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group { policy: Policy::Manual, ..Group::default() }).await;
    let (stage, id) = (&troupe.stage, troupe.conversation.id);
    let new = |text: &str| NewTurn {
        parent_id: troupe.conversation.leaf_id,
        text: text.into(),
        ..NewTurn::default()
    };
    let nobody = stage.chat.start_turn(OWNER, id, new("Who answers?")).await.unwrap_err();
    assert_eq!((nobody.kind(), nobody.to_string().as_str()), (ErrorKind::Invalid, "nobody is to speak next"));
    assert_eq!(troupe.said(3).await.len(), 3, "nothing was said then");
    let said = stage.chat.say(OWNER, id, new("Nera, wait.")).await.unwrap();
    assert_eq!((said.speaker, said.parent_id), (Speaker::User, troupe.conversation.leaf_id));
    assert_eq!(stage.chat.get(OWNER, id).await.unwrap().leaf_id, Some(said.id));
    stage.actor.says("I answer.");
    let started = stage.chat.speak((OWNER, None), id, Some(troupe.ids[2])).await.unwrap();
    assert_eq!((name(&started.reply).as_str(), started.reply.parent_id), ("Nera", Some(said.id)));
    let answer = stage.finished(&started.reply).await;
    // Whoever is chosen goes before any policy.
    let state = stage.chat.queue_speakers(OWNER, id, &[troupe.ids[1]]).await.unwrap();
    assert_eq!(state.queue, [Queued { persona_id: troupe.ids[1], why: Why::Chosen }]);
    stage.actor.says("Chosen.");
    let new = NewTurn { parent_id: Some(answer.id), text: "Go.".into(), ..NewTurn::default() };
    let started = stage.chat.start_turn(OWNER, id, new).await.unwrap();
    assert_eq!(name(&stage.finished(&started.reply).await), "Tom");
    let stranger = stage.chat.queue_speakers(OWNER, id, &[new_id()]).await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Invalid);
}

async fn an_answer_once_more_is_by_the_same_member(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group::default()).await;
    let stage = &troupe.stage;
    stage.actor.says("First.");
    let started = stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Nera?").await;
    let answer = stage.finished(&started.reply).await;
    stage.actor.says("Second.");
    let again =
        stage.chat.regenerate(OWNER, troupe.conversation.id, answer.id, Again::default()).await.unwrap();
    let again = stage.finished(&again.reply).await;
    assert_eq!((name(&again).as_str(), again.parent_id), ("Nera", answer.parent_id));
    // A copy is a group as well, and begins without a queue.
    let fork =
        stage.chat.fork(OWNER, troupe.conversation.id, (again.id, chat::ForkScope::Path)).await.unwrap();
    let copied = stage.chat.group(OWNER, fork.id).await.unwrap().unwrap();
    assert_eq!((copied.people.len(), copied.queue.len()), (3, 0));
    // Alone again, it is the first who answers.
    stage.chat.end_group(OWNER, troupe.conversation.id).await.unwrap();
    assert!(stage.chat.group(OWNER, troupe.conversation.id).await.unwrap().is_none());
    stage.actor.says("Alone.");
    let started = stage.say(&troupe.conversation, Some(again.id), "Tom?").await;
    assert_eq!(name(&stage.finished(&started.reply).await), "Mira");
}

async fn cards_are_joined_and_muted_members_are_silent(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group::default()).await;
    let (stage, id) = (&troupe.stage, troupe.conversation.id);
    let mut members: Vec<Member> = troupe.ids.iter().map(|id| member(*id)).collect();
    members[1].muted = true;
    let group = Group { members: members.clone(), cards: Cards::Join, ..Group::default() };
    stage.chat.set_group(OWNER, id, group.clone()).await.unwrap();
    assert_eq!(troupe.said(3).await.len(), 3, "the same people do not greet twice");
    stage.actor.says("I do.");
    let started = stage.say(&troupe.conversation, troupe.conversation.leaf_id, "Tom? Nera?").await;
    assert_eq!(name(&stage.finished(&started.reply).await), "Nera");
    let system = told(stage)[0].1.clone();
    assert!(system.contains("About Mira: Mira is called Mira.") && !system.contains("About Tom"), "{system}");
    stage.chat.set_group(OWNER, id, Group { cards: Cards::JoinAll, ..group }).await.unwrap();
    stage.actor.says("Again.");
    let again = stage.chat.regenerate(OWNER, id, started.reply.id, Again::default()).await.unwrap();
    stage.finished(&again.reply).await;
    assert!(told(stage)[0].1.contains("About Tom: Tom is called Tom."));
}

async fn what_cannot_be_a_group_is_refused(db: Arc<TestDb>) {
    let troupe = Troupe::new(db, Group::default()).await;
    let (stage, id) = (&troupe.stage, troupe.conversation.id);
    let me = Persona { kind: Kind::User, ..person("Me") };
    let me = stage.chat.personas().create(OWNER, me).await.unwrap().id;
    let [mira, tom] = [member(troupe.ids[0]), member(troupe.ids[1])];
    let of = |members: Vec<Member>| Group { members, ..Group::default() };
    let cases = [
        (of(vec![mira]), "a group has 2 to 16 personas, this one 1"),
        (of(vec![mira, tom, mira]), "takes part twice"),
        (of(vec![mira, member(me)]), "`Me` is who a person is, and nobody plays them"),
        (of(vec![mira, Member { talkativeness: Some(101), ..tom }]), "talkativeness goes from 0 to 100"),
        (Group { auto_turns: 99, ..of(vec![mira, tom]) }, "goes on by itself for 40 answers at the most"),
    ];
    for (group, wanted) in cases {
        let error = stage.chat.set_group(OWNER, id, group).await.unwrap_err();
        assert!(error.to_string().contains(wanted) && error.kind() == ErrorKind::Invalid, "{error}");
    }
    let gone = stage.chat.set_group(OWNER, id, of(vec![mira, member(new_id())])).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let other = stage.conversation().await;
    assert_eq!(
        stage.chat.speak((OWNER, None), other.id, None).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(stage.chat.group(new_id(), id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn a_person_without_a_character_is_told_of_too(db: Arc<TestDb>) {
    let stage = Stage::new(db).await;
    let traits = vec![persona::Trait { name: "hasty".into(), intensity: 90, note: String::new() }];
    let ana = Persona { kind: Kind::User, description: "A sailor.".into(), traits, ..person("Ana") };
    let ana = stage.chat.personas().create(OWNER, ana).await.unwrap().id;
    let cast = Cast { persona_id: None, user_persona_id: Some(ana) };
    let conversation =
        stage.chat.create(OWNER, NewConversation { cast, ..NewConversation::default() }).await.unwrap();
    stage.actor.says("Aye.");
    let started = stage.say(&conversation, None, "Hello.").await;
    let answer = stage.finished(&started.reply).await;
    assert!(answer.body.spoken_by.is_none());
    assert_eq!(told(&stage)[0], (Role::System, "About Ana: A sailor.\n\nAna is extremely hasty.".to_owned()));
}
