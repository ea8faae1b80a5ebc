//! Cards in and out of every form, hostile files, lorebooks over turns, and the prompt they make.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod cards;
mod hostile;
mod lore;
mod prompts;
mod schema;

use persona::{Card, Form, Read};
use serde_json::Value;

/// A card from the folder of fixtures.
pub(crate) fn fixture(name: &str) -> (Value, Read) {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), persona::read(&bytes).unwrap())
}

/// Writes and reads again.
pub(crate) fn there_and_back(card: &Card, form: Form) -> Card {
    let bytes = persona::card::write(card, form).unwrap();
    let read = persona::read(&bytes).unwrap();
    assert_eq!(read.form, form);
    read.card
}
