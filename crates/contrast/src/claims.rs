//! What answers claim: numbers and names, which of them say which, and where they disagree.
//!
//! By rules, without a model: a number belongs to what stands beside it (`300 metres`, `in 1889`), and two answers disagree
//! about it where each has numbers for the same thing and none in common. A name is words that begin with capital letters
//! in the middle of a sentence; in German, where nouns do, only those of two words or with capitals or digits inside. What a rule cannot see it does not claim: no disagreement found is not agreement.

use crate::words::{Ignore, words};
use std::collections::{BTreeMap, BTreeSet};

/// Most things of each kind that are told.
pub const MOST_TOLD: usize = 60;
/// Words of the language that writes nouns with capitals, and how many of all words they are in a text of it at least.
const GERMAN: [&str; 12] =
    ["der", "die", "das", "und", "ist", "ein", "eine", "mit", "von", "nicht", "wurde", "auf"];
const GERMAN_SHARE: f64 = 0.05;

/// Something that some answers name and others do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The number or the name.
    pub what: String,
    /// The answers that have it, by their numbers.
    pub held_by: Vec<usize>,
}

/// Different numbers for the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What they are about.
    pub about: String,
    /// What each answer says; none where it says nothing.
    pub values: Vec<Vec<String>>,
}

/// What several answers claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// Where answers disagree.
    pub disagreements: Vec<Disagreement>,
    /// Numbers that not all have.
    pub numbers: Vec<Named>,
    /// Names that not all have.
    pub names: Vec<Named>,
}

/// Compares what these answers claim.
pub fn claims(answers: &[&str]) -> Claims {
    let said: Vec<Said> = answers.iter().map(|answer| Said::of(answer)).collect();
    let numbers = said.iter().map(|said| said.numbers.iter().map(|(value, _)| value.clone()).collect());
    Claims {
        disagreements: disagreements(&said),
        numbers: not_all(&numbers.collect::<Vec<BTreeSet<String>>>()),
        names: not_all(&said.iter().map(|said| said.names.clone()).collect::<Vec<_>>()),
    }
}

/// What one answer says.
#[derive(Debug, Default)]
struct Said {
    /// Numbers in one way of writing, with what they are about.
    numbers: Vec<(String, Option<String>)>,
    names: BTreeSet<String>,
}

impl Said {
    fn of(text: &str) -> Self {
        let all: Vec<&str> =
            words(text, Ignore { spaces: true, markup: true }).into_iter().map(|word| word.text).collect();
        let numbers = all.iter().enumerate().filter_map(|(at, word)| Some((number(word)?, about(&all, at))));
        Self { numbers: numbers.collect(), names: names(&all) }
    }
}

/// A number in one way of writing: `1,200.50` and `1200.5` are the same. `None` for what is none.
fn number(word: &str) -> Option<String> {
    if !word.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let letters = word.trim_end_matches(|last: char| last.is_alphabetic());
    if !letters
        .chars()
        .all(|character| character.is_ascii_digit() || matches!(character, '.' | ',' | '\'' | '_'))
    {
        return None;
    }
    // Signs that stand before three digits each, and all alike, keep groups apart.
    let marks: Vec<(usize, char)> =
        letters.char_indices().filter(|(_, character)| !character.is_ascii_digit()).collect();
    let last = marks.last().copied();
    let groups = |marks: &[(usize, char)]| {
        let same = marks.first().is_some_and(|(_, first)| marks.iter().all(|(_, mark)| mark == first));
        let mut ends = marks.iter().skip(1).map(|(at, _)| *at);
        same && marks.iter().all(|(at, _)| ends.next().is_none_or(|next| next - at == 4))
    };
    let decimals = last.map(|(at, mark)| (at, mark, letters.len() - at - 1));
    let split = match decimals {
        None => None,
        // `1,234,567`: nothing but groups. A lone `1.234` may be either; English writes decimals with a point.
        Some((_, mark, 3))
            if groups(&marks) && (marks.len() > 1 || mark != '.') && !word.starts_with('0') =>
        {
            None
        }
        Some((at, ..)) => Some(at),
    };
    let (whole, decimals) = split.map_or((letters, ""), |at| letters.split_at(at));
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let (whole, decimals) = (digits(whole), digits(decimals));
    let whole = whole.trim_start_matches('0');
    let decimals = decimals.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") })
}

/// What a number is about: the unit or noun behind it, else the word before it, in lower case.
fn about(all: &[&str], at: usize) -> Option<String> {
    let letters = |word: &&&str| word.chars().any(char::is_alphabetic);
    let unit = all.get(at)?.trim_start_matches(|first: char| !first.is_alphabetic());
    if !unit.is_empty() {
        return Some(unit.to_lowercase());
    }
    let behind = all.get(at + 1).filter(|word| letters(word) || matches!(**word, "%" | "€" | "$" | "°"));
    let before = || at.checked_sub(1).and_then(|before| all.get(before)).filter(letters);
    behind.or_else(before).map(|word| word.to_lowercase())
}

/// Names in a text.
fn names(all: &[&str]) -> BTreeSet<String> {
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic);
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| all.get(before));
        before.is_none_or(|before| {
            matches!(*before, "." | "!" | "?" | ":" | "\"" | "“" | "„" | "(" | "。" | "…")
        })
    };
    let german = all.iter().filter(|word| GERMAN.contains(&word.to_lowercase().as_str())).count();
    let nouns = crate::diff::ratio(german, all.len()) > GERMAN_SHARE;
    let small: BTreeSet<&str> = all.iter().copied().filter(|word| !capital(word)).collect();
    // The first word of a sentence is a name only where nothing else is known of it.
    let common = |word: &str| word.chars().count() <= 3 || small.contains(word.to_lowercase().as_str());
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at < all.len() {
        let mut run: Vec<&str> =
            all.iter().skip(at).copied().take_while(|word| is_word(word) && capital(word)).take(6).collect();
        let step = run.len().max(1);
        let mut at_start = begins(at);
        at += step;
        if at_start && run.len() > 1 && run.first().is_some_and(|first| common(first)) {
            run.remove(0);
            at_start = false;
        }
        let inside = |word: &&str| {
            word.chars().skip(1).any(|character| character.is_uppercase() || character.is_numeric())
        };
        let doubtful = nouns || at_start || run.concat().chars().count() < 2;
        if run.is_empty() || (run.len() == 1 && doubtful && !run.iter().any(inside)) {
            continue;
        }
        found.insert(run.join(" "));
    }
    found
}

/// What is not the same in all answers.
fn not_all(each: &[BTreeSet<String>]) -> Vec<Named> {
    let mut holders: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (at, held) in each.iter().enumerate() {
        held.iter().for_each(|what| holders.entry(what).or_default().push(at));
    }
    let differing = holders.into_iter().filter(|(_, held_by)| held_by.len() < each.len());
    let mut named: Vec<Named> =
        differing.map(|(what, held_by)| Named { what: what.clone(), held_by }).collect();
    // What most have and one has not is told first.
    named.sort_by_key(|one| std::cmp::Reverse(one.held_by.len()));
    named.truncate(MOST_TOLD);
    named
}

/// Things of which answers have different numbers, and no number in common.
fn disagreements(said: &[Said]) -> Vec<Disagreement> {
    let mut things: BTreeMap<&str, Vec<BTreeSet<&str>>> = BTreeMap::new();
    for (at, answer) in said.iter().enumerate() {
        for (value, about) in &answer.numbers {
            let Some(about) = about else { continue };
            let values = things.entry(about).or_insert_with(|| vec![BTreeSet::new(); said.len()]);
            if let Some(values) = values.get_mut(at) {
                values.insert(value);
            }
        }
    }
    let disagrees = |values: &[BTreeSet<&str>]| {
        let saying: Vec<&BTreeSet<&str>> = values.iter().filter(|values| !values.is_empty()).collect();
        let apart = |(at, one): (usize, &&BTreeSet<&str>)| {
            saying.iter().skip(at + 1).any(|other| one.is_disjoint(other))
        };
        saying.iter().enumerate().any(apart)
    };
    let owned = |values: Vec<BTreeSet<&str>>| {
        values.into_iter().map(|values| values.into_iter().map(str::to_owned).collect()).collect()
    };
    things
        .into_iter()
        .filter(|(_, values)| disagrees(values))
        .map(|(about, values)| Disagreement { about: about.to_owned(), values: owned(values) })
        .take(MOST_TOLD)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let cases = [
            ("1889", Some("1889")),
            ("1,200", Some("1200")),
            ("1,234,567.50", Some("1234567.5")),
            ("1.234.567,5", Some("1234567.5")),
            ("3.50", Some("3.5")),
            ("3,5", Some("3.5")),
            ("1.234", Some("1.234")),
            ("007", Some("7")),
            ("0.0", Some("0")),
            ("300m", Some("300")),
            ("1st", Some("1")),
            ("v1", None),
            ("3x4", None),
        ];
        for (word, expected) in cases {
            assert_eq!(number(word).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn different_numbers_for_the_same_thing_are_a_disagreement() {
        let found = claims(&[
            "It is 330 metres tall and was opened in 1889.",
            "It is 324 metres tall and was opened in 1889.",
            "Nobody knows.",
        ]);
        let expected = Disagreement {
            about: "metres".into(),
            values: vec![vec!["330".into()], vec!["324".into()], Vec::new()],
        };
        assert_eq!(found.disagreements, [expected]);
        assert_eq!(found.numbers.first().unwrap(), &Named { what: "1889".into(), held_by: vec![0, 1] });
    }

    #[test]
    fn names_that_only_some_have_are_told() {
        let found = claims(&[
            "It was built by Gustave Eiffel in Paris.",
            "It was built by Stephen Sauvestre in Paris.",
        ]);
        let names: Vec<(&str, &[usize])> =
            found.names.iter().map(|named| (named.what.as_str(), named.held_by.as_slice())).collect();
        assert_eq!(names, [("Gustave Eiffel", &[0_usize][..]), ("Stephen Sauvestre", &[1][..])]);
    }

    #[test]
    fn where_nouns_have_capitals_only_what_must_be_a_name_is_one() {
        let found = claims(&[
            "Der Turm wurde von der Firma Eiffel & Cie in der Stadt gebaut, mit SQLite 3.",
            "Nichts davon.",
        ]);
        let names: Vec<&str> = found.names.iter().map(|named| named.what.as_str()).collect();
        assert!(names.contains(&"Firma Eiffel") && names.contains(&"SQLite"), "{names:?}");
        assert!(!names.contains(&"Stadt") && !names.contains(&"Turm"), "{names:?}");
    }

    proptest! {
        #[test]
        fn nobody_disagrees_with_himself(text: String) {
            prop_assert_eq!(claims(&[&text, &text]), Claims::default());
        }

        #[test]
        fn a_number_read_twice_stays(word in "[0-9]{1,4}([.,'][0-9]{1,4}){0,3}") {
            let once = number(&word).unwrap();
            prop_assert_eq!(number(&once), Some(once.clone()));
        }
    }
}
