//! `familiar budget`: set, listed, removed; and keys with a project and several budgets.

use super::stage::Stage;
use serde_json::json;
use testkit::Reply;

const ASK: &str = r#"{"model":"work/small","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;

#[tokio::test]
async fn a_budget_refuses_until_it_is_raised_or_removed() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let out = stage
        .run(&[
            "keys",
            "create",
            "laptop",
            "--project",
            "atlas",
            "--budget",
            "5/day@Europe/Berlin",
            "--budget",
            "50/month",
        ])
        .await
        .ok();
    let door = format!("POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {}", out.trim());
    let keys = stage.run(&["keys", "list", "--json"]).await.json();
    assert_eq!(
        (&keys["keys"][0]["project"], keys["keys"][0]["budgets"].as_array().unwrap().len()),
        (&json!("atlas"), 2)
    );

    let set = [
        "budget",
        "set",
        "0",
        "--per",
        "week",
        "--project",
        "atlas",
        "--action",
        "warn",
        "--label",
        "the team",
    ];
    assert_eq!(stage.run(&set).await.ok().trim(), "made `the team`: 0.00 USD per week");
    stage.upstream.queue(Reply::text("one"));
    assert_eq!(server.request(&door, ASK).await.0, 200, "it only warns");
    let made = stage
        .run(&["budget", "set", "0", "--project", "atlas", "--per", "week", "--action", "reject", "--json"])
        .await
        .json();
    assert_eq!(
        (&made["label"], &made["action"]),
        (&json!("the team"), &json!("reject")),
        "changed, not made again"
    );
    let (status, body) = server.request(&door, ASK).await;
    assert!(status == 429 && body.contains("the project `atlas`"), "{status} {body}");
    let list = stage.run(&["budget", "list"]).await.ok();
    assert!(list.contains("the team") && list.contains("week") && list.contains("laptop"), "{list}");
    stage.run(&["budget", "remove", "the team"]).await.ok();
    stage.upstream.queue(Reply::text("two"));
    assert_eq!(server.request(&door, ASK).await.0, 200);
    let error = stage.run(&["budget", "remove", "the team"]).await.fails_with(1);
    assert!(error.contains("no budget `the team`"), "{error}");
    let error = stage.run(&["budget", "set", "1", "--per", "fortnight"]).await.fails_with(1);
    assert!(error.contains("not a period"), "{error}");
    stage.run(&["budget", "set", "1", "--user", "--key", "laptop"]).await.fails_with(2);
}
