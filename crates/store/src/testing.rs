//! Throw-away databases for tests, of this crate and of those above it.
//!
//! A test is an `async fn name(test: Arc<TestDb>)`; [`on_each_database!`](crate::on_each_database) makes of it
//! one test on SQLite and one on PostgreSQL. PostgreSQL is the server that `FAMILIAR_TEST_POSTGRES` names, as
//! `postgres://user@host:port/postgres`, by a user who may create databases; `make test` starts one.
//! Without it the PostgreSQL half says on standard error that it was skipped.

use crate::{DatabaseConfig, Db, DbError, Engine};
use base::{Clock, ManualClock, Secret, Timestamp};
use sqlx::{AnyConnection, Connection};
use std::{path::Path, sync::Arc};

/// The variable that names the PostgreSQL server for tests.
pub const POSTGRES_VARIABLE: &str = "FAMILIAR_TEST_POSTGRES";

/// A database of its own for one test, in a folder of its own.
#[derive(Debug)]
pub struct TestDb {
    /// The database, migrated.
    pub db: Db,
    /// Its clock, which stands at 2026-01-01 until the test moves it.
    pub clock: Arc<ManualClock>,
    config: DatabaseConfig,
    folder: tempfile::TempDir,
    postgres: Option<PostgresDatabase>,
}

impl TestDb {
    /// Makes one; `None` where PostgreSQL is asked for and none is named.
    ///
    /// # Panics
    /// Where the database cannot be made: a test cannot go on then.
    pub async fn new(engine: Engine) -> Option<Arc<Self>> {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(PostgresDatabase::create(&postgres_server()?).await),
        };
        Some(Self::around(postgres).await)
    }

    /// Makes one on this PostgreSQL server, which has something that the usual one lacks. Who asks throws it away.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn on(server: &str) -> Arc<Self> {
        Self::around(Some(PostgresDatabase::create(server).await)).await
    }

    async fn around(postgres: Option<PostgresDatabase>) -> Arc<Self> {
        let folder = must(tempfile::tempdir(), "a temporary folder");
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_767_225_600_000)));
        let config = DatabaseConfig {
            url: postgres.as_ref().map(|database| Secret::new(database.url.as_str())),
            ..DatabaseConfig::default()
        };
        let db =
            must(Db::open(&config, folder.path(), Arc::<ManualClock>::clone(&clock)).await, "the database");
        Arc::new(Self { db, clock, config, folder, postgres })
    }

    /// A SQLite database, for a test in which the engine does not matter.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn sqlite() -> Arc<Self> {
        match Self::new(Engine::Sqlite).await {
            Some(test) => test,
            None => unreachable!("SQLite is always there"),
        }
    }

    /// Throws the database away, for tests that are not run by [`run`].
    pub async fn throw_away(&self) {
        self.db.close().await;
        if let Some(database) = &self.postgres {
            database.drop_it().await;
        }
    }

    /// Makes a second owner: what is kept for somebody needs one.
    ///
    /// # Panics
    /// Where there is one of this id.
    pub async fn add_owner(&self, id: base::Id) {
        let added = sqlx::query("INSERT INTO owner (id, name, created_at) VALUES ($1, 'another', 0)")
            .bind(id.to_string())
            .execute(self.db.pool())
            .await;
        must(added, "another owner");
    }

    /// The folder that stands for the data folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// How the database was opened.
    pub fn config(&self) -> &DatabaseConfig {
        &self.config
    }

    /// Opens the same database once more, as a second process would.
    ///
    /// # Errors
    /// What [`Db::open`] says.
    pub async fn reopen(&self) -> Result<Db, DbError> {
        Db::open(&self.config, self.dir(), Arc::clone(&self.clock) as Arc<dyn Clock>).await
    }
}

/// Runs one test on one engine; what [`on_each_database!`](crate::on_each_database) calls. The database is
/// thrown away afterwards, also when the test fails.
///
/// # Panics
/// When the test does.
pub async fn run<F>(engine: Engine, case: impl FnOnce(Arc<TestDb>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(test) = TestDb::new(engine).await else { return };
    let outcome = tokio::spawn(case(Arc::clone(&test))).await;
    test.throw_away().await;
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

/// Makes of each `async fn name(test: Arc<TestDb>)` the tests `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::testing::run($crate::Engine::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::testing::run($crate::Engine::Postgres, super::$name).await;
            }
        }
    )*};
}

#[expect(clippy::disallowed_methods, reason = "tests are told about the server by the test command")]
#[expect(clippy::print_stderr, reason = "a skipped half must be seen")]
fn postgres_server() -> Option<String> {
    let url = std::env::var(POSTGRES_VARIABLE).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| {
            eprintln!("SKIPPED: the PostgreSQL half of these tests did not run; set {POSTGRES_VARIABLE}");
        });
    }
    url
}

#[derive(Debug)]
struct PostgresDatabase {
    server: String,
    name: String,
    url: String,
}

impl PostgresDatabase {
    async fn create(server: &str) -> Self {
        let name = format!("familiar_test_{}", base::new_id().to_string().replace('-', ""));
        execute(server, format!("CREATE DATABASE {name}")).await;
        Self { server: server.to_owned(), url: with_database(server, &name), name }
    }

    async fn drop_it(&self) {
        execute(&self.server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await;
    }
}

async fn execute(server: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut connection = must(AnyConnection::connect(server).await, POSTGRES_VARIABLE);
    must(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await, "a throw-away database");
    must(connection.close().await, POSTGRES_VARIABLE);
}

/// The address with another database in it.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

#[expect(clippy::panic, reason = "a test without its database cannot go on")]
fn must<T>(result: Result<T, impl std::fmt::Debug>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_database_is_replaced() {
        let cases = [
            ("postgres://u:p@h:1/postgres?sslmode=disable", "postgres://u:p@h:1/x?sslmode=disable"),
            ("postgres://h", "postgres://h/x"),
            ("postgres:///postgres?host=/tmp/socket", "postgres:///x?host=/tmp/socket"),
        ];
        for (server, expected) in cases {
            assert_eq!(with_database(server, "x"), expected);
        }
    }
}
