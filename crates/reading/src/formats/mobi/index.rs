//! INDX: lists of entries with tagged numbers. Skeletons, fragments and the table of contents are kept so.
//!
//! A first record says which tags there are; the next ones hold the entries; the last ones hold strings.

use super::{
    bytes::{size_at, take_number, u16_at},
    damaged,
    palm::Palm,
};
use crate::{Problem, ProblemCode};

/// Most entries of an index.
const MAX_ENTRIES: usize = 200_000;
/// Most records of strings: places in them have two bytes for the record.
const MAX_STRING_RECORDS: usize = 65_536;

/// Most rows of the table of tags; books have about ten.
const MAX_TAGS: usize = 128;

/// Tags and their values.
type Values = Vec<(u8, Vec<u32>)>;

/// An index that was read.
pub(super) struct Index<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    strings: Vec<&'a [u8]>,
}

/// An entry of an index.
pub(super) struct Entry<'a> {
    /// Its name.
    pub(super) name: &'a [u8],
    /// Its tags with their values, in the order of the file.
    tags: Values,
}

impl Entry<'_> {
    /// A value of a tag.
    pub(super) fn value(&self, tag: u8, position: usize) -> Option<u32> {
        let (_, values) = self.tags.iter().find(|(known, _)| *known == tag)?;
        values.get(position).copied()
    }

    /// A value of a tag as a size or a place.
    pub(super) fn size(&self, tag: u8, position: usize) -> Option<usize> {
        usize::try_from(self.value(tag, position)?).ok()
    }
}

impl<'a> Index<'a> {
    /// Reads the index whose first record this is.
    pub(super) fn read(palm: &Palm<'a>, first: usize) -> Result<Self, Problem> {
        let broken = || damaged("an index of the book is damaged");
        let head = index_record(palm, first).ok_or_else(broken)?;
        let tags = TagTable::read(head).ok_or_else(broken)?;
        let records = size_at(head, 24).ok_or_else(broken)?;
        let mut entries = Vec::new();
        for number in 1..=records {
            let record = first.checked_add(number).and_then(|index| index_record(palm, index));
            read_entries(record.ok_or_else(broken)?, &tags, &mut entries).ok_or_else(broken)?;
            if entries.len() > MAX_ENTRIES {
                let message = format!("an index of the book has more than {MAX_ENTRIES} entries");
                return Err(Problem::new(ProblemCode::TooLarge, message));
            }
        }
        let string_records = size_at(head, 52).unwrap_or(0).min(MAX_STRING_RECORDS);
        let strings = (1..=string_records).map_while(|number| {
            let index = first.checked_add(records)?.checked_add(number)?;
            palm.record(index)
        });
        Ok(Self { entries, strings: strings.collect() })
    }

    /// The string at this place.
    pub(super) fn string(&self, place: u32) -> Option<&'a [u8]> {
        let record = *self.strings.get(usize::try_from(place >> 16).ok()?)?;
        let mut at = usize::try_from(place & 0xffff).ok()?;
        let length = usize::try_from(take_number(record, &mut at)?).ok()?;
        record.get(at..at.checked_add(length)?)
    }
}

fn index_record<'a>(palm: &Palm<'a>, index: usize) -> Option<&'a [u8]> {
    palm.record(index).filter(|record| record.starts_with(b"INDX"))
}

fn read_entries<'a>(record: &'a [u8], tags: &TagTable, entries: &mut Vec<Entry<'a>>) -> Option<()> {
    let (places, count) = (size_at(record, 20)?, size_at(record, 24)?);
    if !record.get(places..)?.starts_with(b"IDXT") {
        return None;
    }
    let place = |number: usize| u16_at(record, places.checked_add(4)?.checked_add(number.checked_mul(2)?)?);
    for number in 0..count {
        let start = usize::from(place(number)?);
        let end = if number + 1 < count { usize::from(place(number + 1)?) } else { places };
        // Entries that do not overlap cannot be more than the record has bytes.
        let entry = record.get(start..end).filter(|entry| !entry.is_empty())?;
        let (length, rest) = entry.split_first()?;
        let name = rest.get(..usize::from(*length))?;
        let values = rest.get(usize::from(*length)..)?;
        entries.push(Entry { name, tags: tags.values(values)? });
    }
    Some(())
}

/// Which tags entries have, and where it stands how many values of each.
struct TagTable {
    control_bytes: usize,
    tags: Vec<Tag>,
}

struct Tag {
    tag: u8,
    values_each: u8,
    mask: u8,
    /// Whether the next tags look at the next control byte.
    ends_byte: bool,
}

/// How many values of a tag follow.
enum Follow {
    Count(usize),
    Bytes(usize),
}

impl TagTable {
    fn read(head: &[u8]) -> Option<Self> {
        let table = head.get(size_at(head, 4)?..)?;
        if !table.starts_with(b"TAGX") {
            return None;
        }
        let rows = table.get(12..size_at(table, 4)?)?;
        let (rows, _) = rows.as_chunks::<4>();
        if rows.len() > MAX_TAGS {
            return None;
        }
        let tags = rows.iter().map(|[tag, values_each, mask, end]| Tag {
            tag: *tag,
            values_each: *values_each,
            mask: *mask,
            ends_byte: *end == 1,
        });
        Some(Self { control_bytes: size_at(table, 8)?, tags: tags.collect() })
    }

    /// The values of an entry: control bytes say how many of each tag, then they follow, tag by tag.
    fn values(&self, entry: &[u8]) -> Option<Values> {
        let mut at = self.control_bytes;
        let mut control = 0;
        let mut follow = Vec::new();
        for tag in &self.tags {
            if tag.ends_byte {
                control += 1;
                continue;
            }
            let byte = *entry.get(control)?;
            let marked = byte & tag.mask;
            if marked == 0 {
                continue;
            }
            let amount = if marked == tag.mask && tag.mask.count_ones() > 1 {
                Follow::Bytes(usize::try_from(take_number(entry, &mut at)?).ok()?)
            } else {
                let times = usize::from(marked >> tag.mask.trailing_zeros());
                Follow::Count(times * usize::from(tag.values_each))
            };
            // Lists without values would take memory that no byte of the file stands for.
            if matches!(amount, Follow::Count(0)) {
                continue;
            }
            follow.push((tag.tag, amount));
        }
        let mut read = Vec::new();
        for (tag, amount) in follow {
            let mut values = Vec::new();
            match amount {
                Follow::Count(count) => {
                    for _ in 0..count {
                        values.push(take_number(entry, &mut at)?);
                    }
                }
                Follow::Bytes(bytes) => {
                    let end = at.checked_add(bytes)?;
                    while at < end {
                        values.push(take_number(entry, &mut at)?);
                    }
                }
            }
            read.push((tag, values));
        }
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> TagTable {
        let tag = |tag, values_each, mask| Tag { tag, values_each, mask, ends_byte: false };
        TagTable { control_bytes: 1, tags: vec![tag(1, 1, 0b1), tag(6, 2, 0b110), tag(9, 1, 0b1000)] }
    }

    #[test]
    fn values_are_counted_by_control_bytes() {
        let cases: [(&[u8], Option<Values>); 9] = [
            (b"\x01\x85", Some(vec![(1, vec![5])])),
            (b"\x03\x85\x01\x80\x87", Some(vec![(1, vec![5]), (6, vec![128, 7])])),
            // All bits of a mask of several are set: the number of bytes stands first.
            (b"\x06\x83\x81\x82\x83", Some(vec![(6, vec![1, 2, 3])])),
            (b"\x08\x81", Some(vec![(9, vec![1])])),
            (b"\x00", Some(vec![])),
            (b"\x01", None),
            (b"\x06\xff\x81", None),
            (b"\x01\x01\x01\x01\x01\x01\x01", None),
            (b"", None),
        ];
        for (entry, expected) in cases {
            assert_eq!(table().values(entry), expected, "{entry:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_values_or_refused(
            entry: Vec<u8>,
            rows in proptest::collection::vec(any::<(u8, u8, u8, bool)>(), 0..8),
            control_bytes in 0usize..4,
        ) {
            let tags = rows.into_iter().map(|(tag, values_each, mask, ends_byte)| Tag { tag, values_each, mask, ends_byte });
            let table = TagTable { control_bytes, tags: tags.collect() };
            if let Some(values) = table.values(&entry) {
                let count: usize = values.iter().map(|(_, values)| values.len()).sum();
                prop_assert!(count <= entry.len());
            }
        }

        #[test]
        fn any_record_is_read_or_refused(record: Vec<u8>) {
            let record = [b"INDX".as_slice(), record.as_slice()].concat();
            let mut entries = Vec::new();
            let _read = read_entries(&record, &table(), &mut entries);
            prop_assert!(entries.len() <= record.len());
        }
    }
}
