//! The gateway as an object: what it holds, how it starts and stops.

use crate::{
    admit::{self, Key, KeyRing},
    batch::Batches,
    call::{Answer, Call, Caller, EmbeddingCall},
    classify::{TaskClass, TaskText},
    config::Config,
    db,
    error::{GatewayError, ManageError},
    health::{self, DeploymentHealth, HealthChange, Watch},
    journal::{Journal, Segments, read_segment},
    keys::{Keys, account_of},
    ledger::Ledger,
    metrics::{Metrics, MetricsSnapshot},
    pipeline,
    recall::Cache,
    reserve::{Account, AccountState},
    retention::{Keeper, Retained},
    settle::{Queue, Writer},
    sla::Records,
    table::{Callable, Index, RoutingTable},
    tiers::{self, Classifier, Tier, Weighed, choose},
};
use arc_swap::ArcSwap;
use base::{Clock, Money, OwnerId};
use llm::Circumstances;
use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::Db;
use tokio::sync::broadcast;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What the gateway is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where keys and ledger are kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How it behaves.
    pub config: Config,
    /// The data folder; the journal is in its folder `journal`.
    pub data_dir: PathBuf,
}

/// The one way to every model. Clones are the same gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// What the stages share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) db: Db,
    pub(crate) ring: KeyRing,
    /// The installation's own budget.
    pub(crate) installation: Option<Arc<Account>>,
    pub(crate) index: ArcSwap<Index>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) metrics: Metrics,
    pub(crate) watch: Watch,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) classifier: Classifier,
    /// Whether `auto` looks at requests, and is not somebody's own route.
    pub(crate) auto_classifies: AtomicBool,
    /// Cancelled when no more calls are taken.
    pub(crate) stop: CancellationToken,
}

impl Shared {
    /// Counts a request that is refused before it becomes an exchange.
    pub(crate) fn refusing<T>(&self, result: Result<T, GatewayError>) -> Result<T, GatewayError> {
        result.inspect_err(|error| self.metrics.refused(error.kind()))
    }
}

/// What the journal of earlier runs held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Replayed {
    settled: usize,
    interrupted: usize,
    unreadable: usize,
}

impl Gateway {
    /// Starts the gateway: brings what the journal holds into the ledger, and loads keys and spending.
    ///
    /// # Errors
    /// Where the journal's folder or the database cannot be used.
    pub async fn start(parts: Parts) -> Result<Self, ManageError> {
        let Parts { db, clock, config, data_dir } = parts;
        let folder = data_dir.join("journal");
        let unusable =
            |source: io::Error| ManageError::Journal { folder: folder.display().to_string(), source };
        let segments = Segments::list(&folder).map_err(unusable)?;
        let replayed = replay(&db, &segments.paths).await?;
        if replayed != Replayed::default() {
            tracing::info!(
                ?replayed,
                "exchanges of the last run were brought from the journal into the ledger"
            );
        }
        let journal = Journal::open(folder.clone(), config.journal.segment_bytes, segments.next_number)
            .map_err(unusable)?;

        let now = clock.now();
        let installation = match config.budget {
            Some(budget) => {
                let spent = db::spent(&db, None, budget.period.start(now)).await?;
                Some(Account::new("this installation".into(), budget, spent, now))
            }
            None => None,
        };
        let mut keys = HashMap::new();
        for (hash, info) in db::keys(&db).await? {
            let spent = match info.budget {
                Some(budget) => db::spent(&db, Some(info.id), budget.period.start(now)).await?,
                None => Money::ZERO,
            };
            let account = account_of(&info, spent, now);
            keys.insert(hash, Key::new(info, account));
        }
        let ring = KeyRing::default();
        ring.fill(keys);

        let shared = Arc::new(Shared {
            cache: Cache::new(&config.cache),
            queue: Arc::new(Queue::new(config.journal.max_waiting)),
            config,
            clock,
            db,
            ring,
            installation,
            index: ArcSwap::default(),
            journal: Arc::new(journal),
            metrics: Metrics::default(),
            watch: Watch::default(),
            keeper: Arc::default(),
            classifier: Classifier::default(),
            auto_classifies: AtomicBool::new(false),
            stop: CancellationToken::new(),
        });
        let gateway = Self { shared, tasks: TaskTracker::new() };
        gateway.spawn_tasks();
        Ok(gateway)
    }

    fn spawn_tasks(&self) {
        let shared = &self.shared;
        let settings = &shared.config.journal;
        let writer = Writer {
            queue: Arc::clone(&shared.queue),
            journal: Arc::clone(&shared.journal),
            db: shared.db.clone(),
            gather: Duration::from_millis(settings.batch_ms),
            stop: shared.stop.clone(),
        };
        self.tasks.spawn(writer.run());
        let keeper = Arc::clone(&shared.keeper);
        self.tasks.spawn(keeper.run(shared.db.clone(), shared.stop.clone()));
        self.tasks.spawn(health::watch::run(Arc::clone(shared)));
        let (journal, stop) = (Arc::clone(&shared.journal), shared.stop.clone());
        let every = Duration::from_millis(settings.sync_ms.max(1));
        self.tasks.spawn(sync_journal(journal, every, stop));
    }

    /// Replaces what can be called. Returns ids that routes name and no deployment has.
    pub fn set_routing(&self, mut table: RoutingTable) -> Vec<String> {
        tiers::add(&self.shared.config.tiers, &mut table);
        let index = Index::build(table, &self.shared.index.load());
        let missing = index.missing();
        self.shared.index.store(Arc::new(index));
        missing
    }

    /// Says whether the route `auto` is nobody's own, so that it may look at requests and ask a tier.
    pub fn set_auto(&self, is_built_in: bool) {
        let classifies = is_built_in && self.shared.config.tiers.enabled;
        self.shared.auto_classifies.store(classifies, Ordering::Relaxed);
    }

    /// What kind of task a text is, and which tier `auto` would ask for it, with the reason.
    pub async fn classify(
        &self,
        owner: OwnerId,
        text: &TaskText<'_>,
        circumstances: Option<&Circumstances>,
    ) -> (TaskClass, Option<(Tier, String)>) {
        let shared = &self.shared;
        let class = shared.classifier.classify(shared, owner, text).await;
        let config = &shared.config.tiers;
        let weighed = Weighed { class: &class, tokens: text.tokens, files: text.files, circumstances };
        let choice = config.enabled.then(|| choose(config, weighed));
        (class, choice.map(|choice| (choice.tier, choice.because)))
    }

    /// What is kept of requests and replies.
    pub fn retention(&self) -> Retained<'_> {
        Retained::new(&self.shared)
    }

    /// Answers a chat request.
    ///
    /// # Errors
    /// Why there is no answer; what fails after the answer has begun is the last thing in it.
    pub async fn chat(&self, call: Call) -> Result<Answer, GatewayError> {
        pipeline::chat(&self.shared, call).await
    }

    /// Makes embeddings.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn embed(&self, call: EmbeddingCall) -> Result<Answer, GatewayError> {
        pipeline::embed(&self.shared, call).await
    }

    /// Lists what a caller may ask for: routes, then deployments.
    ///
    /// # Errors
    /// Where the caller's key is not good.
    pub fn models(&self, caller: &Caller) -> Result<Vec<Callable>, GatewayError> {
        let shared = &self.shared;
        let principal = shared.refusing(admit::identify(&shared.ring, shared.clock.as_ref(), caller))?;
        let index = shared.index.load();
        Ok(index
            .listed()
            .iter()
            .filter(|destination| principal.may_call(&destination.name))
            .filter_map(|destination| {
                let spec = destination.places.first()?.spec.clone();
                Some(Callable { name: destination.name.clone(), spec, is_route: destination.is_route })
            })
            .collect())
    }

    /// What batches need.
    pub fn batches(&self) -> Batches<'_> {
        Batches::new(&self.shared)
    }

    /// The virtual keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.shared)
    }

    /// The ledger.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger::new(&self.shared)
    }

    /// What is spent and reserved of the installation's budget, if it has one.
    pub fn budget(&self) -> Option<AccountState> {
        let now = self.shared.clock.now();
        self.shared.installation.as_ref().map(|account| account.describe(now))
    }

    /// How each deployment is doing.
    pub fn health(&self) -> Vec<DeploymentHealth> {
        let now = self.shared.clock.monotonic();
        let index = self.shared.index.load();
        index.places.iter().map(|place| place.health.describe(&place.id, &place.spec.provider, now)).collect()
    }

    /// What a request to a provider that costs nothing came to: it says something about those of its
    /// deployments that are unavailable.
    pub fn checked(&self, provider: &str, outcome: Result<(), llm::LlmErrorKind>) {
        let now = self.shared.clock.monotonic();
        let index = self.shared.index.load();
        for place in index.places.iter().filter(|place| place.spec.provider == provider) {
            place.health.checked(outcome, now, &self.shared.config.breaker);
        }
    }

    /// Changes of deployments' states, from now on.
    pub fn health_events(&self) -> broadcast::Receiver<HealthChange> {
        self.shared.watch.changes.subscribe()
    }

    /// How providers and deployments did in the past.
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.shared)
    }

    /// All figures.
    pub fn metrics(&self) -> MetricsSnapshot {
        let (entries, bytes) = self.shared.cache.size();
        MetricsSnapshot {
            cache_entries: entries as u64,
            cache_bytes: bytes as u64,
            ledger_backlog: self.shared.queue.backlog(),
            journal_failures: self.shared.journal.failures(),
            bodies_lost: self.shared.keeper.lost(),
            deployments: self.health(),
            ..self.shared.metrics.snapshot()
        }
    }

    /// Waits until the ledger has everything that was settled before; after [`Self::shutdown`] what is
    /// settled waits in the journal, and so does not this.
    pub async fn flush(&self) {
        tokio::select! {
            () = self.shared.queue.flushed() => {}
            () = self.tasks.wait() => {}
        }
        tokio::select! {
            () = self.shared.keeper.flushed() => {}
            () = self.tasks.wait() => {}
        }
    }

    /// Takes no more calls, and writes what is settled to the ledger. Answers under way should have ended
    /// by then; those that end later are in the journal, and in the ledger after the next start.
    pub async fn shutdown(&self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Brings the segments of earlier runs into the ledger and deletes them. Doing it twice does no harm.
async fn replay(db: &Db, paths: &[PathBuf]) -> Result<Replayed, ManageError> {
    let mut replayed = Replayed::default();
    let mut open = HashMap::new();
    let mut damaged = Vec::new();
    for path in paths {
        let contents = read_segment(path, &mut open)
            .map_err(|source| ManageError::Journal { folder: path.display().to_string(), source })?;
        for batch in contents.settled.chunks(1_024) {
            db::insert(db, batch).await?;
        }
        replayed.settled += contents.settled.len();
        replayed.unreadable += contents.unreadable;
        damaged.push(contents.unreadable > 0);
    }
    let interrupted: Vec<_> = open.into_values().collect();
    db::insert(db, &interrupted).await?;
    replayed.interrupted = interrupted.len();
    for (path, damaged) in paths.iter().zip(damaged) {
        finish(path, damaged)
            .map_err(|source| ManageError::Journal { folder: path.display().to_string(), source })?;
    }
    Ok(replayed)
}

/// Deletes a segment, or puts one with lines that cannot be read aside.
fn finish(path: &Path, damaged: bool) -> io::Result<()> {
    if damaged { std::fs::rename(path, path.with_extension("damaged")) } else { std::fs::remove_file(path) }
}

/// Forces the journal to disk again and again.
async fn sync_journal(journal: Arc<Journal>, every: Duration, stop: CancellationToken) {
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(every) => false,
            () = stop.cancelled() => true,
        };
        let syncing = Arc::clone(&journal);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || syncing.sync()).await {
            tracing::error!(%error, "the journal cannot be forced to disk");
        }
        if stopping {
            return;
        }
    }
}
