//! Conversations with a question at the end whose answer stands somewhere before: how often it survives.

use context::{Wanted, plan};
use llm::{ChatRequest, Message, Role};

const PEOPLE: [&str; 8] = ["Anna", "Björn", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hana"];
const THINGS: [&str; 8] =
    ["sailing boat", "violin", "greenhouse", "telescope", "bakery", "motorbike", "loom", "beehive"];
const PLACES: [&str; 8] = ["Rügen", "Lisbon", "Oslo", "Kyoto", "Tunis", "Quito", "Tartu", "Cork"];
const IDLE: [&str; 6] = [
    "How was your week? Mine was long, with much rain and little sleep, but I am not complaining about it.",
    "I had soup again. It was better than yesterday's, although there could have been more pepper in it.",
    "The train was late and nobody said why, so we stood there and talked about the weather for an hour.",
    "I should tidy up my desk at last, there are papers from last year under papers from the year before.",
    "Did you see the match? The second half was so slow that I did the washing up in the middle of it.",
    "My neighbour plays the drums after ten in the evening, which is a thing one has to get used to.",
];

/// A conversation of so many turns whose fact stands in the turn `place`.
fn conversation(seed: usize, turns: usize, place: usize) -> (ChatRequest, String) {
    let of = |list: &[&'static str], number: usize| list[number % list.len()];
    let (person, thing, town) = (of(&PEOPLE, seed), of(&THINGS, seed / 8 + seed), of(&PLACES, seed / 3));
    let fact = format!("By the way, {person} has bought a {thing} and keeps it in {town} since spring.");
    let mut messages = vec![Message::text(Role::System, "You are a friend who listens.")];
    for turn in 0..turns {
        let said = if turn == place {
            fact.clone()
        } else {
            let other = of(&PEOPLE, turn * 5 + seed + 1);
            format!("{} {other} says hello.", of(&IDLE, turn * 7 + seed))
        };
        messages.push(Message::text(Role::User, said));
        messages.push(Message::text(Role::Assistant, of(&IDLE, turn * 11 + seed + 2)));
    }
    messages.push(Message::text(Role::User, format!("Where does {person} keep the {thing}?")));
    (ChatRequest { messages, ..ChatRequest::default() }, fact)
}

fn measure(message: &Message) -> u64 {
    message.plain_text().len() as u64 / 4 + 4
}

fn has(request: &ChatRequest, fact: &str) -> bool {
    request.messages.iter().any(|message| message.plain_text().contains(fact))
}

#[test]
fn what_is_asked_for_survives_where_the_last_turns_alone_would_have_lost_it() {
    let (mut fitted, mut last) = (0, 0);
    let cases = 200;
    for seed in 0..cases {
        let (mut request, fact) = conversation(seed, 80, seed * 80 / cases);
        let total: u64 = request.messages.iter().map(measure).sum();
        let window = 256 + total / 4;
        let mut room = window - 256;
        let kept = request.messages.iter().rev().take_while(|message| {
            let cost = measure(message);
            let fits = cost <= room;
            room = room.saturating_sub(cost);
            fits
        });
        last += usize::from(kept.into_iter().any(|message| message.plain_text().contains(&fact)));
        let wanted = Wanted { window, beside: 0, measure: &measure, vectors: None, cache: None };
        plan(&request, &wanted).unwrap().apply(&mut request, None);
        let now: u64 = request.messages.iter().map(measure).sum();
        assert!(now + 256 <= window, "{now} of {window}");
        fitted += usize::from(has(&request, &fact));
    }
    assert!(last * 100 / cases < 30, "the last turns keep {last} of {cases}");
    assert!(fitted * 100 / cases >= 95, "fitting keeps {fitted} of {cases}");
}

#[test]
fn vectors_find_what_words_do_not() {
    // The question shares no word with the turn that answers it; an embedder would see that they are near.
    let mut messages = vec![];
    for turn in 0..40 {
        let idle = format!("{turn} {} {turn}", IDLE[turn % 6]);
        let said = if turn == 5 { "The vessel is moored at the northern quay.".to_owned() } else { idle };
        messages.push(Message::text(Role::User, said));
        messages.push(Message::text(Role::Assistant, "I see."));
    }
    messages.push(Message::text(Role::User, "Where do they anchor a ship?"));
    let vectors: Vec<Vec<f32>> = messages
        .iter()
        .enumerate()
        .map(|(number, message)| {
            let text = message.plain_text();
            let near = text.contains("vessel") || text.contains("ship?");
            let mut vector = vec![0.0; messages.len() + 1];
            vector[0] = if near { 1.0 } else { 0.1 };
            vector[number + 1] = if near { 0.1 } else { 1.0 };
            vector
        })
        .collect();
    let survives = |vectors: Option<&context::Vectors>| {
        let mut request = ChatRequest { messages: messages.clone(), ..ChatRequest::default() };
        let total: u64 = request.messages.iter().map(measure).sum();
        let wanted = Wanted { window: 256 + total / 6, beside: 0, measure: &measure, vectors, cache: None };
        plan(&request, &wanted).unwrap().apply(&mut request, Some("Small talk."));
        has(&request, "vessel")
    };
    assert!(survives(Some(&vectors)) && !survives(None));
}
