//! Small files of every format, made by hand.

pub(crate) mod mobi;
pub(crate) mod mutating;
mod pages;
pub(crate) mod seeds;

pub(crate) use pages::{pdf, pdf_of_streams, serialise};

use pages::content_stream;
use std::io::{Cursor, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip archive of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A PDF of one page with this list of information, and this XMP packet; its catalogue names the language.
pub(crate) fn pdf_saying(information: &str, packet: &str) -> Vec<u8> {
    let stream = |entries: &str, bytes: &[u8]| {
        let head = format!("<< {entries} /Length {} >>\nstream\n", bytes.len());
        [head.as_bytes(), bytes, b"\nendstream"].concat()
    };
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>";
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /Lang (de-AT) >>".to_vec(),
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        page.as_bytes().to_vec(),
        stream("", &content_stream("Words that stand on the page.")),
        stream("/Type /Metadata /Subtype /XML", packet.as_bytes()),
        information.as_bytes().to_vec(),
    ];
    let mut file = serialise(&objects);
    let root = b"/Root 1 0 R";
    let place = file.windows(root.len()).rposition(|bytes| bytes == root).unwrap() + root.len();
    let end = file.split_off(place);
    file.extend_from_slice(b" /Info 7 0 R");
    file.extend(end);
    file
}

/// A Word document with this body (the inside of `w:body`).
pub(crate) fn docx(body: &str) -> Vec<u8> {
    let namespace = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
    let document =
        format!("<?xml version=\"1.0\"?><w:document {namespace}><w:body>{body}</w:body></w:document>");
    let styles = format!(
        "<w:styles {namespace}><w:style w:styleId=\"berschrift1\"><w:name w:val=\"heading 1\"/></w:style>\
         <w:style w:styleId=\"Own\"><w:name w:val=\"My own\"/><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr></w:style></w:styles>"
    );
    let footnotes = format!(
        "<w:footnotes {namespace}><w:footnote w:id=\"2\"><w:p><w:r><w:t>A note at the foot.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    );
    let core = "<cp:coreProperties xmlns:cp=\"c\" xmlns:dc=\"d\"><dc:title>The Report</dc:title><dc:creator>Ann</dc:creator></cp:coreProperties>";
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/footnotes.xml", footnotes.as_bytes()),
        ("docProps/core.xml", core.as_bytes()),
    ])
}

const CORE: &[u8] = b"<cp:coreProperties xmlns:cp=\"c\" xmlns:dc=\"d\"><dc:title>The Figures</dc:title><dc:creator>Ann</dc:creator></cp:coreProperties>";

/// The parts that a part refers to: name, target and the last word of the kind.
fn relations(list: &[(&str, &str, &str)]) -> String {
    let rows = list.iter().map(|(id, target, kind)| {
        format!("<Relationship Id=\"{id}\" Type=\"http://relations/{kind}\" Target=\"{target}\"/>")
    });
    format!("<Relationships>{}</Relationships>", rows.collect::<String>())
}

/// A presentation of these slides (the inside of their trees of shapes), shown in reverse order; the first has notes.
pub(crate) fn pptx(slides: &[&str]) -> Vec<u8> {
    let (mut list, mut references) = (String::new(), Vec::new());
    let mut files = Vec::new();
    for (index, slide) in slides.iter().enumerate() {
        list.insert_str(0, &format!("<p:sldId id=\"{}\" r:id=\"rId{index}\"/>", 256 + index));
        references.push((format!("rId{index}"), format!("slides/slide{index}.xml")));
        files.push((
            format!("ppt/slides/slide{index}.xml"),
            format!("<p:sld><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"),
        ));
    }
    let references: Vec<_> =
        references.iter().map(|(id, target)| (id.as_str(), target.as_str(), "slide")).collect();
    let presentation = format!("<p:presentation><p:sldIdLst>{list}</p:sldIdLst></p:presentation>");
    files.push(("ppt/presentation.xml".to_owned(), presentation));
    files.push(("ppt/_rels/presentation.xml.rels".to_owned(), relations(&references)));
    let notes = [("rId1", "../notesSlides/notes.xml", "notesSlide")];
    files.push(("ppt/slides/_rels/slide0.xml.rels".to_owned(), relations(&notes)));
    let notes = "<p:notes><p:sp><p:nvPr><p:ph type=\"body\"/></p:nvPr><a:p><a:t>Speak slowly.</a:t></a:p></p:sp>\
        <p:sp><p:nvPr><p:ph type=\"sldNum\"/></p:nvPr><a:p><a:t>1</a:t></a:p></p:sp></p:notes>";
    files.push(("ppt/notesSlides/notes.xml".to_owned(), notes.to_owned()));
    let mut files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("docProps/core.xml", CORE));
    zip(&files)
}

/// A workbook of two sheets (the inside of their `sheetData`), with the strings `Name`, `Born` and `Ann & Bob`, and
/// with dates under the style 1.
pub(crate) fn xlsx(sheets: [&str; 2]) -> Vec<u8> {
    let workbook = "<workbook><sheets><sheet name=\"People\" sheetId=\"1\" r:id=\"rId2\"/>\
        <sheet name=\"More\" sheetId=\"2\" r:id=\"rId1\"/></sheets></workbook>";
    let references = relations(&[
        ("rId1", "/xl/worksheets/b.xml", "worksheet"),
        ("rId2", "worksheets/a.xml", "worksheet"),
    ]);
    let strings = "<sst><si><t>Name</t></si><si><r><t>Bo</t></r><r><t>rn</t></r><rPh><t>no</t></rPh></si>\
        <si><t>Ann &amp; Bob</t></si></sst>";
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts>\
        <cellStyleXfs><xf numFmtId=\"164\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
    let sheet = |rows: &str| format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let (first, second) = (sheet(sheets[0]), sheet(sheets[1]));
    zip(&[
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", references.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/a.xml", first.as_bytes()),
        ("xl/worksheets/b.xml", second.as_bytes()),
        ("docProps/core.xml", CORE),
    ])
}

/// An OpenDocument file of this kind (`text`, `spreadsheet`, `presentation`) with this body.
pub(crate) fn opendocument(kind: &str, body: &str) -> Vec<u8> {
    let media_type = format!("application/vnd.oasis.opendocument.{kind}");
    let content = format!(
        "<office:document-content><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    );
    let meta = "<office:document-meta><office:meta><dc:creator>Last</dc:creator><meta:initial-creator>Ann</meta:initial-creator>\
        <dc:title>The Open Report</dc:title><dc:language>de-AT</dc:language></office:meta></office:document-meta>";
    zip(&[
        ("mimetype", media_type.as_bytes()),
        ("content.xml", content.as_bytes()),
        ("meta.xml", meta.as_bytes()),
    ])
}

/// An e-book of two chapters; further files are put beside them.
pub(crate) fn epub(extra: &[(&str, &[u8])]) -> Vec<u8> {
    let container = b"<container><rootfiles><rootfile full-path=\"OEBPS/book.opf\"/></rootfiles></container>";
    let package = br#"<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A Small Book</dc:title>
        <dc:creator>Bob</dc:creator><dc:language>en</dc:language></metadata><manifest>
        <item id="b" href="text/two.xhtml"/><item id="a" href="text/one.xhtml"/><item id="n" href="nav.xhtml" properties="nav"/>
        </manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>"#;
    let navigation = br#"<html><body><nav><ol><li><a href="text/one.xhtml">Beginnings</a></li><li><a href="text/two.xhtml#x">Endings</a></li></ol></nav></body></html>"#;
    let one = b"<html><body><p>It began in the <i>old</i> mill.</p></body></html>";
    let two = b"<html><body><h1>The End</h1><p>It ended by the sea &amp; the cliffs.</p></body></html>";
    let mut files: Vec<(&str, &[u8])> = vec![
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", container),
        ("OEBPS/book.opf", package),
        ("OEBPS/nav.xhtml", navigation),
        ("OEBPS/text/one.xhtml", one),
        ("OEBPS/text/two.xhtml", two),
    ];
    files.extend_from_slice(extra);
    zip(&files)
}
