//! What stands in a file comes out: every format, and the real files of the corpus.

use crate::{
    making,
    support::{corpus, process_reader, read_with},
};
use expect_test::{Expect, expect};
use reading::{Limits, Reader, formats::ReadEvent};
use std::fmt::Write;

/// What was read, as text for a snapshot.
fn shown(events: &[ReadEvent]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            ReadEvent::Opened(opened) => {
                let language = opened.language.as_deref().unwrap_or("-");
                writeln!(
                    text,
                    "{} pages={:?} title={:?} author={:?} language={language}",
                    opened.format, opened.pages, opened.title, opened.author
                )
                .unwrap();
            }
            ReadEvent::Section { blocks, .. } => {
                for block in blocks {
                    let page = block.page.map(|page| format!("p{page} ")).unwrap_or_default();
                    writeln!(text, "{page}{:?}: {}", block.kind, block.text.replace('\n', "\n    ")).unwrap();
                }
            }
            ReadEvent::Warning { problem } => writeln!(text, "warning {}: {problem}", problem.code).unwrap(),
            ReadEvent::Failed { problem } => writeln!(text, "failed {}: {problem}", problem.code).unwrap(),
            ReadEvent::PageStarted { .. } | ReadEvent::PageRead { .. } | ReadEvent::Done => {}
        }
    }
    text
}

pub(crate) async fn check(file_name: &str, bytes: impl Into<Vec<u8>>, expected: Expect) {
    let bytes = bytes.into();
    let in_child = read_with(process_reader(), file_name, bytes.clone(), Limits::default()).await;
    expected.assert_eq(&shown(&in_child));
    let in_thread = read_with(Reader::Thread, file_name, bytes, Limits::default()).await;
    assert_eq!(shown(&in_child), shown(&in_thread));
}

#[tokio::test]
async fn a_pdf_with_bookmarks_headers_and_hyphens() {
    let pages = [
        "The Book of Tests\n\n# First Part\nWords of the first page that go on for a while and are bro-\nken at the end of a line, as they are.\n\n1",
        "The Book of Tests\n\nThe second page has nothing else than one paragraph.\n\n2",
        "The Book of Tests\n\n# Second Part\nHere is what the third page says about things.\n\n3",
        "The Book of Tests\n\nAnd the fourth page ends it.\n\n4",
    ];
    check("x.pdf", making::pdf(&pages, &[("First Part", 1), ("Second Part", 3)]), expect![[r#"
        pdf pages=Some(4) title=None author=None language=-
        p1 Heading(1): First Part
        p1 Paragraph: Words of the first page that go on for a while and are broken at the end of a line, as they are.
        p2 Paragraph: The second page has nothing else than one paragraph.
        p3 Heading(1): Second Part
        p3 Paragraph: Here is what the third page says about things.
        p4 Paragraph: And the fourth page ends it.
    "#]]).await;
}

#[tokio::test]
async fn an_epub_in_the_order_of_its_spine() {
    check(
        "x.epub",
        making::epub(&[("../../evil.txt", b"no")]),
        expect![[r#"
        epub pages=None title=Some("A Small Book") author=Some("Bob") language=en
        Heading(1): Beginnings
        Paragraph: It began in the old mill.
        Heading(1): The End
        Paragraph: It ended by the sea & the cliffs.
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_word_document() {
    let body = r#"<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Results</w:t></w:r></w:p>
        <w:p><w:r><w:t xml:space="preserve">We found </w:t></w:r><w:del><w:r><w:delText>nothing</w:delText></w:r></w:del><w:r><w:t>gold.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>
        <w:p><w:pPr><w:pStyle w:val="Own"/></w:pPr><w:r><w:t>Places</w:t></w:r></w:p>
        <w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>River</w:t></w:r></w:p>
        <w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>Bank</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Site</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Gold &amp; more</w:t></w:r></w:p></w:tc></w:tr>
        <w:tr><w:tc><w:p><w:r><w:t>North</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3</w:t></w:r></w:p><w:p><w:r><w:t>kg</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"#;
    check(
        "x.docx",
        making::docx(body),
        expect![[r#"
        docx pages=None title=Some("The Report") author=Some("Ann") language=-
        Heading(1): Results
        Paragraph: We found gold.
        Paragraph: A note at the foot.
        Heading(2): Places
        ListItem: - River
        ListItem:   - Bank
        Table: | Site | Gold & more |
            |---|---|
            | North | 3 kg |
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_web_page() {
    let page = "<!doctype html><html lang=de><head><title>Seite &ndash; eins</title><meta name=author content=Eva></head><body>
        <nav><a href=x>Menu</a></nav><main><h1>Die  Seite</h1><p>Ein <b>fetter</b> Satz.<br>Neue Zeile.
        <ul><li>eins<li><p>zwei<ol><li>tief</ol></ul><table><tr><th>A<th>B<tr><td>1<td>x|y</table>
        <pre>  code\n  bleibt</pre><script>var no = 1;</script></main><footer>Impressum</footer></body></html>";
    check(
        "x.html",
        page,
        expect![[r#"
        html pages=None title=Some("Seite – eins") author=Some("Eva") language=de
        Heading(1): Die Seite
        Paragraph: Ein fetter Satz.
            Neue Zeile.
        ListItem: - eins
        ListItem: - zwei
        ListItem:   1. tief
        Table: | A | B |
            |---|---|
            | 1 | x/y |
        Preformatted:   code
              bleibt
    "#]],
    )
    .await;
}

#[tokio::test]
async fn markdown() {
    let text = "---\ntitle: \"The Notes\"\nauthor: Cid\n---\n\n# Top\n\nA *soft*\nwrap with `code`.[^1]\n\n## Lists\n\n- one\n- two\n  1. deep\n\n```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<div>raw <b>html</b></div>\n\n[^1]: The foot.\n";
    check(
        "notes.md",
        text,
        expect![[r#"
        markdown pages=None title=Some("The Notes") author=Some("Cid") language=-
        Heading(1): Top
        Paragraph: A soft wrap with code.[^1]
        Heading(2): Lists
        ListItem: - one
        ListItem: - two
        ListItem:   1. deep
        Preformatted: fn main() {}
        Table: | a | b |
            |---|---|
            | 1 | 2 |
        Paragraph: raw html
        Paragraph: [^1] The foot.
    "#]],
    )
    .await;
}

#[tokio::test]
async fn text_and_tables() {
    check(
        "a.txt",
        "First page here.\n\x0cSecond page\nhere.\n",
        expect![[r#"
        text pages=Some(2) title=None author=None language=-
        p1 Paragraph: First page here.
        p2 Paragraph: Second page here.
    "#]],
    )
    .await;
    check(
        "latin.txt",
        b"gr\xfcn ist die Farbe".to_vec(),
        expect![[r#"
        text pages=None title=None author=None language=-
        warning damaged: the text is not UTF-8; it was read as Windows-1252
        Paragraph: grün ist die Farbe
    "#]],
    )
    .await;
    check(
        "a.csv",
        "name;age\n\"Ann; the first\";7\nBob;8\n",
        expect![[r#"
        csv pages=None title=None author=None language=-
        Table: | name | age |
            |---|---|
            | Ann; the first | 7 |
            | Bob | 8 |
    "#]],
    )
    .await;
}

/// Every real file gives text or a reason, and nothing crashes.
#[tokio::test]
async fn the_pdf_corpus_is_read_or_refused_with_a_reason() {
    let Some(folder) = corpus("pdf") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut report = String::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "pdf")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What is recognised in photographs depends on what is installed.
        let limits = Limits { ocr: "none".to_owned(), ..Limits::default() };
        let events = read_with(process_reader(), &name, std::fs::read(path).unwrap(), limits).await;
        let mut letters = 0;
        for event in &events {
            if let ReadEvent::Section { blocks, .. } = event {
                letters += blocks.iter().map(|block| block.text.len()).sum::<usize>();
            }
        }
        match events.last() {
            Some(ReadEvent::Done) => assert!(letters > 0, "{name}: done without text"),
            Some(ReadEvent::Failed { problem }) => {
                writeln!(report, "{name}: {} {problem}", problem.code).unwrap()
            }
            other => panic!("{name}: ends with {other:?}"),
        }
    }
    expect![[r#"
        005-libreoffice-writer-password_libreoffice-writer-password.pdf: encrypted the file is protected by a password
        007-imagemagick-images_imagemagick-ASCII85Decode.pdf: scanned there is no text on the page: it is a picture
        007-imagemagick-images_imagemagick-CCITTFaxDecode.pdf: scanned there is no text on the page: it is a picture
        007-imagemagick-images_imagemagick-images.pdf: scanned there is no text on any of the 6 pages: they are pictures
        007-imagemagick-images_imagemagick-lzw.pdf: scanned there is no text on the page: it is a picture
        019-grayscale-image_grayscale-image.pdf: scanned there is no text on the page: it is a picture
        023-cmyk-image_cmyk-image.pdf: scanned there is no text on the page: it is a picture
    "#]].assert_eq(&report);
}

/// The rule books are set in two columns; what a reader would read as one text must come out as one.
#[tokio::test]
async fn two_columns_are_read_in_order() {
    let Some(folder) = corpus("srd") else { return };
    let bytes = std::fs::read(folder.join("srd-spells.pdf")).unwrap();
    let events = read_with(process_reader(), "srd-spells.pdf", bytes, Limits::default()).await;
    let mut text = String::new();
    let mut headings = Vec::new();
    for event in &events {
        if let ReadEvent::Section { blocks, .. } = event {
            for block in blocks {
                if matches!(block.kind, reading::BlockKind::Heading(_)) {
                    headings.push(block.text.clone());
                }
                text.push_str(&block.text);
                text.push('\n');
            }
        }
    }
    let squeezed = |text: &str| -> String { text.chars().filter(|next| next.is_alphanumeric()).collect() };
    let found = squeezed(&text);
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("5e-SRD-Spells.json")).unwrap()).unwrap();
    let spells = truth.as_array().unwrap();
    let (mut paragraphs, mut whole, mut headed) = (0, 0, 0);
    for spell in spells {
        headed += usize::from(headings.iter().any(|heading| heading == spell["name"].as_str().unwrap()));
        for paragraph in spell["desc"].as_array().unwrap() {
            let paragraph = squeezed(paragraph.as_str().unwrap());
            paragraphs += 1;
            whole += usize::from(found.contains(&paragraph));
        }
    }
    println!("{whole} of {paragraphs} paragraphs whole, {headed} of {} spells are headings", spells.len());
    assert!(whole * 100 >= paragraphs * 97, "only {whole} of {paragraphs} paragraphs came out whole");
    assert!(headed * 100 >= spells.len() * 98, "only {headed} of {} spells are headings", spells.len());
}
