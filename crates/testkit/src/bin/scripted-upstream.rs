//! The scripted upstream as a program, for benchmarks and for tests in other languages.
//!
//! `cargo run -p testkit --bin scripted-upstream -- --port 8000 [--tokens-per-second 50] [--words 200]
//! [--first-token-ms 300] [--canned]`. It prints `listening on http://127.0.0.1:PORT` and runs until it is
//! ended; scripts go to `POST /_script`.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use testkit::{Reply, ScriptedUpstream};

const USAGE: &str = "usage: scripted-upstream [--port N] [--tokens-per-second N] [--words N] \
                     [--first-token-ms N] [--canned]";

#[derive(Debug, Default)]
struct Options {
    port: u16,
    words: Option<usize>,
    tokens_per_second: Option<f64>,
    first_token_ms: u64,
    canned: bool,
}

fn main() -> io::Result<()> {
    let options = read_options(std::env::args().skip(1))?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(options))
}

async fn run(options: Options) -> io::Result<()> {
    let upstream = ScriptedUpstream::start_on(SocketAddr::from(([127, 0, 0, 1], options.port))).await?;
    if options.canned {
        upstream.canned(options.words.unwrap_or(20));
    } else {
        let reply = options.words.map_or_else(Reply::echo, Reply::words);
        upstream.always(Reply {
            tokens_per_second: options.tokens_per_second,
            first_token_ms: options.first_token_ms,
            ..reply
        });
    }
    writeln!(io::stdout(), "listening on {}", upstream.url(""))?;
    std::future::pending().await
}

fn read_options(mut arguments: impl Iterator<Item = String>) -> io::Result<Options> {
    let mut options = Options::default();
    while let Some(name) = arguments.next() {
        if name == "--canned" {
            options.canned = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| refused(&name))?;
        match name.as_str() {
            "--port" => options.port = number(&name, &value)?,
            "--words" => options.words = Some(number(&name, &value)?),
            "--tokens-per-second" => options.tokens_per_second = Some(number(&name, &value)?),
            "--first-token-ms" => options.first_token_ms = number(&name, &value)?,
            _ => return Err(refused(&name)),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> io::Result<T> {
    value.parse().map_err(|_error| refused(&format!("{name} {value}")))
}

fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("cannot use `{what}`; {USAGE}"))
}
