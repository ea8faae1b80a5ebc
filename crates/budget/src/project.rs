//! The name of a project, by which spending is told apart.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, hash, str::FromStr};

/// Longest name, in bytes.
const MOST_BYTES: usize = 63;

/// A project's name: 1 to 63 bytes without control characters. It is copied with every call, so it needs no memory
/// of its own.
#[derive(Clone, Copy)]
pub struct Project {
    bytes: [u8; MOST_BYTES],
    length: u8,
}

impl Project {
    /// The name.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        // It was made of a text.
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// Why a text is not a project's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a project's name has 1 to {MOST_BYTES} bytes and no control characters, unlike `{text}`")]
pub struct ParseProjectError {
    text: String,
}

impl FromStr for Project {
    type Err = ParseProjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let mut project = Self { bytes: [0; MOST_BYTES], length: 0 };
        let fits = project.bytes.get_mut(..name.len()).filter(|place| !place.is_empty());
        match (fits, u8::try_from(name.len())) {
            (Some(place), Ok(length)) if !name.chars().any(char::is_control) => {
                place.copy_from_slice(name.as_bytes());
                Ok(Self { length, ..project })
            }
            _ => Err(ParseProjectError { text: text.chars().take(100).collect() }),
        }
    }
}

impl PartialEq for Project {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Project {}

impl hash::Hash for Project {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Project {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Project {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_bounds() {
        let longest = "é".repeat(31) + "x";
        assert_eq!(longest.parse::<Project>().unwrap().as_str(), longest);
        assert_eq!(" atlas ".parse::<Project>().unwrap().as_str(), "atlas");
        for bad in ["", "  ", "a\nb", &"x".repeat(64)] {
            assert!(bad.parse::<Project>().is_err(), "{bad:?}");
        }
    }
}
