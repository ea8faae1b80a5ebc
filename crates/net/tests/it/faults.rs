//! What goes wrong, and by which name.

use crate::upstream::{Step, Upstream, client, pause, post, whole, write};
use base::ErrorKind;
use http::Uri;
use net::{Client, NetConfig, NetError, Reach, TimeOut};
use std::time::Duration;
use tokio::net::TcpListener;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn time_out(error: &NetError) -> Option<TimeOut> {
    if let NetError::TimedOut { time_out, .. } = error { Some(*time_out) } else { None }
}

#[tokio::test]
async fn no_head_is_a_first_byte_time_out() {
    let mut upstream = Upstream::start(vec![Step::Hang]).await;
    let mut request = post(upstream.uri("/"));
    request.time_outs.first_byte = millis(50);
    let error = client().send(request).await.unwrap_err();
    assert_eq!(time_out(&error), Some(TimeOut::FirstByte), "{error}");
    assert_eq!(error.to_string(), format!("`{}` did not begin to answer within 0.05 s", upstream.address));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    upstream.closed().await;
}

#[tokio::test]
async fn a_stream_that_stops_is_a_stall() {
    let mut upstream = Upstream::start(vec![write(CHUNKED), Step::Hang]).await;
    let mut request = post(upstream.uri("/"));
    request.time_outs.stall = millis(50);
    let error = whole(client().send(request).await).await.unwrap_err();
    assert_eq!(time_out(&error), Some(TimeOut::Stall), "{error}");
    upstream.closed().await;
}

#[tokio::test]
async fn a_stream_that_trickles_without_end_hits_the_total_time_out() {
    let mut steps = vec![write(CHUNKED)];
    steps.extend((0..500).flat_map(|_| [pause(10), write("1\r\nx\r\n")]));
    let upstream = Upstream::start(steps).await;
    let mut request = post(upstream.uri("/"));
    request.time_outs.total = millis(200);
    let error = whole(client().send(request).await).await.unwrap_err();
    assert_eq!(time_out(&error), Some(TimeOut::Total), "{error}");
}

#[tokio::test]
async fn a_server_that_never_accepts_is_a_connect_time_out() {
    // A listener whose queue is full lets further connections wait.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..16 {
        match tokio::time::timeout(millis(100), tokio::net::TcpStream::connect(address)).await {
            Ok(stream) => waiting.push(stream.unwrap()),
            Err(_elapsed) => break,
        }
    }
    let config = NetConfig { connect_time_out: millis(100), ..NetConfig::default() };
    let uri = format!("http://{address}/").parse().unwrap();
    let error = Client::new(config).unwrap().send(post(uri)).await.unwrap_err();
    assert_eq!(time_out(&error), Some(TimeOut::Connect), "{error}");
}

#[tokio::test]
async fn nobody_listening_is_named() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let uri = format!("http://{address}/").parse().unwrap();
    let error = client().send(post(uri)).await.unwrap_err();
    assert!(matches!(error, NetError::Connect { .. }), "{error:?}");
    assert!(
        error.to_string().starts_with(&format!("no connection to `{address}`: Connection refused")),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_named() {
    let error = client().send(post(Uri::from_static("http://familiar.invalid/"))).await.unwrap_err();
    assert!(matches!(error, NetError::Resolve { .. }), "{error:?}");
    assert_eq!(error.to_string(), "no address was found for `familiar.invalid`");
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nobody_goes_there() {
    let mut inside = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]).await;
    let head = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://me:hush@{}/latest/meta-data?key=hush#hush\r\ncontent-length: 0\r\n\r\n",
        inside.address
    );
    let upstream = Upstream::start(vec![write(&head)]).await;
    let error = client().send(post(upstream.uri("/"))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` answered 302 Found and points to `http://{}/latest/meta-data`; redirects are not followed",
            upstream.address, inside.address
        )
    );
    assert!(inside.saw_nothing_more());
}

#[tokio::test]
async fn what_is_not_http_is_said_so() {
    for garbage in ["\0\u{1}\u{2}garbage\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "{\"error\": true}\r\n\r\n"] {
        let upstream = Upstream::start(vec![write(garbage), Step::Close]).await;
        let error = client().send(post(upstream.uri("/"))).await.unwrap_err();
        assert!(matches!(error, NetError::NotHttp { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_early_is_broken() {
    let broken = [
        vec![Step::Close],
        vec![write("HTTP/1.1 200 OK\r\ncontent-len"), Step::Close],
        vec![write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"), Step::Close],
        vec![write(CHUNKED), Step::Close],
        vec![write(CHUNKED), write("zz\r\n")],
    ];
    for steps in broken {
        let upstream = Upstream::start(steps.clone()).await;
        let error = whole(client().send(post(upstream.uri("/"))).await).await.unwrap_err();
        assert!(matches!(error, NetError::Broken { .. }), "{steps:?}: {error:?}");
        assert_eq!(error.kind(), ErrorKind::Upstream);
    }
}

#[tokio::test]
async fn addresses_that_cannot_be_called_are_refused() {
    for (uri, reason) in [
        ("ftp://host/x", "`host` cannot be called: it begins neither with http:// nor with https://"),
        ("/v1/models", "`/v1/models` cannot be called: it is not a whole address"),
        ("http://me:hush@host/", "`host` cannot be called: a user name in the address is not allowed"),
    ] {
        let error = client().send(post(uri.parse().unwrap())).await.unwrap_err();
        assert_eq!(error.to_string(), reason);
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_public_client_does_not_go_inside_by_address_or_by_name() {
    let mut upstream = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]).await;
    let public = Client::new(NetConfig { reach: Reach::PublicOnly, ..NetConfig::default() }).unwrap();
    let port = upstream.address.port();
    for host in
        ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "169.254.169.254", "2130706433"]
    {
        // A number is a host for the resolver, but not for TLS.
        let schemes: &[_] = if host == "2130706433" { &["http"] } else { &["http", "https"] };
        for scheme in schemes {
            let uri = format!("{scheme}://{host}:{port}/").parse().unwrap();
            let error = public.send(post(uri)).await.unwrap_err();
            assert!(matches!(error, NetError::Blocked { .. }), "{host}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Forbidden);
        }
    }
    assert!(upstream.saw_nothing_more());
}
