//! The tokens of a GGUF file against llama.cpp's (`tests/reference/tokens.py` and `tokens.mjs`), and back to text.

use super::{Marks, TextTokenizer, Vocabulary};
use crate::text::{Decode, Detokenizer};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    model: String,
    pre: String,
    tokens: Vec<String>,
    scores: Vec<f32>,
    types: Vec<u64>,
    merges: Vec<String>,
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    ids: Vec<u32>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../tests/reference/tokens.json")).unwrap()
}

fn tokenizer(case: &Case) -> TextTokenizer {
    let vocabulary = Vocabulary {
        model: &case.model,
        splitting: &case.pre,
        tokens: case.tokens.iter().map(String::as_str).collect(),
        kinds: case.types.clone(),
        scores: case.scores.clone(),
        merges: case.merges.iter().map(String::as_str).collect(),
        unknown: (case.model == "llama").then_some(0),
        add_space: true,
    };
    TextTokenizer::read(&vocabulary.to_json().unwrap(), Marks::default()).unwrap()
}

#[test]
fn texts_have_the_tokens_that_llama_cpp_finds() {
    let cases = cases();
    assert_eq!(cases.len(), 6);
    for case in &cases {
        let tokenizer = tokenizer(case);
        for Text { text, ids } in &case.texts {
            let shown =
                |ids: &[u32]| ids.iter().map(|id| case.tokens[*id as usize].clone()).collect::<Vec<_>>();
            let found = tokenizer.encode(text).unwrap();
            assert_eq!(shown(&found), shown(ids), "{}: {text:?}", case.name);
        }
    }
}

#[test]
fn tokens_become_the_text_again_piece_by_piece() {
    for case in cases() {
        let tokenizer = tokenizer(&case);
        for Text { text, ids } in &case.texts {
            let mut detokenizer = Detokenizer::default();
            let mut pieces: Vec<String> = ids.iter().map(|id| detokenizer.push(*id, &tokenizer)).collect();
            pieces.push(detokenizer.finish(&tokenizer));
            // Marks are not shown; there are none in the vocabulary of pieces, for which they are text.
            let wanted = if case.model == "llama" {
                text.clone()
            } else {
                text.replace("<|im_start|>", "").replace("<|im_end|>", "")
            };
            assert_eq!(pieces.concat(), wanted, "{}", case.name);
            assert_eq!(tokenizer.decode(ids).unwrap(), wanted, "{}", case.name);
        }
    }
}

#[test]
fn a_mark_is_put_before_a_text_that_lacks_it() {
    let cases = cases();
    let case = cases.iter().find(|case| case.name == "qwen2").unwrap();
    let begin = u32::try_from(case.tokens.len() - 2).unwrap();
    let mut tokenizer = tokenizer(case);
    tokenizer.marks = Marks { begin: Some(begin), ends: vec![5], add_begin: true };
    let ids = tokenizer.encode("Hi").unwrap();
    assert_eq!(ids.first(), Some(&begin));
    assert_eq!(tokenizer.encode("<|im_start|>Hi").unwrap(), ids, "not twice");
    tokenizer.mark(Some("Hi"), Some("<|im_end|>"));
    assert!(tokenizer.ends(begin + 1) && tokenizer.ends(5) && !tokenizer.ends(begin));
    assert_eq!(tokenizer.mark_texts().0, "<|im_start|>");
}
