//! `familiar completions`: for the shell.

use crate::{Cli, error::CliError, output::Output};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Print a completion script for the shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, output: Output) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "familiar", &mut script);
        output.text(&String::from_utf8_lossy(&script))
    }
}
