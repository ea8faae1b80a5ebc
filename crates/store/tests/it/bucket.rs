//! Blobs in a bucket: as in the folder, over a store that checks every signature and can be away.

use crate::blobs::from_many_sides;
use base::{ErrorKind, Id, Secret};
use net::LocalOnly;
use std::{fs, path::PathBuf, sync::Arc};
use store::{BlobError, BlobId, Blobs, BlobsConfig, Bucket, BucketFault, on_each_database, testing::TestDb};
use testkit::FakeS3;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

on_each_database![
    the_folder_and_a_bucket_keep_content_alike,
    what_is_there_whole_is_not_sent_again,
    what_a_store_refuses_is_named_with_what_to_do,
    a_store_that_is_busy_is_asked_again,
    a_damaged_or_missing_object_is_named_and_mended,
    what_lies_in_the_folder_is_still_read,
    what_a_killed_process_left_in_the_bucket_goes_at_the_next_start,
    an_object_that_cannot_be_deleted_goes_at_the_next_start,
    the_same_content_from_many_sides_at_once_is_one_object,
];

const OWNER: Id = Id::FIRST_OWNER;

fn config(url: &str) -> BlobsConfig {
    BlobsConfig {
        url: Some(format!("s3://{}/files", FakeS3::BUCKET)),
        endpoint: Some(url.to_owned()),
        region: Some(FakeS3::REGION.to_owned()),
        access_key_id: Some(Secret::new(FakeS3::KEY_ID)),
        secret_access_key: Some(Secret::new(FakeS3::SECRET)),
        timeout_seconds: 1,
        ..BlobsConfig::default()
    }
}

fn bucket(config: &BlobsConfig) -> Bucket {
    assert_eq!(config.problems(), []);
    config.bucket(LocalOnly::default()).unwrap().unwrap()
}

fn folder(test: &TestDb) -> PathBuf {
    test.dir().join("blobs")
}

async fn open(test: &TestDb, bucket: Option<Bucket>) -> Blobs {
    Blobs::open(test.db.clone(), &folder(test)).await.unwrap().beyond(bucket)
}

async fn on(test: &TestDb, server: &FakeS3) -> Blobs {
    open(test, Some(bucket(&config(&server.url())))).await
}

fn key(id: &BlobId) -> String {
    let (folder, file) = id.as_str().split_at(2);
    format!("files/{folder}/{file}")
}

fn fault(error: &BlobError) -> &BucketFault {
    match error {
        BlobError::Bucket { fault, .. } => fault,
        BlobError::NotAnId(_)
        | BlobError::NotFound(_)
        | BlobError::Damaged(_)
        | BlobError::Io { .. }
        | BlobError::Db(_) => panic!("{error:?}"),
    }
}

/// The files in the folder, those that only say what is under way among them.
fn files(test: &TestDb) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(test)).unwrap() {
        found.extend(fs::read_dir(entry.unwrap().path()).unwrap().map(|file| file.unwrap().path()));
    }
    found
}

async fn the_folder_and_a_bucket_keep_content_alike(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let places = [
        ("folder", None),
        ("memory", Some(Bucket::in_memory())),
        ("s3", Some(bucket(&config(&server.url())))),
    ];
    for (name, bucket) in places {
        let blobs = open(&test, bucket).await;
        let id = blobs.put(OWNER, "document/1", "abc").await.unwrap();
        assert_eq!(blobs.put(OWNER, "document/2", b"abc".to_vec()).await.unwrap(), id, "{name}");
        assert_eq!(blobs.put(OWNER, "document/2", "abc").await.unwrap(), id, "{name}: twice is once");
        let empty = blobs.put(OWNER, "document/1", "").await.unwrap();
        assert_eq!(blobs.total().await.unwrap(), (2, 3), "{name}");
        assert_eq!(blobs.size(&id).await.unwrap(), Some(3), "{name}");
        assert_eq!(blobs.read(&id).await.unwrap(), b"abc", "{name}");
        assert_eq!(blobs.read(&empty).await.unwrap(), b"", "{name}");
        let mut file = blobs.open_file(&id).await.unwrap();
        file.seek(std::io::SeekFrom::Start(1)).await.unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "bc", "{name}");
        blobs.release_all("document/1").await.unwrap();
        assert_eq!(blobs.read(&id).await.unwrap(), b"abc", "{name}: the other document needs it");
        assert!(matches!(blobs.read(&empty).await, Err(BlobError::NotFound(_))), "{name}");
        blobs.release(&id, "document/2").await.unwrap();
        blobs.release(&id, "document/2").await.unwrap();
        assert!(matches!(blobs.read(&id).await, Err(BlobError::NotFound(_))), "{name}");
        assert!(matches!(blobs.open_file(&id).await, Err(BlobError::NotFound(_))), "{name}");
        assert_eq!(blobs.total().await.unwrap(), (0, 0), "{name}");
        assert_eq!(blobs.sweep().await.unwrap(), 0, "{name}");
        assert_eq!(files(&test), Vec::<PathBuf>::new(), "{name}: nothing is left");
    }
    assert!(server.objects().is_empty());
}

async fn what_is_there_whole_is_not_sent_again(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    let id = blobs.put(OWNER, "document/1", "abc").await.unwrap();
    assert_eq!(server.objects().into_keys().collect::<Vec<_>>(), [key(&id)]);
    let puts = |calls: Vec<String>| calls.iter().filter(|call| call.starts_with("PUT")).count();
    assert_eq!(puts(server.calls()), 1);
    blobs.put(OWNER, "document/2", "abc").await.unwrap();
    assert_eq!(puts(server.calls()), 0);
    server.damage(&key(&id), Some(b"ab"));
    blobs.put(OWNER, "document/3", "abc").await.unwrap();
    assert_eq!(puts(server.calls()), 1, "half of it is not there");
    server.damage(&key(&id), None);
    blobs.put(OWNER, "document/4", "abc").await.unwrap();
    assert_eq!(puts(server.calls()), 1, "it was gone");
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc");
}

async fn what_a_store_refuses_is_named_with_what_to_do(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let right = config(&server.url());
    let cases = [
        (
            BlobsConfig { secret_access_key: Some(Secret::new("another")), ..right.clone() },
            "the key is refused (SignatureDoesNotMatch)",
            "`secret_access_key`",
        ),
        (
            BlobsConfig { access_key_id: Some(Secret::new("AKIDUNKNOWN")), ..right.clone() },
            "the key is refused (InvalidAccessKeyId)",
            "`access_key_id`",
        ),
        (
            BlobsConfig { url: Some("s3://nowhere".to_owned()), ..right.clone() },
            "there is no such bucket (NoSuchBucket)",
            "make the bucket",
        ),
        (
            BlobsConfig { region: None, ..right.clone() },
            "the store answers with status 400 (AuthorizationHeaderMalformed)",
            "`region`",
        ),
    ];
    for (config, said, hint) in cases {
        let blobs = open(&test, Some(bucket(&config))).await;
        let id = BlobId::of(b"abc");
        for error in [blobs.put(OWNER, "d", "abc").await.unwrap_err(), blobs.read(&id).await.unwrap_err()] {
            assert!(error.to_string().ends_with(said), "{error}");
            assert!(error.to_string().contains(config.url.as_ref().unwrap()), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{error}: {:?}", error.hint());
            assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Upstream), "{error}");
        }
        assert_eq!(blobs.size(&id).await.unwrap(), None, "nothing is kept");
        let tried = bucket(&config).try_out().await.unwrap_err();
        assert!(tried.to_string().ends_with(said), "{tried}");
    }
    bucket(&right).try_out().await.unwrap();
    assert!(server.objects().is_empty());
    let gone = bucket(&right);
    drop(server);
    let error = open(&test, Some(gone)).await.put(OWNER, "d", "abc").await.unwrap_err();
    assert!(matches!(fault(&error), BucketFault::NoAnswer(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let elsewhere = BlobsConfig {
        endpoint: Some("http://192.0.2.1:9000".to_owned()),
        allow_http: true,
        ..config("http://127.0.0.1:9")
    };
    let local_only = LocalOnly::default();
    local_only.set(true);
    let blobs = open(&test, elsewhere.bucket(local_only).unwrap()).await;
    let error = blobs.put(OWNER, "d", "abc").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    assert!(error.hint().unwrap().contains("local-only"), "{error}");
}

async fn a_store_that_is_busy_is_asked_again(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    server.fail(2, 503);
    let id = blobs.put(OWNER, "d", "abc").await.unwrap();
    server.fail(1, 429);
    assert_eq!(blobs.read(&id).await.unwrap(), b"abc");
    server.fail(usize::MAX, 500);
    let error = blobs.read(&id).await.unwrap_err();
    assert!(matches!(fault(&error), BucketFault::Busy { status: 500 }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    server.fail(0, 0);
    server.go_deaf();
    let error = blobs.read(&id).await.unwrap_err();
    assert!(error.to_string().contains("within 1 s"), "{error}");
}

async fn a_damaged_or_missing_object_is_named_and_mended(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    let id = blobs.put(OWNER, "d", "content").await.unwrap();
    server.damage(&key(&id), Some(b"cOntent"));
    let error = blobs.read(&id).await.unwrap_err();
    assert!(matches!(error, BlobError::Damaged(_)), "{error:?}");
    assert!(matches!(blobs.open_file(&id).await, Err(BlobError::Damaged(_))));
    assert_eq!(blobs.put(OWNER, "d", "content").await.unwrap(), id, "adding it again mends it");
    assert_eq!(blobs.read(&id).await.unwrap(), b"content");
    server.damage(&key(&id), None);
    assert!(matches!(blobs.read(&id).await, Err(BlobError::NotFound(_))));
}

async fn what_lies_in_the_folder_is_still_read(test: Arc<TestDb>) {
    let old = open(&test, None).await.put(OWNER, "document/1", "old").await.unwrap();
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    assert_eq!(blobs.sweep().await.unwrap(), 0);
    assert_eq!(blobs.read(&old).await.unwrap(), b"old");
    assert_eq!(server.calls(), Vec::<String>::new(), "nobody is asked for what is here");
    let new = blobs.put(OWNER, "document/1", "new").await.unwrap();
    blobs.put(OWNER, "document/2", "old").await.unwrap();
    assert_eq!(server.objects().len(), 2, "what is added goes there");
    fs::write(blobs.path(&old), "oLd").unwrap();
    assert_eq!(blobs.read(&old).await.unwrap(), b"old", "the one that is right is taken");
    blobs.release_all("document/1").await.unwrap();
    blobs.release_all("document/2").await.unwrap();
    assert!(server.objects().is_empty() && files(&test).is_empty());
    assert!(matches!(blobs.read(&new).await, Err(BlobError::NotFound(_))));
}

async fn what_a_killed_process_left_in_the_bucket_goes_at_the_next_start(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    let kept = blobs.put(OWNER, "d", "kept").await.unwrap();
    let orphan = BlobId::of(b"orphan");
    server.damage(&key(&orphan), Some(b"orphan"));
    server.damage("files/of/somebody", Some(b"else"));
    // Sent, and killed before their rows were written; and one that was written meanwhile.
    for id in [&orphan, &kept, &BlobId::of(b"never sent")] {
        fs::write(folder(&test).join("pending").join(format!("{id}.{}", base::new_id())), "").unwrap();
    }
    let blobs = on(&test, &server).await;
    server.calls();
    assert_eq!(blobs.sweep().await.unwrap(), 2);
    assert!(server.calls().iter().all(|call| call.starts_with("DELETE")), "nothing is listed");
    assert_eq!(
        server.objects().into_keys().collect::<Vec<_>>(),
        [key(&kept), "files/of/somebody".to_owned()]
    );
    assert_eq!((blobs.sweep().await.unwrap(), files(&test).len()), (0, 0));
    assert_eq!(blobs.total().await.unwrap(), (1, 4));
}

async fn an_object_that_cannot_be_deleted_goes_at_the_next_start(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    let id = blobs.put(OWNER, "d", "abc").await.unwrap();
    server.fail(usize::MAX, 503);
    blobs.release(&id, "d").await.unwrap();
    assert_eq!(blobs.size(&id).await.unwrap(), None);
    server.fail(0, 0);
    assert_eq!(server.objects().len(), 1);
    assert_eq!(on(&test, &server).await.sweep().await.unwrap(), 1);
    assert!(server.objects().is_empty() && files(&test).is_empty());
}

async fn the_same_content_from_many_sides_at_once_is_one_object(test: Arc<TestDb>) {
    let server = FakeS3::start().await.unwrap();
    let blobs = on(&test, &server).await;
    let id = from_many_sides(&blobs).await;
    assert_eq!(blobs.read(&id).await.unwrap().len(), 10_000);
    assert_eq!(server.objects().len(), 1);
    assert!(files(&test).is_empty());
}
