//! Reads files of conversations, whichever program they are of.

mod chatgpt;
mod claude;
mod librechat;
mod lines;
mod open_webui;
mod own;

use crate::{Folder, LeftOut, ReadError, Source, Transcript};
use serde_json::Value;
use std::io::{Cursor, Read};

/// The most that is read, unpacked.
const MOST_BYTES: u64 = 512 << 20;

/// Reads one conversation, or says why it cannot be read.
type One = fn(&Value) -> Result<Transcript, String>;

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// The program that it is of.
    pub source: Option<Source>,
    /// Folders of conversations, each after the one that it is in; only our own files have them.
    pub folders: Vec<Folder>,
    /// Its conversations, in the file's order.
    pub transcripts: Vec<Transcript>,
    /// Those that cannot be read.
    pub broken: Vec<Broken>,
}

/// A conversation that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which: its title, or its place in the file.
    pub place: String,
    /// Why.
    pub why: String,
}

/// Reads a file: JSON, lines of JSON, or an archive with `conversations.json` in it.
///
/// # Errors
/// Where nothing can be read; a single conversation that is broken is told of in [`Found::broken`].
pub fn read(bytes: &[u8]) -> Result<Found, ReadError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return of_archive(bytes);
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ReadError::TooLarge(MOST_BYTES >> 20));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begin = text.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(begin, Some(b'{' | b'[')) {
        return Err(ReadError::Unknown);
    }
    match serde_json::from_slice::<Value>(text) {
        Ok(value) => of_json(value),
        // Lines of JSON are no JSON.
        Err(error) => lines::read(text).unwrap_or_else(|| Err(error.into())),
    }
}

fn of_archive(bytes: &[u8]) -> Result<Found, ReadError> {
    let damaged = |error: zip::result::ZipError| ReadError::Archive(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let is_conversations = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.starts_with("conversations") && file.ends_with(".json")
    };
    let mut names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .filter(|name| is_conversations(name))
        .collect();
    names.sort();
    let mut all = Found::default();
    let mut left = MOST_BYTES;
    for name in names {
        let mut json = Vec::new();
        let file = archive.by_name(&name).map_err(damaged)?;
        let read = file
            .take(left + 1)
            .read_to_end(&mut json)
            .map_err(|error| ReadError::Archive(error.to_string()))?;
        left = left.checked_sub(read as u64).ok_or(ReadError::TooLarge(MOST_BYTES >> 20))?;
        let found = self::read(&json)?;
        all.source = found.source;
        all.folders.extend(found.folders);
        all.transcripts.extend(found.transcripts);
        all.broken.extend(found.broken);
    }
    if all.source.is_none() { Err(ReadError::NothingInside) } else { Ok(all) }
}

fn of_json(value: Value) -> Result<Found, ReadError> {
    if let Some(found) = own::read(&value) {
        return Ok(found);
    }
    let all = match value {
        Value::Array(all) => all,
        // One conversation of its own.
        one @ (Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            vec![one]
        }
    };
    let first = all.iter().find(|one| one.is_object()).ok_or(ReadError::Unknown)?;
    let (source, one): (_, One) = if has(first, "mapping") {
        (Source::ChatGpt, chatgpt::read)
    } else if has(first, "chat_messages") {
        (Source::Claude, claude::read)
    } else if has(first, "chat") || has(first, "history") {
        (Source::OpenWebUi, open_webui::read)
    } else if has(first, "messagesTree") || (has(first, "conversationId") && has(first, "messages")) {
        (Source::LibreChat, librechat::read)
    } else if has(first, "conversations") {
        (Source::ShareGpt, lines::share_gpt)
    } else if has(first, "messages") {
        (Source::OpenAi, lines::open_ai)
    } else {
        return Err(ReadError::Unknown);
    };
    Ok(each(source, &all, one))
}

/// Reads one conversation after the other.
fn each(source: Source, all: &[Value], one: One) -> Found {
    let mut found = Found { source: Some(source), ..Found::default() };
    for (place, value) in all.iter().enumerate() {
        match one(value) {
            Ok(transcript) => found.transcripts.push(transcript),
            Err(why) => {
                let title =
                    text(value, &["title", "name"]).unwrap_or_else(|| format!("number {}", place + 1));
                found.broken.push(Broken { place: title, why });
            }
        }
    }
    found
}

fn has(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|field| !field.is_null())
}

/// The first of these fields that is a text with something in it.
fn text(value: &Value, names: &[&str]) -> Option<String> {
    let found =
        names.iter().find_map(|name| value.get(name)?.as_str().filter(|text| !text.trim().is_empty()));
    found.map(str::to_owned)
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A transcript that holds nothing is broken: its messages are somewhere else.
fn filled(transcript: Transcript) -> Result<Transcript, String> {
    match transcript.left_out {
        _ if !transcript.entries.is_empty() => Ok(transcript),
        LeftOut { media: 0, files: 0, tools: 0, .. } => Err("there is nothing in it".to_owned()),
        LeftOut { .. } => Err("there is no text in it".to_owned()),
    }
}

#[cfg(test)]
mod tests;
