//! A data folder, a scripted upstream, and the program run on them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use testkit::ScriptedUpstream;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

/// The longest a command may take before it counts as hanging; generous, the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A data folder whose only provider is a scripted upstream.
pub(crate) struct Stage {
    pub upstream: ScriptedUpstream,
    pub data: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// The output of a command that has to succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// The same as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"))
    }

    /// The error text of a command that has to fail with this code, after some checks that hold for every error.
    #[track_caller]
    pub(crate) fn fails_with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains("error: "), "an error says so: {self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self.err
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let upstream = ScriptedUpstream::start().await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let stage = Self { upstream, data };
        let base_url = stage.upstream.url("/v1");
        stage.configure(&format!(
            "[providers.work]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}\"\napi_key = \"sk-upstream\"\n\
             models = [{{ name = \"small\", context_window = 8000, max_output_tokens = 1000, \
             prices = {{ input = \"1\", output = \"2\" }} }}]\n\
             [routes.quick]\ndeployments = [\"work/small\"]\n"
        ));
        stage
    }

    /// Adds to `familiar.toml`, until [`Self::configure_less`].
    pub(crate) fn configure_more(&self, text: &str) {
        let path = self.data.path().join("familiar.toml");
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(self.data.path().join("before.toml"), &before).unwrap();
        std::fs::write(path, format!("{before}{text}")).unwrap();
    }

    /// Takes away what was added.
    pub(crate) fn configure_less(&self) {
        let (before, now) = (self.data.path().join("before.toml"), self.data.path().join("familiar.toml"));
        std::fs::rename(before, now).unwrap();
    }

    /// Writes `familiar.toml`.
    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.data.path().join("familiar.toml"), text).unwrap();
    }

    /// Writes a file beside the data folder's own and returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.data.path().join("given").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(self.data.path(), arguments)
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, "").await
    }

    /// Runs a command that reads `input`.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read its input may have ended before it was written.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        ended(child).await
    }

    /// Starts a server on the data folder.
    pub(crate) async fn serve(&self) -> Server {
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let announced = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, rest)) = line.split_once("http://") {
                    let end = rest.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
                    return rest.get(..end.unwrap_or(rest.len())).unwrap().to_owned();
                }
            }
            let mut err = String::new();
            child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
            panic!("the server ended before it said where it listens: {err}");
        };
        let address = tokio::time::timeout(PATIENCE, announced).await.expect("the server starts");
        Server { child, address, _lines: Some(lines) }
    }
}

/// A running `familiar serve`; ends with this.
pub(crate) struct Server {
    pub child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// Kept open, so that the server can go on writing.
    _lines: Option<tokio::io::Lines<BufReader<tokio::process::ChildStdout>>>,
}

impl Server {
    /// One that was started to listen there.
    pub(crate) fn at(child: Child, address: String) -> Self {
        Self { child, address, _lines: None }
    }

    /// Sends a signal by its name, and waits for the end where it ends the server.
    pub(crate) async fn end(mut self, name: &str) -> Option<i32> {
        signal(&self.child, name).await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the server ends");
        status.unwrap().code()
    }

    /// A plain HTTP request; status and body.
    pub(crate) async fn request(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = tokio::net::TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "{head}\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }
}

/// `familiar` with these arguments on a data folder, without the keys and settings of whoever runs the tests.
pub(crate) fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_familiar"));
    command.args(arguments).arg("--data").arg(data);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", data).env("LANG", "C.UTF-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Waits for a command's end; one that hangs is a failure.
pub(crate) async fn ended(child: Child) -> Outcome {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("the command ends");
    let output = output.unwrap();
    Outcome {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Sends a signal such as `INT`.
pub(crate) async fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("the command is still running").to_string();
    let status = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
    assert!(status.success());
}
