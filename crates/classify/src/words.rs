//! Finding phrases in the words of a text.

use std::collections::HashMap;

/// The words of a text in lower case: letters and digits, and what belongs into words (`'`, `+`, `#`).
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

/// Most words between the parts of a phrase with `~`.
const GAP: usize = 4;

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let words = text
            .split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '\'' | '’' | '+' | '#')))
            .map(|word| word.trim_matches(['\'', '’']).replace('’', "'").to_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        Self(words)
    }

    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn at(&self, place: usize) -> &str {
        self.0.get(place).map_or("", String::as_str)
    }

    pub(crate) fn first(&self) -> &str {
        self.at(0)
    }
}

/// Many phrases, found in one pass. The words of a phrase are separated by spaces; `*` at a word's end stands for any
/// ending, `~` for up to four words, `^` at the beginning for the text's own beginning.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    phrases: Vec<Phrase>,
    /// Which phrases begin with this word.
    whole: HashMap<String, Vec<usize>>,
    /// Which begin with a word that begins like this.
    beginnings: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Phrase {
    at_start: bool,
    /// What follows the first word.
    rest: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Word(String),
    Beginning(String),
    Gap,
}

impl Part {
    fn of(word: &str) -> Self {
        match word.strip_suffix('*') {
            _ if word == "~" => Self::Gap,
            Some(beginning) => Self::Beginning(beginning.to_owned()),
            None => Self::Word(word.to_owned()),
        }
    }
}

impl Phrases {
    /// Adds a phrase; its number is how many there were.
    pub(crate) fn add(&mut self, phrase: &str) {
        let (phrase, at_start) = match phrase.strip_prefix('^') {
            Some(rest) => (rest, true),
            None => (phrase, false),
        };
        let mut parts = phrase.split_whitespace().map(Part::of);
        let number = self.phrases.len();
        match parts.next() {
            Some(Part::Word(word)) => self.whole.entry(word).or_default().push(number),
            Some(Part::Beginning(word)) => self.beginnings.entry(word).or_default().push(number),
            // Nothing begins with a gap.
            Some(Part::Gap) | None => {}
        }
        self.phrases.push(Phrase { at_start, rest: parts.collect() });
    }

    /// The numbers of the phrases that stand in a text, in order, and how often each does.
    pub(crate) fn hits(&self, words: &Words) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (at, word) in words.all().iter().enumerate() {
            let ends = word.char_indices().map(|(end, _)| end).chain([word.len()]);
            let beginnings = ends.filter_map(|end| self.beginnings.get(word.get(..end)?));
            for number in self.whole.get(word).into_iter().chain(beginnings).flatten() {
                if let Some(phrase) = self.phrases.get(*number)
                    && (at == 0 || !phrase.at_start)
                    && follows(words, at + 1, &phrase.rest)
                {
                    found.push(*number);
                }
            }
        }
        found.sort_unstable();
        found
            .chunk_by(|one, other| one == other)
            .filter_map(|same| Some((*same.first()?, same.len())))
            .collect()
    }
}

fn follows(words: &Words, at: usize, parts: &[Part]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return true };
    let word = words.all().get(at);
    match part {
        Part::Gap => (at..=at + GAP).any(|next| follows(words, next, rest)),
        Part::Word(whole) => word == Some(whole) && follows(words, at + 1, rest),
        Part::Beginning(beginning) => {
            word.is_some_and(|word| word.starts_with(beginning)) && follows(words, at + 1, rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(text: &str, phrase: &str) -> usize {
        let mut phrases = Phrases::default();
        phrases.add(phrase);
        phrases.hits(&Words::of(text)).first().map_or(0, |(_, hits)| *hits)
    }

    #[test]
    fn phrases_are_found_as_whole_words() {
        let text = "Summarise our last session, please: what happened in C++ land? Don’t say.";
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
            ("~ say", 0),
        ] {
            assert_eq!(count(text, phrase), times, "{phrase}");
        }
        assert_eq!(count("roll, roll and roll", "roll"), 3);
    }

    #[test]
    fn each_of_many_is_counted() {
        let mut phrases = Phrases::default();
        for phrase in ["roll", "rol*", "and ~ roll", "dice"] {
            phrases.add(phrase);
        }
        assert_eq!(phrases.hits(&Words::of("Roll and then roll")), [(0, 2), (1, 2), (2, 1)]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC{0,200}", phrase in "[\\^~* a-z]{0,12}") {
            let _no_panic = count(&text, &phrase);
        }
    }
}
