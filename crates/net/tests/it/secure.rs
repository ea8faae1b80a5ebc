//! TLS with the project's own test root: extra roots, HTTP/2, and what an unknown issuer looks like.

use crate::upstream::{post, whole};
use bytes::Bytes;
use futures::StreamExt;
use http::{Uri, Version};
use http_body_util::Full;
use hyper::{body::Frame, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use net::{Client, NetConfig, NetError};
use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

const ROOT: &[u8] = include_bytes!("../../fixtures/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/server.pem");
const KEY: &[u8] = include_bytes!("../../fixtures/server.key");

async fn start(protocols: &[&str]) -> SocketAddr {
    start_with(protocols, || Full::new(Bytes::from_static(b"hi"))).await
}

/// A server whose every answer has the body that `body` makes.
async fn start_with<B>(protocols: &[&str], body: impl Fn() -> B + Clone + Send + Sync + 'static) -> SocketAddr
where
    B: hyper::body::Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let certificates = CertificateDer::pem_slice_iter(CERTIFICATE).map(Result::unwrap).collect();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, PrivateKeyDer::from_pem_slice(KEY).unwrap())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, body) = (acceptor.clone(), body.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let answer = service_fn(|_request| {
                    std::future::ready(Ok::<_, Infallible>(http::Response::new(body())))
                });
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    address
}

fn trusting(pem: &[u8]) -> Result<Client, NetError> {
    Client::new(NetConfig { extra_roots_pem: Some(pem.to_vec()), ..NetConfig::default() })
}

fn uri(address: SocketAddr) -> Uri {
    format!("https://localhost:{}/", address.port()).parse().unwrap()
}

#[tokio::test]
async fn http_2_is_spoken_where_offered_and_carries_many_requests_on_one_connection() {
    let address = start(&["h2", "http/1.1"]).await;
    let client = trusting(ROOT).unwrap();
    let reply = client.send(post(uri(address))).await.unwrap();
    assert_eq!(reply.version, Version::HTTP_2);
    let replies = (0..20).map(|_| async { whole(client.send(post(uri(address))).await).await });
    for reply in futures::future::join_all(replies).await {
        assert_eq!(reply.unwrap(), "hi");
    }
    assert_eq!(client.figures().connections_opened, 1);
}

#[tokio::test]
async fn dropping_the_body_resets_the_stream_and_keeps_the_connection() {
    let (report, mut ended) = mpsc::unbounded_channel();
    let address = start_with(&["h2"], move || Endless(report.clone())).await;
    let client = trusting(ROOT).unwrap();
    for _ in 0..2 {
        let mut body = client.send(post(uri(address))).await.unwrap().body;
        assert!(body.next().await.unwrap().unwrap().starts_with(PIECE));
        drop(body);
        let seen = tokio::time::timeout(Duration::from_secs(10), ended.recv()).await;
        assert!(seen.expect("the server stops").is_some());
    }
    assert_eq!(client.figures().connections_opened, 1);
}

#[tokio::test]
async fn a_slow_reader_of_small_pieces_does_not_end_the_connection() {
    let (report, _ended) = mpsc::unbounded_channel();
    let address = start_with(&["h2"], move || Endless(report.clone())).await;
    let client = trusting(ROOT).unwrap();
    let mut slow = client.send(post(uri(address))).await.unwrap().body;
    let mut quick = client.send(post(uri(address))).await.unwrap().body;
    // Thousands of unread pieces pile up behind the slow one.
    for body in [&mut quick, &mut slow] {
        let mut left = 20_000 * PIECE.len();
        while left > 0 {
            left = left.saturating_sub(body.next().await.unwrap().unwrap().len());
        }
    }
    assert_eq!(client.figures().connections_opened, 1);
}

/// A body without end in small pieces, which tells when it is dropped.
struct Endless(mpsc::UnboundedSender<()>);

const PIECE: &[u8] = b"data: {\"choices\":[{\"delta\":{\"content\":\" more\"}}]}\n\n";

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // How far it gets is up to the flow control.
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(PIECE)))))
    }
}

#[tokio::test]
async fn http_1_is_spoken_where_http_2_is_not_offered() {
    let address = start(&[]).await;
    assert_eq!(trusting(ROOT).unwrap().send(post(uri(address))).await.unwrap().version, Version::HTTP_11);
}

#[tokio::test]
async fn an_unknown_issuer_is_a_tls_error() {
    let address = start(&["h2"]).await;
    let error = Client::new(NetConfig::default()).unwrap().send(post(uri(address))).await.unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "no secure connection to `localhost:{}`: invalid peer certificate: UnknownIssuer",
            address.port()
        )
    );
}

#[tokio::test]
async fn plain_http_on_the_other_side_is_a_tls_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut socket, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let error = trusting(ROOT).unwrap().send(post(uri(address))).await.unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error:?}");
}

#[test]
fn roots_that_are_none_are_refused() {
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in [&b""[..], b"not a certificate", broken] {
        let error = trusting(pem).unwrap_err();
        assert!(matches!(error, NetError::InvalidRoots { .. }), "{error:?}");
    }
}
