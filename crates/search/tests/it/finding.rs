//! What is found, in what order, and what is marked.

use crate::support::{ANNA, BERT, entry, index};
use proptest::prelude::*;
use search::{Entry, Hits, Index, OwnWords, Query, Synonyms, Typos};
use std::sync::{Arc, LazyLock};

fn spells() -> Vec<Entry> {
    vec![
        entry(
            "fireball",
            "spells",
            "Spells › Fireball",
            "A bright streak flashes and blossoms into flame. Each creature takes fire damage.",
        ),
        entry(
            "cone",
            "spells",
            "Spells › Cone of Cold",
            "A blast of cold air erupts from your hands. The creatures take cold damage.",
        ),
        entry(
            "wall",
            "spells",
            "Spells › Wall of Fire",
            "You create a wall of fire on a solid surface within range.",
        ),
        entry(
            "invisibility",
            "spells",
            "Spells › Invisibility",
            "A creature you touch becomes invisible until the spell ends.",
        ),
        entry(
            "elf",
            "people",
            "People › Half-Elf",
            "Half-elves combine what some say are the best qualities of elves and humans.",
        ),
        entry("half", "people", "People › Others", "An elf ate half of the bread."),
        entry("caf\u{e9}", "places", "", "The caf\u{e9} of S\u{e3}o Bento opens at 7."),
    ]
}

fn check(query: &str, expected: &[&str]) {
    let found = find(query);
    let ids: Vec<&str> = found.hits.iter().map(|hit| hit.id.as_str()).collect();
    assert_eq!(ids, expected, "{query}");
    assert_eq!(found.total, expected.len(), "{query}");
}

fn find(query: &str) -> Hits {
    static INDEX: LazyLock<Index> = LazyLock::new(|| index(&spells()));
    INDEX.search(&Query::new(ANNA, query)).unwrap()
}

#[test]
fn words_find_their_forms_and_headings_weigh_more() {
    check("blossomed", &["fireball"]);
    check("fire", &["wall", "fireball"]);
    check("fireball", &["fireball"]);
    check("half-elf", &["elf", "half"]);
    check("cafe sao", &["caf\u{e9}"]);
}

#[test]
fn the_syntax_does_what_it_says() {
    check("\"wall of fire\"", &["wall"]);
    check("\"fire of wall\"", &[]);
    check("\"cone of cold\" fire", &["cone"]);
    check("invis*", &["invisibility"]);
    check("creature -fire -cold", &["invisibility"]);
    check("-spells -people", &["caf\u{e9}"]);
    check("creature -\"fire damage\" -\"cold damage\"", &["invisibility"]);
    check("title:places", &["caf\u{e9}"]);
    check("title:peo* bread", &["half", "elf"]);
    check("title:places fire", &["caf\u{e9}"]);
    check("heading:fire", &["wall"]);
    check("heading:\"cone of\" damage", &["cone"]);
    check("text:fire", &["wall", "fireball"]);
    check("creature -text:fire -heading:cone", &["invisibility"]);
    check("*ball", &["fireball"]);
    check("f?reba*", &["fireball"]);
    check("heading:f*ll", &["fireball"]);
    check("damage -*ball", &["cone"]);
    check("f?re?", &["fireball", "wall"]);
    check("fier~1", &["fireball", "wall"]);
    check("bread~1", &["half"]);
    check("braed~1", &["half"]);
    check("xbraedx~2", &[]);
}

#[test]
fn typos_are_forgiven_only_where_nothing_else_is_found() {
    check("firebal", &["fireball"]);
    check("ifreball", &["fireball"]);
    check("invisibilty", &["invisibility"]);
    assert_eq!(find("blosoms").corrections, [("blosoms".to_owned(), vec!["blossoms".to_owned()])]);
    check("wal", &[]);
    let exact = Query { typos: Typos::None, ..Query::new(ANNA, "firebal") };
    assert_eq!(index(&spells()).search(&exact).unwrap().total, 0);
    assert_eq!(find("fire").corrections, []);
}

#[test]
fn nothing_to_look_for_finds_nothing() {
    for query in ["", "   ", "the of and", "\"\"", "*", "xyzzyqwert"] {
        check(query, &[]);
    }
}

#[test]
fn of_a_long_question_the_rarest_words_are_looked_for() {
    let words = |word: &str| -> String { (0..70).map(|number| format!("{word}{number} ")).collect() };
    let common = words("common");
    let passage = |id: &str, last: &str| entry(id, "book", "", &format!("{common}{last}"));
    let index = index(&[passage("one", "pebble"), passage("two", "feather"), passage("told", "lantern")]);
    let found = |text: String| -> Vec<String> {
        let query = Query { typos: Typos::None, ..Query::new(ANNA, text) };
        index.search(&query).unwrap().hits.into_iter().map(|hit| hit.id).collect()
    };
    assert_eq!(found(format!("{common} lantern"))[0], "told");
    assert_eq!(found(format!("{} lantern", words("unknown"))), ["told"], "what nobody wrote comes last");
    assert_eq!(
        found(format!("{} lantern", "the ".repeat(100))),
        ["told"],
        "what is never searched is not counted"
    );
    let excluded = found(format!("{common} feather -lantern -pebble"));
    assert_eq!(excluded, ["two"], "what asks for more than a word stays");
}

#[test]
fn highlights_are_the_words_that_matched() {
    for (query, expected) in [
        ("fire damage", vec!["fire", "damage"]),
        ("\"fire damage\"", vec!["fire damage"]),
        ("fla*", vec!["flashes", "flame"]),
        ("f*shes dam?ge", vec!["flashes", "damage"]),
        ("flaem~", vec!["flame"]),
        ("blosoms", vec!["blossoms"]),
    ] {
        let found = find(query);
        let hit = found.hits.iter().find(|hit| hit.id == "fireball").unwrap();
        let marked: Vec<&str> = hit.highlights().iter().map(|range| &hit.body[range.clone()]).collect();
        assert_eq!(marked, expected, "{query}");
    }
}

#[test]
fn tags_of_documents_come_with_the_query() {
    let tags = search::DocumentTags::from([("people".to_owned(), vec!["work".to_owned()])]);
    let index = index(&spells());
    let found = |owner, text: &str| {
        let query = Query { tags: std::sync::Arc::new(tags.clone()), limit: 100, ..Query::new(owner, text) };
        let mut ids: Vec<String> = index.search(&query).unwrap().hits.into_iter().map(|hit| hit.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(found(ANNA, "tag:work"), ["elf", "half"]);
    assert_eq!(found(ANNA, "bread tag:work"), ["half"]);
    assert!(found(ANNA, "fire tag:work").is_empty());
    assert_eq!(found(ANNA, "fire -tag:work"), ["fireball", "wall"]);
    assert!(found(ANNA, "tag:nowhere").is_empty() && found(BERT, "tag:work").is_empty());
}

#[test]
fn owners_and_documents_are_kept_apart() {
    let mut entries = spells();
    entries[0].owner = BERT;
    let index = index(&entries);
    let found = |query: Query| -> Vec<String> {
        index.search(&query).unwrap().hits.into_iter().map(|hit| hit.id).collect()
    };
    assert_eq!(found(Query::new(ANNA, "fire")), ["wall"]);
    assert_eq!(found(Query::new(BERT, "fire")), ["fireball"]);
    let mut people = found(Query { document_ids: vec!["people".into()], ..Query::new(ANNA, "spells elf") });
    people.sort();
    assert_eq!(people, ["elf", "half"]);
    assert_eq!(found(Query { document_ids: vec!["unknown".into()], ..Query::new(ANNA, "fire") }), [""; 0]);
}

#[test]
fn pages_of_hits_add_up_to_all_of_them() {
    let entries: Vec<Entry> =
        (0..25).map(|number| entry(&format!("c{number}"), "d", "", &"word ".repeat(number + 1))).collect();
    let index = index(&entries);
    let mut seen = Vec::new();
    for offset in [0, 10, 20, 30] {
        let hits = index.search(&Query { offset, ..Query::new(ANNA, "word") }).unwrap();
        assert_eq!(hits.total, 25);
        seen.extend(hits.hits.into_iter().map(|hit| hit.id));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

#[test]
fn a_document_can_be_replaced_and_deleted() {
    let index = index(&spells());
    index.replace_document("spells", &[entry("new", "spells", "", "Only fire is left.")]).unwrap();
    let ids = |query: &str| -> Vec<String> {
        index.search(&Query::new(ANNA, query)).unwrap().hits.into_iter().map(|hit| hit.id).collect()
    };
    assert_eq!(ids("fire cold"), ["new"]);
    index.delete_document("spells").unwrap();
    assert_eq!(ids("fire"), ["new"], "not seen before the commit");
    index.commit().unwrap();
    assert_eq!(ids("fire"), [""; 0]);
    assert_eq!(index.len(), 3);
    index.clear().unwrap();
    assert!(index.is_empty());
}

#[test]
fn frequencies_count_passages() {
    let index = index(&spells());
    let terms: Vec<String> =
        search::analyse("creature damage unheard").into_iter().map(|token| token.term).collect();
    assert_eq!(index.frequencies(&terms).unwrap(), [3, 2, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_query_is_an_error_and_highlights_are_slices(query in "\\PC{0,40}|[-\"*: a-f()]{0,40}") {
        for hit in find(&query).hits {
            for range in hit.highlights() {
                prop_assert!(hit.body.get(range).is_some());
            }
        }
    }
}

#[test]
fn passages_found_otherwise_are_scored_and_bounded_by_the_query() {
    let index = index(&spells());
    let ids = ["fireball", "cone", "wall", "elf", "nobody"].map(str::to_owned);
    let scored = |query: Query| {
        let mut hits: Vec<(String, bool)> =
            index.score(&query, &ids).unwrap().into_iter().map(|hit| (hit.id, hit.score > 0.0)).collect();
        hits.sort();
        hits
    };
    let pair = |id: &str, matches| (id.to_owned(), matches);
    let all = [pair("cone", false), pair("elf", false), pair("fireball", true), pair("wall", true)];
    assert_eq!(scored(Query::new(ANNA, "fire")), all);
    assert_eq!(scored(Query::new(ANNA, "fire -damage -\"solid surface\"")), [pair("elf", false)]);
    assert_eq!(scored(Query::new(ANNA, "\"wall of fire\" burning")), [pair("wall", true)]);
    assert_eq!(scored(Query::new(ANNA, "title:people")), [pair("elf", true)]);
    assert_eq!(scored(Query::new(ANNA, "the of and")).len(), 4, "no word matches, and all are allowed");
    assert_eq!(scored(Query::new(BERT, "fire")), []);
    let people = Query { document_ids: vec!["people".to_owned()], ..Query::new(ANNA, "fire") };
    assert_eq!(scored(people), [pair("elf", false)]);
    let by_search = index.search(&Query::new(ANNA, "fire")).unwrap();
    for hit in index.score(&Query::new(ANNA, "fire"), &ids).unwrap() {
        let same = by_search.hits.iter().find(|other| other.id == hit.id);
        let wanted = same.map_or(0.0, |other| other.score);
        assert!((hit.score - wanted).abs() < 1e-5, "{}: {} and {wanted}", hit.id, hit.score);
    }
}

#[test]
fn questions_are_read_more_carefully_than_names() {
    let index = index(&spells());
    let ids = |text: &str, typos| {
        let found = index.search(&Query { typos, ..Query::new(ANNA, text) }).unwrap();
        found.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("cnoe of cldo", Typos::Generous), ["cone"]);
    assert_eq!(ids("firbal", Typos::Generous), ["fireball"], "two edits in six letters");
    for text in ["cnoe", "firbal"] {
        assert_eq!(ids(text, Typos::Careful), [""; 0], "{text}");
    }
    assert_eq!(ids("firebal", Typos::Careful), ["fireball"]);
    assert_eq!(ids("invisbiltiy", Typos::Careful), ["invisibility"]);
}

fn shown(chip: &search::Chip) -> String {
    format!("{} {} {}", chip.key(), chip.meant.join("/"), if chip.on { "on" } else { "off" })
}

#[test]
fn what_is_looked_up_by_its_name_comes_first_however_it_is_mistyped() {
    static NAMED: LazyLock<Index> = LazyLock::new(|| {
        index(&[
            entry("basilisk", "d", "Monsters \u{203a} Basilisk", "It turns to stone who meets its eyes."),
            entry(
                "traits",
                "d",
                "Monsters \u{203a} Basilisk \u{203a} Traits",
                "Basilisk, basilisk, basilisk.",
            ),
            entry("ogre", "d", "Monsters \u{203a} Ogre Zombie", "It shambles."),
            entry("potion", "d", "Gear \u{203a} Potion of Healing (50 GP)", "Drink it."),
            entry(
                "brewing",
                "d",
                "Gear \u{203a} Brewing Potions of Healing",
                "A potion of healing takes a day.",
            ),
            entry("self", "d", "Spells \u{203a} Disguise Self", "You look otherwise."),
            entry("elf", "d", "People \u{203a} Elf", "An elf is old."),
            entry("cold", "d", "Spells \u{203a} Cone of Cold", "Ice."),
            entry("killer", "d", "Spells \u{203a} Phantasmal Killer", "Fear is necessary."),
            entry("bane", "d", "Spells \u{203a} Bane", "Less luck."),
            entry("third", "d", "Spells \u{203a} Level 3 Spells", "Two of them."),
        ])
    });
    for (query, first, chips) in [
        ("basilisk", "basilisk", vec![]),
        ("Potion of Healing", "potion", vec![]),
        ("brewing potions of healing", "brewing", vec![]),
        ("bae", "bane", vec!["correction:bae bane on"]),
        ("cnoe of codl", "cold", vec!["correction:cnoe cone on", "correction:codl cold on"]),
        // The space is in the wrong place; `ogr` is how the index has `ogre`, so that it is no word that nobody wrote.
        (
            "ogr ezombie",
            "ogre",
            vec!["correction:ogr ezombie ogre zombie on", "correction:ezombie zombie on"],
        ),
        // Both words are known, but there is no such name, and one that is an edit away.
        ("disguise elf", "self", vec!["correction:disguise elf disguise self on"]),
        // Far away by letters, but it sounds the same.
        ("nesesery", "killer", vec!["correction:nesesery necessary on"]),
        (
            "fantasmal killr",
            "killer",
            vec!["correction:fantasmal phantasmal on", "correction:killr killer on"],
        ),
        // Numbers are not mistyped: who asks for the fourth does not mean the third.
        ("level 4 spells", "third", vec![]),
        // A part of it is a part of a heading: meant as it is.
        ("potions of healing", "brewing", vec![]),
    ] {
        let found = NAMED.search(&Query::new(ANNA, query)).unwrap();
        assert_eq!(found.hits.first().map(|hit| hit.id.as_str()), Some(first), "{query}");
        assert_eq!(found.chips.iter().map(shown).collect::<Vec<_>>(), chips, "{query}");
    }
    let off = |query: &str, key: &str| {
        let switched_off = vec![key.to_owned()];
        let found = NAMED.search(&Query { switched_off, ..Query::new(ANNA, query) }).unwrap();
        (found.total, found.chips.iter().map(shown).collect::<Vec<_>>())
    };
    assert_eq!(
        off("disguise elf", "correction:disguise elf"),
        (2, vec!["correction:disguise elf disguise self off".to_owned()])
    );
    assert_eq!(off("bae", "correction:bae"), (0, vec!["correction:bae bane off".to_owned()]));
}

#[test]
fn what_others_wrote_is_no_correction() {
    let secret =
        Entry { owner: BERT, ..entry("secret", "d", "The Hidden Garden", "Nobody knows of Vallaki.") };
    let index = index(&[secret, entry("mine", "d", "Notes", "Nothing.")]);
    for query in ["hiden garden", "vallakki", "valaki nothing"] {
        let found = index.search(&Query::new(ANNA, query)).unwrap();
        assert_eq!((found.chips, found.corrections), (vec![], vec![]), "{query}");
    }
    assert_eq!(index.search(&Query::new(BERT, "vallakki")).unwrap().total, 1);
}

/// A campaign: what is told of Strahd, and other things; `bert` has a secret of his own.
fn campaign() -> Vec<Entry> {
    let of = |number: usize, document: &str, body: &str| entry(&format!("c{number}"), document, "", body);
    let mut entries = vec![
        of(0, "curse", "Nobody in Castle Ravenloft sees Strahd by day."),
        of(1, "curse", "They say that Strahd built Castle Ravenloft for his mother."),
        of(2, "curse", "From Castle Ravenloft goes Strahd to hunt."),
        of(
            3,
            "curse",
            "Once Strahd von Zarovich, also known as the Devil of Barovia, was buried in Castle Ravenloft.",
        ),
        of(4, "curse", "People fear the Devil of Barovia."),
        of(5, "guilds", "A friend of the Order of the Gauntlet (OG) is welcome."),
        of(6, "guilds", "Two of the OG stand guard."),
        Entry { owner: BERT, ..of(7, "secret", "Here Strahd (alias Vasili) hides.") },
    ];
    entries.extend((8..16).map(|number| of(number, "tales", "A lamp burns in the window.")));
    entries
}

fn with_own_words(query: Query) -> (Vec<String>, Vec<String>) {
    static CAMPAIGN: LazyLock<Index> = LazyLock::new(|| index(&campaign()));
    let found = CAMPAIGN.search(&Query { own_words: OwnWords::Used, ..query }).unwrap();
    let mut ids: Vec<String> = found.hits.into_iter().map(|hit| hit.id).collect();
    ids.sort();
    (ids, found.chips.iter().map(shown).collect())
}

#[test]
fn what_passages_say_of_names_is_looked_for_and_what_belongs_to_them_is_proposed() {
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let check = |query: Query, expected: &[&str], chips: &[&str]| {
        let text = query.text.clone();
        assert_eq!(with_own_words(query), (keys(expected), keys(chips)), "{text}");
    };
    check(
        Query::new(ANNA, "strahd von zarovich"),
        &["c0", "c1", "c2", "c3", "c4"],
        &["vocabulary:strahd von zarovich devil of barovia on"],
    );
    check(
        Query {
            switched_off: keys(&["vocabulary:strahd von zarovich"]),
            ..Query::new(ANNA, "Strahd von Zarovich")
        },
        &["c0", "c1", "c2", "c3"],
        &["vocabulary:strahd von zarovich devil of barovia off"],
    );
    check(
        Query::new(ANNA, "order of the gauntlet"),
        &["c5", "c6"],
        &["vocabulary:order of the gauntlet og on"],
    );
    check(Query::new(ANNA, "og guard"), &["c5", "c6"], &["vocabulary:og order of the gauntlet on"]);
    // What belongs together is only proposed; that Bert's Strahd is called Vasili is his own.
    let all = ["c0", "c1", "c2", "c3"];
    check(Query::new(ANNA, "Strahd"), &all, &["related:strahd castle ravenloft off"]);
    let on = Query { switched_on: keys(&["related:strahd"]), ..Query::new(ANNA, "strahd") };
    check(on, &all, &["related:strahd castle ravenloft on"]);
    check(Query::new(BERT, "Strahd"), &["c7"], &["vocabulary:strahd vasili on"]);
    // In chosen documents only these say how something is called.
    let elsewhere = Query { document_ids: keys(&["tales"]), ..Query::new(ANNA, "og lamp") };
    check(elsewhere, &["c10", "c11", "c12", "c13", "c14", "c15", "c8", "c9"], &[]);
    check(Query::new(ANNA, "\"strahd von zarovich\""), &["c3"], &[]);
    let unused = index(&campaign()).search(&Query::new(ANNA, "strahd von zarovich")).unwrap();
    assert_eq!(unused.chips, []);
}

#[test]
fn accents_are_folded_however_they_are_written() {
    let index = index(&[
        entry("after", "d", "", "The cafe\u{301} is open."),
        entry("within", "d", "", "Another caf\u{e9} is shut."),
    ]);
    for query in ["cafe", "caf\u{e9}", "cafe\u{301}", "\"cafe\u{301}\"", "CAF*", "caff\u{e9}s"] {
        let found = index.search(&Query::new(ANNA, query)).unwrap();
        assert_eq!(found.total, 2, "{query}");
        for hit in found.hits {
            let marked: Vec<&str> = hit.highlights().iter().map(|range| &hit.body[range.clone()]).collect();
            assert_eq!(marked, [if hit.id == "after" { "cafe\u{301}" } else { "caf\u{e9}" }], "{query}");
        }
    }
}

fn with_synonyms(query: &str, off: &[&str]) -> (Vec<String>, Vec<String>) {
    static RULES: LazyLock<Index> = LazyLock::new(|| {
        index(&[
            entry("points", "rules", "Hit Points", "They say how much a creature can take."),
            entry("armor", "rules", "Armor Class", "An attack that is below it misses."),
            entry("short", "notes", "", "The goblin has AC 15."),
            entry("hit", "notes", "", "A goblin hit the wall, and made two points of it."),
            entry("fireball", "spells", "Fireball", "A bright streak."),
        ])
    });
    let query = Query {
        synonyms: Some(Arc::new(Synonyms::shipped())),
        switched_off: off.iter().map(|key| (*key).to_owned()).collect(),
        ..Query::new(ANNA, query)
    };
    let found = RULES.search(&query).unwrap();
    (found.hits.into_iter().map(|hit| hit.id).collect(), found.chips.iter().map(shown).collect())
}

#[test]
fn words_are_found_by_what_else_they_are_called_and_say_so() {
    let check = |query: &str, off: &[&str], expected: &[&str], chips: &[&str]| {
        let (hits, shown) = with_synonyms(query, off);
        assert_eq!(
            (
                hits.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
                shown.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            ),
            (expected, chips),
            "{query} {off:?}"
        );
    };
    check("HP", &[], &["points"], &["synonym:hp hit points on"]);
    check("HP", &["synonym:hp"], &[], &["synonym:hp hit points off"]);
    // What explains it stands before what only uses it, as it is in its heading.
    check("ac", &[], &["armor", "short"], &["synonym:ac armor class on"]);
    check("armor class", &[], &["armor", "short"], &["synonym:armor class ac on"]);
    check("armor class", &["synonym:armor class"], &["armor"], &["synonym:armor class ac off"]);
    // Nobody wrote it so, and it is no typing error.
    check("armour", &[], &["armor"], &["synonym:armour armor on"]);
    check("fierball", &[], &["fireball"], &["correction:fierball fireball on"]);
    check("fierball", &["correction:fierball"], &[], &["correction:fierball fireball off"]);
    // What stands in quotation marks, is excluded or is unknown in other words too, is taken as it is.
    check("\"HP\"", &[], &[], &[]);
    check("goblin -ac", &[], &["hit"], &[]);
    check("goblin gp", &[], &["short", "hit"], &[]);
}
