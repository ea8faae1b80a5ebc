//! Office files beside Word's: what stands in them comes out, and broken ones say why.

use crate::{
    files::check,
    making,
    support::{process_reader, read_here, read_with},
};
use expect_test::expect;
use reading::{Limits, ProblemCode, formats::ReadEvent};

async fn failure(file_name: &str, bytes: Vec<u8>) -> Option<ProblemCode> {
    let events = read_with(process_reader(), file_name, bytes, Limits::default()).await;
    match events.last() {
        Some(ReadEvent::Failed { problem }) => Some(problem.code),
        Some(ReadEvent::Done) => None,
        other => panic!("{file_name} ends with {other:?}"),
    }
}

#[tokio::test]
async fn a_presentation_in_the_order_of_its_slides() {
    let end = r#"<p:sp><p:nvPr><p:ph type="ctrTitle"/></p:nvPr><a:p><a:r><a:t>The End</a:t></a:r></a:p></p:sp>
        <p:graphicFrame><a:tbl><a:tr><a:tc><a:p><a:t>Site</a:t></a:p></a:tc><a:tc><a:p><a:t>Gold</a:t></a:p></a:tc></a:tr>
        <a:tr><a:tc><a:p><a:t>North</a:t></a:p></a:tc><a:tc><a:p><a:t>3</a:t></a:p><a:p><a:t>kg</a:t></a:p></a:tc></a:tr></a:tbl></p:graphicFrame>"#;
    let start = r#"<p:sp><p:nvPr><p:ph type="title"/></p:nvPr><a:p><a:r><a:t>The </a:t></a:r><a:r><a:t>Start</a:t></a:r></a:p></p:sp>
        <p:sp><p:nvPr><p:ph idx="1"/></p:nvPr><a:p><a:r><a:t>River</a:t></a:r></a:p><a:p><a:pPr lvl="1"/><a:r><a:t>Bank &amp; shore</a:t></a:r></a:p></p:sp>
        <p:sp><p:nvPr><p:ph type="ftr"/></p:nvPr><a:p><a:t>Every slide</a:t></a:p></p:sp>
        <mc:AlternateContent><mc:Choice><p:sp><a:p><a:t>Free words</a:t></a:p></p:sp></mc:Choice><mc:Fallback><p:sp><a:p><a:t>Free words</a:t></a:p></p:sp></mc:Fallback></mc:AlternateContent>"#;
    check(
        "x.pptx",
        making::pptx(&[end, start]),
        expect![[r#"
        pptx pages=Some(2) title=Some("The Figures") author=Some("Ann") language=-
        p1 Heading(1): The Start
        p1 ListItem: - River
        p1 ListItem:   - Bank & shore
        p1 Paragraph: Free words
        p2 Heading(1): The End
        p2 Table: | Site | Gold |
            |---|---|
            | North | 3 kg |
        p2 Paragraph: Speak slowly.
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_workbook_with_dates() {
    let people = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row><row r="2"/>
        <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="b"><v>1</v></c><c r="C3" s="1"><v>45351</v></c></row>
        <row r="4"><c t="inlineStr"><is><t>Cid</t></is></c><c><f>1+2</f><v>3</v></c><c t="s"><v>99</v></c></row>"#;
    check(
        "x.xlsx",
        making::xlsx([people, "<row><c><v>0.5</v></c></row>"]),
        expect![[r#"
        xlsx pages=None title=Some("The Figures") author=Some("Ann") language=-
        Heading(1): People
        Table: | Name |  | Born |
            |---|---|---|
            | Ann & Bob | TRUE | 2024-02-29 |
            | Cid | 3 |  |
        Heading(1): More
        Table: | 0.5 |
            |---|
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_open_text() {
    let body = r#"<text:tracked-changes><text:p>Struck out.</text:p></text:tracked-changes>
        <text:table-of-content><text:p>Results 1</text:p></text:table-of-content>
        <text:h text:outline-level="2">The  <text:span>Results</text:span></text:h>
        <text:p>We found<text:s text:c="3"/>gold.<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>At the foot.</text:p></text:note-body></text:note> And more.</text:p>
        <text:list><text:list-item><text:p>River</text:p><text:p>and its water</text:p><text:list><text:list-item><text:p>Bank</text:p></text:list-item></text:list></text:list-item></text:list>
        <table:table table:name="T"><table:table-row><table:table-cell><text:p>Site</text:p></table:table-cell><table:table-cell><text:p>Gold</text:p></table:table-cell></table:table-row>
        <table:table-row><table:table-cell><text:p>North</text:p></table:table-cell><table:table-cell><text:p>3</text:p><text:p>kg</text:p></table:table-cell></table:table-row></table:table>"#;
    check(
        "x.odt",
        making::opendocument("text", body),
        expect![[r#"
        odt pages=None title=Some("The Open Report") author=Some("Ann") language=de-AT
        Heading(2): The Results
        Paragraph: We found gold. And more.
        Paragraph: At the foot.
        ListItem: - River
        Paragraph: and its water
        ListItem:   - Bank
        Table: | Site | Gold |
            |---|---|
            | North | 3 kg |
    "#]],
    )
    .await;
}

#[tokio::test]
async fn open_sheets_and_slides() {
    let sheet = r#"<table:table table:name="People"><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16381"/></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>Ann</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>"#;
    check(
        "x.ods",
        making::opendocument("spreadsheet", sheet),
        expect![[r#"
        ods pages=None title=Some("The Open Report") author=Some("Ann") language=de-AT
        Heading(1): People
        Table: | Name | x | x |
            |---|---|---|
            | Ann |  |  |
            | Ann |  |  |
    "#]],
    )
    .await;
    let slides = r#"<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>The Start</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>Words.</text:p></draw:text-box></draw:frame></draw:page>
        <draw:page><draw:frame><draw:text-box><text:list><text:list-item><text:p>Item</text:p></text:list-item></text:list></draw:text-box></draw:frame></draw:page>"#;
    check(
        "x.odp",
        making::opendocument("presentation", slides),
        expect![[r#"
        odp pages=Some(2) title=Some("The Open Report") author=Some("Ann") language=de-AT
        p1 Heading(1): The Start
        p1 Paragraph: Words.
        p2 ListItem: - Item
    "#]],
    )
    .await;
}

#[tokio::test]
async fn broken_and_protected_ones_say_so() {
    for (name, bytes, expected) in [
        ("none.odt", making::opendocument("text", "<text:p/>"), Some(ProblemCode::Empty)),
        (
            "drawing.odg",
            making::opendocument("graphics", "<text:p>x</text:p>"),
            Some(ProblemCode::Unsupported),
        ),
        (
            "cut.odt",
            making::opendocument("text", "<text:p>Words.</text:p>")[..150].to_vec(),
            Some(ProblemCode::Damaged),
        ),
        ("none.xlsx", making::xlsx(["", ""]), Some(ProblemCode::Empty)),
        ("none.pptx", making::pptx(&[]), Some(ProblemCode::Empty)),
        ("only.xlsx", making::zip(&[("xl/workbook.xml", b"<workbook a=")]), Some(ProblemCode::Damaged)),
    ] {
        assert_eq!(failure(name, bytes).await, expected, "{name}");
    }
    let manifest = b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let protected = making::zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", b"\x01\x02"),
    ]);
    assert_eq!(failure("protected.odt", protected).await, Some(ProblemCode::Encrypted));
}

/// What is repeated a million times a million times is written down a bounded number of times.
#[tokio::test]
async fn repetitions_end() {
    let cell =
        r#"<table:table-cell table:number-columns-repeated="9999999"><text:p>x</text:p></table:table-cell>"#;
    let row = format!(
        r#"<table:table-row table:number-rows-repeated="9999999">{}</table:table-row>"#,
        cell.repeat(3)
    );
    let sheet = format!(r#"<table:table table:name="T">{}</table:table>"#, row.repeat(50));
    let bytes = making::opendocument("spreadsheet", &sheet);
    let limits = Limits { max_reader_memory_bytes: 1_000_000_000, ..Limits::default() };
    let events = read_with(process_reader(), "x.ods", bytes, limits).await;
    assert!(matches!(events.last(), Some(ReadEvent::Done)), "{:?}", events.last());
    // Cells far to the right do not make rows longer than that.
    let far = making::xlsx([
        "<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1\"><v>2</v></c><c r=\"ZZZZ1\"><v>3</v></c></row>",
        "",
    ]);
    assert_eq!(failure("far.xlsx", far).await, None);
}

/// Cells that are left out, and those that are not told in the columns in which they stand, are no secret.
#[test]
fn tables_that_are_not_told_as_they_stand_say_so() {
    let warnings = |name: &str, bytes: &[u8]| -> String {
        let mut told = Vec::new();
        for event in read_here(name, bytes, Limits::default()) {
            if let ReadEvent::Warning { problem } = event {
                told.push(problem.message);
            }
        }
        told.join("; ")
    };
    let sheet = |place: &str| {
        let row = format!("<row><c r=\"{place}\"><v>1</v></c></row>");
        making::xlsx([&row.repeat(2_000), ""])
    };
    let open = |blanks: usize| {
        let row = format!(
            "<table:table-row><table:table-cell table:number-columns-repeated=\"{blanks}\"/>\
             <table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
        );
        let table = format!("<table:table table:name=\"T\">{}</table:table>", row.repeat(2_000));
        making::opendocument("spreadsheet", &table)
    };
    for (name, bytes, expected) in [
        ("near.xlsx", sheet("J1"), ""),
        ("far.xlsx", sheet("CV1"), "in other columns"),
        ("beyond.xlsx", sheet("XFD1"), "is left out"),
        ("near.ods", open(9), ""),
        ("far.ods", open(99), "in other columns"),
        ("beyond.ods", open(2_000), "is left out"),
        ("wide.csv", format!("{}x\n", "x,".repeat(1_023)).repeat(2).into_bytes(), ""),
        ("beyond.csv", format!("{}x\n", "x,".repeat(1_024)).repeat(2).into_bytes(), "is left out"),
    ] {
        let told = warnings(name, &bytes);
        assert_eq!(told.is_empty(), expected.is_empty(), "{name}: {told}");
        assert!(told.contains(expected), "{name}: {told}");
    }
}
