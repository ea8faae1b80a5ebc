//! Pictures and files as formats write them: alphabets of base64, and media types told by address or content.

use std::borrow::Cow;

/// The same base64 text in the standard alphabet and with its padding, which is what every provider takes;
/// some clients write the alphabet for addresses.
pub(super) fn standard_alphabet(data: Cow<'_, str>) -> Cow<'_, str> {
    let unpadded = !data.len().is_multiple_of(4);
    if !unpadded && memchr::memchr2(b'-', b'_', data.as_bytes()).is_none() {
        return data;
    }
    let mut written = data.into_owned().replace('-', "+").replace('_', "/");
    while !written.len().is_multiple_of(4) {
        written.push('=');
    }
    Cow::Owned(written)
}

/// The media type that an address tells by its ending.
pub(super) fn type_of_address(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "heic" => "image/heic",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        _ => return None,
    })
}

/// The media type of a picture in base64, told by its first bytes; PNG where they tell nothing.
pub(super) fn type_of_picture(data: &str) -> &'static str {
    const BEGINNINGS: [(&str, &str); 5] = [
        ("iVBORw0KGg", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
        ("Qk", "image/bmp"),
    ];
    let known = BEGINNINGS.iter().find(|(beginning, _)| data.starts_with(beginning));
    known.map_or("image/png", |(_, media_type)| media_type)
}

/// Splits a `data:` address into media type and base64 text; `None` for what is not base64.
pub(crate) fn split_data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?;
    let media_type = media_type.split(';').next().unwrap_or(media_type);
    Some((if media_type.is_empty() { "application/octet-stream" } else { media_type }, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
    };
    use proptest::prelude::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        for (bytes, media_type) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0..", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF....WEBP", "image/webp"),
            (b"BM......", "image/bmp"),
            (b"something else", "image/png"),
        ] {
            assert_eq!(type_of_picture(&STANDARD.encode(bytes)), media_type);
        }
    }

    proptest! {
        #[test]
        fn every_alphabet_comes_to_the_standard_one(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let standard = STANDARD.encode(&bytes);
            for text in [standard.clone(), URL_SAFE.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                prop_assert_eq!(standard_alphabet(Cow::Owned(text)), standard.as_str());
            }
        }
    }

    #[test]
    fn data_addresses_split() {
        assert_eq!(split_data_url("data:image/png;base64,AAAA"), Some(("image/png", "AAAA")));
        assert_eq!(split_data_url("data:text/plain;charset=utf-8;base64,AA"), Some(("text/plain", "AA")));
        assert_eq!(split_data_url("data:;base64,AA"), Some(("application/octet-stream", "AA")));
        assert_eq!(split_data_url("data:text/plain,hello"), None);
        assert_eq!(split_data_url("https://example.org/a.png"), None);
    }
}
