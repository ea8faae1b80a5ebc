//! Figures of an answer: how long it is, how it is built, and how much of it others say too.

use crate::{
    diff::ratio,
    tone::{self, Tone},
    words::{MARKDOWN, spoken},
};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::HashMap;
use unicode_segmentation::UnicodeSegmentation;

/// What can be counted about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Characters as they are seen.
    pub characters: usize,
    /// Words, without markup.
    pub words: usize,
    /// Sentences.
    pub sentences: usize,
    /// Words a sentence, on average.
    pub words_a_sentence: f64,
    /// Different words through all words: how little is repeated.
    pub variety: f64,
    /// Paragraphs.
    pub paragraphs: usize,
    /// Headings.
    pub headings: usize,
    /// Entries of lists.
    pub list_items: usize,
    /// Blocks of code.
    pub code_blocks: usize,
    /// Tables.
    pub tables: usize,
    /// Links and pictures.
    pub links: usize,
    /// Places in bold.
    pub bold: usize,
    /// How it sounds.
    pub tone: Tone,
}

impl Figures {
    /// All of them by their names, in the order in which they are told.
    pub fn named(&self) -> [(&'static str, f64); 19] {
        [
            ("characters", self.characters as f64),
            ("words", self.words as f64),
            ("sentences", self.sentences as f64),
            ("words_a_sentence", self.words_a_sentence),
            ("variety", self.variety),
            ("paragraphs", self.paragraphs as f64),
            ("headings", self.headings as f64),
            ("list_items", self.list_items as f64),
            ("code_blocks", self.code_blocks as f64),
            ("tables", self.tables as f64),
            ("links", self.links as f64),
            ("bold", self.bold as f64),
            ("hedges", self.tone.hedges),
            ("certainty", self.tone.certainty),
            ("courtesy", self.tone.courtesy),
            ("address", self.tone.address),
            ("first_person", self.tone.first_person),
            ("questions", self.tone.questions),
            ("exclamations", self.tone.exclamations),
        ]
    }
}

/// Counts what can be counted about an answer.
pub fn figures(text: &str) -> Figures {
    let words = spoken(text);
    let mut found = Figures {
        characters: text.graphemes(true).count(),
        words: words.len(),
        tone: tone::tone(text),
        ..Figures::default()
    };
    let (mut prose, mut in_code) = (String::new(), false);
    for event in Parser::new_ext(text, MARKDOWN) {
        if let Event::Start(tag) = &event {
            in_code |= matches!(tag, Tag::CodeBlock(_));
            count(&mut found, tag);
        } else if let Event::End(end) = &event {
            in_code &= !matches!(end, TagEnd::CodeBlock);
            let block = matches!(
                end,
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell | TagEnd::CodeBlock
            );
            prose.push_str(if block { "\n" } else { "" });
        } else if let Event::Text(said) | Event::Code(said) = &event {
            prose.push_str(if in_code { "" } else { said });
        } else if matches!(event, Event::SoftBreak | Event::HardBreak) {
            prose.push(' ');
        }
    }
    found.sentences = prose
        .lines()
        .flat_map(UnicodeSegmentation::unicode_sentences)
        .filter(|sentence| sentence.chars().any(char::is_alphanumeric))
        .count();
    found.words_a_sentence = ratio(spoken(&prose).len(), found.sentences);
    let mut different: Vec<&String> = words.iter().collect();
    different.sort_unstable();
    different.dedup();
    found.variety = ratio(different.len(), words.len());
    found
}

fn count(found: &mut Figures, tag: &Tag<'_>) {
    let place = if matches!(tag, Tag::Paragraph) {
        &mut found.paragraphs
    } else if matches!(tag, Tag::Heading { .. }) {
        &mut found.headings
    } else if matches!(tag, Tag::Item) {
        &mut found.list_items
    } else if matches!(tag, Tag::CodeBlock(_)) {
        &mut found.code_blocks
    } else if matches!(tag, Tag::Table(_)) {
        &mut found.tables
    } else if matches!(tag, Tag::Link { .. } | Tag::Image { .. }) {
        &mut found.links
    } else if matches!(tag, Tag::Strong) {
        &mut found.bold
    } else {
        return;
    };
    *place += 1;
}

/// How much each two answers have in common, by their words wherever they stand: `[one][other]`, 1 for an answer and itself
/// (Dice, "Measures of the amount of ecologic association between species", 1945).
pub fn overlap(answers: &[&str]) -> Vec<Vec<f64>> {
    let bags: Vec<(HashMap<String, usize>, usize)> = answers.iter().map(|answer| bag(answer)).collect();
    let shared = |one: &HashMap<String, usize>, other: &HashMap<String, usize>| -> usize {
        one.iter().map(|(word, count)| other.get(word).map_or(0, |more| *more.min(count))).sum()
    };
    let row = |(at, (one, length)): (usize, &(HashMap<String, usize>, usize))| {
        let cell = |(beside, (other, other_length)): (usize, &(HashMap<String, usize>, usize))| {
            if at == beside { 1.0 } else { ratio(2 * shared(one, other), length + other_length) }
        };
        bags.iter().enumerate().map(cell).collect()
    };
    bags.iter().enumerate().map(row).collect()
}

fn bag(text: &str) -> (HashMap<String, usize>, usize) {
    let said = spoken(text);
    let count = said.len();
    let mut bag = HashMap::new();
    said.into_iter().for_each(|word| *bag.entry(word).or_default() += 1);
    (bag, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_an_answer_is_built_of_is_counted() {
        let text = "# Title\n\nTwo **bold** words. And [more](https://x.example)!\n\n- a\n- b\n\n```\nx y\n```\n\n\
                    | a |\n|---|\n| b |\n";
        let found = figures(text);
        let built =
            (found.headings, found.list_items, found.code_blocks, found.tables, found.links, found.bold);
        assert_eq!(built, (1, 2, 1, 1, 1, 1));
        // Title, Two bold words And more, a, b, x y, a, b.
        assert_eq!(found.words, 12);
        // The title, two sentences, two entries, two cells.
        assert_eq!(found.sentences, 7);
        assert_eq!(figures(""), Figures::default());
    }

    #[test]
    fn overlap_is_what_two_share() {
        let table = overlap(&["a b c", "c b a", "a x", ""]);
        assert_eq!(table[0], [1.0, 1.0, 0.4, 0.0]);
        assert_eq!(table[3], [0.0, 0.0, 0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn overlap_is_the_same_both_ways(one in "[ab c]{0,20}", other in "[ab c]{0,20}") {
            let table = overlap(&[&one, &other]);
            prop_assert_eq!(table[0][1], table[1][0]);
            prop_assert!((0.0..=1.0).contains(&table[0][1]));
        }

        #[test]
        fn any_text_can_be_measured(text: String) {
            let found = figures(&text);
            prop_assert!(found.words_a_sentence.is_finite() && (0.0..=1.0).contains(&found.variety));
        }
    }
}
