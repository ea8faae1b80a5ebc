//! Files that want to do harm: each ends with a reason, in bounded time and memory, and the program goes on.

use crate::{
    making,
    support::{process_reader, read_with},
};
use reading::{Limits, ProblemCode, Reader, formats::ReadEvent};
use std::{ffi::OsString, io::Write, path::PathBuf};

/// How reading a file ends: the code of its failure, or how many bytes of text there are.
async fn outcome_with(
    reader: Reader,
    name: &str,
    bytes: Vec<u8>,
    limits: Limits,
) -> Result<usize, ProblemCode> {
    let events = read_with(reader, name, bytes, limits).await;
    match events.last() {
        Some(ReadEvent::Done) => Ok(text(&events).len()),
        Some(ReadEvent::Failed { problem }) => {
            assert!(!problem.message.is_empty() && !problem.hint().is_empty());
            Err(problem.code)
        }
        other => panic!("{name} ends with {other:?}"),
    }
}

fn text(events: &[ReadEvent]) -> String {
    let sections = events
        .iter()
        .filter_map(|event| if let ReadEvent::Section { blocks, .. } = event { Some(blocks) } else { None });
    sections.flatten().map(|block| block.text.as_str()).collect()
}

async fn outcome(name: &str, bytes: Vec<u8>) -> Result<usize, ProblemCode> {
    outcome_with(process_reader(), name, bytes, Limits::default()).await
}

/// A zip whose one file unpacks to `size` zeros, claiming whatever the writer claims.
fn zip_bomb(name: &str, size: usize, others: &[(&str, &[u8])]) -> Vec<u8> {
    let zeros = vec![b' '; size];
    let mut files = others.to_vec();
    files.push((name, &zeros));
    making::zip(&files)
}

fn deflated(size: usize) -> Vec<u8> {
    // The raw deflate stream of a zip entry, put behind a zlib header, is what `FlateDecode` expects.
    let archive = making::zip(&[("x", &vec![b' '; size])]);
    let name_length = usize::from(u16::from_le_bytes([archive[26], archive[27]]));
    let extra_length = usize::from(u16::from_le_bytes([archive[28], archive[29]]));
    let start = 30 + name_length + extra_length;
    let mut stream = vec![0x78, 0x9c];
    stream.extend_from_slice(&archive[start..]);
    stream
}

#[tokio::test]
async fn broken_files_say_so() {
    let whole = making::pdf(&["Some words on a page."], &[]);
    assert!(outcome("whole.pdf", whole.clone()).await.unwrap() > 10);
    for part in [20, 200, whole.len() / 2] {
        // A truncated file may be mended or refused, but not more.
        let ended = outcome("cut.pdf", whole[..part].to_vec()).await;
        assert!(
            matches!(ended, Ok(_) | Err(ProblemCode::Damaged | ProblemCode::Scanned)),
            "{part}: {ended:?}"
        );
    }
    assert_eq!(outcome("cut.docx", making::docx("<w:p/>")[..300].to_vec()).await, Err(ProblemCode::Damaged));
    let bad_xml = outcome("bad.docx", making::docx("<w:p><w:t a=></w:p")).await;
    assert!(matches!(bad_xml, Err(ProblemCode::Damaged | ProblemCode::Empty)), "{bad_xml:?}");
    assert_eq!(outcome("none.docx", making::docx("<w:p/>")).await, Err(ProblemCode::Empty));
    let no_package = making::zip(&[("META-INF/container.xml", b"<container/>")]);
    assert_eq!(outcome("x.epub", no_package).await, Err(ProblemCode::Damaged));
}

#[tokio::test]
async fn protected_files_are_named() {
    let encryption = br#"<encryption><EncryptedData><CipherData><CipherReference URI="OEBPS/text/one.xhtml"/></CipherData></EncryptedData></encryption>"#;
    let protected = making::epub(&[("META-INF/encryption.xml", encryption)]);
    assert_eq!(outcome("drm.epub", protected).await, Err(ProblemCode::Encrypted));
    let fonts = br#"<encryption><CipherReference URI="OEBPS/fonts/a.otf"/></encryption>"#;
    assert!(outcome("fonts.epub", making::epub(&[("META-INF/encryption.xml", fonts)])).await.is_ok());
}

#[tokio::test]
async fn archives_cannot_blow_up() {
    let bomb = zip_bomb("word/document.xml", 60_000_000, &[]);
    assert!(bomb.len() < 200_000);
    assert_eq!(outcome("bomb.docx", bomb).await, Err(ProblemCode::TooLarge));
    let chapter = zip_bomb("OEBPS/text/one.xhtml", 60_000_000, &[
        ("META-INF/container.xml", b"<container><rootfile full-path=\"OEBPS/b.opf\"/></container>"),
        ("OEBPS/b.opf", b"<package><manifest><item id=\"a\" href=\"text/one.xhtml\"/></manifest><spine><itemref idref=\"a\"/></spine></package>"),
    ]);
    assert_eq!(outcome("bomb.epub", chapter).await, Err(ProblemCode::TooLarge));
    let small = Limits { max_unpacked_bytes: 100, ..Limits::default() };
    let ended = outcome_with(process_reader(), "a.docx", making::docx("<w:p/>"), small).await;
    assert_eq!(ended, Err(ProblemCode::TooLarge));
}

#[tokio::test]
async fn deep_nesting_ends() {
    let deep_xml = format!("{}x{}", "<w:r>".repeat(200_000), "</w:r>".repeat(200_000));
    assert_eq!(outcome("deep.docx", making::docx(&deep_xml)).await, Err(ProblemCode::TooLarge));
    let deep_html = format!("<html><body>{}words down here", "<b>".repeat(20_000));
    assert!(outcome("deep.html", deep_html.into_bytes()).await.is_ok());
    let deep_markdown = format!("# Deep\n\n{} words **down** here", "> ".repeat(20_000));
    assert!(outcome("deep.md", deep_markdown.into_bytes()).await.is_ok());
}

#[tokio::test]
async fn a_pdf_cannot_blow_up() {
    let stream = deflated(200_000_000);
    assert!(stream.len() < 1_000_000);
    let good = b"BT /F1 11 Tf 60 700 Td (Words of the good page.) Tj ET";
    let bytes = making::pdf_of_streams(&[(good, ""), (&stream, "/Filter /FlateDecode")], &[]);
    let limits = Limits { max_reader_memory_bytes: 600_000_000, page_timeout_s: 180, ..Limits::default() };
    let events = read_with(process_reader(), "bomb.pdf", bytes, limits).await;
    assert_eq!(text(&events), "Words of the good page.", "the other page is read all the same: {events:?}");
    let many = vec![(good.as_slice(), ""); 30];
    let few_pages = Limits { max_pages: 20, ..Limits::default() };
    let ended =
        outcome_with(process_reader(), "many.pdf", making::pdf_of_streams(&many, &[]), few_pages).await;
    assert_eq!(ended, Err(ProblemCode::TooLarge));
}

/// Three pages. Of the second, what it draws with or its own entry may be nested deeper than the reader's stack.
fn deep_pdf(font: &str, entry: &str) -> Vec<u8> {
    let good = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [5 0 R 7 0 R 9 0 R] /Count 3 >>".to_owned(),
        good.to_owned(),
        format!("<< /Type /Font {font} >>"),
    ];
    for (number, entry, words) in [(3, "", "One page. "), (4, entry, "Never."), (3, "", "And another.")] {
        let contents = objects.len() + 2;
        objects.push(format!(
            "<< /Type /Page {entry} /Parent 2 0 R /MediaBox [0 0 595 842] \
             /Resources << /Font << /F1 {number} 0 R >> >> /Contents {contents} 0 R >>"
        ));
        let drawn = format!("BT /F1 11 Tf 60 700 Td ({words}) Tj ET");
        objects.push(format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()));
    }
    making::serialise(&objects.into_iter().map(String::into_bytes).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_page_that_ends_the_reader_leaves_the_others() {
    let deep = format!("/X {}{}", "[".repeat(50_000), "]".repeat(50_000));
    // Behind an entry that cannot be looked at, no page can be found.
    for (font, entry, expected) in [(deep.as_str(), "", "One page.And another."), ("", &deep, "One page.")] {
        let events = read_with(process_reader(), "deep.pdf", deep_pdf(font, entry), Limits::default()).await;
        assert_eq!(text(&events), expected, "{events:?}");
        assert_eq!(events.last(), Some(&ReadEvent::Done));
        let told =
            |event: &ReadEvent| matches!(event, ReadEvent::Warning { problem } if problem.page == Some(2));
        assert!(events.iter().any(told), "{events:?}");
    }
}

#[tokio::test]
async fn a_reader_that_hangs_or_dies_is_ended() {
    let reader = |script: &str| Reader::Process {
        program: PathBuf::from("/bin/sh"),
        arguments: ["-c", script].map(OsString::from).to_vec(),
    };
    let limits = Limits { page_timeout_s: 1, document_timeout_s: 2, ..Limits::default() };
    let hangs = outcome_with(reader("sleep 60"), "a.txt", b"x".to_vec(), limits.clone()).await;
    assert_eq!(hangs, Err(ProblemCode::TooSlow));
    let dies = outcome_with(reader("kill -9 $$"), "a.txt", b"x".to_vec(), limits.clone()).await;
    assert_eq!(dies, Err(ProblemCode::Crashed));
    let babbles = outcome_with(reader("yes nonsense"), "a.txt", b"x".to_vec(), limits.clone()).await;
    assert_eq!(babbles, Err(ProblemCode::Crashed));
    let missing = Reader::Process { program: PathBuf::from("/nowhere/reader"), arguments: Vec::new() };
    assert_eq!(outcome_with(missing, "a.txt", b"x".to_vec(), limits).await, Err(ProblemCode::Internal));
}

/// A page that hangs and one that crashes are left out by name; the others are read.
#[tokio::test]
async fn bad_pages_are_left_out_by_name() {
    // Plays the reader: page 2 hangs, page 3 kills it, each unless it is to be skipped.
    let script = r#"
        read options
        say() { printf '%s\n' "$1"; }
        say '{"event":"opened","format":"pdf","pages":4,"parts":4,"title":null,"author":null,"language":null}'
        first=$(printf '%s' "$options" | sed 's/.*"first_page":\([0-9]*\).*/\1/')
        skip=$(printf '%s' "$options" | sed 's/.*"skip_pages":\[\([0-9,]*\)\].*/,\1,/')
        for page in 1 2 3 4; do
            [ "$page" -lt "$first" ] && continue
            case "$skip" in *,$page,*) say "{\"event\":\"section\",\"through\":$page,\"blocks\":[]}"; continue;; esac
            say "{\"event\":\"page_started\",\"page\":$page}"
            [ "$page" = 2 ] && sleep 60
            [ "$page" = 3 ] && kill -9 $$
            say "{\"event\":\"page_read\",\"page\":$page}"
            say "{\"event\":\"section\",\"through\":$page,\"blocks\":[{\"kind\":\"paragraph\",\"text\":\"page $page\",\"page\":$page}]}"
        done
        say '{"event":"done"}'
    "#;
    let reader = Reader::Process {
        program: PathBuf::from("/bin/sh"),
        arguments: ["-c", script].map(OsString::from).to_vec(),
    };
    let limits = Limits { page_timeout_s: 1, ..Limits::default() };
    let events = read_with(reader, "a.pdf", b"%PDF".to_vec(), limits).await;
    let mut told = Vec::new();
    for event in &events {
        match event {
            ReadEvent::Warning { problem } => told.push(format!("{} {problem}", problem.code)),
            ReadEvent::Section { blocks, .. } => told.extend(blocks.iter().map(|block| block.text.clone())),
            ReadEvent::Opened(_) => told.push("opened".to_owned()),
            ReadEvent::Done => told.push("done".to_owned()),
            ReadEvent::PageStarted { .. } | ReadEvent::PageRead { .. } | ReadEvent::Failed { .. } => {}
        }
    }
    assert_eq!(
        told,
        [
            "opened",
            "page 1",
            "too_slow page 2: reading the page took more than 1 s",
            "crashed page 3: it makes the reader crash",
            "page 4",
            "done",
        ]
    );
}

/// A reader that dies before it can say what a PDF is may have died of what it looks at beforehand: it is begun again
/// without that, once.
#[tokio::test]
async fn a_reader_that_dies_at_once_takes_the_pages_as_they_are() {
    let reader = |script: &str| Reader::Process {
        program: PathBuf::from("/bin/sh"),
        arguments: ["-c", script].map(OsString::from).to_vec(),
    };
    let once = r#"
        read options
        case "$options" in *'"trusts_page_tree":true'*) ;; *) kill -9 $$;; esac
        printf '%s\n' '{"event":"opened","format":"pdf","pages":1,"parts":1,"title":null,"author":null,"language":null}'
        printf '%s\n' '{"event":"section","through":1,"blocks":[{"kind":"paragraph","text":"page 1","page":1}]}'
        printf '%s\n' '{"event":"done"}'
    "#;
    let bytes = || b"%PDF-1.5".to_vec();
    assert_eq!(outcome_with(reader(once), "a.pdf", bytes(), Limits::default()).await, Ok("page 1".len()));
    let always = outcome_with(reader("kill -9 $$"), "a.pdf", bytes(), Limits::default()).await;
    assert_eq!(always, Err(ProblemCode::Crashed));
}

#[tokio::test]
async fn a_hundred_megabytes_of_text_are_read() {
    let mut bytes = Vec::with_capacity(100_000_000);
    while bytes.len() < 99_999_000 {
        writeln!(bytes, "This is paragraph number {} of a very long text.\n", bytes.len()).unwrap();
    }
    let size = bytes.len();
    let text_bytes = outcome("long.txt", bytes).await.unwrap();
    assert!(text_bytes > size * 9 / 10);
    let too_much = outcome("longer.txt", vec![b'x'; 100_000_001]).await;
    assert_eq!(too_much, Err(ProblemCode::TooLarge));
}

#[tokio::test]
async fn odd_bytes_are_text_or_refused() {
    let mut invalid = b"mostly fine text, but \xff\xfe\x80 inside".to_vec();
    assert!(outcome("bad.txt", invalid.clone()).await.is_ok());
    invalid.extend_from_slice(&[0; 64]);
    assert_eq!(outcome("zeros.txt", invalid).await, Err(ProblemCode::Unsupported));
    assert!(outcome("line.txt", vec![b'x'; 3_000_000]).await.is_ok());
}
