//! Plain text: which encoding, and where its paragraphs are.

use super::{Opened, ReadEvent, ReadOptions, Sink, no_text, send_blocks};
use crate::{
    Format, Problem, ProblemCode,
    block::{Block, BlockKind},
};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A text and what had to be guessed to read it.
pub(super) struct Decoded {
    pub(super) text: String,
    /// What a person should know about the encoding.
    pub(super) note: Option<String>,
}

/// Reads bytes as text: byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1252
/// (which is Latin-1 with its gaps filled).
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    if let Some((encoding, mark_length)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(mark_length..).unwrap_or_default(), None);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes, None);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), note: None };
    }
    let broken = broken_utf8(bytes);
    if broken.multibyte > broken.invalid * 20 {
        let note = format!("{} places are not valid UTF-8 and were replaced", broken.invalid);
        return with(UTF_8, bytes, Some(note));
    }
    with(WINDOWS_1252, bytes, Some("the text is not UTF-8; it was read as Windows-1252".to_owned()))
}

fn with(encoding: &'static Encoding, bytes: &[u8], note: Option<String>) -> Decoded {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let note = note.or_else(|| {
        had_errors.then(|| format!("parts of the text are not valid {} and were replaced", encoding.name()))
    });
    Decoded { text: text.into_owned(), note }
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(4_096))?;
    let zeros = |parity: usize| {
        sample.iter().enumerate().filter(|(index, byte)| **byte == 0 && index % 2 == parity).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 5;
    if odd > many && even < sample.len() / 50 {
        return Some(UTF_16LE);
    }
    (even > many && odd < sample.len() / 50).then_some(UTF_16BE)
}

struct Broken {
    invalid: usize,
    multibyte: usize,
}

fn broken_utf8(bytes: &[u8]) -> Broken {
    let mut broken = Broken { invalid: 0, multibyte: 0 };
    for chunk in bytes.utf8_chunks() {
        broken.invalid += usize::from(!chunk.invalid().is_empty());
        broken.multibyte += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
    }
    broken
}

/// Whether this is no text that a person wrote.
pub(super) fn looks_binary(text: &str) -> bool {
    let sample = text.chars().take(8_192);
    let mut all = 0usize;
    let mut odd = 0usize;
    for character in sample {
        all += 1;
        let fine = matches!(character, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}' | '\u{8}');
        odd += usize::from((character.is_control() && !fine) || character == '\u{fffd}');
    }
    odd * 50 > all
}

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let decoded = decode(bytes);
    // A form feed is how text files end a page.
    let pages = decoded.text.split('\u{c}').count();
    let pages = u32::try_from(pages).unwrap_or(u32::MAX);
    let paged = pages > 1;
    if paged && pages > options.limits.max_pages {
        let message = format!("the text has {pages} pages, the limit is {}", options.limits.max_pages);
        return Err(Problem::new(ProblemCode::TooLarge, message));
    }
    let mut opened = Opened::new(Format::Text);
    if paged {
        opened.pages = Some(pages);
        opened.parts = pages;
    }
    sink(ReadEvent::Opened(opened));
    if let Some(note) = decoded.note {
        sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Damaged, note) });
    }
    let mut any = false;
    for (number, page) in (1..).zip(decoded.text.split('\u{c}')) {
        let mut blocks = paragraphs(page);
        if paged {
            blocks.iter_mut().for_each(|block| block.page = Some(number));
        }
        any |= !blocks.is_empty();
        send_blocks(number, blocks, sink);
    }
    if any { Ok(()) } else { Err(no_text()) }
}

/// Paragraphs are parted by empty lines; lines of prose that were wrapped are joined again.
pub(super) fn paragraphs(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            flush(&mut lines, &mut blocks);
        } else {
            lines.push(line);
        }
    }
    flush(&mut lines, &mut blocks);
    blocks
}

fn flush(lines: &mut Vec<&str>, blocks: &mut Vec<Block>) {
    if lines.is_empty() {
        return;
    }
    let prose = is_prose(lines);
    let text = if prose { reflow(lines, 0) } else { lines.join("\n").trim_end().to_owned() };
    let kind = if prose { BlockKind::Paragraph } else { BlockKind::Preformatted };
    blocks.push(Block::new(kind, text));
    lines.clear();
}

/// Prose does not indent its inner lines and ends its lines in words and marks of speech.
fn is_prose(lines: &[&str]) -> bool {
    let odd = lines.iter().filter(|line| {
        let indented = line.starts_with('\t') || line.starts_with("  ");
        let codelike = line.trim_end().ends_with(['{', '}', ';', '=', '>', '\\', '|']);
        indented || codelike
    });
    odd.count() * 3 <= lines.len()
}

/// Joins lines that were broken to fit a width, undoing hyphenation. A line that ends well before the
/// others do was ended on purpose: its break stays. `least_width` is how many characters a full line has,
/// where that is known from elsewhere.
pub(super) fn reflow(lines: &[&str], least_width: usize) -> String {
    let width = usual_width(lines).max(least_width);
    let mut text = String::new();
    let mut previous_length = 0;
    for line in lines.iter().map(|line| line.trim()) {
        if !text.is_empty() {
            join(&mut text, line, previous_length * 4 < width * 3);
        }
        text.push_str(line);
        previous_length = line.chars().count();
    }
    text
}

/// How many characters a full line has.
pub(super) fn usual_width(lines: &[&str]) -> usize {
    let mut lengths: Vec<usize> = lines.iter().map(|line| line.trim().chars().count()).collect();
    lengths.sort_unstable();
    lengths.get((lengths.len() * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0)
}

/// Puts between two lines what belongs there.
pub fn join(text: &mut String, next: &str, previous_is_short: bool) {
    let continues = next.chars().next().is_some_and(char::is_lowercase);
    if text.ends_with(['\u{2010}', '\u{ad}']) {
        text.pop();
        return;
    }
    let mut end = text.chars().rev();
    if continues && end.next() == Some('-') && end.next().is_some_and(char::is_lowercase) {
        text.pop();
        return;
    }
    text.push(if starts_item(next) || (previous_is_short && !continues) { '\n' } else { ' ' });
}

/// Whether a line begins an item of a list.
pub(super) fn starts_item(line: &str) -> bool {
    if line.starts_with(['\u{2022}', '\u{25e6}', '\u{25aa}', '\u{2023}', '\u{25cf}', '\u{2043}']) {
        return true;
    }
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let numbered = rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "));
    numbered || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("\u{2013} ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodings_are_found() {
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for (bytes, text, noted) in [
            (b"plain".to_vec(), "plain", false),
            ("\u{feff}gr\u{fc}n".as_bytes().to_vec(), "gr\u{fc}n", false),
            ([b"\xff\xfe".to_vec(), utf16("gr\u{fc}n")].concat(), "gr\u{fc}n", false),
            (utf16("no mark at all, but plain"), "no mark at all, but plain", false),
            (b"gr\xfcn, \x80 5".to_vec(), "gr\u{fc}n, \u{20ac} 5", true),
            (
                ["\u{fc}".repeat(50).into_bytes(), vec![0xff]].concat(),
                &format!("{}\u{fffd}", "\u{fc}".repeat(50)),
                true,
            ),
        ] {
            let decoded = decode(&bytes);
            assert_eq!(decoded.text, text);
            assert_eq!(decoded.note.is_some(), noted, "{text}");
        }
    }

    #[test]
    fn wrapped_lines_are_joined_and_hyphens_undone() {
        for (text, expected) in [
            (
                "A sentence that was wrap-\nped to a width, and goes\non here.",
                "A sentence that was wrapped to a width, and goes on here.",
            ),
            ("sav\u{2010}\ning throws", "saving throws"),
            (
                "Armor Class 19\nThe creature can breathe air and also breathe water\nas it likes.",
                "Armor Class 19\nThe creature can breathe air and also breathe water as it likes.",
            ),
            (
                "one long line of a list, which is\n\u{2022} item\n\u{2022} other",
                "one long line of a list, which is\n\u{2022} item\n\u{2022} other",
            ),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(reflow(&lines, 0), expected);
        }
    }

    #[test]
    fn code_keeps_its_lines() {
        let blocks =
            paragraphs("fn main() {\n    let x = 1;\n    print(x);\n}\n\nProse goes here and\nthere.");
        assert_eq!(blocks[0].kind, BlockKind::Preformatted);
        assert_eq!(blocks[0].text, "fn main() {\n    let x = 1;\n    print(x);\n}");
        assert_eq!(blocks[1].text, "Prose goes here and there.");
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_text(bytes: Vec<u8>) {
            let decoded = decode(&bytes);
            let kept: usize = paragraphs(&decoded.text).iter().map(|block| block.text.len()).sum();
            prop_assert!(kept <= decoded.text.len());
        }

        #[test]
        fn reflow_loses_only_spaces_and_hyphens(lines in proptest::collection::vec("[a-zA-Z0-9 .,-]{1,40}", 1..12)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect() };
            prop_assert_eq!(letters(&reflow(&lines, 0)), letters(&lines.join("\n")));
        }
    }
}
