//! The child process that reads files, so that a hostile one can only end that child.
//!
//! Standard input holds one line of JSON ([`ReadOptions`]) and then the file's bytes; standard output gets one
//! line of JSON for each [`ReadEvent`]. The child limits its own memory and time before it looks at the file.

use crate::formats::{self, ReadEvent, ReadOptions};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::ExitCode,
    sync::Mutex,
};

/// The name of the hidden subcommand under which the program offers [`main`].
pub const SUBCOMMAND: &str = "library-worker";

/// Does the child's work with standard input and output.
pub fn main() -> ExitCode {
    match run(io::stdin(), io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        // The parent is gone or talks nonsense: nobody is left to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reads a file from `input` and tells about it on `output`.
///
/// # Errors
/// When `input` is not what the parent writes, or `output` is closed.
pub fn run(input: impl Read, output: impl Write + Send) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut header = String::new();
    input.read_line(&mut header)?;
    let options: ReadOptions = serde_json::from_str(&header)?;
    limit_resources(&options);
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let output = Mutex::new(Output { writer: output, broken: None });
    formats::read(&bytes, &options, &|event| {
        output.lock().unwrap_or_else(std::sync::PoisonError::into_inner).send(&event);
    });
    let output = output.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    output.broken.map_or(Ok(()), Err)
}

struct Output<W> {
    writer: W,
    broken: Option<io::Error>,
}

impl<W: Write> Output<W> {
    fn send(&mut self, event: &ReadEvent) {
        if self.broken.is_some() {
            return;
        }
        let sent = serde_json::to_vec(event).map_err(io::Error::other).and_then(|mut line| {
            line.push(b'\n');
            self.writer.write_all(&line)?;
            self.writer.flush()
        });
        self.broken = sent.err();
    }
}

/// No more memory and processor time than allowed, no core dump. Where the system has no such limits, the
/// parent's clock is the only one.
#[cfg(unix)]
fn limit_resources(options: &ReadOptions) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits = &options.limits;
    let cpu_seconds = limits.document_timeout_s.saturating_mul(4);
    for (resource, most) in
        [(Resource::As, limits.max_reader_memory_bytes), (Resource::Cpu, cpu_seconds), (Resource::Core, 0)]
    {
        // A limit that cannot be lowered is already as low.
        let _kept = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    }
}

#[cfg(not(unix))]
fn limit_resources(_options: &ReadOptions) {}
