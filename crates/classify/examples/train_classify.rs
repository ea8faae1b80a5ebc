//! Learns the classifier's weights anew and writes them: `cargo xtask train`. With `--check N` it writes nothing and
//! prints how many prompts a model recognises that has learned from the others, in N parts; with `--time`, how long a
//! prompt takes.

use classify::{
    TaskText, classify,
    labelled::{Labelled, Part, prompts},
};
use std::{io::Write as _, path::Path, process::ExitCode, time::Instant};

/// How often all held-out prompts are classified to see how long it takes.
const ROUNDS: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if let Some(folds) = arguments.first().filter(|first| *first == "--check").and(arguments.get(1)) {
        let folds = folds.parse().unwrap_or(5).max(2);
        for (name, (right, count)) in ["known to the rules", "not known to the rules"]
            .into_iter()
            .zip(classify::training::cross_validate(folds))
        {
            let percent = 100.0 * right as f64 / count.max(1) as f64;
            // A closed terminal is no reason to fail.
            let _ = writeln!(out, "{name}: {right} of {count} ({percent:.1} %)");
        }
        return ExitCode::SUCCESS;
    }
    if arguments.first().is_some_and(|first| first == "--time") {
        let prompts: Vec<_> = prompts(Part::HeldOut).collect();
        let all = |prompts: &[Labelled]| {
            for one in prompts {
                std::hint::black_box(classify(&TaskText { text: &one.prompt, ..TaskText::default() }));
            }
        };
        all(&prompts);
        let began = Instant::now();
        (0..ROUNDS).for_each(|_| all(&prompts));
        let micros = began.elapsed().as_secs_f64() * 1e6 / (ROUNDS * prompts.len()) as f64;
        let _ = writeln!(out, "{micros:.1} microseconds a prompt");
        return ExitCode::SUCCESS;
    }
    let bytes = classify::training::learn();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/weights.bin");
    if let Err(error) = std::fs::write(&path, &bytes) {
        let _ = writeln!(out, "{}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    let _ = writeln!(out, "{} bytes of weights; build again to use them", bytes.len());
    ExitCode::SUCCESS
}
