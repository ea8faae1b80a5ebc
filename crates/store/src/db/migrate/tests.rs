//! Migrations: order, all or nothing, backups, and refusals.

use super::*;
use crate::{
    on_each_database,
    testing::{TestDb, run as run_on},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const FIRST: Migration = Migration { name: "9001_first", sql: "CREATE TABLE thing (id TEXT, data {blob});" };
const SECOND: Migration = Migration { name: "9002_second", sql: "ALTER TABLE thing ADD COLUMN size BIGINT;" };
const HALF_BROKEN: Migration =
    Migration { name: "9003_broken", sql: "CREATE TABLE other (id TEXT); INSERT INTO nowhere VALUES (1);" };

fn with(extra: &[Migration]) -> Vec<Migration> {
    [MIGRATIONS, extra].concat()
}

fn backups(test: &TestDb) -> Vec<String> {
    let Ok(entries) = fs::read_dir(test.dir().join("backups")) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

async fn count(db: &Db, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(sql).fetch_one(db.pool()).await?.try_get(0)
}

#[test]
fn every_file_is_listed_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".sql").to_owned())
        .collect();
    let listed: Vec<&str> = MIGRATIONS.iter().map(|migration| migration.name).collect();
    assert_eq!(files.iter().map(String::as_str).collect::<Vec<_>>(), listed);
    let numbers: BTreeSet<&str> = listed.iter().map(|name| name.split_once('_').unwrap().0).collect();
    assert_eq!(numbers.len(), listed.len(), "two migrations bear the same number");
    assert!(numbers.iter().all(|number| number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit())));
}

on_each_database![
    the_first_owner_is_there,
    what_is_missing_is_applied_once,
    a_failed_migration_leaves_nothing,
    a_newer_database_is_refused,
    an_edited_migration_is_refused,
    two_processes_migrate_once,
    exchanges_of_before_keep_all_they_said,
];

async fn the_first_owner_is_there(test: Arc<TestDb>) {
    let row = sqlx::query("SELECT COUNT(*) FROM owner WHERE id = $1")
        .bind(base::Id::FIRST_OWNER.to_string())
        .fetch_one(test.db.pool())
        .await
        .unwrap();
    assert_eq!(row.try_get::<i64, _>(0).unwrap(), 1);
    assert!(backups(&test).is_empty(), "a new database needs no backup");
}

async fn what_is_missing_is_applied_once(test: Arc<TestDb>) {
    run(&test.db, &with(&[FIRST]), 3).await.unwrap();
    run(&test.db, &with(&[FIRST, SECOND]), 3).await.unwrap();
    run(&test.db, &with(&[FIRST, SECOND]), 3).await.unwrap();
    sqlx::query("INSERT INTO thing (id, data, size) VALUES ($1, $2, $3)")
        .bind("a")
        .bind(vec![0_u8, 255])
        .bind(7_i64)
        .execute(test.db.pool())
        .await
        .unwrap();
    let row = sqlx::query("SELECT data, size FROM thing").fetch_one(test.db.pool()).await.unwrap();
    assert_eq!(row.try_get::<Vec<u8>, _>("data").unwrap(), [0, 255]);
    assert_eq!(row.try_get::<i64, _>("size").unwrap(), 7);
}

async fn a_failed_migration_leaves_nothing(test: Arc<TestDb>) {
    let error = run(&test.db, &with(&[FIRST, HALF_BROKEN]), 3).await.unwrap_err();
    assert!(matches!(&error, DbError::Migration { name, .. } if name == "9003_broken"), "{error:?}");
    for table in ["SELECT COUNT(*) FROM thing", "SELECT COUNT(*) FROM other"] {
        assert!(count(&test.db, table).await.is_err(), "{table}");
    }
    run(&test.db, &with(&[FIRST]), 3).await.unwrap();
}

async fn a_newer_database_is_refused(test: Arc<TestDb>) {
    run(&test.db, &with(&[FIRST]), 3).await.unwrap();
    let error = test.reopen().await.unwrap_err();
    assert!(matches!(&error, DbError::Newer { found } if found == "9001_first"), "{error:?}");
    assert!(error.hint().is_some());
}

async fn an_edited_migration_is_refused(test: Arc<TestDb>) {
    run(&test.db, &with(&[FIRST]), 3).await.unwrap();
    let edited = Migration { sql: "CREATE TABLE thing (id BIGINT);", ..FIRST };
    let error = run(&test.db, &with(&[edited]), 3).await.unwrap_err();
    assert!(matches!(error, DbError::MigrationChanged { .. }), "{error:?}");
}

async fn two_processes_migrate_once(test: Arc<TestDb>) {
    let other = test.reopen().await.unwrap();
    let steps = with(&[FIRST, SECOND]);
    let (one, two) = tokio::join!(run(&test.db, &steps, 3), run(&other, &steps, 3));
    one.unwrap();
    two.unwrap();
    assert_eq!(count(&other, "SELECT COUNT(*) FROM familiar_migration").await.unwrap(), {
        i64::try_from(steps.len()).unwrap()
    });
    other.close().await;
}

/// A database with the steps before this one.
async fn before(test: &TestDb, name: &str, folder: &Path) -> Db {
    let db = match test.db.engine() {
        Engine::Sqlite => Db::connect(test.config(), folder, Arc::clone(&test.clock) as _).await.unwrap(),
        Engine::Postgres => {
            let emptied = sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            emptied.execute(test.db.pool()).await.unwrap();
            test.db.clone()
        }
    };
    let steps = MIGRATIONS.iter().position(|step| step.name == name).unwrap();
    run(&db, &MIGRATIONS[..steps], 3).await.unwrap();
    db
}

async fn exchanges_of_before_keep_all_they_said(test: Arc<TestDb>) {
    const COLUMNS: &str = "id, owner_id, started_at, key_id, project, operation, route, deployment, provider, model,
        caller_dialect, upstream_dialect, streamed, outcome, error_kind, error_message, input_tokens, cached_input_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, priced, estimated, saved_nanos, baseline_nanos,
        prompt_saved_nanos, first_token_ms, total_ms, attempts, cache_hit, tags, explanation";
    const ROWS: [&str; 4] = [
        "('a', 'ada', 10, 'key', NULL, 'chat', 'p/m', 'p/m', 'p', 'm', 'gemini', 'ollama', 0, 'ok', NULL, NULL, 1, 2, 3, 4, 5,
            60, 1, 0, 7, 8, 9, 11, 12, 1, 0, '[\"x\"]', '{\"a\":1}')",
        "('b', 'ada', 20, 'key', 'trip', 'chat', 'p/m', 'p/m', 'p', 'm', 'gemini', 'ollama', 0, 'ok', NULL, NULL, 2, 0, 0, 9,
            0, 70, 1, 0, 0, 0, 0, NULL, 13, 1, 0, '[]', '{\"a\":2}')",
        "('c', 'bob', 15, NULL, NULL, 'chat', 'p/m', NULL, NULL, NULL, NULL, NULL, 1, 'failed', 'timeout', 'too \"late\"', 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 14, 2, 0, '[]', '{}')",
        "('d', 'bob', 16, NULL, NULL, 'speech', 'p/m', NULL, NULL, NULL, NULL, NULL, 1, 'failed', 'timeout', NULL, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, NULL, 14, 2, 0, '[]', '{}')",
    ];
    let folder = tempfile::tempdir().unwrap();
    let db = before(&test, "0044_exchange_kinds", folder.path()).await;
    let written = format!("INSERT INTO exchange ({COLUMNS}) VALUES {}", ROWS.join(", "));
    sqlx::raw_sql(sqlx::AssertSqlSafe(written)).execute(db.pool()).await.unwrap();
    let said = async || {
        let columns = COLUMNS.split(',').map(str::trim);
        let texts: Vec<String> =
            columns.map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')")).collect();
        let sql = format!("SELECT {} FROM exchange ORDER BY id", texts.join(" || ' ' || "));
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(db.pool()).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect::<Vec<String>>()
    };
    let before = said().await;
    assert_eq!(before.len(), ROWS.len());
    run(&db, MIGRATIONS, 3).await.unwrap();
    assert_eq!(said().await, before);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM exchange_kind").await.unwrap(), 3, "two are alike");
    assert_eq!(count(&db, "SELECT MAX(seen_at) FROM exchange_kind WHERE outcome = 'ok'").await.unwrap(), 20);
    if db.engine() == Engine::Sqlite {
        db.close().await;
    }
}

#[tokio::test]
async fn the_sqlite_file_is_backed_up_and_the_last_three_copies_kept() {
    run_on(Engine::Sqlite, |test| async move {
        let steps: Vec<Migration> = (0..5)
            .map(|number| {
                let sql: &'static str = format!("CREATE TABLE t{number} (id TEXT);").leak();
                Migration { name: format!("90{number:02}_t{number}").leak(), sql }
            })
            .collect();
        for upto in 1..=steps.len() {
            test.clock.advance(Duration::from_secs(60));
            run(&test.db, &with(steps.get(..upto).unwrap()), 3).await.unwrap();
        }
        let kept = backups(&test);
        assert_eq!(kept.len(), 3, "{kept:?}");
        assert!(kept.last().unwrap().contains("-after-9003_t3.db"), "{kept:?}");
        // The newest copy is a database as it was before the last step.
        let folder = tempfile::tempdir().unwrap();
        let copy = test.dir().join("backups").join(kept.last().unwrap());
        fs::copy(copy, folder.path().join(super::super::SQLITE_FILE)).unwrap();
        let restored = Db::connect(test.config(), folder.path(), Arc::clone(&test.clock) as _).await.unwrap();
        assert_eq!(count(&restored, "SELECT COUNT(*) FROM t3").await.unwrap(), 0);
        assert!(count(&restored, "SELECT COUNT(*) FROM t4").await.is_err());
        restored.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_room_for_a_backup_nothing_is_migrated() {
    run_on(Engine::Sqlite, |test| async move {
        fs::write(test.dir().join("backups"), "a file where the folder should be").unwrap();
        let error = run(&test.db, &with(&[FIRST]), 3).await.unwrap_err();
        assert!(matches!(error, DbError::Backup { .. }), "{error:?}");
        assert!(count(&test.db, "SELECT COUNT(*) FROM thing").await.is_err());
    })
    .await;
}
