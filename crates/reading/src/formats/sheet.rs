//! The tables of spreadsheets as blocks: each sheet under its name, in pieces that repeat the first row.

use crate::block::{Block, BlockKind, table_text};

/// Rows of one table block; each repeats the first row.
pub(super) const ROWS_PER_BLOCK: usize = 40;
/// Most columns that are kept; what lies further to the right is decoration.
pub(super) const MAX_COLUMNS: usize = 1_024;

/// The rows of a sheet.
pub(super) fn blocks(name: &str, rows: Vec<Vec<String>>) -> Vec<Block> {
    let mut rows: Vec<Vec<String>> = rows.into_iter().filter_map(without_blank_end).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    if name.chars().any(char::is_alphanumeric) {
        blocks.push(Block::new(BlockKind::Heading(1), name.trim()));
    }
    let body = rows.split_off(1);
    let mut body = body.into_iter().peekable();
    loop {
        rows.truncate(1);
        rows.extend(body.by_ref().take(ROWS_PER_BLOCK));
        blocks.push(Block::new(BlockKind::Table, table_text(&rows)));
        if body.peek().is_none() {
            return blocks;
        }
    }
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
}
