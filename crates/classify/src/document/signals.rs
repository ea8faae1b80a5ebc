//! What tells kinds of documents apart, read once from `data/documents.toml`.

use super::{DocumentKind, measure::Look};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

const DATA: &str = include_str!("../../data/documents.toml");

/// A test reads them too, and fails where this would leave them out.
static SIGNALS: LazyLock<Vec<Signal>> = LazyLock::new(|| read().unwrap_or_default());

/// All signals, in the order of the file.
pub(super) fn all() -> &'static [Signal] {
    &SIGNALS
}

fn read() -> Result<Vec<Signal>, toml::de::Error> {
    let mut signals = toml::from_str::<File>(DATA)?.signal;
    for signal in &mut signals {
        // As they stand in a text of words.
        for phrase in signal.phrases.iter_mut().chain(&mut signal.headings) {
            *phrase = format!(" {phrase} ");
        }
    }
    Ok(signals)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signal: Vec<Signal>,
}

/// Something that speaks for some kinds of documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    name: String,
    /// What is counted where it speaks with all its strength.
    full: f64,
    #[serde(default)]
    phrases: Vec<String>,
    #[serde(default)]
    headings: Vec<String>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    first_lines: Vec<String>,
    #[serde(default)]
    last_lines: Vec<String>,
    #[serde(default)]
    formats: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
    /// What it says for kinds, by their names.
    weights: BTreeMap<String, f64>,
}

impl Signal {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn weight(&self, kind: DocumentKind) -> f64 {
        self.weights.get(kind.as_str()).copied().unwrap_or(0.0)
    }

    /// How strongly it speaks, from 0 to 1.
    pub(super) fn strength(&self, look: &Look<'_>) -> f64 {
        (self.counted(look) / self.full).clamp(0.0, 1.0)
    }

    fn counted(&self, look: &Look<'_>) -> f64 {
        if !self.phrases.is_empty() {
            look.phrases(&self.phrases)
        } else if !self.headings.is_empty() {
            look.headings(&self.headings)
        } else if !self.lines.is_empty() {
            look.lines(&self.lines)
        } else if !self.first_lines.is_empty() {
            look.first_lines(&self.first_lines)
        } else if !self.last_lines.is_empty() {
            look.last_lines(&self.last_lines)
        } else if !self.formats.is_empty() {
            look.is_of_format(&self.formats)
        } else if !self.endings.is_empty() {
            look.is_named(&self.endings)
        } else {
            look.measured(&self.name).unwrap_or(0.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::DocumentText;
    use std::collections::HashSet;

    #[test]
    fn the_file_is_read_whole() {
        let signals = read().unwrap();
        let nothing = DocumentText::default();
        let look = Look::at(&nothing);
        let mut names = HashSet::new();
        for signal in &signals {
            assert!(names.insert(&signal.name), "`{}` stands there twice", signal.name);
            assert!(signal.full > 0.0 && !signal.weights.is_empty(), "{}", signal.name);
            for kind in signal.weights.keys() {
                assert!(kind.parse::<DocumentKind>().is_ok(), "`{}` speaks for `{kind}`", signal.name);
            }
            let lists = [
                &signal.phrases,
                &signal.headings,
                &signal.lines,
                &signal.first_lines,
                &signal.last_lines,
                &signal.formats,
                &signal.endings,
            ];
            let given = lists.iter().filter(|list| !list.is_empty()).count();
            let known = usize::from(look.measured(&signal.name).is_some());
            assert_eq!(given + known, 1, "`{}` is counted in one way", signal.name);
        }
        for kind in DocumentKind::ALL {
            assert!(signals.iter().any(|signal| signal.weight(kind) > 0.0), "{kind}");
        }
    }
}
