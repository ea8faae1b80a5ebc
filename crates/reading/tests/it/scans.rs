//! Text in pictures: recognised where tesseract is installed, and said plainly where it is not.
//!
//! `lighthouse.png` and `lighthouse.pdf` (fax compression) are a page in two columns at 150 dots to the inch, in black and
//! white; `lighthouse.txt` is what was printed on it.

use crate::{
    making,
    support::{process_reader, read_with},
};
use reading::{Limits, ProblemCode, formats::ReadEvent};
use std::process::{Command, Stdio};

const PNG: &[u8] = include_bytes!("../fixtures/lighthouse.png");
const PDF: &[u8] = include_bytes!("../fixtures/lighthouse.pdf");
const TEXT: &str = include_str!("../fixtures/lighthouse.txt");

fn has_tesseract() -> bool {
    let found =
        Command::new("tesseract").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        eprintln!("SKIPPED: tesseract is not installed (`cargo xtask prepare` installs it)");
    }
    found
}

/// Enough time on any machine.
fn patient() -> Limits {
    Limits { page_timeout_s: 300, ..Limits::default() }
}

struct Read {
    text: String,
    warnings: Vec<(ProblemCode, String)>,
    failure: Option<(ProblemCode, String)>,
}

async fn read(file_name: &str, bytes: &[u8], limits: Limits) -> Read {
    let mut read = Read { text: String::new(), warnings: Vec::new(), failure: None };
    for event in read_with(process_reader(), file_name, bytes.to_vec(), limits).await {
        match event {
            ReadEvent::Section { blocks, .. } => {
                blocks.iter().for_each(|block| read.text.push_str(&format!("{}\n\n", block.text)));
            }
            ReadEvent::Warning { problem } => read.warnings.push((problem.code, problem.to_string())),
            ReadEvent::Failed { problem } => read.failure = Some((problem.code, problem.to_string())),
            ReadEvent::Opened(_)
            | ReadEvent::PageStarted { .. }
            | ReadEvent::PageRead { .. }
            | ReadEvent::Done => {}
        }
    }
    read
}

/// The share of the letters of `expected` that stand in `got` in their order (the longest common subsequence).
fn share_of_letters(got: &str, expected: &str) -> f64 {
    let letters =
        |text: &str| -> Vec<char> { text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect() };
    let (got, expected) = (letters(got), letters(expected));
    let mut before = vec![0_u32; got.len() + 1];
    for letter in &expected {
        let mut current = vec![0_u32; got.len() + 1];
        for (at, other) in got.iter().enumerate() {
            current[at + 1] = if letter == other { before[at] + 1 } else { before[at + 1].max(current[at]) };
        }
        before = current;
    }
    f64::from(before[got.len()]) / f64::from(u32::try_from(expected.len().max(got.len())).unwrap())
}

#[tokio::test]
async fn a_scanned_page_in_two_columns() {
    if !has_tesseract() {
        return;
    }
    for (name, bytes) in [("lighthouse.png", PNG), ("lighthouse.pdf", PDF)] {
        let Read { text, warnings, failure } = read(name, bytes, patient()).await;
        assert_eq!(failure, None, "{name}");
        let share = share_of_letters(&text, TEXT);
        eprintln!("{name}: {share:.4} of the letters, {warnings:?}");
        assert!(share >= 0.998, "{name}: {share:.4}\n{text}");
        let [(ProblemCode::Recognised, message)] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert!(message.contains("OCR") && message.contains(" % sure"), "{message}");
    }
}

#[tokio::test]
async fn without_recognition_that_is_the_reason() {
    for (ocr, expected) in
        [("none", "it is a picture"), ("/no/such/program", "no text recognition is installed")]
    {
        let limits = Limits { ocr: ocr.to_owned(), ..patient() };
        let Some((ProblemCode::Scanned, message)) = read("a.pdf", PDF, limits.clone()).await.failure else {
            panic!()
        };
        assert!(message.contains(expected), "{message}");
        let Some((ProblemCode::Scanned, message)) = read("a.png", PNG, limits).await.failure else {
            panic!()
        };
        assert!(message.contains("the file is a picture"), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_page_says_so() {
    if !has_tesseract() {
        return;
    }
    let cut = read("cut.png", &PNG[..300], patient()).await.failure;
    assert!(matches!(cut, Some((ProblemCode::Damaged, _))), "{cut:?}");
    let unknown = Limits { ocr_languages: "xxx".to_owned(), ..patient() };
    let Some((ProblemCode::Damaged, message)) = read("a.png", PNG, unknown).await.failure else { panic!() };
    assert!(message.contains("xxx"), "{message}");
    // A page without any picture is not recognised.
    let blank = read("blank.pdf", &making::pdf(&["", ""], &[]), patient()).await.failure;
    assert!(matches!(blank, Some((ProblemCode::Scanned, _))), "{blank:?}");
}
