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

/// The sentences of a passage; one that ends in a colon together with the code that it introduces, up to so many
/// bytes. Blocks of a passage are separated by an empty line.
pub fn with_code(text: &str, max_bytes: usize) -> Vec<Range<usize>> {
    let mut units: Vec<Range<usize>> = Vec::new();
    for sentence in split(text) {
        // What a unit has taken in already is no sentence of its own.
        if units.last().is_some_and(|unit| sentence.start < unit.end) {
            continue;
        }
        let introduces = text.get(sentence.clone()).is_some_and(|text| text.ends_with(':'));
        let end = if introduces { code_end(text, sentence.end) } else { sentence.end };
        let unit = if end - sentence.start <= max_bytes { sentence.start..end } else { sentence };
        units.push(unit);
    }
    units
}

/// Where the code that follows `at` ends; `at` itself where none does.
fn code_end(text: &str, at: usize) -> usize {
    let mut end = at;
    while let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix("\n\n")) {
        let block = rest.split("\n\n").next().unwrap_or_default();
        if !is_code(block) {
            break;
        }
        end += 2 + block.len();
    }
    text.get(..end).map_or(at, |text| text.trim_end().len().max(at))
}

/// Whether a block is code: neither a list nor a table, and none of its lines reads like prose.
fn is_code(block: &str) -> bool {
    let is_item = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['|', '-', '*', '\u{2022}'])
            || line
                .split_once(". ")
                .is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_prose = |line: &str| {
        let begins = line.trim_start().chars().next().is_some_and(char::is_uppercase);
        begins && line.trim_end().ends_with(['.', '!', '?', ':']) && line.split_whitespace().count() > 3
    };
    let signs = ['=', '(', '{', '[', '$', '/', '<', '_', '"', ';', '#', '`', '@'];
    let is_marked = block.contains(signs) || block.contains("--");
    let is_command =
        block.chars().next().is_some_and(|first| first.is_lowercase() || first.is_ascii_punctuation());
    let lines = || block.lines().filter(|line| !line.trim().is_empty());
    lines().next().is_some()
        && (is_marked || is_command)
        && !lines().any(is_prose)
        && !lines().next().is_some_and(is_item)
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

    #[test]
    fn a_sentence_that_ends_in_a_colon_keeps_its_code() {
        let units = |text: &'static str| -> Vec<&str> {
            with_code(text, 200).into_iter().map(|range| &text[range]).collect()
        };
        assert_eq!(
            units(
                "On the page: Keys. On the command line:\n\nfamiliar keys create laptop\n\nThe key is shown once."
            ),
            [
                "On the page: Keys.",
                "On the command line:\n\nfamiliar keys create laptop",
                "The key is shown once."
            ]
        );
        assert_eq!(
            units("In Python:\n\nimport os\n\nprint(os.name)\n\nThat prints a name."),
            ["In Python:\n\nimport os\n\nprint(os.name)", "That prints a name."]
        );
        for (text, count) in [
            ("There are three:\n\n- a b\n- c d", 3),
            ("The table:\n\n| a | b |\n|---|---|", 3),
            ("He said this:\n\nThe tower is high and has (187) steps.", 2),
            ("It ends in a colon:", 1),
        ] {
            assert_eq!(units(text).len(), count, "{:?}", units(text));
        }
        let long = format!("So:\n\nx = \"{}\"", "y".repeat(300));
        assert_eq!(with_code(&long, 200).len(), 2, "what is too long together stays apart");
    }

    proptest! {
        #[test]
        fn units_cover_everything_but_white_space(text in "[A-Za-z0-9 .:=!?\n\u{e9}()-]{0,200}") {
            let mut rest = text.clone();
            for range in with_code(&text, 100).into_iter().rev() {
                rest.replace_range(range, "");
            }
            prop_assert!(rest.trim().is_empty(), "left over: {:?}", rest);
        }

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
