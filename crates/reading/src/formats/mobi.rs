//! Kindle's and Mobipocket's books: MOBI, AZW and AZW3 without protection, and texts for Palm.
//!
//! A file is a Palm database ([`palm`]) whose first record describes the book ([`header`]). Its text is unpacked
//! ([`unpack`], [`huffman`]), put together where it is of the newer kind, KF8 ([`parts`], [`index`]), and read as web
//! pages with headings from the table of contents ([`contents`]). A file may hold the book in both kinds: the newer
//! is read, and the older where that cannot be.

mod bytes;
mod contents;
mod header;
mod huffman;
mod index;
mod palm;
mod parts;
mod unpack;

use super::{
    Opened, ReadEvent, ReadOptions, Sink, clean_publisher, clean_title, html, no_text, send_blocks, text,
};
use crate::{Format, PartialDate, Problem, ProblemCode};
use encoding_rs::Encoding;
use header::Header;
use palm::Palm;
use parts::Parts;

pub(super) fn read(bytes: &[u8], options: &ReadOptions, sink: Sink<'_>) -> Result<(), Problem> {
    let palm = Palm::open(bytes)?;
    let book = Book::open(&palm, options.limits.max_unpacked_bytes)?;
    let mut opened = Opened::new(Format::Mobi);
    let title = book.header.title.clone().unwrap_or_else(|| palm.name());
    opened.title = clean_title(&title);
    opened.author = book.header.author.clone();
    opened.language = book.header.language.clone();
    opened.publisher = book.header.publisher.as_deref().and_then(clean_publisher);
    opened.published = book.header.published.as_deref().and_then(PartialDate::read);
    opened.parts = u32::try_from(book.pieces.parts.len()).unwrap_or(u32::MAX).max(1);
    sink(ReadEvent::Opened(opened));
    for warning in &book.warnings {
        sink(ReadEvent::Warning { problem: damaged(warning) });
    }
    book.send(&palm, sink)
}

/// The error of a book that does not follow its format.
fn damaged(message: &str) -> Problem {
    Problem::new(ProblemCode::Damaged, message)
}

/// A book whose text is unpacked.
struct Book {
    header: Header,
    pieces: Parts,
    /// What a person should know.
    warnings: Vec<String>,
}

impl Book {
    /// Opens the newer of the kinds that the file holds and that can be read.
    fn open(palm: &Palm<'_>, max_bytes: u64) -> Result<Self, Problem> {
        let older = Header::read(palm, 0)?;
        let boundary = older.boundary.filter(|first| {
            let mark = first.checked_sub(1).and_then(|mark| palm.record(mark));
            mark.is_some_and(|mark| mark.starts_with(b"BOUNDARY"))
        });
        let Some(boundary) = boundary.filter(|_| !older.is_kf8) else {
            return Self::unpack(palm, older, max_bytes);
        };
        match Header::read(palm, boundary).and_then(|newer| Self::unpack(palm, newer, max_bytes)) {
            Ok(newer) => Ok(newer),
            Err(problem) if problem.code != ProblemCode::Damaged => Err(problem),
            Err(problem) => {
                let mut book = Self::unpack(palm, older, max_bytes)?;
                book.warnings
                    .push(format!("the book was read in its older kind, the newer is damaged ({problem})"));
                Ok(book)
            }
        }
    }

    fn unpack(palm: &Palm<'_>, header: Header, max_bytes: u64) -> Result<Self, Problem> {
        let raw = unpack::raw_text(palm, &header, max_bytes)?;
        let mut warnings = Vec::new();
        if raw.lost > 0 {
            let all = header.text_records;
            warnings.push(format!("{} of {all} pieces of the text are missing or damaged", raw.lost));
        }
        let pieces = if header.is_kf8 {
            parts::of_kf8(palm, &header, &raw.bytes)?
        } else {
            parts::between_page_breaks(&raw.bytes)
        };
        Ok(Self { header, pieces, warnings })
    }

    fn send(&self, palm: &Palm<'_>, sink: Sink<'_>) -> Result<(), Problem> {
        let decode = |bytes: &[u8]| decoded(self.header.encoding, bytes).0;
        let lines = contents::read(palm, &self.header, &self.pieces.fragment_places, decode);
        let lines = lines.unwrap_or_else(|problem| {
            sink(ReadEvent::Warning { problem });
            Vec::new()
        });
        let (mut any, mut is_mended, mut marked) = (false, false, 0);
        for (number, part) in (1..).zip(&self.pieces.parts) {
            let (markup, mended) =
                decoded(self.header.encoding, &contents::marked(part, &lines, &mut marked));
            let blocks = if self.header.is_markup {
                contents::headed(html::parse_text(&markup).blocks, &lines)
            } else {
                text::paragraphs(&markup)
            };
            if mended && !is_mended {
                is_mended = true;
                sink(ReadEvent::Warning { problem: damaged("parts of the text do not follow its encoding") });
            }
            any |= !blocks.is_empty();
            send_blocks(number, blocks, sink);
        }
        if any { Ok(()) } else { Err(no_text()) }
    }
}

/// Bytes as text, and whether some of them had no meaning. Zeros fill up records and are no text.
fn decoded(encoding: Option<&'static Encoding>, bytes: &[u8]) -> (String, bool) {
    let (text, mended) = match encoding {
        Some(encoding) => {
            let (text, mended) = encoding.decode_without_bom_handling(bytes);
            (text.into_owned(), mended)
        }
        None => (text::decode(bytes).text, false),
    };
    (if text.contains('\0') { text.replace('\0', "") } else { text }, mended)
}
