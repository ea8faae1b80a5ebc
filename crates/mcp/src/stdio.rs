//! A server that is a command: a message a line over its standard input and output.
//!
//! The command leads a process group of its own, so that whatever it starts is ended with it. It sees only the part of
//! the environment that it is given: Familiar's own may hold keys.

use crate::{
    error::Trouble,
    lines::{Line, Lines},
    model::Values,
    session::{Inbox, LARGEST_MESSAGE_BYTES, Link, Outgoing},
};
use futures::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    process::Stdio as Pipe,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Messages that may wait to be written.
const WAITING: usize = 32;
/// Lines of standard error that are kept, and the bytes of each.
const LAST_WORDS: usize = 20;
const LAST_WORD_BYTES: usize = 2_000;
const LAST_WORD_CHARS: usize = 400;
/// How long a command has to end by itself, and again when it was told to.
const GRACE: Duration = Duration::from_secs(2);
/// What a secret is replaced by where the command repeats it.
const HIDDEN: &str = "\u{2022}\u{2022}\u{2022}";

/// The last words of a command on standard error, without the secrets that it was given.
#[derive(Debug, Default)]
pub(crate) struct LastWords {
    lines: Mutex<VecDeque<String>>,
}

impl LastWords {
    pub(crate) fn all(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }

    fn keep(&self, line: &[u8], secrets: &[String]) {
        let mut text = String::from_utf8_lossy(line).trim_end().replace(char::is_control, "");
        for secret in secrets {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        if !text.is_empty() {
            let mut lines = self.lines.lock();
            lines.push_back(text.chars().take(LAST_WORD_CHARS).collect());
            if lines.len() > LAST_WORDS {
                lines.pop_front();
            }
        }
    }
}

/// How a command is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) command: &'a str,
    pub(crate) args: &'a [String],
    pub(crate) folder: &'a Path,
    /// The part of the program's environment that commands see.
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) values: &'a Values,
    pub(crate) last_words: &'a Arc<LastWords>,
}

/// The link to a command. Dropped, it ends the command.
#[derive(Debug)]
pub(crate) struct Stdio {
    to_write: mpsc::Sender<String>,
    closing: CancellationToken,
    closed: CancellationToken,
}

impl Stdio {
    /// Starts the command; what it says goes to the inbox.
    pub(crate) fn start(start: &Start<'_>, inbox: Arc<Inbox>) -> Result<Self, Trouble> {
        let failed = |reason: String| Trouble::Start { command: start.command.to_owned(), reason };
        let mut command = Command::new(start.command);
        command
            .args(start.args)
            .current_dir(start.folder)
            .env_clear()
            .envs(start.environment)
            .envs(start.values.iter().map(|(name, value)| (name, value.expose())))
            .stdin(Pipe::piped())
            .stdout(Pipe::piped())
            .stderr(Pipe::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let group = Group::of(&child);
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no pipes".to_owned()));
        };
        let (to_write, messages) = mpsc::channel(WAITING);
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        tokio::spawn(write(input, messages, closing.clone()));
        // What is not a word or two could be anything; replacing it would only garble.
        let secrets = start.values.values().map(|value| value.expose().to_owned());
        let secrets = secrets.filter(|secret| secret.len() >= 6).collect();
        let hearing = tokio::spawn(hear(errors, Arc::clone(start.last_words), secrets));
        let reading = tokio::spawn(read(output, Arc::clone(&inbox)));
        let watched = Watched { child, group, reading, hearing };
        tokio::spawn(watch(watched, inbox, (closing.clone(), closed.clone())));
        Ok(Self { to_write, closing, closed })
    }
}

impl Link for Stdio {
    fn send(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Trouble>> {
        async move { self.to_write.send(message.text).await.map_err(|_gone| Trouble::Stopped) }.boxed()
    }

    fn agreed(&self, _version: &str) {}

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closing.cancel();
        self.closed.cancelled().boxed()
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// The process group of a command.
#[derive(Debug)]
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_child: &Child) -> Self {
        Self {}
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        // A group that is gone already is as it should be.
        let _gone = self.leader.map(|leader| rustix::process::kill_process_group(leader, signal));
    }

    /// Asks it to end.
    fn ask(&self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::TERM);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
    }
}

struct Watched {
    child: Child,
    group: Group,
    reading: tokio::task::JoinHandle<()>,
    hearing: tokio::task::JoinHandle<()>,
}

/// Waits for the end of the command, or makes one.
async fn watch(
    mut watched: Watched,
    inbox: Arc<Inbox>,
    (closing, closed): (CancellationToken, CancellationToken),
) {
    let how = tokio::select! {
        status = watched.child.wait() => match status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        },
        // A command that closes its output can say nothing any more.
        _ended = &mut watched.reading => match timeout(GRACE, watched.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => "it closed its output".to_owned(),
        },
        () = closing.cancelled() => {
            // Its standard input is closed by now.
            if timeout(GRACE, watched.child.wait()).await.is_err() {
                watched.group.ask();
                drop(timeout(GRACE, watched.child.wait()).await);
            }
            "it was stopped".to_owned()
        }
    };
    drop(watched.group);
    drop(watched.child.kill().await);
    // Its last words may still be on their way; a child of its own that left the group may hold the pipe open.
    drop(timeout(GRACE / 4, watched.hearing).await);
    watched.reading.abort();
    inbox.end(Trouble::Ended { how });
    closing.cancel();
    closed.cancel();
}

async fn write(mut input: ChildStdin, mut messages: mpsc::Receiver<String>, closing: CancellationToken) {
    while let Some(Some(mut message)) = closing.run_until_cancelled(messages.recv()).await {
        message.push('\n');
        let written = closing.run_until_cancelled(async {
            input.write_all(message.as_bytes()).await?;
            input.flush().await
        });
        // That the command is gone, its watcher sees.
        if !matches!(written.await, Some(Ok(()))) {
            return;
        }
    }
}

async fn read(output: ChildStdout, inbox: Arc<Inbox>) {
    let mut lines = Lines::new(BufReader::new(output), LARGEST_MESSAGE_BYTES);
    while let Ok(Some(line)) = lines.next().await {
        match line {
            Line::Whole(line) => match serde_json::from_slice(&line) {
                Ok(message) => inbox.take(message),
                // Many commands greet on the wrong stream.
                Err(_) => {
                    tracing::debug!(bytes = line.len(), "an MCP server wrote something that is no message")
                }
            },
            Line::TooLong => inbox.fail(&Trouble::TooLarge { limit_bytes: LARGEST_MESSAGE_BYTES }),
        }
    }
}

async fn hear(errors: ChildStderr, last_words: Arc<LastWords>, secrets: Vec<String>) {
    let mut lines = Lines::new(BufReader::new(errors), LAST_WORD_BYTES);
    while let Ok(Some(line)) = lines.next().await {
        match line {
            Line::Whole(line) => last_words.keep(&line, &secrets),
            Line::TooLong => last_words.keep(b"(a line that is too long)", &[]),
        }
    }
}
