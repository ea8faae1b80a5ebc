//! Patterns that are compiled once a text may have what they look for.
//!
//! Compiled, those of all layouts take 40 ms and 5 MB, and as much again for each thread that uses them; most documents
//! are no rulebooks.

use regex::Regex;
use regex_syntax::hir::literal::Extractor;
use std::sync::OnceLock;

/// What a line may have before what it says: blanks and the marks of lists, quotes, headings and tables.
const MARKS: &str = ">*_|#-";
/// How many characters of a class, and how many texts in all, are told apart at the beginning of a pattern.
const CLASS: usize = 32;
const TEXTS: usize = 1_000;

/// An expression that may not be compiled yet.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(crate) const fn new(source: String) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// `None` where it is no expression, such as one that was learned by another version.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }
}

/// A pattern at the beginning of a line, whose case does not count.
#[derive(Debug)]
pub(crate) struct LineStart {
    pattern: Pattern,
    /// What such a line begins with, if that can be told.
    beginnings: Option<Vec<Vec<u8>>>,
}

impl LineStart {
    pub(crate) fn new(pattern: &str) -> Self {
        let whole = Pattern::new(format!(r"(?im)^[\s{MARKS}]*{pattern}"));
        Self { beginnings: beginnings(pattern), pattern: whole }
    }

    /// Whether a line of the text begins like this. Of the letters that Unicode takes for others' upper case (`ſ`, `K`)
    /// this sees none.
    pub(crate) fn may_be_in(&self, text: &str) -> bool {
        self.beginnings.as_ref().is_none_or(|beginnings| {
            text.lines().map(|line| line.trim_start_matches(is_skipped).as_bytes()).any(|line| {
                let begins = |with: &Vec<u8>| {
                    line.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
                };
                beginnings.iter().any(begins)
            })
        })
    }

    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.pattern.regex()
    }
}

fn is_skipped(letter: char) -> bool {
    letter.is_whitespace() || MARKS.contains(letter)
}

/// What a text begins with that a pattern matches; `None` where that may be anything, or what is skipped before it.
fn beginnings(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let parsed = regex_syntax::parse(pattern).ok()?;
    let found = Extractor::new().limit_class(CLASS).limit_total(TEXTS).extract(&parsed);
    let found = found.literals()?.iter().map(|literal| literal.as_bytes().to_vec());
    let found: Vec<Vec<u8>> = found.collect();
    let told = |text: &Vec<u8>| text.first().is_some_and(|first| !is_skipped(char::from(*first)));
    found.iter().all(told).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_looked_for_where_a_line_begins_like_it() {
        let head = LineStart::new(r"(?P<level>[1-9])(?:st|nd)-level\s+(?P<school>evocation|illusion)");
        for text in ["1st-level evocation", "Light\n> **2ND-level  illusion", "| 1st-level evocation"] {
            assert!(head.may_be_in(text), "{text}");
        }
        for text in ["a 1st-level evocation", "1st\u{2011}level", "level 1", ""] {
            assert!(!head.may_be_in(text), "{text}");
        }
    }

    #[test]
    fn one_letter_alone_counts_with_the_blank_behind_it() {
        let head = LineStart::new(r"(?P<alignment>LG|N)\s+(?P<size>small|large)");
        assert!(head.may_be_in("n large") && head.may_be_in("N\u{a0}small"));
        assert!(!head.may_be_in("Nothing large"));
    }

    #[test]
    fn what_may_begin_with_anything_is_looked_for_everywhere() {
        for pattern in [r"\s+evocation", r".*evocation", r"\* evocation", "("] {
            assert!(LineStart::new(pattern).may_be_in("whatever"), "{pattern}");
        }
        assert!(LineStart::new("(").regex().is_none());
    }
}
