//! Measures how many pages of PDF files are read for each second of the processor, by one thread and by two.
//!
//! `cargo xtask bench pdf [FOLDER...]` reads every PDF of the folders as the library does (text, columns, tables, headings;
//! without text recognition, which is another program's time), each in a process of its own, so that what a process costs is in it. Each
//! file is read three times by one thread and by two; the best of each counts. Seconds of the processor are those that the
//! system counted for the ended process, from `/proc`. Beside them stands what `pdf_oxide` takes for nothing but its text, and how
//! much more than one process two of them read at once, which share nothing: the most that a machine gives two threads.

use reading::{
    Limits,
    formats::{self, ReadEvent, ReadOptions},
};
use std::{
    error::Error,
    fs,
    path::Path,
    process::{Command, ExitCode, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

/// The allocator of the program, which is what reads for people.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The first argument of the process that reads one file.
const READ: &str = "read-one";
/// What stands there instead of a number of threads: nothing but the engine, on one.
const ENGINE: &str = "engine";
const ROUNDS: usize = 3;
/// Who reads: by how many threads, in how many processes at once.
const READERS: [(&str, usize); 4] = [("1", 1), ("2", 1), (ENGINE, 1), ("1", 2)];
/// Pages a second of the processor that are asked for, and how much faster two threads have to be than one.
const PAGES_A_SECOND: f64 = 160.0;
const TWO_OVER_ONE: f64 = 1.9;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [first, threads, file] if first == READ => read(Path::new(file), threads),
        folders => run(folders),
    };
    match done {
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

/// The child: reads a file and says how many pages were read.
fn read(file: &Path, threads: &str) -> Outcome<()> {
    if threads == ENGINE {
        let document = pdf_oxide::PdfDocument::open(file)?;
        let pages = document.page_count()?;
        for page in 0..pages {
            std::hint::black_box(document.extract_text(page)?);
        }
        report(&pages.to_string());
        return Ok(());
    }
    let limits = Limits { page_threads: threads.parse()?, ocr: "none".to_owned(), ..Limits::default() };
    let pages = AtomicU32::new(0);
    formats::read(&fs::read(file)?, &ReadOptions::new("x.pdf", limits), &|event| {
        if matches!(event, ReadEvent::PageRead { .. }) {
            pages.fetch_add(1, Ordering::Relaxed);
        }
    });
    report(&pages.into_inner().to_string());
    Ok(())
}

/// What reading took.
#[derive(Debug, Clone, Copy)]
struct Took {
    pages: u32,
    /// Seconds of the processor.
    processor: f64,
    /// Seconds on the clock.
    clock: f64,
}

impl Took {
    /// How many times as many pages a second as another.
    fn times(self, other: Self) -> f64 {
        f64::from(self.pages) / f64::from(other.pages.max(1)) * other.clock / self.clock.max(0.001)
    }
}

fn run(folders: &[String]) -> Outcome<()> {
    let mut files = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(folder).map_err(|error| format!("`{folder}`: {error}"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pdf") {
                files.push(path);
            }
        }
    }
    files.sort();
    report(
        "| file | pages | pages/CPU s, one thread | two threads | the engine alone | pages/s, one thread | two threads | times | two processes, times |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: | --: |",
    );
    let mut all = READERS.map(|_| Took { pages: 0, processor: 0.0, clock: 0.0 });
    for file in &files {
        let mut of_file = Vec::new();
        for (reader, sum) in READERS.into_iter().zip(&mut all) {
            let took = best(file, reader)?;
            sum.pages += took.pages;
            sum.processor += took.processor;
            sum.clock += took.clock;
            of_file.push(took);
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A few pages say nothing of threads, and less than a tick of the processor's clock nothing at all.
        if of_file.first().is_some_and(|took| took.pages >= 20) {
            row(&name, &of_file);
        }
    }
    let name = format!("all {}", files.len());
    row(&name, &all);
    let [one, two, engine, pair] = all;
    if one.pages == 0 {
        return Err("no page was read; name folders with PDF files".into());
    }
    let (speed, times) = (f64::from(one.pages) / one.processor, two.times(one));
    report(&format!(
        "\n{speed:.0} pages/CPU s by one thread ({PAGES_A_SECOND:.0} asked for: {}), {:.2} of the engine alone; two threads {times:.2} \
         times as fast ({TWO_OVER_ONE} asked for: {}), two processes {:.2} times.",
        held(speed >= PAGES_A_SECOND),
        engine.processor / one.processor,
        held(times >= TWO_OVER_ONE),
        pair.times(one)
    ));
    Ok(())
}

const fn held(is: bool) -> &'static str {
    if is { "held" } else { "MISSED" }
}

fn row(name: &str, took: &[Took]) {
    let [one, two, engine, pair] = took else { return };
    let of = |pages: u32, seconds: f64| f64::from(pages) / seconds.max(0.01);
    report(&format!(
        "| {name} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} |",
        one.pages,
        of(one.pages, one.processor),
        of(two.pages, two.processor),
        of(engine.pages, engine.processor),
        of(one.pages, one.clock),
        of(two.pages, two.clock),
        two.times(*one),
        pair.times(*one),
    ));
}

/// The best of several times, in the processor's time and on the clock each.
fn best(file: &Path, reader: (&str, usize)) -> Outcome<Took> {
    let mut best = Took { pages: 0, processor: f64::INFINITY, clock: f64::INFINITY };
    for _ in 0..ROUNDS {
        let took = once(file, reader)?;
        best.pages = took.pages;
        best.processor = best.processor.min(took.processor);
        best.clock = best.clock.min(took.clock);
    }
    Ok(best)
}

fn once(file: &Path, (reader, processes): (&str, usize)) -> Outcome<Took> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([READ, reader]).arg(file).stdout(Stdio::piped()).stderr(Stdio::null());
    let (before, began) = (processor_of_children()?, Instant::now());
    let children = (0..processes).map(|_| command.spawn()).collect::<Result<Vec<_>, _>>()?;
    let mut pages: u32 = 0;
    for child in children {
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("reading `{}` ended with {}", file.display(), output.status).into());
        }
        pages += String::from_utf8_lossy(&output.stdout).trim().parse::<u32>()?;
    }
    let (clock, after) = (began.elapsed().as_secs_f64(), processor_of_children()?);
    Ok(Took { pages, processor: after - before, clock })
}

/// Seconds of the processor of all children that have ended: `cutime` and `cstime` of `/proc/self/stat`, fields 16 and
/// 17, in hundredths.
fn processor_of_children() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name in brackets may hold blanks; after it comes field 3.
    let (_, fields) = stat.rsplit_once(')').ok_or("`/proc/self/stat` has no name in brackets")?;
    let ticks: Vec<f64> = fields.split_whitespace().skip(13).take(2).flat_map(str::parse::<f64>).collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
