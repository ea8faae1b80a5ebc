//! From lines of pages to blocks of a document: pages in order, running headers and footers dropped,
//! headings found, wrapped lines joined.

use super::page::{Line, Page};
use crate::{
    Problem, ProblemCode,
    block::{Block, BlockKind},
    formats::{ReadEvent, Sink, text},
};
use std::collections::{BTreeMap, VecDeque};

/// How many pages before and after are asked whether a line at the edge of a page recurs.
const WINDOW: u32 = 6;
/// On how many other pages of the window it has to.
const RECURS_ON: usize = 3;
/// Lines at the top and at the bottom that may be running ones.
const EDGE_LINES: usize = 3;

/// A bookmark.
#[derive(Debug, Clone)]
pub(super) struct OutlineEntry {
    letters: String,
    page: Option<u32>,
    level: u8,
    used: bool,
}

impl OutlineEntry {
    pub(super) fn new(title: &str, page: Option<u32>, level: u8) -> Self {
        Self { letters: letters(title), page, level, used: false }
    }
}

/// What is compared when a line may be a bookmark's title.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What became of the pages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Summary {
    pub(super) pages_with_text: u32,
    pub(super) failed_pages: u32,
    pub(super) skipped_pages: u32,
    /// Pages that the file names more than once, where it does so again.
    pub(super) repeated_pages: u32,
    /// There are pictures, and nothing to recognise text with.
    pub(super) lacks_ocr: bool,
}

/// What is added where text might be recognised in pictures.
pub(super) const LACKS_OCR: &str = ", and no text recognition is installed here";

/// Takes pages as they are read and hands out their blocks in order.
pub(super) struct Assembler {
    outline: Vec<OutlineEntry>,
    /// Letter sizes (in twentieths of the body's) whose level is known from the outline.
    levels: BTreeMap<i32, u8>,
    waiting: BTreeMap<u32, Page>,
    /// Pages in order that are not handed out yet, or were lately.
    window: VecDeque<(u32, Page)>,
    next_in: u32,
    next_out: u32,
    count: u32,
    without_text: Vec<u32>,
    /// Pages whose text was recognised in pictures, and how sure that is.
    recognised: Vec<(u32, f32)>,
    /// Whether any block was handed out, and the first page with text until then.
    said: bool,
    unsaid: Option<(u32, Vec<Line>)>,
    summary: Summary,
}

impl Assembler {
    pub(super) fn new(outline: Vec<OutlineEntry>, first_page: u32, count: u32) -> Self {
        let first_page = first_page.max(1);
        Self {
            outline,
            levels: BTreeMap::new(),
            waiting: BTreeMap::new(),
            window: VecDeque::new(),
            next_in: first_page,
            next_out: first_page,
            count,
            without_text: Vec::new(),
            recognised: Vec::new(),
            said: false,
            unsaid: None,
            summary: Summary::default(),
        }
    }

    pub(super) fn add(&mut self, number: u32, page: Page, sink: Sink<'_>) {
        self.waiting.insert(number, page);
        while let Some(page) = self.waiting.remove(&self.next_in) {
            self.window.push_back((self.next_in, page));
            self.next_in += 1;
            while self.next_in > self.next_out + WINDOW || self.next_in > self.count {
                if !self.hand_out(sink) {
                    break;
                }
            }
        }
    }

    pub(super) fn finish(mut self, sink: Sink<'_>) -> Summary {
        while self.hand_out(sink) {}
        // Where all pages are alike, all lines are running ones: one page of them is the text.
        if let Some((number, lines)) = self.unsaid.take() {
            let blocks = self.blocks(number, &lines);
            sink(ReadEvent::Section { through: self.count, blocks });
        }
        let some_have_text = self.summary.pages_with_text > 0;
        if some_have_text && !self.without_text.is_empty() {
            let lacking = if self.summary.lacks_ocr { LACKS_OCR } else { "" };
            let message = format!("there is no text on {}{lacking}", named(&self.without_text));
            let problem = Problem {
                page: self.without_text.first().copied(),
                ..Problem::new(ProblemCode::Scanned, message)
            };
            sink(ReadEvent::Warning { problem });
        }
        if let Some(message) = recognised_message(&self.recognised) {
            sink(ReadEvent::Warning { problem: Problem::new(ProblemCode::Recognised, message) });
        }
        self.summary
    }

    fn hand_out(&mut self, sink: Sink<'_>) -> bool {
        let number = self.next_out;
        let Some(position) = self.window.iter().position(|(at, _)| *at == number) else { return false };
        let Some((_, page)) = self.window.get(position) else { return false };
        let (has_text, problem) = (page.has_text(), page.problem.clone());
        let left_out = page.skipped || page.repeated;
        self.summary.pages_with_text += u32::from(has_text);
        self.summary.skipped_pages += u32::from(page.skipped);
        self.summary.repeated_pages += u32::from(page.repeated);
        self.summary.lacks_ocr |= page.lacks_ocr;
        self.recognised.extend(page.recognised.map(|sure| (number, sure)));
        if has_text && !self.said && self.unsaid.is_none() {
            self.unsaid = Some((number, page.lines.clone()));
        }
        let lines = self.without_running_lines(position);
        let blocks = self.blocks(number, &lines);
        if !blocks.is_empty() {
            (self.said, self.unsaid) = (true, None);
        }
        if !has_text && !left_out && problem.is_none() {
            self.without_text.push(number);
        }
        if let Some(problem) = problem {
            self.summary.failed_pages += u32::from(!has_text);
            sink(ReadEvent::Warning { problem });
        }
        sink(ReadEvent::Section { through: number, blocks });
        self.next_out += 1;
        while self.window.front().is_some_and(|(at, _)| at + WINDOW < self.next_out) {
            self.window.pop_front();
        }
        true
    }

    /// The page's lines without those at its edges that recur on pages nearby.
    fn without_running_lines(&self, position: usize) -> Vec<Line> {
        let Some((number, page)) = self.window.get(position) else { return Vec::new() };
        let others: Vec<&Page> = self
            .window
            .iter()
            .filter(|(at, _)| at != number && at.abs_diff(*number) <= WINDOW)
            .filter(|(_, page)| !page.skipped && !page.repeated)
            .map(|(_, page)| page)
            .collect();
        let needed = RECURS_ON.min(others.len());
        let recurs = |line: &Line, from_top: bool| {
            let shape = shape(&line.text);
            let on = others
                .iter()
                .filter(|page| edge(page, from_top).any(|other| self::shape(&other.text) == shape));
            needed >= 2 && on.count() >= needed
        };
        let mut lines = page.lines.as_slice();
        for _ in 0..EDGE_LINES {
            let trimmed = lines.iter().position(|line| !line.text.trim().is_empty());
            let Some((line, rest)) = trimmed.and_then(|start| lines.get(start..)?.split_first()) else {
                break;
            };
            if !recurs(line, true) {
                break;
            }
            lines = rest;
        }
        for _ in 0..EDGE_LINES {
            let trimmed = lines.iter().rposition(|line| !line.text.trim().is_empty());
            let Some((line, rest)) = trimmed.and_then(|end| lines.get(..=end)?.split_last()) else { break };
            if !recurs(line, false) {
                break;
            }
            lines = rest;
        }
        lines.to_vec()
    }

    fn blocks(&mut self, page: u32, lines: &[Line]) -> Vec<Block> {
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let width = text::usual_width(&texts);
        let mut blocks = PageBlocks { page, width, blocks: Vec::new(), lines: Vec::new() };
        let mut rest = lines;
        while let Some((line, after)) = rest.split_first() {
            if let Some((level, title, taken)) = self.heading(page, rest) {
                blocks.flush();
                blocks.push(BlockKind::Heading(level), title);
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            }
            blocks.line(&line.text);
            rest = after;
        }
        blocks.flush();
        blocks.blocks
    }

    /// Whether the next lines are a heading: its level, its text, how many lines it takes.
    fn heading(&mut self, page: u32, lines: &[Line]) -> Option<(u8, String, usize)> {
        let first = lines.first().filter(|line| !line.text.trim().is_empty())?;
        if let Some(found) = self.bookmarked(page, lines) {
            return Some(found);
        }
        let size = first.size_ratio?;
        let mut title = first.text.trim().to_owned();
        let mut taken = 1;
        for line in lines.iter().skip(1).take(3) {
            if line.size_ratio != Some(size) || line.text.trim().is_empty() {
                break;
            }
            text::join(&mut title, line.text.trim(), false);
            title.push_str(line.text.trim());
            taken += 1;
        }
        let plausible = title.chars().count() <= 200 && !title.ends_with(['.', ',', ';']);
        plausible.then(|| (self.level_of_size(size), title, taken))
    }

    fn bookmarked(&mut self, page: u32, lines: &[Line]) -> Option<(u8, String, usize)> {
        let first = letters(&lines.first()?.text);
        let entry = self.outline.iter_mut().find(|entry| {
            let here = match entry.page {
                Some(target) => target == page,
                None => lines.first().is_some_and(|line| line.size_ratio.is_some()),
            };
            !entry.used && here && !first.is_empty() && entry.letters.starts_with(&first)
        })?;
        let mut so_far = first;
        let mut title = lines.first()?.text.trim().to_owned();
        let mut taken = 1;
        while so_far != entry.letters {
            let line = lines.get(taken).filter(|_| taken < 4)?;
            so_far.push_str(&letters(&line.text));
            if !entry.letters.starts_with(&so_far) {
                return None;
            }
            if !line.text.trim().is_empty() {
                text::join(&mut title, line.text.trim(), false);
                title.push_str(line.text.trim());
            }
            taken += 1;
        }
        entry.used = true;
        let level = entry.level;
        if let Some(size) = lines.first().and_then(|line| line.size_ratio) {
            self.levels.insert(twentieths(size), level);
        }
        Some((level, title, taken))
    }

    /// One below the next larger size whose level the outline tells; by the size alone without an outline.
    fn level_of_size(&self, size: f32) -> u8 {
        let size_key = twentieths(size);
        if let Some(level) = self.levels.get(&size_key) {
            return *level;
        }
        if let Some((_, level)) = self.levels.range(size_key..).next() {
            return (level + 1).min(6);
        }
        match size {
            size if size >= 1.8 => 1,
            size if size >= 1.4 => 2,
            size if size >= 1.2 => 3,
            _ => 4,
        }
    }
}

fn twentieths(size: f32) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "ratios are small, and `as` saturates")]
    let twentieths = (size * 20.0).round() as i32;
    twentieths
}

/// How sure the recognition of pages is, and where it is least so.
fn recognised_message(pages: &[(u32, f32)]) -> Option<String> {
    let (least_page, least) = pages.iter().copied().min_by(|one, other| one.1.total_cmp(&other.1))?;
    let numbers: Vec<u32> = pages.iter().map(|(number, _)| *number).collect();
    let all = f32::from(u16::try_from(pages.len()).unwrap_or(u16::MAX));
    let average = pages.iter().map(|(_, sure)| sure).sum::<f32>() / all;
    let least = match pages.len() {
        1 => String::new(),
        _ => format!(", least on page {least_page} ({least:.0} %)"),
    };
    let page = named(&numbers);
    Some(format!(
        "the text of {page} was recognised in pictures (OCR), {average:.0} % sure on average{least}"
    ))
}

/// Pages by their numbers, not too many.
pub(super) fn named(pages: &[u32]) -> String {
    let named: Vec<String> = pages.iter().take(10).map(u32::to_string).collect();
    let more = match pages.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("page {}{more}", named.join(", "))
}

/// A line at the top or at the bottom.
fn edge(page: &Page, from_top: bool) -> Box<dyn Iterator<Item = &Line> + '_> {
    let lines = page.lines.iter().filter(|line| !line.text.trim().is_empty());
    if from_top { Box::new(lines.take(EDGE_LINES)) } else { Box::new(lines.rev().take(EDGE_LINES)) }
}

/// A line with its numbers blotted out, so that page numbers are alike.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for character in line.trim().chars() {
        match character {
            digit if digit.is_ascii_digit() && shape.ends_with('#') => {}
            digit if digit.is_ascii_digit() => shape.push('#'),
            other => shape.extend(other.to_lowercase()),
        }
    }
    shape
}

/// Collects the blocks of one page.
struct PageBlocks {
    page: u32,
    width: usize,
    blocks: Vec<Block>,
    lines: Vec<String>,
}

impl PageBlocks {
    fn line(&mut self, line: &str) {
        let kind = line_kind(line);
        let continues = self.lines.last().is_some_and(|last| line_kind(last) == kind);
        if line.trim().is_empty() || !continues {
            self.flush();
        }
        if !line.trim().is_empty() {
            self.lines.push(line.to_owned());
        }
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let Some(first) = lines.first() else { return };
        let kind = line_kind(first);
        if kind == BlockKind::Paragraph || (kind == BlockKind::Preformatted && lines.len() < 2) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let least_width = if lines.len() < 4 { self.width } else { 0 };
            self.paragraph(&text::reflow(&lines, least_width));
        } else {
            self.push(kind, lines.join("\n"));
        }
    }

    /// A paragraph that goes on after the end of a column is one.
    fn paragraph(&mut self, text: &str) {
        if let Some(last) = self.blocks.last_mut().filter(|last| goes_on(last, text)) {
            text::join(&mut last.text, text, false);
            last.text.push_str(text);
            return;
        }
        self.push(BlockKind::Paragraph, text.to_owned());
    }

    fn push(&mut self, kind: BlockKind, text: String) {
        if text.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block { kind, text, page: Some(self.page) });
        }
    }
}

/// Whether a paragraph is the rest of the one before.
fn goes_on(before: &Block, text: &str) -> bool {
    before.kind == BlockKind::Paragraph
        && text.chars().next().is_some_and(char::is_lowercase)
        && !before.text.ends_with(['.', '!', '?', ':', ';'])
}

fn line_kind(line: &str) -> BlockKind {
    let trimmed = line.trim();
    if trimmed.len() > 1 && trimmed.starts_with('|') && trimmed.ends_with('|') {
        return BlockKind::Table;
    }
    // Columns set apart by blanks.
    if trimmed.split("   ").filter(|cell| !cell.trim().is_empty()).count() >= 2 {
        return BlockKind::Preformatted;
    }
    BlockKind::Paragraph
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn page(text: &str) -> Page {
        let lines = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(large) => Line { text: large.to_owned(), size_ratio: Some(1.5) },
                None => Line { text: line.to_owned(), size_ratio: None },
            })
            .collect();
        Page { lines, ..Page::default() }
    }

    fn assembled(outline: Vec<OutlineEntry>, pages: &[(u32, Page)]) -> Vec<String> {
        let blocks = Mutex::new(Vec::new());
        let sink = |event: ReadEvent| {
            if let ReadEvent::Section { through, blocks: section } = event {
                blocks.lock().unwrap().extend(
                    section.into_iter().map(|block| format!("{through} {:?} {}", block.kind, block.text)),
                );
            }
        };
        let mut assembler = Assembler::new(outline, 1, u32::try_from(pages.len()).unwrap());
        for (number, page) in pages {
            assembler.add(*number, page.clone(), &sink);
        }
        assembler.finish(&sink);
        blocks.into_inner().unwrap()
    }

    #[test]
    fn running_lines_are_dropped_and_pages_put_in_order() {
        let words = ["zero", "one", "two", "three", "four", "five"];
        let text = |number: usize| format!("The {0} page tells\nof {0}.", words[number]);
        let of = |number: usize| page(&format!("The Book of Tests\n\n{}\n\n{number}", text(number)));
        let pages = [2, 1, 3, 5, 4].map(|number| (u32::try_from(number).unwrap(), of(number)));
        let expected: Vec<String> =
            (1..=5).map(|number| format!("{number} Paragraph {}", text(number).replace('\n', " "))).collect();
        assert_eq!(assembled(vec![], &pages), expected);
    }

    #[test]
    fn pages_that_are_all_alike_are_told_once() {
        let pages = [1, 2, 3, 4, 5].map(|number| (number, page("One ticket\n\nAdmits one.")));
        assert_eq!(assembled(vec![], &pages), ["5 Paragraph One ticket", "5 Paragraph Admits one."]);
    }

    #[test]
    fn headings_come_from_the_outline_and_from_letter_sizes() {
        let outline = vec![OutlineEntry::new("A Long Heading", Some(1), 2)];
        let text = "# A Long\n# Heading\nBody text goes on\n\n# Small\nMore. ";
        let found = assembled(outline, &[(1, page(text))]);
        assert_eq!(
            found,
            [
                "1 Heading(2) A Long Heading",
                "1 Paragraph Body text goes on",
                "1 Heading(2) Small",
                "1 Paragraph More."
            ]
        );
    }

    #[test]
    fn a_paragraph_goes_on_in_the_next_column_and_tables_stay_whole() {
        let text = "For example, if a spell grants you tempor\u{2010}\n\n\nary hit points.\n| a | b |\n|---|---|\n| 1 | 2 |";
        assert_eq!(
            assembled(vec![], &[(1, page(text))]),
            [
                "1 Paragraph For example, if a spell grants you temporary hit points.",
                "1 Table | a | b |\n|---|---|\n| 1 | 2 |"
            ]
        );
    }
}
