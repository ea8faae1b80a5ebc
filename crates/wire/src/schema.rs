//! JSON Schemas for providers that know only a part of JSON Schema.

use serde_json::{Map, Value};

/// Where schemas stand inside a schema: as the value itself, in a list, or as the values of an object.
const SCHEMA_FIELDS: [&str; 5] = ["items", "additionalProperties", "not", "contains", "propertyNames"];
const SCHEMA_LISTS: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];
const SCHEMA_MAPS: [&str; 4] = ["properties", "$defs", "definitions", "patternProperties"];

/// Calls `visit` with every schema object inside `schema`, the outermost first, and the object's path.
fn walk(schema: &Value, path: &str, visit: &mut dyn FnMut(&Map<String, Value>, &str)) {
    let Some(object) = schema.as_object() else { return };
    visit(object, path);
    for (key, value) in object {
        let at = format!("{path}.{key}");
        if SCHEMA_FIELDS.contains(&key.as_str()) {
            walk(value, &at, visit);
        } else if SCHEMA_LISTS.contains(&key.as_str()) {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                walk(item, &format!("{at}[{index}]"), visit);
            }
        } else if SCHEMA_MAPS.contains(&key.as_str()) {
            for (name, item) in value.as_object().into_iter().flatten() {
                walk(item, &format!("{at}.{name}"), visit);
            }
        }
    }
}

/// The paths of the keywords in `schema` that are not among `known`.
pub(super) fn unknown_keywords(schema: &Value, path: &str, known: &[&str]) -> Vec<String> {
    let mut unknown = Vec::new();
    walk(schema, path, &mut |object, at| {
        let names = object.keys().filter(|key| !known.contains(&key.as_str()));
        unknown.extend(names.map(|key| format!("{at}.{key}")));
    });
    unknown
}

/// What [`narrow`] makes of a schema.
pub(super) struct Narrowed {
    /// The schema without what the provider refuses.
    pub(super) schema: Value,
    /// The paths of what is no longer enforced; the description tells the model about it.
    pub(super) moved: Vec<String>,
}

/// The keywords of Anthropic's structured outputs, source: the provider's documentation of structured
/// outputs, "JSON Schema limitations". `minItems` is known with the values 0 and 1 only.
const NARROW: [&str; 15] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "allOf",
    "$ref",
    "$defs",
    "definitions",
    "description",
    "title",
    "default",
];
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Writes a schema with the keywords that constrained decoding knows; others move to the description, where
/// the model still reads them. Objects are closed, as the provider demands.
pub(super) fn narrow(schema: &Value, path: &str) -> Narrowed {
    let mut moved = Vec::new();
    let schema = narrowed(schema, path, &mut moved);
    Narrowed { schema, moved }
}

fn narrowed(schema: &Value, path: &str, moved: &mut Vec<String>) -> Value {
    let Some(object) = schema.as_object() else { return schema.clone() };
    let mut kept = Map::new();
    let mut told = Vec::new();
    for (key, value) in object {
        let at = format!("{path}.{key}");
        match key.as_str() {
            "additionalProperties" => {
                if value != &Value::Bool(false) {
                    moved.push(at);
                }
            }
            "oneOf" if !object.contains_key("anyOf") => {
                kept.insert("anyOf".to_owned(), narrowed_list(value, &at, moved));
            }
            "anyOf" | "allOf" => {
                kept.insert(key.clone(), narrowed_list(value, &at, moved));
            }
            "items" => {
                kept.insert(key.clone(), narrowed(value, &at, moved));
            }
            "properties" | "$defs" | "definitions" => {
                kept.insert(key.clone(), narrowed_map(value, &at, moved));
            }
            name if NARROW.contains(&name) || is_known_value(name, value) => {
                kept.insert(key.clone(), value.clone());
            }
            name => {
                told.push(format!("{name}: {value}"));
                moved.push(at);
            }
        }
    }
    if kept.get("type").and_then(Value::as_str) == Some("object") || kept.contains_key("properties") {
        kept.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if !told.is_empty() {
        let before = kept.get("description").and_then(Value::as_str).map(|text| format!("{text}\n\n"));
        let description = format!("{}{{{}}}", before.unwrap_or_default(), told.join(", "));
        kept.insert("description".to_owned(), Value::String(description));
    }
    Value::Object(kept)
}

fn is_known_value(key: &str, value: &Value) -> bool {
    match key {
        "minItems" => matches!(value.as_u64(), Some(0 | 1)),
        "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
        _ => false,
    }
}

fn narrowed_list(value: &Value, path: &str, moved: &mut Vec<String>) -> Value {
    let items = value.as_array().into_iter().flatten().enumerate();
    items.map(|(index, item)| narrowed(item, &format!("{path}[{index}]"), moved)).collect()
}

fn narrowed_map(value: &Value, path: &str, moved: &mut Vec<String>) -> Value {
    let items = value.as_object().into_iter().flatten();
    Value::Object(
        items.map(|(name, item)| (name.clone(), narrowed(item, &format!("{path}.{name}"), moved))).collect(),
    )
}

/// The schema with this title, unless it has one: for formats that have no field for a schema's name.
pub(super) fn titled(schema: &Value, name: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut().filter(|_| !name.is_empty()) {
        object.entry("title").or_insert_with(|| Value::String(name.to_owned()));
    }
    schema
}

/// A name for a schema that comes without one: its title, in the few characters that formats with a name for
/// it allow.
pub(super) fn name_of(schema: &Value) -> String {
    let title = schema.get("title").and_then(Value::as_str).filter(|title| !title.is_empty());
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    title.unwrap_or("answer").chars().map(allowed).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_keywords_are_found_where_schemas_stand_and_nowhere_else() {
        let schema = json!({
            "type": "object",
            "properties": {
                "pattern": { "type": "string", "pattern": "^a" },
                "tags": { "type": "array", "items": { "anyOf": [{ "type": "string", "minLength": 2 }] } },
            },
            "default": { "pattern": "not a keyword here" },
        });
        let known = ["type", "properties", "items", "anyOf", "default"];
        assert_eq!(
            unknown_keywords(&schema, "s", &known),
            ["s.properties.pattern.pattern", "s.properties.tags.items.anyOf[0].minLength"]
        );
    }

    #[test]
    fn narrowing_moves_what_cannot_be_enforced_to_the_description() {
        let schema = json!({
            "type": "object",
            "properties": {
                "age": { "type": "integer", "minimum": 0, "description": "in years" },
                "mail": { "type": "string", "format": "email" },
                "kind": { "oneOf": [{ "type": "object", "properties": {}, "additionalProperties": true }] },
            },
            "required": ["age"],
        });
        let Narrowed { schema, moved } = narrow(&schema, "f");
        assert_eq!(
            schema,
            json!({
                "type": "object",
                "properties": {
                    "age": { "type": "integer", "description": "in years\n\n{minimum: 0}" },
                    "mail": { "type": "string", "format": "email" },
                    "kind": { "anyOf": [{ "type": "object", "properties": {}, "additionalProperties": false }] },
                },
                "required": ["age"],
                "additionalProperties": false,
            })
        );
        let mut moved = moved;
        moved.sort();
        assert_eq!(moved, ["f.properties.age.minimum", "f.properties.kind.oneOf[0].additionalProperties"]);
    }

    #[test]
    fn odd_schemas_survive() {
        for schema in [json!(true), json!({}), json!({ "properties": 3, "anyOf": "x", "items": null })] {
            let _ = narrow(&schema, "s");
            let _ = unknown_keywords(&schema, "s", &[]);
            let _ = titled(&schema, "t");
        }
    }
}
