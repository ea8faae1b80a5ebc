//! Identifiers: UUID version 7, so that they sort by the time they were made.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A time-ordered identifier (UUID v7), written as 36 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(Uuid);

/// Who a thing belongs to.
pub type OwnerId = Id;

/// Makes a new identifier from the system's clock and random numbers.
pub fn new_id() -> Id {
    Id(Uuid::now_v7())
}

impl Id {
    /// How many characters it is written as.
    pub const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;

    /// The single user of an installation without accounts: the first owner in every database.
    pub const FIRST_OWNER: Self = Self(Uuid::from_u128(1));

    /// Builds an id from its 128 bits, for fixed ids in tests and seeds.
    pub const fn from_u128(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }

    /// Its 128 bits.
    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// An id that sorts by this moment and is the same for the same bits: for what has an id elsewhere already.
    pub fn at(moment: Timestamp, bits: [u8; 10]) -> Self {
        let millis = u64::try_from(moment.millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bits).into_uuid())
    }

    /// What is left of it without the moment: the bits of [`Self::at`], as far as an id holds them.
    pub fn bits(self) -> [u8; 10] {
        let [_, _, _, _, _, _, bits @ ..] = self.0.into_bytes();
        bits
    }

    /// Writes its 36 characters into `buffer`; what [`ToString`] makes, without the machinery of formatting.
    pub fn encode(self, buffer: &mut [u8; Self::LENGTH]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }

    /// When it was made, to the millisecond; the first moment of all where it is a fixed one.
    pub fn made_at(self) -> Timestamp {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Timestamp::from_millis(seconds.saturating_mul(1_000).saturating_add(i64::from(nanos / 1_000_000)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let ids: Vec<Id> = (0..1000).map(|_| new_id()).collect();
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(ids, sorted);
        let now = Timestamp::from_millis(1_795_302_805_937);
        let made: Id = "01a20062-d1b1-71ff-8d87-7d224979365b".parse().unwrap();
        assert_eq!((made.made_at(), Id::FIRST_OWNER.made_at()), (now, Timestamp::from_millis(0)));
        let (one, other) = (Id::at(now, [7; 10]), Id::at(now, [8; 10]));
        assert!(one.made_at() == now && one == Id::at(now, [7; 10]) && one < other);
        assert_eq!(one.bits(), Id::at(Timestamp::from_millis(5), [7; 10]).bits());
    }

    #[test]
    fn text_round_trips() {
        let id = new_id();
        assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
        assert_eq!(id.encode(&mut [0; Id::LENGTH]), id.to_string());
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert!("not an id".parse::<Id>().is_err());
    }
}
