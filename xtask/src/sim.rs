//! Simulations; each prints a Markdown table for the documents.

use crate::run::{Failure, program, run as run_program};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// What to play
#[derive(Debug, Subcommand)]
pub(crate) enum Sim {
    /// The strategies of routes, beside the best choice in hindsight
    Route,
    /// Experiments without and with a difference: how often their tests are wrong, and how soon they find it
    Experiment,
    /// The forecast and the search for anomalies, on made-up series or on a ledger
    Forecast {
        /// The data folder whose ledger is forecast instead
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

/// Plays a simulation.
pub(crate) fn run(root: &Path, sim: &Sim) -> Result<(), Failure> {
    match sim {
        Sim::Route => example(root, "sim_route"),
        Sim::Experiment => example(root, "sim_experiment"),
        Sim::Forecast { data: None } => example(root, "sim_forecast"),
        Sim::Forecast { data: Some(data) } => {
            run_program(&mut program("cargo", &["build", "--quiet", "--workspace"], root))?;
            let familiar = root.join("target").join("debug").join("familiar");
            for step in ["hour", "day", "week", "month"] {
                let arguments = ["money", "forecast", "--step", step, "--data", &data.to_string_lossy()];
                run_program(&mut program(&familiar.to_string_lossy(), &arguments, root))?;
            }
            Ok(())
        }
    }
}

fn example(root: &Path, name: &str) -> Result<(), Failure> {
    // The whole workspace, as the tests are built: for one package cargo would choose other features of
    // the dependencies and build the heavy ones once more.
    run_program(&mut program("cargo", &["build", "--quiet", "--workspace", "--example", name], root))?;
    let example = root.join("target").join("debug").join("examples").join(name);
    run_program(&mut program(&example.to_string_lossy(), &[""; 0], root))
}
