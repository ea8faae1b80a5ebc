//! What goes well: pools, bodies in one piece and in many, headers.

use crate::upstream::{Step, Upstream, client, pause, post, whole, write};
use futures::StreamExt;
use http::{HeaderValue, StatusCode};
use net::{Client, NetConfig, PoolFigures, TimeOuts};
use std::time::Duration;

#[tokio::test]
async fn a_connection_is_used_again_and_counted() {
    let mut upstream = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")]).await;
    let client = client();
    for _ in 0..3 {
        let mut request = post(upstream.uri("/v1/chat?x=1"));
        request.headers.insert("x-test", HeaderValue::from_static("yes"));
        assert_eq!(whole(client.send(request).await).await.unwrap(), "hi");
        let (head, body) = upstream.request().await;
        assert!(head.starts_with("POST /v1/chat?x=1 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("host: {}\r\n", upstream.address)), "{head}");
        assert!(head.contains("x-test: yes\r\n") && head.contains("content-length: 2\r\n"), "{head}");
        assert_eq!(body, b"{}");
    }
    let expected =
        PoolFigures { connections_open: 1, connections_opened: 1, requests_in_flight: 0, requests_sent: 3 };
    assert_eq!(client.figures(), expected);
}

#[tokio::test]
async fn an_error_status_is_a_reply() {
    let upstream = Upstream::start(vec![write(
        "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nslow",
    )])
    .await;
    let reply = client().send(post(upstream.uri("/"))).await.unwrap();
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.headers.get("retry-after").unwrap(), "7");
    assert_eq!(reply.body.collect().await.unwrap(), "slow");
}

#[tokio::test]
async fn pieces_come_as_they_are_sent() {
    let steps = vec![
        write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"),
        pause(20),
        write("3\r\ntwo\r\n"),
        pause(20),
        write("5\r\nthree\r\n0\r\nx-trailer: 1\r\n\r\n"),
    ];
    let upstream = Upstream::start(steps).await;
    let client = client();
    let body = client.send(post(upstream.uri("/"))).await.unwrap().body;
    assert_eq!(client.figures().requests_in_flight, 1);
    let pieces: Vec<_> = body.map(Result::unwrap).collect().await;
    assert_eq!(pieces, ["one", "two", "three"]);
    assert_eq!(client.figures().requests_in_flight, 0);
    assert_eq!(whole(client.send(post(upstream.uri("/"))).await).await.unwrap(), "onetwothree");
}

#[tokio::test]
async fn what_arrives_together_is_read_together() {
    let steps = vec![write(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n",
    )];
    let upstream = Upstream::start(steps).await;
    let client = client();
    for _ in 0..2 {
        let body = client.send(post(upstream.uri("/"))).await.unwrap().body;
        assert_eq!(body.map(Result::unwrap).collect::<Vec<_>>().await, ["onetwothree"]);
    }
    assert_eq!(client.figures().connections_opened, 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced() {
    let steps = vec![write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"), Step::Close];
    let mut upstream = Upstream::start(steps).await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(whole(client.send(post(upstream.uri("/"))).await).await.unwrap(), "hi");
        upstream.closed().await;
        // The news of the end has to cross the loopback.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(client.figures().connections_opened, 3);
}

#[tokio::test]
async fn idle_connections_are_closed_in_the_end() {
    let mut upstream = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")]).await;
    let idle_time_out = Duration::from_millis(30);
    let client = Client::new(NetConfig { idle_time_out, ..NetConfig::default() }).unwrap();
    assert_eq!(whole(client.send(post(upstream.uri("/"))).await).await.unwrap(), "hi");
    upstream.closed().await;
    assert_eq!(client.figures().connections_open, 0);
}

#[tokio::test]
async fn ten_megabytes_come_through_and_one_more_than_allowed_does_not() {
    let size = 10 << 20;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
    let upstream = Upstream::start(vec![write(&head), Step::Write(vec![b'x'; size])]).await;
    let client = client();
    assert_eq!(whole(client.send(post(upstream.uri("/"))).await).await.unwrap().len(), size);
    let mut request = post(upstream.uri("/"));
    request.max_reply_bytes = size as u64 - 1;
    let error = whole(client.send(request).await).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the reply of `{}` is larger than {} bytes", upstream.address, size - 1)
    );
}

#[tokio::test]
async fn a_slow_reader_is_not_a_stalled_server() {
    let steps = vec![
        write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"),
        pause(1200),
        write("3\r\ntwo\r\n0\r\n\r\n"),
    ];
    let upstream = Upstream::start(steps).await;
    let mut request = post(upstream.uri("/"));
    request.time_outs.stall = Duration::from_millis(1000);
    let mut body = client().send(request).await.unwrap().body;
    assert_eq!(body.next().await.unwrap().unwrap(), "one");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(body.next().await.unwrap().unwrap(), "two");
    assert!(body.next().await.is_none());
    assert!(body.next().await.is_none(), "a body that is over stays over");
}

#[tokio::test]
async fn a_time_out_of_ages_is_none() {
    let upstream = Upstream::start(vec![
        write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"),
        pause(20),
        write("0\r\n\r\n"),
    ])
    .await;
    let mut request = post(upstream.uri("/"));
    request.time_outs = TimeOuts { first_byte: Duration::MAX, stall: Duration::MAX, total: Duration::MAX };
    assert_eq!(whole(client().send(request).await).await.unwrap(), "one");
}
