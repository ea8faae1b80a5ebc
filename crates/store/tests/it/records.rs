//! Records: versions, conflicts, deletion, lists.

use base::{Clock as _, ErrorKind, Id, new_id};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use store::{
    InvalidRecord, Kept, ListRecords, Record, RecordError, Records, on_each_database, records::Deleted,
    testing::TestDb,
};

on_each_database![
    a_record_is_kept_as_it_is,
    of_two_writers_the_second_is_told,
    of_many_writers_at_once_exactly_one_wins_each_version,
    every_version_stays_and_can_be_restored,
    a_deleted_record_comes_back_whole,
    touching_changes_the_order_and_no_version,
    others_see_and_change_nothing,
    lists_go_page_by_page_without_gaps,
    words_are_found_in_titles_and_texts,
    what_is_not_valid_is_not_written,
    a_body_of_another_form_is_named,
    purging_takes_history_and_links,
    links_go_both_ways,
];

const OWNER: Id = Id::FIRST_OWNER;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    name: String,
    text: String,
}

impl Record for Note {
    const KIND: &'static str = "test_note";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn search_text(&self) -> String {
        self.text.clone()
    }

    fn validate(&self) -> Result<(), InvalidRecord> {
        if self.name.is_empty() {
            return Err(InvalidRecord {
                hint: Some("give it one".to_owned()),
                ..InvalidRecord::new("no name")
            });
        }
        Ok(())
    }
}

/// Same form, another kind.
#[derive(Debug, Serialize, Deserialize)]
struct Other {
    name: String,
}

impl Record for Other {
    const KIND: &'static str = "test_other";

    fn title(&self) -> String {
        self.name.clone()
    }
}

fn note(name: &str) -> Note {
    Note { name: name.to_owned(), text: format!("about {name}") }
}

fn records(test: &TestDb) -> Records {
    Records::new(test.db.clone())
}

async fn create(records: &Records, name: &str) -> Kept<Note> {
    records.create(OWNER, None, note(name)).await.unwrap()
}

fn names(list: &[Kept<Note>]) -> Vec<&str> {
    list.iter().map(|kept| kept.value.name.as_str()).collect()
}

async fn a_record_is_kept_as_it_is(test: Arc<TestDb>) {
    let records = records(&test);
    let parent = new_id();
    let odd = Note { name: "größe '\u{1F600}' %_\\ \0 \"x\"".to_owned(), text: "\0\n".to_owned() };
    let made = records.create(OWNER, Some(parent), odd.clone()).await.unwrap();
    assert_eq!((made.version, made.parent, made.deleted_at), (1, Some(parent), None));
    let read: Kept<Note> = records.get(OWNER, made.id).await.unwrap();
    assert_eq!(read, made);
    assert_eq!(read.value, odd);
    let missing = records.get::<Other>(OWNER, made.id).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "an id of another kind is not found");
}

async fn of_two_writers_the_second_is_told(test: Arc<TestDb>) {
    let records = records(&test);
    let made = create(&records, "a").await;
    let changed = records.update(OWNER, made.id, 1, note("b")).await.unwrap();
    assert_eq!(changed.version, 2);
    let late = records.update(OWNER, made.id, 1, note("c")).await.unwrap_err();
    assert!(matches!(late, RecordError::Conflict { expected: 1, found: 2, .. }), "{late:?}");
    assert!(late.hint().is_some());
    assert_eq!(records.get::<Note>(OWNER, made.id).await.unwrap().value, note("b"));
    let nobody = records.update(OWNER, new_id(), 1, note("c")).await.unwrap_err();
    assert!(matches!(nobody, RecordError::NotFound { .. }));
}

async fn of_many_writers_at_once_exactly_one_wins_each_version(test: Arc<TestDb>) {
    let records = records(&test);
    let id = create(&records, "a").await.id;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let records = records.clone();
            tokio::spawn(async move { records.update(OWNER, id, 1, note(&format!("n{number}"))).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(records.history::<Note>(OWNER, id).await.unwrap().len(), 2);
}

async fn every_version_stays_and_can_be_restored(test: Arc<TestDb>) {
    let records = records(&test);
    let id = create(&records, "one").await.id;
    for (expected, name) in [(1, "two"), (2, "three")] {
        test.clock.advance(Duration::from_secs(1));
        records.update(OWNER, id, expected, note(name)).await.unwrap();
    }
    let history = records.history::<Note>(OWNER, id).await.unwrap();
    let shown: Vec<_> = history.iter().map(|version| (version.version, version.title.as_str())).collect();
    assert_eq!(shown, [(3, "three"), (2, "two"), (1, "one")]);
    assert_eq!(history.first().unwrap().created_at, test.clock.now());
    assert_eq!(records.at_version::<Note>(OWNER, id, 2).await.unwrap(), note("two"));
    let back = records.restore::<Note>(OWNER, id, 1, 3).await.unwrap();
    assert_eq!((back.version, back.value), (4, note("one")));
    let missing = records.restore::<Note>(OWNER, id, 9, 4).await.unwrap_err();
    assert!(matches!(missing, RecordError::NoSuchVersion { version: 9, .. }));
}

async fn a_deleted_record_comes_back_whole(test: Arc<TestDb>) {
    let records = records(&test);
    let made = create(&records, "a").await;
    let deleted_at = test.clock.now();
    records.delete::<Note>(OWNER, made.id).await.unwrap();
    test.clock.advance(Duration::from_secs(1));
    records.delete::<Note>(OWNER, made.id).await.unwrap();
    assert!(records.list::<Note>(&ListRecords::of(OWNER)).await.unwrap().is_empty());
    let bin = ListRecords { deleted: Deleted::Only, ..ListRecords::of(OWNER) };
    let found = records.list::<Note>(&bin).await.unwrap();
    assert_eq!(found.first().unwrap().deleted_at, Some(deleted_at), "the first deletion counts");
    for refused in [
        records.update(OWNER, made.id, 1, note("b")).await.map(drop),
        records.touch::<Note>(OWNER, made.id).await,
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    records.undelete::<Note>(OWNER, made.id).await.unwrap();
    assert_eq!(records.get::<Note>(OWNER, made.id).await.unwrap(), made);
    assert_eq!(names(&records.list(&ListRecords::of(OWNER)).await.unwrap()), ["a"]);
}

async fn touching_changes_the_order_and_no_version(test: Arc<TestDb>) {
    let records = records(&test);
    let first = create(&records, "first").await;
    test.clock.advance(Duration::from_secs(1));
    create(&records, "second").await;
    test.clock.advance(Duration::from_secs(1));
    records.touch::<Note>(OWNER, first.id).await.unwrap();
    let list = records.list::<Note>(&ListRecords::of(OWNER)).await.unwrap();
    assert_eq!(names(&list), ["first", "second"]);
    assert_eq!(list.first().unwrap().version, 1);
}

async fn others_see_and_change_nothing(test: Arc<TestDb>) {
    let records = records(&test);
    let id = create(&records, "mine").await.id;
    let stranger = Id::from_u128(9);
    let outcomes = [
        records.get::<Note>(stranger, id).await.map(drop),
        records.update(stranger, id, 1, note("theirs")).await.map(drop),
        records.delete::<Note>(stranger, id).await,
        records.undelete::<Note>(stranger, id).await,
        records.touch::<Note>(stranger, id).await,
        records.purge::<Note>(stranger, id).await,
        records.history::<Note>(stranger, id).await.map(drop),
        records.at_version::<Note>(stranger, id, 1).await.map(drop),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert!(records.list::<Note>(&ListRecords::of(stranger)).await.unwrap().is_empty());
    assert_eq!(records.get::<Note>(OWNER, id).await.unwrap().value, note("mine"));
}

async fn lists_go_page_by_page_without_gaps(test: Arc<TestDb>) {
    let records = records(&test);
    // Several at one moment: the id decides between them.
    for number in 0..10 {
        create(&records, &format!("n{number}")).await;
        if number % 3 == 2 {
            test.clock.advance(Duration::from_millis(1));
        }
    }
    let mut seen = Vec::new();
    let mut wanted = ListRecords { limit: 3, ..ListRecords::of(OWNER) };
    loop {
        let page = records.list::<Note>(&wanted).await.unwrap();
        let Some(last) = page.last() else { break };
        wanted.after = Some(last.cursor());
        seen.extend(page.into_iter().map(|kept| kept.value.name));
    }
    let expected: Vec<String> = (0..10).rev().map(|number| format!("n{number}")).collect();
    assert_eq!(seen, expected);
}

async fn words_are_found_in_titles_and_texts(test: Arc<TestDb>) {
    let records = records(&test);
    let parent = new_id();
    for (name, text) in
        [("Größe ÄÖ", "the Dragon sleeps"), ("100% sure_thing!", "a dragon wakes"), ("x", "y")]
    {
        let note = Note { name: name.to_owned(), text: text.to_owned() };
        records.create(OWNER, (name == "x").then_some(parent), note).await.unwrap();
        test.clock.advance(Duration::from_millis(1));
    }
    for (text, expected) in [
        ("dragon", vec!["100% sure_thing!", "Größe ÄÖ"]),
        ("DRAGON größe", vec!["Größe ÄÖ"]),
        ("äö", vec!["Größe ÄÖ"]),
        ("%", vec!["100% sure_thing!"]),
        ("e_t", vec!["100% sure_thing!"]),
        ("g!", vec!["100% sure_thing!"]),
        ("dragon nowhere", vec![]),
        ("'; DROP TABLE record; --", vec![]),
    ] {
        let wanted = ListRecords { text: Some(text.to_owned()), ..ListRecords::of(OWNER) };
        assert_eq!(names(&records.list(&wanted).await.unwrap()), expected, "{text}");
    }
    let children = ListRecords { parent: Some(parent), ..ListRecords::of(OWNER) };
    assert_eq!(names(&records.list(&children).await.unwrap()), ["x"]);
}

async fn what_is_not_valid_is_not_written(test: Arc<TestDb>) {
    let records = records(&test);
    let error = records.create(OWNER, None, note("")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint()), (ErrorKind::Invalid, Some("give it one")));
    let id = create(&records, "a").await.id;
    assert!(records.update(OWNER, id, 1, note("")).await.is_err());
    assert_eq!(records.get::<Note>(OWNER, id).await.unwrap().version, 1);
    let nobody = records.create(Id::from_u128(9), None, note("a")).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Conflict, "an owner that does not exist owns nothing");
}

async fn a_body_of_another_form_is_named(test: Arc<TestDb>) {
    let records = records(&test);
    let id = create(&records, "a").await.id;
    sqlx::query("UPDATE record SET body = '{\"surprise\":1}'").execute(test.db.pool()).await.unwrap();
    let error = records.get::<Note>(OWNER, id).await.unwrap_err();
    assert!(error.to_string().contains("record.body"), "{error}");
}

async fn purging_takes_history_and_links(test: Arc<TestDb>) {
    let records = records(&test);
    let (gone, stays) = (create(&records, "gone").await.id, create(&records, "stays").await.id);
    records.link(OWNER, gone, "about", stays).await.unwrap();
    records.link(OWNER, stays, "about", gone).await.unwrap();
    records.purge::<Note>(OWNER, gone).await.unwrap();
    assert!(records.get::<Note>(OWNER, gone).await.is_err());
    assert!(records.linked_from(OWNER, stays, "about").await.unwrap().is_empty());
    assert!(records.linked_to(OWNER, stays, "about").await.unwrap().is_empty());
    let versions: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM record_version").fetch_one(test.db.pool()).await.unwrap();
    assert_eq!(versions, 1);
}

async fn links_go_both_ways(test: Arc<TestDb>) {
    let records = records(&test);
    let [a, b, c] = [new_id(), new_id(), new_id()];
    for to in [b, c, b] {
        records.link(OWNER, a, "knows", to).await.unwrap();
        test.clock.advance(Duration::from_millis(1));
    }
    records.link(OWNER, a, "owns", b).await.unwrap();
    assert_eq!(records.linked_from(OWNER, a, "knows").await.unwrap(), [b, c]);
    assert_eq!(records.linked_to(OWNER, b, "knows").await.unwrap(), [a]);
    assert!(records.linked_from(Id::from_u128(9), a, "knows").await.unwrap().is_empty());
    records.unlink(OWNER, a, "knows", b).await.unwrap();
    assert_eq!(records.linked_from(OWNER, a, "knows").await.unwrap(), [c]);
    assert_eq!(records.linked_from(OWNER, a, "owns").await.unwrap(), [b]);
}
