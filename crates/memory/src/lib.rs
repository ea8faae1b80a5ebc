//! What is known of a person: facts with their times, found in what was said, and recalled when they matter.
//!
//! A [`Fact`] says something about somebody, where it comes from, when it was said and when it holds. Nothing is
//! overwritten: a fact that contradicts an older one supersedes it, and the older one stays in the history. [`extract`]
//! finds facts in what a person says, by rules or in a model's answer; [`resolve`] decides what they do to what is known;
//! [`recall`] finds those that matter for a message, by words, meaning, time and weight, and says why. [`Memory`] keeps
//! them in the database. A fact has a [`Scope`], and a question opens the shelves of its own scopes only.
//!
//! Reading order: [`model`], [`attribute`], [`when`], [`extract`], [`resolve`], [`recall`], [`profile`], [`service`], [`tools`].

pub mod attribute;
mod db;
pub mod error;
pub mod extract;
pub mod map;
pub mod model;
pub mod profile;
pub mod recall;
pub mod resolve;
pub mod service;
pub mod tools;
pub mod when;

pub use error::MemoryError;
pub use extract::{Found, Heard};
pub use map::{Map, map};
pub use model::{Change, Draft, Fact, Kind, Origin, Scope, Source, Standing};
pub use profile::{Profile, profile};
pub use recall::Recalled;
pub use service::{Edit, Erased, Export, ListFacts, Memory, Parts, Wanted};
