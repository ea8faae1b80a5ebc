//! The table of contents: its names become headings where the text has none of its own.
//!
//! A place in the table is marked in the markup before that is read, so that the structure around it stays whole; the
//! marks are found again in the blocks.

use super::{
    damaged,
    header::Header,
    index::Index,
    palm::Palm,
    parts::{Part, out_of_tag},
};
use crate::{
    Problem,
    block::{Block, BlockKind},
};

/// Around the number of a mark: characters for private use.
const MARK_OPENS: char = '\u{f8f0}';
const MARK_CLOSES: char = '\u{f8f1}';
/// Longest number in a mark, and what closes it, in bytes.
const MARK_BYTES: usize = 12;
/// Longest name that is a heading.
const MAX_NAME_CHARACTERS: usize = 300;

/// A line of the table of contents.
pub(super) struct Line {
    /// Where it leads, in the whole text.
    pub(super) place: usize,
    pub(super) name: String,
    /// The level of its heading, from 1.
    pub(super) level: u8,
}

/// Reads the table, in the order of the text.
pub(super) fn read(
    palm: &Palm<'_>,
    header: &Header,
    fragment_places: &[usize],
    decode: impl Fn(&[u8]) -> String,
) -> Result<Vec<Line>, Problem> {
    let Some(first) = header.contents else { return Ok(Vec::new()) };
    let index = Index::read(palm, first)?;
    let mut lines = Vec::new();
    for entry in &index.entries {
        let place = if header.is_kf8 {
            let fragment = entry.size(6, 0).and_then(|fragment| fragment_places.get(fragment));
            fragment.and_then(|place| place.checked_add(entry.size(6, 1)?))
        } else {
            entry.size(1, 0)
        };
        let name = entry.value(3, 0).and_then(|place| index.string(place)).map(&decode);
        let (Some(place), Some(name)) = (place, name) else { continue };
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = name.chars().take(MAX_NAME_CHARACTERS).collect();
        let depth = entry.value(4, 0).unwrap_or(0);
        let level = u8::try_from(depth.min(5)).map_or(6, |depth| depth + 1);
        if name.chars().any(char::is_alphanumeric) {
            lines.push(Line { place, name, level });
        }
    }
    if lines.is_empty() && !index.entries.is_empty() {
        return Err(damaged("the book's table of contents has no names"));
    }
    // Stable: a part stands before its first chapter at the same place.
    lines.sort_by_key(|line| line.place);
    Ok(lines)
}

/// A part with marks at the places that lines lead to. Lines before `from` stand in other parts already; it is moved on.
pub(super) fn marked(part: &Part, lines: &[Line], from: &mut usize) -> Vec<u8> {
    let end = part.start.saturating_add(part.markup.len());
    let first = lines.partition_point(|line| line.place < part.start).max(*from);
    let behind = lines.partition_point(|line| line.place < end).max(first);
    *from = behind;
    let mut markup = Vec::with_capacity(part.markup.len());
    let mut done = 0;
    for (number, line) in lines.iter().enumerate().take(behind).skip(first) {
        let at = out_of_tag(&part.markup, line.place - part.start).max(done);
        markup.extend_from_slice(part.markup.get(done..at).unwrap_or_default());
        // As references, which are the same in every encoding.
        let mark = format!("&#{};{number}&#{};", u32::from(MARK_OPENS), u32::from(MARK_CLOSES));
        markup.extend_from_slice(mark.as_bytes());
        done = at;
    }
    markup.extend_from_slice(part.markup.get(done..).unwrap_or_default());
    markup
}

/// Blocks that were read from marked markup, with headings for what the marks name and the text does not.
pub(super) fn headed(blocks: Vec<Block>, lines: &[Line]) -> Vec<Block> {
    let mut waiting: Vec<&Line> = Vec::new();
    let mut rest = Vec::new();
    for mut block in blocks {
        let numbers = take_marks(&mut block.text);
        waiting.extend(numbers.into_iter().filter_map(|number| lines.get(number)));
        if block.text.chars().any(char::is_alphanumeric) {
            rest.push((std::mem::take(&mut waiting), block));
        }
    }
    let mut headed = Vec::with_capacity(rest.len());
    let mut rest = rest.into_iter().peekable();
    while let Some((lines, mut block)) = rest.next() {
        let own = matches!(block.kind, BlockKind::Heading(_));
        let next_is_heading = rest
            .peek()
            .is_some_and(|(lines, next)| lines.is_empty() && matches!(next.kind, BlockKind::Heading(_)));
        let last = lines.len().saturating_sub(1);
        for (position, line) in lines.iter().enumerate() {
            if same(&line.name, &block.text) {
                // A heading that is only set large.
                if block.kind == BlockKind::Paragraph {
                    block.kind = BlockKind::Heading(line.level);
                }
            } else if position < last || !(own || next_is_heading) {
                headed.push(Block::new(BlockKind::Heading(line.level), &line.name));
            }
        }
        headed.push(block);
    }
    headed
}

/// Whether two names are the same but for case, blanks and marks.
fn same(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|next| next.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    other.len() <= one.len().saturating_mul(4).saturating_add(64) && letters(one) == letters(other)
}

/// Takes the marks out of a text; their numbers.
fn take_marks(text: &mut String) -> Vec<usize> {
    if !text.contains(MARK_OPENS) {
        return Vec::new();
    }
    let mut numbers = Vec::new();
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(MARK_OPENS) {
        clean.push_str(before);
        let near = after.get(..after.floor_char_boundary(MARK_BYTES)).unwrap_or_default();
        let number = near.split_once(MARK_CLOSES).map(|(number, _)| number);
        let behind = number.and_then(|number| after.get(number.len() + MARK_CLOSES.len_utf8()..));
        match number.zip(behind).and_then(|(number, behind)| Some((number.parse().ok()?, behind))) {
            Some((number, behind)) => {
                numbers.push(number);
                rest = behind;
            }
            // The book's own character.
            None => {
                clean.push(MARK_OPENS);
                rest = after;
            }
        }
    }
    clean.push_str(rest);
    *text = clean.trim().to_owned();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(place: usize, name: &str, level: u8) -> Line {
        Line { place, name: name.to_owned(), level }
    }

    fn shown(markup: &str, lines: &[Line]) -> Vec<String> {
        let part = Part { start: 100, markup: markup.as_bytes().to_vec() };
        let markup = String::from_utf8(marked(&part, lines, &mut 0)).unwrap();
        let blocks = headed(crate::formats::html::fragment_blocks(&markup), lines);
        blocks.iter().map(|block| format!("{:?} {}", block.kind, block.text)).collect()
    }

    #[test]
    fn names_are_headings_where_the_text_has_none() {
        let two = "<p>First words.</p><p>Second words.</p>";
        assert_eq!(
            shown(
                two,
                &[line(0, "Elsewhere", 1), line(100, "One", 1), line(121, "Two", 2), line(999, "Behind", 1)]
            ),
            ["Heading(1) One", "Paragraph First words.", "Heading(2) Two", "Paragraph Second words."]
        );
        // The text's own heading stays, also where the place is inside of it or just before it.
        for place in [100, 102, 104] {
            let own = shown("<h2>1 One</h2><p>Words.</p>", &[line(place, "Chapter one", 1)]);
            assert_eq!(own, ["Heading(2) 1 One", "Paragraph Words."], "{place}");
        }
        assert_eq!(
            shown("<p>I</p><h2>One</h2><p>Words.</p>", &[line(100, "One", 1)]),
            ["Paragraph I", "Heading(2) One", "Paragraph Words."]
        );
        // A paragraph that is the name is the heading.
        assert_eq!(
            shown("<p><b>CHAPTER ONE.</b></p><p>Words.</p>", &[line(100, "Chapter One", 1)]),
            ["Heading(1) CHAPTER ONE.", "Paragraph Words."]
        );
        assert_eq!(
            shown("<h2>One</h2><p>Words.</p>", &[line(100, "Part I", 1), line(100, "One", 2)]),
            ["Heading(1) Part I", "Heading(2) One", "Paragraph Words."]
        );
    }

    #[test]
    fn marks_leave_no_trace() {
        let lines = [line(103, "Table", 1), line(107, "Gone", 1)];
        assert_eq!(
            shown("<table><tr><td>a</td><td>b</td></tr></table><p>x</p>", &lines),
            ["Heading(1) Table", "Heading(1) Gone", "Table | a | b |\n|---|---|", "Paragraph x"]
        );
        let mut own = format!("a {MARK_OPENS}b {MARK_CLOSES} c");
        assert_eq!(take_marks(&mut own), Vec::<usize>::new());
        assert_eq!(own, format!("a {MARK_OPENS}b {MARK_CLOSES} c"));
    }
}
