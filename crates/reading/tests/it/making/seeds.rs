//! A small whole file or two of every format, with everything in it that its reader knows.

use super::{docx, epub, mobi::Mobi, mobi::Packing, opendocument, pdf, pdf_saying, pptx, xlsx, zip};
use reading::Format;

const PAGE: &str = "<!doctype html><html lang=de><head><title>The page</title><meta name=author content=Eva></head><body><nav>Menu</nav>
<main><h1>The page</h1><p>A <b>bold</b> line.<br>Another &amp; more.<ul><li>one<li><p>two<ol><li>deep</ol></ul>
<table><caption>C</caption><tr><th>A<th>B<tr><td colspan=2>1 <table><tr><td>in</table></table><pre>  code</pre></main></body></html>";

const MARKDOWN: &str = "---\ntitle: Notes\ndate: 3 May 2014\n---\n\n# Top\n\nA *soft*\nwrap with `code`.[^1]\n\n- one\n- two\n  1. deep\n\n\
```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<div>raw <b>html</b></div>\n\n[^1]: The foot.\n";

const RICH: &str = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\stylesheet{\\s1\\outlinelevel0 heading 1;}}{\\info{\\title T1}\
{\\creatim\\yr2014\\mo5\\dy3}}\\pard\\s1 Results\\par\\pard We f\\'fcnd {\\b gold}\\u8212?and \\u-10179?\\u-8704? {\\v hidden}more.\
{\\footnote At the foot.}\\par{\\listtext\\bullet\\tab}River\\par\\pard\\intbl Site\\cell Gold\\cell\\row North\\cell 3\\cell\\row\\pard End.\\par}";

const FICTION: &str = "<?xml version=\"1.0\"?><FictionBook><description><title-info><author><first-name>Ann</first-name></author>\
<book-title>The Mill</book-title><lang>en</lang></title-info><publish-info><publisher>Sea</publisher><year>1999</year></publish-info></description>\
<body><title><p>The Mill</p></title><section><title><p>One</p></title><p>It <emphasis>stood</emphasis> &amp; fell.</p><poem><stanza><v>The sea,</v>\
<v>the sea.</v></stanza></poem><subtitle>After</subtitle><table><tr><th>Year</th></tr><tr><td>1900</td></tr></table></section></body></FictionBook>";

const LETTER: &str = "Received: from a\r\nFrom: =?utf-8?Q?Ann_L=C3=A9e?= <ann@mill.example>\r\nTo: bob@sea.example\r\nSubject: =?utf-8?B?TcO8aGxl?=\r\n\
Date: Mon, 1 Jan 2024 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=\"out er\"\r\n\r\n--out er\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDear Bob,\r\n\r\nthe m=FChle is old.\r\n--b\r\n\
Content-Type: text/html\r\n\r\n<p>Again.</p>\r\n--b--\r\n--out er\r\nContent-Type: application/pdf; name*0=\"pl\"; name*1=\"an.pdf\"\r\n\
Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--out er\r\nContent-Type: message/rfc822\r\n\r\nFrom: cid\r\nSubject: Before\r\n\r\nWords.\r\n--out er--\r\n";

const FILM: &str = "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>It was</i> night.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n- Who is there?\r\n- Ann.\r\n";

const CAPTIONS: &str = "WEBVTT\n\nNOTE no\n\n00:01.000 --> 00:02.000 align:start\n<v Ann>The mill &amp; the sea\n\n00:02.000 --> 00:03.000\n{\\an8}is <c>old</c>.\n";

/// Files of a format, each with the name that it is read under.
pub(crate) fn seeds(format: Format) -> Vec<(&'static str, Vec<u8>)> {
    match format {
        Format::Pdf => vec![
            (
                "x.pdf",
                pdf(
                    &["# First\nWords of a page.\n\n1", "More words.\n\n2", "The end.\n\n3"],
                    &[("First", 1)],
                ),
            ),
            (
                "y.pdf",
                pdf_saying(
                    "<< /Title (The Mill) /CreationDate (D:20140503) >>",
                    "<x:xmpmeta><rdf:RDF/></x:xmpmeta>",
                ),
            ),
        ],
        Format::Epub => vec![("x.epub", epub(&[]))],
        Format::Mobi => {
            let book = Mobi::new(
                "<html><body><h1>One</h1><p>The tower and the mill.</p><mbp:pagebreak/><p>It fell.</p></body></html>",
            );
            let contents = vec![(12, "One", 0), (60, "Two", 1)];
            vec![
                ("x.mobi", Mobi { contents: contents.clone(), ..book.clone() }.file()),
                (
                    "y.mobi",
                    Mobi { packing: Packing::Huffman, contents, trailing: 0b11, record_bytes: 40, ..book }
                        .file(),
                ),
            ]
        }
        Format::Fb2 => vec![("x.fb2", FICTION.into()), ("x.fb2.zip", zip(&[("a.fb2", FICTION.as_bytes())]))],
        Format::Docx => {
            let cells = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Site</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3 &amp; more</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
            let body = format!(
                "<w:p><w:pPr><w:pStyle w:val=\"berschrift1\"/></w:pPr><w:r><w:t>Results</w:t></w:r></w:p><w:p><w:r><w:t>Gold.</w:t></w:r>\
                 <w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p><w:p><w:pPr><w:numPr><w:ilvl w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>Bank</w:t></w:r></w:p>{cells}"
            );
            vec![("x.docx", docx(&body))]
        }
        Format::Pptx => {
            let title = "<p:sp><p:nvPr><p:ph type=\"title\"/></p:nvPr><a:p><a:r><a:t>The Start</a:t></a:r></a:p></p:sp>";
            let body = "<p:sp><p:nvPr><p:ph idx=\"1\"/></p:nvPr><a:p><a:pPr lvl=\"1\"/><a:r><a:t>River</a:t></a:r></a:p></p:sp>\
                <p:graphicFrame><a:tbl><a:tr><a:tc><a:p><a:t>Site</a:t></a:p></a:tc></a:tr></a:tbl></p:graphicFrame>";
            vec![("x.pptx", pptx(&[title, body]))]
        }
        Format::Xlsx => {
            let people = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c>\
                <c r=\"B2\" t=\"b\"><v>1</v></c><c r=\"C2\" s=\"1\"><v>45351</v></c></row>";
            vec![("x.xlsx", xlsx([people, "<row><c t=\"inlineStr\"><is><t>Cid</t></is></c></row>"]))]
        }
        Format::Odt => {
            let body = "<text:h text:outline-level=\"2\">The <text:span>Results</text:span></text:h><text:p>We found<text:s/>gold.<text:note><text:note-body>\
                <text:p>At the foot.</text:p></text:note-body></text:note></text:p><text:list><text:list-item><text:p>River</text:p></text:list-item></text:list>\
                <table:table><table:table-row><table:table-cell><text:p>Site</text:p></table:table-cell></table:table-row></table:table>";
            vec![("x.odt", opendocument("text", body))]
        }
        Format::Ods => {
            let sheet = "<table:table table:name=\"T1\"><table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"3\"/>\
                <table:table-cell table:number-columns-repeated=\"2\"><text:p>Ann</text:p></table:table-cell></table:table-row></table:table>";
            vec![("x.ods", opendocument("spreadsheet", sheet))]
        }
        Format::Odp => {
            let slide = "<draw:page><draw:frame presentation:class=\"title\"><draw:text-box><text:p>The Start</text:p></draw:text-box></draw:frame>\
                <draw:frame><draw:text-box><text:p>Words.</text:p></draw:text-box></draw:frame></draw:page>";
            vec![("x.odp", opendocument("presentation", slide))]
        }
        Format::Rtf => vec![("x.rtf", RICH.into())],
        Format::Html => vec![("x.html", PAGE.into())],
        Format::Markdown => vec![("x.md", MARKDOWN.into())],
        Format::Text => {
            vec![("x.txt", "First page here,\nwrap-\nped.\n\x0cfn main() {\n    two();\n}\n".into())]
        }
        Format::Csv => vec![("x.csv", "name;age\n\"Ann; the \"\"first\"\"\";7\nBob;8\nCid;\n".into())],
        Format::Email => vec![("x.eml", LETTER.into())],
        Format::Subtitles => vec![("x.srt", FILM.into()), ("x.vtt", CAPTIONS.into())],
        Format::Picture => vec![("x.png", include_bytes!("../../fixtures/lighthouse.png").to_vec())],
    }
}
