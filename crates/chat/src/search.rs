//! What a person types into the search of conversations: words, phrases between quotation marks, and operators.
//!
//! ```text
//! "spare key" folder:work tag:urgent model:gpt persona:mira before:2026-11-01 after:2026 has:code is:archived
//! ```

use base::Timestamp;

/// Words of a search that are looked at; each is looked for whatever case its letters have ([`store::Sought`]).
const MAX_WORDS: usize = 12;

/// What conversations must have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// Words and phrases, each in the title or in a message.
    pub words: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Parts of names of folders.
    pub folders: Vec<String>,
    /// Parts of names of models.
    pub models: Vec<String>,
    /// Parts of names of personas.
    pub personas: Vec<String>,
    /// They changed last before this moment.
    pub before: Option<Timestamp>,
    /// They changed last at this moment or later.
    pub after: Option<Timestamp>,
    /// What is in them.
    pub has: Vec<Has>,
    /// What they are.
    pub is: Vec<Is>,
    /// What of it was not understood.
    pub hints: Vec<Hint>,
}

/// What can be in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// Pictures.
    Image,
    /// Code.
    Code,
    /// Sources of the library.
    Source,
    /// Calls of tools.
    Tool,
    /// What was remembered.
    Memory,
    /// An answer that failed.
    Error,
    /// Tags.
    Tag,
    /// A folder.
    Folder,
}

impl Has {
    /// Each with its name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("image", Self::Image),
        ("code", Self::Code),
        ("source", Self::Source),
        ("tool", Self::Tool),
        ("memory", Self::Memory),
        ("error", Self::Error),
        ("tag", Self::Tag),
        ("folder", Self::Folder),
    ];
}

/// What a conversation can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// Pinned.
    Pinned,
    /// Put away.
    Archived,
}

impl Is {
    /// Each with its name.
    pub const ALL: [(&'static str, Self); 2] = [("pinned", Self::Pinned), ("archived", Self::Archived)];
}

/// The operators.
pub const OPERATORS: [&str; 8] = ["tag", "folder", "model", "persona", "before", "after", "has", "is"];

/// A piece of a search that means something else than it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The piece.
    pub piece: String,
    /// What is the matter with it.
    pub why: Why,
}

/// What is the matter with a piece of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no such operator; it was taken for a word.
    NoOperator,
    /// The operator has no such value; it was passed over.
    NoValue,
    /// Nothing is called so.
    Nobody,
}

impl Search {
    /// Reads what was typed. Nothing is an error: what is not understood is told.
    pub fn read(typed: &str) -> Self {
        let mut search = Self::default();
        for piece in pieces(typed) {
            search.take(&piece);
        }
        search.words.truncate(MAX_WORDS);
        search
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        *self == Self { hints: self.hints.clone(), ..Self::default() }
    }

    fn take(&mut self, piece: &Piece) {
        let value = piece.value.trim();
        let Some(operator) = piece.operator.as_deref() else {
            if !value.is_empty() {
                self.words.push(value.to_lowercase());
            }
            return;
        };
        let name = operator.to_lowercase();
        let known = OPERATORS.contains(&name.as_str());
        // Somebody who types an operator has not said yet of what.
        if known && value.is_empty() {
            return;
        }
        let understood = match name.as_str() {
            "tag" => {
                self.tags.push(value.trim_start_matches('#').to_lowercase());
                true
            }
            "folder" => {
                self.folders.push(value.to_lowercase());
                true
            }
            "model" => {
                self.models.push(value.to_lowercase());
                true
            }
            "persona" => {
                self.personas.push(value.to_lowercase());
                true
            }
            "before" => moment(value).map(|at| self.before = Some(at)).is_some(),
            "after" => moment(value).map(|at| self.after = Some(at)).is_some(),
            "has" => one_of(&Has::ALL, value).map(|has| self.has.push(has)).is_some(),
            "is" => one_of(&Is::ALL, value).map(|is| self.is.push(is)).is_some(),
            _ => {
                self.words.push(format!("{operator}:{value}").to_lowercase());
                false
            }
        };
        if !understood {
            let why = if known { Why::NoValue } else { Why::NoOperator };
            self.hints.push(Hint { piece: format!("{operator}:{value}"), why });
        }
    }
}

fn one_of<T: Copy>(all: &[(&str, T)], value: &str) -> Option<T> {
    let singular = value.to_lowercase();
    let singular = singular.strip_suffix('s').unwrap_or(&singular);
    all.iter().find(|(name, _)| *name == singular).map(|(_, found)| *found)
}

/// A day, a month or a year, its first moment.
fn moment(value: &str) -> Option<Timestamp> {
    let day = match value.len() {
        4 => format!("{value}-01-01"),
        7 => format!("{value}-01"),
        _ => value.to_owned(),
    };
    day.parse().ok()
}

/// A part of what was typed.
struct Piece {
    operator: Option<String>,
    value: String,
}

/// Cuts what was typed at white space outside of quotation marks; `name:` before a piece is its operator.
fn pieces(typed: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let word_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (operator, after) = match rest.get(..word_end).and_then(|word| word.split_once(':')) {
            Some((name, value)) if is_operator(name, value) => {
                (Some(name.to_owned()), rest.get(name.len() + 1..).unwrap_or_default())
            }
            Some(_) | None => (None, rest),
        };
        let (value, next) = match after.strip_prefix('"') {
            // A mark that is not closed yet goes to the end.
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        found.push(Piece { operator, value: value.to_owned() });
        rest = next.trim_start();
    }
    found
}

/// Whether a word with a colon in it means an operator: `tag:x` does, `12:30`, `https://x` and `std::fmt` do not.
fn is_operator(name: &str, value: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphabetic())
        && !value.starts_with(['/', ':', '\\'])
        && (!value.is_empty() || OPERATORS.contains(&name.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_operators_are_told_apart() {
        let search = Search::read(
            r#"Oslo "spare key" tag:#Urgent folder:"My work" MODEL:gpt before:2026-11 has:images is:archived"#,
        );
        assert_eq!(search.words, ["oslo", "spare key"]);
        assert_eq!((search.tags, search.folders), (vec!["urgent".to_owned()], vec!["my work".to_owned()]));
        assert_eq!(search.models, ["gpt"]);
        assert_eq!(search.before.unwrap().to_string(), "2026-11-01T00:00:00.000Z");
        assert_eq!((search.has, search.is), (vec![Has::Image], vec![Is::Archived]));
        assert!(search.hints.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let search =
            Search::read("from:me before:soon has:wings 12:30 https://x.org std::fmt tag: \"open end");
        let hints: Vec<(&str, Why)> =
            search.hints.iter().map(|hint| (hint.piece.as_str(), hint.why)).collect();
        assert_eq!(
            hints,
            [("from:me", Why::NoOperator), ("before:soon", Why::NoValue), ("has:wings", Why::NoValue)]
        );
        assert_eq!(search.words, ["from:me", "12:30", "https://x.org", "std::fmt", "open end"]);
    }

    #[test]
    fn nothing_typed_asks_for_nothing() {
        assert!(Search::read("  tag: \"\" ").is_empty());
        assert!(!Search::read("is:pinned").is_empty());
    }
}
