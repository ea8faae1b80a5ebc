//! Typed entries out of rulebooks: spells, monsters, conditions, magic items, equipment.
//!
//! [`extract`] finds them in passages as they stand in a document, by how publishers lay them out: the line under the
//! name, the labels of fields, the columns of tables. All of that is data (`data/layouts.toml`); what somebody corrects
//! teaches more of it ([`learn`]). Each entry says how much of what is expected of its kind was found ([`Entry::quality`]).
//! *It is pure, and no text makes it fail.*
//!
//! ```
//! use statblock::{Kind, Passage, extract};
//!
//! let text = "2nd-level evocation\nCasting Time: 1 action\nRange: Self\nComponents: V, S\nDuration: 1 hour\nIt glows.";
//! let found = extract(&[Passage { headings: vec!["Spells", "Lantern"], text }], &[]);
//! assert_eq!((found[0].kind, found[0].name.as_str()), (Kind::Spell, "Lantern"));
//! assert_eq!(found[0].facts["school"], "evocation");
//! ```
//!
//! Reading order: [`kind`], [`layout`], [`extract`](mod@extract), [`learn`](mod@learn).

pub mod extract;
pub mod kind;
pub mod layout;
pub mod learn;
mod pattern;
mod values;

pub use extract::{Entry, Passage, extract, is_rule};
pub use kind::{Form, Kind, UnknownKind};
pub use layout::{Field, VERSION, fields};
pub use learn::{Learned, learn};
pub use values::{BadValue, level, quality, read, shown};

/// What an entry says of itself, by field.
pub type Facts = serde_json::Map<String, serde_json::Value>;
