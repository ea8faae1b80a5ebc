//! The text of a book out of its records: entries that trail them taken off, PalmDOC and Huffman undone.

use super::{
    damaged,
    header::{Compression, Header},
    huffman::Huffman,
    palm::Palm,
};
use crate::{Problem, ProblemCode};

/// Bytes that a record holds when its header does not say.
const USUAL_RECORD_BYTES: usize = 4_096;

/// Largest record that is unpacked. Those of books have a few thousand bytes.
const MAX_PACKED_BYTES: usize = 1_000_000;

/// The text as it lies in the file, before parts are put together.
pub(super) struct RawText {
    pub(super) bytes: Vec<u8>,
    /// Records that are missing or cannot be unpacked. Blanks stand for them, so that places in the text hold.
    pub(super) lost: usize,
}

pub(super) fn raw_text(palm: &Palm<'_>, header: &Header, max_bytes: u64) -> Result<RawText, Problem> {
    let huffman = match header.compression {
        Compression::Huffman => Some(Huffman::read(palm, header.huffman)?),
        Compression::Stored | Compression::PalmDoc => None,
    };
    let record_bytes = if header.record_bytes == 0 { USUAL_RECORD_BYTES } else { header.record_bytes };
    let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    // A book may claim more than the file has; blanks only stand for records between others.
    let present = header.text_records.min(palm.len().saturating_sub(header.first_text));
    let mut text = RawText { bytes: Vec::new(), lost: header.text_records - present };
    for index in header.first_text..header.first_text + present {
        let packed = palm
            .record(index)
            .filter(|record| record.len() <= MAX_PACKED_BYTES)
            .and_then(|record| without_trailing(record, header.trailing));
        let unpacked = packed.and_then(|packed| match &huffman {
            Some(huffman) => huffman.unpack(packed),
            None if header.compression == Compression::PalmDoc => palmdoc(packed),
            None => Some(packed.to_vec()),
        });
        match unpacked {
            Some(unpacked) => text.bytes.extend_from_slice(&unpacked),
            None => {
                text.lost += 1;
                text.bytes.resize(text.bytes.len() + record_bytes, b' ');
            }
        }
        if text.bytes.len() > max_bytes {
            let megabytes = max_bytes.div_ceil(1_000_000);
            let message = format!("the book unpacks to more than {megabytes} MB");
            return Err(Problem::new(ProblemCode::TooLarge, message));
        }
    }
    if text.lost == header.text_records {
        return Err(damaged("none of the book's text can be unpacked"));
    }
    Ok(text)
}

/// A record without the entries behind its text: one for each set bit of the flags from the second on, whose size
/// stands at its end; then, for the first bit, the rest of a character that the next record begins with.
pub(super) fn without_trailing(record: &[u8], flags: u16) -> Option<&[u8]> {
    let mut rest = record;
    for _ in 0..(flags >> 1).count_ones() {
        let size = trailing_size(rest);
        rest = rest.get(..rest.len().checked_sub(size)?)?;
    }
    if flags & 1 == 1 {
        let size = usize::from(rest.last()? & 3) + 1;
        rest = rest.get(..rest.len().checked_sub(size)?)?;
    }
    Some(rest)
}

/// The size of the last entry, itself included: seven bits a byte, read towards the front, where its first byte has the
/// highest bit set.
fn trailing_size(record: &[u8]) -> usize {
    let start = record.len().saturating_sub(4);
    record.get(start..).unwrap_or_default().iter().fold(0, |size, byte| {
        let before = if byte & 0x80 == 0 { size } else { 0 };
        (before << 7) | usize::from(byte & 0x7f)
    })
}

/// Undoes PalmDOC's packing; none when it refers to what is not there. Never more than five times the input.
fn palmdoc(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text: Vec<u8> = Vec::with_capacity(packed.len().saturating_mul(2));
    let mut bytes = packed.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            // So many bytes follow as they are.
            0x01..=0x08 => {
                for _ in 0..byte {
                    text.push(bytes.next()?);
                }
            }
            0x00 | 0x09..=0x7f => text.push(byte),
            // Eleven bits of distance back and three of length.
            0x80..=0xbf => {
                let pair = (usize::from(byte) << 8) | usize::from(bytes.next()?);
                let distance = (pair >> 3) & 0x7ff;
                let from = text.len().checked_sub(distance).filter(|_| distance > 0)?;
                for at in from..from + (pair & 7) + 3 {
                    let copied = *text.get(at)?;
                    text.push(copied);
                }
            }
            // A blank and a character in one.
            0xc0..=0xff => text.extend_from_slice(&[b' ', byte ^ 0x80]),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn palmdoc_knows_its_four_kinds_of_bytes() {
        let cases: [(&[u8], Option<&[u8]>); 10] = [
            (b"plain", Some(b"plain")),
            (b"\x03\xe2\x82\xac!", Some("\u{20ac}!".as_bytes())),
            (b"a\xf4he", Some(b"a the")),
            // Three back, six long: it runs into what it writes itself.
            (b"abc\x80\x1b", Some(b"abcabcabc")),
            (b"a\0b", Some(b"a\0b")),
            (b"ab\x80\x1b", None),
            (b"ab\x80\x03", None),
            (b"abc\x80", None),
            (b"\x05ab", None),
            (b"", Some(b"")),
        ];
        for (packed, text) in cases {
            assert_eq!(palmdoc(packed).as_deref(), text, "{packed:?}");
        }
    }

    #[test]
    fn trailing_entries_are_taken_off() {
        type Case<'a> = (&'a [u8], u16, Option<&'a [u8]>);
        let cases: [Case<'_>; 10] = [
            (b"text", 0, Some(b"text".as_slice())),
            (b"text\x81", 0b10, Some(b"text")),
            (b"text..\x83", 0b10, Some(b"text")),
            (b"text..\x83.\x82", 0b110, Some(b"text")),
            // The entry of the overlap: two bytes and their number.
            (b"text\x82\xac\x02", 0b1, Some(b"text")),
            (b"text\0\x81", 0b11, Some(b"text")),
            (b"text\x85", 0b10, Some(b"")),
            (b"text\x86", 0b10, None),
            (b"", 0b1, None),
            (b"\x03", 0b1, None),
        ];
        for (record, flags, rest) in cases {
            assert_eq!(without_trailing(record, flags), rest, "{record:?} {flags:b}");
        }
        let mut long = b"text".to_vec();
        long.extend_from_slice(&[b'.'; 198]);
        // 200 is 1 and 72 in sevens of bits.
        long.extend_from_slice(&[0x81, 72]);
        assert_eq!(without_trailing(&long, 0b10), Some(b"text".as_slice()));
    }

    proptest! {
        #[test]
        fn any_bytes_unpack_or_are_refused(bytes: Vec<u8>, flags: u16) {
            if let Some(text) = palmdoc(&bytes) {
                prop_assert!(text.len() <= bytes.len() * 5);
            }
            if let Some(rest) = without_trailing(&bytes, flags) {
                prop_assert!(bytes.starts_with(rest));
            }
        }
    }
}
