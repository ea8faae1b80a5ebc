//! Measurements; each prints a Markdown table for `docs/performance.md`.

mod cancel;
mod client;
mod gateway;
mod process;
mod tokens;

use crate::run::{Failure, program, run as run_program};
use clap::Subcommand;
use std::path::Path;

/// What to measure
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Requests a second, latency and CPU of the gateway, beside nginx before the same upstream
    Gateway(gateway::Options),
    /// How often the classifier of tasks is right; writes `docs/classification.md`
    Classify,
    /// How soon a provider notices that a caller has gone away
    Cancel(cancel::Options),
    /// Counts of tokens beside Python's tiktoken; writes the fixtures of the crate `tokens`
    Tokens(tokens::Options),
    /// Pages read a second, and search over many passages
    Library,
}

/// Runs a measurement.
pub(crate) fn run(root: &Path, bench: &Bench) -> Result<(), Failure> {
    match bench {
        Bench::Gateway(options) => gateway::run(root, options),
        Bench::Classify => {
            let test = "classify::the_document_says_what_is_measured";
            let arguments = ["test", "--quiet", "--workspace", "--test", "it", "--", "--exact", test];
            run_program(program("cargo", &arguments, root).env("UPDATE_EXPECT", "1"))?;
            let build = ["build", "--quiet", "--workspace", "--example", "train_classify"];
            run_program(&mut program("cargo", &build, root))?;
            let example = root.join("target").join("debug").join("examples").join("train_classify");
            run_program(&mut program(&example.to_string_lossy(), &["--time"], root))
        }
        Bench::Cancel(options) => cancel::run(root, options),
        Bench::Tokens(options) => tokens::run(root, options),
        Bench::Library => {
            let arguments =
                ["run", "--release", "--quiet", "--package", "library", "--example", "bench_library"];
            run_program(&mut program("cargo", &arguments, root))
        }
    }
}
