//! Writing to the terminal: only here, so that a closed pipe ends a command quietly.

use crate::error::CliError;
use serde::Serialize;
use std::{
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

/// How a command tells its results.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// As JSON, one document, for programs.
    pub json: bool,
    /// Whether standard output is a terminal that shows styles.
    styled: bool,
}

impl Output {
    /// Styles only on a terminal, and not where `NO_COLOR` or a dumb terminal asks for none.
    pub(crate) fn new(json: bool, plain: bool) -> Self {
        Self { json, styled: !plain && io::stdout().is_terminal() }
    }

    /// Text as it is, at once.
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), CliError> {
        Ok(io::stdout().lock().write_all(bytes)?)
    }

    /// Bytes into a file, or as they are where there is none.
    pub(crate) fn file(&self, bytes: &[u8], file: Option<&Path>) -> Result<(), CliError> {
        let Some(file) = file else { return self.bytes(bytes) };
        std::fs::write(file, bytes).map_err(|error| CliError::unusable(file, &error))?;
        if self.json {
            return self.value(&serde_json::json!({ "file": file, "bytes": bytes.len() }));
        }
        self.remark(format!("{} bytes in {}", bytes.len(), file.display()));
        Ok(())
    }

    /// A line.
    pub(crate) fn line(&self, line: impl AsRef<str>) -> Result<(), CliError> {
        self.text(&format!("{}\n", line.as_ref()))
    }

    /// A remark for a person who watches; nothing when the output goes elsewhere.
    pub(crate) fn remark(&self, line: impl AsRef<str>) {
        if io::stderr().is_terminal() {
            let text = self.dim(line.as_ref());
            drop(writeln!(io::stderr().lock(), "{text}"));
        }
    }

    /// How far something is, on a line that the next one takes the place of; nothing when the output goes
    /// elsewhere.
    pub(crate) fn progress(&self, line: &str) {
        let mut terminal = io::stderr().lock();
        if terminal.is_terminal() {
            drop(write!(terminal, "\r\u{1b}[K{}", self.dim(line)));
            drop(terminal.flush());
        }
    }

    /// Clears the line of [`Self::progress`].
    pub(crate) fn end_progress(&self) {
        let mut terminal = io::stderr().lock();
        if terminal.is_terminal() {
            drop(write!(terminal, "\r\u{1b}[K"));
            drop(terminal.flush());
        }
    }

    /// A value as JSON.
    pub(crate) fn value(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| CliError::failed(error.to_string()))?;
        self.line(text)
    }

    /// Rows in columns; the first row is the heading.
    pub(crate) fn table(&self, rows: &[Vec<String>]) -> Result<(), CliError> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            let line = line.trim_end();
            self.line(if number == 0 { self.bold(line) } else { line.to_owned() })?;
        }
        Ok(())
    }

    /// Names and values, the values aligned.
    pub(crate) fn table_of_facts(&self, facts: &[(&str, String)]) -> Result<(), CliError> {
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in facts {
            self.line(format!("{}  {value}", self.dim(&format!("{name:<width$}"))))?;
        }
        Ok(())
    }

    /// Strong on a terminal.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.style("1", text)
    }

    /// Faint on a terminal.
    pub(crate) fn dim(&self, text: &str) -> String {
        self.style("2", text)
    }

    fn style(&self, code: &str, text: &str) -> String {
        if self.styled { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Tells an error; the last thing a command does.
pub(crate) fn report(error: &CliError) {
    drop(writeln!(io::stderr().lock(), "{error}"));
}
