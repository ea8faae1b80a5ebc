//! `familiar exchanges`, `familiar models test` and `health`: what happened, and whether something answers.

use super::stage::Stage;
use testkit::Reply;

#[tokio::test]
async fn a_model_is_tested_and_the_ledger_says_so() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    stage.upstream.queue(Reply::text("ready").usage(11, 3));
    let out = stage.run(&["models", "test", "quick"]).await.ok();
    assert!(out.contains("it says: ready"), "{out}");
    for figure in ["work/small", "11 + 3 tokens", "0.000017 USD", "ms in all"] {
        assert!(out.contains(figure), "{figure} in {out}");
    }
    stage.upstream.queue(Reply::error(401, "no such key"));
    let error = stage.run(&["models", "test", "work/small"]).await.fails_with(3);
    assert!(error.contains("hint: "), "{error}");
    let error = stage.run(&["models", "test", "wrok/small"]).await.fails_with(1);
    assert!(error.contains("work/small") && error.contains("hint: "), "{error}");

    let list = stage.run(&["exchanges", "--json"]).await.json();
    assert_eq!(list["exchanges"].as_array().unwrap().len(), 2, "{list}");
    let text = stage.run(&["exchanges"]).await.ok();
    assert_eq!(text.lines().count(), 3, "a heading and two rows: {text}");
    let failed = stage.run(&["exchanges", "list", "--outcome", "failed", "--json"]).await.json();
    let id = failed["exchanges"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(failed["exchanges"].as_array().unwrap().len(), 1);
    assert_eq!(failed["exchanges"][0]["tags"][0], "familiar:test");
    assert_eq!(stage.run(&["exchanges", "-q", "nothing like it"]).await.ok().lines().count(), 1);

    let shown = stage.run(&["exchanges", "show", &id]).await.ok();
    for fact in [
        "failed",
        "nothing answered for `work/small`",
        "authentication",
        "work/small",
        "familiar:test",
        "openai-chat",
    ] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    let end = id.get(id.len() - 12..).unwrap();
    assert_eq!(stage.run(&["exchanges", "show", end, "--json"]).await.json()["exchange"]["id"], id.as_str());
    stage.run(&["exchanges", "show", "zz"]).await.fails_with(1);
    assert_eq!(stage.run(&["exchanges", "--outcome", "splendid"]).await.code, Some(1));
    assert_eq!(stage.run(&["exchanges", "--colour", "blue"]).await.code, Some(2));
    assert_eq!(server.end("INT").await, Some(0));
}

#[tokio::test]
async fn what_is_kept_is_shown_with_the_exchange() {
    let stage = Stage::new().await;
    let text = std::fs::read_to_string(stage.data.path().join("familiar.toml")).unwrap();
    stage.configure(&format!("{text}\n[gateway.retention]\nkeep = \"all\"\n"));
    stage.upstream.queue(Reply::text("Write to ada@example.org."));
    stage.run(&["ask", "Whom do I write to?"]).await.ok();
    let list = stage.run(&["exchanges", "--json"]).await.json();
    let id = list["exchanges"][0]["id"].as_str().unwrap();
    let shown = stage.run(&["exchanges", "show", id]).await.ok();
    assert!(shown.contains("Whom do I write to?"), "{shown}");
    assert!(shown.contains("Write to [email].") && !shown.contains("ada@"), "{shown}");
    assert!(shown.contains("blotted out: 1 email"), "{shown}");

    stage.configure(&format!("{text}\n[gateway.retention]\nkeep = \"everything\"\n"));
    assert_eq!(stage.run(&["config", "check"]).await.code, Some(2));
    stage.configure(&format!("{text}\n[gateway.retention]\nredact = [\"fingerprint\"]\n"));
    let error = stage.run(&["config", "check"]).await;
    assert!(format!("{error:?}").contains("`email`"), "{error:?}");
}
