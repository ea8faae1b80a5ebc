//! What an entry can be, and the forms that its fields have.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A spell.
    Spell,
    /// A monster or another creature with figures.
    Monster,
    /// A state that a creature can be in.
    Condition,
    /// An item with magic in it.
    MagicItem,
    /// What can be bought: weapons, armour, gear.
    Equipment,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Spell, Self::Monster, Self::Condition, Self::MagicItem, Self::Equipment];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spell => "spell",
            Self::Monster => "monster",
            Self::Condition => "condition",
            Self::MagicItem => "magic_item",
            Self::Equipment => "equipment",
        }
    }

    /// The field that places it on the scale from weak to strong, where its kind has one.
    pub const fn level_field(self) -> Option<&'static str> {
        match self {
            Self::Spell => Some("level"),
            Self::Monster => Some("challenge"),
            Self::Condition | Self::MagicItem | Self::Equipment => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(pub String);

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no kind of entry", self.0)
    }
}

impl std::error::Error for UnknownKind {}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// The form of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Anything.
    Text,
    /// One of a list of words.
    Word,
    /// A whole number.
    Number,
    /// A number that may be written as a fraction, such as 1/4.
    Fraction,
    /// Yes or no.
    Flag,
    /// Words parted by commas.
    List,
    /// What a spell needs: `V`, `S`, `M`.
    Components,
    /// Six scores by their short names.
    Abilities,
}

impl Form {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Number => "number",
            Self::Fraction => "fraction",
            Self::Flag => "flag",
            Self::List => "list",
            Self::Components => "components",
            Self::Abilities => "abilities",
        }
    }
}
