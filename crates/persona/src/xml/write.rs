//! From a persona to XML.

use super::{
    convert::{BOOK_TEXTS, BOOK_VALUES, ENTRY_TEXTS, ENTRY_VALUES, LISTS, NAMED, TEXTS},
    schema::NAMESPACE,
};
use crate::{
    error::PersonaError,
    lorebook::{Entry, Lorebook},
    model::Persona,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Writes a persona as XML that [`super::read`] makes the same persona of.
///
/// # Errors
/// Where it cannot be written down at all.
pub fn write(persona: &Persona) -> Result<String, PersonaError> {
    let failed = |reason: String| PersonaError::NotWritten { format: "XML", reason };
    let value = serde_json::to_value(persona).map_err(|error| failed(error.to_string()))?;
    let Value::Object(mut map) = value else { return Err(failed("it is no object".into())) };
    let mut out = Out { text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), depth: 0 };
    let mut attributes = vec![("xmlns", NAMESPACE.to_owned())];
    attributes.extend(texts_of(&mut map, &NAMED));
    if !attributes.iter().any(|(name, _)| *name == "name") {
        // A persona has a name, and one that XML cannot hold stands in `<extra>`.
        attributes.push(("name", "?".to_owned()));
        map.insert("name".into(), json!(persona.name));
    }
    out.open("persona", &attributes);
    for (element, field) in TEXTS {
        if let Some(text) = take_text(&mut map, field) {
            out.text(element, &[], &text);
        }
    }
    traits(&mut out, &mut map);
    style(&mut out, &mut map);
    for (element, one, field) in LISTS {
        let Some(texts) = take_texts(&mut map, field) else { continue };
        out.open(element, &[]);
        texts.iter().for_each(|text| out.text(one, &[], text));
        out.close(element);
    }
    greetings(&mut out, &mut map);
    if let Some(Value::Object(book)) = map.remove("lorebook") {
        lorebook(&mut out, book);
    }
    out.extra(map, Persona::default());
    out.close("persona");
    Ok(out.text)
}

struct Out {
    text: String,
    depth: usize,
}

impl Out {
    fn begin(&mut self, name: &str, attributes: &[(&str, String)]) {
        self.text.push_str(&"  ".repeat(self.depth));
        let _infallible = write!(self.text, "<{name}");
        for (attribute, value) in attributes {
            let _infallible = write!(self.text, " {attribute}=\"{}\"", escaped(value, true));
        }
    }

    fn open(&mut self, name: &str, attributes: &[(&str, String)]) {
        self.begin(name, attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        let _infallible = writeln!(self.text, "{}</{name}>", "  ".repeat(self.depth));
    }

    fn text(&mut self, name: &str, attributes: &[(&str, String)], text: &str) {
        self.begin(name, attributes);
        if text.trim() != text {
            self.text.push_str(" xml:space=\"preserve\"");
        }
        let _infallible = writeln!(self.text, ">{}</{name}>", escaped(text, false));
    }

    /// What is left and is not what it is anyway, as JSON.
    fn extra(&mut self, mut map: Map<String, Value>, usual: impl Serialize) {
        let usual = serde_json::to_value(usual).unwrap_or_default();
        map.retain(|field, value| usual.get(field.as_str()) != Some(value));
        if !map.is_empty() {
            // JSON may write every character as an escape, XML cannot hold all of them.
            let json: String = Value::Object(map).to_string().chars().map(json_escape).collect();
            self.text("extra", &[], &json);
        }
    }
}

fn json_escape(character: char) -> String {
    if allowed(character) { character.to_string() } else { format!("\\u{:04x}", u32::from(character)) }
}

/// Whether XML 1.0 can hold the character.
fn allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out
}

/// Takes a text that XML can hold and that says something.
fn take_text(map: &mut Map<String, Value>, field: &str) -> Option<String> {
    let fits = map.get(field)?.as_str().is_some_and(|text| !text.is_empty() && text.chars().all(allowed));
    if !fits {
        return None;
    }
    match map.remove(field) {
        Some(Value::String(text)) => Some(text),
        Some(_) | None => None,
    }
}

fn take_texts(map: &mut Map<String, Value>, field: &str) -> Option<Vec<String>> {
    let texts = map.get(field)?.as_array()?.iter().map(|one| one.as_str().map(str::to_owned));
    let texts: Vec<String> = texts.collect::<Option<_>>()?;
    let fits = !texts.is_empty() && texts.iter().all(|text| text.chars().all(allowed));
    fits.then(|| {
        map.remove(field);
        texts
    })
}

fn texts_of(map: &mut Map<String, Value>, names: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    names.iter().filter_map(|(name, field)| Some((*name, take_text(map, field)?))).collect()
}

fn values_of(map: &mut Map<String, Value>, names: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let taken = names.iter().filter_map(|(name, field)| {
        let value = map.remove(*field).filter(|value| !value.is_null())?;
        Some((*name, value.to_string()))
    });
    taken.collect()
}

fn traits(out: &mut Out, map: &mut Map<String, Value>) {
    let Some(Value::Array(traits)) = map.get("traits") else { return };
    let field =
        |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows: Vec<(String, String, String)> = traits
        .iter()
        .map(|one| {
            (field(one, "name"), one.get("intensity").unwrap_or(&json!(50)).to_string(), field(one, "note"))
        })
        .collect();
    let good = |(name, intensity, note): &(String, String, String)| {
        let texts_fit = !name.trim().is_empty() && name.chars().chain(note.chars()).all(allowed);
        texts_fit && intensity.parse::<u8>().is_ok_and(|value| value <= 100)
    };
    if rows.is_empty() || !rows.iter().all(good) {
        return;
    }
    map.remove("traits");
    out.open("traits", &[]);
    for (name, intensity, note) in rows {
        out.text("trait", &[("name", name), ("intensity", intensity)], &note);
    }
    out.close("traits");
}

fn style(out: &mut Out, map: &mut Map<String, Value>) {
    let percent = |value: &Value| value.as_u64().is_some_and(|value| value <= 100);
    if !map.get("style").and_then(Value::as_object).is_some_and(|style| style.values().all(percent)) {
        return;
    }
    let Some(Value::Object(style)) = map.remove("style") else { return };
    let attributes: Vec<(&str, String)> =
        style.iter().map(|(name, value)| (name.as_str(), value.to_string())).collect();
    if !attributes.is_empty() {
        out.begin("style", &attributes);
        out.text.push_str("/>\n");
    }
}

fn greetings(out: &mut Out, map: &mut Map<String, Value>) {
    let first = take_text(map, "greeting");
    let alternate = take_texts(map, "alternate_greetings").unwrap_or_default();
    let group = take_texts(map, "group_only_greetings").unwrap_or_default();
    // The element sets all three, so a list that XML cannot hold takes the others along.
    let left = ["greeting", "alternate_greetings", "group_only_greetings"];
    let says = |value: &Value| {
        value.as_str().is_some_and(|text| !text.is_empty())
            || value.as_array().is_some_and(|list| !list.is_empty())
    };
    if left.iter().any(|field| map.get(*field).is_some_and(says)) {
        let put = |map: &mut Map<String, Value>, field: &str, value: Value| {
            if says(&value) {
                map.insert(field.into(), value);
            }
        };
        put(map, "greeting", json!(first.unwrap_or_default()));
        put(map, "alternate_greetings", json!(alternate));
        put(map, "group_only_greetings", json!(group));
        return;
    }
    if first.is_none() && alternate.is_empty() && group.is_empty() {
        return;
    }
    out.open("greetings", &[]);
    let all = first.iter().map(|text| ("first", text));
    let all = all
        .chain(alternate.iter().map(|text| ("alternate", text)))
        .chain(group.iter().map(|text| ("group", text)));
    for (kind, text) in all {
        out.text("greeting", &[("kind", kind.to_owned())], text);
    }
    out.close("greetings");
}

fn lorebook(out: &mut Out, mut book: Map<String, Value>) {
    let mut attributes = texts_of(&mut book, &BOOK_TEXTS);
    attributes.extend(values_of(&mut book, &BOOK_VALUES));
    out.open("lorebook", &attributes);
    if let Some(Value::Array(entries)) = book.remove("entries") {
        for entry in entries {
            if let Value::Object(entry) = entry {
                self::entry(out, entry);
            }
        }
    }
    out.extra(book, Lorebook::default());
    out.close("lorebook");
}

fn entry(out: &mut Out, mut entry: Map<String, Value>) {
    let known = |text: &str| matches!(text, "before_char" | "after_char");
    let position = entry.get("position").and_then(Value::as_str).is_none_or(known);
    let names = if position {
        ENTRY_TEXTS.as_slice()
    } else {
        ENTRY_TEXTS.split_last().map_or(&[][..], |(_, rest)| rest)
    };
    let mut attributes = texts_of(&mut entry, names);
    attributes.extend(values_of(&mut entry, &ENTRY_VALUES));
    out.open("entry", &attributes);
    for (element, field) in [("key", "keys"), ("secondary-key", "secondary_keys")] {
        for text in take_texts(&mut entry, field).unwrap_or_default() {
            out.text(element, &[], &text);
        }
    }
    if let Some(content) = take_text(&mut entry, "content") {
        out.text("content", &[], &content);
    }
    out.extra(entry, Entry::default());
    out.close("entry");
}
