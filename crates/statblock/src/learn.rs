//! What corrections teach of a publisher's layout.

use crate::{Facts, Kind, layout, pattern::LineStart, values};
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much of a text's beginning may be its head, in bytes.
const HEAD_BYTES: usize = 200;

/// A level as a pattern, and what may stand behind it.
const LEVEL: &str = r"\d{1,2}";
const ORDINAL: &str = "(?:st|nd|rd|th)?";

/// A pattern that a correction taught.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Learned {
    /// What entries it finds.
    pub kind: Kind,
    /// Whose label the pattern is; none where it is the line under a name.
    pub field: Option<String>,
    /// The label, or the line as a pattern of `layouts.toml`.
    pub pattern: String,
}

/// What the right values of an entry teach, by where they stand in its text.
pub fn learn(kind: Kind, text: &str, changed: &Facts, facts: &Facts) -> Vec<Learned> {
    let labels = changed.iter().filter_map(|(field, value)| {
        let label = label_before(text, &written(value)?)?;
        let known = layout::Layouts::with(&[])
            .all()
            .iter()
            .any(|layout| layout.kind == kind && layout.knows(field, &label));
        (!known).then(|| Learned { kind, field: Some(field.clone()), pattern: label })
    });
    let mut learned: Vec<Learned> = labels.collect();
    if let Some(pattern) = head(kind, text, changed, facts) {
        learned.push(Learned { kind, field: None, pattern });
    }
    learned
}

/// A value as books write it; yes and no, and tables of scores, stand behind no label.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Array(_) => Some(values::shown(value)),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

/// The label that a value stands behind: words with a colon, at the beginning of a line or behind another value.
fn label_before(text: &str, value: &str) -> Option<String> {
    let value: Vec<String> = value.split_whitespace().map(regex::escape).collect();
    if value.is_empty() {
        return None;
    }
    let pattern = format!(
        r"(?:^|[\n.;|*_-])[\s*_]*([A-Z][A-Za-z' ]{{1,28}}?)[*_]*\s*:[*_\s]*(?i:{})(?:\W|$)",
        value.join(r"\s+")
    );
    Some(Regex::new(&pattern).ok()?.captures(text)?.get(1)?.as_str().trim().to_owned())
}

/// The line under a name with its values as places, where no layout knows it and it says a changed one.
fn head(kind: Kind, text: &str, changed: &Facts, facts: &Facts) -> Option<String> {
    let line = text.trim_start().lines().next()?;
    let line = values::clean(line.get(..line.floor_char_boundary(HEAD_BYTES))?);
    let known = layout::Layouts::with(&[]);
    if known
        .all()
        .iter()
        .filter(|layout| layout.kind == kind)
        .any(|layout| layout.heads.iter().filter_map(LineStart::regex).any(|head| head.is_match(&line)))
    {
        return None;
    }
    let mut places: Vec<(usize, usize, &str, &str)> = Vec::new();
    for field in layout::fields(kind) {
        let part = match field.name.as_str() {
            "level" => LEVEL,
            "school" => "{school}",
            "size" => "{size}",
            "rarity" => "{rarity}",
            "type" if kind == Kind::Monster => "{type}",
            "type" if kind == Kind::MagicItem => "{item}",
            "alignment" => "[a-z ]{3,30}",
            _ => continue,
        };
        let Some(value) = facts.get(&field.name).and_then(written) else { continue };
        // Levels are counted: `2nd`.
        let behind = if part == LEVEL { ORDINAL } else { "" };
        let found = Regex::new(&format!(r"(?i)\b{}{behind}\b", regex::escape(&value))).ok()?.find(&line);
        if let Some(found) = found {
            places.push((found.start(), found.end(), &field.name, part));
        }
    }
    places.sort_unstable();
    let says_new = places.iter().any(|(_, _, name, _)| changed.contains_key(*name));
    let by_words = places.iter().any(|(_, _, _, part)| part.starts_with('{'));
    if !says_new || !by_words || places.windows(2).any(|pair| matches!(pair, [one, other] if one.1 > other.0))
    {
        return None;
    }
    let mut pattern = String::new();
    let mut at = 0;
    for (start, end, name, part) in places {
        pattern.push_str(&blanks(line.get(at..start)?));
        pattern.push_str(&format!("(?P<{name}>{part})"));
        pattern.push_str(if part == LEVEL { ORDINAL } else { "" });
        at = end;
    }
    // What follows may be a book, a page, a list of classes: it is not the same for all.
    Some(pattern)
}

fn blanks(text: &str) -> String {
    let begins = if text.starts_with(char::is_whitespace) { r"\s+" } else { "" };
    let ends = if text.ends_with(char::is_whitespace) && !text.trim().is_empty() { r"\s+" } else { "" };
    let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
    format!("{begins}{}{ends}", words.join(r"\s+"))
}
