//! The vault: what is in it is unreadable without its key, and no kill loses it.

use base::{Id, Secret};
use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};
use store::{Vault, VaultError, on_each_database, testing::TestDb};

on_each_database![
    a_secret_is_kept_changed_and_forgotten,
    the_database_holds_nothing_readable,
    a_row_cannot_be_passed_off_as_another,
    a_missing_or_wrong_key_is_named_and_nothing_is_overwritten,
    rotation_changes_the_key_and_keeps_the_secrets,
    a_killed_rotation_is_finished_or_forgotten,
];

const OWNER: Id = Id::FIRST_OWNER;

async fn open(test: &TestDb) -> Result<Vault, VaultError> {
    Vault::open(test.db.clone(), test.dir()).await
}

async fn secret(vault: &Vault, name: &str) -> Option<String> {
    vault.get(OWNER, name).await.unwrap().map(|secret| secret.expose().to_owned())
}

async fn a_secret_is_kept_changed_and_forgotten(test: Arc<TestDb>) {
    let vault = open(&test).await.unwrap();
    vault.put(OWNER, "provider/openai", &Secret::new("sk-1")).await.unwrap();
    vault.put(OWNER, "provider/openai", &Secret::new("sk-2 größe")).await.unwrap();
    vault.put(OWNER, "empty", &Secret::new("")).await.unwrap();
    let again = open(&test).await.unwrap();
    assert_eq!(secret(&again, "provider/openai").await.as_deref(), Some("sk-2 größe"));
    assert_eq!(secret(&again, "empty").await.as_deref(), Some(""));
    assert_eq!(again.names(OWNER).await.unwrap(), ["empty", "provider/openai"]);
    again.remove(OWNER, "provider/openai").await.unwrap();
    again.remove(OWNER, "provider/openai").await.unwrap();
    assert_eq!(secret(&again, "provider/openai").await, None);
    let mode = fs::metadata(test.dir().join("vault.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

async fn the_database_holds_nothing_readable(test: Arc<TestDb>) {
    let vault = open(&test).await.unwrap();
    vault.put(OWNER, "a", &Secret::new("sk-very-secret")).await.unwrap();
    let (nonce, ciphertext): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT nonce, ciphertext FROM secret").fetch_one(test.db.pool()).await.unwrap();
    assert!(!ciphertext.windows(6).any(|part| part == b"secret"));
    vault.put(OWNER, "a", &Secret::new("sk-very-secret")).await.unwrap();
    let (other,): (Vec<u8>,) =
        sqlx::query_as("SELECT nonce FROM secret").fetch_one(test.db.pool()).await.unwrap();
    assert_ne!(nonce, other, "a nonce is used once");
    let shown = format!("{vault:?}");
    let key = fs::read_to_string(test.dir().join("vault.key")).unwrap();
    assert!(!shown.contains(key.split_whitespace().last().unwrap()));
}

async fn a_row_cannot_be_passed_off_as_another(test: Arc<TestDb>) {
    let vault = open(&test).await.unwrap();
    for name in ["cheap", "dear"] {
        vault.put(OWNER, name, &Secret::new(name)).await.unwrap();
    }
    for column in ["nonce", "ciphertext"] {
        let sql = format!(
            "UPDATE secret SET {column} = (SELECT {column} FROM secret WHERE name = 'dear') WHERE name = 'cheap'"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(test.db.pool()).await.unwrap();
        let error = vault.get(OWNER, "cheap").await.unwrap_err();
        assert!(matches!(&error, VaultError::Damaged { name } if name == "cheap"), "{error:?}");
    }
    assert_eq!(secret(&vault, "dear").await.as_deref(), Some("dear"));
}

async fn a_missing_or_wrong_key_is_named_and_nothing_is_overwritten(test: Arc<TestDb>) {
    let path = test.dir().join("vault.key");
    let check = async || Vault::check(&test.db, test.dir()).await;
    assert!(!check().await.unwrap() && !path.exists(), "looking makes nothing");
    open(&test).await.unwrap().put(OWNER, "a", &Secret::new("x")).await.unwrap();
    let right = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let error = open(&test).await.unwrap_err();
    assert!(matches!(error, VaultError::KeyMissing { .. }), "{error:?}");
    assert!(matches!(check().await, Err(VaultError::KeyMissing { .. })));
    assert!(!path.exists(), "no new key is made where one is missing");
    let wrong = format!("familiar-vault-key-1 {}\n", "ab".repeat(32));
    fs::write(&path, &wrong).unwrap();
    let error = open(&test).await.unwrap_err();
    assert!(matches!(error, VaultError::WrongKey { .. }), "{error:?}");
    assert!(matches!(check().await, Err(VaultError::WrongKey { .. })));
    assert!(error.hint().unwrap().contains("vault.key") && !format!("{error:?}").contains("abab"));
    fs::write(&path, "garbage").unwrap();
    let error = open(&test).await.unwrap_err();
    assert!(matches!(error, VaultError::KeyFile { .. }), "{error:?}");
    fs::write(&path, &right).unwrap();
    assert!(check().await.unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(secret(&open(&test).await.unwrap(), "a").await.as_deref(), Some("x"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "closed to others again");
}

async fn rotation_changes_the_key_and_keeps_the_secrets(test: Arc<TestDb>) {
    let path = test.dir().join("vault.key");
    let vault = open(&test).await.unwrap();
    for name in ["a", "b"] {
        vault.put(OWNER, name, &Secret::new(name)).await.unwrap();
    }
    let before = fs::read(&path).unwrap();
    assert_eq!(vault.rotate().await.unwrap(), 2);
    assert_ne!(fs::read(&path).unwrap(), before);
    assert_eq!(secret(&vault, "a").await.as_deref(), Some("a"));
    assert_eq!(secret(&open(&test).await.unwrap(), "b").await.as_deref(), Some("b"));
    sqlx::query("UPDATE secret SET ciphertext = nonce WHERE name = 'a'")
        .execute(test.db.pool())
        .await
        .unwrap();
    let key = fs::read(&path).unwrap();
    assert!(matches!(vault.rotate().await, Err(VaultError::Damaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), key, "a rotation that fails changes nothing");
    assert_eq!(secret(&open(&test).await.unwrap(), "b").await.as_deref(), Some("b"));
}

async fn a_killed_rotation_is_finished_or_forgotten(test: Arc<TestDb>) {
    let (path, new) = (test.dir().join("vault.key"), test.dir().join("vault.key.new"));
    let vault = open(&test).await.unwrap();
    vault.put(OWNER, "a", &Secret::new("x")).await.unwrap();
    // Killed before the secrets were encrypted anew: the new key is there, and nobody uses it.
    fs::write(&new, format!("familiar-vault-key-1 {}\n", "cd".repeat(32))).unwrap();
    assert_eq!(secret(&open(&test).await.unwrap(), "a").await.as_deref(), Some("x"));
    assert!(!new.exists());
    // Killed after, before the new key was put in place.
    let old = fs::read(&path).unwrap();
    open(&test).await.unwrap().rotate().await.unwrap();
    fs::rename(&path, &new).unwrap();
    fs::write(&path, old).unwrap();
    assert!(Vault::check(&test.db, test.dir()).await.unwrap() && new.exists());
    assert_eq!(secret(&open(&test).await.unwrap(), "a").await.as_deref(), Some("x"));
    assert!(!new.exists());
}
