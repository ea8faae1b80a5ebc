//! Which blocks of several answers belong beside each other, so that they can be scrolled together.
//!
//! A block is a paragraph, a heading, a list, a table, a piece of code: what stands at the top of the Markdown. Each answer's
//! blocks are aligned with those of the base by what words they have in common (Needleman and Wunsch, "A general method
//! applicable to the search for similarities", 1970), never crossing; blocks that have no counterpart stand in rows of their
//! own, those of several answers beside each other.

use crate::{
    diff::ratio,
    words::{MARKDOWN, spoken},
};
use pulldown_cmark::{Event, Parser, Tag};
use std::{collections::HashMap, ops::Range};

/// Most blocks of an answer; what comes behind them belongs to the last one.
pub const MOST_BLOCKS: usize = 400;
/// Blocks that have less in common than this do not belong together.
const LEAST_LIKENESS: f64 = 0.2;
/// What two blocks of the same kind have in common from the start, so that headings come to headings.
const SAME_KIND: f64 = 0.1;

/// What kind of block one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Heading,
    List,
    Code,
    Table,
    Other,
}

/// A row of blocks that belong beside each other: for each answer the block that stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The number of the block of each answer, in their order; `None` where one has nothing there.
    pub cells: Vec<Option<usize>>,
}

/// The blocks of a text in their order and without a gap: each goes to where the next begins.
pub fn split(text: &str) -> Vec<Range<usize>> {
    shaped(text).into_iter().map(|(range, _)| range).collect()
}

/// The rows in which the blocks of these answers stand beside each other; those of `answers[base]` are in their order, and
/// so are those of every other. `None` where there is no such answer.
pub fn align(answers: &[&str], base: usize) -> Option<Vec<Row>> {
    let blocks: Vec<Vec<Block>> = answers.iter().map(|answer| Block::all(answer)).collect();
    let from = blocks.get(base)?;
    let partners: Vec<Vec<Option<usize>>> = blocks
        .iter()
        .enumerate()
        .map(
            |(at, other)| {
                if at == base { (0..from.len()).map(Some).collect() } else { partners(from, other) }
            },
        )
        .collect();
    let mut rows = Vec::new();
    let mut next = vec![0; blocks.len()];
    for number in 0..=from.len() {
        let end = number == from.len();
        // What comes before this block of the base in each answer.
        let until = |at: usize| match partners.get(at).and_then(|partners| partners.get(number)) {
            Some(Some(partner)) => Some(*partner),
            Some(None) => None,
            None => end.then(|| blocks.get(at).map_or(0, Vec::len)),
        };
        let alone = |at: usize, next: usize| until(at).filter(|until| *until > next);
        while (0..blocks.len()).any(|at| next.get(at).is_some_and(|next| alone(at, *next).is_some())) {
            let cells = next.iter_mut().enumerate().map(|(at, next)| {
                alone(at, *next)?;
                *next += 1;
                Some(*next - 1)
            });
            rows.push(Row { cells: cells.collect() });
        }
        if end {
            break;
        }
        let cells = next.iter_mut().enumerate().map(|(at, next)| {
            let partner = until(at)?;
            *next = partner + 1;
            Some(partner)
        });
        rows.push(Row { cells: cells.collect() });
    }
    Some(rows)
}

/// A block as it is compared.
#[derive(Debug)]
struct Block {
    shape: Shape,
    words: HashMap<String, usize>,
    count: usize,
}

impl Block {
    fn all(text: &str) -> Vec<Self> {
        let of = |(range, shape): (Range<usize>, Shape)| {
            let said = spoken(text.get(range).unwrap_or_default());
            let count = said.len();
            let mut words = HashMap::new();
            said.into_iter().for_each(|word| *words.entry(word).or_default() += 1);
            Self { shape, words, count }
        };
        shaped(text).into_iter().map(of).collect()
    }

    /// How much two have in common, from 0; what says nothing, such as a rule, is like its own kind.
    fn likeness(&self, other: &Self) -> f64 {
        let kind = if self.shape == other.shape { SAME_KIND } else { 0.0 };
        if self.count == 0 && other.count == 0 {
            return if self.shape == other.shape { 1.0 } else { 0.0 };
        }
        let (few, many) = if self.words.len() <= other.words.len() { (self, other) } else { (other, self) };
        let shared: usize = few
            .words
            .iter()
            .map(|(word, count)| many.words.get(word).map_or(0, |more| *more.min(count)))
            .sum();
        if shared == 0 { 0.0 } else { kind + ratio(2 * shared, self.count + other.count) }
    }
}

/// For each block of the base the block of the other that belongs to it; increasing.
fn partners(base: &[Block], other: &[Block]) -> Vec<Option<usize>> {
    let width = other.len() + 1;
    // `best[row * width + column]`: the most that blocks from there on can have in common.
    let mut best = vec![0.0_f64; (base.len() + 1) * width];
    let value =
        |best: &[f64], row: usize, column: usize| best.get(row * width + column).copied().unwrap_or_default();
    let mut likeness = vec![0.0_f64; base.len() * width];
    for (row, one) in base.iter().enumerate().rev() {
        for (column, two) in other.iter().enumerate().rev() {
            let like = one.likeness(two);
            let like = if like < LEAST_LIKENESS { 0.0 } else { like };
            let together = if like > 0.0 { like + value(&best, row + 1, column + 1) } else { 0.0 };
            let apart = value(&best, row + 1, column).max(value(&best, row, column + 1));
            if let Some(place) = best.get_mut(row * width + column) {
                *place = together.max(apart);
            }
            if let Some(place) = likeness.get_mut(row * width + column) {
                *place = like;
            }
        }
    }
    let mut partners = vec![None; base.len()];
    let (mut row, mut column) = (0, 0);
    while row < base.len() && column < other.len() {
        let like = value(&likeness, row, column);
        let here = value(&best, row, column);
        if like > 0.0 && here <= like + value(&best, row + 1, column + 1) {
            if let Some(place) = partners.get_mut(row) {
                *place = Some(column);
            }
            (row, column) = (row + 1, column + 1);
        } else if value(&best, row + 1, column) >= value(&best, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    partners
}

fn shaped(text: &str) -> Vec<(Range<usize>, Shape)> {
    let (mut blocks, mut depth): (Vec<(Range<usize>, Shape)>, usize) = (Vec::new(), 0);
    for (event, range) in Parser::new_ext(text, MARKDOWN).into_offset_iter() {
        let shape = if let Event::Start(tag) = &event {
            depth += 1;
            (depth == 1).then(|| shape(tag))
        } else {
            depth = depth.saturating_sub(usize::from(matches!(event, Event::End(_))));
            (depth == 0 && matches!(event, Event::Rule)).then_some(Shape::Other)
        };
        let Some(shape) = shape else { continue };
        // What lies between two blocks belongs to the first of them.
        let start = if blocks.is_empty() { 0 } else { range.start };
        if let Some((last, _)) = blocks.last_mut() {
            last.end = start;
        }
        blocks.push((start..text.len(), shape));
        if blocks.len() == MOST_BLOCKS {
            break;
        }
    }
    if blocks.is_empty() && !text.is_empty() {
        blocks.push((0..text.len(), Shape::Text));
    }
    blocks
}

fn shape(tag: &Tag<'_>) -> Shape {
    let shapes = [
        (matches!(tag, Tag::Paragraph), Shape::Text),
        (matches!(tag, Tag::Heading { .. }), Shape::Heading),
        (matches!(tag, Tag::List(_)), Shape::List),
        (matches!(tag, Tag::CodeBlock(_)), Shape::Code),
        (matches!(tag, Tag::Table(_)), Shape::Table),
    ];
    shapes.into_iter().find(|(is, _)| *is).map_or(Shape::Other, |(_, shape)| shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(answers: &[&str], base: usize) -> Vec<Vec<Option<usize>>> {
        align(answers, base).unwrap().into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn a_text_is_split_at_the_top_of_its_markdown() {
        let text = "# Cats\n\nThey purr.\n\n- a\n- b\n\n---\n\n```\nx\n\ny\n```\n";
        let blocks: Vec<&str> = split(text).into_iter().map(|range| text[range].trim_end()).collect();
        assert_eq!(blocks, ["# Cats", "They purr.", "- a\n- b", "---", "```\nx\n\ny\n```"]);
        assert_eq!((split("").len(), split("\n\n").len()), (0, 1));
    }

    #[test]
    fn what_says_the_same_stands_beside_each_other() {
        let one = "# Cats\n\nCats purr when happy.\n\nDogs bark at night.";
        let two = "Hello there!\n\n# Cats\n\nDogs bark loudly at night.";
        let expected =
            [vec![None, Some(0)], vec![Some(0), Some(1)], vec![Some(1), None], vec![Some(2), Some(2)]];
        assert_eq!(rows(&[one, two], 0), expected);
    }

    #[test]
    fn blocks_that_only_others_have_stand_beside_each_other() {
        let answers =
            ["same words here", "alpha\n\nbeta\n\nsame words here", "gamma\n\nsame words here\n\nomega"];
        let expected = [
            vec![None, Some(0), Some(0)],
            vec![None, Some(1), None],
            vec![Some(0), Some(2), Some(1)],
            vec![None, None, Some(2)],
        ];
        assert_eq!(rows(&answers, 0), expected);
    }

    #[test]
    fn an_empty_answer_has_a_column_of_nothing() {
        assert_eq!(rows(&["a", ""], 0), [vec![Some(0), None]]);
        assert_eq!(rows(&["a", ""], 1), [vec![Some(0), None]]);
        assert_eq!(align(&["a"], 1), None);
    }

    proptest! {
        #[test]
        fn every_block_stands_in_one_row_and_in_order(
            answers in prop::collection::vec("([abc#\\-]( [abc])?\n{1,2}){0,8}", 1..5), base in 0_usize..4,
        ) {
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            let base = base % answers.len();
            let rows = align(&answers, base).unwrap();
            for (at, answer) in answers.iter().enumerate() {
                let column: Vec<usize> = rows.iter().filter_map(|row| row.cells[at]).collect();
                prop_assert_eq!(column, (0..split(answer).len()).collect::<Vec<_>>());
            }
            prop_assert!(rows.iter().all(|row| row.cells.iter().any(Option::is_some)));
        }

        #[test]
        fn blocks_make_up_the_whole_text(text in "[ab #>|`\\-\n*1.]{0,60}") {
            let mut end = 0;
            for range in split(&text) {
                prop_assert_eq!(range.start, end);
                prop_assert!(text.get(range.clone()).is_some() && range.end > range.start);
                end = range.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
