//! Thinking, and the sealed details that have to go back with it.
//!
//! OpenRouter sends `reasoning_details`: a list whose entries hold text, signatures and encrypted data, in
//! forms that differ by the model behind it, to be sent back as they came. The vocabulary keeps such a list
//! as the `signature` of a [`Part::Reasoning`], behind [`SIGNATURE_TAG`]. Where thinking that was
//! sealed by another dialect goes to a caller of this one, it is written as entries of [`OWN_FORMAT`] and
//! taken apart again when it comes back.

use crate::gemini;
use llm::{ChatEvent, Part};
use serde_json::{Map, Value, json};

/// Marks a signature in the vocabulary as a list of `reasoning_details`, so that no other provider is sent it.
pub(crate) const SIGNATURE_TAG: &str = "reasoning_details:";

/// The `format` of entries that Familiar writes.
const OWN_FORMAT: &str = "familiar-v1";

/// Gathers the details of one block of thinking from the fragments of a stream.
#[derive(Debug, Default)]
pub(super) struct Details {
    entries: Vec<Value>,
}

impl Details {
    /// Takes an entry; entries of Familiar's own making are whole and become events at once.
    pub(super) fn push(&mut self, entry: Value, events: &mut Vec<ChatEvent>) {
        if let Some((_, signature, redacted)) = own_entry(&entry) {
            events.push(ChatEvent::ReasoningSealed { signature, redacted });
            return;
        }
        let key = |entry: &Value| (entry.get("type").cloned(), entry.get("index").cloned());
        match (self.entries.last_mut(), entry) {
            (Some(Value::Object(last)), Value::Object(more))
                if key(&Value::Object(last.clone())) == key(&Value::Object(more.clone())) =>
            {
                append(last, more);
            }
            (_, entry) => self.entries.push(entry),
        }
    }

    /// Ends the block: the event that seals it, if anything in it has to go back.
    pub(super) fn seal(&mut self) -> Option<ChatEvent> {
        let entries = std::mem::take(&mut self.entries);
        let sealed = |entry: &Value| {
            ["signature", "data"].iter().any(|name| entry.get(*name).is_some_and(Value::is_string))
        };
        entries
            .iter()
            .any(sealed)
            .then(|| ChatEvent::ReasoningSealed { signature: Some(tagged(entries)), redacted: None })
    }
}

/// The events of blocks that Familiar wrote, each with its text; `None` when not all of them are such, or
/// there are none.
pub(super) fn own_blocks(entries: &[Value]) -> Option<Vec<ChatEvent>> {
    let own = entries.iter().map(own_entry).collect::<Option<Vec<_>>>().filter(|own| !own.is_empty())?;
    let events = own.into_iter().flat_map(|(delta, signature, redacted)| {
        let text = (!delta.is_empty()).then_some(ChatEvent::Reasoning { delta });
        text.into_iter().chain([ChatEvent::ReasoningSealed { signature, redacted }])
    });
    Some(events.collect())
}

/// The readable text of a vendor's entries.
pub(super) fn readable(entries: &[Value]) -> String {
    let text = |entry: &Value| {
        let text = entry.get("text").or_else(|| entry.get("summary"))?.as_str()?;
        own_entry(entry).is_none().then(|| text.to_owned())
    };
    entries.iter().filter_map(text).collect()
}

/// The thinking of a message: its plain text, and its details where something is sealed.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    pub(super) text: String,
    /// Entries as vendors sent them, or as Familiar writes them.
    pub(super) details: Vec<Value>,
    /// Whether all of `details` came from a vendor of this dialect.
    pub(super) vendors_own: bool,
}

/// Gathers the thinking of a message.
pub(super) fn of_parts(parts: &[Part]) -> Thinking {
    let mut thinking = Thinking { vendors_own: true, ..Thinking::default() };
    let mut any_sealed = false;
    for (index, part) in parts.iter().enumerate() {
        let Part::Reasoning { text, signature, redacted } = part else { continue };
        thinking.text.push_str(text);
        any_sealed |= signature.is_some() || redacted.is_some();
        match signature.as_deref().and_then(vendors_entries) {
            Some(entries) => thinking.details.extend(entries),
            None => {
                thinking.vendors_own = false;
                thinking.details.extend(own_entries(index, text, signature.as_deref(), redacted.as_deref()));
            }
        }
    }
    if !any_sealed {
        thinking.details.clear();
    }
    thinking
}

/// Reads the thinking of a message that comes back from a caller.
pub(super) fn to_parts(text: Option<String>, entries: Vec<Value>) -> Vec<Part> {
    let own: Option<Vec<_>> = entries.iter().map(own_entry).collect();
    match own {
        Some(own) if !own.is_empty() => own
            .into_iter()
            .map(|(text, signature, redacted)| Part::Reasoning { text, signature, redacted })
            .collect(),
        _ => {
            let text = text.unwrap_or_else(|| readable(&entries));
            let signature = (!entries.is_empty()).then(|| tagged(entries));
            if text.is_empty() && signature.is_none() {
                return Vec::new();
            }
            vec![Part::Reasoning { text, signature, redacted: None }]
        }
    }
}

/// The entries for sealed thinking that did not come as entries.
pub(super) fn own_entries(
    index: usize,
    text: &str,
    signature: Option<&str>,
    redacted: Option<&str>,
) -> Vec<Value> {
    match redacted {
        Some(data) => vec![
            json!({"type": "reasoning.encrypted", "data": data, "signature": signature, "index": index, "format": OWN_FORMAT}),
        ],
        None => vec![
            json!({"type": "reasoning.text", "text": text, "signature": signature, "index": index, "format": OWN_FORMAT}),
        ],
    }
}

/// The entries that a vendor sent, if this signature is such a list.
pub(super) fn vendors_entries(signature: &str) -> Option<Vec<Value>> {
    serde_json::from_str(signature.strip_prefix(SIGNATURE_TAG)?).ok()
}

/// Gemini's thought signature of a tool call, from the place that its OpenAI-compatible endpoint has for it
/// (`extra_content`), as the vocabulary keeps it.
pub(super) fn call_signature(extra_content: &Value) -> Option<String> {
    let signature = extra_content.pointer("/google/thought_signature")?.as_str()?;
    Some(format!("{}{signature}", gemini::SIGNATURE_TAG))
}

/// The same, written.
pub(super) fn extra_content(signature: &str) -> Value {
    let signature = signature.strip_prefix(gemini::SIGNATURE_TAG).unwrap_or(signature);
    json!({"google": {"thought_signature": signature}})
}

fn tagged(entries: Vec<Value>) -> String {
    format!("{SIGNATURE_TAG}{}", Value::Array(entries))
}

/// Text, signature and encrypted data of an entry that Familiar wrote.
fn own_entry(entry: &Value) -> Option<(String, Option<String>, Option<String>)> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    (entry.get("format")?.as_str()? == OWN_FORMAT)
        .then(|| (text("text").unwrap_or_default(), text("signature"), text("data")))
}

/// Appends a fragment of an entry: running texts grow, everything else is replaced by what is newer.
fn append(entry: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (name.as_str(), entry.get_mut(&name), value) {
            (_, Some(_), Value::Null) => {}
            ("text" | "summary" | "data", Some(Value::String(text)), Value::String(tail)) => {
                text.push_str(&tail)
            }
            (_, _, value) => drop(entry.insert(name, value)),
        }
    }
}
