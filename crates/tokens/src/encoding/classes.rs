//! What kind of character each one is, as far as the encodings' patterns ask.

use regex_syntax::{
    hir::{Class, HirKind},
    parse,
};

/// `\p{Lu}` or `\p{Lt}`.
pub(super) const UPPER: u8 = 1;
/// `\p{Ll}`.
pub(super) const LOWER: u8 = 1 << 1;
/// `\p{Lm}` or `\p{Lo}`: letters without case.
pub(super) const CASELESS: u8 = 1 << 2;
/// `\p{M}`.
pub(super) const MARK: u8 = 1 << 3;
/// `\p{N}`.
pub(super) const NUMBER: u8 = 1 << 4;
/// `\s`.
pub(super) const SPACE: u8 = 1 << 5;
/// `[\r\n]`; these are spaces as well.
pub(super) const NEWLINE: u8 = 1 << 6;
/// `\p{L}`.
pub(super) const LETTER: u8 = UPPER | LOWER | CASELESS;

const BLOCK: usize = 256;

/// The kinds of all characters: a table of blocks, of which most are the same few.
pub(super) struct Classes {
    ascii: [u8; 128],
    blocks: Vec<u16>,
    kinds: Vec<[u8; BLOCK]>,
}

impl Classes {
    /// Builds the table from what the crate for regular expressions knows of Unicode, as `tiktoken` does.
    pub(super) fn build() -> Self {
        let mut all = vec![0_u8; 0x11_0000];
        for (pattern, kind) in [
            (r"[\p{Lu}\p{Lt}]", UPPER),
            (r"\p{Ll}", LOWER),
            (r"[\p{Lm}\p{Lo}]", CASELESS),
            (r"\p{M}", MARK),
            (r"\p{N}", NUMBER),
        ] {
            for (first, last) in ranges(pattern) {
                if let Some(range) = all.get_mut(first as usize..=last as usize) {
                    range.iter_mut().for_each(|entry| *entry |= kind);
                }
            }
        }
        for (code, entry) in (0..=u32::MAX).zip(all.iter_mut()) {
            let Some(character) = char::from_u32(code) else { continue };
            if character.is_whitespace() {
                *entry |= SPACE;
            }
            if matches!(character, '\r' | '\n') {
                *entry |= NEWLINE;
            }
        }
        let mut ascii = [0; 128];
        ascii.iter_mut().zip(&all).for_each(|(entry, kind)| *entry = *kind);
        let (mut blocks, mut kinds) = (Vec::new(), Vec::<[u8; BLOCK]>::new());
        for block in all.as_chunks::<BLOCK>().0 {
            let known = kinds.iter().position(|kind| kind == block);
            let number = known.unwrap_or_else(|| {
                kinds.push(*block);
                kinds.len() - 1
            });
            blocks.push(u16::try_from(number).unwrap_or(0));
        }
        Self { ascii, blocks, kinds }
    }

    /// What the character that begins there is, and how many bytes it has; `None` at the end of the text.
    #[inline]
    pub(super) fn at(&self, text: &str, at: usize) -> Option<(u8, usize)> {
        let first = *text.as_bytes().get(at)?;
        if let Some(kind) = self.ascii.get(usize::from(first)) {
            return Some((*kind, 1));
        }
        let character = text.get(at..)?.chars().next()?;
        Some((self.of(character.into()), character.len_utf8()))
    }

    #[inline]
    fn of(&self, code: u32) -> u8 {
        let block = self.blocks.get(code as usize / BLOCK).copied().unwrap_or(0);
        let kinds = self.kinds.get(usize::from(block));
        kinds.and_then(|kinds| kinds.get(code as usize % BLOCK)).copied().unwrap_or(0)
    }
}

/// The characters that a class of a regular expression stands for.
fn ranges(pattern: &str) -> Vec<(u32, u32)> {
    match parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        // A test sees to it that every pattern above is such a class.
        Ok(_) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_unicode_says() {
        let classes = Classes::build();
        let kind = |text: &str| classes.at(text, 0).unwrap();
        assert_eq!(kind("a"), (LOWER, 1));
        assert_eq!(kind("Ǆ"), (UPPER, 2));
        assert_eq!(kind("ǅ"), (UPPER, 2));
        assert_eq!(kind("字"), (CASELESS, 3));
        assert_eq!(kind("\u{301}"), (MARK, 2));
        assert_eq!(kind("½"), (NUMBER, 2));
        assert_eq!(kind("\n"), (SPACE | NEWLINE, 1));
        assert_eq!(kind("\u{3000}"), (SPACE, 3));
        assert_eq!(kind("\u{200b}"), (0, 3));
        assert_eq!(kind("🦀"), (0, 4));
        assert_eq!(classes.at("", 0), None);
        assert!(classes.kinds.len() < 200, "{}", classes.kinds.len());
    }
}
