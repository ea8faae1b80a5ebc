//! `cargo xtask fuzz`: the readers on hostile files for as long as one likes, each in a child process with a clock beside it.
//!
//! It takes the seeds, the bombs, and the files of a folder as they are, then changes them without end. What ends in
//! another way than with text or a reason is kept as a file, and so is what takes longer than fifteen seconds, or too
//! long for one of the clocks that run beside a reader, even where only a page of it was left out for that.

use crate::{
    bombs::{bombs, pdf_bombs},
    making::{
        mutating::{Dice, mutated, stuttered},
        seeds::seeds,
    },
    support::{Ended, judged, process_reader, read_with},
};
use reading::{Format, Limits, ProblemCode, formats::ReadEvent};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Longest time for a file, in seconds.
const MOST_SECONDS: u64 = 15;
/// How many of the slowest files are named.
const SLOWEST: usize = 5;

#[expect(clippy::disallowed_methods, reason = "`cargo xtask fuzz` tells it what to do")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What became of all files.
#[derive(Default)]
struct Report {
    files: u32,
    texts: u32,
    /// Those that took longest, the slowest first.
    slowest: Vec<(Duration, String)>,
    reasons: BTreeMap<&'static str, u32>,
    /// What should not have happened, each with the file that did it.
    findings: Vec<String>,
}

impl Report {
    async fn read(&mut self, name: &str, bytes: &[u8]) {
        // The limits of the product but for these: recognising text has a clock of its own, and is not what is tried.
        let limits = Limits { document_timeout_s: MOST_SECONDS, ocr: "none".to_owned(), ..Limits::default() };
        let begun = Instant::now();
        let reading = read_with(process_reader(), name, bytes.to_vec(), limits);
        let ended = tokio::time::timeout(Duration::from_secs(2 * MOST_SECONDS), reading).await;
        let took = begun.elapsed();
        self.files += 1;
        self.slowest.push((took, name.to_owned()));
        self.slowest.sort_by(|one, other| other.cmp(one));
        self.slowest.truncate(SLOWEST);
        let Ok(events) = ended else {
            return self.keep(name, bytes, "time-out: no clock ended it");
        };
        let is_slow = took > Duration::from_secs(MOST_SECONDS);
        let mut wrong = is_slow.then(|| format!("time-out: it took {:.1} s", took.as_secs_f64()));
        match judged(&events) {
            Ok(Ended::Text(_)) => self.texts += 1,
            Ok(Ended::Refused(code)) => *self.reasons.entry(code.as_str()).or_default() += 1,
            Err(why) => wrong = Some(why),
        }
        for event in &events {
            let (problem, is_end) = match event {
                ReadEvent::Warning { problem } => (problem, false),
                ReadEvent::Failed { problem } => (problem, true),
                ReadEvent::Opened(_)
                | ReadEvent::PageStarted { .. }
                | ReadEvent::PageRead { .. }
                | ReadEvent::Section { .. }
                | ReadEvent::Done => continue,
            };
            match problem.code {
                ProblemCode::TooSlow => wrong = Some(format!("time-out: {problem}")),
                ProblemCode::Crashed | ProblemCode::Internal if is_end => {
                    wrong = Some(format!("{}: {problem}", problem.code));
                }
                ProblemCode::Crashed | ProblemCode::Internal => {
                    *self.reasons.entry("pages left out that crash").or_default() += 1;
                }
                ProblemCode::Empty
                | ProblemCode::Scanned
                | ProblemCode::Recognised
                | ProblemCode::Encrypted
                | ProblemCode::Unsupported
                | ProblemCode::Damaged
                | ProblemCode::TooLarge
                | ProblemCode::Cancelled => {}
            }
        }
        if let Some(wrong) = wrong {
            self.keep(name, bytes, &wrong);
        }
    }

    fn keep(&mut self, name: &str, bytes: &[u8], wrong: &str) {
        let kept = kept(self.findings.len(), name, bytes);
        println!("{name}: {wrong}; kept as {}", kept.display());
        self.findings.push(format!("{}: {wrong}", kept.display()));
    }
}

/// Keeps a file that did what none should.
fn kept(number: usize, name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{number:04}-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}

/// The files to begin with: of one format, or of all.
fn corpus(format: Option<Format>, folder: Option<PathBuf>) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let formats = Format::ALL.into_iter().filter(|one| format.is_none_or(|wanted| wanted == *one));
    for format in formats {
        files.extend(seeds(format).into_iter().map(|(name, bytes)| (name.to_owned(), bytes)));
    }
    let bombs = bombs().into_iter().map(|(name, bytes, _)| (name, bytes)).chain(pdf_bombs());
    files.extend(bombs.map(|(name, bytes)| (name.to_owned(), bytes)));
    let mut paths: Vec<PathBuf> = Vec::new();
    if let Some(folder) = folder {
        paths.extend(
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()),
        );
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        files.push((name, fs::read(&path).unwrap()));
    }
    let wanted = |name: &str, bytes: &[u8]| {
        format.is_none_or(|wanted| reading::formats::detect(bytes, name).is_ok_and(|found| found == wanted))
    };
    files.retain(|(name, bytes)| wanted(name, bytes));
    files
}

#[tokio::test]
#[ignore = "`cargo xtask fuzz` runs it"]
async fn files_without_end() {
    let format = told("FAMILIAR_FUZZ_READER").map(|name| name.parse::<Format>().unwrap());
    let seconds = told("FAMILIAR_FUZZ_SECONDS").map_or(30, |seconds| seconds.parse().unwrap());
    let seed: u64 = told("FAMILIAR_FUZZ_SEED").map_or(1, |seed| seed.parse().unwrap());
    let files = corpus(format, told("FAMILIAR_FUZZ_FOLDER").map(PathBuf::from));
    let mut report = Report::default();
    for (name, bytes) in &files {
        report.read(name, bytes).await;
    }
    println!("{} files as they are, then changed ones for {seconds} s from seed {seed}", report.files);
    let begun = Instant::now();
    let (mut dice, first) = (Dice::new(seed), report.files);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let (name, bytes) = &files[dice.below(files.len())];
        let changed = match dice.below(8) {
            0 => stuttered(bytes, &mut dice),
            _ => mutated(bytes, &mut dice),
        };
        report.read(name, &changed).await;
    }
    let rate = f64::from(report.files - first) / begun.elapsed().as_secs_f64().max(0.001);
    println!("{} files read, {rate:.0} changed ones a second; {} gave text", report.files, report.texts);
    for (took, name) in &report.slowest {
        println!("among the slowest: {name} in {:.1} s", took.as_secs_f64());
    }
    for (reason, count) in &report.reasons {
        println!("{reason}: {count}");
    }
    assert!(
        report.findings.is_empty(),
        "{} findings:\n{}",
        report.findings.len(),
        report.findings.join("\n")
    );
}
