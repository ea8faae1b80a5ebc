//! What was written comes out: words put into a file of each format are read back, all of them and in their order.

use crate::{
    making,
    support::{process_reader, read_here, read_with},
};
use proptest::prelude::*;
use reading::{Limits, formats::ReadEvent};
use std::fmt::Write;

/// Words as people write them: of several scripts, with the marks that formats write in another way.
fn words() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        4 => "[a-zA-Z]{1,12}",
        1 => "[0-9]{1,4}[a-z]",
        1 => "[\u{e4}\u{f6}\u{df}\u{20ac}\u{4e2d}\u{6587}\u{3a9}\u{416}\u{1f600}]{1,3}x",
        1 => "[a-z]{1,3}[&<>\"'\u{201c}\u{2019}\\\\{}();,=*_#`~\u{2014}/+-]{1,3}[a-z]{1,3}",
        1 => Just("R&amp;D".to_owned()),
        1 => Just("&lt;b&gt;".to_owned()),
        1 => Just("\"said\"".to_owned()),
    ];
    proptest::collection::vec(word, 1..40).prop_filter("no word at all", |words| {
        words.iter().any(|word| word.chars().any(char::is_alphanumeric))
    })
}

/// Words without anything that a format may take for a mark of its own.
fn plain_words() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![4 => "[a-zA-Z]{2,12}", 1 => "[\u{e4}\u{f6}\u{df}\u{4e2d}\u{3a9}\u{416}]{1,3}x"];
    proptest::collection::vec(word, 1..40)
}

/// Text as XML and HTML write it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

fn words_of(events: &[ReadEvent]) -> Vec<String> {
    let mut words = Vec::new();
    for event in events {
        if let ReadEvent::Section { blocks, .. } = event {
            for block in blocks {
                words.extend(block.text.split_whitespace().map(str::to_owned));
            }
        }
    }
    words
}

fn back(file_name: &str, bytes: &[u8]) -> Vec<String> {
    words_of(&read_here(file_name, bytes, Limits::default()))
}

/// Text as RTF writes it: all but ASCII by number, with a substitute.
fn rich(text: &str) -> String {
    let mut rich = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(byte @ (b'\\' | b'{' | b'}')) => write!(rich, "\\{}", char::from(byte)).unwrap(),
            Some(byte) => rich.push(char::from(byte)),
            None => write!(rich, "\\u{}?", i16::from_ne_bytes(unit.to_ne_bytes())).unwrap(),
        }
    }
    rich
}

/// Text as quoted-printable, in lines that go on.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for (place, byte) in text.bytes().enumerate() {
        write!(quoted, "={byte:02X}").unwrap();
        if place % 20 == 19 {
            quoted.push_str("=\r\n");
        }
    }
    quoted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn markup_of_every_kind(words in words()) {
        let text = escaped(&words.join(" "));
        let page = format!("<html><body><p>{text}</p></body></html>");
        prop_assert_eq!(&back("x.html", page.as_bytes()), &words);
        let book = format!("<FictionBook><body><section><p>{text}</p></section></body></FictionBook>");
        prop_assert_eq!(&back("x.fb2", book.as_bytes()), &words);
        let document = making::docx(&format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"));
        prop_assert_eq!(&back("x.docx", &document), &words);
        let slide = making::pptx(&[&format!("<p:sp><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp>")]);
        // The notes of the first slide follow.
        let with_notes = [words.clone(), ["Speak", "slowly."].map(str::to_owned).to_vec()].concat();
        prop_assert_eq!(&back("x.pptx", &slide), &with_notes);
        let open = making::opendocument("text", &format!("<text:p>{text}</text:p>"));
        prop_assert_eq!(&back("x.odt", &open), &words);
    }

    #[test]
    fn chapters_of_an_e_book(words in words()) {
        let (first, second) = words.split_at(words.len() / 2);
        let chapter = |words: &[String]| format!("<html><body><h2>C1</h2><p>{}</p></body></html>", escaped(&words.join(" ")));
        let package = "<package><manifest><item id=\"b\" href=\"b.xhtml\"/><item id=\"a\" href=\"a.xhtml\"/></manifest>\
            <spine><itemref idref=\"a\"/><itemref idref=\"b\"/></spine></package>";
        let book = making::zip(&[
            ("META-INF/container.xml", b"<container><rootfile full-path=\"b.opf\"/></container>"),
            ("b.opf", package.as_bytes()),
            ("b.xhtml", chapter(second).as_bytes()),
            ("a.xhtml", chapter(first).as_bytes()),
        ]);
        let heading = vec!["C1".to_owned()];
        prop_assert_eq!(back("x.epub", &book), [heading.as_slice(), first, heading.as_slice(), second].concat());
    }

    #[test]
    fn cells_of_every_kind(words in words()) {
        let cells = |open: &str, close: &str| -> String { words.iter().map(|word| format!("{open}{}{close}", escaped(word))).collect() };
        // A table writes its bars between the words, and a rule below its first row.
        let told = |words: Vec<String>| -> Vec<String> {
            words.into_iter().filter(|word| word != "|" && !word.starts_with("|---")).collect()
        };
        let rows = cells("<row><c t=\"inlineStr\"><is><t>", "</t></is></c></row>");
        let name = "People".to_owned();
        let sheet = told(back("x.xlsx", &making::xlsx([&rows, ""])));
        prop_assert_eq!(sheet.first(), Some(&name));
        prop_assert_eq!(&sheet[1..], words.as_slice());
        let rows = cells("<table:table-row><table:table-cell><text:p>", "</text:p></table:table-cell></table:table-row>");
        let sheet = making::opendocument("spreadsheet", &format!("<table:table>{rows}</table:table>"));
        prop_assert_eq!(told(back("x.ods", &sheet)), words.clone());
        let rows: String = words.iter().map(|word| format!("a1,\"{}\"\n", word.replace('"', "\"\""))).collect();
        let separated = format!("k1,v1\n{rows}");
        let read: Vec<String> = told(back("x.csv", separated.as_bytes())).into_iter().filter(|word| word != "a1").collect();
        prop_assert_eq!(&read[2..], words.as_slice());
    }

    #[test]
    fn rich_text_and_letters(words in words()) {
        let text = words.join(" ");
        let file = format!("{{\\rtf1\\ansi\\uc1 {}\\par}}", rich(&text));
        prop_assert_eq!(&back("x.rtf", file.as_bytes()), &words);
        let letter = format!(
            "From: a\r\nTo: b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
            quoted(&format!("<p>{}</p>", escaped(&text)))
        );
        let head = ["From:", "a", "To:", "b"].map(str::to_owned).to_vec();
        prop_assert_eq!(back("x.eml", letter.as_bytes()), [head, words].concat());
    }

    #[test]
    fn texts_without_marks(words in plain_words()) {
        let text = words.join(" ");
        prop_assert_eq!(&back("x.txt", format!("{text}.").as_bytes()).join(" "), &format!("{text}."));
        prop_assert_eq!(&back("x.md", text.as_bytes()), &words);
        let film = format!("1\n00:00:01,000 --> 00:00:02,000\n{}\n", words.join("\n"));
        // Lines that are said twice in a row are rolling captions.
        let mut said = words.clone();
        said.dedup();
        let read = back("x.srt", film.as_bytes());
        prop_assert_eq!(&read[1..], said.as_slice());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn pages_of_a_pdf(words in proptest::collection::vec("[a-z]{3,9}", 5..60)) {
        let lines: Vec<String> = words.chunks(8).map(|line| line.join(" ")).collect();
        let file = making::pdf(&[&lines.join("\n")], &[]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let events = runtime.block_on(read_with(process_reader(), "x.pdf", file, Limits::default()));
        prop_assert_eq!(words_of(&events), words);
    }
}
