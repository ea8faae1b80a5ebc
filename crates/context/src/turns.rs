//! The turns of a conversation: what may be left out together, and what has to stay.

use llm::{ChatRequest, Message, Part, Role};
use std::collections::{HashMap, HashSet};

/// Messages that may only be left out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Their positions in the request, in order.
    pub(crate) messages: Vec<usize>,
}

impl Turn {
    /// Everything that is said in it.
    pub(crate) fn text(&self, request: &ChatRequest) -> String {
        let messages = self.messages.iter().filter_map(|position| request.messages.get(*position));
        let mut text = String::new();
        for message in messages {
            add_text(&message.parts, &mut text);
        }
        text
    }
}

/// The text of parts, that of calls and results too.
pub(crate) fn add_text(parts: &[Part], text: &mut String) {
    for part in parts {
        match part {
            Part::Text { text: said, .. } => text.push_str(said),
            Part::ToolCall { name, arguments, .. } => text.extend([name, " ", arguments]),
            Part::ToolResult { parts, .. } => add_text(parts, text),
            Part::Image { .. } | Part::File { .. } | Part::Reasoning { .. } => continue,
        }
        text.push('\n');
    }
}

/// Where the last turn of the person begins; the end where no person speaks.
pub(crate) fn last_turn(messages: &[Message]) -> usize {
    messages.iter().rposition(|message| message.role == Role::User).unwrap_or(messages.len())
}

/// What may be left out, the oldest first. A turn begins with a message of the person and goes on to the next one. Turns
/// that share a call and its result are one; those that share one with what has to stay, stay.
pub(crate) fn droppable(request: &ChatRequest) -> Vec<Turn> {
    let messages = &request.messages;
    let last = last_turn(messages);
    // Without a person nothing tells what is asked: everything stays.
    if last == messages.len() {
        return Vec::new();
    }
    let mut turns: Vec<Turn> = Vec::new();
    for (position, message) in messages.iter().enumerate().take(last) {
        if message.role == Role::System {
            continue;
        }
        match turns.last_mut() {
            Some(turn) if message.role != Role::User => turn.messages.push(position),
            Some(_) | None => turns.push(Turn { messages: vec![position] }),
        }
    }
    let mut turn_of = vec![None; messages.len()];
    for (number, turn) in turns.iter().enumerate() {
        for position in &turn.messages {
            if let Some(entry) = turn_of.get_mut(*position) {
                *entry = Some(number);
            }
        }
    }
    let links = links(messages);
    let mut joined: Vec<usize> = (0..turns.len()).collect();
    let mut stays: HashSet<usize> = HashSet::new();
    for positions in links.values() {
        let numbers: HashSet<Option<usize>> =
            positions.mentions.iter().map(|position| turn_of.get(*position).copied().flatten()).collect();
        let inside: Vec<usize> = numbers.iter().copied().flatten().collect();
        let Some(first) = inside.iter().min().map(|number| root(&joined, *number)) else { continue };
        if !positions.is_whole() || numbers.contains(&None) {
            stays.extend(&inside);
        }
        for number in inside {
            let root = root(&joined, number);
            if let Some(entry) = joined.get_mut(root.max(first)) {
                *entry = root.min(first);
            }
        }
    }
    let stays: HashSet<usize> = stays.into_iter().map(|number| root(&joined, number)).collect();
    let mut groups: Vec<Turn> = turns.iter().map(|_| Turn { messages: Vec::new() }).collect();
    for (number, turn) in turns.into_iter().enumerate() {
        let root = root(&joined, number);
        if let Some(group) = groups.get_mut(root).filter(|_| !stays.contains(&root)) {
            group.messages.extend(turn.messages);
        }
    }
    groups.retain(|group| !group.messages.is_empty());
    groups
}

/// The first turn of those that are one with this.
fn root(joined: &[usize], mut number: usize) -> usize {
    while let Some(next) = joined.get(number).filter(|next| **next != number) {
        number = *next;
    }
    number
}

/// Where a call stands and its results.
#[derive(Default)]
struct Positions {
    mentions: Vec<usize>,
    calls: usize,
    results: usize,
}

impl Positions {
    /// A call that waits for its result has to stay, and so has a result without a call: somebody else knows it.
    fn is_whole(&self) -> bool {
        self.calls > 0 && self.results > 0
    }
}

fn links(messages: &[Message]) -> HashMap<&str, Positions> {
    let mut links: HashMap<&str, Positions> = HashMap::new();
    for (position, message) in messages.iter().enumerate() {
        for part in &message.parts {
            let (id, is_call) = match part {
                Part::ToolCall { id, .. } => (id, true),
                Part::ToolResult { call_id, .. } => (call_id, false),
                Part::Text { .. } | Part::Image { .. } | Part::File { .. } | Part::Reasoning { .. } => {
                    continue;
                }
            };
            let entry = links.entry(id).or_default();
            entry.mentions.push(position);
            if is_call { entry.calls += 1 } else { entry.results += 1 }
        }
    }
    links
}
