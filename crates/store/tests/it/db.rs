//! The database itself: opening, transactions, and the failures a person can do something about.

use std::{fs, path::Path, sync::Arc, time::Duration};
use store::{DatabaseConfig, Db, DbError, Engine, on_each_database, testing::TestDb};

on_each_database![
    a_transaction_is_seen_after_its_commit_and_only_then,
    fifty_writers_at_once_all_get_their_turn,
    a_missing_owner_is_a_constraint,
    every_portable_type_round_trips,
];

async fn put(db: &Db, name: &str, value: &str) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    insert(&mut transaction, name, value).await?;
    transaction.commit().await
}

async fn insert(connection: &mut sqlx::AnyConnection, name: &str, value: &str) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO setting (owner_id, name, value, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner_id, name) DO UPDATE SET value = excluded.value",
    )
    .bind(base::Id::FIRST_OWNER.to_string())
    .bind(name)
    .bind(value)
    .bind(1_i64)
    .execute(connection)
    .await?;
    Ok(())
}

async fn count(db: &Db) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM setting").fetch_one(db.pool()).await.unwrap()
}

async fn a_transaction_is_seen_after_its_commit_and_only_then(test: Arc<TestDb>) {
    let mut transaction = test.db.begin().await.unwrap();
    insert(&mut transaction, "a", "1").await.unwrap();
    assert_eq!(count(&test.db).await, 0, "readers do not wait for the writer");
    drop(transaction);
    assert_eq!(count(&test.db).await, 0, "dropped means rolled back");
    put(&test.db, "a", "1").await.unwrap();
    put(&test.db, "a", "2").await.unwrap();
    assert_eq!(count(&test.db).await, 1);
}

async fn fifty_writers_at_once_all_get_their_turn(test: Arc<TestDb>) {
    let other = test.reopen().await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let db = if number % 2 == 0 { test.db.clone() } else { other.clone() };
            tokio::spawn(async move { put(&db, &number.to_string(), "x").await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&test.db).await, 50);
    other.close().await;
}

#[tokio::test]
async fn a_writer_that_never_ends_makes_the_others_fail_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let config = DatabaseConfig { busy_timeout_ms: 100, ..DatabaseConfig::default() };
    let db = Db::open(&config, folder.path(), Arc::new(base::SystemClock::default())).await.unwrap();
    let _stuck = db.begin().await.unwrap();
    let error = db.begin().await.unwrap_err();
    assert!(matches!(error, DbError::Busy(_)), "{error:?}");
    assert_eq!(error.kind(), base::ErrorKind::Unavailable);
}

async fn a_missing_owner_is_a_constraint(test: Arc<TestDb>) {
    let error: DbError =
        sqlx::query("INSERT INTO setting (owner_id, name, value, updated_at) VALUES ('nobody', 'a', '1', 0)")
            .execute(test.db.pool())
            .await
            .unwrap_err()
            .into();
    assert!(matches!(error, DbError::Constraint(_)), "{error:?}");
}

async fn every_portable_type_round_trips(test: Arc<TestDb>) {
    let row: (Option<String>, i64, f64, Vec<u8>, Option<i64>) = {
        sqlx::query("CREATE TABLE mixed (t TEXT, b BIGINT, d DOUBLE PRECISION, n BIGINT)")
            .execute(test.db.pool())
            .await
            .unwrap();
        sqlx::query("INSERT INTO mixed (t, b, d, n) VALUES ($1, $2, $3, $4)")
            .bind("größer\u{1F600}")
            .bind(i64::MIN)
            .bind(0.1_f64)
            .bind(None::<i64>)
            .execute(test.db.pool())
            .await
            .unwrap();
        sqlx::query("INSERT INTO secret (owner_id, name, key_id, nonce, ciphertext, created_at, updated_at) VALUES ($1, 'n', 'k', $2, $2, 0, 0)")
            .bind(base::Id::FIRST_OWNER.to_string())
            .bind(&[0_u8, 1, 255][..])
            .execute(test.db.pool())
            .await
            .unwrap();
        sqlx::query_as("SELECT t, b, d, (SELECT nonce FROM secret), n FROM mixed")
            .fetch_one(test.db.pool())
            .await
            .unwrap()
    };
    assert_eq!(row, (Some("größer\u{1F600}".to_owned()), i64::MIN, 0.1, vec![0, 1, 255], None));
}

async fn open(dir: &Path) -> Result<Db, DbError> {
    Db::open(&DatabaseConfig::default(), dir, Arc::new(base::SystemClock::default())).await
}

#[tokio::test]
async fn looking_makes_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = || Arc::new(base::SystemClock::default());
    let config = DatabaseConfig::default();
    assert!(Db::look(&config, folder.path(), clock()).await.unwrap().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::write(folder.path().join("familiar.db"), "").unwrap();
    let empty = Db::look(&config, folder.path(), clock()).await.unwrap().unwrap();
    assert!(!empty.is_current().await.unwrap());
    empty.close().await;
    open(folder.path()).await.unwrap().close().await;
    let made = Db::look(&config, folder.path(), clock()).await.unwrap().unwrap();
    assert!(made.is_current().await.unwrap());
}

#[tokio::test]
async fn a_folder_with_odd_characters_is_used_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a b%20c?d#e/größe");
    let db = open(&odd).await.unwrap();
    put(&db, "a", "1").await.unwrap();
    db.close().await;
    assert!(odd.join("familiar.db").is_file());
    assert!(!odd.join("familiar.db-wal").exists(), "a closed database is one file");
}

#[tokio::test]
async fn sqlite_keeps_its_log_ahead_and_its_cache_small() {
    let test = TestDb::sqlite().await;
    for (pragma, expected) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "1"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA cache_size", "-2048"),
        ("PRAGMA busy_timeout", "10000"),
    ] {
        let row = sqlx::query(pragma).fetch_one(test.db.pool()).await.unwrap();
        let found = sqlx::Row::try_get::<String, _>(&row, 0)
            .or_else(|_| sqlx::Row::try_get::<i64, _>(&row, 0).map(|number| number.to_string()))
            .unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
    assert_eq!(test.db.engine(), Engine::Sqlite);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = "this is not a database, and it is long enough to be looked at. ".repeat(100);
    fs::write(folder.path().join("familiar.db"), &garbage).unwrap();
    let error = open(folder.path()).await.unwrap_err();
    assert!(matches!(error, DbError::Corrupt(_)), "{error:?}");
    assert!(error.hint().unwrap().contains("backups"));
    assert_eq!(
        fs::read_to_string(folder.path().join("familiar.db")).unwrap(),
        garbage,
        "nothing was changed"
    );
}

#[tokio::test]
async fn a_damaged_page_is_found_by_the_check() {
    let test = TestDb::sqlite().await;
    for number in 0..200 {
        put(&test.db, &format!("setting {number}"), &"x".repeat(500)).await.unwrap();
    }
    assert_eq!(test.db.check().await.unwrap(), Vec::<String>::new());
    test.db.close().await;
    let file = test.dir().join("familiar.db");
    let mut bytes = fs::read(&file).unwrap();
    // A page that holds values of the table, and nothing that opening reads.
    let value = bytes.windows(400).rposition(|part| part.iter().all(|byte| *byte == b'x')).unwrap();
    let page = value - value % 4096;
    bytes.get_mut(page..page + 4096).unwrap().fill(0x5A);
    fs::write(&file, bytes).unwrap();
    let db = test.reopen().await.unwrap();
    match db.check().await {
        Ok(findings) => assert!(!findings.is_empty()),
        Err(error) => assert!(matches!(error, DbError::Corrupt(_)), "{error:?}"),
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let other = open(folder.path()).await.unwrap();
    for table in ["ALTER TABLE familiar_migration RENAME TO something_else", "DROP TABLE setting"] {
        sqlx::query(sqlx::AssertSqlSafe(table)).execute(other.pool()).await.unwrap();
    }
    other.close().await;
    let error = open(folder.path()).await.unwrap_err();
    assert!(matches!(error, DbError::Foreign { .. }), "{error:?}");
}

#[tokio::test]
async fn a_full_disk_is_named_and_nothing_half_written_is_kept() {
    let test = TestDb::sqlite().await;
    let mut transaction = test.db.begin().await.unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *transaction).await.unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 5);
    sqlx::raw_sql(sqlx::AssertSqlSafe(limit)).execute(&mut *transaction).await.unwrap();
    let mut outcome = Ok(());
    for number in 0..100 {
        outcome = insert(&mut transaction, &number.to_string(), &"x".repeat(4000)).await;
        if outcome.is_err() {
            break;
        }
    }
    let error = outcome.unwrap_err();
    assert!(matches!(error, DbError::Full(_)), "{error:?}");
    drop(transaction);
    assert_eq!(count(&test.db).await, 0);
}

#[tokio::test]
async fn a_read_only_database_is_named() {
    let test = TestDb::sqlite().await;
    let mut transaction = test.db.begin().await.unwrap();
    sqlx::raw_sql("PRAGMA query_only = ON").execute(&mut *transaction).await.unwrap();
    let error = insert(&mut transaction, "a", "1").await.unwrap_err();
    assert!(matches!(error, DbError::ReadOnly(_)), "{error:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = open(&file.join("data")).await.unwrap_err();
    assert!(matches!(error, DbError::Prepare { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let config = DatabaseConfig {
        url: Some(base::Secret::new("postgres://me:hunter2@127.0.0.1:1/db")),
        busy_timeout_ms: 2000,
        ..DatabaseConfig::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let opened = Db::open(&config, folder.path(), Arc::new(base::SystemClock::default()));
    let error = tokio::time::timeout(Duration::from_secs(30), opened).await.unwrap().unwrap_err();
    assert!(matches!(error, DbError::Open { .. } | DbError::Busy(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}
