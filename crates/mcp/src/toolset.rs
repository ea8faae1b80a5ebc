//! What servers list and what they answer, as far as it can be used.

use crate::{model::LeftOut, names};
use llm::{Effect, ToolError, ToolSpec};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Most tools of a server that are looked at.
pub(crate) const MOST_TOOLS: usize = 512;
/// Largest schema of a tool, in bytes, and how deep it goes.
const LARGEST_SCHEMA_BYTES: usize = 64 << 10;
const DEEPEST: usize = 32;
/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 8_000;
/// Most text of a result, in bytes.
pub(crate) const LARGEST_RESULT_BYTES: usize = 64 << 10;

/// A tool as a server lists it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    name: String,
    description: String,
    schema: Result<Value, String>,
    reads_only: bool,
}

impl Listed {
    /// Reads an entry of the list; what is wrong with it is kept for those who ask.
    pub(crate) fn read(entry: Value) -> Self {
        let mut entry = match entry {
            Value::Object(entry) => entry,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Map::new()
            }
        };
        let text =
            |key: &str| entry.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned();
        let (name, title, description) = (text("name"), text("title"), text("description"));
        let description = if description.is_empty() { title } else { description };
        let description: String = description.chars().take(LONGEST_DESCRIPTION).collect();
        let hint = entry.get("annotations").and_then(|hints| hints.get("readOnlyHint"));
        let reads_only = hint.and_then(Value::as_bool).unwrap_or(false);
        Self { name, description, schema: schema(entry.remove("inputSchema")), reads_only }
    }
}

/// A tool that can be called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Usable {
    pub(crate) own_name: String,
    pub(crate) spec: ToolSpec,
    pub(crate) effect: Effect,
}

/// Parts what can be used from what cannot.
pub(crate) fn sort(server: &str, listed: Vec<Listed>) -> (Vec<Usable>, Vec<LeftOut>) {
    let names = names::tool_names(server, listed.iter().map(|one| one.name.as_str()));
    let (mut usable, mut left_out) = (Vec::new(), Vec::new());
    for (number, (one, name)) in listed.into_iter().zip(names).enumerate() {
        let reason = match (name, one.schema) {
            (_, _) if number >= MOST_TOOLS => format!("only {MOST_TOOLS} tools of a server are used"),
            (None, _) if one.name.is_empty() => "it has no name".to_owned(),
            (None, _) => "there is another of this name".to_owned(),
            (Some(_), Err(reason)) => reason,
            (Some(name), Ok(parameters)) => {
                usable.push(Usable {
                    own_name: one.name,
                    spec: ToolSpec {
                        name,
                        description: one.description,
                        parameters,
                        strict: None,
                        cache_marker: false,
                    },
                    effect: if one.reads_only { Effect::Reads } else { Effect::Changes },
                });
                continue;
            }
        };
        left_out.push(LeftOut { name: one.name.chars().take(100).collect(), reason });
    }
    (usable, left_out)
}

/// A schema that providers can be given. Only its outside is looked at; what is inside goes on as it is.
fn schema(schema: Option<Value>) -> Result<Value, String> {
    let Some(Value::Object(mut schema)) = schema else {
        return Err("its schema is not a JSON object".to_owned());
    };
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("its schema is not one of an object".to_owned());
    }
    match schema.get("properties") {
        // Some providers want to see that there are none.
        None => drop(schema.insert("properties".to_owned(), Value::Object(Map::new()))),
        Some(Value::Object(properties))
            if properties.values().all(|one| one.is_object() || one.is_boolean()) => {}
        Some(_) => return Err("the properties of its schema are not schemas".to_owned()),
    }
    let names = schema.get("required").map(|required| required.as_array().map(Vec::as_slice));
    if names.is_some_and(|names| names.is_none_or(|names| !names.iter().all(Value::is_string))) {
        return Err("`required` of its schema is not a list of names".to_owned());
    }
    // It says only by which book the schema is written, and some providers refuse it.
    schema.shift_remove("$schema");
    let schema = Value::Object(schema);
    if depth(&schema) > DEEPEST {
        return Err(format!("its schema is more than {DEEPEST} levels deep"));
    }
    if schema.to_string().len() > LARGEST_SCHEMA_BYTES {
        return Err(format!("its schema has more than {LARGEST_SCHEMA_BYTES} bytes"));
    }
    Ok(schema)
}

fn depth(value: &Value) -> usize {
    let inside = match value {
        Value::Array(all) => all.iter().map(depth).max(),
        Value::Object(all) => all.values().map(depth).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return 0,
    };
    inside.unwrap_or(0) + 1
}

/// What a tool answered, as text for a model; an answer that says that it failed is a failure.
pub(crate) fn told(result: &Value) -> Result<String, ToolError> {
    let mut text = String::new();
    for part in result.get("content").and_then(Value::as_array).into_iter().flatten() {
        if !text.is_empty() {
            text.push('\n');
        }
        push(&mut text, part);
        if text.len() > LARGEST_RESULT_BYTES {
            break;
        }
    }
    if text.is_empty()
        && let Some(structured) = result.get("structuredContent").filter(|structured| !structured.is_null())
    {
        text = structured.to_string();
    }
    if text.is_empty() {
        text.push_str("(the tool answered without words)");
    }
    let text = cut(text);
    let failed = result.get("isError").and_then(Value::as_bool).unwrap_or(false);
    if failed { Err(ToolError::Failed(text)) } else { Ok(text) }
}

fn push(text: &mut String, part: &Value) {
    let field = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
    // Writing to a text cannot fail.
    let _infallible = match field("type") {
        "text" => write!(text, "{}", field("text")),
        kind @ ("image" | "audio") => write!(text, "[{kind} ({}), left out]", field("mimeType")),
        "resource_link" => write!(text, "[link: {} {}]", field("name"), field("uri")),
        "resource" => {
            let resource = part.get("resource");
            let uri = resource.and_then(|one| one.get("uri")?.as_str()).unwrap_or_default();
            match resource.and_then(|one| one.get("text")?.as_str()) {
                Some(words) => write!(text, "[{uri}]\n{words}"),
                None => write!(text, "[{uri}: not text, left out]"),
            }
        }
        kind => write!(text, "[{}, left out]", kind.chars().take(40).collect::<String>()),
    };
}

fn cut(mut text: String) -> String {
    if text.len() > LARGEST_RESULT_BYTES {
        let mut end = LARGEST_RESULT_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        let _infallible = write!(text, "\n[cut off after {LARGEST_RESULT_BYTES} bytes]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(name: &str, schema: Value) -> Value {
        json!({ "name": name, "inputSchema": schema })
    }

    #[test]
    fn what_can_be_used_is_used_and_the_rest_says_why_not() {
        let mut deep = json!({ "type": "string" });
        for _ in 0..40 {
            deep = json!({ "type": "object", "properties": { "in": deep } });
        }
        let listed = vec![
            json!({ "name": "read", "title": "Read", "inputSchema": { "type": "object", "$schema": "x" },
                "annotations": { "readOnlyHint": true } }),
            named(
                "write",
                json!({ "type": "object", "properties": { "to": { "$ref": "#/$defs/a" } }, "$defs": { "a": {} } }),
            ),
            named("text", json!("junk")),
            named("list", json!({ "type": "array" })),
            named("bad", json!({ "type": "object", "properties": { "a": 3 } })),
            named("worse", json!({ "type": "object", "required": "a" })),
            named("deep", deep),
            named("large", json!({ "type": "object", "description": "x".repeat(LARGEST_SCHEMA_BYTES) })),
            named("read", json!({ "type": "object" })),
            json!(7),
        ];
        let (usable, left_out) = sort("s", listed.into_iter().map(Listed::read).collect());
        assert_eq!(
            usable.iter().map(|one| one.spec.name.as_str()).collect::<Vec<_>>(),
            ["mcp__s__read", "mcp__s__write"]
        );
        assert_eq!((usable[0].effect, usable[1].effect), (Effect::Reads, Effect::Changes));
        assert_eq!(usable[0].spec.description, "Read");
        assert_eq!(usable[0].spec.parameters, json!({ "type": "object", "properties": {} }));
        assert_eq!(usable[1].spec.parameters["$defs"], json!({ "a": {} }));
        let names: Vec<&str> = left_out.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["text", "list", "bad", "worse", "deep", "large", "read", ""]);
    }

    #[test]
    fn answers_become_text_and_failures_stay_failures() {
        let result = json!({ "content": [
            { "type": "text", "text": "one" },
            { "type": "image", "mimeType": "image/png", "data": "AAAA" },
            { "type": "resource_link", "name": "notes", "uri": "file:///notes" },
            { "type": "resource", "resource": { "uri": "file:///a", "text": "words" } },
            { "type": "resource", "resource": { "uri": "file:///b", "blob": "AAAA" } },
            { "type": "hologram" }, 3,
        ] });
        let text = told(&result).unwrap();
        assert_eq!(
            text,
            "one\n[image (image/png), left out]\n[link: notes file:///notes]\n[file:///a]\nwords\n\
             [file:///b: not text, left out]\n[hologram, left out]\n[, left out]"
        );
        assert_eq!(told(&json!({ "structuredContent": { "a": 1 } })).unwrap(), r#"{"a":1}"#);
        for wordless in [json!(null), json!({ "content": [], "structuredContent": null })] {
            assert!(told(&wordless).unwrap().contains("without words"));
        }
        let failed = json!({ "isError": true, "content": [{ "type": "text", "text": "no such file" }] });
        assert_eq!(told(&failed), Err(ToolError::Failed("no such file".into())));
        let long =
            told(&json!({ "content": [{ "type": "text", "text": "ä".repeat(LARGEST_RESULT_BYTES) }] }))
                .unwrap();
        assert!(long.len() < LARGEST_RESULT_BYTES + 60 && long.ends_with("bytes]"));
    }
}
