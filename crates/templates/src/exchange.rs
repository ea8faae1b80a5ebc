//! Templates as files: ours, and what Open WebUI exports and imports.
//!
//! Open WebUI writes a list of objects with `command` (with a slash in front), `title` (`name` in newer versions),
//! `content`, `user_id`, `timestamp` in seconds and `access_control`; newer versions add `tags`.

use crate::variable::Position;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The `format` of our own files.
pub const OWN: &str = "familiar_templates";
/// Bytes of a file, at the most.
pub const MAX_FILE_BYTES: usize = 20 << 20;
/// Templates of a file, at the most.
pub const MAX_ENTRIES: usize = 5_000;

/// A template as it goes from program to program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// What it is called.
    pub title: String,
    /// What is typed behind the slash.
    pub command: String,
    /// What it is listed under; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// What it is for; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The template itself.
    pub text: String,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Ours.
    Familiar,
    /// Open WebUI's.
    OpenWebUi,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("the file is no JSON ({position}): {message}")]
    Syntax {
        /// Where that shows.
        position: Position,
        /// What is wrong there.
        message: String,
    },
    /// It is JSON of another kind.
    #[error("there are no templates in the file")]
    Unknown,
    /// More than is read.
    #[error("the file has more than {0}")]
    TooMuch(&'static str),
}

/// Reads templates from a file, whichever of the forms it has.
///
/// # Errors
/// Why there are none in it.
pub fn read(bytes: &[u8]) -> Result<(Form, Vec<Entry>), ReadError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooMuch("20 MB"));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let message = error.to_string();
        let message = message.rsplit_once(" at line").map_or(message.as_str(), |(message, _)| message);
        let position = Position { line: error.line(), column: error.column() };
        ReadError::Syntax { position, message: message.to_owned() }
    })?;
    let own = value.get("format").and_then(Value::as_str) == Some(OWN);
    let form = if own { Form::Familiar } else { Form::OpenWebUi };
    let listed = match &value {
        Value::Object(object) if own => {
            object.get("templates").and_then(Value::as_array).ok_or(ReadError::Unknown)?.as_slice()
        }
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(&value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(ReadError::Unknown),
    };
    if listed.len() > MAX_ENTRIES {
        return Err(ReadError::TooMuch("5,000 templates"));
    }
    let entries: Vec<Entry> = match form {
        Form::Familiar => listed.iter().filter_map(|one| serde_json::from_value(one.clone()).ok()).collect(),
        Form::OpenWebUi => listed.iter().filter_map(theirs).collect(),
    };
    if entries.is_empty() { Err(ReadError::Unknown) } else { Ok((form, entries)) }
}

fn theirs(value: &Value) -> Option<Entry> {
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let text = value.get("content")?.as_str()?.to_owned();
    let command = word("command");
    let title = [word("title"), word("name"), command.trim_start_matches('/')];
    let tags = value.get("tags").or_else(|| value.get("meta")?.get("tags")).and_then(Value::as_array);
    let tag = tags.and_then(|tags| {
        let first = tags.first()?;
        first.as_str().or_else(|| first.get("name")?.as_str())
    });
    Some(Entry {
        title: title.into_iter().find(|title| !title.is_empty()).unwrap_or_default().to_owned(),
        command: command_of(command),
        category: tag.unwrap_or_default().to_owned(),
        description: String::new(),
        text,
    })
}

/// A command from whatever somebody calls it: letters, digits and `-`, without the slash.
pub fn command_of(name: &str) -> String {
    let mut command = String::new();
    for letter in name.trim().trim_start_matches('/').chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '_' {
            command.push(letter);
        } else if !command.is_empty() && !command.ends_with('-') {
            command.push('-');
        }
    }
    let short: String = command.chars().take(40).collect();
    short.trim_end_matches('-').to_owned()
}

/// Writes templates as a file of this form. `now` is in seconds since 1970.
pub fn write(entries: &[Entry], form: Form, now: i64) -> String {
    let value = match form {
        Form::Familiar => json!({ "format": OWN, "version": 1, "templates": entries }),
        Form::OpenWebUi => entries
            .iter()
            .map(|entry| {
                let tags: Vec<&str> =
                    Some(entry.category.as_str()).filter(|tag| !tag.is_empty()).into_iter().collect();
                json!({
                    "command": format!("/{}", entry.command),
                    "user_id": "",
                    "title": entry.title,
                    "name": entry.title,
                    "content": entry.text,
                    "tags": tags,
                    "timestamp": now,
                    "access_control": {},
                })
            })
            .collect(),
    };
    format!("{value:#}\n")
}
