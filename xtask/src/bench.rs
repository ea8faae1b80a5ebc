//! Measurements; each prints a Markdown table for `docs/performance.md`.

mod cancel;
mod client;
mod functions;
mod gateway;
mod machine;
mod process;
mod profile;
mod resident;
mod stages;
mod tokens;

use crate::run::{Failure, program, run as run_program};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to measure
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Requests a second, latency and CPU of the gateway, beside nginx before the same upstream
    Gateway(gateway::Options),
    /// Resident memory: idle, after ten thousand requests, after a million
    Resident(resident::Options),
    /// What a whole request costs in instructions, by crate and by function, under callgrind
    Stages(stages::Options),
    /// Which functions the program calls, under callgrind; writes the list by which it is linked
    Functions(functions::Options),
    /// How often each branch of the program is taken under load; writes the profile by which it is compiled
    Profile(profile::Options),
    /// How often the classifier of tasks is right; writes `docs/classification.md`
    Classify,
    /// How soon a provider notices that a caller has gone away
    Cancel(cancel::Options),
    /// Counts of tokens beside Python's tiktoken; writes the fixtures of the crate `tokens`
    Tokens(tokens::Options),
    /// Pages read a second, and search over many passages
    Library,
    /// Pages of PDF files read for each second of the processor, by one thread and by two
    Pdf {
        /// Folders with PDF files
        #[arg(default_value = "../shared/corpus/srd")]
        folders: Vec<PathBuf>,
    },
    /// The nearest of 100,000 vectors: how soon, in how much memory, and whether they are those of exact arithmetic
    Vectors,
    /// How well spells, monsters and the like are found in documents, against the truth beside them
    Entries {
        /// The folder with the PDF files and the truth as JSON
        folder: PathBuf,
    },
    /// How many words of books are read from Kindle's files, against the EPUB of the same name
    Ebooks {
        /// The folder with the books, each in several formats: `book.epub`, `book.mobi`, `book.azw3`
        folder: PathBuf,
    },
    /// How well passages are found: `--model FOLDER`, `--sweep` of all weights, `--srd FOLDER`, `--typos FILE`, `--speed`, `--facets`, and folders in the format of BEIR
    Retrieval(Retrieval),
    /// How quick recall is over 100,000 facts, and how good on the conversations of LoCoMo; prints the tables of `docs/memory.md`
    Memory(Memory),
    /// Sentences that become vectors a second, beside ONNX Runtime
    Embeddings(Embeddings),
}

/// What the measurement is told
#[derive(Debug, Args)]
pub(crate) struct Retrieval {
    /// Options and folders
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What to measure with
#[derive(Debug, Args)]
pub(crate) struct Memory {
    /// The folder with LoCoMo's conversations, as JSON; without it only the speed is measured
    conversations: Option<PathBuf>,
    /// The folder of a sentence encoder; without it there are words only
    #[arg(long)]
    model: Option<PathBuf>,
    /// How quick recall is over 100,000 facts, beside the conversations; their vectors are made up
    #[arg(long)]
    speed: bool,
}

/// What to measure with
#[derive(Debug, Args)]
pub(crate) struct Embeddings {
    /// The folder of a sentence encoder
    model: PathBuf,
    /// A text file, a sentence a line
    sentences: PathBuf,
    /// A Python that has numpy, onnx, onnxruntime, safetensors and tokenizers
    #[arg(long, default_value = "python3")]
    python: String,
}

/// Runs a measurement.
pub(crate) fn run(root: &Path, bench: &Bench) -> Result<(), Failure> {
    match bench {
        Bench::Gateway(options) => gateway::run(root, options),
        Bench::Resident(options) => resident::run(root, options),
        Bench::Stages(options) => stages::run(root, options),
        Bench::Functions(options) => functions::run(root, options),
        Bench::Profile(options) => profile::run(root, options),
        Bench::Classify => {
            let test = "classify::the_document_says_what_is_measured";
            let arguments = ["test", "--quiet", "--workspace", "--test", "it", "--", "--exact", test];
            run_program(program("cargo", &arguments, root).env("UPDATE_EXPECT", "1"))?;
            let build = ["build", "--quiet", "--workspace", "--example", "train_classify"];
            run_program(&mut program("cargo", &build, root))?;
            let example = root.join("target").join("debug").join("examples").join("train_classify");
            run_program(&mut program(&example.to_string_lossy(), &["--time"], root))
        }
        Bench::Cancel(options) => cancel::run(root, options),
        Bench::Tokens(options) => tokens::run(root, options),
        Bench::Library => run_program(&mut example(root, "bench_library")?),
        Bench::Pdf { folders } => run_program(example(root, "bench_pdf")?.args(folders)),
        Bench::Vectors => run_program(&mut example(root, "bench_vectors")?),
        Bench::Entries { folder } => run_program(example(root, "bench_entries")?.arg(folder)),
        Bench::Ebooks { folder } => run_program(example(root, "bench_ebooks")?.arg(folder)),
        Bench::Retrieval(Retrieval { arguments }) => {
            run_program(example(root, "bench_retrieval")?.args(arguments))
        }
        Bench::Memory(Memory { conversations, model, speed }) => {
            let mut command = example(root, "bench_memory")?;
            if *speed || conversations.is_none() {
                command.arg("--speed");
            }
            command.args(conversations);
            if let Some(model) = model {
                command.arg("--model").arg(model);
            }
            run_program(&mut command)
        }
        Bench::Embeddings(Embeddings { model, sentences, python }) => {
            let theirs = root.join("crates/inference/tests/reference/onnx_runtime.py");
            // In turns, so that both have had the machine in the same states.
            for _ in 0..2 {
                run_program(example(root, "bench_embeddings")?.args([model, sentences]))?;
                run_program(&mut program(python, &[&theirs, model, sentences], root))?;
            }
            Ok(())
        }
    }
}

/// A measurement that is an example of a crate, built with the features of the whole workspace, so that each of them is built from the
/// same crates as the others.
fn example(root: &Path, name: &str) -> Result<Command, Failure> {
    let build = ["build", "--release", "--quiet", "--locked", "--workspace", "--example", name];
    run_program(&mut program("cargo", &build, root))?;
    let built = root.join("target").join("release").join("examples").join(name);
    Ok(program(&built.to_string_lossy(), &[] as &[&str], root))
}
