//! Folders: the tree, what they say in turns, and where conversations lie; many changed at once, and changed back.

use crate::stage::{OWNER, Stage};
use base::{ErrorKind, Id, new_id};
use chat::{
    Archived, Arrangement, ChatError, Conversation, Folder, FolderPatch, FolderPlace, Grounding,
    ListConversations, NewConversation, NewFolder, Pinned, Spot,
};
use std::sync::Arc;
use store::testing::TestDb;

store::on_each_database!(
    a_folder_is_never_within_itself_and_never_too_deep,
    siblings_have_the_order_that_a_person_makes,
    what_is_changed_at_the_same_time_is_all_kept_and_makes_no_circle,
    a_deleted_folder_lets_go_of_conversations_and_takes_them_back,
    what_a_folder_says_comes_first_in_a_turn,
    documents_of_a_folder_are_those_of_its_turns,
    many_are_changed_at_once_and_changed_back,
    a_person_orders_a_folder,
    a_search_has_operators,
    letters_of_all_scripts_are_found_in_every_case,
    a_fork_lies_beside_its_original,
    nobody_arranges_what_is_another_owners,
);

async fn folder(stage: &Stage, name: &str, parent_id: Option<Id>) -> Folder {
    let new = NewFolder { name: name.into(), parent_id, ..NewFolder::default() };
    stage.chat.create_folder(OWNER, new).await.unwrap()
}

async fn titled(stage: &Stage, title: &str, folder_id: Option<Id>) -> Conversation {
    let new = NewConversation { title: Some(title.into()), folder_id, ..NewConversation::default() };
    stage.chat.create(OWNER, new).await.unwrap()
}

async fn titles(stage: &Stage, list: ListConversations) -> Vec<String> {
    let list = ListConversations { limit: 50, ..list };
    let found = stage.chat.list(OWNER, list).await.unwrap();
    found.conversations.into_iter().map(|conversation| conversation.title).collect()
}

async fn within(stage: &Stage, folder: &Folder) -> Vec<String> {
    titles(stage, ListConversations { folder: Some(folder.id), ..ListConversations::default() }).await
}

async fn found(stage: &Stage, query: &str) -> Vec<String> {
    let archived = Archived::Not;
    let mut found =
        titles(stage, ListConversations { query: query.into(), archived, ..ListConversations::default() })
            .await;
    found.sort();
    found
}

fn into_folder(folder: &Folder, spot: Spot) -> Arrangement {
    Arrangement::Move { folder_id: Some(folder.id), spot }
}

async fn a_folder_is_never_within_itself_and_never_too_deep(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let mut chain = vec![folder(&stage, "1", None).await];
    for name in ["2", "3", "4", "5"] {
        chain.push(folder(&stage, name, chain.last().map(|last| last.id)).await);
    }
    let deeper =
        NewFolder { name: "6".into(), parent_id: chain.last().map(|last| last.id), ..NewFolder::default() };
    let refused = stage.chat.create_folder(OWNER, deeper).await.unwrap_err();
    assert_eq!(refused.to_string(), "folders lie at most 5 deep");
    let moved = |parent_id: Option<Id>| FolderPatch {
        place: Some(FolderPlace { parent_id, before: None }),
        ..FolderPatch::default()
    };
    for below in [0, 1, 4] {
        let patch = moved(Some(chain[below].id));
        let refused = stage.chat.update_folder(OWNER, chain[0].id, patch).await.unwrap_err();
        assert!(matches!(&refused, ChatError::FolderInItself(name) if name == "1"), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Invalid);
    }
    let other = folder(&stage, "other", None).await;
    let refused = stage.chat.update_folder(OWNER, chain[0].id, moved(Some(other.id))).await.unwrap_err();
    assert!(matches!(refused, ChatError::Folder(_)), "five levels do not fit below one");
    stage.chat.update_folder(OWNER, chain[2].id, moved(Some(other.id))).await.unwrap();
    let refused = stage.chat.update_folder(OWNER, chain[1].id, moved(Some(new_id()))).await.unwrap_err();
    assert!(matches!(refused, ChatError::NoFolder(_)));
    let nameless = NewFolder { name: " \n ".into(), ..NewFolder::default() };
    assert!(stage.chat.create_folder(OWNER, nameless).await.is_err());
}

async fn siblings_have_the_order_that_a_person_makes(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let [a, b, c] =
        [folder(&stage, "a", None).await, folder(&stage, "b", None).await, folder(&stage, "c", None).await];
    let names = async || -> Vec<String> {
        stage.chat.folders(OWNER).await.unwrap().into_iter().map(|folder| folder.name).collect()
    };
    assert_eq!(names().await, ["a", "b", "c"]);
    let place = FolderPlace { parent_id: None, before: Some(a.id) };
    let patch = FolderPatch { place: Some(place), ..FolderPatch::default() };
    stage.chat.update_folder(OWNER, c.id, patch).await.unwrap();
    assert_eq!(names().await, ["c", "a", "b"]);
    let place = FolderPlace { parent_id: Some(a.id), before: Some(c.id) };
    let patch = FolderPatch { place: Some(place), ..FolderPatch::default() };
    assert!(stage.chat.update_folder(OWNER, b.id, patch).await.is_err(), "`c` is not in `a`");
    let patch = FolderPatch { name: Some("  bee  hive ".into()), ..FolderPatch::default() };
    assert_eq!(stage.chat.update_folder(OWNER, b.id, patch).await.unwrap().name, "bee hive");
}

async fn what_is_changed_at_the_same_time_is_all_kept_and_makes_no_circle(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let [a, b] = [folder(&stage, "a", None).await, folder(&stage, "b", None).await];
    let name = FolderPatch { name: Some("north".into()), ..FolderPatch::default() };
    let prompt = FolderPatch { prompt: Some("Be brief.".into()), ..FolderPatch::default() };
    let (named, told) = tokio::join!(
        stage.chat.update_folder(OWNER, a.id, name),
        stage.chat.update_folder(OWNER, a.id, prompt)
    );
    named.unwrap();
    told.unwrap();
    let all = stage.chat.folders(OWNER).await.unwrap();
    let kept = all.iter().find(|folder| folder.id == a.id).unwrap();
    assert_eq!((kept.name.as_str(), kept.prompt.as_str()), ("north", "Be brief."));

    let into = |parent: &Folder| FolderPatch {
        place: Some(FolderPlace { parent_id: Some(parent.id), before: None }),
        ..FolderPatch::default()
    };
    let (one, other) = tokio::join!(
        stage.chat.update_folder(OWNER, a.id, into(&b)),
        stage.chat.update_folder(OWNER, b.id, into(&a))
    );
    assert!(one.is_ok() != other.is_ok(), "each is in the other: {one:?}, {other:?}");
}

async fn a_deleted_folder_lets_go_of_conversations_and_takes_them_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let outer = folder(&stage, "outer", None).await;
    let inner = folder(&stage, "inner", Some(outer.id)).await;
    let conversation = titled(&stage, "x", Some(inner.id)).await;
    assert_eq!(stage.chat.folders(OWNER).await.unwrap()[1].conversations, 1);
    stage.chat.delete_folder(OWNER, outer.id).await.unwrap();
    assert!(stage.chat.folders(OWNER).await.unwrap().is_empty());
    let shown = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!(shown.filed.folder_id, None, "it is in no folder now");
    let moved = into_folder(&inner, Spot::ByDate);
    let refused = stage.chat.arrange(OWNER, &[conversation.id], moved).await.unwrap_err();
    assert!(matches!(refused, ChatError::NoFolder(_)));
    stage.chat.restore_folder(OWNER, outer.id).await.unwrap();
    let shown = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!(shown.filed.folder_id, Some(inner.id));
    stage.chat.delete_folder(OWNER, inner.id).await.unwrap();
    stage.chat.delete_folder(OWNER, outer.id).await.unwrap();
    let back = stage.chat.restore_folder(OWNER, inner.id).await.unwrap();
    assert_eq!(back.parent_id, None, "what it was in is gone");
    assert!(stage.chat.restore_folder(OWNER, new_id()).await.is_err());
}

async fn what_a_folder_says_comes_first_in_a_turn(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let outer = folder(&stage, "outer", None).await;
    let inner = folder(&stage, "inner", Some(outer.id)).await;
    for (id, words) in [(outer.id, "Be brief."), (inner.id, "Speak French.")] {
        let patch = FolderPatch { prompt: Some(words.into()), ..FolderPatch::default() };
        stage.chat.update_folder(OWNER, id, patch).await.unwrap();
    }
    let mut preferences = stage.chat.preferences();
    preferences.system_prompt = "You are kind.".into();
    stage.chat.set_preferences(preferences);
    let conversation = titled(&stage, "x", Some(inner.id)).await;
    let told = async |text: &str| {
        stage.actor.says("oui");
        let started = stage.say(&conversation, None, text).await;
        stage.finished(&started.reply).await;
        stage.actor.requests().last().unwrap().messages[0].plain_text()
    };
    assert_eq!(told("hi").await, "Be brief.\n\nSpeak French.\n\nYou are kind.");
    let off = Arrangement::UseFolder(false);
    stage.chat.arrange(OWNER, &[conversation.id], off).await.unwrap();
    assert_eq!(told("and now").await, "You are kind.");
    let on = Arrangement::UseFolder(true);
    stage.chat.arrange(OWNER, &[conversation.id], on).await.unwrap();
    stage.chat.delete_folder(OWNER, inner.id).await.unwrap();
    assert_eq!(told("after it").await, "You are kind.");
}

async fn documents_of_a_folder_are_those_of_its_turns(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let shelf = folder(&stage, "shelf", None).await;
    let document = new_id().to_string();
    let grounding = Grounding { enabled: true, document_ids: vec![document.clone()] };
    let patch = FolderPatch { grounding: Some(grounding), ..FolderPatch::default() };
    stage.chat.update_folder(OWNER, shelf.id, patch).await.unwrap();
    let conversation = titled(&stage, "x", Some(shelf.id)).await;
    stage.actor.says("nothing");
    let started = stage.say(&conversation, None, "what stands there?").await;
    stage.finished(&started.reply).await;
    let request = stage.actor.requests().pop().unwrap();
    assert_eq!(request.library.unwrap().document_ids, [document]);
    let kept = stage.chat.get(OWNER, conversation.id).await.unwrap();
    assert_eq!(kept.grounding, Grounding::default(), "the conversation's own choice stays");
}

async fn many_are_changed_at_once_and_changed_back(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let shelf = folder(&stage, "shelf", None).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(titled(&stage, &number.to_string(), None).await.id);
    }
    let first = [ids[0], ids[1], ids[0]];
    let tag = |add: &[&str], remove: &[&str]| Arrangement::Tag {
        add: add.iter().map(|tag| (*tag).to_owned()).collect(),
        remove: remove.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    let mut undo = Vec::new();
    for change in [
        into_folder(&shelf, Spot::ByDate),
        tag(&["#Urgent", "later"], &[]),
        tag(&[], &["later"]),
        Arrangement::Pin(true),
        Arrangement::Archive(true),
    ] {
        let before = stage.chat.arrange(OWNER, &first, change).await.unwrap();
        assert_eq!(before.len(), 2);
        undo.push(before);
    }
    let shown = stage.chat.get(OWNER, ids[0]).await.unwrap().filed;
    assert_eq!(
        (shown.folder_id, shown.tags, shown.pinned, shown.archived),
        (Some(shelf.id), vec!["urgent".to_owned()], true, true)
    );
    let shelves = stage.chat.shelves(OWNER).await.unwrap();
    assert_eq!(shelves.tags, [("urgent".to_owned(), 2)]);
    assert!(shelves.pinned.is_empty(), "what is put away stands above nothing");
    let list = |archived| ListConversations { archived, ..ListConversations::default() };
    assert_eq!(titles(&stage, list(Archived::Not)).await, ["4", "3", "2"]);
    assert_eq!(titles(&stage, list(Archived::Only)).await, ["1", "0"]);
    let before = stage.chat.arrange(OWNER, &ids, Arrangement::Delete).await.unwrap();
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 0);
    let again = stage.chat.put_back(OWNER, before, None).await.unwrap();
    assert_eq!(stage.chat.count(OWNER).await.unwrap(), 5);
    assert!(again.iter().all(|place| place.deleted_at.is_some()), "what takes back can be taken back");
    for before in undo.into_iter().rev() {
        stage.chat.put_back(OWNER, before, None).await.unwrap();
    }
    let shown = stage.chat.get(OWNER, ids[0]).await.unwrap().filed;
    assert_eq!((shown.folder_id, shown.tags.len(), shown.pinned, shown.archived), (None, 0, false, false));
    let urgent = tag(&["#Urgent"], &[]);
    let before = stage.chat.arrange(OWNER, &first, urgent.clone()).await.unwrap();
    stage.chat.arrange(OWNER, &first, tag(&["later"], &[])).await.unwrap();
    stage.chat.arrange(OWNER, &first, Arrangement::Pin(true)).await.unwrap();
    stage.chat.put_back(OWNER, before, Some(&urgent)).await.unwrap();
    let shown = stage.chat.get(OWNER, ids[0]).await.unwrap().filed;
    assert_eq!((shown.tags, shown.pinned), (vec!["later".to_owned()], true), "what was changed since stays");
    let missing = stage.chat.arrange(OWNER, &[new_id()], Arrangement::Delete).await.unwrap_err();
    assert!(matches!(missing, ChatError::NoConversation(_)));
    let bad = stage.chat.arrange(OWNER, &ids, tag(&["a,b"], &[])).await.unwrap_err();
    assert!(matches!(&bad, ChatError::BadTag(_)) && bad.hint().is_some());
    let many: Vec<Id> = (0..1_001).map(|_| new_id()).collect();
    let many = stage.chat.arrange(OWNER, &many, Arrangement::Delete).await.unwrap_err();
    assert!(matches!(many, ChatError::TooMany { .. }));
}

async fn a_person_orders_a_folder(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let shelf = folder(&stage, "shelf", None).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(titled(&stage, name, Some(shelf.id)).await.id);
    }
    assert_eq!(within(&stage, &shelf).await, ["d", "c", "b", "a"]);
    let to = |spot| into_folder(&shelf, spot);
    stage.chat.arrange(OWNER, &[ids[0]], to(Spot::Above(ids[2]))).await.unwrap();
    assert_eq!(within(&stage, &shelf).await, ["d", "a", "c", "b"]);
    stage.chat.arrange(OWNER, &[ids[3], ids[2]], to(Spot::Below(ids[1]))).await.unwrap();
    assert_eq!(within(&stage, &shelf).await, ["a", "b", "d", "c"]);
    // Between the same two, again and again: room is made.
    for turn in 0..60 {
        let moved = if turn % 2 == 0 { ids[3] } else { ids[2] };
        let before = within(&stage, &shelf).await;
        stage.chat.arrange(OWNER, &[moved], to(Spot::Below(ids[0]))).await.unwrap();
        let after = within(&stage, &shelf).await;
        let name = if turn % 2 == 0 { "d" } else { "c" };
        assert_eq!(after[..2], ["a", name], "{before:?}");
    }
    let mut paged = Vec::new();
    let mut cursor = None;
    loop {
        let list =
            ListConversations { folder: Some(shelf.id), limit: 1, cursor, ..ListConversations::default() };
        let page = stage.chat.list(OWNER, list).await.unwrap();
        paged.extend(page.conversations.into_iter().map(|one| one.title));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, within(&stage, &shelf).await, "pages keep the order");
    stage.chat.arrange(OWNER, &ids, to(Spot::ByDate)).await.unwrap();
    assert_eq!(within(&stage, &shelf).await, ["d", "c", "b", "a"]);
    let nowhere = stage.chat.arrange(OWNER, &[ids[0]], to(Spot::Above(new_id()))).await.unwrap_err();
    assert!(matches!(nowhere, ChatError::NoConversation(_)));
}

async fn a_search_has_operators(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let work = folder(&stage, "My Work", None).await;
    let inner = folder(&stage, "Clients", Some(work.id)).await;
    let oslo = titled(&stage, "Oslo", Some(inner.id)).await;
    titled(&stage, "Bergen", Some(work.id)).await;
    let plain = titled(&stage, "Plain", None).await;
    stage.actor.says("Run ```cargo``` in the snow.");
    let started = stage.say(&oslo, None, "How cold is it?").await;
    stage.finished(&started.reply).await;
    let tag = Arrangement::Tag { add: vec!["To Do".into()], remove: vec![] };
    stage.chat.arrange(OWNER, &[oslo.id, plain.id], tag).await.unwrap();
    stage.chat.arrange(OWNER, &[plain.id], Arrangement::Pin(true)).await.unwrap();
    for (query, expected) in [
        ("folder:work", &["Bergen", "Oslo"][..]),
        ("folder:\"my work\" snow", &["Oslo"]),
        ("folder:clients", &["Oslo"]),
        ("folder:nowhere", &[]),
        ("tag:\"to do\"", &["Oslo", "Plain"]),
        ("tag:to", &[]),
        ("model:ACTOR", &["Oslo"]),
        ("model:other", &[]),
        ("persona:nobody", &[]),
        ("has:code", &["Oslo"]),
        ("has:images", &[]),
        ("has:tag has:folder", &["Oslo"]),
        ("has:error", &[]),
        ("is:pinned", &["Plain"]),
        ("is:archived", &[]),
        ("before:2000", &[]),
        ("after:2000 cold", &["Oslo"]),
        ("snow cold", &["Oslo"]),
        ("\"cold snow\"", &[]),
    ] {
        assert_eq!(found(&stage, query).await, expected, "{query}");
    }
    let list = ListConversations {
        query: "snow from:me folder:nowhere".into(),
        limit: 5,
        ..ListConversations::default()
    };
    let page = stage.chat.list(OWNER, list).await.unwrap();
    assert_eq!(page.words, ["snow", "from:me"]);
    let hints: Vec<&str> = page.hints.iter().map(|hint| hint.piece.as_str()).collect();
    assert_eq!(hints, ["from:me", "folder:nowhere"]);
    stage.chat.arrange(OWNER, &[plain.id], Arrangement::Archive(true)).await.unwrap();
    assert_eq!(found(&stage, "is:archived").await, ["Plain"]);
    assert!(found(&stage, "tag:\"to do\" is:pinned").await.is_empty());
    let pinned = ListConversations { pinned: Pinned::Only, ..ListConversations::default() };
    assert_eq!(titles(&stage, pinned).await, ["Plain"]);
}

async fn letters_of_all_scripts_are_found_in_every_case(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let orchard = titled(&stage, "Der ÄPFEL-Garten", None).await;
    stage.actor.says("Mój żółw je ЯБЛОКИ.");
    let started = stage.say(&orchard, None, "Was gibt es?").await;
    stage.finished(&started.reply).await;
    titled(&stage, "Apfel", None).await;
    for (query, expected) in [
        ("äpfel", &["Der ÄPFEL-Garten"][..]),
        ("Äpfel", &["Der ÄPFEL-Garten"]),
        ("ŻÓŁW", &["Der ÄPFEL-Garten"]),
        ("\"MÓJ ŻÓŁW\"", &["Der ÄPFEL-Garten"]),
        ("яблоки ÄPFEL garten", &["Der ÄPFEL-Garten"]),
        ("apfel", &["Apfel"]),
        ("żolw", &[]),
    ] {
        assert_eq!(found(&stage, query).await, expected, "{query}");
    }
    let list = ListConversations { query: "яблоки".into(), limit: 5, ..ListConversations::default() };
    let conversation = stage.chat.list(OWNER, list).await.unwrap().conversations.remove(0);
    assert_eq!(conversation.snippet.as_deref(), Some("Mój żółw je ЯБЛОКИ."));
}

async fn a_fork_lies_beside_its_original(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let shelf = folder(&stage, "shelf", None).await;
    let original = titled(&stage, "x", Some(shelf.id)).await;
    stage.actor.says("yes");
    let started = stage.say(&original, None, "hm?").await;
    stage.finished(&started.reply).await;
    stage.chat.arrange(OWNER, &[original.id], Arrangement::Pin(true)).await.unwrap();
    let fork = stage.chat.fork(OWNER, original.id, (started.reply.id, chat::ForkScope::Path)).await.unwrap();
    let filed = stage.chat.get(OWNER, fork.id).await.unwrap().filed;
    assert_eq!((filed.folder_id, filed.pinned), (Some(shelf.id), false));
    let unknown = NewConversation { folder_id: Some(new_id()), ..NewConversation::default() };
    assert!(matches!(stage.chat.create(OWNER, unknown).await, Err(ChatError::NoFolder(_))));
}

async fn nobody_arranges_what_is_another_owners(test: Arc<TestDb>) {
    let stage = Stage::new(test).await;
    let shelf = folder(&stage, "shelf", None).await;
    let conversation = titled(&stage, "x", Some(shelf.id)).await;
    let stranger = new_id();
    assert!(stage.chat.folders(stranger).await.unwrap().is_empty());
    assert!(stage.chat.update_folder(stranger, shelf.id, FolderPatch::default()).await.is_err());
    assert!(stage.chat.delete_folder(stranger, shelf.id).await.is_err());
    assert!(stage.chat.restore_folder(stranger, shelf.id).await.is_err());
    assert!(stage.chat.arrange(stranger, &[conversation.id], Arrangement::Delete).await.is_err());
    let mine = stage.chat.arrange(OWNER, &[conversation.id], Arrangement::Pin(true)).await.unwrap();
    assert!(stage.chat.put_back(stranger, mine, None).await.unwrap().is_empty());
    assert!(stage.chat.get(OWNER, conversation.id).await.unwrap().filed.pinned);
}
