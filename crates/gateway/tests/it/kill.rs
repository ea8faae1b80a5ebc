//! A process is killed with SIGKILL while it answers. Everything that was acknowledged is in the ledger
//! afterwards, what was under way is there as interrupted, and budgets know of both.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    stage::{Stage, config, deployment, table, whole},
};
use base::{Clock, SystemClock};
use futures::StreamExt;
use gateway::{AnswerBody, Caller, Gateway, Parts};
use ledger::Outcome;
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use store::{DatabaseConfig, Db, testing::TestDb};

const FOLDER: &str = "FAMILIAR_TEST_KILL_FOLDER";
const BATCH_MS: &str = "FAMILIAR_TEST_KILL_BATCH_MS";

/// What the killed process does: answers, says so, and leaves every seventh answer in the middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the process that the test below kills"]
#[expect(clippy::disallowed_methods, reason = "a child process is told its folder by the environment")]
async fn child() {
    let (Ok(folder), Ok(batch_ms)) = (std::env::var(FOLDER), std::env::var(BATCH_MS)) else { return };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let folder = Path::new(&folder);
    let db = Db::open(&DatabaseConfig::default(), folder, Arc::clone(&clock)).await.unwrap();
    let mut config = config();
    config.journal.batch_ms = batch_ms.parse().unwrap();
    config.journal.segment_bytes = 10_000;
    let gateway = Gateway::start(Parts { db, clock, config, data_dir: folder.to_owned() }).await.unwrap();
    let upstream = Scripted::always(&A, |call| {
        let body = String::from_utf8(call.body.to_vec()).unwrap();
        if body.contains("stall") {
            Script::Stalls(vec!["A text hi\n"])
        } else {
            Script::Chunks(vec!["A text hi\n", "A usage 10 5\nA stop\n"])
        }
    });
    gateway.set_routing(table(vec![deployment("p/m", &upstream)]));
    let stage = Stage { test: TestDb::sqlite().await, gateway };
    let key = stage.key_with_budget("1000").await;
    let mut left_open = Vec::new();
    for number in 1.. {
        let (stall, stream) = (number % 7 == 0, number % 2 == 0 || number % 7 == 0);
        let text = if stall { "stall" } else { "go" };
        let more = json!({ "text": text, "max": 90, "stream": stream });
        let answer = stage.ask_as(Caller::Key(key.clone()), &A, more).await.unwrap();
        let id = answer.exchange_id;
        if stall {
            let AnswerBody::Stream(mut stream) = answer.body else { panic!() };
            stream.next().await.unwrap();
            left_open.push(stream);
            println!("open {id}");
        } else {
            whole(answer).await;
            println!("settled {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    // Once with everything in the journal, once with most of it in the database already.
    for batch_ms in ["600000", "1"] {
        let folder = tempfile::tempdir().unwrap();
        let said = run_and_kill(folder.path(), batch_ms, 200);

        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let db = Db::open(&DatabaseConfig::default(), folder.path(), Arc::clone(&clock)).await.unwrap();
        let parts = Parts { db, clock, config: config(), data_dir: folder.path().to_owned() };
        let stage = Stage { test: TestDb::sqlite().await, gateway: Gateway::start(parts).await.unwrap() };
        let ledger: HashMap<_, _> =
            stage.ledger().await.into_iter().map(|exchange| (exchange.id.to_string(), exchange)).collect();
        let mut acknowledged = HashSet::new();
        for line in &said {
            let (state, id) = line.split_once(' ').unwrap();
            let exchange = ledger.get(id).unwrap_or_else(|| panic!("{line} is not in the ledger"));
            acknowledged.insert(id.to_owned());
            // 5 bytes of `stall` and 90 tokens of answer are the worst case; 10 and 5 tokens were used.
            let expected =
                if state == "open" { (Outcome::Interrupted, 95_000) } else { (Outcome::Ok, 15_000) };
            assert_eq!((exchange.outcome, exchange.cost.nanos()), expected, "{line}");
            assert_eq!(exchange.estimated, state == "open");
        }
        let others = ledger.keys().filter(|id| !acknowledged.contains(*id)).count();
        assert!(others < 1_000, "the few between the last word and the kill");
        let spent: i64 = ledger.values().map(|exchange| exchange.cost.nanos()).sum();
        assert_eq!(stage.key_account().await, (spent, 0), "the budget knows of all of it");
        stage.gateway.shutdown().await;
    }
}

/// Starts the child, waits until it has said so many things, and kills it. What it said counts even if it is
/// read after its death.
fn run_and_kill(folder: &Path, batch_ms: &str, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--ignored", "--nocapture", "--test-threads", "1"])
        .env(FOLDER, folder)
        .env(BATCH_MS, batch_ms)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.starts_with("open ") || line.starts_with("settled ") {
            said.push(line);
        }
        if said.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(said.len() >= lines, "the child ended by itself after {}", said.len());
    said
}
