//! Where sentences end.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Abbreviations after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 28] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "e.g", "i.e", "cf", "fig", "figs", "no", "vol", "ch",
    "pp", "p", "approx", "ft", "in", "lb", "lbs", "oz", "min", "max", "al", "ca",
];

/// The sentences of a text as byte ranges without the white space around them, in order. A line break ends
/// a sentence: blocks keep only those that mean something.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut sentences: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut open = false;
        for (offset, piece) in line.split_sentence_bound_indices() {
            let begin = start + offset;
            let trimmed = piece.trim();
            if trimmed.is_empty() {
                continue;
            }
            let begin = begin + (piece.len() - piece.trim_start().len());
            let end = begin + trimmed.len();
            match sentences.last_mut() {
                Some(last) if open => last.end = end,
                Some(_) | None => sentences.push(begin..end),
            }
            open = ends_in_abbreviation(trimmed);
        }
        start += line.len();
    }
    sentences
}

fn ends_in_abbreviation(sentence: &str) -> bool {
    let Some(before) = sentence.strip_suffix('.') else { return false };
    let word =
        before.rsplit(|next: char| next.is_whitespace() || matches!(next, '(' | '[')).next().unwrap_or("");
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let number = !before.contains(char::is_whitespace) && word.chars().all(|digit| digit.is_ascii_digit());
    initial || number || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_end_where_people_end_them() {
        for (text, expected) in [
            ("One. Two! Three?", vec!["One.", "Two!", "Three?"]),
            ("A range of 30 ft. is short. Dr. No ran.", vec!["A range of 30 ft. is short.", "Dr. No ran."]),
            (
                "It has 3.5 parts, e.g. this one. J. R. Smith wrote it.",
                vec!["It has 3.5 parts, e.g. this one.", "J. R. Smith wrote it."],
            ),
            ("- one item\n- other item", vec!["- one item", "- other item"]),
            ("1. First of all. Then more.", vec!["1. First of all.", "Then more."]),
            ("  spaced  \n\n  out ", vec!["spaced", "out"]),
            ("", vec![]),
        ] {
            let found: Vec<&str> = split(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn sentences_cover_everything_but_white_space(text in "[A-Za-z0-9 .!?\n\u{e9}()-]{0,200}") {
            let mut rest = text.clone();
            for range in split(&text).into_iter().rev() {
                rest.replace_range(range, "");
            }
            prop_assert!(rest.trim().is_empty(), "left over: {:?}", rest);
        }
    }
}
