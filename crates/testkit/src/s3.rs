//! A store of objects that answers as S3's REST API does: written from Amazon's description of the requests and of
//! signature version 4, without any client of theirs. A request that is not signed by its key is refused.
//!
//! It has one bucket, addressed by path, and plays `GET`, `HEAD`, `PUT` and `DELETE` of an object.

mod signature;

use crate::exchange::{Call, read};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A store of objects on loopback; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeS3 {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

/// What it keeps, and how it behaves.
#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    /// How many of the next requests are answered with this status.
    failing: (usize, u16),
    is_deaf: bool,
    calls: Vec<String>,
}

/// What is answered.
struct Answer {
    status: u16,
    headers: String,
    /// Its length is told also where it is not sent, since only the head was asked for.
    body: Vec<u8>,
}

impl FakeS3 {
    /// The only bucket.
    pub const BUCKET: &'static str = "kept";
    /// The id of the only key.
    pub const KEY_ID: &'static str = "AKIDFORTESTS";
    /// The only key.
    pub const SECRET: &'static str = "secret/of+the=tests";
    /// Where it says to be.
    pub const REGION: &'static str = "eu-test-1";

    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let played = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&played);
                tokio::spawn(async move { answer(stream, &state).await });
            }
        });
        Ok(Self { address, state, serving })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The keys of the objects, with the size of each.
    pub fn objects(&self) -> BTreeMap<String, usize> {
        lock(&self.state).objects.iter().map(|(key, bytes)| (key.clone(), bytes.len())).collect()
    }

    /// Puts another content under a key, or takes the object away, as no store should.
    pub fn damage(&self, key: &str, content: Option<&[u8]>) {
        let mut state = lock(&self.state);
        match content {
            Some(content) => drop(state.objects.insert(key.to_owned(), content.to_vec())),
            None => drop(state.objects.remove(key)),
        }
    }

    /// Answers the next requests with this status.
    pub fn fail(&self, times: usize, status: u16) {
        lock(&self.state).failing = (times, status);
    }

    /// From now on it takes requests and never answers.
    pub fn go_deaf(&self) {
        lock(&self.state).is_deaf = true;
    }

    /// Methods and keys of what was asked since the last look, in order.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).calls)
    }
}

impl Drop for FakeS3 {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn take(&mut self, call: &Call) -> Answer {
        let key = call.path.strip_prefix('/').unwrap_or(&call.path);
        let (bucket, key) = key.split_once('/').unwrap_or((key, ""));
        self.calls.push(format!("{} {key}", call.method));
        if self.failing.0 > 0 {
            self.failing.0 -= 1;
            return refuse(self.failing.1, "SlowDown");
        }
        if let Err(flaw) = signature::check(call) {
            let (status, code) = flaw.told();
            return refuse(status, code);
        }
        if bucket != FakeS3::BUCKET {
            return refuse(404, "NoSuchBucket");
        }
        match call.method.as_str() {
            "PUT" => {
                self.objects.insert(key.to_owned(), call.bytes.clone());
                Answer { status: 200, headers: "etag: \"whole\"\r\n".to_owned(), body: Vec::new() }
            }
            "GET" | "HEAD" => match self.objects.get(key) {
                Some(bytes) => Answer {
                    status: 200,
                    headers: "etag: \"whole\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n".to_owned(),
                    body: bytes.clone(),
                },
                None => refuse(404, "NoSuchKey"),
            },
            "DELETE" => {
                self.objects.remove(key);
                Answer { status: 204, headers: String::new(), body: Vec::new() }
            }
            _ => refuse(405, "MethodNotAllowed"),
        }
    }
}

fn refuse(status: u16, code: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>");
    Answer { status, headers: "content-type: application/xml\r\n".to_owned(), body: body.into_bytes() }
}

async fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(call) = read(&mut stream).await else { return };
    let is_deaf = lock(state).is_deaf;
    if is_deaf {
        // Until who asked gives up.
        let _gone = read(&mut stream).await;
        return;
    }
    let Answer { status, headers, body } = lock(state).take(&call);
    // Where there is nothing there is no length either.
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} Played\r\n{headers}{length}connection: close\r\n\r\n");
    // Who has gone away needs no answer.
    let _gone = stream.write_all(head.as_bytes()).await;
    if call.method != "HEAD" {
        let _gone = stream.write_all(&body).await;
    }
}
