//! JSON Schema, as far as answers are checked with it: the words of draft 2020-12 that say what a value is like.
//!
//! A schema with a word that is not known here is refused when it is given, so that nothing passes because it was not
//! looked at. Patterns are matched in time linear in the text; references go to `#` and to `$defs` of the same document.

use regex::Regex;
use serde_json::{Map, Value};
use std::{cell::Cell, collections::BTreeMap};

/// Deepest nesting of schemas while a value is checked: one that refers to itself for ever ends there.
const DEEPEST: usize = 64;
/// Most schemas that one value is held against, however they refer to each other.
const MOST_STEPS: usize = 100_000;
/// Most faults that are told.
const MOST_FAULTS: usize = 8;

/// Words that say nothing about the value.
const SILENT: [&str; 11] = [
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "format",
];
const SPEAKING: [&str; 31] = [
    "$ref",
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "items",
    "prefixItems",
    "contains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
];
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// Why a schema is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Neither an object nor a truth value.
    #[error("the schema at `{0}` is neither an object nor true or false")]
    NoSchema(String),
    /// A word that is not known.
    #[error("the schema at `{0}` has the word `{1}`, which is not checked here")]
    UnknownWord(String, String),
    /// A word with a value that it cannot have.
    #[error("the word `{1}` of the schema at `{0}` cannot be `{2}`")]
    BadWord(String, String, String),
    /// A reference to what is not there.
    #[error("the schema refers to `{0}`, which is not in it")]
    NoTarget(String),
}

/// A schema that was understood.
#[derive(Debug, Clone)]
pub struct Schema {
    document: Value,
    patterns: BTreeMap<String, Regex>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// Where it has words that are not known here, or values that they cannot have.
    pub fn new(document: Value) -> Result<Self, SchemaError> {
        let mut patterns = BTreeMap::new();
        understand(&document, &document, ("#", &mut patterns))?;
        Ok(Self { document, patterns })
    }

    /// What of a value is not as the schema says, each with its place; nothing where it is right.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let (mut faults, steps) = (Vec::new(), Cell::new(0));
        let mut place = Place { path: String::from("$"), depth: 0, steps: &steps, faults: &mut faults };
        self.check(&self.document, value, &mut place);
        faults.truncate(MOST_FAULTS);
        faults
    }

    fn holds(&self, schema: &Value, value: &Value, (depth, steps): (usize, &Cell<usize>)) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, &mut Place { path: String::new(), depth, steps, faults: &mut faults });
        faults.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, place: &mut Place<'_>) {
        place.steps.set(place.steps.get() + 1);
        if place.depth > DEEPEST || place.steps.get() > MOST_STEPS {
            place.fault("is described too deeply to be checked");
            return;
        }
        let words = match schema {
            Value::Bool(true) => return,
            Value::Object(words) => words,
            Value::Bool(false) | Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                place.fault("must not be there");
                return;
            }
        };
        if let Some(target) =
            words.get("$ref").and_then(Value::as_str).and_then(|name| target(&self.document, name))
        {
            self.check(target, value, &mut place.deeper(""));
        }
        plain(words, value, place);
        match value {
            Value::Object(members) => self.members(words, members, place),
            Value::Array(items) => self.items(words, items, place),
            Value::String(text) => self.text(words, text, place),
            Value::Number(_) => number(words, value, place),
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(words, value, place);
    }

    fn members(&self, words: &Map<String, Value>, members: &Map<String, Value>, place: &mut Place<'_>) {
        for name in strings(words.get("required")) {
            if !members.contains_key(name) {
                place.fault(&format!("has no `{name}`"));
            }
        }
        size(words, ("minProperties", "maxProperties"), members.len(), (&mut *place, "members"));
        let known = words.get("properties").and_then(Value::as_object);
        let by_pattern = words.get("patternProperties").and_then(Value::as_object);
        for (name, member) in members {
            let mut seen = false;
            if let Some(schema) = known.and_then(|known| known.get(name)) {
                seen = true;
                self.check(schema, member, &mut place.deeper(&format!(".{name}")));
            }
            for (pattern, schema) in by_pattern.into_iter().flatten() {
                if self.patterns.get(pattern).is_some_and(|pattern| pattern.is_match(name)) {
                    seen = true;
                    self.check(schema, member, &mut place.deeper(&format!(".{name}")));
                }
            }
            if let (false, Some(schema)) = (seen, words.get("additionalProperties")) {
                self.check(schema, member, &mut place.deeper(&format!(".{name}")));
            }
            if let Some(schema) = words.get("propertyNames")
                && !self.holds(schema, &Value::String(name.clone()), place.inside())
            {
                place.fault(&format!("has a member of the name `{name}`"));
            }
        }
    }

    fn items(&self, words: &Map<String, Value>, items: &[Value], place: &mut Place<'_>) {
        size(words, ("minItems", "maxItems"), items.len(), (&mut *place, "items"));
        let first = words.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(at).or_else(|| words.get("items")) {
                self.check(schema, item, &mut place.deeper(&format!("[{at}]")));
            }
        }
        if words.get("uniqueItems") == Some(&Value::Bool(true)) {
            let twice = items
                .iter()
                .enumerate()
                .any(|(at, item)| items.iter().take(at).any(|before| same(before, item)));
            if twice {
                place.fault("has an item twice");
            }
        }
        if let Some(schema) = words.get("contains")
            && !items.iter().any(|item| self.holds(schema, item, place.inside()))
        {
            place.fault("has no item as `contains` asks for");
        }
    }

    fn text(&self, words: &Map<String, Value>, text: &str, place: &mut Place<'_>) {
        size(words, ("minLength", "maxLength"), text.chars().count(), (&mut *place, "characters"));
        if let Some(pattern) = words.get("pattern").and_then(Value::as_str)
            && !self.patterns.get(pattern).is_some_and(|found| found.is_match(text))
        {
            place.fault(&format!("does not match `{pattern}`"));
        }
    }

    fn combined(&self, words: &Map<String, Value>, value: &Value, place: &mut Place<'_>) {
        let several = |word: &str| words.get(word).and_then(Value::as_array).map(Vec::as_slice);
        let inside = place.inside();
        for schema in several("allOf").unwrap_or_default() {
            self.check(schema, value, &mut place.deeper(""));
        }
        let holding = |all: &[Value]| all.iter().filter(|schema| self.holds(schema, value, inside)).count();
        if several("anyOf").is_some_and(|all| holding(all) == 0) {
            place.fault("is like nothing in `anyOf`");
        }
        if several("oneOf").is_some_and(|all| holding(all) != 1) {
            place.fault("is not like exactly one in `oneOf`");
        }
        if words.get("not").is_some_and(|schema| self.holds(schema, value, inside)) {
            place.fault("is like what `not` forbids");
        }
        if let (Some(condition), Some(then)) = (words.get("if"), words.get("then"))
            && self.holds(condition, value, inside)
        {
            self.check(then, value, &mut place.deeper(""));
        }
    }
}

/// Where in the value one is, and what was found wrong.
#[derive(Debug)]
struct Place<'a> {
    path: String,
    depth: usize,
    /// Schemas looked at so far, for this value in all.
    steps: &'a Cell<usize>,
    faults: &'a mut Vec<String>,
}

impl<'a> Place<'a> {
    /// For a schema that is only asked whether it holds.
    fn inside(&self) -> (usize, &'a Cell<usize>) {
        (self.depth + 1, self.steps)
    }

    fn deeper(&mut self, step: &str) -> Place<'_> {
        Place {
            path: format!("{}{step}", self.path),
            depth: self.depth + 1,
            steps: self.steps,
            faults: &mut *self.faults,
        }
    }

    fn fault(&mut self, what: &str) {
        // A few more than are told are as good as all.
        if self.faults.len() <= MOST_FAULTS {
            self.faults.push(format!("`{}` {what}", self.path));
        }
    }
}

/// `type`, `enum` and `const`.
fn plain(words: &Map<String, Value>, value: &Value, place: &mut Place<'_>) {
    let types: Vec<&str> = match words.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        other => strings(other).collect(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_type(value, name)) {
        place.fault(&format!("is no {}", types.join(" or ")));
    }
    if let Some(allowed) = words.get("enum").and_then(Value::as_array)
        && !allowed.iter().any(|one| same(one, value))
    {
        place.fault("is none of the values of `enum`");
    }
    if words.get("const").is_some_and(|only| !same(only, value)) {
        place.fault("is not the value of `const`");
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Object(_) => name == "object",
        Value::Array(_) => name == "array",
        Value::String(_) => name == "string",
        Value::Number(number) => {
            name == "number"
                || (name == "integer" && number.as_f64().is_some_and(|number| number.fract() == 0.0))
        }
    }
}

/// Whether two values are equal, `1` and `1.0` being so.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

fn number(words: &Map<String, Value>, value: &Value, place: &mut Place<'_>) {
    let Some(value) = value.as_f64() else { return };
    let limit = |word: &str| words.get(word).and_then(Value::as_f64);
    let faults = [
        limit("minimum").filter(|least| value < *least).map(|least| format!("is below {least}")),
        limit("maximum").filter(|most| value > *most).map(|most| format!("is above {most}")),
        limit("exclusiveMinimum")
            .filter(|least| value <= *least)
            .map(|least| format!("is not above {least}")),
        limit("exclusiveMaximum").filter(|most| value >= *most).map(|most| format!("is not below {most}")),
        limit("multipleOf")
            .filter(|step| !is_multiple(value, *step))
            .map(|step| format!("is no multiple of {step}")),
    ];
    faults.into_iter().flatten().for_each(|fault| place.fault(&fault));
}

fn is_multiple(value: f64, step: f64) -> bool {
    let times = value / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn size(
    words: &Map<String, Value>,
    (least, most): (&str, &str),
    count: usize,
    (place, what): (&mut Place<'_>, &str),
) {
    let limit = |word: &str| words.get(word).and_then(Value::as_u64);
    let count = count as u64;
    if let Some(least) = limit(least).filter(|least| count < *least) {
        place.fault(&format!("has {count} {what}, at least {least} are needed"));
    }
    if let Some(most) = limit(most).filter(|most| count > *most) {
        place.fault(&format!("has {count} {what}, at most {most} are allowed"));
    }
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn target<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let pointer = name.strip_prefix('#')?;
    // Elsewhere may stand what was never read as a schema.
    let defined = (pointer.starts_with("/$defs/") || pointer.starts_with("/definitions/"))
        && pointer.matches('/').count() == 2;
    (pointer.is_empty() || defined).then(|| document.pointer(pointer)).flatten()
}

/// Reads a schema and what is in it, and makes its patterns.
fn understand(
    document: &Value,
    schema: &Value,
    (path, patterns): (&str, &mut BTreeMap<String, Regex>),
) -> Result<(), SchemaError> {
    if schema.is_boolean() {
        return Ok(());
    }
    let words = schema.as_object().ok_or_else(|| SchemaError::NoSchema(path.to_owned()))?;
    for (word, value) in words {
        let here = format!("{path}/{word}");
        let bad = || SchemaError::BadWord(path.to_owned(), word.clone(), value.to_string());
        match word.as_str() {
            "$ref" => {
                let name = value.as_str().ok_or_else(bad)?;
                target(document, name).ok_or_else(|| SchemaError::NoTarget(name.to_owned()))?;
            }
            "type" => {
                let names: Vec<&str> =
                    value.as_str().map_or_else(|| strings(Some(value)).collect(), |name| vec![name]);
                if names.is_empty() || !names.iter().all(|name| TYPES.contains(name)) {
                    return Err(bad());
                }
            }
            "pattern" => {
                let text = value.as_str().ok_or_else(bad)?;
                patterns.insert(text.to_owned(), Regex::new(text).map_err(|_| bad())?);
            }
            "enum" | "required" if !value.is_array() => return Err(bad()),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" if !value.is_number() => {
                return Err(bad());
            }
            "multipleOf" if value.as_f64().is_none_or(|step| step <= 0.0) => return Err(bad()),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
                if value.as_u64().is_none() =>
            {
                return Err(bad());
            }
            "uniqueItems" if !value.is_boolean() => return Err(bad()),
            "properties" | "patternProperties" | "$defs" | "definitions" => {
                for (name, schema) in value.as_object().ok_or_else(bad)? {
                    if word == "patternProperties" {
                        patterns.insert(name.clone(), Regex::new(name).map_err(|_| bad())?);
                    }
                    understand(document, schema, (&format!("{here}/{name}"), &mut *patterns))?;
                }
            }
            "prefixItems" | "allOf" | "anyOf" | "oneOf" => {
                for (at, schema) in value.as_array().ok_or_else(bad)?.iter().enumerate() {
                    understand(document, schema, (&format!("{here}/{at}"), &mut *patterns))?;
                }
            }
            "additionalProperties" | "propertyNames" | "items" | "contains" | "not" | "if" | "then" => {
                understand(document, value, (&here, &mut *patterns))?;
            }
            known if SILENT.contains(&known) || SPEAKING.contains(&known) => {}
            unknown => return Err(SchemaError::UnknownWord(path.to_owned(), unknown.to_owned())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_are_held_against_schemas() {
        let person = json!({
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": { "name": { "type": "string", "minLength": 2 }, "age": { "type": "integer", "minimum": 0 } },
        });
        let tree = json!({
            "$ref": "#/$defs/node",
            "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" } } } },
        });
        let cases: Vec<(&Value, Value, Option<&str>)> = vec![
            (&person, json!({ "name": "Ada", "age": 36 }), None),
            (&person, json!({ "name": "Ada", "age": 36.0 }), None),
            (&person, json!({ "age": 36 }), Some("`$` has no `name`")),
            (&person, json!({ "name": "A" }), Some("`$.name` has 1 characters, at least 2 are needed")),
            (&person, json!({ "name": "Ada", "age": 1.5 }), Some("`$.age` is no integer")),
            (&person, json!({ "name": "Ada", "x": 1 }), Some("`$.x` must not be there")),
            (&tree, json!({ "next": { "next": {} } }), None),
            (&tree, json!({ "next": { "next": 1 } }), Some("`$.next.next` is no object")),
        ];
        for (schema, value, expected) in cases {
            let faults = Schema::new(schema.clone()).unwrap().faults(&value);
            assert_eq!(faults.first().map(String::as_str), expected, "{value}");
        }
    }

    #[test]
    fn every_word_is_checked() {
        // A schema, what it takes, and what it does not.
        let cases = [
            (json!({ "enum": [1, "a"] }), json!(1.0), json!("b")),
            (json!({ "const": null }), json!(null), json!(0)),
            (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
            (json!({ "pattern": "^a+$" }), json!("aaa"), json!("ab")),
            (json!({ "multipleOf": 0.1 }), json!(0.3), json!(0.35)),
            (json!({ "exclusiveMinimum": 1, "maximum": 2 }), json!(2), json!(1)),
            (json!({ "items": { "type": "number" }, "maxItems": 2 }), json!([1, 2]), json!([1, "2"])),
            (json!({ "prefixItems": [true], "items": false }), json!([1]), json!([1, 2])),
            (json!({ "contains": { "const": 3 } }), json!([1, 3]), json!([1])),
            (json!({ "uniqueItems": true }), json!([1, 2]), json!([1, 1.0])),
            (
                json!({ "patternProperties": { "^x": { "type": "null" } } }),
                json!({ "y": 1 }),
                json!({ "xy": 1 }),
            ),
            (json!({ "propertyNames": { "maxLength": 1 } }), json!({ "a": 1 }), json!({ "ab": 1 })),
            (json!({ "minProperties": 1 }), json!({ "a": 1 }), json!({})),
            (json!({ "anyOf": [{ "type": "null" }, { "minimum": 3 }] }), json!(3), json!(2)),
            (json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 2 }] }), json!(1), json!(2)),
            (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 2 }] }), json!(1), json!(3)),
            (json!({ "not": { "type": "string" } }), json!(1), json!("a")),
            (json!({ "if": { "type": "number" }, "then": { "minimum": 1 } }), json!("a"), json!(0)),
        ];
        for (schema, right, wrong) in cases {
            let made = Schema::new(schema.clone()).unwrap();
            assert_eq!(made.faults(&right), Vec::<String>::new(), "{schema} takes {right}");
            assert_ne!(made.faults(&wrong), Vec::<String>::new(), "{schema} refuses {wrong}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let cases = [
            json!(1),
            json!({ "type": "text" }),
            json!({ "unevaluatedItems": false }),
            json!({ "properties": { "a": { "dependentSchemas": {} } } }),
            json!({ "pattern": "(" }),
            json!({ "pattern": "(?=a)" }),
            json!({ "$ref": "https://example.com/schema" }),
            json!({ "$ref": "#/$defs/none" }),
            json!({ "multipleOf": 0 }),
            json!({ "required": "name" }),
        ];
        for schema in cases {
            assert!(Schema::new(schema.clone()).is_err(), "{schema}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_for_ever_comes_to_an_end() {
        let schema = Schema::new(json!({ "$ref": "#" })).unwrap();
        assert_eq!(schema.faults(&json!(1)), ["`$` is described too deeply to be checked"]);
        let twice = Schema::new(json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] })).unwrap();
        assert!(!twice.faults(&json!(1)).is_empty());
    }

    proptest! {
        #[test]
        fn a_value_is_its_own_constant(number: i32, text: String, truth: bool) {
            let value = json!({ "a": [number, text, null], "b": truth });
            let schema = Schema::new(json!({ "const": value })).unwrap();
            prop_assert!(schema.faults(&value).is_empty());
        }
    }
}
