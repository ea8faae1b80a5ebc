//! Files that are almost right, and bytes that are none: every reader gives text or a reason, and not much text of a
//! small file. `cargo xtask fuzz` goes on with the same changes for as long as one likes.

use crate::{
    making::{
        mutating::{Dice, mutated},
        seeds::seeds,
    },
    support::{Ended, judged, process_reader, read_here, read_with},
};
use proptest::prelude::*;
use reading::{Format, Limits, ProblemCode};

/// Most text that may come of a file that a small one was made into: the most that repeated cells may become.
const MOST_TEXT: usize = 12_000_000;

fn limits() -> Limits {
    Limits { max_unpacked_bytes: 8_000_000, page_threads: 1, ocr: "none".to_owned(), ..Limits::default() }
}

/// Formats whose readers run in this thread: foreign code that reads PDF files may end the process that it runs in.
fn in_this_thread() -> Vec<Format> {
    Format::ALL.into_iter().filter(|format| *format != Format::Pdf).collect()
}

/// What the first bytes are and how the name ends, so that arbitrary bytes reach every reader.
const HEADS: [(&str, &[u8]); 15] = [
    ("x.zip", b"PK\x03\x04"),
    ("x.zip", b"PK\x05\x06"),
    ("x.rtf", b"{\\rtf1"),
    ("x.mobi", b"A_Palm_Name\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0BOOKMOBI"),
    ("x.fb2", b"<FictionBook><body><p>"),
    ("x.html", b"<html><body>"),
    ("x.html", b"\xff\xfe<\0h\0t\0m\0l\0>\0"),
    ("x.eml", b"From: a\r\nSubject: b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
    ("x.srt", b"1\n00:00:01,000 --> 00:00:02,000\n"),
    ("x.vtt", b"WEBVTT\n\n"),
    ("x.csv", b"a,b\nc,d\n"),
    ("x.md", b"# "),
    ("x.png", b"\x89PNG\r\n\x1a\n"),
    ("x.txt", b""),
    ("x", b""),
];

fn held(file_name: &str, bytes: &[u8]) -> Result<(), String> {
    match judged(&read_here(file_name, bytes, limits()))? {
        Ended::Text(length) if length > MOST_TEXT => {
            Err(format!("{length} bytes of text of a file of {} bytes", bytes.len()))
        }
        Ended::Refused(code @ (ProblemCode::Crashed | ProblemCode::Internal)) => {
            Err(format!("a reader does not say {code}"))
        }
        Ended::Text(_) | Ended::Refused(_) => Ok(()),
    }
}

#[test]
fn every_seed_is_a_whole_file() {
    for format in in_this_thread() {
        for (name, bytes) in seeds(format) {
            let found = reading::formats::detect(&bytes, name);
            assert_eq!(found.ok(), Some(format), "{name}");
            let ended = judged(&read_here(name, &bytes, limits()));
            if format == Format::Picture {
                assert_eq!(ended, Ok(Ended::Refused(ProblemCode::Scanned)));
            } else {
                assert!(matches!(ended, Ok(Ended::Text(_))), "{name}: {ended:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// In every case one file of each format, so that each is changed as often as there are cases.
    #[test]
    fn changed_files_are_read_or_refused(seed in any::<u64>()) {
        for format in in_this_thread() {
            for (name, bytes) in seeds(format) {
                let changed = mutated(&bytes, &mut Dice::new(seed));
                if let Err(wrong) = held(name, &changed) {
                    return Err(TestCaseError::fail(format!("{name} changed by {seed}: {wrong}")));
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), text in "\\PC{0,200}") {
        for (name, head) in HEADS {
            for rest in [bytes.as_slice(), text.as_bytes()] {
                let file = [head, rest].concat();
                if let Err(wrong) = held(name, &file) {
                    return Err(TestCaseError::fail(format!("{name}: {wrong}: {file:?}")));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// In a child process, which may die of a file; then that is the reason.
    #[test]
    fn changed_pdf_files_are_read_or_refused(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (name, bytes) in seeds(Format::Pdf) {
            let changed = mutated(&bytes, &mut Dice::new(seed));
            let events = runtime.block_on(read_with(process_reader(), name, changed, limits()));
            match judged(&events) {
                Ok(Ended::Text(length)) => prop_assert!(length <= MOST_TEXT, "{name} changed by {seed}: {length} bytes"),
                Ok(Ended::Refused(code)) => prop_assert!(code != ProblemCode::Internal, "{name} changed by {seed}"),
                Err(wrong) => return Err(TestCaseError::fail(format!("{name} changed by {seed}: {wrong}"))),
            }
        }
    }
}
