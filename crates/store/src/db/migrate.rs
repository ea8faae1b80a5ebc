//! Brings the database up to date: forward only, all or nothing, after a backup.
//!
//! To add a migration, put `NNNN_name.sql` into `crates/store/migrations` and its line into [`MIGRATIONS`].

use super::{Db, Engine};
use crate::DbError;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// One step, as it stands in `crates/store/migrations`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// The file's name without `.sql`: four digits, an underscore, what it is about.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Migration { name: $name, sql: include_str!(concat!("../../migrations/", $name, ".sql")) }),*]
    };
}

/// Every step, in order. One that was released is never changed; a mistake is put right by a new one.
pub(super) const MIGRATIONS: &[Migration] = migrations![
    "0001_store",
    "0002_gateway",
    "0003_library",
    "0004_chat",
    "0005_batch",
    "0007_retention",
    "0008_health",
    "0009_limits",
    "0010_budgets",
    "0011_alerts",
    "0012_caches",
    "0013_experiments",
    "0014_tokens",
    "0015_vectors",
    "0016_personas",
    "0017_ledger_index",
    "0018_memory",
    "0019_people",
    "0020_windows",
    "0021_tools",
    "0022_compare",
    "0023_ledger_time",
    "0028_looks",
    "0029_entries",
    "0030_folders",
    "0031_presets",
    "0033_shares",
    "0034_mcp",
    "0036_documents",
    "0038_copies",
    "0039_bookmarks",
    "0040_watched",
    "0041_document_tags",
    "0042_jobs_again",
    "0043_deleted_messages",
    "0044_exchange_kinds",
];

/// One number for all of Familiar's processes that might migrate one PostgreSQL database at a time.
const MIGRATION_LOCK: i64 = 0x4661_6d69_6c69_6172;

/// Applies what is missing. The copy made before is kept in `backups` beside the SQLite file.
pub(super) async fn run(db: &Db, known: &[Migration], backups_kept: u32) -> Result<(), DbError> {
    let applied = state(db).await?;
    let steps = missing(known, &applied)?.len();
    if steps == 0 {
        return Ok(());
    }
    if !applied.is_empty() {
        tracing::info!(
            steps,
            "the database is being brought up to date, which takes a minute where it is large"
        );
        back_up(db, &applied, backups_kept).await?;
    }
    apply(db, known).await
}

/// Whether nothing is missing.
pub(super) async fn is_current(db: &Db, known: &[Migration]) -> Result<bool, DbError> {
    Ok(missing(known, &state(db).await?)?.is_empty())
}

/// What was applied; an error where the database is somebody else's.
async fn state(db: &Db) -> Result<BTreeMap<String, String>, DbError> {
    let mut connection = db.pool().acquire().await?;
    if migration_table_exists(&mut connection, db.engine()).await? {
        return applied(&mut connection).await;
    }
    refuse_foreign(&mut connection, db).await?;
    Ok(BTreeMap::new())
}

/// Applies what is missing in one transaction; what is missing is looked up again inside it, since another
/// process may have been faster.
async fn apply(db: &Db, known: &[Migration]) -> Result<(), DbError> {
    let mut transaction = db.begin().await?;
    if db.engine() == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS familiar_migration (
            name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    )
    .execute(&mut *transaction)
    .await?;
    let applied = applied(&mut transaction).await?;
    for migration in missing(known, &applied)? {
        let named = |source: sqlx::Error| DbError::Migration {
            name: migration.name.to_owned(),
            source: Box::new(source.into()),
        };
        let sql = migration
            .sql
            .replace("{blob}", blob_type(db.engine()))
            .replace("{number_key}", number_key(db.engine()))
            .replace("{receipt_cost}", receipt_cost(db.engine()))
            .replace("{answer_model}", answer_model(db.engine()));
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await.map_err(named)?;
        sqlx::query("INSERT INTO familiar_migration (name, checksum, applied_at) VALUES ($1, $2, $3)")
            .bind(migration.name)
            .bind(checksum(migration.sql))
            .bind(db.now().millis())
            .execute(&mut *transaction)
            .await
            .map_err(named)?;
        tracing::info!(migration = migration.name, "the database was brought up to date");
    }
    transaction.commit().await
}

fn blob_type(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    }
}

/// A number that is the table's key; SQLite finds a row by it without an index only where it is called so.
fn number_key(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "INTEGER PRIMARY KEY",
        Engine::Postgres => "BIGINT PRIMARY KEY",
    }
}

/// The cost in the receipt of a message, whose body is JSON.
fn receipt_cost(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "json_extract(body, '$.receipt.cost')",
        Engine::Postgres => "CAST(CAST(body AS json) -> 'receipt' ->> 'cost' AS BIGINT)",
    }
}

/// The model that a message's body names: the one that answered, else the one that was asked.
fn answer_model(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "COALESCE(json_extract(body, '$.receipt.model'), json_extract(body, '$.model'))",
        Engine::Postgres => {
            "COALESCE(CAST(body AS json) -> 'receipt' ->> 'model', CAST(body AS json) ->> 'model')"
        }
    }
}

async fn migration_table_exists(connection: &mut AnyConnection, engine: Engine) -> Result<bool, DbError> {
    let sql = match engine {
        Engine::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'familiar_migration'",
        Engine::Postgres => "SELECT 1 WHERE to_regclass('familiar_migration') IS NOT NULL",
    };
    Ok(sqlx::query(sql).fetch_optional(connection).await?.is_some())
}

/// A SQLite file with tables, none of them ours, belongs to somebody else. (In PostgreSQL others may well
/// have tables beside ours.)
async fn refuse_foreign(connection: &mut AnyConnection, db: &Db) -> Result<(), DbError> {
    let Some(file) = db.file() else { return Ok(()) };
    let other = sqlx::query("SELECT 1 FROM sqlite_master LIMIT 1").fetch_optional(connection).await?;
    match other {
        Some(_) => Err(DbError::Foreign { target: file.display().to_string() }),
        None => Ok(()),
    }
}

/// Name and checksum of what was applied.
async fn applied(connection: &mut AnyConnection) -> Result<BTreeMap<String, String>, DbError> {
    let rows = sqlx::query("SELECT name, checksum FROM familiar_migration").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// What is to be done, in order; an error where the database is not one that this program can serve.
fn missing<'a>(
    known: &'a [Migration],
    applied: &BTreeMap<String, String>,
) -> Result<Vec<&'a Migration>, DbError> {
    if let Some(found) = applied.keys().rev().find(|name| known.iter().all(|step| step.name != name.as_str()))
    {
        return Err(DbError::Newer { found: found.clone() });
    }
    let mut missing = Vec::new();
    for migration in known {
        match applied.get(migration.name) {
            None => missing.push(migration),
            Some(sum) if *sum != checksum(migration.sql) => {
                return Err(DbError::MigrationChanged { name: migration.name.to_owned() });
            }
            Some(_) => {}
        }
    }
    Ok(missing)
}

/// SHA-256 of the text with Unix line ends, so that a checkout on Windows gives the same.
fn checksum(sql: &str) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(sql.replace("\r\n", "\n")) {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

/// Copies the SQLite file to `backups/familiar-TIME-before-upgrade.db` and forgets the oldest copies.
async fn back_up(db: &Db, applied: &BTreeMap<String, String>, kept: u32) -> Result<(), DbError> {
    let Some(folder) = db.file().and_then(Path::parent).map(|parent| parent.join("backups")) else {
        tracing::warn!("PostgreSQL is upgraded without a backup of Familiar's own; use pg_dump");
        return Ok(());
    };
    let last = applied.keys().next_back().map(String::as_str).unwrap_or_default();
    let stamp = db.now().to_string().replace([':', '.'], "-");
    let path = folder.join(format!("familiar-{stamp}-after-{last}.db"));
    let naming = |source| DbError::Backup { path: path.clone(), source: Box::new(source) };
    fs::create_dir_all(&folder)
        .map_err(|source| naming(DbError::Prepare { path: folder.clone(), source }))?;
    copy_sqlite(db, &path).await.map_err(naming)?;
    tracing::info!(path = %path.display(), "the database was backed up before its upgrade");
    if let Err(error) = forget_oldest(&folder, kept) {
        tracing::warn!(%error, folder = %folder.display(), "old backups could not be removed");
    }
    Ok(())
}

/// Copies to a name of its own first, so that nothing half-written ever bears the right name.
pub(super) async fn copy_sqlite(db: &Db, path: &Path) -> Result<(), DbError> {
    let part = PathBuf::from(format!("{}.{}.part", path.display(), base::new_id()));
    let preparing = |source| DbError::Prepare { path: path.to_owned(), source };
    let copied = sqlx::query("VACUUM INTO $1").bind(part.display().to_string()).execute(db.pool()).await;
    if let Err(error) = copied {
        remove_if_there(&part).map_err(preparing)?;
        return Err(error.into());
    }
    fs::File::open(&part).and_then(|file| file.sync_all()).map_err(preparing)?;
    fs::rename(&part, path).map_err(preparing)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The names begin with the time, so that they sort by it.
fn forget_oldest(folder: &Path, kept: u32) -> io::Result<()> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("familiar-") && name.ends_with(".db") {
            copies.push(name);
        }
    }
    copies.sort();
    let surplus = copies.len().saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX));
    for name in copies.iter().take(surplus) {
        fs::remove_file(folder.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
