//! Tables as separated values.

use super::{Opened, ReadEvent, Sink, no_text, send_blocks, sheet::ROWS_PER_BLOCK, text};
use crate::{
    Format, Problem, ProblemCode,
    block::{Block, BlockKind, table_text},
};

/// The delimiter with which the first lines all have the same number of fields, at least two.
pub(super) fn delimiter(sample: &str) -> Option<u8> {
    [b',', b';', b'\t', b'|'].into_iter().find(|delimiter| column_count(sample, *delimiter).is_some())
}

/// Whether a text without a telling name is surely a table: several rows, and no sentences in the cells.
pub(super) fn looks_tabular(sample: &str) -> bool {
    let rows = sample.lines().take(20).filter(|line| !line.trim().is_empty()).count();
    let spaced = sample.lines().take(20).filter(|line| line.contains(", ") || line.contains("; ")).count();
    rows >= 4 && spaced * 4 <= rows && delimiter(sample).is_some()
}

fn column_count(sample: &str, delimiter: u8) -> Option<usize> {
    // The sample may end inside a row.
    let whole = sample.rfind('\n').and_then(|end| sample.get(..end)).unwrap_or(sample);
    let mut columns = None;
    let mut rows = 0;
    for record in reader(whole, delimiter).records().take(20) {
        let fields = record.ok()?.len();
        if *columns.get_or_insert(fields) != fields {
            return None;
        }
        rows += 1;
    }
    columns.filter(|columns| *columns >= 2 && rows >= 2)
}

fn reader(text: &str, delimiter: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

pub(super) fn read(bytes: &[u8], sink: Sink<'_>) -> Result<(), Problem> {
    let decoded = text::decode(bytes);
    sink(ReadEvent::Opened(Opened::new(Format::Csv)));
    if let Some(note) = decoded.note {
        sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Damaged, note) });
    }
    let delimiter = delimiter(decoded.text.get(..65_536).unwrap_or(&decoded.text)).unwrap_or(b',');
    let mut records = reader(&decoded.text, delimiter).into_records();
    let row = |record: Result<::csv::StringRecord, ::csv::Error>| -> Result<Vec<String>, Problem> {
        let record = record.map_err(|error| {
            Problem::new(ProblemCode::Damaged, format!("a row of the table cannot be read ({error})"))
        })?;
        Ok(record.iter().map(str::to_owned).collect())
    };
    let Some(header) = records.next() else { return Err(no_text()) };
    let header = row(header)?;
    let mut rows = vec![header.clone()];
    for record in records {
        rows.push(row(record)?);
        if rows.len() > ROWS_PER_BLOCK {
            send_blocks(1, vec![Block::new(BlockKind::Table, table_text(&rows))], sink);
            rows.truncate(1);
        }
    }
    if rows.len() > 1 {
        send_blocks(1, vec![Block::new(BlockKind::Table, table_text(&rows))], sink);
    }
    Ok(())
}
