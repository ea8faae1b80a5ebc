//! Prints how often the tests of experiments are wrong, and how soon they find what is there, as Markdown:
//! `cargo xtask sim experiment`.

use std::{io::Write as _, process::ExitCode};

fn main() -> ExitCode {
    let report = experiment::simulation::run(experiment::simulation::Size::FULL);
    // A closed terminal is no reason to fail.
    let _ = write!(std::io::stdout().lock(), "{}", experiment::simulation::table(&report));
    ExitCode::SUCCESS
}
