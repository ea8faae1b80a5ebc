//! How soon a provider notices that a caller has gone away (PRV-10: within 100 ms), for every door, every wire
//! format of a provider, streamed and in one piece.

use super::client::{Target, percentile};
use super::gateway::{Folder, free_address, wait_for};
use super::process::Watched;
use crate::run::{Failure, output, program, run as run_program, say};
use clap::Args;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often, and what
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Callers who leave, for each row
    #[arg(long, default_value_t = 20)]
    tries: usize,
    /// Measure the debug build
    #[arg(long)]
    debug: bool,
}

/// The longest that a provider may take to notice.
const LIMIT: Duration = Duration::from_millis(100);
/// After which nobody is waited for any longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Providers: name, wire format, path of the base URL.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("openai", "openai-chat", "/v1"),
    ("responses", "openai-responses", "/v1"),
    ("anthropic", "anthropic", ""),
    ("gemini", "gemini", "/v1beta"),
    ("ollama", "ollama", ""),
];

/// A door: its name, its path for a model and whether to stream, its body for them.
struct Door {
    name: &'static str,
    path: fn(&str, bool) -> String,
    body: fn(&str, bool) -> String,
}

fn messages(model: &str, stream: bool) -> String {
    format!(
        r#"{{"model":"{model}","stream":{stream},"max_tokens":100,"messages":[{{"role":"user","content":"hello"}}]}}"#
    )
}

const DOORS: &[Door] = &[
    Door { name: "OpenAI chat", path: |_, _| "/v1/chat/completions".to_owned(), body: messages },
    Door {
        name: "OpenAI Responses",
        path: |_, _| "/v1/responses".to_owned(),
        body: |model, stream| format!(r#"{{"model":"{model}","stream":{stream},"input":"hello"}}"#),
    },
    Door {
        name: "Gemini",
        path: |model, stream| {
            let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
            format!("/gemini/v1beta/models/{model}:{method}")
        },
        body: |_, _| r#"{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}"#.to_owned(),
    },
    Door { name: "Ollama", path: |_, _| "/ollama/api/chat".to_owned(), body: messages },
    Door { name: "Anthropic messages", path: |_, _| "/anthropic/v1/messages".to_owned(), body: messages },
];

/// Measures and prints the table; fails where somebody is slower than allowed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    let profile = if options.debug { "debug" } else { "release" };
    let mut build = vec!["build", "--locked", "--workspace", "--bins"];
    build.extend((!options.debug).then_some("--release"));
    run_program(&mut program("cargo", &build, root))?;
    let folder = Folder::new()?;
    let bins = root.join("target").join(profile);
    let (_upstream, line) = Watched::start_and_hear(&mut Command::new(bins.join("scripted-upstream")))?;
    let upstream: SocketAddr = line
        .rsplit("http://")
        .next()
        .and_then(|address| address.parse().ok())
        .ok_or_else(|| format!("the scripted upstream said `{line}`, which is no address"))?;
    let (_familiar, address, key) = start_familiar(&bins, folder.path(), upstream)?;
    say(&format!(
        "{} callers a row who leave; from the closing of their connection until the provider has noticed.\n",
        options.tries
    ));
    say("| caller's format | provider's format | answer | p50 | slowest |");
    say("| --- | --- | --- | --: | --: |");
    let mut slowest = Duration::ZERO;
    for door in DOORS {
        for (provider, _, _) in PROVIDERS {
            for stream in [false, true] {
                let leave = Leaving {
                    door,
                    model: format!("{provider}/scripted"),
                    stream,
                    address,
                    upstream,
                    key: &key,
                };
                let mut delays = (0..options.tries).map(|_| leave.once()).collect::<Result<Vec<_>, _>>()?;
                let row = delays.iter().copied().max().unwrap_or_default();
                slowest = slowest.max(row);
                say(&format!(
                    "| {} | {provider} | {} | {:.1} ms | {:.1} ms |",
                    door.name,
                    if stream { "streamed" } else { "whole" },
                    percentile(&mut delays, 50) as f64 / 1_000.0,
                    row.as_secs_f64() * 1_000.0,
                ));
            }
        }
    }
    say(&format!(
        "\nThe slowest of all took {:.1} ms; {} ms are allowed.",
        slowest.as_secs_f64() * 1_000.0,
        LIMIT.as_millis()
    ));
    if slowest > LIMIT { Err("somebody was told too late".to_owned()) } else { Ok(()) }
}

/// One caller who leaves.
struct Leaving<'a> {
    door: &'a Door,
    model: String,
    stream: bool,
    address: SocketAddr,
    upstream: SocketAddr,
    key: &'a str,
}

impl Leaving<'_> {
    /// Asks, waits until the provider is at work (or the first words have come), leaves, and takes the time.
    fn once(&self) -> Result<Duration, Failure> {
        let reply = if self.stream {
            r#"{"parts":[{"text":"the lantern keeps its own time"}],"interruption":{"after":3,"what":"stall"}}"#
        } else {
            r#"{"instead":"nothing"}"#
        };
        exchange(self.upstream, "POST", "/_script", &format!(r#"{{"reset":true,"queue":[{reply}]}}"#))?;
        let body = (self.door.body)(&self.model, self.stream);
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            (self.door.path)(&self.model, self.stream),
            self.key,
            body.len(),
        );
        let mut caller = connect(self.address)?;
        caller.write_all((head + &body).as_bytes()).map_err(|error| error.to_string())?;
        if self.stream {
            hear(&mut caller, b"keeps")?;
        } else {
            self.wait_for("\"number\":0")?;
        }
        let left = Instant::now();
        drop(caller);
        self.wait_for("\"after_ms\"")?;
        Ok(left.elapsed())
    }

    /// Asks the provider again and again what has happened.
    fn wait_for(&self, what: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        while !exchange(self.upstream, "GET", "/_script", "")?.contains(what) {
            if begun.elapsed() > PATIENCE {
                return Err(format!("`{what}` did not come about at {} of {}", self.door.name, self.model));
            }
        }
        Ok(())
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let failed = |error: std::io::Error| format!("`{address}`: {error}");
    let stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    Ok(stream)
}

/// Reads until these bytes have come.
fn hear(stream: &mut TcpStream, what: &[u8]) -> Result<(), Failure> {
    let mut heard = Vec::new();
    let mut piece = [0_u8; 4 << 10];
    while !heard.windows(what.len()).any(|window| window == what) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return Err(format!("the answer ended: {}", String::from_utf8_lossy(&heard))),
            Ok(read) => heard.extend_from_slice(piece.get(..read).unwrap_or_default()),
        }
    }
    Ok(())
}

/// One request on a connection of its own.
fn exchange(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<String, Failure> {
    let mut stream = connect(address)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = String::new();
    stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_string(&mut answer))
        .map_err(|error| format!("`{address}{path}`: {error}"))?;
    if answer.starts_with("HTTP/1.1 200") { Ok(answer) } else { Err(format!("`{address}{path}`: {answer}")) }
}

fn start_familiar(
    bins: &Path,
    folder: &Path,
    upstream: SocketAddr,
) -> Result<(Watched, SocketAddr, String), Failure> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    let configuration: String = PROVIDERS
        .iter()
        .map(|(name, dialect, path)| {
            format!(
                "[providers.{name}]\ndialect = \"{dialect}\"\nbase_url = \"http://{upstream}{path}\"\napi_key = \"sk-bench\"\nmodels = [\"scripted\"]\n"
            )
        })
        .collect();
    std::fs::write(data.join("familiar.toml"), configuration).map_err(|error| error.to_string())?;
    let address = free_address()?;
    let mut serve = Command::new(bins.join("familiar"));
    serve.args(["serve", "--listen", &address.to_string(), "--data"]).arg(&data);
    let process = Watched::start(&mut serve)?;
    wait_for(&Target { address, path: "/ready", key: None, body: String::new() })?;
    let mut create = Command::new(bins.join("familiar"));
    create.args(["keys", "create", "bench", "--json", "--data"]);
    let printed = output(create.arg(&data))?;
    let key = printed.split('"').filter(|word| word.starts_with("fam-")).max_by_key(|word| word.len());
    let key = key.ok_or_else(|| format!("`familiar keys create` printed no key: {printed}"))?.to_owned();
    Ok((process, address, key))
}
