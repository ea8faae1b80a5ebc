//! A small HTTP client for the tests: whole replies, event streams, and bytes as they are.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Longest wait for anything; only reached where something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What stands between the files of a form.
pub(crate) const BOUNDARY: &str = "frontier-7MA4YWxk";

/// The content type of a [`form`].
pub(crate) fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// Files by name and content, as a browser sends them.
pub(crate) fn form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in files {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Speaks to one server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An event stream that is being read.
#[derive(Debug)]
pub(crate) struct Events {
    body: Incoming,
    buffer: BytesMut,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { pool: Pool::builder(TokioExecutor::new()).build_http(), address }
    }

    /// A request to fill in.
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let what = format!("{} {}", request.method(), request.uri());
        let exchange = async {
            let (parts, body) = self.pool.request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Reply { status: parts.status.as_u16(), headers: parts.headers, body }
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap_or_else(|_| panic!("no answer to {what}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send_json(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send_json(Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send_json(Method::PATCH, path, body).await
    }

    async fn send_json(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request.body(Full::from(body.to_string())).unwrap()).await
    }

    /// Asks a door with a virtual key.
    pub(crate) async fn ask(&self, path: &str, key: &str, body: impl Into<Bytes>) -> Reply {
        self.send(self.door(path, key).body(Full::new(body.into())).unwrap()).await
    }

    /// Asks a door for a stream, which is left open.
    pub(crate) async fn ask_stream(&self, path: &str, key: &str, body: &Value) -> Events {
        self.open(self.door(path, key).body(Full::from(body.to_string())).unwrap()).await
    }

    fn door(&self, path: &str, key: &str) -> http::request::Builder {
        let request = self.request(Method::POST, path).header("authorization", format!("Bearer {key}"));
        request.header("content-type", "application/json")
    }

    /// Opens an event stream, behind `last` where it is given.
    pub(crate) async fn events(&self, path: &str, last: Option<&str>) -> Events {
        let mut request = self.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        self.open(request.body(Full::default()).unwrap()).await
    }

    /// Hands files in and opens the stream of what is made of them.
    pub(crate) async fn send_followed(&self, path: &str, files: &[(&str, &[u8])]) -> Events {
        let request = self.request(Method::POST, path).header("content-type", form_type());
        let request = request.header("accept", "text/event-stream");
        self.open(request.body(Full::from(form(files))).unwrap()).await
    }

    async fn open(&self, request: Request<Full<Bytes>>) -> Events {
        let answer = tokio::time::timeout(PATIENCE, self.pool.request(request)).await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Events { body: answer.into_body(), buffer: BytesMut::new() }
    }

    /// Sends bytes as they are and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A server that closes while bytes still come resets the connection: what it said before counts.
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the server does not close: {}", String::from_utf8_lossy(&answer));
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// What the metrics here count under a name, where a label is what it says.
    pub(crate) fn counted(&self, name: &str, label: &str) -> u64 {
        let of_name = |line: &&str| line.starts_with(&format!("{name}{{")) && line.contains(label);
        let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        self.text().lines().filter(of_name).map(value).sum()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {:?}", self.status, self.body))
    }

    /// The body of an answer that has this status.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:?}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem that an `/api` answer tells, with everything that a problem has to have.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{:?}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let problem = self.json();
        assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(status.into()), Some(code)));
        for field in ["type", "title", "detail", "hint", "correlation_id"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {problem}");
        }
        assert_eq!(problem["correlation_id"], self.header("x-correlation-id"));
        problem
    }

    /// The message of an error in the format of OpenAI.
    #[track_caller]
    pub(crate) fn openai_error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{:?}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        let error = &self.json()["error"];
        assert!(error["type"].is_string(), "{error}");
        error["message"].as_str().unwrap().to_owned()
    }

    /// The message of an error in the format of Anthropic.
    #[track_caller]
    pub(crate) fn anthropic_error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{:?}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(body["type"], "error", "{body}");
        assert!(body["error"]["type"].is_string(), "{body}");
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}

impl Events {
    /// The next block of the stream that has data; `None` once the server has ended it.
    pub(crate) async fn next_text(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block = self.buffer.split_to(end + 2);
                let block = std::str::from_utf8(&block).unwrap();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                if let Some(data) = field("data: ") {
                    return Some((field("id: ").unwrap_or_default().to_owned(), data.to_owned()));
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("the stream hangs")?;
            // A connection that is cut ends the stream as well; what came before counts.
            self.buffer.extend_from_slice(frame.ok()?.data_ref()?);
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let (id, data) = self.next_text().await?;
        Some(Event { id, data: serde_json::from_str(&data).unwrap() })
    }

    /// The events up to the first for which `last` holds, that one included.
    pub(crate) async fn until(&mut self, last: impl Fn(&Value) -> bool) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        while !events.last().is_some_and(|event| last(&event.data)) {
            events.push(self.next().await.expect("the stream ended too early"));
        }
        events
    }
}
