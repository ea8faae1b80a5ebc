//! A running `familiar serve`, and plain requests to it.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Longest wait for a byte; only reached where something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program as a process; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: String,
}

/// An answer whose body is read line by line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: BufReader<TcpStream>,
}

impl Process {
    /// Starts on a data folder and waits until it listens.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[], Stdio::null())
    }

    /// The same with more arguments, and its log somewhere.
    pub(crate) fn start_with(folder: &Path, more: &[&str], log: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_familiar"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .args(more)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready =
            lines.map_while(Result::ok).find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
        let address = ready.expect("the program ended before it listened").trim().to_owned();
        Self { child, address }
    }

    /// SIGKILL: nothing of the program's own runs any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a request. HTTP/1.0, so that a body ends with its connection and is never chunked.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (host, length) = (&self.address, body.len());
        let head =
            format!("{method} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {length}\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut body = BufReader::new(stream);
        let mut line = String::new();
        body.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            body.read_line(&mut line).unwrap();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Answer { status, headers, body }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.send("GET", path, "", b"").json(200)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, "content-type: application/json\r\n", body.to_string().as_bytes()).json(201)
    }

    /// Asks the OpenAI door.
    pub(crate) fn ask(&self, key: &str, body: &Value) -> Answer {
        let headers = format!("content-type: application/json\r\nauthorization: Bearer {key}\r\n");
        self.send("POST", "/v1/chat/completions", &headers, body.to_string().as_bytes())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn json(mut self, status: u16) -> Value {
        let mut text = String::new();
        self.body.read_to_string(&mut text).unwrap();
        assert_eq!(self.status, status, "{text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    /// The next event's data.
    pub(crate) fn event(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.body.read_line(&mut line).unwrap(), 0, "the stream has ended");
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}
