//! Writes conversations as files.

mod html;
pub(crate) mod json;
mod markdown;

use crate::{Entry, Role, Transcript};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
use serde_json::{Value, json as value};

/// What our own format is called in its files.
pub(crate) const FORMAT: &str = "familiar-conversations";
/// The version of it that is written; earlier ones are read as well.
pub(crate) const VERSION: u64 = 1;

/// The branches that are shown, a line of `messages` each, as OpenAI takes them for fine-tuning.
pub fn openai_lines(transcripts: &[Transcript]) -> String {
    let line = |transcript: &Transcript| {
        let message =
            |entry: &&Entry| value!({"role": role(entry, "user", "assistant"), "content": entry.text});
        let messages: Vec<Value> = transcript.branch().iter().map(message).collect();
        format!("{}\n", value!({ "messages": messages }))
    };
    transcripts.iter().map(line).collect()
}

/// The branches that are shown as data sets have them.
pub fn share_gpt(transcripts: &[Transcript]) -> String {
    let one = |transcript: &Transcript| {
        let turn = |entry: &&Entry| value!({"from": role(entry, "human", "gpt"), "value": entry.text});
        let turns: Vec<Value> = transcript.branch().iter().map(turn).collect();
        value!({"id": transcript.id, "conversations": turns})
    };
    let all: Vec<Value> = transcripts.iter().map(one).collect();
    format!("{:#}\n", Value::Array(all))
}

fn role<'r>(entry: &Entry, user: &'r str, assistant: &'r str) -> &'r str {
    if entry.role == Some(Role::Assistant) { assistant } else { user }
}

/// Who said something, for people.
fn said_by(entry: &Entry) -> String {
    match (entry.role, &entry.speaker, &entry.model) {
        (Some(Role::Assistant), Some(speaker), _) => speaker.clone(),
        (Some(Role::Assistant), None, Some(model)) => model.clone(),
        (Some(Role::Assistant), None, None) => "Assistant".to_owned(),
        (Some(Role::User) | None, speaker, _) => speaker.clone().unwrap_or_else(|| "You".to_owned()),
    }
}

/// When, to the minute, in UTC.
fn at(ms: Option<i64>) -> Option<String> {
    let text = base::Timestamp::from_millis(ms?).to_string();
    Some(format!("{} {}", text.get(..10)?, text.get(11..16)?))
}

#[cfg(test)]
mod tests;
