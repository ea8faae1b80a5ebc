//! Typed entries: found in documents, chosen by facets, put right by people, and compared with the truth of the SRD.

use crate::support::{OWNER, Running, process_reader};
use library::{
    Config, Counting, Document, Entry, EntryChange, Facet, Filter, Kind, LibraryError, Reader, SearchRequest,
    SearchResults,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::PathBuf,
    sync::Arc,
};
use store::testing::TestDb;

store::on_each_database!(
    entries_are_chosen_by_facets_and_counted,
    corrections_hold_teach_and_can_be_taken_back
);

const BOOK: &str = "# Lights and Beasts\n\n## Spells\n\n### Far Lamp\n\n3rd-level evocation\n\nCasting Time: 1 action\n\nRange: 60 feet\n\n\
    Components: V, S\n\nDuration: 1 hour\n\nA lamp burns where you point.\n\n### Dim Lamp\n\n1st-level illusion\n\nCasting Time: 1 action\n\n\
    Range: Touch\n\nComponents: V\n\nDuration: 1 minute\n\nThe lamp only seems to burn.\n\n## Beasts\n\n### Mire Hound\n\n\
    Large monstrosity, chaotic evil\n\nArmor Class 14\n\nHit Points 52 (7d10+14)\n\nSpeed 40 ft.\n\n\
    | STR | DEX | CON | INT | WIS | CHA |\n|---|---|---|---|---|---|\n| 18 (+4) | 12 (+1) | 15 (+2) | 6 (-2) | 11 (+0) | 8 (-1) |\n\n\
    Challenge 1/4 (50 XP)\n\nIt eats every lamp.\n\n#### Actions\n\nBite. It bites.\n\n## Rules of Light\n\nA lamp that fails its saving throw has disadvantage on the next attack roll.\n\n## Afterword\n\nThanks to all who lit a lamp.";

fn filter(values: &[(Facet, &str)]) -> Filter {
    let mut filter = Filter::default();
    for (facet, value) in values {
        filter.values.entry(*facet).or_default().insert((*value).to_owned());
    }
    filter
}

async fn search(running: &Running, text: &str, filter: Filter) -> SearchResults {
    let request =
        SearchRequest { filter, counting: Counting::Facets, limit: 100, ..SearchRequest::new(text) };
    running.library.search(OWNER, request).await.unwrap()
}

fn counts(found: &SearchResults, facet: Facet) -> Vec<(&str, usize)> {
    let counts = found.facets.values.get(&facet);
    counts.into_iter().flatten().map(|(value, count)| (value.as_str(), *count)).collect()
}

fn names(found: &SearchResults) -> Vec<&str> {
    found.hits.iter().flat_map(|hit| hit.entries.iter().map(|entry| entry.name.as_str())).collect()
}

async fn of_name(running: &Running, document: &Document, name: &str) -> Entry {
    let entries = running.library.entries_of(OWNER, document.id).await.unwrap();
    entries.into_iter().find(|entry| entry.name == name).unwrap()
}

async fn entries_are_chosen_by_facets_and_counted(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let document = running.add("lamps.md", BOOK).await;
    let found = search(&running, "lamp", Filter::default()).await;
    assert_eq!(
        counts(&found, Facet::Kind),
        [("monster", 1), ("rule", 1), ("spell", 2), ("text", 1)],
        "{:?}",
        found.hits
    );
    assert_eq!(counts(&found, Facet::School), [("evocation", 1), ("illusion", 1)]);
    assert_eq!(found.facets.levels, BTreeMap::from([(2, 1), (8, 1), (24, 1)]));
    assert_eq!(counts(&found, Facet::Format), [("markdown", 5)]);
    let (source, _) = counts(&found, Facet::Source)[0];
    assert_eq!(
        (source.to_owned(), found.titles[source].as_str()),
        (document.id.to_string(), "Lights and Beasts")
    );

    // The choice of a facet does not count for itself, and for the others it does.
    let found = search(&running, "lamp", filter(&[(Facet::School, "evocation")])).await;
    assert_eq!((names(&found), found.total), (vec!["Far Lamp"], 1));
    assert_eq!(counts(&found, Facet::School), [("evocation", 1), ("illusion", 1)]);
    assert_eq!(counts(&found, Facet::Kind), [("spell", 1)]);
    let both = filter(&[(Facet::School, "evocation"), (Facet::School, "illusion"), (Facet::Kind, "spell")]);
    assert_eq!(search(&running, "lamp", both).await.total, 2);
    let some = Filter { levels: Some(1..=8), ..Filter::default() };
    let mut found = search(&running, "lamp", some).await;
    found.hits.sort_by(|one, other| one.passage.heading.cmp(&other.passage.heading));
    assert_eq!(names(&found), ["Mire Hound", "Dim Lamp"]);

    // A choice without words shows each entry once, in the order of the book.
    let found = search(&running, "", filter(&[(Facet::Kind, "spell"), (Facet::Kind, "monster")])).await;
    assert_eq!(names(&found), ["Far Lamp", "Dim Lamp", "Mire Hound"]);
    let found = search(&running, "lamp", filter(&[(Facet::Kind, "spell"), (Facet::Format, "pdf")])).await;
    assert_eq!((found.total, counts(&found, Facet::Format)), (0, vec![("markdown", 2)]));
    running.stop().await;
}

async fn corrections_hold_teach_and_can_be_taken_back(test: Arc<TestDb>) {
    let running = Running::start_with(&test, Config::default(), Reader::Thread).await;
    let odd = |name: &str, circle: u8| {
        format!(
            "# Book of {name}\n\n## {name}\n\nEvocation of circle {circle}\n\nCast In: 1 action\n\nRange: 60 feet\n\nComponents: V\n\nDuration: 1 hour\n\nIt burns.\n\n## {name} Two\n\nCasting Time: 1 action\n\nRange: 5 feet\n\nComponents: V\n\nDuration: 1 hour\n\nIt too."
        )
    };
    let first = running.add("first.md", odd("Ember", 4)).await;
    let second = running.add("second.md", odd("Spark", 7)).await;
    let two = of_name(&running, &first, "Ember Two").await;
    assert!(two.level.is_none() && two.quality < 0.8, "{two:?}");
    let change = |fields: &[(&str, &str)]| EntryChange {
        fields: fields.iter().map(|(name, text)| ((*name).to_owned(), Some((*text).to_owned()))).collect(),
        ..EntryChange::default()
    };
    for (name, text) in [("level", "many"), ("colour", "red"), ("school", "cookery")] {
        let refused = running.library.correct_entry(OWNER, &two.id, change(&[(name, text)])).await;
        assert!(matches!(refused, Err(LibraryError::BadEntry(_))), "{name}");
    }
    let stranger = base::Id::from_u128(9);
    assert!(running.library.correct_entry(stranger, &two.id, change(&[("level", "1")])).await.is_err());

    let right = running
        .library
        .correct_entry(OWNER, &two.id, change(&[("level", "2"), ("school", "Evocation")]))
        .await
        .unwrap();
    assert_eq!(
        (right.level, right.school.as_deref(), right.id.as_str()),
        (Some(2.0), Some("evocation"), two.id.as_str())
    );
    assert_eq!(right.corrected, ["level", "school"]);
    let found =
        search(&running, "", Filter { levels: Some(16..=16), ..filter(&[(Facet::School, "evocation")]) })
            .await;
    assert_eq!(names(&found), ["Ember Two"]);

    // It holds when the document is read anew.
    running.library.reprocess(OWNER, first.id).await.unwrap();
    running.settled(first.id).await;
    assert_eq!(of_name(&running, &first, "Ember Two").await.level, Some(2.0));

    // The line under another one's name is learned, for the publisher's other books too.
    let named = EntryChange {
        kind: Some(Kind::Spell),
        name: Some("Ember the First".into()),
        ..change(&[("level", "4"), ("school", "evocation"), ("casting_time", "1 action")])
    };
    let ember = of_name(&running, &first, "Ember").await;
    let ember = running.library.correct_entry(OWNER, &ember.id, named).await.unwrap();
    assert_eq!(ember.name, "Ember the First");
    let mut spark = of_name(&running, &second, "Spark").await;
    for _ in 0..600 {
        if spark.level == Some(7.0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let entries = running.library.entries_of(OWNER, second.id).await.unwrap();
        spark = entries.into_iter().find(|entry| entry.name == "Spark").unwrap_or(spark);
    }
    assert_eq!((spark.level, spark.school.as_deref(), spark.quality), (Some(7.0), Some("evocation"), 1.0));
    assert_eq!(spark.corrected, [""; 0]);

    let before = running.library.uncorrect_entry(OWNER, &two.id).await.unwrap();
    assert_eq!((before.level, before.corrected), (None, Vec::new()));
    running.library.delete(OWNER, first.id).await.unwrap();
    assert!(matches!(running.library.entry(OWNER, &two.id).await, Err(LibraryError::NoEntry(_))));
    running.stop().await;
}

/// The entries of a file of the corpus, and the truth beside it; none where the corpus is not here.
async fn compared(file: &str, truth: &str) -> Option<(Vec<Entry>, Vec<Value>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/srd");
    let Ok(bytes) = std::fs::read(folder.join(file)) else {
        eprintln!("skipped: `{}` is not here", folder.join(file).display());
        return None;
    };
    let truth = std::fs::read(folder.join(truth)).unwrap();
    let test = TestDb::sqlite().await;
    let running = Running::start_with(&test, Config::default(), process_reader()).await;
    let document = running.add(file, bytes).await;
    let entries = running.library.entries_of(OWNER, document.id).await.unwrap();
    running.stop().await;
    Some((entries, serde_json::from_slice(&truth).unwrap()))
}

fn name_of(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// A field, and what the truth says of it.
type Expected<'a> = (&'a str, &'a dyn Fn(&Value) -> Value);

/// How many of the truth are there, which fields of them are wrong, and what is there besides.
struct Comparison {
    lacking: Vec<String>,
    wrong: Vec<String>,
    besides: Vec<String>,
}

fn compare(entries: &[Entry], kind: Kind, truth: &[Value], fields: &[Expected<'_>]) -> Comparison {
    // Where there are several of one name, they stand in the order of the truth.
    let mut by_name: HashMap<String, VecDeque<&Entry>> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == kind) {
        by_name.entry(name_of(&entry.name)).or_default().push_back(entry);
    }
    let known: BTreeSet<String> = truth.iter().map(|one| name_of(one["name"].as_str().unwrap())).collect();
    let besides = entries.iter().filter(|entry| entry.kind != kind || !known.contains(&name_of(&entry.name)));
    let besides = besides.map(|entry| format!("{} {}", entry.kind, entry.name)).collect();
    let (mut lacking, mut wrong) = (Vec::new(), Vec::new());
    for one in truth {
        let name = one["name"].as_str().unwrap();
        let Some(entry) = by_name.get_mut(&name_of(name)).and_then(VecDeque::pop_front) else {
            lacking.push(name.to_owned());
            continue;
        };
        for (field, expected) in fields {
            let (expected, found) = (expected(one), entry.facts.get(*field).cloned().unwrap_or(Value::Null));
            let same = match (expected.as_f64(), found.as_f64()) {
                (Some(one), Some(other)) => (one - other).abs() < 1e-9,
                _ => expected == found,
            };
            if !same {
                wrong.push(format!("{name}: {field} is {found} instead of {expected}"));
            }
        }
    }
    Comparison { lacking, wrong, besides }
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| Value::from(text.to_lowercase()))
}

#[tokio::test]
async fn the_spells_of_the_srd_are_found() {
    let Some((entries, truth)) = compared("srd-spells.pdf", "5e-SRD-Spells.json").await else { return };
    let Comparison { lacking, wrong, besides } = compare(
        &entries,
        Kind::Spell,
        &truth,
        &[
            ("level", &|one| one["level"].clone()),
            ("school", &|one| lower(&one["school"]["name"])),
            ("ritual", &|one| one["ritual"].clone()),
            ("concentration", &|one| one["concentration"].clone()),
            ("components", &|one| one["components"].clone()),
            ("duration", &|one| one["duration"].clone()),
            ("casting_time", &|one| one["casting_time"].clone()),
            ("range", &|one| one["range"].clone()),
        ],
    );
    assert!(
        lacking.is_empty() && wrong.is_empty() && besides.is_empty(),
        "{lacking:?}\n{wrong:#?}\n{besides:?}"
    );
}

#[tokio::test]
async fn the_monsters_of_the_srd_are_found() {
    let Some((entries, truth)) = compared("srd-monsters.pdf", "5e-SRD-Monsters.json").await else { return };
    let Comparison { lacking, wrong, besides } = compare(
        &entries,
        Kind::Monster,
        &truth,
        &[
            ("challenge", &|one| one["challenge_rating"].clone()),
            ("experience", &|one| one["xp"].clone()),
            ("type", &|one| lower(&one["type"])),
            ("size", &|one| lower(&one["size"])),
            ("armor_class", &|one| one["armor_class"][0]["value"].clone()),
            ("hit_points", &|one| one["hit_points"].clone()),
            ("alignment", &|one| lower(&one["alignment"])),
        ],
    );
    assert!(
        lacking.is_empty() && wrong.is_empty() && besides.is_empty(),
        "{lacking:?}\n{wrong:#?}\n{besides:?}"
    );
}

#[tokio::test]
async fn the_items_and_conditions_of_the_srd_are_found() {
    let Some((entries, truth)) = compared("srd-items.pdf", "5e-SRD-Magic-Items.json").await else { return };
    let of = compare(&entries, Kind::MagicItem, &truth, &[("rarity", &|one| lower(&one["rarity"]["name"]))]);
    assert_eq!(of.lacking, [""; 0]);
    // Two rarities are told of it, and the truth takes the first.
    assert_eq!(of.wrong, ["Crystal Ball: rarity is \"varies\" instead of \"very rare\""]);
    // Its figures stand in the text of an item.
    assert_eq!(of.besides, ["monster Giant Fly", "monster Giant Fly"]);
    let Some((entries, truth)) = compared("srd-rules.pdf", "5e-SRD-Conditions.json").await else { return };
    let of = compare(&entries, Kind::Condition, &truth, &[]);
    assert!(of.lacking.is_empty() && of.besides.is_empty(), "{:?}\n{:?}", of.lacking, of.besides);
}
