//! What `/api/usage` adds up is what the ledger's exchanges say, to the last digit.

use crate::stage::{PROVIDERS, Stage, chat};
use base::Money;
use serde_json::{Value, json};
use testkit::Reply;

#[tokio::test]
async fn the_sums_are_those_of_the_exchanges() {
    let stage = Stage::start().await;
    let client = &stage.client;
    let keys = [stage.key(&json!({ "name": "one" })).await, stage.key(&json!({ "name": "two" })).await];
    for number in 0..12_u64 {
        let (name, _, _) = PROVIDERS[usize::try_from(number).unwrap() % PROVIDERS.len()];
        stage.upstream.queue(match number {
            11 => Reply::error(400, "no"),
            10 => Reply::text("no usage here").without_usage(),
            _ => Reply::text("ok").usage(7 * number + 1, 3 * number + 1),
        });
        let mut body = chat(&format!("{name}/actor"), &format!("question {number}"));
        body["stream"] = json!(number % 3 == 0);
        let key = &keys[usize::try_from(number).unwrap() % 2];
        let status = client.ask("/v1/chat/completions", key, body.to_string()).await.status;
        assert_eq!(status, if number == 11 { 400 } else { 200 });
    }
    let conversation = stage.conversation().await;
    stage.upstream.queue(Reply::text("page").usage(1, 1));
    let mut events = client.events(&format!("{conversation}/events"), None).await;
    stage.say(&conversation, "from the page").await;
    events.until(|event| event["type"] == "finished").await;

    let exchanges = stage.exchanges().await;
    assert_eq!(exchanges.len(), 13);
    let usage = client.get("/api/usage").await.ok(200);
    let money = |value: &Value| value.as_str().unwrap_or("0").parse::<Money>().unwrap();
    let sum = |rows: &[Value], field: &str| rows.iter().map(|row| row[field].as_u64().unwrap()).sum::<u64>();
    let cost = |rows: &[Value]| rows.iter().map(|row| money(&row["cost_usd"])).sum::<Money>();
    let total = &usage["total"];
    assert_eq!(money(&total["cost_usd"]), cost(&exchanges));
    assert_eq!(total["input_tokens"].as_u64(), Some(sum(&exchanges, "input_tokens")));
    assert_eq!(total["output_tokens"].as_u64(), Some(sum(&exchanges, "output_tokens")));
    assert_eq!((&total["requests"], &total["failures"]), (&json!(13), &json!(1)));
    assert_eq!(total["estimated"], json!(1));
    for part in ["by_day", "by_model", "by_provider", "by_key"] {
        let rows = usage[part].as_array().unwrap();
        assert_eq!(cost(rows), money(&total["cost_usd"]), "{part}");
        for field in ["requests", "failures", "estimated", "input_tokens", "output_tokens"] {
            assert_eq!(sum(rows, field), total[field].as_u64().unwrap(), "{part}: {field}");
        }
    }
    let names: Vec<_> = usage["by_key"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    for name in ["one", "two", "(this workbench)"] {
        assert!(names.contains(&&json!(name)), "{names:?}");
    }
    // Of the ten exact exchanges 0..=9: 1 USD and 2 USD a million tokens; the page's one cost 3 more.
    let exact: u64 = (0..10).map(|number| (7 * number + 1) + 2 * (3 * number + 1)).sum::<u64>() + 3;
    let exact_cost: Money =
        exchanges.iter().filter(|one| one["estimated"] == false).map(|one| money(&one["cost_usd"])).sum();
    assert_eq!(exact_cost, format!("0.{exact:06}").parse().unwrap());
}

#[tokio::test]
async fn exchanges_come_in_pages_without_gap_or_repeat() {
    let stage = Stage::start().await;
    let key = stage.key(&json!({ "name": "pages" })).await;
    for number in 0..7 {
        let body = chat("ollama/actor", &format!("number {number}")).to_string();
        assert_eq!(stage.client.ask("/v1/chat/completions", &key, body).await.status, 200);
    }
    let all: Vec<Value> = stage.exchanges().await.iter().map(|one| one["id"].clone()).collect();
    assert_eq!(all.len(), 7);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage.client.get(&format!("/api/exchanges?limit=3{cursor}")).await.ok(200);
        seen.extend(page["exchanges"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_period_that_is_none_is_refused() {
    let stage = Stage::start().await;
    for query in ["from=yesterday", "from=2026-02-30", "from=2026-02-02&to=2026-02-01", "from=1970-01-01"] {
        stage.client.get(&format!("/api/usage?{query}")).await.problem(422, "invalid");
    }
    stage.client.get("/api/exchanges?cursor=nonsense").await.problem(422, "invalid");
    stage.client.get("/api/exchanges?limit=many").await.problem(400, "invalid");
    let usage = stage.client.get("/api/usage?from=2026-02-27&to=2026-03-01").await.ok(200);
    assert_eq!(usage["by_day"].as_array().unwrap().len(), 3);
}
