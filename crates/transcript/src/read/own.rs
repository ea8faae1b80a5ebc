//! What [`crate::write::json`] has written.

use super::{Broken, Found};
use crate::{
    Entry, Folder, Role, Source, Transcript,
    tree::{Node, arrange},
    write::{
        FORMAT, VERSION,
        json::{Conversation, Message},
    },
};
use serde::Deserialize as _;
use serde_json::Value;

/// Reads an export of Familiar; `None` where it is none.
pub(super) fn read(value: &Value) -> Option<Found> {
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return None;
    }
    let mut found = Found { source: Some(Source::Familiar), ..Found::default() };
    let version = value.get("version").and_then(Value::as_u64).unwrap_or(0);
    if version > VERSION {
        let why = format!("version {version} of the format is of a later Familiar");
        found.broken.push(Broken { place: "the file".to_owned(), why });
        return Some(found);
    }
    for one in super::list(value, "folders") {
        match Folder::deserialize(one) {
            Ok(folder) => found.folders.push(folder),
            Err(error) => {
                found.broken.push(Broken { place: "a folder".to_owned(), why: error.to_string() });
            }
        }
    }
    found.folders.sort_by_key(|folder| folder.path.len());
    for (place, one) in super::list(value, "conversations").iter().enumerate() {
        match conversation(one) {
            Ok(transcript) => found.transcripts.push(transcript),
            Err(error) => {
                let title = super::text(one, &["title"]).unwrap_or_else(|| format!("number {}", place + 1));
                found.broken.push(Broken { place: title, why: error.to_string() });
            }
        }
    }
    Some(found)
}

fn conversation(value: &Value) -> serde_json::Result<Transcript> {
    let read = Conversation::deserialize(value)?;
    let nodes = read.messages.into_iter().map(|message| {
        let Message { id, parent, role, text, thinking, model, speaker, at_ms, kept } = message;
        let role = Some(if role == "assistant" { Role::Assistant } else { Role::User });
        let entry =
            Entry { id: id.clone(), role, text, thinking, model, speaker, at_ms, kept, ..Entry::default() };
        Node { id, parent, entry: Some(entry), thinking: String::new() }
    });
    let (entries, leaf) = arrange(nodes.collect(), read.leaf.as_deref());
    Ok(Transcript {
        id: read.id,
        title: read.title,
        model: read.model,
        created_ms: read.created_ms,
        updated_ms: read.updated_ms,
        entries,
        leaf,
        shelf: read.filed,
        ..Transcript::default()
    })
}
