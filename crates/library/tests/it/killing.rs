//! A process that is killed in the middle of an ingest loses nothing and doubles nothing.

use crate::support::{OWNER, Running, process_reader};
use library::{Config, NewDocument, SearchRequest, Status};
use std::{
    fmt::Write,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use store::testing::TestDb;

const DIR: &str = "FAMILIAR_KILLED_IN";
const PAGES: usize = 3_000;

/// A long document; the word `pageN` stands on page N only.
fn long_text() -> String {
    (1..=PAGES).fold(String::new(), |mut text, page| {
        let filler = "Many words follow here, so that the page is about as long as a page is. ".repeat(20);
        write!(text, "Here is page{page}, as it is called. {filler}\n\x0c").unwrap();
        text
    })
}

/// Plays the process: takes in the document and says on standard output how far it is, until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs only as the process that is killed"]
async fn the_killed_process() {
    #[expect(clippy::disallowed_methods, reason = "the killer says where")]
    let Ok(dir) = std::env::var(DIR) else { return };
    let test = TestDb::sqlite().await;
    let running = Running::start_in(&test, dir.as_ref(), Config::default(), process_reader()).await;
    let mut changes = running.library.subscribe();
    let new = NewDocument { file_name: "long.txt".into(), bytes: long_text().into(), collection: None };
    let id = running.library.add_bytes(OWNER, new).await.unwrap().document_id;
    loop {
        // A lagging listener only misses steps.
        let _step = changes.recv().await;
        let document = running.library.get(OWNER, id).await.unwrap();
        if let Some(progress) = document.progress {
            println!("{} {:.2}", progress.stage, progress.fraction);
        }
        if document.status == Status::Ready {
            println!("ready 1.00");
        }
    }
}

/// Starts the process, kills it at its first sign of this, and goes on in this one.
async fn killed_at(is_time: fn(&str, f64) -> bool) {
    let test = TestDb::sqlite().await;
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killing::the_killed_process", "--ignored", "--nocapture"])
        .env(DIR, dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((stage, fraction)) = line.split_once(' ') else { continue };
        let Ok(fraction) = fraction.parse() else { continue };
        if is_time(stage, fraction) {
            seen = line;
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!seen.is_empty() && !seen.starts_with("ready"), "it was killed too late: {seen}");
    let running = Running::start_in(&test, dir.path(), Config::default(), process_reader()).await;
    let documents = running.library.list(OWNER, &library::DocumentFilter::default()).await.unwrap().documents;
    assert_eq!(documents.len(), 1);
    let document = running.settled(documents[0].id).await;
    assert_eq!((document.status, document.pages), (Status::Ready, Some(u32::try_from(PAGES + 1).unwrap())));
    for page in [1, PAGES / 2, PAGES] {
        let found = running.library.search(OWNER, SearchRequest::new(format!("page{page}"))).await.unwrap();
        assert_eq!(found.total, 1, "page {page} is there once");
        assert_eq!(found.hits[0].passage.page, Some(u32::try_from(page).unwrap()));
    }
    let everywhere = running.library.search(OWNER, SearchRequest::new("words")).await.unwrap();
    assert_eq!(u64::try_from(everywhere.total).unwrap(), document.chunk_count);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_reads() {
    killed_at(|stage, fraction| stage == "extract" && fraction > 0.2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_indexes() {
    killed_at(|stage, _| stage == "index").await;
}
