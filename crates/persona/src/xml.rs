//! Personas as XML, by the schema that is published as `docs/persona.xsd`.
//!
//! One table ([`schema::ELEMENTS`]) says what may stand where; the published schema and the check with its lines and
//! columns are both made of it. What XML has no element for goes into `<extra>` as JSON, so that nothing is lost.

pub mod schema;

mod convert;
mod tree;
mod write;

pub use write::write;

use crate::{
    card::MAX_TEXT_BYTES,
    error::{PersonaError, Position},
    model::Persona,
};

/// Mistakes that are told at a time.
const MAX_TOLD: usize = 50;

/// Reads a persona from XML.
///
/// # Errors
/// [`PersonaError::Syntax`] where it is no XML, [`PersonaError::Schema`] with every place that the schema does not
/// allow.
pub fn read(text: &str) -> Result<Persona, PersonaError> {
    if text.len() > MAX_TEXT_BYTES {
        let found = format!("{} bytes", text.len());
        return Err(PersonaError::TooLarge { what: "the file".into(), found, limit: MAX_TEXT_BYTES });
    }
    let root = tree::parse(text)?;
    let mut mistakes = Vec::new();
    schema::check(&root, &mut mistakes);
    if mistakes.is_empty() {
        return convert::persona(&root)
            .map_err(|(offset, message)| PersonaError::Schema(vec![(Position::of(text, offset), message)]));
    }
    mistakes.sort();
    mistakes.truncate(MAX_TOLD);
    let told = mistakes.into_iter().map(|(offset, message)| (Position::of(text, offset), message));
    Err(PersonaError::Schema(told.collect()))
}
