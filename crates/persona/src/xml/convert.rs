//! From a tree that the schema allows to a persona.
//!
//! The tree is put into the same JSON that Familiar keeps, over what `<extra>` brings, and read from there.

use super::tree::Node;
use crate::model::Persona;
use serde_json::{Map, Value, json};

type Mistake = (usize, String);

/// Elements and attributes of the document that hold one text, and the fields they are.
pub(super) const TEXTS: [(&str, &str); 8] = [
    ("description", "description"),
    ("personality", "personality"),
    ("scenario", "scenario"),
    ("backstory", "backstory"),
    ("examples", "examples"),
    ("system-prompt", "system_prompt"),
    ("post-history-instructions", "post_history_instructions"),
    ("creator-notes", "creator_notes"),
];
pub(super) const NAMED: [(&str, &str); 7] = [
    ("name", "name"),
    ("kind", "kind"),
    ("nickname", "nickname"),
    ("creator", "creator"),
    ("version", "character_version"),
    ("voice", "voice"),
    ("model", "model"),
];
/// Elements that hold a list of texts, the element of each, and the field.
pub(super) const LISTS: [(&str, &str, &str); 4] = [
    ("goals", "goal", "goals"),
    ("knowledge", "fact", "knowledge"),
    ("boundaries", "boundary", "boundaries"),
    ("tags", "tag", "tags"),
];
pub(super) const BOOK_TEXTS: [(&str, &str); 2] = [("name", "name"), ("description", "description")];
pub(super) const BOOK_VALUES: [(&str, &str); 3] =
    [("scan-depth", "scan_depth"), ("token-budget", "token_budget"), ("recursive", "recursive_scanning")];
pub(super) const ENTRY_TEXTS: [(&str, &str); 3] =
    [("name", "name"), ("comment", "comment"), ("position", "position")];
pub(super) const ENTRY_VALUES: [(&str, &str); 7] = [
    ("enabled", "enabled"),
    ("constant", "constant"),
    ("selective", "selective"),
    ("regex", "use_regex"),
    ("case-sensitive", "case_sensitive"),
    ("order", "insertion_order"),
    ("priority", "priority"),
];

pub(super) fn persona(root: &Node) -> Result<Persona, Mistake> {
    let mut map = extra(root)?;
    attributes(root, &NAMED, &mut map);
    for child in &root.children {
        if let Some((_, field)) = TEXTS.into_iter().find(|(name, _)| *name == child.name) {
            map.insert(field.into(), json!(child.said()));
        } else if let Some((_, _, field)) = LISTS.into_iter().find(|(name, _, _)| *name == child.name) {
            map.insert(field.into(), child.children.iter().map(|one| json!(one.said())).collect());
        }
        match child.name.as_str() {
            "traits" => drop(map.insert("traits".into(), child.children.iter().map(one_trait).collect())),
            "style" => drop(map.insert("style".into(), style(child))),
            "greetings" => greetings(child, &mut map)?,
            "lorebook" => drop(map.insert("lorebook".into(), lorebook(child)?)),
            _ => {}
        }
    }
    serde_json::from_value(Value::Object(map)).map_err(|error| {
        let at = root.children.iter().find(|child| child.name == "extra").unwrap_or(root);
        (at.offset, format!("`<extra>` is not what it should be: {error}"))
    })
}

/// The object in `<extra>`, if there is one.
fn extra(node: &Node) -> Result<Map<String, Value>, Mistake> {
    let Some(found) = node.children.iter().find(|child| child.name == "extra") else { return Ok(Map::new()) };
    serde_json::from_str(&found.text)
        .map_err(|error| (found.offset, format!("`<extra>` holds no JSON object: {error}")))
}

fn attributes(node: &Node, names: &[(&str, &str)], map: &mut Map<String, Value>) {
    for (name, field) in names {
        if let Some(value) = node.attribute(name) {
            map.insert((*field).into(), json!(value));
        }
    }
}

/// Attributes whose text is JSON as well: numbers and truth values.
fn values(node: &Node, names: &[(&str, &str)], map: &mut Map<String, Value>) {
    for (name, field) in names {
        if let Some(value) = node.attribute(name).and_then(|text| serde_json::from_str(text).ok()) {
            map.insert((*field).into(), value);
        }
    }
}

fn number(node: &Node, name: &str) -> Option<u8> {
    node.attribute(name)?.parse().ok()
}

fn one_trait(node: &Node) -> Value {
    let intensity = number(node, "intensity").unwrap_or(50);
    json!({ "name": node.attribute("name"), "intensity": intensity, "note": node.said() })
}

fn style(node: &Node) -> Value {
    let values = node
        .attributes
        .iter()
        .filter_map(|attribute| Some((attribute.name.clone(), json!(attribute.value.parse::<u8>().ok()?))));
    Value::Object(values.collect())
}

fn greetings(node: &Node, map: &mut Map<String, Value>) -> Result<(), Mistake> {
    let (mut first, mut alternate, mut group) = (None, Vec::new(), Vec::new());
    for (index, greeting) in node.children.iter().enumerate() {
        let said = json!(greeting.said());
        match greeting.attribute("kind").unwrap_or(if index == 0 { "first" } else { "alternate" }) {
            "first" if first.is_some() => {
                return Err((greeting.offset, "a second greeting that is the first".into()));
            }
            "first" => first = Some(said),
            "group" => group.push(said),
            _ => alternate.push(said),
        }
    }
    map.insert("greeting".into(), first.unwrap_or_else(|| json!("")));
    map.insert("alternate_greetings".into(), Value::Array(alternate));
    map.insert("group_only_greetings".into(), Value::Array(group));
    Ok(())
}

fn lorebook(node: &Node) -> Result<Value, Mistake> {
    let mut map = extra(node)?;
    attributes(node, &BOOK_TEXTS, &mut map);
    values(node, &BOOK_VALUES, &mut map);
    let entries = node.children.iter().filter(|child| child.name == "entry").map(entry);
    map.insert("entries".into(), Value::Array(entries.collect::<Result<_, _>>()?));
    Ok(Value::Object(map))
}

fn entry(node: &Node) -> Result<Value, Mistake> {
    let mut map = extra(node)?;
    attributes(node, &ENTRY_TEXTS, &mut map);
    values(node, &ENTRY_VALUES, &mut map);
    let said = |name: &str| -> Vec<Value> {
        node.children.iter().filter(|child| child.name == name).map(|child| json!(child.said())).collect()
    };
    for (element, field) in [("key", "keys"), ("secondary-key", "secondary_keys")] {
        let keys = said(element);
        if !keys.is_empty() {
            map.insert(field.into(), Value::Array(keys));
        }
    }
    if let Some(content) = said("content").into_iter().next() {
        map.insert("content".into(), content);
    }
    Ok(Value::Object(map))
}
