//! Makes a request that does not fit a model's window smaller: first its answer, then its oldest turns. The system
//! prompt, the last turn of the person and calls of tools without a result always stay.

use llm::{ChatRequest, Message, Part, Role};
use std::collections::HashSet;

/// Bytes that make a token, for this purpose: rather too many tokens than too few.
const BYTES_PER_TOKEN: u64 = 3;
/// The shortest answer worth asking for, in tokens.
const LEAST_ANSWER_TOKENS: u64 = 256;
/// What a picture counts for, in tokens: the usual size of one, not the most it can be.
const IMAGE_TOKENS: u64 = 1_500;

/// What was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shrunk {
    /// The longest answer before and now, where it was lowered.
    pub answer_tokens: Option<(u64, u64)>,
    /// Messages that were left out.
    pub messages: usize,
    /// About how many tokens they had.
    pub tokens: u64,
}

impl Shrunk {
    /// In sentences, for people and programs: each begins with a word that stays the same.
    pub fn events(&self, deployment: &str) -> Vec<String> {
        let mut events = Vec::new();
        if let Some((before, now)) = self.answer_tokens {
            events.push(format!(
                "fewer_tokens: the answer may have {now} tokens instead of {before}, to fit `{deployment}`"
            ));
        }
        if self.messages > 0 {
            let Self { messages, tokens, .. } = self;
            events.push(format!(
                "fewer_tokens: the {messages} oldest messages (about {tokens} tokens) were left out, to fit `{deployment}`"
            ));
        }
        events
    }
}

/// About how many tokens the prompt has.
pub fn prompt_tokens(request: &ChatRequest) -> u64 {
    let tools = request.tools.iter().map(|tool| {
        (tool.name.len() + tool.description.len() + tool.parameters.to_string().len()) as u64
            / BYTES_PER_TOKEN
    });
    tools.chain(request.messages.iter().map(message_tokens)).fold(0, u64::saturating_add)
}

fn message_tokens(message: &Message) -> u64 {
    // What a format puts around a message is a few tokens.
    message.parts.iter().map(part_tokens).fold(4, u64::saturating_add)
}

fn part_tokens(part: &Part) -> u64 {
    let text = |bytes: usize| (bytes as u64).div_ceil(BYTES_PER_TOKEN);
    match part {
        Part::Text { text: content, .. } => text(content.len()),
        Part::Reasoning { text: content, signature, redacted } => {
            let opaque = signature.as_ref().map_or(0, String::len) + redacted.as_ref().map_or(0, String::len);
            text(content.len() + opaque)
        }
        Part::ToolCall { name, arguments, .. } => text(name.len() + arguments.len()),
        Part::ToolResult { parts, .. } => parts.iter().map(part_tokens).fold(0, u64::saturating_add),
        Part::Image { .. } => IMAGE_TOKENS,
        Part::File { media, .. } => match media {
            // Base64 has four characters for three bytes, of which many belong to no text.
            llm::Media::Inline { data, .. } => text(data.len() / 4),
            llm::Media::Url { .. } | llm::Media::Uploaded { .. } => IMAGE_TOKENS,
        },
    }
}

/// Makes the request fit a window of so many tokens; `None` where that cannot be done without giving up what has
/// to stay. Nothing is changed then.
pub fn shrink(request: &mut ChatRequest, window: u64) -> Option<Shrunk> {
    let mut shrunk = Shrunk::default();
    let asked = request.parameters.max_output_tokens;
    let answer = asked.unwrap_or(LEAST_ANSWER_TOKENS).min(LEAST_ANSWER_TOKENS.max(window / 8));
    let room = window.checked_sub(answer)?;
    let turns = turns(&request.messages);
    let mut tokens = prompt_tokens(request);
    let mut left_out = HashSet::new();
    for turn in turns.droppable {
        if tokens <= room {
            break;
        }
        for position in turn {
            let Some(message) = request.messages.get(position) else { continue };
            let size = message_tokens(message);
            tokens = tokens.saturating_sub(size);
            shrunk.tokens += size;
            shrunk.messages += 1;
            left_out.insert(position);
        }
    }
    if tokens > room {
        return None;
    }
    if let Some(before) = asked {
        let longest = window.saturating_sub(tokens);
        if before > longest {
            shrunk.answer_tokens = Some((before, longest));
            request.parameters.max_output_tokens = Some(longest);
        }
    }
    let mut position = 0;
    request.messages.retain(|_| {
        position += 1;
        !left_out.contains(&(position - 1))
    });
    Some(shrunk)
}

/// The turns of a conversation that may be left out, the oldest first, each as the positions of its messages.
struct Turns {
    droppable: Vec<Vec<usize>>,
}

/// A turn begins with a message of the person and goes on to the next one, so that calls of tools and their results
/// stay together.
fn turns(messages: &[Message]) -> Turns {
    let last = messages.iter().rposition(|message| message.role == Role::User).unwrap_or(0);
    let answered: HashSet<&str> = messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolResult { call_id, .. } => Some(call_id.as_str()),
            Part::Text { .. }
            | Part::Image { .. }
            | Part::File { .. }
            | Part::ToolCall { .. }
            | Part::Reasoning { .. } => None,
        })
        .collect();
    let waits = |message: &Message| {
        message
            .parts
            .iter()
            .any(|part| matches!(part, Part::ToolCall { id, .. } if !answered.contains(id.as_str())))
    };
    let mut droppable: Vec<Vec<usize>> = Vec::new();
    for (position, message) in messages.iter().enumerate().take(last) {
        if message.role == Role::System {
            continue;
        }
        match droppable.last_mut() {
            Some(turn) if message.role != Role::User => turn.push(position),
            Some(_) | None => droppable.push(vec![position]),
        }
    }
    let stays = |turn: &Vec<usize>| turn.iter().any(|position| messages.get(*position).is_some_and(waits));
    droppable.retain(|turn| !stays(turn));
    Turns { droppable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(role: Role, bytes: usize) -> Message {
        Message::text(role, "x".repeat(bytes))
    }

    fn call(id: &str) -> Message {
        let part =
            Part::ToolCall { id: id.into(), name: "roll".into(), arguments: "{}".into(), signature: None };
        Message { role: Role::Assistant, parts: vec![part], name: None }
    }

    fn result(id: &str, bytes: usize) -> Message {
        let parts = vec![Part::text("y".repeat(bytes))];
        let part = Part::ToolResult { call_id: id.into(), name: None, parts, is_error: false };
        Message { role: Role::Tool, parts: vec![part], name: None }
    }

    fn request(messages: Vec<Message>) -> ChatRequest {
        ChatRequest { messages, ..ChatRequest::default() }
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
    fn whole_turns_go_the_oldest_first_and_tools_stay_with_their_results() {
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
        let shrunk = shrink(&mut long, 1_500).unwrap();
        assert_eq!((roles(&long).as_str(), shrunk.messages), ("suau", 4));
        assert!(prompt_tokens(&long) < 1_500);
        assert_eq!(
            shrunk.events("a/x"),
            ["fewer_tokens: the 4 oldest messages (about 1328 tokens) were left out, to fit `a/x`"]
        );
    }

    #[test]
    fn the_answer_is_shortened_before_anything_is_left_out() {
        let mut long =
            request(vec![said(Role::User, 300), said(Role::Assistant, 300), said(Role::User, 300)]);
        long.parameters.max_output_tokens = Some(4_000);
        let shrunk = shrink(&mut long, 2_000).unwrap();
        assert_eq!((roles(&long).as_str(), shrunk.messages), ("uau", 0));
        assert_eq!(shrunk.answer_tokens, Some((4_000, 1_688)));
        assert_eq!(long.parameters.max_output_tokens, Some(1_688));
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
            vec![said(Role::User, 10), call("1"), result("1", 9_000)],
        ] {
            let before = request(messages);
            let mut after = before.clone();
            assert_eq!(shrink(&mut after, 1_000), None, "{}", roles(&before));
            assert_eq!(after, before, "nothing is changed");
        }
    }

    proptest! {
        #[test]
        fn it_fits_or_nothing_happens(
            shape in prop::collection::vec((0_u8..5, 0_usize..2_000), 1..30),
            window in 0_u64..4_000,
            answer in prop::option::of(0_u64..5_000),
        ) {
            let mut messages = Vec::new();
            for (number, (kind, bytes)) in shape.into_iter().enumerate() {
                let id = number.to_string();
                match kind {
                    0 => messages.push(said(Role::System, bytes)),
                    1 => messages.push(said(Role::User, bytes)),
                    2 => messages.push(said(Role::Assistant, bytes)),
                    3 => messages.extend([call(&id), result(&id, bytes)]),
                    _ => messages.push(call(&id)),
                }
            }
            let mut before = request(messages);
            before.parameters.max_output_tokens = answer;
            let mut after = before.clone();
            let Some(shrunk) = shrink(&mut after, window) else {
                prop_assert_eq!(after, before);
                return Ok(());
            };
            let answer = after.parameters.max_output_tokens.unwrap_or_default();
            prop_assert!(prompt_tokens(&after) + answer <= window.max(prompt_tokens(&after)));
            prop_assert!(prompt_tokens(&after) <= window);
            prop_assert_eq!(before.messages.len() - after.messages.len(), shrunk.messages);
            let systems = |request: &ChatRequest| {
                request.messages.iter().filter(|message| message.role == Role::System).count()
            };
            prop_assert_eq!(systems(&before), systems(&after));
            if let Some(last) = before.messages.iter().rposition(|message| message.role == Role::User) {
                let tail = &before.messages[last..];
                prop_assert!(after.messages.ends_with(tail));
            }
            // Every call that had a result has it still, and every one that waits is there.
            let ids = |request: &ChatRequest, calls: bool| -> Vec<String> {
                let parts = request.messages.iter().flat_map(|message| &message.parts);
                parts.filter_map(|part| match part {
                    Part::ToolCall { id, .. } if calls => Some(id.clone()),
                    Part::ToolResult { call_id, .. } if !calls => Some(call_id.clone()),
                    Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Text { .. } | Part::Image { .. }
                    | Part::File { .. } | Part::Reasoning { .. } => None,
                }).collect()
            };
            let (calls, results) = (ids(&after, true), ids(&after, false));
            prop_assert!(results.iter().all(|id| calls.contains(id)));
            let had = ids(&before, false);
            prop_assert!(ids(&before, true).iter().filter(|id| !had.contains(id)).all(|id| calls.contains(id)));
        }
    }
}
