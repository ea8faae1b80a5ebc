//! What a picture counts for, by the vendors' published rules, from its size; and its size, from its header.

use crate::Family;
use base64::{Engine, alphabet, engine::general_purpose};
use llm::Media;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// How much of a picture's base64 is read to find its size; photographs may have a preview before it.
const MOST_BASE64_BYTES: usize = 512 << 10;

/// The size of a picture that comes with the request, from its header; nothing is decoded as a whole.
pub(crate) fn size_of(media: &Media) -> Option<Size> {
    let Media::Inline { data, .. } = media else { return None };
    let lenient = general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = general_purpose::GeneralPurpose::new(&alphabet::STANDARD, lenient);
    // Nearly every header is in the first bytes.
    [1 << 10, MOST_BASE64_BYTES].into_iter().find_map(|most| {
        let head = data.as_bytes().get(..most.min(data.len()) / 4 * 4)?;
        size(&engine.decode(head).ok()?)
    })
}

/// The size that the header of a PNG, JPEG, GIF, WebP or BMP file says.
pub fn size(bytes: &[u8]) -> Option<Size> {
    let found = match bytes {
        [0x89, b'P', b'N', b'G', ..] => Size { width: big(bytes, 16)?, height: big(bytes, 20)? },
        [b'G', b'I', b'F', b'8', ..] => Size { width: little(bytes, 6, 2)?, height: little(bytes, 8, 2)? },
        [b'B', b'M', ..] => Size {
            width: little(bytes, 18, 4)?,
            // A picture from top to bottom has a negative height.
            height: little(bytes, 22, 4)?.cast_signed().unsigned_abs(),
        },
        [0xff, 0xd8, ..] => jpeg(bytes)?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes)?,
        _ => return None,
    };
    (found.width > 0 && found.height > 0).then_some(found)
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// The frame header of a JPEG, behind any number of other segments.
fn jpeg(bytes: &[u8]) -> Option<Size> {
    let mut at = 2;
    loop {
        while *bytes.get(at)? == 0xff && *bytes.get(at + 1)? == 0xff {
            at += 1;
        }
        let marker = *bytes.get(at + 1)?;
        if *bytes.get(at)? != 0xff {
            return None;
        }
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let side = |at: usize| Some(u32::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?)));
            return Some(Size { height: side(at + 5)?, width: side(at + 7)? });
        }
        // Markers that stand alone.
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            at += 2;
            continue;
        }
        let length = u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk::<2>()?);
        at += 2 + usize::from(length.max(2));
    }
}

fn webp(bytes: &[u8]) -> Option<Size> {
    match bytes.get(12..16)? {
        b"VP8 " => {
            Some(Size { width: little(bytes, 26, 2)? & 0x3fff, height: little(bytes, 28, 2)? & 0x3fff })
        }
        b"VP8L" => {
            let bits = little(bytes, 21, 4)?;
            Some(Size { width: (bits & 0x3fff) + 1, height: (bits >> 14 & 0x3fff) + 1 })
        }
        b"VP8X" => Some(Size { width: little(bytes, 24, 3)? + 1, height: little(bytes, 27, 3)? + 1 }),
        _ => None,
    }
}

/// What a picture of this size counts for. One whose size is not known counts as one of a megapixel.
pub(crate) fn tokens(family: Family, model: &str, size: Option<Size>, detail: Option<&str>) -> u64 {
    let size = size.unwrap_or(Size { width: 1_024, height: 1_024 });
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let tokens = match family {
        Family::OpenAi(_) => openai(model, (width, height), detail),
        Family::Claude => claude(model, width, height),
        Family::Gemini => gemini(width, height),
        // Each has rules of its own that are not published as numbers; by area they are near Claude's.
        Family::Llama | Family::Mistral | Family::Qwen | Family::DeepSeek | Family::Grok | Family::Other => {
            claude("", width, height)
        }
    };
    tokens as u64
}

/// OpenAI's models that count in tiles of 512 pixels: the base and what a tile adds.
const TILES: [(&str, f64, f64); 6] = [
    ("gpt-4o-mini", 2_833.0, 5_667.0),
    ("gpt-5", 70.0, 140.0),
    ("o1", 75.0, 150.0),
    ("o3", 75.0, 150.0),
    ("computer-use-preview", 65.0, 129.0),
    ("", 85.0, 170.0),
];
/// Those that count in patches of 32 pixels, and what a patch is multiplied by.
const PATCHES: [(&str, f64); 5] = [
    ("gpt-4.1-mini", 1.62),
    ("gpt-4.1-nano", 2.46),
    ("o4-mini", 1.72),
    ("gpt-5-mini", 1.62),
    ("gpt-5-nano", 2.46),
];

/// OpenAI's guide to images and vision, "Calculating costs".
fn openai(model: &str, (width, height): (f64, f64), detail: Option<&str>) -> f64 {
    let model = model.rsplit('/').next().unwrap_or(model);
    if let Some((_, factor)) = PATCHES.iter().find(|(name, _)| model.starts_with(name)) {
        return (patches(width, height) * factor).ceil();
    }
    let tile = TILES.iter().find(|(name, ..)| model.starts_with(name));
    let (base, tile) = tile.map_or((85.0, 170.0), |(_, base, tile)| (*base, *tile));
    if detail == Some("low") {
        return base;
    }
    // Into a square of 2,048, then the shorter side to 768.
    let into = (2_048.0 / width.max(height)).min(1.0);
    let (width, height) = (width * into, height * into);
    let shorter = (768.0 / width.min(height)).min(1.0);
    let tiles = (width * shorter / 512.0).ceil() * (height * shorter / 512.0).ceil();
    base + tile * tiles
}

/// At most 1,536 patches: a larger picture is made smaller so that whole patches fit.
fn patches(width: f64, height: f64) -> f64 {
    const MOST: f64 = 1_536.0;
    let all = (width / 32.0).ceil() * (height / 32.0).ceil();
    if all <= MOST {
        return all;
    }
    let shrink = (MOST * 1_024.0 / (width * height)).sqrt();
    let (across, down) = (width * shrink / 32.0, height * shrink / 32.0);
    let whole = (across.floor() / across).min(down.floor() / down);
    let (across, down) = (across * whole, down * whole);
    // What is a whole number but for the last bits is that number.
    let patches = (across - 1e-6).ceil() * (down - 1e-6).ceil();
    patches.clamp(1.0, MOST)
}

/// Anthropic's guide to vision: area by 750, after the picture was made to fit the longest side and the most tokens
/// that a model reads.
fn claude(model: &str, width: f64, height: f64) -> f64 {
    let reads_large = ["opus-4-7", "opus-4.7", "opus-5", "sonnet-5"].iter().any(|name| model.contains(name));
    let (longest, most) = if reads_large { (2_576.0, 4_784.0) } else { (1_568.0, 1_600.0) };
    let fit = (longest / width.max(height)).min(1.0);
    (width * fit * height * fit / 750.0).min(most).ceil().max(1.0)
}

/// Google's guide to understanding images: a small one is 258 tokens, a larger one 258 for each tile, whose side is the
/// shorter side by 1.5.
fn gemini(width: f64, height: f64) -> f64 {
    if width <= 384.0 && height <= 384.0 {
        return 258.0;
    }
    let unit = (width.min(height) / 1.5).floor().clamp(256.0, 768.0);
    (width / unit).ceil() * (height / unit).ceil() * 258.0
}

#[cfg(test)]
mod tests;
