//! What a person asks: the words of a question that say what it is about.

use std::ops::Range;

/// Words of questions and of politeness that no document needs to contain.
const QUESTION_WORDS: &str = "a about according actually all also am an and any anyone anything are as ask at be been \
    being both but by call called can cannot could describe did difference do document documents does doing done each \
    either else ever every exactly explain explanation find for from gave get give given gives go goes had \
    happen happened happens has have having he hello her here hey hi him his how however i if in info information \
    into is it its itself just kind kindly know let library like list look many may me mean meaning means mention \
    mentioned mentions might more most much must my need of off on one or other our out over own please \
    possible quickly quote really regarding said same say says section she should show so some someone something sort \
    still such summarise summarize summary talk tell text than thank thanks that the their them then there these they \
    thing things this those though to too under us use used uses using very want was way we well were what whats \
    when where whether which while who whom whose why will with within without work working works would write written wrote you your";

/// Words that point back to what was said before.
const POINTING: &str =
    "it its they them their theirs this that these those he she him her his hers one ones there then";

/// The longest question that is looked at, in bytes.
const MAX_QUESTION_BYTES: usize = 2_000;

/// A word of a question that says what it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Keyword {
    /// As the person wrote it.
    pub(crate) word: String,
    /// As the index knows it.
    pub(crate) term: String,
    /// How much it has to stand in an answer: what is asked for (`which colour`, `how long`) often does not.
    pub(crate) weight: f32,
}

/// A question, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) keywords: Vec<Keyword>,
    /// Whether it points back to what was said before.
    pub(crate) points_back: bool,
}

impl Question {
    /// Takes a question apart. One that has nothing but common words keeps those.
    pub(crate) fn new(text: &str) -> Self {
        let text = text.get(..text.floor_char_boundary(MAX_QUESTION_BYTES)).unwrap_or(text);
        let mut keywords: Vec<Keyword> = Vec::new();
        let mut common: Vec<Keyword> = Vec::new();
        for token in search::analyse(text) {
            let word = word_at(text, &token.range);
            let target =
                if is_in(&word.to_lowercase(), QUESTION_WORDS) { &mut common } else { &mut keywords };
            if !target.iter().any(|known: &Keyword| known.term == token.term) {
                let weight = asked_for(text.get(..token.range.start).unwrap_or_default());
                target.push(Keyword { word, term: token.term, weight });
            }
        }
        if keywords.iter().all(|keyword| keyword.weight < 1.0) {
            keywords.iter_mut().for_each(|keyword| keyword.weight = 1.0);
        }
        let points_back = text
            .split(|next: char| !next.is_alphanumeric())
            .any(|word| is_in(&word.to_lowercase(), POINTING));
        let only_common = keywords.is_empty();
        Self {
            keywords: if only_common { common } else { keywords },
            points_back: points_back || only_common,
        }
    }

    /// The words to search for, free of the search's own syntax.
    pub(crate) fn search_text(&self) -> String {
        let words: Vec<&str> = self.keywords.iter().map(|keyword| keyword.word.as_str()).collect();
        words.join(" ")
    }
}

/// The weight of a word by what stands before it.
fn asked_for(before: &str) -> f32 {
    let word = before.trim_end().rsplit(|next: char| !next.is_alphanumeric()).next().unwrap_or_default();
    match word.to_lowercase().as_str() {
        "how" => 0.3,
        "which" | "what" | "whose" => 0.5,
        _ => 1.0,
    }
}

fn word_at(text: &str, range: &Range<usize>) -> String {
    text.get(range.clone()).unwrap_or_default().to_owned()
}

/// Whether a word, in small letters, is one of those that say nothing about the matter.
pub(crate) fn is_common(word: &str) -> bool {
    is_in(word, QUESTION_WORDS)
}

fn is_in(word: &str, list: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_that_matter_are_kept() {
        for (text, expected, points_back) in [
            ("What does the fireball spell do?", "fireball spell", false),
            ("Tell me about half-elves, please.", "half elves", false),
            ("And how much does it cost?", "cost", true),
            ("\"title:fire\" -water*", "title fire water", false),
            ("Why?", "Why", true),
            ("", "", true),
        ] {
            let question = Question::new(text);
            assert_eq!(question.search_text(), expected);
            assert_eq!(question.points_back, points_back, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_question(text in "\\PC{0,300}") {
            Question::new(&text);
        }
    }
}
