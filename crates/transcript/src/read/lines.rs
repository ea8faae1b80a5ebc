//! Formats with a conversation or a message a line, and those of data sets, which have no ids.

use super::{Broken, Found, each, filled, list, text};
use crate::{Entry, LeftOut, ReadError, Role, Source, Transcript, moment::millis, tree::join};
use serde_json::Value;

/// Reads lines of JSON; `None` where the first is none.
pub(super) fn read(bytes: &[u8]) -> Option<Result<Found, ReadError>> {
    let lines: Vec<(usize, &[u8])> = bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    let first: Value = serde_json::from_slice(lines.first()?.1).ok().filter(Value::is_object)?;
    let mut values = Vec::with_capacity(lines.len());
    let mut broken = Vec::new();
    for (number, line) in &lines {
        match serde_json::from_slice::<Value>(line) {
            Ok(value) => values.push(value),
            Err(error) => {
                broken.push(Broken { place: format!("line {}", number + 1), why: error.to_string() })
            }
        }
    }
    let is_chat = ["character_name", "user_name", "mes"].iter().any(|name| first.get(*name).is_some());
    let mut found = if is_chat {
        match silly_tavern(&values) {
            Ok(transcript) => {
                let source = Some(Source::SillyTavern);
                Found { source, transcripts: vec![transcript], ..Found::default() }
            }
            Err(why) => {
                broken.push(Broken { place: "the chat".to_owned(), why });
                Found { source: Some(Source::SillyTavern), ..Found::default() }
            }
        }
    } else if first.get("conversations").is_some() {
        each(Source::ShareGpt, &values, share_gpt)
    } else if first.get("messages").is_some() {
        each(Source::OpenAi, &values, open_ai)
    } else {
        return Some(Err(ReadError::Unknown));
    };
    found.broken.append(&mut broken);
    Some(Ok(found))
}

/// A chat of SillyTavern: a head, then a message a line; the versions of an answer are its swipes.
fn silly_tavern(lines: &[Value]) -> Result<Transcript, String> {
    let head = lines.first().filter(|line| line.get("mes").is_none()).unwrap_or(&Value::Null);
    let character = text(head, &["character_name"]).filter(|name| name != "unused");
    let begun = text(head, &["create_date"]);
    let mut transcript = Transcript {
        title: character.clone(),
        created_ms: millis(head.get("create_date")),
        ..Transcript::default()
    };
    let mut before = None;
    for (number, line) in lines.iter().enumerate() {
        let Some(mes) = line.get("mes") else { continue };
        let is = |name: &str| line.get(name).and_then(Value::as_bool).unwrap_or(false);
        // Remarks of the program, and what a person has hidden from the model.
        if is("is_system") {
            transcript.left_out.instructions += 1;
            continue;
        }
        let extra = line.get("extra").unwrap_or(&Value::Null);
        transcript.left_out.media += usize::from(extra.get("image").is_some_and(Value::is_string));
        let role = if is("is_user") { Role::User } else { Role::Assistant };
        let entry = |version: usize, words: String| Entry {
            id: format!("{number}.{version}"),
            parent: before,
            role: Some(role),
            text: words,
            model: text(extra, &["model"]),
            speaker: text(line, &["name"]).filter(|_| role == Role::Assistant),
            at_ms: millis(line.get("send_date")),
            ..Entry::default()
        };
        let shown = words_of(mes);
        let swipes: Vec<String> = list(line, "swipes").iter().map(words_of).collect();
        let chosen =
            line.get("swipe_id").and_then(Value::as_u64).and_then(|chosen| usize::try_from(chosen).ok());
        let chosen = chosen.filter(|chosen| *chosen < swipes.len()).unwrap_or(0);
        let mut here = before;
        if role == Role::User || swipes.len() < 2 {
            if !shown.is_empty() {
                transcript.entries.push(entry(0, shown));
                here = Some(transcript.entries.len() - 1);
            }
        } else {
            for (version, words) in swipes.into_iter().enumerate() {
                // The one that is shown may have been changed since.
                let words = if version == chosen { shown.clone() } else { words };
                if words.is_empty() {
                    continue;
                }
                transcript.entries.push(entry(version, words));
                if version == chosen {
                    here = Some(transcript.entries.len() - 1);
                }
            }
        }
        if let Some(last) =
            here.filter(|here| Some(*here) != before).and_then(|here| transcript.entries.get_mut(here))
        {
            last.thinking = text(extra, &["reasoning"]).unwrap_or_default();
        }
        before = here;
    }
    transcript.leaf = before;
    transcript.updated_ms = transcript.entries.iter().filter_map(|entry| entry.at_ms).max();
    let own = head.pointer("/chat_metadata/integrity").and_then(Value::as_str).map(str::to_owned);
    let by_name = || Some(format!("{}, {}", character?, begun?));
    transcript.id = own.or_else(by_name).unwrap_or_else(|| fingerprint(&transcript.entries));
    filled(transcript)
}

/// A message's text, which Chub puts one level deeper.
fn words_of(mes: &Value) -> String {
    let words = mes.as_str().or_else(|| mes.get("message")?.as_str());
    words.unwrap_or_default().trim().to_owned()
}

/// A conversation of a data set: `from` and `value`.
pub(super) fn share_gpt(value: &Value) -> Result<Transcript, String> {
    let turns =
        value.get("conversations").and_then(Value::as_array).ok_or("its `conversations` are no list")?;
    let turns = turns.iter().map(|turn| {
        let from = turn.get("from").or_else(|| turn.get("role")).and_then(Value::as_str).unwrap_or_default();
        (from, turn.get("value").or_else(|| turn.get("content")).unwrap_or(&Value::Null))
    });
    let mut transcript = in_a_row(turns)?;
    transcript.left_out.instructions += usize::from(text(value, &["system"]).is_some());
    if let Some(id) = text(value, &["id"]) {
        transcript.id = id;
    }
    Ok(transcript)
}

/// A conversation as it is sent to OpenAI: `role` and `content`.
pub(super) fn open_ai(value: &Value) -> Result<Transcript, String> {
    let messages = value.get("messages").and_then(Value::as_array).ok_or("its `messages` are no list")?;
    let turns = messages.iter().map(|message| {
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        (role, message.get("content").unwrap_or(&Value::Null))
    });
    in_a_row(turns)
}

/// Messages of which each answers the one before.
fn in_a_row<'v>(turns: impl Iterator<Item = (&'v str, &'v Value)>) -> Result<Transcript, String> {
    let mut transcript = Transcript::default();
    for (number, (from, said)) in turns.enumerate() {
        let role = match from {
            "human" | "user" => Role::User,
            "gpt" | "assistant" | "chatgpt" | "model" | "bing" | "bard" => Role::Assistant,
            "system" | "developer" => {
                transcript.left_out.instructions += 1;
                continue;
            }
            "tool" | "function" | "function_call" | "observation" => {
                transcript.left_out.tools += 1;
                continue;
            }
            other => return Err(format!("nobody knows who `{other}` is")),
        };
        let words = content(said, &mut transcript.left_out);
        if words.is_empty() {
            continue;
        }
        let parent = transcript.entries.len().checked_sub(1);
        let id = number.to_string();
        transcript.entries.push(Entry { id, parent, role: Some(role), text: words, ..Entry::default() });
    }
    transcript.leaf = transcript.entries.len().checked_sub(1);
    transcript.id = fingerprint(&transcript.entries);
    filled(transcript)
}

fn content(said: &Value, left_out: &mut LeftOut) -> String {
    let mut words = String::new();
    match said {
        Value::String(said) => words.push_str(said.trim()),
        Value::Array(parts) => {
            for part in parts {
                match part.get("text").and_then(Value::as_str) {
                    Some(part) => join(&mut words, part),
                    None => left_out.media += 1,
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
    words
}

/// What stands for an id where there is none: the same for the same words (FNV-1a, 64 bits).
fn fingerprint(entries: &[Entry]) -> String {
    let bytes = entries.iter().flat_map(|entry| entry.text.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
