//! `doctor`: what is right is good, what is wrong is named, and nothing is changed.

use app::{
    config::{Config, Environment, Overrides},
    doctor::{Check, examine},
    lock::DataLock,
};
use std::{fs, net::TcpListener, path::Path, sync::Arc};
use store::{Db, Vault};

fn config(folder: &Path, text: &str) -> Config {
    let file = folder.parent().unwrap().join("doctor.toml");
    fs::write(&file, text).unwrap();
    let overrides = Overrides {
        data_dir: Some(folder.to_owned()),
        config_file: Some(file),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Overrides::default()
    };
    Config::load(&overrides, &Environment::default()).unwrap()
}

fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks
        .iter()
        .find(|check| check.name == name)
        .unwrap_or_else(|| panic!("no check `{name}` in {checks:#?}"))
}

fn bad(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter(|check| !check.ok).map(|check| check.name.as_str()).collect()
}

#[tokio::test]
async fn before_the_first_start_all_is_well_and_nothing_is_made() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let checks = examine(&config(&folder, "")).await;
    assert_eq!(bad(&checks), Vec::<&str>::new(), "{checks:#?}");
    assert!(!folder.exists());
}

#[tokio::test]
async fn what_is_there_and_sound_is_good() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let config = config(&folder, "");
    let _lock = DataLock::take(&folder).unwrap();
    let db = Db::open(&config.database, &folder, Arc::new(base::SystemClock::default())).await.unwrap();
    Vault::open(db.clone(), &folder).await.unwrap();
    search::Index::open(&config.index_dir()).unwrap();
    let checks = examine(&config).await;
    assert_eq!(bad(&checks), Vec::<&str>::new(), "{checks:#?}");
    assert_eq!(find(&checks, "database").detail, "SQLite, sound");
    assert_eq!(find(&checks, "vault key").detail, "fits the secrets");
    assert_eq!(find(&checks, "search index").detail, "opens");
    db.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_to_do() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    fs::create_dir_all(folder.join("index")).unwrap();
    fs::write(folder.join("familiar.db"), "garbage ".repeat(2000)).unwrap();
    // Nobody listens on this port once the listener is gone.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config(
        &folder,
        &format!(
            "[providers.gone]\ndialect = \"openai-chat\"\nbase_url = \"http://{gone}/v1\"\napi_key_env = \"UNSET\"\n"
        ),
    );
    config.server.listen = taken.local_addr().unwrap();
    config.server.expose = Some(taken.local_addr().unwrap());
    let checks = examine(&config).await;
    assert_eq!(
        bad(&checks),
        ["configuration", "database", "search index", "exposed port", "provider gone"],
        "{checks:#?}"
    );
    assert!(checks.iter().filter(|check| !check.ok).all(|check| check.hint.is_some()), "{checks:#?}");
    assert!(find(&checks, "port").detail.contains("another program"));
    assert!(fs::read_to_string(folder.join("familiar.db")).unwrap().starts_with("garbage"));
}

#[tokio::test]
async fn a_qdrant_is_looked_at_and_one_that_is_away_is_named() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let server = testkit::FakeQdrant::start().await.unwrap();
    let with = |key: &str| format!("[vectors]\nqdrant_url = \"{}\"\n{key}", server.url());
    let checks = examine(&config(&folder, &with(""))).await;
    assert!(find(&checks, "vectors").detail.starts_with("Qdrant 1."), "{checks:#?}");
    server.require_key("open sesame");
    let checks = examine(&config(&folder, &with("qdrant_api_key = \"abracadabra\"\n"))).await;
    let check = find(&checks, "vectors");
    assert!(!check.ok && check.hint.as_ref().unwrap().contains("QDRANT_API_KEY"), "{check:?}");
    let gone = config(&folder, &with(""));
    drop(server);
    let checks = examine(&gone).await;
    assert!(bad(&checks).contains(&"vectors"), "{checks:#?}");
    assert!(find(&checks, "vectors").detail.starts_with("qdrant is away"), "{checks:#?}");
    let checks = examine(&config(&folder, "")).await;
    assert!(checks.iter().all(|check| check.name != "vectors"), "nothing to look at");
}

#[tokio::test]
async fn a_bucket_is_tried_out_and_what_is_wrong_with_it_is_named() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let server = testkit::FakeS3::start().await.unwrap();
    let with = |secret: &str| {
        format!(
            "[blobs]\nurl = \"s3://{}/files\"\nendpoint = \"{}\"\nregion = \"{}\"\naccess_key_id = \"{}\"\n\
             secret_access_key = \"{secret}\"\n",
            testkit::FakeS3::BUCKET,
            server.url(),
            testkit::FakeS3::REGION,
            testkit::FakeS3::KEY_ID,
        )
    };
    let checks = examine(&config(&folder, &with(testkit::FakeS3::SECRET))).await;
    assert_eq!(bad(&checks), Vec::<&str>::new(), "{checks:#?}");
    assert_eq!(find(&checks, "files").detail, "s3://kept/files can be written, read and deleted from");
    assert!(server.objects().is_empty());
    let checks = examine(&config(&folder, &with("another"))).await;
    assert_eq!(bad(&checks), ["files"], "{checks:#?}");
    let check = find(&checks, "files");
    assert!(check.detail.ends_with("the key is refused (SignatureDoesNotMatch)"), "{check:?}");
    assert!(check.hint.as_ref().unwrap().contains("`secret_access_key`"), "{check:?}");
    let checks = examine(&config(&folder, "")).await;
    assert!(checks.iter().all(|check| check.name != "files"), "nothing to look at");
}
