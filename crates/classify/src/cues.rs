//! The words that speak for a task, read once from `data/cues.toml`.

use crate::{
    Task,
    words::{Phrases, Words},
};
use serde::Deserialize;
use std::sync::LazyLock;

const DATA: &str = include_str!("../data/cues.toml");

/// A test reads them too, and fails where this would leave them out.
static CUES: LazyLock<Cues> =
    LazyLock::new(|| toml::from_str(DATA).map_or_else(|_| Cues::default(), Cues::of));

/// For what a cue speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Speaks {
    /// One task.
    For(Task),
    /// Anything that is about code.
    Code,
    /// Anything that is played at the table.
    Table,
}

impl TryFrom<String> for Speaks {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "code" => Ok(Self::Code),
            "table" => Ok(Self::Table),
            name => {
                Task::from_name(name).map(Self::For).ok_or_else(|| format!("`{name}` is no kind of task"))
            }
        }
    }
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cue: Vec<Cue>,
    demanding: Vec<Step>,
    urgent: Vec<Step>,
}

/// Phrases that speak for something, all as strongly.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cue {
    speaks: Speaks,
    weight: f32,
    phrases: Vec<String>,
}

/// Phrases that say how demanding or urgent a task is, whichever of them stands there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    weight: f64,
    phrases: Vec<String>,
}

/// What a phrase that was found says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Says {
    /// It speaks for something.
    Cue(Speaks, f32),
    /// The entry of this number, and what it makes a task more demanding by.
    Demanding(usize, f64),
    /// The entry of this number, and what it makes a task more urgent by.
    Urgent(usize, f64),
}

/// A phrase that stands in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) says: Says,
    pub(crate) phrase: &'static str,
    pub(crate) hits: usize,
}

/// All phrases.
#[derive(Debug, Default)]
struct Cues {
    says: Vec<Says>,
    written: Vec<String>,
    phrases: Phrases,
}

impl Cues {
    fn of(file: File) -> Self {
        let mut cues = Self::default();
        for cue in file.cue {
            cues.add(Says::Cue(cue.speaks, cue.weight), cue.phrases);
        }
        for (number, step) in file.demanding.into_iter().enumerate() {
            cues.add(Says::Demanding(number, step.weight), step.phrases);
        }
        for (number, step) in file.urgent.into_iter().enumerate() {
            cues.add(Says::Urgent(number, step.weight), step.phrases);
        }
        cues
    }

    fn add(&mut self, says: Says, phrases: Vec<String>) {
        for phrase in phrases {
            self.phrases.add(&phrase);
            self.says.push(says);
            self.written.push(phrase);
        }
    }
}

/// The phrases that stand in a text, in the order of the file.
pub(crate) fn found(words: &Words) -> Vec<Found> {
    let cues = &*CUES;
    let hits = cues.phrases.hits(words).into_iter();
    hits.filter_map(|(number, hits)| {
        Some(Found { says: *cues.says.get(number)?, phrase: cues.written.get(number)?, hits })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_speaks_for_everything() {
        let file: File = toml::from_str(DATA).unwrap();
        for speaks in Task::ALL.map(Speaks::For).into_iter().chain([Speaks::Code, Speaks::Table]) {
            assert!(file.cue.iter().any(|cue| cue.speaks == speaks && cue.weight > 0.0), "{speaks:?}");
        }
        assert!(toml::from_str::<File>(&DATA.replacen("\"table\"", "\"chair\"", 1)).is_err());
    }

    #[test]
    fn what_stands_in_a_text_is_found_with_what_it_says() {
        let found = found(&Words::of("Python, python: thoroughly, please."));
        let python = found.iter().find(|one| one.phrase == "python").unwrap();
        assert_eq!((python.says, python.hits), (Says::Cue(Speaks::Code, 1.6), 2));
        assert!(found.iter().any(|one| matches!(one.says, Says::Demanding(_, _))));
        assert!(found.iter().any(|one| matches!(one.says, Says::Urgent(_, _))));
    }
}
