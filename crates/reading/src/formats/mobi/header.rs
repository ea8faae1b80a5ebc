//! The first record of a book: how its text is packed, where its parts are, and what it says of itself.
//!
//! After the public descriptions of the format (MobileRead wiki, "MOBI" and "PDB").

use super::{
    bytes::{size_at, u16_at, u32_at},
    damaged,
    palm::Palm,
};
use crate::{Problem, ProblemCode};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Bytes before the MOBI header: the header of Palm texts.
const PALM_BYTES: usize = 16;
/// Most entries of the list of metadata that are looked at.
const MAX_METADATA: u32 = 10_000;
/// From this version on a book is of the newer kind (KF8).
const KF8_VERSION: u32 = 8;

/// How the text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    Stored,
    /// PalmDOC's LZ77.
    PalmDoc,
    /// Huffman codes of phrases (HUFF and CDIC).
    Huffman,
}

/// What the first record says. Numbers of records are counted from the beginning of the file.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) compression: Compression,
    /// The text's encoding; none when it is to be guessed.
    pub(super) encoding: Option<&'static Encoding>,
    /// The first record of the text.
    pub(super) first_text: usize,
    /// How many records the text has.
    pub(super) text_records: usize,
    /// Bytes of text in a record.
    pub(super) record_bytes: usize,
    /// Whether it is markup; old Palm texts are not.
    pub(super) is_markup: bool,
    /// Whether the text lies in parts of the newer kind.
    pub(super) is_kf8: bool,
    /// Which entries trail each record of text, a bit each.
    pub(super) trailing: u16,
    /// Where the Huffman tables begin, and how many records they take.
    pub(super) huffman: Option<(usize, usize)>,
    /// The index that is the table of contents.
    pub(super) contents: Option<usize>,
    /// KF8: the list of flows, the first of which is the text.
    pub(super) flows: Option<usize>,
    /// KF8: the index of skeletons.
    pub(super) skeletons: Option<usize>,
    /// KF8: the index of fragments.
    pub(super) fragments: Option<usize>,
    /// The first record of a second book of the newer kind in the same file.
    pub(super) boundary: Option<usize>,
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
    pub(super) publisher: Option<String>,
    /// When it was published, as it is written.
    pub(super) published: Option<String>,
}

impl Header {
    /// Reads the header that stands in the record `first`.
    pub(super) fn read(palm: &Palm<'_>, first: usize) -> Result<Self, Problem> {
        let record = palm.record(first).ok_or_else(|| damaged("the book's first record is missing"))?;
        let (Some(compression), Some(text_records)) = (u16_at(record, 0), u16_at(record, 8)) else {
            return Err(damaged("the book's first record is cut off"));
        };
        let compression = match compression {
            1 => Compression::Stored,
            2 => Compression::PalmDoc,
            // The letters `DH`.
            0x4448 => Compression::Huffman,
            other => {
                return Err(damaged(&format!(
                    "the book's text is packed in a way that is not known ({other})"
                )));
            }
        };
        let mut header = Self {
            compression,
            encoding: None,
            first_text: first.saturating_add(1),
            text_records: usize::from(text_records),
            record_bytes: u16_at(record, 10).map_or(0, usize::from),
            is_markup: false,
            is_kf8: false,
            trailing: 0,
            huffman: None,
            contents: None,
            flows: None,
            skeletons: None,
            fragments: None,
            boundary: None,
            title: None,
            author: None,
            language: None,
            publisher: None,
            published: None,
        };
        if record.get(PALM_BYTES..PALM_BYTES + 4) == Some(b"MOBI") {
            header.read_mobi(record, first)?;
        }
        Ok(header)
    }

    fn read_mobi(&mut self, record: &[u8], first: usize) -> Result<(), Problem> {
        if u16_at(record, 12) != Some(0) {
            return Err(Problem::new(
                ProblemCode::Encrypted,
                "the book is protected against copying (DRM): its text is encrypted",
            ));
        }
        let end = size_at(record, 20).unwrap_or(0).saturating_add(PALM_BYTES).min(record.len());
        // Older headers are shorter: what lies behind their end means something else.
        let fields = record.get(..end).unwrap_or_default();
        let record_at = |at: usize| size_at(fields, at).and_then(|index| first.checked_add(index));
        self.is_markup = true;
        self.is_kf8 = u32_at(fields, 36).is_some_and(|version| version >= KF8_VERSION);
        self.encoding = match u32_at(fields, 28) {
            Some(65_001) => Some(UTF_8),
            Some(1_252) => Some(WINDOWS_1252),
            Some(_) | None => None,
        };
        self.trailing = u16_at(fields, 242).unwrap_or(0);
        self.huffman = record_at(112).zip(size_at(fields, 116));
        self.contents = record_at(244);
        if self.is_kf8 {
            self.flows = record_at(192);
            self.fragments = record_at(248);
            self.skeletons = record_at(252);
        }
        let text = |bytes: &[u8]| self.metadata_text(bytes);
        let full_name = size_at(fields, 84).zip(size_at(fields, 88)).and_then(|(start, length)| {
            let name = record.get(start..start.checked_add(length)?)?;
            Some(text(name))
        });
        let locale = u32_at(fields, 92).and_then(language_of_locale).map(str::to_owned);
        let mut extended = Extended::default();
        if u32_at(fields, 128).is_some_and(|flags| flags & 0x40 != 0) {
            extended = Extended::read(record.get(end..).unwrap_or_default(), text);
        }
        self.title = extended.title.or(full_name).filter(|title| !title.is_empty());
        self.author = (!extended.authors.is_empty()).then(|| extended.authors.join("; "));
        self.language = extended.language.or(locale).filter(|language| !language.is_empty());
        self.publisher = extended.publisher;
        self.published = extended.published;
        self.boundary = extended.boundary;
        Ok(())
    }

    fn metadata_text(&self, bytes: &[u8]) -> String {
        let text = match self.encoding {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => crate::formats::text::decode(bytes).text,
        };
        text.replace('\0', "").trim().to_owned()
    }
}

/// What the list of metadata (EXTH) says.
#[derive(Default)]
struct Extended {
    title: Option<String>,
    authors: Vec<String>,
    language: Option<String>,
    publisher: Option<String>,
    published: Option<String>,
    boundary: Option<usize>,
}

impl Extended {
    fn read(list: &[u8], text: impl Fn(&[u8]) -> String) -> Self {
        let mut read = Self::default();
        if list.get(..4) != Some(b"EXTH") {
            return read;
        }
        let mut at = 12;
        for _ in 0..u32_at(list, 8).unwrap_or(0).min(MAX_METADATA) {
            let (Some(kind), Some(length)) = (u32_at(list, at), size_at(list, at + 4)) else { break };
            let Some(end) = at.checked_add(length).filter(|_| length >= 8) else { break };
            let Some(value) = list.get(at + 8..end) else { break };
            match kind {
                100 => {
                    let author = text(value);
                    if !author.is_empty() && read.authors.len() < 20 {
                        read.authors.push(author);
                    }
                }
                101 => read.publisher = Some(text(value)),
                106 => read.published = Some(text(value)),
                121 => read.boundary = size_at(value, 0),
                503 => read.title = Some(text(value)),
                524 => read.language = Some(text(value)),
                _ => {}
            }
            at = end;
        }
        read
    }
}

/// The language in Windows' numbers, as far as books are often written in it.
fn language_of_locale(locale: u32) -> Option<&'static str> {
    Some(match locale & 0xff {
        0x04 => "zh",
        0x07 => "de",
        0x09 => "en",
        0x0a => "es",
        0x0c => "fr",
        0x10 => "it",
        0x11 => "ja",
        0x13 => "nl",
        0x15 => "pl",
        0x16 => "pt",
        0x19 => "ru",
        0x1d => "sv",
        _ => return None,
    })
}
