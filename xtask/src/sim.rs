//! Simulations; each prints a Markdown table for the documents.

use crate::run::{Failure, program, run as run_program};
use clap::Subcommand;
use std::path::Path;

/// What to play
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// The strategies of routes, beside the best choice in hindsight
    Route,
    /// Experiments without and with a difference: how often their tests are wrong, and how soon they find it
    Experiment,
}

/// Plays a simulation.
pub(crate) fn run(root: &Path, sim: &Sim) -> Result<(), Failure> {
    let example = match sim {
        Sim::Route => "sim_route",
        Sim::Experiment => "sim_experiment",
    };
    // The whole workspace, as the tests are built: for one package cargo would choose other features of
    // the dependencies and build the heavy ones once more.
    run_program(&mut program("cargo", &["build", "--quiet", "--workspace", "--example", example], root))?;
    let example = root.join("target").join("debug").join("examples").join(example);
    run_program(&mut program(&example.to_string_lossy(), &[""; 0], root))
}
