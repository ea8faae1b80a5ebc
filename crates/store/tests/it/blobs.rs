//! Blobs: once per content, whole or not there, kept while needed.

use base::Id;
use std::{fs, path::PathBuf, sync::Arc};
use store::{BlobError, BlobId, Blobs, on_each_database, testing::TestDb};

on_each_database![
    content_is_kept_once_and_until_nobody_needs_it,
    a_holder_lets_go_of_everything_at_once,
    what_is_there_can_be_held_without_its_bytes,
    the_same_content_from_many_sides_at_once_is_one_file,
    a_damaged_or_missing_file_is_named,
    leftovers_of_a_killed_process_are_cleared_away,
];

const OWNER: Id = Id::FIRST_OWNER;

async fn open(test: &TestDb) -> Blobs {
    Blobs::open(test.db.clone(), &test.dir().join("blobs")).await.unwrap()
}

fn files(test: &TestDb) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(test.dir().join("blobs")).unwrap() {
        found.extend(fs::read_dir(folder.unwrap().path()).unwrap().map(|file| file.unwrap().path()));
    }
    found
}

async fn content_is_kept_once_and_until_nobody_needs_it(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    let id = blobs.put(OWNER, "document/1", b"abc".to_vec()).await.unwrap();
    assert_eq!(id.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(blobs.put(OWNER, "document/2", b"abc".to_vec()).await.unwrap(), id);
    assert_eq!(blobs.put(OWNER, "document/2", b"abc".to_vec()).await.unwrap(), id, "twice is once");
    assert_eq!(files(&test), [blobs.path(&id)]);
    assert_eq!(blobs.total().await.unwrap(), (1, 3));
    assert_eq!(blobs.size(&id).await.unwrap(), Some(3));
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc");
    blobs.release(&id, "document/1").await.unwrap();
    blobs.release(&id, "document/1").await.unwrap();
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc", "the other document needs it");
    blobs.release(&id, "document/2").await.unwrap();
    assert!(files(&test).is_empty());
    assert!(matches!(blobs.read(&id).await, Err(BlobError::NotFound(_))));
    assert_eq!(blobs.put(OWNER, "document/3", b"abc".to_vec()).await.unwrap(), id, "and it can come back");
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc");
}

async fn a_holder_lets_go_of_everything_at_once(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    for content in ["one", "two", "shared"] {
        blobs.put(OWNER, "document/1", content).await.unwrap();
    }
    let shared = blobs.put(OWNER, "document/2", "shared").await.unwrap();
    blobs.release_all("document/1").await.unwrap();
    assert_eq!(files(&test), [blobs.path(&shared)]);
    assert_eq!(blobs.total().await.unwrap(), (1, 6));
}

async fn what_is_there_can_be_held_without_its_bytes(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    let id = blobs.put(OWNER, "message/1", "abc").await.unwrap();
    assert!(blobs.hold(OWNER, "message/2", &id).await.unwrap());
    assert!(blobs.hold(OWNER, "message/2", &id).await.unwrap(), "twice is once");
    assert!(!blobs.hold(OWNER, "message/2", &BlobId::of(b"never")).await.unwrap());
    blobs.release_all("message/1").await.unwrap();
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc");
    blobs.release_all("message/2").await.unwrap();
    assert!(files(&test).is_empty());
    assert!(!blobs.hold(OWNER, "message/3", &id).await.unwrap());
}

/// Adds the same 10,000 bytes for sixteen holders at once, of which every other one lets go of them again.
pub(crate) async fn from_many_sides(blobs: &Blobs) -> BlobId {
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let blobs = blobs.clone();
            tokio::spawn(async move {
                let holder = format!("document/{number}");
                let id = blobs.put(OWNER, &holder, vec![7_u8; 10_000]).await.unwrap();
                if number % 2 == 0 {
                    blobs.release(&id, &holder).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    BlobId::of(&[7; 10_000])
}

async fn the_same_content_from_many_sides_at_once_is_one_file(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    let id = from_many_sides(&blobs).await;
    assert_eq!(blobs.read(&id).await.unwrap().len(), 10_000);
    assert_eq!(files(&test).len(), 1);
}

async fn a_damaged_or_missing_file_is_named(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    let id = blobs.put(OWNER, "d", "content").await.unwrap();
    fs::write(blobs.path(&id), "cOntent").unwrap();
    let error = blobs.read(&id).await.unwrap_err();
    assert!(matches!(error, BlobError::Damaged(_)), "{error:?}");
    assert!(error.hint().is_some());
    assert_eq!(blobs.put(OWNER, "d", "content").await.unwrap(), id, "adding it again mends it");
    assert_eq!(blobs.read(&id).await.unwrap(), b"content");
    fs::remove_file(blobs.path(&id)).unwrap();
    assert!(matches!(blobs.open_file(&id).await, Err(BlobError::NotFound(_))));
    assert_eq!(blobs.put(OWNER, "d", "content").await.unwrap(), id, "also when it was gone");
    assert_eq!(blobs.read(&id).await.unwrap(), b"content");
}

async fn leftovers_of_a_killed_process_are_cleared_away(test: Arc<TestDb>) {
    let blobs = open(&test).await;
    let kept = blobs.put(OWNER, "d", "kept").await.unwrap();
    fs::write(test.dir().join("blobs/unfinished/half"), "hal").unwrap();
    // Written, but killed before its row was.
    let orphan = blobs.path(&BlobId::of(b"orphan"));
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    fs::write(&orphan, "orphan").unwrap();
    let blobs = open(&test).await;
    assert_eq!(blobs.sweep().await.unwrap(), 1);
    assert_eq!(files(&test), [blobs.path(&kept)]);
    assert_eq!(blobs.sweep().await.unwrap(), 0);
}

#[test]
fn only_64_small_hexadecimal_digits_name_a_blob() {
    let good = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(good.parse::<BlobId>().is_ok());
    for bad in
        ["", "ba78", &good.to_uppercase(), "../../../../etc/passwd", &format!("{good}0"), &"é".repeat(32)]
    {
        assert!(bad.parse::<BlobId>().is_err(), "{bad}");
    }
}
