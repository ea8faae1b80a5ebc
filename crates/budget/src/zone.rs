//! Time zones by their IANA names, which say when a day begins.

use jiff::tz::TimeZone;
use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A time zone. There are some hundreds, so each is kept once for good, and a copy costs nothing.
#[derive(Clone, Copy)]
pub struct Zone(&'static Kept);

struct Kept {
    name: &'static str,
    rules: TimeZone,
}

static UTC: Kept = Kept { name: "UTC", rules: TimeZone::UTC };
/// Those that were asked for, by their proper names.
static KEPT: Mutex<BTreeMap<String, Zone>> = Mutex::new(BTreeMap::new());

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(&UTC);

    /// The IANA name, such as `Europe/Berlin`.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    pub(crate) fn rules(self) -> &'static TimeZone {
        &self.0.rules
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

/// Why a text is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time zone known here (an IANA name such as `Europe/Berlin`, or `UTC`)")]
pub struct ParseZoneError {
    text: String,
}

impl FromStr for Zone {
    type Err = ParseZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("utc") {
            return Ok(Self::UTC);
        }
        let unknown = || ParseZoneError { text: text.chars().take(100).collect() };
        let rules = TimeZone::get(text).map_err(|_| unknown())?;
        let name = rules.iana_name().ok_or_else(unknown)?.to_owned();
        let mut kept = KEPT.lock();
        if let Some(zone) = kept.get(&name) {
            return Ok(*zone);
        }
        // Only names that the tables of time zones have come here, each once.
        let forever = Kept { name: Box::leak(name.clone().into_boxed_str()), rules };
        let zone = Self(Box::leak(Box::new(forever)));
        kept.insert(name, zone);
        Ok(zone)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_tables() {
        assert_eq!("utc".parse(), Ok(Zone::UTC));
        let berlin: Zone = "europe/berlin".parse().unwrap();
        assert_eq!((berlin.name(), berlin), ("Europe/Berlin", "Europe/Berlin".parse().unwrap()));
        for text in ["", "Berlin", "+02:00", "Europe/Atlantis", "../etc/passwd"] {
            let error = text.parse::<Zone>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
