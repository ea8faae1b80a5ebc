//! Everything that has to hold, step by step.

mod deny;
mod postgres;
pub(crate) mod prepare;
mod redis;

use crate::run::{Failure, program, run as run_program, say};
use crate::{codegen, tidy};
use clap::Args;
use std::path::Path;
use std::time::Instant;

/// Which steps to run
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only these steps
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Prints the steps' names and runs none
    #[arg(long)]
    list: bool,
}

type Step = fn(&Path) -> Result<(), Failure>;

/// The steps, the quick ones first.
const STEPS: &[(&str, Step)] = &[
    ("format", |root| cargo(root, &["fmt", "--all", "--check"])),
    ("tidy", tidy::run),
    ("page", |root| npm(root, &["run", "build"])),
    ("page-check", |root| npm(root, &["run", "check"])),
    ("page-test", |root| npm(root, &["test"])),
    ("lint", |root| {
        cargo(root, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    }),
    ("test", tests),
    ("deny", deny::run),
    ("codegen", |root| codegen::run(root, true)),
    ("browser", browser),
    ("sdk", sdk),
];

/// Runs the steps in order and stops at the first that fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    if options.list {
        STEPS.iter().for_each(|(name, _)| say(name));
        return Ok(());
    }
    if let Some(unknown) = options.only.iter().find(|only| STEPS.iter().all(|(name, _)| name != only)) {
        return Err(format!("there is no step `{unknown}`; `cargo xtask ci --list` names them"));
    }
    let chosen = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    let begun = Instant::now();
    let mut done = 0;
    for (name, step) in STEPS.iter().filter(|(name, _)| chosen(name)) {
        say(&format!("\n=== {name}"));
        let step_begun = Instant::now();
        step(root).map_err(|failure| format!("step `{name}`: {failure}"))?;
        say(&format!("=== {name}: ok in {} s", step_begun.elapsed().as_secs()));
        done += 1;
    }
    say(&format!("\nall {done} steps passed in {} s", begun.elapsed().as_secs()));
    Ok(())
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    run_program(&mut program("cargo", arguments, root))
}

fn npm(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    run_program(&mut program("npm", arguments, &root.join("web")))
}

/// All Rust tests, on SQLite and on a PostgreSQL, one with pgvector and a Redis of their own.
fn tests(root: &Path) -> Result<(), Failure> {
    let server = postgres::Server::start()?;
    let redis = redis::Server::start()?;
    let vectors = postgres::Server::with_vectors(root)?;
    // All targets but the examples: those are benches, which `lint` has checked, and linking them takes minutes.
    for targets in [["--lib", "--bins", "--tests"].as_slice(), &["--doc"]] {
        let arguments = [&["test", "--workspace", "--locked", "--quiet", "--no-fail-fast"], targets].concat();
        let mut command = program("cargo", &arguments, root);
        command.env("FAMILIAR_TEST_POSTGRES", server.url()).env("FAMILIAR_TEST_REDIS", redis.url());
        if let Some(vectors) = &vectors {
            command.env("FAMILIAR_TEST_PGVECTOR", vectors.url());
        }
        run_program(&mut command)?;
    }
    Ok(())
}

/// The programs that the tests from outside start.
fn build_programs(root: &Path) -> Result<(), Failure> {
    // The whole workspace, as the tests before were built: for single packages cargo would choose other
    // features of the dependencies and build the heavy ones once more.
    cargo(root, &["build", "--workspace", "--bins", "--locked"])
}

/// The page in a real browser, against the real program and the scripted upstream.
fn browser(root: &Path) -> Result<(), Failure> {
    build_programs(root)?;
    npm(root, &["run", "e2e"])
}

/// The vendors' own Python libraries against the real program and the scripted upstream.
fn sdk(root: &Path) -> Result<(), Failure> {
    build_programs(root)?;
    let python = prepare::python(root);
    if !python.exists() {
        return Err("the Python packages are not installed; run `cargo xtask prepare`".to_owned());
    }
    let arguments = ["-m", "unittest", "discover", "tests/sdk"];
    run_program(&mut program(&python.to_string_lossy(), &arguments, root))
}
