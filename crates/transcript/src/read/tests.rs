//! Every format by its fixture, archives, and files that are none.

use super::*;
use crate::{Document, Entry, Role, Shelf, write};
use expect_test::expect_file;
use proptest::prelude::*;
use std::{fmt::Write as _, fs, io::Write as _, path::Path};

/// What was found, a message a line, indented by how deep it stands.
fn shown(found: &Found) -> String {
    let mut out = format!("{}\n", found.source.map_or("?", Source::name));
    for transcript in &found.transcripts {
        let Transcript { id, title, model, created_ms, updated_ms, entries, leaf, shelf, left_out } =
            transcript;
        assert!(shelf.is_plain(), "only our own files tell where a conversation lies");
        writeln!(out, "\n{id} {title:?} {model:?} {created_ms:?} {updated_ms:?}").unwrap();
        if *left_out != LeftOut::default() {
            writeln!(out, "{left_out:?}").unwrap();
        }
        let depth = |mut at: usize| {
            let mut depth = 1;
            while let Some(parent) = entries[at].parent {
                (at, depth) = (parent, depth + 1);
            }
            depth
        };
        for (place, entry) in entries.iter().enumerate() {
            let Entry { id, role, text, thinking, model, speaker, at_ms, .. } = entry;
            let mark = if *leaf == Some(place) { ">" } else { " " };
            let role = if *role == Some(Role::Assistant) { "A" } else { "U" };
            writeln!(out, "{mark}{}{role} {id} {at_ms:?} {text:?}", "  ".repeat(depth(place))).unwrap();
            for (what, known) in [("model", model), ("speaker", speaker)] {
                known.iter().for_each(|known| writeln!(out, "     {what} {known:?}").unwrap());
            }
            if !thinking.is_empty() {
                writeln!(out, "     thinking {thinking:?}").unwrap();
            }
        }
    }
    for Broken { place, why } in &found.broken {
        writeln!(out, "\nbroken: {place}: {why}").unwrap();
    }
    out
}

#[test]
fn every_format_is_read_with_its_branches() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension != "snap"));
    paths.sort();
    assert_eq!(paths.len(), 8, "{paths:?}");
    for path in paths {
        let found = read(&fs::read(&path).unwrap()).unwrap();
        expect_file![path.with_extension("snap")].assert_eq(&shown(&found));
    }
}

#[test]
fn an_archive_is_read_and_what_is_none_is_named() {
    let archive = |files: &[(&str, &[u8])]| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let json = include_bytes!("../../fixtures/claude.json");
    let whole = archive(&[("export/users.json", b"[]"), ("export/conversations.json", json)]);
    assert_eq!(read(&whole).unwrap(), read(json).unwrap());
    let cut = &whole[..whole.len() / 2];
    let deep = format!("{}{}", r#"{"messagesTree": [{"children": ["#.repeat(80), "]}]}".repeat(80));
    let cases: [(&[u8], &str); 9] = [
        (deep.as_bytes(), "stand one inside the other"),
        (cut, "the archive cannot be read"),
        (&archive(&[("users.json", b"[]")]), "there is no `conversations.json`"),
        (b"", "no export of conversations"),
        (b"\xff\xd8\xff", "no export of conversations"),
        (b"[]", "no export of conversations"),
        (br#"{"a": 1}"#, "no export of conversations"),
        (br#"[{"mapping": {"#, "line 1, column 14"),
        (b"{\"a\": 1}\n{\"b\": 2}\n", "no export of conversations"),
    ];
    for (bytes, expected) in cases {
        let error = read(bytes).unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_file_of_an_earlier_familiar_is_read_and_a_folder_that_is_none_is_told() {
    let file = |more: &str| {
        let said = r#"{"id": "m", "role": "user", "text": "hi"}"#;
        let one = format!(r#"{{"id": "c", "messages": [{said}]}}"#);
        format!(r#"{{"format": "familiar-conversations", "version": 1{more}, "conversations": [{one}]}}"#)
    };
    let found = read(file("").as_bytes()).unwrap();
    assert!(found.folders.is_empty() && found.transcripts[0].shelf.is_plain());
    let odd = read(
        file(r#", "folders": [{"path": "Work"}, {"path": ["Work", "In"]}, {"path": ["Work"]}]"#).as_bytes(),
    );
    let odd = odd.unwrap();
    let paths: Vec<usize> = odd.folders.iter().map(|folder| folder.path.len()).collect();
    assert_eq!((paths, odd.transcripts.len()), (vec![1, 2], 1));
    assert!(
        odd.broken[0].place == "a folder" && odd.broken[0].why.contains("a sequence"),
        "{:?}",
        odd.broken
    );
}

fn transcript() -> impl Strategy<Value = Transcript> {
    let said = ("[a-z<>*\n]{1,20}", any::<bool>(), prop::option::of(0_i64..2_000_000_000_000), any::<u8>());
    (prop::collection::vec(said, 1..12), prop::option::of(".{1,10}"), any::<u8>(), shelf()).prop_map(
        |(said, title, leaf, shelf)| {
            let entries: Vec<Entry> = said
                .into_iter()
                .enumerate()
                .map(|(place, (text, answers, at_ms, parent))| Entry {
                    id: place.to_string(),
                    parent: place.checked_sub(1 + usize::from(parent) % 3),
                    role: Some(if answers { Role::Assistant } else { Role::User }),
                    thinking: if answers { "hm".into() } else { String::new() },
                    kept: answers.then(|| serde_json::json!({"language_model": true})),
                    text,
                    at_ms,
                    ..Entry::default()
                })
                .collect();
            let leaf = Some(usize::from(leaf) % entries.len());
            Transcript { id: "t".into(), title, entries, leaf, shelf, ..Transcript::default() }
        },
    )
}

fn shelf() -> impl Strategy<Value = Shelf> {
    let names = || prop::collection::vec(".{1,8}", 0..4);
    (names(), names(), prop::option::of(any::<i64>()), any::<[bool; 3]>()).prop_map(
        |(folder, tags, rank, [folder_off, pinned, archived])| Shelf {
            folder,
            folder_off,
            rank,
            tags,
            pinned,
            archived,
        },
    )
}

/// Messages as a set: with the ids of their parents instead of places, which depend on the order.
fn as_set(transcript: &Transcript) -> Vec<(String, Option<String>, Entry)> {
    let parent = |entry: &Entry| Some(transcript.entries[entry.parent?].id.clone());
    let mut set: Vec<_> = transcript
        .entries
        .iter()
        .map(|entry| (entry.id.clone(), parent(entry), Entry { parent: None, ..entry.clone() }))
        .collect();
    set.sort_by(|one, other| one.0.cmp(&other.0));
    set
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(
        transcript in transcript(),
        said in prop::collection::vec((prop::collection::vec(".{0,8}", 1..4), ".{0,20}", ".{0,8}"), 0..4),
        grounded in any::<bool>(),
    ) {
        let folder = |(path, prompt, title): (Vec<String>, String, String)| {
            let documents = if grounded { vec![Document { title, sha256: "0".repeat(64) }] } else { Vec::new() };
            Folder { path, prompt, grounded, documents }
        };
        let mut folders: Vec<Folder> = said.into_iter().map(folder).collect();
        let written = write::json(&folders, std::slice::from_ref(&transcript)).unwrap();
        let found = read(written.as_bytes()).unwrap();
        prop_assert_eq!((found.source, found.broken.len()), (Some(Source::Familiar), 0));
        folders.sort_by_key(|folder| folder.path.len());
        prop_assert_eq!(&found.folders, &folders);
        let again = &found.transcripts[0];
        prop_assert_eq!(&again.shelf, &transcript.shelf);
        prop_assert_eq!(as_set(again), as_set(&transcript));
        prop_assert_eq!((&again.id, &again.title), (&transcript.id, &transcript.title));
        // A branch is shown to its end.
        let shown: Vec<_> = again.branch().iter().map(|entry| entry.id.clone()).collect();
        prop_assert!(shown.contains(&transcript.entries[transcript.leaf.unwrap()].id));
    }

    #[test]
    fn what_is_no_export_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in r#"[\[{]["a-z:,{}\[\]0-9]{0,80}"#) {
        drop(read(&bytes));
        drop(read(text.as_bytes()));
    }
}
