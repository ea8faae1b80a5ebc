//! Properties: it fits or nothing happens, and what has to stay stays.

use context::{Fitted, Wanted, plan};
use llm::{ChatRequest, Message, Part, Role};
use proptest::prelude::*;

fn said(role: Role, bytes: usize) -> Message {
    Message::text(role, "x".repeat(bytes))
}

fn call(id: &str) -> Message {
    let part = Part::ToolCall { id: id.into(), name: "roll".into(), arguments: "{}".into(), signature: None };
    Message { role: Role::Assistant, parts: vec![part], name: None }
}

fn result(id: &str, bytes: usize) -> Message {
    let parts = vec![Part::text("y".repeat(bytes))];
    let part = Part::ToolResult { call_id: id.into(), name: None, parts, is_error: false };
    Message { role: Role::Tool, parts: vec![part], name: None }
}

fn thought(bytes: usize) -> Message {
    let parts = vec![
        Part::Reasoning { text: "t".repeat(bytes), signature: Some("s".into()), redacted: None },
        Part::text("so"),
    ];
    Message { role: Role::Assistant, parts, name: None }
}

fn request(messages: Vec<Message>) -> ChatRequest {
    ChatRequest { messages, ..ChatRequest::default() }
}

/// A token is three bytes, and a message has four more.
fn measure(message: &Message) -> u64 {
    fn part(one: &Part) -> u64 {
        let bytes = match one {
            Part::Text { text, .. } => text.len(),
            Part::Reasoning { text, signature, .. } => text.len() + signature.as_ref().map_or(0, String::len),
            Part::ToolCall { name, arguments, .. } => name.len() + arguments.len(),
            Part::ToolResult { parts, .. } => return parts.iter().map(part).sum(),
            Part::Image { .. } | Part::File { .. } => 4_500,
        };
        (bytes as u64).div_ceil(3)
    }
    message.parts.iter().map(part).fold(4, u64::saturating_add)
}

fn prompt(request: &ChatRequest) -> u64 {
    request.messages.iter().map(measure).sum()
}

fn fit(request: &mut ChatRequest, window: u64) -> Option<Fitted> {
    let wanted = Wanted { window, beside: 0, measure: &measure, vectors: None, cache: None };
    Some(plan(request, &wanted)?.apply(request, None))
}

fn roles(request: &ChatRequest) -> String {
    let letter = |message: &Message| match message.role {
        Role::System => 's',
        Role::User => 'u',
        Role::Assistant => 'a',
        Role::Tool => 't',
    };
    request.messages.iter().map(letter).collect()
}

#[test]
fn whole_turns_go_and_tools_stay_with_their_results() {
    let mut long = request(vec![
        said(Role::System, 300),
        said(Role::User, 900),
        call("1"),
        result("1", 3_000),
        said(Role::Assistant, 30),
        said(Role::User, 900),
        said(Role::Assistant, 900),
        said(Role::User, 300),
    ]);
    let fitted = fit(&mut long, 1_250).unwrap();
    assert_eq!((roles(&long).as_str(), fitted.messages), ("suau", 4));
    assert!(prompt(&long) < 1_250);
}

#[test]
fn the_answer_is_shortened_before_anything_is_left_out() {
    let mut long = request(vec![said(Role::User, 300), said(Role::Assistant, 300), said(Role::User, 300)]);
    long.parameters.max_output_tokens = Some(4_000);
    let fitted = fit(&mut long, 2_000).unwrap();
    assert_eq!((roles(&long).as_str(), fitted.messages), ("uau", 0));
    assert_eq!(fitted.answer_tokens, Some((4_000, 1_688)));
    assert_eq!(long.parameters.max_output_tokens, Some(1_688));
}

#[test]
fn what_is_said_twice_goes_before_what_is_said_once() {
    let question = "what does the third clause of the contract with the harbour authority say about the fees";
    let once = "the ship in the harbour is painted green and its captain is called Hansen as everybody knows";
    let answer = said(Role::Assistant, 600);
    let mut long = request(vec![
        Message::text(
            Role::System,
            "Be brief.   \n\n\n\nNever guess what you do not know.\nNever guess what you do not know.",
        ),
        Message::text(Role::User, question),
        answer.clone(),
        Message::text(Role::User, once),
        said(Role::Assistant, 60),
        Message::text(Role::User, question),
        answer,
        said(Role::User, 30),
    ]);
    let window = prompt(&long) + 256 - 60;
    let fitted = fit(&mut long, window).unwrap();
    assert_eq!((roles(&long).as_str(), fitted.repeated, fitted.messages), ("suauau", 2, 0), "{fitted:?}");
    assert_eq!(long.messages[0].plain_text(), "Be brief.\n\nNever guess what you do not know.");
    assert_eq!(long.messages[1].plain_text(), once, "nothing is told of what is still there");
}

#[test]
fn old_thoughts_and_long_results_are_shortened_before_turns_go() {
    let mut long = request(vec![
        said(Role::User, 30),
        thought(6_000),
        said(Role::User, 30),
        call("1"),
        result("1", 9_000),
        call("2"),
        result("2", 300),
        call("3"),
        result("3", 300),
    ]);
    let fitted = fit(&mut long, 1_400).unwrap();
    assert_eq!((roles(&long).as_str(), fitted.shortened, fitted.messages), ("uauatatat", 2, 0));
    assert!(prompt(&long) + 256 <= 1_400);
}

#[test]
fn what_was_left_out_is_told_where_the_person_speaks_next() {
    let fact = "The treasure lies under the lighthouse of Rügen, three steps to the north.";
    let mut long = request(vec![
        said(Role::System, 30),
        Message::text(Role::User, format!("{fact} {}", "blah ".repeat(900))),
        said(Role::Assistant, 900),
        Message::text(Role::User, "Where does the treasure lie?"),
    ]);
    let fitted = fit(&mut long, 1_400).unwrap();
    assert_eq!((roles(&long).as_str(), fitted.messages), ("su", 2));
    let told = long.messages[1].plain_text();
    assert!(told.contains(fact) && told.ends_with("Where does the treasure lie?"), "{told}");
    assert!(fitted.header().ends_with("summary=extract"));
}

#[test]
fn a_model_may_tell_what_was_left_out() {
    let mut long = request(vec![
        said(Role::User, 9_000),
        said(Role::Assistant, 900),
        Message::text(Role::User, "And now?"),
    ]);
    let wanted = Wanted { window: 1_400, beside: 0, measure: &measure, vectors: None, cache: None };
    let plan = plan(&long, &wanted).unwrap();
    assert!(plan.to_summarise(&long).unwrap().starts_with("user: xxx"));
    let fitted = plan.apply(&mut long, Some("  Much was said about x.  "));
    assert_eq!(fitted.summarised, Some(context::Summarised::Model));
    assert!(long.messages[0].plain_text().contains("Much was said about x.]\nAnd now?"));
}

#[test]
fn what_has_to_stay_stays() {
    for messages in [
        vec![
            said(Role::System, 9_000),
            said(Role::User, 10),
            said(Role::Assistant, 10),
            said(Role::User, 10),
        ],
        vec![said(Role::User, 10), said(Role::Assistant, 10), said(Role::User, 9_000)],
        vec![said(Role::User, 9_000), call("waiting"), said(Role::User, 10)],
        vec![said(Role::User, 9_000), call("1"), said(Role::User, 10), result("1", 10)],
        vec![said(Role::User, 9_000), result("1", 10), said(Role::User, 10)],
        vec![said(Role::Assistant, 9_000)],
    ] {
        let before = request(messages);
        let mut after = before.clone();
        assert_eq!(fit(&mut after, 1_000), None, "{}", roles(&before));
        assert_eq!(after, before, "nothing is changed");
    }
}

fn ids(request: &ChatRequest, calls: bool) -> Vec<String> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let id = |part: &Part| match part {
        Part::ToolCall { id, .. } if calls => Some(id.clone()),
        Part::ToolResult { call_id, .. } if !calls => Some(call_id.clone()),
        Part::ToolCall { .. }
        | Part::ToolResult { .. }
        | Part::Text { .. }
        | Part::Image { .. }
        | Part::File { .. }
        | Part::Reasoning { .. } => None,
    };
    parts.filter_map(id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn it_fits_or_nothing_happens(
        shape in prop::collection::vec((0_u8..9, 0_usize..4_000), 1..30),
        window in 0_u64..6_000,
        answer in prop::option::of(0_u64..5_000),
    ) {
        let mut messages = Vec::new();
        let mut open: Vec<String> = Vec::new();
        for (number, (kind, bytes)) in shape.into_iter().enumerate() {
            let id = number.to_string();
            match kind {
                0 => messages.push(said(Role::System, bytes)),
                1 | 2 => messages.push(said(Role::User, bytes)),
                3 => messages.push(said(Role::Assistant, bytes)),
                4 => messages.extend([call(&id), result(&id, bytes)]),
                5 => {
                    messages.push(call(&id));
                    open.push(id);
                }
                // A result that comes turns later.
                6 => messages.extend(open.pop().map(|id| result(&id, bytes))),
                7 => messages.push(thought(bytes)),
                _ => messages.push(Message::text(Role::User, format!("{} why?\n\n\n\n ", "the same again ".repeat(bytes / 15)))),
            }
        }
        let mut before = request(messages);
        before.parameters.max_output_tokens = answer;
        let mut after = before.clone();
        let Some(fitted) = fit(&mut after, window) else {
            prop_assert_eq!(after, before);
            return Ok(());
        };
        let longest = after.parameters.max_output_tokens.unwrap_or_default();
        prop_assert!(prompt(&after) + longest <= window.max(prompt(&after)));
        prop_assert!(prompt(&after) <= window, "{} of {window}", prompt(&after));
        prop_assert_eq!(before.messages.len() - after.messages.len(), fitted.messages + fitted.repeated);
        let systems = |request: &ChatRequest| {
            request.messages.iter().filter(|message| message.role == Role::System).count()
        };
        prop_assert_eq!(systems(&before), systems(&after));
        if let Some(last) = before.messages.iter().rposition(|message| message.role == Role::User) {
            let tail = &before.messages[last..];
            let kept = &after.messages[after.messages.len() - tail.len()..];
            for (number, (was, is)) in tail.iter().zip(kept).enumerate() {
                prop_assert_eq!(was.role, is.role);
                // A note may stand before what the person said; results may be shorter.
                if number == 0 || was.role != Role::Tool {
                    prop_assert!(is.parts.ends_with(&was.parts));
                }
            }
        }
        let (calls, results) = (ids(&after, true), ids(&after, false));
        prop_assert!(results.iter().all(|id| calls.contains(id)), "a result without its call");
        let had = ids(&before, false);
        let waiting = ids(&before, true).into_iter().filter(|id| !had.contains(id));
        prop_assert!(waiting.into_iter().all(|id| calls.contains(&id)), "a call that waits");
        let answered = calls.iter().filter(|id| had.contains(id));
        prop_assert!(answered.into_iter().all(|id| results.contains(id)), "a call without its result");
        prop_assert!(after.messages.iter().all(|message| !message.parts.is_empty()));
    }
}
