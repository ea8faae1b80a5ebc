//! `familiar chat`: a conversation, here with its lines piped in.

use super::stage::Stage;
use testkit::Reply;

#[tokio::test]
async fn each_line_is_a_turn_that_knows_the_ones_before() {
    let stage = Stage::new().await;
    stage.upstream.queue(Reply::text("Good morning."));
    stage.upstream.queue(Reply::text("You said hello."));
    let outcome = stage.run_with(&["chat", "-m", "work/small"], "Hello\nWhat did I say?\n").await;
    let out = outcome.ok();
    assert!(out.contains("Good morning.") && out.contains("You said hello."), "{out}");
    let second = stage.upstream.last_request().unwrap().json();
    let texts: Vec<String> =
        second["messages"].as_array().unwrap().iter().map(|message| message["content"].to_string()).collect();
    let all = texts.join("\n");
    for part in ["Hello", "Good morning.", "What did I say?"] {
        assert!(all.contains(part), "`{part}` is missing from {all}");
    }
}

#[tokio::test]
async fn commands_change_the_conversation() {
    let stage = Stage::new().await;
    let lines = "/model quick\nfirst\n/new\nsecond\n/quit\nnever said\n";
    let out = stage.run_with(&["chat", "-m", "work/small"], lines).await.ok();
    assert!(out.contains("You said: first") && out.contains("You said: second"), "{out}");
    assert!(!out.contains("never"), "{out}");
    let last = stage.upstream.last_request().unwrap().body;
    assert!(!last.contains("first"), "a new conversation does not know the old one: {last}");
}

#[tokio::test]
async fn a_conversation_begins_in_a_folder_that_is_found_or_made() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let work = r#"{"name": "Work", "prompt": "Be brief."}"#;
    let (status, _) = server.request("POST /api/folders HTTP/1.1", work).await;
    assert_eq!(status, 201);
    let chat = ["chat", "-m", "work/small", "--folder"];
    stage.run_with(&[&chat[..], &["work/ Clients"]].concat(), "Hello\n/new\nAgain\n").await.ok();
    let last = stage.upstream.last_request().unwrap().body;
    assert!(last.contains("Be brief.") && last.contains("Again"), "{last}");
    let out = stage.run(&["folders"]).await.ok();
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected: [&[&str]; 3] = [
        &["FOLDER", "CONVERSATIONS", "INSTRUCTIONS"],
        &["Work", "0", "Be", "brief."],
        &["Work/Clients", "2"],
    ];
    assert_eq!(rows, expected);
    let json = stage.run(&["folders", "--json"]).await.json();
    assert_eq!(json["folders"].as_array().unwrap().len(), 2, "{json}");

    let deep = [&chat[..], &["1/2/3/4/5/6"]].concat();
    let error = stage.run_with(&deep, "x\n").await.fails_with(1);
    assert!(error.contains("at most 5 deep") && error.contains("hint: "), "{error}");
    let json = stage.run(&["folders", "--json"]).await.json();
    assert_eq!(json["folders"].as_array().unwrap().len(), 2, "nothing stays of it: {json}");
    let error = stage.run_with(&[&chat[..], &["/"]].concat(), "x\n").await.fails_with(2);
    assert!(error.contains("`/` names no folder"), "{error}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn goes_on_with_a_conversation() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    stage.run_with(&["chat", "-m", "work/small"], "Remember the lantern\n").await.ok();
    let (_, list) = server.request("GET /api/conversations HTTP/1.1", "").await;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let id = list["conversations"][0]["id"].as_str().unwrap();
    stage.run_with(&["chat", "--conversation", id], "And now?\n").await.ok();
    let last = stage.upstream.last_request().unwrap().body;
    assert!(last.contains("Remember the lantern") && last.contains("And now?"), "{last}");
    stage.run_with(&["chat", "--conversation", "nothing-like-it"], "x\n").await.fails_with(1);
}

#[tokio::test]
async fn a_failure_leaves_the_data_folder_closed() {
    let stage = Stage::new().await;
    let closed = |what: &str| {
        let left = stage.data.path().join("familiar.db-wal");
        assert!(!left.exists(), "the database was not closed after {what}");
    };
    stage.upstream.always(Reply::error(401, "no such key"));
    stage.run_with(&["chat", "-m", "work/small"], "Hello\n").await.fails_with(3);
    closed("an answer that failed");
    stage.run_with(&["chat", "--conversation", "nothing-like-it"], "x\n").await.fails_with(1);
    closed("a conversation that is not there");
    stage.run(&["ask", "-m", "work/small", "?"]).await.fails_with(3);
    closed("a question that failed");
    stage.run(&["compare", "show", "nothing-like-it"]).await.fails_with(1);
    closed("a comparison that is not there");
}
