//! Books of Mobipocket's kinds, packed by hand. Nothing here is shared with what reads them.

/// How the text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Stored,
    PalmDoc,
    Huffman,
}

/// A book of the older kind.
#[derive(Debug, Clone)]
pub(crate) struct Mobi {
    pub(crate) text: Vec<u8>,
    pub(crate) packing: Packing,
    /// 1252 or 65001.
    pub(crate) encoding: u32,
    /// Bytes of text in a record.
    pub(crate) record_bytes: usize,
    /// Which entries trail the records.
    pub(crate) trailing: u16,
    /// Place in the text, name and depth.
    pub(crate) contents: Vec<(u32, &'static str, u32)>,
    pub(crate) encryption: u16,
    /// Numbers and values of metadata.
    pub(crate) metadata: Vec<(u32, Vec<u8>)>,
}

impl Mobi {
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        Self {
            text: text.into(),
            packing: Packing::PalmDoc,
            encoding: 65_001,
            record_bytes: 4_096,
            trailing: 0,
            contents: Vec::new(),
            encryption: 0,
            metadata: vec![(100, b"Ann Lee".to_vec()), (503, b"The Mill".to_vec()), (524, b"en".to_vec())],
        }
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        palm(b"BOOKMOBI", &self.records())
    }

    pub(crate) fn records(&self) -> Vec<Vec<u8>> {
        self.records_of(6, &[])
    }

    /// The records; `indices` are put behind the text, each under the field of the header that names it.
    fn records_of(&self, version: u32, indices: &[(usize, Vec<Vec<u8>>)]) -> Vec<Vec<u8>> {
        let mut records = vec![Vec::new()];
        let coder = Coder::new();
        let chunks: Vec<&[u8]> = self.text.chunks(self.record_bytes).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let mut record = match self.packing {
                Packing::Stored => chunk.to_vec(),
                Packing::PalmDoc => palmdoc(chunk),
                Packing::Huffman => coder.pack(chunk),
            };
            let next = chunks.get(index + 1).copied().unwrap_or_default();
            trail(&mut record, self.trailing, next);
            records.push(record);
        }
        let mut fields = vec![(28, self.encoding), (36, version), (92, 9), (240, u32::from(self.trailing))];
        if self.packing == Packing::Huffman {
            fields.push((112, number(records.len())));
            let tables = coder.tables();
            fields.push((116, number(tables.len())));
            records.extend(tables);
        }
        if !self.contents.is_empty() {
            fields.push((244, number(records.len())));
            records.extend(contents(&self.contents));
        }
        for (field, index) in indices {
            fields.push((*field, number(records.len())));
            records.extend(index.iter().cloned());
        }
        records[0] = self.head(number(chunks.len()), &fields);
        records
    }

    fn head(&self, text_records: u32, fields: &[(usize, u32)]) -> Vec<u8> {
        let mut head = vec![0; 16 + 264];
        let packing: u16 = match self.packing {
            Packing::Stored => 1,
            Packing::PalmDoc => 2,
            Packing::Huffman => 0x4448,
        };
        head[0..2].copy_from_slice(&packing.to_be_bytes());
        put(&mut head, 4, number(self.text.len()));
        head[8..10].copy_from_slice(&u16::try_from(text_records).unwrap().to_be_bytes());
        head[10..12].copy_from_slice(&u16::try_from(self.record_bytes).unwrap().to_be_bytes());
        head[12..14].copy_from_slice(&self.encryption.to_be_bytes());
        head[16..20].copy_from_slice(b"MOBI");
        put(&mut head, 20, 264);
        put(&mut head, 24, 2);
        for unused in [84, 192, 244, 248, 252] {
            put(&mut head, unused, u32::MAX);
        }
        put(&mut head, 128, 0x40);
        for (at, value) in fields {
            put(&mut head, *at, *value);
        }
        head.extend_from_slice(b"EXTH");
        let values: Vec<u8> = self
            .metadata
            .iter()
            .flat_map(|(kind, value)| {
                let length = number(value.len() + 8);
                [kind.to_be_bytes().as_slice(), length.to_be_bytes().as_slice(), value.as_slice()].concat()
            })
            .collect();
        head.extend_from_slice(&number(values.len() + 12).to_be_bytes());
        head.extend_from_slice(&number(self.metadata.len()).to_be_bytes());
        head.extend_from_slice(&values);
        head
    }
}

/// A file of a KF8 book: its skeleton, and its fragments with their places in what grows of it.
pub(crate) type File<'a> = (&'a str, &'a [(usize, &'a str)]);

/// The records of a KF8 book. Its table of contents names fragments and places in them.
pub(crate) fn kf8_records(files: &[File<'_>], lines: &[(u32, u32, &str, u32)]) -> Vec<Vec<u8>> {
    let mut text = Vec::new();
    let (mut skeletons, mut fragments) = (Vec::new(), Vec::new());
    for (index, (skeleton, pieces)) in files.iter().enumerate() {
        let start = text.len();
        text.extend_from_slice(skeleton.as_bytes());
        let mut values = Vec::new();
        // Both numbers are written twice.
        for value in [pieces.len(), pieces.len(), start, skeleton.len(), start, skeleton.len()] {
            values.extend(forward(number(value)));
        }
        skeletons.push((format!("SKEL{index:010}"), 0x0a, values));
        for (at, piece) in *pieces {
            let values =
                [0, index, fragments.len(), 0, piece.len()].map(|value| forward(number(value))).concat();
            fragments.push((format!("{:010}", start + at), 0x0f, values));
            text.extend_from_slice(piece.as_bytes());
        }
    }
    let flow = number(text.len());
    text.extend_from_slice(b".style { color: red }");
    let mut flows = b"FDST".to_vec();
    for value in [12, 2, 0, flow, flow, number(text.len())] {
        flows.extend_from_slice(&value.to_be_bytes());
    }
    let mut strings = Vec::new();
    let lines: Vec<Row> = lines
        .iter()
        .enumerate()
        .map(|(index, (fragment, at, name, depth))| {
            let place = number(strings.len());
            strings.extend(forward(number(name.len())));
            strings.extend_from_slice(name.as_bytes());
            (format!("{index:03}"), 0x07, [place, *depth, *fragment, *at].map(forward).concat())
        })
        .collect();
    let indices = [
        (252, index(&[(1, 1, 3), (6, 2, 12)], &skeletons, &[])),
        (248, index(&[(2, 1, 1), (3, 1, 2), (4, 1, 4), (6, 2, 8)], &fragments, &[])),
        (244, index(&[(3, 1, 1), (4, 1, 2), (6, 2, 4)], &lines, &[strings])),
        (192, vec![flows]),
    ];
    Mobi::new(text).records_of(8, &indices)
}

/// A file that holds a book in both kinds.
pub(crate) fn joint(mut older: Mobi, newer: Vec<Vec<u8>>) -> Vec<u8> {
    older.metadata.push((121, u32::MAX.to_be_bytes().to_vec()));
    let boundary = number(older.records().len() + 1);
    older.metadata.pop();
    older.metadata.push((121, boundary.to_be_bytes().to_vec()));
    let mut records = older.records();
    records.push(b"BOUNDARY".to_vec());
    records.extend(newer);
    palm(b"BOOKMOBI", &records)
}

/// A Palm database.
pub(crate) fn palm(kind: &[u8; 8], records: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"A_Palm_Name".to_vec();
    file.resize(60, 0);
    file.extend_from_slice(kind);
    file.resize(76, 0);
    file.extend_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    let mut at = 78 + records.len() * 8 + 2;
    for (index, record) in records.iter().enumerate() {
        file.extend_from_slice(&number(at).to_be_bytes());
        file.extend_from_slice(&number(index * 2).to_be_bytes());
        at += record.len();
    }
    file.extend_from_slice(&[0, 0]);
    file.extend_from_slice(&records.concat());
    file
}

/// An entry of an index: its name, its control byte, and its values as bytes.
pub(crate) type Row = (String, u8, Vec<u8>);

/// An index with these tags (number, values each, mask), entries and records of strings.
pub(crate) fn index(tags: &[(u8, u8, u8)], rows: &[Row], strings: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut head = b"INDX".to_vec();
    head.resize(192, 0);
    put(&mut head, 4, 192);
    put(&mut head, 24, 1);
    put(&mut head, 28, 65_001);
    put(&mut head, 36, number(rows.len()));
    put(&mut head, 52, number(strings.len()));
    head.extend_from_slice(b"TAGX");
    head.extend_from_slice(&number(12 + (tags.len() + 1) * 4).to_be_bytes());
    head.extend_from_slice(&1u32.to_be_bytes());
    for (tag, values_each, mask) in tags {
        head.extend_from_slice(&[*tag, *values_each, *mask, 0]);
    }
    head.extend_from_slice(&[0, 0, 0, 1]);
    let mut data = b"INDX".to_vec();
    data.resize(192, 0);
    put(&mut data, 4, 192);
    let mut places = b"IDXT".to_vec();
    for (name, control, values) in rows {
        places.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        data.push(u8::try_from(name.len()).unwrap());
        data.extend_from_slice(name.as_bytes());
        data.push(*control);
        data.extend_from_slice(values);
    }
    let places_at = number(data.len());
    put(&mut data, 20, places_at);
    put(&mut data, 24, number(rows.len()));
    data.extend(places);
    let mut records = vec![head, data];
    records.extend_from_slice(strings);
    records
}

fn contents(lines: &[(u32, &str, u32)]) -> Vec<Vec<u8>> {
    let mut strings = Vec::new();
    let rows: Vec<Row> = lines
        .iter()
        .enumerate()
        .map(|(index, (at, name, depth))| {
            let place = number(strings.len());
            strings.extend(forward(number(name.len())));
            strings.extend_from_slice(name.as_bytes());
            (format!("{index:03}"), 0x0f, [*at, 0, place, *depth].map(forward).concat())
        })
        .collect();
    index(&[(1, 1, 1), (2, 1, 2), (3, 1, 4), (4, 1, 8)], &rows, &[strings])
}

/// Seven bits a byte, the last with its highest bit set.
pub(crate) fn forward(value: u32) -> Vec<u8> {
    let mut bytes = vec![0x80 | u8::try_from(value & 0x7f).unwrap()];
    let mut rest = value >> 7;
    while rest > 0 {
        bytes.insert(0, u8::try_from(rest & 0x7f).unwrap());
        rest >>= 7;
    }
    bytes
}

/// Puts entries behind a record: the rest of a character that the next one begins with, and others of growing size.
fn trail(record: &mut Vec<u8>, flags: u16, next: &[u8]) {
    if flags & 1 == 1 {
        let overlap: Vec<u8> = next.iter().copied().take_while(|byte| byte & 0xc0 == 0x80).take(3).collect();
        record.extend_from_slice(&overlap);
        record.push(u8::try_from(overlap.len()).unwrap());
    }
    for bit in (1..16usize).filter(|bit| (flags >> *bit) & 1 == 1) {
        let content = vec![0xff; bit * 30];
        record.extend_from_slice(&content);
        match content.len() {
            small @ 0..127 => record.push(0x80 | u8::try_from(small + 1).unwrap()),
            large => {
                let size = large + 2;
                record.push(0x80 | u8::try_from(size >> 7).unwrap());
                record.push(u8::try_from(size & 0x7f).unwrap());
            }
        }
    }
}

/// Packs as PalmDOC does, with every kind of its bytes.
fn palmdoc(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if let Some((distance, length)) = earlier(text, at) {
            let pair = u16::try_from(0x8000 | (distance << 3) | (length - 3)).unwrap();
            packed.extend_from_slice(&pair.to_be_bytes());
            at += length;
            continue;
        }
        match text[at..] {
            [b' ', next @ 0x40..=0x7f, ..] => {
                packed.push(next ^ 0x80);
                at += 2;
            }
            [byte @ (0 | 0x09..=0x7f), ..] => {
                packed.push(byte);
                at += 1;
            }
            _ => {
                let high =
                    text[at..].iter().take(8).take_while(|byte| !matches!(byte, 0 | 0x09..=0x7f)).count();
                packed.push(u8::try_from(high).unwrap());
                packed.extend_from_slice(&text[at..at + high]);
                at += high;
            }
        }
    }
    packed
}

/// The longest piece before this place that the text goes on with: its distance and length. It may run into itself.
fn earlier(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let longest = (text.len() - at).min(10);
    let length_at =
        |from: usize| (0..longest).take_while(|step| text[from + step] == text[at + step]).count();
    let from = (at.saturating_sub(2_047)..at).max_by_key(|from| length_at(*from))?;
    let length = length_at(from);
    (length >= 3).then_some((at - from, length))
}

/// Huffman codes of phrases: four of four bits, then every byte with ten.
struct Coder {
    /// What each phrase means.
    meanings: Vec<Vec<u8>>,
}

/// Phrases with short codes; the last is kept as codes of the first two.
const PHRASES: [&[u8]; 4] = [b" and ", b"the ", b"tower", b" and the "];

impl Coder {
    fn new() -> Self {
        let bytes = (0..=255u8).map(|byte| vec![byte]);
        Self { meanings: PHRASES.iter().map(|phrase| phrase.to_vec()).chain(bytes).collect() }
    }

    /// Short codes count down from all ones; long ones go on below them.
    fn code(phrase: usize) -> (u32, usize) {
        if phrase < 4 { (15 - number(phrase), 4) } else { (767 - number(phrase - 4), 10) }
    }

    fn bits(phrases: &[usize]) -> Vec<u8> {
        let mut bits = String::new();
        for phrase in phrases {
            let (code, length) = Self::code(*phrase);
            bits.push_str(&format!("{code:0length$b}"));
        }
        // What fills up the last byte is no code.
        while !bits.len().is_multiple_of(8) {
            bits.push('0');
        }
        let bits = bits.into_bytes();
        bits.chunks(8).map(|byte| byte.iter().fold(0, |all, bit| (all << 1) | (bit - b'0'))).collect()
    }

    fn pack(&self, text: &[u8]) -> Vec<u8> {
        let mut phrases = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let fitting = (0..self.meanings.len()).filter(|phrase| rest.starts_with(&self.meanings[*phrase]));
            let longest = fitting.max_by_key(|phrase| self.meanings[*phrase].len()).unwrap();
            phrases.push(longest);
            rest = &rest[self.meanings[longest].len()..];
        }
        Self::bits(&phrases)
    }

    fn tables(&self) -> Vec<Vec<u8>> {
        let mut codes = b"HUFF".to_vec();
        for value in [24, 24, 24 + 1_024, 0, 0] {
            codes.extend_from_slice(&u32::to_be_bytes(value));
        }
        for byte in 0..256u32 {
            let first = if byte >> 4 >= 12 { (15 << 8) | 0x80 | 4 } else { 5 };
            codes.extend_from_slice(&u32::to_be_bytes(first));
        }
        for bits in 1..=32u32 {
            // The least code, and what a code is taken from.
            let (least, base) = match bits {
                0..4 => (1 << bits, 0),
                4..10 => (12 << (bits - 4), if bits == 4 { 15 } else { 0 }),
                10 => (512, 767 + 4),
                11.. => (512 << (bits - 10), 0),
            };
            codes.extend_from_slice(&u32::to_be_bytes(least));
            codes.extend_from_slice(&u32::to_be_bytes(base));
        }
        let mut records = vec![codes];
        for (part, meanings) in self.meanings.chunks(256).enumerate() {
            let mut record = b"CDIC".to_vec();
            for value in [16, number(self.meanings.len()), 8] {
                record.extend_from_slice(&u32::to_be_bytes(value));
            }
            let mut entries = Vec::new();
            for (index, meaning) in meanings.iter().enumerate() {
                let place = u16::try_from(meanings.len() * 2 + entries.len()).unwrap();
                record.extend_from_slice(&place.to_be_bytes());
                let is_text = part * 256 + index != 3;
                let kept = if is_text { meaning.clone() } else { Self::bits(&[0, 1]) };
                let mark = u16::try_from(kept.len()).unwrap() | if is_text { 0x8000 } else { 0 };
                entries.extend_from_slice(&mark.to_be_bytes());
                entries.extend(kept);
            }
            record.extend(entries);
            records.push(record);
        }
        records
    }
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap()
}

pub(crate) fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}
