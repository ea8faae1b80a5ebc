//! Pictures that are older than somebody wants: they go, and what was said stays.

use crate::stage::{OWNER, Stage};
use base::{Clock, ManualClock, SystemClock, Timestamp};
use chat::{Conversation, Image, Message, NewShare, NewTurn, Shares};
use llm::Role;
use std::{sync::Arc, time::Duration};
use store::{Gone, testing::TestDb};

store::on_each_database!(
    old_pictures_go_and_their_messages_say_so,
    what_the_next_turn_leaves_out_is_named,
    pictures_of_shared_conversations_stay_while_the_link_holds,
);

const DAY: Duration = Duration::from_secs(86_400);

fn tomorrow() -> Timestamp {
    SystemClock::default().now().plus(DAY)
}

/// Asks about a picture and waits for the answer.
async fn shown(stage: &Stage, conversation: &Conversation) -> Message {
    stage.actor.says("A lantern.");
    let image = Image {
        media_type: "image/png".into(),
        data: "iVBORw0=".into(),
        alt: "lantern.png".into(),
        gone: None,
    };
    let new = NewTurn { text: "What is it?".into(), images: vec![image], ..NewTurn::default() };
    let started = stage.chat.start_turn(OWNER, conversation.id, new).await.unwrap();
    stage.finished(&started.reply).await
}

async fn picture(stage: &Stage, conversation: &Conversation) -> Image {
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    messages[0].body.images[0].clone()
}

async fn old_pictures_go_and_their_messages_say_so(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let reply = shown(&stage, &conversation).await;
    let before = SystemClock::default().now().minus(DAY);
    assert_eq!(stage.chat.forget_pictures(before, 30).await.unwrap(), 0, "it is not old yet");
    assert_eq!(picture(&stage, &conversation).await.data, "iVBORw0=");

    assert_eq!(stage.chat.forget_pictures(tomorrow(), 30).await.unwrap(), 1);
    assert_eq!(stage.chat.forget_pictures(tomorrow(), 7).await.unwrap(), 0, "it is gone already");
    let gone = picture(&stage, &conversation).await;
    assert_eq!((gone.data.as_str(), gone.alt.as_str()), ("", "lantern.png"));
    assert_eq!(gone.gone, Some(Gone { days: 30, size_bytes: 5 }));
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    assert_eq!(messages[0].text, "What is it?");

    stage.actor.says("It was one.");
    let started = stage.say(&conversation, Some(reply.id), "Are you sure?").await;
    stage.finished(&started.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    let asked = request.messages.iter().find(|message| message.role == Role::User).unwrap().plain_text();
    assert!(asked.contains("(`lantern.png`) was here. It was deleted after 30 days"), "{asked}");
    assert!(asked.ends_with("What is it?"), "{asked}");
}

async fn what_the_next_turn_leaves_out_is_named(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let gone = |leaf_id| stage.chat.gone_pictures(OWNER, conversation.id, leaf_id);
    assert_eq!(gone(None).await.unwrap().count, 0, "nothing was said yet");
    let reply = shown(&stage, &conversation).await;
    assert_eq!(gone(None).await.unwrap().count, 0, "the picture is there");

    stage.chat.forget_pictures(tomorrow(), 30).await.unwrap();
    let found = gone(None).await.unwrap();
    assert_eq!((found.count, found.messages.len()), (1, 1));
    let from = &found.messages[0];
    assert_eq!((Some(from.message_id), from.text.as_str()), (reply.parent_id, "What is it?"));
    assert_eq!(from.pictures[0].alt, "lantern.png");
    assert_eq!(from.pictures[0].gone, Some(Gone { days: 30, size_bytes: 5 }));

    stage.actor.says("Hello.");
    let elsewhere = stage.say(&conversation, None, "Something else").await;
    let answer = stage.finished(&elsewhere.reply).await;
    assert_eq!(gone(Some(answer.id)).await.unwrap().count, 0, "that branch never had it");
    assert_eq!(gone(Some(reply.id)).await.unwrap().count, 1);
    assert!(gone(Some(base::new_id())).await.is_err(), "there is no such message");
}

async fn pictures_of_shared_conversations_stay_while_the_link_holds(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    shown(&stage, &conversation).await;
    let clock = Arc::new(ManualClock::at(SystemClock::default().now()));
    let shares = Shares::by(Arc::clone(&stage.chat), Arc::clone(&clock) as Arc<dyn Clock>);
    let share = shares.create(OWNER, conversation.id, NewShare::default()).await.unwrap();
    assert_eq!(stage.chat.forget_pictures(tomorrow(), 30).await.unwrap(), 0);
    shares.revoke(OWNER, share.id).await.unwrap();
    assert_eq!(stage.chat.forget_pictures(tomorrow(), 30).await.unwrap(), 1);
}
