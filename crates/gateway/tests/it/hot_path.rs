//! How much time the gateway itself takes a request. Not a test but a measurement:
//! `cargo test --release -p gateway --test it hot_path -- --ignored --nocapture`.

use crate::{
    codec::A,
    deployment::{Script, Scripted},
    stage::{Stage, config, deployment, table, whole},
};
use gateway::{Budget, Caller, NewKey, Period};
use routing::Limits;
use serde_json::json;
use std::time::Instant;
use store::testing::TestDb;

const REQUESTS: u32 = 20_000;

/// A deployment that answers at once is asked with a key that has a budget and a rate limit; the ledger is
/// written beside it. What the scripted deployment and the toy format take is in the figures as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement, to be made in a release build"]
async fn hot_path() {
    let upstream = Scripted::always(&A, |_| {
        Script::Chunks(vec!["A text hello\n", "A text you\n", "A usage 10 5\nA stop\n"])
    });
    let mut config = config();
    config.journal.batch_ms = 50;
    let stage = Stage::new(&TestDb::sqlite().await, config, table(vec![deployment("p/m", &upstream)])).await;
    let budget = Budget::new("1000000".parse().unwrap(), Period::Day);
    let key = NewKey {
        name: "k".into(),
        budgets: vec![budget],
        limits: Limits { requests_per_minute: Some(100_000), ..Limits::default() },
        ..NewKey::default()
    };
    let key = stage.key(key).await;
    for stream in [false, true] {
        let started = Instant::now();
        let used = cpu_ms();
        for _ in 0..REQUESTS {
            let caller = Caller::Key(key.clone());
            whole(stage.ask_as(caller, &A, json!({ "max": 5, "stream": stream })).await.unwrap()).await;
        }
        let asked = started.elapsed().as_micros() / u128::from(REQUESTS);
        stage.gateway.flush().await;
        let cpu_us = (cpu_ms() - used) * 1_000 / u64::from(REQUESTS);
        println!(
            "stream {stream}: {asked} us from request to end, {cpu_us} us of CPU with the ledger written"
        );
    }
}

/// Time that all threads of this process have used, from Linux' `/proc`, in which a tick is 10 ms.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |position: usize| fields[position].parse::<u64>().unwrap();
    (ticks(11) + ticks(12)) * 10
}
