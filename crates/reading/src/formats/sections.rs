//! Sections of bearable size, however large a file makes its blocks: who listens has no limits on memory of its own.

use super::{ReadEvent, SECTION_BLOCKS, Sink};
use crate::Block;

/// Most bytes of text of a block, and of a section.
const MOST_BYTES: usize = 1_000_000;

/// Hands over an event, a large section in several.
pub(super) fn hand_over(event: ReadEvent, sink: Sink<'_>) {
    if let ReadEvent::Section { through, blocks } = event {
        let is_empty = blocks.is_empty();
        let (mut part, mut bytes) = (Vec::new(), 0);
        for block in blocks.into_iter().flat_map(pieces) {
            let is_full = part.len() >= SECTION_BLOCKS || bytes + block.text.len() > MOST_BYTES;
            if is_full && !part.is_empty() {
                sink(ReadEvent::Section { through, blocks: std::mem::take(&mut part) });
                bytes = 0;
            }
            bytes += block.text.len();
            part.push(block);
        }
        if is_empty || !part.is_empty() {
            sink(ReadEvent::Section { through, blocks: part });
        }
    } else {
        sink(event);
    }
}

/// A block cut into several where it is too long: between lines, else between words, else anywhere.
fn pieces(block: Block) -> Vec<Block> {
    if block.text.len() <= MOST_BYTES {
        return vec![block];
    }
    let mut pieces = Vec::new();
    let mut rest = block.text.as_str();
    while !rest.is_empty() {
        let most = rest.floor_char_boundary(MOST_BYTES);
        let near = rest.get(..most).unwrap_or_default();
        let gap = || near.rfind('\n').or_else(|| near.rfind(char::is_whitespace)).filter(|gap| *gap > 0);
        let end = if most < rest.len() { gap().unwrap_or(most) } else { most };
        let (piece, behind) = rest.split_at(end);
        if !piece.trim().is_empty() {
            pieces.push(Block { kind: block.kind, text: piece.to_owned(), page: block.page });
        }
        rest = behind.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlockKind;
    use std::sync::Mutex;

    fn handed_over(blocks: Vec<Block>) -> Vec<Vec<Block>> {
        let sections = Mutex::new(Vec::new());
        hand_over(ReadEvent::Section { through: 3, blocks }, &|event| {
            if let ReadEvent::Section { through: 3, blocks } = event {
                sections.lock().unwrap().push(blocks);
            }
        });
        sections.into_inner().unwrap()
    }

    #[test]
    fn large_sections_come_in_several_and_nothing_is_lost() {
        let block = |text: String| Block { page: Some(3), ..Block::new(BlockKind::Paragraph, text) };
        let small = vec![block("one".to_owned()), block("two".to_owned())];
        assert_eq!(handed_over(small.clone()), [small]);
        // What is empty says how far the reader is.
        assert_eq!(handed_over(Vec::new()), [Vec::<Block>::new()]);
        let long = "w\u{f6}rd ".repeat(400_000);
        let sections =
            handed_over(vec![block("first".to_owned()), block(long.clone()), block("x".repeat(2_500_000))]);
        let blocks: Vec<&Block> = sections.iter().flatten().collect();
        assert!(blocks.iter().all(|block| block.text.len() <= MOST_BYTES && block.page == Some(3)));
        for section in &sections {
            assert!(section.iter().map(|block| block.text.len()).sum::<usize>() <= MOST_BYTES);
        }
        let words: usize = blocks.iter().map(|block| block.text.matches("w\u{f6}rd").count()).sum();
        let letters: usize = blocks.iter().map(|block| block.text.matches('x').count()).sum();
        assert_eq!((words, letters), (400_000, 2_500_000));
    }
}
