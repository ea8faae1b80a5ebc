//! The examples of the vendors' guides, and headers of every format.

use super::*;
use crate::Encoding;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

const OPENAI: Family = Family::OpenAi(Encoding::O200kBase);

#[test]
fn pictures_count_as_the_vendors_examples_say() {
    let cases = [
        // OpenAI's guide: 1024 x 1024 is 765, 2048 x 4096 is 1105, low detail is 85.
        (OPENAI, "gpt-4o", (1_024, 1_024), Some("high"), 765),
        (OPENAI, "gpt-4o", (2_048, 4_096), None, 1_105),
        (OPENAI, "gpt-4o", (4_096, 8_192), Some("low"), 85),
        (OPENAI, "gpt-4o", (300, 300), None, 255),
        (OPENAI, "gpt-4o-mini", (1_024, 1_024), None, 25_501),
        (OPENAI, "gpt-4o-mini", (1_024, 1_024), Some("low"), 2_833),
        (OPENAI, "gpt-5", (1_024, 1_024), None, 630),
        (OPENAI, "o3", (1_024, 1_024), None, 675),
        // 1024 x 1024 is 1024 patches; 1800 x 2400 is 33 x 44 = 1452.
        (OPENAI, "gpt-4.1-mini", (1_024, 1_024), None, 1_659),
        (OPENAI, "gpt-4.1-nano", (1_800, 2_400), None, 3_572),
        (OPENAI, "openai/o4-mini", (32, 32), None, 2),
        // Anthropic's guide: 200 x 200 about 54, 1000 x 1000 about 1334, 1092 x 1092 about 1590.
        (Family::Claude, "claude-sonnet-4", (200, 200), None, 54),
        (Family::Claude, "claude-sonnet-4", (1_000, 1_000), None, 1_334),
        (Family::Claude, "claude-sonnet-4", (1_092, 1_092), None, 1_590),
        (Family::Claude, "claude-sonnet-4", (6_000, 4_000), None, 1_600),
        (Family::Claude, "claude-opus-4-7", (2_000, 1_500), None, 4_000),
        // Google's guide: up to 384 on both sides 258; 960 x 540 is six tiles.
        (Family::Gemini, "gemini-2.5-pro", (384, 384), None, 258),
        (Family::Gemini, "gemini-2.5-pro", (960, 540), None, 1_548),
    ];
    for (family, model, (width, height), detail, expected) in cases {
        let counted = tokens(family, model, Some(Size { width, height }), detail);
        assert_eq!(counted, expected, "{model} {width} x {height} {detail:?}");
    }
    assert_eq!(tokens(Family::Gemini, "gemini", None, None), 1_032, "no size: a megapixel");
}

/// A header of each format, written by hand from the formats' descriptions.
fn headers(width: u16, height: u16) -> Vec<(&'static str, Vec<u8>)> {
    let (wide, high) = (u32::from(width), u32::from(height));
    let png =
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &wide.to_be_bytes(), &high.to_be_bytes()].concat();
    let gif = [b"GIF89a".as_slice(), &width.to_le_bytes(), &height.to_le_bytes()].concat();
    let bmp = [b"BM".as_slice(), &[0; 16], &wide.to_le_bytes(), &(-i32::from(height)).to_le_bytes()];
    let jpeg = [
        b"\xff\xd8\xff\xe1\x00\x10Exif\0\0thumbnail".as_slice().get(..20).unwrap(),
        b"\xff\xff\xc4\x00\x04\0\0",
        b"\xff\xc2\x00\x11\x08",
        &height.to_be_bytes(),
        &width.to_be_bytes(),
    ];
    let riff = |kind: &[u8], rest: &[u8]| [b"RIFF\0\0\0\0WEBP", kind, b"\0\0\0\0", rest].concat();
    let lossy = [&[0; 6], width.to_le_bytes().as_slice(), &height.to_le_bytes()].concat();
    let bits = (wide - 1) | (high - 1) << 14;
    let lossless = [&[0x2f], bits.to_le_bytes().as_slice()].concat();
    let three = |side: u32| (side - 1).to_le_bytes().get(..3).unwrap().to_vec();
    let extended = [vec![0; 4], three(wide), three(high)].concat();
    vec![
        ("png", png),
        ("gif", gif),
        ("bmp", bmp.concat()),
        ("jpeg", jpeg.concat()),
        ("webp lossy", riff(b"VP8 ", &lossy)),
        ("webp lossless", riff(b"VP8L", &lossless)),
        ("webp extended", riff(b"VP8X", &extended)),
    ]
}

#[test]
fn a_size_is_read_from_the_header_of_every_format() {
    for (format, bytes) in headers(640, 480) {
        assert_eq!(size(&bytes), Some(Size { width: 640, height: 480 }), "{format}");
        let data = BASE64_STANDARD.encode(&bytes);
        let media = Media::Inline { media_type: "image/x".into(), data };
        // The end of the text is cut to whole groups of four, which some headers need.
        let longer = BASE64_STANDARD.encode([bytes.as_slice(), &[0; 40]].concat());
        let padded = Media::Inline { media_type: "image/x".into(), data: longer };
        assert_eq!(size_of(&padded), Some(Size { width: 640, height: 480 }), "{format}");
        let _ = size_of(&media);
    }
    assert_eq!(size(b"no picture at all"), None);
    assert_eq!(size_of(&Media::Url { url: "https://example.com/x.png".into() }), None);
}

proptest! {
    #[test]
    fn what_is_cut_short_or_broken_has_no_size_and_does_no_harm(
        which in 0_usize..7, cut in 0_usize..60, at in 0_usize..40, byte: u8,
    ) {
        let (_, mut bytes) = headers(640, 480).swap_remove(which);
        bytes.truncate(cut);
        if let Some(one) = bytes.get_mut(at) {
            *one = byte;
        }
        let _ = size(&bytes);
    }

    #[test]
    fn every_size_counts_for_something_and_no_more_than_the_most(width in 1_u32..40_000, height in 1_u32..40_000) {
        let size = Some(Size { width, height });
        for (family, model, most) in [
            (OPENAI, "gpt-4o", 85 + 170 * 8), (OPENAI, "gpt-4.1-mini", 2_489), (Family::Claude, "claude", 1_600),
        ] {
            prop_assert!((1..=most).contains(&tokens(family, model, size, None)), "{model} {width} {height}");
        }
    }
}
