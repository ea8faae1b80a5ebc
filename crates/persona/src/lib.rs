//! Who somebody is who talks: personas, the cards they travel in, their lorebooks, and the prompt that all this makes.
//!
//! A [`Persona`] is what is kept. It comes from and goes to character cards (V1, V2, V3; as JSON, in PNG and APNG
//! pictures, as CHARX archives) and XML without losing a field that is not known here. A turn of a conversation makes a
//! [`Prompt`] of it by [`assemble`]: macros filled in, the lorebook's entries found by what was said, all within a budget
//! of tokens. Nothing here does I/O, has a clock or rolls dice by itself: moments, seeds and the way of counting tokens
//! are given, so that the same in gives the same out.
//!
//! Several personas in one conversation take turns by [`group`]; what they come to feel for each other and for the person
//! is [`feelings`]; whether they stay themselves, [`consistency`] measures.
//!
//! Reading order: [`model`], [`card`], [`lorebook`], [`macros`], [`assemble`](mod@assemble), [`xml`], [`check`](mod@check),
//! [`suggest`], [`template`], [`group`], [`feelings`], [`consistency`].

pub mod assemble;
pub mod card;
pub mod check;
pub mod consistency;
pub mod feelings;
pub mod group;
pub mod lorebook;
pub mod macros;
pub mod model;
pub mod suggest;
pub mod template;
pub mod xml;

mod chance;
mod error;

pub use assemble::{Company, Insert, Prompt, Role, Said, Scene, Tokens, assemble};
pub use card::{Bundle, Card, Form, Read, read};
pub use check::{Finding, Weight, check};
pub use error::{PersonaError, Position};
pub use lorebook::{Entry, Lorebook};
pub use model::{Asset, Kind, Persona, Style, Trait, Unknown};
