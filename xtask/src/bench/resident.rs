//! How much memory the program takes: idle, after ten thousand requests, and after a million, when it may take at most
//! a tenth more.

use super::gateway::{Folder, Start, build, start_familiar, start_upstream, wrk};
use crate::run::{Failure, say};
use clap::Args;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How much, and of which build
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure a build that is there already, such as `target/dist`
    #[arg(long)]
    programs: Option<PathBuf>,
    /// The profile to build with: `dist` is what is shipped
    #[arg(long, default_value = "release")]
    profile: String,
    /// Requests in all
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// Connections that they come over
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Seconds of rest before memory is read: the handbook is read in, the ledger is written, threads end
    #[arg(long, default_value_t = 30)]
    rest: u64,
    /// TOML to put behind Familiar's configuration
    #[arg(long, default_value = "")]
    settings: String,
}

/// Requests after which memory may grow by a tenth at the most.
const FIRST: u64 = 10_000;
/// How much more it may be in the end, in percent.
const MOST_GROWTH: f64 = 10.0;
/// Seconds of one turn of the load.
const TURN: u32 = 5;
/// How long the load, and afterwards the writing of the ledger, may take.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
const IDLE_PATIENCE: Duration = Duration::from_secs(3 * 60);

/// Measures and prints the table; fails where memory has grown too much.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let programs = match &options.programs {
        Some(folder) => root.join(folder),
        None => build(root, &options.profile)?,
    };
    let folder = Folder::new()?;
    let upstream = start_upstream(&programs, &["--canned", "--words", "20"])?;
    let data = folder.path().join("data");
    let upstreams = [upstream.whole.address, upstream.whole.address];
    let familiar = start_familiar(&Start {
        programs: &programs,
        data: &data,
        upstreams,
        settings: &options.settings,
        under: &[],
    })?;
    let rest = || {
        sleep(Duration::from_secs(options.rest));
        if !familiar.process.wait_until_idle(IDLE_PATIENCE) {
            say("(it is still at work)");
        }
    };
    let row = |what: &str, requests: u64| {
        let kib = familiar.process.resident_kib();
        say(&format!("| {what} | {requests} | {:.1} MB |", kib as f64 * 1_024.0 / 1e6));
        kib as f64
    };
    say("\n| resident memory | requests so far | |\n| --- | --: | --: |");
    rest();
    row("idle", 0);
    let begun_at = Instant::now();
    let mut so_far = 0;
    let mut load = |until: u64, seconds: u32| -> Result<u64, Failure> {
        while so_far < until {
            let report = wrk(folder.path(), &familiar.whole, (options.connections, seconds))?;
            // What is refused costs less memory than what is answered.
            if report.requests < 1.0 || report.errors > report.requests / 1_000.0 {
                return Err(format!("{} of {} requests came to nothing", report.errors, report.requests));
            }
            so_far += report.requests as u64;
            if begun_at.elapsed() > PATIENCE {
                let minutes = PATIENCE.as_secs() / 60;
                return Err(format!(
                    "only {so_far} requests in {minutes} minutes; ask for fewer: `--requests`"
                ));
            }
        }
        Ok(so_far)
    };
    let begun = load(FIRST, 1)?;
    rest();
    let first = row("after the first", begun);
    let all = load(options.requests, TURN)?;
    rest();
    let last = row("after all", all);
    let growth = 100.0 * (last - first) / first.max(1.0);
    say(&format!("\nThat is {growth:.1} % more than after the first."));
    if growth > MOST_GROWTH {
        return Err(format!("memory has grown by {growth:.1} %, more than {MOST_GROWTH} %"));
    }
    Ok(())
}
