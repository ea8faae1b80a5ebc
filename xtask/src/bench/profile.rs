//! How often each branch of the program is taken under load: what the compiler lays out its code by (`crates/cli/link`).
//!
//! A profile is of one release of the compiler. For others there is none, and the program is built as it would be without.

use super::client;
use super::gateway::{Folder, Start, start_familiar, start_upstream, translated, wrk};
use crate::run::{Failure, find, output, program, run as run_program, say};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is there already
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the scripted upstream is built already, such as `target/release`
    #[arg(long)]
    programs: Option<PathBuf>,
}

/// Connections and seconds of each kind of load.
const LOAD: (u32, u32) = (64, 10);
/// Requests one after the other, of each kind.
const REQUESTS: usize = 1_000;
/// Streams at once.
const STREAMS: usize = 200;
/// How often is often: there are hundreds of thousands of requests.
const OFTEN: u64 = 1_000;
/// What the text of a profile of this kind begins with.
const HEAD: &str = ":ir\n";
/// How long the program may be at work of its own accord.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds the program with counters, puts it under load, writes the profile.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    if find("wrk").is_none() {
        return Err("`wrk` is not installed; install it and try again".to_owned());
    }
    let compiler = output(&mut program("rustc", &["-vV"], root))?;
    let said = |label: &str| compiler.lines().find_map(|line| line.strip_prefix(label));
    let release = said("release: ").ok_or("`rustc -vV` names no release")?;
    let merger = merger(root, said("LLVM version: ").unwrap_or_default())?;
    let helpers = match &options.programs {
        Some(folder) => root.join(folder),
        None => {
            let build = ["build", "--release", "--locked", "--package", "testkit", "--bins"];
            run_program(&mut program("cargo", &build, root))?;
            root.join("target").join("release")
        }
    };
    let folder = Folder::new()?;
    // Its functions have the names of those in `target/release`: the compiler's options are no part of them.
    let target = root.join("target").join("counted");
    let counts = target.join("counts");
    // Threads do not lose each other's counts.
    let flags = format!(
        "build.rustflags=[\"-Cprofile-generate={}\", \"-Cllvm-args=-instrprof-atomic-counter-update-all\"]",
        counts.display()
    );
    let build = ["build", "--release", "--locked", "--package", "cli", "--config", &flags, "--target-dir"];
    run_program(program("cargo", &build, root).arg(&target))?;
    // What the compiler's own helpers have counted, and what an earlier run has left.
    let _ = std::fs::remove_dir_all(&counts);
    put_under_load(&helpers, (&target.join("release"), &counts), &folder)?;
    let all = folder.path().join("all.txt");
    run_program(
        program(&merger, &["merge", "--failure-mode=all", "--sparse", "--text", "--output"], root)
            .arg(&all)
            .arg(&counts),
    )?;
    let text = std::fs::read_to_string(&all).map_err(|error| format!("{}: {error}", all.display()))?;
    let often = folder.path().join("often.txt");
    std::fs::write(&often, taken_often(&text)).map_err(|error| format!("{}: {error}", often.display()))?;
    let profile = root.join("crates/cli/link").join(format!("rustc-{release}.profdata"));
    run_program(program(&merger, &["merge", "--output"], root).arg(&profile).arg(&often))?;
    let size = std::fs::metadata(&profile).map_err(|error| format!("{}: {error}", profile.display()))?.len();
    say(&format!("{}: {} KB", profile.display(), size / 1_000));
    Ok(())
}

/// The functions of a profile in LLVM's text format of which a branch is taken for requests: those of the start alone would
/// make it six times as large. A function is lines up to an empty one: name, hash, number of counters, the counters, and what
/// values it has seen, with remarks that begin with `#` (LLVM's `llvm-profdata`, "Profile Text Format").
fn taken_often(text: &str) -> String {
    let is_often = |function: &&str| {
        let mut lines = function.lines().filter(|line| !line.starts_with([':', '#'])).skip(2);
        let counters = lines.next().and_then(|count| count.parse().ok()).unwrap_or(0);
        lines.take(counters).any(|count| count.parse().is_ok_and(|count: u64| count >= OFTEN))
    };
    let functions = text.split("\n\n").filter(is_often).map(|function| function.replace(HEAD, ""));
    std::iter::once(HEAD.to_owned()).chain(functions.map(|function| function + "\n\n")).collect()
}

/// The tool that adds counts up: that of the compiler, or one of the same LLVM.
fn merger(root: &Path, llvm: &str) -> Result<String, Failure> {
    let own = output(&mut program("rustc", &["--print", "target-libdir"], root))?;
    let own = Path::new(own.trim()).with_file_name("bin").join("llvm-profdata");
    let major = llvm.split('.').next().unwrap_or_default();
    let named = format!("llvm-profdata-{major}");
    if own.is_file() {
        Ok(own.to_string_lossy().into_owned())
    } else if find(&named).is_some() {
        Ok(named)
    } else {
        Err(format!(
            "`{named}` is not installed; try `rustup component add llvm-tools`, or install the package `llvm-{major}`"
        ))
    }
}

/// Starts the program twice, and each time asks it what a gateway is asked.
fn put_under_load(
    helpers: &Path,
    (programs, counts): (&Path, &Path),
    folder: &Folder,
) -> Result<(), Failure> {
    let upstream = start_upstream(helpers, &["--canned", "--words", "20"])?;
    let upstreams = [upstream.whole.address, upstream.whole.address];
    let data = folder.path().join("data");
    // A file for each process: helpers that read documents are ended before theirs is whole, which is passed over.
    let under = ["env".to_owned(), format!("LLVM_PROFILE_FILE={}/under_load_%p.profraw", counts.display())];
    for _ in 0..2 {
        let start = Start { programs, data: &data, upstreams, settings: "", under: &under };
        let familiar = start_familiar(&start)?;
        familiar.process.wait_until_idle(PATIENCE);
        let targets = [Some(familiar.whole.clone()), Some(familiar.streamed.clone()), translated(&familiar)];
        for target in targets.into_iter().flatten() {
            wrk(folder.path(), &target, LOAD)?;
            client::measure(&target, REQUESTS)?;
        }
        client::stream_at_once(&familiar.streamed, STREAMS);
        familiar.process.wait_until_idle(PATIENCE);
        // It writes its counts when it ends.
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_the_start_are_left_out() {
        let start = "# IR level Instrumentation Flag\n:ir\nstart\n# Func Hash:\n74\n# Num Counters:\n2\n# Counter Values:\n999\n0\n";
        let request = "request\n# Func Hash:\n5000\n# Num Counters:\n2\n# Counter Values:\n4\n1000\n# Num Value Kinds:\n1\n";
        let seen =
            "seen\n# Func Hash:\n5\n# Num Counters:\n1\n# Counter Values:\n2\n# Num Value Kinds:\n1\n5000\n";
        assert_eq!(taken_often(&format!("{start}\n{request}\n{seen}\n")), format!(":ir\n{request}\n"));
    }
}
