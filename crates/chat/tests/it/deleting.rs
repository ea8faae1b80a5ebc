//! Messages that are deleted with what follows them, and brought back.

use crate::stage::{MODEL, OWNER, Stage, ids, talk};
use base::{Id, new_id};
use chat::{
    Again, ChatError, Conversation, ConversationPatch, Form, ListConversations, Message, Preferences, Window,
};
use llm::{ChatEvent, StopReason};
use memory::{Kind, ListFacts, Standing};
use std::{sync::Arc, time::Duration};
use store::testing::TestDb;

store::on_each_database!(
    a_message_takes_along_what_follows_it_and_brings_it_back,
    the_version_beside_it_is_shown_then,
    nothing_finds_or_tells_what_is_deleted,
    what_is_being_written_is_not_deleted,
    one_comes_back_only_where_what_it_follows_is_there,
    its_words_are_not_quoted_until_it_is_back,
    what_goes_while_it_is_summed_up_is_not_told,
    messages_of_others_are_not_deleted,
);

async fn shown(stage: &Stage, conversation: &Conversation) -> Vec<Id> {
    ids(&stage.chat.piece(OWNER, conversation.id, Window::End, 50).await.unwrap().messages)
}

async fn found(stage: &Stage, query: &str) -> usize {
    let list = ListConversations { query: query.into(), limit: 10, ..ListConversations::default() };
    stage.chat.list(OWNER, list).await.unwrap().conversations.len()
}

async fn again(stage: &Stage, answer: &Message, text: &str) -> Message {
    stage.actor.says(text);
    let started =
        stage.chat.regenerate(OWNER, answer.conversation_id, answer.id, Again::default()).await.unwrap();
    stage.finished(&started.reply).await
}

async fn a_message_takes_along_what_follows_it_and_brings_it_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 3).await;
    let all = ids(&said);
    let before = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    let deleted = stage.chat.delete_message(OWNER, conversation.id, said[2].id).await.unwrap();
    assert_eq!((deleted.message_ids, deleted.leaf_id), (all[2..].to_vec(), Some(said[1].id)));
    assert_eq!(shown(&stage, &conversation).await, all[..2]);
    assert_eq!(stage.chat.get(OWNER, conversation.id).await.unwrap().leaf_id, Some(said[1].id));
    let gone = stage.chat.delete_message(OWNER, conversation.id, said[4].id).await;
    assert!(matches!(gone, Err(ChatError::NoMessage(_))));

    let back = stage.chat.restore_message(OWNER, conversation.id, said[2].id).await.unwrap();
    assert_eq!(back.leaf_id, Some(said[5].id));
    assert_eq!(stage.chat.messages(OWNER, conversation.id).await.unwrap(), before, "the same rows");
    // Once more does nothing.
    let back = stage.chat.restore_message(OWNER, conversation.id, said[2].id).await.unwrap();
    assert_eq!(back.leaf_id, Some(said[5].id));

    // With its beginning everything goes, and the conversation stays.
    let deleted = stage.chat.delete_message(OWNER, conversation.id, said[0].id).await.unwrap();
    assert_eq!((deleted.message_ids.len(), deleted.leaf_id), (6, None));
    assert!(shown(&stage, &conversation).await.is_empty());
    stage.actor.says("a new answer");
    let begun = stage.say(&conversation, None, "begun anew").await;
    stage.finished(&begun.reply).await;
    assert_eq!(shown(&stage, &conversation).await.len(), 2);
}

async fn the_version_beside_it_is_shown_then(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 2).await;
    let second = again(&stage, &said[1], "a second answer").await;
    let third = again(&stage, &said[1], "a third answer").await;
    // The one before it, with what was said last after that one.
    let deleted = stage.chat.delete_message(OWNER, conversation.id, second.id).await.unwrap();
    assert_eq!(deleted.leaf_id, Some(third.id), "another one is shown and stays so");
    let deleted = stage.chat.delete_message(OWNER, conversation.id, third.id).await.unwrap();
    assert_eq!(deleted.leaf_id, Some(said[3].id));
    assert_eq!(shown(&stage, &conversation).await, ids(&said));
    // Of two the first: the one after it.
    stage.chat.restore_message(OWNER, conversation.id, third.id).await.unwrap();
    let patch = ConversationPatch { leaf_id: Some(said[1].id), ..ConversationPatch::default() };
    stage.chat.update(OWNER, conversation.id, patch).await.unwrap();
    let deleted = stage.chat.delete_message(OWNER, conversation.id, said[1].id).await.unwrap();
    assert_eq!((deleted.message_ids.len(), deleted.leaf_id), (3, Some(third.id)));
    // The last one: what was said before it.
    let deleted = stage.chat.delete_message(OWNER, conversation.id, third.id).await.unwrap();
    assert_eq!(deleted.leaf_id, Some(said[0].id));
}

async fn nothing_finds_or_tells_what_is_deleted(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let first = talk(&stage, &conversation, 1).await;
    stage.actor.says("The boiler hums.");
    let secret = stage.say(&conversation, Some(first[1].id), "Where is the walrus?").await;
    stage.finished(&secret.reply).await;
    let secret_id = secret.user_message.unwrap().id;
    assert_eq!((found(&stage, "walrus").await, found(&stage, "boiler").await), (1, 1));
    stage.chat.delete_message(OWNER, conversation.id, secret_id).await.unwrap();
    assert_eq!((found(&stage, "walrus").await, found(&stage, "boiler").await), (0, 0));
    let (file, _) = stage.chat.export(OWNER, conversation.id, Form::Json).await.unwrap();
    assert!(!file.contains("walrus") && file.contains("question 0"), "{file}");
    let told = stage.chat.start_turn(
        OWNER,
        conversation.id,
        chat::NewTurn { parent_id: Some(secret_id), text: "to whom?".into(), ..chat::NewTurn::default() },
    );
    assert!(matches!(told.await, Err(ChatError::NoMessage(_))));

    stage.actor.says("answer");
    let next = stage.say(&conversation, Some(first[1].id), "And now?").await;
    stage.finished(&next.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    let told: Vec<String> = request.messages.iter().map(llm::Message::plain_text).collect();
    assert!(told.iter().all(|text| !text.contains("walrus") && !text.contains("boiler")), "{told:?}");
    assert!(told.iter().any(|text| text == "question 0"), "{told:?}");

    stage.chat.restore_message(OWNER, conversation.id, secret_id).await.unwrap();
    assert_eq!(found(&stage, "walrus").await, 1);
}

async fn what_is_being_written_is_not_deleted(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 1).await;
    let lines = stage.actor.next();
    let started = stage.say(&conversation, Some(said[1].id), "go on").await;
    lines.send(Ok(ChatEvent::Text { delta: "half".into() })).unwrap();
    stage.shows(&started.reply, "half").await;
    for message_id in [started.reply.id, said[0].id] {
        let refused = stage.chat.delete_message(OWNER, conversation.id, message_id).await.unwrap_err();
        assert!(matches!(refused, ChatError::BeingWritten(id) if id == started.reply.id), "{refused}");
        assert_eq!(refused.kind(), base::ErrorKind::Conflict);
        assert!(refused.hint().is_some());
    }
    stage.chat.stop(OWNER, conversation.id, started.reply.id).await.unwrap();
    let deleted = stage.chat.delete_message(OWNER, conversation.id, said[0].id).await.unwrap();
    assert_eq!(deleted.message_ids.len(), 4);
}

async fn one_comes_back_only_where_what_it_follows_is_there(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 2).await;
    stage.chat.delete_message(OWNER, conversation.id, said[3].id).await.unwrap();
    stage.chat.delete_message(OWNER, conversation.id, said[0].id).await.unwrap();
    let refused = stage.chat.restore_message(OWNER, conversation.id, said[3].id).await.unwrap_err();
    assert!(matches!(refused, ChatError::GoneBefore(_)) && refused.hint().is_some(), "{refused}");
    // What was deleted by itself before stays so.
    stage.chat.restore_message(OWNER, conversation.id, said[0].id).await.unwrap();
    assert_eq!(shown(&stage, &conversation).await, ids(&said[..3]));
    stage.chat.restore_message(OWNER, conversation.id, said[3].id).await.unwrap();
    assert_eq!(shown(&stage, &conversation).await, ids(&said));
    let never = stage.chat.restore_message(OWNER, conversation.id, new_id()).await;
    assert!(matches!(never, Err(ChatError::NoMessage(_))));
}

/// What the memory has of the words of this conversation.
async fn words(stage: &Stage, query: &str) -> usize {
    let list = ListFacts { query: query.into(), kind: Some(Kind::Said), limit: 9, ..ListFacts::default() };
    stage.chat.memory().list(OWNER, &list).await.unwrap().0.len()
}

async fn its_words_are_not_quoted_until_it_is_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.actor.says("I see.");
    let started = stage.say(&conversation, None, "The boiler makes a strange humming noise at night.").await;
    stage.finished(&started.reply).await;
    for _ in 0..1_000 {
        if words(&stage, "humming").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(words(&stage, "humming").await, 1);
    let message_id = started.user_message.unwrap().id;
    stage.chat.delete_message(OWNER, conversation.id, message_id).await.unwrap();
    assert_eq!(words(&stage, "humming").await, 0);
    // A conversation that is brought back does not bring it along.
    stage.chat.delete(OWNER, conversation.id).await.unwrap();
    stage.chat.restore(OWNER, conversation.id).await.unwrap();
    assert_eq!(words(&stage, "humming").await, 0);
    assert!(shown(&stage, &conversation).await.is_empty());
    stage.chat.restore_message(OWNER, conversation.id, message_id).await.unwrap();
    assert_eq!(words(&stage, "humming").await, 1);
}

async fn what_goes_while_it_is_summed_up_is_not_told(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 5).await;
    stage.chat.set_preferences(Preferences {
        default_model: MODEL.into(),
        memory: true,
        memory_by_model: true,
        ..Preferences::default()
    });
    stage.actor.says("answer 5");
    let recap = stage.actor.next();
    let started = stage.say(&conversation, Some(said[9].id), "question 5").await;
    stage.finished(&started.reply).await;
    for _ in 0..1_000 {
        if stage.actor.requests().len() == 7 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stage.actor.requests().len(), 7, "the model was not asked to sum it up");
    stage.chat.delete_message(OWNER, conversation.id, said[2].id).await.unwrap();
    recap.send(Ok(ChatEvent::Text { delta: "They asked question 1.".into() })).unwrap();
    recap.send(Ok(ChatEvent::Stopped { reason: StopReason::EndTurn })).unwrap();
    drop(recap);
    let list = ListFacts {
        kind: Some(Kind::Summary),
        standing: Some(Standing::Forgotten),
        limit: 9,
        ..ListFacts::default()
    };
    let mut hidden = 0;
    for _ in 0..1_000 {
        hidden = stage.chat.memory().list(OWNER, &list).await.unwrap().0.len();
        if hidden == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((hidden, stage.chat.recap(OWNER, conversation.id).await.unwrap()), (1, None));
    stage.chat.restore_message(OWNER, conversation.id, said[2].id).await.unwrap();
    let recap = stage.chat.recap(OWNER, conversation.id).await.unwrap().unwrap();
    assert_eq!(recap.text, "They asked question 1.");
}

async fn messages_of_others_are_not_deleted(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 1).await;
    let (stranger, other) = (new_id(), stage.conversation().await);
    let refused = stage.chat.delete_message(stranger, conversation.id, said[0].id).await;
    assert!(matches!(refused, Err(ChatError::NoConversation(_))));
    let refused = stage.chat.delete_message(OWNER, other.id, said[0].id).await;
    assert!(matches!(refused, Err(ChatError::NoMessage(_))));
    stage.chat.delete_message(OWNER, conversation.id, said[0].id).await.unwrap();
    let refused = stage.chat.restore_message(stranger, conversation.id, said[0].id).await;
    assert!(matches!(refused, Err(ChatError::NoConversation(_))));
    assert!(stage.chat.restore_message(OWNER, other.id, said[0].id).await.is_err());
}
