//! One HTTP connection, timed: request out, first word in, answer complete.

use crate::run::Failure;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What a request is and where it goes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub address: SocketAddr,
    pub path: &'static str,
    /// The virtual key, where one is needed.
    pub key: Option<String>,
    pub body: String,
}

/// How long one answer took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// To the first byte of the body.
    pub first: Duration,
    /// To the last.
    pub whole: Duration,
}

/// Sends the same request so many times on one connection, after a few that do not count.
pub(super) fn measure(target: &Target, count: usize) -> Result<Vec<Timing>, Failure> {
    let failed = |error: std::io::Error| format!("`{}{}`: {error}", target.address, target.path);
    let mut stream = TcpStream::connect(target.address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).map_err(failed)?;
    let request = request(target);
    let warm_up = count / 10 + 1;
    let mut timings = Vec::with_capacity(count);
    for index in 0..count + warm_up {
        let begun = Instant::now();
        stream.write_all(&request).map_err(failed)?;
        let timing = read_answer(&mut stream, begun).map_err(failed)?;
        if index >= warm_up {
            timings.push(timing);
        }
    }
    Ok(timings)
}

/// What came of many streams at once.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// How many came to their end.
    pub complete: usize,
    /// Times from one piece to the next, of all of them.
    pub gaps: Vec<Duration>,
}

/// Reads so many streams at once, a thread each.
pub(super) fn stream_at_once(target: &Target, count: usize) -> Streams {
    let request = request(target);
    let mut all = Streams::default();
    std::thread::scope(|scope| {
        let start = || {
            let builder = std::thread::Builder::new().stack_size(64 << 10);
            builder.spawn_scoped(scope, || read_stream(target.address, &request)).ok()
        };
        let readers: Vec<_> = (0..count).filter_map(|_| start()).collect();
        for gaps in readers.into_iter().filter_map(|reader| reader.join().ok()?.ok()) {
            all.complete += 1;
            all.gaps.extend(gaps);
        }
    });
    all
}

/// The times between the pieces of a stream that came to its end.
fn read_stream(address: SocketAddr, request: &[u8]) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request)?;
    let mut gaps = Vec::new();
    let mut piece = vec![0_u8; 4 << 10];
    let mut before: Option<Instant> = None;
    loop {
        let read = stream.read(&mut piece)?;
        let piece = piece.get(..read).unwrap_or_default();
        if read == 0 || (before.is_none() && !piece.starts_with(b"HTTP/1.1 200")) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let now = Instant::now();
        gaps.extend(before.map(|before| now - before));
        before = Some(now);
        if piece.ends_with(b"0\r\n\r\n") {
            return Ok(gaps);
        }
    }
}

/// Sends a request once and returns the answer's body; anything but success is a failure.
pub(super) fn once(target: &Target) -> Result<(), Failure> {
    measure(target, 0).map(drop)
}

fn request(target: &Target) -> Vec<u8> {
    let key = target.key.as_ref().map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let method = if target.body.is_empty() { "GET" } else { "POST" };
    format!(
        "{method} {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{key}content-length: {}\r\n\r\n{}",
        target.path,
        target.address,
        target.body.len(),
        target.body
    )
    .into_bytes()
}

fn read_answer(stream: &mut TcpStream, begun: Instant) -> std::io::Result<Timing> {
    let refused = |what: &str| std::io::Error::other(what.to_owned());
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut piece = [0_u8; 16 << 10];
    let mut head_end = None;
    let mut first = None;
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err(refused("the connection was closed in the middle of an answer"));
        }
        buffer.extend_from_slice(piece.get(..read).unwrap_or_default());
        if head_end.is_none() {
            head_end = position(&buffer, b"\r\n\r\n").map(|at| at + 4);
        }
        let Some(end) = head_end else { continue };
        let (head, body) = buffer.split_at(end);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        if !head.starts_with("http/1.1 200") {
            let body = String::from_utf8_lossy(body).into_owned();
            return Err(refused(&format!("{} {body}", head.lines().next().unwrap_or_default())));
        }
        if first.is_none() && !body.is_empty() {
            first = Some(begun.elapsed());
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let complete = match length {
            Some(length) => body.len() >= length,
            None => body.ends_with(b"0\r\n\r\n"),
        };
        if complete {
            let whole = begun.elapsed();
            return Ok(Timing { first: first.unwrap_or(whole), whole });
        }
    }
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// The value below which this share of the values lies, in microseconds.
pub(super) fn percentile(values: &mut [Duration], percent: usize) -> u128 {
    values.sort_unstable();
    let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(index).map(Duration::as_micros).unwrap_or_default()
}
