//! Conversations: made, listed, searched, changed, deleted and brought back.

use crate::stage::{OWNER, Stage};
use base::new_id;
use chat::{ChatError, ConversationPatch, Grounding, Image, ListConversations, NewConversation, NewTurn};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    pages_follow_one_another_without_gap_or_repeat,
    a_search_finds_words_in_titles_and_messages,
    what_is_deleted_can_be_brought_back,
    nobody_sees_another_owners_conversations,
    what_cannot_be_said_is_refused_before_anything_is_kept,
    a_branch_can_only_be_one_of_the_conversation,
    what_is_changed_at_the_same_time_is_all_kept,
    what_a_person_called_it_stays,
);

async fn what_is_changed_at_the_same_time_is_all_kept(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let id = stage.conversation().await.id;
    let grounding = Grounding { enabled: true, document_ids: vec!["d1".to_owned()] };
    let patches = [
        ConversationPatch { model: Some("other".into()), ..ConversationPatch::default() },
        ConversationPatch { grounding: Some(grounding.clone()), ..ConversationPatch::default() },
        ConversationPatch { memory: Some(false), ..ConversationPatch::default() },
        ConversationPatch { title: Some("Named".into()), ..ConversationPatch::default() },
    ];
    let changed = patches.into_iter().map(|patch| stage.chat.update(OWNER, id, patch));
    let told = futures::future::try_join_all(changed).await.unwrap();
    let kept = stage.chat.get(OWNER, id).await.unwrap();
    assert_eq!(kept.model.as_deref(), Some("other"));
    assert_eq!(kept.grounding, grounding);
    assert!(!kept.memory);
    assert_eq!(kept.title, "Named");
    assert!(told.contains(&kept), "who was last is told what the others changed: {told:?}");
}

async fn what_a_person_called_it_stays(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let new = NewConversation { title: Some("New conversation".into()), ..NewConversation::default() };
    let conversation = stage.chat.create(OWNER, new).await.unwrap();
    stage.actor.says("At nine.");
    let started = stage.say(&conversation, None, "When does the ferry leave?").await;
    stage.finished(&started.reply).await;
    assert_eq!(stage.chat.get(OWNER, conversation.id).await.unwrap().title, "New conversation");
}

fn page(query: &str, cursor: Option<String>, limit: u32) -> ListConversations {
    ListConversations { query: query.into(), cursor, limit, ..ListConversations::default() }
}

async fn pages_follow_one_another_without_gap_or_repeat(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let mut made = Vec::new();
    for number in 0..7 {
        let title = Some(format!("conversation {number}"));
        made.push(
            stage
                .chat
                .create(OWNER, NewConversation { title, ..NewConversation::default() })
                .await
                .unwrap()
                .title,
        );
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let found = stage.chat.list(OWNER, page("", cursor, 3)).await.unwrap();
        seen.extend(found.conversations.into_iter().map(|conversation| conversation.title));
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made);
    let bad = stage.chat.list(OWNER, page("", Some("nonsense".into()), 3)).await;
    assert!(matches!(bad, Err(ChatError::BadCursor(_))));
}

async fn a_search_finds_words_in_titles_and_messages(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let oslo = stage.conversation().await;
    stage.actor.says("It is 100% cold in Oslo.");
    let started = stage.say(&oslo, None, "how is the weather?").await;
    stage.finished(&started.reply).await;
    stage
        .chat
        .create(OWNER, NewConversation { title: Some("Dragons".into()), ..NewConversation::default() })
        .await
        .unwrap();
    for (query, expected) in
        [("OSLO", 1), ("dragon", 1), ("100%", 1), ("1__%", 0), ("nothing like it", 0), ("", 2)]
    {
        let found = stage.chat.list(OWNER, page(query, None, 10)).await.unwrap();
        assert_eq!(found.conversations.len(), expected, "{query}");
    }
    let found = stage.chat.list(OWNER, page("oslo", None, 10)).await.unwrap();
    assert_eq!(found.conversations[0].snippet.as_deref(), Some("It is 100% cold in Oslo."));
}

async fn what_is_deleted_can_be_brought_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    stage.chat.delete(OWNER, conversation.id).await.unwrap();
    assert!(matches!(stage.chat.get(OWNER, conversation.id).await, Err(ChatError::NoConversation(_))));
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 0);
    assert_eq!(stage.chat.restore(OWNER, conversation.id).await.unwrap().id, conversation.id);
}

async fn nobody_sees_another_owners_conversations(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let stranger = new_id();
    assert!(stage.chat.get(stranger, conversation.id).await.is_err());
    assert!(stage.chat.messages(stranger, conversation.id).await.is_err());
    assert!(stage.chat.delete(stranger, conversation.id).await.is_err());
    assert!(stage.chat.subscribe(stranger, conversation.id, None).await.is_err());
    let said = NewTurn { text: "hi".into(), ..NewTurn::default() };
    assert!(stage.chat.start_turn(stranger, conversation.id, said).await.is_err());
    assert!(stage.chat.list(stranger, page("", None, 10)).await.unwrap().conversations.is_empty());
}

async fn what_cannot_be_said_is_refused_before_anything_is_kept(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let said = |text: &str| NewTurn { text: text.into(), ..NewTurn::default() };
    let svg = Image {
        media_type: "image/svg+xml".into(),
        data: String::new(),
        alt: String::new(),
        gone: None,
        blob: None,
    };
    for new in [
        said("  \n"),
        said(&"x".repeat(1_000_001)),
        NewTurn { images: vec![svg], ..said("look") },
        NewTurn { parent_id: Some(new_id()), ..said("to whom?") },
    ] {
        let refused = stage.chat.start_turn(OWNER, conversation.id, new).await.unwrap_err();
        assert!(refused.hint().is_some(), "{refused}");
    }
    assert!(stage.chat.messages(OWNER, conversation.id).await.unwrap().is_empty());
}

async fn a_branch_can_only_be_one_of_the_conversation(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let conversation = stage.conversation().await;
    let patch = ConversationPatch { leaf_id: Some(new_id()), ..ConversationPatch::default() };
    assert!(matches!(stage.chat.update(OWNER, conversation.id, patch).await, Err(ChatError::NoMessage(_))));
}
