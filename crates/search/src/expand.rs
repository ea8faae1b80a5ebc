//! Which words of the index a prefix or a typo may stand for.

use crate::schema::Fields;
use std::collections::HashMap;
use tantivy::{Searcher, Term, query::FuzzyTermQuery};

/// Most words that a prefix stands for; the most frequent are kept.
const MAX_PREFIX_WORDS: usize = 128;
/// Most words that a typo stands for.
const MAX_TYPO_WORDS: usize = 6;

/// The indexed words that begin with `prefix`, the most frequent first.
pub(crate) fn words_with_prefix(
    searcher: &Searcher,
    fields: &Fields,
    prefix: &str,
) -> tantivy::Result<Vec<String>> {
    let mut frequencies: HashMap<String, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            if !word.starts_with(prefix) {
                break;
            }
            *frequencies.entry(word.to_owned()).or_default() += u64::from(stream.value().doc_freq);
        }
    }
    let mut words: Vec<(String, u64)> = frequencies.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(words.into_iter().take(MAX_PREFIX_WORDS).map(|(word, _)| word).collect())
}

/// The indexed words that `typo` most likely means: those with the fewest edits, the most frequent first.
/// One edit is allowed from five letters, two from nine; a wrong first letter counts twice.
pub(crate) fn words_like(searcher: &Searcher, fields: &Fields, typo: &str) -> tantivy::Result<Vec<String>> {
    let allowed = match typo.chars().count() {
        0..5 => return Ok(Vec::new()),
        5..9 => 1,
        _ => 2,
    };
    let query = FuzzyTermQuery::new(Term::from_field_text(fields.words, typo), allowed, true);
    let mut candidates: HashMap<String, (usize, u64)> = HashMap::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.words)?;
        let mut stream = inverted.terms().search(query.automaton()?).into_stream()?;
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            let frequency = u64::from(stream.value().doc_freq);
            let candidate = candidates.entry(word.to_owned()).or_insert_with(|| (cost(typo, word), 0));
            candidate.1 += frequency;
        }
    }
    let fewest = candidates.values().map(|(cost, _)| *cost).min().unwrap_or(0);
    let mut words: Vec<(String, u64)> = candidates
        .into_iter()
        .filter(|(_, (cost, _))| *cost == fewest)
        .map(|(word, (_, frequency))| (word, frequency))
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(words.into_iter().take(MAX_TYPO_WORDS).map(|(word, _)| word).collect())
}

fn cost(typo: &str, word: &str) -> usize {
    let same_start = typo.chars().next() == word.chars().next();
    edits(typo, word) + usize::from(!same_start)
}

/// Damerau-Levenshtein distance in its optimal-string-alignment form: insertions, deletions, substitutions
/// and swaps of neighbours count one each.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    let mut left_before = None;
    for (row, left_char) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut right_before = None;
        for (column, right_char) in right.iter().copied().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&previous, column) + usize::from(left_char != right_char))
                .min(at(&previous, column + 1) + 1)
                .min(at(&current, column) + 1);
            if left_before == Some(right_char) && right_before == Some(left_char) {
                best = best.min(at(&older, column.wrapping_sub(1)) + 1);
            }
            current.push(best);
            right_before = Some(right_char);
        }
        older = std::mem::replace(&mut previous, current);
        left_before = Some(left_char);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn edits_are_counted() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("fireball", "fireball", 0),
            ("firebal", "fireball", 1),
            ("fierball", "fireball", 1),
            ("goblin", "gobbling", 2),
            ("\u{e9}t\u{e9}", "ete", 2),
        ] {
            assert_eq!(edits(left, right), expected, "{left} {right}");
            assert_eq!(edits(right, left), expected, "{right} {left}");
        }
    }
}
