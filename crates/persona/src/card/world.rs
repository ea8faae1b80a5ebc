//! SillyTavern's World Info: the same as a lorebook with other names.

use super::json;
use crate::{
    error::PersonaError,
    lorebook::{Lorebook, MAX_ENTRIES},
};
use serde_json::{Map, Value, json};

/// Fields that are called otherwise in a lorebook's entry.
const RENAMED: [(&str, &str); 4] =
    [("key", "keys"), ("keysecondary", "secondary_keys"), ("order", "insertion_order"), ("uid", "id")];
/// Fields that an entry has by the same name.
const SAME: [&str; 4] = ["comment", "content", "constant", "selective"];
/// Fields that go into an entry's `extensions`, and what they are called there.
const EXTENSIONS: [(&str, &str); 24] = [
    ("position", "position"),
    ("depth", "depth"),
    ("role", "role"),
    ("probability", "probability"),
    ("useProbability", "useProbability"),
    ("selectiveLogic", "selectiveLogic"),
    ("group", "group"),
    ("groupOverride", "group_override"),
    ("groupWeight", "group_weight"),
    ("useGroupScoring", "use_group_scoring"),
    ("scanDepth", "scan_depth"),
    ("caseSensitive", "case_sensitive"),
    ("matchWholeWords", "match_whole_words"),
    ("excludeRecursion", "exclude_recursion"),
    ("preventRecursion", "prevent_recursion"),
    ("delayUntilRecursion", "delay_until_recursion"),
    ("displayIndex", "display_index"),
    ("automationId", "automation_id"),
    ("vectorized", "vectorized"),
    ("sticky", "sticky"),
    ("cooldown", "cooldown"),
    ("delay", "delay"),
    ("ignoreBudget", "ignore_budget"),
    ("outletName", "outlet_name"),
];

/// Reads `{"entries": {"0": {…}, …}}`.
pub(super) fn read(mut root: Map<String, Value>) -> Result<Lorebook, PersonaError> {
    let Some(Value::Object(entries)) = root.remove("entries") else {
        return Err(PersonaError::NotACard("the lorebook has no entries".into()));
    };
    if entries.len() > MAX_ENTRIES {
        let found = format!("{} entries", entries.len());
        return Err(PersonaError::TooLarge { what: "the lorebook".into(), found, limit: MAX_ENTRIES });
    }
    let entries: Vec<Value> = entries
        .into_iter()
        .filter_map(|(_, value)| match value {
            Value::Object(entry) => Some(Value::Object(translated(entry))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        })
        .collect();
    root.insert("entries".into(), Value::Array(entries));
    json::lorebook(root, &mut Vec::new())
}

fn translated(mut from: Map<String, Value>) -> Map<String, Value> {
    let mut entry = Map::new();
    for (old, new) in RENAMED.into_iter().chain(SAME.into_iter().map(|name| (name, name))) {
        if let Some(value) = from.remove(old) {
            entry.insert(new.into(), value);
        }
    }
    let disabled = from.remove("disable").and_then(|value| value.as_bool()).unwrap_or(false);
    entry.insert("enabled".into(), json!(!disabled));
    let mut extensions = match from.remove("extensions") {
        Some(Value::Object(map)) => map,
        Some(_) | None => Map::new(),
    };
    for (old, new) in EXTENSIONS {
        if let Some(value) = from.remove(old).filter(|value| !value.is_null()) {
            extensions.insert(new.into(), value);
        }
    }
    // World Info always has it; by it an entry is known to be SillyTavern's.
    extensions.entry("selectiveLogic").or_insert(json!(0));
    entry.insert("extensions".into(), Value::Object(extensions));
    entry.extend(from);
    entry
}
