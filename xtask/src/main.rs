//! The house's own tools: `cargo xtask ci|prepare|tidy|codegen|bench|train|sim|fuzz`.

mod bench;
mod ci;
mod codegen;
mod fuzz;
mod run;
mod sim;
mod tidy;
mod train;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The house's own tools
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs everything that has to hold: format, lints, tests, tidy, generated files, page, browser, SDKs
    Ci(ci::Options),
    /// Installs what `ci` needs and does not find: packages of the system, of the page, of Python
    Prepare,
    /// Checks the rules of the house that no compiler knows
    Tidy,
    /// Writes the OpenAPI document and the page's types from it
    Codegen {
        /// Changes nothing; fails when the files are not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Measures, and prints a Markdown table
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Learns the weights of the classifier of tasks anew from its labelled prompts
    Train {
        /// Writes nothing; says how many prompts a model recognises that has learned from the others, in so many parts
        #[arg(long, value_name = "PARTS")]
        check: Option<usize>,
    },
    /// Plays traffic against made-up deployments, and prints a Markdown table
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Reads hostile files with the library's readers: broken, endless, and changed ones, a clock beside each
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let root = repository();
    let result = match Arguments::parse().task {
        Task::Ci(options) => ci::run(&root, &options),
        Task::Prepare => ci::prepare::everything(&root),
        Task::Tidy => tidy::run(&root),
        Task::Codegen { check } => codegen::run(&root, check),
        Task::Bench(bench) => bench::run(&root, &bench),
        Task::Train { check } => train::run(&root, check),
        Task::Sim(sim) => sim::run(&root, &sim),
        Task::Fuzz(options) => fuzz::run(&root, &options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            run::say(&format!("\nfailed: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository this program was built from.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
