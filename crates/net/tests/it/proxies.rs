//! Through an HTTP proxy and a SOCKS5 proxy, each of them a few lines on the loopback interface.

use crate::upstream::{Upstream, client, post, read_request, whole, write};
use net::{Client, NetConfig, NetError, Reach};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

/// A proxy that reports each CONNECT head and leads every one of them to `target`, or refuses with `answer`.
async fn connect_proxy(
    target: SocketAddr,
    answer: &'static str,
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (report, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let Some((head, _)) = read_request(&mut socket).await else { continue };
            report.send(head).unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
            if answer.contains(" 200 ") {
                let mut upstream = TcpStream::connect(target).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut socket, &mut upstream).await });
            }
        }
    });
    (address, seen)
}

/// A SOCKS5 proxy (RFC 1928) with user name and password (RFC 1929) that leads everything to `target`.
async fn socks_proxy(target: SocketAddr) -> (SocketAddr, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (report, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 512];
            for reply in [&[5, 2][..], &[1, 0], &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]] {
                let count = socket.read(&mut buffer).await.unwrap();
                report.send(buffer[..count].to_vec()).unwrap();
                socket.write_all(reply).await.unwrap();
            }
            let mut upstream = TcpStream::connect(target).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut socket, &mut upstream).await });
        }
    });
    (address, seen)
}

fn through(proxy: &str, reach: Reach) -> Client {
    Client::new(NetConfig { reach, proxy: Some(proxy.parse().unwrap()), ..NetConfig::default() }).unwrap()
}

#[tokio::test]
async fn an_http_proxy_gets_name_port_and_credentials() {
    let upstream = Upstream::start(vec![write(HELLO)]).await;
    let (proxy, mut seen) =
        connect_proxy(upstream.address, "HTTP/1.1 200 Connection established\r\n\r\n").await;
    let client = through(&format!("http://bob:p%40ss@{proxy}"), Reach::Any);
    let uri = "http://models.invalid/v1/models".parse().unwrap();
    assert_eq!(whole(client.send(post(uri)).await).await.unwrap(), "hi");
    let head = seen.recv().await.unwrap();
    assert!(head.starts_with("CONNECT models.invalid:80 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Proxy-Authorization: Basic Ym9iOnBAc3M=\r\n"), "{head}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_without_its_credentials() {
    let upstream = Upstream::start(vec![write(HELLO)]).await;
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let (proxy, _seen) = connect_proxy(upstream.address, refusal).await;
    let client = through(&format!("http://bob:hush@{proxy}"), Reach::Any);
    let error = client.send(post("http://models.invalid/".parse().unwrap())).await.unwrap_err();
    assert!(matches!(error, NetError::Proxy { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "the proxy `http://{proxy}` gave no connection to `models.invalid`: tunnel error: proxy authorization required"
        )
    );
}

#[tokio::test]
async fn a_socks_proxy_gets_name_port_and_credentials() {
    let upstream = Upstream::start(vec![write(HELLO)]).await;
    let (proxy, mut seen) = socks_proxy(upstream.address).await;
    let client = through(&format!("socks5://bob:pass@{proxy}"), Reach::Any);
    assert_eq!(
        whole(client.send(post("http://models.invalid/".parse().unwrap())).await).await.unwrap(),
        "hi"
    );
    seen.recv().await.unwrap();
    assert_eq!(seen.recv().await.unwrap(), b"\x01\x03bob\x04pass");
    assert_eq!(seen.recv().await.unwrap(), b"\x05\x01\x00\x03\x0emodels.invalid\x00\x50");
}

#[tokio::test]
async fn a_proxy_is_no_way_inside_for_a_public_client() {
    let upstream = Upstream::start(vec![write(HELLO)]).await;
    let (proxy, mut seen) =
        connect_proxy(upstream.address, "HTTP/1.1 200 Connection established\r\n\r\n").await;
    let public = through(&format!("http://{proxy}"), Reach::PublicOnly);
    for host in ["localhost", "10.0.0.1", "[::1]"] {
        let uri = format!("http://{host}:1234/").parse().unwrap();
        let error = public.send(post(uri)).await.unwrap_err();
        assert!(matches!(error, NetError::Blocked { .. }), "{host}: {error:?}");
    }
    assert!(seen.try_recv().is_err());
    // The proxy itself may stand inside, and is asked for the very address that was checked.
    assert_eq!(whole(public.send(post("http://8.8.8.8:81/".parse().unwrap())).await).await.unwrap(), "hi");
    assert!(seen.recv().await.unwrap().starts_with("CONNECT 8.8.8.8:81 "));
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client_error = through(&format!("socks5://{gone}"), Reach::Any)
        .send(post("http://models.invalid/".parse().unwrap()))
        .await
        .unwrap_err();
    assert!(client_error.to_string().starts_with(&format!("the proxy `socks5://{gone}`")), "{client_error}");
    // Without the proxy the same name does not resolve.
    let error = client().send(post("http://models.invalid/".parse().unwrap())).await.unwrap_err();
    assert!(matches!(error, NetError::Resolve { .. }), "{error:?}");
}
