//! A sentence taken apart to be checked: its words, its figures, and what it denies.

use crate::question;
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};
use unicode_segmentation::UnicodeSegmentation;

/// Words beside those of questions that no source needs to contain.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "additionally almost already although always among another because became become begin began being cannot \
     come comes came during every following found further furthermore however important includes including \
     instead later least likely moreover mostly must neither nor normally note nothing often order otherwise \
     overall part passage perhaps provided rather source sources per states several since sometimes than \
     therefore through together towards typically unless until up usually were while yet upon afterwards \
     around between once take takes taken make makes made those whole"
        .split_ascii_whitespace()
        .collect()
});

/// Words that deny what stands in their clause.
static DENYING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "not no never none neither nor without cannot nobody nowhere lack lacks lacking unable except excluding \
     exclude excludes excluded forbid forbids forbidden prohibited banned refuse refuses refused impossible"
        .split_ascii_whitespace()
        .collect()
});

/// Words behind `no` and `not` that take the denial away: `not only`, `no more than`.
const TAKES_BACK: [&str; 7] = ["only", "more", "less", "later", "until", "just", "fewer"];
/// Words at which a clause begins.
const CLAUSE_WORDS: [&str; 10] =
    ["but", "however", "although", "though", "while", "whereas", "except", "unless", "because", "so"];
/// Between two words of different clauses.
const CLAUSE_MARKS: [char; 8] = [',', ';', ':', '(', ')', '\u{2014}', '\u{2013}', '\u{2026}'];
const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A word of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    /// As it is written.
    pub(super) written: String,
    /// In small letters, without an ending of possession.
    pub(super) lower: String,
    /// What stands between it and the word before.
    pub(super) gap: String,
    /// What it is compared by: its stem, or `#` and its figure; `None` for words such as `the`.
    pub(super) stem: Option<String>,
    /// The number that it is, in digits; also a mixture such as `8d6`.
    pub(super) figure: Option<String>,
    /// Whether the figure is written in letters.
    pub(super) spelled: bool,
    /// Whether it stands in any text and says nothing about its matter.
    pub(super) common: bool,
}

impl Word {
    /// What it is compared by, where that says something.
    pub(super) fn content(&self) -> Option<&str> {
        self.stem.as_deref().filter(|_| !self.common)
    }
}

/// The words of a text.
pub(super) fn read(text: &str) -> Vec<Word> {
    let stems: HashMap<usize, String> =
        search::analyse(text).into_iter().map(|token| (token.range.start, token.term)).collect();
    let mut words: Vec<Word> = Vec::new();
    let mut end = 0;
    for range in pieces(text) {
        let Some(written) = text.get(range.clone()) else { continue };
        let gap = text.get(end..range.start).unwrap_or_default().to_owned();
        end = range.end;
        let lower = written.to_lowercase();
        let lower = lower.trim_end_matches("'s").trim_end_matches("\u{2019}s").to_owned();
        if units_of_tens(&mut words, &lower, &gap) {
            continue;
        }
        let spelled = spelled(&lower);
        let figure = spelled.clone().or_else(|| figure(&lower));
        let stem = match &figure {
            Some(figure) => Some(format!("#{figure}")),
            None => stems.get(&range.start).cloned(),
        };
        let common = figure.is_none() && (question::is_common(&lower) || COMMON.contains(lower.as_str()));
        words.push(Word {
            written: written.to_owned(),
            lower,
            gap,
            stem,
            figure,
            spelled: spelled.is_some(),
            common,
        });
    }
    words
}

/// The stem of one word, as [`read`] gives it.
pub(super) fn stem(word: &str) -> Option<String> {
    search::analyse(word).into_iter().next().map(|token| token.term)
}

/// The words of a text as byte ranges; `fire.Then` is two, `3.5` is one.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let mut from = 0;
        let mut before: Option<char> = None;
        let mut letters = word.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let digits = before.is_some_and(|letter| letter.is_ascii_digit())
                && letters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
            if matches!(letter, '.' | ',' | ':' | ';' | '_' | '\u{b7}') && !digits {
                if at > from {
                    found.push(start + from..start + at);
                }
                from = at + letter.len_utf8();
            }
            before = Some(letter);
        }
        if word.len() > from {
            found.push(start + from..start + word.len());
        }
    }
    found
}

/// Takes `two` into the `forty` before it.
fn units_of_tens(words: &mut [Word], lower: &str, gap: &str) -> bool {
    let Some(last) = words.last_mut().filter(|last| TENS.contains(&last.lower.as_str())) else {
        return false;
    };
    let Some(units) = SMALL.iter().position(|known| *known == lower).filter(|units| (1..10).contains(units))
    else {
        return false;
    };
    if !matches!(gap.trim(), "" | "-") || (units == 1 && gap.trim().is_empty()) {
        return false;
    }
    let tens: usize = last.figure.as_deref().and_then(|figure| figure.parse().ok()).unwrap_or_default();
    let whole = (tens + units).to_string();
    last.stem = Some(format!("#{whole}"));
    last.figure = Some(whole);
    last.written = format!("{}-{lower}", last.written);
    // What follows is no unit of it any more.
    last.lower.push_str(lower);
    true
}

/// The digits of a number in letters; `one` is an article as often as it is a number.
fn spelled(lower: &str) -> Option<String> {
    if lower == "twice" {
        return Some("2".to_owned());
    }
    let small = SMALL.iter().position(|known| *known == lower).filter(|number| *number != 1);
    let tens = TENS.iter().position(|known| *known == lower).map(|number| (number + 2) * 10);
    small.or(tens).map(|number| number.to_string())
}

/// A word with digits in it in one form: `1,862` and `1862`, `21st` and `21`, `5.00` and `5`.
fn figure(lower: &str) -> Option<String> {
    if !lower.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|ending| lower.strip_suffix(ending));
    if let Some(number) = ordinal.filter(|number| all_digits(number)) {
        return Some(number.to_owned());
    }
    let groups: Vec<&str> = lower.split(',').collect();
    let thousands = groups.len() > 1
        && groups.first().is_some_and(|first| all_digits(first) && first.len() <= 3)
        && groups.iter().skip(1).all(|group| all_digits(group) && group.len() == 3);
    if thousands {
        return Some(groups.concat());
    }
    let whole = lower.split_once('.').filter(|(whole, rest)| {
        all_digits(whole) && all_digits(rest) && rest.bytes().all(|byte| byte == b'0')
    });
    Some(whole.map_or(lower, |(whole, _)| whole).to_owned())
}

/// What the figure at a place counts: `187` `steps`.
pub(super) fn unit(words: &[Word], at: usize) -> Option<&str> {
    let next = words.get(at + 1)?;
    (next.figure.is_none() && matches!(next.gap.trim(), "" | "-")).then(|| next.content()).flatten()
}

/// A part of a sentence, and whether it denies.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Clause {
    pub(super) denies: bool,
    pub(super) terms: HashSet<String>,
}

/// The clauses of a sentence.
pub(super) fn clauses(words: &[Word]) -> Vec<Clause> {
    let mut all: Vec<Clause> = Vec::new();
    let mut open = Clause::default();
    for (at, word) in words.iter().enumerate() {
        if begins_clause(words, at) {
            let done = std::mem::take(&mut open);
            if !done.terms.is_empty() {
                all.push(done);
            }
        }
        open.denies |= denies(words, at);
        if let Some(term) = word.content().filter(|_| !DENYING.contains(word.lower.as_str())) {
            open.terms.insert(term.to_owned());
        }
    }
    all.push(open);
    all
}

fn begins_clause(words: &[Word], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    let next = words.get(at + 1).map_or("", |next| next.lower.as_str());
    word.gap.contains(CLAUSE_MARKS)
        || CLAUSE_WORDS.contains(&word.lower.as_str())
        || (matches!(word.lower.as_str(), "and" | "or") && matches!(next, "not" | "never" | "no"))
}

/// Whether the word at a place denies what is said.
pub(super) fn denies(words: &[Word], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    if word.lower.ends_with("n't") || word.lower.ends_with("n\u{2019}t") {
        return true;
    }
    let next = words.get(at + 1).map_or("", |next| next.lower.as_str());
    let taken_back = matches!(word.lower.as_str(), "no" | "not") && TAKES_BACK.contains(&next);
    DENYING.contains(word.lower.as_str()) && !taken_back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_one_form_however_they_are_written() {
        for (text, expected) in [
            ("forty-two minutes", vec!["42"]),
            ("42 minutes", vec!["42"]),
            ("1,862 ships and 1862 ships", vec!["1862", "1862"]),
            ("on the 21st at 7.40", vec!["21", "7.40"]),
            ("8d6 damage, 5.00 crowns", vec!["8d6", "5"]),
            ("one of three", vec!["3"]),
            ("twenty one-way tickets", vec!["20"]),
            ("twice", vec!["2"]),
            ("none at all", vec![]),
        ] {
            let found: Vec<String> = read(text).into_iter().filter_map(|word| word.figure).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_figure_counts_what_stands_behind_it() {
        let words = read("It has 187 steps, 34 of wood.");
        let units: Vec<Option<&str>> =
            (0..words.len()).filter(|at| words[*at].figure.is_some()).map(|at| unit(&words, at)).collect();
        assert_eq!(units, [Some("step"), None]);
    }

    #[test]
    fn clauses_know_what_they_deny() {
        let denied =
            |text: &str| -> Vec<bool> { clauses(&read(text)).iter().map(|part| part.denies).collect() };
        assert_eq!(denied("Dogs are welcome in the garden but not in the tower."), [false, true]);
        assert_eq!(denied("Old combs are burned and not melted down."), [false, true]);
        assert_eq!(denied("It isn't open."), [true]);
        assert_eq!(denied("Not only dogs, no more than five, are welcome."), [false, false, false]);
    }
}
