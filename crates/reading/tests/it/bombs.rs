//! Small files that are made to become large or to keep a reader busy: what comes of each is bounded by its size, and it
//! ends with text or with a reason.

use crate::{
    making,
    support::{Ended, judged, process_reader, read_here, read_with},
};
use reading::{BlockKind, Limits, ProblemCode, formats::ReadEvent};

/// A file: its name, its bytes, and the most text that may come of it, in bytes.
pub(crate) type Bomb = (&'static str, Vec<u8>, usize);

fn limits() -> Limits {
    Limits { max_unpacked_bytes: 20_000_000, page_threads: 1, ocr: "none".to_owned(), ..Limits::default() }
}

/// All of them but the PDF files.
pub(crate) fn bombs() -> Vec<Bomb> {
    [entities(), nested(), repeated(), wide(), unclosed(), archives()].concat()
}

const LAUGHS: &str = "<!DOCTYPE x [<!ENTITY a \"ha ha ha ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">\
    <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e SYSTEM \"file:///etc/passwd\">]>";

/// Entities that are made of entities, and one that is a file.
fn entities() -> Vec<Bomb> {
    let book = format!("{LAUGHS}<FictionBook><body><p>words &d;&d;&e;</p></body></FictionBook>");
    let content = format!(
        "{LAUGHS}<w:document><w:body><w:p><w:r><w:t>words &d;&e;</w:t></w:r></w:p></w:body></w:document>"
    );
    let page = format!("{LAUGHS}<html><body><p>words &d;&e;</p></body></html>");
    vec![
        ("laughs.fb2", book.into_bytes(), 100),
        ("laughs.docx", making::zip(&[("word/document.xml", content.as_bytes())]), 100),
        ("laughs.html", page.into_bytes(), 1_000),
    ]
}

/// What lies in itself again and again.
fn nested() -> Vec<Bomb> {
    let words = "word ".repeat(2_000);
    let in_word = format!(
        "{}<w:p><w:r><w:t>{words}</w:t></w:r></w:p>{}",
        "<w:tbl><w:tr><w:tc>".repeat(3_000),
        "</w:tc></w:tr></w:tbl>".repeat(3_000)
    );
    let open = "<table:table><table:table-row><table:table-cell>".repeat(3_000);
    let closed = "</table:table-cell></table:table-row></table:table>".repeat(3_000);
    let in_open = format!("{open}<text:p>{words}</text:p>{closed}");
    let in_page = format!("<html><body>{}", "<table><tr><td>word ".repeat(500));
    let deep = |tag: &str| format!("<{tag}>").repeat(20_000);
    let sheet = format!("<row><c><v>1</v>{}", deep("v"));
    vec![
        ("tables.docx", making::docx(&in_word), 50_000),
        ("tables.odt", making::opendocument("text", &in_open), 50_000),
        ("tables.html", in_page.into_bytes(), 50_000),
        ("deep.odt", making::opendocument("text", &deep("text:p")), 100),
        ("deep.xlsx", making::xlsx([&sheet, ""]), 100),
        ("deep.pptx", making::pptx(&[&deep("p:sp")]), 100),
        ("deep.fb2", format!("<FictionBook><body>{}words", deep("p")).into_bytes(), 100),
        ("deep.rtf", format!("{{\\rtf1 {}words", "{".repeat(20_000)).into_bytes(), 100),
        ("items.html", format!("<html><body><ol>{}word", "<li>".repeat(20_000)).into_bytes(), 200_000),
        ("lists.md", format!("# A\n\n**b**\n\n{}word", "- ".repeat(2_000)).into_bytes(), 20_000),
    ]
}

/// A workbook of one sheet.
fn workbook(strings: &str, rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    making::zip(&[
        ("xl/workbook.xml", b"<workbook><sheets><sheet name=\"A\" r:id=\"r1\"/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"r1\" Type=\"worksheet\" Target=\"a.xml\"/></Relationships>",
        ),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/a.xml", sheet.as_bytes()),
    ])
}

/// What is said once and shown a million times.
fn repeated() -> Vec<Bomb> {
    let long = "word ".repeat(20_000);
    let note = "<w:r><w:footnoteReference w:id=\"2\"/></w:r>".repeat(1_000);
    let document = format!("<w:document><w:body><w:p>{note}</w:p></w:body></w:document>");
    let notes = format!("<w:footnotes><w:footnote w:id=\"2\"><w:t>{long}</w:t></w:footnote></w:footnotes>");
    let noted =
        making::zip(&[("word/document.xml", document.as_bytes()), ("word/footnotes.xml", notes.as_bytes())]);
    let shown = "<row><c t=\"s\"><v>0</v></c></row>".repeat(1_000);
    let cell = format!(
        "<table:table-cell table:number-columns-repeated=\"1000000000\"><text:p>{long}</text:p></table:table-cell>"
    );
    let sheet = format!(
        "<table:table table:name=\"A\"><table:table-row table:number-rows-repeated=\"1000000000\">{cell}</table:table-row></table:table>"
    );
    let spine = "<itemref idref=\"a\"/><itemref idref=\"gone\"/>".repeat(500);
    let package = format!(
        "<package><manifest><item id=\"a\" href=\"a.xhtml\"/><item id=\"gone\" href=\"b.xhtml\"/><item id=\"n\" href=\"n.ncx\"/></manifest>\
         <spine toc=\"n\">{spine}</spine></package>"
    );
    let names = format!("<ncx><text>{long}</text>{}</ncx>", "<content src=\"a.xhtml\"/>".repeat(5_000));
    let book = making::zip(&[
        ("META-INF/container.xml", b"<container><rootfile full-path=\"b.opf\"/></container>"),
        ("b.opf", package.as_bytes()),
        ("n.ncx", names.as_bytes()),
        ("a.xhtml", b"<p>words</p>"),
    ]);
    vec![
        ("notes.docx", noted, 200_000),
        ("strings.xlsx", workbook(&format!("<sst><si><t>{long}</t></si></sst>"), &shown), 0),
        ("cells.ods", making::opendocument("spreadsheet", &sheet), 10_000_000),
        ("spine.epub", book, 1_000_000),
    ]
}

/// Rows that are longer than others, and cells far away.
fn wide() -> Vec<Bomb> {
    let far = "<row><c r=\"ALL1\"><v>1</v></c></row>".repeat(5_000);
    let beyond = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c><c r=\"A1048576\"><v>2</v></c></row>";
    let row = format!("{}x\n", "x,".repeat(9_999));
    let separated = format!("{}{}", row.repeat(4), "a\n".repeat(20_000));
    let rich = format!(
        "{{\\rtf1 {}\\row {}\\pard End.\\par}}",
        "\\intbl x\\cell".repeat(20_000),
        "\\intbl a\\cell\\row ".repeat(5_000)
    );
    let cells = |count: usize| "<td colspan=\"1000000000\" rowspan=\"1000000000\">x".repeat(count);
    let page =
        format!("<html><body><table><tr>{}{}", cells(10_000), format!("<tr>{}", cells(1)).repeat(2_000));
    let marked = format!("|{}\n|{}\n{}", "a|".repeat(100), "-|".repeat(100), "|b|\n".repeat(1_000));
    let fiction = format!(
        "<FictionBook><body><table><tr>{}</tr>{}</table></body></FictionBook>",
        "<td>x</td>".repeat(10_000),
        "<tr><td>y</td></tr>".repeat(2_000)
    );
    vec![
        ("far.xlsx", workbook("<sst/>", &far), 2_000_000),
        ("beyond.xlsx", workbook("<sst/>", beyond), 100),
        ("wide.csv", separated.into_bytes(), 1_000_000),
        ("wide.rtf", rich.into_bytes(), 1_000_000),
        ("wide.html", page.into_bytes(), 1_000_000),
        ("wide.md", marked.into_bytes(), 2_000_000),
        ("wide.fb2", fiction.into_bytes(), 1_000_000),
    ]
}

/// What begins and does not end, many times.
fn unclosed() -> Vec<Bomb> {
    let film = format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{}word\n", "<{".repeat(100_000));
    let parameters: String = (0..50_000).map(|number| format!("; a{number}=b")).collect();
    let letter = format!(
        "From: a\r\nSubject: b {}\r\nContent-Type: text/plain{parameters}\r\n\r\nwords\r\n",
        "=?a?b?x".repeat(20_000)
    );
    let package = format!("<html><body><p>words{}", "<![CDATA[<!--<a href='".repeat(5_000));
    let markup = format!("# A\n\n**b**\n\nwords {}", "[a](<![b](".repeat(500));
    vec![
        ("open.vtt", film.into_bytes(), 300_000),
        ("open.eml", letter.into_bytes(), 1_000_000),
        ("open.html", package.into_bytes(), 200_000),
        ("open.md", markup.into_bytes(), 100_000),
    ]
}

/// Puts a number at a place of every entry of an archive's list.
fn lying(archive: &[u8], place: usize, number: u32) -> Vec<u8> {
    let mut bytes = archive.to_vec();
    let entries: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter_map(|(at, window)| (window == b"PK\x01\x02").then_some(at))
        .collect();
    for entry in entries {
        bytes[entry + place..entry + place + 4].copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// Archives that lie about what they hold.
fn archives() -> Vec<Bomb> {
    let whole = making::docx("<w:p><w:r><w:t>Words.</w:t></w:r></w:p>");
    let entries = [whole.clone(), b"PK\x01\x02".repeat(60_000)].concat();
    let named =
        making::zip(&[("mimetype", &vec![b' '; 900_000]), ("word/document.xml", b"<w:t>Words.</w:t>")]);
    vec![
        ("packed.docx", lying(&whole, 20, u32::MAX - 1), 100),
        ("packed-0.docx", lying(&whole, 20, 0), 100),
        ("unpacked.docx", lying(&whole, 24, u32::MAX - 1), 100),
        ("unpacked-0.docx", lying(&whole, 24, 0), 100),
        ("place.docx", lying(&whole, 42, u32::MAX - 1), 100),
        ("one-place.docx", lying(&whole, 42, 0), 100),
        ("method.docx", lying(&whole, 8, u32::MAX - 1), 100),
        ("entries.docx", entries, 0),
        ("type.docx", named, 100),
    ]
}

#[test]
fn small_files_give_little_text_or_a_reason() {
    for (name, bytes, most) in bombs() {
        match judged(&read_here(name, &bytes, limits())) {
            Ok(Ended::Text(length)) => {
                assert!(length <= most, "{name}: {length} bytes of text of a file of {} bytes", bytes.len());
            }
            Ok(Ended::Refused(code)) => {
                assert_ne!(code, ProblemCode::Unsupported, "{name} is not what it is called");
                println!("{name}: {code}");
            }
            Err(wrong) => panic!("{name}: {wrong}"),
        }
    }
}

const FONT: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
const PAGE: &str = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>";
const CATALOGUE: &str = "<< /Type /Catalog /Pages 2 0 R >>";
const PAGES: &str = "<< /Type /Pages /Kids [4 0 R] /Count 1 >>";

fn stream(content: &str, entries: &str) -> String {
    format!("<< /Length {} {entries} >>\nstream\n{content}\nendstream", content.len())
}

const WORDS: &str = "BT /F1 11 Tf 60 700 Td (Words of the page.) Tj ET";

fn file(objects: &[&str]) -> Vec<u8> {
    let objects: Vec<Vec<u8>> = objects.iter().map(|object| object.as_bytes().to_vec()).collect();
    making::serialise(&objects)
}

/// PDF files that name one page thousands of times, or tell more pages than they have.
fn page_trees() -> Vec<(&'static str, Vec<u8>)> {
    let words = stream(WORDS, "");
    let tree = |kids: &str, count: u32, others: &[String]| {
        let root = format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>");
        let mut objects: Vec<&str> = vec![CATALOGUE, root.as_str(), FONT, PAGE, words.as_str()];
        objects.extend(others.iter().map(String::as_str));
        file(&objects)
    };
    let spare: Vec<String> = std::iter::repeat_n("null".to_owned(), 3_000).collect();
    let hundred = format!("<< /Type /Pages /Parent 2 0 R /Kids [{}] /Count 100 >>", "4 0 R ".repeat(100));
    let double = |next: usize| format!("<< /Type /Pages /Kids [{next} 0 R {next} 0 R] >>");
    let mut doubles: Vec<String> = (7..47).map(double).collect();
    doubles.push("<< /Type /Pages /Parent 2 0 R /Kids [4 0 R] /Count 1 >>".to_owned());
    vec![
        ("page-again.pdf", tree(&"4 0 R ".repeat(9_000), 9_000, &[])),
        ("page-again-untold.pdf", tree(&"4 0 R ".repeat(9_000), 1, &[])),
        ("branch-again.pdf", tree(&"6 0 R ".repeat(90), 9_000, &[hundred])),
        ("told.pdf", tree("4 0 R", 3_000, &spare)),
        ("circles.pdf", tree("2 0 R 2 0 R 4 0 R", 2_000_000_000, &[])),
        ("branches.pdf", tree("6 0 R 6 0 R", 2_000_000_000, &doubles)),
    ]
}

/// PDF files that lead in circles, or lie about their sizes.
pub(crate) fn pdf_bombs() -> Vec<(&'static str, Vec<u8>)> {
    [circles_and_lies(), page_trees()].concat()
}

fn circles_and_lies() -> Vec<(&'static str, Vec<u8>)> {
    let words = stream(WORDS, "");
    let pages = |pages: &str| file(&[CATALOGUE, pages, FONT, PAGE, &words]);
    let with_bookmarks = CATALOGUE.replace(" >>", " /Outlines 6 0 R >>");
    let bookmarks = |bookmark: &str| {
        let outlines = "<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>";
        file(&[&with_bookmarks, PAGES, FONT, PAGE, &words, outlines, bookmark])
    };
    let with_form = PAGE.replace("/Font <<", "/XObject << /Fm 6 0 R >> /Font <<");
    let form = stream(
        "/Fm Do /Fm Do",
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Fm 6 0 R >> >>",
    );
    let drawn = stream("BT /F1 11 Tf 60 700 Td (Words of the page.) Tj ET /Fm Do", "");
    let objects =
        stream("9 0 10 5 << /A 1 >>", "/Type /ObjStm /N 100000000 /First 2000000000 /Extends 6 0 R");
    let deep =
        PAGE.replace("/Contents", &format!("/X {}{} /Contents", "[".repeat(50_000), "]".repeat(50_000)));
    vec![
        ("bookmark-next.pdf", bookmarks("<< /Title (A) /Parent 6 0 R /Next 7 0 R /Dest [4 0 R /Fit] >>")),
        ("bookmark-first.pdf", bookmarks("<< /Title (A) /Parent 6 0 R /First 7 0 R /Dest [4 0 R /Fit] >>")),
        ("pages-in-pages.pdf", pages("<< /Type /Pages /Kids [2 0 R 4 0 R] /Count 2 >>")),
        ("many-pages.pdf", pages("<< /Type /Pages /Kids [4 0 R] /Count 2000000000 >>")),
        ("no-pages.pdf", pages("<< /Type /Pages /Kids [4 0 R] /Count -1 >>")),
        ("form-in-form.pdf", file(&[CATALOGUE, PAGES, FONT, &with_form, &drawn, &form])),
        ("objects.pdf", file(&[CATALOGUE, PAGES, FONT, PAGE, &words, &objects])),
        (
            "length.pdf",
            file(&[CATALOGUE, PAGES, FONT, PAGE, &words.replace("/Length 49", "/Length 99999999999")]),
        ),
        ("content.pdf", file(&[CATALOGUE, PAGES, FONT, PAGE, "[5 0 R 5 0 R]"])),
        ("deep.pdf", file(&[CATALOGUE, PAGES, FONT, &deep, &words])),
        ("brackets.pdf", file(&[CATALOGUE, PAGES, FONT, PAGE, &stream(&"(".repeat(50_000), "")])),
    ]
}

#[tokio::test]
async fn pdf_files_that_lead_in_circles_end() {
    for (name, bytes) in pdf_bombs() {
        let ended = judged(&read_with(process_reader(), name, bytes, limits()).await);
        let ended = ended.unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        println!("{name}: {ended:?}");
        match (name, ended) {
            ("bookmark-next.pdf" | "bookmark-first.pdf", ended) => {
                assert_eq!(ended, Ended::Text("Words of the page.".len()), "{name}");
            }
            ("branches.pdf", ended) => assert_eq!(ended, Ended::Refused(ProblemCode::TooLarge)),
            (_, Ended::Text(length)) => assert!(length <= 100, "{name}: {length}"),
            (_, Ended::Refused(code)) => assert_ne!(code, ProblemCode::TooSlow, "{name}"),
        }
    }
}

/// The numbers of the pages that work began on.
fn begun(events: &[ReadEvent]) -> Vec<u32> {
    let page =
        |event: &ReadEvent| if let ReadEvent::PageStarted { page } = event { Some(*page) } else { None };
    events.iter().filter_map(page).collect()
}

/// What was told beside the text, without the codes.
fn warnings(events: &[ReadEvent]) -> Vec<String> {
    let told = |event: &ReadEvent| {
        if let ReadEvent::Warning { problem } = event { Some(problem.message.clone()) } else { None }
    };
    events.iter().filter_map(told).collect()
}

#[tokio::test]
async fn a_page_that_is_named_again_and_again_is_read_once() {
    for (name, bytes) in page_trees() {
        let events = read_with(process_reader(), name, bytes, limits()).await;
        if name == "branches.pdf" {
            assert_eq!(begun(&events), [0_u32; 0], "{name}");
            continue;
        }
        assert_eq!(judged(&events), Ok(Ended::Text("Words of the page.".len())), "{name}");
        assert_eq!(begun(&events), [1], "{name}");
        let expected = match name {
            "told.pdf" => "the file says that it has 3000 pages, and has 1",
            "circles.pdf" => "the tree of its pages leads in a circle, which is left out",
            _ => {
                "not read again, as the file names the same before: page 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8989 more"
            }
        };
        assert_eq!(warnings(&events).first().map(String::as_str), Some(expected), "{name}");
    }
}

/// A page of words and a blank one that stand in a file twice, as some programs write them: the others keep their
/// numbers and their bookmarks.
#[tokio::test]
async fn pages_that_a_file_names_twice_for_a_reason_are_read() {
    let catalogue = CATALOGUE.replace(" >>", " /Outlines 9 0 R >>");
    let blank = PAGE.replace(" /Contents 5 0 R", "");
    let last = PAGE.replace("/Contents 5", "/Contents 8");
    let bytes = file(&[
        &catalogue,
        "<< /Type /Pages /Kids [4 0 R 6 0 R 4 0 R 6 0 R 7 0 R] /Count 5 >>",
        FONT,
        PAGE,
        &stream(WORDS, ""),
        &blank,
        &last,
        &stream("BT /F1 11 Tf 60 400 Td (The last words) Tj ET", ""),
        "<< /Type /Outlines /First 10 0 R /Last 10 0 R /Count 1 >>",
        "<< /Title (The last words) /Parent 9 0 R /Dest [7 0 R /Fit] >>",
    ]);
    let events = read_with(process_reader(), "twice.pdf", bytes, limits()).await;
    let mut blocks = Vec::new();
    for event in &events {
        match event {
            ReadEvent::Opened(opened) => assert_eq!(opened.pages, Some(5)),
            ReadEvent::Section { blocks: section, .. } => blocks.extend(section.clone()),
            ReadEvent::PageStarted { .. }
            | ReadEvent::PageRead { .. }
            | ReadEvent::Warning { .. }
            | ReadEvent::Failed { .. }
            | ReadEvent::Done => {}
        }
    }
    let read: Vec<_> = blocks.iter().map(|block| (block.page, block.kind, block.text.as_str())).collect();
    assert_eq!(
        read,
        [
            (Some(1), BlockKind::Paragraph, "Words of the page."),
            (Some(5), BlockKind::Heading(1), "The last words")
        ]
    );
    assert_eq!(begun(&events), [1, 2, 5]);
    assert_eq!(
        warnings(&events),
        ["not read again, as the file names the same before: page 3, 4", "there is no text on page 2"]
    );
}
