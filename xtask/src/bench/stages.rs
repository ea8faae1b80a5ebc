//! What a whole request costs, counted by callgrind: instructions of the program, of all its threads, the ledger's
//! included. They are free of noise, and leave out what the system does.

use super::client;
use super::gateway::{Folder, Start, build, start_familiar, start_upstream, translated};
use crate::run::{Failure, find, output, say};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// How much, and of which build
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure a build that is there already, such as `target/dist`
    #[arg(long)]
    programs: Option<PathBuf>,
    /// The profile to build with
    #[arg(long, default_value = "release")]
    profile: String,
    /// Ask a provider of another format
    #[arg(long)]
    translated: bool,
    /// Count lines of code that have to come from the second cache instead of instructions
    #[arg(long)]
    code: bool,
    /// Requests that are counted
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Functions that are named
    #[arg(long, default_value_t = 60)]
    functions: usize,
}

/// Requests before those that are counted.
const WARM_UP: usize = 200;
/// After which the ledger has begun to write what is left.
const REST: Duration = Duration::from_secs(8);
/// The first caches of a core and the second, as recent servers have them: bytes, ways, bytes a line.
const CACHES: [&str; 4] = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=49152,12,64", "--LL=1310720,20,64"];
/// How long it may be at work of its own accord: all is many times slower here.
const IDLE_PATIENCE: Duration = Duration::from_secs(4 * 60);

/// Measures and prints two tables.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    for tool in ["valgrind", "callgrind_control", "callgrind_annotate"] {
        if find(tool).is_none() {
            return Err(format!("`{tool}` is not installed; install valgrind and try again"));
        }
    }
    let programs = match &options.programs {
        Some(folder) => root.join(folder),
        None => build(root, &options.profile)?,
    };
    let folder = Folder::new()?;
    let upstream = start_upstream(&programs, &["--canned", "--words", "20"])?;
    let (data, counts) = (folder.path().join("data"), folder.path().join("callgrind.out"));
    let callgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no"];
    let caches = CACHES.iter().take(if options.code { CACHES.len() } else { 0 });
    let mut under: Vec<String> = callgrind.iter().chain(caches).map(|&word| word.to_owned()).collect();
    under.push(format!("--callgrind-out-file={}", counts.display()));
    let upstreams = [upstream.whole.address, upstream.whole.address];
    let familiar =
        start_familiar(&Start { programs: &programs, data: &data, upstreams, settings: "", under: &under })?;
    let translated = options.translated.then(|| translated(&familiar)).flatten();
    let target = translated.unwrap_or_else(|| familiar.whole.clone());
    client::measure(&target, WARM_UP)?;
    let rest = || {
        sleep(REST);
        if !familiar.process.wait_until_idle(IDLE_PATIENCE) {
            say("(it is still at work of its own accord, which is counted, too)");
        }
    };
    rest();
    let pid = familiar.process.pid();
    control(pid, "--instr=on")?;
    client::measure(&target, options.requests)?;
    rest();
    control(pid, "--instr=off")?;
    // It writes its counts when it ends.
    drop(familiar);
    // Those with which `measure` begins are counted as well.
    let counted = options.requests + options.requests / 10 + 1;
    // Without the source's own lines, which would count once more.
    let mut annotate = Command::new("callgrind_annotate");
    let shown = if options.code { "--show=I1mr" } else { "--show=Ir" };
    let printed = output(annotate.args(["--threshold=100", shown, "--auto=no"]).arg(&counts))?;
    let what = if options.code { "lines of code" } else { "instructions" };
    tables(what, &functions(&printed), counted as f64, options.functions);
    Ok(())
}

/// Tells callgrind something about a process under it.
pub(super) fn control(pid: u32, order: &str) -> Result<(), Failure> {
    let mut control = Command::new("callgrind_control");
    let said = output(control.args([order.to_owned(), pid.to_string()]))?;
    // It ends well even where it has not found the process.
    if said.contains("OK.") {
        Ok(())
    } else {
        Err(format!("callgrind did not take `{order}`: {}", said.trim()))
    }
}

fn tables(what: &str, functions: &[(f64, String)], requests: f64, most: usize) {
    let total: f64 = functions.iter().map(|(count, _)| count).sum();
    let mut crates: BTreeMap<String, f64> = BTreeMap::new();
    for (count, name) in functions {
        *crates.entry(owner(name)).or_default() += count;
    }
    let mut crates: Vec<(String, f64)> = crates.into_iter().collect();
    crates.sort_by(|one, other| other.1.total_cmp(&one.1));
    let row = |name: &str, count: f64| {
        say(&format!("| `{name}` | {:.0} | {:.1} % |", count / requests, 100.0 * count / total.max(1.0)));
    };
    say(&format!("\n{:.0} {what} a request.\n", total / requests));
    say(&format!("| whose code | {what} a request | |\n| --- | --: | --: |"));
    crates.iter().filter(|(_, count)| *count > total / 1_000.0).for_each(|(name, count)| row(name, *count));
    say(&format!("\n| function, without those that it calls | {what} a request | |\n| --- | --: | --: |"));
    functions.iter().take(most).for_each(|(count, name)| row(name, *count));
}

/// Counts and names, the largest first, of lines such as `1,234 (5.6%)  file.rs:crate::function [program]`.
fn functions(printed: &str) -> Vec<(f64, String)> {
    let mut functions: Vec<(f64, String)> = printed.lines().filter_map(function).collect();
    functions.sort_by(|one, other| other.0.total_cmp(&one.0));
    functions
}

fn function(line: &str) -> Option<(f64, String)> {
    let line = line.trim();
    let (count, rest) = line.split_once(' ')?;
    let count: f64 = count.replace(',', "").parse().ok()?;
    // The share in brackets is not printed by every version.
    let rest = rest.trim_start();
    let rest = if rest.starts_with('(') { rest.split_once(')')?.1.trim_start() } else { rest };
    let (_, name) = rest.split_once(':')?;
    let name = name.rsplit_once(" [").map_or(name, |(name, _)| name);
    (!name.starts_with("PROGRAM") && !rest.starts_with("PROGRAM")).then(|| (count, name.to_owned()))
}

/// The crate whose function it is; code that is made of a type of another crate belongs to that one.
fn owner(name: &str) -> String {
    let mut rest = name;
    for wrapping in ["core::ptr::drop_in_place", "alloc::sync::Arc", "alloc::boxed::Box", "core::pin::Pin"] {
        rest = rest.strip_prefix(wrapping).unwrap_or(rest);
    }
    let rest = rest.trim_start_matches(['<', '&', '*', '(', '_', ' ', '$']);
    let rest = rest.strip_prefix("mut ").or_else(|| rest.strip_prefix("dyn ")).unwrap_or(rest);
    match rest.split_once("::") {
        Some((first, _)) => first.to_owned(),
        None if rest.starts_with("rjem_") => "jemalloc".to_owned(),
        None if rest.starts_with("mem") || rest.starts_with("str") => "the C library".to_owned(),
        None => "SQLite and other C".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_callgrind_are_read() {
        let printed = "--------\nIr\n1,000 (100.0%)  PROGRAM TOTALS\n  12 (1.2%)  ???:_rjem_sdallocx [/bin/familiar]\n\
                       900 (90.0%)  ???:<gateway::a::B as core::fmt::Debug>::fmt [/bin/familiar]\n";
        let read = functions(printed);
        assert_eq!(read.len(), 2, "{read:?}");
        assert_eq!((read[0].0, owner(&read[0].1)), (900.0, "gateway".to_owned()));
        assert_eq!(owner(&read[1].1), "jemalloc");
        assert_eq!(owner("core::ptr::drop_in_place<ledger::exchange::Exchange>"), "ledger");
    }
}
