//! Kinds of documents: how often the right one is told, of texts that the weights were chosen on and of others.

use classify::{
    DocumentClass, DocumentKind, DocumentPart, DocumentText, classify_document, document_signals,
};
use proptest::prelude::*;
use std::fmt::Write;

const FIXTURES: &str = include_str!("../../fixtures/documents.txt");
/// The least share that has to be right, in either half.
const LEAST: f64 = 0.9;

/// A labelled text.
struct Labelled {
    /// None where it is of no kind.
    kind: Option<DocumentKind>,
    format: &'static str,
    file_name: &'static str,
    entries: usize,
    held_out: bool,
    text: String,
}

fn fixtures() -> Vec<Labelled> {
    let mut all: Vec<Labelled> = Vec::new();
    for line in FIXTURES.lines() {
        let Some(head) = line.strip_prefix("=== ") else {
            if let Some(last) = all.last_mut() {
                last.text.push_str(line);
                last.text.push('\n');
            }
            continue;
        };
        let fields: Vec<&'static str> = head.split('|').map(str::trim).collect();
        let [kind, format, file_name, entries, set] = fields[..] else { panic!("{line}") };
        all.push(Labelled {
            kind: (kind != "unknown").then(|| kind.parse().unwrap()),
            format,
            file_name,
            entries: entries.parse().unwrap(),
            held_out: match set {
                "held" => true,
                "seen" => false,
                other => panic!("{other}"),
            },
            text: String::new(),
        });
    }
    all
}

/// Passages by headings.
fn parts(text: &str) -> Vec<DocumentPart<'_>> {
    let mut parts: Vec<DocumentPart<'_>> = Vec::new();
    let mut headings: Vec<(usize, &str)> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marks = line.bytes().take_while(|byte| *byte == b'#').count();
        if let Some(name) = line[marks..].strip_prefix(' ').filter(|_| marks > 0) {
            let above = headings.iter().map(|(_, name)| *name).collect();
            parts.push(DocumentPart { headings: above, text: &text[start..at] });
            headings.retain(|(level, _)| *level < marks);
            headings.push((marks, name.trim()));
            start = at + line.len();
        }
        at += line.len();
    }
    let above = headings.iter().map(|(_, name)| *name).collect();
    parts.push(DocumentPart { headings: above, text: &text[start..] });
    parts
}

fn told(one: &Labelled) -> DocumentClass {
    classify_document(&DocumentText {
        format: one.format,
        file_name: one.file_name,
        entries: one.entries,
        parts: parts(&one.text),
    })
}

fn name(kind: Option<DocumentKind>) -> &'static str {
    kind.map_or("unknown", DocumentKind::as_str)
}

/// How many are right, and a table of what was taken for what.
fn measured(of: &[Labelled]) -> (usize, String) {
    let kinds: Vec<Option<DocumentKind>> = DocumentKind::ALL.into_iter().map(Some).chain([None]).collect();
    let said: Vec<Option<DocumentKind>> = of.iter().map(|one| told(one).kind).collect();
    let mut table = String::from("is \\ said");
    kinds.iter().for_each(|kind| write!(table, "\t{}", name(*kind)).unwrap());
    for is in &kinds {
        write!(table, "\n{}", name(*is)).unwrap();
        for taken in &kinds {
            let count = of.iter().zip(&said).filter(|(one, said)| one.kind == *is && *said == taken).count();
            write!(table, "\t{count}").unwrap();
        }
    }
    (of.iter().zip(&said).filter(|(one, said)| one.kind == **said).count(), table)
}

#[test]
fn kinds_are_told_apart() {
    let (held, seen): (Vec<_>, Vec<_>) = fixtures().into_iter().partition(|one| one.held_out);
    assert!(held.len() >= 30 && seen.len() >= 30, "{} and {}", held.len(), seen.len());
    for (set, texts) in [("seen", seen), ("held out", held)] {
        let (right, table) = measured(&texts);
        println!("{set}: {right} of {} right\n{table}", texts.len());
        let count = |number: usize| f64::from(u32::try_from(number).unwrap());
        assert!(count(right) / count(texts.len()) >= LEAST, "{set}: {right} of {}\n{table}", texts.len());
    }
}

#[test]
fn what_is_told_says_why() {
    let known = document_signals();
    for one in fixtures() {
        let class = told(&one);
        assert!((0.0..=1.0).contains(&class.share), "{}: {}", one.file_name, class.share);
        assert_eq!(class.kind.is_none(), class.because.is_empty(), "{}: {class:?}", one.file_name);
        assert!(class.because.iter().all(|signal| known.contains(signal)), "{class:?}");
        assert_eq!(class, told(&one), "the same text is told the same");
    }
    let nothing = classify_document(&DocumentText::default());
    assert_eq!((nothing.kind, nothing.because), (None, vec![]));
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(
        soup in proptest::collection::vec(prop_oneof![
            Just("# ".to_owned()), Just("\n".to_owned()), Just("[1]".to_owned()), Just("[".to_owned()), Just(", 2004)".to_owned()),
            Just("\"".to_owned()), Just(": ".to_owned()), Just("room b".to_owned()), "\\PC{0,12}",
        ], 0..60),
        name in "\\PC{0,12}",
        entries in 0usize..1_000,
    ) {
        let text = soup.concat();
        let class = classify_document(&DocumentText { format: "text", file_name: &name, entries, parts: parts(&text) });
        prop_assert!(class.share.is_finite());
    }
}
