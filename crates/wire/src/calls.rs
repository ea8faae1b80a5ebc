//! Tool calls for formats in which they need no ids, or come in one piece.

use llm::{ChatEvent, Message, Part, Role};
use std::collections::VecDeque;

/// The calls of a conversation that wait for their results. Callers may leave the ids out of both; then a
/// result belongs to the earliest call of its name in the turn before it.
#[derive(Debug)]
pub(super) struct OpenCalls {
    /// Begins the ids that are made up.
    prefix: &'static str,
    /// Ids and names, in the order of the calls.
    waiting: VecDeque<(String, String)>,
    made_up: usize,
}

impl OpenCalls {
    /// None yet.
    pub(super) fn new(prefix: &'static str) -> Self {
        Self { prefix, waiting: VecDeque::new(), made_up: 0 }
    }

    /// The model has its turn: what it called before and got no result for stays without one.
    pub(super) fn turn(&mut self) {
        self.waiting.clear();
    }

    /// The id of a call: its own, or one that is the same whenever this conversation is read.
    pub(super) fn call(&mut self, own: Option<String>, name: &str) -> String {
        let id = own.filter(|id| !id.is_empty()).unwrap_or_else(|| self.made_up_id());
        self.waiting.push_back((id.clone(), name.to_owned()));
        id
    }

    /// The id of the call that a result answers.
    pub(super) fn result(&mut self, own: Option<String>, name: Option<&str>) -> String {
        let own = own.filter(|id| !id.is_empty());
        let place = match (&own, name) {
            (Some(id), _) => self.waiting.iter().position(|(known, _)| known == id),
            (None, Some(name)) => self.waiting.iter().position(|(_, known)| known == name),
            (None, None) => (!self.waiting.is_empty()).then_some(0),
        };
        let answered = place.and_then(|place| self.waiting.remove(place)).map(|(id, _)| id);
        own.or(answered).unwrap_or_else(|| self.made_up_id())
    }

    fn made_up_id(&mut self) -> String {
        self.made_up += 1;
        format!("{}{}", self.prefix, self.made_up)
    }
}

/// Adds a turn to the conversation: results of tools are messages of their own in the vocabulary.
pub(super) fn push_turn(role: Role, parts: Vec<Part>, messages: &mut Vec<Message>) {
    let mut parts = parts.into_iter().peekable();
    while let Some(first) = parts.peek() {
        let is_result = matches!(first, Part::ToolResult { .. });
        let mut run = Vec::new();
        while let Some(part) = parts.next_if(|part| matches!(part, Part::ToolResult { .. }) == is_result) {
            run.push(part);
        }
        messages.push(Message { role: if is_result { Role::Tool } else { role }, parts: run, name: None });
    }
}

/// A call whose arguments are complete, or as complete as they will be.
#[derive(Debug)]
pub(super) struct GatheredCall {
    index: u32,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) signature: Option<String>,
    braces: Braces,
}

/// Gathers the fragments of calls for formats in which calls come whole. Fragments of parallel calls may
/// interleave; each call comes out as soon as it and those before it are complete.
#[derive(Debug, Default)]
pub(super) struct CallGatherer {
    waiting: VecDeque<GatheredCall>,
}

impl CallGatherer {
    /// Takes an event if it belongs to a call.
    pub(super) fn take(&mut self, event: &ChatEvent) -> bool {
        match event {
            ChatEvent::ToolCallStarted { index, id, name, signature } => {
                self.waiting.push_back(GatheredCall {
                    index: *index,
                    id: id.clone(),
                    name: name.clone(),
                    arguments: String::new(),
                    signature: signature.clone(),
                    braces: Braces::default(),
                });
                true
            }
            ChatEvent::ToolCallArguments { index, delta } => {
                if let Some(call) = self.waiting.iter_mut().rev().find(|call| call.index == *index) {
                    call.arguments.push_str(delta);
                    call.braces.read(delta);
                }
                true
            }
            ChatEvent::Started { .. }
            | ChatEvent::Text { .. }
            | ChatEvent::Reasoning { .. }
            | ChatEvent::ReasoningSealed { .. }
            | ChatEvent::Citation(_)
            | ChatEvent::Refusal { .. }
            | ChatEvent::Usage(_)
            | ChatEvent::Stopped { .. } => false,
        }
    }

    /// The next call that is complete, unless one before it is not.
    pub(super) fn next_complete(&mut self) -> Option<GatheredCall> {
        if self.waiting.front().is_some_and(|call| call.braces.closed) {
            self.waiting.pop_front()
        } else {
            None
        }
    }

    /// The next call, complete or not: no more fragments will come.
    pub(super) fn next_left(&mut self) -> Option<GatheredCall> {
        self.waiting.pop_front()
    }
}

/// Follows a JSON object far enough to see its end.
#[derive(Debug, Default)]
struct Braces {
    depth: u32,
    in_string: bool,
    escaped: bool,
    closed: bool,
}

impl Braces {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.closed = self.depth == 0;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn started(index: u32) -> ChatEvent {
        ChatEvent::ToolCallStarted { index, id: format!("c{index}"), name: "f".to_owned(), signature: None }
    }

    fn fragment(index: u32, delta: &str) -> ChatEvent {
        ChatEvent::ToolCallArguments { index, delta: delta.to_owned() }
    }

    #[test]
    fn results_find_their_calls_by_id_by_name_and_by_order() {
        let mut calls = OpenCalls::new("c-");
        calls.turn();
        let given = calls.call(Some("x".into()), "roll");
        let (first, second, third) =
            (calls.call(None, "clock"), calls.call(None, "roll"), calls.call(None, "clock"));
        assert_eq!([given.as_str(), &first, &second, &third], ["x", "c-1", "c-2", "c-3"]);
        assert_eq!(calls.result(None, Some("clock")), first);
        assert_eq!(calls.result(Some("x".into()), Some("roll")), "x");
        assert_eq!(calls.result(None, None), second);
        assert_eq!(calls.result(Some(String::new()), Some("clock")), third);
        assert_eq!(calls.result(Some("y".into()), None), "y", "a result of nothing keeps its id");
        assert_eq!(calls.result(None, Some("clock")), "c-4");
        calls.call(None, "late");
        calls.turn();
        assert_eq!(calls.result(None, Some("late")), "c-6", "its turn is over");
    }

    #[test]
    fn interleaved_calls_come_out_whole_and_in_order() {
        let mut gatherer = CallGatherer::default();
        for event in [started(0), started(1), fragment(0, "{\"a\":\"}"), fragment(1, "{\"b\":[1]}")] {
            assert!(gatherer.take(&event));
        }
        assert!(gatherer.next_complete().is_none(), "the first is not complete");
        gatherer.take(&fragment(0, "\\\"\"}"));
        assert_eq!(gatherer.next_complete().unwrap().arguments, r#"{"a":"}\""}"#);
        assert_eq!(gatherer.next_complete().unwrap().arguments, r#"{"b":[1]}"#);
        gatherer.take(&started(2));
        assert!(gatherer.next_complete().is_none());
        assert_eq!(gatherer.next_left().unwrap().arguments, "");
        assert!(!gatherer.take(&ChatEvent::Text { delta: "x".into() }));
    }

    proptest! {
        #[test]
        fn the_end_of_an_object_is_seen_and_not_before(keys in prop::collection::vec("(?s).{0,8}", 0..4), cut in 0usize..40) {
            let object: serde_json::Map<_, _> =
                keys.iter().map(|key| (key.clone(), serde_json::json!([key, { key: null }]))).collect();
            let text = serde_json::Value::Object(object).to_string();
            let cut = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let mut gatherer = CallGatherer::default();
            gatherer.take(&started(0));
            gatherer.take(&fragment(0, &text[..cut]));
            let early = gatherer.next_complete();
            if cut < text.len() {
                prop_assert!(early.is_none());
                gatherer.take(&fragment(0, &text[cut..]));
                prop_assert_eq!(gatherer.next_complete().unwrap().arguments, text);
            }
        }
    }
}
