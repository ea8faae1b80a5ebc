//! Identifiers: UUID version 7, so that they sort by the time they were made.

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
    /// The single user of an installation without accounts: the first owner in every database.
    pub const FIRST_OWNER: Self = Self(Uuid::from_u128(1));

    /// Builds an id from its 128 bits, for fixed ids in tests and seeds.
    pub const fn from_u128(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
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
    }

    #[test]
    fn text_round_trips() {
        let id = new_id();
        assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert!("not an id".parse::<Id>().is_err());
    }
}
