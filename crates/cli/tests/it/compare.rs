//! `familiar compare`: asked, shown, voted on, merged, written down; prompt sets put to models.

use super::stage::Stage;
use testkit::Reply;

#[tokio::test]
async fn two_are_asked_shown_voted_on_merged_and_written_down() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    for text in ["It is 330 metres tall.", "It is 330 metres tall."] {
        stage.upstream.queue(Reply::text(text));
    }
    let asked = stage
        .run(&["compare", "ask", "How", "tall?", "-m", "work/small", "-m", "quick", "--json"])
        .await
        .json();
    let id = asked["head"]["id"].as_str().unwrap().to_owned();
    assert_eq!(asked["answers"][1]["status"], "complete");
    let out = stage.run(&["compare", "show", &id]).await.ok();
    assert!(out.contains("1: work/small") && out.contains("like the first"), "{out}");
    assert!(stage.run(&["compare", "list", "tall"]).await.ok().contains(&id));
    // Both are the same deployment: the vote says nothing about which is better.
    let out = stage.run(&["compare", "vote", &id, "left"]).await.ok();
    assert!(out.contains("does not count"), "{out}");
    stage.run(&["compare", "vote", &id, "left", "--between", "1", "9"]).await.fails_with(2);
    assert!(stage.run(&["compare", "ratings"]).await.ok().contains("MODEL"));
    stage.upstream.queue(Reply::text("All of it."));
    let out = stage.run(&["compare", "merge", &id, "fuse", "--model", "quick"]).await.ok();
    assert!(out.contains("All of it."), "{out}");
    let out = stage.run(&["compare", "report", &id]).await.ok();
    assert!(out.contains("fuse by quick") && out.contains("330 metres"), "{out}");
    stage.run(&["compare", "remove", &id]).await.ok();
    stage.run(&["compare", "show", &id]).await.fails_with(1);
    stage.run(&["compare", "remove", "--undo", &id]).await.ok();
    stage.run(&["compare", "show", &id]).await.ok();
    let err = stage.run(&["compare", "ask", "Alone?", "-m", "quick"]).await.fails_with(1);
    assert!(err.contains("choose two or more"), "{err}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn a_list_of_prompts_is_put_to_models() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let file = stage.file("capitals.txt", "Capital of France?\n\nCapital of Italy?\n");
    let set = stage.run(&["compare", "sets", "add", &file, "--json"]).await.json();
    assert_eq!((&set["title"], set["prompts"].as_array().unwrap().len()), (&"capitals".into(), 2));
    let id = set["id"].as_str().unwrap().to_owned();
    let out = stage.run(&["compare", "sets", "run", &id, "-m", "quick", "--estimate"]).await.ok();
    assert!(out.contains("2 answers, at most "), "{out}");
    for text in ["Paris", "Rome"] {
        stage.upstream.queue(Reply::text(text));
    }
    let out = stage.run(&["compare", "sets", "run", &id, "-m", "quick"]).await.ok();
    assert!(out.contains("2 of 2 passed"), "{out}");
    let runs = stage.run(&["compare", "sets", "runs", "--json"]).await.json();
    let run = runs["runs"][0]["id"].as_str().unwrap().to_owned();
    let csv = stage.run(&["compare", "sets", "grid", &run, "--csv"]).await.ok();
    assert!(csv.contains("Capital of Italy?") && csv.contains("Rome"), "{csv}");
    stage.run(&["compare", "sets", "remove", &id]).await.ok();
    let bad = stage.file("bad.json", "{\"prompts\": 1}");
    stage.run(&["compare", "sets", "add", &bad]).await.fails_with(2);
    assert_eq!(server.end("TERM").await, Some(0));
}
