//! Zip archives, read so that none can unpack to more than is allowed.

use crate::{Limits, Problem, ProblemCode};
use std::{
    collections::HashSet,
    io::{Cursor, Read},
};
use zip::{ZipArchive, result::ZipError};

/// Most entries of an archive.
const MAX_ENTRIES: usize = 50_000;
/// What each entry of the list begins with.
const ENTRY: &[u8] = b"PK\x01\x02";
/// Below this size the ratio says nothing: a page of blanks packs well, too.
const RATIO_FROM_BYTES: u64 = 1_000_000;

/// An opened archive. Names in it are only looked up, never used as paths.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    names: HashSet<String>,
    unpacked_left: u64,
    max_unpacked: u64,
    max_ratio: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Problem> {
        // Counted before the list is read: each entry takes ten times more memory than in the file.
        if bytes.windows(ENTRY.len()).filter(|window| *window == ENTRY).nth(MAX_ENTRIES).is_some() {
            let message = format!("the archive has more than {MAX_ENTRIES} entries");
            return Err(Problem::new(ProblemCode::TooLarge, message));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        let names = zip.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect();
        Ok(Self {
            zip,
            names,
            unpacked_left: limits.max_unpacked_bytes,
            max_unpacked: limits.max_unpacked_bytes,
            max_ratio: limits.max_unpack_ratio,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The only file whose name ends so, if there is exactly one.
    pub(super) fn sole(&self, ending: &str) -> Option<String> {
        let mut found = self.names.iter().filter(|name| name.to_lowercase().ends_with(ending));
        let only = found.next()?;
        found.next().is_none().then(|| only.clone())
    }

    /// Unpacks one file. The sizes that the archive claims are not believed.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, Problem> {
        let file = self.zip.by_name(name).map_err(|error| {
            if matches!(error, ZipError::FileNotFound) {
                return Problem::new(ProblemCode::Damaged, format!("`{name}` is missing in the archive"));
            }
            if matches!(error, ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) {
                return Problem::new(
                    ProblemCode::Encrypted,
                    format!("`{name}` in the archive has a password"),
                );
            }
            damaged(&error)
        })?;
        let packed = file.compressed_size().max(1);
        let by_ratio = packed.saturating_mul(self.max_ratio).max(RATIO_FROM_BYTES);
        let allowed = by_ratio.min(self.unpacked_left);
        let mut bytes = Vec::new();
        let read = file.take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| {
            Problem::new(
                ProblemCode::Damaged,
                format!("`{name}` in the archive cannot be unpacked ({error})"),
            )
        })?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if read > allowed {
            return Err(self.bomb(name, by_ratio));
        }
        self.unpacked_left -= read;
        Ok(bytes)
    }

    fn bomb(&self, name: &str, by_ratio: u64) -> Problem {
        let message = if by_ratio <= self.unpacked_left {
            format!("`{name}` in the archive unpacks to more than {} times its size", self.max_ratio)
        } else {
            format!("the archive unpacks to more than {} MB", self.max_unpacked.div_ceil(1_000_000))
        };
        Problem::new(ProblemCode::TooLarge, message)
    }
}

fn damaged(error: &ZipError) -> Problem {
    Problem::new(ProblemCode::Damaged, format!("the archive cannot be read ({error})"))
}

/// A path in the archive, from a reference in another file of it.
pub(super) fn resolve(from: &str, reference: &str) -> String {
    let reference = reference.split(['#', '?']).next().unwrap_or_default();
    let reference = percent_decoded(reference);
    let mut parts: Vec<&str> = match from.rsplit_once('/') {
        Some((folder, _)) if !reference.starts_with('/') => folder.split('/').collect(),
        Some(_) | None => Vec::new(),
    };
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            Some(_) | None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_inside_the_archive() {
        for (from, reference, expected) in [
            ("OEBPS/content.opf", "text/one.xhtml#top", "OEBPS/text/one.xhtml"),
            ("OEBPS/nav/nav.xhtml", "../text/a%20b.xhtml", "OEBPS/text/a b.xhtml"),
            ("content.opf", "../../../etc/passwd", "etc/passwd"),
            ("a/b.opf", "/c.xhtml", "c.xhtml"),
            ("b.opf", "100%.xhtml", "100%.xhtml"),
        ] {
            assert_eq!(resolve(from, reference), expected, "{from} {reference}");
        }
    }
}
