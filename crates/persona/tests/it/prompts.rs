//! The prompt of a turn.

use crate::fixture;
use persona::{
    Entry, Insert, Kind, Lorebook, Persona, Prompt, Role, Said, Scene, assemble, lorebook,
    lorebook::{Book, Timed},
};
use std::time::Duration;

fn tokens(text: &str) -> usize {
    text.split_whitespace().count()
}

fn prompt(persona: &Persona, user: Option<&Persona>, said: &[Said<'_>], window_tokens: usize) -> Prompt {
    let own = persona.lorebook.as_ref().map(|book| lorebook::compile(book).unwrap());
    let books: Vec<&Book> = own.iter().collect();
    assemble(&Scene {
        persona,
        user,
        user_name: "Jo",
        instructions: "Answer in English.",
        company: None,
        aside: "",
        books: &books,
        said,
        timed: &Timed::default(),
        greeting: Some(0),
        seed: 7,
        now: &"2026-11-21T16:05:00[UTC]".parse().unwrap(),
        idle: Some(Duration::from_secs(90)),
        model: "m",
        window_tokens,
        count: &tokens,
    })
}

fn user(text: &str) -> Said<'_> {
    Said { role: Role::User, name: "Jo", text }
}

#[test]
fn a_card_becomes_a_prompt() {
    let (_, read) = fixture("v2.json");
    let person = Persona {
        kind: Kind::User,
        name: "Ana".into(),
        description: "a sailor".into(),
        ..Persona::default()
    };
    let said = [
        Said { role: Role::Assistant, name: "Mira", text: "You are late." },
        user("My ship is on the reef!"),
    ];
    let made = prompt(&read.card.persona, Some(&person), &said, 8_000);
    let wanted = "Answer in English.\n\nYou are Mira. Stay Mira whatever happens, and say and do only what Mira would; never \
                  speak or act for Ana. Speak of the sea.\n\nMira keeps a lighthouse.\n\nMira's personality: calm, watchful\n\n\
                  The scene: A storm is coming.\n\nAbout Ana: a sailor\n\n\
                  How Mira talks (examples, not part of this conversation): Ana: Hello?\nMira: *nods* Come in.";
    assert_eq!(made.system, wanted);
    let insert = |before, text: &str| Insert { before, role: Role::System, text: text.into() };
    assert_eq!(
        made.inserts,
        [
            insert(0, "It is raining."),
            insert(1, "The reef is called the Teeth."),
            insert(2, "Never mention the war."),
        ]
    );
    assert!(made.notes.is_empty(), "{:?}", made.notes);
    assert_eq!(made.tokens.lore, 6);
}

#[test]
fn entries_go_where_they_say() {
    let at = |content: &str, position: Option<&str>, order| Entry {
        content: content.into(),
        constant: Some(true),
        position: position.map(str::to_owned),
        insertion_order: order,
        ..Entry::default()
    };
    let entries = vec![
        at("B2", Some("before_char"), 2),
        at("B1", None, 1),
        at("A", Some("after_char"), 1),
        at("@@position personality\nP", None, 1),
        at("@@position scenario\nS", None, 1),
        at("@@reverse_depth 1\n@@role user\nR", None, 1),
        at("@@depth 0\n@@role assistant\nD", None, 1),
        at("@@depth 99\nfirst", None, 1),
        at("@@disable_ui_prompt system_prompt\n@@disable_ui_prompt post_history_instructions", None, 1),
    ];
    let persona = Persona {
        name: "Mira".into(),
        description: "she".into(),
        personality: "calm".into(),
        scenario: "sea".into(),
        system_prompt: "taken away".into(),
        post_history_instructions: "taken away".into(),
        lorebook: Some(Lorebook { entries, ..Lorebook::default() }),
        ..Persona::default()
    };
    let made = prompt(&persona, None, &[user("a"), user("b")], 8_000);
    let after = made.system.split_once("for Jo.\n\n").unwrap().1;
    assert_eq!(after, "B1\nB2\n\nshe\n\nMira's personality: calm\n\nP\n\nThe scene: sea\n\nS\n\nA");
    let told: Vec<(usize, Role, &str)> =
        made.inserts.iter().map(|insert| (insert.before, insert.role, insert.text.as_str())).collect();
    assert_eq!(told, [(0, Role::System, "first"), (1, Role::User, "R"), (2, Role::Assistant, "D")]);
}

#[test]
fn examples_go_first_where_there_is_no_room() {
    let persona = Persona {
        name: "Mira".into(),
        description: "word ".repeat(60),
        examples: format!("<START>\n{}\n<start>\n{}", "one ".repeat(10), "two ".repeat(10)),
        ..Persona::default()
    };
    let wide = prompt(&persona, None, &[user("hi")], 1_000);
    assert!(wide.tokens.examples == 20 && wide.notes.is_empty());
    let narrow = prompt(&persona, None, &[user("hi")], 200);
    assert_eq!((narrow.tokens.examples, narrow.notes.len()), (10, 1));
    let tiny = prompt(&persona, None, &[user("hi")], 100);
    assert_eq!((tiny.tokens.examples, tiny.notes.len()), (0, 2));
    assert!(tiny.system.contains("word word"), "what a persona is never goes");
}
