//! CHARX: a zip archive with `card.json` and the files that belong to it.

use super::{Card, Form, MAX_TEXT_BYTES, Read, json, png};
use crate::{error::PersonaError, model::Asset};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _, Write as _},
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// What addresses of files in the archive begin with; the specification spells it so.
pub const EMBEDDED: &str = "embeded://";
/// Files in an archive, at the most.
const MAX_FILES: usize = 2_000;
/// Bytes of all files unpacked, at the most.
const MAX_UNPACKED_BYTES: u64 = 128 << 20;
/// The name of the card in the archive.
const CARD: &str = "card.json";

/// Whether these bytes begin as a zip archive does.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

fn damaged(error: &ZipError) -> PersonaError {
    PersonaError::Damaged { format: "archive", reason: error.to_string() }
}

/// Reads the card of an archive and its files. Names are only looked up, never used as paths on a disk.
pub(super) fn read(bytes: &[u8]) -> Result<Read, PersonaError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if zip.len() > MAX_FILES {
        let found = format!("{} files", zip.len());
        return Err(PersonaError::TooLarge { what: "the archive".into(), found, limit: MAX_FILES });
    }
    let mut files = BTreeMap::new();
    let mut card = None;
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|error| damaged(&error))?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|error| damaged(&error))?.into_owned();
        let allowed =
            if name == CARD { left.min(u64::try_from(MAX_TEXT_BYTES).unwrap_or(left)) } else { left };
        let mut content = Vec::new();
        let read =
            file.take(allowed + 1).read_to_end(&mut content).map_err(|error| PersonaError::Damaged {
                format: "archive",
                reason: format!("`{name}` cannot be unpacked ({error})"),
            })?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if read > allowed {
            return Err(PersonaError::Unpacks {
                what: format!("`{name}` in the archive"),
                limit_bytes: allowed,
            });
        }
        left -= read;
        if name == CARD {
            card = Some(content);
        } else {
            files.insert(name, content);
        }
    }
    let text = String::from_utf8(card.ok_or(PersonaError::NoCard("archive"))?).map_err(|_| {
        PersonaError::Damaged { format: "archive", reason: "`card.json` is not UTF-8".into() }
    })?;
    let mut read = json::read(text.trim_start_matches('\u{feff}'))?;
    read.form = Form::Charx;
    // Files that were inside of the text have found paths that no file of the archive may take.
    for (path, content) in files {
        read.card.files.insert(path, content);
    }
    let main = main_icon(read.card.persona.assets.as_deref().unwrap_or_default());
    read.card.picture =
        main.and_then(|asset| read.card.files.get(asset.uri.strip_prefix(EMBEDDED)?).cloned());
    Ok(read)
}

/// The picture of a card: the icon called `main`, or the first.
fn main_icon(assets: &[Asset]) -> Option<&Asset> {
    let icons = || assets.iter().filter(|asset| asset.kind == "icon");
    icons().find(|asset| asset.name == "main").or_else(|| icons().next())
}

/// Where a file goes in an archive.
pub(super) fn path_of(kind: &str, name: &str, ext: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(60).collect()
    };
    let ext = plain(ext).to_ascii_lowercase();
    let folder = match ext.as_str() {
        "png" | "apng" | "jpg" | "jpeg" | "webp" | "gif" | "avif" | "svg" => "images",
        "mp3" | "ogg" | "wav" | "flac" => "audio",
        "mp4" | "webm" | "mkv" => "video",
        "mmd" | "obj" => "3d",
        "safetensors" | "ckpt" | "onnx" => "ai",
        "otf" | "ttf" => "fonts",
        "lua" | "js" => "code",
        _ => "other",
    };
    let kind = match plain(kind) {
        empty if empty.is_empty() => "other".to_owned(),
        kind => kind,
    };
    format!("assets/{kind}/{folder}/{}.{}", plain(name), if ext.is_empty() { "bin" } else { &ext })
}

/// Writes the card and its files as an archive.
pub(super) fn write(card: &Card) -> Result<Vec<u8>, PersonaError> {
    let mut card = card.clone();
    if let Some(picture) = card.picture.take() {
        let assets = card.persona.assets.get_or_insert_default();
        let inside = main_icon(assets).and_then(|asset| asset.uri.strip_prefix(EMBEDDED)).map(str::to_owned);
        let path = inside.unwrap_or_else(|| {
            let ext = picture_ending(&picture);
            let path = path_of("icon", "main", ext);
            let uri = format!("{EMBEDDED}{path}");
            let main = assets.iter_mut().find(|asset| asset.kind == "icon" && asset.uri == "ccdefault:");
            match main {
                Some(asset) => asset.uri = uri,
                None => {
                    assets.insert(0, Asset { kind: "icon".into(), uri, name: "main".into(), ext: ext.into() })
                }
            }
            path
        });
        card.files.insert(path, picture);
    }
    let failed = |error: String| PersonaError::NotWritten { format: "CHARX archive", reason: error };
    let text = serde_json::to_vec_pretty(&json::write_v3(&card.persona))
        .map_err(|error| failed(error.to_string()))?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The same persona makes the same bytes: no time of writing.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let all = std::iter::once((CARD, text.as_slice()))
        .chain(card.files.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
    for (path, content) in all {
        zip.start_file(path, options).map_err(|error| failed(error.to_string()))?;
        zip.write_all(content).map_err(|error| failed(error.to_string()))?;
    }
    Ok(zip.finish().map_err(|error| failed(error.to_string()))?.into_inner())
}

fn picture_ending(picture: &[u8]) -> &'static str {
    match picture {
        _ if png::is_png(picture) => "png",
        [0xff, 0xd8, ..] => "jpg",
        [b'G', b'I', b'F', ..] => "gif",
        [b'R', b'I', b'F', b'F', ..] => "webp",
        _ => "bin",
    }
}
