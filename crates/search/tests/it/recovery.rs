//! An index that was closed, killed or damaged.

use crate::support::{ANNA, entry};
use search::{Condition, Index, Query};
use std::{fs, path::Path};

fn filled(dir: &Path) {
    let (index, condition) = Index::open(dir).unwrap();
    assert!(matches!(condition, Condition::NeedsRebuild { .. }));
    index.add(&[entry("c1", "d1", "", "some words")]).unwrap();
    index.commit().unwrap();
}

fn found(index: &Index) -> usize {
    index.search(&Query::new(ANNA, "words")).unwrap().total
}

#[test]
fn what_was_committed_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let (index, condition) = Index::open(dir.path()).unwrap();
    assert_eq!(condition, Condition::Ready);
    assert_eq!(found(&index), 1);
}

#[test]
fn what_was_not_committed_is_not_there_and_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let (index, _) = Index::open(dir.path()).unwrap();
    index.add(&[entry("c2", "d2", "", "more words")]).unwrap();
    drop(index);
    let (index, condition) = Index::open(dir.path()).unwrap();
    assert_eq!(condition, Condition::Ready);
    assert_eq!(found(&index), 1);
}

#[test]
fn a_damaged_index_is_emptied_and_says_so() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 5] = [
        ("a file truncated", |dir| change_segment(dir, |bytes| bytes.truncate(bytes.len() / 2))),
        ("a byte flipped", |dir| change_segment(dir, |bytes| bytes[0] ^= 0xff)),
        ("meta.json garbled", |dir| fs::write(dir.join("meta.json"), "{").unwrap()),
        ("layout of another version", |dir| fs::write(dir.join("familiar-layout"), "0").unwrap()),
        ("layout missing", |dir| fs::remove_file(dir.join("familiar-layout")).unwrap()),
    ];
    for (what, damage) in damages {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        damage(dir.path());
        let (index, condition) = Index::open(dir.path()).unwrap();
        assert!(matches!(condition, Condition::NeedsRebuild { .. }), "{what}");
        assert_eq!(found(&index), 0, "{what}");
        index.add(&[entry("c1", "d1", "", "words again")]).unwrap();
        index.commit().unwrap();
        assert_eq!(found(&index), 1, "{what}");
    }
}

fn change_segment(dir: &Path, change: fn(&mut Vec<u8>)) {
    let store = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "store"))
        .unwrap();
    let mut bytes = fs::read(&store).unwrap();
    change(&mut bytes);
    fs::write(&store, bytes).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_a_hint() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Index::open(&file.path().join("index")).unwrap_err();
    assert_eq!(error.kind(), base::ErrorKind::Internal);
    assert!(error.to_string().contains("cannot open the search index"));
    assert!(error.hint().contains("data folder"));
}
