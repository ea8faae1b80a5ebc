//! `familiar doctor`: looks at everything the program stands on, changes nothing, and says what is wrong.

use crate::{Config, lock};
use ::providers::{Catalogue, ProviderConfig, Providers};
use base::{Clock, SystemClock, Timestamp};
use futures::future::join_all;
use net::LocalOnly;
use search::Condition;
use serde::Serialize;
use std::{fs, io, net::TcpListener, path::Path, sync::Arc, time::Duration};
use store::{Db, Engine, Settings, Vault};
use vectors::Engine as _;
use vectorstore::{EngineName, Pgvector, Qdrant};

/// Less room than this on the disk is a finding.
const LEAST_FREE_BYTES: u64 = 500_000_000;
/// How long a provider may take to answer.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(20);
/// 2026-01-01: this program is not older, so no right clock shows less.
const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// What one look has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Check {
    fn good(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, detail: detail.into(), hint: None }
    }

    fn bad(name: impl Into<String>, detail: impl Into<String>, hint: Option<&str>) -> Self {
        Self { name: name.into(), ok: false, detail: detail.into(), hint: hint.map(str::to_owned) }
    }
}

/// Looks at everything. Works beside a Familiar that runs on the same data folder.
pub async fn examine(config: &Config) -> Vec<Check> {
    let clock = Arc::new(SystemClock::default());
    let mut checks = vec![configuration(config), clock_check(clock.now(), &config.data_dir)];
    checks.push(data_folder(&config.data_dir));
    checks.extend(disk_space(&config.data_dir));
    let (found, added) = database(config, Arc::clone(&clock) as Arc<dyn Clock>).await;
    checks.extend(found);
    checks.extend(bucket(config).await);
    checks.push(index(&config.index_dir()));
    checks.extend(vectors(config, Arc::clone(&clock) as Arc<dyn Clock>).await);
    checks.extend(ports(config));
    let configured = config.providers.iter().map(|provider| (provider.name.clone(), provider.config.clone()));
    let added =
        added.into_iter().filter(|(name, _)| config.providers.iter().all(|known| known.name != *name));
    checks.extend(try_providers(configured.chain(added).collect(), clock).await);
    checks
}

fn configuration(config: &Config) -> Check {
    let read = config.file.as_ref().map_or("no file, defaults".to_owned(), |file| file.display().to_string());
    match config.warnings.as_slice() {
        [] => Check::good("configuration", read),
        warnings => {
            let listed: Vec<_> = warnings.iter().map(ToString::to_string).collect();
            Check::bad(
                "configuration",
                listed.join("; "),
                Some("`familiar config check` lists them with their lines"),
            )
        }
    }
}

fn clock_check(now: Timestamp, data_dir: &Path) -> Check {
    let hint = Some("set the machine's clock; times, budgets and expiry depend on it");
    let written = fs::metadata(data_dir.join(store::db::SQLITE_FILE)).and_then(|about| about.modified()).ok();
    let written = written
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|since| Timestamp::default().plus(since));
    if now < EARLIEST {
        return Check::bad("clock", format!("{now} is before this program was made"), hint);
    }
    match written {
        Some(written) if written > now.plus(Duration::from_secs(60)) => {
            Check::bad("clock", format!("{now} is before the database was last written, at {written}"), hint)
        }
        Some(_) | None => Check::good("clock", now.to_string()),
    }
}

/// Writes a file and removes it again, where there is a folder already.
fn data_folder(folder: &Path) -> Check {
    let name = "data folder";
    if !folder.exists() {
        return Check::good(name, format!("{} is made at the first start", folder.display()));
    }
    let trial = folder.join(format!("doctor-{}.tmp", base::new_id()));
    let written = fs::write(&trial, "a trial of `familiar doctor`").and_then(|()| fs::remove_file(&trial));
    match written {
        Ok(()) => Check::good(name, format!("{} can be written", folder.display())),
        Err(error) => Check::bad(
            name,
            format!("{} cannot be written: {error}", folder.display()),
            Some("choose another folder with `--data DIR`, or make this one writable"),
        ),
    }
}

/// How much room is left on the disk of the folder, or of the nearest folder above that is there.
#[cfg(unix)]
fn disk_space(folder: &Path) -> Option<Check> {
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let about = rustix::fs::statvfs(there).ok()?;
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let detail = format!("{} MB are free", free / 1_000_000);
    Some(if free < LEAST_FREE_BYTES {
        Check::bad("disk space", detail, Some("make room; a full disk stops everything that is written"))
    } else {
        Check::good("disk space", detail)
    })
}

#[cfg(not(unix))]
fn disk_space(_folder: &Path) -> Option<Check> {
    None
}

/// Providers by name.
type Named = Vec<(String, ProviderConfig)>;

/// The database from end to end, and with it the key of the vault; and the providers that were added on the page.
async fn database(config: &Config, clock: Arc<dyn Clock>) -> (Vec<Check>, Named) {
    let name = "database";
    let db = match Db::look(&config.database, &config.data_dir, clock).await {
        Ok(Some(db)) => db,
        Ok(None) => return (vec![Check::good(name, "made at the first start")], Vec::new()),
        Err(error) => return (vec![Check::bad(name, causes(&error), error.hint())], Vec::new()),
    };
    let (mut checks, mut added) = (Vec::new(), Vec::new());
    let engine = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let sound = async { Ok::<_, store::DbError>((db.check().await?, db.is_current().await?)) };
    match sound.await {
        Ok((findings, is_current)) if findings.is_empty() => {
            let detail = if is_current { "sound" } else { "sound; it is upgraded at the next start" };
            checks.push(Check::good(name, format!("{engine}, {detail}")));
            if is_current {
                let key = vault(&db, &config.data_dir).await;
                if key.ok {
                    added = added_providers(&db, &config.data_dir).await;
                }
                checks.push(key);
            }
        }
        Ok((findings, _)) => checks.push(Check::bad(
            name,
            findings.join("; "),
            Some("stop Familiar, keep a copy of the file, and restore the newest copy from the data folder's `backups`"),
        )),
        Err(error) => checks.push(Check::bad(name, causes(&error), error.hint())),
    }
    db.close().await;
    (checks, added)
}

/// Where the vault has no key yet, no provider was added either.
async fn added_providers(db: &Db, folder: &Path) -> Named {
    if !folder.join(store::vault::KEY_FILE).exists() {
        return Vec::new();
    }
    let added = async {
        let vault = Vault::open(db.clone(), folder).await.ok()?;
        crate::providers::added(&Settings::new(db.clone()), &vault).await.ok()
    };
    added.await.unwrap_or_default()
}

async fn vault(db: &Db, folder: &Path) -> Check {
    match Vault::check(db, folder).await {
        Ok(true) => Check::good("vault key", "fits the secrets"),
        Ok(false) => Check::good("vault key", "made at the first start"),
        Err(error) => Check::bad("vault key", causes(&error), error.hint()),
    }
}

/// Writes a small object, reads it and deletes it again, where files lie in a bucket.
async fn bucket(config: &Config) -> Option<Check> {
    let name = "files";
    let local_only = LocalOnly::default();
    local_only.set(config.privacy.local_only);
    let bucket = match config.blobs.bucket(local_only) {
        Ok(bucket) => bucket?,
        Err(error) => return Some(Check::bad(name, error.to_string(), error.hint())),
    };
    Some(match bucket.try_out().await {
        Ok(()) => Check::good(name, format!("{} can be written, read and deleted from", bucket.name())),
        Err(error) => Check::bad(name, error.to_string(), error.hint()),
    })
}

fn index(folder: &Path) -> Check {
    if !folder.exists() {
        return Check::good("search index", "made at the first start");
    }
    match search::Index::inspect(folder) {
        Condition::Ready => Check::good("search index", "opens"),
        Condition::NeedsRebuild { why } => Check::bad(
            "search index",
            why,
            Some("start Familiar: it builds the index again from the database"),
        ),
    }
}

/// Whether what finds by meaning can be used, where that is not the program itself.
async fn vectors(config: &Config, clock: Arc<dyn Clock>) -> Option<Check> {
    let name = "vectors";
    let looked = match config.vectors.engine() {
        EngineName::Embedded => return None,
        EngineName::Qdrant => match Qdrant::new(&config.vectors, LocalOnly::default()) {
            Ok(engine) => engine.look().await,
            Err(error) => return Some(Check::bad(name, error.to_string(), Some(error.hint()))),
        },
        EngineName::Pgvector => {
            // A database that cannot be reached has been named already.
            let db = Db::look(&config.database, &config.data_dir, clock).await.ok().flatten()?;
            let looked = Pgvector::new(db.clone(), config.vectors.timeout()).look().await;
            db.close().await;
            looked
        }
    };
    Some(match looked {
        Ok(detail) => Check::good(name, detail),
        Err(error) => Check::bad(name, error.to_string(), Some(error.hint())),
    })
}

/// Whether the addresses can be had.
fn ports(config: &Config) -> Vec<Check> {
    if let Some(address) = lock::running(&config.data_dir) {
        return vec![Check::good("port", format!("Familiar runs on http://{address}"))];
    }
    let listen = config.server.listen;
    let mut checks = vec![match TcpListener::bind(listen) {
        Ok(_) => Check::good("port", format!("{listen} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Check::good(
            "port",
            format!("{listen} is in use by another program; a free port is taken instead"),
        ),
        Err(error) => {
            Check::bad("port", format!("{listen}: {error}"), Some("choose another with `--listen`"))
        }
    }];
    if let Some(expose) = config.server.expose {
        checks.push(match TcpListener::bind(expose) {
            Ok(_) => Check::good("exposed port", format!("{expose} is free")),
            Err(error) => Check::bad(
                "exposed port",
                format!("{expose}: {error}"),
                Some("choose another with `--expose`"),
            ),
        });
    }
    checks
}

/// Tries every provider, all at once.
async fn try_providers(providers: Named, clock: Arc<SystemClock>) -> Vec<Check> {
    let catalogue = match Catalogue::shipped() {
        Ok(catalogue) => catalogue,
        Err(error) => return vec![Check::bad("providers", error.to_string(), None)],
    };
    let all = Providers::new(catalogue, clock);
    join_all(providers.into_iter().map(|(name, config)| try_provider(&all, name, config))).await
}

async fn try_provider(all: &Providers, name: String, config: ProviderConfig) -> Check {
    let title = format!("provider {name}");
    match tokio::time::timeout(PROVIDER_TIMEOUT, all.test_config(&name, config)).await {
        Ok(Ok(report)) => Check { name: title, ok: report.ok, detail: report.message, hint: report.hint },
        Ok(Err(error)) => Check::bad(title, error.to_string(), Some(&error.hint())),
        Err(_) => Check::bad(
            title,
            format!("no answer in {} s", PROVIDER_TIMEOUT.as_secs()),
            Some("check the address and the network"),
        ),
    }
}

/// An error with what is behind it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
