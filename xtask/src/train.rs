//! Learns what is learned offline and shipped as data.

use crate::run::{Failure, program, run as run_program};
use std::path::Path;

/// Learns the classifier's weights, or says how well they would be learned.
pub(crate) fn run(root: &Path, check: Option<usize>) -> Result<(), Failure> {
    let build = ["build", "--quiet", "--workspace", "--example", "train_classify"];
    run_program(&mut program("cargo", &build, root))?;
    let example = root.join("target").join("debug").join("examples").join("train_classify");
    let arguments = check.map(|parts| ["--check".to_owned(), parts.to_string()]);
    let arguments: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
    run_program(&mut program(&example.to_string_lossy(), &arguments, root))
}
