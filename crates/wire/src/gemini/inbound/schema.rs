//! Schemas in the API's own form, which is that of OpenAPI 3.0, as JSON Schema.

use crate::fields::camel_case;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Numbers that the API writes as strings as well.
const NUMBERS: [&str; 8] = [
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
];

/// Rewrites a schema: types in lower case, `nullable` as a type, and the order that `propertyOrdering` asks for
/// as the order of the properties.
pub(super) fn to_json_schema(schema: Value) -> Value {
    let Value::Object(fields) = schema else { return schema };
    let mut written = Map::new();
    let (mut nullable, mut order) = (false, Vec::new());
    for (key, value) in fields {
        let key = match key.as_str() {
            // Those of JSON Schema itself.
            name if name.starts_with('$') => key,
            _ => camel_case(Cow::Owned(key)).into_owned(),
        };
        match key.as_str() {
            "nullable" => nullable = value == Value::Bool(true),
            "propertyOrdering" => order = serde_json::from_value(value).unwrap_or_default(),
            "type" => {
                written.extend(lower_case(value).map(|value| (key, value)));
            }
            "items" | "additionalProperties" | "not" => {
                written.insert(key, to_json_schema(value));
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                written.insert(key, list(value));
            }
            "properties" | "$defs" | "defs" => {
                let key = if key == "defs" { "$defs".to_owned() } else { key };
                written.insert(key, map(value));
            }
            "ref" => {
                written.insert("$ref".to_owned(), value);
            }
            name if NUMBERS.contains(&name) => {
                written.insert(key, number(value));
            }
            _ => {
                written.insert(key, value);
            }
        }
    }
    if nullable {
        allow_null(&mut written);
    }
    in_order(&mut written, &order);
    Value::Object(written)
}

/// A type's name as JSON Schema has it; none for the one that says nothing.
fn lower_case(value: Value) -> Option<Value> {
    match value {
        Value::String(name) if name == "TYPE_UNSPECIFIED" => None,
        Value::String(name) => Some(Value::String(name.to_ascii_lowercase())),
        Value::Array(names) => Some(names.into_iter().filter_map(lower_case).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Some(other),
    }
}

fn list(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(to_json_schema).collect(),
        one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            to_json_schema(one)
        }
    }
}

fn map(value: Value) -> Value {
    match value {
        Value::Object(items) => {
            Value::Object(items.into_iter().map(|(name, item)| (name, to_json_schema(item))).collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            other
        }
    }
}

fn number(value: Value) -> Value {
    let parsed = value.as_str().and_then(|text| serde_json::from_str::<serde_json::Number>(text).ok());
    parsed.map_or(value, Value::Number)
}

fn allow_null(schema: &mut Map<String, Value>) {
    let null = || Value::String("null".to_owned());
    match schema.get_mut("type") {
        Some(name @ Value::String(_)) => *name = Value::Array(vec![name.take(), null()]),
        Some(Value::Array(names)) if !names.contains(&null()) => names.push(null()),
        Some(_) => {}
        None => {
            if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
                choices.push(serde_json::json!({ "type": "null" }));
            }
        }
    }
    // The value null has to be among the values that are allowed.
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

fn in_order(schema: &mut Map<String, Value>, order: &[String]) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let mut ordered = Map::new();
    for name in order {
        ordered.extend(properties.shift_remove_entry(name));
    }
    ordered.extend(std::mem::take(properties));
    *properties = ordered;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_apis_own_form_becomes_json_schema() {
        let schema = json!({
            "type": "OBJECT",
            "properties": {
                "b": { "type": "STRING", "nullable": true, "enum": ["x"], "max_length": "7" },
                "a": { "type": "ARRAY", "items": { "type": "INTEGER", "minimum": 0 }, "minItems": "2" },
                "any_of": { "any_of": [{ "type": "NUMBER" }, { "type": "BOOLEAN" }], "nullable": true },
            },
            "required": ["a"],
            "propertyOrdering": ["a", "nothing", "b"],
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "a": { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 2 },
                "b": { "type": ["string", "null"], "enum": ["x", null], "maxLength": 7 },
                "any_of": { "anyOf": [{ "type": "number" }, { "type": "boolean" }, { "type": "null" }] },
            },
            "required": ["a"],
        });
        let written = to_json_schema(schema);
        assert_eq!(written, expected);
        // `Value` compares objects without regard to their order.
        assert_eq!(written.to_string(), expected.to_string());
        assert_eq!(to_json_schema(expected.clone()), expected, "JSON Schema stays as it is");
    }

    #[test]
    fn odd_schemas_survive() {
        for schema in
            [json!(true), json!(null), json!({ "properties": 3, "anyOf": "x", "items": null, "type": 1 })]
        {
            let _ = to_json_schema(schema);
        }
    }
}
