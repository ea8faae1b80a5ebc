//! The tables of spreadsheets as blocks: each sheet under its name, in pieces that repeat the first row.

use super::{ReadEvent, Sink};
use crate::{
    Problem, ProblemCode,
    block::{Block, BlockKind, table_text},
};

/// Rows of one table block; each repeats the first row.
const ROWS_PER_BLOCK: usize = 40;
/// Most columns that are kept; what lies further to the right is decoration.
pub(super) const MAX_COLUMNS: usize = 1_024;
/// So many tables inside of each other are tables; what lies deeper is text of the cell that it stands in.
pub(super) const MAX_NESTED: usize = 8;

/// In what the tables of a file are told otherwise than they stand in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lacks {
    /// Rows have more cells than [`MAX_COLUMNS`].
    pub(super) is_cut: bool,
    /// Gaps between cells are shorter.
    pub(super) is_moved: bool,
}

impl Lacks {
    /// Tells it, once for the whole file.
    pub(super) fn tell(self, sink: Sink<'_>) {
        let cut =
            format!("rows of the table have more than {MAX_COLUMNS} cells; what lies behind is left out");
        let moved = "the tables have so many blank or repeated cells that not all of them are kept; what stands behind those is told in other columns".to_owned();
        for (is_so, message) in [(self.is_cut, cut), (self.is_moved, moved)] {
            if is_so {
                sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::TooLarge, message) });
            }
        }
    }
}

/// The rows of a table in pieces, each of which repeats the first row.
pub(super) struct Pieces {
    /// The first row, and those that wait.
    rows: Vec<Vec<String>>,
    first_weight: usize,
    /// What the rows that wait weigh.
    weight: usize,
    any: bool,
}

impl Pieces {
    pub(super) fn new(first: Vec<String>) -> Self {
        Self { first_weight: weight(&first), rows: vec![first], weight: 0, any: false }
    }

    /// Takes the next row in; gives back a piece when it is whole. Rows that are shorter than the first wait for more,
    /// or repeating a long one would make a file many times larger.
    pub(super) fn push(&mut self, row: Vec<String>) -> Option<Block> {
        self.weight += weight(&row);
        self.rows.push(row);
        let is_whole = self.rows.len() > ROWS_PER_BLOCK && self.weight >= self.first_weight;
        if is_whole { self.take() } else { None }
    }

    /// What is left at the end.
    pub(super) fn rest(&mut self) -> Option<Block> {
        if self.rows.len() > 1 || !self.any { self.take() } else { None }
    }

    fn take(&mut self) -> Option<Block> {
        let text = table_text(&self.rows);
        self.rows.truncate(1);
        self.weight = 0;
        self.any = true;
        (!text.is_empty()).then(|| Block::new(BlockKind::Table, text))
    }
}

/// How long a row is.
fn weight(row: &[String]) -> usize {
    row.iter().map(|cell| cell.len() + 1).sum()
}

/// The rows of a sheet.
pub(super) fn blocks(name: &str, rows: Vec<Vec<String>>) -> Vec<Block> {
    let mut rows = rows.into_iter().filter_map(without_blank_end);
    let Some(first) = rows.next() else { return Vec::new() };
    let mut blocks = Vec::new();
    if name.chars().any(char::is_alphanumeric) {
        blocks.push(Block::new(BlockKind::Heading(1), name.trim()));
    }
    let mut pieces = Pieces::new(first);
    for row in rows {
        blocks.extend(pieces.push(row));
    }
    blocks.extend(pieces.rest());
    blocks
}

/// A row without the empty cells at its end; none when nothing is left.
fn without_blank_end(mut row: Vec<String>) -> Option<Vec<String>> {
    let filled = row.iter().rposition(|cell| !cell.trim().is_empty())?;
    row.truncate(filled + 1);
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sheets_repeat_their_first_row() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let mut rows = vec![row(["", " ", ""]), row(["Name", "Age", ""])];
        rows.extend((0..ROWS_PER_BLOCK + 1).map(|number| row([&format!("n{number}"), "7", " "])));
        let blocks = blocks("People", rows);
        let shown: Vec<_> = blocks.iter().map(|block| (block.kind, block.text.lines().count())).collect();
        assert_eq!(
            shown,
            [(BlockKind::Heading(1), 1), (BlockKind::Table, ROWS_PER_BLOCK + 2), (BlockKind::Table, 3)]
        );
        assert_eq!(blocks[2].text, "| Name | Age |\n|---|---|\n| n40 | 7 |");
        assert!(super::blocks("Empty", vec![row(["", "", ""])]).is_empty());
    }

    #[test]
    fn a_long_first_row_is_not_repeated_for_a_few_short_ones() {
        let mut rows = vec![vec!["x".repeat(100_000)]];
        rows.extend((0..5_000).map(|number| vec![number.to_string()]));
        let blocks = blocks("", rows);
        let length: usize = blocks.iter().map(|block| block.text.len()).sum();
        assert!(length < 400_000, "{length} bytes");
        assert!(blocks.last().unwrap().text.ends_with("| 4999 |"));
    }
}
