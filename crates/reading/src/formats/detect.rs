//! Which format a file has, by its first bytes, by what lies in a zip, and by how a text looks.

use super::{archive::Archive, email, fb2, subtitles, text};
use crate::{Format, Limits, Problem, ProblemCode};

/// First bytes of formats that cannot be read, and what they are called.
const FOREIGN: [(&[u8], &str); 13] = [
    (b"RIFF", "a sound or a film"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"ID3", "a sound file"),
    (b"TPZ0", "a Kindle book of the kind Topaz (AZW1)"),
    (b"CONT\x02\0", "a Kindle book of the kind KFX"),
];

/// First bytes of pictures.
const PICTURES: [&[u8]; 5] = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"];

/// Whether a file begins as PDF files do.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    head.windows(5).any(|window| window == b"%PDF-")
}

/// Finds the format. The file's name only decides between kinds of text that the content allows.
///
/// # Errors
/// A [`Problem`] that names what the file is when it cannot be read, and why.
pub fn detect(bytes: &[u8], file_name: &str) -> Result<Format, Problem> {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(ProblemCode::Empty, "the file is empty"));
    }
    if is_pdf(bytes) {
        return Ok(Format::Pdf);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return detect_zip(bytes);
    }
    if head.starts_with(b"{\\rtf") {
        return Ok(Format::Rtf);
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(old_office(bytes));
    }
    if matches!(bytes.get(60..68), Some(b"BOOKMOBI" | b"TEXtREAd")) {
        return Ok(Format::Mobi);
    }
    if head.starts_with(b"\xeaDRMION\xee") {
        let message = "the book is protected against copying (DRM): it is encrypted";
        return Err(Problem::new(ProblemCode::Encrypted, message));
    }
    let is_webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    if is_webp || PICTURES.iter().any(|magic| head.starts_with(magic)) {
        return Ok(Format::Picture);
    }
    if let Some((_, name)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(unsupported(name));
    }
    detect_text(bytes, file_name)
}

fn unsupported(what: &str) -> Problem {
    Problem::new(ProblemCode::Unsupported, format!("the file is {what}, which cannot be read yet"))
}

/// Longest media type that an archive names.
const MAX_MEDIA_TYPE_BYTES: u64 = 1_000;

fn detect_zip(bytes: &[u8]) -> Result<Format, Problem> {
    // This runs outside of the process that is made for reading: as good as nothing is unpacked here.
    let limits = Limits { max_unpacked_bytes: MAX_MEDIA_TYPE_BYTES, ..Limits::default() };
    let mut archive = Archive::open(bytes, &limits)?;
    // One that is longer is none.
    let media_type = archive.read("mimetype").unwrap_or_default();
    let media_type = String::from_utf8_lossy(&media_type);
    let has = |name: &str| archive.has(name);
    if media_type.trim() == "application/epub+zip" || has("META-INF/container.xml") {
        return Ok(Format::Epub);
    }
    if has("word/document.xml") {
        return Ok(Format::Docx);
    }
    if has("xl/workbook.xml") {
        return Ok(Format::Xlsx);
    }
    if has("ppt/presentation.xml") {
        return Ok(Format::Pptx);
    }
    // A template is named like a document with something behind it.
    let kinds = [("text", Format::Odt), ("spreadsheet", Format::Ods), ("presentation", Format::Odp)];
    if let Some(kind) = media_type.trim().strip_prefix("application/vnd.oasis.opendocument.") {
        let known = kinds.into_iter().find(|(name, _)| kind.starts_with(name));
        return known
            .map(|(_, format)| format)
            .ok_or_else(|| unsupported("an OpenDocument drawing or formula"));
    }
    if archive.sole(fb2::ENDING).is_some() {
        return Ok(Format::Fb2);
    }
    Err(unsupported("a zip archive (unpack it and add what is in it)"))
}

/// OLE files: Word, Excel and PowerPoint before 2007, and newer ones behind a password.
fn old_office(bytes: &[u8]) -> Problem {
    let marker: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if memmem(bytes, &marker) {
        return Problem::new(ProblemCode::Encrypted, "the file is protected by a password");
    }
    unsupported("an Office document of before 2007 (doc, xls or ppt)")
}

fn memmem(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Bytes of a text that are looked at to tell its kind.
const SAMPLE_BYTES: usize = 65_536;

fn detect_text(bytes: &[u8], file_name: &str) -> Result<Format, Problem> {
    let sample = bytes.get(..bytes.len().min(SAMPLE_BYTES)).unwrap_or_default();
    if memmem(sample.get(..sample.len().min(1_024)).unwrap_or_default(), b"<FictionBook") {
        return Ok(Format::Fb2);
    }
    let sample = text::decode(sample);
    if text::looks_binary(&sample.text) {
        return Err(unsupported("of a binary format that is not known"));
    }
    let sample = sample.text.trim_start();
    let ending = file_name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase());
    if subtitles::looks_like(sample) {
        return Ok(Format::Subtitles);
    }
    if email::looks_like(sample, &ending) {
        return Ok(Format::Email);
    }
    if looks_like_html(sample, &ending) {
        return Ok(Format::Html);
    }
    Ok(match ending.as_str() {
        "md" | "markdown" | "mdown" | "mkd" => Format::Markdown,
        "csv" | "tsv" if super::csv::delimiter(sample).is_some() => Format::Csv,
        "txt" | "text" | "log" | "" if super::csv::looks_tabular(sample) => Format::Csv,
        "txt" | "text" | "" if looks_like_markdown(sample) => Format::Markdown,
        _ => Format::Text,
    })
}

fn looks_like_html(sample: &str, ending: &str) -> bool {
    let start: String = sample.chars().take(2_000).collect::<String>().to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    let named = matches!(ending, "html" | "htm" | "xhtml");
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with('<') && (start.contains("<html") || start.contains("<body")))
        || (named && start.contains('<') && start.contains("</"))
}

/// Whether a text without a telling name uses Markdown's marks in earnest.
fn looks_like_markdown(sample: &str) -> bool {
    let mut headings = 0;
    let mut marks = 0;
    for line in sample.lines().take(400) {
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&hashes) && line.get(hashes..).is_some_and(|rest| rest.starts_with(' ')) {
            headings += 1;
        }
        if line.starts_with("```") || line.contains("](") || line.starts_with("|--") || line.contains("**") {
            marks += 1;
        }
    }
    // One `# comment` alone is a configuration file or a script.
    headings >= 1 && marks >= 1 && !sample.starts_with("#!")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], file_name: &str, expected: Result<Format, ProblemCode>) {
        assert_eq!(detect(bytes, file_name).map_err(|problem| problem.code), expected, "{file_name}");
    }

    #[test]
    fn content_decides_and_the_name_only_between_texts() {
        check(b"%PDF-1.7 ...", "notes.txt", Ok(Format::Pdf));
        check(&[b"x".repeat(60), b"BOOKMOBI".to_vec()].concat(), "a.azw", Ok(Format::Mobi));
        check(b"\n\n junk %PDF-1.4", "x", Ok(Format::Pdf));
        check(b"{\\rtf1 x}", "a.doc", Ok(Format::Rtf));
        check(b"<!DOCTYPE html><p>x", "page.txt", Ok(Format::Html));
        check(b"<?xml version=\"1.0\"?><html xmlns=\"x\"><body/></html>", "a.xml", Ok(Format::Html));
        check(b"# Title\n\nsome **text**", "README", Ok(Format::Markdown));
        check(b"# Title\n\nsome text", "README.md", Ok(Format::Markdown));
        check(b"# setting\nkey = 1\n", "app.conf", Ok(Format::Text));
        check(b"name,age\nAnn,7\nBob,8\nCid,9\n", "people.csv", Ok(Format::Csv));
        check(b"name;age\nAnn;7\nBob;8\nCid;9\n", "people", Ok(Format::Csv));
        check(b"Dear Ann, dear Bob,\nI write, because it rains.\n", "letter.txt", Ok(Format::Text));
        check(b"just words", "people.csv", Ok(Format::Text));
        check(b"fn main() {}\n", "main.rs", Ok(Format::Text));
        check(b"<?xml version=\"1.0\"?>\n<FictionBook xmlns=\"x\"/>", "a.xml", Ok(Format::Fb2));
        check(b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello.\r\n", "a.txt", Ok(Format::Subtitles));
        check(b"\xef\xbb\xbfWEBVTT - A film\n\n", "film", Ok(Format::Subtitles));
        check(b"From: Ann <a@b.example>\nSubject: x\n\nHello", "a.eml", Ok(Format::Email));
        let stored = b"Received: by x\nFrom: Ann\nDate: Mon\nSubject: x\n\nHello";
        check(stored, "letter", Ok(Format::Email));
        check(stored, "letter.md", Ok(Format::Markdown));
        check(b"From: here\nTo: there\nAnd so on.", "way.txt", Ok(Format::Text));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        check(b"", "a.pdf", Err(ProblemCode::Empty));
        check(b" \n\t ", "a.txt", Err(ProblemCode::Empty));
        check(b"\x89PNG\r\n\x1a\n", "a.pdf", Ok(Format::Picture));
        check(b"RIFF\0\0\0\0WEBPVP8 ", "a", Ok(Format::Picture));
        check(b"RIFF\0\0\0\0WAVEfmt ", "a", Err(ProblemCode::Unsupported));
        check(b"\0\x01\x02\x03\xff\xfe\0\0\0", "a.txt", Err(ProblemCode::Unsupported));
        check(b"PK\x03\x04 broken", "a.docx", Err(ProblemCode::Damaged));
        let mut ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        check(&ole, "a.doc", Err(ProblemCode::Unsupported));
        ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        check(&ole, "a.docx", Err(ProblemCode::Encrypted));
        check(b"\xeaDRMION\xee...", "a.azw", Err(ProblemCode::Encrypted));
        check(b"TPZ0...", "a.azw1", Err(ProblemCode::Unsupported));
        let message = detect(b"7z\xbc\xaf...", "a.rtf").unwrap_err().to_string();
        assert!(message.contains("7z"), "{message}");
    }
}
