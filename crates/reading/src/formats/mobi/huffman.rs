//! HUFF and CDIC: text as Huffman codes of phrases, which may be made of codes themselves.

use super::{
    bytes::{size_at, u16_at, u32_at},
    damaged,
    palm::Palm,
};
use crate::Problem;

/// Longest code, in bits.
const MAX_CODE_BITS: usize = 32;
/// How deep phrases may be made of phrases. A phrase that contains itself ends here.
const MAX_DEPTH: usize = 32;
/// Most bytes that a record unpacks to; the header has two bytes for the true number.
const MAX_RECORD_BYTES: usize = 65_536;
/// Most codes that are followed for one record: phrases may be empty.
const MAX_RECORD_CODES: usize = 300_000;
/// Most phrases of a book. Codes of sixteen bits would reach a quarter of it.
const MAX_PHRASES: usize = 262_144;

/// The tables of a book.
pub(super) struct Huffman<'a> {
    /// For each first byte of a code: what is known by it.
    firsts: Vec<First>,
    /// For each length of a code: the least code, to the left of 32 bits.
    least: Vec<u64>,
    /// For each length of a code: what a code is taken from to get its phrase, to the left of 32 bits.
    bases: Vec<u64>,
    phrases: Vec<Phrase<'a>>,
}

#[derive(Clone, Copy)]
struct First {
    /// The code's length, or from which length on to look for it.
    bits: usize,
    /// Whether the length is known already.
    is_certain: bool,
    base: u64,
}

#[derive(Clone, Copy)]
struct Phrase<'a> {
    bytes: &'a [u8],
    /// Whether it is text already, not codes.
    is_text: bool,
}

/// What a record has become so far, and how many codes may still be followed.
struct Output {
    text: Vec<u8>,
    codes_left: usize,
}

impl<'a> Huffman<'a> {
    /// Reads the tables; `at` is the first of their records and how many there are.
    pub(super) fn read(palm: &Palm<'a>, at: Option<(usize, usize)>) -> Result<Self, Problem> {
        let broken = || damaged("the tables that the book's text is packed with are damaged");
        let (first, count) = at.ok_or_else(broken)?;
        let codes = palm.record(first).filter(|record| record.starts_with(b"HUFF")).ok_or_else(broken)?;
        let mut tables = Self::read_codes(codes).ok_or_else(broken)?;
        for index in 1..count {
            let record = first.checked_add(index).and_then(|index| palm.record(index));
            let record = record.filter(|record| record.starts_with(b"CDIC")).ok_or_else(broken)?;
            tables.read_phrases(record).ok_or_else(broken)?;
        }
        Ok(tables)
    }

    fn read_codes(record: &[u8]) -> Option<Self> {
        let (firsts_at, lengths_at) = (size_at(record, 8)?, size_at(record, 12)?);
        let firsts = (0..256).map(|byte| {
            let entry = u32_at(record, firsts_at.checked_add(byte * 4)?)?;
            let bits = usize::try_from(entry & 0x1f).ok()?;
            Some(First { bits, is_certain: entry & 0x80 != 0, base: aligned_base(entry >> 8, bits) })
        });
        let firsts = firsts.collect::<Option<Vec<First>>>()?;
        // No code has no bits.
        let (mut least, mut bases) = (vec![u64::MAX], vec![0]);
        for bits in 1..=MAX_CODE_BITS {
            let at = lengths_at.checked_add((bits - 1) * 8)?;
            least.push(u64::from(u32_at(record, at)?) << (MAX_CODE_BITS - bits));
            bases.push(aligned_base(u32_at(record, at.checked_add(4)?)?, bits));
        }
        Some(Self { firsts, least, bases, phrases: Vec::new() })
    }

    fn read_phrases(&mut self, record: &'a [u8]) -> Option<()> {
        let header = size_at(record, 4)?;
        let all = size_at(record, 8)?.min(MAX_PHRASES);
        let in_record = 1usize.checked_shl(u32_at(record, 12)?).unwrap_or(usize::MAX);
        for index in 0..in_record.min(all.saturating_sub(self.phrases.len())) {
            let offset = u16_at(record, header.checked_add(index * 2)?)?;
            let at = header.checked_add(usize::from(offset))?;
            let mark = u16_at(record, at)?;
            let start = at.checked_add(2)?;
            let bytes = record.get(start..start.checked_add(usize::from(mark & 0x7fff))?)?;
            self.phrases.push(Phrase { bytes, is_text: mark & 0x8000 != 0 });
        }
        Some(())
    }

    /// Unpacks a record; none when it has no meaning or more of it than a record may have.
    pub(super) fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let mut output = Output { text: Vec::new(), codes_left: MAX_RECORD_CODES };
        self.expand(packed, MAX_DEPTH, &mut output)?;
        Some(output.text)
    }

    fn expand(&self, packed: &[u8], depth_left: usize, output: &mut Output) -> Option<()> {
        let depth_left = depth_left.checked_sub(1)?;
        let end = packed.len().checked_mul(8)?;
        let mut at = 0;
        while at < end {
            let Some((bits, index)) = self.code(window(packed, at)) else {
                // The last byte is filled up with bits that are no code.
                return (end - at < 8).then_some(());
            };
            at += bits;
            if at > end {
                break;
            }
            output.codes_left = output.codes_left.checked_sub(1)?;
            let phrase = self.phrases.get(index)?;
            if phrase.is_text {
                output.text.extend_from_slice(phrase.bytes);
                if output.text.len() > MAX_RECORD_BYTES {
                    return None;
                }
            } else {
                self.expand(phrase.bytes, depth_left, output)?;
            }
        }
        Some(())
    }

    /// The length of the code that these bits begin with, and the number of its phrase.
    fn code(&self, window: u32) -> Option<(usize, usize)> {
        let first = self.firsts.get(usize::try_from(window >> 24).ok()?)?;
        let code = u64::from(window);
        let (bits, base) = if first.is_certain {
            (first.bits, first.base)
        } else {
            let bits = (first.bits.max(1)..=MAX_CODE_BITS)
                .find(|bits| self.least.get(*bits).is_some_and(|least| code >= *least))?;
            (bits, *self.bases.get(bits)?)
        };
        if bits == 0 {
            return None;
        }
        let index = base.checked_sub(code)? >> (MAX_CODE_BITS - bits);
        Some((bits, usize::try_from(index).ok()?))
    }
}

/// A base to the left of 32 bits, with ones behind it.
fn aligned_base(base: u32, bits: usize) -> u64 {
    if bits == 0 {
        return 0;
    }
    ((u64::from(base) + 1) << (MAX_CODE_BITS - bits)).saturating_sub(1)
}

/// The 32 bits from a place on; behind the end there are zeros.
fn window(bytes: &[u8], at_bit: usize) -> u32 {
    let mut eight = [0u8; 8];
    let rest = bytes.get(at_bit / 8..).unwrap_or_default();
    for (slot, byte) in eight.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let shifted = (u64::from_be_bytes(eight) << (at_bit % 8)) >> 32;
    u32::try_from(shifted).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of one bit: `1` is the first phrase, `0` the second.
    fn one_bit(phrases: &[(&'static [u8], bool)]) -> Huffman<'static> {
        Huffman {
            firsts: (0..256).map(|_| First { bits: 1, is_certain: true, base: aligned_base(1, 1) }).collect(),
            least: vec![0; MAX_CODE_BITS + 1],
            bases: vec![0; MAX_CODE_BITS + 1],
            phrases: phrases.iter().map(|(bytes, is_text)| Phrase { bytes, is_text: *is_text }).collect(),
        }
    }

    #[test]
    fn phrases_are_made_of_phrases() {
        let tables = one_bit(&[(b"ab", true), (b"\xff", false)]);
        assert_eq!(tables.unpack(b"\xf0").unwrap(), b"ab".repeat(4 + 4 * 8));
    }

    #[test]
    fn a_phrase_that_contains_itself_ends() {
        assert_eq!(one_bit(&[(b"\xff", false), (b"", true)]).unpack(b"\x80"), None);
        assert_eq!(one_bit(&[(b"\0\0\0\0", false), (b"\xff\xff", false)]).unpack(b"\xff"), None);
    }

    #[test]
    fn phrases_that_say_nothing_or_too_much_end() {
        static NOTHING: [u8; 40_000] = [0; 40_000];
        assert_eq!(one_bit(&[(b"x", true), (b"", true)]).unpack(&NOTHING), None);
        static MUCH: [u8; 30_000] = [b'x'; 30_000];
        assert_eq!(one_bit(&[(&MUCH, true), (b"", true)]).unpack(b"\xff"), None);
        assert_eq!(one_bit(&[(b"x", true)]).unpack(b"\x00"), None, "there is no second phrase");
    }
}
