//! Cuts a text into the pieces that the encodings' regular expressions would find, without a regular expression:
//! their look-ahead makes engines slow, or has them give up on long runs of spaces.
//!
//! Source: the patterns of `o200k_base` and `cl100k_base` in `tiktoken_ext/openai_public.py`. Every character
//! belongs to a piece.

use super::classes::{CASELESS, Classes, LETTER, LOWER, MARK, NEWLINE, NUMBER, SPACE, UPPER};

/// Cuts texts in one encoding's way.
#[derive(Clone, Copy)]
pub(super) struct Splitter<'a> {
    classes: &'a Classes,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    O200k,
    Cl100k,
}

impl<'a> Splitter<'a> {
    pub(super) fn o200k(classes: &'a Classes) -> Self {
        Self { classes, kind: Kind::O200k }
    }

    pub(super) fn cl100k(classes: &'a Classes) -> Self {
        Self { classes, kind: Kind::Cl100k }
    }

    /// Where the piece that begins at `at` ends; `None` at the end of the text.
    #[inline]
    pub(super) fn end(self, text: &str, at: usize) -> Option<usize> {
        let (class, length) = self.classes.at(text, at)?;
        let word = match self.kind {
            Kind::O200k => self.cased_word(text, at, (class, length)),
            Kind::Cl100k => contraction(text, at).or_else(|| self.word(text, at, (class, length))),
        };
        let end = word
            .or_else(|| self.number(text, at, class))
            .or_else(|| self.signs(text, at, (class, length)))
            .unwrap_or_else(|| self.spaces(text, at));
        // One character at the least, whatever happens: this must come to an end.
        Some(end.max(at + length))
    }

    /// The end of the run of characters of these kinds.
    #[inline]
    fn run(self, text: &str, mut at: usize, kinds: u8) -> usize {
        while let Some((class, length)) = self.classes.at(text, at)
            && class & kinds != 0
        {
            at += length;
        }
        at
    }

    /// `[^\r\n\p{L}\p{N}]?\p{L}+`
    #[inline]
    fn word(self, text: &str, at: usize, (class, length): (u8, usize)) -> Option<usize> {
        let begin = if class & (NEWLINE | LETTER | NUMBER) == 0 { at + length } else { at };
        Some(self.run(text, begin, LETTER)).filter(|end| *end > begin)
    }

    /// The two ways of a word: `U*L+` or `U+L*`, where U are upper case and L are lower case, and letters without
    /// case and marks are both; before it perhaps `[^\r\n\p{L}\p{N}]`, after it perhaps a contraction.
    #[inline]
    fn cased_word(self, text: &str, at: usize, (class, length): (u8, usize)) -> Option<usize> {
        let after = (class & (NEWLINE | LETTER | NUMBER) == 0).then_some(at + length);
        let end = after
            .and_then(|begin| self.ends_lower(text, begin))
            .or_else(|| self.ends_lower(text, at))
            .or_else(|| after.and_then(|begin| self.begins_upper(text, begin)))
            .or_else(|| self.begins_upper(text, at))?;
        Some(contraction(text, end).unwrap_or(end))
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`
    #[inline]
    fn ends_lower(self, text: &str, begin: usize) -> Option<usize> {
        let mut at = begin;
        // The end of the last character of the first run that may as well belong to the second.
        let mut last_both = None;
        while let Some((class, length)) = self.classes.at(text, at) {
            if class & LOWER != 0 {
                return Some(self.run(text, at, LOWER | CASELESS | MARK));
            }
            if class & (UPPER | CASELESS | MARK) == 0 {
                break;
            }
            at += length;
            if class & (CASELESS | MARK) != 0 {
                last_both = Some(at);
            }
        }
        last_both
    }

    /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`
    #[inline]
    fn begins_upper(self, text: &str, begin: usize) -> Option<usize> {
        let upper = self.run(text, begin, UPPER | CASELESS | MARK);
        (upper > begin).then(|| self.run(text, upper, LOWER | CASELESS | MARK))
    }

    /// `\p{N}{1,3}`
    #[inline]
    fn number(self, text: &str, at: usize, class: u8) -> Option<usize> {
        if class & NUMBER == 0 {
            return None;
        }
        let mut end = at;
        for _ in 0..3 {
            match self.classes.at(text, end) {
                Some((class, length)) if class & NUMBER != 0 => end += length,
                Some(_) | None => break,
            }
        }
        Some(end)
    }

    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*`; with `/` among what follows in `o200k`.
    #[inline]
    fn signs(self, text: &str, at: usize, (class, length): (u8, usize)) -> Option<usize> {
        let bytes = text.as_bytes();
        let begin = if bytes.get(at) == Some(&b' ') { at + length } else { at };
        if begin == at && class & (SPACE | LETTER | NUMBER) != 0 {
            return None;
        }
        let mut end = begin;
        while let Some((class, length)) = self.classes.at(text, end)
            && class & (SPACE | LETTER | NUMBER) == 0
        {
            end += length;
        }
        if end == begin {
            return None;
        }
        while let Some(byte) = bytes.get(end)
            && (matches!(byte, b'\r' | b'\n') || (*byte == b'/' && self.kind == Kind::O200k))
        {
            end += 1;
        }
        Some(end)
    }

    /// What is left are spaces. Up to the last line break where there is one, else all but the one before a word, else
    /// the one; `cl100k` takes all of them at the end of the text.
    #[inline]
    fn spaces(self, text: &str, at: usize) -> usize {
        let (mut end, mut line_end, mut last) = (at, None, at);
        while let Some((class, length)) = self.classes.at(text, end)
            && class & SPACE != 0
        {
            last = end;
            end += length;
            if class & NEWLINE != 0 {
                line_end = Some(end);
            }
        }
        let at_end = end == text.len();
        match line_end {
            Some(line_end) if !(at_end && self.kind == Kind::Cl100k) => line_end,
            Some(_) => end,
            None if at_end || last == at => end,
            None => last,
        }
    }
}

/// `'(?i:[sdmt]|ll|ve|re)`; the long s counts as an s.
#[inline]
fn contraction(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?.strip_prefix(b"'")?;
    let two = |ending: &[u8; 2]| rest.get(..2).is_some_and(|rest| rest.eq_ignore_ascii_case(ending));
    if matches!(rest.first()?, b's' | b'S' | b'd' | b'D' | b'm' | b'M' | b't' | b'T') {
        Some(at + 2)
    } else if two(b"ll") || two(b"ve") || two(b"re") || rest.starts_with("ſ".as_bytes()) {
        Some(at + 3)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(splitter: Splitter<'_>, text: &str) -> Vec<String> {
        let (mut at, mut pieces) = (0, Vec::new());
        while let Some(end) = splitter.end(text, at) {
            pieces.push(text[at..end].to_owned());
            at = end;
        }
        pieces
    }

    #[test]
    fn texts_are_cut_as_the_patterns_say() {
        let classes = Classes::build();
        let cases: [(&str, &[&str], &[&str]); 12] = [
            ("I'll go", &["I'll", " go"], &["I", "'ll", " go"]),
            ("HTTPServer", &["HTTPServer"], &["HTTPServer"]),
            ("camelCase", &["camel", "Case"], &["camelCase"]),
            ("  two", &[" ", " two"], &[" ", " two"]),
            ("a \n b", &["a", " \n", " b"], &["a", " \n", " b"]),
            ("12345", &["123", "45"], &["123", "45"]),
            ("!!\n\n/x", &["!!\n\n/", "x"], &["!!\n\n", "/x"]),
            ("x\n  ", &["x", "\n", "  "], &["x", "\n  "]),
            ("\t\tx", &["\t", "\tx"], &["\t", "\tx"]),
            ("\u{301}x", &["\u{301}x"], &["\u{301}x"]),
            ("日本ABC", &["日本", "ABC"], &["日本ABC"]),
            ("it'ſ", &["it'ſ"], &["it", "'ſ"]),
        ];
        for (text, o200k, cl100k) in cases {
            assert_eq!(pieces(Splitter::o200k(&classes), text), o200k, "{text:?}");
            assert_eq!(pieces(Splitter::cl100k(&classes), text), cl100k, "{text:?}");
        }
    }
}
