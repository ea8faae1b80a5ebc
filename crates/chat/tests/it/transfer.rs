//! Conversations of other programs in, ours out and in again.

use crate::stage::{OWNER, Stage};
use base::{OwnerId, new_id};
use chat::{
    Arrangement, ChatError, Conversation, Form, Grounding, Import, Known, ListConversations, Message,
    NewConversation, NewFolder, TakenOver, Window,
};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    an_import_tells_how_far_it_is_and_keeps_what_it_had_when_it_is_ended,
    the_same_file_twice_adds_nothing_and_a_later_one_what_was_said_since,
    branches_thoughts_and_models_come_over,
    another_order_and_other_times_add_nothing,
    what_was_deleted_comes_back,
    messages_that_were_deleted_here_stay_deleted,
    our_own_export_is_read_again_whole,
    folders_tags_pins_and_the_archive_come_along_and_only_once,
    documents_of_folders_are_found_again_by_their_content,
    a_folder_that_cannot_be_is_told_and_the_conversation_comes_without,
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

async fn messages_that_were_deleted_here_stay_deleted(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let taken = import(&stage, CLAUDE, false).await;
    let conversation_id = taken[0].id;
    let branch = shown(&stage, &taken[0]).await;
    assert_eq!((words(&branch).len(), taken[0].deleted), (3, 0));
    // With the answer that follows it; the version beside it is shown then.
    stage.chat.delete_message(OWNER, conversation_id, branch[1].id).await.unwrap();
    let again = import(&stage, CLAUDE, false).await;
    assert_eq!((again[0].known, again[0].added, again[0].deleted), (Known::Here, 0, 2));
    assert_eq!(words(&shown(&stage, &taken[0]).await)[1..], ["One on each side."]);

    // What was said since behind it is left out, beside it is not; and the file shows what is deleted here.
    let beside = r#"{"uuid": "m5", "text": "Why?", "sender": "human", "parent_message_uuid": "m2"}"#;
    let behind =
        r#"{"uuid": "m6", "text": "And neap tides?", "sender": "human", "parent_message_uuid": "m4"}]"#;
    let last = r#""created_at": "2026-01-02T03:05:05Z", "parent_message_uuid": "m3", "content": []}"#;
    let (before, after) = CLAUDE.split_once(last).unwrap();
    let grown = format!("{before}{last}, {beside}, {behind}{}", after.split_once(']').unwrap().1);
    let would = import(&stage, &grown, true).await;
    assert_eq!((would[0].known, would[0].added, would[0].deleted), (Known::Here, 1, 3));
    assert_eq!(import(&stage, &grown, false).await, would);
    assert_eq!(words(&shown(&stage, &taken[0]).await)[1..], ["One on each side.", "Why?"]);

    // A conversation that comes back does not bring them along.
    stage.chat.delete(OWNER, conversation_id).await.unwrap();
    let back = import(&stage, CLAUDE, false).await;
    assert_eq!((back[0].known, back[0].added, back[0].deleted), (Known::Deleted, 0, 2));
    assert_eq!(words(&shown(&stage, &taken[0]).await)[1..], ["One on each side.", "Why?"]);

    // Who brings them back has what follows them as well.
    stage.chat.restore_message(OWNER, conversation_id, branch[1].id).await.unwrap();
    let whole = import(&stage, &grown, false).await;
    assert_eq!((whole[0].added, whole[0].deleted), (1, 0));
    assert_eq!(words(&shown(&stage, &taken[0]).await)[1..], ["Shorter", "Bulges.", "And neap tides?"]);
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

/// A conversation of the second owner's, by its title.
async fn found(stage: &Stage, owner: OwnerId, title: &str) -> Conversation {
    let list = ListConversations { query: title.into(), limit: 9, ..ListConversations::default() };
    stage.chat.list(owner, list).await.unwrap().conversations.remove(0)
}

async fn taken(stage: &Stage, owner: OwnerId, file: &str, dry_run: bool) -> Import {
    stage.chat.import(owner, file.as_bytes().to_vec(), dry_run, |_, _| ()).await.unwrap()
}

async fn folders_tags_pins_and_the_archive_come_along_and_only_once(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let mut parent_id = None;
    for (name, prompt) in [("Work", "Be brief."), ("A / B", "")] {
        let new = NewFolder { name: name.into(), parent_id, prompt: prompt.into(), ..NewFolder::default() };
        parent_id = Some(stage.chat.create_folder(OWNER, new).await.unwrap().id);
    }
    let empty = NewFolder { name: "Empty".into(), ..NewFolder::default() };
    stage.chat.create_folder(OWNER, empty).await.unwrap();
    let mut ids = Vec::new();
    for (title, folder_id) in [("Oslo", parent_id), ("Bergen", None)] {
        let new = NewConversation { title: Some(title.into()), folder_id, ..NewConversation::default() };
        ids.push(stage.chat.create(OWNER, new).await.unwrap().id);
        stage.actor.says("Cold.");
        let started =
            stage.say(&stage.chat.get(OWNER, ids[ids.len() - 1]).await.unwrap(), None, "How is it?").await;
        stage.finished(&started.reply).await;
    }
    let tags = |tags: &[&str]| Arrangement::Tag {
        add: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        remove: Vec::new(),
    };
    for (id, change) in [
        (ids[0], tags(&["urgent", "later"])),
        (ids[0], Arrangement::Pin(true)),
        (ids[0], Arrangement::UseFolder(false)),
        (ids[1], tags(&["later"])),
        (ids[1], Arrangement::Archive(true)),
    ] {
        stage.chat.arrange(OWNER, &[id], change).await.unwrap();
    }
    let (one, _) = stage.chat.export(OWNER, ids[0], Form::Json).await.unwrap();
    assert!(one.contains("\"A / B\"") && one.contains("Be brief.") && !one.contains("Empty"), "{one}");
    let (file, _) = stage.chat.export_all(OWNER, Form::Json).await.unwrap();

    let other = new_id();
    let would = taken(&stage, other, &file, true).await;
    assert_eq!((would.folders, would.tags), (3, 2));
    assert!(stage.chat.folders(other).await.unwrap().is_empty(), "a dry run makes nothing");
    let did = taken(&stage, other, &file, false).await;
    assert_eq!(did, would);
    let folders = stage.chat.folders(other).await.unwrap();
    assert_eq!(folders.len(), 3);
    let work = folders.iter().find(|folder| folder.name == "Work").unwrap();
    assert_eq!((work.prompt.as_str(), work.parent_id), ("Be brief.", None));
    let inner = folders.iter().find(|folder| folder.name == "A / B").unwrap();
    assert_eq!(inner.parent_id, Some(work.id));
    let oslo = found(&stage, other, "Oslo").await.filed;
    assert_eq!((oslo.folder_id, oslo.folder_off), (Some(inner.id), true));
    assert_eq!(
        (oslo.tags, oslo.pinned, oslo.archived),
        (vec!["urgent".to_owned(), "later".to_owned()], true, false)
    );
    let bergen = found(&stage, other, "Bergen").await.filed;
    assert_eq!((bergen.folder_id, bergen.tags, bergen.archived), (None, vec!["later".to_owned()], true));

    for owner in [other, OWNER] {
        let again = taken(&stage, owner, &file, false).await;
        assert_eq!((again.folders, again.tags), (0, 0));
        assert!(again.conversations.iter().all(|one| one.known == Known::Here && !one.filed), "{again:?}");
    }
    // What was decided here since stays; what the conversation lies nowhere for is filled.
    let copy = found(&stage, other, "Oslo").await.id;
    stage.chat.arrange(other, &[copy], Arrangement::Pin(false)).await.unwrap();
    stage.chat.delete_folder(other, work.id).await.unwrap();
    let again = taken(&stage, other, &file, false).await;
    assert_eq!((again.folders, again.conversations.iter().filter(|one| one.filed).count()), (2, 1));
    let oslo = found(&stage, other, "Oslo").await.filed;
    assert!(!oslo.pinned && oslo.folder_id.is_some_and(|id| id != inner.id), "{oslo:?}");
}

async fn documents_of_folders_are_found_again_by_their_content(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let file = library::NewDocument {
        file_name: "ferry.md".into(),
        bytes: b"# The ferry\n\nIt leaves at nine.".to_vec(),
        collection: None,
    };
    let known = stage.library.add_bytes(OWNER, file).await.unwrap().document_id;
    // The second was deleted for good: nothing is left that could be told of it.
    let some = Grounding { enabled: true, document_ids: vec![known.to_string(), new_id().to_string()] };
    let all = Grounding { enabled: true, document_ids: Vec::new() };
    let mut folders = Vec::new();
    for (name, grounding) in [("Some", &some), ("All", &all), ("None", &Grounding::default())] {
        let new = NewFolder { name: name.into(), grounding: grounding.clone(), ..NewFolder::default() };
        folders.push(stage.chat.create_folder(OWNER, new).await.unwrap().id);
    }
    let (file, _) = stage.chat.export_all(OWNER, Form::Json).await.unwrap();
    assert!(file.contains("\"ferry\"") && !file.contains(&known.to_string()), "{file}");
    let grounding = async |owner: OwnerId, name: &str| {
        let folders = stage.chat.folders(owner).await.unwrap();
        folders.into_iter().find(|folder| folder.name == name).unwrap().grounding
    };

    for id in folders {
        stage.chat.delete_folder(OWNER, id).await.unwrap();
    }
    let did = taken(&stage, OWNER, &file, false).await;
    assert_eq!((did.folders, did.broken.len()), (3, 0), "{:?}", did.broken);
    let again = Grounding { enabled: true, document_ids: vec![known.to_string()] };
    assert_eq!(grounding(OWNER, "Some").await, again);
    assert_eq!(grounding(OWNER, "All").await, all);
    assert_eq!(grounding(OWNER, "None").await, Grounding::default());

    // Who does not have it is told so, and the folder does not rest on the whole library instead.
    let other = new_id();
    let would = taken(&stage, other, &file, true).await;
    let did = taken(&stage, other, &file, false).await;
    assert_eq!(did, would);
    let why: Vec<&str> = did.broken.iter().map(|broken| broken.why.as_str()).collect();
    assert_eq!(why, ["its document `ferry` is not in the library"]);
    assert_eq!(grounding(other, "Some").await, Grounding::default());
    assert_eq!(grounding(other, "All").await, all);
    assert!(taken(&stage, other, &file, false).await.broken.is_empty(), "what is here is left as it is");
}

async fn a_folder_that_cannot_be_is_told_and_the_conversation_comes_without(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let file = r#"{"format": "familiar-conversations", "version": 1,
        "folders": [{"path": ["1", "2", "3", "4", "5", "6"]}],
        "conversations": [
            {"id": "a", "title": "Deep", "filed": {"folder": ["1", "2", "3", "4", "5", "6"], "tags": ["a,b", "Ärger"]},
             "messages": [{"id": "m", "role": "user", "text": "hi"}]},
            {"id": "b", "title": "Plain", "filed": {"folder": ["1", "2"]},
             "messages": [{"id": "n", "role": "user", "text": "hi"}]}]}"#;
    let did = taken(&stage, OWNER, file, false).await;
    assert_eq!((did.conversations.len(), did.broken.len(), did.folders), (2, 1, 5));
    assert!(did.broken[0].why.contains("at most 5 deep"), "{:?}", did.broken);
    let deep = found(&stage, OWNER, "Deep").await.filed;
    assert_eq!((deep.folder_id, deep.tags), (None, vec!["ärger".to_owned()]));
    assert!(found(&stage, OWNER, "Plain").await.filed.folder_id.is_some());
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
