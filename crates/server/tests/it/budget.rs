//! A budget under a crowd: money is reserved before a call goes out.

use crate::stage::{Stage, chat};
use futures::{StreamExt, stream};
use serde_json::json;
use testkit::Reply;

/// 1,000 callers at once, each of whom would cost 5 cents; 1 USD is enough for twenty of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_at_once_never_spend_more_than_the_limit() {
    let stage = Stage::with(|base_url| {
        format!(
            "[providers.dear]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}/v1\"\n\
             models = [{{ name = \"actor\", prices = {{ input = \"0\", output = \"50\" }} }}]\n"
        )
    })
    .await;
    stage.upstream.always(Reply::words(50).usage(10, 1_000));
    let key = stage.key(&json!({ "name": "crowd", "budget_usd": "1" })).await;
    let mut body = chat("dear/actor", "hello");
    body["max_tokens"] = json!(1_000);
    let outcomes: Vec<u16> = stream::iter(0..1_000)
        .map(|number| {
            let (client, key, mut body) = (&stage.client, &key, body.clone());
            body["stream"] = json!(number % 2 == 0);
            async move { client.ask("/v1/chat/completions", key, body.to_string()).await.status }
        })
        .buffer_unordered(1_000)
        .collect()
        .await;
    let served = outcomes.iter().filter(|status| **status == 200).count();
    assert_eq!(served, 20, "1 USD pays for exactly twenty calls of 5 cents");
    assert!(outcomes.iter().all(|status| matches!(status, 200 | 429)), "{outcomes:?}");

    let exchanges = stage.exchanges().await;
    let usage = stage.client.get("/api/usage").await.ok(200);
    assert_eq!(usage["total"]["cost_usd"], "1.00", "{}", usage["total"]);
    assert_eq!(exchanges.iter().filter(|one| one["outcome"] == "ok").count(), served);
    let keys = stage.client.get("/api/keys").await.ok(200);
    let budget = &keys["keys"][0]["budget"];
    assert_eq!((&budget["spent_usd"], &budget["reserved_usd"]), (&json!("1.00"), &json!("0.00")), "{budget}");
    let sent = stage.upstream.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(sent, served, "a refused call went out");
}
