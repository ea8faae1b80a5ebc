//! `familiar doctor`: looks for what is wrong.

use crate::{Global, error::CliError, output::Output, session::load};
use clap::Args;

/// Check the data folder, the database, the keys, the index and the providers
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let config = load(global)?;
        let checks = app::doctor::examine(&config).await;
        if output.json {
            output.value(&checks)?;
        } else {
            for check in &checks {
                let mark = if check.ok { "ok  " } else { "FAIL" };
                output.line(format!("{mark}  {}: {}", check.name, check.detail))?;
                if let (false, Some(hint)) = (check.ok, &check.hint) {
                    output.line(format!("      {hint}"))?;
                }
            }
        }
        match checks.iter().filter(|check| !check.ok).count() {
            0 => Ok(()),
            failed => Err(CliError::failed(format!("{failed} of {} checks failed", checks.len()))),
        }
    }
}
