//! `familiar openapi`: the API's description, for those who generate clients from it.

use crate::{error::CliError, output::Output};
use clap::Args;

/// Print the OpenAPI document
#[derive(Debug, Args)]
pub(crate) struct Openapi {}

impl Openapi {
    pub(crate) fn run(self, output: Output) -> Result<(), CliError> {
        output.value(&server::openapi::document())
    }
}
