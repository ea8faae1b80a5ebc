//! What every format is read into: blocks of text with their kind and page.

use serde::{Deserialize, Serialize};

/// A piece of a document, in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text. A line break in it means something (an item of a list, a row of a table, a line of code).
    pub text: String,
    /// The page it begins on, from 1, where the format has pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A heading, level 1 (the outermost) to 6.
    Heading(u8),
    /// Prose.
    Paragraph,
    /// An item of a list; its text begins with the mark.
    ListItem,
    /// A table as lines of `| cell | cell |`; the second line is the rule under the header.
    Table,
    /// Text whose spacing counts, such as source code.
    Preformatted,
}

impl Block {
    /// A block without page.
    pub fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), page: None }
    }
}

/// Appends text as browsers do: white space becomes one space, none at the beginning. What only says where a line
/// may break (soft hyphens, word joiners) is left out, or words with it would not be found.
pub(crate) fn push_collapsed(target: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(character, '\u{ad}' | '\u{2060}' | '\u{feff}') {
            continue;
        }
        if !character.is_whitespace() {
            target.push(character);
        } else if !target.is_empty() && !target.ends_with([' ', '\n']) {
            target.push(' ');
        }
    }
}

/// Lists that are open, outermost first: for each the next number, or none for bullets.
#[derive(Debug, Default)]
pub(crate) struct OpenLists(Vec<Option<u64>>);

impl OpenLists {
    /// A list begins.
    pub(crate) fn open(&mut self, first_number: Option<u64>) {
        self.0.push(first_number);
    }

    /// The innermost list ends.
    pub(crate) fn close(&mut self) {
        self.0.pop();
    }

    /// What the next item begins with: its indentation and its mark.
    pub(crate) fn next_mark(&mut self) -> String {
        let indentation = "  ".repeat(self.0.len().saturating_sub(1).min(8));
        match self.0.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{indentation}{number}. ");
                *number = number.saturating_add(1);
                mark
            }
            Some(None) | None => format!("{indentation}- "),
        }
    }
}

/// A table of more cells than this is only filled up with blank ones when they are less than three quarters of it.
const FILLED_UP_CELLS: usize = 1_000;

/// Rows as the text of a [`BlockKind::Table`]; the first row is the header. Empty rows are left out. The text is never
/// more than a few times longer than what stands in the rows.
pub(crate) fn table_text(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells: usize = rows.iter().map(Vec::len).sum();
    // A row of a million cells above a million of one would become a trillion.
    let filled_up =
        rows.len().saturating_mul(columns) <= cells.saturating_mul(4).saturating_add(FILLED_UP_CELLS);
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for row in rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())) {
        let mut line = String::from("|");
        let width = if filled_up { columns } else { row.len() };
        for column in 0..width {
            let cell = row.get(column).map_or("", String::as_str);
            let mut clean = String::new();
            push_collapsed(&mut clean, &cell.replace('|', "/"));
            line.push(' ');
            line.push_str(clean.trim_end());
            line.push_str(" |");
        }
        lines.push(line);
        if lines.len() == 1 {
            lines.push(format!("|{}", "---|".repeat(columns)));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_for_line_breaks_are_no_text() {
        let mut text = String::new();
        push_collapsed(&mut text, " con\u{ad}di\u{ad}tion\u{2060}\u{2014} so\n \u{feff}it goes");
        assert_eq!(text, "condition\u{2014} so it goes");
    }

    #[test]
    fn rows_become_lines_with_a_rule_under_the_first() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["Name", "Age"]), row(&["", " "]), row(&["Ann\n Lee", "7|8", "x"])];
        assert_eq!(table_text(&rows), "| Name | Age |  |\n|---|---|---|\n| Ann Lee | 7/8 | x |");
        assert_eq!(table_text(&[]), "");
    }

    #[test]
    fn one_long_row_does_not_make_all_rows_long() {
        let mut rows = vec![vec!["x".to_owned(); 2_000]];
        rows.extend(std::iter::repeat_n(vec!["y".to_owned()], 2_000));
        let text = table_text(&rows);
        assert!(text.len() < 50_000, "{} bytes", text.len());
        assert!(text.ends_with("\n| y |"));
    }
}
