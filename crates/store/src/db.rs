//! The database: one pool of connections to SQLite or PostgreSQL, and write transactions.

pub(crate) mod blobs;
pub(crate) mod jobs;
mod migrate;
pub(crate) mod records;
pub(crate) mod secrets;
pub(crate) mod settings;

use crate::{DatabaseConfig, DbError};
use base::{Clock, Timestamp};
use sqlx::{
    Any, AnyConnection, AnyPool, Connection as _, Row,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use std::{
    fmt::Write as _,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The name of the SQLite file in the data folder.
pub const SQLITE_FILE: &str = "familiar.db";

/// Which database stands behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database, open and migrated. Clones share one pool.
#[derive(Debug, Clone)]
pub struct Db {
    pool: AnyPool,
    /// Where write transactions come from. With SQLite one connection of its own: what it has read of the file
    /// stays true for as long as nobody else writes, where connections that take turns read every page again that
    /// another one has changed.
    writers: AnyPool,
    engine: Engine,
    file: Option<Arc<Path>>,
    clock: Arc<dyn Clock>,
    /// SQLite has one writer at a time; waiting here is fair and cheap, waiting in SQLite is polling.
    write_gate: Arc<Mutex<()>>,
    /// How long a writer waits for its turn.
    patience: Duration,
}

impl Db {
    /// Opens the database, makes it where there is none, and brings it up to date.
    ///
    /// # Errors
    /// Where it cannot be opened, written or migrated; [`DbError::hint`] says what to do.
    pub async fn open(
        config: &DatabaseConfig,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DbError> {
        let db = Self::connect(config, data_dir, clock).await?;
        migrate::run(&db, migrate::MIGRATIONS, config.backups_kept).await?;
        Ok(db)
    }

    /// Opens the database as it is, to look at it: nothing is made and nothing is brought up to date. `None` where
    /// there is no SQLite file yet.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub async fn look(
        config: &DatabaseConfig,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, DbError> {
        if config.url.is_none() && !data_dir.join(SQLITE_FILE).exists() {
            return Ok(None);
        }
        Self::connect(config, data_dir, clock).await.map(Some)
    }

    /// Whether this program has nothing to bring up to date in it.
    ///
    /// # Errors
    /// [`DbError::Newer`] and what else keeps this program from serving it.
    pub async fn is_current(&self) -> Result<bool, DbError> {
        migrate::is_current(self, migrate::MIGRATIONS).await
    }

    async fn connect(
        config: &DatabaseConfig,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        let place = Place::of(config, data_dir)?;
        let opening = |source| place.opening(source);
        let options = AnyConnectOptions::from_str(&place.url).map_err(opening)?;
        let pragmas = pragmas(config);
        let patience = Duration::from_millis(config.busy_timeout_ms.into());
        let engine = place.engine();
        // The pool tries again and again until its time is up; a lone connection says at once what is wrong.
        let mut probe = AnyConnection::connect_with(&options).await.map_err(opening)?;
        if engine == Engine::Sqlite {
            prepare_sqlite(&mut probe, &pragmas).await.map_err(opening)?;
        }
        probe.close().await.map_err(opening)?;
        let pool = |connections: u32| {
            let (options, pragmas) = (options.clone(), pragmas.clone());
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(patience)
                .test_before_acquire(engine == Engine::Postgres)
                .after_connect(move |connection, _| {
                    let pragmas = pragmas.clone();
                    Box::pin(async move {
                        match engine {
                            Engine::Sqlite => prepare_sqlite(connection, &pragmas).await,
                            Engine::Postgres => Ok(()),
                        }
                    })
                })
                .connect_lazy_with(options)
        };
        let (pool, writers) = match engine {
            Engine::Sqlite => (pool(config.max_connections.saturating_sub(1).max(1)), pool(1)),
            Engine::Postgres => {
                let pool = pool(config.max_connections.max(1));
                (pool.clone(), pool)
            }
        };
        Ok(Self {
            pool,
            writers,
            engine,
            file: place.file.map(Arc::from),
            clock,
            write_gate: Arc::default(),
            patience,
        })
    }

    /// The pool, for reading and for single statements.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Starts a transaction that will write. It is rolled back when dropped before
    /// [`commit`](WriteTransaction::commit).
    ///
    /// # Errors
    /// [`DbError::Busy`] when another writer does not finish in time; any failure to reach the database.
    pub async fn begin(&self) -> Result<WriteTransaction, DbError> {
        Ok(match self.engine {
            Engine::Sqlite => {
                let turn = Arc::clone(&self.write_gate).lock_owned();
                let turn = tokio::time::timeout(self.patience, turn)
                    .await
                    .map_err(|_| DbError::Busy(sqlx::Error::PoolTimedOut))?;
                let inner = self.writers.begin_with("BEGIN IMMEDIATE").await?;
                WriteTransaction { inner, _turn: Some(turn) }
            }
            Engine::Postgres => WriteTransaction { inner: self.writers.begin().await?, _turn: None },
        })
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The SQLite file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The time by the clock the database was opened with.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Checks the database from end to end and lists what is wrong with it; empty when it is sound. On a
    /// large SQLite file this takes seconds. PostgreSQL is only asked whether it answers.
    ///
    /// # Errors
    /// Where the database cannot be asked at all.
    pub async fn check(&self) -> Result<Vec<String>, DbError> {
        match self.engine {
            Engine::Postgres => {
                sqlx::query("SELECT 1").execute(&self.pool).await?;
                Ok(Vec::new())
            }
            Engine::Sqlite => {
                let rows = sqlx::query("PRAGMA integrity_check(20)").fetch_all(&self.pool).await?;
                let mut findings = Vec::new();
                for row in rows {
                    let line: String = row.try_get(0)?;
                    if line != "ok" {
                        findings.push(line);
                    }
                }
                Ok(findings)
            }
        }
    }

    /// Writes a copy of the SQLite database to `path`, consistent while others write. Does nothing on
    /// PostgreSQL and answers `false`.
    ///
    /// # Errors
    /// Where the copy cannot be written; nothing half-written is left at `path`.
    pub async fn copy_to(&self, path: &Path) -> Result<bool, DbError> {
        match self.engine {
            Engine::Postgres => Ok(false),
            Engine::Sqlite => migrate::copy_sqlite(self, path).await.map(|()| true),
        }
    }

    /// Waits for statements under way, folds the write-ahead log into the file, and closes every connection.
    pub async fn close(&self) {
        if self.engine == Engine::Sqlite {
            let _turn = self.write_gate.lock().await;
            for statement in ["PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"] {
                if let Err(error) = sqlx::query(statement).fetch_all(&self.pool).await {
                    tracing::warn!(%error, statement, "the database could not be tidied up before closing");
                }
            }
        }
        self.writers.close().await;
        self.pool.close().await;
    }
}

/// A transaction that writes. It dereferences to the connection: `query.execute(&mut *transaction)`.
#[derive(Debug)]
pub struct WriteTransaction {
    // Dropped first, so that the roll-back is under way before the next writer gets its turn.
    inner: sqlx::Transaction<'static, Any>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl WriteTransaction {
    /// Makes what was written durable and visible.
    ///
    /// # Errors
    /// Where the database refuses; nothing is kept then.
    pub async fn commit(self) -> Result<(), DbError> {
        Ok(self.inner.commit().await?)
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// Where the database cannot be reached; it forgets by itself then.
    pub async fn rollback(self) -> Result<(), DbError> {
        Ok(self.inner.rollback().await?)
    }
}

impl Deref for WriteTransaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// Where the database is.
struct Place {
    url: String,
    /// What errors may show: never a password.
    shown: String,
    file: Option<PathBuf>,
}

impl Place {
    fn of(config: &DatabaseConfig, data_dir: &Path) -> Result<Self, DbError> {
        if let Some(url) = &config.url {
            let url = url.expose();
            return Ok(Self { url: url.to_owned(), shown: without_credentials(url), file: None });
        }
        let preparing = |source| DbError::Prepare { path: data_dir.to_owned(), source };
        std::fs::create_dir_all(data_dir).map_err(preparing)?;
        let file = std::fs::canonicalize(data_dir).map_err(preparing)?.join(SQLITE_FILE);
        let url = format!("sqlite://{}?mode=rwc", percent_encoded(&file));
        Ok(Self { url, shown: file.display().to_string(), file: Some(file) })
    }

    fn engine(&self) -> Engine {
        if self.file.is_some() { Engine::Sqlite } else { Engine::Postgres }
    }

    /// Tells the failures of opening that have a name of their own from the rest.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others keep the name they have")]
    fn opening(&self, source: sqlx::Error) -> DbError {
        match DbError::from(source) {
            DbError::Query(source) | DbError::Unreachable(source) => {
                DbError::Open { target: self.shown.clone(), source }
            }
            named => named,
        }
    }
}

/// The address up to its credentials and from behind them.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => {
            format!("{scheme}://{}", host.split(['?', '#']).next().unwrap_or_default())
        }
        (Some(_) | None, _) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
    }
}

/// Escapes every byte of a path that means something else in an address.
fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.') {
            text.push(char::from(*byte));
        } else {
            let _infallible = write!(text, "%{byte:02X}");
        }
    }
    text
}

async fn prepare_sqlite(connection: &mut AnyConnection, pragmas: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(pragmas.to_owned())).execute(connection).await.map(drop)
}

/// What every SQLite connection is told first. In WAL mode readers do not wait for the writer and a commit is
/// one append; `synchronous = NORMAL` with it survives a killed process
/// whole; a power cut may take the last commits, never the file.
fn pragmas(config: &DatabaseConfig) -> String {
    format!(
        "PRAGMA busy_timeout = {busy}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; \
         PRAGMA cache_size = -{cache}; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 16777216; \
         PRAGMA trusted_schema = OFF;",
        busy = config.busy_timeout_ms,
        cache = config.page_cache_kib,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_has_no_password() {
        let cases = [
            ("postgres://u:p@ss@host:5432/db?sslmode=require", "postgres://host:5432/db"),
            ("postgres://host/db?password=x", "postgres://host/db"),
            ("postgresql:///db", "postgresql:///db"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn a_path_with_signs_of_an_address_is_escaped() {
        assert_eq!(percent_encoded(Path::new("/a b/c#d?e%f/é")), "/a%20b/c%23d%3Fe%25f/%C3%A9");
    }
}
