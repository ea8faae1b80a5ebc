//! Callers who go away (PRV-10): whatever the door, the provider and the stage of the answer, the call to the
//! provider ends with them. How quickly is measured by `cargo xtask bench cancel`.

use crate::{doors::DOORS, stage::Stage};
use ledger::Outcome;
use serde_json::json;
use testkit::{Instead, Reply, What};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_leaves_ends_the_call_to_the_provider() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let mut left = 0;
    for door in DOORS {
        for model in door.models("") {
            for stream in door.ways() {
                let what = format!("{} of {model}, stream {stream}", door.name);
                // Before anything has come, in the middle of something that stands still, and while it flows.
                let mut scripts = vec![
                    ("waits for an answer", Reply::instead(Instead::Nothing), None),
                    ("waits for the rest", Reply::words(10).interrupted(4, What::Stall), Some("its")),
                    ("listens", Reply::words(5_000).tokens_per_second(100.0), Some("keeps")),
                ];
                if door.name == "OpenAI embeddings" {
                    scripts.truncate(1);
                }
                for (doing, reply, heard) in scripts {
                    stage.upstream.reset();
                    stage.upstream.queue(reply);
                    let mut caller = door.ask(&stage, &key, &model, stream).await;
                    stage.upstream.wait_for_requests(1).await.expect("the provider was not asked");
                    if let (Some(heard), true) = (heard, stream) {
                        assert!(caller.hears(heard).await, "{what}: {}", caller.text());
                    }
                    drop(caller);
                    let disconnects = stage.upstream.wait_for_disconnects(1).await;
                    assert!(
                        disconnects.is_some(),
                        "{what}: the caller {doing}, leaves, and nobody tells the provider"
                    );
                    left += 1;
                }
            }
        }
    }
    stage.upstream.reset();
    // What is cancelled is settled a moment after the provider has noticed.
    let mut exchanges = stage.ledger().await;
    for _ in 0..200 {
        if exchanges.len() == left {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        exchanges = stage.ledger().await;
    }
    assert_eq!(exchanges.len(), left);
    for exchange in &exchanges {
        assert_eq!(exchange.outcome, Outcome::Cancelled, "{exchange:?}");
        assert_eq!(exchange.attempts, 1, "nobody else is asked for somebody who has gone: {exchange:?}");
    }
    let metrics = stage.client.get("/metrics").await;
    assert!(metrics.text().contains("familiar_requests_in_flight 0"), "{}", metrics.text());
    assert_eq!(metrics.counted("familiar_requests_total", "outcome=\"cancelled\""), left as u64);
    assert!(
        !metrics.text().contains("deployment_up{deployment=\"openai/actor\"} 0"),
        "leaving is nobody's failure"
    );
}

/// While one caller waits and leaves, others on the same provider are not disturbed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stays_is_answered() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "app" })).await;
    let door = &DOORS[0];
    for model in door.models("") {
        stage.upstream.reset();
        stage.upstream.queue(Reply::words(60).tokens_per_second(100.0));
        stage.upstream.queue(Reply::instead(Instead::Nothing));
        let mut stays = door.ask(&stage, &key, &model, true).await;
        assert!(stays.hears("lantern").await);
        let leaves = door.ask(&stage, &key, &model, false).await;
        stage.upstream.wait_for_requests(2).await.unwrap();
        drop(leaves);
        stage.upstream.wait_for_disconnects(1).await.expect("the provider was not told");
        assert!(stays.hears(door.ended).await, "{model}: {}", stays.text());
        assert_eq!(stage.upstream.disconnects().len(), 1);
    }
}
