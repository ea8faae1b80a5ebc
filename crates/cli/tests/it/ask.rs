//! `familiar ask`: one question, one answer.

use super::stage::{Stage, ended, signal};
use testkit::{Reply, What};
use tokio::io::AsyncReadExt as _;

#[tokio::test]
async fn answers_without_a_server_and_prints_nothing_else() {
    let stage = Stage::new().await;
    stage.upstream.queue(Reply::text("It is a lantern."));
    let outcome = stage.run(&["ask", "--model", "work/small", "What", "is", "this?"]).await;
    assert_eq!(outcome.err, "", "nothing but the answer where nobody watches");
    assert_eq!(outcome.ok(), "It is a lantern.\n");
    let request = stage.upstream.last_request().unwrap();
    assert!(request.body.contains("What is this?"), "{}", request.body);
    assert_eq!(request.header("authorization"), Some("Bearer sk-upstream"));
}

#[tokio::test]
async fn what_is_piped_in_follows_the_question() {
    let stage = Stage::new().await;
    let outcome = stage.run_with(&["ask", "-m", "quick", "Summarise this"], "Line one.\nLine two.\n").await;
    let out = outcome.ok();
    assert!(out.starts_with("You said: Summarise this"), "{out}");
    assert!(out.contains("Line one.\nLine two."), "{out}");
    let outcome = stage.run_with(&["ask", "-m", "quick"], "Only piped.").await;
    assert!(outcome.ok().contains("Only piped."));
    let error = stage.run(&["ask", "-m", "quick"]).await.fails_with(2);
    assert!(error.contains("hint: "), "{error}");
}

#[tokio::test]
async fn json_holds_the_answer_and_what_it_took() {
    let stage = Stage::new().await;
    stage.upstream.queue(Reply::text("Forty-two.").usage(1_000, 500));
    let message = stage.run(&["ask", "-m", "work/small", "--json", "?"]).await.json();
    assert_eq!(message["text"], "Forty-two.");
    assert_eq!(message["status"], "complete");
    assert_eq!(message["receipt"]["model"], "work/small");
    assert_eq!(message["receipt"]["output_tokens"], 500);
    // 1,000 tokens at 1 USD and 500 at 2 USD a million.
    assert_eq!(message["receipt"]["cost_usd"], "0.002");
}

#[tokio::test]
async fn failures_have_codes_and_hints() {
    let stage = Stage::new().await;
    let error = stage.run(&["ask", "-m", "work/smal", "?"]).await;
    assert_eq!(error.out, "");
    let error = error.fails_with(3);
    assert!(error.contains("smal") && error.contains("hint: "), "{error}");

    stage.upstream.always(Reply::error(401, "Incorrect API key provided: sk-up****eam"));
    let error = stage.run(&["ask", "-m", "work/small", "?"]).await.fails_with(3);
    assert!(error.contains("hint: ") && !error.contains("sk-upstream"), "{error}");

    stage.upstream.always(
        Reply::error(429, "You exceeded your current quota")
            .error_kind("insufficient_quota", Some("insufficient_quota")),
    );
    stage.run(&["ask", "-m", "work/small", "?"]).await.fails_with(4);
}

#[tokio::test]
async fn what_had_come_is_printed_when_a_stream_breaks() {
    let stage = Stage::new().await;
    for what in [What::Cut, What::End, What::Garbage] {
        stage.upstream.queue(Reply::text("one two three four").interrupted(2, what.clone()));
        let outcome = stage.run(&["ask", "-m", "work/small", "?"]).await;
        assert!(outcome.out.starts_with("one two"), "{what:?}: {outcome:?}");
        outcome.fails_with(3);
    }
}

#[tokio::test]
async fn ctrl_c_stops_the_answer_and_the_call() {
    let stage = Stage::new().await;
    stage.upstream.queue(Reply::words(10_000).tokens_per_second(50.0));
    let mut child = stage.command(&["ask", "-m", "work/small", "?"]).spawn().unwrap();
    drop(child.stdin.take());
    let mut first = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut first).await.unwrap();
    signal(&child, "INT").await;
    let outcome = ended(child).await;
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    assert!(stage.upstream.wait_for_disconnects(1).await.is_some(), "the provider is not left writing");
}

#[tokio::test]
async fn a_reader_that_leaves_is_no_panic() {
    let stage = Stage::new().await;
    stage.upstream.queue(Reply::words(5_000).tokens_per_second(500.0));
    let mut child = stage.command(&["ask", "-m", "work/small", "?"]).spawn().unwrap();
    drop(child.stdin.take());
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 4]).await.unwrap();
    drop(out);
    let outcome = ended(child).await;
    assert!(!outcome.err.contains("panicked"), "{outcome:?}");
}

#[tokio::test]
async fn speaks_to_the_server_that_runs_and_leaves_no_conversation() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    stage.upstream.queue(Reply::text("Through the server."));
    assert_eq!(stage.run(&["ask", "-m", "work/small", "Hello"]).await.ok(), "Through the server.\n");
    let (status, list) = server.request("GET /api/conversations HTTP/1.1", "").await;
    assert_eq!(status, 200);
    assert!(list.contains(r#""conversations":[]"#), "{list}");
    stage.run(&["ask", "-m", "work/small", "--keep", "Hello"]).await.ok();
    let (_, list) = server.request("GET /api/conversations HTTP/1.1", "").await;
    assert!(list.contains("work/small"), "{list}");
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn work_on_a_project_counts_for_it() {
    let stage = Stage::new().await;
    let server = stage.serve().await;
    stage.run(&["budget", "set", "0.003", "--project", "atlas", "--per", "day"]).await.ok();
    let ask = ["ask", "-m", "work/small", "--project", "atlas", "Hello"];
    stage.upstream.queue(Reply::text("one").usage(1_000, 500));
    stage.run(&ask).await.ok();
    let error = stage.run(&ask).await.fails_with(4);
    assert!(error.contains("the project `atlas`") && error.contains("hint: "), "{error}");
    stage.run(&["ask", "-m", "work/small", "Hello"]).await.ok();
    let error = stage.run(&["ask", "-m", "work/small", "--project", " ", "Hello"]).await;
    assert!(error.fails_with(2).contains("project"));
    assert_eq!(server.end("TERM").await, Some(0));
}

#[tokio::test]
async fn a_picture_goes_with_the_question() {
    let stage = Stage::new().await;
    // The smallest PNG there is: one pixel.
    let picture = stage.file("dot.png", include_bytes!("dot.png"));
    stage.run(&["ask", "-m", "work/small", "--image", &picture, "What is it?"]).await.ok();
    let body = stage.upstream.last_request().unwrap().body;
    assert!(body.contains("data:image/png;base64,iVBOR"), "{body}");
    let text = stage.file("dot.txt", "no picture");
    stage.run(&["ask", "-m", "work/small", "--image", &text, "?"]).await.fails_with(2);
}
