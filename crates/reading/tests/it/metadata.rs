//! What documents say of themselves: publisher, dates, language, from every format that tells them.

use crate::making::{self, mobi::Mobi};
use reading::{
    Limits,
    formats::{Opened, ReadEvent, ReadOptions, read},
};
use std::sync::Mutex;

fn opened(file_name: &str, bytes: &[u8]) -> Opened {
    let opened = Mutex::new(None);
    read(bytes, &ReadOptions::new(file_name, Limits::default()), &|event| {
        if let ReadEvent::Opened(told) = event {
            *opened.lock().unwrap() = Some(told);
        }
    });
    opened.into_inner().unwrap().unwrap_or_else(|| panic!("{file_name} was not opened"))
}

/// Publisher, when published, when made, language.
fn told(file_name: &str, bytes: impl AsRef<[u8]>) -> String {
    let told = opened(file_name, bytes.as_ref());
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let date = |date: Option<reading::PartialDate>| shown(date.map(|date| date.to_string()));
    format!(
        "{} | {} | {} | {}",
        shown(told.publisher),
        date(told.published),
        date(told.made),
        shown(told.language)
    )
}

fn epub(metadata: &str) -> Vec<u8> {
    let package = format!(
        "<package><metadata><dc:title>A Small Book</dc:title><dc:language>en</dc:language>{metadata}</metadata>\
         <manifest><item id=\"a\" href=\"one.xhtml\"/></manifest><spine><itemref idref=\"a\"/></spine></package>"
    );
    making::zip(&[
        ("mimetype", b"application/epub+zip"),
        (
            "META-INF/container.xml",
            b"<container><rootfiles><rootfile full-path=\"book.opf\"/></rootfiles></container>",
        ),
        ("book.opf", package.as_bytes()),
        ("one.xhtml", b"<html><body><p>It began in the old mill.</p></body></html>"),
    ])
}

#[test]
fn of_e_books() {
    let metadata = "<dc:publisher>Mill &amp; Sea</dc:publisher><dc:publisher>Other</dc:publisher>\
        <dc:date opf:event=\"modification\">2020-01-02</dc:date><dc:date opf:event=\"creation\">2013-11</dc:date>\
        <dc:date opf:event=\"publication\">2014-05-03T00:00:00+00:00</dc:date>";
    assert_eq!(told("x.epub", epub(metadata)), "Mill & Sea | 2014-05-03 | 2013-11 | en");
    assert_eq!(told("x.epub", epub("<dc:date>1999</dc:date>")), "- | 1999 | - | en");
    // What a program writes that knows no date, or no publisher.
    let nothing = "<dc:publisher>Unknown</dc:publisher><dc:date>0101-01-01T00:00:00+00:00</dc:date>";
    assert_eq!(told("x.epub", epub(nothing)), "- | - | - | en");
    let mut book = Mobi::new("<html><body><p>The mill stood by the sea.</p></body></html>");
    book.metadata.push((101, b"Sea Press".to_vec()));
    book.metadata.push((106, b"2014-05-03T07:00:00+00:00".to_vec()));
    assert_eq!(told("x.mobi", book.file()), "Sea Press | 2014-05-03 | - | en");
    let fiction = "<FictionBook><description><title-info><book-title>The Mill</book-title>\
        <date value=\"1869-03-01\">spring of 1869</date><lang>ru</lang></title-info>\
        <document-info><date>2010-01-01</date></document-info>\
        <publish-info><publisher>Sea &amp; Sons</publisher><year>1999</year></publish-info></description>\
        <body><section><p>It stood by the sea.</p></section></body></FictionBook>";
    assert_eq!(told("x.fb2", fiction), "Sea & Sons | 1999 | 1869-03-01 | ru");
    let only_words = fiction.replace(" value=\"1869-03-01\"", "");
    assert_eq!(told("x.fb2", only_words), "Sea & Sons | 1999 | 1869 | ru");
}

fn word(core: &str, application: &str) -> Vec<u8> {
    making::zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        (
            "word/document.xml",
            b"<w:document><w:body><w:p><w:r><w:t>Words.</w:t></w:r></w:p></w:body></w:document>",
        ),
        ("docProps/core.xml", core.as_bytes()),
        ("docProps/app.xml", application.as_bytes()),
    ])
}

#[test]
fn of_office_files() {
    let core = "<cp:coreProperties><dc:title>Salt &amp; Sea</dc:title><dc:language>de</dc:language>\
        <dcterms:created>2014-05-03T10:00:00Z</dcterms:created><dcterms:modified>2020-01-01T00:00:00Z</dcterms:modified>\
        </cp:coreProperties>";
    let application =
        "<Properties><Application>Word</Application><Company>Mill &amp; Co</Company></Properties>";
    assert_eq!(told("x.docx", word(core, application)), "Mill & Co | - | 2014-05-03 | de");
    // A title with a mark that XML has to write as a name is whole.
    assert_eq!(opened("x.docx", &word(core, application)).title.as_deref(), Some("Salt & Sea"));
    let first_day = core.replace("2014-05-03", "1980-01-01");
    assert_eq!(told("x.docx", word(&first_day, "<broken")), "- | - | - | de");
    assert_eq!(told("x.docx", word("<a/>", "<a/>")), "- | - | - | -");
    let meta = "<office:document-meta><office:meta><meta:creation-date>2014-05-03T10:00:00.000000000</meta:creation-date>\
        <dc:date>2020-01-01T00:00:00</dc:date><dc:language>de-AT</dc:language>\
        <meta:user-defined meta:name=\"Publisher\">Sea Press</meta:user-defined></office:meta></office:document-meta>";
    let content = "<office:document-content><office:body><office:text><text:p>Words.</text:p></office:text></office:body>\
        </office:document-content>";
    let open = making::zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
        ("meta.xml", meta.as_bytes()),
    ]);
    assert_eq!(told("x.odt", open), "Sea Press | - | 2014-05-03 | de-AT");
    let rich = "{\\rtf1\\ansi{\\info{\\title T1}{\\*\\company Mill \\'26 Co}{\\creatim\\yr2014\\mo5\\dy3\\hr10\\min5}\
        {\\revtim\\yr2020\\mo1\\dy1}}Words.\\par}";
    assert_eq!(told("x.rtf", rich), "Mill & Co | - | 2014-05-03 | -");
}

#[test]
fn of_pages_and_letters() {
    let page = "<html lang=\"en\"><head><meta property=\"og:site_name\" content=\"The Site\">\
        <meta name=\"DC.publisher\" content=\"Sea Press\"><meta name=\"date\" content=\"2001\">\
        <meta property=\"article:published_time\" content=\"2014-05-03T10:00:00+02:00\"></head>\
        <body><p>Words.</p></body></html>";
    assert_eq!(told("x.html", page), "Sea Press | 2014-05-03 | - | en");
    let plain = "<html><head><title>T1</title></head><body><time itemprop=\"datePublished\" datetime=\"2014-05\">May</time>\
        <p>Words.</p></body></html>";
    assert_eq!(told("x.html", plain), "- | 2014-05 | - | -");
    let letter = "From: Ann <ann@mill.example>\r\nTo: bob@sea.example\r\nSubject: The mill\r\n\
        Date: Sat, 3 May 2014 23:30:00 -0800\r\n\r\nDear Bob, it is old.\r\n";
    assert_eq!(told("x.eml", letter), "- | 2014-05-03 | - | -");
    let matter = "---\ntitle: Notes\npublisher: \"Sea Press\"\ndate: 3 May 2014\nlang: de\n---\n\nWords.\n";
    assert_eq!(told("x.md", matter), "Sea Press | 2014-05-03 | - | de");
    assert_eq!(told("x.txt", "Printed in 1999 by Sea Press."), "- | - | - | -");
}

#[test]
fn of_pdf_files() {
    let packet = |date: &str| {
        format!(
            "<?xpacket begin=\"\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF>\
             <rdf:Description><dc:publisher><rdf:Bag><rdf:li>Mill &amp; Sea</rdf:li></rdf:Bag></dc:publisher>\
             <dc:date><rdf:Seq><rdf:li>{date}</rdf:li></rdf:Seq></dc:date></rdf:Description></rdf:RDF></x:xmpmeta>\
             <?xpacket end=\"w\"?>"
        )
    };
    let information = "<< /Title (The Mill) /CreationDate (D:20140503100000+02'00') >>";
    let told_by = |information: &str, packet: &str| told("x.pdf", making::pdf_saying(information, packet));
    assert_eq!(told_by(information, &packet("1999-05")), "Mill & Sea | 1999-05 | 2014-05-03 | de-AT");
    // The day on which the file was made is not when it was published.
    assert_eq!(
        told_by(information, &packet("2014-05-03T10:00:00+02:00")),
        "Mill & Sea | - | 2014-05-03 | de-AT"
    );
    assert_eq!(told_by("<< >>", "<x:xmpmeta><rdf:RDF><broken"), "- | - | - | de-AT");
    assert_eq!(told_by("<< /CreationDate (soon) >>", ""), "- | - | - | de-AT");
}
