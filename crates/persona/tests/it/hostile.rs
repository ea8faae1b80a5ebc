//! Files that are broken, or made to do harm.

use crate::{cards::with_chunk, fixture};
use persona::{Card, Form, PersonaError, card, card::png};
use proptest::prelude::*;
use std::io::Write as _;

fn refused(bytes: &[u8]) -> PersonaError {
    let error = persona::read(bytes).unwrap_err();
    assert!(!error.to_string().is_empty() && !error.hint().is_empty());
    error
}

#[test]
fn what_is_no_card_is_refused_with_the_reason() {
    for (text, wanted) in [
        ("", "the file is no PNG picture, no CHARX archive, no JSON and no XML"),
        ("Hello", "the file is no PNG picture, no CHARX archive, no JSON and no XML"),
        ("[]", "this JSON is not a character card: it is a list; a card is an object"),
        (
            "{\"name\": \"x\"}",
            "this JSON is not a character card: it has no `name` with a `description` or a greeting",
        ),
        ("{\n  \"name\": \"x\",\n  oops", "line 3, column 3: key must be a string"),
        ("{\"spec\": \"lorebook_v3\", \"data\": {}}", "this is a lorebook, not a persona"),
    ] {
        assert_eq!(refused(text.as_bytes()).to_string(), wanted);
    }
    assert_eq!(refused(&png::plain("x").unwrap()), PersonaError::NoCard("picture"));
    let deep = format!("{}{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    assert!(matches!(refused(deep.as_bytes()), PersonaError::Syntax { .. }));
}

#[test]
fn pictures_that_are_cut_off_or_changed_are_refused() {
    let (_, read) = fixture("v2.json");
    let whole = card::write(&read.card, Form::Png).unwrap();
    for length in (8..whole.len()).step_by(7) {
        assert!(matches!(refused(&whole[..length]), PersonaError::Damaged { format: "PNG", .. }), "{length}");
    }
    let at = whole.windows(4).position(|window| window == b"ccv3").unwrap() + 20;
    let mut changed = whole;
    changed[at] ^= 1;
    assert!(refused(&changed).to_string().contains("checksum"));
    let huge_length = [&png::plain("x").unwrap()[..33], &[0xff, 0xff, 0xff, 0xff], b"tEXt"].concat();
    assert!(matches!(refused(&huge_length), PersonaError::Damaged { .. }));
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let bomb = deflated(&vec![b'A'; 24 << 20]);
    let picture = with_chunk(&png::plain("x").unwrap(), b"zTXt", &[b"chara\0\0", bomb.as_slice()].concat());
    assert!(picture.len() < 100_000);
    assert!(matches!(refused(&picture), PersonaError::Unpacks { .. }));
    let zip = |name: &str, content: &[u8], more: usize| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
        for index in 0..more {
            zip.start_file(format!("{index}"), options).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    assert!(matches!(refused(&zip("card.json", &vec![b' '; 17 << 20], 0)), PersonaError::Unpacks { .. }));
    assert!(matches!(refused(&zip("a", b"", 2_500)), PersonaError::TooLarge { .. }));
    assert_eq!(refused(&zip("a", b"", 0)), PersonaError::NoCard("archive"));
    assert!(matches!(refused(b"PK\x03\x04 and so on"), PersonaError::Damaged { format: "archive", .. }));
}

#[test]
fn a_card_without_a_png_picture_cannot_go_into_one() {
    let (_, read) = fixture("v2.json");
    let card = Card { picture: Some(vec![0xff, 0xd8, 0xff]), ..read.card };
    assert_eq!(card::write(&card, Form::Png).unwrap_err(), PersonaError::NotAPng);
    assert!(card::write(&card, Form::Charx).is_ok());
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..4usize) {
        let head: &[u8] = [b"".as_slice(), b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"<persona "][kind];
        let _ = persona::read(&[head, &bytes].concat());
    }

    #[test]
    fn a_changed_picture_is_read_or_refused(at in 0usize..2_000, value in any::<u8>()) {
        let (_, read) = fixture("v1.json");
        let mut bytes = card::write(&read.card, Form::Png).unwrap();
        let index = at % bytes.len();
        bytes[index] = value;
        let _ = persona::read(&bytes);
    }
}
