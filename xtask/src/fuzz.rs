//! The readers of files on hostile ones, for as long as one likes.

use crate::run::{Failure, program, run as run_program};
use clap::Args;
use std::path::{Path, PathBuf};

/// What to read, and for how long
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A format such as `pdf`; without it all of them
    reader: Option<String>,
    /// How long changed files are read, once those that are not changed are
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Where the changes begin; the same number makes the same files
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder with more files: each is read as it is, and changed
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Reads, and fails when a file ended in another way than with text or a reason, or when a clock ran out over it.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let test = "fuzzing::files_without_end";
    let arguments = [
        "test",
        "--release",
        "--quiet",
        "--package",
        "reading",
        "--test",
        "it",
        "--",
        "--ignored",
        "--exact",
        "--nocapture",
        test,
    ];
    let mut command = program("cargo", &arguments, root);
    command.env("FAMILIAR_FUZZ_SECONDS", options.seconds.to_string());
    command.env("FAMILIAR_FUZZ_SEED", options.seed.to_string());
    command.env("FAMILIAR_FUZZ_READER", options.reader.as_deref().unwrap_or_default());
    if let Some(folder) = &options.folder {
        // The test runs in the folder of its package.
        let folder = std::path::absolute(folder)
            .map_err(|error| format!("`{}` is no path: {error}", folder.display()))?;
        if !folder.is_dir() {
            return Err(format!("`{}` is no folder", folder.display()));
        }
        command.env("FAMILIAR_FUZZ_FOLDER", folder);
    }
    run_program(&mut command)
}
