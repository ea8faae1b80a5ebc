//! Nothing of a card is lost.

use crate::{fixture, there_and_back};
use persona::{Card, Form, Persona, card, card::png};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where `whole` lacks something of `part`; `null` is nothing.
fn missing(part: &Value, whole: &Value, at: &str) -> Vec<String> {
    match (part, whole) {
        (Value::Null, _) => Vec::new(),
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .flat_map(|(key, value)| {
                missing(value, whole.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"))
            })
            .collect(),
        (Value::Array(part), Value::Array(whole)) if part.len() == whole.len() => {
            part.iter().zip(whole).flat_map(|(part, whole)| missing(part, whole, at)).collect()
        }
        (part, whole) if part == whole => Vec::new(),
        (part, whole) => vec![format!("{at}: {part} became {whole}")],
    }
}

/// What V3 asks for and V2 does not have is said.
fn as_v3(mut persona: Persona, form: Form) -> Persona {
    if matches!(form, Form::V3 | Form::Png | Form::Charx) {
        for entry in persona.lorebook.iter_mut().flat_map(|book| &mut book.entries) {
            if !entry.unknown.contains_key("use_regex") {
                entry.use_regex.get_or_insert(false);
            }
        }
    }
    persona
}

fn written(card: &Card, form: Form) -> Value {
    serde_json::from_slice(&card::write(card, form).unwrap()).unwrap()
}

#[test]
fn every_field_of_the_specifications_goes_in_and_out() {
    for (name, form) in [("v1.json", Form::V1), ("v2.json", Form::V2), ("v3.json", Form::V3)] {
        let (value, read) = fixture(name);
        assert_eq!((read.form, read.notes.as_slice()), (form, [].as_slice()), "{name}");
        assert_eq!(missing(&value, &written(&read.card, form), ""), [""; 0], "{name}");
    }
}

#[test]
fn fields_are_understood() {
    let (_, v2) = fixture("v2.json");
    let persona = &v2.card.persona;
    assert_eq!((persona.name.as_str(), persona.creator.as_str()), ("Mira", "somebody"));
    assert_eq!(persona.greetings(), [(0, "You are late, {{user}}."), (1, "*waves*")]);
    assert_eq!(persona.unknown.data.keys().collect::<Vec<_>>(), ["made_by"]);
    let book = persona.lorebook.as_ref().unwrap();
    assert_eq!(
        (book.scan_depth, book.token_budget, book.recursive_scanning),
        (Some(3), Some(400), Some(true))
    );
    let entry = &book.entries[0];
    assert_eq!((entry.id.clone(), entry.priority, entry.insertion_order), (Some(json!(7)), Some(5), 10));
    assert_eq!(entry.unknown.get("insertion_position"), Some(&json!("unknown to all")));
    let (_, v3) = fixture("v3.json");
    let persona = &v3.card.persona;
    assert_eq!((persona.called(), persona.backstory.as_str()), ("Mira", "She was a sailor once."));
    assert_eq!((persona.traits[0].intensity, persona.style.formality), (80, Some(20)));
    assert!(persona.extensions.is_empty(), "Familiar's own fields are taken out of the extensions");
    assert_eq!(persona.source.as_ref().unwrap().len(), 2);
}

#[test]
fn cards_go_through_every_form() {
    for name in ["v1.json", "v2.json", "v3.json"] {
        let (_, read) = fixture(name);
        for form in [Form::Familiar, Form::V2, Form::V3, Form::Xml, Form::Png, Form::Charx] {
            let back = there_and_back(&read.card, form);
            let mut wanted = read.card.persona.clone();
            if form == Form::Charx {
                // Its picture is a file of the archive.
                wanted.assets.clone_from(&back.persona.assets);
            }
            assert_eq!(back.persona, as_v3(wanted, form), "{name} as {}", form.as_str());
        }
    }
}

#[test]
fn what_older_programs_show_is_brought_up_to_date() {
    let (_, mut read) = fixture("v2.json");
    read.card.persona.name = "Nera".into();
    let value = written(&read.card, Form::V2);
    assert_eq!((&value["name"], &value["data"]["name"]), (&json!("Nera"), &json!("Nera")));
    assert_eq!(value["chat"], "Mira - 2024-6-1 @10h");
}

#[test]
fn a_picture_carries_its_card_and_stays_what_it_was() {
    let (_, read) = fixture("v3.json");
    let picture = with_chunk(&png::plain("Mira").unwrap(), b"tIME", &[7, 230, 1, 2, 3, 4, 5]);
    let card = Card { picture: Some(picture.clone()), ..read.card };
    let bytes = card::write(&card, Form::Png).unwrap();
    let back = persona::read(&bytes).unwrap();
    assert_eq!(back.card.picture.as_ref(), Some(&picture), "byte for byte");
    assert_eq!(back.card.persona, card.persona);
    let twice = card::write(&back.card, Form::Png).unwrap();
    assert_eq!(twice, bytes, "an old card goes, a new one comes");
    assert_eq!(bytes.windows(9).filter(|window| window == b"tEXtchara").count(), 1);
}

#[test]
fn an_animated_picture_keeps_its_frames() {
    let (_, read) = fixture("v2.json");
    let mut picture = with_chunk(&png::plain("Mira").unwrap(), b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    picture = with_chunk(&picture, b"fdAT", &[9; 64]);
    let card = Card { picture: Some(picture.clone()), ..read.card };
    assert_eq!(there_and_back(&card, Form::Png).picture, Some(picture));
}

#[test]
fn all_kinds_of_text_chunks_are_read() {
    let (value, read) = fixture("v2.json");
    let base64 = {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        BASE64_STANDARD.encode(value.to_string())
    };
    let packed = {
        use std::io::Write as _;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(base64.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let plain = png::plain("x").unwrap();
    for (kind, data) in [
        (b"tEXt", [b"Chara\0", base64.trim_end_matches('=').as_bytes()].concat()),
        (b"zTXt", [b"chara\0\0", packed.as_slice()].concat()),
        (b"iTXt", [b"chara\0\x01\0en\0x\0", packed.as_slice()].concat()),
        (b"iTXt", [b"chara\0\0\0\0\0", value.to_string().as_bytes()].concat()),
    ] {
        let found = persona::read(&with_chunk(&plain, kind, &data)).unwrap();
        assert_eq!(found.card.persona, read.card.persona);
    }
}

#[test]
fn files_of_an_archive_stay() {
    let (_, read) = fixture("v3.json");
    let files = BTreeMap::from([
        ("assets/emotion/images/happy.png".to_owned(), vec![1, 2, 3]),
        ("module.risum".to_owned(), b"of another program".to_vec()),
    ]);
    let card = Card { files, ..read.card };
    let back = there_and_back(&card, Form::Charx);
    assert_eq!(back, card);
    // A form without a place for files has them inside.
    let json = there_and_back(&card, Form::V3);
    let happy = json.persona.assets.as_ref().unwrap().iter().find(|asset| asset.name == "happy").unwrap();
    let path = happy.uri.strip_prefix("embeded://").unwrap();
    assert_eq!(json.files.get(path), Some(&vec![1, 2, 3]));
    // The picture is the icon.
    let pictured = Card { picture: Some(png::plain("Mira").unwrap()), ..card };
    assert_eq!(there_and_back(&pictured, Form::Charx).picture, pictured.picture);
}

#[test]
fn world_info_becomes_a_lorebook() {
    let world = json!({ "name": "W", "entries": { "0": {
        "uid": 3, "key": ["a"], "keysecondary": ["b"], "comment": "c", "content": "d", "order": 7, "disable": true,
        "selectiveLogic": 2, "groupWeight": 5, "addMemo": true } } });
    let book = card::read_lorebook(world.to_string().as_bytes()).unwrap();
    let entry = &book.entries[0];
    assert_eq!((book.name.as_deref(), entry.enabled, entry.insertion_order), (Some("W"), false, 7));
    assert_eq!(entry.extensions.get("group_weight"), Some(&json!(5)));
    assert_eq!(entry.unknown.get("addMemo"), Some(&json!(true)));
    let own = card::json::write_lorebook(&book).to_string();
    assert_eq!(card::read_lorebook(own.as_bytes()).unwrap(), book);
}

/// A picture with one more chunk before its end.
pub(crate) fn with_chunk(picture: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let (before, end) = picture.split_at(picture.len() - 12);
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [before, &length, kind, data, &crc.sum().to_be_bytes(), end].concat()
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~äß\u{0}\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An object with some of these fields, each what it should be or anything, and with fields that nobody knows.
fn object(known: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let field = prop::sample::select(known).prop_map(str::to_owned);
    let name = prop_oneof![4 => field, 1 => "[a-z_]{1,10}".prop_map(|name| format!("x_{name}"))];
    let text = "[ -~äß\u{0}\n\r]{0,16}".prop_map(Value::from);
    let texts = prop::collection::vec("[ -~ä]{0,6}", 0..3).prop_map(Value::from);
    let value = prop_oneof![4 => text, 2 => texts, 1 => any::<bool>().prop_map(Value::from), 1 => anything()];
    prop::collection::btree_map(name, value, 0..14).prop_map(|map| map.into_iter().collect())
}

const DATA: &[&str] = &[
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
    "creator_notes",
    "system_prompt",
    "post_history_instructions",
    "alternate_greetings",
    "tags",
    "creator",
    "character_version",
    "extensions",
    "nickname",
    "creator_notes_multilingual",
    "source",
    "group_only_greetings",
    "creation_date",
    "modification_date",
    "assets",
];
const BOOK: &[&str] =
    &["name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions"];
const ENTRY: &[&str] = &[
    "keys",
    "content",
    "extensions",
    "enabled",
    "insertion_order",
    "case_sensitive",
    "use_regex",
    "constant",
    "name",
    "priority",
    "id",
    "comment",
    "selective",
    "secondary_keys",
    "position",
];

prop_compose! {
    fn a_card()(
        mut data in object(DATA),
        book in prop::option::of((object(BOOK), prop::collection::vec(object(ENTRY), 0..3))),
        root in object(&["fav", "avatar", "create_date"]),
        v3 in any::<bool>(),
    ) -> Value {
        data.insert("name".into(), json!("Mira"));
        if let Some((mut book, entries)) = book {
            book.insert("entries".into(), json!(entries));
            data.insert("character_book".into(), Value::Object(book));
        }
        let mut card = root;
        card.insert("spec".into(), json!(if v3 { "chara_card_v3" } else { "chara_card_v2" }));
        card.insert("spec_version".into(), json!(if v3 { "3.0" } else { "2.0" }));
        card.insert("data".into(), Value::Object(data));
        Value::Object(card)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_a_card_has_comes_back(value in a_card()) {
        let read = persona::read(value.to_string().as_bytes()).unwrap();
        let lost = missing(&value, &written(&read.card, read.form), "");
        prop_assert!(lost.is_empty(), "{lost:?}");
        for form in [Form::Familiar, Form::V2, Form::V3, Form::Xml, Form::Png] {
            let bytes = card::write(&read.card, form).unwrap();
            let back = persona::read(&bytes).unwrap().card.persona;
            prop_assert_eq!(&back, &as_v3(read.card.persona.clone(), form), "as {}", form.as_str());
        }
    }
}
