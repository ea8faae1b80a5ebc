//! `familiar serve`, `config check` and `doctor`: starting, refusing, ending.

use super::stage::{Stage, command, ended};
use testkit::Reply;

#[tokio::test]
async fn starts_serves_and_ends_in_order() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    for path in ["/live", "/ready", "/health", "/api/status"] {
        let (status, body) = server.request(&format!("GET {path} HTTP/1.1"), "").await;
        assert_eq!(status, 200, "{path}: {body}");
    }
    assert_eq!(server.end("TERM").await, Some(0));
    // And again on the same folder.
    let server = stage.serve().await;
    assert_eq!(server.end("INT").await, Some(0));
}

#[tokio::test]
async fn two_never_share_a_data_folder_and_a_killed_one_leaves_no_trouble() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    let second = ended(stage.command(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap()).await;
    let error = second.fails_with(1);
    assert!(error.contains(&server.address), "it says where the first one is: {error}");
    server.end("KILL").await;
    let server = stage.serve().await;
    stage.upstream.queue(Reply::text("Back again."));
    assert_eq!(stage.run(&["ask", "-m", "work/small", "?"]).await.ok(), "Back again.\n");
    drop(server);
}

#[tokio::test]
async fn a_taken_port_is_left_alone() {
    let stage = Stage::new().await;
    let first = stage.serve().await;
    let other = Stage::new().await;
    let child = other.command(&["serve", "--listen", &first.address]).spawn().unwrap();
    let mut child = child;
    let mut lines =
        tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    let mut said = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        said.push_str(&line);
        if line.contains("http://") {
            break;
        }
    }
    let port = first.address.rsplit(':').next().unwrap();
    assert!(said.contains("http://127.0.0.1:"), "{said}");
    assert!(!said.contains(&format!("http://127.0.0.1:{port}/")), "{said}");
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused() {
    let stage = Stage::new().await;
    let outcome = ended(stage.command(&["serve", "--listen", "0.0.0.0:0"]).spawn().unwrap()).await;
    let error = outcome.fails_with(2);
    assert!(error.contains("0.0.0.0") && error.contains("expose"), "{error}");
}

#[tokio::test]
async fn every_error_of_the_configuration_is_told_at_once() {
    let stage = Stage::new().await;
    stage.run(&["config", "check"]).await.ok();
    stage.configure(
        "[providers.a]\ndialect = \"klingon\"\n\n[database]\nmax_connections = 0\n\n[nonsense]\nx = 1\n",
    );
    let checked = stage.run(&["config", "check"]).await;
    let error = checked.out.clone();
    checked.fails_with(2);
    for part in ["klingon", "max_connections", "nonsense", ":2", ":5", ":7"] {
        assert!(error.contains(part), "`{part}` is missing from: {error}");
    }
    // Nothing else starts on it either.
    stage.run(&["models"]).await.fails_with(2);
    stage.configure("this is = not [toml");
    stage.run(&["config", "check"]).await.fails_with(2);
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong() {
    let stage = Stage::new().await;
    let healthy = stage.run(&["doctor"]).await;
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    stage.upstream.always(Reply::error(401, "Incorrect API key provided"));
    stage.upstream.queue_on("/models", Reply::error(401, "Incorrect API key provided"));
    let sick = stage.run(&["doctor"]).await;
    assert_eq!(sick.code, Some(1), "{sick:?}");
    assert!(sick.out.contains("work"), "it names the provider: {sick:?}");
}

#[tokio::test]
async fn models_lists_what_can_be_asked() {
    let stage = Stage::new().await;
    let out = stage.run(&["models"]).await.ok();
    for part in ["work/small", "familiar/librarian", "quick"] {
        assert!(out.contains(part), "`{part}` is missing from: {out}");
    }
    let list = stage.run(&["models", "--json"]).await.json();
    assert!(list["models"].as_array().unwrap().len() >= 2);
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_named() {
    let stage = Stage::new().await;
    let file = stage.file("in-the-way", "");
    let child = command(std::path::Path::new(&file), &["models"]).spawn().unwrap();
    let outcome = ended(child).await;
    assert!(outcome.err.contains("in-the-way"), "{outcome:?}");
    assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
}
