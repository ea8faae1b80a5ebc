//! A library that runs, and the files to try it on.

use library::{Config, Document, Library, NewDocument, Parts, Reader, Status};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{
    Blobs, DatabaseConfig, Db, JobState, Jobs,
    jobs::{Runner, RunnerConfig},
    testing::TestDb,
};
use vectors::{Embedded, Engine};

pub(crate) const OWNER: base::OwnerId = base::Id::FIRST_OWNER;
pub(crate) const WORKER: base::Id = base::Id::from_u128(77);

/// How often one who waits looks, and how often nothing may have changed: two minutes.
const LOOK: Duration = Duration::from_millis(50);
const MOST_LOOKS: u32 = 2_400;
/// What could not be done for now is done again after a pause of no more than this.
const PAUSE: Duration = Duration::from_secs(30);

pub(crate) fn process_reader() -> Reader {
    Reader::Process { program: PathBuf::from(env!("CARGO_BIN_EXE_library_worker")), arguments: Vec::new() }
}

/// A library with its background work running.
pub(crate) struct Running {
    pub(crate) library: Arc<Library>,
    pub(crate) runner: Runner,
    jobs: Jobs,
    clock: Arc<base::ManualClock>,
}

/// Somebody who waits for jobs.
#[derive(Default)]
struct Waiting {
    /// Looks in a row at which nothing had changed.
    looks: u32,
    /// Jobs, and how often each was started, for which the clock was turned.
    turned: HashSet<(base::Id, u64)>,
}

impl Running {
    pub(crate) async fn start(test: &TestDb, config: Config) -> Self {
        Self::start_with(test, config, process_reader()).await
    }

    pub(crate) async fn start_with(test: &TestDb, config: Config, reader: Reader) -> Self {
        Self::around(test, (test.db.clone(), test.dir()), (config, reader), in_memory()).await
    }

    /// With an engine of its own for what is near in meaning.
    pub(crate) async fn start_on(test: &TestDb, engine: Arc<dyn Engine>) -> Self {
        let parts = (Config::default(), process_reader());
        Self::around(test, (test.db.clone(), test.dir()), parts, engine).await
    }

    /// With a database and files of its own in a folder that outlives the test's process.
    pub(crate) async fn start_in(test: &TestDb, dir: &Path, config: Config, reader: Reader) -> Self {
        let clock = Arc::<base::ManualClock>::clone(&test.clock);
        let db = Db::open(&DatabaseConfig::default(), dir, clock).await.unwrap();
        Self::around(test, (db, dir), (config, reader), in_memory()).await
    }

    async fn around(
        test: &TestDb,
        (db, dir): (Db, &Path),
        limits: (Config, Reader),
        engine: Arc<dyn Engine>,
    ) -> Self {
        // One queue for both, or the runner would not hear the library's wake-up calls.
        let jobs = Jobs::new(db.clone(), WORKER);
        let library = open_in((test, jobs.clone()), (db, dir), limits, engine).await;
        let runner = Runner::start(jobs.clone(), library.handlers(), RunnerConfig::default()).await.unwrap();
        Self { library, runner, jobs, clock: Arc::clone(&test.clock) }
    }

    pub(crate) async fn stop(self) {
        self.runner.stop().await;
    }

    pub(crate) async fn add(&self, file_name: &str, bytes: impl Into<Vec<u8>>) -> Document {
        let new = NewDocument { file_name: file_name.to_owned(), bytes: bytes.into(), collection: None };
        let added = self.library.add_bytes(OWNER, new).await.unwrap();
        self.settled(added.document_id).await
    }

    /// Waits until the ingest of a document is over.
    pub(crate) async fn settled(&self, id: base::Id) -> Document {
        let mut changes = self.library.subscribe();
        let mut waiting = Waiting::default();
        loop {
            let document = self.library.get(OWNER, id).await.unwrap();
            if matches!(document.status, Status::Ready | Status::Failed) {
                return document;
            }
            // A lagging listener has missed something, which is as good as a change.
            match tokio::time::timeout(LOOK, changes.recv()).await {
                Ok(_) => waiting.looks = 0,
                Err(_) => self.go_on(Some("library.ingest"), &mut waiting).await,
            }
        }
    }

    /// Waits until no job waits or runs.
    pub(crate) async fn idle(&self) {
        let mut waiting = Waiting::default();
        let mut before = 0;
        loop {
            let unfinished = self.jobs.count_unfinished(OWNER).await.unwrap();
            if unfinished == 0 {
                return;
            }
            if unfinished != before {
                (before, waiting.looks) = (unfinished, 0);
            }
            tokio::time::sleep(LOOK).await;
            self.go_on(None, &mut waiting).await;
        }
    }

    /// Turns the clock where a job could not be done for now, on a machine that is busy, and waits for a time that nobody
    /// else brings: once for each failure, or what runs meanwhile would be taken for dead.
    async fn go_on(&self, name: Option<&str>, waiting: &mut Waiting) {
        waiting.looks += 1;
        assert!(waiting.looks < MOST_LOOKS, "no progress");
        let queued = self.jobs.list(OWNER, name, Some(JobState::Queued), 1_000).await.unwrap();
        let failed = queued.iter().filter(|job| job.error.is_some());
        if failed.filter(|job| waiting.turned.insert((job.id, job.attempts))).count() > 0 {
            self.clock.advance(PAUSE);
            self.jobs.wake();
        }
    }

    pub(crate) async fn found(&self, text: &str) -> Vec<String> {
        let results = self.library.search(OWNER, library::SearchRequest::new(text)).await.unwrap();
        results.hits.into_iter().map(|hit| hit.passage.text).collect()
    }
}

pub(crate) async fn open(test: &TestDb, config: Config, reader: Reader) -> Arc<Library> {
    let jobs = Jobs::new(test.db.clone(), WORKER);
    open_in((test, jobs), (test.db.clone(), test.dir()), (config, reader), in_memory()).await
}

fn in_memory() -> Arc<dyn Engine> {
    Arc::new(Embedded::default())
}

async fn open_in(
    (test, jobs): (&TestDb, Jobs),
    (db, dir): (Db, &Path),
    (config, reader): (Config, Reader),
    vectors: Arc<dyn Engine>,
) -> Arc<Library> {
    let parts = Parts {
        blobs: Blobs::open(db.clone(), &dir.join("blobs")).await.unwrap(),
        db,
        jobs,
        index_dir: dir.join("index"),
        clock: Arc::<base::ManualClock>::clone(&test.clock),
        config,
        reader,
        vectors,
    };
    Library::open(parts).await.unwrap()
}

/// A folder of the corpus beside the repository; `None` with a reason on standard error where it is not.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the corpus is")]
    let root = std::env::var("FAMILIAR_CORPUS")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let path = root.join(folder);
    if !path.is_dir() {
        eprintln!("SKIPPED: there is no corpus at `{}`", path.display());
        return None;
    }
    Some(path)
}
