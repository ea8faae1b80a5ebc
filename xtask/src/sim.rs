//! Simulations; each prints a Markdown table for the documents.

use crate::run::{Failure, program, run as run_program};
use clap::Subcommand;
use std::path::Path;

/// What to play
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// The strategies of routes, beside the best choice in hindsight
    Route,
}

/// Plays a simulation.
pub(crate) fn run(root: &Path, sim: &Sim) -> Result<(), Failure> {
    match sim {
        Sim::Route => {
            // The whole workspace, as the tests are built: for one package cargo would choose other features of
            // the dependencies and build the heavy ones once more.
            let build = ["build", "--quiet", "--workspace", "--example", "sim_route"];
            run_program(&mut program("cargo", &build, root))?;
            let example = root.join("target").join("debug").join("examples").join("sim_route");
            run_program(&mut program(&example.to_string_lossy(), &[""; 0], root))
        }
    }
}
