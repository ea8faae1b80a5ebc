//! Counts against Python's `tiktoken`, as it counted when the fixtures were written.

use std::fmt::Write as _;
use tokens::{
    Encoding,
    testing::{corpus, digest},
};

/// Strings a line of a fixture stands for.
const LINE: usize = 100;

#[test]
fn ten_thousand_strings_have_the_tokens_that_tiktoken_gives() {
    let corpus = corpus(10_000);
    for (encoding, fixture) in [
        (Encoding::O200kBase, include_str!("../fixtures/o200k_base.txt")),
        (Encoding::Cl100kBase, include_str!("../fixtures/cl100k_base.txt")),
    ] {
        for (number, (texts, expected)) in corpus.chunks(LINE).zip(fixture.lines()).enumerate() {
            let tokens: Vec<Vec<u32>> = texts.iter().map(|text| encoding.encode(text)).collect();
            let mut found = String::new();
            for (text, tokens) in texts.iter().zip(&tokens) {
                assert_eq!(encoding.count(text), tokens.len() as u64, "{text:?}");
                write!(found, "{} ", tokens.len()).unwrap();
            }
            write!(found, "{:016x}", digest(tokens.into_iter().flatten())).unwrap();
            assert_eq!(found, expected, "{} from {} on", encoding.as_str(), number * LINE);
        }
        assert_eq!(fixture.lines().count() * LINE, corpus.len());
    }
}

#[test]
fn the_marks_of_harmony_change_no_text() {
    for text in corpus(200) {
        assert_eq!(Encoding::O200kHarmony.encode(&text), Encoding::O200kBase.encode(&text));
    }
}

#[test]
fn a_run_of_one_character_takes_time_by_its_length() {
    // Quadratic time would not end here: each is a single piece.
    for piece in ["a", " ", "=", "\n", "字", "aB", "\u{301}"] {
        let text = piece.repeat(1_000_000);
        for encoding in [Encoding::O200kBase, Encoding::Cl100kBase] {
            assert!(encoding.count(&text) > 0, "{piece:?}");
        }
    }
}
