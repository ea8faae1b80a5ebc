//! The branch that is shown as Markdown.

use super::{at, said_by};
use crate::{Entry, Transcript};
use std::fmt::Write as _;

/// The branch that is shown, each message under the name of who said it, thoughts folded away.
pub fn markdown(transcript: &Transcript) -> String {
    let title = transcript.title.as_deref().unwrap_or("Conversation");
    let mut out = format!("# {}\n", title.replace('\n', " "));
    for entry in transcript.branch() {
        write_entry(&mut out, entry);
    }
    out
}

fn write_entry(out: &mut String, entry: &Entry) {
    let at = at(entry.at_ms).map_or_else(String::new, |at| format!(" · {at}"));
    // Writing into a text cannot fail.
    let _ = write!(out, "\n## {}{at}\n\n", said_by(entry));
    if !entry.thinking.is_empty() {
        let _ = write!(
            out,
            "<details><summary>Thoughts</summary>\n\n{}\n\n</details>\n\n",
            entry.thinking.trim()
        );
    }
    let _ = writeln!(out, "{}", entry.text.trim_end());
    if !entry.notes.is_empty() {
        let notes: Vec<String> =
            entry.notes.iter().map(|note| format!("> {}\n", note.replace('\n', " "))).collect();
        let _ = write!(out, "\n{}", notes.join(">\n"));
    }
}
