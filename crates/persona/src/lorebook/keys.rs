//! Keys of entries: words and patterns, each found in time linear in what is searched.

use regex::{Regex, RegexBuilder};

/// Bytes that a pattern may take when compiled.
const PATTERN_BYTES: usize = 256 << 10;

/// How an entry's keys are to be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Whether capital letters count.
    pub(super) case_sensitive: bool,
    /// Whether words have to stand alone.
    pub(super) whole_words: bool,
    /// What is a pattern.
    pub(super) patterns: Patterns,
}

/// Which keys are patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patterns {
    /// Those between slashes: `/drag(on|ons)/i`.
    Slashes,
    /// All.
    All,
}

/// A key, ready to be looked for.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// A text; in small letters unless capital letters count.
    Words { text: String, case_sensitive: bool, whole: bool },
    /// A regular expression.
    Pattern(Regex),
}

/// What is searched, as it is and in small letters.
#[derive(Debug, Clone, Default)]
pub(super) struct Haystack {
    text: String,
    small: String,
}

impl Haystack {
    pub(super) fn new(text: String) -> Self {
        Self { small: text.to_lowercase(), text }
    }
}

impl Key {
    /// Makes a key ready; `None` for an empty one.
    ///
    /// # Errors
    /// What is wrong with a pattern, for a person.
    pub(super) fn compile(key: &str, manner: Manner) -> Result<Option<Self>, String> {
        let key = key.trim();
        if key.is_empty() {
            return Ok(None);
        }
        let slashed = slashed(key);
        let (pattern, flags) = match (manner.patterns, slashed) {
            (Patterns::Slashes, None) => {
                let text = if manner.case_sensitive { key.to_owned() } else { key.to_lowercase() };
                let whole = manner.whole_words && !text.contains(char::is_whitespace);
                return Ok(Some(Self::Words { text, case_sensitive: manner.case_sensitive, whole }));
            }
            (Patterns::Slashes | Patterns::All, Some(parts)) => parts,
            (Patterns::All, None) => (key, if manner.case_sensitive { "" } else { "i" }),
        };
        let built = RegexBuilder::new(pattern)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .build();
        match built {
            Ok(regex) => Ok(Some(Self::Pattern(regex))),
            Err(regex::Error::CompiledTooBig(_)) => Err(format!("the pattern `{}` is too large", short(key))),
            Err(_) => Err(format!(
                "the pattern `{}` is not understood (look-around and back references are not allowed)",
                short(key)
            )),
        }
    }

    /// Whether it is there.
    pub(super) fn found_in(&self, haystack: &Haystack) -> bool {
        match self {
            Self::Pattern(regex) => regex.is_match(&haystack.text),
            Self::Words { text, case_sensitive, whole } => {
                let searched = if *case_sensitive { &haystack.text } else { &haystack.small };
                if *whole { stands_alone(searched, text) } else { searched.contains(text.as_str()) }
            }
        }
    }
}

/// Pattern and flags of `/pattern/flags`.
fn slashed(key: &str) -> Option<(&str, &str)> {
    let (pattern, flags) = key.strip_prefix('/')?.rsplit_once('/')?;
    let known = flags.chars().all(|flag| matches!(flag, 'g' | 'i' | 'm' | 's' | 'u' | 'y'));
    (known && !pattern.is_empty()).then_some((pattern, flags))
}

fn stands_alone(searched: &str, word: &str) -> bool {
    let letter = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    searched.match_indices(word).any(|(at, _)| {
        let before = searched.get(..at).unwrap_or_default().chars().next_back();
        let after = searched.get(at + word.len()..).unwrap_or_default().chars().next();
        !letter(before) && !letter(after)
    })
}

fn short(key: &str) -> String {
    if key.chars().count() > 60 {
        format!("{}…", key.chars().take(60).collect::<String>())
    } else {
        key.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str, case_sensitive: bool, whole_words: bool, patterns: Patterns, text: &str) -> bool {
        let manner = Manner { case_sensitive, whole_words, patterns };
        Key::compile(key, manner).unwrap().unwrap().found_in(&Haystack::new(text.to_owned()))
    }

    #[test]
    fn words_are_found() {
        assert!(found("Dragon", false, false, Patterns::Slashes, "a dragonfly"));
        assert!(!found("Dragon", true, false, Patterns::Slashes, "a dragonfly"));
        assert!(!found("dragon", false, true, Patterns::Slashes, "a dragonfly"));
        assert!(found("ÄRGER", false, true, Patterns::Slashes, "kein Ärger!"));
    }

    #[test]
    fn patterns_are_found() {
        assert!(found("/dra(gon|ke)s?/i", false, false, Patterns::Slashes, "DRAKES"));
        assert!(!found("/dra(gon|ke)s?/", false, false, Patterns::Slashes, "DRAKES"));
        assert!(found("dra(gon|ke)", false, false, Patterns::All, "DRAKE"));
        assert!(found("dra(gon|ke)", false, false, Patterns::Slashes, "a dra(gon|ke)"));
    }

    #[test]
    fn hostile_patterns_are_refused_or_linear() {
        let all = Manner { case_sensitive: true, whole_words: false, patterns: Patterns::All };
        assert!(Key::compile("(?=x)y", all).unwrap_err().contains("look-around"));
        assert!(Key::compile(r"(a)\1", all).is_err());
        assert!(Key::compile("((((a{99}){99}){99}){99})", all).unwrap_err().contains("too large"));
        // Exponential for engines that go back.
        let evil = Key::compile("(a+)+$", all).unwrap().unwrap();
        assert!(!evil.found_in(&Haystack::new(format!("{}b", "a".repeat(50_000)))));
        assert!(Key::compile("  ", all).unwrap().is_none());
    }
}
