//! Marks for the provider's prompt cache, put into a body that is otherwise passed on byte by byte.
//!
//! The provider keeps the beginning of a prompt up to each mark, at most four of them, and only from a length on that
//! depends on the model; what is shorter is neither kept nor refused. Tools come first in a prompt, then the system's
//! words, then the conversation, in whichever order the body has them. Never marked: thinking, which the provider
//! refuses, and empty text.
//! Source: "Prompt caching" in the provider's guides.

use crate::{
    json::{JsonError, JsonReader},
    splice,
};
use bytes::Bytes;
use memchr::memmem;
use std::ops::Range;

const MARK: &str = r#","cache_control":{"type":"ephemeral"}"#;
/// Bytes that make a token, for an estimate.
const BYTES_PER_TOKEN: usize = 4;

/// The body with marks; `None` where the caller has set some, where nothing is long enough, or where it cannot be read.
///
/// Marked are what every request of an application shares (its tools, and its system's words), and from the second
/// turn of a conversation on the last two turns of the person: the last, to be found by the next request, and the one
/// before, to find what the request before has left.
pub(super) fn mark(body: &Bytes, min_tokens: u64) -> Option<Bytes> {
    let least = usize::try_from(min_tokens).ok()?.saturating_mul(BYTES_PER_TOKEN);
    if body.len() < least || memmem::find(body, b"cache_control").is_some() {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let mut prompt = Prompt::default();
    prompt.read(&mut JsonReader::new(text)).ok()?;
    let mut marks: Vec<(Range<usize>, String)> =
        prompt.places(least).into_iter().flat_map(|place| place.marks(text)).collect();
    if marks.is_empty() {
        return None;
    }
    splice::splice(body, &mut marks).ok()
}

/// Where a mark may stand.
#[derive(Debug, Clone)]
enum Place {
    /// At the end of an object.
    Object(Range<usize>),
    /// Around a text that stands for a list of blocks.
    Text(Range<usize>),
}

impl Place {
    fn marks(self, text: &str) -> Vec<(Range<usize>, String)> {
        match self {
            Self::Object(span) => {
                let end = span.end.saturating_sub(1);
                let closes = text.get(end..span.end) == Some("}");
                if closes { vec![(end..end, MARK.to_owned())] } else { Vec::new() }
            }
            Self::Text(span) => vec![
                (span.start..span.start, r#"[{"type":"text","text":"#.to_owned()),
                (span.end..span.end, format!("{MARK}}}]")),
            ],
        }
    }
}

/// What a prompt is made of, as far as marks need it.
#[derive(Debug, Default)]
struct Prompt {
    tools: Part,
    system: Part,
    /// Each message in order.
    messages: Vec<(Speaker, Part)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Speaker {
    User,
    #[default]
    Other,
}

/// A part of a prompt: how long it is, and where it can be marked last.
#[derive(Debug, Default)]
struct Part {
    bytes: usize,
    last: Option<Place>,
}

impl Prompt {
    fn read(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        reader.enter_object()?;
        while let Some(key) = reader.next_key()? {
            match &*key {
                "tools" => self.tools = tools(reader)?,
                "system" => self.system = content(reader)?,
                "messages" => self.messages(reader)?,
                _ => reader.skip().map(|_| ())?,
            }
        }
        reader.end()
    }

    fn messages(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonError> {
        reader.enter_array()?;
        while reader.next_item()? {
            let (mut speaker, mut said) = (Speaker::Other, Part::default());
            reader.enter_object()?;
            while let Some(key) = reader.next_key()? {
                match &*key {
                    "role" if reader.peek() == Some(b'"') => {
                        let user = reader.string()?.value()? == "user";
                        speaker = if user { Speaker::User } else { Speaker::Other };
                    }
                    "content" => said = content(reader)?,
                    _ => reader.skip().map(|_| ())?,
                }
            }
            self.messages.push((speaker, said));
        }
        Ok(())
    }

    /// The places to mark, with enough before each of them.
    fn places(self, least: usize) -> Vec<Place> {
        let mut before = self.tools.bytes;
        let mut places = Vec::new();
        let long_enough = |before: usize, place: Option<Place>| place.filter(|_| before >= least);
        places.extend(long_enough(before, self.tools.last));
        before += self.system.bytes;
        places.extend(long_enough(before, self.system.last));
        let goes_on = self.messages.iter().any(|(speaker, _)| *speaker == Speaker::Other);
        let mut turns = Vec::new();
        for (speaker, said) in self.messages {
            before += said.bytes;
            if speaker == Speaker::User && goes_on {
                turns.push(long_enough(before, said.last));
            }
        }
        places.extend(turns.into_iter().rev().take(2).flatten());
        places
    }
}

fn tools(reader: &mut JsonReader<'_>) -> Result<Part, JsonError> {
    if reader.peek() != Some(b'[') {
        reader.skip()?;
        return Ok(Part::default());
    }
    let begin = reader.position();
    let mut last = None;
    reader.enter_array()?;
    while reader.next_item()? {
        let is_object = reader.peek() == Some(b'{');
        let start = reader.position();
        reader.skip()?;
        if is_object {
            last = Some(Place::Object(start..reader.position()));
        }
    }
    Ok(Part { bytes: reader.position() - begin, last })
}

/// A text, or a list of blocks.
fn content(reader: &mut JsonReader<'_>) -> Result<Part, JsonError> {
    match reader.peek() {
        Some(b'"') => {
            let text = reader.string()?;
            let last = (!text.raw.trim().is_empty()).then(|| Place::Text(text.span.clone()));
            Ok(Part { bytes: text.raw.len(), last })
        }
        Some(b'[') => {
            let begin = reader.position();
            let mut last = None;
            reader.enter_array()?;
            while reader.next_item()? {
                if reader.peek() != Some(b'{') {
                    reader.skip()?;
                    continue;
                }
                let start = reader.position();
                if block(reader)? {
                    last = Some(Place::Object(start..reader.position()));
                }
            }
            Ok(Part { bytes: reader.position() - begin, last })
        }
        _ => {
            reader.skip()?;
            Ok(Part::default())
        }
    }
}

/// Reads a block; whether it may be marked.
fn block(reader: &mut JsonReader<'_>) -> Result<bool, JsonError> {
    let (mut markable, mut is_text, mut has_words) = (false, false, false);
    reader.enter_object()?;
    while let Some(key) = reader.next_key()? {
        match &*key {
            "type" if reader.peek() == Some(b'"') => {
                let kind = reader.string()?.value()?;
                is_text = kind == "text";
                markable = matches!(&*kind, "text" | "image" | "document" | "tool_use" | "tool_result");
            }
            "text" if reader.peek() == Some(b'"') => has_words = !reader.string()?.raw.trim().is_empty(),
            _ => reader.skip().map(|_| ())?,
        }
    }
    Ok(markable && (!is_text || has_words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn long(words: usize) -> String {
        "rule ".repeat(words)
    }

    /// Where the marks stand, as JSON pointers; everything else has to be as it was.
    fn marked(body: &Value, min_tokens: u64) -> Vec<String> {
        let before = Bytes::from(body.to_string());
        let Some(after) = mark(&before, min_tokens) else { return Vec::new() };
        let mut value: Value = serde_json::from_slice(&after).unwrap();
        let mut places = Vec::new();
        unmark(&mut value, String::new(), &mut places);
        let same = |one: &Value, other: &Value| texts(one) == texts(other);
        assert!(same(&value, body), "{value} {body}");
        places.sort_unstable();
        places
    }

    fn unmark(value: &mut Value, at: String, places: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if fields.remove("cache_control") == Some(json!({ "type": "ephemeral" })) {
                    places.push(at.clone());
                }
                fields.iter_mut().for_each(|(name, value)| unmark(value, format!("{at}/{name}"), places));
            }
            Value::Array(items) => {
                items
                    .iter_mut()
                    .enumerate()
                    .for_each(|(place, value)| unmark(value, format!("{at}/{place}"), places));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The same body with texts as lists of blocks.
    fn texts(value: &Value) -> Value {
        let mut value = value.clone();
        let blocks = |content: &mut Value| {
            if let Value::String(text) = content {
                *content = json!([{ "type": "text", "text": text }]);
            }
        };
        if let Some(system) = value.get_mut("system") {
            blocks(system);
        }
        for message in value["messages"].as_array_mut().unwrap() {
            blocks(&mut message["content"]);
        }
        value
    }

    #[test]
    fn what_all_requests_share_is_marked_and_a_conversation_from_its_second_turn_on() {
        let mut body = json!({ "model": "m", "max_tokens": 5, "system": long(1_000),
            "messages": [{ "role": "user", "content": "hello" }] });
        assert_eq!(marked(&body, 1_024), ["/system/0"]);
        assert_eq!(marked(&body, 4_096), [""; 0], "too short for this model");
        body["tools"] = json!([{ "name": "a", "input_schema": {} }, { "name": "b", "description": long(1_000), "input_schema": {} }]);
        assert_eq!(marked(&body, 1_024), ["/system/0", "/tools/1"]);
        body["messages"] = json!([
            { "role": "user", "content": "one" }, { "role": "assistant", "content": "two" },
            { "role": "user", "content": [{ "type": "text", "text": "three" }] }, { "role": "assistant", "content": "four" },
            { "role": "user", "content": [{ "type": "text", "text": "five" }, { "type": "text", "text": "  " }] },
        ]);
        assert_eq!(
            marked(&body, 1_024),
            ["/messages/2/content/0", "/messages/4/content/0", "/system/0", "/tools/1"]
        );
    }

    /// BerriAI/litellm#39815: marks on thinking were refused with a 400.
    #[test]
    fn thinking_and_empty_text_are_never_marked() {
        let body = json!({ "model": "m", "system": [{ "type": "text", "text": "" }], "messages": [
            { "role": "user", "content": long(2_000) },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": long(50), "signature": "s" },
                { "type": "redacted_thinking", "data": "d" },
                { "type": "tool_use", "id": "t", "name": "n", "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": "r" }, { "type": "text", "text": " " }] },
        ] });
        assert_eq!(marked(&body, 1_024), ["/messages/0/content/0", "/messages/2/content/0"]);
        let only_thinking = json!({ "model": "m", "messages": [
            { "role": "user", "content": [{ "type": "thinking", "thinking": long(2_000), "signature": "s" }] },
            { "role": "assistant", "content": "x" }] });
        assert_eq!(marked(&only_thinking, 1_024), [""; 0]);
    }

    /// BerriAI/litellm#15696: a mark on every item was refused, since there may be four.
    #[test]
    fn there_are_never_more_than_four_marks() {
        let turn = |place: usize| {
            json!({ "role": if place.is_multiple_of(2) { "user" } else { "assistant" },
            "content": [{ "type": "text", "text": long(1_000) }, { "type": "text", "text": long(1_000) }] })
        };
        let body = json!({ "model": "m", "system": [{ "type": "text", "text": long(900) }, { "type": "text", "text": long(900) }],
            "tools": [{ "name": "a", "description": long(2_000) }], "messages": (0..41).map(turn).collect::<Vec<_>>() });
        assert_eq!(marked(&body, 512).len(), 4);
    }

    #[test]
    fn callers_who_set_marks_know_better() {
        let body = json!({ "model": "m", "system": [{ "type": "text", "text": long(2_000), "cache_control": { "type": "ephemeral", "ttl": "1h" } }],
            "messages": [{ "role": "user", "content": long(2_000) }] });
        assert!(mark(&Bytes::from(body.to_string()), 100).is_none());
        let everywhere = json!({ "model": "m", "cache_control": { "type": "ephemeral" }, "system": long(2_000), "messages": [] });
        assert!(mark(&Bytes::from(everywhere.to_string()), 100).is_none());
        assert!(mark(&Bytes::from_static(b"[1, 2"), 0).is_none());
    }

    proptest! {
        #[test]
        fn a_body_stays_the_same_request(
            system in "[a-z \\\\\"é]{0,40}", turns in prop::collection::vec("[a-z \\n\"]{0,40}", 1..9),
            blocks in any::<bool>(), spaces in any::<bool>(),
        ) {
            let turn = |(place, text): (usize, &String)| {
                let content = if blocks { json!([{ "type": "text", "text": text }]) } else { json!(text) };
                json!({ "role": if place.is_multiple_of(2) { "user" } else { "assistant" }, "content": content })
            };
            let body = json!({ "model": "m", "system": system, "messages": turns.iter().enumerate().map(turn).collect::<Vec<_>>() });
            prop_assert!(marked(&body, 0).len() <= 4);
            if spaces {
                let text = serde_json::to_string_pretty(&body).unwrap();
                let after = mark(&Bytes::from(text), 0);
                prop_assert!(after.is_none_or(|after| serde_json::from_slice::<Value>(&after).is_ok()));
            }
        }
    }
}
