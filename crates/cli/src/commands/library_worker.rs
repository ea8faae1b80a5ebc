//! `familiar library-worker`: the child process that reads one document (not for people).

use clap::Args;
use std::process::ExitCode;

/// Read a document from standard input, in a process of its own
#[derive(Debug, Args)]
pub(crate) struct LibraryWorker {}

impl LibraryWorker {
    pub(crate) fn run(self) -> ExitCode {
        library::worker::main()
    }
}
