//! Conversations of other programs in, ours out and in again.

use crate::stage::{OWNER, Stage};
use base::new_id;
use chat::{ChatError, Form, Known, ListConversations, Message, TakenOver, Window};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    an_import_tells_how_far_it_is_and_keeps_what_it_had_when_it_is_ended,
    the_same_file_twice_adds_nothing_and_a_later_one_what_was_said_since,
    branches_thoughts_and_models_come_over,
    another_order_and_other_times_add_nothing,
    what_was_deleted_comes_back,
    our_own_export_is_read_again_whole,
    every_form_is_written_and_only_some_hold_all,
);

const CLAUDE: &str = include_str!("../../../transcript/fixtures/claude.json");
const CHATGPT: &str = include_str!("../../../transcript/fixtures/chatgpt.json");

async fn import(stage: &Stage, file: &str, dry_run: bool) -> Vec<TakenOver> {
    stage.chat.import(OWNER, file.as_bytes().to_vec(), dry_run, |_, _| ()).await.unwrap().conversations
}

async fn titles(stage: &Stage) -> Vec<String> {
    let list = ListConversations { limit: 50, ..ListConversations::default() };
    let found = stage.chat.list(OWNER, list).await.unwrap();
    found.conversations.into_iter().map(|conversation| conversation.title).collect()
}

async fn shown(stage: &Stage, taken: &TakenOver) -> Vec<Message> {
    let piece = stage.chat.piece(OWNER, taken.id, Window::End, 50).await.unwrap();
    let mut branch = Vec::new();
    let mut at = piece.leaf_id;
    while let Some(message) = piece.messages.iter().find(|message| Some(message.id) == at) {
        branch.insert(0, message.clone());
        at = message.parent_id;
    }
    branch
}

fn words(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

async fn an_import_tells_how_far_it_is_and_keeps_what_it_had_when_it_is_ended(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let heard = std::sync::Mutex::new(Vec::new());
    let hear = |done, of| heard.lock().unwrap().push((done, of));
    stage.chat.import(OWNER, CLAUDE.as_bytes().to_vec(), true, hear).await.unwrap();
    assert_eq!(heard.into_inner().unwrap(), [(0, 2), (1, 2)]);

    let (enough, second) = tokio::sync::oneshot::channel();
    let enough = std::sync::Mutex::new(Some(enough));
    let until_the_second = |done, _| {
        if done == 1 {
            enough.lock().unwrap().take().unwrap().send(()).ok();
        }
    };
    tokio::select! {
        biased;
        _ = second => {}
        _ = stage.chat.import(OWNER, CLAUDE.as_bytes().to_vec(), false, until_the_second) => {}
    }
    // Where it was ended is a matter of chance; that each conversation is here whole or not at all is not.
    assert!(!titles(&stage).await.is_empty(), "the first was done");
    let rest = import(&stage, CLAUDE, false).await;
    assert!(rest.iter().all(|one| one.known == Known::New || one.added == 0), "{rest:?}");
    assert_eq!(titles(&stage).await.len(), 2, "the same file takes the rest");
}

async fn the_same_file_twice_adds_nothing_and_a_later_one_what_was_said_since(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let would = import(&stage, CLAUDE, true).await;
    assert!(titles(&stage).await.is_empty(), "a dry run keeps nothing");
    let first = import(&stage, CLAUDE, false).await;
    assert_eq!(would, first);
    assert_eq!(titles(&stage).await, ["Tides", "Old exports"]);
    assert!(first.iter().all(|one| one.known == Known::New && one.added == one.messages), "{first:?}");
    assert_eq!((first[0].left_out.tools, first[0].left_out.files), (2, 1));

    let again = import(&stage, CLAUDE, false).await;
    assert!(again.iter().all(|one| one.known == Known::Here && one.added == 0), "{again:?}");
    let more =
        r#"{"uuid": "m5", "text": "And neap tides?", "sender": "human", "parent_message_uuid": "m4"}]"#;
    let last = r#""created_at": "2026-01-02T03:05:05Z", "parent_message_uuid": "m3", "content": []}"#;
    let (before, after) = CLAUDE.split_once(last).unwrap();
    let grown = format!("{before}{last}, {more}{}", after.split_once(']').unwrap().1);
    let grown = import(&stage, &grown, false).await;
    assert_eq!((grown[0].id, grown[0].known, grown[0].added), (first[0].id, Known::Here, 1));
    let branch = shown(&stage, &grown[0]).await;
    assert_eq!(words(&branch)[1..], ["Shorter", "Bulges.", "And neap tides?"]);
    assert_eq!(titles(&stage).await.len(), 2);

    // The same file is another's as well.
    let other = stage.chat.import(new_id(), CLAUDE.as_bytes().to_vec(), false, |_, _| ()).await.unwrap();
    assert!(other.conversations.iter().all(|one| one.known == Known::New && one.id != first[0].id));
}

async fn branches_thoughts_and_models_come_over(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let found = stage.chat.import(OWNER, CHATGPT.as_bytes().to_vec(), false, |_, _| ()).await.unwrap();
    assert_eq!(found.broken.len(), 2, "{:?}", found.broken);
    let taken = &found.conversations[0];
    let branch = shown(&stage, taken).await;
    assert_eq!(words(&branch), ["Which oil burns longest?", "Paraffin."]);
    assert_eq!(branch[1].body.model.as_deref(), Some("gpt-4o"));
    assert!(branch[1].id > branch[0].id, "a child is later, whatever the file says");
    let piece = stage.chat.piece(OWNER, taken.id, Window::End, 50).await.unwrap();
    let other = piece.messages.iter().find(|message| message.text == "Olive oil.").unwrap();
    assert_eq!((other.parent_id, other.reasoning().as_str()), (Some(branch[0].id), "Whale oil is out."));

    // It goes on here.
    let conversation = stage.chat.get(OWNER, taken.id).await.unwrap();
    stage.actor.says("Still paraffin.");
    let started = stage.say(&conversation, Some(branch[1].id), "Sure?").await;
    assert_eq!(stage.finished(&started.reply).await.text, "Still paraffin.");
}

async fn another_order_and_other_times_add_nothing(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let first =
        stage.chat.import(OWNER, CHATGPT.as_bytes().to_vec(), false, |_, _| ()).await.unwrap().conversations;
    let mut file: serde_json::Value = serde_json::from_str(CHATGPT).unwrap();
    file[0]["create_time"] = 1_700_000_000.into();
    file[0]["mapping"]["a1"]["message"]["create_time"] = serde_json::Value::Null;
    let serde_json::Value::Object(mapping) = file[0]["mapping"].take() else { panic!("a map") };
    file[0]["mapping"] = mapping.into_iter().rev().collect::<serde_json::Map<_, _>>().into();
    let again = import(&stage, &file.to_string(), false).await;
    assert_eq!((again[0].id, again[0].known, again[0].added), (first[0].id, Known::Here, 0));
}

async fn what_was_deleted_comes_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let taken = import(&stage, CLAUDE, false).await;
    stage.chat.delete(OWNER, taken[0].id).await.unwrap();
    assert_eq!(titles(&stage).await, ["Old exports"]);
    let again = import(&stage, CLAUDE, false).await;
    assert_eq!((again[0].known, again[0].added), (Known::Deleted, 0));
    assert_eq!(titles(&stage).await, ["Tides", "Old exports"]);
}

async fn our_own_export_is_read_again_whole(test: Arc<TestDb>) {
    let stage = Stage::new(Arc::clone(&test)).await;
    let conversation = stage.conversation().await;
    stage.actor.says("An answer.");
    let started = stage.say(&conversation, None, "A question").await;
    stage.finished(&started.reply).await;
    let (file, name) = stage.chat.export(OWNER, conversation.id, Form::Json).await.unwrap();
    assert_eq!(name, "A question.json");
    let itself = import(&stage, &file, false).await;
    assert_eq!((itself[0].id, itself[0].known, itself[0].added), (conversation.id, Known::Here, 0));

    let other = new_id();
    let elsewhere = stage.chat.import(other, file.clone().into_bytes(), false, |_, _| ()).await.unwrap();
    let copy = stage.chat.piece(other, elsewhere.conversations[0].id, Window::End, 9).await.unwrap();
    let own = stage.chat.piece(OWNER, conversation.id, Window::End, 9).await.unwrap();
    let bodies = |messages: &[Message]| {
        messages.iter().map(|message| (message.text.clone(), message.body.clone())).collect::<Vec<_>>()
    };
    assert_eq!(bodies(&copy.messages), bodies(&own.messages));
    assert_eq!(copy.messages[1].body.receipt.as_ref().unwrap().usage.output, 3);
}

async fn every_form_is_written_and_only_some_hold_all(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let taken = import(&stage, CLAUDE, false).await;
    for (form, holds) in [
        (Form::Markdown, "## You"),
        (Form::Html, "<h1>Tides</h1>"),
        (Form::Json, "\"familiar-conversations\""),
        (Form::OpenAi, r#""role":"assistant""#),
        (Form::ShareGpt, "\"gpt\""),
    ] {
        let (text, _) = stage.chat.export(OWNER, taken[0].id, form).await.unwrap();
        assert!(text.contains(holds) && text.contains("Bulges."), "{form:?}: {text}");
        let all = stage.chat.export_all(OWNER, form).await;
        match form {
            Form::Markdown | Form::Html => assert!(matches!(all, Err(ChatError::OneOnly(_)))),
            Form::Json | Form::OpenAi | Form::ShareGpt => {
                assert!(all.unwrap().0.contains("have no parents."), "{form:?}");
            }
        }
    }
    let error = stage.chat.export(new_id(), taken[0].id, Form::Json).await.unwrap_err();
    assert!(matches!(error, ChatError::NoConversation(_)));
    let error = stage.chat.import(OWNER, b"nothing".to_vec(), false, |_, _| ()).await.unwrap_err();
    assert!(error.hint().unwrap().contains("ChatGPT"), "{error}");
}
