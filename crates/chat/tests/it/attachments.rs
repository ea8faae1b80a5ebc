//! Pictures that are older than somebody wants: they go, and what was said stays.

use crate::stage::{OWNER, Stage};
use base::{Clock, ManualClock, SystemClock, Timestamp, new_id};
use chat::{Conversation, ForkScope, Form, Image, Message, MessageStatus, NewShare, NewTurn, Shares};
use llm::Role;
use std::{sync::Arc, time::Duration};
use store::{BlobError, BlobId, Blobs, Gone, testing::TestDb};

store::on_each_database!(
    old_pictures_go_and_their_messages_say_so,
    what_the_next_turn_leaves_out_is_named,
    pictures_of_shared_conversations_stay_while_the_link_holds,
    pictures_are_blobs_that_models_forks_and_files_have_alike,
    pictures_inside_of_rows_from_earlier_are_read_and_go,
    what_goes_for_good_takes_its_pictures_along,
    nobody_is_asked_about_a_picture_that_cannot_be_read,
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
        blob: None,
    };
    let new = NewTurn { text: "What is it?".into(), images: vec![image], ..NewTurn::default() };
    let started = stage.chat.start_turn(OWNER, conversation.id, new).await.unwrap();
    stage.finished(&started.reply).await
}

/// What lies in the database of the first message.
async fn row(stage: &Stage, conversation: &Conversation) -> String {
    sqlx::query_scalar("SELECT body FROM message WHERE conversation_id = $1 ORDER BY id LIMIT 1")
        .bind(conversation.id.to_string())
        .fetch_one(stage.test_db.db.pool())
        .await
        .unwrap()
}

async fn blobs(stage: &Stage) -> Blobs {
    Blobs::open(stage.test_db.db.clone(), &stage.test_db.dir().join("blobs")).await.unwrap()
}

/// The bytes of the picture.
const PNG: &[u8] = b"\x89PNG\r";

async fn picture(stage: &Stage, conversation: &Conversation) -> Image {
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    messages[0].body.images[0].clone()
}

async fn what_goes_for_good_takes_its_pictures_along(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (one, other) = (stage.conversation().await, stage.conversation().await);
    shown(&stage, &one).await;
    shown(&stage, &other).await;
    let (blobs, id) = (blobs(&stage).await, BlobId::of(PNG));
    stage.chat.delete(OWNER, one.id).await.unwrap();
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().conversations, 1);
    assert_eq!(blobs.read(&id).await.unwrap(), PNG, "the other conversation has it, too");

    let asked = stage.chat.messages(OWNER, other.id).await.unwrap()[0].id;
    stage.chat.delete_message(OWNER, other.id, asked).await.unwrap();
    assert_eq!(blobs.read(&id).await.unwrap(), PNG, "it can still be brought back");
    assert_eq!(stage.chat.purge_deleted(tomorrow()).await.unwrap().messages, 2);
    assert!(matches!(blobs.read(&id).await, Err(BlobError::NotFound(_))));
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

async fn pictures_are_blobs_that_models_forks_and_files_have_alike(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let (conversation, blobs) = (stage.conversation().await, blobs(&stage).await);
    let reply = shown(&stage, &conversation).await;
    let id = BlobId::of(PNG);
    assert!(!row(&stage, &conversation).await.contains("iVBORw0="), "the row only names it");
    assert_eq!(blobs.read(&id).await.unwrap(), PNG);
    let request = stage.actor.requests().pop().unwrap();
    let sent = format!("{:?}", request.messages);
    assert!(sent.contains("iVBORw0="), "the model sees it: {sent}");
    assert_eq!(picture(&stage, &conversation).await.data, "iVBORw0=");

    let scope = (reply.id, ForkScope::Path);
    let fork = stage.chat.fork(OWNER, conversation.id, scope).await.unwrap();
    assert_eq!(picture(&stage, &fork).await.data, "iVBORw0=");
    let (file, _) = stage.chat.export(OWNER, conversation.id, Form::Json).await.unwrap();
    assert!(file.contains("iVBORw0=") && !file.contains(id.as_str()), "a file stands by itself");
    let other = new_id();
    stage.test_db.add_owner(other).await;
    let taken = stage.chat.import(other, file.into_bytes(), false, |_, _| {}).await.unwrap();
    let copy = stage.chat.messages(other, taken.conversations[0].id).await.unwrap();
    assert_eq!(copy[0].body.images[0].data, "iVBORw0=");

    assert_eq!(stage.chat.forget_pictures(tomorrow(), 30).await.unwrap(), 3);
    assert_eq!(picture(&stage, &fork).await.gone, Some(Gone { days: 30, size_bytes: 5 }));
    assert!(matches!(blobs.read(&id).await, Err(BlobError::NotFound(_))), "nobody needs it any more");
}

async fn pictures_inside_of_rows_from_earlier_are_read_and_go(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let reply = shown(&stage, &conversation).await;
    let old =
        r#"{"images":[{"media_type":"image/png","data":"aGlo","alt":"old.png"}],"language_model":false}"#;
    sqlx::query("UPDATE message SET body = $1 WHERE conversation_id = $2 AND role = 'user'")
        .bind(old)
        .bind(conversation.id.to_string())
        .execute(stage.test_db.db.pool())
        .await
        .unwrap();
    assert_eq!(picture(&stage, &conversation).await.data, "aGlo");
    let fork = stage.chat.fork(OWNER, conversation.id, (reply.id, ForkScope::Path)).await.unwrap();
    assert!(row(&stage, &fork).await.contains(BlobId::of(b"hih").as_str()), "a copy is a blob");
    assert_eq!(picture(&stage, &fork).await.data, "aGlo");
    assert_eq!(stage.chat.forget_pictures(tomorrow(), 30).await.unwrap(), 2);
    assert_eq!(picture(&stage, &conversation).await.gone, Some(Gone { days: 30, size_bytes: 3 }));
}

async fn nobody_is_asked_about_a_picture_that_cannot_be_read(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let reply = shown(&stage, &conversation).await;
    std::fs::remove_file(blobs(&stage).await.path(&BlobId::of(PNG))).unwrap();
    let seen = picture(&stage, &conversation).await;
    assert_eq!((seen.data.as_str(), seen.alt.as_str()), ("", "lantern.png"), "the words stay");
    let asked = stage.actor.requests().len();
    let started = stage.say(&conversation, Some(reply.id), "Are you sure?").await;
    let ended = stage.finished(&started.reply).await;
    assert_eq!(ended.status, MessageStatus::Failed);
    assert!(ended.body.failure.unwrap().message.contains("there is no blob"));
    assert_eq!(stage.actor.requests().len(), asked, "nobody was asked");
    assert!(stage.chat.export(OWNER, conversation.id, Form::Json).await.is_err());
}
