//! Reading a file somewhere where it can do no harm, with a clock beside it.

use crate::{
    Format, Problem, ProblemCode,
    formats::{self, ReadEvent, ReadOptions},
};
use std::{
    collections::BTreeMap, ffi::OsString, io, path::PathBuf, process::Stdio, sync::Arc, time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{ChildStderr, Command},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

/// How often reading is begun again after a page that hung or crashed.
const MAX_RESTARTS: usize = 25;
/// How many times longer than a page anything else may take without a sign of life.
const STALL_FACTOR: u64 = 4;
/// What is kept of the child's last words.
const LAST_WORDS_BYTES: u64 = 4_096;

/// Where files are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// In a child process that runs [`crate::worker::main`]: limits on memory and time hold, whatever the
    /// file does.
    Process {
        /// The program.
        program: PathBuf,
        /// Its arguments, such as [`crate::worker::SUBCOMMAND`].
        arguments: Vec<OsString>,
    },
    /// In a thread of this process: for tests and for programs that cannot start themselves. A page that
    /// hangs fails the document, but its thread cannot be stopped, and memory is not limited.
    Thread,
}

/// What ended one try.
enum End {
    /// The reader said so itself, or nobody listens any more.
    Told,
    /// These pages were under way when time was up.
    TooSlow(Vec<u32>),
    /// These pages were under way when the reader died.
    Died { pages: Vec<u32>, last_words: String },
}

impl Reader {
    /// Reads a file. The last event is [`ReadEvent::Done`] or [`ReadEvent::Failed`]; dropping the future or
    /// the receiver ends the work.
    pub async fn read(&self, bytes: Arc<Vec<u8>>, options: ReadOptions, events: mpsc::Sender<ReadEvent>) {
        let deadline = Instant::now() + Duration::from_secs(options.limits.document_timeout_s);
        let mut watch = Watch::new(options, deadline);
        for _ in 0..MAX_RESTARTS {
            let end = match self {
                Self::Process { program, arguments } => {
                    let mut command = Command::new(program);
                    command.args(arguments);
                    match in_process(command, Arc::clone(&bytes), &mut watch, &events).await {
                        Ok(end) => end,
                        Err(error) => {
                            let message = format!("the reading process cannot be started ({error})");
                            return watch.fail(ProblemCode::Internal, message, &events).await;
                        }
                    }
                }
                Self::Thread => in_thread(Arc::clone(&bytes), &mut watch, &events).await,
            };
            if !watch.prepare_restart(end, self == &Self::Thread, &events).await {
                return;
            }
        }
        let message = format!("reading had to be begun again {MAX_RESTARTS} times");
        watch.fail(ProblemCode::Crashed, message, &events).await;
    }
}

/// Knows what the reader is doing and how long it may.
struct Watch {
    options: ReadOptions,
    deadline: Instant,
    last_sign: Instant,
    pages_under_way: BTreeMap<u32, Instant>,
    format: Option<Format>,
    through: u32,
}

impl Watch {
    fn new(options: ReadOptions, deadline: Instant) -> Self {
        Self {
            options,
            deadline,
            last_sign: Instant::now(),
            pages_under_way: BTreeMap::new(),
            format: None,
            through: 0,
        }
    }

    fn begin(&mut self) {
        self.last_sign = Instant::now();
        self.pages_under_way.clear();
    }

    fn page_time(&self) -> Duration {
        Duration::from_secs(self.options.limits.page_timeout_s)
    }

    /// When patience ends.
    fn until(&self) -> Instant {
        let page_time = self.page_time();
        let page = self.pages_under_way.values().min().map(|started| *started + page_time);
        let stall = self.last_sign + page_time.saturating_mul(u32::try_from(STALL_FACTOR).unwrap_or(4));
        page.unwrap_or(stall).min(self.deadline)
    }

    /// The pages under way.
    fn pages(&self) -> Vec<u32> {
        self.pages_under_way.keys().copied().collect()
    }

    fn overdue_pages(&self) -> Vec<u32> {
        let now = Instant::now();
        let overdue = |started: &Instant| now.duration_since(*started) >= self.page_time();
        self.pages_under_way.iter().filter(|(_, started)| overdue(started)).map(|(page, _)| *page).collect()
    }

    /// Notes an event; gives back what the listener is to see of it, and whether it was the last.
    fn see(&mut self, event: ReadEvent) -> (Option<ReadEvent>, bool) {
        self.last_sign = Instant::now();
        match &event {
            ReadEvent::PageStarted { page } => {
                self.pages_under_way.insert(*page, Instant::now());
            }
            ReadEvent::PageRead { page } => {
                self.pages_under_way.remove(page);
            }
            ReadEvent::Opened(opened) => {
                if self.format.replace(opened.format).is_some() {
                    return (None, false);
                }
            }
            ReadEvent::Section { through, .. } => self.through = *through,
            ReadEvent::Warning { .. } => {}
            ReadEvent::Done | ReadEvent::Failed { .. } => return (Some(event), true),
        }
        (Some(event), false)
    }

    /// After a try that ended without an answer: leaves out what did it and says whether to try again.
    async fn prepare_restart(&mut self, end: End, is_thread: bool, events: &mpsc::Sender<ReadEvent>) -> bool {
        let (pages, code, why) = match end {
            End::Told => return false,
            End::TooSlow(pages) => {
                let seconds = self.options.limits.page_timeout_s;
                (pages, ProblemCode::TooSlow, format!("reading the page took more than {seconds} s"))
            }
            End::Died { pages, last_words } => {
                let memory = self.options.limits.max_reader_memory_bytes / 1_000_000;
                let out_of_memory = last_words.contains("memory allocation");
                let why = if out_of_memory {
                    format!("reading it takes more than {memory} MB of memory")
                } else {
                    "it makes the reader crash".to_owned()
                };
                (pages, ProblemCode::Crashed, why)
            }
        };
        let out_of_time = Instant::now() >= self.deadline;
        if self.format != Some(Format::Pdf) || pages.is_empty() || is_thread || out_of_time {
            let message = match code {
                ProblemCode::TooSlow if out_of_time => {
                    format!("reading took more than {} s", self.options.limits.document_timeout_s)
                }
                ProblemCode::TooSlow => "reading made no progress for too long".to_owned(),
                ProblemCode::Empty
                | ProblemCode::Scanned
                | ProblemCode::Recognised
                | ProblemCode::Encrypted
                | ProblemCode::Unsupported
                | ProblemCode::Damaged
                | ProblemCode::TooLarge
                | ProblemCode::Crashed
                | ProblemCode::Cancelled
                | ProblemCode::Internal => why,
            };
            self.fail(code, message, events).await;
            return false;
        }
        self.options.first_page = self.through + 1;
        if pages.len() > 1 {
            // One of them did it and may have slowed the others: read one after the other to see which.
            self.options.limits.page_threads = 1;
            return true;
        }
        for page in pages {
            self.options.skip_pages.push(page);
            let problem = Problem::on_page(code, page, why.clone());
            if events.send(ReadEvent::Warning { problem }).await.is_err() {
                return false;
            }
        }
        true
    }

    async fn fail(&self, code: ProblemCode, message: String, events: &mpsc::Sender<ReadEvent>) {
        // When nobody listens any more there is nobody to tell.
        let _told = events.send(ReadEvent::Failed { problem: Problem::new(code, message) }).await;
    }
}

/// Passes on events until the reader is done, dies, or takes too long.
async fn follow(
    mut incoming: mpsc::Receiver<ReadEvent>,
    watch: &mut Watch,
    events: &mpsc::Sender<ReadEvent>,
) -> Option<End> {
    loop {
        let event = tokio::select! {
            event = incoming.recv() => event?,
            () = tokio::time::sleep_until(watch.until()) => return Some(End::TooSlow(watch.overdue_pages())),
            () = events.closed() => return Some(End::Told),
        };
        let (shown, last) = watch.see(event);
        if let Some(event) = shown
            && events.send(event).await.is_err()
        {
            return Some(End::Told);
        }
        // A listener that was slow is not the reader's fault.
        watch.last_sign = Instant::now();
        if last {
            return Some(End::Told);
        }
    }
}

async fn in_process(
    mut command: Command,
    bytes: Arc<Vec<u8>>,
    watch: &mut Watch,
    events: &mpsc::Sender<ReadEvent>,
) -> io::Result<End> {
    watch.begin();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let header = serde_json::to_vec(&watch.options)?;
    let (Some(mut input), Some(output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("the reading process has no pipes"));
    };
    let mut helpers = JoinSet::new();
    helpers.spawn(async move {
        // A child that ends early closes the pipe; why it did shows elsewhere.
        let fed = async {
            input.write_all(&header).await?;
            input.write_all(b"\n").await?;
            input.write_all(&bytes).await?;
            input.shutdown().await
        };
        if let Err(error) = fed.await {
            tracing::debug!(%error, "a reading process did not take all of its file");
        }
    });
    let (sender, incoming) = mpsc::channel(16);
    helpers.spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let Ok(event) = serde_json::from_str(&line) else { break };
            if sender.send(event).await.is_err() {
                break;
            }
        }
    });
    let last_words = tokio::spawn(last_words(errors));
    let ended = follow(incoming, watch, events).await;
    child.kill().await?;
    Ok(match ended {
        Some(end) => end,
        None => End::Died { pages: watch.pages(), last_words: last_words.await.unwrap_or_default() },
    })
}

/// What the child wrote on standard error, cut short.
async fn last_words(mut errors: ChildStderr) -> String {
    let mut words = Vec::new();
    let first = (&mut errors).take(LAST_WORDS_BYTES).read_to_end(&mut words).await;
    // What is more is read and thrown away, or the child would wait.
    let rest = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
    if let Err(error) = first.and(rest.map(|_| 0)) {
        tracing::debug!(%error, "the last words of a reading process are lost");
    }
    String::from_utf8_lossy(&words).into_owned()
}

async fn in_thread(bytes: Arc<Vec<u8>>, watch: &mut Watch, events: &mpsc::Sender<ReadEvent>) -> End {
    watch.begin();
    let (sender, incoming) = mpsc::channel(16);
    let options = watch.options.clone();
    tokio::task::spawn_blocking(move || {
        let read = || {
            formats::read(&bytes, &options, &|event| {
                // A closed channel means that nobody listens; the reader runs to its end unheard.
                let _heard = sender.blocking_send(event);
            });
        };
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).is_err() {
            tracing::warn!("a reader panicked");
        }
    });
    match follow(incoming, watch, events).await {
        Some(end) => end,
        None => End::Died { pages: watch.pages(), last_words: String::new() },
    }
}
