//! Character cards: the files that personas travel in.
//!
//! [`read`] takes any of them by its content; [`write`] makes one. What a card has beside the fields of its specification
//! goes along: in [`crate::Persona::unknown`], in `extensions`, in [`Card::files`].

pub mod bundle;
pub mod charx;
pub mod json;
pub mod png;

mod fields;
mod world;

pub use bundle::Bundle;

use crate::{error::PersonaError, lorebook::Lorebook, model::Persona, xml};
use std::collections::BTreeMap;

/// Bytes of a file, at the most.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// Bytes of the card's own text, at the most.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// A persona with the files that belong to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Card {
    /// The persona.
    pub persona: Persona,
    /// The picture, as a file of any format.
    pub picture: Option<Vec<u8>>,
    /// Other files, by their path in a CHARX archive.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The card.
    pub card: Card,
    /// What it was.
    pub form: Form,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON of Familiar's own.
    Familiar,
    /// Character Card V1, JSON.
    V1,
    /// Character Card V2, JSON.
    V2,
    /// Character Card V3, JSON.
    V3,
    /// A PNG or APNG picture with a card.
    Png,
    /// A CHARX archive.
    Charx,
    /// XML of Familiar's own.
    Xml,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Familiar, Self::V1, Self::V2, Self::V3, Self::Png, Self::Charx, Self::Xml];

    /// The name people say.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Familiar => "familiar",
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::Png => "png",
            Self::Charx => "charx",
            Self::Xml => "xml",
        }
    }

    /// The form of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == name.trim().to_ascii_lowercase())
    }

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Familiar | Self::V1 | Self::V2 | Self::V3 => "json",
            Self::Png => "png",
            Self::Charx => "charx",
            Self::Xml => "xml",
        }
    }

    /// The media type of its files.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Familiar | Self::V1 | Self::V2 | Self::V3 => "application/json",
            Self::Png => "image/png",
            Self::Charx => "application/zip",
            Self::Xml => "application/xml",
        }
    }
}

/// Reads a persona from a file, whatever its format.
///
/// # Errors
/// Why it is none.
pub fn read(bytes: &[u8]) -> Result<Read, PersonaError> {
    if bytes.len() > MAX_FILE_BYTES {
        let found = format!("{} bytes", bytes.len());
        return Err(PersonaError::TooLarge { what: "the file".into(), found, limit: MAX_FILE_BYTES });
    }
    if png::is_png(bytes) {
        return png::read(bytes);
    }
    if charx::is_archive(bytes) {
        return charx::read(bytes);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| PersonaError::UnknownFormat)?;
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => json::read(text),
        Some(b'<') => {
            let persona = xml::read(text)?;
            Ok(Read { card: Card { persona, ..Card::default() }, form: Form::Xml, notes: Vec::new() })
        }
        Some(_) | None => Err(PersonaError::UnknownFormat),
    }
}

/// Reads a lorebook from a file: one by itself (`lorebook_v3`, SillyTavern's World Info), or that of a card.
///
/// # Errors
/// Why it is none.
pub fn read_lorebook(bytes: &[u8]) -> Result<Lorebook, PersonaError> {
    if bytes.len() > MAX_TEXT_BYTES {
        let found = format!("{} bytes", bytes.len());
        return Err(PersonaError::TooLarge { what: "the file".into(), found, limit: MAX_TEXT_BYTES });
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && let Some(book) = json::read_lorebook(text.trim_start_matches('\u{feff}'))?
    {
        return Ok(book);
    }
    let found = read(bytes)?.card.persona.lorebook;
    found.ok_or_else(|| PersonaError::NotACard("it has no lorebook".into()))
}

/// Writes a persona as a file.
///
/// # Errors
/// Where its picture cannot carry a card.
pub fn write(card: &Card, form: Form) -> Result<Vec<u8>, PersonaError> {
    let text = |value: serde_json::Value| {
        serde_json::to_vec_pretty(&value)
            .map_err(|error| PersonaError::NotWritten { format: "JSON", reason: error.to_string() })
    };
    match form {
        Form::Familiar => text(json::write_own(&self_contained(card))?),
        Form::V1 => text(json::write_v1(&self_contained(card))),
        Form::V2 => text(json::write_v2(&self_contained(card))),
        Form::V3 => text(json::write_v3(&self_contained(card))),
        Form::Xml => Ok(xml::write(&self_contained(card))?.into_bytes()),
        Form::Png => {
            let persona = self_contained(card);
            let picture = match &card.picture {
                Some(picture) if png::is_png(picture) => picture.clone(),
                Some(_) => return Err(PersonaError::NotAPng),
                None => png::plain(persona.called())?,
            };
            png::write(&picture, &persona)
        }
        Form::Charx => charx::write(card),
    }
}

/// The persona as a file that has no place for others: those go into its assets as `data:` addresses.
fn self_contained(card: &Card) -> Persona {
    let mut persona = card.persona.clone();
    for asset in persona.assets.iter_mut().flatten() {
        if let Some(bytes) = asset.uri.strip_prefix(charx::EMBEDDED).and_then(|path| card.files.get(path)) {
            asset.uri = fields::data_uri(&asset.ext, bytes);
        }
    }
    persona
}

/// Takes files out of `data:` addresses, where nothing is lost by it.
pub(crate) fn unpack_assets(card: &mut Card) {
    let mut number = 0usize;
    for asset in card.persona.assets.iter_mut().flatten() {
        let Some(bytes) = fields::from_data_uri(&asset.uri) else { continue };
        if fields::data_uri(&asset.ext, &bytes) != asset.uri {
            continue;
        }
        let path = loop {
            number += 1;
            let path = charx::path_of(&asset.kind, &format!("inline-{number}"), &asset.ext);
            if !card.files.contains_key(&path) {
                break path;
            }
        };
        asset.uri = format!("{}{path}", charx::EMBEDDED);
        card.files.insert(path, bytes);
    }
}
