//! Everything that an upstream can do wrong.

use super::{events, started};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Instead, Reply, ScriptedUpstream, What};

fn chat(stream: bool) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }], "stream": stream })
}

#[tokio::test]
async fn errors_have_the_dialects_form() {
    let (upstream, caller) = started().await;
    for (path, pointer, expected) in [
        ("/v1/chat/completions", "/error/type", "rate_limit_error"),
        ("/v1/messages", "/error/type", "rate_limit_error"),
        ("/v1beta/models/m:generateContent", "/error/status", "RESOURCE_EXHAUSTED"),
        ("/api/chat", "/error", "slow down"),
    ] {
        upstream.queue(Reply::error(429, "slow down").header("retry-after", "2"));
        let response = caller.open(&upstream.url(path), chat(true)).await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        let (_, body) = super::collect(response).await.unwrap();
        assert_eq!(events(&body)[0].pointer(pointer).unwrap(), expected, "{path}");
    }
    upstream
        .queue(Reply::error(429, "no money").error_kind("insufficient_quota", Some("insufficient_quota")));
    let (_, body) = caller.post(&upstream.url("/v1/chat/completions"), chat(false)).await.unwrap();
    assert_eq!(events(&body)[0]["error"]["code"], "insufficient_quota");
}

#[tokio::test]
async fn a_stream_can_go_wrong_in_the_middle() {
    let (upstream, caller) = started().await;
    let url = upstream.url("/v1/chat/completions");
    let three_words = || Reply::text("one two three four");

    upstream.queue(three_words().error_after(2, 500, "broke"));
    let (_, body) = caller.post(&url, chat(true)).await.unwrap();
    assert!(body.contains("two") && !body.contains("three"), "{body}");
    assert_eq!(events(&body).last().unwrap()["error"]["message"], "broke");

    upstream.queue(three_words().interrupted(1, What::Cut));
    assert!(caller.post(&url, chat(true)).await.is_err(), "a cut stream is an error to any HTTP client");

    upstream.queue(three_words().interrupted(1, What::End));
    let (_, body) = caller.post(&url, chat(true)).await.unwrap();
    assert!(body.contains("one") && !body.contains("[DONE]"), "{body}");

    upstream.queue(three_words().interrupted(1, What::Huge { bytes: 1_000_000 }));
    let (_, body) = caller.post(&url, chat(true)).await.unwrap();
    assert!(body.len() > 1_000_000 && body.ends_with("data: [DONE]\n\n"));

    upstream.queue(three_words().interrupted(1, What::Garbage));
    let (_, body) = caller.post(&url, chat(true)).await.unwrap();
    assert!(body.contains('\u{fffd}'), "{body}");

    upstream.queue(three_words().interrupted(0, What::Cut));
    assert!(caller.post(&url, chat(false)).await.is_err(), "half a whole answer too");
}

#[tokio::test]
async fn instead_of_an_answer() {
    let (upstream, caller) = started().await;
    let url = upstream.url("/v1/chat/completions");
    upstream.queue(Reply::redirect("http://169.254.169.254/latest"));
    let response = caller.open(&url, chat(false)).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "http://169.254.169.254/latest");
    upstream.queue(Reply::raw(200, "text/html", "<html>captive portal</html>"));
    assert_eq!(caller.post(&url, chat(false)).await.unwrap().1, "<html>captive portal</html>");
    for instead in [Instead::Garbage, Instead::Close] {
        upstream.queue(Reply::instead(instead));
        assert!(caller.post(&url, chat(false)).await.is_err());
    }
    // And it goes on afterwards.
    assert_eq!(caller.post(&url, chat(false)).await.unwrap().0, 200);
}

#[tokio::test]
async fn notices_that_a_client_went_away() {
    let (upstream, caller) = started().await;
    let url = upstream.url("/v1/chat/completions");
    for reply in [Reply::words(1_000).tokens_per_second(200.0), Reply::words(10).interrupted(3, What::Stall)]
    {
        let before = upstream.disconnects().len();
        upstream.queue(reply);
        let mut body = caller.open(&url, chat(true)).await.unwrap().into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        let seen = upstream.wait_for_disconnects(before + 1).await.expect("the disconnect is noticed");
        assert_eq!(seen[before].number, upstream.requests().len() - 1);
        assert!(seen[before].sent < 1_000);
    }
    upstream.queue(Reply::instead(Instead::Nothing));
    let waiting = caller.open(&url, chat(true));
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
    assert!(upstream.wait_for_disconnects(3).await.is_some());
}

#[tokio::test]
async fn comes_back_on_its_port() {
    let (upstream, caller) = started().await;
    let (address, url) = (upstream.address(), upstream.url("/v1/chat/completions"));
    drop(upstream);
    // The task's end closes the port; it runs before this one is polled again.
    while caller.post(&url, chat(false)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let upstream = ScriptedUpstream::start_on(address).await.unwrap();
    assert_eq!(caller.post(&upstream.url("/v1/chat/completions"), chat(false)).await.unwrap().0, 200);
}
