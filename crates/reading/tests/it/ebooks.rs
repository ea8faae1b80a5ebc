//! Books of Mobipocket's kinds: what was packed comes out, in every packing, and broken ones say why.

use crate::{
    making::mobi::{self, Mobi, Packing, Row, forward, kf8_records, palm, put},
    support::{process_reader, read_with},
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use reading::{
    BlockKind, Limits, ProblemCode,
    formats::{ReadEvent, ReadOptions},
};
use std::{fmt::Write, sync::Mutex};

fn events(bytes: &[u8], limits: Limits) -> Vec<ReadEvent> {
    let events = Mutex::new(Vec::new());
    let options = ReadOptions::new("book.mobi", limits);
    reading::formats::read(bytes, &options, &|event| events.lock().unwrap().push(event));
    events.into_inner().unwrap()
}

fn shown(events: &[ReadEvent]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            ReadEvent::Opened(opened) => {
                let language = opened.language.as_deref().unwrap_or("-");
                writeln!(text, "{} {:?} by {:?} in {language}", opened.format, opened.title, opened.author)
                    .unwrap();
            }
            ReadEvent::Section { blocks, .. } => {
                for block in blocks {
                    writeln!(text, "{:?}: {}", block.kind, block.text.replace('\n', "\n    ")).unwrap();
                }
            }
            ReadEvent::Warning { problem } => writeln!(text, "warning {}: {problem}", problem.code).unwrap(),
            ReadEvent::Failed { problem } => writeln!(text, "failed {}: {problem}", problem.code).unwrap(),
            ReadEvent::PageStarted { .. } | ReadEvent::PageRead { .. } | ReadEvent::Done => {}
        }
    }
    text
}

fn check(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&shown(&events(bytes, Limits::default())));
}

/// How reading ends: why it failed, or the text of all paragraphs.
fn outcome(bytes: &[u8], limits: Limits) -> Result<String, ProblemCode> {
    let events = events(bytes, limits);
    let mut text = String::new();
    for event in &events {
        if let ReadEvent::Section { blocks, .. } = event {
            for block in blocks.iter().filter(|block| block.kind == BlockKind::Paragraph) {
                text.push_str(&block.text);
                text.push('\n');
            }
        }
    }
    match events.last() {
        Some(ReadEvent::Done) => Ok(text),
        Some(ReadEvent::Failed { problem }) => Err(problem.code),
        other => panic!("ends with {other:?}"),
    }
}

const STORY: &str = "<html><head><guide></guide></head><body><h1>One</h1><p>The tower and the mill stood by the sea, \
    and the tower fell.</p><mbp:pagebreak/><p>Two</p><p>Gr\u{fc}ne T\u{fc}ren \u{2013} \u{20ac}5, \u{2018}said\u{2019} \
    the miller.</p></body></html>";

fn story() -> Mobi {
    let second = u32::try_from(STORY.find("<p>Two").unwrap()).unwrap();
    let first = u32::try_from(STORY.find("<h1>").unwrap()).unwrap();
    Mobi { contents: vec![(first, "One", 0), (second, "two", 1)], ..Mobi::new(STORY) }
}

fn story_expected() -> Expect {
    expect![[r#"
        mobi Some("The Mill") by Some("Ann Lee") in en
        Heading(1): One
        Paragraph: The tower and the mill stood by the sea, and the tower fell.
        Heading(2): Two
        Paragraph: Grüne Türen – €5, ‘said’ the miller.
    "#]]
}

#[test]
fn every_packing_gives_the_same_book() {
    for packing in [Packing::Stored, Packing::PalmDoc, Packing::Huffman] {
        for (record_bytes, trailing) in [(4_096, 0), (37, 0b1), (41, 0b111), (64, 0b1000_0000_0000_0010)] {
            let book = Mobi { packing, record_bytes, trailing, ..story() };
            check(&book.file(), &story_expected());
        }
    }
}

#[tokio::test]
async fn a_child_process_reads_it() {
    let read = read_with(process_reader(), "book.azw", story().file(), Limits::default()).await;
    story_expected().assert_eq(&shown(&read));
}

#[test]
fn the_older_encoding_and_palm_texts() {
    let text = b"<html><body><p>gr\xfcn, \x80 5 \x96 \x91yes\x92</p></body></html>";
    let book = Mobi { encoding: 1_252, metadata: Vec::new(), ..Mobi::new(text.to_vec()) };
    check(
        &book.file(),
        &expect![[r#"
            mobi Some("A Palm Name") by None in en
            Paragraph: grün, € 5 – ‘yes’
        "#]],
    );
    // Not compressed, two records of text, no more header than this.
    let head = [0, 1, 0, 0, 0, 0, 0, 60, 0, 2, 16, 0, 0, 0, 0, 0].to_vec();
    let records = [head, b"A first paragraph & more.\n\nA sec".to_vec(), b"ond one, <not> markup.".to_vec()];
    check(
        &palm(b"TEXtREAd", &records),
        &expect![[r#"
            mobi Some("A Palm Name") by None in -
            Paragraph: A first paragraph & more.
            Paragraph: A second one, <not> markup.
        "#]],
    );
}

fn newer() -> Vec<Vec<u8>> {
    let first = "<html><head><title>x</title></head><body><div></div></body></html>";
    let second = "<html><body></body></html>";
    let at = first.find("</div>").unwrap();
    let opening = "<p>The tower and the mill.</p>";
    let files: [mobi::File<'_>; 2] = [
        (first, &[(at, opening), (at + opening.len(), "<p>It fell.</p><h2>End</h2><p>So it goes.</p>")]),
        (second, &[(12, "<p>An \u{fc}bung, and the notes.</p>")]),
    ];
    kf8_records(&files, &[(0, 0, "Towers", 0), (1, 15, "The end", 1), (2, 0, "Notes", 0)])
}

const NEWER: &str = "Heading(1): Towers\nParagraph: The tower and the mill.\nParagraph: It fell.\nHeading(2): End\n\
    Paragraph: So it goes.\nHeading(1): Notes\nParagraph: An \u{fc}bung, and the notes.\n";

#[test]
fn the_newer_kind_is_put_together() {
    let head = "mobi Some(\"The Mill\") by Some(\"Ann Lee\") in en\n";
    let alone = shown(&events(&palm(b"BOOKMOBI", &newer()), Limits::default()));
    assert_eq!(alone, format!("{head}{NEWER}"));
    // Where a file holds both, the newer is read, its records counted from its own first one.
    let both = shown(&events(&mobi::joint(story(), newer()), Limits::default()));
    assert_eq!(both, alone);
    // And the older where the newer is broken.
    let mut broken = newer();
    let skeletons = broken.iter().position(|record| record.starts_with(b"INDX")).unwrap();
    broken[skeletons][192..196].copy_from_slice(b"XXXX");
    check(
        &mobi::joint(story(), broken),
        &expect![[r#"
            mobi Some("The Mill") by Some("Ann Lee") in en
            warning damaged: the book was read in its older kind, the newer is damaged (an index of the book is damaged)
            Heading(1): One
            Paragraph: The tower and the mill stood by the sea, and the tower fell.
            Heading(2): Two
            Paragraph: Grüne Türen – €5, ‘said’ the miller.
        "#]],
    );
}

#[test]
fn protected_books_are_named() {
    for encryption in [1, 2] {
        let events = events(&Mobi { encryption, ..story() }.file(), Limits::default());
        let [ReadEvent::Failed { problem }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(problem.code, ProblemCode::Encrypted);
        assert!(problem.message.contains("DRM"), "{problem}");
    }
}

#[test]
fn damaged_records_are_left_out_and_told() {
    let mut records = Mobi { record_bytes: 64, contents: Vec::new(), ..story() }.records();
    // Refers to what stands before the beginning.
    records[2] = vec![0xbf, 0xff];
    let read = shown(&events(&palm(b"BOOKMOBI", &records), Limits::default()));
    assert!(read.contains("warning damaged: 1 of "), "{read}");
    assert!(read.contains("miller"), "{read}");
    let cut = story().file();
    for length in [61, 70, 78, 90, 200] {
        assert!(outcome(&cut[..length], Limits::default()).is_err(), "{length}");
    }
    let mut unknown = story().records();
    unknown[0][0..2].copy_from_slice(&[0, 9]);
    assert_eq!(outcome(&palm(b"BOOKMOBI", &unknown), Limits::default()), Err(ProblemCode::Damaged));
}

#[test]
fn giant_numbers_and_loops_end() {
    let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut records = Mobi { packing: Packing::Huffman, ..story() }.records();
        change(&mut records);
        outcome(&palm(b"BOOKMOBI", &records), Limits::default())
    };
    let find = |records: &[Vec<u8>], name: &[u8]| {
        records.iter().position(|record| record.starts_with(name)).unwrap()
    };
    // More records of text than there are: the last of them are missing.
    assert!(with(&|records| records[0][8..10].copy_from_slice(&[0xff, 0xff])).is_ok());
    assert!(with(&|records| put(&mut records[0], 20, u32::MAX - 1)).is_ok());
    assert_eq!(with(&|records| put(&mut records[0], 112, u32::MAX - 1)), Err(ProblemCode::Damaged));
    assert_eq!(with(&|records| put(&mut records[0], 116, u32::MAX - 1)), Err(ProblemCode::Damaged));
    // The number of phrases lies: those that are not there have no place.
    let phrases = with(&|records| {
        let at = find(records, b"CDIC");
        put(&mut records[at], 8, u32::MAX - 1);
        put(&mut records[at], 12, 31);
    });
    assert_eq!(phrases, Err(ProblemCode::Damaged));
    // A phrase that is made of itself: the code 12 of four bits, twice.
    let looped = with(&|records| {
        let at = find(records, b"CDIC");
        let place = usize::from(u16::from_be_bytes([records[at][16 + 6], records[at][16 + 7]]));
        records[at][16 + place..16 + place + 3].copy_from_slice(&[0, 1, 0xcc]);
    });
    assert_eq!(looped, Err(ProblemCode::Damaged));
    // An index with more records and entries than there are is no reason to lose the text.
    for field in [24, 52] {
        assert!(
            with(&|records| {
                let at = find(records, b"INDX");
                put(&mut records[at], field, u32::MAX - 1);
                put(&mut records[at + 1], 24, u32::MAX - 1);
            })
            .is_ok()
        );
    }
    assert!(with(&|records| put(&mut records[0], 244, 0)).is_ok(), "the first record is no index");
}

#[test]
fn a_book_unpacks_to_no_more_than_is_allowed() {
    let book = Mobi::new("<p>the tower</p>".repeat(1_000));
    let small = Limits { max_unpacked_bytes: 5_000, ..Limits::default() };
    assert_eq!(outcome(&book.file(), small), Err(ProblemCode::TooLarge));
    assert!(outcome(&book.file(), Limits::default()).is_ok());
}

#[test]
fn fragments_beyond_the_text_are_refused() {
    let broken = |rows: Vec<Row>| {
        let mut records = newer();
        let fragments: Vec<usize> =
            (0..records.len()).filter(|index| records[*index].starts_with(b"INDX")).collect();
        // The second index is that of the fragments.
        let index = mobi::index(&[(2, 1, 1), (3, 1, 2), (4, 1, 4), (6, 2, 8)], &rows, &[]);
        records[fragments[2]] = index[0].clone();
        records[fragments[3]] = index[1].clone();
        outcome(&palm(b"BOOKMOBI", &records), Limits::default())
    };
    let row = |name: &str, length: u32| (name.to_owned(), 0x0f, [0, 0, 0, 0, length].map(forward).concat());
    assert_eq!(broken(vec![row("1", u32::MAX), row("1", 1), row("1", 1)]), Err(ProblemCode::Damaged));
    assert_eq!(broken(vec![row("1", 1)]), Err(ProblemCode::Damaged));
    assert_eq!(broken(vec![row("no number", 1)]), Err(ProblemCode::Damaged));
}

/// Words as they stand in a paragraph: parted by single blanks.
fn words() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        3 => "[a-zA-Z]{1,12}",
        2 => Just("the".to_owned()),
        2 => Just("and".to_owned()),
        1 => Just("tower".to_owned()),
        1 => "[\u{e4}\u{f6}\u{df}\u{20ac}\u{4e2d}\u{1f600}]{1,3}",
    ];
    proptest::collection::vec(word, 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn text_survives_every_packing(
        words in words(),
        packing in prop_oneof![Just(Packing::Stored), Just(Packing::PalmDoc), Just(Packing::Huffman)],
        record_bytes in 5usize..700,
        trailing in 0u16..64,
    ) {
        let text = words.join(" ");
        prop_assume!(text.chars().any(char::is_alphanumeric));
        let book = Mobi { packing, record_bytes, trailing, ..Mobi::new(format!("<html><body><p>{text}</p></body></html>")) };
        prop_assert_eq!(outcome(&book.file(), Limits::default()), Ok(format!("{text}\n")));
    }

    #[test]
    fn bytes_changed_at_random_never_crash(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        kind in 0usize..3,
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = match kind {
            0 => story().file(),
            1 => Mobi { packing: Packing::Huffman, ..story() }.file(),
            _ => palm(b"BOOKMOBI", &newer()),
        };
        for (place, byte) in changes {
            let at = place.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let limits = Limits { max_unpacked_bytes: 2_000_000, ..Limits::default() };
        let _ended = outcome(&file, limits);
    }
}
