//! `familiar config`: the configuration.

use crate::{Global, error::CliError, output::Output};
use app::{Environment, config::Problem};
use clap::{Args, Subcommand};
use serde_json::json;

/// Check the configuration
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Name everything that is wrong with file, environment and flags, each with its line
    Check,
}

impl Config {
    pub(crate) fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let Verb::Check = self.verb;
        let listed = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        let loaded = app::Config::load(&global.overrides(), &Environment::of_process());
        let (errors, warnings) = match &loaded {
            Ok(config) => (Vec::new(), listed(&config.warnings)),
            Err(errors) => (listed(&errors.0), Vec::new()),
        };
        if output.json {
            output.value(&json!({ "ok": errors.is_empty(), "errors": errors, "warnings": warnings }))?;
        } else if let Ok(config) = &loaded {
            warnings.iter().try_for_each(|warning| output.line(format!("warning: {warning}")))?;
            let read = config
                .file
                .as_ref()
                .map_or("no file; defaults".to_owned(), |file| file.display().to_string());
            output.line(format!("the configuration is fine ({read})"))?;
        } else {
            errors.iter().try_for_each(|error| output.line(format!("error: {error}")))?;
        }
        match errors.len() {
            0 => Ok(()),
            1 => Err(CliError::usage("there is an error in the configuration")),
            count => Err(CliError::usage(format!("there are {count} errors in the configuration"))),
        }
    }
}
