//! Measures how well passages are found.
//!
//! `cargo xtask bench retrieval [--model FOLDER] [--sweep] [--srd FOLDER] [--typos FILE] [--speed] [--facets] [FOLDER ...]` prints Markdown tables: for every FOLDER in the
//! format of BEIR the figures by words, by meaning and by both (with `--sweep` of every weight, on two halves of the questions: one to
//! choose on, one to report); for `--srd FOLDER` (the Markdown files of the SRD) how
//! often a heading is found by its name, also with typing errors; with `--speed` how long searches take among 100,000
//! passages and how much memory a process takes that has them ready, and with `--facets` how long where facets are chosen and counted; with `--typos FILE` how many misspellings of
//! a published list are understood. `--model` names the folder of a sentence encoder; without one only words are searched.

mod faceted;
mod finder;
mod known_item;
mod speed;
mod sweep;
mod typos;

use finder::{Finder, Way};
use search::evaluation::{Figures, Set};
use std::{error::Error, path::PathBuf, process::ExitCode};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What was asked for.
#[derive(Debug, Default)]
struct Arguments {
    model: Option<PathBuf>,
    srd: Option<PathBuf>,
    typos: Option<PathBuf>,
    speed: bool,
    facets: bool,
    sweep: bool,
    resident: Option<PathBuf>,
    sets: Vec<PathBuf>,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--model" => read.model = words.next().map(PathBuf::from),
                "--srd" => read.srd = words.next().map(PathBuf::from),
                "--typos" => read.typos = words.next().map(PathBuf::from),
                speed::RESIDENT => read.resident = words.next().map(PathBuf::from),
                "--sweep" => read.sweep = true,
                "--speed" => read.speed = true,
                "--facets" => read.facets = true,
                folder => read.sets.push(PathBuf::from(folder)),
            }
        }
        read
    }
}

fn main() -> ExitCode {
    match run(&Arguments::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn report(line: &str) {
    println!("{line}");
}

fn run(arguments: &Arguments) -> Outcome<()> {
    if let Some(folder) = &arguments.resident {
        return speed::resident(folder);
    }
    let model = arguments.model.as_deref();
    if arguments.sweep {
        sweep::run(&arguments.sets, model)?;
    }
    for folder in arguments.sets.iter().filter(|_| !arguments.sweep) {
        let set = Set::read(folder)?;
        report(&format!("\n`{}`: {} documents", folder.display(), set.documents.len()));
        judge(&set, &Finder::new(&set.documents, model)?)?;
    }
    if let Some(folder) = &arguments.srd {
        known_item::run(folder, model)?;
    }
    if let Some(file) = &arguments.typos {
        typos::run(file, arguments.srd.as_deref())?;
    }
    if arguments.speed {
        speed::run()?;
    }
    if arguments.facets {
        faceted::run()?;
    }
    Ok(())
}

/// Prints the figures of every way to search.
fn judge(set: &Set, finder: &Finder) -> Outcome<()> {
    report(
        "\n| by | nDCG@10 | recall@100 | hit@1 | hit@10 | questions |\n| --- | --- | --- | --- | --- | --- |",
    );
    for way in finder.ways() {
        let figures = figures(set, finder, way)?;
        let Figures { ndcg_10, recall_100, hit_1, hit_10, questions } = figures;
        report(&format!(
            "| {way} | {ndcg_10:.4} | {recall_100:.4} | {hit_1:.3} | {hit_10:.3} | {questions} |"
        ));
    }
    Ok(())
}

fn figures(set: &Set, finder: &Finder, way: Way) -> Outcome<Figures> {
    let of = |question: &search::evaluation::Question| {
        Ok(Figures::of(&finder.find(&question.text, way)?, &question.relevant))
    };
    let all: Vec<Figures> = set.questions.iter().map(of).collect::<Outcome<_>>()?;
    Ok(Figures::mean(&all))
}
