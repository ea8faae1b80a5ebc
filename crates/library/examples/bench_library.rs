//! Measures how fast documents are taken in and found.
//!
//! `cargo run --release -p library --example bench_library -- [FOLDER]` (or `cargo xtask bench library`) takes in every PDF of the folder (through the
//! reading child process, the database and the index, as the program does), then puts 20,000 passages cut from
//! the Markdown files of `FOLDER/srd-5.2` (or made up, where there are none) into an index and searches them.
//! FOLDER is `../shared/corpus/srd` where none is named. Prints Markdown tables.

use base::{Clock, Id, SystemClock};
use library::{Config, Library, NewDocument, Parts, Reader, Status, chunk};
use reading::{Limits, formats};
use search::{Entry, Index, Query};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Blobs, DatabaseConfig, Db, Jobs,
    jobs::{Runner, RunnerConfig},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const OWNER: base::OwnerId = Id::FIRST_OWNER;
const PASSAGES: usize = 20_000;
const ROUNDS: usize = 20;

fn main() -> ExitCode {
    // The reading child is this program itself.
    if std::env::args().nth(1).as_deref() == Some(library::worker::SUBCOMMAND) {
        return library::worker::main();
    }
    match run() {
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

fn run() -> Outcome<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "../shared/corpus/srd".to_owned()));
    let folder = if folder.is_dir() {
        folder
    } else {
        report(&format!("`{}` is not there: no PDF files are measured", folder.display()));
        tempfile::tempdir()?.keep()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(ingest(&folder))?;
    find(&folder)
}

async fn ingest(folder: &Path) -> Outcome<()> {
    let data = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let db = Db::open(&DatabaseConfig::default(), data.path(), Arc::clone(&clock)).await?;
    let jobs = Jobs::new(db.clone(), Id::from_u128(1));
    let library = Library::open(Parts {
        blobs: Blobs::open(db.clone(), &data.path().join("blobs")).await?,
        db,
        jobs: jobs.clone(),
        index_dir: data.path().join("index"),
        clock: Arc::clone(&clock),
        config: Config::default(),
        reader: Reader::Process {
            program: std::env::current_exe()?,
            arguments: vec![library::worker::SUBCOMMAND.into()],
        },
        vectors: Arc::new(vectors::Embedded::default()),
    })
    .await?;
    let runner =
        Runner::start(jobs, library.handlers(), RunnerConfig { workers: 1, ..RunnerConfig::default() })
            .await?;
    let mut pages = 0;
    let mut chunks = 0;
    report("| file | pages | passages | seconds | pages/s |\n| --- | --- | --- | --- | --- |");
    let started = clock.monotonic();
    for path in files(folder, "pdf")? {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let new = NewDocument { file_name, bytes: std::fs::read(&path)?, collection: None };
        let began = clock.monotonic();
        let id = library.add_bytes(OWNER, new).await?.document_id;
        let document = loop {
            let document = library.get(OWNER, id).await?;
            if matches!(document.status, Status::Ready | Status::Failed) {
                break document;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let took = (clock.monotonic() - began).as_secs_f64();
        let count = document.pages.unwrap_or(0);
        pages += count;
        chunks += document.chunk_count;
        let seconds = format!("{took:.2} | {:.0}", f64::from(count) / took);
        let (name, passages) = (&document.file_name, document.chunk_count);
        report(&format!("| {name} ({}) | {count} | {passages} | {seconds} |", document.status));
    }
    let took = (clock.monotonic() - started).as_secs_f64();
    report(&format!(
        "| all, from file to searchable | {pages} | {chunks} | {took:.2} | {:.0} |\n",
        f64::from(pages) / took
    ));
    runner.stop().await;
    Ok(())
}

fn files(folder: &Path, ending: &str) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Passages of real text, repeated under other ids until there are enough.
fn passages(folder: &Path) -> Outcome<Vec<Entry>> {
    let blocks = Mutex::new(Vec::new());
    let markdown = folder.join("srd-5.2");
    let sources = if markdown.is_dir() { files(&markdown, "md")? } else { Vec::new() };
    for path in sources {
        let options = formats::ReadOptions::new("x.md", Limits::default());
        formats::read(&std::fs::read(&path)?, &options, &|event| {
            if let formats::ReadEvent::Section { blocks: section, .. } = event
                && let Ok(mut blocks) = blocks.lock()
            {
                blocks.extend(section);
            }
        });
    }
    let mut chunks = chunk::cut(blocks.into_inner()?);
    if chunks.is_empty() {
        report("no Markdown files: the passages are made up");
        let made_up = |number: usize| chunk::Chunk {
            headings: vec![format!("Heading {number}")],
            text: format!("Passage {number} tells of thing{} and of matter{}. ", number % 997, number % 89)
                .repeat(20),
            page_starts: Vec::new(),
        };
        chunks = (0..PASSAGES).map(made_up).collect();
    }
    let entry = |(number, chunk): (usize, &chunk::Chunk)| Entry {
        id: format!("c{number}"),
        owner: OWNER,
        document_id: format!("d{}", number / 100),
        title: format!("Document {}", number / 100),
        heading: chunk.headings.join(" "),
        body: chunk.text.clone(),
        page: None,
        facets: search::Facets::default(),
    };
    Ok(chunks.iter().cycle().take(PASSAGES).enumerate().map(entry).collect())
}

fn find(folder: &Path) -> Outcome<()> {
    let clock = SystemClock::default();
    let entries = passages(folder)?;
    let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
    let dir = tempfile::tempdir()?;
    let (index, _) = Index::open(dir.path())?;
    let began = clock.monotonic();
    for batch in entries.chunks(500) {
        index.add(batch)?;
    }
    index.commit()?;
    let took = clock.monotonic() - began;
    let (passages, seconds) = (index.len(), took.as_secs_f64());
    report(&format!("{passages} passages ({:.1} MB) were indexed in {seconds:.2} s.\n", mega(bytes)));
    report("| search | p50 ms | p95 ms |\n| --- | --- | --- |");
    let kinds: [(&str, &[&str]); 5] = [
        ("names", &["fireball", "adult red dragon", "bag of holding", "magic missile", "stunned condition"]),
        (
            "questions",
            &[
                "how much damage does a fireball do to each creature",
                "what can a character do during a short rest",
            ],
        ),
        ("phrases", &["\"cone of cold\"", "\"hit points\" -spell", "\"saving throw\" dragon"]),
        ("prefixes", &["invis*", "drag* fire", "pal*"]),
        ("typos", &["firebal", "invisibilty", "dragoon scalles", "consentration"]),
    ];
    let mut all = Vec::new();
    for (kind, queries) in kinds {
        let mut times = Vec::new();
        for query in queries.iter().cycle().take(queries.len() * ROUNDS) {
            let began = clock.monotonic();
            index.search(&Query::new(OWNER, *query))?;
            times.push(clock.monotonic() - began);
        }
        report(&format!("| {kind} | {:.2} | {:.2} |", quantile(&mut times, 50), quantile(&mut times, 95)));
        all.append(&mut times);
    }
    report(&format!("| all | {:.2} | {:.2} |", quantile(&mut all, 50), quantile(&mut all, 95)));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for the eye")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}
