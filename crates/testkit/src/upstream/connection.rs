//! HTTP/1.1 by hand: one connection, read and written with full control over every byte.

use bytes::{Buf as _, BytesMut};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The largest request that is read, in bytes.
const MAX_REQUEST_BYTES: usize = 256 << 20;

/// The head of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }

    /// Whether the client wants the connection closed after the answer.
    pub(super) fn wants_close(&self) -> bool {
        self.says("connection", "close")
    }
}

/// The client has gone, or has sent what is not HTTP.
#[derive(Debug)]
pub(super) struct Gone;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Best effort: a socket that refuses is a slower test, not a wrong one.
        let _ = stream.set_nodelay(true);
        Self { stream, buffer: BytesMut::with_capacity(16 << 10) }
    }

    /// Reads the next request.
    pub(super) async fn read_request(&mut self) -> Result<(Head, BytesMut), Gone> {
        let head = loop {
            if let Some((head, length)) = parse_head(&self.buffer)? {
                self.buffer.advance(length);
                break head;
            }
            self.read_more().await?;
        };
        if head.says("expect", "100-continue") {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let body = if head.says("transfer-encoding", "chunked") {
            self.read_chunked().await?
        } else {
            let length = head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            self.read_exactly(length).await?
        };
        Ok((head, body))
    }

    async fn read_exactly(&mut self, length: usize) -> Result<BytesMut, Gone> {
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        Ok(self.buffer.split_to(length))
    }

    async fn read_chunked(&mut self) -> Result<BytesMut, Gone> {
        let mut body = BytesMut::new();
        loop {
            let (start, size) = match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete(found)) => found,
                Ok(httparse::Status::Partial) => {
                    self.read_more().await?;
                    continue;
                }
                Err(_invalid) => return Err(Gone),
            };
            let size = usize::try_from(size).map_err(|_error| Gone)?;
            let end = start.checked_add(size).filter(|end| *end < MAX_REQUEST_BYTES).ok_or(Gone)?;
            let chunk = self.read_exactly(end + 2).await?;
            body.extend_from_slice(chunk.get(start..end).unwrap_or_default());
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn read_more(&mut self) -> Result<(), Gone> {
        if self.buffer.len() > MAX_REQUEST_BYTES {
            return Err(Gone);
        }
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Gone),
            Ok(_read) => Ok(()),
        }
    }

    /// Writes all of it, at once.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.stream.write_all(bytes).await.map_err(|_error| Gone)
    }

    /// Waits, but no longer than the client stays.
    pub(super) async fn wait(&mut self, time: Duration) -> Result<(), Gone> {
        tokio::select! {
            gone = self.until_gone() => Err(gone),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// Waits until the client has gone; what it sends meanwhile is kept for later.
    pub(super) async fn until_gone(&mut self) -> Gone {
        loop {
            if let Err(gone) = self.read_more().await {
                return gone;
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, Gone> {
    let mut headers = [httparse::EMPTY_HEADER; 96];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => {
            let headers = request.headers.iter().map(|header| {
                (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
            });
            let head = Head {
                headers: headers.collect(),
                method: request.method.unwrap_or_default().to_owned(),
                path: request.path.unwrap_or_default().to_owned(),
            };
            Ok(Some((head, length)))
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_invalid) => Err(Gone),
    }
}
