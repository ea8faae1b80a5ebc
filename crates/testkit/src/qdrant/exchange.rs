//! One HTTP request a connection, read and answered by hand.

use serde_json::Value;
use std::collections::BTreeMap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    /// Null where there is none.
    pub(super) body: Value,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Answer {
    status: &'static str,
    media_type: &'static str,
    body: String,
}

impl Answer {
    pub(super) fn json(status: &'static str, body: &Value) -> Self {
        Self { status, media_type: "application/json", body: body.to_string() }
    }

    pub(super) fn text(status: &'static str, body: &str) -> Self {
        Self { status, media_type: "text/plain", body: body.to_owned() }
    }
}

/// Reads a request, has it handled, and answers.
pub(super) async fn answer(mut stream: TcpStream, handle: impl FnOnce(&Call) -> Answer + Send) {
    let Some(call) = read(&mut stream).await else { return };
    let Answer { status, media_type, body } = handle(&call);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Who has gone away needs no answer.
    let _gone = stream.write_all([head, body].concat().as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let path = target.split('?').next()?.to_owned();
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: BTreeMap<String, String> = lines.filter_map(pair).collect();
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(bytes.get(end + 4..end + 4 + length)?).unwrap_or_default();
    Some(Call { method, path, headers, body })
}
