//! Exact counts beside Python's `tiktoken`: the fixtures of the crate `tokens`, and the times of both.

use crate::run::{Failure, program, run as run_program, say};
use clap::Args;
use std::{fs, path::Path};

/// What to measure with
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A Python that has `tests/tokens/requirements.txt`
    #[arg(long, default_value = "python3")]
    python: String,
}

/// Writes the fixtures and prints the times.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let folder = root.join("target").join("tokens");
    fs::create_dir_all(&folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
    let features = ["--package", "tokens", "--features", "testing", "--examples"];
    run_program(program("cargo", &["build", "--quiet", "--release"], root).args(features))?;
    let ours = root.join("target").join("release").join("examples").join("bench_tokens");
    let ours = |arguments: &[&Path]| run_program(&mut program(&ours.to_string_lossy(), arguments, root));
    let reference = root.join("tests").join("tokens").join("reference.py");
    let theirs =
        |arguments: &[&Path]| run_program(program(&options.python, &[&reference], root).args(arguments));
    let (corpus, texts) = (folder.join("corpus.json"), folder.join("texts.json"));
    let fixtures = root.join("crates").join("tokens").join("tests").join("fixtures");
    ours(&[Path::new("corpus"), &corpus])?;
    theirs(&[Path::new("fixtures"), &corpus, &fixtures])?;
    theirs(&[Path::new("texts"), &corpus, &texts])?;
    say("ours: encoding, text, tokens, seconds");
    ours(&[Path::new("time"), &texts])?;
    say("tiktoken: encoding, text, tokens, seconds");
    theirs(&[Path::new("time"), &texts])
}
