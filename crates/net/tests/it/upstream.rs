//! A server that reads one request after the other from a connection and answers with raw bytes.

use bytes::Bytes;
use http::{Method, Uri};
use net::{Client, NetConfig, NetError, Request, Response, TimeOuts};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::Instant,
};

/// What the server does once a request has come.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Waits.
    Pause(Duration),
    /// Waits until the client closes.
    Hang,
    /// Closes the connection.
    Close,
}

pub(crate) fn write(text: &str) -> Step {
    Step::Write(text.as_bytes().to_vec())
}

pub(crate) fn pause(millis: u64) -> Step {
    Step::Pause(Duration::from_millis(millis))
}

/// What the server saw.
#[derive(Debug)]
pub(crate) enum Seen {
    Connected,
    Request { head: String, body: Vec<u8> },
    Closed { at: Instant },
}

pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl Upstream {
    /// Starts a server that goes through `steps` for every request.
    pub(crate) async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (report, seen) = mpsc::unbounded_channel();
        let steps = Arc::new(steps);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let _ = report.send(Seen::Connected);
                tokio::spawn(serve(socket, Arc::clone(&steps), report.clone()));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn uri(&self, path: &str) -> Uri {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    /// What the server saw next.
    pub(crate) async fn next(&mut self) -> Seen {
        tokio::time::timeout(Duration::from_secs(10), self.seen.recv())
            .await
            .expect("the server sees something")
            .unwrap()
    }

    pub(crate) async fn request(&mut self) -> (String, Vec<u8>) {
        loop {
            if let Seen::Request { head, body } = self.next().await {
                return (head, body);
            }
        }
    }

    /// When the connection was closed, by whichever side.
    pub(crate) async fn closed(&mut self) -> Instant {
        loop {
            if let Seen::Closed { at } = self.next().await {
                return at;
            }
        }
    }

    /// Whether anything has been seen that was not asked for yet.
    pub(crate) fn saw_nothing_more(&mut self) -> bool {
        self.seen.try_recv().is_err()
    }
}

async fn serve(mut socket: TcpStream, steps: Arc<Vec<Step>>, report: mpsc::UnboundedSender<Seen>) {
    while let Some((head, body)) = read_request(&mut socket).await {
        let _ = report.send(Seen::Request { head, body });
        for step in steps.iter() {
            match step {
                Step::Write(bytes) => {
                    if socket.write_all(bytes).await.is_err() {
                        break;
                    }
                }
                Step::Pause(duration) => tokio::time::sleep(*duration).await,
                Step::Hang => {
                    let mut buffer = [0; 64];
                    while !matches!(socket.read(&mut buffer).await, Ok(0) | Err(_)) {}
                    let _ = report.send(Seen::Closed { at: Instant::now() });
                    return;
                }
                Step::Close => {
                    drop(socket);
                    let _ = report.send(Seen::Closed { at: Instant::now() });
                    return;
                }
            }
        }
    }
    let _ = report.send(Seen::Closed { at: Instant::now() });
}

/// Reads a request; `None` when the client has closed.
pub(crate) async fn read_request(socket: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        let mut buffer = [0; 4096];
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut body = bytes[end..].to_vec();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    while body.len() < length {
        let mut buffer = [0; 4096];
        let count = socket.read(&mut buffer).await.unwrap();
        body.extend_from_slice(&buffer[..count]);
    }
    Some((head, body))
}

pub(crate) fn client() -> Client {
    Client::new(NetConfig::default()).unwrap()
}

/// A POST with short time-outs that a test can wait for, and long ones where it waits for something else.
pub(crate) fn post(uri: Uri) -> Request {
    let mut request = Request::new(Method::POST, uri);
    request.body = Bytes::from_static(b"{}");
    request.time_outs = TimeOuts {
        first_byte: Duration::from_secs(10),
        stall: Duration::from_secs(10),
        total: Duration::from_secs(10),
    };
    request
}

pub(crate) async fn whole(reply: Result<Response, NetError>) -> Result<Bytes, NetError> {
    reply?.body.collect().await
}
