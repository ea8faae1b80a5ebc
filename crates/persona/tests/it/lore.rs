//! Lorebooks over the turns of a conversation.

use persona::{
    Entry, Lorebook, Role, Said,
    lorebook::{self, Book, MAX_ENTRIES, Outcome, Scan, Timed, Why},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An entry: keys, content, and whatever else.
fn entry(keys: &[&str], content: &str, more: Value) -> Entry {
    let mut value = json!({ "keys": keys, "content": content });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}

fn book(entries: Vec<Entry>) -> Book {
    lorebook::compile(&Lorebook { entries, ..Lorebook::default() }).unwrap()
}

struct Turn<'a> {
    books: &'a [&'a Book],
    said: &'a [&'a str],
    state: &'a Timed,
    seed: u64,
    budget: usize,
}

fn turn(turn: &Turn<'_>) -> Outcome {
    // The person and the character in turns, the person first.
    let role = |index: usize| if index.is_multiple_of(2) { Role::User } else { Role::Assistant };
    let said: Vec<Said<'_>> = turn
        .said
        .iter()
        .enumerate()
        .map(|(index, text)| Said { role: role(index), name: "x", text })
        .collect();
    let scan = Scan {
        said: &said,
        state: turn.state,
        seed: turn.seed,
        budget_tokens: turn.budget,
        count: &|text| text.split_whitespace().count(),
        expand: &|text| (text.to_owned(), text.to_owned()),
        greeting: Some(1),
        user_icon: Some("hat"),
    };
    lorebook::scan(turn.books, scan)
}

fn found(book: &Book, said: &[&str]) -> Vec<String> {
    texts(&turn(&Turn { books: &[book], said, state: &Timed::default(), seed: 1, budget: 1_000 }))
}

fn texts(outcome: &Outcome) -> Vec<String> {
    outcome.found.iter().map(|found| found.text.clone()).collect()
}

#[test]
fn keys_and_their_logic() {
    let logic = |logic: u64| json!({ "selective": true, "secondary_keys": ["b", "c"], "extensions": { "selectiveLogic": logic } });
    let all = book(vec![
        entry(&["a"], "any", logic(0)),
        entry(&["a"], "not all", logic(1)),
        entry(&["a"], "none", logic(2)),
        entry(&["a"], "all", logic(3)),
    ]);
    for (said, wanted) in [
        ("q a q", vec!["not all", "none"]),
        ("q a q b", vec!["any", "not all"]),
        ("q a q b c", vec!["any", "all"]),
        ("q b c", vec![]),
    ] {
        assert_eq!(found(&all, &[said]), wanted, "{said}");
    }
    let decorated = book(vec![
        entry(&["a"], "@@additional_keys b,c\nmore", json!({})),
        entry(&["a"], "@@exclude_keys b\nwithout", json!({})),
        entry(&[], "@@activate\nalways", json!({})),
        entry(&["a"], "@@dont_activate\nnever", json!({})),
        entry(&["a"], "@@is_greeting 1\nthis greeting", json!({})),
        entry(&["a"], "@@is_greeting 0\nother greeting", json!({})),
        entry(&["a"], "@@is_user_icon coat\nother picture", json!({})),
        entry(&["a"], "disabled", json!({ "enabled": false })),
    ]);
    assert_eq!(found(&decorated, &["a"]), ["without", "always", "this greeting"]);
    assert_eq!(found(&decorated, &["a b"]), ["more", "always", "this greeting"]);
}

#[test]
fn only_the_last_messages_are_searched() {
    let book = book(vec![
        entry(&["old"], "four", json!({})),
        entry(&["old"], "two", json!({ "extensions": { "scan_depth": 2 } })),
        entry(&["old"], "@@scan_depth 6\nsix", json!({})),
    ]);
    assert_eq!(found(&book, &["old", ".", "."]), ["four", "six"]);
    assert_eq!(found(&book, &["old", ".", ".", ".", "."]), ["six"]);
    assert_eq!(found(&book, &["old", "."]), ["four", "two", "six"]);
}

#[test]
fn entries_find_each_other_and_circles_end() {
    let circle = book(vec![
        entry(&["one"], "it leads to two", json!({})),
        entry(&["two"], "it leads to three", json!({})),
        entry(&["three"], "it leads to one", json!({})),
        entry(&["three"], "not from entries", json!({ "extensions": { "exclude_recursion": true } })),
    ]);
    let outcome =
        turn(&Turn { books: &[&circle], said: &["one"], state: &Timed::default(), seed: 1, budget: 1_000 });
    assert_eq!(texts(&outcome), ["it leads to two", "it leads to three", "it leads to one"]);
    assert_eq!(outcome.found[1].why, Why::Recursion("two".into()));
    let ends = book(vec![
        entry(&["one"], "two", json!({ "extensions": { "prevent_recursion": true } })),
        entry(&["two"], "never", json!({})),
        entry(&["one"], "late", json!({ "extensions": { "delay_until_recursion": 2 } })),
    ]);
    assert_eq!(found(&ends, &["one"]), ["two", "late"]);
    let flat = Lorebook {
        recursive_scanning: Some(false),
        entries: vec![entry(&["one"], "two", json!({})), entry(&["two"], "x", json!({}))],
        ..Lorebook::default()
    };
    assert_eq!(found(&lorebook::compile(&flat).unwrap(), &["one"]), ["two"]);
}

#[test]
fn effects_last_and_a_branch_inherits_them() {
    let book = book(vec![entry(
        &["key"],
        "told",
        json!({ "id": 1, "extensions": { "sticky": 2, "cooldown": 2, "delay": 1 } }),
    )]);
    let at =
        |said: &[&str], state: &Timed| turn(&Turn { books: &[&book], said, state, seed: 1, budget: 100 });
    assert!(at(&[], &Timed::default()).found.is_empty(), "the delay");
    let first = at(&["key"], &Timed::default());
    assert_eq!(texts(&first), ["told"]);
    let second = at(&["key", "."], &first.timed);
    assert_eq!(second.found[0].why, Why::Sticky);
    let third = at(&["key", ".", "key"], &second.timed);
    assert!(third.found.is_empty(), "it cools down");
    let fifth = at(&["key", ".", "key", ".", "key"], &third.timed);
    assert_eq!(texts(&fifth), ["told"]);
    // On a branch that left before it was told, nothing of it is left.
    let later = at(&["a", "b", "key"], &Timed::default()).timed;
    assert_eq!(at(&["a"], &later).timed, Timed::default());
}

#[test]
fn decorators_remember() {
    let book = book(vec![
        entry(&["key"], "@@keep_activate_after_match\nkept", json!({ "id": "k" })),
        entry(&["key"], "@@dont_activate_after_match\nonce", json!({ "id": "o" })),
        entry(&["key", "."], "@@activate_only_after 1\nafter", json!({})),
        entry(&["key", "."], "@@activate_only_every 2\nevery", json!({})),
    ]);
    let at =
        |said: &[&str], state: &Timed| turn(&Turn { books: &[&book], said, state, seed: 1, budget: 100 });
    let first = at(&["key"], &Timed::default());
    assert_eq!(texts(&first), ["kept", "once", "every"]);
    let second = at(&[".", ".", "."], &first.timed);
    assert_eq!(texts(&second), ["kept", "after"]);
}

#[test]
fn one_of_a_group_is_told_by_weight_order_or_score() {
    let of = |name: &str, more: Value| {
        let mut extensions = json!({ "group": "weather" });
        extensions.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry(&["sky", name], name, json!({ "extensions": extensions }))
    };
    let lottery =
        book(vec![of("rain", json!({ "group_weight": 300 })), of("sun", json!({ "group_weight": 100 }))]);
    let drawn: Vec<String> = (0..400)
        .flat_map(|seed| {
            texts(&turn(&Turn {
                books: &[&lottery],
                said: &["sky"],
                state: &Timed::default(),
                seed,
                budget: 100,
            }))
        })
        .collect();
    let rain = drawn.iter().filter(|text| *text == "rain").count();
    assert!(drawn.len() == 400 && (240..360).contains(&rain), "{rain} of {}", drawn.len());
    let ordered = book(vec![of("rain", json!({})), of("snow", json!({ "group_override": true }))]);
    assert_eq!(found(&ordered, &["sky"]), ["snow"]);
    let scored = book(vec![
        of("rain", json!({ "use_group_scoring": true })),
        of("sun", json!({ "use_group_scoring": true })),
    ]);
    assert_eq!(found(&scored, &["sky and sun"]), ["sun"]);
}

#[test]
fn chance_goes_by_the_seed() {
    let book = book(vec![
        entry(&["key"], "half", json!({ "extensions": { "probability": 50 } })),
        entry(&["key"], "never", json!({ "extensions": { "probability": 0 } })),
        entry(&["key"], "always", json!({ "extensions": { "probability": 0, "useProbability": false } })),
    ]);
    let told = |seed| {
        texts(&turn(&Turn { books: &[&book], said: &["key"], state: &Timed::default(), seed, budget: 100 }))
    };
    let halves = (0..400).filter(|seed| told(*seed).contains(&"half".to_owned())).count();
    assert!((140..260).contains(&halves), "{halves}");
    assert_eq!(told(5), told(5));
    assert!(
        (0..50)
            .all(|seed| told(seed).last().unwrap() == "always" && !told(seed).contains(&"never".to_owned()))
    );
}

#[test]
fn the_budget_is_kept_and_what_matters_least_goes() {
    let entries = vec![
        entry(&["key"], "low one two", json!({ "priority": 1, "insertion_order": 1 })),
        entry(&["key"], "high one two", json!({ "priority": 9, "insertion_order": 2 })),
        entry(&[], "constant one two", json!({ "constant": true, "priority": 0, "insertion_order": 3 })),
        entry(
            &["key"],
            "@@ignore_on_max_context\nfirst to go",
            json!({ "priority": 99, "insertion_order": 4 }),
        ),
        entry(
            &["key"],
            "whatever the budget says",
            json!({ "priority": -1, "extensions": { "ignore_budget": true } }),
        ),
    ];
    let all = book(entries.clone());
    let outcome =
        turn(&Turn { books: &[&all], said: &["key"], state: &Timed::default(), seed: 1, budget: 7 });
    assert_eq!(texts(&outcome), ["high one two", "constant one two", "whatever the budget says"]);
    assert_eq!(outcome.no_room.len(), 2);
    let own = Lorebook { token_budget: Some(3), entries, ..Lorebook::default() };
    let own = lorebook::compile(&own).unwrap();
    let outcome =
        turn(&Turn { books: &[&own], said: &["key"], state: &Timed::default(), seed: 1, budget: 1_000 });
    assert_eq!(texts(&outcome), ["constant one two", "whatever the budget says"]);
}

#[test]
fn too_much_is_refused() {
    let many = Lorebook { entries: vec![Entry::default(); MAX_ENTRIES + 1], ..Lorebook::default() };
    assert!(lorebook::compile(&many).unwrap_err().to_string().contains("20001 entries"));
    let long = entry(&[&"k".repeat(2_000_000)], "x", json!({}));
    let error = lorebook::compile(&Lorebook { entries: vec![long], ..Lorebook::default() }).unwrap_err();
    assert!(error.to_string().contains("2000000 bytes of keys") && !error.hint().is_empty());
}

proptest! {
    #[test]
    fn scanning_is_the_same_each_time_and_keeps_the_budget(
        entries in prop::collection::vec(("[abc]{1,2}", "[abc ]{0,8}", 0u64..3, 0u64..101, any::<bool>()), 0..12),
        said in prop::collection::vec("[abcd ]{0,6}", 0..5),
        seed in any::<u64>(),
        budget in 0usize..12,
    ) {
        let entries = entries.iter().map(|(key, content, sticky, probability, constant)| {
            let extensions = json!({ "sticky": sticky, "probability": probability, "group": if *sticky == 1 { "g" } else { "" } });
            entry(&[key], content, json!({ "constant": constant, "extensions": extensions }))
        });
        let book = book(entries.collect());
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let state = Timed::default();
        let turn_of = Turn { books: &[&book], said: &said, state: &state, seed, budget };
        let outcome = turn(&turn_of);
        prop_assert_eq!(&outcome, &turn(&turn_of));
        prop_assert!(outcome.tokens <= budget);
        prop_assert_eq!(outcome.tokens, outcome.found.iter().map(|found| found.tokens).sum::<usize>());
    }
}
