//! Cutting a document into passages along its structure.
//!
//! A passage never crosses a heading, keeps tables whole where they are not huge, and has about 1,200
//! characters. There is no overlap: the text of all passages together is the text of the document.

use crate::sentence;
use reading::{Block, BlockKind, formats::text};

/// From this many bytes on a passage is closed when the next block would make it too long.
const ENOUGH_BYTES: usize = 900;
/// Longest passage of prose, in bytes.
const MAX_BYTES: usize = 1_500;
/// Longest table that stays whole, in bytes; longer ones are cut between rows, with the header repeated.
const MAX_TABLE_BYTES: usize = 4_000;
/// Longest heading that is kept, in bytes.
const MAX_HEADING_BYTES: usize = 300;

/// A passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The headings it stands under, outermost first.
    pub headings: Vec<String>,
    /// The text.
    pub text: String,
    /// Where pages begin in it: page and byte offset, in order; empty where the format has no pages.
    pub page_starts: Vec<(u32, usize)>,
}

impl Chunk {
    /// The page it begins on.
    pub fn first_page(&self) -> Option<u32> {
        self.page_starts.first().map(|(page, _)| *page)
    }

    /// The page it ends on.
    pub fn last_page(&self) -> Option<u32> {
        self.page_starts.last().map(|(page, _)| *page)
    }
}

/// Cuts all blocks at once.
pub fn cut(blocks: impl IntoIterator<Item = Block>) -> Vec<Chunk> {
    let mut chunker = Chunker::default();
    let mut chunks: Vec<Chunk> = blocks.into_iter().flat_map(|block| chunker.push(block)).collect();
    chunks.extend(chunker.finish());
    chunks
}

/// A heading that the next blocks stand under.
#[derive(Debug)]
struct Heading {
    level: u8,
    text: String,
    page: Option<u32>,
    /// Whether a passage under it was made.
    used: bool,
}

/// Cuts blocks into passages as they come.
#[derive(Debug, Default)]
pub struct Chunker {
    headings: Vec<Heading>,
    text: String,
    page_starts: Vec<(u32, usize)>,
    last_kind: Option<BlockKind>,
    done: Vec<Chunk>,
}

impl Chunker {
    /// Takes a block; gives the passages that are complete now.
    pub fn push(&mut self, block: Block) -> Vec<Chunk> {
        if let BlockKind::Heading(level) = block.kind {
            self.heading(level, block);
        } else if block.text.len() <= MAX_BYTES {
            self.append(&block.text, block.page, block.kind);
        } else if block.kind == BlockKind::Table {
            self.close();
            for piece in table_pieces(&block.text) {
                self.append(&piece, block.page, BlockKind::Table);
                self.close();
            }
        } else {
            pieces(&block.text).for_each(|piece| self.append(piece, block.page, block.kind));
        }
        std::mem::take(&mut self.done)
    }

    /// Gives what is left.
    pub fn finish(&mut self) -> Vec<Chunk> {
        self.close();
        self.leave_headings(0);
        std::mem::take(&mut self.done)
    }

    fn heading(&mut self, level: u8, block: Block) {
        self.close();
        self.leave_headings(level);
        let text = block.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.len() > MAX_HEADING_BYTES {
            // Nobody reads a heading as long as that: it is text in large letters.
            pieces(&block.text).for_each(|piece| self.append(piece, block.page, BlockKind::Paragraph));
            return;
        }
        if !text.is_empty() {
            self.headings.push(Heading { level, text, page: block.page, used: false });
        }
    }

    /// Leaves the headings of this level and deeper. One that nothing stood under is a passage itself.
    fn leave_headings(&mut self, level: u8) {
        while let Some(heading) = self.headings.pop_if(|heading| heading.level >= level) {
            if heading.used {
                continue;
            }
            let headings = self.headings.iter().map(|heading| heading.text.clone()).collect();
            let page_starts = heading.page.map(|page| (page, 0)).into_iter().collect();
            self.done.push(Chunk { headings, text: heading.text, page_starts });
            self.headings.iter_mut().for_each(|heading| heading.used = true);
        }
    }

    fn append(&mut self, text: &str, page: Option<u32>, kind: BlockKind) {
        let text = text.trim_matches('\n');
        if text.trim().is_empty() {
            return;
        }
        let long = self.text.len() >= ENOUGH_BYTES && self.text.len() + text.len() > MAX_BYTES;
        // A table that would not fit is not torn from the line that introduces it unless it must be.
        if long || self.text.len() + text.len() > MAX_BYTES + 300 {
            self.close();
        }
        if !self.text.is_empty() {
            self.separate(text, page, kind);
        }
        let page_known = page.filter(|page| self.page_starts.last().is_none_or(|(last, _)| last < page));
        self.page_starts.extend(page_known.map(|page| (page, self.text.len())));
        self.text.push_str(text);
        self.last_kind = Some(kind);
    }

    /// Puts between two blocks what belongs there: nothing more than a blank where a page break tore a
    /// paragraph apart.
    fn separate(&mut self, next: &str, page: Option<u32>, kind: BlockKind) {
        let other_page = page.is_some() && page != self.page_starts.last().map(|(page, _)| *page);
        let torn = other_page
            && self.last_kind == Some(BlockKind::Paragraph)
            && kind == BlockKind::Paragraph
            && next.chars().next().is_some_and(char::is_lowercase)
            && !self.text.ends_with(['.', '!', '?', ':', ';']);
        if torn {
            text::join(&mut self.text, next, false);
        } else if self.last_kind == Some(BlockKind::ListItem) && kind == BlockKind::ListItem {
            self.text.push('\n');
        } else {
            self.text.push_str("\n\n");
        }
    }

    fn close(&mut self) {
        self.last_kind = None;
        let text = std::mem::take(&mut self.text);
        let page_starts = std::mem::take(&mut self.page_starts);
        if text.is_empty() {
            return;
        }
        self.headings.iter_mut().for_each(|heading| heading.used = true);
        let headings = self.headings.iter().map(|heading| heading.text.clone()).collect();
        self.done.push(Chunk { headings, text, page_starts });
    }
}

/// Cuts a long text at ends of sentences, else at white space, else between letters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.trim().is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at_checked(piece_end(rest)).unwrap_or((rest, ""));
        rest = after;
        Some(piece.trim())
    })
}

fn piece_end(text: &str) -> usize {
    if text.len() <= MAX_BYTES {
        return text.len();
    }
    let window = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or(text);
    let sentence_end = sentence::split(window).iter().rev().nth(1).map(|sentence| sentence.end);
    sentence_end
        .filter(|end| *end > MAX_BYTES / 4)
        .or_else(|| window.rfind(char::is_whitespace).filter(|end| *end > 0))
        .unwrap_or(window.len())
}

/// Cuts a table between rows; each piece begins with the header.
fn table_pieces(table: &str) -> Vec<String> {
    if table.len() <= MAX_TABLE_BYTES {
        return vec![table.to_owned()];
    }
    let mut lines = table.lines();
    let header: Vec<&str> = match (lines.next(), lines.next()) {
        (Some(first), Some(rule)) if rule.starts_with("|-") && first.len() < MAX_TABLE_BYTES / 4 => {
            vec![first, rule]
        }
        _ => {
            return pieces(table).map(str::to_owned).collect();
        }
    };
    let header = header.join("\n");
    let mut done = Vec::new();
    let mut piece = header.clone();
    for line in lines {
        if piece.len() + line.len() > MAX_TABLE_BYTES && piece.len() > header.len() {
            done.push(std::mem::replace(&mut piece, header.clone()));
        }
        if line.len() > MAX_TABLE_BYTES {
            done.extend(pieces(line).map(str::to_owned));
            continue;
        }
        piece.push('\n');
        piece.push_str(line);
    }
    if piece.len() > header.len() {
        done.push(piece);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(kind: BlockKind, text: &str, page: u32) -> Block {
        Block { kind, text: text.to_owned(), page: Some(page) }
    }

    fn paragraph(text: &str, page: u32) -> Block {
        block(BlockKind::Paragraph, text, page)
    }

    #[test]
    fn passages_follow_headings_and_know_their_pages() {
        let chunks = cut([
            block(BlockKind::Heading(1), "Rules", 1),
            block(BlockKind::Heading(2), "Empty", 1),
            block(BlockKind::Heading(2), "Combat", 1),
            paragraph("A fight begins with initiative and goes", 1),
            paragraph("on in turns.", 2),
            paragraph("Each has an action.", 2),
            block(BlockKind::Heading(1), "Magic", 3),
            block(BlockKind::ListItem, "- fire", 3),
            block(BlockKind::ListItem, "- ice", 3),
        ]);
        let shown: Vec<String> = chunks
            .iter()
            .map(|chunk| format!("{} | {} | {:?}", chunk.headings.join(">"), chunk.text, chunk.page_starts))
            .collect();
        assert_eq!(
            shown,
            [
                "Rules | Empty | [(1, 0)]",
                "Rules>Combat | A fight begins with initiative and goes on in turns.\n\nEach has an action. | [(1, 0), (2, 40)]",
                "Magic | - fire\n- ice | [(3, 0)]",
            ]
        );
    }

    #[test]
    fn a_huge_table_is_cut_between_rows_with_its_header() {
        let rows: Vec<String> = (0..400).map(|row| format!("| name {row} | {row} |")).collect();
        let table = format!("| Name | Number |\n|---|---|\n{}", rows.join("\n"));
        let chunks = cut([block(BlockKind::Table, &table, 1)]);
        assert!(chunks.len() > 1);
        let mut found = Vec::new();
        for chunk in &chunks {
            assert!(chunk.text.starts_with("| Name | Number |\n|---|---|\n| name"), "{}", chunk.text);
            assert!(chunk.text.len() <= MAX_TABLE_BYTES);
            found.extend(chunk.text.lines().skip(2).map(str::to_owned));
        }
        assert_eq!(found, rows);
    }

    fn letters(text: &str) -> String {
        text.chars().filter(|character| character.is_alphanumeric()).collect()
    }

    fn any_block() -> impl Strategy<Value = Block> {
        let kind = prop_oneof![
            (1u8..=6).prop_map(BlockKind::Heading),
            Just(BlockKind::Paragraph),
            Just(BlockKind::ListItem),
            Just(BlockKind::Preformatted),
        ];
        let text = prop_oneof![
            "[A-Za-z .,\u{e4}\u{6f22}\n]{0,200}",
            "([a-z]{1,9}[ .]){0,900}",
            "[a-z\u{6f22}]{1500,4000}"
        ];
        (kind, text).prop_map(|(kind, text)| Block::new(kind, text))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_is_lost_and_no_passage_is_too_long(blocks in proptest::collection::vec(any_block(), 0..12)) {
            let chunks = cut(blocks.clone());
            let kept: String = chunks.iter().map(|chunk| letters(&chunk.text)).collect();
            let mut kept_at = 0;
            let heading_texts: Vec<String> =
                chunks.iter().flat_map(|chunk| &chunk.headings).map(|heading| letters(heading)).collect();
            for block in &blocks {
                let wanted = letters(&block.text);
                let is_heading = matches!(block.kind, BlockKind::Heading(_));
                if is_heading && heading_texts.contains(&wanted) {
                    continue;
                }
                let found = kept.get(kept_at..).and_then(|rest| rest.find(&wanted));
                prop_assert!(found.is_some(), "lost: {}", wanted);
                kept_at += found.unwrap() + wanted.len();
            }
            for chunk in &chunks {
                prop_assert!(chunk.text.len() <= MAX_BYTES + 300 + 2);
                prop_assert!(!chunk.text.trim().is_empty());
            }
        }
    }
}
