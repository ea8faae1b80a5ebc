//! The tokens of an encoding and their ranks, packed closely: one text of all tokens, where each begins, and a table
//! by hash.

use flate2::read::ZlibDecoder;
use std::io::Read;

/// Bits of a table's entry that are the rank; the others tell most other tokens with the same place apart.
const RANK_BITS: u32 = 18;
const RANK_MASK: u32 = (1 << RANK_BITS) - 1;

/// A token's place in the order in which neighbours are joined; also its id.
pub(super) type Rank = u32;

/// The tokens of an encoding.
pub(super) struct Vocabulary {
    /// All tokens, one after the other.
    text: Vec<u8>,
    /// Where each begins; one more than there are tokens.
    begins: Vec<u32>,
    /// By hash: a rank plus one in the low bits and some of the hash above them; 0 where nothing is.
    table: Vec<u32>,
    /// Ranks plus one of all pairs of bytes; 0 where a pair is no token.
    pairs: Vec<u32>,
    /// Ranks of all bytes.
    bytes: [Rank; 256],
}

impl Vocabulary {
    /// Reads a packed file: the number of tokens (four bytes, little-endian), then, compressed with zlib, their
    /// lengths by rank, a byte each, then the tokens, the shortest first and those of one length by rank.
    pub(super) fn unpack(packed: &[u8]) -> Self {
        let count = packed.first_chunk::<4>().map_or(0, |count| u32::from_le_bytes(*count) as usize);
        let mut raw = Vec::with_capacity(count * 8);
        // The file is part of the program; a test reads all of it.
        let _ = ZlibDecoder::new(packed.get(4..).unwrap_or_default()).read_to_end(&mut raw);
        let (lengths, grouped) = raw.split_at(count.min(raw.len()));
        // Where the tokens of each length begin.
        let mut cursors = [0_usize; 257];
        for length in lengths {
            if let Some(total) = cursors.get_mut(usize::from(*length) + 1) {
                *total += usize::from(*length);
            }
        }
        let mut sum = 0;
        for cursor in &mut cursors {
            sum += *cursor;
            *cursor = sum;
        }
        let mut text = Vec::with_capacity(grouped.len());
        let mut begins = Vec::with_capacity(count + 1);
        begins.push(0);
        for length in lengths.iter().map(|length| usize::from(*length)) {
            let Some(cursor) = cursors.get_mut(length) else { continue };
            text.extend_from_slice(grouped.get(*cursor..*cursor + length).unwrap_or_default());
            *cursor += length;
            begins.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        let table = vec![0; (count * 2).next_power_of_two()];
        let mut vocabulary = Self { text, begins, table, pairs: vec![0; 1 << 16], bytes: [0; 256] };
        vocabulary.fill();
        vocabulary
    }

    fn fill(&mut self) {
        let ranks = u32::try_from(self.begins.len().saturating_sub(1)).unwrap_or(0);
        let mask = self.table.len() - 1;
        for rank in 0..ranks {
            let token = token(&self.text, &self.begins, rank);
            match *token {
                [byte] => self.bytes[usize::from(byte)] = rank,
                [one, other] => self.pairs[usize::from(one) << 8 | usize::from(other)] = rank + 1,
                _ => {}
            }
            let hash = hash(token);
            let mut place = place(hash) & mask;
            while self.table.get(place).is_some_and(|taken| *taken != 0) {
                place = (place + 1) & mask;
            }
            if let Some(free) = self.table.get_mut(place) {
                *free = tag(hash) | (rank + 1);
            }
        }
    }

    /// The rank of a single byte.
    #[inline]
    pub(super) fn byte(&self, byte: u8) -> Rank {
        self.bytes[usize::from(byte)]
    }

    /// The rank of two bytes, if they are a token.
    #[inline]
    pub(super) fn pair(&self, one: u8, other: u8) -> Option<Rank> {
        self.pairs.get(usize::from(one) << 8 | usize::from(other)).and_then(|rank| rank.checked_sub(1))
    }

    /// The rank of these bytes, if they are a token.
    #[inline]
    pub(super) fn rank(&self, bytes: &[u8]) -> Option<Rank> {
        if let [one, other] = *bytes {
            return self.pair(one, other);
        }
        let hash = hash(bytes);
        let (tag, mask) = (tag(hash), self.table.len() - 1);
        let mut place = place(hash) & mask;
        loop {
            let entry = *self.table.get(place)?;
            if entry == 0 {
                return None;
            }
            if entry & !RANK_MASK == tag {
                let rank = (entry & RANK_MASK).checked_sub(1)?;
                if token(&self.text, &self.begins, rank) == bytes {
                    return Some(rank);
                }
            }
            place = (place + 1) & mask;
        }
    }
}

/// The bytes of a token.
#[inline]
fn token<'a>(text: &'a [u8], begins: &[u32], rank: Rank) -> &'a [u8] {
    let at = rank as usize;
    match begins.get(at..at + 2) {
        Some([begin, end]) => text.get(*begin as usize..*end as usize).unwrap_or_default(),
        Some(_) | None => &[],
    }
}

#[inline]
fn place(hash: u64) -> usize {
    (hash >> 32) as usize
}

#[inline]
fn tag(hash: u64) -> u32 {
    (hash as u32) & !RANK_MASK
}

/// Mixes eight bytes at a time; what it must do well is short texts.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64 ^ 0x517c_c1b7;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word), MIX);
    }
    let mut last = 0_u64;
    if let (Some(first), Some(end)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        last = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*end)) << 32;
    } else {
        for byte in rest {
            last = last << 8 | u64::from(*byte);
        }
    }
    fold(hash ^ last, MIX ^ 0x2545_f491)
}

#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_found_under_its_rank() {
        for (packed, count) in [
            (include_bytes!("../../data/o200k_base.ranks").as_slice(), 199_998),
            (include_bytes!("../../data/cl100k_base.ranks").as_slice(), 100_256),
        ] {
            let vocabulary = Vocabulary::unpack(packed);
            assert_eq!(vocabulary.begins.len(), count + 1);
            for rank in 0..u32::try_from(count).unwrap() {
                let token = token(&vocabulary.text, &vocabulary.begins, rank);
                if let [byte] = *token {
                    assert_eq!(vocabulary.byte(byte), rank);
                }
                assert_eq!(vocabulary.rank(token), Some(rank), "{token:?}");
            }
            assert_eq!(vocabulary.rank(b"no such token, surely"), None);
        }
    }
}
