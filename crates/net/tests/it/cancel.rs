//! Dropping ends the request at the far side (PRV-10: within 100 ms).

use crate::upstream::{Seen, Step, Upstream, client, post, write};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::Instant;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";

/// The best of some tries must be quick: the machine may be busy, so one slow try proves nothing.
fn assert_quick(delays: &[Duration]) {
    assert!(delays.iter().any(|delay| *delay < Duration::from_millis(100)), "{delays:?}");
}

#[tokio::test]
async fn dropping_the_body_closes_the_connection() {
    let mut upstream = Upstream::start(vec![write(CHUNKED), Step::Hang]).await;
    let mut delays = Vec::new();
    for _ in 0..5 {
        let client = client();
        let mut body = client.send(post(upstream.uri("/"))).await.unwrap().body;
        assert_eq!(body.next().await.unwrap().unwrap(), "one");
        let dropped = Instant::now();
        drop(body);
        delays.push(upstream.closed().await - dropped);
        assert_eq!(client.figures().requests_in_flight, 0);
    }
    assert_quick(&delays);
}

#[tokio::test]
async fn dropping_the_request_closes_the_connection() {
    let mut upstream = Upstream::start(vec![Step::Hang]).await;
    let mut delays = Vec::new();
    for _ in 0..5 {
        let client = client();
        let request = post(upstream.uri("/"));
        let sending = tokio::spawn({
            let client = client.clone();
            async move { client.send(request).await.map(drop) }
        });
        while !matches!(upstream.next().await, Seen::Request { .. }) {}
        let dropped = Instant::now();
        sending.abort();
        delays.push(upstream.closed().await - dropped);
        assert_eq!(client.figures().requests_in_flight, 0);
    }
    assert_quick(&delays);
}

#[tokio::test]
async fn a_body_read_to_its_end_leaves_the_connection_open() {
    let mut upstream = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")]).await;
    let client = client();
    for _ in 0..2 {
        drop(client.send(post(upstream.uri("/"))).await.unwrap().body.collect().await.unwrap());
    }
    assert_eq!(client.figures().connections_opened, 1);
    assert!(matches!(upstream.next().await, Seen::Connected));
    upstream.request().await;
    upstream.request().await;
    assert!(upstream.saw_nothing_more());
}
