//! Cards in PNG and APNG pictures: in chunks of text called `ccv3` and `chara`.
//!
//! Only the chunks are read, never the picture in them; what is not a card's stays as it is, byte for byte.

use super::{Form, MAX_TEXT_BYTES, Read, charx::EMBEDDED, fields::base64, json};
use crate::{chance::number_of, error::PersonaError, model::Persona};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// What files inside the picture are called by older programs.
const ASSET: &str = "chara-ext-asset_";
/// Pixels of the picture that is made for somebody without one.
const PLAIN_SIZE: (u32, u32) = (256, 384);

/// A part of the file.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    /// With length, kind and checksum.
    whole: &'a [u8],
}

/// Whether these bytes begin as a PNG does.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

fn damaged(reason: impl Into<String>) -> PersonaError {
    PersonaError::Damaged { format: "PNG", reason: reason.into() }
}

fn chunks(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, PersonaError> {
    let mut rest = bytes.strip_prefix(&SIGNATURE).ok_or_else(|| damaged("it does not begin as a PNG"))?;
    let mut chunks = Vec::new();
    loop {
        let cut = || damaged("it ends in the middle");
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (kind, after) = after.split_first_chunk::<4>().ok_or_else(cut)?;
        let (data, after) = after.split_at_checked(length).ok_or_else(cut)?;
        let (checksum, after) = after.split_first_chunk::<4>().ok_or_else(cut)?;
        let whole = rest.get(..length.saturating_add(12)).ok_or_else(cut)?;
        let is_text = matches!(kind, b"tEXt" | b"zTXt" | b"iTXt");
        if is_text && checksum_of(kind, data) != u32::from_be_bytes(*checksum) {
            return Err(damaged("the checksum of its text does not fit"));
        }
        chunks.push(Chunk { kind: *kind, data, whole });
        if kind == b"IEND" {
            return Ok(chunks);
        }
        rest = after;
    }
}

fn checksum_of(kind: &[u8; 4], data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    crc.sum()
}

/// Keyword and text of a chunk of text.
fn text<'a>(chunk: &Chunk<'a>) -> Option<(Cow<'a, str>, &'a [u8], Packing)> {
    let split = |data: &'a [u8]| {
        let end = data.iter().position(|byte| *byte == 0)?;
        let (before, after) = data.split_at(end);
        Some((before, after.get(1..)?))
    };
    let (keyword, rest) = split(chunk.data)?;
    let keyword = String::from_utf8_lossy(keyword);
    match &chunk.kind {
        b"tEXt" => Some((keyword, rest, Packing::Plain)),
        b"zTXt" => Some((keyword, rest.get(1..)?, Packing::Deflated)),
        b"iTXt" => {
            let (packed, rest) = (rest.first()?, rest.get(2..)?);
            let (_, rest) = split(rest)?;
            let (_, rest) = split(rest)?;
            Some((keyword, rest, if *packed == 1 { Packing::Deflated } else { Packing::Plain }))
        }
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Packing {
    Plain,
    Deflated,
}

fn unpacked<'a>(data: &'a [u8], packing: Packing) -> Result<Cow<'a, [u8]>, PersonaError> {
    // Base64 takes four bytes for three.
    let limit = MAX_TEXT_BYTES / 3 * 4 + 1_024;
    let bytes = match packing {
        Packing::Plain => Cow::Borrowed(data),
        Packing::Deflated => {
            let mut bytes = Vec::new();
            let wide = u64::try_from(limit).unwrap_or(u64::MAX);
            let read = ZlibDecoder::new(data).take(wide + 1).read_to_end(&mut bytes);
            read.map_err(|error| damaged(format!("its text cannot be unpacked ({error})")))?;
            if bytes.len() > limit {
                return Err(PersonaError::Unpacks {
                    what: "the card in the picture".into(),
                    limit_bytes: wide,
                });
            }
            Cow::Owned(bytes)
        }
    };
    if bytes.len() > limit {
        let found = format!("{} bytes", bytes.len());
        return Err(PersonaError::TooLarge { what: "the card in the picture".into(), found, limit });
    }
    Ok(bytes)
}

/// Whether a chunk of this keyword is a card's.
fn of_card(keyword: &str) -> bool {
    keyword.eq_ignore_ascii_case("ccv3")
        || keyword.eq_ignore_ascii_case("chara")
        || asset_path(keyword).is_some()
}

fn asset_path(keyword: &str) -> Option<&str> {
    let (head, path) = keyword.split_at_checked(ASSET.len())?;
    head.eq_ignore_ascii_case(ASSET).then(|| path.trim_start_matches(':'))
}

/// Reads the card of a picture; `ccv3` goes before `chara`.
pub(super) fn read(bytes: &[u8]) -> Result<Read, PersonaError> {
    let chunks = chunks(bytes)?;
    let mut cards: [Option<String>; 2] = [None, None];
    let mut files = BTreeMap::new();
    let mut total = 0usize;
    for (keyword, data, packing) in chunks.iter().filter_map(text) {
        if !of_card(&keyword) {
            continue;
        }
        let data = unpacked(data, packing)?;
        total = total.saturating_add(data.len());
        if total > super::MAX_FILE_BYTES * 2 {
            let limit = super::MAX_FILE_BYTES * 2;
            return Err(PersonaError::TooLarge {
                what: "the picture".into(),
                found: format!("{total} bytes of text"),
                limit,
            });
        }
        if let Some(path) = asset_path(&keyword) {
            let file =
                base64(&data).ok_or_else(|| damaged(format!("the file `{path}` in it is not base64")))?;
            files.insert(path.to_owned(), file);
            continue;
        }
        let [v3, v2] = &mut cards;
        let slot = if keyword.eq_ignore_ascii_case("ccv3") { v3 } else { v2 };
        if slot.is_none() {
            *slot = Some(card_text(&data, &keyword)?);
        }
    }
    let [v3, v2] = cards;
    let mut read = json::read(&v3.or(v2).ok_or(PersonaError::NoCard("picture"))?)?;
    read.form = Form::Png;
    read.card.picture = Some(without_card(bytes, &chunks));
    for asset in read.card.persona.assets.iter_mut().flatten() {
        if let Some(path) = asset.uri.strip_prefix("__asset:").filter(|path| files.contains_key(*path)) {
            asset.uri = format!("{EMBEDDED}{path}");
        }
    }
    read.card.files.extend(files);
    Ok(read)
}

/// The JSON of a card; some programs leave it as it is instead of making base64 of it.
fn card_text(data: &[u8], keyword: &str) -> Result<String, PersonaError> {
    let plain = data.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let bytes = if plain { Some(data.to_vec()) } else { base64(data) };
    let bytes = bytes.ok_or_else(|| damaged(format!("its text `{keyword}` is not base64")))?;
    String::from_utf8(bytes).map_err(|_| damaged(format!("its text `{keyword}` is not UTF-8")))
}

fn without_card(bytes: &[u8], chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&SIGNATURE);
    for chunk in chunks {
        if !text(chunk).is_some_and(|(keyword, _, _)| of_card(&keyword)) {
            out.extend_from_slice(chunk.whole);
        }
    }
    out
}

/// Puts the card into a picture, for programs of V2 and of V3; one that it had before goes.
pub(super) fn write(picture: &[u8], persona: &Persona) -> Result<Vec<u8>, PersonaError> {
    let chunks = chunks(picture)?;
    let bare = without_card(picture, &chunks);
    let end = bare.len().saturating_sub(12);
    let (before, end) = bare.split_at_checked(end).ok_or_else(|| damaged("it has no end"))?;
    let mut out = before.to_vec();
    for (keyword, card) in [("chara", json::write_backfill(persona)), ("ccv3", json::write_v3(persona))] {
        let mut data = keyword.as_bytes().to_vec();
        data.push(0);
        data.extend_from_slice(BASE64_STANDARD.encode(card.to_string()).as_bytes());
        chunk(&mut out, *b"tEXt", &data)?;
    }
    out.extend_from_slice(end);
    Ok(out)
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Result<(), PersonaError> {
    let length = u32::try_from(data.len()).ok().filter(|length| *length < 1 << 31);
    let length = length
        .ok_or_else(|| PersonaError::NotWritten { format: "PNG", reason: "the card is too large".into() })?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&checksum_of(&kind, data).to_be_bytes());
    Ok(())
}

/// A picture for somebody who has none: colours that their name decides.
///
/// # Errors
/// Where it cannot be packed.
pub fn plain(name: &str) -> Result<Vec<u8>, PersonaError> {
    let (width, height) = PLAIN_SIZE;
    let [red, green, blue, ..] = number_of(name).to_be_bytes();
    let mut rows = Vec::new();
    for row in 0..height {
        rows.push(0);
        let shade = |colour: u8| {
            let base = 70 + u32::from(colour) / 2;
            u8::try_from(base - base * row / (height * 2)).unwrap_or(u8::MAX)
        };
        let pixel = [shade(red), shade(green), shade(blue)];
        for _ in 0..width {
            rows.extend_from_slice(&pixel);
        }
    }
    let failed =
        |error: std::io::Error| PersonaError::NotWritten { format: "PNG", reason: error.to_string() };
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&rows).map_err(failed)?;
    let packed = packed.finish().map_err(failed)?;
    let mut header = Vec::new();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    // Eight bits, three colours.
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut out = SIGNATURE.to_vec();
    chunk(&mut out, *b"IHDR", &header)?;
    chunk(&mut out, *b"IDAT", &packed)?;
    chunk(&mut out, *b"IEND", &[])?;
    Ok(out)
}
