//! The difference of several answers from one of them, word by word.
//!
//! Each answer is aligned with the base by the algorithm of Myers ("An O(ND) difference algorithm and its variations",
//! Algorithmica 1986) over their words, with the heuristics that keep it fast where little agrees. The pieces of an answer
//! make up its whole text, so that a page shows them one after the other.

use crate::words::{Ignore, Word, words};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::ops::Range;

/// Most words of an answer that are compared; the rest counts as the same.
pub const MOST_WORDS: usize = 40_000;

/// What a piece is beside the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// In both.
    Same,
    /// Here where the base has something else.
    Changed,
    /// Only here.
    Added,
    /// Only in the base; the piece is empty and stands where it would be.
    Missing,
}

impl Mark {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Missing => "missing",
        }
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands in the answer, in bytes.
    pub range: Range<usize>,
    /// What it is beside the base.
    pub mark: Mark,
    /// What the base has instead, in bytes of the base; set for [`Mark::Changed`] and [`Mark::Missing`].
    pub instead: Option<Range<usize>>,
}

/// An answer beside the base.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its pieces, in order and without a gap; those of the base itself are all the same.
    pub pieces: Vec<Piece>,
    /// Twice the words that both have, through all words of both: 1 where there is no difference.
    pub similarity: f64,
    /// Whether either text was too long to be compared to its end.
    pub cut: bool,
}

/// The difference of each answer from `answers[base]`; `None` where there is no such answer.
pub fn difference(answers: &[&str], base: usize, ignore: Ignore) -> Option<Vec<Difference>> {
    let from = answers.get(base)?;
    let base_words = words(from, ignore);
    let each = answers.iter().enumerate().map(|(at, answer)| {
        if at == base {
            let same = Piece { range: 0..answer.len(), mark: Mark::Same, instead: None };
            return Difference { pieces: vec![same], similarity: 1.0, cut: false };
        }
        beside((from, &base_words), (answer, &words(answer, ignore)))
    });
    Some(each.collect())
}

fn beside((base, base_words): (&str, &[Word<'_>]), (answer, all): (&str, &[Word<'_>])) -> Difference {
    let cut = base_words.len() > MOST_WORDS || all.len() > MOST_WORDS;
    let (old, new) = (texts(base_words), texts(all));
    let (mut pieces, mut same) = (Pieces { length: answer.len(), ..Pieces::default() }, 0);
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (tag, old_range, new_range) = operation.as_tag_tuple();
        let here = span(all, new_range.clone());
        let there = span(base_words, old_range);
        match tag {
            DiffTag::Equal => {
                same += new_range.len();
                pieces.add(here, Mark::Same, None);
            }
            DiffTag::Insert => pieces.add(here, Mark::Added, None),
            DiffTag::Replace => pieces.add(here, Mark::Changed, there),
            DiffTag::Delete => {
                // It stands behind the word before it.
                let before = new_range.start.checked_sub(1).and_then(|at| all.get(at));
                let at = before.map_or(0, |word| word.range.end);
                pieces.add(Some(at..at), Mark::Missing, there);
            }
        }
    }
    let count = old.len() + new.len();
    let similarity = if count == 0 { equal(base, answer) } else { ratio(2 * same, count) };
    Difference { pieces: pieces.finish(), similarity, cut }
}

fn texts<'a>(words: &[Word<'a>]) -> Vec<&'a str> {
    words.iter().take(MOST_WORDS).map(|word| word.text).collect()
}

fn equal(one: &str, other: &str) -> f64 {
    f64::from(u8::from(one.trim().is_empty() == other.trim().is_empty()))
}

pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// From the first to the last of these words, with what is ignored between them.
fn span(words: &[Word<'_>], range: Range<usize>) -> Option<Range<usize>> {
    let words = words.get(range)?;
    Some(words.first()?.range.start..words.last()?.range.end)
}

/// Pieces that are put together to a whole text: what is ignored between two of them is the same.
#[derive(Debug, Default)]
struct Pieces {
    length: usize,
    end: usize,
    pieces: Vec<Piece>,
}

impl Pieces {
    fn add(&mut self, range: Option<Range<usize>>, mark: Mark, instead: Option<Range<usize>>) {
        let Some(range) = range else { return };
        self.same_until(range.start);
        if mark == Mark::Same {
            self.same_until(range.end);
            return;
        }
        self.end = range.end;
        self.pieces.push(Piece { range, mark, instead });
    }

    fn same_until(&mut self, end: usize) {
        if end <= self.end {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.mark == Mark::Same => last.range.end = end,
            _ => self.pieces.push(Piece { range: self.end..end, mark: Mark::Same, instead: None }),
        }
        self.end = end;
    }

    fn finish(mut self) -> Vec<Piece> {
        self.same_until(self.length);
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOOSE: Ignore = Ignore { spaces: true, markup: true };

    /// An answer as it is shown: `{+added}`, `{there>here}`, `{-missing}`.
    fn shown(base: &str, answer: &str, ignore: Ignore) -> String {
        let all = difference(&[base, answer], 0, ignore).unwrap();
        let piece = |piece: &Piece| {
            let (here, there) =
                (&answer[piece.range.clone()], piece.instead.clone().map(|range| &base[range]));
            match piece.mark {
                Mark::Same => here.to_owned(),
                Mark::Changed => format!("{{{}>{here}}}", there.unwrap()),
                Mark::Added => format!("{{+{here}}}"),
                Mark::Missing => format!("{{-{}}}", there.unwrap()),
            }
        };
        all[1].pieces.iter().map(piece).collect()
    }

    #[test]
    fn what_differs_is_marked_and_nothing_else() {
        let cases = [
            ("the old house", "the new house", LOOSE, "the {old>new} house"),
            ("the house", "the big house", LOOSE, "the {+big} house"),
            ("the big house", "the house", LOOSE, "the{-big} house"),
            ("one two", "one\n\n  two", LOOSE, "one\n\n  two"),
            ("a bold word", "a **bold** word", LOOSE, "a **bold** word"),
            ("a b", "a  b", Ignore::default(), "a{ >  }b"),
            ("", "all new", LOOSE, "{+all new}"),
            ("all gone", "", LOOSE, "{-all gone}"),
        ];
        for (base, answer, ignore, expected) in cases {
            assert_eq!(shown(base, answer, ignore), expected, "{base:?} and {answer:?}");
        }
    }

    #[test]
    fn any_answer_may_be_the_base() {
        let answers = ["a b", "a c", "a b"];
        let from_last = difference(&answers, 2, LOOSE).unwrap();
        assert_eq!((from_last[0].similarity, from_last[1].similarity), (1.0, 0.5));
        assert_eq!(difference(&answers, 3, LOOSE), None);
    }

    #[test]
    fn two_long_answers_without_a_word_in_common_are_soon_compared() {
        let one: String = (0..30_000).map(|at| format!("a{at} ")).collect();
        let other: String = (0..30_000).map(|at| format!("b{at} ")).collect();
        assert_eq!(difference(&[&one, &other], 0, LOOSE).unwrap()[1].similarity, 0.0);
    }

    proptest! {
        #[test]
        fn the_pieces_make_up_the_whole_answer(
            base in "[ab *\n漢.]{0,40}", answer in "[ab *\n漢.]{0,40}", spaces: bool, markup: bool,
        ) {
            let all = difference(&[&base, &answer], 0, Ignore { spaces, markup }).unwrap();
            let mut end = 0;
            for piece in &all[1].pieces {
                prop_assert_eq!(piece.range.start, end);
                prop_assert!(answer.get(piece.range.clone()).is_some());
                prop_assert_eq!(piece.instead.is_some(), matches!(piece.mark, Mark::Changed | Mark::Missing));
                prop_assert!(piece.instead.iter().all(|range| base.get(range.clone()).is_some()));
                end = piece.range.end;
            }
            prop_assert_eq!(end, answer.len());
            prop_assert!((0.0..=1.0).contains(&all[1].similarity));
        }

        #[test]
        fn an_answer_does_not_differ_from_itself(text: String, spaces: bool, markup: bool) {
            let all = difference(&[&text, &text], 0, Ignore { spaces, markup }).unwrap();
            prop_assert_eq!(all[1].similarity, 1.0);
            prop_assert!(all[1].pieces.iter().all(|piece| piece.mark == Mark::Same));
        }
    }
}
