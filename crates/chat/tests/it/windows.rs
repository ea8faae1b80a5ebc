//! Long conversations by the piece; words changed where they stand; conversations made of others.

use crate::stage::{OWNER, Stage, ids, talk};
use base::{Money, new_id};
use chat::{
    Again, ChatError, Conversation, ConversationPatch, ForkScope, Message, MessageStatus, Piece, Window,
};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    pieces_of_a_branch_join_without_gap_or_repeat,
    a_piece_has_every_version_of_its_messages,
    a_message_of_another_branch_brings_its_branch,
    choosing_a_version_goes_to_what_was_said_last_after_it,
    an_edit_keeps_the_place_and_the_first_words,
    what_is_being_written_is_not_edited,
    a_fork_is_a_conversation_of_its_own,
    pieces_of_others_are_not_shown,
);

async fn piece(stage: &Stage, conversation: &Conversation, window: Window, limit: u32) -> Piece {
    stage.chat.piece(OWNER, conversation.id, window, limit).await.unwrap()
}

async fn pieces_of_a_branch_join_without_gap_or_repeat(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    assert!(piece(&stage, &conversation, Window::End, 5).await.messages.is_empty());
    let said = ids(&talk(&stage, &conversation, 6).await);
    let end = piece(&stage, &conversation, Window::End, 5).await;
    assert_eq!((ids(&end.messages), end.leaf_id), (said[7..].to_vec(), said.last().copied()));
    // Six answers of 7 tokens at a dollar and 3 at two dollars a million.
    assert_eq!(end.cost, Some(Money::from_nanos(6 * 13_000)));

    let mut upwards = end.messages.clone();
    while upwards[0].parent_id.is_some() {
        let before = piece(&stage, &conversation, Window::Before(upwards[0].id), 5).await;
        assert!(!before.messages.is_empty() && before.cost.is_none());
        upwards.splice(0..0, before.messages);
    }
    assert_eq!(ids(&upwards), said);
    assert!(piece(&stage, &conversation, Window::Before(said[0]), 5).await.messages.is_empty());

    for (window, expected) in [
        (Window::Around(said[5]), 3..8),
        (Window::Around(said[0]), 0..3),
        (Window::Around(said[11]), 9..12),
        (Window::After(said[5]), 5..10),
        (Window::After(said[10]), 10..12),
        (Window::After(said[11]), 11..12),
    ] {
        let found = piece(&stage, &conversation, window, 4).await;
        assert_eq!(ids(&found.messages), said[expected].to_vec(), "{window:?}");
        assert_eq!(found.leaf_id, said.last().copied());
    }
    let nowhere = stage.chat.piece(OWNER, conversation.id, Window::Around(new_id()), 4).await;
    assert!(matches!(nowhere, Err(ChatError::NoMessage(_))));
}

async fn again(stage: &Stage, answer: &Message, text: &str) -> Message {
    stage.actor.says(text);
    let started =
        stage.chat.regenerate(OWNER, answer.conversation_id, answer.id, Again::default()).await.unwrap();
    stage.finished(&started.reply).await
}

async fn a_piece_has_every_version_of_its_messages(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 2).await;
    let version = again(&stage, &said[3], "another answer").await;
    stage.actor.says("to a second beginning");
    let beginning = stage.say(&conversation, None, "a second beginning").await;
    stage.finished(&beginning.reply).await;
    let patch = ConversationPatch { leaf_id: Some(version.id), ..ConversationPatch::default() };
    stage.chat.update(OWNER, conversation.id, patch).await.unwrap();

    let last = piece(&stage, &conversation, Window::End, 1).await;
    assert_eq!(ids(&last.messages), [said[3].id, version.id]);
    let all = piece(&stage, &conversation, Window::End, 50).await;
    let second = beginning.user_message.unwrap().id;
    assert_eq!(ids(&all.messages), [said[0].id, said[1].id, said[2].id, said[3].id, version.id, second]);
}

async fn a_message_of_another_branch_brings_its_branch(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 3).await;
    let version = again(&stage, &said[1], "another way").await;
    let shown = piece(&stage, &conversation, Window::End, 50).await;
    assert_eq!(shown.leaf_id, Some(version.id));
    let found = piece(&stage, &conversation, Window::Around(said[3].id), 2).await;
    assert_eq!(found.leaf_id, Some(said[5].id));
    assert_eq!(ids(&found.messages), [said[2].id, said[3].id, said[4].id]);
    // Looking at it changes nothing.
    assert_eq!(stage.chat.get(OWNER, conversation.id).await.unwrap().leaf_id, Some(version.id));
}

async fn choosing_a_version_goes_to_what_was_said_last_after_it(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 3).await;
    again(&stage, &said[1], "another way").await;
    let patch = ConversationPatch { leaf_id: Some(said[1].id), ..ConversationPatch::default() };
    let shown = stage.chat.update(OWNER, conversation.id, patch).await.unwrap();
    assert_eq!(shown.leaf_id, Some(said[5].id));
}

async fn an_edit_keeps_the_place_and_the_first_words(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 2).await;
    let edit = |text: &str| stage.chat.edit(OWNER, conversation.id, said[1].id, text.to_owned());
    for text in ["a better answer", "the best answer"] {
        let edited = edit(text).await.unwrap();
        assert_eq!((edited.text.as_str(), edited.parent_id), (text, said[1].parent_id));
        assert_eq!(edited.body.edited.unwrap().original, "answer 0");
    }
    assert!(matches!(edit("  ").await, Err(ChatError::Empty)));
    let kept = stage.chat.messages(OWNER, conversation.id).await.unwrap();
    assert_eq!((ids(&kept), kept[1].text.as_str()), (ids(&said), "the best answer"));
    assert_eq!(kept[1].body.receipt, said[1].body.receipt);
    let last = piece(&stage, &conversation, Window::End, 1).await;
    assert_eq!(last.cost, Some(Money::from_nanos(26_000)));

    // The next answer rests on what stands there now.
    stage.actor.says("so be it");
    let started = stage.say(&conversation, Some(said[3].id), "go on").await;
    stage.finished(&started.reply).await;
    let request = format!("{:?}", stage.actor.requests().pop().unwrap().messages);
    assert!(request.contains("the best answer") && !request.contains("answer 0"), "{request}");
    // Its own first words take the mark away again.
    assert_eq!(edit("answer 0").await.unwrap().body.edited, None);
}

async fn what_is_being_written_is_not_edited(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let _script = stage.actor.next();
    let started = stage.say(&conversation, None, "write slowly").await;
    let refused = stage.chat.edit(OWNER, conversation.id, started.reply.id, "mine".into()).await;
    assert!(matches!(refused, Err(ChatError::BeingWritten(_))));
    let fork = stage.chat.fork(OWNER, conversation.id, (started.reply.id, ForkScope::Path)).await.unwrap();
    let copies = stage.chat.messages(OWNER, fork.id).await.unwrap();
    assert_eq!(copies[1].status, MessageStatus::Interrupted);
    stage.chat.stop(OWNER, conversation.id, started.reply.id).await.unwrap();
}

async fn a_fork_is_a_conversation_of_its_own(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 3).await;
    let version = again(&stage, &said[3], "another answer").await;
    let texts = |messages: &[Message]| messages.iter().map(|one| one.text.clone()).collect::<Vec<_>>();
    for (scope, expected) in [
        (ForkScope::Path, [0, 1, 2, 3].map(|at| said[at].text.clone()).to_vec()),
        (ForkScope::Versions, texts(&[&said[..4], std::slice::from_ref(&version)].concat())),
        (ForkScope::All, texts(&[&said[..], std::slice::from_ref(&version)].concat())),
    ] {
        let fork = stage.chat.fork(OWNER, conversation.id, (said[3].id, scope)).await.unwrap();
        let copies = stage.chat.messages(OWNER, fork.id).await.unwrap();
        assert_eq!(texts(&copies), expected, "{scope:?}");
        let leaf = copies.iter().find(|copy| Some(copy.id) == fork.leaf_id).unwrap();
        assert_eq!(leaf.text, said[3].text);
        assert!(copies.iter().all(|copy| copy.conversation_id == fork.id));
        assert_eq!(fork.title, conversation_title(&stage, &conversation).await);
        // What the copies once took was not taken twice.
        assert_eq!(piece(&stage, &fork, Window::End, 9).await.cost, Some(Money::ZERO));
        stage.actor.says("apart");
        let started = stage.say(&fork, fork.leaf_id, "going on alone").await;
        stage.finished(&started.reply).await;
    }
    assert_eq!(stage.chat.messages(OWNER, conversation.id).await.unwrap().len(), 7);
}

async fn conversation_title(stage: &Stage, conversation: &Conversation) -> String {
    stage.chat.get(OWNER, conversation.id).await.unwrap().title
}

async fn pieces_of_others_are_not_shown(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = talk(&stage, &conversation, 1).await;
    let (stranger, other) = (new_id(), stage.conversation().await);
    assert!(stage.chat.piece(stranger, conversation.id, Window::End, 9).await.is_err());
    assert!(stage.chat.edit(stranger, conversation.id, said[0].id, "x".into()).await.is_err());
    assert!(stage.chat.fork(stranger, conversation.id, (said[0].id, ForkScope::Path)).await.is_err());
    for window in [Window::Before(said[1].id), Window::After(said[0].id), Window::Around(said[0].id)] {
        let found = stage.chat.piece(OWNER, other.id, window, 9).await;
        assert!(matches!(found, Err(ChatError::NoMessage(_))), "{window:?}");
    }
}
