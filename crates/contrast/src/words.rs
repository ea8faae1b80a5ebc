//! The words of an answer, and where they stand in it.

use pulldown_cmark::{Event, Options, Parser};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// What makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignore {
    /// How words are spaced and where lines break.
    pub spaces: bool,
    /// Markdown: how words are emphasised, marked as headings, listed or linked. The address of a link counts as markup.
    pub markup: bool,
}

/// A word, a sign, or, where they count, a run of white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// Where it stands, in bytes of the text.
    pub range: Range<usize>,
    /// The word itself.
    pub text: &'a str,
}

/// The dialect of Markdown that answers are written in.
pub(crate) const MARKDOWN: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES);

/// The words of a text in their order. Ranges never overlap; what is ignored lies between them.
pub fn words(text: &str, ignore: Ignore) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    let content = if ignore.markup { content(text) } else { vec![Range { start: 0, end: text.len() }] };
    for range in content {
        let Some(part) = text.get(range.clone()) else { continue };
        for (at, word) in part.split_word_bound_indices() {
            let start = range.start + at;
            let blank = word.chars().all(char::is_whitespace);
            if blank && ignore.spaces {
                continue;
            }
            // A run of white space is one: the segmentation keeps line breaks apart from blanks.
            if blank
                && let Some(last) = found.last_mut()
                && last.range.end == start
                && last.text.chars().all(char::is_whitespace)
                && let Some(run) = text.get(last.range.start..start + word.len())
            {
                last.range.end = start + word.len();
                last.text = run;
                continue;
            }
            found.push(Word { range: start..start + word.len(), text: word });
        }
    }
    found
}

/// The words that say something, in lower case: no signs, no white space, no markup.
pub(crate) fn spoken(text: &str) -> Vec<String> {
    let ignore = Ignore { spaces: true, markup: true };
    let said = words(text, ignore).into_iter().filter(|word| word.text.chars().any(char::is_alphanumeric));
    said.map(|word| word.text.to_lowercase()).collect()
}

/// Where a text says something, as opposed to how it is laid out; sorted, without overlaps.
fn content(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut add = |range: Range<usize>| {
        let start = ranges.last().map_or(range.start, |last| range.start.max(last.end));
        match ranges.last_mut() {
            Some(last) if last.end == start && start < range.end => last.end = range.end,
            _ if start < range.end => ranges.push(start..range.end),
            _ => {}
        }
    };
    for (event, range) in Parser::new_ext(text, MARKDOWN).into_offset_iter() {
        match event {
            Event::Text(_) | Event::Html(_) | Event::SoftBreak | Event::HardBreak => add(range),
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                let Some(source) = text.get(range.clone()) else { continue };
                let quote = |character: char| character == '`' || character == '$';
                let inside = source.trim_start_matches(quote);
                let start = range.end - inside.len();
                add(start..start + inside.trim_end_matches(quote).len());
            }
            Event::Start(_)
            | Event::End(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str, spaces: bool, markup: bool) -> Vec<&str> {
        words(text, Ignore { spaces, markup }).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn what_is_ignored_is_no_word() {
        let cases: [(&str, bool, bool, &[&str]); 7] = [
            ("a  b", true, false, &["a", "b"]),
            ("a  \n b", false, false, &["a", "  \n ", "b"]),
            ("It's 3.5!", true, false, &["It's", "3.5", "!"]),
            ("# A **bold** [link](https://x.example)", true, true, &["A", "bold", "link"]),
            ("1. one\n2. `two`", true, true, &["one", "two"]),
            ("| a | b |\n|---|---|\n| c | d |", true, true, &["a", "b", "c", "d"]),
            ("- [x] done", true, true, &["done"]),
        ];
        for (text, spaces, markup, expected) in cases {
            assert_eq!(texts(text, spaces, markup), expected, "{text:?}");
        }
    }

    #[test]
    fn code_is_said_and_its_fence_is_not() {
        assert_eq!(texts("```rust\nlet x\n```\n", true, true), ["let", "x"]);
    }

    proptest! {
        #[test]
        fn words_stand_where_they_say_and_never_overlap(
            text in "[a-c *_`#>|\\-\n\t0-9ä漢😀\\[\\]()<&;]{0,80}", spaces: bool, markup: bool,
        ) {
            let mut end = 0;
            for word in words(&text, Ignore { spaces, markup }) {
                prop_assert!(word.range.start >= end && word.range.start < word.range.end);
                prop_assert_eq!(text.get(word.range.clone()), Some(word.text));
                end = word.range.end;
            }
        }

        #[test]
        fn where_nothing_is_ignored_nothing_is_lost(text: String) {
            let all: String = words(&text, Ignore::default()).iter().map(|word| word.text).collect();
            prop_assert_eq!(all, text);
        }
    }
}
