//! Tables as separated values.

use super::{
    Opened, ReadEvent, Sink, no_text, send_blocks,
    sheet::{Lacks, MAX_COLUMNS, Pieces},
    text,
};
use crate::{Format, Problem, ProblemCode};

/// Bytes that are looked at to find the delimiter.
const SAMPLE_BYTES: usize = 65_536;

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
    let sample = decoded.text.get(..decoded.text.floor_char_boundary(SAMPLE_BYTES)).unwrap_or_default();
    let delimiter = delimiter(sample).unwrap_or(b',');
    let mut pieces: Option<Pieces> = None;
    let (mut any, mut lacks) = (false, Lacks::default());
    for record in reader(&decoded.text, delimiter).into_records() {
        let record = record.map_err(|error| {
            Problem::new(ProblemCode::Damaged, format!("a row of the table cannot be read ({error})"))
        })?;
        lacks.is_cut |= record.len() > MAX_COLUMNS;
        let row: Vec<String> = record.iter().take(MAX_COLUMNS).map(str::to_owned).collect();
        let piece = match &mut pieces {
            Some(pieces) => pieces.push(row),
            None => {
                pieces = Some(Pieces::new(row));
                None
            }
        };
        if let Some(piece) = piece {
            any = true;
            send_blocks(1, vec![piece], sink);
        }
    }
    if let Some(rest) = pieces.as_mut().and_then(Pieces::rest) {
        any = true;
        send_blocks(1, vec![rest], sink);
    }
    lacks.tell(sink);
    if any { Ok(()) } else { Err(no_text()) }
}
