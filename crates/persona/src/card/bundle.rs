//! Many cards in one file: a zip archive of character cards.

use super::{MAX_FILE_BYTES, charx};
use crate::error::PersonaError;
use std::{
    collections::BTreeSet,
    io::{Cursor, Read as _, Write as _},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Bytes of an archive of cards, at the most, as it lies there and unpacked.
pub const MAX_BUNDLE_BYTES: usize = 512 << 20;
/// Files in one, at the most.
const MAX_FILES: usize = 20_000;

/// Whether this is an archive of cards, and not one card with its files (CHARX).
pub fn is_bundle(bytes: &[u8]) -> bool {
    charx::is_archive(bytes)
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|zip| zip.index_for_name("card.json").is_none())
}

/// The files of an archive by their names, folders and what other systems leave beside files left out. Names are only
/// told, never used as paths on a disk.
///
/// # Errors
/// An archive that is damaged, or too much of it.
pub fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, PersonaError> {
    let damaged = |reason: String| PersonaError::Damaged { format: "archive", reason };
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    if zip.len() > MAX_FILES {
        let found = format!("{} files", zip.len());
        return Err(PersonaError::TooLarge { what: "the archive".into(), found, limit: MAX_FILES });
    }
    let mut files = Vec::new();
    let mut left = MAX_BUNDLE_BYTES;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|error| damaged(error.to_string()))?;
        let name = file.name().map_err(|error| damaged(error.to_string()))?.into_owned();
        if file.is_dir() || is_litter(&name) {
            continue;
        }
        // One byte more than is read, so that what is too large is told as such.
        let allowed = left.min(MAX_FILE_BYTES);
        let mut content = Vec::new();
        let take = u64::try_from(allowed).unwrap_or(u64::MAX).saturating_add(1);
        let unpacked = file.take(take).read_to_end(&mut content);
        unpacked.map_err(|error| damaged(format!("`{name}` cannot be unpacked ({error})")))?;
        if content.len() > allowed {
            let limit_bytes = u64::try_from(allowed).unwrap_or(u64::MAX);
            return Err(PersonaError::Unpacks { what: format!("`{name}` in the archive"), limit_bytes });
        }
        left -= content.len();
        files.push((name, content));
    }
    Ok(files)
}

/// What systems put beside a person's files.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || last.starts_with('.') || last.eq_ignore_ascii_case("thumbs.db")
}

/// An archive that is being filled.
#[derive(Debug)]
pub struct Bundle {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    names: BTreeSet<String>,
    bytes: usize,
}

impl Default for Bundle {
    fn default() -> Self {
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), names: BTreeSet::new(), bytes: 0 }
    }
}

impl Bundle {
    /// Adds a card; of two of one name the second gets a number.
    ///
    /// # Errors
    /// Where the archive becomes too large.
    pub fn add(&mut self, file_name: &str, content: &[u8]) -> Result<(), PersonaError> {
        self.bytes = self.bytes.saturating_add(content.len());
        if self.bytes > MAX_BUNDLE_BYTES {
            let found = format!("more than {MAX_BUNDLE_BYTES} bytes");
            let what = "all cards together".to_owned();
            return Err(PersonaError::TooLarge { what, found, limit: MAX_BUNDLE_BYTES });
        }
        let name = self.free(file_name);
        let failed = |reason: String| PersonaError::NotWritten { format: "archive", reason };
        // The same cards make the same bytes: no time of writing.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options).map_err(|error| failed(error.to_string()))?;
        self.zip.write_all(content).map_err(|error| failed(error.to_string()))
    }

    /// How many cards are in it.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The archive.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> Result<Vec<u8>, PersonaError> {
        let done = self.zip.finish();
        let failed = |reason: String| PersonaError::NotWritten { format: "archive", reason };
        Ok(done.map_err(|error| failed(error.to_string()))?.into_inner())
    }

    /// The name, or with a number where there is one like it already. Systems that do not tell large from small letters
    /// are thought of.
    fn free(&mut self, file_name: &str) -> String {
        let (stem, ending) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
        let mut name = file_name.to_owned();
        let mut number = 2usize;
        while !self.names.insert(name.to_lowercase()) {
            name = format!("{stem} ({number}).{ending}");
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_one_name_stay_apart_and_litter_is_left() {
        let mut bundle = Bundle::default();
        for (name, content) in [("Mira.json", "1"), ("mira.json", "2"), ("Mira.json", "3")] {
            bundle.add(name, content.as_bytes()).unwrap();
        }
        bundle.add(".DS_Store", b"x").unwrap();
        bundle.add("__MACOSX/Mira.json", b"x").unwrap();
        assert_eq!(bundle.len(), 5);
        let bytes = bundle.finish().unwrap();
        assert!(is_bundle(&bytes));
        let found: Vec<(String, String)> = read(&bytes)
            .unwrap()
            .into_iter()
            .map(|(name, content)| (name, String::from_utf8(content).unwrap()))
            .collect();
        let told: Vec<(&str, &str)> =
            found.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
        assert_eq!(told, [("Mira.json", "1"), ("mira (2).json", "2"), ("Mira (3).json", "3")]);
    }

    #[test]
    fn one_card_with_files_is_no_bundle_and_a_broken_archive_is_told() {
        let mut charx = Bundle::default();
        charx.add("card.json", b"{}").unwrap();
        assert!(!is_bundle(&charx.finish().unwrap()));
        assert!(!is_bundle(b"PK\x03\x04 but no archive"));
        assert!(matches!(read(b"PK\x03\x04"), Err(PersonaError::Damaged { .. })));
    }
}
