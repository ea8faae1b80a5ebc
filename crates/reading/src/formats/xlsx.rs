//! Excel workbooks: every sheet as a table under its name, dates as dates.

use super::{
    Opened, ReadEvent, ReadOptions, Sink,
    archive::Archive,
    no_text,
    office::{self, optional},
    send_blocks, sheet, text,
    xml::{self, Element, Node},
};
use crate::{Format, Limits, Problem, ProblemCode};
use std::collections::HashSet;

const WORKBOOK: &str = "xl/workbook.xml";
const STRINGS: &str = "xl/sharedStrings.xml";
const STYLES: &str = "xl/styles.xml";
/// Days from the beginning of Excel's calendar to 1970-01-01. It has a 29th of February 1900.
const DAYS_TO_1970: i64 = 25_569;
/// What the calendar of old Macs is behind.
const DAYS_TO_1904: i64 = 1_462;
/// Blank cells that may stand before others in any case, and how many more for each cell that is filled.
const BLANKS: usize = 100_000;
const BLANKS_PER_CELL: usize = 16;
/// The last day that is a date: the end of the year 9999.
const LAST_DAY: f64 = 2_958_465.0;

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, &options.limits)?;
    let workbook = read_workbook(&mut archive)?;
    let strings = match optional(&mut archive, STRINGS)? {
        Some(strings) => shared_strings(&strings)?,
        None => Vec::new(),
    };
    let date_styles = match optional(&mut archive, STYLES)? {
        Some(styles) => date_styles(&styles)?,
        None => Vec::new(),
    };
    let mut opened = Opened::new(Format::Xlsx);
    opened.parts = u32::try_from(workbook.sheets.len()).unwrap_or(u32::MAX).max(1);
    office::read_properties(&mut archive, &mut opened)?;
    sink(ReadEvent::Opened(opened));
    let (mut any, mut lacks) = (false, sheet::Lacks::default());
    let mut text_left = options.limits.max_unpacked_bytes;
    for (number, (name, path)) in (1..).zip(&workbook.sheets) {
        let xml = match archive.read(path) {
            Ok(xml) => text::decode(&xml).text,
            Err(problem) if problem.code == ProblemCode::TooLarge => return Err(problem),
            Err(problem) => {
                sink(ReadEvent::Warning { problem });
                continue;
            }
        };
        let mut cells = Cells {
            strings: &strings,
            date_styles: &date_styles,
            first_day: workbook.first_day,
            text_left,
            lacks,
            ..Cells::empty()
        };
        if let Err(problem) = xml::walk(&xml, path, |node| cells.node(node)) {
            sink(ReadEvent::Warning { problem });
        }
        if cells.is_too_much {
            return Err(too_much_text(&options.limits));
        }
        (text_left, lacks) = (cells.text_left, cells.lacks);
        let blocks = sheet::blocks(name, cells.rows);
        any |= !blocks.is_empty();
        send_blocks(number, blocks, sink);
    }
    lacks.tell(sink);
    if any { Ok(()) } else { Err(no_text()) }
}

/// Cells refer to strings by number, so that a small file may show a large one a million times.
fn too_much_text(limits: &Limits) -> Problem {
    let megabytes = limits.max_unpacked_bytes.div_ceil(1_000_000);
    Problem::new(
        ProblemCode::TooLarge,
        format!("the text of the workbook's cells is more than {megabytes} MB"),
    )
}

struct Workbook {
    /// Names and paths, in order.
    sheets: Vec<(String, String)>,
    /// The number of days that 1970-01-01 is.
    first_day: i64,
}

fn read_workbook(archive: &mut Archive<'_>) -> Result<Workbook, Problem> {
    let xml = text::decode(&archive.read(WORKBOOK)?).text;
    let relations = office::relations(archive, WORKBOOK)?;
    let mut workbook = Workbook { sheets: Vec::new(), first_day: DAYS_TO_1970 };
    xml::walk(&xml, WORKBOOK, |node| {
        let Node::Open(element) = node else { return };
        match element.name.as_str() {
            "sheet" => {
                let id = element.prefixed_attribute("id").unwrap_or_default();
                if let Some(relation) = relations.get(&id) {
                    let name = element.attribute("name").unwrap_or_default();
                    workbook.sheets.push((name, relation.path.clone()));
                }
            }
            "workbookPr" => {
                if matches!(element.attribute("date1904").as_deref(), Some("1" | "true")) {
                    workbook.first_day = DAYS_TO_1970 - DAYS_TO_1904;
                }
            }
            _ => {}
        }
    })?;
    Ok(workbook)
}

/// The strings that cells refer to by number. How a word is pronounced is no part of it.
fn shared_strings(xml: &str) -> Result<Vec<String>, Problem> {
    let mut strings: Vec<String> = Vec::new();
    let (mut in_text, mut pronounced) = (false, false);
    xml::walk(xml, STRINGS, |node| match node {
        Node::Open(element) => match element.name.as_str() {
            "si" => strings.push(String::new()),
            "t" => in_text = true,
            "rPh" => pronounced = true,
            _ => {}
        },
        Node::Close("t") => in_text = false,
        Node::Close("rPh") => pronounced = false,
        Node::Text(text) if in_text && !pronounced => {
            if let Some(string) = strings.last_mut() {
                string.push_str(text);
            }
        }
        Node::Close(_) | Node::Text(_) => {}
    })?;
    Ok(strings)
}

/// For each style of cells whether it shows a date.
fn date_styles(xml: &str) -> Result<Vec<bool>, Problem> {
    let mut own_formats: HashSet<u32> = HashSet::new();
    let mut styles = Vec::new();
    let mut in_cell_styles = false;
    xml::walk(xml, STYLES, |node| match node {
        Node::Open(element) => match element.name.as_str() {
            "numFmt" => {
                let code = element.attribute("formatCode").unwrap_or_default();
                let id = element.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok());
                own_formats.extend(id.filter(|_| shows_date(&code)));
            }
            "cellXfs" => in_cell_styles = true,
            "xf" if in_cell_styles => {
                let id = element.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok()).unwrap_or(0);
                styles.push(matches!(id, 14..=17 | 22) || own_formats.contains(&id));
            }
            _ => {}
        },
        Node::Close("cellXfs") => in_cell_styles = false,
        Node::Close(_) | Node::Text(_) => {}
    })?;
    Ok(styles)
}

/// Whether a format code has days or years in it, outside of what it quotes and of colours.
fn shows_date(code: &str) -> bool {
    let mut closes = None;
    let plain = code.chars().filter(|next| match closes {
        Some(end) => {
            if *next == end {
                closes = None;
            }
            false
        }
        None => {
            closes = match next {
                '"' => Some('"'),
                '[' => Some(']'),
                _ => None,
            };
            closes.is_none()
        }
    });
    let plain: String = plain.flat_map(char::to_lowercase).collect();
    plain.contains('y') || plain.contains('d')
}

/// A number of days as a date, with the time where there is one.
fn date(days: f64, first_day: i64) -> Option<String> {
    if !(0.0..=LAST_DAY).contains(&days) {
        return None;
    }
    let minutes = (days * 1_440.0).round() as i64;
    let (year, month, day) = civil(minutes.div_euclid(1_440) - first_day);
    let minute = minutes.rem_euclid(1_440);
    let time = if minute == 0 { String::new() } else { format!(" {:02}:{:02}", minute / 60, minute % 60) };
    Some(format!("{year:04}-{month:02}-{day:02}{time}"))
}

/// The date that lies so many days after 1970-01-01, in years that begin with March.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// What the text of a cell means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// The number of a string.
    Shared,
    Truth,
    Text,
}

struct Cells<'a> {
    strings: &'a [String],
    date_styles: &'a [bool],
    first_day: i64,
    rows: Vec<Vec<String>>,
    kind: Kind,
    is_date: bool,
    column: usize,
    in_value: bool,
    value: String,
    blanks_left: usize,
    /// Bytes that cells may still show, and whether they were more.
    text_left: u64,
    is_too_much: bool,
    lacks: sheet::Lacks,
}

impl Cells<'_> {
    fn empty() -> Self {
        Self {
            strings: &[],
            date_styles: &[],
            first_day: DAYS_TO_1970,
            rows: Vec::new(),
            kind: Kind::Number,
            is_date: false,
            column: 0,
            in_value: false,
            value: String::new(),
            blanks_left: BLANKS,
            text_left: 0,
            is_too_much: false,
            lacks: sheet::Lacks::default(),
        }
    }

    fn node(&mut self, node: Node<'_>) {
        match node {
            Node::Open(element) => self.open(element),
            Node::Close("v" | "t") => self.in_value = false,
            Node::Close("c") => self.end_cell(),
            Node::Text(text) if self.in_value => self.value.push_str(text),
            Node::Close(_) | Node::Text(_) => {}
        }
    }

    fn open(&mut self, element: &Element<'_>) {
        match element.name.as_str() {
            "row" => self.rows.push(Vec::new()),
            "c" => {
                self.value.clear();
                self.kind = match element.attribute("t").as_deref() {
                    Some("s") => Kind::Shared,
                    Some("b") => Kind::Truth,
                    Some("str" | "inlineStr" | "e" | "d") => Kind::Text,
                    Some(_) | None => Kind::Number,
                };
                let style = element.attribute("s").and_then(|style| style.parse::<usize>().ok());
                self.is_date = style.and_then(|style| self.date_styles.get(style)).copied().unwrap_or(false);
                let next = self.rows.last().map_or(0, Vec::len);
                self.column = element.attribute("r").and_then(|place| column(&place)).unwrap_or(next);
            }
            "v" | "t" => self.in_value = true,
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        if self.is_too_much {
            return;
        }
        let value = std::mem::take(&mut self.value);
        let shown = match self.kind {
            Kind::Text => value,
            Kind::Truth if value.trim() == "1" => "TRUE".to_owned(),
            Kind::Truth => "FALSE".to_owned(),
            Kind::Shared => {
                let number = value.trim().parse::<usize>().ok();
                number.and_then(|number| self.strings.get(number)).cloned().unwrap_or_default()
            }
            Kind::Number => {
                let days = value.trim().parse::<f64>().ok().filter(|_| self.is_date);
                days.and_then(|days| date(days, self.first_day)).unwrap_or(value)
            }
        };
        if shown.is_empty() {
            return;
        }
        if self.column >= sheet::MAX_COLUMNS {
            self.lacks.is_cut = true;
            return;
        }
        let bytes = u64::try_from(shown.len()).unwrap_or(u64::MAX);
        let Some(text_left) = self.text_left.checked_sub(bytes) else {
            self.is_too_much = true;
            return;
        };
        self.text_left = text_left;
        if let Some(row) = self.rows.last_mut() {
            let gap = self.column.saturating_sub(row.len());
            // Cells far to the right, one a row, would fill the memory with blank ones: they move to the left.
            let column = if gap <= self.blanks_left {
                self.blanks_left -= gap;
                self.column
            } else {
                self.lacks.is_moved = true;
                row.len()
            };
            self.blanks_left = self.blanks_left.saturating_add(BLANKS_PER_CELL);
            if row.len() <= column {
                row.resize(column + 1, String::new());
            }
            if let Some(cell) = row.get_mut(column) {
                *cell = shown;
            }
        }
    }
}

/// The number of the column in a place such as `AB12`, from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number =
        letters.fold(0, |number, letter| number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_dates() {
        for (place, expected) in
            [("A1", Some(0)), ("Z9", Some(25)), ("AA1", Some(26)), ("xfd1", Some(16_383)), ("7", None)]
        {
            assert_eq!(column(place), expected, "{place}");
        }
        for (days, expected) in [
            (25_569.0, Some("1970-01-01")),
            (45_351.0, Some("2024-02-29")),
            (45_292.75, Some("2024-01-01 18:00")),
            (2_958_465.0, Some("9999-12-31")),
            (-1.0, None),
            (f64::NAN, None),
            (1e300, None),
        ] {
            assert_eq!(date(days, DAYS_TO_1970).as_deref(), expected, "{days}");
        }
        assert_eq!(date(0.0, DAYS_TO_1970 - DAYS_TO_1904).as_deref(), Some("1904-01-01"));
    }

    #[test]
    fn formats_that_show_dates() {
        for (code, expected) in [
            ("yyyy-mm-dd", true),
            ("DD.MM.", true),
            ("0.00", false),
            ("#,##0 \"days\"", false),
            ("[Red]0", false),
            ("hh:mm", false),
        ] {
            assert_eq!(shows_date(code), expected, "{code}");
        }
    }
}
