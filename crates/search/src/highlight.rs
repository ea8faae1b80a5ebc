//! What of a passage matched, and what to show of a long one.

use crate::{analysis, names};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

/// What counts as a match in a text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Marks {
    /// These stems.
    pub(crate) stems: HashSet<String>,
    /// Words that begin so.
    pub(crate) prefixes: Vec<String>,
    /// Words exactly so, without stemming.
    pub(crate) words: HashSet<String>,
    /// Stems at these distances from the first.
    pub(crate) phrases: Vec<Vec<(usize, String)>>,
    /// Names that were typed, or meant by what was typed.
    pub(crate) names: HashSet<String>,
}

impl Marks {
    /// Whether what stands under these headings is called as was typed, or meant.
    pub(crate) fn is_named(&self, heading: &str) -> bool {
        !self.names.is_empty() && names::of(heading).iter().any(|name| self.names.contains(name))
    }

    /// The byte ranges of `text` that match: in order, apart from each other.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let tokens = analysis::analyse(text);
        let mut ranges: Vec<Range<usize>> = tokens
            .iter()
            .filter(|token| self.stems.contains(&token.term))
            .map(|token| token.range.clone())
            .collect();
        if !self.prefixes.is_empty() || !self.words.is_empty() {
            ranges.extend(analysis::surface(text).into_iter().filter_map(|token| {
                let begins = self.prefixes.iter().any(|prefix| token.term.starts_with(prefix));
                (begins || self.words.contains(&token.term)).then_some(token.range)
            }));
        }
        if !self.phrases.is_empty() {
            let by_position: HashMap<usize, &analysis::Token> =
                tokens.iter().map(|token| (token.position, token)).collect();
            for phrase in &self.phrases {
                mark_phrase(phrase, &tokens, &by_position, &mut ranges);
            }
        }
        merge(ranges)
    }
}

fn mark_phrase(
    phrase: &[(usize, String)],
    tokens: &[analysis::Token],
    by_position: &HashMap<usize, &analysis::Token>,
    ranges: &mut Vec<Range<usize>>,
) {
    let Some((first_offset, first)) = phrase.first() else { return };
    for token in tokens.iter().filter(|token| &token.term == first) {
        let last = phrase.iter().try_fold(token, |_, (offset, term)| {
            let position = token.position + (offset - first_offset);
            by_position.get(&position).copied().filter(|other| &other.term == term)
        });
        ranges.extend(last.map(|last| token.range.start..last.range.end));
    }
}

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => merged.push(range),
        }
    }
    merged
}

/// The part of a passage to show in a list of hits: at most `max_chars` characters, cut at words, with as
/// many highlights in it as possible.
pub fn snippet(body: &str, highlights: &[Range<usize>], max_chars: usize) -> Range<usize> {
    let mut boundaries: Vec<usize> = body.char_indices().map(|(offset, _)| offset).collect();
    boundaries.push(body.len());
    let chars = boundaries.len() - 1;
    if chars <= max_chars {
        return 0..body.len();
    }
    let char_of = |byte: usize| boundaries.partition_point(|boundary| *boundary < byte);
    let lead = max_chars / 6;
    let mut best = (0, 0);
    for highlight in highlights {
        let from = char_of(highlight.start).saturating_sub(lead).min(chars - max_chars);
        let within = (from, from + max_chars);
        let inside = highlights
            .iter()
            .filter(|other| char_of(other.start) >= within.0 && char_of(other.end) <= within.1)
            .count();
        if inside > best.1 {
            best = (from, inside);
        }
    }
    let at = |char_index: usize| boundaries.get(char_index).copied().unwrap_or(body.len());
    let (start, end) = (at(best.0), at(best.0 + max_chars));
    trim_to_words(body, start..end)
}

fn trim_to_words(body: &str, range: Range<usize>) -> Range<usize> {
    let text = body.get(range.clone()).unwrap_or_default();
    let skipped = match text.find(char::is_whitespace) {
        Some(space) if range.start > 0 && space < text.len() / 4 => space,
        Some(_) | None => 0,
    };
    let cut = match text.rfind(char::is_whitespace) {
        Some(space) if range.end < body.len() && space > text.len() * 3 / 4 => space,
        Some(_) | None => text.len(),
    };
    let kept = text.get(skipped..cut).unwrap_or_default();
    let start = range.start + skipped + (kept.len() - kept.trim_start().len());
    start..start + kept.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phrases_mark_only_where_the_words_stand_together() {
        let marks = Marks {
            phrases: vec![vec![(0, "cone".into()), (2, "cold".into())]],
            prefixes: vec!["inv".into()],
            ..Marks::default()
        };
        let text = "A cone of cold, a cone, cold invaders.";
        let found: Vec<&str> = marks.find(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["cone of cold", "invaders"]);
    }

    #[test]
    fn a_snippet_shows_where_most_was_found() {
        let body = format!("{} the green dragon sleeps {}", "word ".repeat(100), "other ".repeat(100));
        let start = body.find("green").unwrap();
        let highlights = [start..start + 5, start + 6..start + 12];
        let shown = snippet(&body, &highlights, 80);
        assert!(body[shown.clone()].contains("green dragon sleeps"), "{}", &body[shown]);
    }

    proptest! {
        #[test]
        fn a_snippet_is_a_slice_of_the_body(body in "\\PC{0,200}", at in 0usize..200, max in 0usize..100) {
            let start = body.char_indices().map(|(offset, _)| offset).nth(at).unwrap_or(0);
            let shown = snippet(&body, std::slice::from_ref(&(start..body.len())), max);
            let text = body.get(shown);
            prop_assert!(text.is_some());
            prop_assert!(text.unwrap().chars().count() <= max.max(body.chars().count().min(max)));
        }
    }
}
