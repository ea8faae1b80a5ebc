//! `familiar keys`: made, used, revoked.

use super::stage::Stage;
use serde_json::json;
use testkit::Reply;

const ASK: &str = r#"{"model":"work/small","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;

fn door(key: &str) -> String {
    format!("POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {key}")
}

#[tokio::test]
async fn a_key_opens_the_door_until_it_is_revoked() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let out = stage.run(&["keys", "create", "laptop", "--rpm", "100"]).await.ok();
    let key = out.trim();
    assert!(key.starts_with("fam-") && out.lines().count() == 1, "the secret and nothing else: {out}");
    stage.upstream.queue(Reply::text("Come in."));
    let (status, body) = server.request(&door(key), ASK).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("Come in."));
    assert_eq!(server.request(&door("fam-nobody"), ASK).await.0, 401);

    let list = stage.run(&["keys", "list"]).await.ok();
    assert!(list.contains("laptop") && !list.contains(key), "{list}");
    stage.run(&["keys", "revoke", "laptop"]).await.ok();
    assert_eq!(server.request(&door(key), ASK).await.0, 401);
    let error = stage.run(&["keys", "revoke", "laptop"]).await.fails_with(1);
    assert!(error.contains("laptop") && error.contains("hint: "), "{error}");
    assert!(stage.run(&["keys", "list", "--json"]).await.json()["keys"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn a_key_is_changed_and_rotated() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let old =
        stage.run(&["keys", "create", "laptop", "--rpm", "1", "--tpm", "5000"]).await.ok().trim().to_owned();
    stage.upstream.queue(Reply::text("one"));
    assert_eq!(server.request(&door(&old), ASK).await.0, 200);
    assert_eq!(server.request(&door(&old), ASK).await.0, 429);
    let changed = stage
        .run(&["keys", "update", "laptop", "--rpm", "none", "--parallel", "3", "--priority", "low", "--json"])
        .await
        .json();
    assert_eq!(
        (&changed["rpm"], &changed["tpm"], &changed["parallel"], &changed["priority"]),
        (&json!(null), &json!(5000), &json!(3), &json!("low"))
    );
    let new = stage.run(&["keys", "rotate", "laptop"]).await.ok().trim().to_owned();
    assert_ne!(new, old);
    stage.upstream.queue(Reply::text("two"));
    assert_eq!(server.request(&door(&new), ASK).await.0, 200);
    assert_eq!(server.request(&door(&old), ASK).await.0, 401);
    let error = stage.run(&["keys", "update", "laptop"]).await.fails_with(2);
    assert!(error.contains("nothing to change"), "{error}");
    stage.run(&["keys", "update", "laptop", "--rpm", "many"]).await.fails_with(2);
    stage.run(&["keys", "update", "nobody", "--rpm", "1"]).await.fails_with(1);
}

#[tokio::test]
async fn a_budget_holds() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    // The answer may have 100 tokens at 2 USD a million: 0.0002 USD, and a little for the prompt.
    let created =
        stage.run(&["keys", "create", "thrifty", "--budget-usd", "0.0005", "--per", "day", "--json"]).await;
    let created = created.json();
    let key = created["secret"].as_str().unwrap();
    assert_eq!(created["key"]["budget"]["per"], "day");
    let mut answers = Vec::new();
    for _ in 0..4 {
        stage.upstream.queue(Reply::text("ok").usage(10, 100));
        answers.push(server.request(&door(key), ASK).await);
    }
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 200, 429, 429], "{answers:?}");
    assert!(answers[2].1.to_lowercase().contains("budget"), "{:?}", answers[2]);
}

#[tokio::test]
async fn nonsense_is_refused_with_a_reason() {
    let stage = Stage::new().await;
    for arguments in [
        ["keys", "create", "x", "--budget-usd", "lots"].as_slice(),
        &["keys", "create", "x", "--budget-usd", "-1"],
        &["keys", "create", "x", "--budget-usd", "1", "--per", "fortnight"],
        &["keys", "create", "x", "--expires-at", "tomorrow"],
    ] {
        let outcome = stage.run(arguments).await;
        assert!(matches!(outcome.code, Some(1 | 2)), "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains("error: "), "{outcome:?}");
    }
    let list = stage.run(&["keys", "list", "--json"]).await.json();
    assert_eq!(list["keys"].as_array().unwrap().len(), 0);
}
