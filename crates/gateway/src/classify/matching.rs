//! Finding phrases in the words of a text.

/// The words of a text in lower case: letters and digits, and what belongs into words (`'`, `+`, `#`).
#[derive(Debug)]
pub(super) struct Words(Vec<String>);

/// Most words between the parts of a phrase with `~`.
const GAP: usize = 4;

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let words = text
            .split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '\'' | '’' | '+' | '#')))
            .map(|word| word.trim_matches(['\'', '’']).replace('’', "'").to_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        Self(words)
    }

    pub(super) fn all(&self) -> &[String] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn at(&self, place: usize) -> &str {
        self.0.get(place).map_or("", String::as_str)
    }

    pub(super) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// How often a phrase stands in the text. Its words are separated by spaces; `*` at a word's end stands for any
    /// ending, `~` for up to four words, `^` at the beginning for the text's own beginning.
    pub(super) fn count(&self, phrase: &str) -> usize {
        let (phrase, at_start) = match phrase.strip_prefix('^') {
            Some(rest) => (rest, true),
            None => (phrase, false),
        };
        let mut parts = phrase.split(' ');
        let Some(first) = parts.next() else { return 0 };
        let rest = phrase.get(first.len()..).unwrap_or_default().trim_start();
        let starts = if at_start { 1 } else { self.0.len() };
        (0..starts.min(self.0.len()))
            .filter(|at| self.0.get(*at).is_some_and(|word| fits(word, first)) && self.follows(at + 1, rest))
            .count()
    }

    fn follows(&self, at: usize, rest: &str) -> bool {
        if rest.is_empty() {
            return true;
        }
        let (part, after) = rest.split_once(' ').unwrap_or((rest, ""));
        if part == "~" {
            return (at..=at + GAP).any(|next| self.follows(next, after));
        }
        self.0.get(at).is_some_and(|word| fits(word, part)) && self.follows(at + 1, after)
    }
}

fn fits(word: &str, part: &str) -> bool {
    match part.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => word == part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phrases_are_found_as_whole_words() {
        let words = Words::of("Summarise our last session, please: what happened in C++ land? Don’t say.");
        for (phrase, times) in [
            ("session", 1),
            ("sess", 0),
            ("sess*", 1),
            ("summar* ~ session", 1),
            ("summar* session", 0),
            ("^summar*", 1),
            ("^session", 0),
            ("c++", 1),
            ("don't say", 1),
            ("last session please", 1),
            ("summar* ~ say", 0),
        ] {
            assert_eq!(words.count(phrase), times, "{phrase}");
        }
        assert_eq!(Words::of("roll, roll and roll").count("roll"), 3);
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC{0,200}", phrase in "[\\^~* a-z]{0,12}") {
            let _no_panic = Words::of(&text).count(&phrase);
        }
    }
}
