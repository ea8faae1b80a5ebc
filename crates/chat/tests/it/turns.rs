//! Turns: asked, streamed, stopped, broken, asked again.

use crate::stage::{MODEL, OWNER, Stage};
use chat::{Again, MessageStatus, Preferences, Speaker, turn::FLUSH_INTERVAL};
use llm::{ChatEvent, LlmError, LlmErrorKind, Role};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    an_answer_is_kept_with_what_it_took,
    the_model_sees_the_branch_and_only_the_branch,
    asking_again_makes_a_sibling_of_the_answer,
    a_stopped_answer_keeps_what_had_come_and_the_model_is_told,
    a_failure_says_what_to_do_and_keeps_what_had_come,
    a_model_that_refuses_at_once_leaves_a_message_that_says_why,
    an_answer_goes_on_while_nobody_watches,
    a_killed_server_keeps_what_had_arrived_and_marks_it,
    going_down_ends_answers_after_the_grace_and_takes_no_new_ones,
    a_model_names_the_conversation_if_asked_to_and_never_over_a_persons_name,
);

fn text(delta: &str) -> Result<ChatEvent, LlmError> {
    Ok(ChatEvent::Text { delta: delta.into() })
}

async fn an_answer_is_kept_with_what_it_took(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.actor.says("Hello!");
    let started = stage.say(&conversation, None, "hi there").await;
    let answer = stage.finished(&started.reply).await;
    assert_eq!((answer.status, answer.text.as_str()), (MessageStatus::Complete, "Hello!"));
    assert!(answer.body.language_model);
    let receipt = answer.body.receipt.unwrap();
    assert_eq!((receipt.model.as_str(), receipt.usage.input, receipt.usage.output), (MODEL, 7, 3));
    // 7 tokens at 1 USD and 3 at 2 USD per million.
    assert_eq!(receipt.cost.unwrap().to_string(), "0.000013");
    let kept = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!((kept.title.as_str(), kept.leaf_id), ("hi there", Some(answer.id)));
    assert!(!kept.streaming);
}

async fn the_model_sees_the_branch_and_only_the_branch(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.chat.set_preferences(Preferences {
        default_model: MODEL.into(),
        system_prompt: "be brief".into(),
        ..Preferences::default()
    });
    let conversation = stage.conversation().await;
    stage.actor.says("one");
    let first = stage.say(&conversation, None, "first").await;
    let answer = stage.finished(&first.reply).await;
    stage.actor.says("two");
    let second = stage.say(&conversation, Some(answer.id), "second").await;
    stage.finished(&second.reply).await;
    // Editing the second message: a sibling of it.
    stage.actor.says("three");
    let edited = stage.say(&conversation, Some(answer.id), "second, edited").await;
    stage.finished(&edited.reply).await;
    let last = stage.actor.requests().pop().unwrap();
    let said: Vec<_> = last.messages.iter().map(|message| (message.role, message.plain_text())).collect();
    let expected = [
        (Role::System, "be brief"),
        (Role::User, "first"),
        (Role::Assistant, "one"),
        (Role::User, "second, edited"),
    ];
    assert_eq!(said, expected.map(|(role, text)| (role, text.to_owned())));
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let siblings = messages.iter().filter(|message| message.parent_id == Some(answer.id));
    assert_eq!(
        siblings.map(|message| message.text.as_str()).collect::<Vec<_>>(),
        ["second", "second, edited"]
    );
}

async fn asking_again_makes_a_sibling_of_the_answer(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.actor.says("one");
    let started = stage.say(&conversation, None, "say a number").await;
    let first = stage.finished(&started.reply).await;
    stage.actor.says("two");
    let again = stage.chat.regenerate(OWNER, conversation.id, first.id, Again::default()).await.unwrap();
    let second = stage.finished(&again.reply).await;
    assert_eq!((first.parent_id, first.text.as_str()), (second.parent_id, "one"));
    assert_eq!(second.text, "two");
    let user = started.user_message.unwrap();
    assert!(
        stage.chat.regenerate(OWNER, conversation.id, user.id, Again::default()).await.is_err(),
        "a person is not asked again"
    );
}

async fn a_stopped_answer_keeps_what_had_come_and_the_model_is_told(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, None, "count").await;
    lines.send(text("one two")).unwrap();
    stage.shows(&started.reply, "one two").await;
    let stopped = stage.chat.stop(OWNER, conversation.id, started.reply.id).await.unwrap();
    assert_eq!((stopped.status, stopped.text.as_str()), (MessageStatus::Stopped, "one two"));
    lines.closed().await;
}

async fn a_failure_says_what_to_do_and_keeps_what_had_come(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, None, "count").await;
    lines.send(text("one")).unwrap();
    lines.send(Err(LlmError::new(LlmErrorKind::Overloaded, "too many callers"))).unwrap();
    let broken = stage.finished(&started.reply).await;
    assert_eq!((broken.status, broken.text.as_str()), (MessageStatus::Failed, "one"));
    let failure = broken.body.failure.unwrap();
    assert_eq!(failure.code, "overloaded");
    assert!(
        failure.message.starts_with("too many callers") && failure.message.contains("billed"),
        "{failure:?}"
    );
    assert!(failure.hint.is_some());
}

async fn a_model_that_refuses_at_once_leaves_a_message_that_says_why(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.actor.refuses(LlmError::new(LlmErrorKind::Authentication, "bad key"));
    let started = stage.say(&conversation, None, "hello").await;
    let failed = stage.finished(&started.reply).await;
    assert_eq!((failed.status, failed.text.as_str()), (MessageStatus::Failed, ""));
    assert_eq!(failed.body.failure.unwrap().code, "authentication");
}

async fn an_answer_goes_on_while_nobody_watches(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, None, "count").await;
    drop(stage.chat.subscribe(OWNER, conversation.id, None).await.unwrap());
    lines.send(text("still here")).unwrap();
    drop(lines);
    assert_eq!(stage.finished(&started.reply).await.text, "still here");
}

async fn a_killed_server_keeps_what_had_arrived_and_marks_it(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, None, "count").await;
    lines.send(text("one two three")).unwrap();
    stage.shows(&started.reply, "one two three").await;
    // Longer than the flush interval: by then it is in the database.
    tokio::time::sleep(FLUSH_INTERVAL * 2).await;
    let restarted = stage.after_a_kill().await;
    let messages = restarted.messages(OWNER, conversation.id).await.unwrap();
    let answer = messages.iter().find(|message| message.speaker == Speaker::Assistant).unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (MessageStatus::Interrupted, "one two three"));
}

async fn going_down_ends_answers_after_the_grace_and_takes_no_new_ones(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, None, "count").await;
    lines.send(text("half an ans")).unwrap();
    stage.shows(&started.reply, "half an ans").await;
    stage.chat.shutdown(Duration::from_millis(50)).await;
    let messages = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let answer = messages.iter().find(|message| message.id == started.reply.id).unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (MessageStatus::Interrupted, "half an ans"));
    assert!(stage.chat.regenerate(OWNER, conversation.id, answer.id, Again::default()).await.is_err());
}

async fn a_model_names_the_conversation_if_asked_to_and_never_over_a_persons_name(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    stage.chat.set_preferences(Preferences {
        default_model: MODEL.into(),
        titles_by_model: true,
        ..Preferences::default()
    });
    for (named_by_person, expected) in [(false, "Weather in Oslo"), (true, "mine")] {
        let conversation = stage.conversation().await;
        if named_by_person {
            let patch = chat::ConversationPatch { title: Some("mine".into()), ..Default::default() };
            stage.chat.update(OWNER, conversation.id, patch).await.unwrap();
        }
        stage.actor.says("Cold.");
        stage.actor.says("\"Weather in Oslo\"");
        let mut changes = stage.chat.changes();
        let started = stage.say(&conversation, None, "how is the weather in Oslo?").await;
        stage.finished(&started.reply).await;
        let titled = async {
            while stage.chat.get(OWNER, conversation.id).await.unwrap().title != expected {
                changes.recv().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), titled).await.expect("no title came");
    }
}
