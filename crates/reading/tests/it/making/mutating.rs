//! Files that are almost right: what was made well is changed as accident and malice change it. The same number always
//! gives the same file.

use super::zip;
use ::zip::ZipArchive;
use std::io::{Cursor, Read};

/// No file grows beyond this.
const MOST_BYTES: usize = 1 << 20;

/// Words of the formats, and numbers that nobody means.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"</",
    b"<!--",
    b"<![CDATA[",
    b"]]>",
    b"&lol;",
    b"&#0;",
    b"&#1114112;",
    b"<!DOCTYPE x [<!ENTITY lol \"lollol\"><!ENTITY many \"&lol;&lol;&lol;\">]>&many;",
    b" colspan=\"1000000000\" rowspan=\"1000000000\" ",
    b" table:number-columns-repeated=\"1000000000\" ",
    b"<table><tr><td>",
    b"</table>",
    b"<w:tbl><w:tr><w:tc>",
    b"<table:table><table:table-row><table:table-cell>",
    b"<li>",
    b"<pre>",
    b"<section>",
    b"<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>",
    b"<itemref idref=\"a\"/>",
    b"{\\rtf1",
    b"{",
    b"}",
    b"\\u-1?",
    b"\\uc2147483647 ",
    b"\\bin2147483647 ",
    b"\\intbl a\\cell\\row",
    b"--b\r\n",
    b"--out er\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"=?utf-8?Q?",
    b"/Kids [1 0 R 2 0 R]",
    b"/Count 2147483647",
    b"/Prev 0",
    b"/Length -1",
    b"/Filter [/FlateDecode /FlateDecode /LZWDecode]",
    b"1 0 obj",
    b"endobj",
    b"startxref\n0\n",
    b"<< /Type /ObjStm /N 1000000 /First 4 /Extends 5 0 R >>",
    b"[[[[[[[[[[[[[[[[",
    b"<<<<<<<<<<<<<<<<",
    b"\"",
    b",,,,,,,,,,,,,,,,,,,,",
    b"\n",
    b"\r\n\r\n",
    b"\x0c",
    b"\n| a | b |\n|---|---|\n",
    b"> > > > > > > > ",
    b"- - - - - - ",
    b"[^1]: ",
    b"00:00:01,000 --> 99:99:99,999\n",
    b"<v ",
    b"{\\an",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\0\0\0\0",
    b"\xe2\x82",
    b"INDX",
    b"CDIC",
];

const NUMBERS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"1048576",
    b"2147483647",
    b"4294967295",
    b"99999999999999999999",
    b"1e9",
];

/// Numbers that look like chance (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap().max(1);
        usize::try_from(self.roll() % end).unwrap()
    }

    fn one_of(&mut self, all: &[&'static [u8]]) -> &'static [u8] {
        all[self.below(all.len())]
    }
}

/// A file with a few changes. In archives most of them are made in what they hold.
pub(crate) fn mutated(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let repacked = if dice.below(4) > 0 { repacked(file, dice) } else { None };
    let mut bytes = match repacked {
        Some(repacked) if dice.below(4) > 0 => return repacked,
        Some(repacked) => repacked,
        None => file.to_vec(),
    };
    for _ in 0..=dice.below(4) {
        change(&mut bytes, dice);
    }
    bytes
}

/// A file in which a short piece comes thousands of times: what takes the square of it takes its time. In PDF files it
/// is a reference to an object more often than not.
pub(crate) fn stuttered(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    const REFERENCE: &[u8] = b" 0 R";
    let mut bytes = file.to_vec();
    let references: Vec<usize> = file
        .windows(REFERENCE.len())
        .enumerate()
        .filter_map(|(at, window)| (window == REFERENCE).then_some(at))
        .collect();
    let (from, to) = if references.is_empty() || dice.below(4) == 0 {
        let from = dice.below(file.len());
        (from, (from + 1 + dice.below(32)).min(file.len()))
    } else {
        let at = references[dice.below(references.len())];
        let digits = file[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        (at - digits, at + REFERENCE.len())
    };
    let mut piece = file[from..to].to_vec();
    piece.push(b' ');
    let times = (1 + dice.below(20_000)).min(MOST_BYTES / piece.len());
    insert(&mut bytes, from..from, &piece.repeat(times));
    bytes
}

/// One change at a place of a file.
fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let from = dice.below(bytes.len() + 1);
    let longest = if dice.below(4) == 0 { bytes.len() } else { 64 };
    let to = (from + dice.below(longest + 1)).min(bytes.len());
    match dice.below(9) {
        0 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte = [0, 0xff, 0x7f, 0x80, b'<', b'"', b'\\', b'0'][dice.below(8)];
            }
        }
        2 => insert(bytes, from..to, &[]),
        3 => {
            let times = 1 + dice.below(40);
            let piece = bytes[from..to].repeat(times.min(MOST_BYTES / (to - from).max(1)));
            insert(bytes, from..from, &piece);
        }
        4 => {
            // A length that lies, in either order of bytes.
            let number = [u32::MAX, 0x7fff_ffff, 0x8000_0000, 0xffff, 1, 0][dice.below(6)];
            let lie = if dice.below(2) == 0 { number.to_le_bytes() } else { number.to_be_bytes() };
            let end = (from + lie.len()).min(bytes.len());
            insert(bytes, from..end, &lie);
        }
        5 => {
            let Some(found) = bytes[from..].iter().position(u8::is_ascii_digit) else { return };
            let start = from + found;
            let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            insert(bytes, start..start + digits, dice.one_of(NUMBERS));
        }
        6 | 7 => insert(bytes, from..from, dice.one_of(PIECES)),
        _ => bytes.truncate(from),
    }
}

/// Puts a piece in the place of others, where the file does not grow too large by that.
fn insert(bytes: &mut Vec<u8>, place: std::ops::Range<usize>, piece: &[u8]) {
    if bytes.len() + piece.len() <= MOST_BYTES {
        drop(bytes.splice(place, piece.iter().copied()));
    }
}

/// An archive packed anew with changes in what it holds; none where it is no archive.
fn repacked(file: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    if !file.starts_with(b"PK") {
        return None;
    }
    let mut archive = ZipArchive::new(Cursor::new(file)).ok()?;
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).ok()?;
        let name = member.name().ok()?.into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).ok()?;
        members.push((name, bytes));
    }
    if members.is_empty() {
        return None;
    }
    let (place, other) = (dice.below(members.len()), dice.below(members.len()));
    match dice.below(8) {
        0 => {
            let bytes = members[place].1.clone();
            members[place].1 = members[other].1.clone();
            members[other].1 = bytes;
        }
        1 => drop(members.remove(place)),
        2 => members[place].1 = members[place].1.repeat(2 + dice.below(20)),
        _ => {
            for _ in 0..=dice.below(3) {
                change(&mut members[place].1, dice);
            }
        }
    }
    let files: Vec<(&str, &[u8])> =
        members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Some(zip(&files))
}
