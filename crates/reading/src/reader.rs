//! Reading a file somewhere where it can do no harm, with a clock beside it.
//!
//! Three clocks run: one for each page, one for the whole file, whatever happens in it, and for a PDF one by its size,
//! which stands still while text is recognised in pictures: a small file that takes long was made to.

use crate::{
    Format, Problem, ProblemCode,
    formats::{self, ReadEvent, ReadOptions},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io,
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::Duration,
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
/// The least time that a PDF has; it is half of a page's where that is longer.
const LEAST_PATIENCE: Duration = Duration::from_secs(10);
/// How many kilobytes of a PDF double its time.
const PATIENCE_KILOBYTES: u32 = 300;
/// For each page of a PDF so much is added to the time of the first that a reader gives: with it, `pdf_oxide` looks at all.
const LOOK: Duration = Duration::from_millis(20);
/// How many pages that hang use up the time of a PDF.
const PAGES_A_PATIENCE: u32 = 3;
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
        let patience = patience(&bytes, &options);
        let mut watch = Watch::new(options, deadline, patience);
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

/// How long a PDF may keep its reader busy, beside the recognition of text in its pictures.
fn patience(bytes: &[u8], options: &ReadOptions) -> Option<Duration> {
    let least = (Duration::from_secs(options.limits.page_timeout_s) / 2).max(LEAST_PATIENCE);
    let kilobytes = u32::try_from(bytes.len() / 1_000).unwrap_or(u32::MAX);
    let patience = least.saturating_mul(PATIENCE_KILOBYTES.saturating_add(kilobytes)) / PATIENCE_KILOBYTES;
    formats::is_pdf(bytes).then_some(patience)
}

/// Knows what the reader is doing and how long it may.
struct Watch {
    options: ReadOptions,
    deadline: Instant,
    /// How long the file may keep the reader busy in all, and how much of that is left.
    patience: Option<Duration>,
    patience_left: Option<Duration>,
    last_sign: Instant,
    pages_under_way: BTreeMap<u32, Instant>,
    /// Those of them whose text is being recognised in pictures.
    recognising: BTreeSet<u32>,
    /// Those that were begun before any was read in this try.
    first_pages: BTreeSet<u32>,
    has_read: bool,
    parts: u32,
    format: Option<Format>,
    through: u32,
}

impl Watch {
    fn new(options: ReadOptions, deadline: Instant, patience: Option<Duration>) -> Self {
        Self {
            options,
            deadline,
            patience,
            patience_left: patience,
            last_sign: Instant::now(),
            pages_under_way: BTreeMap::new(),
            recognising: BTreeSet::new(),
            first_pages: BTreeSet::new(),
            has_read: false,
            parts: 0,
            format: None,
            through: 0,
        }
    }

    fn begin(&mut self) {
        self.last_sign = Instant::now();
        self.pages_under_way.clear();
        self.recognising.clear();
        self.first_pages.clear();
        self.has_read = false;
    }

    /// How long a page may take.
    fn page_time(&self, page: u32) -> Duration {
        let mut most = Duration::from_secs(self.options.limits.page_timeout_s);
        if self.first_pages.contains(&page) {
            most += LOOK * self.parts;
        }
        match self.patience {
            Some(patience) if !self.recognising.contains(&page) => most.min(patience / PAGES_A_PATIENCE),
            Some(_) | None => most,
        }
    }

    /// When patience ends.
    fn until(&self) -> Instant {
        let page = self.pages_under_way.iter().map(|(page, started)| *started + self.page_time(*page)).min();
        let page_time = Duration::from_secs(self.options.limits.page_timeout_s);
        let stall = self.last_sign + page_time.saturating_mul(u32::try_from(STALL_FACTOR).unwrap_or(4));
        let until = page.unwrap_or(stall).min(self.deadline);
        match self.patience_left {
            Some(left) if self.recognising.is_empty() => until.min(Instant::now() + left),
            Some(_) | None => until,
        }
    }

    /// Notes how long the reader kept everybody waiting.
    fn waited(&mut self, time: Duration) {
        if self.recognising.is_empty() {
            self.patience_left = self.patience_left.map(|left| left.saturating_sub(time));
        }
    }

    /// Which clock of the whole file has run out, in seconds.
    fn out_of_time(&self) -> Option<u64> {
        if self.patience_left == Some(Duration::ZERO) {
            return self.patience.map(|patience| patience.as_secs());
        }
        (Instant::now() >= self.deadline).then_some(self.options.limits.document_timeout_s)
    }

    /// The pages under way.
    fn pages(&self) -> Vec<u32> {
        self.pages_under_way.keys().copied().collect()
    }

    fn overdue_pages(&self) -> Vec<u32> {
        let now = Instant::now();
        let under_way = self.pages_under_way.iter();
        let overdue = |page: u32, started: Instant| now.duration_since(started) >= self.page_time(page);
        under_way.filter_map(|(page, started)| overdue(*page, *started).then_some(*page)).collect()
    }

    /// Notes an event; gives back what the listener is to see of it, and whether it was the last.
    fn see(&mut self, event: ReadEvent) -> (Option<ReadEvent>, bool) {
        self.last_sign = Instant::now();
        match &event {
            ReadEvent::PageStarted { page } => {
                if self.pages_under_way.contains_key(page) {
                    self.recognising.insert(*page);
                } else {
                    self.pages_under_way.insert(*page, Instant::now());
                    if !self.has_read {
                        self.first_pages.insert(*page);
                    }
                }
            }
            ReadEvent::PageRead { page } => {
                self.pages_under_way.remove(page);
                self.recognising.remove(page);
                self.has_read = true;
            }
            ReadEvent::Opened(opened) => {
                self.parts = opened.parts;
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
                let times = pages.iter().map(|page| self.page_time(*page).as_secs());
                let seconds = times.max().unwrap_or(self.options.limits.page_timeout_s);
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
        let out_of_time = self.out_of_time();
        let died_unopened =
            code == ProblemCode::Crashed && self.format.is_none() && self.patience.is_some() && !is_thread;
        if died_unopened && out_of_time.is_none() && !self.options.trusts_page_tree {
            // A page may have done it that was only looked at; where it is read, it is left out by name.
            self.options.trusts_page_tree = true;
            return true;
        }
        if self.format != Some(Format::Pdf) || pages.is_empty() || is_thread || out_of_time.is_some() {
            let message = match code {
                ProblemCode::TooSlow => match out_of_time {
                    Some(seconds) => format!("reading took more than {seconds} s"),
                    None => "reading made no progress for too long".to_owned(),
                },
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
        let since = Instant::now();
        let event = tokio::select! {
            event = incoming.recv() => event,
            () = tokio::time::sleep_until(watch.until()) => {
                watch.waited(since.elapsed());
                return Some(End::TooSlow(watch.overdue_pages()));
            }
            () = events.closed() => return Some(End::Told),
        };
        watch.waited(since.elapsed());
        let event = event?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn options() -> ReadOptions {
        ReadOptions::new("x", Limits::default())
    }

    #[test]
    fn a_pdf_has_time_by_its_size() {
        let seconds = |bytes: &[u8]| patience(bytes, &options()).map(|patience| patience.as_secs());
        let mut large = b"%PDF-1.5".to_vec();
        assert_eq!(seconds(&large), Some(15));
        large.resize(600_000, b' ');
        assert_eq!(seconds(&large), Some(45));
        assert_eq!(seconds(b"Words."), None);
    }

    #[test]
    fn what_hangs_in_many_pages_or_tries_uses_up_the_time_of_the_file() {
        let (page, another) = (ReadEvent::PageStarted { page: 1 }, ReadEvent::PageStarted { page: 2 });
        let deadline = Instant::now() + Duration::from_secs(900);
        let mut watch = Watch::new(options(), deadline, Some(Duration::from_secs(15)));
        watch.see(page.clone());
        assert_eq!(watch.page_time(1), Duration::from_secs(5));
        watch.waited(Duration::from_secs(6));
        watch.begin();
        watch.see(page.clone());
        // Its text is recognised from here on, which has its own clock.
        watch.see(page);
        assert_eq!(watch.page_time(1), Duration::from_secs(30));
        watch.waited(Duration::from_secs(600));
        watch.see(ReadEvent::PageRead { page: 1 });
        watch.see(another);
        watch.waited(Duration::from_secs(8));
        assert_eq!(watch.out_of_time(), None);
        watch.waited(Duration::from_secs(2));
        assert_eq!(watch.out_of_time(), Some(15));
        assert!(watch.until() <= Instant::now());
    }

    #[test]
    fn the_first_page_of_many_has_longer() {
        let deadline = Instant::now() + Duration::from_secs(900);
        let mut watch = Watch::new(options(), deadline, Some(Duration::from_secs(600)));
        watch.parts = 5_000;
        watch.see(ReadEvent::PageStarted { page: 1 });
        watch.see(ReadEvent::PageRead { page: 1 });
        watch.see(ReadEvent::PageStarted { page: 2 });
        assert_eq!([watch.page_time(1), watch.page_time(2)], [130, 30].map(Duration::from_secs));
    }
}
