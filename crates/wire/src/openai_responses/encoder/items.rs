//! The items of a response to a caller, as far as they have come.

use crate::openai_responses::sealed::Seal;
use serde::Serialize;
use serde_json::{Value, json};

/// A piece of text, arguments or summary; the event that there are most of.
#[derive(Serialize)]
pub(super) struct Delta<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) sequence_number: u64,
    pub(super) item_id: &'a str,
    pub(super) output_index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary_index: Option<usize>,
    pub(super) delta: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logprobs: Option<[(); 0]>,
}

/// A kind of content of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Refusal,
}

/// A message under way.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) output_index: usize,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    kind: Content,
    text: String,
    annotations: Vec<Value>,
}

impl Message {
    pub(super) const fn new(id: String, output_index: usize) -> Self {
        Self { id, output_index, parts: Vec::new() }
    }

    /// Where the message is, as its events say it.
    pub(super) fn at(&self) -> Value {
        at(&self.id, self.output_index)
    }

    /// Begins a part; its place.
    pub(super) fn add(&mut self, kind: Content) -> usize {
        self.parts.push(Part { kind, text: String::new(), annotations: Vec::new() });
        self.parts.len() - 1
    }

    /// The place and the kind of the last part.
    pub(super) fn last(&self) -> Option<(usize, Content)> {
        self.parts.last().map(|part| (self.parts.len() - 1, part.kind))
    }

    /// Appends to the last part.
    pub(super) fn push(&mut self, text: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.text.push_str(text);
        }
    }

    /// Adds an annotation to the last part.
    pub(super) fn annotate(&mut self, annotation: Value) {
        if let Some(part) = self.parts.last_mut() {
            part.annotations.push(annotation);
        }
    }

    /// How many annotations the last part has.
    pub(super) fn annotations(&self) -> usize {
        self.parts.last().map_or(0, |part| part.annotations.len())
    }

    /// How many characters the last part has.
    pub(super) fn written(&self) -> usize {
        self.parts.last().map_or(0, |part| part.text.chars().count())
    }

    /// A part as it stands.
    pub(super) fn part(&self, place: usize) -> Option<Value> {
        self.parts.get(place).map(Part::value)
    }

    /// The message as it stands.
    pub(super) fn item(&self, status: &str) -> Value {
        let content: Vec<Value> = self.parts.iter().map(Part::value).collect();
        json!({ "id": self.id, "type": "message", "status": status, "role": "assistant", "content": content })
    }
}

impl Part {
    fn value(&self) -> Value {
        match self.kind {
            Content::Text => {
                json!({ "type": "output_text", "text": self.text, "annotations": self.annotations,
                "logprobs": [] })
            }
            Content::Refusal => json!({ "type": "refusal", "refusal": self.text }),
        }
    }
}

/// Thinking under way.
#[derive(Debug)]
pub(super) struct Reasoning {
    pub(super) id: String,
    pub(super) output_index: usize,
    pub(super) text: String,
}

impl Reasoning {
    pub(super) const fn new(id: String, output_index: usize) -> Self {
        Self { id, output_index, text: String::new() }
    }

    /// Where the item is, as its events say it.
    pub(super) fn at(&self) -> Value {
        at(&self.id, self.output_index)
    }

    /// The item as it stands, with what seals it.
    pub(super) fn item(&self, seal: Option<&Seal>) -> Value {
        let text = (!self.text.is_empty()).then(|| summary(&self.text));
        let parts: Vec<Value> = text.into_iter().collect();
        let mut item = json!({ "id": self.id, "type": "reasoning", "summary": parts });
        if let Some(sealed) = seal.and_then(Seal::encrypted_content) {
            item["encrypted_content"] = sealed.into();
        }
        item
    }
}

/// A part of a summary.
pub(super) fn summary(text: &str) -> Value {
    json!({ "type": "summary_text", "text": text })
}

/// A tool call under way.
#[derive(Debug)]
pub(super) struct Call {
    /// Its number in the vocabulary.
    pub(super) index: u32,
    pub(super) id: String,
    pub(super) output_index: usize,
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Call {
    /// Whether its arguments are whole.
    pub(super) fn is_complete(&self) -> bool {
        serde_json::from_str::<serde::de::IgnoredAny>(&self.arguments).is_ok()
    }

    /// The item as it stands.
    pub(super) fn item(&self, status: &str) -> Value {
        json!({ "id": self.id, "type": "function_call", "status": status, "arguments": self.arguments,
            "call_id": self.call_id, "name": self.name })
    }
}

fn at(id: &str, output_index: usize) -> Value {
    json!({ "item_id": id, "output_index": output_index })
}
