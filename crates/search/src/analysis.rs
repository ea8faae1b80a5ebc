//! From text to terms: words, lower case, accents folded, stop words dropped, English stems.
//!
//! The chain is Lucene's `EnglishAnalyzer` (UAX #29 words, possessive `'s` removed, lower case, its 33 stop
//! words, stemming; here Snowball's English stemmer), and accents are folded beside that, whether they are written with
//! their letter in one character or after it.

use std::{ops::Range, sync::LazyLock};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, Stemmer, StopWordFilter, TextAnalyzer,
    Token as EngineToken, TokenStream, Tokenizer,
};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Longest word, in bytes, that is indexed.
const MAX_WORD_BYTES: usize = 80;

/// Lucene's English stop words.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no",
    "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",
    "was", "will", "with",
];

/// A term and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The stem that is searched for.
    pub term: String,
    /// The bytes of the word in the text.
    pub range: Range<usize>,
    /// Which word of the text it is; dropped stop words are counted, so phrases keep their gaps.
    pub position: usize,
}

/// The terms of a text, as the index sees them.
pub fn analyse(text: &str) -> Vec<Token> {
    collect(&mut STEMS.clone(), text)
}

/// The same without stemming and with stop words: what a prefix or a typo is compared with.
pub(crate) fn surface(text: &str) -> Vec<Token> {
    collect(&mut SURFACE.clone(), text)
}

pub(crate) fn stems_analyzer() -> TextAnalyzer {
    STEMS.clone()
}

pub(crate) fn surface_analyzer() -> TextAnalyzer {
    SURFACE.clone()
}

static STEMS: LazyLock<TextAnalyzer> = LazyLock::new(|| {
    TextAnalyzer::builder(Words)
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(StopWordFilter::remove(STOP_WORDS.map(str::to_owned)))
        .filter(Stemmer::new(Language::English))
        .build()
});

static SURFACE: LazyLock<TextAnalyzer> = LazyLock::new(|| {
    TextAnalyzer::builder(Words)
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
});

fn collect(analyzer: &mut TextAnalyzer, text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while let Some(token) = stream.next() {
        tokens.push(Token {
            term: token.text.clone(),
            range: token.offset_from..token.offset_to,
            position: token.position,
        });
    }
    tokens
}

/// Splits text into words by UAX #29, and further where that joins what people read as two words.
#[derive(Clone)]
struct Words;

/// The words of a text as byte ranges.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        split_word(start, word, &mut ranges);
    }
    ranges
}

/// UAX #29 keeps `fire.Then` and `snake_case` in one piece; numbers such as `3.5` and `10,000` stay whole.
fn split_word(start: usize, word: &str, ranges: &mut Vec<Range<usize>>) {
    let mut from = 0;
    let mut before = None;
    let mut characters = word.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let after = characters.peek().map(|(_, next)| *next);
        let splits = matches!(character, '.' | ',' | ':' | ';' | '_' | '\u{b7}')
            && !(is_digit(before) && is_digit(after) && matches!(character, '.' | ','));
        if splits {
            push_word(start, word, from..offset, ranges);
            from = offset + character.len_utf8();
        }
        before = Some(character);
    }
    push_word(start, word, from..word.len(), ranges);
}

fn is_digit(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_ascii_digit())
}

fn push_word(start: usize, word: &str, within: Range<usize>, ranges: &mut Vec<Range<usize>>) {
    let Some(piece) = word.get(within.clone()) else { return };
    let piece = ["'s", "'S", "\u{2019}s", "\u{2019}S"]
        .iter()
        .find_map(|suffix| piece.strip_suffix(suffix))
        .unwrap_or(piece);
    if !piece.is_empty() {
        let from = start + within.start;
        ranges.push(from..from + piece.len());
    }
}

struct WordStream<'a> {
    text: &'a str,
    ranges: std::vec::IntoIter<Range<usize>>,
    token: EngineToken,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        WordStream { text, ranges: words(text).into_iter(), token: EngineToken::default() }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(range) = self.ranges.next() else { return false };
        self.token.position = self.token.position.wrapping_add(1);
        self.token.offset_from = range.start;
        self.token.offset_to = range.end;
        self.token.text.clear();
        let word = self.text.get(range).unwrap_or_default();
        if word.is_ascii() {
            self.token.text.push_str(word);
        } else {
            // The filters behind fold letters that hold their accents.
            self.token.text.extend(word.nfc());
        }
        true
    }

    fn token(&self) -> &EngineToken {
        &self.token
    }

    fn token_mut(&mut self) -> &mut EngineToken {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let terms: Vec<String> = analyse(text).into_iter().map(|token| token.term).collect();
        assert_eq!(terms, expected, "{text}");
    }

    #[test]
    fn text_becomes_stems_without_stop_words() {
        check("The running Foxes", &["run", "fox"]);
        check("the wizard's and the wizard\u{2019}s staff", &["wizard", "wizard", "staff"]);
        check("half-elf", &["half", "elf"]);
        check("one space missing.Then more", &["one", "space", "miss", "more"]);
        check("3.5 and 10,000 gp, 2d6 AC:15", &["3.5", "10,000", "gp", "2d6", "ac", "15"]);
        check("Café São cafe", &["cafe", "sao", "cafe"]);
        check("cafe\u{301} CAFE\u{301}S", &["cafe", "cafe"]);
        // Composed or not, it is one letter of its own in Cyrillic.
        check("\u{439} \u{438}\u{306}", &["\u{439}", "\u{439}"]);
        check("snake_case", &["snake", "case"]);
        check("\u{6f22}\u{5b57}", &["\u{6f22}", "\u{5b57}"]);
        check("...", &[]);
    }

    #[test]
    fn dropped_stop_words_leave_a_gap() {
        let positions: Vec<usize> =
            analyse("order of the phoenix").iter().map(|token| token.position).collect();
        assert_eq!(positions, [0, 3]);
    }

    proptest! {
        #[test]
        fn ranges_are_slices_of_the_text_in_order(text in "\\PC*") {
            let mut end = 0;
            for token in surface(&text) {
                prop_assert!(token.range.start >= end);
                prop_assert!(text.get(token.range.clone()).is_some());
                end = token.range.end;
            }
        }
    }
}
