//! A Redis of one's own for the length of a test run.

use crate::run::{Failure, environment, find, say};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that keeps nothing and goes when it goes; or one that was there before.
#[derive(Debug)]
pub(super) struct Server {
    url: String,
    own: Option<Child>,
}

impl Server {
    /// Takes the server that `FAMILIAR_TEST_REDIS` names, or starts one.
    pub(super) fn start() -> Result<Self, Failure> {
        if let Some(url) = environment("FAMILIAR_TEST_REDIS") {
            return Ok(Self { url, own: None });
        }
        let program = find("redis-server").ok_or("Redis is not installed; run `cargo xtask prepare`")?;
        let port = free_port()?;
        let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"];
        let child = Command::new(program)
            .args(settings)
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("Redis does not start: {error}"))?;
        let mut server = Self { url: format!("redis://127.0.0.1:{port}"), own: Some(child) };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.own.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || begun.elapsed() > Duration::from_secs(30) {
                return Err("Redis does not start".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        say(&format!("Redis for the tests: {}", server.url));
        Ok(server)
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.own {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
