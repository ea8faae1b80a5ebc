//! Measures how well typed entries are found.
//!
//! `cargo xtask bench entries FOLDER` takes in the PDF files of the folder (`../shared/corpus/srd` has them), and compares
//! what was found with the truth in the JSON files beside them: recall, precision, and how often each field is right.

use base::{Clock, Id, SystemClock};
use library::{Config, Entry, Kind, Library, NewDocument, Parts, Reader, Status};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use store::{
    Blobs, DatabaseConfig, Db, Jobs,
    jobs::{Runner, RunnerConfig},
};

type Outcome<T> = Result<T, Box<dyn Error>>;
/// How the truth writes a field.
type Truth = fn(&Value) -> Value;

const OWNER: base::OwnerId = Id::FIRST_OWNER;

/// A file, the truth beside it, and what is compared.
struct Case {
    file: &'static str,
    truth: &'static str,
    kind: Kind,
    fields: &'static [(&'static str, Truth)],
}

const CASES: [Case; 4] = [
    Case {
        file: "srd-spells.pdf",
        truth: "5e-SRD-Spells.json",
        kind: Kind::Spell,
        fields: &[
            ("level", |one| at(one, "level")),
            ("school", |one| at(&at(one, "school"), "name")),
            ("casting_time", |one| at(one, "casting_time")),
            ("range", |one| at(one, "range")),
            ("components", |one| at(one, "components")),
            ("duration", |one| at(one, "duration")),
            ("ritual", |one| at(one, "ritual")),
            ("concentration", |one| at(one, "concentration")),
        ],
    },
    Case {
        file: "srd-monsters.pdf",
        truth: "5e-SRD-Monsters.json",
        kind: Kind::Monster,
        fields: &[
            ("challenge", |one| at(one, "challenge_rating")),
            // Four of these are known to be wrong in the truth.
            ("experience", |one| at(one, "xp")),
            ("size", |one| at(one, "size")),
            ("type", |one| at(one, "type")),
            ("alignment", |one| at(one, "alignment")),
            ("armor_class", |one| one.pointer("/armor_class/0/value").cloned().unwrap_or_default()),
            ("hit_points", |one| at(one, "hit_points")),
        ],
    },
    Case {
        file: "srd-items.pdf",
        truth: "5e-SRD-Magic-Items.json",
        kind: Kind::MagicItem,
        fields: &[("rarity", |one| at(&at(one, "rarity"), "name"))],
    },
    Case { file: "srd-rules.pdf", truth: "5e-SRD-Conditions.json", kind: Kind::Condition, fields: &[] },
];

fn main() -> ExitCode {
    // The reading child is this program itself.
    if std::env::args().nth(1).as_deref() == Some(library::worker::SUBCOMMAND) {
        return library::worker::main();
    }
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "../shared/corpus/srd".to_owned()));
    match run(&folder) {
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

fn run(folder: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    report("| file | kind | there are | found | recall | precision | mean quality | seconds |");
    report("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut lines = Vec::new();
    for case in &CASES {
        let (Ok(bytes), Ok(truth)) = (fs::read(folder.join(case.file)), fs::read(folder.join(case.truth)))
        else {
            report(&format!("| {} | {} | not there | | | | | |", case.file, case.kind));
            continue;
        };
        let truth: Vec<Value> = serde_json::from_slice(&truth)?;
        let clock = SystemClock::default();
        let began = clock.monotonic();
        let entries = runtime.block_on(entries_of(case.file, bytes))?;
        lines.extend(compare(case, &truth, &entries, (clock.monotonic() - began).as_secs_f64()));
    }
    report("\n| kind | field | right |\n| --- | --- | --- |");
    lines.iter().for_each(|line| report(line));
    Ok(())
}

/// Prints what was found; answers how often each field is right.
fn compare(case: &Case, truth: &[Value], entries: &[Entry], seconds: f64) -> Vec<String> {
    let mut found: HashMap<String, &Entry> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == case.kind) {
        found.entry(plain(&entry.name)).or_insert(entry);
    }
    let known: HashSet<String> =
        truth.iter().map(|one| plain(at(one, "name").as_str().unwrap_or(""))).collect();
    let pairs: Vec<(&Value, &Entry)> =
        truth.iter().filter_map(|one| Some((one, *found.get(&plain(at(one, "name").as_str()?))?))).collect();
    let right = entries.iter().filter(|entry| entry.kind == case.kind && known.contains(&plain(&entry.name)));
    let quality = entries.iter().map(|entry| entry.quality).sum::<f64>() / entries.len().max(1) as f64;
    let share = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
    report(&format!(
        "| {} | {} | {} | {} | {:.1} % | {:.1} % | {quality:.3} | {seconds:.1} |",
        case.file,
        case.kind,
        truth.len(),
        entries.len(),
        share(pairs.len(), truth.len()),
        share(right.count(), entries.len()),
    ));
    let of_field = |(field, expected): &(&str, Truth)| {
        let same = pairs
            .iter()
            .filter(|(one, entry)| same(&expected(one), entry.facts.get(*field).unwrap_or(&Value::Null)));
        let same = same.count();
        format!("| {} | {field} | {same} of {} ({:.1} %) |", case.kind, pairs.len(), share(same, pairs.len()))
    };
    case.fields.iter().map(of_field).collect()
}

fn at(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64(), one.as_str(), other.as_str()) {
        (Some(one), Some(other), _, _) => (one - other).abs() < 1e-9,
        (_, _, Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

async fn entries_of(file: &str, bytes: Vec<u8>) -> Outcome<Vec<Entry>> {
    let dir = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let db = Db::open(&DatabaseConfig::default(), dir.path(), Arc::clone(&clock)).await?;
    let jobs = Jobs::new(db.clone(), Id::from_u128(1));
    let reader = Reader::Process {
        program: std::env::current_exe()?,
        arguments: vec![library::worker::SUBCOMMAND.into()],
    };
    let library = Library::open(Parts {
        blobs: Blobs::open(db.clone(), &dir.path().join("blobs")).await?,
        db,
        jobs: jobs.clone(),
        index_dir: dir.path().join("index"),
        clock,
        config: Config::default(),
        reader,
        vectors: Arc::new(vectors::Embedded::default()),
    })
    .await?;
    let runner = Runner::start(jobs, library.handlers(), RunnerConfig::default()).await?;
    let mut changes = library.subscribe();
    let new = NewDocument { file_name: file.to_owned(), bytes, collection: None };
    let id = library.add_bytes(OWNER, new).await?.document_id;
    loop {
        let document = library.get(OWNER, id).await?;
        match document.status {
            Status::Ready => break,
            Status::Failed => return Err(format!("`{file}` cannot be read: {:?}", document.failure).into()),
            Status::Queued | Status::Processing => drop(changes.recv().await),
        }
    }
    let entries = library.entries_of(OWNER, id).await?;
    runner.stop().await;
    Ok(entries)
}
