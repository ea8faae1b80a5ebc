//! A PostgreSQL server of one's own for the length of a test run.

use super::prepare::is_root;
use crate::run::{Failure, environment, find, run, say};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The user that runs the server when we are root, whom PostgreSQL refuses.
const USER: &str = "postgres";

/// The folder with the server's programs: where Debian puts the newest, or on the path.
pub(super) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(find("initdb").and_then(|initdb| initdb.parent().map(Path::to_path_buf)));
    let has_all = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_ctl"].iter().all(|program| folder.join(program).is_file())
    };
    folders.into_iter().find(has_all)
}

/// A server in a folder that goes when it goes; or one that was there before.
#[derive(Debug)]
pub(super) struct Server {
    url: String,
    own: Option<Own>,
}

/// What has to be stopped and removed.
#[derive(Debug)]
struct Own {
    child: Child,
    programs: PathBuf,
    folder: PathBuf,
}

impl Server {
    /// Takes the server that `FAMILIAR_TEST_POSTGRES` names, or starts one.
    pub(super) fn start() -> Result<Self, Failure> {
        if let Some(url) = environment("FAMILIAR_TEST_POSTGRES") {
            return Ok(Self { url, own: None });
        }
        let programs = programs().ok_or("PostgreSQL is not installed; run `cargo xtask prepare`")?;
        Self::start_own(programs, make_folder("postgres")?)
    }

    /// Takes the server with pgvector that `FAMILIAR_TEST_PGVECTOR` names, or starts the one of the Python package
    /// `pgserver`: Debian has none. `None` where there is no such package for this machine.
    pub(super) fn with_vectors(root: &Path) -> Result<Option<Self>, Failure> {
        if let Some(url) = environment("FAMILIAR_TEST_PGVECTOR") {
            return Ok(Some(Self { url, own: None }));
        }
        let Some(packages) = packages_with_pgserver(root) else {
            say(
                "skipped: there is no PostgreSQL with pgvector here; `cargo xtask prepare` installs one where it can",
            );
            return Ok(None);
        };
        let folder = make_folder("pgvector")?;
        // Copied, since the server's user may not see this folder. Its programs find their libraries beside them.
        let parts = [packages.join("pgserver"), packages.join("pgserver.libs")];
        run(Command::new("cp").arg("-r").args(parts).arg(&folder))?;
        if is_root() {
            run(Command::new("chown").arg("-R").arg(USER).arg(&folder))?;
        }
        Self::start_own(folder.join("pgserver/pginstall/bin"), folder).map(Some)
    }

    fn start_own(programs: PathBuf, folder: PathBuf) -> Result<Self, Failure> {
        let data = folder.join("data");
        let initdb = programs.join("initdb");
        let arguments =
            ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"];
        run(as_user(&initdb, &folder).args(arguments).arg(&data).stdout(Stdio::null()))?;
        let port = free_port()?;
        let mut command = as_user(&programs.join("postgres"), &folder);
        command.arg("-D").arg(&data).arg("-p").arg(port.to_string()).arg("-k").arg(&folder);
        // Speed instead of durability: the data live for minutes.
        for setting in
            ["listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=300"]
        {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::create(folder.join("log"))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let child = child.map_err(|error| format!("PostgreSQL does not start: {error}"))?;
        let mut server = Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            own: Some(Own { child, programs, folder: folder.clone() }),
        };
        server.wait_until_ready(&folder.join("log"))?;
        say(&format!("PostgreSQL for the tests: {}", server.url));
        Ok(server)
    }

    /// Where databases can be made and dropped.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            if log.contains("ready to accept connections") {
                return Ok(());
            }
            let ended = self.own.as_mut().is_some_and(|own| !matches!(own.child.try_wait(), Ok(None)));
            if ended || begun.elapsed() > Duration::from_secs(30) {
                return Err(format!("PostgreSQL does not start: {log}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(Own { child, programs, folder }) = &mut self.own {
            // Through `pg_ctl`, because `runuser` stands before the server's own process.
            let mut stop = as_user(&programs.join("pg_ctl"), folder);
            let _ = stop.args(["stop", "-m", "immediate", "-D"]).arg(folder.join("data")).output();
            let _ = child.wait();
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Where Python's packages lie, if `pgserver` is among them.
fn packages_with_pgserver(root: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(root.join(".cache/python/lib")).ok()?.flatten();
    let mut folders = versions.map(|version| version.path().join("site-packages"));
    folders.find(|folder| folder.join("pgserver/pginstall/bin/postgres").is_file())
}

/// A new folder that the server's user may write in.
fn make_folder(name: &str) -> Result<PathBuf, Failure> {
    let folder = std::env::temp_dir().join(format!("familiar-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if is_root() {
        run(Command::new("chown").arg(USER).arg(&folder))?;
    }
    Ok(folder)
}

/// A program run as somebody whom PostgreSQL accepts.
fn as_user(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_and_leaves_nothing() {
        if programs().is_none() || environment("FAMILIAR_TEST_POSTGRES").is_some() {
            say("skipped: PostgreSQL is not installed, or one is given");
            return;
        }
        let server = Server::start().unwrap();
        let address = server.url().split('@').nth(1).unwrap().trim_end_matches("/postgres").to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        let folder = server.own.as_ref().unwrap().folder.clone();
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}
