//! Prints how the strategies fare in the simulator, as Markdown: `cargo xtask sim route`.

use std::{io::Write as _, process::ExitCode};

/// Different luck for each; the figures are averages.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    match routing::simulator::run(&SEEDS) {
        Ok(reports) => {
            // A closed terminal is no reason to fail.
            let _ = write!(out, "{}", routing::simulator::table(&reports));
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(out, "the scenarios cannot be read: {error}");
            ExitCode::FAILURE
        }
    }
}
