//! The container of Palm databases: a list of records. MOBI, AZW, AZW3 and old Palm texts lie in it.

use super::{
    bytes::{size_at, u16_at},
    damaged,
};
use crate::Problem;
use encoding_rs::WINDOWS_1252;

/// Where the number of records stands; the list of them follows.
const COUNT_AT: usize = 76;
/// Where the list begins.
const LIST_AT: usize = 78;
/// Bytes of the list for each record: where it begins, and marks that are not needed.
const ROW_BYTES: usize = 8;
/// Bytes of the database's name.
const NAME_BYTES: usize = 32;

/// An opened database.
pub(super) struct Palm<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Palm<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let count = u16_at(bytes, COUNT_AT).map_or(0, usize::from);
        let starts: Vec<usize> =
            (0..count).map_while(|index| size_at(bytes, LIST_AT + index * ROW_BYTES)).collect();
        if count == 0 || starts.len() < count {
            return Err(damaged("the book's list of records is cut off"));
        }
        Ok(Self { bytes, starts })
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// A record; none when it does not exist or is not all there.
    pub(super) fn record(&self, index: usize) -> Option<&'a [u8]> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index.checked_add(1)?).copied().unwrap_or(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The database's name, in which programs put a short title.
    pub(super) fn name(&self) -> String {
        let name = self.bytes.get(..NAME_BYTES).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let (name, _) = WINDOWS_1252.decode_without_bom_handling(name);
        name.replace('_', " ").trim().to_owned()
    }
}
